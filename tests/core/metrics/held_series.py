"""Series in memory, for queries in tests."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from wvatui.core.metrics.promql.series import FamilyNotHeld, TimeSeries, ValueNotKnown


@dataclass(frozen=True, slots=True)
class HeldSeries:
    """Series in memory, by the name of their metric.

    `since`: start of the observation, UTC epoch seconds; None: all was observed. `unknown`: labels
    that the series have but whose values are not known.
    """

    by_name: Mapping[str, Sequence[TimeSeries]]
    since: float | None = None
    unknown: Collection[str] = ()

    def names(self) -> Collection[str]:
        """See SeriesSource."""
        return self.by_name.keys()

    def tells(self, name: str, label: str) -> bool:
        """See SeriesSource."""
        return label not in self.unknown

    def series(self, name: str, since: float, until: float) -> Sequence[TimeSeries]:
        """See SeriesSource."""
        if name not in self.by_name:
            raise FamilyNotHeld(name, self.names())
        if self.since is not None and since < self.since:
            raise ValueNotKnown(f"{name}: nothing was seen of the time before")
        return self.by_name[name]
