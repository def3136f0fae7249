"""What one metric of an HPA asks for, and how the controller names it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil

from wvatui.core.rules.hpa.hpa_pods import PodsMetric, pods_proposal, within
from wvatui.core.rules.hpa.hpa_policy import TOLERANCE


@dataclass(frozen=True, slots=True)
class ExternalMetric:
    """One metric of the object. `value` is the sum over the series; None: it could not be read.

    `type`: AverageValue (target per replica) or Value.
    """

    name: str
    type: str
    target: float
    value: float | None
    labels: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    """Why it could not be read, as the metrics API said."""

    @property
    def source(self) -> str:
        """As the controller's reasons name it."""
        return "External"


HpaMetric = ExternalMetric | PodsMetric


def proposal(
    metric: HpaMetric,
    status_replicas: int,
    ready: int,
    up_tolerance: float = TOLERANCE,
    down_tolerance: float = TOLERANCE,
    *,
    spec_replicas: int | None = None,
) -> int | None:
    """Replicas that one metric asks for, None when it could not be read.

    External, AverageValue: ratio = value / (target * status replicas), outside the tolerance
    ceil(value / target). External, Value: ratio = value / target, ceil(ratio * ready pods); with
    no replicas ceil(ratio). Of pods: see `hpa_pods`. `spec_replicas`: as the scale asks for, by
    default as there are. Source: Kubernetes pkg/controller/podautoscaler/replica_calculator.go
    GetExternalPerPodMetricReplicas, GetExternalMetricReplicas.
    """
    current = status_replicas if spec_replicas is None else spec_replicas
    if isinstance(metric, PodsMetric):
        return pods_proposal(metric, current, up_tolerance, down_tolerance)
    if metric.value is None or metric.target <= 0:
        return None
    if metric.type == "AverageValue":
        if status_replicas > 0:
            ratio = metric.value / (metric.target * status_replicas)
            if within(ratio, up_tolerance, down_tolerance):
                return status_replicas
        return ceil(metric.value / metric.target)
    ratio = metric.value / metric.target
    if current == 0:
        return ceil(ratio)
    return current if within(ratio, up_tolerance, down_tolerance) else ceil(ratio * ready)


def title(metric: HpaMetric) -> str:
    """The metric as kube-controller-manager names it."""
    if isinstance(metric, PodsMetric):
        return metric.title
    return f"external metric {metric.name}({selector_text(metric.labels)})"


def selector_text(labels: Mapping[str, str]) -> str:
    """A label selector as Go prints it."""
    pairs = "".join(f"{key}: {labels[key]}," for key in sorted(labels))
    inner = f"map[string]string{{{pairs}}}"
    return f"&LabelSelector{{MatchLabels:{inner},MatchExpressions:[]LabelSelectorRequirement{{}},}}"


def failure(metric: HpaMetric, namespace: str) -> str:
    """Why a metric could not be read, as in the event FailedGet…Metric."""
    if isinstance(metric, PodsMetric):
        return metric.failure
    where = f"{namespace}/{metric.name}/{selector_text(metric.labels)}"
    cause = metric.error or "no metrics returned from external metrics API"
    return f"unable to get external metric {where}: {cause}"


def error_of(metric: HpaMetric) -> str:
    """How the controller introduces a failure in the event FailedComputeMetricsReplicas."""
    if isinstance(metric, PodsMetric):
        return f"failed to get {metric.title} value: "
    inner = f"external metric {metric.name}"
    if metric.type == "AverageValue":
        inner = f"{metric.name} external metric"
    return f"failed to get {metric.name} external metric value: failed to get {inner}: "
