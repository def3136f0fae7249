"""The spec of an HPA: its limits, metrics and behavior, with the API's defaults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from wvatui.core.rules.hpa.hpa_policy import (
    DEFAULT_DOWN,
    DEFAULT_UP,
    TOLERANCE,
    Rules,
    defaulted,
    rules,
)
from wvatui.core.rules.quantities import milli


@dataclass(frozen=True)
class MetricSpec:
    """One entry of `spec.metrics`.

    `type`: External, Object, Pods, Resource or ContainerResource; another one is refused by the
    controller. `target`: thousandths for Value and AverageValue, whole percent for Utilization;
    None: none is set. `selector`: as written; None: none, which the controller prints as nil.
    """

    type: str
    name: str = ""
    target_type: str = ""
    target: int | None = None
    selector: Mapping[str, Any] | None = None
    container: str = ""
    described: Mapping[str, Any] | None = None
    """The object that an Object metric is about."""
    label: str = ""
    """Its name for people, where that differs from `name`: that of a KEDA trigger."""

    @cached_property
    def called(self) -> str:
        """Its name in sentences."""
        return self.label or self.name

    @cached_property
    def external(self) -> bool:
        """Whether it reads a value of something other than the target's pods."""
        return self.type in ("External", "Object")

    @cached_property
    def place(self) -> str:
        """The field that holds it in `spec.metrics` and `status.currentMetrics`."""
        return PLACES.get(self.type, "")

    @cached_property
    def title(self) -> str:
        """Its name in kube-controller-manager's conditions and rescale reasons.

        Source: Kubernetes horizontal.go computeStatusFor…Metric.
        """
        if self.type == "External" or (
            self.type == "Object" and self.target_type == "AverageValue"
        ):
            return f"external metric {self.name}({selector_text(self.selector)})"
        if self.type == "Object":
            return f"{(self.described or {}).get('kind', '')} metric {self.name}"
        if self.type == "Pods":
            return f"pods metric {self.name}"
        container = "container " if self.type == "ContainerResource" else ""
        percent = " utilization (percentage of request)"
        return f"{self.name} {container}resource" + (
            percent if self.target_type == "Utilization" else ""
        )


