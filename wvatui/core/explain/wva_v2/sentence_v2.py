"""V2 in one sentence: which analyzer decided, with its numbers."""

from wvatui.core.decisions.given import Case, Member
from wvatui.core.explain.numbers import amount, count
from wvatui.core.explain.wva_v2.recompute_v2 import RecomputedV2, Weighed
from wvatui.core.rules.wva.optimizers.votes import Vote


def because(case: Case, found: RecomputedV2) -> str:
    """Why the rule's targets are what they are, without the targets."""
    if len(case.members) == 1 and found.votes:
        return _lone(case.members[0], found)
    return _several(case, found)


def _lone(member: Member, found: RecomputedV2) -> str:
    current = member.current or 0
    by_name = {a.name: a for a in found.analyzers}
    voting = [v for v in found.votes if v.target is not None]
    if not voting:
        return "no analyzer has known a capacity for three cycles, so nothing is changed"
    target = found.targets[member.name]
    wanted = max(v.target or 0 for v in voting)
    if target < wanted:
        return _asked(member, wanted, by_name, voting) + f", but maxReplicas is {member.max}"
    if wanted > current:
        return _asked(member, wanted, by_name, voting)
    if target < current:
        return _spared(member, by_name, voting)
    if wanted < target:
        used = " and ".join(f"{a.name} is used {a.utilization:.0%}" for a in found.analyzers)
        low = f"minReplicas is {target}" if (member.min or 0) > 1 else "the last replica stays"
        return f"{used}, but {low}"
    return _held(member, by_name, voting)


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
    return f"{text} ({count(starting, 'replica')} starting counted)" if starting else text


def _spared(member: Member, by_name: dict[str, Weighed], voting: list[Vote]) -> str:
    """A scale-down: the analyzer that allows the fewest."""
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
        f"{every} {count(gone, 'replica')}{least}{amount(one.spare, one.name)} spare,"
        f" a replica gives {amount(each)}"
    )


def _held(member: Member, by_name: dict[str, Weighed], voting: list[Vote]) -> str:
    """Nobody needs more; who keeps it from shrinking."""
    current = member.current or 0
    keeper = next(v for v in voting if v.target == current)
    one = by_name.get(keeper.analyzer)
    if keeper.why == "silent" or one is None:
        return (
            f"the {keeper.analyzer} analyzer knows no capacity in this cycle, which holds the count"
        )
    each = one.per_replica.get(member.name, 0.0)
    others = [v for v in voting if (v.target or 0) < current]
    although = (
        f", although {others[0].analyzer} could spare {current - (others[0].target or 0)}"
        if others
        else ""
    )
    if one.spare > 0:
        return (
            f"the {one.name} analyzer has {amount(one.spare, one.name)} spare,"
            f" less than a replica gives ({amount(each)}){although}"
        )
    starting = one.pending.get(member.name, 0)
    if starting and one.demand > one.scale_up * one.supply:
        return (
            f"the {one.name} analyzer needs more than is ready, but"
            f" {count(starting, 'replica')} starting will give enough"
        )
    return (
        f"the {one.name} analyzer is used {one.utilization:.0%},"
        f" between {one.scale_down:.0%} and {one.scale_up:.0%}{although}"
    )


def _several(case: Case, found: RecomputedV2) -> str:
    """Several variants: what lacks or is spare, and who gets or gives it."""
    needing = [a for a in found.analyzers if a.required > 0]
    moved = [m for m in case.members if found.targets.get(m.name, m.current) != m.current]
    if needing:
        lacks = " and ".join(f"{a.name} lacks {amount(a.required, a.name)}" for a in needing)
        if not moved:
            return f"{lacks}, but no variant may grow"
        who = ", ".join(_share(m, needing[0]) for m in moved)
        return f"{lacks}; cheapest for what a replica gives: {who}"
    spare = [a for a in found.analyzers if a.spare > 0]
    if moved and spare:
        has = " and ".join(f"{a.name} can spare {amount(a.spare, a.name)}" for a in spare)
        who = ", ".join(_share(m, spare[0]) for m in moved)
        return f"{has}; dearest first: {who}"
    if not found.analyzers:
        return "no analyzer asks for anything"
    first = found.analyzers[0]
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
            f" {count(starting, 'replica')} starting will give enough"
        )
    return (
        f"{first.name} is used {first.utilization:.0%},"
        f" between {first.scale_down:.0%} and {first.scale_up:.0%}"
    )


def _share(member: Member, one: Weighed) -> str:
    each = one.per_replica.get(member.name, 0.0)
    return f"{member.name} ({amount(each, one.name)})" if each else member.name
