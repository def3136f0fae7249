"""What one metric of an HPA asks for, and how the controller words its failure."""

from collections.abc import Mapping, Sequence
from math import ceil, isnan

import msgspec

from wvatui.core.rules.hpa.hpa_pods import (
    HpaPod,
    PodDelays,
    PodSample,
    PodsUncountable,
    PodTarget,
    Tolerances,
    kept,
    pods_proposal,
    replicas_of,
)
from wvatui.core.rules.hpa.hpa_spec import PLACES, MetricSpec, selector_text
from wvatui.core.rules.quantities import MOST_MILLI, quotient, written


class MetricAnswer(msgspec.Struct, frozen=True, gc=False):
    """The metrics API's answer for one metric.

    `series`: thousandths, for an External or Object metric; `pods`: samples by pod name, for the
    others; `error`: why there is no value, as the metrics client words it.
    """

    series: tuple[int, ...] = ()
    pods: Mapping[str, PodSample] | None = None
    error: str = ""


class MetricProposal(msgspec.Struct, frozen=True, gc=False):
    """Replicas that one metric asks for; `replicas` None: nothing could be computed.

    `usage`: thousandths as in the status: the total for a Value target, else the average per pod.
    `percent`: of the requests. `reason`, `event`, `error`: for a failure, the texts in the
    condition ScalingActive, in the event of that reason, and in the controller's returned error.
    """

    metric: MetricSpec
    replicas: int | None
    usage: int | None = None
    percent: int | None = None
    reason: str = ""
    event: str = ""
    error: str = ""

    @property
    def title(self) -> str:
        """The metric as kube-controller-manager names it."""
        return self.metric.title


class TargetPods(msgspec.Struct, frozen=True, gc=False):
    """The scale target in a metric's formula: wanted replicas, existing replicas, and pods, each
    of which stands for `alike` equal ones."""

    spec_replicas: int
    status_replicas: int
    pods: Sequence[HpaPod] = ()
    alike: int = 1


def proposal(
    metric: MetricSpec,
    answer: MetricAnswer,
    target: TargetPods,
    tolerances: Tolerances,
    delays: PodDelays | None = None,
    namespace: str = "",
) -> MetricProposal:
    """Replicas that one metric asks for, or why they cannot be computed.

    AverageValue of External and Object: ratio = usage / (target * status replicas), outside the
    tolerance ceil(usage / target). Value: ratio = usage / target, ceil(ratio * ready pods); with
    no replicas ceil(ratio). Of pods: see `pods_proposal`. All quantities are whole thousandths.
    Source: Kubernetes replica_calculator.go, horizontal.go computeReplicasForMetric.
    """
    if metric.type not in _PREFIXES:
        error = f'unknown metric source type "{metric.type}"'
        return MetricProposal(
            metric, None, reason="InvalidMetricSourceType", event=error, error=error
        )
    try:
        if metric.target is None:
            raise PodsUncountable(_UNSET[metric.external].format(metric.type.lower()))
        if answer.error:
            raise PodsUncountable(_unread(metric, answer.error, namespace))
        if metric.external:
            return _of_value(metric, metric.target, answer, target, tolerances)
        return _of_pods(metric, metric.target, answer, target, tolerances, delays)
    except PodsUncountable as why:
        return _failed(metric, str(why))


_PREFIXES = {
    "External": "failed to get {0} external metric value: ",
    "Object": "failed to get object metric value: ",
    "Pods": "failed to get pods metric value: ",
    "Resource": "failed to get {0} resource metric value: ",
    "ContainerResource": "failed to get {0} container metric value: ",
}
_UNSET = {
    True: "invalid {} metric source: neither a value target nor an average value target was set",
    False: "invalid {} metric source: neither an average utilization target nor an average value"
    " (usage) target was set",
}


