"""What a report is of: runs beside each other, of each everything computed once; and its files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from wvatui.analysis.compare.coverage import CoverageRow, coverage
from wvatui.analysis.compare.measured import MeasuredRun
from wvatui.analysis.compare.report import ComparisonReport
from wvatui.analysis.report.helping import ReportHelp, Search
from wvatui.analysis.report.notebooks.told import Told
from wvatui.analysis.runs.run import Run


@dataclass(frozen=True, eq=False)
class ReportedRun:
    """A run. What is counted of it is from the start of its load to the end of the recording,
    where `given` does not say another stretch; pictures show all of it."""

    run: Run
    prices: Mapping[str, float] = field(default_factory=dict)
    given: MeasuredRun | None = None
    covered: tuple[CoverageRow, ...] | None = None
    help: ReportHelp = field(default_factory=ReportHelp)
    """Draws its pictures, and looks for its findings."""
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
    def search(self) -> Search:
        """All findings over the whole run."""
        return self.help.search(self.run.path, self.run.namespace).result()


def runs_of(compared: ComparisonReport, help_: ReportHelp | None = None) -> tuple[ReportedRun, ...]:
    """The runs of a comparison, over what is compared of them."""
    helps = help_ or ReportHelp()
    return tuple(
        ReportedRun(measured.run, measured.prices, measured, covered, helps)
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
