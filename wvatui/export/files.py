"""Writes tables as files: CSV, JSON, or a Parquet dataset partitioned by run.

    csv      FOLDER/<run>-<table>.csv
    json     FOLDER/<run>-<table>.json, an array of objects, one object per line
    parquet  FOLDER/<table>/run=<run>/part.parquet: many runs in one folder are one dataset

Times are UTC, with milliseconds. A missing value is an empty cell in CSV, else null.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from wvatui.errors import UsageError
from wvatui.export.column_kinds import kind_of
from wvatui.export.table import TableRow
from wvatui.export.tables import RecordingTables, collect
from wvatui.host import private

if TYPE_CHECKING:
    import pyarrow as pa

FORMS = ("csv", "json", "parquet")


def write_tables(
    recording: RecordingTables, table: str, folder: Path, source: str, form: str = "csv"
) -> Iterator[tuple[Path, int]]:
    """Write one table, or all, into `folder`; yields (path, number of rows) of each. `source`: the
    file's name.

    Raises UsageError for an unknown table, a folder that cannot be used, and for Parquet where
    pyarrow is not installed; OutputError for a full disk.
    """
    if form == "parquet":
        must_have_arrow()
    run = source.split(".")[0] or "session"  # the naming that CSV files have always had
    for name, made in collect(recording, table).items():
        yield write_table(name, made.rows, made.columns, folder, run, form), len(made.rows)


def write_table(
    name: str,
    rows: Sequence[TableRow],
    columns: Sequence[str],
    folder: Path,
    run: str,
    form: str,
) -> Path:
    """Write the rows of one table of a run and return the path. Raises as `write_tables` does."""
    path = folder / f"{run}-{name}.{form}"
    if form == "parquet":
        path = folder / name / f"run={partition(run)}" / "part.parquet"
    with private.told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with private.writing(path) as file:
            _WRITERS[form](name, rows, columns, file)
    return path


def table_text(name: str, rows: Sequence[TableRow], columns: Sequence[str], form: str) -> str:
    """The rows of one table as the text of a file; `form`: csv or json."""
    text = io.StringIO()
    _WRITERS[form](name, rows, columns, text)
    return text.getvalue()


def must_have_arrow() -> None:
    """Raise UsageError where Parquet cannot be written."""
    try:
        import pyarrow.parquet
    except ImportError:
        raise UsageError(
            "Parquet needs pyarrow, which is not installed",
            hint="pip install 'wvatui[parquet]', or choose --format csv or json",
        ) from None
    del pyarrow


def partition(run: str) -> str:
    """A run's name as the value of a partition: `=`, `/` and `%` are escaped, as readers of
    datasets interpret them."""
    return "".join("_" if sign in "=/%\\\0" else sign for sign in run)


def _csv(table: str, rows: Sequence[TableRow], columns: Sequence[str], file: Any) -> None:
    import pandas as pd

    frame = pd.DataFrame(rows, columns=list(columns))
    # Minimal quoting leaves a bare carriage return unquoted, and readers end a row there.
    torn = any("\r" in cell for cells in frame.to_numpy() for cell in cells if type(cell) is str)
    # Whole numbers with holes must not become 3.0.
    frame.convert_dtypes().to_csv(
        file,
        index=False,
        lineterminator="\n",
        quoting=csv.QUOTE_NONNUMERIC if torn else csv.QUOTE_MINIMAL,
    )


def _json(table: str, rows: Sequence[TableRow], columns: Sequence[str], file: IO[str]) -> None:
    lines = [
        json.dumps({name: _known(row.get(name)) for name in columns}, allow_nan=False)
        for row in rows
    ]
    file.write("[" + ",\n".join(lines) + "]\n")


def _known(value: object) -> object:
    """A JSON value: null for an unknown value, NaN and infinity."""
    is_none = value == "" or (isinstance(value, float) and value - value != 0.0)
    return None if is_none else value


def _parquet(table: str, rows: Sequence[TableRow], columns: Sequence[str], file: Any) -> None:
    import pyarrow.parquet as pq

    pq.write_table(arrow_table(table, rows, columns), file.buffer)


def arrow_table(
    table: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]
) -> "pa.Table":
    """Rows as an Arrow table whose schema is the same in every run."""
    import pyarrow as pa

    types = {
        "time": pa.timestamp("ms", tz="UTC"),
        "text": pa.string(),
        "whole": pa.int64(),
        "number": pa.float64(),
        "flag": pa.bool_(),
    }
    arrays = {}
    for name in columns:
        kind = kind_of(table, name)
        values = [_known(row.get(name)) for row in rows]
        if kind == "time":
            values = [
                None if each is None else datetime.fromisoformat(str(each)) for each in values
            ]
        elif kind == "text":
            values = [None if each is None else _whole_characters(str(each)) for each in values]
        arrays[name] = pa.array(values, type=types.get(kind))
    return pa.table(arrays)


def _whole_characters(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


_WRITERS: dict[str, Callable[[str, Sequence[TableRow], Sequence[str], Any], None]] = {
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
}
