"""What the API server refuses of an HPA's manifest.

Source: Kubernetes pkg/apis/autoscaling/validation/validation.go.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, get_args

from wvatui.core.nested import at
from wvatui.core.rules.hpa.hpa_policy import Select
from wvatui.core.rules.hpa.hpa_spec import PLACES
from wvatui.core.rules.known_fields import REFERENCE, FieldsOf, no_numbers, unknown_fields
from wvatui.core.rules.quantities import milli

MOST_WINDOW_S, MOST_PERIOD_S = 3600, 1800
"""Longest stabilizationWindowSeconds and periodSeconds."""
POLICIES, SELECTS = ("Pods", "Percent"), get_args(Select)
"""Types of a policy, and what selectPolicy may be."""
OF_VERSION_1 = "targetCPUUtilizationPercentage"


HpaRefusal = tuple[tuple[str | int, ...], str]
"""The field that is wrong, and why."""


_RULES = frozenset(("stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance"))
WAYS = ("scaleUp", "scaleDown")
_AMOUNTS = ("value", "periodSeconds")


def _each_way(names: Iterable[str], *inner: str) -> FieldsOf:
    return {("behavior", way, *inner): frozenset(names) for way in WAYS}


def _each_policy(names: Iterable[str]) -> FieldsOf:
    return _each_way(names, "policies", "*")


BEHAVIOR_FIELDS: FieldsOf = {
    ("behavior",): frozenset(WAYS),
    **_each_way(_RULES),
    **_each_policy(("type", *_AMOUNTS)),
}
BEHAVIOR_NUMBERS: FieldsOf = {
    **_each_way(("stabilizationWindowSeconds",)),
    **_each_policy(_AMOUNTS),
}
"""Fields of a behavior, and those that are whole numbers."""
FIELDS: FieldsOf = {
    (): frozenset(
        (
            "scaleTargetRef",
            "minReplicas",
            "maxReplicas",
            "metrics",
            "behavior",
            OF_VERSION_1,
        )
    ),
    ("scaleTargetRef",): REFERENCE,
    ("metrics", "*"): frozenset(("type", *PLACES.values())),
    **BEHAVIOR_FIELDS,
}
_NUMBERS: FieldsOf = {
    (): frozenset(("minReplicas", "maxReplicas", OF_VERSION_1)),
    **{
        ("metrics", "*", place, "target"): frozenset(("averageUtilization",))
        for place in PLACES.values()
    },
    **BEHAVIOR_NUMBERS,
}
"""Fields that are whole numbers."""


def hpa_refusal(obj: Mapping[str, Any]) -> HpaRefusal | None:
    """The first reason for which the API server refuses an HPA (autoscaling/v2); None: there is
    none. Fields of another type than the API's are left to who reads them."""
    known = FIELDS
    if at(obj, "apiVersion") == "autoscaling/v2":
        known = {**FIELDS, (): FIELDS[()] - {OF_VERSION_1}}
    refusals = chain(
        unknown_fields(obj, known),
        no_numbers(obj, _NUMBERS),
        _refusals(at(obj, "spec")),
    )
    return next(refusals, None)


def _refusals(spec: Any) -> Iterator[HpaRefusal]:
    low, high = at(spec, "minReplicas"), at(spec, "maxReplicas")
    if high is None:
        yield ("spec",), "maxReplicas is missing"
    if _below(high, 1):
        yield ("spec", "maxReplicas"), f"maxReplicas {high} is not above 0"
    if _below(low, 0):
        yield ("spec", "minReplicas"), f"minReplicas {low} is below 0"
    if isinstance(low, int) and isinstance(high, int) and low > high:
        text = f"minReplicas {low} is above maxReplicas {high}"
        yield ("spec", "minReplicas"), text
    metrics = _rows(at(spec, "metrics"))
    if low == 0 and not any(at(each, "type") in ("External", "Object") for each in metrics):
        text = "minReplicas 0 needs a metric of type External or Object"
        yield ("spec", "minReplicas"), text
    for place, each in enumerate(metrics):
        path = ("spec", "metrics", place)
        kind = at(each, "type")
        if kind not in PLACES:
            yield path, f"a metric's type is one of {', '.join(PLACES)}, not {kind!r}"
        elif not isinstance(at(each, PLACES[kind]), Mapping):
            yield path, f"a metric of type {kind!r} without {PLACES[kind]}"
        else:
            yield from _target(at(each, PLACES[kind], "target"), (*path, PLACES[kind], "target"))
    yield from behavior_refusals(at(spec, "behavior"), ("spec", "behavior"))


def behavior_refusals(behavior: Any, path: tuple[str | int, ...]) -> Iterator[HpaRefusal]:
    """What is refused of the `behavior` at `path`."""
    for way in WAYS:
        yield from _behavior(at(behavior, way), (*path, way))


def _target(target: Any, path: tuple[str | int, ...]) -> Iterator[HpaRefusal]:
    for name in ("value", "averageValue"):
        written = at(target, name)
        amount = milli(written)
        if amount is not None and amount <= 0:
            yield (*path, name), f"{name} {written!r} is not above 0"
    percent = at(target, "averageUtilization")
    if _below(percent, 1):
        yield (*path, "averageUtilization"), f"averageUtilization {percent} is not above 0"


def _behavior(rules: Any, path: tuple[str | int, ...]) -> Iterator[HpaRefusal]:
    window = at(rules, "stabilizationWindowSeconds")
    if isinstance(window, int) and not 0 <= window <= MOST_WINDOW_S:
        text = f"stabilizationWindowSeconds {window} is not within 0 and {MOST_WINDOW_S}"
        yield (*path, "stabilizationWindowSeconds"), text
    select, policies = at(rules, "selectPolicy"), at(rules, "policies")
    if select is not None and select not in SELECTS:
        text = f"selectPolicy is one of {', '.join(SELECTS)}, not {select!r}"
        yield (*path, "selectPolicy"), text
    if policies == []:
        yield (*path, "policies"), "policies without a single one"
    for place, policy in enumerate(_rows(policies)):
        kind, where = at(policy, "type"), (*path, "policies", place)
        period, value = at(policy, "periodSeconds") or 0, at(policy, "value") or 0
        if kind not in POLICIES:
            yield where, f"a policy's type is one of {', '.join(POLICIES)}, not {kind!r}"
        if isinstance(period, int) and not 0 < period <= MOST_PERIOD_S:
            yield where, f"periodSeconds {period} is not within 1 and {MOST_PERIOD_S}"
        if _below(value, 1):
            yield where, f"a policy's value {value} is not above 0"


def _rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _below(value: Any, least: int) -> bool:
    return isinstance(value, int) and value < least
