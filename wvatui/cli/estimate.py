"""`wvatui estimate`: the parameters of WVA's performance model, from reports in files, or from
the two jobs that make them."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wvatui.core.results import Report, read
from wvatui.errors import CheckFailed, OutputError, RecordingError, UsageError
from wvatui.host import console, private
from wvatui.load.read.estimation import BATCH_SIZE, Estimate, estimate, parameters, table
from wvatui.load.read.estimation import choose as choose_reports

if TYPE_CHECKING:
    from wvatui.cli.creating import Asked

LARGEST = 500_000_000
"""Bytes of a report file that are read."""


def from_files(
    files: tuple[str, ...], *, batch_size: float = BATCH_SIZE, output: str = "parameters.json"
) -> None:
    """Read one sweep or two reports, print the table, write `output` (- : to standard output).

    Raises CheckFailed when nothing could be estimated: then nothing is written.
    """
    if not 1 <= len(files) <= 2:
        raise UsageError(
            "estimate takes two reports (synchronous, throughput) or one sweep that has both",
            hint="or --in-cluster -n NAMESPACE, which makes them",
        )
    if not batch_size > 1:
        raise UsageError("batch size must exceed 1")
    reports = [read_report(Path(name)) for name in files]
    try:
        made = estimate(*choose_reports(*reports), batch_size)
    except ValueError as error:
        raise CheckFailed(f"{' and '.join(files)}: {error}") from None
    names = dict(zip(("synchronous", "throughput"), (files[0], files[-1]), strict=True))
    finish(replace(made, sources=names), output)


def in_cluster(
    asked: "Asked",
    *,
    batch_size: float,
    output: str,
    target: str,
    model: str,
    length_s: float,
    prompt_tokens: int,
    output_tokens: int,
) -> int:
    """Run the synchronous and the throughput job, then as `from_files`; the exit code."""
    from wvatui.cli.launching import launched
    from wvatui.load.make.launch.order import Option, Order
    from wvatui.load.profiles.profiles import by_name

    if not batch_size > 1:
        raise UsageError("batch size must exceed 1")
    if batch_size != int(batch_size):
        raise UsageError(f"batch size {batch_size:g}: so many requests cannot be in flight")
    must_be_writable(output)

    def choose(options: Sequence[Option]) -> Sequence[Order]:
        rows = [by_name("synchronous"), by_name("throughput")]
        rows[1] = replace(
            rows[1], concurrency=int(batch_size), title=f"{batch_size:g} requests in flight"
        )
        return [
            Order(
                Option(row.name, row.title, "built-in", row.tool, row),
                None,
                length_s,
                prompt_tokens,
                output_tokens,
                target,
                model,
            )
            for row in rows
        ]

    ended = launched(asked, choose, tail_s=0.0)
    if ended.code not in (0, OutputError.exit_code) or ended.session is None:
        if ended.code in (0, 1) and ended.session is not None:
            raise CheckFailed(
                "nothing could be estimated: a job did not end well", hint="no file was written"
            )
        return ended.code
    reports, names = [], {}
    for row in ("synchronous", "throughput"):
        found = [
            (key[2], reported[-1].report)
            for key, reported in ended.session.latest.job_results.items()
            if reported and ended.session.latest.jobs[key].title == row
        ]
        if not found:
            raise CheckFailed(f"the {row} job gave no report", hint="no file was written")
        names[row] = f"job {found[-1][0]}"
        reports.append(found[-1][1])
    try:
        made = estimate(*choose_reports(*reports), batch_size)
    except ValueError as error:
        raise CheckFailed(str(error), hint="no file was written") from None
    finish(replace(made, sources=names), output)
    return ended.code


def must_be_writable(output: str) -> None:
    """Before an hour of load: whether its result has a place. Raises UsageError."""
    path = Path(output)
    if output == "-":
        return
    if path.is_dir():
        raise UsageError(f"{path}: cannot be written: it is a folder")
    if not path.absolute().parent.is_dir() or not os.access(path.absolute().parent, os.W_OK):
        raise UsageError(f"{path}: cannot be written: there is no such folder, or no right to it")


def finish(made: Estimate, output: str) -> None:
    """Print and write what was estimated, warnings to standard error."""
    text = console.json_text(parameters(made))
    if output != "-":
        console.out(*table(made))
    for warning in made.warnings:
        console.err(f"wvatui: warning: {warning}")
    if made.itl is None:
        raise CheckFailed("nothing could be estimated", hint="no file was written")
    if output == "-":
        console.out_text(text)
        return
    with private.told(Path(output)):
        private.write(Path(output), text)
    console.err(f"{output}: written")


def read_report(path: Path) -> Report:
    """The report in a file. Raises UsageError or RecordingError, one line."""
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
        console.err(f"wvatui: {path}: {problem}")
    return report
