"""An HPA's account as one sentence, and as its arithmetic step by step."""

from collections.abc import Callable, Iterator, Sequence

from wvatui.core.decisions.hpa.account import HeldBack, HpaAccount, HpaInput
from wvatui.core.decisions.hpa.unseen import cause
from wvatui.core.rules.hpa.hpa_memory import windows
from wvatui.core.rules.hpa.hpa_policy import MOST_REPLICAS, PastChange, Policy, Rules
from wvatui.core.rules.hpa.hpa_spec import HpaSpec, MetricSpec
from wvatui.core.rules.quantities import MOST_MILLI

ClockText = Callable[[float], str]
_PLAIN_UP = "without behavior at most twice as many, or 4"
_WINDOW = "stabilization window"
_OVERFLOW = MOST_MILLI // 10_000
"""Thousandths per replica from which a reading is a share of the value that means an overflow."""
MOST_TOLD = 2
"""How many changes are named where a policy counts many."""


def sentence(account: HpaAccount, spec: HpaSpec, clock: ClockText) -> str:
    """`3→5: running wants 5 (queue wants 2)`, `stays at 8: …, until 08:05:45`."""
    if account.desired == account.current:
        head = f"stays at {account.current}"
    else:
        head = f"{account.current}→{account.desired}"
    parts = [_cause(account, spec), *_brakes(account, spec, clock)]
    return f"{head}: {'; '.join(part for part in parts if part)}"


def _brakes(account: HpaAccount, spec: HpaSpec, clock: ClockText) -> Iterator[str]:
    """What held it back, the one that sets the size first."""
    for held in account.brakes:
        if held.what in ("ScaleUpStabilized", "ScaleDownStabilized"):
            yield _window(account, held, spec, clock)
        elif held.what != "TooManyReplicas" or not _exceeds(account, spec):
            yield _limit(account, held, spec, clock)
    if account.limit is None and account.window is not None:
        up = account.window.what == "ScaleUpStabilized"
        if (spec.up if up else spec.down).select == "Disabled":
            yield policies(spec.up if up else spec.down, up=up)


def _exceeds(account: HpaAccount, spec: HpaSpec) -> bool:
    """Whether the window's sentence says that its recommendation is above the maximum."""
    return account.window is not None and (account.window.replicas or 0) > spec.max


def _cause(account: HpaAccount, spec: HpaSpec) -> str:
    if account.wanted is None:
        return _undecided(account, spec)
    name = spec.called.get(account.winner, account.winner)
    aside = _others(account, spec, account.winner)
    return f"{name} wants {account.wanted}{_measured(account, spec)}{aside}"


def _others(account: HpaAccount, spec: HpaSpec, name: str) -> str:
    """` (queue wants 2)`: what the other metrics say."""
    others = [
        f"{spec.called.get(each.name, each.name)} "
        + ("cannot be read" if each.replicas is None else f"wants {each.replicas}")
        for each in account.inputs
        if each.name != name
    ]
    return f" ({', '.join(others)})" if others else ""


