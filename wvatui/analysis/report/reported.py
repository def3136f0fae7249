"""The data of a report: compared runs, with everything about each computed once; and its files."""

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
    """A run of a report. Its figures cover the time from the start of its load to the end of the
    recording, unless `given` names another stretch; pictures show all of it."""

    run: Run
    prices: Mapping[str, float] = field(default_factory=dict)
    given: MeasuredRun | None = None
    covered: tuple[CoverageRow, ...] | None = None
    help: ReportHelp = field(default_factory=ReportHelp)
    """Draws its pictures, and searches for its findings."""
    figures: dict[str, Any] = field(default_factory=dict)
    """Figures that were drawn or are being drawn, by name."""

    @cached_property
    def measured(self) -> MeasuredRun:
        """Its figures."""
        if self.given is not None:
            return self.given
        return MeasuredRun(self.run, self.run.since, self.run.until, self.prices)

    @cached_property
    def coverage(self) -> tuple[CoverageRow, ...]:
        """Its coverage."""
        return coverage(self.measured) if self.covered is None else self.covered

    @cached_property
    def told(self) -> Told:
        """Its data as the older experiments' notebooks read it."""
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
    """One file. `make`: returns its content; None: the run has no data for it, and the file is
    omitted.

    `name`: below the report's folder, or below the run's folder where there are several, with `/`.
    `drawn`: it is a picture or contains one, and is omitted where none can be drawn.
    """

    name: str
    make: Callable[[ReportedRun], str | bytes | None]
    drawn: bool = False
