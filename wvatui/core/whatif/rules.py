"""WVA's rules on the inputs of a counterfactual cycle: another number of replicas, other
thresholds, another release, or the other rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from wvatui.core.ranges import INT32_LIMIT
from wvatui.core.rules.wva import saturation_v1, saturation_v2
from wvatui.core.rules.wva.ballot import Ballot, ballot_of
from wvatui.core.rules.wva.capacity import CapacityMemory
from wvatui.core.rules.wva.optimizers.cost_aware import optimize
from wvatui.core.rules.wva.optimizers.votes import ReportedVote, decide
from wvatui.core.rules.wva.releases import HEAD, at_least
from wvatui.core.rules.wva.saturation_v1 import V1Replica, V1State
from wvatui.core.rules.wva.saturation_v2 import V2Replica, V2State
from wvatui.core.rules.wva.thresholds import Settings
from wvatui.core.whatif.loads import LoadShare
from wvatui.core.whatif.recorded.recorded import (
    Counts,
    DecisionRound,
    Recorded,
    RecordedMember,
    RecordedResult,
)

NOMINAL_TOKENS = 1_000_000
"""Tokens of a replica's cache if the recording lacks its size: V2 then counts in shares of it."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of a cycle. `loads` None: there are no samples."""

    current: Counts
    pending: Counts
    desired: Counts
    loads: Sequence[LoadShare] | None
    settings: Settings
    low: int | None = None
    high: int | None = None


@dataclass(slots=True)
class RuleMemory:
    """What V2 remembers from one cycle to the next."""

    capacity: CapacityMemory = field(default_factory=CapacityMemory)
    ages: dict[str, int] = field(default_factory=dict)
    """Cycles since each analyzer last reported a capacity."""


def v1(recorded: Recorded, inputs: Inputs, version: str) -> dict[str, int] | None:
    """Targets by the V1 rule (from v0.9.0-rc1 on, role by role); None: nothing was measured."""
    if inputs.loads is None:
        return None
    roles = {m.name: m.role if at_least(version, "v0.9.0-rc1") else "" for m in recorded.members}
    targets: dict[str, int] = {}
    for role in sorted(set(roles.values())):
        members = [m for m in recorded.members if roles[m.name] == role]
        names = {m.name for m in members}
        costs = {m.name: m.price for m in members}
        analysis = saturation_v1.analyze(
            [
                V1Replica(load.pod, load.variant, load.kv, load.waiting, costs[load.variant])
                for load in inputs.loads
                if load.variant in names
            ],
            inputs.settings,
            version,
        )
        states = [
            V1State(
                m.name,
                inputs.current.get(m.name, 0),
                inputs.desired.get(m.name, 0),
                inputs.pending.get(m.name, 0),
                _first(inputs.low, m.min) or 0,
                _first(inputs.high, m.max) or 0,
            )
            for m in members
        ]
        targets |= saturation_v1.targets(analysis, states, version)
    return targets


def _first(given: int | None, known: int | None) -> int | None:
    return known if given is None else given


def v2_of_results(
    recorded: Recorded, round_: DecisionRound, inputs: Inputs, memory: RuleMemory, version: str
) -> dict[str, int] | None:
    """Targets by the V2 rule from the analyzers' reports, for another number of replicas.

    An analyzer's demand (tokens in use and waiting, or tokens per second) does not depend on the
    number of replicas, and a replica's capacity is the recorded one: supply' = supply + additional
    serving replicas * capacity. Where neither replicas nor thresholds differ, required and spare
    capacity are those of the log.
    """
    ballots = [_ballot(result, round_, inputs, version) for result in round_.results]
    if not ballots:
        return None
    if len(recorded.members) == 1:
        return _voted(recorded.members[0], ballots, inputs, memory, version)
    moves = any(ballot.required > 0 or ballot.spare > 0 for ballot in ballots)
    current = {member.name: inputs.current.get(member.name, 0) for member in recorded.members}
    if not moves:
        return current
    costs = {member.name: member.price for member in recorded.members}
    chosen = optimize(
        [replace(ballot, costs=costs) for ballot in ballots], _states(recorded, inputs), version
    )
    return {choice.variant: choice.target for choice in chosen} or current


def _voted(
    member: RecordedMember,
    ballots: Sequence[Ballot],
    inputs: Inputs,
    memory: RuleMemory,
    version: str,
) -> dict[str, int]:
    """Targets for one variant: the highest vote of the live analyzers (see votes.decide)."""
    reports = [
        ReportedVote(b.name, b.required, b.spare, b.per_replica.get(member.name)) for b in ballots
    ]
    alone = len(reports) == 1 and not at_least(version, "v0.9.0-rc1")
    outcome = decide(
        inputs.current.get(member.name, 0),
        reports,
        {} if alone else memory.ages,
        low=_first(inputs.low, member.min),
        high=_first(inputs.high, member.max),
    )
    memory.ages = dict(outcome.ages)
    return {member.name: outcome.target}


