"""What KEDA reads in a ScaledObject and makes of it: triggers, the HPA, the status."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wvatui.core.kube_object import Object
from wvatui.core.rules.keda.keda import KedaOutcome
from wvatui.core.rules.keda.keda_fallback import MetricTarget, TriggerHealth
from wvatui.core.rules.keda.keda_made import NAME_LABEL, MadeTrigger, made_spec, made_triggers
from wvatui.core.rules.keda.keda_serving import Trigger
from wvatui.core.rules.keda.keda_spec import KedaSpec, keda_spec
from wvatui.core.rules.quantities import truncated

_GROUPS = {
    "Deployment": ("apps", "v1", "deployments"),
    "LeaderWorkerSet": ("leaderworkerset.x-k8s.io", "v1", "leaderworkersets"),
}
_SELECTOR = re.compile(r"([A-Za-z_:][\w:]*)\s*\{([^}]*)\}")
_LABEL = re.compile(r'(\w+)\s*=\s*"([^"]*)"')
_BARE = re.compile(r"[A-Za-z_:][\w:]*")


@dataclass(frozen=True, slots=True)
class TriggerSpec:
    """One trigger: the metric name that KEDA serves to the HPA, and where its value is from."""

    served: str
    scaler: str
    """As events name it: the trigger's own name, else its type and "Scaler"."""
    query: str
    labels: Mapping[str, str]
    empty_is_zero: bool
    """A query without a result counts as 0 and not as a failure (prometheus' default)."""
    name: str
    """As a formula calls it."""
    target: MetricTarget
    activation: int
    """Thousandths."""

    def read(self, value: float | None) -> Trigger:
        """The trigger as KEDA reads it; None: there is nothing."""
        if value is None and self.empty_is_zero:
            value = 0.0
        return Trigger(
            None if value is None else truncated(value),
            self.served,
            self.name,
            self.activation,
            self.target,
        )


def triggers_of(obj: Object) -> list[TriggerSpec]:
    """The triggers of a ScaledObject in their order."""
    items, made = obj["spec"].get("triggers") or [], made_triggers(obj["spec"])
    return [_trigger(item, each) for item, each in zip(items, made, strict=True)]


def _trigger(item: Object, made: MadeTrigger) -> TriggerSpec:
    metadata = item.get("metadata") or {}
    prometheus = made.type == "prometheus"
    if prometheus:
        query, labels = _selector(str(metadata.get("query", "")))
    else:
        query = str(metadata.get("metricName", "metric"))
        variant = metadata.get("variantName")
        labels = {"variant_name": str(variant)} if variant else {}
    ignored = str(metadata.get("ignoreNullValues", "true")).lower()
    return TriggerSpec(
        served=made.metric,
        scaler=made.name or f"{made.type}Scaler",
        query=query,
        labels=labels,
        empty_is_zero=prometheus and ignored != "false",
        name=made.name,
        target=made.target,
        activation=made.activation,
    )


def _selector(query: str) -> tuple[str, dict[str, str]]:
    """Metric and label values of the first plain selector in a PromQL expression."""
    match = _SELECTOR.search(query)
    if match is not None:
        return match[1], dict(_LABEL.findall(match[2]))
    bare = _BARE.search(query)
    return (bare[0] if bare else ""), {}


def spec_of(obj: Object) -> KedaSpec:
    """What a ScaledObject asks for, KEDA's defaults applied."""
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
    """As KEDA writes the kind of a scale target: `apps/v1.Deployment`."""
    group, version, _ = _GROUPS.get(kind, ("apps", "v1", ""))
    return f"{group}/{version}.{kind}"


def made_hpa(obj: Object) -> Object:
    """The HPA that KEDA makes of a ScaledObject, without its status."""
    metadata = obj["metadata"]
    group, version, _ = _GROUPS.get(target_kind(obj), ("apps", "v1", ""))
    made = made_spec(obj)
    made["scaleTargetRef"]["apiVersion"] = f"{group}/{version}"
    owner = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    labels = {
        "app.kubernetes.io/managed-by": "keda-operator",
        "app.kubernetes.io/name": hpa_name(obj),
        "app.kubernetes.io/part-of": metadata["name"],
        NAME_LABEL: metadata["name"],
    }
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {
            "name": hpa_name(obj),
            "namespace": metadata["namespace"],
            "labels": labels,
            "ownerReferences": [owner],
        },
        "spec": made,
    }


TriggerRow = tuple[str, str, str, str]


def conditions(old: Sequence[Object], rows: Sequence[TriggerRow]) -> list[Object]:
    """Ready, Active, Fallback, Paused in this order: (type, status, reason, message) put in."""
    known = {c["type"]: c for c in old}
    for type_, status, reason, message in rows:
        known[type_] = {"type": type_, "status": status, "reason": reason, "message": message}
    order = ("Ready", "Active", "Fallback", "Paused")
    return [known.get(type_, {"type": type_, "status": "Unknown"}) for type_ in order]


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
    """Conditions after a poll. `falling`: the fallback stands in for a trigger."""
    rows = [(c.type, c.status, c.reason, c.message) for c in outcome.conditions]
    if falling:
        text = "At least one trigger is falling back on this scaled object"
        return [*rows, ("Fallback", "True", "FallbackExists", text)]
    text = "No fallbacks are active on this scaled object"
    return [*rows, ("Fallback", "False", "NoFallbackFound", text)]


def static_status(obj: Object, replicas: int) -> Object:
    """What the status says before the first poll; `replicas`: the target's own."""
    kind = target_kind(obj)
    group, version, resource = _GROUPS.get(kind, ("apps", "v1", kind.lower() + "s"))
    types = [str(t.get("type", "")) for t in obj["spec"].get("triggers") or []]
    return {
        "externalMetricNames": [trigger.served for trigger in triggers_of(obj)],
        "hpaName": hpa_name(obj),
        "originalReplicaCount": replicas,
        "scaleTargetGVKR": {
            "group": group,
            "kind": kind,
            "resource": resource,
            "version": version,
        },
        "scaleTargetKind": gvk(kind),
        "triggersTypes": ",".join(dict.fromkeys(types)),
    }


def health(rows: Mapping[str, TriggerHealth]) -> Object:
    """`status.health`: how often in a row each metric could not be read."""
    return {
        name: {
            "numberOfFailures": row.failures,
            "status": "Failing" if row.failing else "Happy",
        }
        for name, row in rows.items()
    }
