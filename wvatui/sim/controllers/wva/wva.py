"""The simulated Workload Variant Autoscaler: reads pages, decides, emits, and logs as its release
does.

Scaling from zero is a loop of its own over the pickers' queues, as in v0.9 (HEAD).
"""

from collections.abc import Callable, Mapping
from typing import Any

from wvatui.core.kube_object import Object
from wvatui.core.rules.wva.capacity import CapacityMemory
from wvatui.core.rules.wva.releases import at_least
from wvatui.engine.timeline import Every, Timeline
from wvatui.sim.controllers.wva import wva_v1, wva_v2
from wvatui.sim.controllers.wva.wva_cycle import Surroundings
from wvatui.sim.controllers.wva.wva_leader import Leadership
from wvatui.sim.controllers.wva.wva_log import ConsoleLog, JsonLog
from wvatui.sim.controllers.wva.wva_variants import FoundVariant, find_variants, template_labels
from wvatui.sim.pods.collector import Collector, QueuedFlow, metrics_page, read_queue
from wvatui.sim.pods.decision_page import CONTROLLER_PORT, VariantGauges, decision_page
from wvatui.sim.pods.exposition import PodPage, PodPages
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.store import Store

PERIOD_S = 0.1
"""WVA HEAD internal/engines/scalefromzero/engine.go:54."""
ENGINE = "scalefromzero/engine.go"
METRIC = "inference_extension_flow_control_queue_size"
REASON = "scale-from-zero: pending request - scale-up"
_TARGETS = ("Deployment", "LeaderWorkerSet")


class Waker:
    """Reads the pickers' queues ten times a second while a variant has no replica, otherwise never.

    `open_log` returns the leader's log, None while no pod leads.
    """

    def __init__(
        self,
        timeline: Timeline,
        store: Store,
        pages: PodPages,
        namespace: str,
        open_log: Callable[[], ConsoleLog | None],
    ) -> None:
        self._timeline, self._store, self._pages = timeline, store, pages
        self._namespace = namespace
        self._open_log = open_log
        self._every: Every | None = None
        self._stopped = False
        store.on_change(self._changed)

    def start(self) -> None:
        """Start looking, if there is a variant without replicas."""
        if self._every is None and not self._stopped:
            self._every = self._timeline.every(PERIOD_S, self._look, first=PERIOD_S)

    def stop(self) -> None:
        """Stop looking."""
        self._stopped = True
        self._rest()

    def _rest(self) -> None:
        if self._every is not None:
            self._every.cancel()
            self._every = None

    def _changed(self, verb: str, obj: dict[str, Any]) -> None:
        asleep = verb != "DELETED" and obj["kind"] in _TARGETS
        if asleep and obj["spec"].get("replicas") == 0:
            self.start()

    def _look(self) -> None:
        log = self._open_log()
        variants = find_variants(self._store, self._namespace)
        inactive = [v for v in variants if v.spec_replicas == 0]
        if not inactive:
            self._rest()
            return
        if log is None:
            return
        log.detail(
            f"{ENGINE}:137", "Found inactive VariantAutoscaling resources", {"count": len(inactive)}
        )
        for variant in inactive:
            log.detail(f"{ENGINE}:166", "Processing variant", {"name": variant.name})
            self._one(log, variant)

    def _one(self, log: ConsoleLog, variant: FoundVariant) -> None:
        pools = self._store.list("InferencePool", self._namespace)
        if not pools:
            text = "Inferencepool datastore is empty - skipping processing inactive variant"
            log.info(f"{ENGINE}:244", text, {"value": variant.name})
            return
        where = {"namespace": variant.namespace, "modelID": variant.model}
        pool = next((p for p in pools if _selects(p, variant)), None)
        if pool is None:
            text = "Skipping variant, target EPP not found in datastore"
            log.detail(f"{ENGINE}:253", text, {"variant": variant.name} | where)
            return
        waiting = next(
            (flow for flow in self._flows(pool, variant.model) if flow.waiting > 0), None
        )
        if waiting is None:
            text = "Scale-from-zero: skipping VA, no pending requests in flow control queue"
            log.detail(f"{ENGINE}:310", text, {"va": variant.name} | where)
            return
        self._wake(log, variant, pool, waiting)

    def _flows(self, pool: dict[str, Any], model: str) -> list[QueuedFlow]:
        """A model's queue, according to the pool's endpoint pickers."""
        name = (pool["spec"].get("endpointPickerRef") or {}).get("name", "")
        flows: list[QueuedFlow] = []
        for pod in self._store.list("Pod", self._namespace, {"inferencepool": name}):
            flows += read_queue(metrics_page(self._pages, pod) or b"", model)
        return flows

    def _wake(
        self, log: ConsoleLog, variant: FoundVariant, pool: dict[str, Any], flow: QueuedFlow
    ) -> None:
        log.info(
            f"{ENGINE}:299",
            "Target workload has pending requests, scaling up from zero",
            {"metricName": METRIC, "metric": flow.labels, "value": flow.waiting},
        )
        kind = variant.target["kind"]
        self._store.scale(kind, variant.namespace, variant.target_name, 1)
        log.info(
            "actuator/direct_actuator.go:68",
            "Successfully updated ScaleTarget",
            {"Original Replicas Count": 0, "New Replicas Count": 1},
        )
        log.info(
            f"{ENGINE}:324",
            "Successfully scaled up Target Workload",
            {
                "variant": variant.name,
                "target VA model": variant.model,
                "inferencepool": pool["metadata"]["name"],
            },
        )
        log.info(
            f"{ENGINE}:409",
            "Scale-from-zero decision written to cache",
            {
                "va": variant.name,
                "namespace": variant.namespace,
                "targetReplicas": 1,
                "reason": REASON,
            },
        )


