"""An autoscaler from its object: the fields of an HPA or ScaledObject, and the metrics it reads.

Objects are plain mappings, as YAML and JSON give them; `Wrong` names what is missing, by path.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wvatui.core import events as ev
from wvatui.core.kube_object import ReadObject
from wvatui.core.metrics.promql.evaluate import values
from wvatui.core.metrics.promql.parser import parse
from wvatui.core.metrics.promql.tokens import PromqlError
from wvatui.core.metrics.promql.tree import LabelMatcher, selectors
from wvatui.core.results.loose import at
from wvatui.core.rules.hpa.hpa_metrics import MetricAnswer
from wvatui.core.rules.hpa.hpa_pods import PodSample
from wvatui.core.rules.hpa.hpa_policy import rules
from wvatui.core.rules.hpa.hpa_spec import PLACES, HpaSpec, MetricSpec, metric_spec
from wvatui.core.rules.keda.keda_formula import FormulaError, compiled
from wvatui.core.rules.keda.keda_made import MadeTrigger, made_spec, made_trigger
from wvatui.core.rules.keda.keda_prometheus import PrometheusQuery, prometheus_query
from wvatui.core.rules.keda.keda_serving import Trigger
from wvatui.core.rules.keda.keda_spec import COMPOSITE, KedaSpec, keda_spec
from wvatui.core.rules.quantities import milli, quantity, truncated
from wvatui.core.whatif.scaler.readings import (
    RULES,
    MetricFamily,
    Seen,
    family_of,
    held_text,
    source_of,
)


class Wrong(ValueError):  # noqa: N818 - what is wrong with an object
    """An object that cannot be used. `path`: the place in it."""

    def __init__(self, path: tuple[str | int, ...], text: str) -> None:
        super().__init__(text)
        self.path = path


@dataclass(frozen=True, slots=True)
class WatchedMetric:
    """One metric that an autoscaler watches, or one trigger that KEDA reads.

    `read`: its values at a moment, one per pod for a metric of type Pods, else a single one. It
    raises PromqlError where they are not known. `names`: the metrics it reads, as in its query.
    """

    spec: MetricSpec
    read: Callable[[Seen], Sequence[float]]
    names: tuple[str, ...]
    matchers: tuple[LabelMatcher, ...] = ()
    made: MadeTrigger | None = None

    @property
    def name(self) -> str:
        """The metric's name for the HPA."""
        return self.spec.name

    @property
    def kind(self) -> str:
        """AverageValue: its target is per replica; Value: it is for the total."""
        return self.spec.target_type

    @property
    def target(self) -> float:
        """The target of its value."""
        return (self.spec.target or 0) / 1000

    @property
    def activation(self) -> float:
        """KEDA's activation value, above which it is active."""
        return self.made.activation / 1000 if self.made is not None else 0.0

    @property
    def controller(self) -> bool:
        """Whether it is WVA's own number: then WVA's rule scales through this object."""
        families = (family_of(name) for name in self.names)
        return any(family is not None and family.of == "controller" for family in families)

    def values(self, seen: Seen) -> Sequence[float] | None:
        """Its values at a moment; None: they are not known."""
        try:
            return self.read(seen)
        except (PromqlError, ValueError):
            return None

    def answer(self, seen: Seen | None) -> MetricAnswer:
        """The metrics API's answer to the HPA; `seen` None: nothing can be read now."""
        values = self.values(seen) if seen is not None else None
        if values is None:
            return MetricAnswer(error="nothing to be read")
        if self.spec.external:
            return MetricAnswer(tuple(truncated(value) for value in values))
        samples = (PodSample(truncated(value)) for value in values)
        return MetricAnswer(pods={f"p{n}": sample for n, sample in enumerate(samples)})

    def trigger(self, seen: Seen | None) -> Trigger:
        """The metric as KEDA reads it; `seen` None: nothing can be read now."""
        assert self.made is not None
        values = self.values(seen) if seen is not None else None
        return Trigger(
            None if values is None else truncated(sum(values)),
            self.made.metric,
            self.made.name,
            self.made.activation,
            self.made.target,
        )


@dataclass(frozen=True, slots=True)
class Scaler:
    """An autoscaler of a scale target; with `keda`, a ScaledObject and the HPA made from it."""

    name: str
    target_name: str
    spec: HpaSpec
    metrics: tuple[WatchedMetric, ...]
    keda: KedaSpec | None = None
    triggers: tuple[WatchedMetric, ...] = ()
    """What KEDA reads: the metrics themselves, or the inputs of its formula."""
    notes: tuple[str, ...] = ()

    @property
    def controller(self) -> bool:
        """Whether it acts on the WVA controller's decisions."""
        return any(metric.controller for metric in self.metrics)


