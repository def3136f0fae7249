"""Runs as files for other programs: the tables of each run, and one row per run with its
numbers."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from wvatui.core.lines import clean
from wvatui.export.files import must_have_arrow, table_text, write_table, write_tables
from wvatui.export.stamp import iso
from wvatui.export.table import TableRow
from wvatui.export.tables import collect, must_be_a_table
from wvatui.library.run_frames import RunFrames
from wvatui.recording import Reader, open_recording

RUNS = "runs"
"""The table with one row per run."""
RUN_COLUMNS = (
    *("started_at", "length_s", "label", "repetition", "namespace", "models", "driver", "family"),
    *("tool", "span_s", "replicas_avg", "replicas_max", "replica_seconds", "cost"),
    *("changes_up", "changes_down", "polled_kv_mean", "polled_kv_peak", "waiting_max"),
    *("ttft_p50_ms", "ttft_p95_ms", "ttft_p99_ms", "itl_p50_ms", "itl_p95_ms", "itl_p99_ms"),
    *("prompt_tokens", "generation_tokens", "gaps", "marks"),
)
"""Columns of the table of runs: the run's description, and the numbers that `summary` prints."""


def run_row(run: RunFrames) -> TableRow:
    """The row of one run; None: unknown."""
    header, summary = run.state.header, run.summary
    row: TableRow = {name: summary.get(name) for name in RUN_COLUMNS}
    models = {variant.model for variant in run.state.variants.values() if variant.model}
    return row | {
        "started_at": iso(run.state.first_at),
        "label": run.label,
        "repetition": run.repetition or None,
        "namespace": clean(header.namespace) if header is not None else "",
        "models": clean(", ".join(sorted(models))),
        "tool": clean(header.tool) if header is not None else "",
    }


def write_run(
    run: RunFrames, folder: Path, form: str, table: str = "all", *, redact: bool = False
) -> Iterator[tuple[Path, int]]:
    """Write one table of a run, or all of them and its row; yields (path, number of rows) of each.

    `form`: csv, json or parquet; `wvatui.export.files` describes the paths. `redact`: hide
    credentials in raw log lines. Raises UsageError for an unknown table, a folder that cannot be
    used, and where the Parquet writer is not installed; OutputError for a full disk.
    """
    if form == "parquet":
        must_have_arrow()
    if table not in ("all", RUNS):
        must_be_a_table(table)
    if table in ("all", RUNS):
        yield write_table(RUNS, [run_row(run)], RUN_COLUMNS, folder, run.name, form), 1
    if table != RUNS:
        with closing(_opened(run, redact=redact)) as reader:
            yield from write_tables(reader, table, folder, run.name, form)


def run_table(run: RunFrames, table: str, form: str, *, redact: bool = False) -> str:
    """One table of a run as the text of a file; `form`: csv or json. Raises UsageError for an
    unknown table."""
    if table == RUNS:
        return table_text(RUNS, [run_row(run)], RUN_COLUMNS, form)
    must_be_a_table(table)
    with closing(_opened(run, redact=redact)) as reader:
        made = collect(reader, table)[table]
    return table_text(table, made.rows, made.columns, form)


def _opened(run: RunFrames, *, redact: bool) -> Reader:
    return open_recording(run.path, redact=redact, namespace=run.namespace, parts=True)
