"""Flags that `compare` and `report` share: runs, the part of them to measure, objectives, prices,
gates."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.params import NAMESPACE, option, together
from wvatui.cli.values import Duration
from wvatui.core.lines import many
from wvatui.errors import UsageError, WvatuiError

if TYPE_CHECKING:
    from wvatui.analysis.compare.asked import FigureGate
    from wvatui.analysis.compare.comparison import Comparison
    from wvatui.analysis.compare.report import ComparisonReport
    from wvatui.analysis.runs.run import Run


class UntilTime(Duration):
    """A duration, or `load`: until the load ends."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        return value if value == "load" else super().convert(value, param, ctx)


SLO = option(
    "--slo",
    multiple=True,
    metavar="NAME=LIMIT,…",
    help="Show how many requests met these objectives: ttft_p95=2s,itl_p95=80ms,error=1%.",
)
COST = option(
    "--cost",
    multiple=True,
    metavar="NAME=PRICE,…",
    help="What a replica costs an hour, by variant, endpoint or accelerator: H100=3.2; a price"
    " alone is that of all others.",
)
COMPARED = together(
    option("--from", type=Duration(), default=0.0, help="Start counting at this time of load."),
    option(
        "--to",
        type=UntilTime(),
        default=None,
        help="Count up to this time of load; load: up to its end. By default to the recording's"
        " end.",
    ),
    option(
        "--stage",
        default="",
        help="Count only this stage of load: its number, or part of its name.",
    ),
    option(
        "--whole", is_flag=True, help="Count the whole recordings, also what was before the load."
    ),
    option("--stages", is_flag=True, help="Also print a table for each stage of load."),
    SLO,
    COST,
    option(
        "--group-by",
        type=click.Choice(["label", "name", "folder", "decider", "model", "settings"]),
        default="label",
        show_default=True,
        help="By what repetitions are grouped.",
    ),
    option(
        "--gate",
        multiple=True,
        metavar="CONDITION",
        help="A pass/fail condition of your own: 'ttft_p99<=+10%', 'cost<=-5%', 'gap<=60'.",
    ),
    NAMESPACE,
)
"""The flags that both verbs have."""


def reported(
    named: tuple[str, ...], said: Callable[[str], None] = lambda line: None, **asked: Any
) -> "ComparisonReport":
    """The comparison of the runs at the paths `named`, as the flags ask. `said` is called for each
    run that was read.

    Raises UsageError, RecordingError.
    """
    from wvatui.analysis.compare import comparison

    wanted, gates = _wanted(asked)
    runs = [_opened(each, asked["namespace"], said) for each in named]
    return _judged(comparison.compare(runs, group_by=asked["group_by"], **wanted), gates)


def measured(named: tuple[str, ...], **asked: Any) -> "ComparisonReport":
    """As `reported`, but without keeping the runs (`Comparison.opened`), which are measured on
    several cores where that is faster. Raises as `reported` does."""
    from wvatui.cli.recordings import labelled
    from wvatui.host import console
    from wvatui.host.workers import Workers, cores, is_own

    runs = [labelled(each) for each in named]
    sizes = [_size(file) for file in files_of(named)]
    count = min(cores(), len(named), MOST)
    if count < 2 or sum(sizes) < SMALL or any(is_own(path) for _, path in runs):
        return reported(named, **asked)
    from wvatui.analysis.compare import comparison

    wanted, gates = _wanted(asked)
    wanted["narrowing"].must_be_forward()
    figures = []
    progress = console.Progress(f"{len(named)} runs")
    with ExitStack() as ends:
        ends.callback(progress.clear)
        workers = ends.enter_context(Workers(count))
        told = {"namespace": asked["namespace"], **wanted}
        begun = [
            workers.call(partial(comparison.measured_file, path, label=label, **told))
            for label, path in runs
        ]
        for run in begun:
            figures.append(run.result())
            progress(len(figures), len(begun))
    rows = comparison.all_rows(wanted["objectives"])
    return _judged(comparison.beside(figures, rows, asked["group_by"]), gates)


SMALL = 8_000_000
"""Bytes of runs that one process reads faster than others could be started."""
MOST = 4
"""Most processes that measure at once; each holds one run at a time."""
PACKED = 8
"""Assumed ratio of a compressed recording's size to its file's."""


def files_of(named: tuple[str, ...]) -> list[Path]:
    """The files of the runs, without those that are wrong: opening them reports why."""
    from wvatui.cli.recordings import labelled
    from wvatui.recording.imports.run_folder import session_file

    files = []
    for each in named:
        with suppress(OSError, WvatuiError):
            files.append(session_file(Path(labelled(each)[1])))
    return [file for file in files if file.is_file()]


def _size(file: Path) -> int:
    """Size of a run in bytes, estimated from its file."""
    return file.stat().st_size * (PACKED if file.suffix in (".gz", ".zst") else 1)


def _wanted(asked: Mapping[str, Any]) -> "tuple[dict[str, Any], tuple[FigureGate, ...]]":
    """The keyword arguments for `compare` of the analysis, and the gates."""
    from wvatui.analysis.compare import asked as words
    from wvatui.analysis.compare import comparison

    objectives = words.objectives(asked["slo"])
    keys = [row.key for row in comparison.all_rows(objectives)]
    wanted = {
        "narrowing": comparison.RunPart(asked["from"], asked["to"], asked["stage"], asked["whole"]),
        "objectives": objectives,
        "prices": words.prices(asked["cost"]),
        "with_stages": asked["stages"],
    }
    return wanted, words.gates(asked["gate"], keys)


def _judged(compared: "Comparison", gates: "tuple[FigureGate, ...]") -> "ComparisonReport":
    from wvatui.analysis.compare import report, verdicts

    against = next((gate.text for gate in gates if gate.kind != "value"), "")
    if against and len(compared.groups) == 1:
        raise UsageError(
            f"--gate {against}: is on the difference from another run, and there is one alone",
            hint="without a sign it is on the value: --gate 'cost<=5'",
        )
    return report.reported(compared, verdicts.verdicts(compared, gates))


def _opened(named: str, namespace: str, said: Callable[[str], None]) -> "Run":
    from wvatui.cli.recordings import opened_run

    run = opened_run(named, namespace)
    said(f"{run.name}: read, {many(run.state.events, 'event')}")
    return run