def _of_value(
    metric: MetricSpec, wanted: int, answer: MetricAnswer, target: TargetPods, near: Tolerances
) -> MetricProposal:
    """The proposal of an External or Object metric, which has one number in all."""
    usage = kept(sum(answer.series))
    if metric.target_type != "AverageValue":
        ratio = quotient(usage, wanted)
        if target.spec_replicas == 0:
            return MetricProposal(metric, replicas_of(ratio), usage)
        if near.within(ratio):
            return MetricProposal(metric, target.spec_replicas, usage)
        if not target.pods:
            raise PodsUncountable(
                "unable to calculate ready pods: no pods returned by selector while calculating"
                " replica count"
            )
        ready = sum(pod.counts_as_ready for pod in target.pods) * target.alike
        return MetricProposal(metric, replicas_of(ratio * ready), usage)
    if usage < 0:
        usage = MOST_MILLI  # the controller treats a negative total as overflowed
    exist = target.status_replicas
    replicas = exist
    if not near.within(quotient(usage, float(wanted) * exist)):
        replicas = replicas_of(quotient(usage, wanted))
    return MetricProposal(metric, replicas, _rounded(quotient(usage, exist)))


def _rounded(average: float) -> int:
    """Thousandths, at least 0, rounded up and kept within int64; NaN counts as 0."""
    if average < MOST_MILLI:
        return ceil(average)
    return 0 if isnan(average) else MOST_MILLI


def _of_pods(
    metric: MetricSpec,
    wanted: int,
    answer: MetricAnswer,
    target: TargetPods,
    tolerances: Tolerances,
    delays: PodDelays | None,
) -> MetricProposal:
    """The proposal of a metric that has a number or usage for each pod."""
    held_against = PodTarget(
        wanted,
        metric.target_type == "Utilization",
        "" if metric.type == "Pods" else metric.name,
        metric.container,
        tolerances,
        delays or PodDelays(),
    )
    samples, current = answer.pods or {}, target.spec_replicas
    result = pods_proposal(held_against, samples, target.pods, current, target.alike)
    return MetricProposal(metric, result.replicas, result.average, result.percent)


def _unread(metric: MetricSpec, cause: str, namespace: str) -> str:
    """The error for a metric that could not be read, as replica_calculator.go words it."""
    if metric.type == "External":
        place = f"{namespace}/{metric.name}/{selector_text(metric.selector)}"
        return f"unable to get external metric {place}: {cause}"
    if metric.type == "Object":
        about = metric.described or {}
        place = f"{about.get('kind', '')} {namespace}/{about.get('name', '')}"
        return f"unable to get metric {metric.name} on {place}: {cause}"
    if metric.type == "Pods":
        return f"unable to get metric {metric.name}: {cause}"
    if cause.startswith("missing request for"):
        return cause  # the metrics have been read; only the share cannot be taken
    return f"unable to get metrics for resource {metric.name}: {cause}"


def _failed(metric: MetricSpec, cause: str) -> MetricProposal:
    """A failed proposal, with event and error as horizontal.go words them."""
    event, error = cause, cause
    average = metric.target_type == "AverageValue"
    if metric.target is None:
        pass
    elif metric.type in ("Resource", "ContainerResource"):
        what = "usage" if average else "utilization"
        event = error = f"failed to get {metric.name} {what}: {cause}"
    elif metric.external and average:
        error = f"failed to get {metric.name} {metric.type.lower()} metric: {cause}"
    elif metric.type == "External":
        error = f"failed to get external metric {metric.name}: {cause}"
    prefix = _PREFIXES[metric.type].format(metric.name)
    return MetricProposal(
        metric, None, reason=f"FailedGet{metric.type}Metric", event=event, error=prefix + error
    )


def status_of(result: MetricProposal) -> dict[str, object]:
    """One entry of `status.currentMetrics`; empty for a metric that failed.

    Source: Kubernetes horizontal.go computeStatusFor…Metric.
    """
    metric = result.metric
    if result.usage is None:
        return {}
    current: dict[str, object] = {}
    whole = metric.external and metric.target_type != "AverageValue"
    current["value" if whole else "averageValue"] = written(result.usage)
    if result.percent is not None:
        current["averageUtilization"] = result.percent
    inside: dict[str, object] = {"current": current}
    if metric.type in ("Resource", "ContainerResource"):
        inside["name"] = metric.name
        if metric.type == "ContainerResource":
            inside["container"] = metric.container
    else:
        selector = {} if metric.selector is None else {"selector": metric.selector}
        inside["metric"] = {"name": metric.name, **selector}
    if metric.described is not None:
        inside["describedObject"] = metric.described
    return {"type": metric.type, PLACES[metric.type]: inside}