@dataclass(frozen=True)
class HpaSpec:
    """The spec of an HPA. `min`, `max`: replicas.

    `plain`: it has no `behavior` at all. The API only fills in defaults where `behavior` is stated,
    even if empty; without it the controller's older limits apply instead of `up` and `down`.
    """

    min: int
    max: int
    up: Rules = DEFAULT_UP
    down: Rules = DEFAULT_DOWN
    plain: bool = False
    metrics: tuple[MetricSpec, ...] = ()
    target: str = ""
    """What is scaled, `KIND/NAME`, as the controller's errors name it."""

    @property
    def reads_external(self) -> bool:
        """Whether it has an Object or External metric, which scaling to zero requires."""
        return any(metric.external for metric in self.metrics)

    def labelled(self, names: Mapping[str, str]) -> "HpaSpec":
        """The spec with its metrics called by these names for people."""
        metrics = tuple(replace(each, label=names.get(each.name, "")) for each in self.metrics)
        return replace(self, metrics=metrics)

    @cached_property
    def windows(self) -> tuple[float, float | None]:
        """Stabilization windows up and down, seconds; None: the controller's flag counts."""
        return self.up.window, None if self.plain else self.down.window_s

    @cached_property
    def period_s(self) -> float:
        """The longest period of its policies; 0 without `behavior`, where none is applied."""
        policies = () if self.plain else (*self.up.policies, *self.down.policies)
        return max((policy.period_s for policy in policies), default=0.0)

    @cached_property
    def tolerated(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Ratios from 1 up to which nothing may be done, by the flag's default or by the spec's own
        tolerance: below 1 the furthest and the nearest, above 1 the nearest and the furthest."""
        down = TOLERANCE, self.down.ratio
        up = TOLERANCE, self.up.ratio
        return (1 - max(down), 1 - min(down)), (1 + min(up), 1 + max(up))

    @cached_property
    def called(self) -> Mapping[str, str]:
        """By the title of each metric: its name in sentences."""
        return {metric.title: metric.called for metric in self.metrics}

    @cached_property
    def reads_no_pods(self) -> bool:
        """Whether none of its metrics is read pod by pod."""
        return all(metric.external for metric in self.metrics)


def hpa_spec(spec: Mapping[str, Any]) -> HpaSpec:
    """`spec` of an autoscaling/v2 object. Raises KeyError, TypeError, ValueError or
    AttributeError for one that no API server admits."""
    behavior = spec.get("behavior")
    low = spec.get("minReplicas")
    reference = spec.get("scaleTargetRef") or {}
    return HpaSpec(
        min=1 if low is None else int(low),
        max=int(spec["maxReplicas"]),
        up=rules(behavior, "scaleUp"),
        down=rules(behavior, "scaleDown"),
        plain=behavior is None,
        metrics=tuple(metric_spec(item) for item in spec.get("metrics") or ()),
        target=f"{reference.get('kind', '')}/{reference.get('name', '')}",
    )


PLACES = {
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}
"""By a metric's type: the field that holds it."""


def metric_spec(item: Mapping[str, Any]) -> MetricSpec:
    """One entry of `spec.metrics` (autoscaling/v2)."""
    kind = str(item.get("type", ""))
    inside = item.get(PLACES.get(kind, "")) or {}
    metric = inside.get("metric") or {}
    shape, number = _target(kind, inside.get("target") or {})
    return MetricSpec(
        type=kind,
        name=str(metric.get("name") or inside.get("name") or ""),
        target_type=shape,
        target=number,
        selector=metric.get("selector"),
        container=str(inside.get("container") or ""),
        described=inside.get("describedObject"),
    )


def _target(kind: str, target: Mapping[str, Any]) -> tuple[str, int | None]:
    """The target that counts: an average before a value or percentage; for Object, by its type.

    Source: Kubernetes horizontal.go computeStatusFor…Metric.
    """
    shape = str(target.get("type") or "")
    if kind == "Object" or kind not in PLACES:
        written = target.get("value" if shape == "Value" else "averageValue")
        return shape, milli(written)
    if target.get("averageValue") is not None:
        return "AverageValue", milli(target["averageValue"])
    if kind == "External":
        return "Value", milli(target.get("value"))
    percent = target.get("averageUtilization")
    return "Utilization", None if percent is None else int(percent)


def selector_text(selector: Mapping[str, Any] | None) -> str:
    """A label selector as Go prints it; nil where there is none."""
    if selector is None:
        return "nil"
    labels: Mapping[str, str] = selector.get("matchLabels") or {}
    wanted: Sequence[Mapping[str, Any]] = selector.get("matchExpressions") or ()
    pairs = "".join(f"{key}: {labels[key]}," for key in sorted(labels))
    listed = "".join(
        f"LabelSelectorRequirement{{Key:{each.get('key', '')},Operator:{each.get('operator', '')},"
        f"Values:[{' '.join(each.get('values') or ())}],}},"
        for each in wanted
    )
    return (
        f"&LabelSelector{{MatchLabels:map[string]string{{{pairs}}},"
        f"MatchExpressions:[]LabelSelectorRequirement{{{listed}}},}}"
    )


def defaulted_spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    """`spec` as the API server stores it, with all its defaults.

    Source: Kubernetes pkg/apis/autoscaling/v2/defaults.go SetDefaults_HorizontalPodAutoscaler.
    """
    filled = dict(spec)
    if filled.get("minReplicas") is None:
        filled["minReplicas"] = 1
    if not filled.get("metrics"):
        cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}
        filled["metrics"] = [{"type": "Resource", "resource": cpu}]
    behavior = filled.get("behavior")
    if behavior is not None:
        filled["behavior"] = {way: defaulted(behavior.get(way), way) for way in _WAYS}
    return filled


_WAYS = ("scaleUp", "scaleDown")
