"""Stretches of time in which the same stages of load ran: the times between two changes.

Waves overlap, and so do jobs: a staircase of four jobs is four stretches, each with one rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from wvatui.core.rows.load_views import StageBand
from wvatui.core.sums import whole_sum


@dataclass(frozen=True, slots=True)
class StageStretch:
    """[since, until], and the stages that offer load in all of it."""

    since: float
    until: float
    bands: tuple[StageBand, ...]

    @property
    def open(self) -> bool:
        """Whether its end is not known."""
        return any(band.open and band.until <= self.until for band in self.bands)

    @property
    def rate(self) -> float | None:
        """Requests per second offered by all of them; None when one has no rate."""
        return whole_sum(band.rate for band in self.bands)


def stretches(bands: Sequence[StageBand]) -> tuple[StageStretch, ...]:
    """The stretches from one change of load to the next, ascending; none where there is no load."""
    edges = sorted({at for band in bands for at in (band.since, band.until)})
    spans: list[StageStretch] = []
    for since, until in pairwise(edges):
        active = tuple(band for band in bands if band.since <= since and band.until >= until)
        if active:
            spans.append(StageStretch(since, until, active))
    return tuple(spans)
