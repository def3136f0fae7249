"""One look of the HorizontalPodAutoscaler controller (autoscaling/v2), as a pure function."""

from collections.abc import Callable, Sequence

import msgspec

from wvatui.core.rules.hpa import hpa_conditions as words
from wvatui.core.rules.hpa.hpa_conditions import HpaCondition, HpaEvent
from wvatui.core.rules.hpa.hpa_limits import brake
from wvatui.core.rules.hpa.hpa_memory import HpaMemory, first_look, scaled
from wvatui.core.rules.hpa.hpa_metrics import MetricAnswer, MetricProposal, TargetPods, proposal
from wvatui.core.rules.hpa.hpa_pods import HpaPod, Tolerances
from wvatui.core.rules.hpa.hpa_selector import selector_error
from wvatui.core.rules.hpa.hpa_spec import HpaSpec
from wvatui.core.rules.hpa.hpa_versions import NEWEST, HpaFlags, HpaRelease
from wvatui.core.structs import replace


class ScaleTarget(msgspec.Struct, frozen=True, gc=False):
    """The target's scale subresource as one look finds it, and the API's answer to a write.

    `selector` None: the scale has none. `error`, `update_error`: the API's answer when the scale
    cannot be read or written. `shared_with`: HPAs that select the same pods, this one included,
    each as `NAMESPACE/NAME`.
    """

    spec_replicas: int
    status_replicas: int
    pods: Sequence[HpaPod] = ()
    selector: str | None = "app=target"
    error: str = ""
    update_error: str = ""
    shared_with: tuple[str, ...] = ()


class HpaContext(msgspec.Struct, frozen=True, gc=False):
    """The circumstances of a look apart from object and target. `now`: epoch seconds."""

    now: float
    namespace: str = ""
    flags: HpaFlags = msgspec.field(default_factory=HpaFlags)
    release: HpaRelease = NEWEST


class Recommendation(msgspec.Struct, frozen=True, gc=False):
    """The result of one look. Sizes are replicas.

    `desired`: the size after it; `wanted`: by the metrics, None when nothing could be computed or
    no metric was read; `stable`: `wanted` after the windows. `winner`: the metric that counted.
    `reason`: of a rescale, as in the event "New size: 2; reason: …". `conditions`: those that the
    look sets; `dropped`: types that it removes. `error`: the error that the controller returns and
    logs; empty when all went well. `failed`: nothing was decided.
    """

    desired: int
    wanted: int | None
    reason: str
    conditions: tuple[HpaCondition, ...]
    memory: HpaMemory
    proposals: tuple[MetricProposal, ...] = ()
    winner: MetricProposal | None = None
    stable: int | None = None
    events: tuple[HpaEvent, ...] = ()
    dropped: tuple[str, ...] = ()
    error: str = ""
    failed: bool = False

    def condition(self, kind: str) -> HpaCondition | None:
        """The last condition of this type that it sets; None: none."""
        for condition in reversed(self.conditions):  # a loop, since this runs for every look
            if condition.type == kind:
                return condition
        return None


def tolerances(spec: HpaSpec, flags: HpaFlags, release: HpaRelease) -> Tolerances:
    """The tolerance of each direction: that of `behavior` where it counts, else the flag.

    Source: Kubernetes horizontal.go tolerancesForHpa.
    """
    up, down = spec.up.tolerance, spec.down.tolerance
    if spec.plain or not release.own_tolerance:
        up = down = None
    return Tolerances(
        up=flags.tolerance if up is None else up,
        down=flags.tolerance if down is None else down,
    )


def recommend(
    spec: HpaSpec,
    answers: Sequence[MetricAnswer],
    target: ScaleTarget,
    memory: HpaMemory,
    context: HpaContext,
    conditions: Sequence[HpaCondition] = (),
) -> Recommendation:
    """Desired replicas after metrics, stabilization, policies and min/max.

    The highest proposal counts; when a metric cannot be read, nothing scales down. A target at 0
    is left alone, unless the HPA put it there. `answers`: one for each metric of the spec, in its
    order. `conditions`: as the status has them before.
    Source: Kubernetes pkg/controller/podautoscaler/horizontal.go reconcileAutoscaler.
    """
    return recommended(
        spec, lambda: proposals(spec, answers, target, context), target, memory, context, conditions
    )


def proposals(
    spec: HpaSpec, answers: Sequence[MetricAnswer], target: ScaleTarget, context: HpaContext
) -> tuple[MetricProposal, ...]:
    """The proposal of each metric, which does not depend on the controller's memory."""
    near = tolerances(spec, context.flags, context.release)
    counted = TargetPods(target.spec_replicas, target.status_replicas, target.pods)
    return tuple(
        proposal(metric, answer, counted, near, context.flags.delays, context.namespace)
        for metric, answer in zip(spec.metrics, answers, strict=True)
    )


def recommended(
    spec: HpaSpec,
    asked: Callable[[], tuple[MetricProposal, ...]],
    target: ScaleTarget,
    memory: HpaMemory,
    context: HpaContext,
    conditions: Sequence[HpaCondition] = (),
) -> Recommendation:
    """`recommend` with the proposals of the metrics; `asked` is called only where they count."""
    release, current = context.release, target.spec_replicas
    if target.error:
        event = HpaEvent("Warning", "FailedGetScale", target.error)
        condition = words.no_scale(target.error)
        error = f"failed to query scale subresource for {_place(spec, context)}: {target.error}"
        return Recommendation(
            current, None, "", (condition,), memory, events=(event,), error=error, failed=True
        )
    memory = first_look(memory, current, context.now)
    if current == 0 and _asleep(spec, release, conditions):
        return _began(current, memory, release, words.SCALING_DISABLED)
    if current > spec.max:
        reason = "Current number of replicas above Spec.MaxReplicas"
        start = replace(_began(current, memory, release), desired=spec.max, reason=reason)
        return _set(spec, start, target, context)
    if current < spec.min:
        reason = "Current number of replicas below Spec.MinReplicas"
        start = replace(_began(current, memory, release), desired=spec.min, reason=reason)
        return _set(spec, start, target, context)
    return _measured(spec, asked, target, context, memory)


