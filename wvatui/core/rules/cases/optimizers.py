"""Cases of V2's optimisers."""

from collections.abc import Mapping, Sequence

import msgspec

from wvatui.core.rules.cases.capacity import state
from wvatui.core.rules.cases.shapes import (
    Analysis,
    CaseShape,
    RecordedCase,
    RecordedChoice,
    RecordedState,
)
from wvatui.core.rules.cases.verdict import Difference, differ, shaped
from wvatui.core.rules.wva.ballot import Ballot
from wvatui.core.rules.wva.ballot import VariantChoice as Chosen
from wvatui.core.rules.wva.limiter import Pool
from wvatui.core.rules.wva.optimizers import cost_aware, greedy_by_score
from wvatui.core.rules.wva.optimizers.fair_share import ModelRequest
from wvatui.core.rules.wva.optimizers.gpu_budget import Constraint, merged
from wvatui.core.rules.wva.optimizers.offers import SATURATION
from wvatui.core.rules.wva.optimizers.rescale import OFF, Switch
from wvatui.core.rules.wva.releases import at_least
from wvatui.core.rules.wva.saturation_v2 import Sums


class Named(CaseShape, frozen=True, kw_only=True):
    """One analyzer's ballot. Releases before HEAD have no marks `live` and `enabled`."""

    name: str
    result: Analysis | None = None
    score: float = 0.0
    remaining: float = 0.0
    spare: float = 0.0
    scale_up_threshold: float = 0.0
    scale_down_boundary: float = 0.0
    live: bool | None = None
    enabled: bool | None = None


class OptimizerRequest(CaseShape, frozen=True, kw_only=True):
    """One model to decide for. `result`: the one analysis that v0.6.0 and v0.7.0 know."""

    model_id: str = msgspec.field(default="", name="modelID")
    namespace: str = ""
    variant_states: tuple[RecordedState, ...] = ()
    result: Analysis | None = None
    analyzer_results: tuple[Named, ...] = ()
    priority: float = 0.0
    disaggregated: bool = False


class GpuPool(CaseShape, frozen=True, kw_only=True):
    """GPUs of an accelerator; a limit below 0 means no limit."""

    limit: int
    used: int = 0


class Constraints(CaseShape, frozen=True, kw_only=True):
    """What one provider allows."""

    provider_name: str = ""
    pools: Mapping[str, GpuPool] = {}
    namespace_pools: Mapping[str, Mapping[str, GpuPool]] = {}
    total_limit: int = 0
    total_used: int = 0
    total_avail: int = 0


class OptimizerGiven(CaseShape, frozen=True, kw_only=True):
    """Input of an optimiser."""

    requests: tuple[OptimizerRequest, ...] = ()
    constraints: tuple[Constraints, ...] = ()


OptimizerRows = dict[str, Chosen]
WantedRows = dict[str, RecordedChoice]


def cost_aware_cases(case: RecordedCase, version: str) -> list[Difference]:
    """`optimizer.cost-aware`: each model by itself."""
    given = shaped(case.input, OptimizerGiven, "input")
    got: OptimizerRows = {}
    for request in given.requests:
        ballots = _ballots(request, version)
        states = [state(s) for s in request.variant_states]
        chosen = cost_aware.optimize(ballots, states, version) if ballots else []
        got.update(_rows(request.namespace, request.model_id, chosen))
    return _compare(got, _wanted(case))


def greedy_cases(case: RecordedCase, version: str) -> list[Difference]:
    """`optimizer.greedy-by-score`: models that share GPUs.

    The record does not say whether rescaling was on, so both are tried: one has to agree.
    """
    given = shaped(case.input, OptimizerGiven, "input")
    wanted = _wanted(case)
    differences = _greedy(given, wanted, version, OFF)
    if differences and at_least(version, "v0.9"):
        spaces = frozenset(ns for c in given.constraints for ns in c.namespace_pools)
        for switch in (Switch(cluster=True), Switch(True, spaces), Switch(False, spaces)):
            other = _greedy(given, wanted, version, switch)
            differences = min(differences, other, key=len)
    return differences


