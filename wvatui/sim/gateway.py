"""The gateway: holds requests while nobody can take them, and gives each to the least loaded pod.

The endpoint picker's scorers are queue depth and KV cache use (llm-d inference-scheduler,
queue-scorer and kv-cache-utilization-scorer), both with weight one.
"""

from collections import deque
from collections.abc import Callable

from wvatui.sim.engine import Engine, Sequence
from wvatui.sim.timeline import Timeline

QUEUE_CAP = 20_000


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
        self._engines.pop(pod, None)

    def send(self, prompt: int, output: int, shared: int) -> None:
        """A request arrives."""
        self.accepted += 1
        self._route(Sequence(prompt, output, self._timeline.now, min(shared, prompt)))

    def _route(self, sequence: Sequence) -> None:
        if not self._engines:
            if len(self.queue) < QUEUE_CAP:
                self.queue.append(sequence)
            else:
                self.refused += 1
            return
        for engine in self._engines.values():
            engine.advance(self._timeline.now)
        pod, engine = min(self._engines.items(), key=lambda item: (_score(item[1]), item[0]))
        self.routed[pod] = self.routed.get(pod, 0) + 1
        engine.submit(sequence, self._timeline.now)

    def mean(self, of: Callable[[Engine], float]) -> float:
        """Mean over the ready engines; 0 without any, as the endpoint picker says it."""
        values = [of(engine) for engine in self._engines.values()]
        return sum(values) / len(values) if values else 0.0


def _score(engine: Engine) -> float:
    """Lower is better."""
    return len(engine.waiting) / 8.0 + engine.cache.ratio
