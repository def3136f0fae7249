"""The controller's cycles as rounds of what-if: cases, one round per cycle and model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from wvatui.core.decisions.given import Case, Replica, ThresholdSource
from wvatui.core.decisions.given import Member as Given
from wvatui.core.explain.ledger import all_cases
from wvatui.core.explain.wva_v1.recompute_v1 import recompute_v1
from wvatui.core.log import facts as fc
from wvatui.core.rules.wva.saturation_v2 import required_capacity, spare_capacity
from wvatui.core.rules.wva.thresholds import V1_NAMES, Settings
from wvatui.core.state.state import State
from wvatui.core.whatif.loads import LoadShare
from wvatui.core.whatif.recorded.recorded import (
    Counts,
    DecisionRound,
    RecordedMember,
    RecordedResult,
)

T = TypeVar("T")
RULES = {"V1": "v1", "V2": "v2"}


@dataclass(frozen=True, slots=True)
class Logged:
    """One model in the log: its cycles, its variants, the release of its rule."""

    rounds: tuple[DecisionRound, ...]
    members: tuple[RecordedMember, ...]
    version: str
    source: ThresholdSource
    """How the thresholds are known: the least certain source of those that the rule needs."""


def logged(state: State) -> dict[str, Logged]:
    """The log's content by model."""
    cases = all_cases(state)
    has_demand = any(r.required or r.spare for case in cases for r in case.results)
    groups: dict[str, dict[float, dict[int, list[Case]]]] = {}
    for case in cases:
        passes = groups.setdefault(case.model, {}).setdefault(case.cycle_at, {})
        passes.setdefault(case.number, []).append(case)
    by_model = {}
    for model, cycles in groups.items():
        rounds = [
            r for at in sorted(cycles) if (r := _round(at, cycles[at], has_demand)) is not None
        ]
        if rounds:
            by_model[model] = _logged(rounds, [c for r in rounds for c in r.cases])
    return by_model


def _logged(rounds: Sequence[DecisionRound], cases: Sequence[Case]) -> Logged:
    members: dict[str, RecordedMember] = {}
    for case in cases:
        for member in case.members:
            before = members.get(member.name, RecordedMember(member.name))
            members[member.name] = RecordedMember(
                member.name,
                cost=_newer(None if case.costs_fitted else member.cost, before.cost),
                rank=member.cost if case.costs_fitted else before.rank,
                min=_newer(member.min, before.min),
                max=_newer(member.max, before.max),
                role=member.role or before.role,
                accelerator=member.accelerator or before.accelerator,
            )
    return Logged(
        tuple(rounds),
        tuple(members.values()),
        next((case.version for case in reversed(cases) if case.version), ""),
        cases[-1].held.weakest(cases[-1].needs or V1_NAMES),
    )


def _newer(value: T | None, before: T | None) -> T | None:
    return before if value is None else value


def _round(at: float, passes: Mapping[int, list[Case]], has_demand: bool) -> DecisionRound | None:
    """The round of one cycle; where a build reconciles twice at once, its later pass counts.

    `has_demand`: the log states required and spare.
    """
    decided = [cases for cases in passes.values() if any(case.outcomes for case in cases)]
    if not decided:
        return None
    cases = decided[-1]
    outcomes = {name: out for case in cases for name, out in case.outcomes.items()}
    members = {m.name: m for case in cases for m in case.members}
    rules = {RULES.get(case.rule, "model") for case in cases}
    current = {n: o.current for n, o in outcomes.items() if o.current is not None}
    settings = cases[0].held.settings()
    return DecisionRound(
        at=at,
        rule=rules.pop() if len(rules) == 1 else "model",
        settings=settings,
        current=current
        | {n: m.current for n, m in members.items() if n not in current and m.current is not None},
        targets={n: o.target for n, o in outcomes.items() if o.target is not None},
        pending={n: m.pending for n, m in members.items() if m.pending is not None},
        desired={n: m.desired for n, m in members.items() if m.desired is not None},
        loads=_loads(cases),
        results=tuple(
            _result(r, members, settings, has_demand) for case in cases for r in case.results
        ),
        cases=tuple(cases),
    )


