"""Greedy-by-score as v0.6.0 and v0.7.0 had it: one analysis a model, roles by their demand."""

from collections.abc import Sequence
from math import ceil

from wvatui.core.rules.wva.optimizers.cost_aware import remove_dearest
from wvatui.core.rules.wva.optimizers.fair_share import ModelRequest, Work, share
from wvatui.core.rules.wva.optimizers.gpu_budget import Budget
from wvatui.core.rules.wva.optimizers.joint import BOTH, Targets
from wvatui.core.rules.wva.optimizers.offers import Offer, cheapest_first, of_role, offers


def targets(
    requests: Sequence[ModelRequest], budget: Budget, version: str
) -> dict[tuple[str, str], Targets]:
    """Targets by (namespace, model); `budget` is drawn down.

    Source: WVA v0.6.0 internal/engines/pipeline/greedy_score_optimizer.go.
    """
    work: list[Work] = []
    variants: dict[tuple[str, str], tuple[Offer, ...]] = {}
    result: dict[tuple[str, str], Targets] = {}
    for request in requests:
        found = offers(request.ballots, request.states, version)
        if found is None:
            continue
        variants[request.key] = found
        result[request.key] = {state.name: state.current for state in request.states}
        ballot = request.ballots[0]
        claim = request.score if request.score > 0 else ballot.required
        if claim > 0:
            work.append(Work(request, claim, result[request.key]))
        elif ballot.spare > 0:
            remove_dearest(ballot.spare, found, result[request.key])
    share(
        work,
        lambda: budget.spent,
        lambda w, target: _serve(w, target, variants[w.request.key], budget),
    )
    return result


def _serve(work: Work, target: float, variants: Sequence[Offer], budget: Budget) -> bool:
    fractions = _fractions(work.request)
    if not fractions:
        return _allocate(work, target, variants, budget)
    allocated = False
    for role, fraction in sorted(fractions.items(), key=lambda pair: -pair[1]):
        before, part = work.claim, target * fraction
        members = list(variants) if role == BOTH else of_role(variants, role)
        if members:
            allocated = _allocate(work, part, members, budget) or allocated
        # What a role could not get must not go to another one.
        work.claim -= max(0.0, part - (before - work.claim))
    return allocated


def _fractions(request: ModelRequest) -> dict[str, float]:
    """Share of each role in what a disaggregated model needs; empty: no roles to heed."""
    if not request.disaggregated:
        return {}
    needs = {
        role: sums.required for role, sums in request.ballots[0].roles.items() if sums.required > 0
    }
    total = sum(needs.values())
    return {role: need / total for role, need in needs.items()}


def _allocate(work: Work, target: float, variants: Sequence[Offer], budget: Budget) -> bool:
    """ceil(target / capacity) of the cheapest, within pool and limit, then of the next."""
    namespace, allocated = work.request.namespace, False
    for offer in cheapest_first(variants):
        free = budget.left(namespace, offer.accelerator)
        if target <= 0:
            break
        if offer.capacity <= 0 or free < offer.gpus:
            continue
        count = min(ceil(target / offer.capacity), free // offer.gpus)
        room = offer.room(work.targets.get(offer.name, 0))
        count = count if room is None else min(count, room)
        if count <= 0:
            continue
        work.targets[offer.name] = work.targets.get(offer.name, 0) + count
        work.claim -= count * offer.capacity
        target -= count * offer.capacity
        budget.take(namespace, offer.accelerator, count * offer.gpus)
        allocated = True
    return allocated