def _greedy(
    given: OptimizerGiven, wanted: WantedRows, version: str, switch: Switch
) -> list[Difference]:
    requests = [
        ModelRequest(
            model=r.model_id,
            namespace=r.namespace,
            ballots=_ballots(r, version),
            states=[state(s) for s in r.variant_states],
            priority=r.priority,
            disaggregated=r.disaggregated,
            score=r.result.score if r.result is not None else 0.0,
        )
        for r in given.requests
    ]
    requests = [r for r in requests if r.ballots]
    budget = merged(_constraint(c, requests) for c in given.constraints)
    got: OptimizerRows = {}
    for (namespace, model), chosen in greedy_by_score.optimize(
        requests, budget, version, switch
    ).items():
        got.update(_rows(namespace, model, chosen))
    return _compare(got, wanted)


def _constraint(given: Constraints, requests: Sequence[ModelRequest]) -> Constraint:
    """Pools in the rules' own types.

    The recorder wrote the accelerators of a namespace's pools in lower camel case, like field
    names; here they get the case back that they have elsewhere in the record.
    """
    written = {
        name.lower(): name for r in requests for b in r.ballots for name in b.accelerators.values()
    } | {name.lower(): name for name in given.pools}
    return Constraint(
        {name: Pool(p.limit, p.used) for name, p in given.pools.items()},
        {
            namespace: {
                written.get(name.lower(), name): Pool(p.limit, p.used) for name, p in pools.items()
            }
            for namespace, pools in given.namespace_pools.items()
        },
    )


def _ballots(request: OptimizerRequest, version: str) -> list[Ballot]:
    if request.result is not None:
        lone = Named(
            name=SATURATION,
            remaining=request.result.required_capacity,
            spare=request.result.spare_capacity,
        )
        return [_ballot(request.result, lone, True)]
    marked = not at_least(version, "v0.9")
    return [
        _ballot(named.result, named, marked)
        for named in request.analyzer_results
        if named.result is not None
    ]


def _ballot(result: Analysis, named: Named, marked: bool) -> Ballot:
    variants = result.variant_capacities
    return Ballot(
        name=named.name,
        required=named.remaining,
        spare=named.spare,
        per_replica={v.variant_name: v.per_replica_capacity for v in variants},
        costs={v.variant_name: v.cost for v in variants},
        demand=result.total_demand,
        roles={
            role: Sums(
                r.total_supply,
                r.total_anticipated_supply,
                r.total_demand,
                r.required_capacity,
                r.spare_capacity,
            )
            for role, r in result.role_capacities.items()
        },
        score=named.score,
        live=marked if named.live is None else named.live,
        enabled=marked if named.enabled is None else named.enabled,
        variant_roles={v.variant_name: v.role for v in variants},
        accelerators={v.variant_name: v.accelerator_name for v in variants},
        reasons={v.variant_name: v.reason for v in variants},
    )


def _name(*parts: str) -> str:
    return "/".join(filter(None, parts))


def _rows(namespace: str, model: str, chosen: Sequence[Chosen]) -> OptimizerRows:
    return {_name(namespace, model, c.variant): c for c in chosen}


def _wanted(case: RecordedCase) -> WantedRows:
    choices = shaped(case.output, tuple[RecordedChoice, ...], "output")
    return {_name(c.namespace, c.model, c.variant): c for c in choices}


def _compare(got: OptimizerRows, wanted: WantedRows) -> list[Difference]:
    differences = differ("decisions", sorted(got), sorted(wanted))
    for name in sorted(got.keys() & wanted.keys()):
        for key in ("current", "target", "action", "reason", "role"):
            mine, theirs = getattr(got[name], key), getattr(wanted[name], key)
            differences += differ(f"{name}.{key}", mine, theirs)
    return differences
