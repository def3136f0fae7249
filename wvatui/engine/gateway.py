"""The gateway: holds requests while no pod can take them, and routes each to the best pod.

It follows the defaults of llm-d's endpoint picker: each pod is scored 0 to 1 by its queue, its KV
cache and whether it was sent the prompt before, with weights 2, 2 and 3, and the pod with the
highest total gets the request. Where pods have roles, a prefill pod computes the prompt first, and
a decode pod receives its KV cache and answers.

Source: gateway-api-inference-extension pkg/epp/scheduling/framework/plugins/scorer and its chart's
default-plugins.yaml (a picker's page in a run of August 2026 names the same three scorers and
max-score-picker); llm-d's pd-profile-handler and routing sidecar.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

from wvatui.engine.engine import EngineModel, Sequence
from wvatui.engine.timeline import Timeline

QUEUE_CAP = 20_000
QUEUE_WEIGHT, KV_WEIGHT, PREFIX_WEIGHT = 2.0, 2.0, 3.0
PREFIX_TOKENS = 31_250 * 16
"""Prompt tokens that are remembered for each pod (lruCapacityPerServer blocks of 16)."""
MOVE_S = 0.02
"""Seconds to move the KV cache of a prompt from a prefill pod to a decode pod."""
LOOK_S = 0.02
"""Seconds between two looks at an engine for finished requests with a `done` callback."""


class Gateway:
    """Routes requests to the engines that are ready."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._engines: dict[str, EngineModel] = {}
        self.queue: deque[Sequence] = deque()
        self.accepted = 0
        self.refused = 0
        self.routed: dict[str, int] = {}
        """Requests given to each pod since the beginning."""
        self.pod_label = "pod_name"
        """Label that names the pod in the picker's series; relabelling can change it."""
        self.sticky = 0.0
        """Share of the requests that all go to one pod, whatever its load; 0 to 1."""
        self._owed = 0.0
        self._sent: dict[str, _Sent] = {}
        self._prefill: set[str] = set()
        """Pods that compute prompts for others."""
        self._handed: dict[int, tuple[Sequence, Sequence | None]] = {}
        """Requests in a prefill pod, by id: with the sequence that runs there for them, None while
        their KV cache moves."""
        self._looked_after: set[str] = set()
        self._leaving: list[EngineModel] = []
        """Engines that finish their requests and get no new ones."""

    @property
    def engines(self) -> dict[str, EngineModel]:
        """Ready engines by pod."""
        return self._engines

    def join(self, pod: str, engine: EngineModel, role: str = "both") -> None:
        """Note that a pod is ready; it gets the waiting requests first.

        `role`: both, decode, or prefill, which only computes prompts for other pods.
        """
        self._engines[pod] = engine
        if role == "prefill":
            self._prefill.add(pod)
        waiting, self.queue = self.queue, deque()
        for sequence in waiting:
            self._route(sequence)

    def leave(self, pod: str) -> None:
        """Note that a pod is no longer ready."""
        self._sent.pop(pod, None)
        self._prefill.discard(pod)
        engine = self._engines.pop(pod, None)
        if engine is not None:
            self._leaving = [*(other for other in self._leaving if other.load), engine]

    def send(
        self,
        prompt: int,
        output: int,
        shared: int,
        done: Callable[[Sequence], None] | None = None,
        *,
        prefix: Hashable = "",
        generated: int = 0,
    ) -> Sequence:
        """Send a request. The first `shared` tokens of its prompt are common to all with its
        `prefix`.

        `generated`: where above 0, the request is already being answered with this many tokens, and
        continues at once where there is room. `done` is called when it has ended, and before this
        returns only where no pod can take it.
        """
        self.accepted += 1
        sequence = Sequence(
            prompt,
            output,
            self._timeline.now,
            min(shared, prompt),
            prefix,
            generated=generated,
            done=done,
        )
        self._route(sequence)
        return sequence

    def cancel(self, sequence: Sequence) -> None:
        """Remove a request whose client disconnected. `done` is not called."""
        sequence.done = None
        _, there = self._handed.pop(id(sequence), (sequence, None))
        sequence = there or sequence
        sequence.done = None
        if any(other is sequence for other in self.queue):
            self.queue = deque(other for other in self.queue if other is not sequence)
            return
        for engine in [*self._engines.values(), *self._leaving]:
            if engine.cancel(sequence):
                return

    def _route(self, sequence: Sequence) -> None:
        serving = [pod for pod in self._engines if pod not in self._prefill]
        if not serving:
            if len(self.queue) < QUEUE_CAP:
                self.queue.append(sequence)
            else:
                self.refused += 1
                sequence.end("refused", self._timeline.now)
            return
        for engine in self._engines.values():
            engine.advance(self._timeline.now)
        if self._prefill and not sequence.received:
            self._hand(sequence)
        else:
            self._give(sequence, serving)

    def _hand(self, sequence: Sequence) -> None:
        """Let a pod compute the prompt, then move its KV cache to a pod that answers."""
        key = id(sequence)

        def computed(first: Sequence) -> None:
            if self._handed.pop(key, None) is None:
                return
            now = self._timeline.now
            if first.outcome not in ("stop", "length"):
                sequence.end(first.outcome, now)
                return
            self._handed[key] = (sequence, None)
            arrives = max(now, first.finished or now) + MOVE_S
            self._timeline.call_at(arrives, moved)

        def moved() -> None:
            if self._handed.pop(key, None) is not None:
                sequence.received = sequence.prompt
                self._route(sequence)

        first = Sequence(
            sequence.prompt, 1, sequence.arrived, sequence.shared, sequence.prefix, done=computed
        )
        self._handed[key] = (sequence, first)
        self._give(first, sorted(self._prefill))

    def _give(self, sequence: Sequence, pods: list[str]) -> None:
        """Route to the best of these pods."""
        pod = self._best(sequence, pods)
        self._owed += self.sticky
        if self._owed >= 1.0:
            self._owed -= 1.0
            pod = min(pods)
        engine = self._engines[pod]
        self.routed[pod] = self.routed.get(pod, 0) + 1
        self._sent.setdefault(pod, _Sent()).add(sequence)
        now = self._timeline.now
        if not (sequence.generated and engine.take_over(sequence, now)):
            engine.submit(sequence, now)
        if sequence.done is not None:
            self._look_after(pod, engine)

    def _best(self, sequence: Sequence, pods: list[str]) -> str:
        """The pod with the highest score; among equals the first by name."""
        queues = [len(self._engines[pod].waiting) for pod in pods]
        low, high = min(queues), max(queues)
        best, most = "", -1.0
        for pod in pods:
            engine = self._engines[pod]
            score = KV_WEIGHT * (1.0 - engine.cache.ratio)
            # With equal queues all pods score the same.
            score += QUEUE_WEIGHT * (
                (high - len(engine.waiting)) / (high - low) if high > low else 1.0
            )
            if pod in self._sent:
                score += PREFIX_WEIGHT * self._sent[pod].part(sequence)
            if score > most or (score == most and pod < best):
                best, most = pod, score
        return best

    def _look_after(self, pod: str, engine: EngineModel) -> None:
        """Schedule the next look at an engine for when a request with a callback can be finished,
        as engines do nothing by themselves."""
        soonest = engine.soonest()
        if pod in self._looked_after or soonest is None:
            return
        self._looked_after.add(pod)

        def look() -> None:
            self._looked_after.discard(pod)
            engine.advance(self._timeline.now)
            self._look_after(pod, engine)

        self._timeline.call_at(max(soonest, self._timeline.now + LOOK_S), look)

    def mean(self, of: Callable[[EngineModel], float]) -> float:
        """Mean over the ready engines; 0 where there are none, as the endpoint picker reports
        it."""
        values = [of(engine) for engine in self._engines.values()]
        return sum(values) / len(values) if values else 0.0


class _Sent:
    """The prompt beginnings sent to a pod; the least recently used are forgotten first."""

    def __init__(self) -> None:
        self._seen: OrderedDict[Hashable, int] = OrderedDict()
        self._tokens = 0

    def part(self, sequence: Sequence) -> float:
        """Share of the prompt that the pod was sent before, 0 to 1."""
        return min(self._seen.get(sequence.prefix, 0), sequence.shared) / max(1, sequence.prompt)

    def add(self, sequence: Sequence) -> None:
        """Note that the pod is sent this sequence."""
        if not sequence.shared:
            return
        before = self._seen.pop(sequence.prefix, 0)
        self._seen[sequence.prefix] = max(before, sequence.shared)
        self._tokens += max(0, sequence.shared - before)
        while self._tokens > PREFIX_TOKENS and len(self._seen) > 1:
            self._tokens -= self._seen.popitem(last=False)[1]
