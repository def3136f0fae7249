"""Totals over scrapes, which stay exact when the scrapes themselves are dropped.

Growth is taken from each scrape to the next, so that a restarted engine counts what it did before
and after: a counter that fell started again at 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import add

from wvatui.core.events import Scrape
from wvatui.core.metrics.histogram import growths
from wvatui.core.metrics.scrape_fields import HISTOGRAMS, NUMBERS, histogram_pair

COUNTERS = ("prompt_tokens", "generation_tokens")
OBSERVED = tuple(HISTOGRAMS)
TOTALLED = (*COUNTERS, *OBSERVED)

BucketCounts = Mapping[int, Sequence[float]]
"""By bounds id: observations per bucket, the overflow bucket last."""


@dataclass(frozen=True, slots=True)
class PolledTotals:
    """Sums over scrapes. A counter or histogram that no two scrapes had has no entry."""

    kv_sum: float = 0.0
    kv_count: int = 0
    kv_peak: float | None = None
    counters: Mapping[str, int] = field(default_factory=dict)
    observed: Mapping[str, BucketCounts] = field(default_factory=dict)


NOTHING_POLLED = PolledTotals()


def polled_totals(
    looks: Sequence[Scrape],
    following: Scrape | None = None,
    left: Mapping[str, Scrape] | None = None,
) -> PolledTotals:
    """The totals of one pod's consecutive scrapes, up to `following`, the scrape after them.

    `left`: as `left_open` gives it for the scrapes before them.
    """
    rows = looks if following is None else [*looks, following]
    kv = [look.kv for look in looks if look.kv is not None]
    seen = {name: [*([left[name]] if left and name in left else []), *rows] for name in TOTALLED}
    counters: dict[str, int] = {}
    for name in COUNTERS:
        values = [int(value) for row in seen[name] if (value := NUMBERS[name](row)) is not None]
        if len(values) > 1:
            counters[name] = sum(b - a if b >= a else b for a, b in pairwise(values))
    observed = {name: _observed(seen[name], name) for name in OBSERVED}
    return PolledTotals(sum(kv), len(kv), max(kv, default=None), counters, observed)


def left_open(
    looks: Sequence[Scrape], following: Scrape, left: Mapping[str, Scrape] | None = None
) -> Mapping[str, Scrape]:
    """By counter or histogram that the scrape after `looks` lacks: the last scrape that has it,
    from which its growth counts up to a later one. `left`: the same before `looks`."""
    lost: dict[str, Scrape] = {}
    for name in TOTALLED:
        if not has(following, name):
            last = next((look for look in reversed(looks) if has(look, name)), None)
            last = last or (left or {}).get(name)
            if last is not None:
                lost[name] = last
    return lost


def has(look: Scrape, name: str) -> bool:
    """Whether a scrape has a counter or histogram."""
    if name in HISTOGRAMS:
        return bool(bytes(HISTOGRAMS[name](look)))
    return NUMBERS[name](look) is not None


def _observed(looks: Sequence[Scrape], name: str) -> BucketCounts:
    """By how much a histogram grew."""
    total: dict[int, Sequence[float]] = {}
    of = HISTOGRAMS[name]
    known = [of(look) for look in looks if bytes(of(look))]
    born = next((pair for pair in pairwise(looks) if bytes(of(pair[1]))), None)
    if born is not None and not bytes(of(looks[0])):
        known.insert(0, histogram_pair(*born, name)[0])
    for layout, counts in growths(known):
        _add(total, layout, counts)
    return total


def _add(total: dict[int, Sequence[float]], layout: int, counts: Sequence[float]) -> None:
    before = total.get(layout)
    total[layout] = counts if before is None else list(map(add, before, counts))


def together(parts: Iterable[PolledTotals]) -> PolledTotals:
    """The sum of several totals."""
    known = [part for part in parts if part is not NOTHING_POLLED]
    if len(known) < 2:
        return known[0] if known else NOTHING_POLLED
    counters: dict[str, int] = {}
    observed: dict[str, dict[int, Sequence[float]]] = {name: {} for name in OBSERVED}
    for part in known:
        for name, count in part.counters.items():
            counters[name] = counters.get(name, 0) + count
        for name, layouts in part.observed.items():
            for layout, counts in layouts.items():
                _add(observed[name], layout, counts)
    return PolledTotals(
        sum(part.kv_sum for part in known),
        sum(part.kv_count for part in known),
        max((part.kv_peak for part in known if part.kv_peak is not None), default=None),
        counters,
        observed,
    )
