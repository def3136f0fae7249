"""An HPA's account in three shorter lengths: what is wanted, what holds it, until when."""

from collections.abc import Iterator, Mapping

from wvatui.core.decisions.hpa.account import HeldBack, HpaAccount, HpaInput
from wvatui.core.decisions.hpa.sentence import ClockText, share
from wvatui.core.decisions.lengths import LONG, MIDDLE, SHORT, first_within
from wvatui.core.lines import told_apart
from wvatui.core.rules.hpa.hpa_memory import windows
from wvatui.core.rules.hpa.hpa_policy import MOST_REPLICAS, Policy
from wvatui.core.rules.hpa.hpa_spec import HpaSpec, MetricSpec
from wvatui.core.rules.keda.trigger_names import FORMULA

_Words = tuple[str, str, str]
"""What holds the size, in words: in full, shorter, and as short as possible."""
_PLAIN = "at most twice as many, or 4"


def briefs(
    account: HpaAccount, spec: HpaSpec, clock: ClockText, names: Mapping[str, str]
) -> tuple[str, ...]:
    """Why, without the size, in at most 100, 60 and 35 characters. `names`: what each metric is
    called; all lengths shorten it to what distinguishes it from the others, as charts do."""
    held = [_held(each, account, spec, clock) for each in account.brakes]
    if account.limit is None and account.window is not None:
        up = account.window.what == "ScaleUpStabilized"
        if (spec.up if up else spec.down).select == "Disabled":
            # The end of the window changes nothing then.
            held = [_disabled(up=up)]
    bare = told_apart(names.values())
    names = {metric: bare[name] for metric, name in names.items()}
    if account.wanted is None:
        return _undecided(account, spec, names)
    pairs = zip(account.inputs, spec.metrics, strict=False)
    winner = next((pair for pair in pairs if pair[0].name == account.winner), None)
    reads = _reads(winner, account, spec) if winner is not None else ""
    wants = f"wants {account.wanted}"
    if account.wanted == MOST_REPLICAS:
        reads, wants = "", "an invalid value counts as the most"
    called = "" if winner is None else names.get(winner[1].name, winner[1].called)
    each = f"{reads} {share(winner[1])}" if winner is not None and reads[-1:].isdigit() else reads
    others = _others(account, spec, names)
    return (
        first_within(LONG, _long(called, (each, reads), wants, held, others)),
        first_within(MIDDLE, _shorter(called, reads, wants, held, 1)),
        first_within(SHORT, _shorter(called, reads, wants, held, 2)),
    )


def _long(
    called: str, readings: tuple[str, str], wants: str, held: list[_Words], others: str
) -> Iterator[str]:
    """`readings`: the reading with its target, and without it."""
    each, reads = readings
    first = [words[0] for words in held]
    yield _joined(called, each, wants + others, *first)
    yield _joined(called, each, wants, *first)
    yield _joined(called, each, wants, *(words[1] for words in held))
    yield _joined(called, reads, wants, *first[:1])
    yield _joined("", reads, wants, *first[:1])
    yield _joined("", "", wants, *first[:1])


def _shorter(called: str, reads: str, wants: str, held: list[_Words], level: int) -> Iterator[str]:
    bare = _bare(called)
    first = [words[level] for words in held[:1]]
    if level == 1:
        yield _joined(called, reads, wants, *(words[1] for words in held))
    yield _joined(called, reads, wants, *first)
    yield _joined(bare, reads, wants, *first)
    yield _joined(bare, "", wants, *first)
    yield _joined("", "", wants, *first)
    yield _joined("", "", wants, *(words[2] for words in held[:1]))


def _joined(called: str, reads: str, wants: str, *held: str) -> str:
    """`running 38 of 16 wants 3; scale-up policy +100 %/15 s`."""
    cause = " ".join(part for part in (called, reads, wants) if part)
    return "; ".join(part for part in (cause, *held) if part)


def _bare(called: str) -> str:
    """A formula with what drives it alone; any other name as it is."""
    if called.startswith(f"{FORMULA} ("):
        return called.replace(" likely drives", "?").replace(" drives", "")
    return called


def _others(account: HpaAccount, spec: HpaSpec, names: Mapping[str, str]) -> str:
    """` (queue-size wants 2)`."""
    told = [
        f"{names.get(metric.name, metric.called)} "
        + ("cannot be read" if each.replicas is None else f"wants {each.replicas}")
        for each, metric in zip(account.inputs, spec.metrics, strict=False)
        if each.name != account.winner
    ]
    return f" ({', '.join(told)})" if told else ""


