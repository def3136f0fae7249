"""The result of one look of an HPA: inputs, proposals, the winner, what held it until when."""

import msgspec

from wvatui.core.rules.hpa.hpa import Recommendation
from wvatui.core.rules.hpa.hpa_conditions import WITHIN_RANGE
from wvatui.core.rules.hpa.hpa_memory import HpaMemory, windows
from wvatui.core.rules.hpa.hpa_policy import (
    PastChange,
    Policy,
    Rules,
    down_limit,
    replicas_at_start,
    up_limit,
)
from wvatui.core.rules.hpa.hpa_spec import HpaSpec
from wvatui.core.structs import replace


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

    `replicas`: the size it allowed. `until`: epoch seconds at which it ends at the earliest, if
    nothing new holds the size; None: time alone does not end it. `recommended`: for a window, its
    highest or lowest recommendation, where that is further off than the size that it holds.
    `policy`: the one of several that set the limit; None: not known. `base`: replicas at the start
    of the policy's period, from which it counts; `changes`: the changes in that period before this
    look, negative where replicas were removed.
    """

    what: str
    replicas: int
    until: float | None = None
    recommended: int | None = None
    policy: Policy | None = None
    base: int | None = None
    changes: tuple[PastChange, ...] = ()


class HpaAccount(msgspec.Struct, frozen=True, gc=False):
    """One look, as derived from outside. Sizes are replicas.

    `wanted`: by the metrics; None where there are none or none could be read. `stable`: after the
    windows; `desired`: the size after the look. `reason`: of a rescale, or why nothing was
    decided. `window`, `limit`: what held it back. `differences`: what was seen but cannot be
    recomputed; `doubt`: why the account may be wrong, empty when everything was recomputed.
    `from_status`: what held it back is inferred from the status alone, so that `until` is the
    latest time. `bound`: the minimum or maximum that would keep the size without the window, too,
    named like a reason of ScalingLimited although the controller names only the window.
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
    bound: str = ""

    @property
    def brakes(self) -> tuple[HeldBack, ...]:
        """What held it back; first what sets the size: the end of the other changes nothing."""
        window, limit = self.window, self.limit
        if window is not None and self.bound:
            limit = HeldBack(self.bound, self.desired)
        if window is None:
            return () if limit is None else (limit,)
        if limit is None:
            return (window,)
        if _sets_the_size(window.what, limit.what):
            return window, limit
        return limit, replace(window, until=None)


def without_assumed(account: HpaAccount, memory: HpaMemory) -> HpaAccount:
    """The account of a look whose controller was assumed to have this memory: a size or a change
    that nothing shows is left out."""
    is_assumed = bool(memory.recommendations or memory.ups or memory.downs)
    account = replace(account, from_status=is_assumed)
    if account.limit is not None and (memory.ups or memory.downs):
        limit = replace(account.limit, policy=None, base=None, changes=())
        account = replace(account, limit=limit)
    unseen = {past.replicas for past in memory.recommendations}
    unseen -= {account.current, account.desired}
    if account.stable in unseen:
        return replace(account, stable=None, window=None)
    window = account.window
    if window is not None and window.recommended in unseen:
        return replace(account, window=replace(window, recommended=None))
    return account


def known_from(account: HpaAccount, spec: HpaSpec, since: float) -> HpaAccount:
    """The account where what the controller remembers from before `since` (epoch seconds) is not
    known: its window ends at the latest its whole length after that, as what held the size then
    was recommended by then, at the latest by a controller that had just started."""
    window = account.window
    if window is None:
        return account
    up = window.what == "ScaleUpStabilized"
    until = None
    if (spec.up if up else spec.down).select != "Disabled":
        until = max(since + windows(spec)[0 if up else 1], window.until or 0.0)
    return replace(account, from_status=True, window=replace(window, until=until))


def _sets_the_size(window: str, limit: str) -> bool:
    """Whether a window sets the size, and not a limit that applies as well.

    A policy, min or max cuts what the windows let through. So the window only sets the size where
    a scale-down window keeps more replicas than the maximum allows.
    """
    return limit == "TooManyReplicas" and window == "ScaleDownStabilized"


def brakes_of(result: Recommendation, spec: HpaSpec, current: int) -> tuple[str, ...]:
    """What `HpaAccount.brakes` would name for a look whose account is not made yet."""
    window = _window_of(result)
    if not window:
        limit = _limit_of(result)
        return (limit,) if limit else ()
    limit = _bound(result, spec, current, window) or _limit_of(result)
    if not limit:
        return (window,)
    return (window, limit) if _sets_the_size(window, limit) else (limit, window)


def reason_of(result: Recommendation) -> str:
    """The reason of a rescale, or why nothing was decided."""
    if result.failed:
        active = result.condition("ScalingActive")
        if active is not None and active.status != "True":
            return active.reason
    return result.reason


def account_of(
    result: Recommendation,
    spec: HpaSpec,
    current: int,
    at: float,
    differences: tuple[str, ...] = (),
    doubt: str = "",
) -> HpaAccount:
    """The account of a recomputed look."""
    window = _window_of(result)
    return HpaAccount(
        at=at,
        current=current,
        inputs=tuple(
            [
                HpaInput(p.metric.title, p.usage, p.replicas, p.event, percent=p.percent)
                for p in result.proposals
            ]
        ),
        winner=result.winner.title if result.winner is not None else "",
        wanted=result.wanted,
        stable=result.stable,
        desired=result.desired,
        reason=reason_of(result),
        window=_window(result, spec, current, at, window) if window else None,
        limit=_limit(result, spec, current, at),
        differences=differences,
        doubt=doubt,
        bound=_bound(result, spec, current, window),
    )


