"""An autoscaler as an object asks for it: an HPA's or a ScaledObject's fields, and what it reads.

Takes objects as plain mappings, as YAML and JSON give them; `Wrong` says what is missing, by path.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wvatui.core import events as ev
from wvatui.core.kube_object import ReadObject
from wvatui.core.results.loose import at
from wvatui.core.rules.hpa.hpa_policy import rules
from wvatui.core.rules.hpa.hpa_spec import HpaSpec, MetricSpec
from wvatui.core.rules.keda.keda_fallback import MetricTarget
from wvatui.core.rules.keda.keda_formula import FormulaError, compiled
from wvatui.core.rules.keda.keda_made import made_trigger
from wvatui.core.rules.keda.keda_serving import Trigger
from wvatui.core.rules.keda.keda_spec import COMPOSITE, KedaSpec, keda_spec
from wvatui.core.rules.quantities import milli, quantity, truncated
from wvatui.core.whatif.scaler.promql import Expression, PromqlNotModelled, expression
from wvatui.core.whatif.scaler.readings import MetricReading, Seen, reading_of


class Wrong(ValueError):  # noqa: N818 - what is wrong with an object
    """An object that cannot be used. `path`: where in it."""

    def __init__(self, path: tuple[str | int, ...], text: str) -> None:
        super().__init__(text)
        self.path = path


@dataclass(frozen=True, slots=True)
class WatchedMetric:
    """One metric that an autoscaler watches. `target`: per replica (AverageValue) or in all.

    `activation`: KEDA's, above which it is active.
    """

    name: str
    kind: str
    target: float
    value: Callable[[Seen], float | None]
    readings: tuple[MetricReading, ...]
    activation: float = 0.0
    formula_name: str = ""
    """As a formula calls it."""

    @property
    def controller(self) -> bool:
        """It is WVA's own number: what scales then is WVA's rule through this object."""
        return any(reading.controller for reading in self.readings)

    @property
    def spec(self) -> MetricSpec:
        """The metric as the HPA has it: one number in all."""
        return MetricSpec("External", self.name, self.kind, milli(self.target))

    def trigger(self, place: int, seen: Seen, readable: bool) -> Trigger:
        """The metric as KEDA reads it; not `readable`: nothing can be read now."""
        value = self.value(seen) if readable else None
        return Trigger(
            None if value is None else truncated(value),
            f"s{place}",
            self.formula_name,
            milli(self.activation) or 0,
            MetricTarget(self.kind, milli(self.target) or 0),
        )


@dataclass(frozen=True, slots=True)
class Scaler:
    """What acts on a scale target; with `keda` a ScaledObject and the HPA that it becomes."""

    name: str
    target_name: str
    spec: HpaSpec
    metrics: tuple[WatchedMetric, ...]
    keda: KedaSpec | None = None
    triggers: tuple[WatchedMetric, ...] = ()
    """What KEDA reads: the metrics themselves, or what its formula is over."""
    notes: tuple[str, ...] = ()

    @property
    def controller(self) -> bool:
        """It acts on the WVA controller's decisions."""
        return any(metric.controller for metric in self.metrics)


def read_hpa(obj: ReadObject) -> Scaler:
    """A HorizontalPodAutoscaler (autoscaling/v2). Raises Wrong.

    Source: Kubernetes pkg/apis/autoscaling/v2/defaults.go for what is not stated.
    """
    spec = _table(obj, ("spec",))
    high = _whole(spec, ("spec", "maxReplicas"), None)
    low = _whole(spec, ("spec", "minReplicas"), 1)
    if low > high:
        raise Wrong(("spec", "minReplicas"), f"minReplicas {low} is above maxReplicas {high}")
    listed = spec.get("metrics")
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
        raise Wrong(("spec",), "states no metrics: there is nothing that it would scale by")
    return Scaler(
        name=str(at(obj, "metadata", "name") or ""),
        target_name=str(at(spec, "scaleTargetRef", "name") or ""),
        spec=_limits(spec.get("behavior"), low, high, ("spec", "behavior")),
        metrics=tuple(_watched(item, ("spec", "metrics", i)) for i, item in enumerate(listed)),
    )


