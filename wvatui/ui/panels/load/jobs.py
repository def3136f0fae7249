"""Load jobs, running and past: how they stand, what they offer, what came of it."""

from wvatui.core.queries.load import load_rows
from wvatui.core.rows.load_views import JobRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, rule
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.draw.symbols import Symbols, bar
from wvatui.ui.model.panel import Column, Drawn, Panel, arranged, draw, in_order
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.model.view_state import Sort

ID = "jobs"
SORTS = (
    *("state", "job", "tool", "profile", "stage", "progress", "offered", "requests", "age"),
    *("left", "source", "harness"),
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


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title, then the table."""
    return _drawn(vm, width, height).lines


def keys(vm: ViewModel, width: int, height: int) -> list[str]:
    """The row of each line."""
    return _drawn(vm, width, height).keys


def rows(vm: ViewModel) -> tuple[str, ...]:
    """Keys of all jobs, as they are sorted."""
    ordered = in_order(_columns(vm), vm.ask(load_rows.jobs), vm.view_state.sort.get(ID, Sort()))
    return tuple(_key(row) for row in ordered)


def height_for(vm: ViewModel) -> int:
    """Lines that the whole table takes."""
    return 2 + max(1, len(vm.ask(load_rows.jobs)))


def sign(status: str, symbols: Symbols) -> str:
    """The sign of a job's state; a word is always beside it."""
    return {
        "pending": symbols.replica["pending"],
        "running": symbols.play,
        "succeeded": symbols.level["ok"],
        "failed": symbols.level["bad"],
        "deleted": symbols.replica["gone"],
    }.get(status, symbols.dot)


def told(row: JobRow, symbols: Symbols) -> Span:
    """Sign and word of a job's state."""
    word, style = STATES.get(row.status, (sanitize(row.status, 20), "muted"))
    return (f"{sign(row.status, symbols)} {word}", style)


def _key(row: JobRow) -> str:
    return f"job:{row.key}"


def _drawn(vm: ViewModel, width: int, height: int) -> Drawn:
    found = vm.ask(load_rows.jobs)
    title = rule("Load jobs", _counted(vm), width, vm.symbols)
    if not found:
        hint = "; l launches one" if vm.capabilities.can_launch else ""
        return Drawn([title, ((f" no load job was seen yet{hint}", "muted"),)], ["", ""])
    selected = _key(vm.job) if vm.job is not None else ""
    table = draw(
        _columns(vm),
        found,
        _key,
        selected=selected,
        sort=vm.view_state.sort.get(ID, Sort()),
        width=width,
        height=max(1, height - 1),
        symbols=vm.symbols,
    )
    return Drawn([title, *table.lines], ["", *table.keys])


def _counted(vm: ViewModel) -> str:
    parts = []
    for status, (word, _) in STATES.items():
        count = sum(row.status == status for row in vm.ask(load_rows.jobs))
        parts += [f"{count} {word}"] if count else []
    return ", ".join(parts)


def _columns(vm: ViewModel) -> list[Column[JobRow]]:
    return arranged(_COLUMNS, vm.view_state.columns, ID)


def _job(row: JobRow, symbols: Symbols) -> Span:
    return (sanitize(row.title, 120), "bold" if row.active else "")


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
    """Requests per second: `0.5/s`; a dash when it is no rate or not known."""
    return format.MISSING if value is None else f"{value:.4g}/s"


def _requests(row: JobRow, symbols: Symbols) -> Line:
    if row.ok is None and row.failed is None:
        return ((symbols.missing, "muted"),)
    failed = f"{symbols.level['bad']}{format.count(row.failed)}" if row.failed else "0"
    if row.failed is None:
        failed = symbols.missing
    return (
        (format.count(row.ok), ""),
        ("/", "muted"),
        (failed, "bold bad" if row.failed else "muted"),
    )


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
        "tool",
        "tool",
        14,
        lambda r, s: (sanitize(r.tool, 40) or s.missing, ""),
        lambda r: r.tool or None,
        wide=100,
    ),
    Column(
        "profile",
        "profile",
        18,
        lambda r, s: (sanitize(r.profile, 80) or s.missing, "muted"),
        lambda r: r.profile or None,
        wide=118,
    ),
    Column(
        "stage",
        "stage",
        12,
        lambda r, s: (sanitize(r.stage, 60) or s.missing, ""),
        lambda r: r.stage_index,
    ),
    Column("progress", "progress", 10, _progress, lambda r: r.ratio),
    Column("offered", "offered", 7, _offered, lambda r: r.offered, right=True),
    Column("requests", "ok/fail", 8, _requests, lambda r: r.failed, right=True),
    Column(
        "age", "age", 5, lambda r, s: (format.age(r.age_s), "muted"), lambda r: r.age_s, right=True
    ),
    Column("left", "left", 5, _left, lambda r: r.remaining_s, right=True, wide=92),
    Column("source", "source", 7, _source, lambda r: r.source),
    Column(
        "harness",
        "run by",
        15,
        lambda r, s: (sanitize(r.harness, 40) or s.missing, "muted"),
        lambda r: r.harness or None,
        wide=134,
    ),
)


PANELS = (
    Panel(
        id="jobs",
        title="Load jobs",
        lines=lines,
        rows=rows,
        keys=keys,
        columns=SORTS,
        reads=(load_rows.jobs,),
    ),
)
