"""How V2 gives its targets: checks against the log, one sentence, arithmetic."""

from collections.abc import Iterator, Sequence

from wvatui.core.decisions.given import Case, Member
from wvatui.core.explain.explained import ArithmeticStep, Check, judged, mark_of
from wvatui.core.explain.numbers import amount, fitted, unit_of
from wvatui.core.explain.outcomes import cut, decisions
from wvatui.core.explain.wva_v1.steps_v1 import targets, threshold_steps
from wvatui.core.explain.wva_v2.recompute_v2 import RecomputedV2
from wvatui.core.explain.wva_v2.role_demand import RoleDemand, roles_of
from wvatui.core.explain.wva_v2.weighed import Weighed, near, says_capacity
from wvatui.core.lines import many, time_of_day
from wvatui.core.log.facts import AnalyzerResult
from wvatui.core.rules.wva.optimizers.votes import Vote
from wvatui.core.rules.wva.saturation_v2 import spare_capacity
from wvatui.core.rules.wva.thresholds import V2_NAMES

_WHY = {
    "rc": "required / capacity, rounded up",
    "sc": "spare / capacity, rounded down",
    "hold": "neither required nor spare",
    "silent": "knows no capacity now: holds",
    "stale": "no capacity for three cycles: no vote",
}


def steps(
    case: Case, recomputed: RecomputedV2, checks: Sequence[Check]
) -> tuple[ArithmeticStep, ...]:
    """Thresholds, analyzers, votes, targets."""
    marks = {check.quantity: check for check in checks}
    out: list[ArithmeticStep] = [*threshold_steps(case, V2_NAMES)]
    for one in recomputed.analyzers:
        out += _analyzer(case, one, marks)
    out += [ArithmeticStep("Analyzers", note, "taken") for note in recomputed.taken]
    out += _votes(case, recomputed)
    out += targets(case, dict(recomputed.targets), marks, ())
    return tuple(out)


