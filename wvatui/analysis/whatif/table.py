"""The results of what-if for the screen: one line per row, and charts to compare."""

from dataclasses import dataclass

from wvatui.core.rows.views import ChartView, SeriesView
from wvatui.core.whatif.course import ReplicaStep
from wvatui.core.whatif.trial import TrialRow, Tried


@dataclass(frozen=True)
class Trials:
    """The screen's knowledge of what-if; replaced whenever something changes.

    `asked`: as the user wrote it. `running`: not finished. `trouble`: why there are no results.
    """

    asked: str = ""
    running: bool = False
    models: tuple[Tried, ...] = ()
    trouble: str = ""
    expected: int = 0
    """Expected number of rows, as far as known."""

    @property
    def lines(self) -> tuple["TrialLine", ...]:
        """Every row of every model, in order."""
        found = [(one, row) for one in self.models for row in one.rows]
        return tuple(TrialLine(f"whatif:{n}", one, row) for n, (one, row) in enumerate(found))


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One line of the table. `key`: of its row."""

    key: str
    tried: Tried
    row: TrialRow

    @property
    def real(self) -> TrialRow:
        """What really happened to its model."""
        return self.tried.rows[0]


NOTHING = Trials()


def chart(line: TrialLine) -> ChartView:
    """The replicas of an alternative, drawn over the recorded ones."""
    recorded = line.tried.trial.recorded
    names = [("recorded", line.real)]
    if line.row is not line.real:
        names.append((line.row.label, line.row))
    return ChartView(
        title="Replicas",
        unit="replicas",
        since=recorded.since,
        until=max(recorded.until, recorded.since + 1.0),
        series=tuple(
            SeriesView(name, _points(row.steps, recorded.until), "step") for name, row in names
        ),
        note="" if line.row.figures is not None else line.row.impossible,
    )


def _points(steps: tuple[ReplicaStep, ...], until: float) -> tuple[tuple[float, float | None], ...]:
    points: list[tuple[float, float | None]] = [(s.at, float(s.exist)) for s in steps]
    if points and points[-1][0] < until:
        points.append((until, points[-1][1]))
    return tuple(points)
