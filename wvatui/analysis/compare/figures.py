"""The part of a run that a comparison keeps: its description, and its figures.

Both are small and hold no State, so they can be sent from another process.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wvatui.analysis.compare.coverage import CoverageRow
from wvatui.analysis.compare.measured import Figure, MeasuredRun
from wvatui.analysis.compare.rows import FigureRow
from wvatui.analysis.runs.run import LoadWindow, Run
from wvatui.core.queries.pods.replica_time import unused_prices
from wvatui.core.queries.session.configuration import configuration
from wvatui.core.queries.session.session_rows import header
from wvatui.core.rows.load_views import StageRow


@dataclass(frozen=True, slots=True)
class RunHead:
    """The description of a run; names as in `Run`. `first_at`, `until`: of its recording, UTC epoch
    seconds.

    `groups`: its value for each key of GROUPED_BY; empty: unknown. `settings`: its configuration by
    (section, name).
    """

    name: str
    label: str
    repetition: int
    source: str
    path: Path
    load: LoadWindow
    stages: tuple[StageRow, ...]
    notices: tuple[str, ...]
    first_at: float
    until: float
    groups: Mapping[str, str]
    settings: Mapping[tuple[str, str], str]


GROUPED_BY: dict[str, Callable[[Run], str]] = {
    "label": lambda run: run.label,
    "name": lambda run: run.name,
    "folder": lambda run: run.path.absolute().parent.name,
    "decider": lambda run: header(run.state).driver,
    "model": lambda run: ", ".join(header(run.state).models),
    "settings": lambda run: run.state.header.config if run.state.header is not None else "",
}
"""The properties by which runs can be grouped; a run with an unknown value is a group of its
own."""


def head_of(run: Run) -> RunHead:
    """The description of a run."""
    return RunHead(
        *(run.name, run.label, run.repetition, run.source, run.path),
        *(run.load, run.stages, run.notices, run.state.first_at, run.until),
        groups={key: of(run) for key, of in GROUPED_BY.items()},
        settings={(section, name): value for section, name, value in configuration(run.state)},
    )


@dataclass(frozen=True, slots=True)
class RunFigures:
    """The figures of a run over [since, until], UTC epoch seconds.

    `figures`: by key of the row; `of_stages`: the same for each stage of its load; `covered`: its
    coverage; both are empty where they were not requested; `unpriced`: names with a price that
    match nothing in the run.
    """

    run: RunHead
    since: float
    until: float
    figures: Mapping[str, Figure]
    of_stages: tuple[Mapping[str, Figure], ...] = ()
    covered: tuple[CoverageRow, ...] = ()
    unpriced: tuple[str, ...] = ()


def figures_of(
    measured: MeasuredRun, rows: Sequence[FigureRow], *, with_stages: bool = False
) -> RunFigures:
    """Every row of a run, and with `with_stages` the rows of each of its stages."""
    run = measured.run
    stages = [
        MeasuredRun(run, max(stage.since, run.state.first_at), stage.until, measured.prices)
        for stage in (run.stages if with_stages else ())
    ]
    return RunFigures(
        head_of(run),
        *(measured.since, measured.until),
        _figures(measured, rows),
        tuple(_figures(stage, rows) for stage in stages),
        unpriced=tuple(unused_prices(run.state, measured.prices)),
    )


def _figures(measured: MeasuredRun, rows: Sequence[FigureRow]) -> Mapping[str, Figure]:
    return {row.key: row.of(measured) for row in rows}
