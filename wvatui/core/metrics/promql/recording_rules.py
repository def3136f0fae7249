"""Recording rules: series that Prometheus computes from others at an interval."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import floor

from wvatui.core.metrics.promql.evaluate import PromqlSample, answer
from wvatui.core.metrics.promql.series import SeriesSource, TimeSeries
from wvatui.core.metrics.promql.tree import PromqlNode, selectors


@dataclass(frozen=True, slots=True)
class RecordingRules:
    """Queries by the name of the series that they produce, evaluated every `interval_s`."""

    queries: Mapping[str, PromqlNode]
    interval_s: float = 15.0


@dataclass(frozen=True, slots=True)
class RuledSeries:
    """A source and the series that rules make of it, evaluated on demand at the rules' times."""

    source: SeriesSource
    rules: RecordingRules

    def names(self) -> Collection[str]:
        """See SeriesSource: what the source holds, and the rules over it."""
        held = set(self.source.names())
        return (*held, *(name for name in self.rules.queries if self._over(name) <= held))

    def _over(self, name: str) -> set[str]:
        """Names of the source's own series that a rule reads, through other rules too."""
        read: set[str] = set()
        for selector in selectors(self.rules.queries[name]):
            ruled = selector.name in self.rules.queries
            read |= self._over(selector.name) if ruled else {selector.name}
        return read

    def tells(self, name: str, label: str) -> bool:
        """See SeriesSource."""
        return self.source.tells(name, label)

    def series(self, name: str, since: float, until: float) -> Sequence[TimeSeries]:
        """See SeriesSource. Raises what the query of a rule does."""
        query = self.rules.queries.get(name)
        if query is None:
            return self.source.series(name, since, until)
        every = self.rules.interval_s
        first, last = floor(since / every), floor(until / every)
        points: dict[frozenset[tuple[str, str]], list[tuple[float, float]]] = {}
        for number in range(first, last + 1):
            at = number * every
            made = answer(query, self, at)
            for labels, value in [PromqlSample({}, made)] if isinstance(made, float) else made:
                points.setdefault(frozenset(labels.items()), []).append((at, value))
        return [
            TimeSeries(dict(key), [at for at, _ in series], [value for _, value in series])
            for key, series in points.items()
        ]