def _measured(account: HpaAccount, spec: HpaSpec) -> str:
    """The winner's reading against its target, and whether it is within the tolerance; empty: its
    value is not shown."""
    pairs = zip(account.inputs, spec.metrics, strict=False)
    winner = next((pair for pair in pairs if pair[0].name == account.winner), None)
    if account.wanted == MOST_REPLICAS:
        return _invalid(winner)
    if winner is None or winner[0].usage is None or not winner[1].target:
        return ""
    each, metric = winner
    shown, target = each.usage or 0, metric.target or 1
    text, goal = f" at {shown / 1000:.4g} {share(metric)}", f"target {target / 1000:.4g}"
    if metric.target_type == "Utilization":
        if each.percent is None:
            return ""
        shown, text, goal = each.percent, f" at {each.percent} %", f"target {target} %"
    near = spec.up.ratio if shown > target else spec.down.ratio
    exact = -(-shown * account.current // target)
    if account.wanted == account.current != exact and abs(shown / target - 1) <= near:
        return f"{text}, within the tolerance of {near * 100:.4g} % around {goal}"
    return f"{text}, {goal}"


def _invalid(winner: tuple[HpaInput, MetricSpec] | None) -> str:
    """Why the most replicas that an int32 holds are wanted.

    Source: Kubernetes replica_calculator.go GetExternalPerPodMetricReplicas, which takes a negative
    total for one that has overflowed; KEDA serves a division by 0 as a negative one.
    """
    if winner is None or winner[0].usage is None:
        return ", of an invalid value (negative, or too large), which is not shown"
    each, metric = winner
    if (each.usage or 0) >= _OVERFLOW:
        why = "negative or infinite, which the HPA takes for an overflow"
    else:
        why = f"{(each.usage or 0) / 1000:.4g} {share(metric)} is too large"
    return f" (the most there can be), as its value is invalid: {why}"


def share(metric: MetricSpec) -> str:
    """What a metric's shown value refers to, in words."""
    return "in all" if metric.external and metric.target_type == "Value" else "a replica"


def _undecided(account: HpaAccount, spec: HpaSpec) -> str:
    """Why the metrics gave no proposal."""
    if account.current > spec.max:
        return f"above the maximum of {spec.max}, no metric is asked"
    if 0 < account.current < spec.min:
        return f"below the minimum of {spec.min}, no metric is asked"
    if account.current == 0 and account.desired == 0 and not account.inputs:
        return "the target is at 0, and the HPA leaves it there"
    failed = [each for each in account.inputs if each.replicas is None]
    if failed:
        name = spec.called.get(failed[0].name, failed[0].name)
        why = f"while {name} cannot be read{_others(account, spec, failed[0].name)}"
        # One that can be read may still scale up (horizontal.go computeReplicasForMetrics).
        what = "nothing is decided" if len(failed) == len(account.inputs) else "no scale-down"
        return f"{what} {why}: {cause(failed[0].error)}"
    return f"nothing is decided: {account.reason}"


def _window(account: HpaAccount, held: HeldBack, spec: HpaSpec, clock: ClockText) -> str:
    up = held.what == "ScaleUpStabilized"
    seconds = windows(spec)[0 if up else 1]
    which = "lowest" if up else "highest"
    until = "" if held.until is None else f", until {clock(held.until)}"
    if account.from_status:  # the recommendation itself was not seen
        off = "lower" if up else "higher"
        latest = f"{until} at the latest" if until else ""
        # Without `behavior` the highest of the window counts, also above the size there is.
        does = "raises" if not up and account.desired > account.current else "holds"
        return f"{_WINDOW}: a {off} recommendation of the last {seconds:g} s {does} it{latest}"
    size = held.replicas if held.recommended is None else held.recommended
    if size > spec.max:
        kept = f" (above the maximum of {spec.max})"
    elif size < spec.min:
        kept = f" (below the minimum of {spec.min})"
    else:
        kept = "" if held.recommended is None else f", which keeps it at {held.replicas}"
    return f"{_WINDOW}: the {which} recommendation of the last {seconds:g} s is {size}{kept}{until}"


def _limit(account: HpaAccount, held: HeldBack, spec: HpaSpec, clock: ClockText) -> str:
    if held.what == "TooManyReplicas":
        return f"at the maximum of {spec.max} (maxReplicas)"
    if held.what == "TooFewReplicas":
        return f"at the minimum of {spec.min} (minReplicas)"
    up = held.what == "ScaleUpLimit"
    rules = spec.up if up else spec.down
    if spec.plain:
        return _PLAIN_UP
    if rules.select == "Disabled" or held.policy is None:
        text = policies(rules, up=up)
    else:
        text = _policy(account, held, held.policy, clock, up=up)
    latest = " at the latest" if account.from_status else ""
    return text + ("" if held.until is None else f", next from {clock(held.until)}{latest}")


def _policy(
    account: HpaAccount, held: HeldBack, policy: Policy, clock: ClockText, *, up: bool
) -> str:
    """`scale-down policy of -1 pod in 30 s is used up by 6→5 at 02:22:54`."""
    way, step = "scale-up" if up else "scale-down", _step(policy, up=up)
    own = tuple(change for change in held.changes if (change.replicas > 0) == up)
    if own and account.desired == account.current:
        return f"{way} policy of {step} is used up by {_changes(own, clock)}"
    past = _changes(held.changes, clock)
    if past and held.base != account.current:
        return f"{way} policy allows {step}, counted from {held.base} before {past}"
    return f"{way} policy allows {step}"


def _changes(changes: Sequence[PastChange], clock: ClockText) -> str:
    words = [_change(change, clock) for change in changes[:MOST_TOLD]]
    if len(changes) > MOST_TOLD:
        words.append(f"{len(changes) - MOST_TOLD} more")
    return " and ".join(words)


def _change(change: PastChange, clock: ClockText) -> str:
    if change.before is None:
        return f"{change.replicas:+d} at {clock(change.at)}"
    return f"{change.before}→{change.before + change.replicas} at {clock(change.at)}"


def policies(rules: Rules, *, up: bool) -> str:
    """`scale-up policy allows +100 % in 15 s or +4 pods in 15 s`."""
    way = "scale-up" if up else "scale-down"
    if rules.select == "Disabled":
        return f"{way} is disabled (selectPolicy)"
    steps = [_step(policy, up=up) for policy in rules.policies]
    both = " and " if rules.select == "Min" else " or "
    return f"{way} policy allows {both.join(steps)}"


def _step(policy: Policy, *, up: bool) -> str:
    unit = " %" if policy.type == "Percent" else " pod" if policy.value == 1 else " pods"
    return f"{'+' if up else '-'}{policy.value}{unit} in {policy.period_s:g} s"


def steps(account: HpaAccount, spec: HpaSpec, clock: ClockText) -> Iterator[str]:
    """The arithmetic line by line: each metric, the winner, the windows, the policies, the size."""
    for each, metric in zip(account.inputs, spec.metrics, strict=False):
        yield f"{metric.called}: {_input(each, metric)}"
    if account.wanted is not None:
        yield f"max of metrics: {account.wanted}"
    if account.stable is not None:
        held = account.window
        yield f"after stabilization windows: {account.stable}" + (
            "" if held is None else f" ({_window(account, held, spec, clock)})"
        )
    if account.stable is not None:
        limit = account.limit
        bounds = f"minReplicas {spec.min} and maxReplicas {spec.max}"
        yield f"after policies, {bounds}: {account.desired}" + (
            "" if limit is None else f" ({_limit(account, limit, spec, clock)})"
        )
    for difference in account.differences:
        yield f"differs: {difference}"
    if account.doubt:
        yield f"in doubt: {account.doubt}"


def _input(each: HpaInput, metric: MetricSpec) -> str:
    if each.replicas is None:
        return f"cannot be read: {cause(each.error)}"
    if each.usage is None or metric.target is None:
        return f"wants {each.replicas}"
    if metric.target_type == "Utilization":
        used = "" if each.percent is None else f"{each.percent} % of what is requested, "
        return f"{used}target {metric.target} %, wants {each.replicas}"
    shown, target = each.usage / 1000, metric.target / 1000
    return f"{shown:g} {share(metric)}, target {target:g}, wants {each.replicas}"
