"""What turns a decision into replicas: an HPA or KEDA at its own pace, or the recorded lag."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from wvatui.core.rules.hpa.hpa import HpaContext, ScaleTarget, recommend
from wvatui.core.rules.hpa.hpa_memory import HpaMemory, first_look, scaled
from wvatui.core.rules.hpa.hpa_metrics import MetricAnswer
from wvatui.core.rules.hpa.hpa_pods import HpaPod
from wvatui.core.rules.keda.keda import KedaMemory, due, poll
from wvatui.core.rules.keda.keda_fallback import TargetReplicas
from wvatui.core.rules.keda.keda_serving import Trigger, serve_each
from wvatui.core.rules.keda.keda_spec import KedaSpec
from wvatui.core.whatif.scaler.readings import KEPT_S, Seen
from wvatui.core.whatif.scaler.scaler import Scaler
from wvatui.core.whatif.stands import Stand


class Acting:
    """An autoscaler on one variant. `look` is called every SYNC_S seconds."""

    def __init__(self, scaler: Scaler) -> None:
        self.scaler = scaler
        self._spec = replace(scaler.spec, metrics=tuple(m.spec for m in scaler.metrics))
        self._counts_pods = any(m.kind == "Value" or not m.spec.external for m in scaler.metrics)
        self._before: deque[Seen] = deque()
        self._memory = HpaMemory()
        self._keda = KedaMemory()
        self._size: int | None = None
        self.unread = 0
        """Number of looks at which a metric could not be read."""

    def look(self, at: float, stand: Stand, seen: Seen | None) -> int:
        """Replicas that the scale target is set to now. `seen` None: nothing can be read.

        The controller's own numbers are read from `stand` even then.
        """
        own = Seen((), stand.exist, stand.wanted, at, stand.serving)
        if seen is not None:
            own = replace(
                seen,
                replicas=stand.exist,
                wanted=stand.wanted,
                at=at,
                serving=stand.serving,
                before=tuple(self._before),
            )
            self._remember(replace(own, before=()))
        readable = seen is not None
        read = [t.trigger(own if readable or t.controller else None) for t in self.scaler.triggers]
        if self.scaler.keda is not None:
            answers = self._served(self.scaler.keda, stand, read)
        else:
            answers = [
                metric.answer(own if readable or metric.controller else None)
                for metric in self.scaler.metrics
            ]
        self.unread += any(answer.error for answer in answers)
        size = stand.exist
        if self._size is not None and self._size != size:
            self._note(self._size, size, at)  # somebody else (the recording) changed it
        if self.scaler.keda is not None:
            moved = self._poll(at, size, stand, read)
            if moved is not None and moved != size:
                self._note(size, moved, at)
                self._size = moved
                return moved
            if self.scaler.keda.is_paused:
                self._size = size
                return size
        result = recommend(
            self._spec,
            answers,
            ScaleTarget(size, size, self._pods(stand)),
            self._memory,
            HpaContext(at),
        )
        self._memory = result.memory
        self._size = result.desired
        return result.desired

    def _remember(self, seen: Seen) -> None:
        self._before.append(seen)
        while self._before[0].at < seen.at - KEPT_S:
            self._before.popleft()

    def followed(self, size: int) -> None:
        """The replicas are `size` now, whatever `look` said: the recording set them."""
        self._size = size

    def _note(self, before: int, after: int, at: float) -> None:
        memory = first_look(self._memory, before, at)
        self._memory = scaled(self.scaler.spec, memory, before, after, at)

    def _pods(self, stand: Stand) -> list[HpaPod]:
        """The target's pods, where a metric counts them."""
        if not self._counts_pods:
            return []
        serving = [HpaPod(f"p{n}") for n in range(stand.serving)]
        booting = range(stand.exist - stand.serving)
        return serving + [HpaPod(f"b{n}", "Pending", ready="False") for n in booting]

    def _served(self, spec: KedaSpec, stand: Stand, read: Sequence[Trigger]) -> list[MetricAnswer]:
        """What KEDA answers the HPA: each trigger's value or its fallback, or the formula's."""
        replicas = TargetReplicas(stand.exist, stand.serving)
        answers = serve_each(spec, read, self._keda.health, replicas)
        self._keda = replace(self._keda, health=answers[-1].health)
        return [
            MetricAnswer(tuple(served.values.values()), error=served.error or served.formula_error)
            for served in answers
        ]

    def _poll(self, at: float, size: int, stand: Stand, read: Sequence[Trigger]) -> int | None:
        spec = self.scaler.keda
        assert spec is not None
        if not due(spec, self._keda, at):
            return None
        if spec.paused_at is not None:
            return spec.paused_at
        memory, ready = self._keda, stand.serving
        outcome = poll(spec, read, current=size, memory=memory, now=at, ready=ready)
        self._keda = outcome.memory
        return outcome.scale_to


class Lagging:
    """Without a known autoscaler: decisions take effect after `lag_s` seconds."""

    def __init__(self, lag_s: float) -> None:
        self._lag_s = lag_s
        self._orders: list[tuple[float, int]] = []

    def order(self, at: float, replicas: int) -> None:
        """Take a decision that was made at `at`."""
        self._orders.append((at + self._lag_s, replicas))

    def due(self, at: float) -> int | None:
        """Replicas that the scale target is set to now; None: nothing new is due."""
        newest = None
        while self._orders and self._orders[0][0] <= at:
            newest = self._orders.pop(0)[1]
        return newest