def _bound(result: Recommendation, spec: HpaSpec, current: int, window: str) -> str:
    """The minimum or maximum that keeps the size anyway, so that the window's end changes nothing;
    empty: neither does. `window`: as of `_window_of`."""
    wanted = result.wanted
    if not window or wanted is None or result.desired != current:
        return ""
    if window == "ScaleDownStabilized":
        return "TooFewReplicas" if wanted < current == spec.min else ""
    return "TooManyReplicas" if wanted > current == spec.max else ""


def _window_of(result: Recommendation) -> str:
    """The direction of the window that held the size; empty: none did."""
    stable, wanted = result.stable, result.wanted
    if stable is None or wanted is None or stable == wanted:
        return ""
    return "ScaleUpStabilized" if stable < wanted else "ScaleDownStabilized"


def _limit_of(result: Recommendation) -> str:
    """The reason of ScalingLimited that cut what the windows let through; empty: none did."""
    limited = result.condition("ScalingLimited")
    if limited is None or limited.reason == WITHIN_RANGE or result.stable is None:
        return ""
    return limited.reason


def _window(
    result: Recommendation, spec: HpaSpec, current: int, at: float, what: str
) -> HeldBack | None:
    """The stabilization window that held (`what`), and when its last recommendation leaves it.

    The recommendation that holds the size need not equal it: see `HeldBack.recommended`.
    """
    stable = result.stable
    if stable is None:
        return None
    up_s, down_s = windows(spec)
    up = what == "ScaleUpStabilized"
    window_s = up_s if up else down_s
    since = at - window_s
    # Without `behavior`, a recommendation exactly as old as the window still counts.
    past = [
        p
        for p in result.memory.recommendations
        if since < p.at <= at or (spec.plain and p.at == since)
    ]
    holding = [p.at for p in past if (p.replicas <= stable if up else p.replicas >= stable)]
    # The end of the window changes nothing in a direction that is disabled.
    ends = bool(holding) and (spec.up if up else spec.down).select != "Disabled"
    until = max(holding) + window_s if ends else None
    further = None
    if stable == current:
        outermost = (min if up else max)([stable, *[p.replicas for p in past]])
        further = None if outermost == stable else outermost
    return HeldBack(what, stable, until, further)


def _limit(result: Recommendation, spec: HpaSpec, current: int, at: float) -> HeldBack | None:
    """The policy, min or max that cut what the windows let through."""
    what = _limit_of(result)
    if not what or result.stable is None:
        return None
    if what not in ("ScaleUpLimit", "ScaleDownLimit") or spec.plain:
        return HeldBack(what, result.desired)
    up = result.stable > current
    held = _policy(_before(result, current), spec, current, at, up=up)
    until = _policy_end(result.memory, spec, result.desired, at, up=up)
    return replace(held, what=what, replicas=result.desired, until=until)


def _before(result: Recommendation, current: int) -> HpaMemory:
    """The controller's memory of changes as it was before this look made its own change."""
    memory = result.memory
    if result.desired > current:
        return replace(memory, ups=_without_newest(memory.ups))
    if result.desired < current:
        return replace(memory, downs=_without_newest(memory.downs))
    return memory


def _without_newest(changes: tuple[PastChange, ...]) -> tuple[PastChange, ...]:
    newest = max((change.at for change in changes), default=0.0)
    return tuple(change for change in changes if change.at != newest)


def _policy(memory: HpaMemory, spec: HpaSpec, current: int, at: float, *, up: bool) -> HeldBack:
    """The policy that set the limit of a look at `at`, and from how many replicas it counts."""
    rules, way = (spec.up, up_limit) if up else (spec.down, down_limit)
    ups, downs = memory.ups, memory.downs
    whole = way(current, ups, downs, rules, at)
    for policy in rules.policies:
        alone = Rules(rules.window_s, (policy,), rules.select)
        if way(current, ups, downs, alone, at) == whole:
            since = at - policy.period_s
            signed = (*ups, *(replace(c, replicas=-c.replicas) for c in downs))
            changes = sorted((c for c in signed if c.at > since), key=lambda c: c.at)
            base = replicas_at_start(current, ups, downs, policy.period_s, at)
            return HeldBack("", current, policy=policy, base=base, changes=tuple(changes))
    return HeldBack("", current)


def _policy_end(
    memory: HpaMemory, spec: HpaSpec, size: int, at: float, *, up: bool
) -> float | None:
    """When enough changes have left the policies' periods to allow the next step from `size`,
    epoch seconds."""
    rules = spec.up if up else spec.down
    changes = (*memory.ups, *memory.downs)
    ends = {c.at + policy.period_s for policy in rules.policies for c in changes}
    for end in sorted(end for end in ends if end > at):
        if up and up_limit(size, memory.ups, memory.downs, rules, end) > size:
            return end
        if not up and down_limit(size, memory.ups, memory.downs, rules, end) < size:
            return end
    return None
