"""What a query reads: series with labels over time, and the sources that hold them."""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from wvatui.core.metrics.promql.tokens import PromqlError
from wvatui.core.metrics.promql.tree import (
    PromqlSelector,
)

LOOKBACK_S = 300.0
"""How old the newest sample may be (Prometheus --query.lookback-delta)."""


class FamilyNotHeld(PromqlError):  # noqa: N818 - an answer, not a malfunction
    """The source holds no series of this name. `held`: the names that it holds."""

    def __init__(self, name: str, held: Collection[str]) -> None:
        self.name, self.held = name, tuple(sorted(held))
        known = ", ".join(self.held) or "nothing"
        super().__init__(f"nothing of the name {name!r} is held; held are {known}")


class ValueNotKnown(PromqlError):  # noqa: N818 - an answer, not a malfunction
    """The source holds the series, but not its value at that time."""


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """One series: ascending UTC epoch seconds and the value at each.

    Counters are totals, a histogram's buckets carry `le`. A value of None marks the end of the
    series (its target is gone).
    """

    labels: Mapping[str, str]
    times: Sequence[float]
    values: Sequence[float | None]

    def at(self, at: float, lookback_s: float = LOOKBACK_S) -> float | None:
        """The newest value at `at`; None: there is none, or it is too old."""
        place = bisect_right(self.times, at) - 1
        if place < 0 or at - self.times[place] >= lookback_s:
            return None
        return self.values[place]

    def within(self, since: float, until: float) -> tuple[list[float], list[float]]:
        """Times and values of (since, until]."""
        first, last = bisect_right(self.times, since), bisect_right(self.times, until)
        pairs = zip(self.times[first:last], self.values[first:last], strict=True)
        known = [(at, value) for at, value in pairs if value is not None]
        return [at for at, _ in known], [value for _, value in known]


class SeriesSource(Protocol):
    """Where series are from."""

    def names(self) -> Collection[str]:
        """The names of metrics that it holds."""

    def tells(self, name: str, label: str) -> bool:
        """Whether it knows this label of a metric; matchers on other labels are taken to match."""

    def series(self, name: str, since: float, until: float) -> Sequence[TimeSeries]:
        """The series of a metric as far as they are known; empty: there were none.

        Raises FamilyNotHeld; ValueNotKnown where nobody observed them from `since` to `until` (UTC
        epoch seconds; both the same for one moment).
        """


def selected(source: SeriesSource, selector: PromqlSelector, at: float) -> list[TimeSeries]:
    """The series that a selector picks; matchers on unknown labels match everything.

    Raises what `SeriesSource.series` does.
    """
    until = at - selector.offset_s
    name, judged = (
        selector.name,
        [m for m in selector.matchers if source.tells(selector.name, m.label)],
    )
    series = source.series(name, until - (selector.range_s or 0.0), until)
    return [each for each in series if all(matcher.matches(each.labels) for matcher in judged)]
