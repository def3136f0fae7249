"""HPA metrics that are read pod by pod, and how missing and unready pods count in them."""

from collections.abc import Collection, Mapping, Sequence
from math import ceil, inf, isnan

import msgspec

from wvatui.core.rules.hpa.hpa_policy import MOST_REPLICAS, TOLERANCE
from wvatui.core.rules.quantities import MOST_MILLI, quotient

CPU_INITIALIZATION_S = 300.0
READINESS_DELAY_S = 30.0
"""kube-controller-manager's --horizontal-pod-autoscaler-cpu-initialization-period and
--horizontal-pod-autoscaler-initial-readiness-delay."""


class HpaPod(msgspec.Struct, frozen=True, gc=False):
    """One pod of the target's selector.

    `ready`: the status of its condition Ready, True, False or Unknown; empty: it has none.
    Ages are in seconds before the look; `start_age_s` None: the kubelet has not started it.
    `requests`: thousandths by resource of each container, in their order.
    """

    name: str
    phase: str = "Running"
    ready: str = "True"
    ready_age_s: float = inf
    start_age_s: float | None = inf
    deleted: bool = False
    requests: tuple[tuple[str, Mapping[str, int]], ...] = ()

    @property
    def counts_as_ready(self) -> bool:
        """Whether a metric with a Value target counts it."""
        return self.phase == "Running" and self.ready == "True"


class PodSample(msgspec.Struct, frozen=True, gc=False):
    """One pod's sample of the metrics API: thousandths, and its age and window in seconds."""

    milli: int
    age_s: float = 0.0
    window_s: float = 60.0


class PodGroups(msgspec.Struct, frozen=True, gc=False):
    """Names of pods by how they count; of the ready ones only the number."""

    ready: int
    unready: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


class Tolerances(msgspec.Struct, frozen=True, gc=False):
    """How far the ratio may be from 1, in each direction and inclusive, without a change."""

    up: float = TOLERANCE
    down: float = TOLERANCE

    def within(self, ratio: float) -> bool:
        """Whether the ratio is too close to 1 to act on."""
        return 1 - self.down <= ratio <= 1 + self.up


class PodDelays(msgspec.Struct, frozen=True, gc=False):
    """How long the CPU of a young pod does not count, seconds."""

    cpu_initialization_s: float = CPU_INITIALIZATION_S
    readiness_s: float = READINESS_DELAY_S


_DELAYS = PodDelays()


class PodTarget(msgspec.Struct, frozen=True, gc=False):
    """The target of a pod metric: thousandths per pod, or whole percent of the requests."""

    target: int
    percent: bool = False
    resource: str = ""
    container: str = ""
    tolerances: Tolerances = msgspec.field(default_factory=Tolerances)
    delays: PodDelays = msgspec.field(default_factory=PodDelays)


class PodsProposal(msgspec.Struct, frozen=True, gc=False):
    """Replicas, and the usage that the status shows: thousandths per pod, whole percent."""

    replicas: int
    average: int
    percent: int | None = None


class PodsUncountable(Exception):  # noqa: N818 - an outcome of the rule, in the controller's words
    """No replica count can be computed from the pods; the message is kube-controller-manager's."""


def replicas_of(ratio: float) -> int:
    """A ratio of replicas rounded up, kept within int32."""
    if -MOST_REPLICAS <= ratio <= MOST_REPLICAS:
        return ceil(ratio)
    if isnan(ratio):
        return 0
    return MOST_REPLICAS if ratio > 0 else ceil(max(-MOST_REPLICAS - 1, ratio))


def kept(total: int) -> int:
    """A total kept within int64."""
    if -MOST_MILLI <= total <= MOST_MILLI:
        return total
    return MOST_MILLI if total > 0 else -MOST_MILLI - 1


def group(
    pods: Sequence[HpaPod],
    samples: Mapping[str, PodSample],
    resource: str = "",
    delays: PodDelays | None = None,
) -> PodGroups:
    """Which pods are ready, unready, missing, ignored.

    Deleted or failed pods are ignored, pending ones unready, those without a sample missing. For
    CPU, a pod is also unready while its sample does not reflect its work yet.
    Source: Kubernetes replica_calculator.go groupPods.
    """
    ready, unready, missing, ignored = 0, [], [], []
    for pod in pods:
        if pod.deleted or pod.phase == "Failed":
            ignored.append(pod.name)
        elif pod.phase == "Pending":
            unready.append(pod.name)
        elif pod.name not in samples:
            missing.append(pod.name)
        elif resource == "cpu" and _warming(pod, samples[pod.name], delays or _DELAYS):
            unready.append(pod.name)
        else:
            ready += 1
    return PodGroups(ready, tuple(unready), tuple(missing), tuple(ignored))


