"""V2 as arithmetic: each analyzer's sums, its vote, the winner, the targets."""

from collections.abc import Iterator, Sequence

from wvatui.core.decisions.given import Case
from wvatui.core.explain.explained import ArithmeticStep, Check
from wvatui.core.explain.numbers import amount, count
from wvatui.core.explain.wva_v1.steps_v1 import targets, threshold_steps
from wvatui.core.explain.wva_v2.recompute_v2 import RecomputedV2, Weighed
from wvatui.core.rules.wva.optimizers.votes import Vote
from wvatui.core.rules.wva.thresholds import V2_NAMES

_WHY = {
    "rc": "required / capacity, rounded up",
    "sc": "spare / capacity, rounded down",
    "hold": "neither required nor spare",
    "silent": "knows no capacity now: holds",
    "stale": "no capacity for three cycles: no vote",
}


def steps_v2(
    case: Case, found: RecomputedV2, checks: Sequence[Check]
) -> tuple[ArithmeticStep, ...]:
    """Thresholds, analyzers, votes, targets."""
    marks = {check.quantity: check for check in checks}
    out: list[ArithmeticStep] = [*threshold_steps(case, V2_NAMES)]
    for one in found.analyzers:
        out += _analyzer(case, one, marks)
    out += [ArithmeticStep("Analyzers", note, "taken") for note in found.taken]
    out += _votes(case, found)
    out += targets(case, dict(found.targets), marks, ())
    return tuple(out)


def _analyzer(case: Case, one: Weighed, marks: dict[str, Check]) -> Iterator[ArithmeticStep]:
    told = next(r for r in case.results if r.analyzer == one.name)
    learned = {v.name: v.reason for v in told.variants}
    section = f"Analyzer {one.name}"
    sums = []
    for name, each in one.per_replica.items():
        ready, pending = one.ready.get(name, 0), one.pending.get(name, 0)
        of_variant = f" {name}" if len(one.per_replica) > 1 else ""
        starting = f" (+{pending} starting)" if pending else ""
        reason = f" [{learned[name]}]" if learned.get(name) else ""
        sums.append(f"{ready}{starting}{of_variant} x {amount(each)}{reason}")
    made = " + ".join(sums)
    supply = marks.get(f"{one.name} supply of whole replicas")
    yield ArithmeticStep(
        section,
        f"supply {amount(one.supply, one.name)}{' = ' + made if made else ''}",
        supply.mark if supply is not None else "",
    )
    used = marks.get(f"{one.name} utilisation")
    yield ArithmeticStep(
        section,
        f"demand {amount(one.demand, one.name)}, used {one.utilization:.1%}",
        used.mark if used is not None else "",
    )
    for name, value, how in (
        (
            "required",
            one.required,
            f"{amount(one.demand)} / {one.scale_up:g} - {amount(one.anticipated)}",
        ),
        ("spare", one.spare, f"{amount(one.supply)} - {amount(one.demand)} / {one.scale_down:g}"),
    ):
        check = marks.get(f"{one.name} {name}")
        text = f"{name} {amount(value, one.name)}"
        if not one.taken:
            text += f" = max(0, {how})"
        if check is not None and check.mark == "mismatch":
            text += f", logged {amount(float(check.logged or 0.0))}"
        yield ArithmeticStep(section, text, check.mark if check is not None else "")


def _votes(case: Case, found: RecomputedV2) -> Iterator[ArithmeticStep]:
    member = case.members[0] if len(case.members) == 1 else None
    wanted = [v.target for v in found.votes if v.target is not None]
    for vote in found.votes:
        wins = bool(wanted) and vote.target == max(wanted)
        yield ArithmeticStep("Votes", _vote(vote, member.current if member else None, wins))


def _vote(vote: Vote, current: int | None, wins: bool) -> str:
    if vote.target is None:
        return f"{vote.analyzer}: {_WHY['stale']}"
    step = vote.target - (current or 0)
    told = f"{current} {'+' if step >= 0 else '-'} {count(abs(step), 'replica')} = {vote.target}"
    return (
        f"{vote.analyzer}: {told} ({_WHY.get(vote.why, vote.why)}){': the highest' if wins else ''}"
    )
