"""Comparison of runs: aligned on the start of load, in groups, row by row."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from wvatui.analysis.compare.asked import Objective
from wvatui.analysis.compare.coverage import coverage
from wvatui.analysis.compare.figures import RunFigures, RunHead, figures_of
from wvatui.analysis.compare.measured import Figure, MeasuredRun
from wvatui.analysis.compare.rows import ROWS, FigureRow
from wvatui.analysis.compare.spread import beyond, interval
from wvatui.analysis.runs.run import Run, open_run
from wvatui.core.lines import clean
from wvatui.core.rows.load_views import StageRow
from wvatui.errors import UsageError

LOAD = "load"
"""Stands for the end of load, in place of a time."""


@dataclass(frozen=True, slots=True)
class RunPart:
    """The part of each run that is measured; seconds from the start of its load.

    `until_s`: None: to the end of the recording; LOAD: to the end of load. `stage`: its number from
    1, or a part of its name. `whole`: all of the recording, from its first moment.
    """

    since_s: float = 0.0
    until_s: float | str | None = None
    stage: str = ""
    whole: bool = False

    def must_be_forward(self) -> None:
        """Raise UsageError where the part ends before it begins."""
        if isinstance(self.until_s, float) and self.until_s <= self.since_s:
            raise UsageError(
                f"--to {self.until_s:g}s: that is not after --from {self.since_s:g}s",
                hint="both are times after the start of load",
            )

    def of(self, run: Run, prices: dict[str, float] | None = None) -> MeasuredRun:
        """This part of a run. Raises UsageError where it contains nothing."""
        return MeasuredRun(run, *_window(run, self), prices or {})


@dataclass(frozen=True, slots=True)
class RunGroup:
    """Runs that are repetitions of the same thing. `runs`: their indices among all runs."""

    label: str
    runs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One figure over all groups, in order. None: no data.

    `values`: means over repetitions; `n`: number of repetitions with a value; `interval`: mean ± 95
    % as (low, high); `delta`, `delta_ratio`: against the first group; `beyond_spread`: whether the
    difference exceeds the spread of repetitions; `sources`: who counted it; `run_values`: one per
    run.
    """

    row: FigureRow
    values: tuple[float | None, ...]
    n: tuple[int, ...]
    interval: tuple[tuple[float, float] | None, ...]
    delta: tuple[float | None, ...]
    delta_ratio: tuple[float | None, ...]
    beyond_spread: tuple[bool | None, ...]
    sources: tuple[str, ...]
    run_values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class StageTable:
    """The comparison's rows for one stage of load."""

    title: str
    rows: tuple[ComparedRow, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A whole comparison of runs. `notes`: its limits, in words."""

    measured: tuple[RunFigures, ...]
    """The figures of each run, over the part that is compared."""
    groups: tuple[RunGroup, ...]
    rows: tuple[ComparedRow, ...]
    stages: tuple[StageTable, ...] = ()
    notes: tuple[str, ...] = field(default=())
    opened: tuple[MeasuredRun, ...] = field(default=())
    """The runs themselves; empty where they were measured in other processes."""

    @property
    def runs(self) -> tuple[RunHead, ...]:
        """A description of each run."""
        return tuple(each.run for each in self.measured)

    @property
    def names(self) -> list[str]:
        """A unique name for each run."""
        return names_of(self.runs)

    @property
    def called(self) -> list[str]:
        """A unique name for each run in texts: the label of its group where it is alone in it."""
        return _called(self.runs, self.groups)

    def row(self, key: str) -> ComparedRow:
        """The row with this key. Raises KeyError."""
        return {row.row.key: row for row in self.rows}[key]


def compare(
    runs: Sequence[Run],
    *,
    narrowing: RunPart | None = None,
    objectives: Sequence[Objective] = (),
    prices: dict[str, float] | None = None,
    group_by: str = "label",
    with_stages: bool = False,
) -> Comparison:
    """Compare `runs`; the first group is the one that the others are compared with.

    Raises UsageError where the selected part of a run contains nothing.
    """
    narrowed = narrowing or RunPart()
    narrowed.must_be_forward()
    opened = tuple(narrowed.of(run, prices) for run in runs)
    rows = all_rows(objectives)
    measured = [figures_of(each, rows, with_stages=with_stages) for each in opened]
    return replace(beside(measured, rows, group_by), opened=opened)


def measured_file(
    path: str,
    *,
    label: str,
    namespace: str,
    narrowing: RunPart,
    objectives: Sequence[Objective],
    prices: dict[str, float],
    with_stages: bool,
) -> RunFigures:
    """Open a run and compute everything that a comparison needs of it, including its coverage.

    Called in other processes. Raises as `open_run` and `compare` do.
    """
    measured = narrowing.of(open_run(path, namespace=namespace, label=label), prices)
    figures = figures_of(measured, all_rows(objectives), with_stages=with_stages)
    return replace(figures, covered=coverage(measured))


def beside(measured: Sequence[RunFigures], rows: Sequence[FigureRow], group_by: str) -> Comparison:
    """The comparison of runs that were measured with these rows."""
    runs = [each.run for each in measured]
    groups = grouped(runs, group_by)
    figures = [each.figures for each in measured]
    compared = tuple(_compared(row, figures, groups) for row in rows)
    return Comparison(
        *(tuple(measured), groups, compared),
        stages=tuple(_stages(measured, groups, rows)),
        notes=tuple(_notes(measured, _called(runs, groups), compared)),
    )


def all_rows(objectives: Sequence[Objective]) -> tuple[FigureRow, ...]:
    """Every row, including those of the objectives."""
    each = [
        FigureRow(
            f"slo_{objective.name}_ratio",
            f"within {objective.words}",
            "ratio",
            lambda m, objective=objective: m.within(objective),  # type: ignore[misc]
            1,
        )
        for objective in objectives
    ]
    together = FigureRow(
        "slo_attainment", "SLO attainment", "ratio", lambda m: m.attained(objectives), 1
    )
    return (*ROWS, *each, together) if objectives else ROWS


def names_of(runs: Sequence[Run | RunHead]) -> list[str]:
    """A unique name for each run: paths where runs of different folders have the same name, and a
    number added where a path occurs twice."""
    places = Counter(name for name, _ in {(run.name, run.source) for run in runs})
    names = [run.name if places[run.name] == 1 else clean(run.source) for run in runs]
    return _numbered(names)


def _called(runs: Sequence[RunHead], groups: Sequence[RunGroup]) -> list[str]:
    called = names_of(runs)
    for group in groups:
        if len(group.runs) == 1:
            called[group.runs[0]] = group.label
    return called


def _numbered(names: Sequence[str]) -> list[str]:
    """The names, with a number added where one occurs twice."""
    return [
        name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})"
        for place, name in enumerate(names)
    ]


def grouped(runs: Sequence[RunHead], group_by: str) -> tuple[RunGroup, ...]:
    """Runs grouped by a common property, in the given order.

    Where all runs would be one group there is nothing to compare, so each becomes a group of its
    own.
    """
    called = names_of(runs)
    groups: dict[tuple[str, int | None], list[int]] = {}
    for place, run in enumerate(runs):
        known = run.groups[group_by]
        groups.setdefault((known or called[place], None if known else place), []).append(place)
    if len(groups) == 1 and len(runs) > 1:
        return tuple(RunGroup(name, (place,)) for place, name in enumerate(called))
    labels = _numbered([label for label, _ in groups])  # a run may be called as others are labelled
    return tuple(map(RunGroup, labels, map(tuple, groups.values())))


def _window(run: Run, asked: RunPart) -> tuple[float, float]:
    if asked.whole:
        return run.state.first_at, run.until
    if asked.stage:
        stage = _stage(run, asked.stage)
        return max(stage.since, run.state.first_at), min(stage.until, run.until)
    since = max(run.since, run.load.since + asked.since_s)
    until = run.until
    if asked.until_s == LOAD:
        until = min(until, run.load.until if run.load.until is not None else until)
    elif isinstance(asked.until_s, float):
        until = min(until, run.load.since + asked.until_s)
    if run.since >= run.until:
        raise UsageError(
            f"{run.source}: tells of one moment alone",
            hint="what it says of that moment: wvatui summary",
        )
    if since >= until:
        begins, ends = (at - run.load.since for at in (run.since, run.until))
        raise UsageError(
            f"{run.source}: has nothing in that time",
            hint=f"it was recorded from {begins:.0f} to {ends:.0f} s after the start of load",
        )
    return since, until


def _stage(run: Run, asked: str) -> StageRow:
    """The stage of a run with this number or name."""
    titles = [stage_title(stage) for stage in run.stages]
    if asked.isdecimal() and 0 < int(asked) <= len(titles):
        return run.stages[int(asked) - 1]
    named = [place for place, title in enumerate(titles) if asked.lower() in title.lower()]
    if len(named) != 1:
        known = "; ".join(f"{n} {title}" for n, title in enumerate(titles, 1)) or "none"
        what = "no stage" if not named else "several stages"
        raise UsageError(f"{run.source}: {what} {asked!r}", hint=f"its stages: {known}")
    return run.stages[named[0]]


def stage_title(stage: StageRow) -> str:
    """Title of a stage, with its rate."""
    name = " ".join(part for part in (" + ".join(stage.titles), stage.label) if part)
    return name if stage.offered is None else f"{name} ({stage.offered:g}/s)"


def _compared(
    row: FigureRow, measured: Sequence[Mapping[str, Figure]], groups: Sequence[RunGroup]
) -> ComparedRow:
    figures = [each.get(row.key, {}) for each in measured]
    sources = _sources(figures)
    of_runs = [figure.get(source) for figure, source in zip(figures, sources, strict=True)]
    sides = [[v for run in group.runs if (v := of_runs[run]) is not None] for group in groups]
    of_groups = [
        " and ".join(dict.fromkeys(sources[run] for run in group.runs if sources[run]))
        for group in groups
    ]
    values = [fmean(side) if side else None for side in sides]
    deltas = [
        None
        if place == 0 or value is None or values[0] is None or of_groups[place] != of_groups[0]
        else value - values[0]
        for place, value in enumerate(values)
    ]
    return ComparedRow(
        row=row,
        values=tuple(values),
        n=tuple(map(len, sides)),
        interval=tuple(map(interval, sides)),
        delta=tuple(deltas),
        delta_ratio=tuple(
            None if delta is None or not values[0] else delta / abs(values[0]) for delta in deltas
        ),
        beyond_spread=tuple(
            None if delta is None else beyond(sides[0], side)
            for delta, side in zip(deltas, sides, strict=True)
        ),
        sources=tuple(of_groups),
        run_values=tuple(of_runs),
    )


def _sources(figures: Sequence[Figure]) -> list[str]:
    """Who counts a figure in each run: the same counter in all runs that have the figure, where
    there is one, as a client's and the servers' counts are not comparable."""
    known = [figure for figure in figures if figure]
    for source in known[0] if known else ():
        if all(source in figure for figure in known):
            return [source if figure else "" for figure in figures]
    return [next(iter(figure), "") for figure in figures]


def _stages(
    measured: Sequence[RunFigures], groups: Sequence[RunGroup], rows: Sequence[FigureRow]
) -> Iterable[StageTable]:
    for place in range(max((len(each.of_stages) for each in measured), default=0)):
        having = [each for each in measured if place < len(each.of_stages)]
        titles = dict.fromkeys(stage_title(each.run.stages[place]) for each in having)
        figures = [
            each.of_stages[place] if place < len(each.of_stages) else {} for each in measured
        ]
        yield StageTable(
            f"stage {place + 1}: {' | '.join(titles)}",
            tuple(_compared(row, figures, groups) for row in rows),
        )


def _notes(
    measured: Sequence[RunFigures], called: Sequence[str], rows: Sequence[ComparedRow]
) -> Iterable[str]:
    lengths = [each.until - each.since for each in measured]
    if max(lengths) > 1.05 * min(lengths):
        each = zip(called, lengths, strict=True)
        yield (
            f"lengths: {', '.join(f'{name} {length:.0f} s' for name, length in each)}: sums and"
            " quantiles are of different times; --to makes them equal"
        )
    for name, run in zip(called, (each.run for each in measured), strict=True):
        if run.load.known_by == "servers":
            yield f"{name}: no load job is known; load begins with its first request"
        elif run.load.known_by == "nothing":
            yield f"{name}: nothing tells of its load; it is compared as a whole"
        elif run.load.since < run.first_at - 1.0:
            late = run.first_at - run.load.since
            yield f"{name}: was recorded from {late:.0f} s after the start of load on"
    unpriced = set.intersection(*(set(each.unpriced) for each in measured))
    if unpriced:
        yield f"--cost: nothing in any of the runs is called {' or '.join(sorted(unpriced))}"
    mixed = [row.row.title for row in rows if len({s for s in row.sources if s}) > 1]
    if mixed:
        yield f"not counted by the same side, so no difference is told: {', '.join(mixed)}"