def _limits(behavior: Any, low: int, high: int, path: tuple[str | int, ...]) -> HpaSpec:
    if behavior is not None and not isinstance(behavior, Mapping):
        raise Wrong(path, "behavior is no mapping")
    try:
        up, down = rules(behavior, "scaleUp"), rules(behavior, "scaleDown")
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Wrong(
            path, "behavior: a policy needs type (Pods or Percent), value and periodSeconds"
        ) from None
    for way in (up, down):
        if way.select not in ("Max", "Min", "Disabled"):
            raise Wrong(path, f"selectPolicy {way.select!r} is none of Max, Min, Disabled")
        if any(policy.type not in ("Pods", "Percent") for policy in way.policies):
            raise Wrong(path, "a policy's type is neither Pods nor Percent")
    return HpaSpec(low, high, up, down, plain=behavior is None)


_KINDS = {"External": "external", "Pods": "pods", "Object": "object"}
_TARGETS = (("averageValue", "AverageValue"), ("value", "Value"))


def _watched(item: Any, path: tuple[str | int, ...]) -> WatchedMetric:
    kind = at(item, "type")
    if kind not in _KINDS:
        raise Wrong(path, f"a metric of type {kind!r}: a recording holds no such metric")
    inside = at(item, _KINDS[kind])
    name = str(at(inside, "metric", "name") or "")
    reading = reading_of(name)
    if reading is None:
        raise Wrong(path, f"metric {name!r} is nothing that a recording holds")
    target = at(inside, "target")
    key, shape = next(
        ((k, s) for k, s in _TARGETS if at(target, k) is not None), ("averageValue", "")
    )
    number = quantity(at(target, key))
    if number is None or number <= 0:
        raise Wrong((*path, _KINDS[kind], "target"), f"metric {name!r} has no target above 0")
    shape = str(at(target, "type") or shape)
    if shape not in ("AverageValue", "Value"):
        raise Wrong((*path, _KINDS[kind], "target"), f"target type {shape!r} is not modelled")

    return WatchedMetric(name, shape, number, _total(reading), (reading,))


def _total(reading: MetricReading) -> Callable[[Seen], float | None]:
    """As kube-controller-manager adds up the series that the metrics API gives it."""

    def value(seen: Seen) -> float | None:
        series = reading.read(seen)
        return sum(series) if series else None

    return value


def read_scaled_object(obj: ReadObject) -> Scaler:
    """A KEDA ScaledObject (keda.sh/v1alpha1) with the HPA that KEDA makes of it. Raises Wrong.

    Source: KEDA apis/keda/v1alpha1/scaledobject_types.go, pkg/scalers/prometheus_scaler.go.
    """
    spec = _table(obj, ("spec",))
    low = _whole(spec, ("spec", "minReplicaCount"), 0)
    high = _whole(spec, ("spec", "maxReplicaCount"), 100)
    advanced = at(spec, "advanced") or {}
    listed = spec.get("triggers")
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
        raise Wrong(("spec",), "states no triggers: there is nothing that it would scale by")
    behavior = at(advanced, "horizontalPodAutoscalerConfig", "behavior")
    path = ("spec", "advanced", "horizontalPodAutoscalerConfig", "behavior")
    annotations = at(obj, "metadata", "annotations") or {}
    for name in ("cooldownPeriod", "pollingInterval", "initialCooldownPeriod"):
        _whole(spec, ("spec", name), 0)
    try:
        asked = keda_spec(spec, annotations)
    except (TypeError, ValueError, AttributeError):
        raise Wrong(("spec",), "has a field that KEDA does not admit") from None
    triggers = tuple(_trigger(place, item) for place, item in enumerate(listed))
    return Scaler(
        name=str(at(obj, "metadata", "name") or ""),
        target_name=str(at(spec, "scaleTargetRef", "name") or ""),
        spec=_limits(behavior, max(1, low), high, path),
        metrics=(_composite(asked, triggers),) if asked.formula else triggers,
        keda=asked,
        triggers=triggers,
        notes=("paused by its annotation",) if asked.is_paused else (),
    )


