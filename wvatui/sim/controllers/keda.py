"""KEDA: creates an HPA for every ScaledObject, activates and deactivates targets by
`core/rules/keda`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from wvatui.core.kube_object import Object
from wvatui.core.rules.keda.keda import (
    PAUSED,
    READY,
    KedaCondition,
    KedaMemory,
    KedaOutcome,
    hpa_health,
    poll,
)
from wvatui.core.rules.keda.keda_fallback import TargetReplicas
from wvatui.core.rules.keda.keda_made import NAME_LABEL
from wvatui.core.rules.keda.keda_serving import Trigger, serve
from wvatui.core.rules.keda.keda_spec import COMPOSITE, KedaSpec
from wvatui.core.rules.keda.keda_versions import NEWEST, KedaRelease
from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339
from wvatui.sim.controllers.hpa import External
from wvatui.sim.controllers.keda_objects import (
    CHECK_FAILED,
    UNPAUSE,
    TriggerRow,
    TriggerSpec,
    conditions,
    gvk,
    health,
    hpa_name,
    made_hpa,
    polled_rows,
    spec_of,
    static_status,
    target_kind,
    triggers_of,
)
from wvatui.sim.pods.pod_json import condition_of, has, key_of
from wvatui.sim.store import Store

LOOK_S = 1.0
COMPONENT = "keda-operator"
NO_METRICS = "no metrics returned"
Ask = Callable[[str], Sequence[float]]
"""A PromQL query -> the values in its answer. Raises PromqlError."""


class KedaController:
    """Reconciles each ScaledObject when it changes and polls it at its own `pollingInterval`."""

    def __init__(
        self,
        timeline: Timeline,
        store: Store,
        *,
        external: External,
        prometheus: Ask,
        release: KedaRelease = NEWEST,
    ) -> None:
        self._release = release
        self._timeline, self._store, self._external = timeline, store, external
        self._prometheus = prometheus
        self._memories: dict[str, KedaMemory] = {}
        self._polled_at: dict[str, float] = {}
        self._reconciled: dict[str, tuple[Any, ...]] = {}
        self._made: dict[str, tuple[str, str]] = {}
        """ScaledObject's uid -> (namespace, name) of its HPA."""
        self._every = timeline.every(LOOK_S, self.look)

    def stop(self) -> None:
        """Stop polling."""
        self._every.cancel()

    def served(self, metric: str, labels: Mapping[str, str]) -> float | None:
        """An external metric as KEDA's metrics server returns it to the HPA: with the fallback."""
        for obj in self._store.list("ScaledObject"):
            if labels.get(NAME_LABEL) != obj["metadata"]["name"]:
                continue
            asked = [t for t in triggers_of(obj) if metric in (t.served, COMPOSITE)]
            if not asked:
                continue
            uid = obj["metadata"]["uid"]
            memory = self._memories.get(uid, KedaMemory())
            read = [self._read(trigger) for trigger in asked]
            target = self._target(obj)
            size = TargetReplicas(0 if target is None else _replicas(target))
            answer = serve(spec_of(obj), read, memory.health, size, self._release)
            self._memories[uid] = replace(memory, health=answer.health)  # its reads count, too
            value = answer.values.get(metric)
            return None if value is None else value / 1000
        return None

    def _target(self, obj: Object) -> Object | None:
        name = obj["spec"]["scaleTargetRef"]["name"]
        return self._store.get(target_kind(obj), obj["metadata"]["namespace"], name)

    def look(self) -> None:
        """Reconcile changed objects, poll those that are due, forget deleted ones."""
        objects = self._store.list("ScaledObject")
        self._forget({obj["metadata"]["uid"] for obj in objects})
        for obj in objects:
            uid, annotations = obj["metadata"]["uid"], obj["metadata"].get("annotations")
            target = self._target(obj)
            seen = (obj["spec"], annotations, target is None)
            if self._reconciled.get(uid) != seen:
                self._reconciled[uid] = seen
                self._polled_at.pop(uid, None)
                self._reconcile(obj, target)
            waited = self._timeline.now - self._polled_at.get(uid, float("-inf"))
            if target is not None and waited >= spec_of(obj).polling_s:
                self._polled_at[uid] = self._timeline.now
                self._poll(obj, target)

    def _forget(self, present: set[str]) -> None:
        """Forget deleted ScaledObjects, and delete their HPAs."""
        for uid in self._reconciled.keys() - present:
            for book in (self._reconciled, self._polled_at, self._memories):
                book.pop(uid, None)
            self._delete_hpa(uid)

    def _delete_hpa(self, uid: str) -> None:
        made = self._made.pop(uid, None)
        if made is not None and self._store.get("HorizontalPodAutoscaler", *made) is not None:
            self._store.delete("HorizontalPodAutoscaler", *made)

    def _reconcile(self, obj: Object, target: Object | None) -> None:
        if target is None:
            self._event(obj, "Warning", "ScaledObjectCheckFailed", CHECK_FAILED[0][3])
            self._write(obj, CHECK_FAILED, {})
            return
        old = obj.get("status") or {}
        status = static_status(obj, _replicas(target))
        if "originalReplicaCount" in old:
            status["originalReplicaCount"] = old["originalReplicaCount"]
        spec = spec_of(obj)
        if spec.is_paused:
            self._delete_hpa(obj["metadata"]["uid"])
            self._hold(obj, spec, _replicas(target))
            self._write(obj, _rows(READY, PAUSED), status)
            return
        if self._ensure_hpa(obj):
            for trigger in triggers_of(obj):
                text = f"Scaler {trigger.scaler.removesuffix('Scaler')} is built"
                self._event(obj, "Normal", "KEDAScalersStarted", text)
            self._event(obj, "Normal", "KEDAScalersStarted", "Started scalers watch")
        if not has(obj, "Ready"):
            self._event(obj, "Normal", "ScaledObjectReady", "ScaledObject is ready for scaling")
        if spec.paused_in or spec.paused_out:
            self._write(obj, _rows(READY, PAUSED), status)
            return
        self._write(obj, (*_rows(READY), UNPAUSE) if has(obj, "Paused") else _rows(READY), status)

    def _hold(self, obj: Object, spec: KedaSpec, current: int) -> None:
        """Set the replicas in the annotation paused-replicas, as the reconciler does."""
        if spec.paused_at not in (None, current):
            self._set(obj, spec.paused_at)

    def _ensure_hpa(self, obj: Object) -> bool:
        """Create or update the HPA; True: it did not exist."""
        made = made_hpa(obj, self._release)
        uid, namespace = obj["metadata"]["uid"], obj["metadata"]["namespace"]
        name = hpa_name(obj)
        if self._made.get(uid) not in (None, (namespace, name)):
            self._delete_hpa(uid)  # its name was changed
        known = self._store.get("HorizontalPodAutoscaler", namespace, name)
        self._made[uid] = (namespace, name)
        if known is None:
            self._store.apply(made)
            return True
        if known["spec"] != made["spec"]:
            self._store.apply(made | {"status": known.get("status", {})})
        return False

    def _poll(self, obj: Object, target: Object) -> None:
        uid, spec = obj["metadata"]["uid"], spec_of(obj)
        triggers = triggers_of(obj)
        read = [self._read(trigger) for trigger in triggers]
        current = _replicas(target)
        outcome = poll(
            spec,
            read,
            current=current,
            memory=self._memories.get(uid, KedaMemory()),
            now=self._timeline.now,
            ready=current,
            release=self._release,
        )
        self._memories[uid] = outcome.memory
        if spec.is_paused:
            self._hold(obj, spec, current)
            if spec.paused_at is not None:
                self._write(obj, (), {"pausedReplicaCount": spec.paused_at})
            return
        if outcome.scale_to is not None and outcome.scale_to != current:
            self._scale(obj, current, outcome.scale_to, outcome)
        for trigger, value in zip(triggers, read, strict=True):
            if value.value is None:
                text = f"error getting metric {trigger.served}: {value.error}"
                self._event(obj, "Warning", "KEDAScalerFailed", text)
        active = outcome.state.triggers
        status: Object = {
            "health": health(outcome.memory.health),
            "triggersActivity": {
                trigger.served: {"isActive": trigger.served in active} for trigger in triggers
            },
        }
        if outcome.memory.active_at == self._timeline.now:
            status["lastActiveTime"] = rfc3339.seconds(self._timeline.now)
        rows = [*polled_rows(outcome, outcome.state.fallback), *self._hpa_active(obj)]
        self._write(obj, rows, status)

    def _hpa_active(self, obj: Object) -> tuple[TriggerRow, ...]:
        """The HPA's ScalingActive as a condition of the ScaledObject, where the release has it."""
        made = self._made.get(obj["metadata"]["uid"])
        hpa = None if made is None else self._store.get("HorizontalPodAutoscaler", *made)
        if hpa is None or not self._release.hpa_condition:
            return ()
        said = condition_of(hpa, "ScalingActive")
        return _rows(hpa_health(said["status"], said["reason"], said["message"])) if said else ()

    def _read(self, trigger: TriggerSpec) -> Trigger:
        if trigger.prometheus is None:
            return trigger.read(self._external(trigger.query, trigger.labels), NO_METRICS)
        try:
            return trigger.read(trigger.prometheus.read(self._prometheus(trigger.prometheus.text)))
        except ValueError as error:  # includes PromqlError
            return trigger.read(None, str(error))

    def _set(self, obj: Object, replicas: int) -> None:
        namespace, name = obj["metadata"]["namespace"], obj["spec"]["scaleTargetRef"]["name"]
        self._store.scale(target_kind(obj), namespace, name, replicas)

    def _scale(self, obj: Object, current: int, wanted: int, outcome: KedaOutcome) -> None:
        self._set(obj, wanted)
        ref = f"{obj['metadata']['namespace']}/{obj['spec']['scaleTargetRef']['name']}"
        words = f"{gvk(target_kind(obj))} {ref} from {current} to {wanted}"
        if outcome.why == "woken":
            text = f"Scaled {words}, triggered by {';'.join(outcome.state.triggers)}"
            self._event(obj, "Normal", "KEDAScaleTargetActivated", text)
        elif outcome.why == "idle":
            self._event(obj, "Normal", "KEDAScaleTargetDeactivated", f"Deactivated {words}")

    def _event(self, obj: Object, type_: str, reason: str, message: str) -> None:
        self._store.event(obj, type_, reason, message, COMPONENT)

    def _write(self, obj: Object, rows: Sequence[TriggerRow], status: Object) -> None:
        """Write `rows` into the conditions and `status` over the rest; the paused replica count is
        removed once the object is no longer paused."""

        def change(new: Object) -> None:
            labels = new["metadata"].setdefault("labels", {})
            labels[NAME_LABEL] = new["metadata"]["name"]
            old = dict(new.get("status") or {})
            if spec_of(new).paused_at is None:
                old.pop("pausedReplicaCount", None)
            merged = old | status
            merged["conditions"] = conditions(old.get("conditions") or [], rows)
            new["status"] = {key: merged[key] for key in sorted(merged)}

        self._store.patch("ScaledObject", *key_of(obj), change)


def _replicas(target: Object) -> int:
    return int(target["spec"].get("replicas", 1))


def _rows(*conditions: KedaCondition) -> tuple[TriggerRow, ...]:
    return tuple((c.type, c.status, c.reason, c.message) for c in conditions)