def read_hpa(obj: ReadObject) -> Scaler:
    """A HorizontalPodAutoscaler (autoscaling/v2). Raises Wrong.

    Source: Kubernetes pkg/apis/autoscaling/v2/defaults.go for what is not stated.
    """
    spec = _table(obj, ("spec",))
    high = _whole(spec, ("spec", "maxReplicas"), None)
    low = _whole(spec, ("spec", "minReplicas"), 1)
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


def _watched(item: Any, path: tuple[str | int, ...]) -> WatchedMetric:
    spec = metric_spec(item)
    if spec.type not in ("External", "Object", "Pods"):
        raise Wrong(path, f"a metric of type {spec.type!r}: a recording holds no such metric")
    path = (*path, PLACES[spec.type])
    family = family_of(spec.name)
    if family is None:
        raise Wrong(path, f"metric {spec.name!r} is nothing that {held_text()}")
    if family.of == "pages":
        raise Wrong(path, f"metric {spec.name!r}: what is made of this {family.id} is not said")
    if spec.type == "Object" and not spec.target_type:
        spec = replace(spec, **_object_target(at(item, "object", "target")))
    if not spec.target or spec.target < 0:
        raise Wrong((*path, "target"), f"metric {spec.name!r} has no target above 0")
    if spec.target_type not in ("AverageValue", "Value"):
        raise Wrong((*path, "target"), f"target type {spec.target_type!r} is not modelled")
    return WatchedMetric(spec, _reader(spec, family), (family.name,))


def _object_target(target: Any) -> dict[str, Any]:
    """The target of an Object metric that does not state its type."""
    key = "averageValue" if at(target, "averageValue") is not None else "value"
    return {"target_type": key[0].upper() + key[1:], "target": milli(at(target, key))}


def _reader(spec: MetricSpec, family: MetricFamily) -> Callable[[Seen], Sequence[float]]:
    """A reader of a metric's values as the metrics API gives them: one per pod, or one in all."""

    def read(seen: Seen) -> Sequence[float]:
        mine = replace(seen, loads=seen.own) if family.of == "pods" else seen
        values = [
            v
            for each in mine.series(family.name, seen.at, seen.at)
            if (v := each.at(seen.at)) is not None
        ]
        return values if spec.type == "Pods" else [sum(values)]

    return read


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
    path = ("spec", "advanced", "horizontalPodAutoscalerConfig", "behavior")
    annotations = at(obj, "metadata", "annotations") or {}
    for name in ("cooldownPeriod", "pollingInterval", "initialCooldownPeriod"):
        _whole(spec, ("spec", name), 0)
    try:
        asked = keda_spec(spec, annotations)
    except (TypeError, ValueError, AttributeError):
        raise Wrong(("spec",), "has a field that KEDA does not admit") from None
    _limits(at(advanced, "horizontalPodAutoscalerConfig", "behavior"), max(1, low), high, path)
    triggers = tuple(_trigger(place, item) for place, item in enumerate(listed))
    return Scaler(
        name=str(at(obj, "metadata", "name") or ""),
        target_name=str(at(spec, "scaleTargetRef", "name") or ""),
        spec=_limits(made_spec(obj).get("behavior"), max(1, low), high, path),
        metrics=(_composite(asked, triggers),) if asked.formula else triggers,
        keda=asked,
        triggers=triggers,
        notes=("paused by its annotation",) if asked.is_paused else (),
    )


def _composite(asked: KedaSpec, triggers: Sequence[WatchedMetric]) -> WatchedMetric:
    """The one metric as which a formula is served. Raises Wrong for one that KEDA refuses."""
    path = ("spec", "advanced", "scalingModifiers")
    assert asked.modifiers is not None
    try:
        compiled(asked.formula, (t.made.name for t in triggers if t.made is not None))
    except FormulaError as error:
        raise Wrong((*path, "formula"), str(error)) from None
    target = quantity(asked.modifiers.target)
    if target is None or target <= 0:
        raise Wrong((*path, "target"), "a formula's target must be a number above 0")
    names = tuple(dict.fromkeys(name for trigger in triggers for name in trigger.names))
    spec = MetricSpec("External", COMPOSITE, asked.modifiers.metric_type, milli(target))
    return WatchedMetric(spec, lambda seen: (), names)  # KEDA computes the value