def _loads(cases: Iterable[Case]) -> tuple[LoadShare, ...] | None:
    """The controller's own samples; None where there are none, or where one is incomplete."""
    loads = []
    for case in cases:
        only = case.members[0].name if len(case.members) == 1 else ""
        for replica in case.replicas:
            if replica.kv_ratio is None or replica.queue is None or not (replica.variant or only):
                return None
            loads.append(
                LoadShare(
                    replica.variant or only, replica.kv_ratio, replica.queue, None, replica.pod
                )
            )
    return tuple(loads) or None


def _result(
    result: fc.AnalyzerResult, members: Mapping[str, Given], settings: Settings, has_demand: bool
) -> RecordedResult:
    """An analyzer's result. Releases before v0.9 log no capacity of a replica: there it is the
    supply over the replicas that were ready. v0.9.0-rc1 prints required and spare capacity before
    it knows them, as 0: they follow from supply and demand.
    """
    capacity = {v.name: v.per_replica or 0.0 for v in result.variants}
    supply = result.supply or 0.0
    if not result.variants:
        ready = {n: max(0, (m.current or 0) - (m.pending or 0)) for n, m in members.items()}
        total = sum(ready.values())
        capacity = dict.fromkeys(ready, supply / total) if total else {}
    up = result.scale_up_threshold or settings.scale_up_threshold
    down = result.scale_down_boundary or settings.scale_down_boundary
    required, spare, demand = result.required or 0.0, result.spare or 0.0, result.demand or 0.0
    if not has_demand:
        coming = sum(capacity.get(n, 0.0) * (m.pending or 0) for n, m in members.items())
        required = required_capacity(demand, supply + coming, up)
        spare = spare_capacity(supply, demand, down)
    return RecordedResult(
        result.analyzer,
        supply,
        demand,
        required,
        spare,
        up,
        down,
        capacity,
        {v.name: v.role for v in result.variants if v.role},
    )


# --- V1 on a case whose inputs are other ones ---------------------------------------------


def v1_targets(
    cases: Sequence[Case], settings: Settings | None, version: str
) -> dict[str, int] | None:
    """The V1 rule's targets for the cases; None: an input is missing, or nothing is decided."""
    targets: dict[str, int] = {}
    for case in cases:
        result = recompute_v1(case, settings, version)
        if result.missing:
            return None
        targets |= result.targets
        for cut in case.cuts:
            if cut.after is not None and cut.before in (None, targets.get(cut.variant)):
                targets[cut.variant] = cut.after
    return targets or None


def changed(
    cases: Sequence[Case],
    loads: Sequence[LoadShare],
    current: Counts,
    pending: Counts,
    desired: Counts,
) -> tuple[Case, ...]:
    """The cases with the replicas of a counterfactual in place of the recorded ones."""
    counted: dict[str, int] = {}
    for load in loads:
        counted[load.variant] = counted.get(load.variant, 0) + 1
    out = []
    for case in cases:
        names = {m.name for m in case.members}
        out.append(
            replace(
                case,
                replicas=tuple(
                    Replica(load.pod, load.variant, load.kv, load.waiting)
                    for load in loads
                    if load.variant in names
                ),
                members=tuple(
                    replace(
                        m,
                        counted=counted.get(m.name, 0),
                        current=current.get(m.name, 0),
                        ready=current.get(m.name, 0) - pending.get(m.name, 0),
                        pending=pending.get(m.name, 0),
                        desired=desired.get(m.name, 0),
                    )
                    for m in case.members
                ),
                analysis=None,
                unsafe=None,
                transition=(),
                cuts=(),
                bases={},
            )
        )
    return tuple(out)
