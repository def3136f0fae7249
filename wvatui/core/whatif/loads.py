"""The load of a model's replicas at one moment, and how another number of replicas shares it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import ceil, floor

from wvatui.core.rules.wva.saturation_v1 import is_saturated
from wvatui.core.rules.wva.thresholds import Settings


@dataclass(frozen=True, slots=True)
class LoadShare:
    """One serving replica: KV cache use (ratio), requests waiting and running.

    With several engines in a pod, the fullest counts for KV and queue, as in the rules. `running`
    None: not measured.
    """

    variant: str
    kv: float
    waiting: float
    running: float | None = None
    pod: str = ""


def peak_loads(
    newest: Iterable[LoadShare], looks: Iterable[Iterable[LoadShare]]
) -> tuple[LoadShare, ...]:
    """The replicas of `newest`, each with its highest KV use and queue in all `looks`."""
    peak = {load.pod: load for load in newest}
    for load in chain.from_iterable(looks):
        if (known := peak.get(load.pod)) is not None:
            kv, waiting = max(known.kv, load.kv), max(known.waiting, load.waiting)
            peak[load.pod] = replace(known, kv=kv, waiting=waiting)
    return tuple(peak.values())


@dataclass(frozen=True, slots=True)
class LoadSharing:
    """What sharing a load depends on, apart from the load itself.

    `per_request`: share of a replica's KV cache that one running request uses. `full`: KV use
    (ratio) at which requests wait in the replicas of this recording.
    """

    limits: Settings
    per_request: float
    full: float = 1.0


LoadShape = Callable[[Sequence[LoadShare], int, LoadSharing], list[LoadShare]]
"""(loads as recorded, replicas wanted, facts) -> loads of that many replicas, without names."""


def share(
    loads: Sequence[LoadShare], replicas: Mapping[str, int], shape: LoadShape, facts: LoadSharing
) -> tuple[LoadShare, ...]:
    """The load of a moment on `replicas` serving replicas by variant.

    If these are the recorded replicas, the load is the recorded one. No replicas carry no load.
    """
    before: dict[str, int] = {}
    for load in loads:
        before[load.variant] = before.get(load.variant, 0) + 1
    wanted = {name: count for name, count in replicas.items() if count > 0}
    if before == wanted:
        return tuple(loads)
    count = sum(wanted.values())
    if not count or not loads:
        return ()
    return _named(shape(loads, count, facts), wanted)


def routed(loads: Sequence[LoadShare], count: int, facts: LoadSharing) -> list[LoadShare]:
    """Sharing as requests were routed: replicas that were saturated while others were not keep
    their load, since the router did not relieve them; all other load is shared evenly."""
    hot = [load for load in loads if is_saturated(load.kv, load.waiting, facts.limits)]
    if not hot or len(hot) == len(loads) or count <= len(hot):
        return even(loads, count, facts)
    rest = [load for load in loads if load not in hot]
    return [*hot, *even(rest, count - len(hot), facts)]


def even(loads: Sequence[LoadShare], count: int, facts: LoadSharing) -> list[LoadShare]:
    """Sharing by a perfect router: evenly, so that requests only wait where no replica has room.

    demand = KV in use + waiting * KV of a request; kv = min(full, demand / replicas); the rest
    of the demand waits.
    """
    kv = sum(load.kv for load in loads)
    waiting = sum(load.waiting for load in loads)
    each = (kv + waiting * facts.per_request) / count
    full = max(facts.full, kv / len(loads))
    held = min(full, each)
    left = max(0.0, each - held) / facts.per_request
    # Running requests use their share of the cache, so their number changes with the KV use.
    counts = [load.running for load in loads if load.running is not None]
    running = None
    if len(counts) == len(loads):
        running = sum(counts) / count + (waiting / count - left)
    variant = loads[0].variant
    return [LoadShare(variant, held, left, running)] * count


def kept(loads: Sequence[LoadShare], count: int, facts: LoadSharing) -> list[LoadShare]:
    """Sharing with the recorded imbalance: each replica carries the share of the total that the
    replica of the same rank carried; waiting requests keep waiting."""
    ordered = sorted(loads, key=lambda load: (-load.waiting, -load.kv))
    scale = len(ordered) / count
    out = []
    for index in range(count):
        kv, waiting, running = _slice(ordered, index * scale, (index + 1) * scale)
        over = max(0.0, kv - max(1.0, facts.full)) / facts.per_request
        kv = min(kv, max(1.0, facts.full))
        if running is not None:
            running = max(0.0, running - over)
        out.append(LoadShare(ordered[0].variant, kv, waiting + over, running))
    return out


def _slice(
    ordered: Sequence[LoadShare], since: float, until: float
) -> tuple[float, float, float | None]:
    """The sum of loads between two (fractional) ranks."""
    kv = waiting = 0.0
    running: float | None = 0.0
    for place in range(floor(since), min(len(ordered), ceil(until - 1e-9))):
        part = min(until, place + 1) - max(since, place)
        kv += part * ordered[place].kv
        waiting += part * ordered[place].waiting
        mine = ordered[place].running
        running = None if running is None or mine is None else running + part * mine
    return kv, waiting, running


def _named(shared: list[LoadShare], replicas: Mapping[str, int]) -> tuple[LoadShare, ...]:
    """The loads, assigned to replicas of the variants; a kept load stays in its variant."""
    left = dict(replicas)
    out: list[LoadShare] = []
    rest: list[LoadShare] = []
    for load in shared:
        if load.pod and left.get(load.variant, 0) > 0:
            left[load.variant] -= 1
            out.append(load)
        else:
            rest.append(load)
    places = [name for name in sorted(left) for _ in range(left[name])]
    for number, (load, variant) in enumerate(zip(rest, places, strict=False)):
        out.append(
            LoadShare(
                variant, load.kv, load.waiting, load.running, load.pod or f"{variant}~{number}"
            )
        )
    return tuple(out)


@dataclass(frozen=True, slots=True)
class Router:
    """One assumption about how requests are routed to replicas."""

    id: str
    title: str
    shape: LoadShape


ROUTERS: tuple[Router, ...] = (
    Router(
        "routed",
        "saturated replicas beside free ones keep what they carry, all else is shared evenly",
        routed,
    ),
    Router("even", "a perfect router shares everything evenly", even),
    Router("kept", "the recorded imbalance is kept, stretched over the replicas", kept),
)
"""The table uses the first one; the others show how much depends on it."""