def _warming(pod: HpaPod, sample: PodSample, delays: PodDelays) -> bool:
    """Whether the CPU of this pod does not reflect its work yet."""
    if not pod.ready or pod.start_age_s is None:
        return True
    if pod.start_age_s < delays.cpu_initialization_s:
        return pod.ready == "False" or sample.age_s > pod.ready_age_s - sample.window_s
    never_ready = pod.start_age_s - delays.readiness_s < pod.ready_age_s
    return pod.ready == "False" and never_ready


def pods_proposal(
    target: PodTarget,
    samples: Mapping[str, PodSample],
    pods: Sequence[HpaPod],
    current: int,
    alike: int = 1,
) -> PodsProposal:
    """Replicas that a metric of pods asks for; each of `pods` stands for `alike` equal ones. Raises
    PodsUncountable.

    ratio = use of the ready pods / target; ceil(ratio * ready pods) when no pod is missing and
    none unready matters. Else the ratio is taken again: missing pods count as their target (of a
    percentage: at least their request) on the way down and as 0 on the way up, unready ones as 0 on
    the way up; when that lands within the tolerance, changes the direction, or would step the
    other way, nothing changes.
    Source: Kubernetes replica_calculator.go GetResourceReplicas, calcPlainMetricReplicas.
    """
    if not pods:
        raise PodsUncountable("no pods returned by selector while calculating replica count")
    groups = group(pods, samples, target.resource, target.delays)
    use = {name: sample.milli for name, sample in samples.items()}
    for name in (*groups.ignored, *groups.unready):
        use.pop(name, None)
    if not use:
        raise PodsUncountable("did not receive metrics for targeted pods (pods might be unready)")
    requests = _requests(pods, target) if target.percent else {}
    ratio, average, percent = _ratio(target, use, requests, alike)
    with_unready = bool(groups.unready) and ratio > 1
    if not with_unready and not groups.missing:
        within = target.tolerances.within(ratio)
        wanted = current if within else replicas_of(ratio * (groups.ready * alike))
        return PodsProposal(wanted, average, percent)
    use |= _missing(target, ratio, groups.missing, requests)
    if with_unready:
        use |= dict.fromkeys(groups.unready, 0)
    again = _ratio(target, use, requests, alike)[0]
    turned = (ratio < 1 < again) or (again < 1 < ratio)
    wanted = replicas_of(again * (len(use) * alike))
    backwards = (again < 1 and wanted > current) or (again > 1 and wanted < current)
    if target.tolerances.within(again) or turned or backwards:
        wanted = current
    return PodsProposal(wanted, average, percent)


def _missing(
    target: PodTarget, ratio: float, missing: Collection[str], requests: Mapping[str, int]
) -> dict[str, int]:
    """The values that pods without a sample count with, thousandths."""
    if ratio < 1:
        if not target.percent:
            return dict.fromkeys(missing, target.target)
        full = max(100, target.target)
        return {name: requests.get(name, 0) * full // 100 for name in missing}
    return dict.fromkeys(missing, 0) if ratio > 1 else {}


def _ratio(
    target: PodTarget, use: Mapping[str, int], requests: Mapping[str, int], alike: int
) -> tuple[float, int, int | None]:
    """(usage / target, average usage in thousandths, its percentage of the requests).

    Source: Kubernetes metrics/utilization.go GetMetricUsageRatio, GetResourceUtilizationRatio.
    """
    if not target.percent:
        average = _whole(kept(sum(use.values()) * alike), len(use) * alike)
        return quotient(average, target.target), average, None
    total = requested = known = 0
    for name, used in use.items():
        request = requests.get(name)
        if request is not None:
            total, requested, known = total + used, requested + request, known + 1
    if not requested:
        raise PodsUncountable("no metrics returned matched known pods")
    percent = _whole(total * 100, requested)
    return quotient(percent, target.target), _whole(total, known), percent


def _whole(a: int, b: int) -> int:
    """Integer division, rounded towards zero as in Go."""
    return a // b if (a < 0) == (b < 0) else -(-a // b)


def _requests(pods: Sequence[HpaPod], target: PodTarget) -> dict[str, int]:
    """Thousandths that each pod requests. Raises PodsUncountable where a container states none.

    Source: Kubernetes replica_calculator.go calculatePodRequests.
    """
    requests = {}
    counted: object = None
    total = 0
    for pod in pods:
        if pod.requests is counted:  # shared by all pods of one template
            requests[pod.name] = total
            continue
        counted, total = pod.requests, 0
        for container, amounts in pod.requests:
            if target.container not in ("", container):
                continue
            if target.resource not in amounts:
                raise PodsUncountable(
                    f"missing request for {target.resource} in container {container}"
                    f" of Pod {pod.name}"
                )
            total += amounts[target.resource]
        requests[pod.name] = total
    return requests
