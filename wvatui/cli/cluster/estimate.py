"""Estimate: the parameters of WVA's performance model."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.cluster.load import LAUNCH
from wvatui.cli.params import CLUSTER, RECORD, option, together
from wvatui.cli.values import Duration, FiniteNumber, argument
from wvatui.errors import CheckFailed, OutputError, RecordingError, UsageError
from wvatui.host import console, private
from wvatui.host.json_text import json_text

if TYPE_CHECKING:
    from wvatui.cli.launching import Asked
    from wvatui.core.results import Report
    from wvatui.core.state.state import State
    from wvatui.load.make.order import Option, Order
    from wvatui.load.read.estimation import Estimate

LARGEST = 500_000_000
"""Most bytes of a report file that are read."""


@click.command()
@argument("files", metavar="SYNC.json THROUGHPUT.json | SWEEP.json", nargs=-1)
@option(
    "--in-cluster",
    is_flag=True,
    envvar="WVATUI_ESTIMATE_IN_CLUSTER",
    help="Run the synchronous and the throughput job, instead of reading files.",
)
@option(
    "--batch-size",
    type=FiniteNumber(0, min_open=True),
    help="Requests in flight in the throughput run; default: as its report has it, else 64.",
)
@option(
    "-o",
    "--output",
    default="parameters.json",
    show_default=True,
    envvar="WVATUI_ESTIMATE_OUTPUT",
    help="File for the parameters; - for standard output.",
)
@option(
    "--max-seconds",
    type=Duration(),
    default="360s",
    show_default=True,
    help="In the cluster: how long each of the two jobs sends requests.",
)
@together(LAUNCH, CLUSTER, RECORD)
def estimate(
    files: tuple[str, ...],
    in_cluster: bool,
    batch_size: float | None,
    output: str,
    max_seconds: float,
    **flags: Any,
) -> None:
    """Estimate alpha, beta (gamma, delta) of WVA's model from reports.

    Two reports of any load tool that `summary` opens, of a synchronous and a throughput run, or one
    sweep that has both; or --in-cluster -n NAMESPACE, which runs the two (128 tokens in and out)
    after asking once.
    """
    if not in_cluster:
        from_files(files, batch_size=batch_size, output=output)
        return
    if files:
        raise UsageError("either files, or --in-cluster")
    from wvatui.cli import launching, live

    asked = {key: flags.pop(key) for key in ("yes", "dry_run")}
    order = {key: flags.pop(key) for key in ("target", "model", "prompt_tokens", "output_tokens")}
    request = launching.Asked("an estimation", **asked, watch=live.WatchRequest(**flags))
    code = _from_jobs(request, batch_size=batch_size, output=output, length_s=max_seconds, **order)
    sys.exit(code)


def from_files(
    files: tuple[str, ...], *, batch_size: float | None = None, output: str = "parameters.json"
) -> None:
    """Read one sweep or two reports, print the table and write `output` (-: to standard output).

    Raises CheckFailed when nothing could be estimated; nothing is written then.
    """
    from wvatui.load.read.estimation import choose as choose_reports
    from wvatui.load.read.estimation import estimate as estimated

    if not 1 <= len(files) <= 2:
        raise UsageError(
            "estimate takes two reports (synchronous, throughput) or one sweep that has both",
            hint="or --in-cluster -n NAMESPACE, which makes them",
        )
    if batch_size is not None and not batch_size > 1:
        raise UsageError("batch size must exceed 1")
    reports = [_read_report(Path(name)) for name in files]
    try:
        made = estimated(*choose_reports(*reports), batch_size)
    except ValueError as error:
        raise CheckFailed(f"{' and '.join(files)}: {error}") from None
    names = dict(zip(("synchronous", "throughput"), (files[0], files[-1]), strict=True))
    _finish(replace(made, sources=names), output)


def _from_jobs(
    asked: "Asked",
    *,
    batch_size: float | None,
    output: str,
    length_s: float,
    target: str,
    model: str,
    prompt_tokens: int | None,
    output_tokens: int | None,
) -> int:
    """Run the synchronous and the throughput job and estimate as `from_files` does; returns the
    exit code."""
    from wvatui.cli.launching import launched
    from wvatui.load.make.order import Option, Order
    from wvatui.load.profiles.profiles import by_name
    from wvatui.load.read.estimation import BATCH_SIZE, OUTPUT_TOKENS, PROMPT_TOKENS

    limit = BATCH_SIZE if batch_size is None else batch_size
    if not limit > 1:
        raise UsageError("batch size must exceed 1")
    if limit != int(limit):
        raise UsageError(f"batch size {limit:g}: so many requests cannot be in flight")
    _must_be_writable(output)
    tokens = prompt_tokens or PROMPT_TOKENS, output_tokens or OUTPUT_TOKENS

    def choose(options: "Sequence[Option]") -> "Sequence[Order]":
        rows = [by_name("synchronous"), by_name("throughput")]
        rows[1] = replace(rows[1], concurrency=int(limit), title=f"{limit:g} requests in flight")
        built_in = [Option(row.name, row.title, "built-in", row.tool, row) for row in rows]
        return [Order(option, None, length_s, *tokens, target, model) for option in built_in]

    ended = launched(asked, choose, tail_s=0.0)
    if ended.code in (0, OutputError.exit_code) and ended.session is not None:
        _finish(_estimated_from(ended.session.latest, batch_size), output)
    elif ended.code in (0, 1) and ended.session is not None:
        raise CheckFailed(
            "nothing could be estimated: a job did not end well", hint="no file was written"
        )
    return ended.code


def _estimated_from(state: "State", batch_size: float | None) -> "Estimate":
    """The estimate from the reports of the two jobs. Raises CheckFailed where there is none."""
    from wvatui.load.read.estimation import choose as choose_reports
    from wvatui.load.read.estimation import estimate as estimated

    reports, names = [], {}
    for title in ("synchronous", "throughput"):
        results = [
            (key[2], reported[-1].report)
            for key, reported in state.job_results.items()
            if reported and state.jobs[key].title == title
        ]
        if not results:
            raise CheckFailed(f"the {title} job gave no report", hint="no file was written")
        job, report = results[-1]
        names[title] = f"job {job}"
        reports.append(report)
    try:
        made = estimated(*choose_reports(*reports), batch_size)
    except ValueError as error:
        raise CheckFailed(str(error), hint="no file was written") from None
    return replace(made, sources=names)


def _must_be_writable(output: str) -> None:
    """Raise UsageError where `output` cannot be written, before an hour of load is spent on it."""
    path = Path(output)
    if output == "-":
        return
    if path.is_dir():
        raise UsageError(f"{path}: cannot be written: it is a folder")
    if not path.absolute().parent.is_dir() or not os.access(path.absolute().parent, os.W_OK):
        raise UsageError(f"{path}: cannot be written: there is no such folder, or no right to it")


def _finish(made: "Estimate", output: str) -> None:
    """Print and write the estimate; warnings go to standard error."""
    from wvatui.load.read.estimation import parameters, table

    text = json_text(parameters(made))
    if output != "-":
        console.out(*table(made))
    for warning in made.warnings:
        console.say(f"warning: {warning}")
    if made.itl is None:
        raise CheckFailed("nothing could be estimated", hint="no file was written")
    if output == "-":
        console.out_text(text)
        return
    with private.told(Path(output)):
        private.write(Path(output), text)
    console.err(f"{output}: written")


def _read_report(path: Path) -> "Report":
    """The report in a file. Raises UsageError or RecordingError with a one-line message."""
    from wvatui.core.results import read

    try:
        if path.stat().st_size > LARGEST:
            raise RecordingError(f"{path}: too large for a report")
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    report = read(text)
    if not report.benchmarks:
        raise RecordingError(f"{path}: {'; '.join(report.problems) or 'no report'}")
    for problem in report.problems:
        console.say(f"{path}: {problem}")
    return report
