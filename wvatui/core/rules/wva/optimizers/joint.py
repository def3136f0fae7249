"""All roles and all analyzers together: how v0.9.0-rc1 and later add and remove replicas.

Both optimisers use it; they differ in which variant they pick, and in how many they may take.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from wvatui.core.rules.wva.ballot import Ballot
from wvatui.core.rules.wva.optimizers.offers import Offer, of_role

BOTH = "both"
UNBOUNDED = 1 << 62
"""Any number of replicas."""
ROUNDS = 1_000
"""Most rounds in one decision; a real one takes little more than it has variants."""
Targets = dict[str, int]
Pick = Callable[[str, Targets], tuple[Offer, int] | None]
"""The variant that a role should grow by and how many replicas it may take; None: none."""


class Endless(ArithmeticError):  # noqa: N818 - what the numbers ask for, not a malfunction
    """A demand so large that replicas of this capacity could never meet it."""

    def __init__(self) -> None:
        super().__init__(f"the demand is not met after {ROUNDS:,} rounds of adding replicas")


@dataclass(slots=True)
class Standing:
    """What each ballot still needs and could spare, by role, while replicas are assigned.

    `needs` and `spares` follow the order of `ballots`, each in its ballot's own unit; `lefts`
    are the model's own needs, which fair sharing reads afterwards.
    """

    ballots: Sequence[Ballot]
    needs: list[dict[str, float]]
    spares: list[dict[str, float]]
    lefts: list[float]

    @property
    def roles(self) -> list[str]:
        """All roles that any ballot names, sorted."""
        return sorted({role for need in self.needs for role in need})

    @property
    def wanting(self) -> bool:
        """Whether any role needs more."""
        return any(amount > 0 for need in self.needs for amount in need.values())

    def again(self) -> None:
        """Reset the needs to the ballots' own, less what a model without roles was given."""
        self.needs = [
            _by_role(ballot, left, "required")
            for ballot, left in zip(self.ballots, self.lefts, strict=True)
        ]


def standing(ballots: Sequence[Ballot]) -> Standing:
    """The needs and spares of the ballots before anything is assigned.

    A ballot without roles speaks for the one role "both", with the model's own numbers.
    Source: WVA v0.8.0 internal/engines/pipeline/analyzer_helpers.go initRoleState.
    """
    return Standing(
        ballots,
        [_by_role(b, b.required, "required") for b in ballots],
        [_by_role(b, b.spare, "spare") for b in ballots],
        [b.required for b in ballots],
    )


def _by_role(ballot: Ballot, model: float, what: str) -> dict[str, float]:
    if ballot.roles:
        return {role: float(getattr(sums, what)) for role, sums in ballot.roles.items()}
    return {BOTH: model}


def grow(
    state: Standing,
    targets: Targets,
    pick: Pick,
    take: Callable[[Offer, int], None] | None = None,
) -> None:
    """Add replicas, in rounds, until no role is in need or none can grow.

    A round: each role's variant is picked, n = min(max over ballots of ceil(need / capacity),
    what the pick allows); the share of its need that n covers is a role's util, and all roles
    advance by the least of them: k = max(floor(util * need / capacity), min(1, n)).
    `take` is called with what was assigned. Source: WVA v0.8.0
    internal/engines/pipeline/analyzer_helpers.go allocateForModelPaired. Raises Endless.
    """
    roles = state.roles
    for _ in range(ROUNDS):
        if not state.wanting:
            return
        picked: dict[str, tuple[Offer, int]] = {}
        for role in roles:
            choice = pick(role, targets)
            if choice is None:
                return
            picked[role] = choice
        counts = {
            role: min(_bottleneck(state, role, offer.name), most)
            for role, (offer, most) in picked.items()
        }
        demands = {role: max(need.get(role, 0.0) for need in state.needs) for role in roles}
        util = min(_util(counts[r], picked[r][0].capacity, demands[r]) for r in roles)
        if util <= 0:
            return
        commits = {
            role: _commit(util, demands[role], offer.capacity, counts[role])
            for role, (offer, _) in picked.items()
        }
        if not any(commits.values()):
            return
        for role, (offer, _) in picked.items():
            targets[offer.name] = targets.get(offer.name, 0) + commits[role]
            for need in state.needs:
                need[role] = max(0.0, need.get(role, 0.0) - commits[role] * offer.capacity)
            if take is not None:
                take(offer, commits[role])
        _settle(state, picked, commits)
    raise Endless


