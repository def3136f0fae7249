"""The variants that an optimiser may choose from, with cost and capacity by the binding ballot."""

from collections.abc import Sequence
from dataclasses import dataclass

from wvatui.core.rules.wva.ballot import Ballot, cost_of, role_of
from wvatui.core.rules.wva.releases import at_least
from wvatui.core.rules.wva.saturation_v2 import V2State

SATURATION = "saturation"


@dataclass(frozen=True, slots=True)
class Offer:
    """One variant. `capacity`: of a replica, in the unit of the binding ballot."""

    name: str
    accelerator: str
    cost: float
    role: str
    capacity: float
    state: V2State

    @property
    def gpus(self) -> int:
        """GPUs of a replica; 1 where not known."""
        return self.state.gpus if self.state.gpus > 0 else 1

    @property
    def price(self) -> float:
        """Cost per unit of capacity, by which scale-up is ordered."""
        return self.cost / self.capacity if self.capacity > 0 else float("inf")

    def room(self, target: int) -> int | None:
        """Replicas that `maxReplicas` still allows above `target`; None: no limit."""
        return self.state.max - target if self.state.max else None


def binder(ballots: Sequence[Ballot], version: str) -> Ballot | None:
    """The binding ballot, which sizes the variants; None: nothing can be decided for the model.

    Up to v0.8.0 it is the saturation analyzer's (WVA v0.8.0 pipeline/analyzer_helpers.go
    saturationEntry). At HEAD it is that one if it votes and knows a capacity, else the only other
    ballot that does; if several do, there is none and the model is left alone (bindingAnchor).
    """
    saturation = next((b for b in ballots if b.name == SATURATION), None)
    if not at_least(version, "v0.9"):
        return saturation
    if saturation is not None and saturation.votes and saturation.informative:
        return saturation
    others = [b for b in ballots if b.name != SATURATION and b.votes and b.informative]
    return others[0] if len(others) == 1 else None


def voting(ballots: Sequence[Ballot], version: str) -> list[Ballot]:
    """Ballots that count: all up to v0.8.0, at HEAD those enabled and live (votingResults)."""
    return [b for b in ballots if b.votes] if at_least(version, "v0.9") else list(ballots)


def offers(
    ballots: Sequence[Ballot], states: Sequence[V2State], version: str
) -> tuple[Offer, ...] | None:
    """A model's variants in the analyzer's order; None when there is no binding ballot.

    The variants, their cost, role and accelerator come from the saturation analyzer where there is
    one, the capacities from the binding ballot. At HEAD a variant that the binding ballot leaves
    out keeps saturation's capacity only while saturation is enabled.
    Source: WVA HEAD internal/engines/pipeline/analyzer_helpers.go bindingAnchor.
    """
    binds = binder(ballots, version)
    if binds is None:
        return None
    carrier = next((b for b in ballots if b.name == SATURATION), binds)
    known = {state.name: state for state in states}
    offered = []
    for name in carrier.per_replica:
        state = known.get(name, V2State(name, 0))
        capacity = binds.per_replica.get(name)
        if capacity is None:
            capacity = carrier.per_replica[name] if carrier.enabled else 0.0
        offered.append(
            Offer(
                name=name,
                accelerator=carrier.accelerators.get(name, ""),
                cost=cost_of(name, (carrier, *ballots), state.cost),
                role=role_of(name, (carrier,), state.role),
                capacity=capacity,
                state=state,
            )
        )
    return tuple(offered)


def of_role(variants: Sequence[Offer], role: str) -> list[Offer]:
    """The variants that serve a role."""
    return [offer for offer in variants if offer.role == role]


def cheapest_first(variants: Sequence[Offer]) -> list[Offer]:
    """The variants by cost per unit of capacity; equal ones keep their order."""
    return sorted(variants, key=lambda offer: offer.price)