def _trigger(place: int, item: Any) -> WatchedMetric:
    path = ("spec", "triggers", place)
    kind, metadata = str(at(item, "type") or ""), at(item, "metadata") or {}
    asked = prometheus_query(item)
    text = asked.text if asked is not None else str(at(metadata, "metricName") or "")
    if not text:
        raise Wrong(path, f"a trigger of type {kind!r} has nothing that {held_text()}")
    query = asked or PrometheusQuery(text, empty_is_zero=False)
    try:
        tree = parse(text)
        made = made_trigger(place, item)
    except PromqlError as error:
        raise Wrong(path, f"trigger: {text!r}: {error}") from None
    except ValueError as error:
        raise Wrong(path, str(error)) from None
    names = tuple(dict.fromkeys(selector.name for selector in selectors(tree)))
    for name in names:
        if family_of(name) is None and name not in RULES.queries:
            raise Wrong(path, f"trigger: {name!r} is nothing that {held_text()}")
    spec = MetricSpec("External", made.metric, made.target.type, made.target.milli)

    def read(seen: Seen) -> Sequence[float]:
        return [query.read(values(tree, source_of(seen), seen.at))]

    matchers = tuple(matcher for selector in selectors(tree) for matcher in selector.matchers)
    return WatchedMetric(spec, read, names, matchers, made)


def recorded_scaler(hpa: ev.Autoscaler, polled: ev.ScaledObject | None = None) -> Scaler | None:
    """The recorded autoscaler; None: it scales by something that recordings do not have.

    For a ScaledObject, of whose triggers only the names may be recorded, it is the HPA that KEDA
    made of it, which acts from 1 replica on.
    """
    written = _written(hpa, polled)
    if written is not None:
        try:
            return read_scaled_object(written) if polled is not None else read_hpa(written)
        except (Wrong, KeyError, TypeError, ValueError, AttributeError):
            return None
    if hpa.max is None or not hpa.metrics:
        return None
    metrics = []
    triggers = polled.triggers if polled is not None else ()
    for number, metric in enumerate(hpa.metrics):
        family = family_of(metric.name)
        if family is None and number < len(triggers):
            family = next(filter(None, map(family_of, triggers[number].split())), None)
        if family is None or family.of == "pages" or not metric.target:
            return None
        target = milli(metric.target)
        spec = MetricSpec("External", metric.name, metric.type or "AverageValue", target)
        metrics.append(WatchedMetric(spec, _reader(spec, family), (family.name,)))
    up, down = rules(hpa.behavior, "scaleUp"), rules(hpa.behavior, "scaleDown")
    return Scaler(
        name=hpa.name,
        target_name=hpa.target_name,
        spec=HpaSpec(
            1 if hpa.min is None else hpa.min, hpa.max, up, down, plain=hpa.behavior is None
        ),
        metrics=tuple(metrics),
    )


def _written(hpa: ev.Autoscaler, polled: ev.ScaledObject | None) -> dict[str, Any] | None:
    """The object it was made from; None: an older recording, which lacks parts of it."""
    target = {"name": hpa.target_name}
    if polled is None:
        if not hpa.asked:
            return None
        spec: dict[str, Any] = {
            "scaleTargetRef": target,
            "minReplicas": hpa.min,
            "maxReplicas": hpa.max,
        }
        spec |= {"metrics": hpa.asked, "behavior": hpa.behavior}
        return {"metadata": {"name": hpa.name}, "spec": spec}
    if not polled.asked:
        return None
    advanced: dict[str, Any] = {"horizontalPodAutoscalerConfig": {"behavior": hpa.behavior}}
    if polled.modifiers:
        advanced["scalingModifiers"] = polled.modifiers
    spec = {
        "scaleTargetRef": target,
        "minReplicaCount": polled.min,
        "maxReplicaCount": polled.max,
        "idleReplicaCount": polled.idle,
        "pollingInterval": polled.polling_s,
        "cooldownPeriod": polled.cooldown_s,
        "initialCooldownPeriod": polled.initial_cooldown_s,
        "fallback": polled.on_failure,
        "advanced": advanced,
        "triggers": polled.asked,
    }
    metadata = {"name": polled.name, "annotations": polled.pauses}
    return {"metadata": metadata, "spec": spec}


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
