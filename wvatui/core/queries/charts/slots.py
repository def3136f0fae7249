"""Counters and histograms over the slots of a window: the observations in each, over many pods.

A percentile of several pods comes from the sum of their histograms. Slots start at whole multiples
of their length in absolute time, so that their values stay the same while the window moves; the
last one ends at the newest moment and is as long as the others.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import ceil, floor
from operator import add, attrgetter, sub

import msgspec

from wvatui.core.events import Scrape
from wvatui.core.metrics.histogram import Histogram, quantile, read
from wvatui.core.metrics.metrics_table import Metric
from wvatui.core.metrics.scrape_fields import histogram_pair
from wvatui.core.state.history import History, rate

MOST = 64
"""Most slots in a window; more would cost time and show nothing new."""
LENGTHS_S = (
    *(10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0),
    *(3_600.0, 7_200.0, 14_400.0, 43_200.0, 86_400.0),
)

CounterPair = tuple[Scrape, Scrape]
SlotBounds = Mapping[int, tuple[float, ...]]
SlotValue = tuple[float, float | None]
"""(time, value); None: nothing was observed."""

_at = attrgetter("at")


class Slots:
    """The slots of a window. `ends[i]` is the end of slot i, `times[i]` where it is drawn."""

    __slots__ = ("ends", "length_s", "times")

    def __init__(self, since: float, until: float, now: float) -> None:
        span = max(1.0, until - since)
        fits = (length for length in LENGTHS_S if span / length <= MOST)
        self.length_s = length = next(fits, span / MOST)
        newest = min(now, until)
        first, last = ceil(since / length), floor(newest / length)
        self.ends = [(n + 1) * length for n in range(first, last)]
        self.times = [end - length / 2 for end in self.ends]
        if newest > max(since, self.ends[-1] if self.ends else since):
            self.ends.append(newest)
            self.times.append(newest)

    def pairs(self, history: History, gap_s: float) -> list[CounterPair | None]:
        """For each slot, the two scrapes of a pod around it; None: the pod was not scraped.

        A scrape more than `gap_s` before the start of a slot does not count for it.
        """
        if not self.ends:
            return []
        length = self.length_s
        rows = history.since(self.ends[0] - length - gap_s)
        pairs_: list[CounterPair | None] = []
        for end in self.ends:
            begin = end - length
            last = bisect_right(rows, end, key=_at) - 1
            first = bisect_right(rows, begin, 0, last + 1, key=_at) - 1
            if first < 0 or rows[first].at < begin - gap_s:
                first += 1
            pairs_.append((rows[first], rows[last]) if 0 <= first < last else None)
        return pairs_


def percentiles(
    pods: Sequence[Sequence[CounterPair | None]],
    times: Sequence[float],
    metric: Metric,
    quantiles: Sequence[float],
    bounds: SlotBounds,
) -> list[list[SlotValue]]:
    """For each quantile of a histogram, its values over the slots for all `pods` together, in the
    drawn unit (milliseconds for seconds)."""
    factor = metric.drawn[0]
    out: list[list[SlotValue]] = [[] for _ in quantiles]
    for slot, at in enumerate(times):
        pairs = (pairs[slot] for pairs in pods)
        total = _summed((histogram_pair(*p, metric.id) for p in pairs if p is not None), bounds)
        for values, q in zip(out, quantiles, strict=True):
            value = quantile(q, *total) if total is not None else None
            values.append((at, None if value is None else value * factor))
    return out


def rates(
    pods: Sequence[Sequence[CounterPair | None]],
    times: Sequence[float],
    counter: str,
) -> list[SlotValue]:
    """How fast a counter grew in each slot, per second, summed over `pods`."""
    out: list[SlotValue] = []
    for slot, at in enumerate(times):
        pairs = (pairs[slot] for pairs in pods)
        grown = (rate(*pair, counter) for pair in pairs if pair is not None)
        known = [value for value in grown if value is not None]
        out.append((at, sum(known) if known else None))
    return out


def _summed(
    pairs: Iterable[tuple[msgspec.Raw, msgspec.Raw]], bounds: SlotBounds
) -> tuple[tuple[float, ...], list[int]] | None:
    """Bounds and counts of what all pairs observed; None: nothing, or layouts that differ."""
    layout, total = -1, [0]
    for older, newer in pairs:
        new, old = _read(bytes(newer)), _read(bytes(older))
        if new is None or old is None or new[0] != old[0] or len(new[2]) != len(old[2]):
            continue
        counts = list(map(sub, new[2], old[2]))
        if min(counts) < 0:
            # The engine was restarted: all that it counts is new.
            counts = list(new[2])
        if layout == -1:
            layout, total = new[0], counts
        elif layout == new[0] and len(total) == len(counts):
            total = list(map(add, total, counts))
        else:
            return None
    return (bounds[layout], total) if layout in bounds else None


@lru_cache(maxsize=8192)
def _read(raw: bytes) -> Histogram | None:
    """A decoded histogram; cached, as neighbouring slots share scrapes and redraws repeat them."""
    return read(msgspec.Raw(raw))