def _selects(pool: dict[str, Any], variant: FoundVariant) -> bool:
    """Whether the pool selects the pods of the variant."""
    labels = template_labels(variant.target)
    wanted = ((pool.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    return bool(wanted) and all(labels.get(key) == value for key, value in wanted.items())


DESIRED = frozenset({"wva_desired_replicas", "inferno_desired_replicas"})


class WvaController:
    """The controller pods of one release; the one that holds the Lease decides.

    It starts by itself: it looks for its pods (labels of `CONTROLLER_LABELS`, phase Running) every
    ten seconds, writes their start-up lines, elects a leader, and runs a cycle at once and then
    every `interval_s`. `prometheus_down` set to True makes the next cycles fail as that release
    does when Prometheus refuses connections. `version`: "v0.4.2" (V1, JSON) or "v0.9" (V2,
    console). `verbosity`: the -v flag of v0.9; at v0.4.2, 2 and more show DEBUG lines. The mode of
    v0.4.2 is the one in its settings (`wva_mode.py`), except for `hybrid`, which no setting
    selects.
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
        self._pages = pages
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
        """Name of the leading pod; empty while there is none."""
        return self._leadership.leader

    def external(self, metric: str, selector: Mapping[str, str]) -> float | None:
        """Value of an external metric for a label selector; None when nothing matches.

        Labels taken into account: variant_name, and namespace or exported_namespace.
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
        """Make the process keep its lead but do nothing else: no cycle, no log line."""
        if self._cycles is not None:
            self._cycles.cancel()

    def overlook(self, is_hidden: Callable[[Object], bool]) -> None:
        """Stop scraping the pods for which `is_hidden` returns True."""
        self._collector.is_hidden = is_hidden

    def stop(self) -> None:
        """Stop the controller."""
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

    def _page(self, pod: str) -> PodPage:
        """A controller pod's page about the variants, while it leads."""
        around = self._around
        variants = find_variants(around.store, around.namespace) if pod == self.leader else []
        return decision_page(
            "wva" if self._console else "inferno",
            [
                VariantGauges(v.name, v.namespace, v.accelerator, desired, float(v.current))
                for v in variants
                if (desired := self.emitted.get((v.name, v.namespace))) is not None
            ],
        )

    def _lead(self, pod: str) -> None:
        """Make an elected pod the leader, without the memory of the one before."""
        if self._cycles is not None:
            self._cycles.cancel()
        self._memory = CapacityMemory()
        self._pages.listen(self._namespace, pod, CONTROLLER_PORT, lambda path: self._page(pod))
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