def _bottleneck(state: Standing, role: str, variant: str) -> int:
    """Replicas of a variant that the most demanding ballot asks for."""
    asked = [
        ceil(need.get(role, 0.0) / capacity)
        for ballot, need in zip(state.ballots, state.needs, strict=True)
        if (capacity := ballot.per_replica.get(variant, 0.0)) > 0
    ]
    return max([0, *asked])


def _util(count: int, capacity: float, demand: float) -> float:
    return 1.0 if demand <= 0 else count * capacity / demand


def _commit(util: float, demand: float, capacity: float, count: int) -> int:
    if capacity <= 0 or demand <= 0:
        return 0
    return max(floor(util * demand / capacity), min(1, count))


def _settle(
    state: Standing, picked: Mapping[str, tuple[Offer, int]], commits: Mapping[str, int]
) -> None:
    """The model's own needs follow the prefill role, else the only one."""
    lead = next((role for role in ("prefill", BOTH) if role in picked), None)
    if lead is None:
        return
    name = picked[lead][0].name
    for index, ballot in enumerate(state.ballots):
        capacity = ballot.per_replica.get(name, 0.0)
        if capacity > 0:
            state.lefts[index] = max(0.0, state.lefts[index] - commits[lead] * capacity)


def shrink(state: Standing, variants: Sequence[Offer], targets: Targets) -> None:
    """Remove replicas of every role for which all ballots have capacity to spare.

    n = min over ballots of floor(spare / capacity), within `shed`'s limits.
    Source: WVA v0.8.0 internal/engines/pipeline/cost_aware_optimizer.go scaleDownRoleIterated.
    """
    for role in sorted({offer.role for offer in variants}):
        if not state.ballots or any(spare.get(role, 0.0) <= 0 for spare in state.spares):
            continue

        def safe(offer: Offer, role: str = role) -> int:
            fits = [
                floor(spare.get(role, 0.0) / capacity)
                for ballot, spare in zip(state.ballots, state.spares, strict=True)
                if (capacity := ballot.per_replica.get(offer.name, 0.0)) > 0
            ]
            return max(0, min(fits, default=0))

        def gone(offer: Offer, count: int, role: str = role) -> None:
            for ballot, spare in zip(state.ballots, state.spares, strict=True):
                capacity = ballot.per_replica.get(offer.name, 0.0)
                if capacity > 0:
                    spare[role] = max(0.0, spare.get(role, 0.0) - count * capacity)

        shed(dearest_first(of_role(variants, role), state.ballots), targets, safe, gone)


def shed(
    ordered: Sequence[Offer],
    targets: Targets,
    most: Callable[[Offer], int],
    gone: Callable[[Offer, int], None],
) -> None:
    """Remove up to `most` replicas of each variant in turn, never below its `minReplicas`.

    The last one keeps one replica while no variant before it has any.
    Source: WVA v0.8.0 internal/engines/pipeline/cost_aware_optimizer.go scaleDownVariantSet.
    """
    for index, offer in enumerate(ordered):
        current = targets.get(offer.name, 0)
        removable = current - (offer.state.min or 0)
        if offer.capacity <= 0 or removable <= 0:
            continue
        count = min(most(offer), removable)
        last = index == len(ordered) - 1
        if last and count >= current and not any(targets.get(o.name, 0) for o in ordered[:index]):
            count = current - 1
        if count > 0:
            targets[offer.name] = current - count
            gone(offer, count)


def dearest_first(variants: Sequence[Offer], ballots: Sequence[Ballot]) -> list[Offer]:
    """By cost, then by the least capacity over all ballots (by their scores), then by name."""

    def weight(offer: Offer) -> float:
        return sum(b.score * b.per_replica.get(offer.name, 0.0) for b in ballots)

    return sorted(variants, key=lambda o: (-o.cost, weight(o), o.name))
