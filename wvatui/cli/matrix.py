"""Runs experiments in turn: each cell is a run of its own, and the runs are compared at the end."""

import shlex
import time
from collections.abc import Callable, Sequence

from wvatui.cli.launching import Asked
from wvatui.cli.live import opened
from wvatui.cli.repetition import Repeated, Repetition
from wvatui.core.lines import many, verb
from wvatui.core.queries.session.configuration import configuration
from wvatui.errors import UsageError, WvatuiError
from wvatui.host import console, signals
from wvatui.load.experiment.matrix import MatrixCell, RunMatrix, matrix_in, sides_of
from wvatui.load.experiment.replicas import replicas_of, scaled_down
from wvatui.load.experiment.scaling import Checked

CheckSides = Callable[[Sequence[int]], Sequence[Checked] | None]
"""Checks the sides and asks the user, given how often each side is still to be run; None: only a
plan was asked for."""


def run_matrix(asked: Asked, sides: Sequence[Repeated], check: CheckSides) -> int:
    """Run what is left of the matrix, and compare; returns the exit code, 1 where a stage failed.

    Raises UsageError where the sides cannot be told apart, WvatuiError where nothing was created.
    """
    labels = sides_of([side.planned for side in sides])
    if asked.watch.label and len(sides) > 1:
        raise UsageError(
            "--label names what one experiment is; several are told apart by their names",
            hint="leave it out",
        )
    matrix = matrix_in(sides[0].base, labels, sides[0].repeat, time.time())
    for line in matrix.story():
        console.say(line)
    if not matrix.left and not asked.dry_run:
        return _compared(matrix)
    console.out(f"in this order: {matrix.order()}")
    times = [sum(cell.side == side.label for cell in matrix.left) for side in labels]
    checks = check(times)
    if checks is None:
        return 0
    by_label = {side.label: runs for side, runs in zip(labels, sides, strict=True)}
    checked = dict(zip(by_label, checks, strict=True))
    signals.run(_begin(asked, matrix, by_label))
    try:
        code = _run_all(asked, matrix, by_label, checked)
    finally:
        matrix.end()
        if matrix.left:
            cells = many(len(matrix.cells), "cell")
            left = f"{len(matrix.left)} of {cells} {verb(len(matrix.left), 'are')} left"
            console.say(f"{matrix.path}: {left}: the same command goes on with them")
    return code if matrix.left else max(code, _compared(matrix))


def _run_all(
    asked: Asked,
    matrix: RunMatrix,
    sides: dict[str, Repeated],
    checked: dict[str, Checked],
) -> int:
    code = 0
    for cell in matrix.left:
        runs = sides[cell.side]
        _wait(asked, matrix, runs)
        console.say(f"{cell.name}: cell {matrix.cells.index(cell) + 1} of {len(matrix.cells)}")
        repetition = Repetition(
            asked,
            runs,
            cell.repetition,
            checked[cell.side],
            side=cell.side if len(sides) > 1 else "",
        )
        code = max(code, _run(matrix, cell, repetition))
        if repetition.interrupted:
            break
    return code


def _run(matrix: RunMatrix, cell: MatrixCell, repetition: Repetition) -> int:
    """Run one cell, recorded in the ledger from its first moment."""
    try:
        repetition.begin()
        assert repetition.folder is not None
        cell.status, cell.folder = "running", repetition.folder.path.name
        cell.began_at, cell.ended_at = time.time(), None
        matrix.keep()
        return repetition.run()
    finally:
        report, state = repetition.report, repetition.state
        cell.status = report.ended or "interrupted"
        if not matrix.folder(cell).exists():
            cell.folder = ""  # the run never began
        cell.ok, cell.stages, cell.ended_at = report.ok, report.counted(), time.time()
        if state is not None:
            cell.configuration = {}
            for section, name, value in configuration(state):
                cell.configuration.setdefault(section, {})[name] = value
        matrix.keep()


async def _begin(asked: Asked, matrix: RunMatrix, sides: dict[str, Repeated]) -> None:
    """Record who runs the matrix, and how many replicas each Deployment has before the first
    cell."""
    targets = {_target(runs) for runs in sides.values()} - {("", "")}
    unknown = [target for target in sorted(targets) if "/".join(target) not in matrix.replicas]
    async with opened(asked.watch) as (client, access):
        for namespace, name in unknown:
            wanted, _pods = await replicas_of(client, namespace, name)
            matrix.replicas[f"{namespace}/{name}"] = wanted
    matrix.begin(access.context)


def _target(runs: Repeated) -> tuple[str, str]:
    """Namespace and name of the Deployment; empty where the experiment names none."""
    experiment = runs.planned.experiment
    return (experiment.namespace, experiment.deployment) if experiment.deployment else ("", "")


def _wait(asked: Asked, matrix: RunMatrix, runs: Repeated) -> None:
    """Wait until the Deployment has at most as many replicas as before the first cell.

    Where a reset recreates all of its pods, there is nothing to wait for.
    """
    namespace, name = _target(runs)
    if not name or runs.planned.experiment.reset is not None:
        return
    least = matrix.replicas[f"{namespace}/{name}"]

    async def down() -> None:
        async with opened(asked.watch) as (client, access):
            clock = await access.open_clock(paced=not asked.watch.headless)
            try:
                await clock.ready()
                await scaled_down(client, clock, namespace, name, least, say=console.say)
            finally:
                await clock.aclose()

    signals.run(down())


def _compared(matrix: RunMatrix) -> int:
    """Print the comparison of all cells, as `compare` does; returns 1 where they cannot be
    compared."""
    from wvatui.analysis.compare.comparison import compare
    from wvatui.analysis.compare.report import reported
    from wvatui.analysis.compare.verdicts import verdicts
    from wvatui.analysis.compare.writing import FORMS
    from wvatui.cli.recordings import opened_run

    for cell in matrix.cells:
        if not cell.ok:
            console.say(f"{cell.name}: {cell.stages}: its figures are of a load that was not whole")
    runs = [str(matrix.folder(cell)) for cell in matrix.done]
    try:
        compared = compare([opened_run(run, "") for run in runs])
    except WvatuiError as error:
        console.say(f"not compared: {error.message}")
        return 1
    console.out_text(FORMS["text"](reported(compared, verdicts(compared, ()))))
    console.say(f"again: wvatui compare {shlex.join(runs)}")
    return 0