def _analyzer(case: Case, one: Weighed, marks: dict[str, Check]) -> Iterator[ArithmeticStep]:
    result = next(r for r in case.results if r.analyzer == one.name)
    learned = {v.name: v.reason for v in result.variants}
    section = f"Analyzer {one.name}"
    sums = []
    for name, each in one.per_replica.items():
        ready, pending = one.ready.get(name, 0), one.pending.get(name, 0)
        of_variant = f" {name}" if len(one.per_replica) > 1 else ""
        starting = f" (+{pending} starting)" if pending else ""
        reason = f" [{learned[name]}]" if learned.get(name) else ""
        sums.append(f"{ready}{starting}{of_variant} x {amount(each)}{reason}")
    made = " + ".join(sums)
    yield ArithmeticStep(
        section,
        f"supply {amount(one.supply, one.name)}{' = ' + made if made else ''}",
        mark_of(marks, f"{one.name} supply of whole replicas"),
    )
    yield ArithmeticStep(
        section,
        f"demand {amount(one.demand, one.name)}, used {one.utilization:.1%}",
        mark_of(marks, f"{one.name} utilisation"),
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


def _votes(case: Case, recomputed: RecomputedV2) -> Iterator[ArithmeticStep]:
    member = case.members[0] if len(case.members) == 1 else None
    wanted = [v.target for v in recomputed.votes if v.target is not None]
    for vote in recomputed.votes:
        wins = bool(wanted) and vote.target == max(wanted)
        yield ArithmeticStep("Votes", _vote(vote, member.current if member else None, wins))


def _vote(vote: Vote, current: int | None, wins: bool) -> str:
    if vote.target is None:
        return f"{vote.analyzer}: {_WHY['stale']}"
    step = vote.target - (current or 0)
    sign, why = "+" if step >= 0 else "-", _WHY.get(vote.why, vote.why)
    change = f"{current} {sign} {many(abs(step), 'replica')} = {vote.target}"
    return f"{vote.analyzer}: {change} ({why}){': the highest' if wins else ''}"


def checks(case: Case, recomputed: RecomputedV2) -> tuple[Check, ...]:
    """Checks of each analyzer's sums, then of each variant's target."""
    out = [check for one in recomputed.analyzers for check in _analyzer_checks(case, one)]
    weighed = {one.name for one in recomputed.analyzers}
    for result in case.results:
        if result.analyzer not in weighed:
            out += _sums_alone(case, result)
    if not recomputed.missing:
        out += decisions(case, cut(case, recomputed.targets))
    return tuple(out)


def _sums_alone(case: Case, result: AnalyzerResult) -> Iterator[Check]:
    """Checks of an analyzer whose capacity per replica is not logged: only those of its sums."""
    supply, demand, name = result.supply, result.demand, result.analyzer
    if supply is None or demand is None:
        return
    if result.utilization is not None and supply:
        yield _check(f"{name} utilisation", result.utilization, demand / supply)
    down = result.scale_down_boundary or case.limits.scale_down.value
    plain = len(set(roles_of(case).values())) < 2  # with roles, spare is the sum over them
    if result.spare is not None and down and plain and says_capacity(case):
        yield _check(f"{name} spare", result.spare, spare_capacity(supply, demand, down))


def _analyzer_checks(case: Case, one: Weighed) -> Iterator[Check]:
    logged_result = next(r for r in case.results if r.analyzer == one.name)
    if logged_result.utilization is not None:
        yield _check(f"{one.name} utilisation", logged_result.utilization, one.utilization)
    if logged_result.variants and one.per_replica:
        made = sum(one.ready[n] * c for n, c in one.per_replica.items())
        yield _check(f"{one.name} supply of whole replicas", one.supply, made)
    for name, logged, made in (
        ("required", logged_result.required, one.required),
        ("spare", logged_result.spare, one.spare),
    ):
        if logged is None:
            continue
        if not says_capacity(case):
            note = "this release prints 0 before it reckons"
            yield Check(f"{one.name} {name}", logged, made, "taken", note)
        elif one.taken:
            yield Check(f"{one.name} {name}", logged, made, "taken")
        else:
            yield _check(f"{one.name} {name}", logged, made)


def _check(quantity: str, logged: float, made: float) -> Check:
    return judged(quantity, logged, made, near(logged, made))


def because(case: Case, recomputed: RecomputedV2) -> str:
    """Why the rule's targets are what they are, without the targets."""
    if len(case.members) == 1 and recomputed.votes:
        return _lone(case, case.members[0], recomputed)
    return _several(case, recomputed)


def _lone(case: Case, member: Member, recomputed: RecomputedV2) -> str:
    current = member.current or 0
    by_name = {a.name: a for a in recomputed.analyzers}
    voting = [v for v in recomputed.votes if v.target is not None]
    if not voting:
        return "no analyzer has known a capacity for three cycles, so nothing is changed"
    target = recomputed.targets[member.name]
    wanted = max(v.target or 0 for v in voting)
    if target < wanted:
        limit = f", but maxReplicas is {member.max}{fitted(case, member)}"
        return _asked(member, wanted, by_name, voting) + limit
    if wanted > current:
        return _asked(member, wanted, by_name, voting)
    if target < current:
        return _spared(member, by_name, voting)
    if wanted < target:
        used = " and ".join(f"{a.name} is used {a.utilization:.0%}" for a in recomputed.analyzers)
        low = "the last replica stays"
        if (member.min or 0) > 1:
            low = f"minReplicas is {target}{fitted(case, member)}"
        return f"{used}, but {low}"
    return _held(case, member, by_name, voting)


def _asked(member: Member, wanted: int, by_name: dict[str, Weighed], voting: list[Vote]) -> str:
    """The winner of a scale-up: `the throughput analyzer needs 668 tok/s more, a replica
    gives 343`."""
    winner = next(v for v in voting if v.target == wanted)
    one = by_name[winner.analyzer]
    each = one.per_replica.get(member.name, 0.0)
    text = (
        f"the {one.name} analyzer needs {amount(one.required, one.name)} more,"
        f" a replica gives {amount(each)}"
    )
    starting = one.pending.get(member.name, 0)
    return f"{text} ({many(starting, 'replica')} starting counted)" if starting else text


def _spared(member: Member, by_name: dict[str, Weighed], voting: list[Vote]) -> str:
    """The reason for a scale-down: the analyzer that allows the fewest replicas to go."""
    current = member.current or 0
    winner = max(voting, key=lambda v: v.target or 0)
    one = by_name.get(winner.analyzer)
    if one is None:
        return f"no analyzer objects to {winner.target}"
    gone = current - (winner.target or 0)
    each = one.per_replica.get(member.name, 0.0)
    every = "every analyzer can spare" if len(voting) > 1 else f"the {one.name} analyzer can spare"
    least = f"; least of all {one.name}: " if len(voting) > 1 else ": "
    return (
        f"{every} {many(gone, 'replica')}{least}{amount(one.spare, one.name)} spare,"
        f" a replica gives {amount(each)}"
    )


def held(case: Case, recomputed: RecomputedV2) -> bool:
    """Whether an analyzer asked for a change of the only variant that was not made.

    Keeping the last replica, or the one that `minReplicas` 1 demands, does not count.
    """
    if len(case.members) != 1 or not recomputed.votes:
        return False
    member = case.members[0]
    current = member.current or 0
    wanted = [v.target for v in recomputed.votes if v.target is not None]
    if not wanted or recomputed.targets[member.name] != current or set(wanted) == {current}:
        return False
    return max(wanted) >= current or (member.min or 0) > 1


def _held(case: Case, member: Member, by_name: dict[str, Weighed], voting: list[Vote]) -> str:
    """The reason where no analyzer needs more: which one prevents a scale-down, and why."""
    current = member.current or 0
    keepers = [v for v in voting if v.target == current]
    keeper = min(keepers, key=lambda v: v.why == "silent")
    one = by_name.get(keeper.analyzer)
    others = [v for v in voting if (v.target or 0) < current]
    although = (
        f", although {others[0].analyzer} could spare {current - (others[0].target or 0)}"
        if others
        else ""
    )
    if keeper.why == "silent" or one is None:
        last = case.heard_at.get(keeper.analyzer)
        report = f", last report {time_of_day(last)}," if last is not None else ""
        return (
            f"the {keeper.analyzer} analyzer is live without data{report}"
            f" and vetoes scale-down{although}"
        )
    each = one.per_replica.get(member.name, 0.0)
    if one.spare > 0:
        return (
            f"the {one.name} analyzer has {amount(one.spare, one.name)} spare,"
            f" less than a replica gives ({amount(each)}){although}"
        )
    starting = one.pending.get(member.name, 0)
    if starting and one.demand > one.scale_up * one.supply:
        return (
            f"the {one.name} analyzer needs more than is ready, but"
            f" {many(starting, 'replica')} starting will give enough"
        )
    return (
        f"the {one.name} analyzer is used {one.utilization:.0%},"
        f" between {one.scale_down:.0%} and {one.scale_up:.0%}{although}"
    )


def _several(case: Case, recomputed: RecomputedV2) -> str:
    """The reason for several variants: what is required or spare, and which variants change."""
    if recomputed.demand is not None:
        return _by_role(case, recomputed, recomputed.demand)
    needing = [a for a in recomputed.analyzers if a.required > 0]
    moved = [m for m in case.members if recomputed.targets.get(m.name, m.current) != m.current]
    if needing:
        lacks = " and ".join(f"{a.name} lacks {amount(a.required, a.name)}" for a in needing)
        if not moved:
            return f"{lacks}, but no variant may grow"
        grown = sorted(moved, key=lambda m: _price(m, needing[0]))
        who = ", ".join(_share(m, needing[0]) for m in grown)
        return f"{lacks}; cheapest for what a replica gives: {who}{_full(case, recomputed, grown)}"
    spare = [a for a in recomputed.analyzers if a.spare > 0]
    if moved and spare:
        has = " and ".join(f"{a.name} can spare {amount(a.spare, a.name)}" for a in spare)
        shrunk = sorted(moved, key=lambda m: -(m.cost or 0.0))
        who = ", ".join(_share(m, spare[0]) for m in shrunk)
        return f"{has}; dearest first: {who}"
    if not recomputed.analyzers:
        return "no analyzer asks for anything"
    first = recomputed.analyzers[0]
    if first.spare > 0:
        able = [m for m in case.members if (m.current or 0) > max(m.min or 0, 1)]
        has = f"{first.name} has {amount(first.spare, first.name)} spare"
        if not able:
            return f"{has}, but every variant is at its least"
        least = min(able, key=lambda m: first.per_replica.get(m.name, 0.0))
        each = amount(first.per_replica.get(least.name, 0.0))
        return f"{has}, less than a replica of {least.name} gives ({each})"
    if first.demand > first.scale_up * first.supply and any(first.pending.values()):
        starting = sum(first.pending.values())
        return (
            f"{first.name} needs more than is ready, but"
            f" {many(starting, 'replica')} starting will give enough"
        )
    return (
        f"{first.name} is used {first.utilization:.0%},"
        f" between {first.scale_down:.0%} and {first.scale_up:.0%}"
    )


def _by_role(case: Case, recomputed: RecomputedV2, demand: RoleDemand) -> str:
    """The reason for separate roles: which one needs or can spare replicas, with its demand."""
    roles = roles_of(case)
    steps = {
        m.name: recomputed.targets.get(m.name, m.current or 0) - (m.current or 0)
        for m in case.members
    }
    parts = []
    for role in sorted(set(roles.values())):
        moved = [steps.get(name, 0) for name in roles if roles[name] == role]
        word = "needs more" if max(moved) > 0 else "can spare" if min(moved) < 0 else "stays"
        spans = " and ".join(
            f"{_span(by_role[role])} {unit_of(name)}".rstrip()
            for name, by_role in demand.spans.items()
        )
        parts.append(f"{role} {word} at a demand of {spans}")
    return f"{', '.join(parts)} (fitted: the log has the sum of the roles)"


def _span(span: tuple[float, float]) -> str:
    low, high = amount(span[0]), amount(span[1])
    return low if low == high else f"{low} to {high}"


def _full(case: Case, recomputed: RecomputedV2, grown: Sequence[Member]) -> str:
    """Variants at their maximum, in place of which others grow."""
    at_most = [
        f"{m.name} is at its maximum of {m.max}{fitted(case, m)}"
        for m in case.members
        if m.max and recomputed.targets.get(m.name, m.current) == m.max
        if any(m is not other for other in grown)
    ]
    return f"; {' and '.join(at_most)}" if at_most else ""


def _price(member: Member, one: Weighed) -> float:
    """Cost per unit of capacity, by which scale-up is ordered."""
    each = one.per_replica.get(member.name, 0.0)
    return (member.cost or 0.0) / each if each else 0.0


def _share(member: Member, one: Weighed) -> str:
    each = one.per_replica.get(member.name, 0.0)
    return f"{member.name} ({amount(each, one.name)})" if each else member.name
