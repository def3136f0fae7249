"""`wvatui estimate`: the parameters of WVA's performance model, from reports in files."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from wvatui.core.results import Report, read
from wvatui.errors import CheckFailed, RecordingError, UsageError
from wvatui.load.estimation import BATCH_SIZE, Estimate, choose, estimate, parameters, table

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
            "estimate takes two reports (synchronous, throughput) or one sweep report that has both"
        )
    if not batch_size > 1:
        raise UsageError("batch size must exceed 1")
    reports = [read_report(Path(name)) for name in files]
    try:
        made = estimate(*choose(*reports), batch_size)
    except ValueError as error:
        raise CheckFailed(f"{' and '.join(files)}: {error}") from None
    names = dict(zip(("synchronous", "throughput"), (files[0], files[-1]), strict=True))
    finish(replace(made, sources=names), output)


def finish(made: Estimate, output: str) -> None:
    """Print and write what was estimated, warnings to standard error."""
    text = json.dumps(parameters(made), indent=2, ensure_ascii=False) + "\n"
    if output != "-":
        print("\n".join(table(made)))
    for warning in made.warnings:
        print(f"wvatui: warning: {warning}", file=sys.stderr)
    if made.itl is None:
        raise CheckFailed("nothing could be estimated", hint="no file was written")
    if output == "-":
        print(text, end="")
        return
    write_whole(Path(output), text)
    print(f"{output}: written", file=sys.stderr)


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
        print(f"wvatui: {path}: {problem}", file=sys.stderr)
    return report


def write_whole(path: Path, text: str) -> None:
    """Write `path` in one step: a reader never sees half of it. Raises UsageError."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
