"""The HPA controller: reads HorizontalPodAutoscalers, computes by `core/wva/hpa`, scales."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from wvatui.core.kube_object import Object
from wvatui.core.rules.hpa.hpa import (
    GOT_SCALE,
    ExternalMetric,
    HpaCondition,
    HpaMemory,
    HpaSpec,
    Recommendation,
    first_memory,
    recommend,
    scaled,
)
from wvatui.core.rules.hpa.hpa_policy import rules
from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339
from wvatui.sim.pods.pod_json import is_ready
from wvatui.sim.store import Store

_SUFFIXES = {
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "Ki": 1024.0,
    "Mi": 1024.0**2,
    "Gi": 1024.0**3,
}


def quantity(text: str) -> float:
    """The number that a quantity stands for: `3`, `500m`, `2k`, `1Gi`.

    Raises ValueError when it is none.
    """
    for suffix in sorted(_SUFFIXES, key=len, reverse=True):
        if text.endswith(suffix):
            return float(text[: -len(suffix)]) * _SUFFIXES[suffix]
    return float(text)


def written(value: float) -> str:
    """A number as a quantity: whole, or rounded up to thousandths (`334m`)."""
    thousandths = math.ceil(value * 1000 - 1e-9)
    whole, rest = divmod(thousandths, 1000)
    return f"{thousandths}m" if rest else str(whole)


External = Callable[[str, Mapping[str, str]], float | None]
"""(metric, label selector) -> value, None when the metrics API has none. Raises NoMetricsApi."""
COMPONENT = "horizontal-pod-autoscaler"
RESOURCES = {
    "Deployment": "deployments.apps",
    "LeaderWorkerSet": "leaderworkersets.leaderworkerset.x-k8s.io",
}
"""Kinds of scale targets that the simulated cluster knows, as the API's errors name them."""
_LWS_NAME = "leaderworkerset.sigs.k8s.io/name"
_LWS_WORKER = "leaderworkerset.sigs.k8s.io/worker-index"


class NoMetricsApi(Exception):  # noqa: N818 - an answer of the API, not an error of the program
    """Nobody serves the metrics API: the API server answers 404, in its words."""


class HpaController:
    """Looks at every HPA each `interval_s`, as kube-controller-manager does."""

    def __init__(
        self, timeline: Timeline, store: Store, *, external: External, interval_s: float = 15.0
    ) -> None:
        self._timeline, self._store, self._external = timeline, store, external
        self._memories: dict[str, HpaMemory] = {}
        self._every = timeline.every(interval_s, self.look, first=interval_s)

    def stop(self) -> None:
        """Look no more."""
        self._every.cancel()

    def look(self) -> None:
        """One look at all of them."""
        objects = self._store.list("HorizontalPodAutoscaler")
        for uid in self._memories.keys() - {o["metadata"]["uid"] for o in objects}:
            del self._memories[uid]
        for obj in objects:
            self._one(obj)

    def _one(self, obj: Object) -> None:
        namespace, ref = obj["metadata"]["namespace"], obj["spec"]["scaleTargetRef"]
        target = self._store.get(ref["kind"], namespace, ref["name"])
        if target is None:
            self._without_target(obj, ref)
            return
        uid, now = obj["metadata"]["uid"], self._timeline.now
        before = _replicas(target)
        spec = spec_of(obj)
        metrics = [self._read(item) for item in obj["spec"].get("metrics") or []]
        result = recommend(
            spec,
            metrics,
            spec_replicas=before,
            status_replicas=_found(target),
            ready=self._ready(namespace, target),
            memory=self._memories.get(uid) or first_memory(before, now),
            now=now,
            namespace=namespace,
        )
        conditions = list(result.conditions)
        memory = result.memory
        if result.desired != before:
            memory = scaled(spec, memory, before, result.desired, now)
            self._scale(ref["kind"], namespace, ref["name"], result.desired)
            conditions.append(_rescaled(result.desired))
        self._memories[uid] = memory
        self._events(obj, result, before)
        self._write(
            obj,
            _counts(result, before, now),
            conditions,
            _current(obj["spec"], metrics, _found(target)),
        )

    def _without_target(self, obj: Object, ref: Object) -> None:
        text = f'{RESOURCES.get(ref["kind"], ref["kind"].lower())} "{ref["name"]}" not found'
        self._store.event(obj, "Warning", "FailedGetScale", text, COMPONENT)
        message = f"the HPA controller was unable to get the target's current scale: {text}"
        condition = HpaCondition("AbleToScale", "False", "FailedGetScale", message)
        self._write(obj, {}, [condition], None)

    def _events(self, obj: Object, result: Recommendation, before: int) -> None:
        for text in result.failures:
            self._store.event(obj, "Warning", "FailedGetExternalMetric", text, COMPONENT)
        if result.error:
            reason = "FailedComputeMetricsReplicas"
            self._store.event(obj, "Warning", reason, result.error, COMPONENT)
        if result.desired != before:
            text = f"New size: {result.desired}; reason: {result.reason}"
            self._store.event(obj, "Normal", "SuccessfulRescale", text, COMPONENT)

    def _read(self, item: Object) -> ExternalMetric:
        external = item.get("external", {})
        metric, target = external.get("metric", {}), external.get("target", {})
        labels = (metric.get("selector") or {}).get("matchLabels") or {}
        kind = str(target.get("type", "Value"))
        text = target.get("averageValue" if kind == "AverageValue" else "value", "1")
        value, error = None, ""
        try:
            value = self._external(str(metric.get("name", "")), labels)
        except NoMetricsApi as missing:
            error = str(missing)
        return ExternalMetric(
            name=str(metric.get("name", "")),
            type=kind,
            target=quantity(str(text)),
            value=value,
            labels=labels,
            error=error,
        )

    def _ready(self, namespace: str, target: Object) -> int:
        """Pods of the scale's selector that are ready; one a group of a LeaderWorkerSet."""
        labels = (target["spec"].get("selector") or {}).get("matchLabels")
        if not labels:
            labels = {_LWS_NAME: target["metadata"]["name"], _LWS_WORKER: "0"}
        return sum(is_ready(pod) for pod in self._store.list("Pod", namespace, labels))

    def _scale(self, kind: str, namespace: str, name: str, replicas: int) -> None:
        def change(obj: Object) -> None:
            obj["spec"]["replicas"] = replicas

        self._store.patch(kind, namespace, name, change)

    def _write(
        self,
        obj: Object,
        counts: Object,
        conditions: Iterable[HpaCondition],
        current: list[Object] | None,
    ) -> None:
        now = rfc3339.seconds(self._timeline.now)

        def change(new: Object) -> None:
            status = dict(new.get("status") or {})
            known = {c["type"]: c for c in status.get("conditions", [])}
            for condition in conditions:
                known[condition.type] = _condition(condition, known.get(condition.type), now)
            status |= counts
            if current is not None:
                status["currentMetrics"] = current
            status["conditions"] = list(known.values())
            new["status"] = status

        metadata = obj["metadata"]
        self._store.patch(
            "HorizontalPodAutoscaler", metadata["namespace"], metadata["name"], change
        )


