"""Counters and histograms over the slots of a window: the observations in each, over many pods.

A percentile of several pods comes from the sum of their histograms. Slots start at whole multiples
of their length in absolute time, so that their values stay the same while the window moves; the
last one ends at the newest moment and is as long as the others.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import add, sub

import msgspec

from wvatui.core.events import Scrape
from wvatui.core.memo import WindowMemo
from wvatui.core.metrics.histogram import Histogram, quantile, read
from wvatui.core.metrics.metrics_table import Metric
from wvatui.core.metrics.scrape_fields import histogram_pair, rate
from wvatui.core.queries.charts.gauge_slots import SlotMemory
from wvatui.core.state.history import History
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import State

MOST = 64
"""Most slots in a window; more would cost time and show nothing new."""
LENGTHS_S = (
    *(10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0),
    *(3_600.0, 7_200.0, 14_400.0, 43_200.0, 86_400.0),
)

CounterPair = tuple[Scrape, Scrape]
SlotValue = tuple[float, float | None]
"""(time, value); None: nothing was observed."""


class Slots:
    """The slots of a window. `ends[i]` is the end of slot i, `times[i]` where it is drawn."""

    __slots__ = ("ends", "length_s", "times", "window")

    def __init__(self, since: float, until: float, now: float) -> None:
        self.window = since, until
        span = max(1.0, until - since)
        fits = (length for length in LENGTHS_S if span / length <= MOST)
        self.length_s = length = next(fits, span / MOST)
        newest = min(now, until)
        first, last = math.ceil(since / length), math.floor(newest / length)
        self.ends = [(n + 1) * length for n in range(first, last)]
        self.times = [end - length / 2 for end in self.ends]
        if newest > max(since, self.ends[-1] if self.ends else since):
            self.ends.append(newest)
            self.times.append(newest)

    def pairs(self, history: History, gap_s: float) -> list[CounterPair | None]:
        """For each slot, the two scrapes of a pod around it; None: the pod was not scraped.

        A scrape more than `gap_s` before the start of a slot does not count for it.
        """
        pairs_: list[CounterPair | None] = []
        before, newer = -math.inf, history.upto(-math.inf)
        for end in self.ends:
            begin = end - self.length_s
            older = newer if begin == before else history.upto(begin)
            if older is None or older.at < begin - gap_s:
                older = history.after(begin)
            before, newer = end, history.upto(end)
            if older is None or newer is None or older.at >= newer.at:
                pairs_.append(None)
            else:
                pairs_.append((older, newer))
        return pairs_


PodPairs = Mapping[str, Sequence[CounterPair | None]]
"""By pod: its pairs of scrapes over the slots; see `Slots.pairs`."""


class WindowPairs(WindowMemo[tuple[float, float], dict[str, list[CounterPair | None]]]):
    """The cached pairs of one State, by window and pod: the charts of a screen share a window."""


def pairs_of(state: State, slots: Slots, pods: Iterable[str]) -> PodPairs:
    """The pairs of each scraped one of `pods`."""
    gap_s = fresh_s(state.header)
    kept, pairs = state.of_state.of(WindowPairs).once(slots.window, dict), {}
    for name in pods:
        watched = state.watched.get(name)
        if watched is None or not len(watched.history):
            continue
        if name not in kept:
            kept[name] = slots.pairs(watched.history, gap_s)
        pairs[name] = kept[name]
    return pairs


class _Sums(SlotMemory):
    """The cached sums of histograms, by slot, with the times of the scrapes that they are of."""

    most = 24
    """A screen shows the histograms of three metrics, each of up to eight groups of pods."""


def percentiles(
    state: State, pods: PodPairs, slots: Slots, metric: Metric, quantiles: Sequence[float]
) -> list[list[SlotValue]]:
    """For each quantile of a histogram, its values over the slots for all `pods` together, in the
    drawn unit (milliseconds for seconds)."""
    factor, bounds = metric.drawn[0], state.bounds
    out: list[list[SlotValue]] = [[] for _ in quantiles]
    before, now = state.of_session.of(_Sums).begin((metric.id, slots.length_s, *pods))
    for number, (end, at) in enumerate(zip(slots.ends, slots.times, strict=True)):
        pairs = [pairs[number] for pairs in pods.values()]
        looks = [None if pair is None else (pair[0].at, pair[1].at) for pair in pairs]
        entry = before.get(end)
        if entry is None or entry[0] != looks:
            of_pods = (histogram_pair(*pair, metric.id) for pair in pairs if pair is not None)
            entry = looks, _summed(of_pods)
        now[end] = entry
        layout, total = entry[1] or (-1, [])
        for values, q in zip(out, quantiles, strict=True):
            value = quantile(q, bounds[layout], total) if layout in bounds else None
            values.append((at, None if value is None else value * factor))
    return out


def rates(pods: PodPairs, slots: Slots, counter: str) -> list[SlotValue]:
    """How fast a counter grew in each slot, per second, summed over `pods`."""
    out: list[SlotValue] = []
    for slot, at in enumerate(slots.times):
        pairs = (pairs[slot] for pairs in pods.values())
        grown = (rate(*pair, counter) for pair in pairs if pair is not None)
        known = [value for value in grown if value is not None]
        out.append((at, sum(known) if known else None))
    return out


def _summed(
    pairs: Iterable[tuple[msgspec.Raw, msgspec.Raw]],
) -> tuple[int, list[int]] | None:
    """Id of the bounds and counts of what all pairs observed; None: nothing, or layouts that
    differ."""
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
    return None if layout == -1 else (layout, total)


@lru_cache(maxsize=8192)
def _read(raw: bytes) -> Histogram | None:
    """A decoded histogram; cached, as neighbouring slots share scrapes and redraws repeat them."""
    return read(msgspec.Raw(raw))
