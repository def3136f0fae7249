"""Limits of replicas that no line states, shown by targets at which the rule stops repeatedly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from wvatui.core.decisions.given import Case, Member
from wvatui.core.explain.wva_v1.recompute_v1 import recompute_v1
from wvatui.core.explain.wva_v2.recompute_v2 import recompute_v2
from wvatui.core.lines import many
from wvatui.core.rules.wva.releases import at_least

LEAST = 2
"""How many cycles must stop at one target before it counts as a maximum."""
LEAST_LOW = 3
"""The same for a minimum above 1, as a veto looks similar. An HPA without minReplicas keeps 1."""

Side = Literal["max", "min"]


@dataclass(frozen=True, slots=True)
class Clamp:
    """From `since` on, `count` cycles stop at `value` replicas although the rule gives more (`max`)
    or fewer (`min`). `until`: when a target went beyond it; None: none did."""

    side: Side
    value: int
    since: float
    count: int
    until: float | None = None
    passed_on: bool = False
    """In one cycle another variant got the replicas that this one could not: then one is enough."""

    def holds(self, case: Case, name: str) -> bool:
        """Whether the case stopped at it."""
        outcome = case.outcomes.get(name)
        if outcome is None or outcome.target != self.value or case.cycle_at < self.since:
            return False
        return self.until is None or case.cycle_at < self.until

    @property
    def words(self) -> str:
        """How it is known."""
        stop = many(self.count, "cycle", "stop")
        return f"fitted: {stop} there, and none goes beyond"


Clamps = Mapping[str, tuple[Clamp, ...]]
"""Clamps by variant."""


def clamps(cases: Sequence[Case]) -> Clamps:
    """The limits that the cases of one model reveal; `cases` have thresholds, ascending in time.

    Only where neither a line nor an object states the limit, and the release's rule has one:
    V2, and V1 from v0.6.0 on.
    """
    out: dict[str, tuple[Clamp, ...]] = {}
    names = dict.fromkeys(name for case in cases for name in case.outcomes)
    for _ in names:  # what one variant cannot add or remove goes to the next
        before = dict(out)
        for name in names:
            about = [clamped(case, before) for case in cases if name in case.outcomes]
            shown = (*_runs(name, about, "max", LEAST), *_runs(name, about, "min", LEAST_LOW))
            if shown:
                out[name] = (*out.get(name, ()), *shown)
        if out == before:
            break
    return out


def _runs(name: str, cases: Sequence[Case], side: Side, least: int) -> list[Clamp]:
    sign = 1 if side == "max" else -1
    runs: list[Clamp] = []
    for case in cases:
        target = case.outcomes[name].target
        if target is None:
            continue
        last = runs[-1] if runs and runs[-1].until is None else None
        if last is not None and (target - last.value) * sign > 0:
            runs[-1], last = replace(last, until=case.cycle_at), None
        if not _may_be_clamped(case, name, side):
            continue
        free = rule_targets(case)
        wanted = free.get(name)
        if wanted is None or (wanted - target) * sign <= 0:
            continue
        rest = side == "max" and _passed_on(case, name, target, free)
        if last is not None and last.value == target:
            runs[-1] = replace(last, count=last.count + 1, passed_on=last.passed_on or rest)
        else:
            runs.append(Clamp(side, target, case.cycle_at, 1, passed_on=rest))
    # V1 also holds for pending replicas, V2 for a veto; both pass, whereas a limit stays.
    passed = side == "max" and all(case.rule == "V2" for case in cases)
    return [
        r
        for r in runs
        if r.count >= (1 if r.passed_on or (side == "min" and r.value == 1) else least)
        and (r.until is None or passed)
    ]


def _passed_on(case: Case, name: str, limit: int, free: Mapping[str, int]) -> bool:
    """Whether all targets follow from this limit, with replicas of another variant instead of those
    it forbids. `free`: the rule's targets without the limit."""
    if len(case.outcomes) < 2:
        return False
    logged = {n: o.target for n, o in case.outcomes.items()}
    members = (replace(m, max=limit) if m.name == name else m for m in case.members)
    made = rule_targets(replace(case, members=tuple(members)))
    others = any((target or 0) > free.get(n, 0) for n, target in logged.items() if n != name)
    return others and all(made.get(n) == target for n, target in logged.items())


def _may_be_clamped(case: Case, name: str, side: Side) -> bool:
    """Whether its limit is not known, and the rule asks for a step in that direction."""
    member = next((m for m in case.members if m.name == name), None)
    if member is None or getattr(member, side) is not None or case.cuts:
        return False
    if case.rule == "V2":
        return any((r.required if side == "max" else r.spare) for r in case.results) or (
            bool(case.results) and not any(r.required or r.spare for r in case.results)
        )
    analysis = case.analysis
    if case.rule != "V1" or analysis is None or not at_least(case.version, "v0.6.0"):
        return False
    return bool(analysis.scale_up if side == "max" else analysis.scale_down_safe)


def rule_targets(case: Case) -> Mapping[str, int]:
    """Targets by variant from the case's rule; empty where an input is missing."""
    made = recompute_v2(case) if case.rule == "V2" else recompute_v1(case)
    return {} if made.missing else made.targets


def at_max(case: Case, member: Member) -> bool:
    """Whether the target of a variant is its maximum."""
    outcome = case.outcomes.get(member.name)
    return outcome is not None and bool(member.max) and outcome.target == member.max


def unlimited(case: Case, name: str) -> int | None:
    """The rule's target for a variant without a maximum; None: an input is missing."""
    members = (replace(m, max=None) if m.name == name else m for m in case.members)
    return rule_targets(replace(case, members=tuple(members))).get(name)


def clamped(case: Case, known: Clamps) -> Case:
    """The case with the limits at which it stopped, and in `clamps` how they are known."""
    words: dict[str, str] = {}
    members: list[Member] = []
    for member in case.members:
        for clamp in known.get(member.name, ()):
            if clamp.holds(case, member.name) and _may_be_clamped(case, member.name, clamp.side):
                if clamp.side == "max":
                    member = replace(member, max=clamp.value)
                else:
                    member = replace(member, min=clamp.value)
                words[member.name] = clamp.words
        members.append(member)
    return replace(case, members=tuple(members), clamps=words) if words else case
