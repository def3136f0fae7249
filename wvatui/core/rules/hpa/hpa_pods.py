"""HPA metrics that are read pod by pod: what missing and unready pods count for."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class PodReading:
    """One pod of the target. `value` None: the metrics API has none for it."""

    pod: str
    value: float | None = None
    request: float = 0.0
    """What its containers request of the resource, in the value's unit."""
    unready: bool = False
    """Pending; or, for CPU, not ready or too young to count (the controller's initial delays)."""
    ignored: bool = False
    """Being deleted, or failed."""


@dataclass(frozen=True, slots=True)
class PodsMetric:
    """A metric of type Pods or Resource over the target's pods.

    `type`: AverageValue (target in the value's unit per pod) or Utilization (target in percent of
    the requests).
    """

    name: str
    type: str
    target: float
    readings: Sequence[PodReading]
    resource: bool = False
    error: str = ""
    """Why nothing could be read, as the metrics API said."""

    @property
    def source(self) -> str:
        """As the controller's reasons name it."""
        return "Resource" if self.resource else "Pods"

    @property
    def title(self) -> str:
        """As kube-controller-manager names it."""
        if not self.resource:
            return f"pods metric {self.name}"
        percent = " utilization (percentage of request)" if self.type == "Utilization" else ""
        return f"{self.name} resource{percent}"

    @property
    def failure(self) -> str:
        """Why no replica count follows from it."""
        return self.error or ("did not receive metrics for targeted pods (pods might be unready)")


def within(ratio: float, up_tolerance: float, down_tolerance: float) -> bool:
    """Is the ratio too close to 1 to act on? Each direction has its own tolerance (k8s 1.33)."""
    return 1 - down_tolerance <= ratio <= 1 + up_tolerance


def pods_proposal(
    metric: PodsMetric, current: int, up_tolerance: float, down_tolerance: float
) -> int | None:
    """Replicas that a metric of pods asks for, None when no pod that counts was measured.

    ratio = mean of the ready pods / target; ceil(ratio * ready pods) when no pod is missing and
    none unready matters. Else the ratio is taken again: missing pods count as exactly at target on
    the way down and as 0 on the way up, unready ones as 0 on the way up; when that lands within
    the tolerance, changes the direction, or would step the other way, nothing changes.
    Source: Kubernetes pkg/controller/podautoscaler/replica_calculator.go calcPlainMetricReplicas,
    GetResourceReplicas, groupPods.
    """
    if metric.error or metric.target <= 0:
        return None
    counted = [r for r in metric.readings if not r.ignored]
    unready = [r for r in counted if r.unready]
    ready = [r for r in counted if not r.unready and r.value is not None]
    missing = [r for r in counted if not r.unready and r.value is None]
    ratio = _ratio(metric, [(r, r.value or 0.0) for r in ready])
    if ratio is None:
        return None
    with_unready = bool(unready) and ratio > 1
    if not with_unready and not missing:
        return current if within(ratio, up_tolerance, down_tolerance) else ceil(ratio * len(ready))
    filled = [(r, r.value or 0.0) for r in ready]
    if ratio < 1:
        filled += [(r, _at_target(metric, r)) for r in missing]
    elif ratio > 1:
        filled += [(r, 0.0) for r in missing]
    if with_unready:
        filled += [(r, 0.0) for r in unready]
    again = _ratio(metric, filled)
    if again is None or within(again, up_tolerance, down_tolerance):
        return current
    if (ratio < 1 < again) or (again < 1 < ratio):
        return current
    wanted = ceil(again * len(filled))
    backwards = wanted > current if again < 1 else wanted < current
    return current if backwards else wanted


def _ratio(metric: PodsMetric, values: Sequence[tuple[PodReading, float]]) -> float | None:
    """Use over target; None when there is nothing to divide by."""
    if not values:
        return None
    total = sum(value for _, value in values)
    if metric.type != "Utilization":
        return total / len(values) / metric.target
    requested = sum(reading.request for reading, _ in values)
    # The controller keeps a utilisation as whole percent.
    return int(total * 100 / requested) / metric.target if requested > 0 else None


def _at_target(metric: PodsMetric, reading: PodReading) -> float:
    """What a missing pod counts for on the way down: its target, and at least its request."""
    if metric.type != "Utilization":
        return metric.target
    return reading.request * max(100.0, metric.target) / 100
