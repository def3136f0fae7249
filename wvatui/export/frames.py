"""Tables as data frames: typed for a notebook, or as CSV writes them.

A typed frame has the same types in every run: times are UTC, whole numbers and flags have NA,
measured numbers NaN where the value is unknown. A missing value is never 0, False or an empty text.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from wvatui.export.column_kinds import kind_of
from wvatui.export.tables import RecordingTables, collect

DTYPES: dict[str, Any] = {
    "time": "datetime64[ms, UTC]",
    "text": pd.StringDtype("python"),  # the same with pyarrow and without
    "whole": "Int64",
    "number": "float64",
    "flag": "boolean",
}
"""The pandas dtype for each kind of column."""


def frames(recording: RecordingTables, table: str = "all") -> dict[str, pd.DataFrame]:
    """One table, or all, by name, with the values that the rows hold.

    Raises UsageError for an unknown table.
    """
    return {
        name: pd.DataFrame(made.rows, columns=list(made.columns))
        for name, made in collect(recording, table).items()
    }


def typed(
    table: str, rows: Sequence[Mapping[str, Any]], columns: Iterable[str], index: str = "time"
) -> pd.DataFrame:
    """Rows of a table as a typed frame, indexed by UTC time; `index`: the column that holds it."""
    made = {name: _series(table, name, [row.get(name) for row in rows]) for name in columns}
    frame = pd.DataFrame(made)
    return frame.set_index(index) if index else frame


def _series(table: str, column: str, values: list[Any]) -> Any:
    kind = kind_of(table, column)
    if kind == "time":
        known: Any = [value or None for value in values]
        times = pd.Series(pd.to_datetime(known, utc=True, format="ISO8601"))
        return times.astype(DTYPES[kind])
    if kind == "text":
        values = [None if value in ("", None) else str(value) for value in values]
    return pd.Series(values, dtype=DTYPES[kind])