def _began(
    current: int, memory: HpaMemory, release: HpaRelease, *conditions: HpaCondition
) -> Recommendation:
    """The result of a look that asks no metric, or that the metrics tell nothing."""
    return Recommendation(
        current, None, "", (words.GOT_SCALE, *conditions), memory, dropped=_dropped(release)
    )


def _dropped(release: HpaRelease) -> tuple[str, ...]:
    return () if release.zero else (words.SCALED_TO_ZERO,)


def _place(spec: HpaSpec, context: HpaContext) -> str:
    kind, _, name = spec.target.partition("/")
    return f"{kind}/{context.namespace}/{name}"


def _asleep(spec: HpaSpec, release: HpaRelease, conditions: Sequence[HpaCondition]) -> bool:
    """Whether a target at 0 stays there.

    Source: Kubernetes horizontal.go reconcileAutoscaler, by release.
    """
    if not release.remembers_zero:
        return spec.min != 0
    said = next((c for c in conditions if c.type == words.SCALED_TO_ZERO), None)
    return not (release.zero and said is not None and said.status == "True")


def _measured(
    spec: HpaSpec,
    asked: Callable[[], tuple[MetricProposal, ...]],
    target: ScaleTarget,
    context: HpaContext,
    memory: HpaMemory,
) -> Recommendation:
    """The highest proposal of the metrics, after windows, policies, min and max.

    Source: Kubernetes horizontal.go computeReplicasForMetrics.
    """
    refused = selector_error(target.selector, target.shared_with, context.release)
    if refused is not None:
        condition, event = refused
        start = _began(target.spec_replicas, memory, context.release, condition)
        return _undecided(spec, context, start, (event,), event.message)
    made = asked()
    failures = [each for each in made if each.replicas is None]
    events: tuple[HpaEvent, ...] = ()
    error = ""
    if failures:
        events = tuple(HpaEvent("Warning", each.reason, each.event) for each in failures)
        error = f"invalid metrics ({len(failures)} invalid out of {len(made)}), first error"
        error += f" is: {failures[0].error}"
    best, winner = winning(made)
    if len(failures) == len(made) or (failures and best < target.spec_replicas):
        text, reason = "no metrics", "InvalidMetricSourceType"
        if failures:
            text, reason = failures[0].event, failures[0].reason
        message = f"the HPA was unable to compute the replica count: {text}"
        condition = words.inactive(reason, message)
        start = _began(target.spec_replicas, memory, context.release, condition)
        return _undecided(spec, context, replace(start, proposals=made), events, error)
    wanted, current = max(best, 0), target.spec_replicas
    braked = brake(spec, wanted, current, memory, context.now, context.flags.down_window_s)
    title = winner.metric.title if winner is not None else ""
    reason = ""
    if wanted > current:
        reason = f"{title} above target"
    elif wanted < current:
        reason = "All metrics below target"
    result = Recommendation(
        braked.desired,
        wanted,
        reason,
        (words.GOT_SCALE, words.active(title), braked.able, braked.limited),
        braked.memory,
        made,
        winner,
        braked.stable,
        events,
        _dropped(context.release),
        error,
    )
    return result if braked.desired == current else _set(spec, result, target, context)


def _undecided(
    spec: HpaSpec,
    context: HpaContext,
    start: Recommendation,
    events: tuple[HpaEvent, ...],
    error: str,
) -> Recommendation:
    """The result of a look at which the metrics decide nothing."""
    what = "failed to compute desired number of replicas based on listed metrics for"
    return replace(
        start,
        events=(*events, HpaEvent("Warning", "FailedComputeMetricsReplicas", error)),
        error=f"{what} {_place(spec, context)}: {error}",
        failed=True,
    )


def winning(proposals: Sequence[MetricProposal]) -> tuple[int, MetricProposal | None]:
    """The highest proposal and its metric: the first of equal ones, but any proposal replaces a
    best of 0, so that of several zeros the last one is named.

    Source: Kubernetes horizontal.go computeReplicasForMetrics.
    """
    best, winner = 0, None
    for each in proposals:
        if each.replicas is not None and (best == 0 or each.replicas > best):
            best, winner = each.replicas, each
    return best, winner


def _set(
    spec: HpaSpec, result: Recommendation, target: ScaleTarget, context: HpaContext
) -> Recommendation:
    """The result of writing the scale, which the API may refuse.

    Source: Kubernetes horizontal.go reconcileAutoscaler, from rescale on.
    """
    before, after = target.spec_replicas, result.desired
    text = f"New size: {after}; reason: {result.reason}"
    if target.update_error:
        event = HpaEvent("Warning", "FailedRescale", f"{text}; error: {target.update_error}")
        return replace(
            result,
            desired=before,
            conditions=(*result.conditions, words.no_update(target.update_error)),
            events=(*result.events, event),
            error=f"failed to rescale {_place(spec, context)}: {target.update_error}",
            failed=True,
        )
    conditions = (*result.conditions, words.rescaled(after))
    if context.release.zero:
        to_zero = before > 0 and after == 0 and spec.min == 0 and spec.reads_external
        conditions = (*conditions, words.ZERO if to_zero else words.NOT_ZERO)
    return replace(
        result,
        conditions=conditions,
        events=(*result.events, HpaEvent("Normal", "SuccessfulRescale", text)),
        memory=scaled(spec, result.memory, before, after, context.now),
    )
