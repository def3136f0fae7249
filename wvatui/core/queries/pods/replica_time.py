"""Replicas over a stretch of time, and their cost, from the replica ladder."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from wvatui.core.kube_object import NamespacedName
from wvatui.core.queries.pods.replica_rows import accelerator_of
from wvatui.core.state.linking import state_links
from wvatui.core.state.session_window import endpoints_of, is_outside
from wvatui.core.state.state import State
from wvatui.core.sums import whole_sum


@dataclass(frozen=True, slots=True)
class ReplicaTime:
    """The replicas of all variants over a stretch of time, from the ladder.

    `known_s`: the seconds in which any was known; only these count. `cost`: replica-hours times
    the unit cost of each variant; None where a variant with replicas has no unit cost.
    """

    least: int | None = None
    most: int | None = None
    mean: float | None = None
    seconds: float | None = None
    """Replica-seconds."""
    known_s: float = 0.0
    cost: float | None = None
    costs: Mapping[NamespacedName, float | None] = field(default_factory=dict)
    """The same of each variant that had replicas; None: it has no unit cost."""


ReplicaSteps = Mapping[NamespacedName, Sequence[tuple[float, int | None]]]
"""By variant: (time, replicas from then on), ascending; None: not known from then on."""


def replica_time(
    state: State,
    since: float,
    until: float,
    *,
    steps: ReplicaSteps | None = None,
    prices: Mapping[str, float] | None = None,
) -> ReplicaTime:
    """Ready replicas in [since, until]; the controller's view where no workload is known.

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
    costs = {
        keys[number]: None if (price := unit.get(keys[number])) is None else area / 3600.0 * price
        for number, area in areas.items()
        if area
    }
    return ReplicaTime(
        least=min(totals),
        most=max(totals),
        mean=seconds / known_s,
        seconds=seconds,
        known_s=known_s,
        cost=whole_sum(costs.values()) if costs or not prices else 0.0,
        costs=costs,
    )


PriceList = tuple[tuple[str, float], ...]
"""(variant, endpoint or accelerator, price an hour of one replica), as `unit_costs` takes them."""


@dataclass(frozen=True, slots=True)
class RunningCost:
    """What replicas cost by given prices. None: not known, or one with replicas has no price."""

    so_far: float | None
    """From the session's first event to now."""
    an_hour: float | None
    """Of the replicas that are there now."""
    each: Mapping[NamespacedName, "RunningCost"] = field(default_factory=dict)
    """The same of each variant, or endpoint."""
    prices: Mapping[NamespacedName, float | None] = field(default_factory=dict)
    """Of one replica an hour."""
    unused: tuple[str, ...] = ()
    """Names that were given a price and are nothing's."""


def running_cost(state: State, prices: PriceList) -> RunningCost:
    """The cost so far of everything that is watched, and its present cost per hour."""
    given = dict(prices)
    unit = unit_costs(state, given)
    steps = ladder_steps(state)
    ran = replica_time(state, state.first_at, state.now, steps=steps, prices=given)
    rates: dict[NamespacedName, float | None] = {}
    for key, own in steps.items():
        count = own[-1][1] if own else None
        if count is not None:
            price = unit.get(key)
            rates[key] = 0.0 if not count else None if price is None else count * price
    so_far = ({} if ran.seconds is None else dict.fromkeys(rates, 0.0)) | dict(ran.costs)
    each = {key: RunningCost(so_far.get(key), rates.get(key)) for key in {**so_far, **rates}}
    unused = tuple(unused_prices(state, given))
    return RunningCost(ran.cost, whole_sum(rates.values()), each, unit, unused)


def ladder_steps(state: State) -> ReplicaSteps:
    """Ready replicas of each variant over time. An engine outside a cluster counts as a replica all
    the time, whether it answers or not."""
    if is_outside(state.header):
        return {("", name): [(state.first_at, 1)] for name in endpoints_of(state.header)}
    return {
        key: [(step.at, step.ready if step.ready is not None else step.current) for step in ring]
        for key, ring in state.ladder.items()
    }


def believed_steps(state: State) -> ReplicaSteps:
    """For a log alone: the current replicas as the controller saw them, from its first decision for
    a variant to the last. Empty where it decided nothing."""
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
"""Key of the price for everything that has no price of its own."""


def unit_costs(
    state: State, prices: Mapping[str, float] | None = None
) -> dict[NamespacedName, float | None]:
    """Cost per hour of a replica of each variant, as declared or as stated in the log.

    `prices`: by variant, endpoint or accelerator, in lower case; these take precedence, in this
    order. `H100` is also the price of `NVIDIA-H100-80GB-HBM3`. `EVERY`: for all others.
    """
    given = prices or {}
    return {
        key: own if (name := _asked_for(given, names)) is None else given[name]
        for key, (names, own) in _declared(state).items()
    }


def unused_prices(state: State, prices: Mapping[str, float]) -> list[str]:
    """Names among `prices` that are of no variant, endpoint or accelerator of the session."""
    used = {_asked_for(prices, names) for names, _ in _declared(state).values()}
    return [name for name in prices if name not in used and name != EVERY]


def _declared(state: State) -> dict[NamespacedName, tuple[tuple[str, ...], float | None]]:
    """By variant or endpoint: the names that may have a price, and the cost that is declared."""
    declared: dict[NamespacedName, tuple[tuple[str, ...], float | None]] = {}
    for link in state_links(state):
        cost = link.variant.cost if link.variant is not None else None
        info = state.info.get(state.id_of(link))
        own = cost if cost is not None else info.cost if info else None
        declared[link.key] = (link.name, accelerator_of(link, state)), own
    for name in endpoints_of(state.header):
        declared["", name] = (name,), None
    for decision in state.decisions:
        key = decision.namespace, decision.variant
        if key not in declared:
            info = state.info.get(state.window.id_of(*key))
            names = decision.variant, decision.accelerator
            declared[key] = names, info.cost if info else None
    for gone in state.ladder:  # its replicas have cost something; its accelerator is forgotten
        declared.setdefault(gone, ((gone[1],), None))
    return declared


def _asked_for(prices: Mapping[str, float], names: Iterable[str]) -> str | None:
    """The price that is meant: of a whole name, of words of one (the longest), of all others."""
    called = [_hyphenated(name.lower()) for name in names]
    words = {price: _hyphenated(price) for price in prices if price != EVERY}
    for name in called:
        for price, word in words.items():
            if word == name:
                return price
    parts = [p for p, word in words.items() if any(f"-{word}-" in f"-{n}-" for n in called[1:])]
    return max(parts, key=len, default=EVERY if EVERY in prices else None)


def _hyphenated(name: str) -> str:
    """A name with everything between its words (letters, digits and dots) as one hyphen."""
    return re.sub(r"(?:[^\w.]|_)+", "-", name)
