"""What one look of an HPA came to: inputs, proposals, what won, what held it back until when."""

import msgspec

from wvatui.core.rules.hpa.hpa import Recommendation
from wvatui.core.rules.hpa.hpa_conditions import WITHIN_RANGE
from wvatui.core.rules.hpa.hpa_memory import HpaMemory, windows
from wvatui.core.rules.hpa.hpa_policy import PastChange
from wvatui.core.rules.hpa.hpa_spec import HpaSpec


class HpaInput(msgspec.Struct, frozen=True, gc=False):
    """One metric of a look. `usage`: thousandths as its proposal used them, a total or a pod's
    share; `replicas` None: it could not be read, `error` says why. `source`: where it was seen.
    `percent`: of what the pods request, of a Utilization target."""

    name: str
    usage: int | None
    replicas: int | None
    error: str = ""
    source: str = "status.currentMetrics"
    percent: int | None = None


class HeldBack(msgspec.Struct, frozen=True, gc=False):
    """What kept the size from what was wanted. `what`: the reason of the condition that says so.

    `replicas`: what it allowed. `until`: epoch seconds at which it lets go at the earliest, if
    nothing new holds; None: it does not follow from time. `recommended`: of a window, the highest
    or lowest recommendation in it where that is further off than the size that it holds.
    """

    what: str
    replicas: int
    until: float | None = None
    recommended: int | None = None


class HpaAccount(msgspec.Struct, frozen=True, gc=False):
    """One look, told from outside.

    `wanted`: by the metrics, None where none was asked or none could be read; `stable`: after the
    windows; `desired`: the size after the look. `reason`: of a rescale, or why nothing was
    decided. `window`, `limit`: what held it back. `differences`: what is seen and does not follow;
    `doubt`: why the account may be wrong, empty when it follows from what was seen. `from_status`:
    what held it back was not seen to come about but follows from the status, so that `until` is
    the latest.
    """

    at: float
    current: int
    inputs: tuple[HpaInput, ...]
    winner: str
    wanted: int | None
    stable: int | None
    desired: int
    reason: str
    window: HeldBack | None = None
    limit: HeldBack | None = None
    differences: tuple[str, ...] = ()
    doubt: str = ""
    from_status: bool = False


def account_of(
    result: Recommendation,
    spec: HpaSpec,
    current: int,
    at: float,
    differences: tuple[str, ...] = (),
    doubt: str = "",
) -> HpaAccount:
    """A recomputed look in the terms of an account."""
    active = result.condition("ScalingActive")
    reason = result.reason
    if result.failed and active is not None and active.status != "True":
        reason = active.reason
    return HpaAccount(
        at=at,
        current=current,
        inputs=tuple(
            HpaInput(p.title, p.usage, p.replicas, p.event, percent=p.percent)
            for p in result.proposals
        ),
        winner=result.winner.title if result.winner is not None else "",
        wanted=result.wanted,
        stable=result.stable,
        desired=result.desired,
        reason=reason,
        window=_window(result, spec, current, at),
        limit=_limit(result, spec, current, at),
        differences=differences,
        doubt=doubt,
    )


def _window(result: Recommendation, spec: HpaSpec, current: int, at: float) -> HeldBack | None:
    """The stabilisation window that held, and when its last recommendation leaves it.

    What holds the present size need not be that size: `recommended` tells it.
    """
    stable, wanted = result.stable, result.wanted
    if stable is None or wanted is None or stable == wanted:
        return None
    up_s, down_s = windows(spec)
    up = stable < wanted
    window_s = up_s if up else down_s
    # Without `behavior` one that is exactly as old as the window counts.
    past = [
        p
        for p in result.memory.recommendations
        if at - window_s < p.at < at or (spec.plain and p.at == at - window_s)
    ]
    holding = [p.at for p in past if (p.replicas <= stable if up else p.replicas >= stable)]
    until = max(holding) + window_s if holding else None
    outermost = (min if up else max)([stable, *(p.replicas for p in past)])
    what = "ScaleUpStabilized" if up else "ScaleDownStabilized"
    further = outermost if stable == current and outermost != stable else None
    return HeldBack(what, stable, until, further)


def _limit(result: Recommendation, spec: HpaSpec, current: int, at: float) -> HeldBack | None:
    """The policy, min or max that cut what the windows let through."""
    limited = result.condition("ScalingLimited")
    if limited is None or limited.reason == WITHIN_RANGE or result.stable is None:
        return None
    up = result.stable > current
    until = None
    if limited.reason in ("ScaleUpLimit", "ScaleDownLimit") and not spec.plain:
        until = _policy_end(result.memory, spec, at, up=up)
    return HeldBack(limited.reason, result.desired, until)


def _policy_end(memory: HpaMemory, spec: HpaSpec, at: float, *, up: bool) -> float | None:
    """When the first change that a policy counts leaves its period."""
    rules = spec.up if up else spec.down
    changes: tuple[PastChange, ...] = memory.ups if up else memory.downs
    ends = [
        change.at + policy.period_s
        for policy in rules.policies
        for change in changes
        if at - policy.period_s < change.at <= at
    ]
    return min(ends, default=None)
