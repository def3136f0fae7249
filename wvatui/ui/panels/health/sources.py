"""The sources as a table: state, since when, next try, and the right that is missing."""

from wvatui.core.kube_object import bare
from wvatui.core.queries.health import health_detail, health_rows
from wvatui.core.queries.session import session_rows
from wvatui.core.rows.health_views import SourceRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.panel import Column, TablePanel
from wvatui.ui.model.view_model import ViewModel

ID = "sources"
SORTS = ("state", "source", "age", "since", "retry", "text")
FIRST = ("log", "pods", "epp", "autoscalers", "workloads", "variants", "configmaps")
URGENCY = {"bad": 0, "warn": 1, "ok": 2, "off": 3}


def _records(vm: ViewModel) -> list[SourceRow]:
    """All sources, those in trouble first."""
    return sorted(vm.ask(health_detail.health_detail).sources, key=_rank)


def _rank(row: SourceRow) -> tuple[int, int]:
    name = bare(row.source)
    place = FIRST.index(name) if name in FIRST else len(FIRST)
    return URGENCY[row.level], place


def _key(row: SourceRow) -> str:
    return f"source:{row.source}"


def _summary(vm: ViewModel) -> str:
    rows = _records(vm)
    well = sum(row.level == "ok" for row in rows)
    bad = sum(row.level in ("bad", "warn") for row in rows)
    absent = sum(row.level == "off" for row in rows)
    parts = [f"{bad} in trouble"] * bool(bad) + [f"{well} ok"] * bool(well)
    return ", ".join([*parts, *([f"{absent} absent"] if absent else [])])


def _all_columns(vm: ViewModel) -> tuple[Column[SourceRow], ...]:
    return (
        Column("source", "source", 15, _name, lambda r: r.title),
        Column("state", "state", 10, _state, lambda r: URGENCY[r.level]),
        Column(
            "age", "seen", 6, lambda r, s: (format.age(r.age_s), ""), lambda r: r.age_s, right=True
        ),
        Column(
            "since",
            "since",
            8,
            lambda r, s: (vm.time(r.since), "muted"),
            lambda r: r.since,
            wide=64,
        ),
        Column("retry", "retry", 5, _retry, lambda r: r.retry_in_s, right=True, wide=64),
        Column("text", "what it says", 20, _text, lambda r: r.text, grows=True),
    )


def _name(row: SourceRow, symbols: Symbols) -> Span:
    return (sanitize(row.title, 40), "" if row.level == "ok" else row.level)


def _state(row: SourceRow, symbols: Symbols) -> Span:
    style = f"bold {row.level}" if row.level == "bad" else row.level
    word = sanitize(row.status, 20)
    if row.level != "ok" and word == "ok":
        word = "silent"
    return (f"{symbols.level[row.level]} {word}", style)


def _retry(row: SourceRow, symbols: Symbols) -> Span:
    if row.retry_in_s is None:
        return ("", "")
    return (format.age(row.retry_in_s), "warn")


def _text(row: SourceRow, symbols: Symbols) -> Line:
    style = row.level if row.level in ("bad", "warn") else "muted"
    spans: list[Span] = []
    if row.verb or row.resource:
        right = f"{sanitize(row.verb, 30)} {sanitize(row.resource, 80)}".strip()
        spans.append((f"may not {right}  ", f"bold {style}"))
    text = sanitize(row.text, 400)
    if text and text != row.status:
        spans.append((text, style))
    return tuple(spans)


def _empty(vm: ViewModel) -> str:
    return f" {without_sources(vm) or 'no source has spoken yet'}"


def without_sources(vm: ViewModel) -> str:
    """The reason why a recording can have no sources; "" where it can."""
    name = vm.ask(session_rows.header).imported
    if vm.log_only:
        return "a controller's log alone: pods, autoscalers and events were not recorded"
    return f"imported from {name}: no source was watched" if name else ""


TABLE = TablePanel(
    id=ID,
    title="Sources",
    records=_records,
    key=_key,
    columns=_all_columns,
    summary=_summary,
    empty=_empty,
    selected=lambda vm: vm.view_state.selected.get(ID, ""),
)

PANELS = (
    TABLE.panel(
        health_detail.health_detail,
        health_rows.health,
        session_rows.totals,
        session_rows.header,
        columns=SORTS,
    ),
)
