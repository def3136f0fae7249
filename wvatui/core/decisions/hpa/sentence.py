"""An HPA's account as one sentence, and as its arithmetic step by step."""

from collections.abc import Callable, Iterator

from wvatui.core.decisions.hpa.account import HeldBack, HpaAccount, HpaInput
from wvatui.core.decisions.hpa.unseen import cause
from wvatui.core.rules.hpa.hpa_memory import windows
from wvatui.core.rules.hpa.hpa_policy import MOST_REPLICAS, Policy, Rules
from wvatui.core.rules.hpa.hpa_spec import HpaSpec, MetricSpec

ClockText = Callable[[float], str]
_PLAIN_UP = "without behavior at most twice as many, or 4"


def sentence(account: HpaAccount, spec: HpaSpec, clock: ClockText) -> str:
    """`3→5: running wants 5 (queue wants 2)`, `stays at 8: …, until 08:05:45`."""
    if account.desired == account.current:
        head = f"stays at {account.current}"
    else:
        head = f"{account.current}→{account.desired}"
    parts = [_cause(account, spec)]
    if account.window is not None:
        parts.append(_window(account, account.window, spec, clock))
    if account.limit is not None:
        parts.append(_limit(account.limit, spec, clock))
    return f"{head}: {'; '.join(part for part in parts if part)}"


def _cause(account: HpaAccount, spec: HpaSpec) -> str:
    if account.wanted is None:
        return _undecided(account, spec)
    names = {metric.title: metric.called for metric in spec.metrics}
    others = [
        f"{names.get(each.name, each.name)} "
        + ("cannot be read" if each.replicas is None else f"wants {each.replicas}")
        for each in account.inputs
        if each.name != account.winner
    ]
    aside = f" ({', '.join(others)})" if others else ""
    name = names.get(account.winner, account.winner)
    return f"{name} wants {account.wanted}{_measured(account, spec)}{aside}"


def _measured(account: HpaAccount, spec: HpaSpec) -> str:
    """What the winner reads against its target, and that it is too near to it to change anything;
    empty: its value is not shown."""
    pairs = zip(account.inputs, spec.metrics, strict=False)
    winner = next((pair for pair in pairs if pair[0].name == account.winner), None)
    if winner is None or winner[0].usage is None or not winner[1].target:
        return ""
    each, metric = winner
    if account.wanted == MOST_REPLICAS:
        return ", as what is below zero or too large counts as the largest number there is"
    shown, target = each.usage or 0, metric.target or 1
    text, goal = f" at {shown / 1000:.4g} {_share(metric)}", f"target {target / 1000:.4g}"
    if metric.target_type == "Utilization":
        if each.percent is None:
            return ""
        shown, text, goal = each.percent, f" at {each.percent} %", f"target {target} %"
    near = spec.up.ratio if shown > target else spec.down.ratio
    exact = -(-shown * account.current // target)
    if account.wanted == account.current != exact and abs(shown / target - 1) <= near:
        return f"{text}, within the tolerance of {near:.3g} around {goal}"
    return f"{text}, {goal}"


def _share(metric: MetricSpec) -> str:
    return "in all" if metric.external and metric.target_type == "Value" else "a replica"


def _undecided(account: HpaAccount, spec: HpaSpec) -> str:
    """Why the metrics said nothing."""
    if account.current > spec.max:
        return f"above the maximum of {spec.max}, no metric is asked"
    if 0 < account.current < spec.min:
        return f"below the minimum of {spec.min}, no metric is asked"
    if account.current == 0 and account.desired == 0 and not account.inputs:
        return "the target is at 0, and the HPA leaves it there"
    failed = [each for each in account.inputs if each.replicas is None]
    if failed:
        names = {metric.title: metric.called for metric in spec.metrics}
        name = names.get(failed[0].name, failed[0].name)
        return f"nothing is decided while {name} cannot be read: {cause(failed[0].error)}"
    return f"nothing is decided: {account.reason}"


def _window(account: HpaAccount, held: HeldBack, spec: HpaSpec, clock: ClockText) -> str:
    up = held.what == "ScaleUpStabilized"
    seconds = windows(spec)[0 if up else 1]
    which = "lowest" if up else "highest"
    until = "" if held.until is None else f", until {clock(held.until)}"
    if account.from_status:  # how far off it was is not seen
        off = "lower" if up else "higher"
        latest = f"{until} at the latest" if until else ""
        # Without `behavior` the highest of the window counts, also above the size there is.
        does = "raises" if not up and account.desired > account.current else "holds"
        return f"a {off} recommendation of the last {seconds:g} s {does} it{latest}"
    told, kept = f"{held.replicas}", ""
    if held.recommended is not None:
        most = held.recommended == MOST_REPLICAS
        told = "the largest number there is" if most else f"{held.recommended}"
        kept = f", which keeps it at {held.replicas}"
    return f"the {which} recommendation of the last {seconds:g} s is {told}{kept}{until}"


def _limit(held: HeldBack, spec: HpaSpec, clock: ClockText) -> str:
    if held.what == "TooManyReplicas":
        return f"at the maximum of {spec.max}"
    if held.what == "TooFewReplicas":
        return f"at the minimum of {spec.min}"
    up = held.what == "ScaleUpLimit"
    told = _PLAIN_UP if spec.plain else policies(spec.up if up else spec.down, up=up)
    until = "" if held.until is None else f", more from {clock(held.until)} on"
    return f"{told}{until}"


def policies(rules: Rules, *, up: bool) -> str:
    """`the up policy allows +100 % in 15 s or +4 pods in 15 s`."""
    way, sign = ("up", "+") if up else ("down", "-")
    if rules.select == "Disabled":
        return f"scaling {way} is disabled"
    parts = [
        f"{sign}{policy.value}{_unit(policy)} in {policy.period_s:g} s" for policy in rules.policies
    ]
    return f"the {way} policy allows {(' and ' if rules.select == 'Min' else ' or ').join(parts)}"


def _unit(policy: Policy) -> str:
    if policy.type == "Percent":
        return " %"
    return " pod" if policy.value == 1 else " pods"


def steps(account: HpaAccount, spec: HpaSpec, clock: ClockText) -> Iterator[str]:
    """The arithmetic line by line: each metric, the winner, the windows, the policies, the size."""
    for each, metric in zip(account.inputs, spec.metrics, strict=False):
        yield f"{metric.called}: {_input(each, metric)}"
    if account.wanted is not None:
        yield f"the highest counts: {account.wanted}"
    if account.stable is not None:
        held = account.window
        yield f"after the windows: {account.stable}" + (
            "" if held is None else f" ({_window(account, held, spec, clock)})"
        )
    if account.stable is not None:
        limit = account.limit
        yield f"after policies, {spec.min} at least and {spec.max} at most: {account.desired}" + (
            "" if limit is None else f" ({_limit(limit, spec, clock)})"
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
    return f"{shown:g} {_share(metric)}, target {target:g}, wants {each.replicas}"
