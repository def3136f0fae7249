"""Replicas over a stretch of time, and what they cost, as the replica ladder has them."""

from dataclasses import dataclass
from itertools import pairwise

from wvatui.core.kube_object import NamespacedName
from wvatui.core.queries.pods.replica_rows import state_links
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


def replica_time(state: State, since: float, until: float) -> ReplicaTime:
    """Ready replicas in [since, until]; the controller's belief where no workload is known."""
    keys = list(state.ladder)
    steps: list[tuple[float, int, int | None]] = [
        (max(since, step.at), number, step.ready if step.ready is not None else step.current)
        for number, key in enumerate(keys)
        for step in state.ladder[key]
        if step.at < until
    ]
    steps.sort(key=lambda step: step[0])
    now: dict[int, int] = {}
    totals: list[int] = []
    areas: dict[int, float] = {}
    known_s = 0.0
    for (at, number, count), (end, _, _) in pairwise([*steps, (until, -1, None)]):
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
    unit = unit_costs(state)
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


def unit_costs(state: State) -> dict[NamespacedName, float | None]:
    """What a replica of each variant costs an hour, as it is declared, or as the log states it."""
    costs: dict[NamespacedName, float | None] = {}
    for link in state_links(state):
        declared = link.variant.cost if link.variant is not None else None
        info = state.info.get(state.id_of(link))
        costs[link.key] = declared if declared is not None else info.cost if info else None
    return costs