def _composite(asked: KedaSpec, triggers: Sequence[WatchedMetric]) -> WatchedMetric:
    """The one metric that a formula is served as. Raises Wrong for one that KEDA refuses."""
    path = ("spec", "advanced", "scalingModifiers")
    assert asked.modifiers is not None
    try:
        compiled(asked.formula, (trigger.formula_name for trigger in triggers))
    except FormulaError as error:
        raise Wrong((*path, "formula"), str(error)) from None
    target = quantity(asked.modifiers.target)
    if target is None or target <= 0:
        raise Wrong((*path, "target"), "a formula's target must be a number above 0")
    readings = tuple(dict.fromkeys(r for trigger in triggers for r in trigger.readings))

    def value(seen: Seen) -> float | None:
        """Whether it can be read at all: the number itself is KEDA's to work out."""
        known = [trigger.value(seen) for trigger in triggers]
        return None if None in known else 0.0

    return WatchedMetric(COMPOSITE, asked.modifiers.metric_type, target, value, readings)


def _trigger(place: int, item: Any) -> WatchedMetric:
    path = ("spec", "triggers", place)
    kind, metadata = str(at(item, "type") or ""), at(item, "metadata") or {}
    query = str(at(metadata, "query") or at(metadata, "metricName") or "")
    if not query:
        raise Wrong(path, f"a trigger of type {kind!r} has nothing that a recording holds")
    try:
        asked: Expression = expression(query)
    except PromqlNotModelled as error:
        raise Wrong(path, f"trigger: {error}") from None
    try:
        made = made_trigger(place, item)
    except ValueError as error:
        raise Wrong(path, str(error)) from None
    empty_is_zero = str(at(metadata, "ignoreNullValues") or "true").lower() != "false"

    def value(seen: Seen) -> float | None:
        series = asked.value(seen)
        if series is None or len(series) > 1:
            return None  # KEDA refuses a query that gives several elements
        return series[0] if series else (0.0 if empty_is_zero else None)

    return WatchedMetric(
        name=made.name or query,
        kind=made.target.type,
        target=made.target.milli / 1000,
        value=value,
        readings=asked.readings,
        activation=made.activation / 1000,
        formula_name=made.name,
    )


def recorded_scaler(hpa: ev.Autoscaler, polled: ev.ScaledObject | None = None) -> Scaler | None:
    """The autoscaler as a recording has it; None: it goes by something a recording does not hold.

    Of a ScaledObject's triggers a recording has only the names: the HPA that KEDA made of it is
    what acts between one and many replicas.
    """
    if hpa.max is None or not hpa.metrics:
        return None
    metrics = []
    triggers = polled.triggers if polled is not None else ()
    for number, metric in enumerate(hpa.metrics):
        reading = reading_of(metric.name)
        if reading is None and number < len(triggers):
            reading = next(filter(None, map(reading_of, triggers[number].split())), None)
        if reading is None or not metric.target:
            return None
        metrics.append(_recorded(metric, reading))
    up, down = rules(hpa.behavior, "scaleUp"), rules(hpa.behavior, "scaleDown")
    return Scaler(
        name=hpa.name,
        target_name=hpa.target_name,
        spec=HpaSpec(
            1 if hpa.min is None else hpa.min, hpa.max, up, down, plain=hpa.behavior is None
        ),
        metrics=tuple(metrics),
    )


def _recorded(metric: ev.MetricStatus, reading: MetricReading) -> WatchedMetric:
    kind, target = metric.type or "AverageValue", metric.target or 1.0
    return WatchedMetric(metric.name, kind, target, _total(reading), (reading,))


# --- reading what may be anything ---------------------------------------------------------


def _table(obj: ReadObject, path: tuple[str, ...]) -> Mapping[str, Any]:
    table = at(obj, *path)
    if not isinstance(table, Mapping):
        raise Wrong(path, f"has no {'.'.join(path)}")
    return table


def _whole(spec: Mapping[str, Any], path: tuple[str, ...], default: int | None) -> int:
    value = spec.get(path[-1])
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        said = "is missing" if value is None else f"must be a whole number, not {value!r}"
        raise Wrong(path, f"{path[-1]} {said}")
    return value
