"""Load jobs, running and past, as a table: state, offered rate, results."""

from dataclasses import replace

from wvatui.core.queries.load import load_rows
from wvatui.core.rows.load_views import JobRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.draw.symbols import Symbols, bar
from wvatui.ui.model.panel import Column, TablePanel, text_column
from wvatui.ui.model.view_model import ViewModel

ID = "jobs"
SORTS = (
    *("state", "job", "tool", "profile", "stage", "progress", "offered", "requests", "age"),
    *("left", "source", "harness", "namespace"),
)
STATES: dict[str, tuple[str, str]] = {
    "pending": ("pending", "warn"),
    "running": ("running", "bold info"),
    "succeeded": ("done", "ok"),
    "failed": ("failed", "bold bad"),
    "deleted": ("deleted", "muted"),
}
"""State of a job → (word, style)."""
_ORDER = {"running": 0, "pending": 1, "failed": 2, "succeeded": 3, "deleted": 4}


def sign(status: str, symbols: Symbols) -> str:
    """The symbol of a job's state; a word is always beside it."""
    return {
        "pending": symbols.replica["pending"],
        "running": symbols.play,
        "succeeded": symbols.level["ok"],
        "failed": symbols.level["bad"],
        "deleted": symbols.replica["gone"],
    }.get(status, symbols.dot)


def told(row: JobRow, symbols: Symbols) -> Span:
    """The symbol and word of a job's state."""
    word, style = STATES.get(row.status, (sanitize(row.status, 20), "muted"))
    return (f"{sign(row.status, symbols)} {word}", style)


def _key(row: JobRow) -> str:
    return f"job:{row.key}"


def _counted(vm: ViewModel) -> str:
    parts = []
    for status, (word, _) in STATES.items():
        count = sum(row.status == status for row in vm.ask(load_rows.jobs))
        parts += [f"{count} {word}"] if count else []
    return ", ".join(parts)


def _job(row: JobRow, symbols: Symbols) -> Span:
    return (sanitize(row.title, 120), "bold" if row.active else "")


def _stage(row: JobRow, symbols: Symbols) -> Span:
    return (sanitize(row.stage, 60) or symbols.missing, "")


def _progress(row: JobRow, symbols: Symbols) -> Line:
    if row.ratio is None:
        if row.done is not None:
            return ((format.count(row.done), ""),)
        return ((symbols.missing, "muted"),)
    filled = bar(row.ratio, 5, symbols)
    return ((filled, "info" if row.active else "muted"), (f"{format.percent(row.ratio):>5}", ""))


def _offered(row: JobRow, symbols: Symbols) -> Span:
    if row.offered is None:
        return ("?", "muted")
    if not row.active:
        return (symbols.missing, "muted")
    return (rate(row.offered), "bold" if row.offered else "muted")


def rate(value: float | None) -> str:
    """A rate in requests per second, `0.5/s`; a dash when there is none or it is unknown."""
    return format.MISSING if value is None else f"{value:.4g}/s"


def _requests(row: JobRow, symbols: Symbols) -> Line:
    if row.ok is None and row.failed is None:
        return ((symbols.missing, "muted"),)
    return answered(row.ok, row.failed, symbols)


def answered(ok: int | None, failed: int | None, symbols: Symbols) -> Line:
    """The requests that succeeded and those that failed: `812/✗3`."""
    sign = symbols.level["bad"] if failed else ""
    text = "0" if failed == 0 else f"{sign}{format.count(failed)}"
    return ((format.count(ok), ""), ("/", "muted"), (text, "bold bad" if failed else "muted"))


def _left(row: JobRow, symbols: Symbols) -> Span:
    if not row.active or row.remaining_s is None:
        return (symbols.missing, "muted")
    return (format.age(row.remaining_s), "")


def _source(row: JobRow, symbols: Symbols) -> Span:
    return (sanitize(row.source, 40), "" if row.source == "wvatui" else "muted")


_COLUMNS: tuple[Column[JobRow], ...] = (
    Column("state", "state", 9, told, lambda r: _ORDER.get(r.status, 9)),
    Column("job", "job", 12, _job, lambda r: r.title, grows=True),
    Column(
        "namespace",
        "namespace",
        12,
        lambda r, s: (sanitize(r.namespace, 60), "muted"),
        lambda r: r.namespace or None,
    ),
    text_column("tool", "tool", 14, lambda r: r.tool, "", wide=100),
    text_column("profile", "profile", 18, lambda r: r.profile, wide=118),
    Column("stage", "stage", 12, _stage, lambda r: r.stage_index),
    Column("progress", "progress", 10, _progress, lambda r: r.ratio),
    Column("offered", "offered", 7, _offered, lambda r: r.offered, right=True),
    Column("requests", "ok/fail", 8, _requests, lambda r: r.failed, right=True),
    Column(
        "age", "age", 5, lambda r, s: (format.age(r.age_s), "muted"), lambda r: r.age_s, right=True
    ),
    Column("left", "left", 5, _left, lambda r: r.remaining_s, right=True, wide=92),
    Column("source", "source", 7, _source, lambda r: r.source),
    text_column("harness", "run by", 15, lambda r: r.harness, wide=134),
)


def _records(vm: ViewModel) -> tuple[JobRow, ...]:
    return vm.ask(load_rows.jobs)


def _all_columns(vm: ViewModel) -> tuple[Column[JobRow], ...]:
    """All columns; with several namespaces there is one for the namespace, at the cost of the age
    on a small screen."""
    several = len({row.namespace for row in _records(vm)}) > 1
    left_out = "namespace" if not several else ""
    return tuple(
        replace(column, wide=100) if several and column.id in ("age", "source") else column
        for column in _COLUMNS
        if column.id != left_out
    )


def _empty(vm: ViewModel) -> str:
    hint = "; l launches one" if vm.capabilities.can_launch else ""
    return f" no load job was seen yet{hint}"


TABLE = TablePanel(
    id=ID,
    title="Load jobs",
    records=_records,
    key=_key,
    columns=_all_columns,
    summary=_counted,
    empty=_empty,
    selected=lambda vm: _key(vm.job) if vm.job is not None else "",
)

PANELS = (TABLE.panel(load_rows.jobs, columns=SORTS),)
