"""The V2 rule, applied to a case's inputs: each analyzer's sums, its vote, and the target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wvatui.core.decisions.given import Case
from wvatui.core.explain.wva_v2.role_demand import (
    BOTH,
    RoleDemand,
    RoleSums,
    fitted_demand,
    roles_of,
)
from wvatui.core.explain.wva_v2.weighed import Weighed, says_capacity, weigh
from wvatui.core.rules.wva.ballot import Ballot
from wvatui.core.rules.wva.optimizers.cost_aware import optimize
from wvatui.core.rules.wva.optimizers.votes import ReportedVote, Vote, decide
from wvatui.core.rules.wva.releases import at_least
from wvatui.core.rules.wva.saturation_v2 import Sums, V2State
from wvatui.core.rules.wva.thresholds import V2_NAMES, Settings


@dataclass(frozen=True, slots=True)
class RecomputedV2:
    """Result of the rule. `targets` by variant, before limiter and enforcer. `votes` for a model
    with one variant. `missing`: inputs without which there is no result."""

    analyzers: tuple[Weighed, ...] = ()
    votes: tuple[Vote, ...] = ()
    targets: Mapping[str, int] = field(default_factory=dict)
    taken: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    demand: RoleDemand | None = None
    """Where roles are decided separately: the demand of each, fitted to the logged targets."""


def recompute_v2(case: Case, settings: Settings | None = None) -> RecomputedV2:
    """The rule applied to the case's inputs; `settings`: with other V2 thresholds."""
    missing = (
        [] if settings is not None or says_capacity(case) else list(case.limits.missing(V2_NAMES))
    )
    missing += [f"current replicas of {m.name}" for m in case.members if m.current is None]
    if not case.results:
        missing.append("what the analyzers found")
    if not case.members:
        missing.append("the variants")
    if missing:
        return RecomputedV2(missing=tuple(missing))
    limits = settings if settings is not None else case.limits.settings()
    analyzers: list[Weighed] = []
    taken: list[str] = []
    if settings is None and case.limits.missing(V2_NAMES):
        taken.append("what is required and spare is taken as logged: the thresholds are not known")
    for result in sorted(case.results, key=lambda r: r.analyzer):
        one = weigh(case, result, limits, own=settings is None)
        if one is None:
            if not result.required and not result.spare and says_capacity(case):
                taken.append(f"{result.analyzer} asks for nothing, as logged")
                continue
            names = ", ".join(m.name for m in case.members)
            return RecomputedV2(missing=(f"capacity of a replica of {names} ({result.analyzer})",))
        analyzers.append(one)
    if len(case.members) == 1:
        return _voted(case, analyzers, tuple(taken))
    return _shared(case, analyzers, tuple(taken), own=settings is None)


# --- the target ---------------------------------------------------------------------------


def _voted(case: Case, analyzers: Sequence[Weighed], taken: tuple[str, ...]) -> RecomputedV2:
    """The result for one variant, by the vote rule."""
    member = case.members[0]
    reports = [
        ReportedVote(a.name, a.required, a.spare, a.per_replica.get(member.name)) for a in analyzers
    ]
    if not at_least(case.version, "v0.9.0-rc1") and len(reports) == 1:
        ages: Mapping[str, int] = {}
    else:
        ages = case.ages
    outcome = decide(member.current or 0, reports, ages, low=member.min, high=member.max)
    return RecomputedV2(tuple(analyzers), outcome.votes, {member.name: outcome.target}, taken)


def _shared(
    case: Case, analyzers: Sequence[Weighed], taken: tuple[str, ...], *, own: bool
) -> RecomputedV2:
    """The result for several variants, by the cost-aware optimiser."""
    roles = roles_of(case)
    if len(set(roles.values())) > 1:
        return _by_role(case, analyzers, roles, taken, own=own)
    current = {m.name: m.current or 0 for m in case.members}
    moves = any(a.required > 0 for a in analyzers) or any(a.spare > 0 for a in analyzers)
    if not moves:
        return RecomputedV2(tuple(analyzers), (), current, taken)
    if any(m.cost is None for m in case.members):
        lacking = tuple(f"cost of {m.name}" for m in case.members if m.cost is None)
        return RecomputedV2(tuple(analyzers), missing=lacking)
    role = next(iter(roles.values()))
    sums = [
        {} if role == BOTH else {role: Sums(a.supply, a.anticipated, a.demand, a.required, a.spare)}
        for a in analyzers
    ]
    try:
        targets = _chosen(case, analyzers, roles, sums)
    except ArithmeticError as error:
        return RecomputedV2(tuple(analyzers), missing=(f"a demand that can be met ({error})",))
    return RecomputedV2(tuple(analyzers), (), targets, taken)


def _by_role(
    case: Case,
    analyzers: Sequence[Weighed],
    roles: Mapping[str, str],
    taken: tuple[str, ...],
    *,
    own: bool,
) -> RecomputedV2:
    """The result for several roles, with a demand of each that gives the logged targets."""
    lacking = RecomputedV2(tuple(analyzers), missing=("the demand of each role",))
    shared = len(set(roles.values())) < len(roles)
    if not own or not analyzers or any(a.taken for a in analyzers):
        return lacking
    if shared and any(m.cost is None for m in case.members):
        return lacking
    logged = {n: o.target for n, o in case.outcomes.items() if o.target is not None}

    def choose(sums: Sequence[RoleSums]) -> Mapping[str, int] | None:
        try:
            return _chosen(case, analyzers, roles, sums)
        except ArithmeticError:
            return None

    demand = fitted_demand(analyzers, roles, logged, choose) if logged else None
    if demand is None:
        none = "a demand of each role that gives these targets" if logged else "the decision"
        return RecomputedV2(tuple(analyzers), missing=(none,))
    return RecomputedV2(tuple(analyzers), (), demand.targets, taken, demand=demand)


def _chosen(
    case: Case,
    analyzers: Sequence[Weighed],
    roles: Mapping[str, str],
    sums: Sequence[RoleSums],
) -> dict[str, int]:
    """The optimiser's targets for the analyzers' sums by role; if empty, for the model's sums."""
    named = {name: "" if role == BOTH else role for name, role in roles.items()}
    ballots = [
        Ballot(
            name=one.name,
            required=one.required,
            spare=one.spare,
            per_replica=one.per_replica,
            costs={m.name: m.cost or 0.0 for m in case.members},
            demand=one.demand,
            roles=by_role,
            live=one.live,
            variant_roles={name: named.get(name, "") for name in one.per_replica},
        )
        for one, by_role in zip(analyzers, sums, strict=True)
    ]
    states = [
        V2State(
            m.name,
            m.current or 0,
            pending=m.pending or 0,
            min=m.min,
            max=m.max,
            role=named.get(m.name, ""),
            cost=m.cost or 0.0,
        )
        for m in case.members
    ]
    chosen = optimize(ballots, states, case.version)
    return {c.variant: c.target for c in chosen} or {m.name: m.current or 0 for m in case.members}
