"""What a report is of: runs beside each other, of each everything computed once; and its files."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from wvatui.analysis.compare.coverage import CoverageRow, coverage
from wvatui.analysis.compare.measured import MeasuredRun
from wvatui.analysis.compare.report import ComparisonReport
from wvatui.analysis.report.notebooks.told import Told
from wvatui.analysis.runs.run import Run
from wvatui.core.findings.over_time import EACH_S, Lasting, found_over_time
from wvatui.host.workers import Calling, in_place
from wvatui.recording import open_recording

MOMENTS = 120
"""Moments of a run at which findings are looked for at most."""


@dataclass(frozen=True, eq=False)
class ReportedRun:
    """A run. What is counted of it is from the start of its load to the end of the recording,
    where `given` does not say another stretch; pictures show all of it."""

    run: Run
    prices: Mapping[str, float] = field(default_factory=dict)
    given: MeasuredRun | None = None
    covered: tuple[CoverageRow, ...] | None = None
    draws: Calling = in_place
    searches: Calling = in_place
    """Where its pictures are drawn, and its findings looked for."""
    figures: dict[str, Any] = field(default_factory=dict)
    """By name what was drawn of it, or will be."""

    @cached_property
    def measured(self) -> MeasuredRun:
        """Its figures."""
        if self.given is not None:
            return self.given
        return MeasuredRun(self.run, self.run.since, self.run.until, self.prices)

    @cached_property
    def coverage(self) -> tuple[CoverageRow, ...]:
        """What it can support."""
        return coverage(self.measured) if self.covered is None else self.covered

    @cached_property
    def told(self) -> Told:
        """What the older experiments' notebooks take from it."""
        return Told(self.run)

    @property
    def looked_each_s(self) -> float:
        """Seconds between two looks for findings."""
        run = self.run
        return max(EACH_S, round((run.until - run.state.first_at) / MOMENTS))

    @cached_property
    def search(self) -> "Future[tuple[Lasting, ...]]":
        """The search for findings, which begins when this is asked for first."""
        run = self.run
        return self.searches(_found, run.path.absolute(), run.namespace, self.looked_each_s)

    @property
    def found(self) -> tuple[Lasting, ...]:
        """All findings over the whole run."""
        return self.search.result()


def _found(path: Path, namespace: str, each_s: float) -> tuple[Lasting, ...]:
    with closing(open_recording(path, namespace=namespace, parts=True)) as reader:
        return found_over_time(reader.events(), each_s)[0]


def runs_of(
    compared: ComparisonReport, draws: Calling = in_place, searches: Calling = in_place
) -> tuple[ReportedRun, ...]:
    """The runs of a comparison, over what is compared of them."""
    return tuple(
        ReportedRun(measured.run, measured.prices, measured, covered, draws, searches)
        for measured, covered in zip(compared.comparison.opened, compared.coverage, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file. `make`: what is in it; None: the run has nothing for it, and there is no file.

    `name`: below the report's folder, or that of the run where there are several, with `/`.
    `drawn`: it is a picture, or has one, and is left out where none can be drawn.
    """

    name: str
    make: Callable[[ReportedRun], str | bytes | None]
    drawn: bool = False
