"""Export: CSV of a session."""

from contextlib import closing
from pathlib import Path

import click

from wvatui.cli.params import NAMESPACE, REDACT_LOG, option
from wvatui.cli.values import STDIN, argument
from wvatui.core.lines import many
from wvatui.errors import RecordingError, UsageError
from wvatui.export.stamp import iso
from wvatui.host import console, private


@click.command()
@argument("file", metavar="FILE", type=click.Path())
@option("--at", default="", help="The moment: 12m30s, 14:05:00 (UTC), 50%; the end by default.")
@option("--table", "table", default="", help="A whole table as a series; all: every table.")
@option(
    "-o",
    "--output",
    default="",
    envvar="WVATUI_EXPORT_OUTPUT",
    help="Folder for tables, or file for the snapshot; -: standard output, one table.",
)
@option(
    "--format",
    type=click.Choice(["wvatui", "seed", "csv", "json", "parquet"]),
    default="wvatui",
    show_default=True,
    help="csv, json, parquet: all tables and a row of the run's numbers, for other programs;"
    " seed: the metrics.csv that older experiment scripts wrote.",
)
@NAMESPACE
@REDACT_LOG
def export(
    file: str, at: str, table: str, output: str, format: str, namespace: str, redact_log: bool
) -> None:
    """Print a CSV snapshot of one moment, or write whole tables.

    One table without -o goes into the pipe where there is one (`export FILE --table pods | head`),
    else into the current folder.
    With --format csv, json or parquet FILE may also be a run folder. Parquet is written as a
    dataset, TABLE/run=RUN/part.parquet: many runs in one folder are read as one table.
    """
    if format in ("csv", "json", "parquet"):
        if at:
            raise UsageError(f"--format {format} is of whole runs: --at chooses nothing")
        _export_run(file, table or "all", format, output, namespace, redact_log)
    elif format == "seed":
        _export_seed(file, output=output, namespace=namespace, whole=not (at or table))
    elif table:
        if at:
            raise UsageError("--at asks for one moment and --table for all: give one of the two")
        _export_tables(file, table, output=output, namespace=namespace, redact_log=redact_log)
    else:
        _export_snapshot(file, at=at, output=output, namespace=namespace, redact_log=redact_log)


TO_STDOUT = "-"


def _is_printed(table: str, output: str) -> bool:
    """Whether a table goes to standard output. Raises UsageError for several tables there."""
    if output == TO_STDOUT and table == "all":
        raise UsageError(
            "standard output takes one table, and all are asked for",
            hint="choose one with --table NAME, or a folder with -o",
        )
    return output == TO_STDOUT or (not output and table != "all" and console.is_read())


def _export_tables(file: str, table: str, *, output: str, namespace: str, redact_log: bool) -> None:
    """Write one table, or all of them, for the whole session."""
    from wvatui.cli.recordings import open_named, say_notices
    from wvatui.export.files import table_text, write_tables
    from wvatui.export.tables import collect

    is_printed = _is_printed(table, output)
    with closing(open_named(file, redact=redact_log, namespace=namespace)) as reader:
        if is_printed:
            for name, made in collect(reader, table).items():
                console.out_text(table_text(name, made.rows, made.columns, "csv"))
        else:
            for path, rows in write_tables(reader, table, Path(output or "."), Path(file).name):
                console.err(f"{path}: {many(rows, 'row')}")
        say_notices(file, reader.notices)


def _export_run(
    file: str, table: str, form: str, output: str, namespace: str, redact_log: bool
) -> None:
    """Write tables of a run in a format for other programs."""
    if file == STDIN:
        raise UsageError(f"--format {form} reads the file twice: name it")
    from wvatui.cli.recordings import say_notices
    from wvatui.library.dataset import run_table, write_run
    from wvatui.library.run_frames import open_frames

    is_printed = _is_printed(table, output)
    if is_printed and form == "parquet":
        raise UsageError("Parquet is no text: it is written into a folder", hint="-o FOLDER")
    run = open_frames(file, namespace=namespace)
    if is_printed:
        console.out_text(run_table(run, table, form, redact=redact_log))
    else:
        for path, rows in write_run(run, Path(output or "."), form, table, redact=redact_log):
            console.err(f"{path}: {many(rows, 'row')}")
    say_notices(file, list(run.notices))


def _export_snapshot(file: str, *, at: str, output: str, namespace: str, redact_log: bool) -> None:
    """Print or write the snapshot of one moment."""
    from wvatui.cli.recordings import must_speak_of, open_named, say_notices, state_at
    from wvatui.export.snapshot import snapshot_csv

    reader = open_named(file, redact=redact_log, namespace=namespace)
    state = state_at(reader, at)
    must_speak_of(state, file, namespace)
    if state.events == 0:
        raise RecordingError(f"{file}: holds no event")
    text = snapshot_csv(state)
    if output not in ("", TO_STDOUT):
        target = Path(output)
        if target.is_dir():
            target = target / f"{Path(file).name.split('.')[0]}-{iso(state.now)[11:19]}.csv"
        with private.told(target):
            private.write(target, text)
        console.err(str(target))
    else:
        console.out_text(text)
    say_notices(file, reader.notices, state)


def _export_seed(file: str, *, output: str, namespace: str, whole: bool) -> None:
    """Write the older scripts' metrics.csv, in the columns of the session's autoscaler mode."""
    from wvatui.cli.recordings import (
        must_be_one_namespace,
        must_speak_of,
        open_named,
        say_notices,
        state_at,
    )
    from wvatui.export.seed import seed_csv, seed_mode

    if not whole:
        raise UsageError("--format seed is one table over all: --at and --table choose nothing")
    if file == STDIN:
        raise UsageError("--format seed reads the file twice: name it")
    with closing(open_named(file, namespace=namespace)) as reader:
        state = state_at(reader)
    must_speak_of(state, file, namespace)
    must_be_one_namespace(state, file, "--format seed")
    with closing(open_named(file, namespace=namespace)) as reader:
        text = seed_csv(reader, seed_mode(state))
        say_notices(file, reader.notices, state)
    if output not in ("", TO_STDOUT):
        with private.told(Path(output)):
            private.write(Path(output), text)
        console.err(output)
    else:
        console.out_text(text)