def _reads(winner: tuple[HpaInput, MetricSpec], account: HpaAccount, spec: HpaSpec) -> str:
    """`38 of 16`: what the metric reads against its target."""
    each, metric = winner
    if each.usage is None or not metric.target:
        return ""
    if metric.target_type == "Utilization":
        if each.percent is None:
            return ""
        shown, target, text = each.percent, metric.target, f"{each.percent} % of {metric.target} %"
    else:
        shown, target = each.usage, metric.target
        text = f"{shown / 1000:.4g} of {target / 1000:.4g}"
    near = spec.up.ratio if shown > target else spec.down.ratio
    exact = -(-shown * account.current // target)
    if account.wanted == account.current != exact and abs(shown / target - 1) <= near:
        return f"{text}, within {near:.3g}:"
    return text


def _undecided(account: HpaAccount, spec: HpaSpec, names: Mapping[str, str]) -> tuple[str, ...]:
    """Why the metrics gave no proposal."""
    if account.current > spec.max:
        return (f"above maxReplicas {spec.max}, no metric is asked",)
    if 0 < account.current < spec.min:
        return (f"below minReplicas {spec.min}, no metric is asked",)
    if account.current == 0 and account.desired == 0 and not account.inputs:
        return ("at 0, the HPA is switched off",)
    pairs = zip(account.inputs, spec.metrics, strict=False)
    failed = [(e, m) for e, m in pairs if e.replicas is None]
    if not failed:
        return (first_within(SHORT, (account.reason, "nothing is decided")),)
    called = names.get(failed[0][1].name, failed[0][1].called)
    what = "nothing is decided" if len(failed) == len(account.inputs) else "no scale-down"
    more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
    bare = _bare(called)
    texts = (
        f"{what} while {called}{more} cannot be read",
        f"{called} cannot be read: {what}",
        f"{bare} cannot be read: {what}",
        f"{bare} cannot be read",
        "a metric cannot be read",
    )
    return tuple(first_within(most, texts) for most in (LONG, MIDDLE, SHORT))


def _held(held: HeldBack, account: HpaAccount, spec: HpaSpec, clock: ClockText) -> _Words:
    until = "" if held.until is None else clock(held.until)
    latest = " at the latest" if account.from_status and until else ""
    if held.what in ("ScaleUpStabilized", "ScaleDownStabilized"):
        up = held.what == "ScaleUpStabilized"
        seconds = f"{windows(spec)[0 if up else 1]:g} s"
        way = "scale-up" if up else "scale-down"
        keeps = f"keeps {held.replicas}"
        if account.from_status:
            keeps = "raises it" if not up and account.desired > account.current else "keeps it"
        end, to = (f" until {until}{latest}", f" to {until}") if until else ("", "")
        # Most windows hold a scale-down, so only the scale-up window is named as such.
        window = f"{seconds} scale-up window" if up else f"{seconds} window"
        return (
            f"{way} window of {seconds} {keeps}{end}",
            f"{window} {keeps}{to}",
            f"{window} {keeps}",
        )
    if held.what in ("TooManyReplicas", "TooFewReplicas"):
        high = held.what == "TooManyReplicas"
        text = f"maxReplicas {spec.max}" if high else f"minReplicas {spec.min}"
        return text, text, text
    up = held.what == "ScaleUpLimit"
    rules = spec.up if up else spec.down
    if spec.plain:
        return _PLAIN, _PLAIN, _PLAIN
    if rules.select == "Disabled":
        return _disabled(up=up)
    chosen = rules.policies if held.policy is None else (held.policy,)
    joint = " and " if rules.select == "Min" else " or "
    step = joint.join(_step(policy, up=up) for policy in chosen)
    way = "scale-up" if up else "scale-down"
    next_ = f", next at {until}{latest}" if until else ""
    return f"{way} policy {step}{next_}", f"{way} policy {step}", f"policy {step}"


def _disabled(*, up: bool) -> _Words:
    text = f"scale-{'up' if up else 'down'} is disabled"
    return f"{text} (selectPolicy)", text, text


def _step(policy: Policy, *, up: bool) -> str:
    """`+100 %/15 s`, `-1 pod/60 s`."""
    unit = " %" if policy.type == "Percent" else " pod" if policy.value == 1 else " pods"
    return f"{'+' if up else '-'}{policy.value}{unit}/{policy.period_s:g} s"
