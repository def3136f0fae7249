"""What KEDA reads from a ScaledObject and writes: triggers, the HPA, the status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wvatui.core.kube_object import Object
from wvatui.core.rules.keda.keda import KedaOutcome
from wvatui.core.rules.keda.keda_fallback import MetricTarget, TriggerHealth
from wvatui.core.rules.keda.keda_made import NAME_LABEL, MadeTrigger, made_spec, made_triggers
from wvatui.core.rules.keda.keda_prometheus import PrometheusQuery, prometheus_query
from wvatui.core.rules.keda.keda_serving import Trigger
from wvatui.core.rules.keda.keda_spec import KedaSpec, keda_spec
from wvatui.core.rules.keda.keda_versions import KedaRelease
from wvatui.core.rules.quantities import truncated
from wvatui.sim.pods.pod_json import new_object, owner_of

_GROUPS = {
    "Deployment": ("apps", "v1", "deployments"),
    "LeaderWorkerSet": ("leaderworkerset.x-k8s.io", "v1", "leaderworkersets"),
}


@dataclass(frozen=True, slots=True)
class TriggerSpec:
    """One trigger: the metric name that KEDA serves to the HPA, and the source of its value."""

    served: str
    scaler: str
    """Name in events: the trigger's own name, else its type and "Scaler"."""
    query: str
    labels: Mapping[str, str]
    prometheus: PrometheusQuery | None
    """Its query; None: it reads a metric of this name with these labels."""
    name: str
    """Name in a formula."""
    target: MetricTarget
    activation: int
    """Thousandths."""

    def read(self, value: float | None, error: str = "") -> Trigger:
        """The trigger with its value; None: no value, because of `error`."""
        return Trigger(
            None if value is None else truncated(value),
            self.served,
            self.name,
            self.activation,
            self.target,
            error,
        )


def triggers_of(obj: Object) -> list[TriggerSpec]:
    """The triggers of a ScaledObject in their order."""
    items, made = obj["spec"].get("triggers") or [], made_triggers(obj["spec"])
    return [_trigger(item, each) for item, each in zip(items, made, strict=True)]


def _trigger(item: Object, made: MadeTrigger) -> TriggerSpec:
    metadata = item.get("metadata") or {}
    variant = metadata.get("variantName")
    return TriggerSpec(
        served=made.metric,
        scaler=made.name or f"{made.type}Scaler",
        query=str(metadata.get("metricName", "metric")),
        labels={"variant_name": str(variant)} if variant else {},
        prometheus=prometheus_query(item),
        name=made.name,
        target=made.target,
        activation=made.activation,
    )


def spec_of(obj: Object) -> KedaSpec:
    """The settings of a ScaledObject, with KEDA's defaults."""
    return keda_spec(obj["spec"], obj["metadata"].get("annotations"))


def hpa_name(obj: Object) -> str:
    """Name of the HPA that does the scaling between one and many."""
    given = _advanced(obj).get("name")
    return str(given or f"keda-hpa-{obj['metadata']['name']}")


def _advanced(obj: Object) -> Object:
    advanced = obj["spec"].get("advanced") or {}
    settings: Object = advanced.get("horizontalPodAutoscalerConfig") or {}
    return settings


def target_kind(obj: Object) -> str:
    """Kind of the scale target."""
    return str(obj["spec"]["scaleTargetRef"].get("kind") or "Deployment")


def gvk(kind: str) -> str:
    """The kind of a scale target in KEDA's notation: `apps/v1.Deployment`."""
    group, version, _ = _GROUPS.get(kind, ("apps", "v1", ""))
    return f"{group}/{version}.{kind}"


def made_hpa(obj: Object, release: KedaRelease) -> Object:
    """The HPA that a release of KEDA creates for a ScaledObject, without its status."""
    metadata = obj["metadata"]
    group, version, _ = _GROUPS.get(target_kind(obj), ("apps", "v1", ""))
    made = made_spec(obj)
    made["scaleTargetRef"]["apiVersion"] = f"{group}/{version}"
    labels = {
        "app.kubernetes.io/managed-by": "keda-operator",
        "app.kubernetes.io/name": hpa_name(obj),
        "app.kubernetes.io/part-of": metadata["name"],
        "app.kubernetes.io/version": release.patch,
        NAME_LABEL: metadata["name"],
    }
    return new_object(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        hpa_name(obj),
        metadata["namespace"],
        metadata={"labels": labels, "ownerReferences": [owner_of(obj)]},
        spec=made,
    )


TriggerRow = tuple[str, str, str, str]


def conditions(old: Sequence[Object], rows: Sequence[TriggerRow]) -> list[Object]:
    """Conditions Ready, Active, Fallback, Paused in this order, with `rows` (type, status, reason,
    message) merged in, followed by the HPA's where there is one."""
    known = {c["type"]: c for c in old}
    for type_, status, reason, message in rows:
        known[type_] = {"type": type_, "status": status, "reason": reason, "message": message}
    order = ("Ready", "Active", "Fallback", "Paused")
    first = [known.get(type_, {"type": type_, "status": "Unknown"}) for type_ in order]
    return [*first, *(known[each] for each in known if each not in order)]


CHECK_FAILED: tuple[TriggerRow, ...] = (
    (
        "Ready",
        "False",
        "ScaledObjectCheckFailed",
        "ScaledObject doesn't have correct scaleTargetRef specification",
    ),
    ("Active", "Unknown", "UnknownState", "ScaledObject check failed"),
)
UNPAUSE: TriggerRow = (
    "Paused",
    "False",
    "ScaledObjectUnpaused",
    "pause annotation removed for ScaledObject",
)


def polled_rows(outcome: KedaOutcome, falling: bool) -> list[TriggerRow]:
    """Conditions after a poll. `falling`: a fallback replaces a trigger."""
    rows = [(c.type, c.status, c.reason, c.message) for c in outcome.conditions]
    if falling:
        text = "At least one trigger is falling back on this scaled object"
        return [*rows, ("Fallback", "True", "FallbackExists", text)]
    text = "No fallbacks are active on this scaled object"
    return [*rows, ("Fallback", "False", "NoFallbackFound", text)]


def static_status(obj: Object, replicas: int) -> Object:
    """The status before the first poll; `replicas`: the target's own."""
    kind = target_kind(obj)
    group, version, resource = _GROUPS.get(kind, ("apps", "v1", kind.lower() + "s"))
    types = [str(t.get("type", "")) for t in obj["spec"].get("triggers") or []]
    resource_of = {"group": group, "kind": kind, "resource": resource, "version": version}
    return {
        "externalMetricNames": [trigger.served for trigger in triggers_of(obj)],
        "hpaName": hpa_name(obj),
        "originalReplicaCount": replicas,
        "scaleTargetGVKR": resource_of,
        "scaleTargetKind": gvk(kind),
        "triggersTypes": ",".join(dict.fromkeys(types)),
    }


def health(rows: Mapping[str, TriggerHealth]) -> Object:
    """`status.health`: consecutive failures of each metric."""
    return {
        name: {"numberOfFailures": row.failures, "status": "Failing" if row.failing else "Happy"}
        for name, row in rows.items()
    }
