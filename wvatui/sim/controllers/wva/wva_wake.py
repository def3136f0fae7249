"""Scale from zero as v0.9 (HEAD) does it: a loop of its own over the pickers' queues."""

from collections.abc import Callable
from typing import Any

from wvatui.engine.timeline import Every, Timeline
from wvatui.sim.controllers.wva.wva_log import ConsoleLog
from wvatui.sim.controllers.wva.wva_variants import FoundVariant, find_variants, template_labels
from wvatui.sim.pods.collector import QueuedFlow, metrics_port, read_queue
from wvatui.sim.pods.pages import PodPages
from wvatui.sim.store import Store

PERIOD_S = 0.1
"""WVA HEAD internal/engines/scalefromzero/engine.go:54."""
ENGINE = "scalefromzero/engine.go"
METRIC = "inference_extension_flow_control_queue_size"
REASON = "scale-from-zero: pending request - scale-up"
_TARGETS = ("Deployment", "LeaderWorkerSet")


class Waker:
    """Looks at the pickers ten times a second while a variant has no replica, else not at all.

    `open_log` gives the leader's log, None while nobody leads.
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
        """Begin to look, as far as there is something to look for."""
        if self._every is None and not self._stopped:
            self._every = self._timeline.every(PERIOD_S, self._look, first=PERIOD_S)

    def stop(self) -> None:
        """Look no more."""
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
        found = find_variants(self._store, self._namespace)
        inactive = [v for v in found if v.spec_replicas == 0]
        if not inactive:
            self._rest()
            return
        if log is None:
            return
        log.v(
            4,
            f"{ENGINE}:137",
            "Found inactive VariantAutoscaling resources",
            {"count": len(inactive)},
        )
        for variant in inactive:
            log.v(4, f"{ENGINE}:166", "Processing variant", {"name": variant.name})
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
            log.v(4, f"{ENGINE}:253", text, {"variant": variant.name} | where)
            return
        waiting = next(
            (flow for flow in self._flows(pool, variant.model) if flow.waiting > 0), None
        )
        if waiting is None:
            text = "Scale-from-zero: skipping VA, no pending requests in flow control queue"
            log.v(4, f"{ENGINE}:310", text, {"va": variant.name} | where)
            return
        self._wake(log, variant, pool, waiting)

    def _flows(self, pool: dict[str, Any], model: str) -> list[QueuedFlow]:
        """What the pool's endpoint pickers say of a model's queue."""
        name = (pool["spec"].get("endpointPickerRef") or {}).get("name", "")
        found: list[QueuedFlow] = []
        for pod in self._store.list("Pod", self._namespace, {"inferencepool": name}):
            page = self._pages.fetch(
                self._namespace, pod["metadata"]["name"], metrics_port(pod), "/metrics"
            )
            if page is not None and page[0] == 200:
                found += read_queue(page[2].decode("utf-8", "replace"), model)
        return found

    def _wake(
        self, log: ConsoleLog, variant: FoundVariant, pool: dict[str, Any], flow: QueuedFlow
    ) -> None:
        log.info(
            f"{ENGINE}:299",
            "Target workload has pending requests, scaling up from zero",
            {"metricName": METRIC, "metric": flow.labels, "value": flow.waiting},
        )
        kind = variant.target["kind"]
        self._store.patch(kind, variant.namespace, variant.target_name, _to_one)
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
    """Does the pool take the pods of the variant?"""
    labels = template_labels(variant.target)
    wanted = ((pool.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    return bool(wanted) and all(labels.get(key) == value for key, value in wanted.items())


def _to_one(obj: dict[str, Any]) -> None:
    obj["spec"]["replicas"] = 1
