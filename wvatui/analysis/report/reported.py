"""One run of a report, of which everything is computed once, and what a file of it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from wvatui.analysis.compare.coverage import CoverageRow, coverage
from wvatui.analysis.compare.measured import MeasuredRun
from wvatui.analysis.report.notebooks.told import Told
from wvatui.analysis.runs.run import Run


@dataclass(frozen=True, eq=False)
class ReportedRun:
    """A run, over [since, until] of what is counted of it (UTC epoch seconds): from the start of
    its load to the end of the recording. Pictures show all of it."""

    run: Run
    prices: Mapping[str, float] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    """By name what `figures.figured` has drawn of it."""

    @cached_property
    def measured(self) -> MeasuredRun:
        """Its figures."""
        return MeasuredRun(self.run, self.run.since, self.run.until, self.prices)

    @cached_property
    def coverage(self) -> tuple[CoverageRow, ...]:
        """What it can support."""
        return coverage(self.measured)

    @cached_property
    def told(self) -> Told:
        """What the older experiments' notebooks take from it."""
        return Told(self.run)


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file. `make`: what is in it; None: the run has nothing for it, and there is no file.

    `name`: below the report's folder, or that of the run where there are several, with `/`.
    `drawn`: it is a picture, or has one, and is left out where none can be drawn.
    """

    name: str
    make: Callable[[ReportedRun], str | bytes | None]
    drawn: bool = False
