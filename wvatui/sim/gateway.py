"""The gateway: holds requests while nobody can take them, and gives each to the least loaded pod.

The endpoint picker's scorers are queue depth and KV cache use (llm-d inference-scheduler,
queue-scorer and kv-cache-utilization-scorer), both with weight one.
"""

from collections import deque
from collections.abc import Callable

from wvatui.sim.engine import Engine, Sequence
from wvatui.sim.timeline import Timeline

QUEUE_CAP = 20_000
LOOK_S = 0.02
"""Seconds between two looks at an engine for answers that somebody waits for."""


class Gateway:
    """Routes requests to the engines that are ready."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._engines: dict[str, Engine] = {}
        self.queue: deque[Sequence] = deque()
        self.accepted = 0
        self.refused = 0
        self.routed: dict[str, int] = {}
        """Requests given to each pod since the beginning."""
        self.sticky = 0.0
        """Part of the requests that all go to one pod, whatever its load; 0 to 1."""
        self._owed = 0.0
        self._looked_after: set[str] = set()
        self._leaving: list[Engine] = []
        """Engines that answer what they have and get nothing new."""

    @property
    def engines(self) -> dict[str, Engine]:
        """Ready engines by pod."""
        return self._engines

    def join(self, pod: str, engine: Engine) -> None:
        """A pod is ready: it takes requests, those that waited first."""
        self._engines[pod] = engine
        waiting, self.queue = self.queue, deque()
        for sequence in waiting:
            self._route(sequence)

    def leave(self, pod: str) -> None:
        """A pod is ready no more."""
        engine = self._engines.pop(pod, None)
        if engine is not None:
            self._leaving = [*(one for one in self._leaving if one.load), engine]

    def send(
        self, prompt: int, output: int, shared: int, done: Callable[[Sequence], None] | None = None
    ) -> Sequence:
        """A request arrives. `done` is called when it has ended, never before this returns
        unless nobody can take it."""
        self.accepted += 1
        sequence = Sequence(prompt, output, self._timeline.now, min(shared, prompt), done=done)
        self._route(sequence)
        return sequence

    def cancel(self, sequence: Sequence) -> None:
        """Its client went away. Nobody is told."""
        sequence.done = None
        if any(one is sequence for one in self.queue):
            self.queue = deque(one for one in self.queue if one is not sequence)
            return
        for engine in [*self._engines.values(), *self._leaving]:
            if engine.cancel(sequence):
                return

    def _route(self, sequence: Sequence) -> None:
        if not self._engines:
            if len(self.queue) < QUEUE_CAP:
                self.queue.append(sequence)
            else:
                self.refused += 1
                sequence.end("refused", self._timeline.now)
            return
        for engine in self._engines.values():
            engine.advance(self._timeline.now)
        pod, engine = min(self._engines.items(), key=lambda item: (_score(item[1]), item[0]))
        self._owed += self.sticky
        if self._owed >= 1.0:
            self._owed -= 1.0
            pod, engine = min(self._engines.items(), key=lambda item: item[0])
        self.routed[pod] = self.routed.get(pod, 0) + 1
        engine.submit(sequence, self._timeline.now)
        if sequence.done is not None:
            self._look_after(pod, engine)

    def _look_after(self, pod: str, engine: Engine) -> None:
        """Look at an engine again when an answer that somebody waits for can be there: engines
        do nothing by themselves."""
        soonest = engine.soonest()
        if pod in self._looked_after or soonest is None:
            return
        self._looked_after.add(pod)

        def look() -> None:
            self._looked_after.discard(pod)
            engine.advance(self._timeline.now)
            self._look_after(pod, engine)

        self._timeline.call_at(max(soonest, self._timeline.now + LOOK_S), look)

    def mean(self, of: Callable[[Engine], float]) -> float:
        """Mean over the ready engines; 0 without any, as the endpoint picker says it."""
        values = [of(engine) for engine in self._engines.values()]
        return sum(values) / len(values) if values else 0.0


def _score(engine: Engine) -> float:
    """Lower is better."""
    return len(engine.waiting) / 8.0 + engine.cache.ratio
