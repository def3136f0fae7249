"""Replicas over a stretch of time, and what they cost, as the replica ladder has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wvatui.core.kube_object import NamespacedName
from wvatui.core.queries.pods.replica_rows import accelerator_of, state_links
from wvatui.core.state.session_window import endpoints_of, is_outside
from wvatui.core.state.state import State


@dataclass(frozen=True, slots=True)
class ReplicaTime:
    """The replicas of all variants over a stretch of time, as the ladder has them.

    `known_s`: the seconds in which any was known; only these count. `cost`: replica-hours times
    the unit cost of each variant; None where one with replicas has none.
    """

    least: int | None = None
    most: int | None = None
    mean: float | None = None
    seconds: float | None = None
    """Replica-seconds."""
    known_s: float = 0.0
    cost: float | None = None


ReplicaSteps = Mapping[NamespacedName, Sequence[tuple[float, int | None]]]
"""By variant: (time, replicas from then on), ascending; None: from then on nobody knows."""


def replica_time(
    state: State,
    since: float,
    until: float,
    *,
    steps: ReplicaSteps | None = None,
    prices: Mapping[str, float] | None = None,
) -> ReplicaTime:
    """Ready replicas in [since, until]; the controller's belief where no workload is known.

    `steps`: instead of the ladder. `prices`: see `unit_costs`.
    """
    by_key = ladder_steps(state) if steps is None else steps
    keys = list(by_key)
    ordered = sorted(
        (
            (max(since, at), number, count)
            for number, key in enumerate(keys)
            for at, count in by_key[key]
            if at < until
        ),
        key=lambda step: step[0],
    )
    now: dict[int, int] = {}
    totals: list[int] = []
    areas: dict[int, float] = {}
    known_s = 0.0
    for (at, number, count), (end, _, _) in pairwise([*ordered, (until, -1, None)]):
        if count is None:
            now.pop(number, None)
        else:
            now[number] = count
        length_s = end - at
        if length_s > 0 and now:
            totals.append(sum(now.values()))
            known_s += length_s
            for variant, replicas in now.items():
                areas[variant] = areas.get(variant, 0.0) + replicas * length_s
    if not totals:
        return ReplicaTime()
    seconds = sum(areas.values())
    unit = unit_costs(state, prices)
    costs = [
        None if (price := unit.get(keys[number])) is None else area / 3600.0 * price
        for number, area in areas.items()
        if area
    ]
    known = [cost for cost in costs if cost is not None]
    return ReplicaTime(
        least=min(totals),
        most=max(totals),
        mean=seconds / known_s,
        seconds=seconds,
        known_s=known_s,
        cost=sum(known) if known and len(known) == len(costs) else None,
    )


def ladder_steps(state: State) -> ReplicaSteps:
    """Ready replicas of each variant over time. An engine outside a cluster is a replica all the
    time: its machine is there, whether it answers or not."""
    if is_outside(state.header):
        return {("", name): [(state.first_at, 1)] for name in endpoints_of(state.header)}
    return {
        key: [(step.at, step.ready if step.ready is not None else step.current) for step in ring]
        for key, ring in state.ladder.items()
    }


def believed_steps(state: State) -> ReplicaSteps:
    """Of a log alone: what the controller took for current, from its first decision of a variant
    to the last one. Empty where it decided nothing."""
    steps: dict[NamespacedName, list[tuple[float, int | None]]] = {}
    for decision in sorted(state.decisions, key=lambda d: d.at):
        if decision.current is not None and not decision.context:
            steps.setdefault((decision.namespace, decision.variant), []).append(
                (decision.at, decision.current)
            )
    for own in steps.values():
        own.append((own[-1][0], None))
    return steps


EVERY = "*"
"""Stands for every accelerator that no other price names."""


def unit_costs(
    state: State, prices: Mapping[str, float] | None = None
) -> dict[NamespacedName, float | None]:
    """What a replica of each variant costs an hour, as it is declared, or as the log states it.

    `prices`: by accelerator, in small letters; these go first. `EVERY`: of all others.
    """
    given = prices or {}
    costs: dict[NamespacedName, float | None] = {}
    for link in state_links(state):
        declared = link.variant.cost if link.variant is not None else None
        info = state.info.get(state.id_of(link))
        own = declared if declared is not None else info.cost if info else None
        costs[link.key] = _priced(given, accelerator_of(link, state), own)
    for name in endpoints_of(state.header):
        costs["", name] = given.get(EVERY)
    for decision in state.decisions:
        key = (decision.namespace, decision.variant)
        if key not in costs:
            info = state.info.get(decision.variant)
            costs[key] = _priced(given, decision.accelerator, info.cost if info else None)
    return costs


def _priced(prices: Mapping[str, float], accelerator: str, own: float | None) -> float | None:
    return prices.get(accelerator.lower(), prices.get(EVERY, own))
