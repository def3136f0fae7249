"""The simulated Workload Variant Autoscaler: reads pages, decides, emits, and logs as a release."""

from collections.abc import Callable, Mapping

from wvatui.core.kube_object import Object
from wvatui.core.rules.wva.capacity import CapacityMemory
from wvatui.core.rules.wva.releases import at_least
from wvatui.engine.timeline import Every, Timeline
from wvatui.sim.controllers.wva.v1 import wva_v1
from wvatui.sim.controllers.wva.v2 import wva_v2
from wvatui.sim.controllers.wva.wva_cycle import Surroundings
from wvatui.sim.controllers.wva.wva_leader import Leadership
from wvatui.sim.controllers.wva.wva_log import ConsoleLog, JsonLog
from wvatui.sim.controllers.wva.wva_wake import Waker
from wvatui.sim.pods.collector import Collector
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.pods.pages import PodPages
from wvatui.sim.store import Store

DESIRED = frozenset({"wva_desired_replicas", "inferno_desired_replicas"})


class WvaController:
    """Both controller pods of one release; the one that holds the Lease decides.

    Starts by itself: it looks for its pods (labels of `CONTROLLER_LABELS`, phase Running) every
    ten seconds, writes their start-up lines, elects a leader, and runs a cycle at once and then
    every `interval_s`. `prometheus_down` set to True makes the next cycles fail as that release
    does when Prometheus refuses. `version`: "v0.4.2" (V1, JSON) or "v0.9" (V2, console).
    `verbosity`: the -v flag of v0.9; at v0.4.2, 2 and more show DEBUG lines. The mode of v0.4.2
    is what its settings say (`wva_mode.py`), but for `hybrid`, which none of them reaches.
    """

    def __init__(
        self,
        timeline: Timeline,
        store: Store,
        logbook: LogBook,
        pages: PodPages,
        *,
        namespace: str,
        controller_namespace: str,
        version: str = "v0.9",
        interval_s: float = 15.0,
        verbosity: int = 2,
        hybrid: bool = False,
        seed: int = 0,
    ) -> None:
        self.emitted: dict[tuple[str, str], float] = {}
        """(variant, namespace) -> desired replicas, as an external metrics API would serve."""
        self.prometheus_down = False
        self.version = version
        self._timeline = timeline
        self._logbook = logbook
        self._namespace = controller_namespace
        self._interval_s = interval_s
        self._verbosity = verbosity
        self._hybrid = hybrid
        self._console = at_least(version, "v0.5.0")
        self._memory = CapacityMemory()
        self._cycles: Every | None = None
        self._collector = Collector(timeline, store, pages, namespace)
        self._around = Surroundings(
            timeline, store, self._collector, namespace, controller_namespace, self._emit
        )
        self._waker: Waker | None = None
        if self._console:
            self._waker = Waker(timeline, store, pages, namespace, self._leaders_log)
        self._leadership = Leadership(
            timeline, store, logbook, controller_namespace, self._open_log, self._lead, seed
        )

    @property
    def leader(self) -> str:
        """Name of the pod that decides; empty while none does."""
        return self._leadership.leader

    def external(self, metric: str, selector: Mapping[str, str]) -> float | None:
        """Value of an external metric for a label selector; None when nothing matches.

        Labels heeded: variant_name, and namespace or exported_namespace.
        """
        if metric not in DESIRED:
            return None
        name = selector.get("variant_name")
        where = selector.get("exported_namespace") or selector.get("namespace")
        values = [
            value
            for (variant, namespace), value in sorted(self.emitted.items())
            if name in (None, variant) and where in (None, namespace)
        ]
        return sum(values) if values else None

    def hang(self) -> None:
        """The process goes on leading and does nothing else: no cycle, no word."""
        if self._cycles is not None:
            self._cycles.cancel()

    def overlook(self, is_hidden: Callable[[Object], bool]) -> None:
        """Prometheus scrapes no pod of which `is_hidden` says so."""
        self._collector.is_hidden = is_hidden

    def stop(self) -> None:
        """Do nothing more."""
        self._leadership.stop()
        self._collector.stop()
        if self._waker is not None:
            self._waker.stop()
        if self._cycles is not None:
            self._cycles.cancel()

    def _open_log(self, pod: str) -> JsonLog | ConsoleLog:
        kind = ConsoleLog if self._console else JsonLog
        return kind(self._timeline, self._logbook, self._namespace, pod, self._verbosity)

    def _leaders_log(self) -> ConsoleLog | None:
        pod = self._leadership.leader
        log = self._open_log(pod) if pod else None
        return log if isinstance(log, ConsoleLog) else None

    def _emit(self, variant: str, namespace: str, desired: int) -> None:
        self.emitted[variant, namespace] = float(desired)

    def _lead(self, pod: str) -> None:
        """A pod was elected: its process knows nothing of what the one before had learned."""
        if self._cycles is not None:
            self._cycles.cancel()
        self._memory = CapacityMemory()
        if self._waker is not None:
            self._waker.start()
        self._cycles = self._timeline.every(self._interval_s, self._cycle)

    def _cycle(self) -> None:
        pod = self._leadership.leader
        if not pod:
            return
        self._collector.scrape()
        log = self._open_log(pod)
        down = self.prometheus_down
        if isinstance(log, ConsoleLog):
            self._memory = wva_v2.cycle(self._around, log, self._memory, prometheus_down=down)
        else:
            wva_v1.reconcile(self._around, log, hybrid=self._hybrid, prometheus_down=down)
