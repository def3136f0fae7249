"""KEDA: makes an HPA of every ScaledObject, wakes and rests its target by `core/wva/keda`."""

from typing import Any

from wvatui.core.wva.keda import KedaMemory, KedaSpec, Trigger, fallback_value, poll
from wvatui.sim import rfc3339
from wvatui.sim.hpa import External, quantity
from wvatui.sim.store import Store
from wvatui.sim.timeline import Timeline

LOOK_S = 5.0
Object = dict[str, Any]


class KedaController:
    """Polls each ScaledObject at its own `pollingInterval`."""

    def __init__(self, timeline: Timeline, store: Store, *, external: External) -> None:
        self._timeline, self._store, self._external = timeline, store, external
        self._memories: dict[str, KedaMemory] = {}
        self._polled_at: dict[str, float] = {}
        self._every = timeline.every(LOOK_S, self.look)

    def stop(self) -> None:
        """Poll no more."""
        self._every.cancel()

    def served(self, metric: str, labels: Any) -> float | None:
        """An external metric as KEDA's metrics server answers the HPA: with the fallback."""
        for obj in self._store.list("ScaledObject"):
            for number, item in enumerate(obj["spec"].get("triggers", [])):
                if metric == _metric_name(number, item) and labels.get(
                    "scaledobject.keda.sh/name"
                ) == obj["metadata"]["name"]:  # fmt: skip
                    memory = self._memories.get(obj["metadata"]["uid"], KedaMemory())
                    return fallback_value(_spec(obj), self._trigger(item), memory)
        return None

    def look(self) -> None:
        """Poll those that are due."""
        for obj in self._store.list("ScaledObject"):
            uid = obj["metadata"]["uid"]
            every_s = float(obj["spec"].get("pollingInterval", 30))
            if self._timeline.now - self._polled_at.get(uid, -1e18) >= every_s - 1e-6:
                self._polled_at[uid] = self._timeline.now
                self._poll(obj)

    def _poll(self, obj: Object) -> None:
        metadata, spec = obj["metadata"], _spec(obj)
        self._hpa(obj)
        ref = obj["spec"]["scaleTargetRef"]
        kind = ref.get("kind", "Deployment")
        target = self._store.get(kind, metadata["namespace"], ref["name"])
        if target is None:
            return
        current = int(target["spec"].get("replicas", 1))
        triggers = [self._trigger(item) for item in obj["spec"].get("triggers", [])]
        uid = metadata["uid"]
        outcome = poll(
            spec, triggers, current=current, now=self._timeline.now,
            memory=self._memories.get(uid, KedaMemory()),
        )  # fmt: skip
        self._memories[uid] = outcome.memory
        if outcome.scale_to is not None and outcome.scale_to != current:
            self._scale(kind, metadata["namespace"], ref["name"], outcome.scale_to)
            way = "Scaled" if outcome.active else "Deactivated"
            text = f"{way} {kind.lower()}s/{ref['name']} from {current} to {outcome.scale_to}"
            reason = "KEDAScaleTargetActivated" if outcome.active else "KEDAScaleTargetDeactivated"
            self._store.event(obj, "Normal", reason, text, "keda-operator")
        self._write(obj, outcome.active, outcome.fallback, spec)

    def _trigger(self, item: Object) -> Trigger:
        metadata = item.get("metadata", {})
        name = metadata.get("metricName", "wva_desired_replicas")
        labels = {"variant_name": metadata["variantName"]} if "variantName" in metadata else {}
        return Trigger(
            value=self._external(name, labels),
            activation=float(metadata.get("activationThreshold", 0)),
            threshold=quantity(str(metadata.get("threshold", "1"))),
        )

    def _hpa(self, obj: Object) -> None:
        """The HPA that does the scaling between one and many."""
        metadata, spec = obj["metadata"], obj["spec"]
        name = f"keda-hpa-{metadata['name']}"
        known = self._store.get("HorizontalPodAutoscaler", metadata["namespace"], name)
        made: Object = {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {
                "name": name,
                "namespace": metadata["namespace"],
                "labels": {
                    "app.kubernetes.io/managed-by": "keda-operator",
                    "scaledobject.keda.sh/name": metadata["name"],
                },
                "ownerReferences": [
                    {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
                     "name": metadata["name"], "uid": metadata["uid"], "controller": True,
                     "blockOwnerDeletion": True}
                ],
            },
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment"}
                | spec["scaleTargetRef"],
                "minReplicas": max(1, int(spec.get("minReplicaCount", 0))),
                "maxReplicas": int(spec.get("maxReplicaCount", 100)),
                "metrics": [
                    {"type": "External",
                     "external": {
                         "metric": {
                             "name": _metric_name(number, item),
                             "selector": {"matchLabels": {
                                 "scaledobject.keda.sh/name": metadata["name"]}},
                         },
                         "target": {"type": "AverageValue",
                                    "averageValue": str(item["metadata"].get("threshold", "1"))},
                     }}
                    for number, item in enumerate(spec.get("triggers", []))
                ],
            },
        }  # fmt: skip
        behavior = ((spec.get("advanced") or {}).get("horizontalPodAutoscalerConfig") or {}).get(
            "behavior"
        )
        if behavior:
            made["spec"]["behavior"] = behavior
        if known is None:
            self._store.apply(made)
            self._store.event(obj, "Normal", "KEDAScalersStarted", "Started scalers watch",
                              "keda-operator")  # fmt: skip
        elif known["spec"] != made["spec"]:
            self._store.apply(made | {"status": known.get("status", {})})

    def _scale(self, kind: str, namespace: str, name: str, replicas: int) -> None:
        def change(obj: Object) -> None:
            obj["spec"]["replicas"] = replicas

        self._store.patch(kind, namespace, name, change)

    def _write(self, obj: Object, active: bool, fallback: bool, spec: KedaSpec) -> None:
        paused = spec.paused or spec.paused_at is not None
        rows = (
            ("Ready", True, "ScaledObjectReady",
             "ScaledObject is defined correctly and is ready for scaling"),
            ("Active", active, "ScalerActive" if active else "ScalerNotActive",
             "Scaling is performed because triggers are active" if active
             else "Scaling is not performed because triggers are not active"),
            ("Fallback", fallback, "FallbackExists" if fallback else "NoFallbackFound",
             "At least one trigger is falling back on this scaled object" if fallback
             else "No fallbacks are active on this scaled object"),
            ("Paused", paused, "ScaledObjectPaused" if paused else "ScaledObjectUnpaused",
             "ScaledObject is paused" if paused else ""),
        )  # fmt: skip
        now = rfc3339.seconds(self._timeline.now)

        def change(new: Object) -> None:
            status = dict(new.get("status") or {})
            status["conditions"] = [
                {"type": kind, "status": "True" if on else "False", "reason": reason,
                 "message": message}
                for kind, on, reason, message in rows
            ]  # fmt: skip
            status["hpaName"] = f"keda-hpa-{new['metadata']['name']}"
            status["externalMetricNames"] = [
                _metric_name(n, item) for n, item in enumerate(new["spec"].get("triggers", []))
            ]
            if active:
                status["lastActiveTime"] = now
            new["status"] = status

        metadata = obj["metadata"]
        self._store.patch("ScaledObject", metadata["namespace"], metadata["name"], change)


def _metric_name(number: int, item: Object) -> str:
    name = item.get("metadata", {}).get("metricName", item.get("type", "metric"))
    return f"s{number}-{item.get('type', 'external')}-{name}"


def _spec(obj: Object) -> KedaSpec:
    spec, notes = obj["spec"], obj["metadata"].get("annotations") or {}
    held = notes.get("autoscaling.keda.sh/paused-replicas")
    fallback = spec.get("fallback") or {}
    return KedaSpec(
        min=int(spec.get("minReplicaCount", 0)),
        max=int(spec.get("maxReplicaCount", 100)),
        idle=spec.get("idleReplicaCount"),
        cooldown_s=float(spec.get("cooldownPeriod", 300)),
        paused=notes.get("autoscaling.keda.sh/paused", "false") != "false",
        paused_at=int(held) if held is not None else None,
        fallback_replicas=fallback.get("replicas"),
        failure_threshold=int(fallback.get("failureThreshold", 0)),
    )
