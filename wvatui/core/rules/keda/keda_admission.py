"""What KEDA refuses of a ScaledObject's manifest: by its admission webhook, else by its operator,
whose condition Ready then says so, also where the API server refuses the HPA that it makes.

Source: KEDA apis/keda/v1alpha1/scaledobject_webhook.go, scaledobject_types.go
CheckReplicaCountBoundsAreValid, scaletriggers_types.go ValidateTriggers.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from wvatui.core.nested import at
from wvatui.core.rules.hpa.hpa_admission import (
    BEHAVIOR_FIELDS,
    BEHAVIOR_NUMBERS,
    behavior_refusals,
)
from wvatui.core.rules.keda.keda_formula import FormulaError, compiled
from wvatui.core.rules.keda.keda_made import RESOURCES
from wvatui.core.rules.keda.keda_spec import FALLBACKS, MOST_REPLICAS_DEFAULT
from wvatui.core.rules.known_fields import REFERENCE, FieldsOf, no_numbers, unknown_fields
from wvatui.core.rules.quantities import quantity

KedaRefusal = tuple[tuple[str | int, ...], str]
"""The field that is wrong, and why."""


HPA_CONFIG = ("advanced", "horizontalPodAutoscalerConfig")
"""Place of the behavior that the HPA is made with."""
_COUNTS = (
    "minReplicaCount",
    "maxReplicaCount",
    "idleReplicaCount",
    "pollingInterval",
    "initialCooldownPeriod",
    "cooldownPeriod",
)
_FALLBACK = ("failureThreshold", "replicas")
"""Fields that a fallback must have."""
_NUMBERS: FieldsOf = {
    (): frozenset(_COUNTS),
    ("fallback",): frozenset(_FALLBACK),
    **{(*HPA_CONFIG, *inner): names for inner, names in BEHAVIOR_NUMBERS.items()},
}
FIELDS: FieldsOf = {
    (): frozenset(
        (
            *_COUNTS,
            "scaleTargetRef",
            "advanced",
            "triggers",
            "fallback",
        )
    ),
    ("scaleTargetRef",): REFERENCE | {"envSourceContainerName"},
    ("advanced",): frozenset(
        ("horizontalPodAutoscalerConfig", "restoreToOriginalReplicaCount", "scalingModifiers")
    ),
    HPA_CONFIG: frozenset(("name", "behavior")),
    ("advanced", "scalingModifiers"): frozenset(
        ("formula", "target", "activationTarget", "metricType")
    ),
    **{(*HPA_CONFIG, *inner): names for inner, names in BEHAVIOR_FIELDS.items()},
    ("fallback",): frozenset((*_FALLBACK, "behavior")),
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
        no_numbers(obj, _NUMBERS),
        _triggers(triggers),
        _replicas(spec, triggers),
        _fallback(at(spec, "fallback")),
        _formula(spec, triggers),
        behavior_refusals(at(spec, *HPA_CONFIG, "behavior"), ("spec", *HPA_CONFIG, "behavior")),
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


def _fallback(fallback: Any) -> Iterator[KedaRefusal]:
    for name in _FALLBACK if isinstance(fallback, Mapping) else ():
        value = fallback.get(name)
        if value is None:
            yield ("spec", "fallback"), f"fallback without {name}"
        elif isinstance(value, int) and value < 0:
            yield ("spec", "fallback", name), f"fallback.{name} {value} is below 0"
    behavior = at(fallback, "behavior")
    if behavior and behavior not in FALLBACKS:
        text = f"fallback.behavior is one of {', '.join(FALLBACKS)}, not {behavior!r}"
        yield ("spec", "fallback", "behavior"), text


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
