"""The verb whatif: reads a recording, tries alternatives on it, prints a table."""

import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from wvatui.core.lines import clean
from wvatui.core.reduce import fold
from wvatui.core.state import EMPTY
from wvatui.core.whatif import report
from wvatui.core.whatif.reading import recorded
from wvatui.core.whatif.trial import Tried
from wvatui.errors import RecordingError, UsageError
from wvatui.recording import open_recording
from wvatui.whatif.asking import alternatives, limit_of
from wvatui.whatif.groups import Group
from wvatui.whatif.trying import tried

PIECE = 4_000
"""Events that are folded at once."""


def print_table(
    file: str,
    groups: Sequence[Group],
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
        known = ", ".join(clean(one.model) or "(not named)" for one in found)
        if model and known:
            raise UsageError(f"--model {model}: there is no such model", hint=f"there is: {known}")
        raise RecordingError(
            f"{file}: neither replicas nor a controller's cycles are in it",
            hint="what-if needs a controller's log, or a recording of polled pods",
        )
    results = [tried(state, one, asked, given=given, limit=chosen, loop=loop) for one in models]
    print(_text(results, Path(file).name, output), end="")
    for notice in reader.notices:
        print(f"wvatui: {notice}", file=sys.stderr)


def _text(results: Sequence[Tried], name: str, output: str) -> str:
    if output == "json":
        value = {
            "source": name,
            "models": [report.json_value(one.trial, one.rows) for one in results],
        }
        return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    if output == "csv":
        rows = [row for one in results for row in report.csv_rows(one.trial, one.rows)]
        writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return ""
    blocks = ["\n".join([*report.text(one.trial, one.rows), *_said(one)]) for one in results]
    return f"{clean(name)}\n\n" + "\n\n".join(blocks) + "\n"


def _said(one: Tried) -> list[str]:
    return [f"  {clean(one.remark)}"] if one.remark else []
