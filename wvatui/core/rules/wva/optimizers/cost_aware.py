"""The cost-aware optimiser: adds the cheapest capacity first, removes the most expensive first."""

from collections.abc import Sequence
from math import ceil, floor

from wvatui.core.rules.wva.ballot import Ballot, VariantChoice, reason_of
from wvatui.core.rules.wva.optimizers.joint import UNBOUNDED, Targets, grow, shrink, standing
from wvatui.core.rules.wva.optimizers.offers import Offer, cheapest_first, of_role, offers, voting
from wvatui.core.rules.wva.releases import HEAD, at_least
from wvatui.core.rules.wva.saturation_v2 import V2State

NAME = "cost-aware"


def optimize(
    ballots: Sequence[Ballot], states: Sequence[V2State], version: str = HEAD
) -> list[VariantChoice]:
    """One choice per variant, sorted by name; empty when no ballot counts.

    Replicas; `required` and `spare` in each ballot's own unit. v0.6.0 and v0.7.0 know one ballot
    (WVA v0.6.0 internal/engines/pipeline/cost_aware_optimizer.go), later releases several and
    roles (WVA v0.8.0 and HEAD, same file; see `joint`).
    """
    variants = offers(ballots, states, version)
    if variants is None:
        return []
    targets = {state.name: state.current for state in states}
    if not at_least(version, "v0.9.0-rc1"):
        _alone(ballots[0], variants, targets)
    else:
        state = standing(voting(ballots, version))
        if state.wanting:
            grow(state, targets, lambda role, now: _pick(variants, role, now))
        else:
            shrink(state, variants, targets)
    return choices(ballots, states, targets, NAME, version)


def choices(
    ballots: Sequence[Ballot],
    states: Sequence[V2State],
    targets: Targets,
    optimizer: str,
    version: str,
) -> list[VariantChoice]:
    """Targets as decisions, with the reason as the release words it; sorted by name."""
    first = ballots[0]
    return [
        VariantChoice(
            variant=s.name,
            current=s.current,
            target=targets[s.name],
            reason=reason_of(
                s.current, targets[s.name], optimizer, first.required, first.spare, version
            ),
            role=s.role,
        )
        for s in sorted(states, key=lambda s: s.name)
    ]


def _pick(variants: Sequence[Offer], role: str, targets: Targets) -> tuple[Offer, int] | None:
    """The cheapest variant of a role that may grow (costGreedyRolePick)."""
    for offer in cheapest_first(of_role(variants, role)):
        if offer.capacity <= 0:
            continue
        room = offer.room(targets.get(offer.name, 0))
        if room is None:
            return offer, UNBOUNDED
        if room > 0:
            return offer, room
    return None


def _alone(ballot: Ballot, variants: Sequence[Offer], targets: Targets) -> None:
    """v0.6.0, v0.7.0: one ballot, no roles."""
    if ballot.required > 0:
        add_cheapest(ballot.required, variants, targets)
    elif ballot.spare > 0:
        remove_dearest(ballot.spare, variants, targets)


def add_cheapest(required: float, variants: Sequence[Offer], targets: Targets) -> None:
    """Add ceil(required / capacity) of the cheapest; what exceeds its limit goes to the next.

    Source: WVA v0.6.0 internal/engines/pipeline/cost_aware_optimizer.go costAwareScaleUp.
    """
    for offer in cheapest_first(variants):
        if required <= 0:
            return
        if offer.capacity <= 0:
            continue
        count = ceil(required / offer.capacity)
        room = offer.room(targets.get(offer.name, 0))
        if room is not None:
            count = max(0, min(count, room))
        targets[offer.name] = targets.get(offer.name, 0) + count
        required -= count * offer.capacity


def remove_dearest(spare: float, variants: Sequence[Offer], targets: Targets) -> None:
    """Remove floor(spare / capacity), the most expensive first; the cheapest keeps a last replica.

    Source: WVA v0.6.0 internal/engines/pipeline/cost_aware_optimizer.go costAwareScaleDown.
    """
    cheapest = min(variants, key=lambda o: o.cost, default=None)
    for offer in sorted(variants, key=lambda o: -o.cost):
        if spare <= 0:
            return
        if offer.capacity <= 0:
            continue
        current, low = targets.get(offer.name, 0), offer.state.min or 0
        others = any(count > 0 for name, count in targets.items() if name != offer.name)
        if offer is cheapest and not others:
            low = max(low, 1)
        count = max(0, min(floor(spare / offer.capacity), current - low))
        targets[offer.name] = current - count
        spare -= count * offer.capacity
