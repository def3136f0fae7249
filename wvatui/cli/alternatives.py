"""The verb whatif: reads a recording, tries alternatives on it, prints a table."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from wvatui.analysis.whatif.alternatives import alternatives, limit_of
from wvatui.analysis.whatif.groups import FlagGroup
from wvatui.analysis.whatif.trying import tried
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY
from wvatui.core.whatif import report
from wvatui.core.whatif.recorded.reading import recorded
from wvatui.core.whatif.trial import Tried
from wvatui.errors import RecordingError, UsageError
from wvatui.host import console
from wvatui.recording import open_recording
from wvatui.session.outcome import odd

PIECE = 4_000
"""Events that are folded at once."""


def print_table(
    file: str,
    groups: Sequence[FlagGroup],
    *,
    limit: str,
    boot: float | None,
    model: str,
    loop: str,
    output: str,
) -> None:
    """What the alternatives come to. Raises UsageError, ConfigError, RecordingError."""
    asked = alternatives(groups)
    chosen = limit_of(limit)
    given = {} if boot is None else {"boot_s": boot}
    reader = open_recording(Path(file))
    state = EMPTY
    for batch in reader.batches(PIECE):
        state = fold(state, batch)
    found = recorded(state)
    models = [one for one in found if model in ("", one.model)]
    if not models:
        known = ", ".join(one.model or "(not named)" for one in found)
        if model and known:
            raise UsageError(f"--model {model}: there is no such model", hint=f"there is: {known}")
        raise RecordingError(
            f"{file}: neither replicas nor a controller's cycles are in it",
            hint="what-if needs a controller's log, or a recording of polled pods",
        )
    results = [tried(state, one, asked, given=given, limit=chosen, loop=loop) for one in models]
    _print(results, Path(file).name, output)
    for notice in odd(reader.notices, state):
        console.err(f"wvatui: {notice}")


def _print(results: Sequence[Tried], name: str, output: str) -> None:
    if output == "json":
        models = [report.json_value(one.trial, one.rows) for one in results]
        console.out_json({"source": name, "models": models})
        return
    if output == "csv":
        rows = [row for one in results for row in report.csv_rows(one.trial, one.rows)]
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        console.out_text(text.getvalue())
        return
    console.out(name)
    for one in results:
        console.out("", *report.text(one.trial, one.rows), *_said(one))


def _said(one: Tried) -> list[str]:
    return [f"  {one.remark}"] if one.remark else []
