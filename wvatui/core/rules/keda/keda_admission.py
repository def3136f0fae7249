"""What KEDA refuses of a ScaledObject's manifest: by its admission webhook, else by its operator,
whose condition Ready then says so.

Source: KEDA apis/keda/v1alpha1/scaledobject_webhook.go, scaledobject_types.go
CheckReplicaCountBoundsAreValid, scaletriggers_types.go ValidateTriggers.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from wvatui.core.nested import at
from wvatui.core.rules.keda.keda_formula import FormulaError, compiled
from wvatui.core.rules.keda.keda_made import RESOURCES
from wvatui.core.rules.keda.keda_spec import MOST_REPLICAS_DEFAULT
from wvatui.core.rules.known_fields import REFERENCE, no_numbers, unknown_fields
from wvatui.core.rules.quantities import quantity

KedaRefusal = tuple[tuple[str | int, ...], str]
"""The field that is wrong, and why."""


_COUNTS = ("minReplicaCount", "maxReplicaCount", "idleReplicaCount")
FIELDS = {
    (): frozenset(
        (
            *_COUNTS,
            "scaleTargetRef",
            "pollingInterval",
            "initialCooldownPeriod",
            "cooldownPeriod",
            "advanced",
            "triggers",
            "fallback",
        )
    ),
    ("scaleTargetRef",): REFERENCE | {"envSourceContainerName"},
    ("advanced",): frozenset(
        ("horizontalPodAutoscalerConfig", "restoreToOriginalReplicaCount", "scalingModifiers")
    ),
    ("advanced", "horizontalPodAutoscalerConfig"): frozenset(("name", "behavior")),
    ("advanced", "scalingModifiers"): frozenset(
        ("formula", "target", "activationTarget", "metricType")
    ),
    ("fallback",): frozenset(("failureThreshold", "replicas", "behavior")),
    ("triggers", "*"): frozenset(
        ("type", "name", "metricType", "useCachedMetrics", "metadata", "authenticationRef")
    ),
}


def scaled_object_refusal(obj: Mapping[str, Any]) -> KedaRefusal | None:
    """The first reason for which KEDA refuses a ScaledObject; None: there is none that is seen in
    the object alone. Fields of another type than the API's are left to who reads them."""
    spec = at(obj, "spec")
    listed = at(spec, "triggers")
    triggers = listed if isinstance(listed, list) else []
    refusals = chain(
        unknown_fields(obj, FIELDS),
        no_numbers(obj, _COUNTS),
        _triggers(triggers),
        _replicas(spec, triggers),
        _formula(spec, triggers),
    )
    return next(refusals, None)


def _triggers(triggers: list[Any]) -> Iterator[KedaRefusal]:
    if not triggers:
        yield ("spec",), "states no triggers: there is nothing that it would scale by"
    names = Counter(str(at(each, "name") or "") for each in triggers)
    for name, times in names.items():
        if name and times > 1:
            yield ("spec", "triggers"), f"the name {name!r} is of {times} triggers"


def _replicas(spec: Any, triggers: list[Any]) -> Iterator[KedaRefusal]:
    low, high = at(spec, "minReplicaCount"), at(spec, "maxReplicaCount")
    idle = at(spec, "idleReplicaCount")
    least = 0 if low is None else low
    most = MOST_REPLICAS_DEFAULT if high is None else high
    if not isinstance(least, int) or not isinstance(most, int):
        return
    bound = least if low is None else max(1, least)  # as KEDA counts a stated 0
    if bound > most:
        text = f"minReplicaCount {bound} is above maxReplicaCount {most}"
        yield ("spec", "minReplicaCount"), text
    if isinstance(idle, int) and idle >= bound:
        text = f"idleReplicaCount {idle} is not below minReplicaCount {bound}"
        yield ("spec", "idleReplicaCount"), text
    if least == 0 and all(at(each, "type") in RESOURCES for each in triggers):
        text = "with cpu and memory triggers alone minReplicaCount must be above 0"
        yield ("spec", "minReplicaCount" if low is not None else "triggers"), text
    for name in ("failureThreshold", "replicas"):
        value = at(spec, "fallback", name)
        if isinstance(value, int) and value < 0:
            yield ("spec", "fallback", name), f"fallback.{name} {value} is below 0"


def _formula(spec: Any, triggers: list[Any]) -> Iterator[KedaRefusal]:
    modifiers = at(spec, "advanced", "scalingModifiers")
    if not isinstance(modifiers, Mapping) or not modifiers:
        return
    path: tuple[str | int, ...] = ("spec", "advanced", "scalingModifiers")
    formula, target = modifiers.get("formula"), modifiers.get("target")
    if not formula:
        yield path, "scalingModifiers without a formula"
        return
    named = (at(each, "name") for each in triggers if at(each, "type") not in RESOURCES)
    try:
        compiled(str(formula), (str(name) for name in named if name))
    except FormulaError as error:
        yield (*path, "formula"), str(error)
    wanted = quantity(str(target or ""))
    if wanted is None or wanted <= 0:
        yield (*path, "target"), f"a formula's target must be a number above 0, not {target!r}"
