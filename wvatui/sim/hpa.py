"""The HPA controller: reads HorizontalPodAutoscalers, computes by `core/wva/hpa`, scales."""

from collections.abc import Callable, Mapping
from typing import Any

from wvatui.core.wva.hpa import ExternalMetric, HpaMemory, HpaSpec, recommend, scaled
from wvatui.core.wva.hpa_policy import rules
from wvatui.sim import rfc3339
from wvatui.sim.pod_json import is_ready
from wvatui.sim.store import Store
from wvatui.sim.timeline import Timeline

External = Callable[[str, Mapping[str, str]], float | None]
"""(metric, label selector) -> value, None when the metrics API has none."""
Object = dict[str, Any]


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
        namespace, name = obj["metadata"]["namespace"], obj["metadata"]["name"]
        spec, ref = obj["spec"], obj["spec"]["scaleTargetRef"]
        target = self._store.get(ref["kind"], namespace, ref["name"])
        if target is None:
            text = f'{ref["kind"].lower()}s/scale.apps "{ref["name"]}" not found'
            condition = {"type": "AbleToScale", "status": "False", "reason": "FailedGetScale",
                         "message": f"the HPA controller was unable to get the target's current scale: {text}"}  # fmt: skip # noqa: E501
            self._write(namespace, name, {}, [condition], None)
            return
        metrics = [self._read(item) for item in spec.get("metrics", [])]
        behavior = spec.get("behavior")
        wanted = HpaSpec(
            min=int(spec.get("minReplicas", 1)), max=int(spec["maxReplicas"]),
            up=rules(behavior, "scaleUp"), down=rules(behavior, "scaleDown"),
        )  # fmt: skip
        uid = obj["metadata"]["uid"]
        before = int(target["spec"].get("replicas", 1))
        found = int((target.get("status") or {}).get("replicas") or 0)
        result = recommend(
            wanted,
            metrics,
            spec_replicas=before,
            status_replicas=found,
            ready=self._ready(namespace, target),
            memory=self._memories.get(uid, HpaMemory()),
            now=self._timeline.now,
            namespace=namespace,
        )
        memory = result.memory
        if result.desired != before:
            memory = scaled(wanted, memory, before, result.desired, self._timeline.now)
            self._scale(ref["kind"], namespace, ref["name"], result.desired)
            text = f"New size: {result.desired}; reason: {result.reason}"
            self._store.event(obj, "Normal", "SuccessfulRescale", text, "horizontal-pod-autoscaler")
        if result.error:
            self._store.event(
                obj, "Warning", "FailedGetExternalMetric", result.error, "horizontal-pod-autoscaler"
            )
        self._memories[uid] = memory
        counts: Object = {"currentReplicas": found, "desiredReplicas": result.desired}
        if result.desired != before:
            counts["lastScaleTime"] = rfc3339.seconds(self._timeline.now)
        conditions = [
            {"type": c.type, "status": c.status, "reason": c.reason, "message": c.message}
            for c in result.conditions
        ]
        self._write(namespace, name, counts, conditions, _current(spec, metrics, found))

    def _read(self, item: Object) -> ExternalMetric:
        external = item.get("external", {})
        metric, target = external.get("metric", {}), external.get("target", {})
        labels = (metric.get("selector") or {}).get("matchLabels") or {}
        kind = str(target.get("type", "Value"))
        text = target.get("averageValue" if kind == "AverageValue" else "value", "1")
        return ExternalMetric(
            name=str(metric.get("name", "")),
            type=kind,
            target=quantity(str(text)),
            value=self._external(str(metric.get("name", "")), labels),
            labels=labels,
        )

    def _ready(self, namespace: str, target: Object) -> int:
        labels = (target["spec"].get("selector") or {}).get("matchLabels") or {}
        pods = self._store.list("Pod", namespace, labels)
        return sum(is_ready(pod) for pod in pods)

    def _scale(self, kind: str, namespace: str, name: str, replicas: int) -> None:
        def change(obj: Object) -> None:
            obj["spec"]["replicas"] = replicas

        self._store.patch(kind, namespace, name, change)

    def _write(
        self, namespace: str, name: str, counts: Object, conditions: list[Object],
        current: list[Object] | None,
    ) -> None:  # fmt: skip
        now = rfc3339.seconds(self._timeline.now)

        def change(obj: Object) -> None:
            status = dict(obj.get("status") or {})
            known = {c["type"]: c for c in status.get("conditions", [])}
            for condition in conditions:
                old = known.get(condition["type"])
                same = old is not None and old["status"] == condition["status"]
                since = old["lastTransitionTime"] if old is not None and same else now
                known[condition["type"]] = {
                    "type": condition["type"], "status": condition["status"],
                    "lastTransitionTime": since, "reason": condition["reason"],
                    "message": condition["message"],
                }  # fmt: skip
            status |= counts
            if current is not None:
                status["currentMetrics"] = current
            status["conditions"] = list(known.values())
            obj["status"] = status

        self._store.patch("HorizontalPodAutoscaler", namespace, name, change)


def _current(spec: Object, metrics: list[ExternalMetric], replicas: int) -> list[Object]:
    """`status.currentMetrics`: what was read, in the form of the target."""
    found = []
    for item, metric in zip(spec.get("metrics", []), metrics, strict=True):
        if metric.value is None:
            continue
        per_pod = metric.type == "AverageValue"
        value = metric.value / replicas if per_pod and replicas else metric.value
        current = {"averageValue" if per_pod else "value": written(value)}
        found.append(
            {"type": "External",
             "external": {"metric": item["external"]["metric"], "current": current}}
        )  # fmt: skip
    return found


def quantity(text: str) -> float:
    """A quantity as the HPA's targets use it: whole or in thousandths (500m)."""
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)


def written(value: float) -> str:
    """A number as a quantity: whole, or rounded up to thousandths."""
    return str(int(value)) if value == int(value) else f"{-int(-value * 1000 // 1)}m"