def spec_of(obj: Object) -> HpaSpec:
    """What a HorizontalPodAutoscaler (autoscaling/v2) asks for, the API's defaults applied."""
    spec = obj["spec"]
    behavior = spec.get("behavior")
    low = spec.get("minReplicas")
    return HpaSpec(
        min=1 if low is None else int(low),
        max=int(spec["maxReplicas"]),
        up=rules(behavior, "scaleUp"),
        down=rules(behavior, "scaleDown"),
        plain=not behavior,
    )


def _replicas(target: Object) -> int:
    value = target["spec"].get("replicas")
    return 1 if value is None else int(value)


def _found(target: Object) -> int:
    return int((target.get("status") or {}).get("replicas") or 0)


def _rescaled(replicas: int) -> HpaCondition:
    text = f"the HPA controller was able to update the target scale to {replicas}"
    return HpaCondition(GOT_SCALE.type, "True", "SucceededRescale", text)


def _counts(result: Recommendation, before: int, now: float) -> Object:
    """`status` replicas: what the scale asked for when it was looked at, and what is wanted.

    Where nothing could be computed the desired count stays what it was (horizontal.go setStatus).
    """
    counts: Object = {"currentReplicas": before}
    if not result.error:
        counts["desiredReplicas"] = result.desired
    if result.desired != before:
        counts["lastScaleTime"] = rfc3339.seconds(now)
    return counts


def _condition(new: HpaCondition, old: Object | None, now: str) -> Object:
    """The transition time moves only when the status does."""
    same = old is not None and old["status"] == new.status
    return {
        "type": new.type,
        "status": new.status,
        "lastTransitionTime": old["lastTransitionTime"] if old is not None and same else now,
        "reason": new.reason,
        "message": new.message,
    }


def _current(spec: Object, metrics: Sequence[ExternalMetric], replicas: int) -> list[Object]:
    """`status.currentMetrics`: what was read, in the form of the target; an entry with an empty
    type for what could not be read, as the real controller leaves it."""
    found: list[Object] = []
    for item, metric in zip(spec.get("metrics") or [], metrics, strict=True):
        if metric.value is None:
            found.append({"type": ""})
            continue
        per_pod = metric.type == "AverageValue"
        value = metric.value / replicas if per_pod and replicas else metric.value
        current = {"averageValue" if per_pod else "value": written(value)}
        told = {"metric": item["external"]["metric"], "current": current}
        found.append({"type": "External", "external": told})
    return found