def _ballot(result: RecordedResult, round_: DecisionRound, inputs: Inputs, version: str) -> Ballot:
    up, down = result.up, result.down
    if inputs.settings.scale_up_threshold != round_.settings.scale_up_threshold:
        up = inputs.settings.scale_up_threshold
    if inputs.settings.scale_down_boundary != round_.settings.scale_down_boundary:
        down = inputs.settings.scale_down_boundary
    same = (up, down) == (result.up, result.down)
    exist = _more(result, inputs.current, round_.current)
    serve = exist - _more(result, inputs.pending, round_.pending)
    supply, anticipated = result.supply + serve, _anticipated(result, round_, version) + exist
    required, spare = result.required, result.spare
    if not same or exist or serve:
        required = saturation_v2.required_capacity(result.demand, anticipated, up)
        spare = saturation_v2.spare_capacity(supply, result.demand, down)
    roles = {role for role in result.roles.values() if role != "both"}
    sums = saturation_v2.Sums(supply, anticipated, result.demand, required, spare)
    return Ballot(
        result.analyzer,
        required,
        spare,
        dict(result.per_replica),
        demand=result.demand,
        # For several roles the log has no sums; for a single role they are the model's.
        roles={next(iter(roles)): sums} if len(roles) == 1 else {},
        variant_roles=dict(result.roles),
    )


def _more(result: RecordedResult, now: Counts, then: Counts) -> float:
    """Capacity of the additional replicas (negative: fewer) compared with the recording."""
    return sum(
        (now.get(name, 0) - then.get(name, 0)) * capacity
        for name, capacity in result.per_replica.items()
    )


def _anticipated(result: RecordedResult, round_: DecisionRound, version: str) -> float:
    """Supply including pending replicas: derived from what was required, else by counting."""
    if result.required > 0 and result.up > 0:
        return result.demand / result.up - result.required
    names = [name for name, capacity in result.per_replica.items() if capacity > 0]
    current = {name: round_.current.get(name, 0) for name in names}
    if len(names) == 1 and (pending := round_.pending.get(names[0])) is not None:
        measured = round(min(result.supply / result.per_replica[names[0]], INT32_LIMIT))
        ready, coming = saturation_v2.counted(current[names[0]], pending, measured, version)
        return (ready + coming) * result.per_replica[names[0]]
    return max(result.supply, sum(current[name] * result.per_replica[name] for name in names))


def v2_of_loads(
    recorded: Recorded, inputs: Inputs, memory: RuleMemory, version: str
) -> dict[str, int] | None:
    """Targets by the V2 rule's saturation analyzer, from the replicas' loads.

    In tokens where the recording has the size of the caches, else in shares of a cache.
    """
    if inputs.loads is None:
        return None
    prompt, output = recorded.tokens or (0.0, 0.0)
    if recorded.tokens is None:
        prompt = (recorded.per_request or 0.0) * NOMINAL_TOKENS
    costs = {m.name: m.price for m in recorded.members}
    replicas = []
    for load in inputs.loads:
        size = recorded.kv_tokens.get(load.variant, NOMINAL_TOKENS)
        replicas.append(
            V2Replica(
                load.pod,
                load.variant,
                load.kv,
                load.waiting,
                cost=costs[load.variant],
                kv_tokens=size,
                tokens_in_use=int(load.kv * size),
                input_tokens=prompt,
                output_tokens=output,
            )
        )
    states = _states(recorded, inputs)
    analysis, memory.capacity = saturation_v2.analyze(
        replicas,
        states,
        inputs.settings,
        memory.capacity,
        model=recorded.model,
        namespace="",
        version=version or HEAD,
    )
    analysis = saturation_v2.with_thresholds(
        analysis, inputs.settings.scale_up_threshold, inputs.settings.scale_down_boundary
    )
    return {
        choice.variant: choice.target
        for choice in optimize([ballot_of(analysis)], states, version or HEAD)
    }


def _states(recorded: Recorded, inputs: Inputs) -> list[V2State]:
    return [
        V2State(
            m.name,
            inputs.current.get(m.name, 0),
            inputs.desired.get(m.name, 0),
            inputs.pending.get(m.name, 0),
            min=_first(inputs.low, m.min),
            max=_first(inputs.high, m.max),
            role=m.role,
            cost=m.price,
        )
        for m in recorded.members
    ]


def utilization(
    round_: DecisionRound, current: Mapping[str, int], pending: Mapping[str, int]
) -> float | None:
    """The highest demand over supply of a cycle's analyzers with these replicas; None: unknown.

    Ratio; without any supply the demand counts as above every limit.
    """
    ratios = []
    for result in round_.results:
        if not any(value > 0 for value in result.per_replica.values()):
            continue
        serve = _more(result, current, round_.current) - _more(result, pending, round_.pending)
        supply = result.supply + serve
        ratios.append(result.demand / supply if supply > 0 else (2.0 if result.demand else 0.0))
    return max(ratios, default=None)
