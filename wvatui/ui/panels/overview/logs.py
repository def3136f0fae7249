"""The newest lines of the controller's log that match the filter, the newest at the bottom."""

from collections.abc import Sequence

from wvatui.core.lines import many
from wvatui.core.queries.charts.sources import has_log
from wvatui.core.queries.session import session_rows
from wvatui.core.rows import log_rows
from wvatui.core.rows.views import LogRow
from wvatui.ui.draw.line import Line, clip, dimmed, rule
from wvatui.ui.draw.sanitize import fit, sanitize
from wvatui.ui.draw.symbols import plain
from wvatui.ui.model.panel import Panel, chosen, window_of
from wvatui.ui.model.view_model import LOG_LINES, ViewModel
from wvatui.ui.panels.controller.absent import no_log

ID = "log"
LEVELS = {"ERROR": "bad", "FATAL": "bad", "PANIC": "bad", "WARN": "warn", "INFO": "info"}


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title, then the newest lines that fit."""
    totals, symbols = vm.ask(session_rows.totals), vm.symbols
    level = vm.view_state.level
    only = f"only {sanitize(level, 12).replace('+', ' and worse')}" if level else ""
    pattern = sanitize(vm.view_state.pattern, 60)
    filters = ", ".join(filter(None, (f"filter {pattern}" if pattern else "", only)))
    if filters:
        right = f"{filters}  esc clears"
    else:
        parts = []
        if totals.errors:
            parts.append(many(totals.errors, "error"))
        if totals.warnings:
            parts.append(many(totals.warnings, "warning"))
        if totals.unknown_lines:
            parts.append(f"{totals.unknown_lines} unknown")
        right = ", ".join((many(totals.lines, "line"), *parts)) if totals.lines else ""
    focus = vm.view_state.focus == ID
    out = [rule("Controller log", right, width, symbols, focus=focus)]
    shown = _shown(vm, height)
    if not shown:
        what = " ".join(filter(None, (level, pattern)))
        words_ = f"no line matches {sanitize(what, 60)}" if what else no_log(vm)
        return [*out, ((f" {words_}", "muted"),)]
    selected = vm.view_state.selected.get(ID, "") if focus else ""
    for row in shown:
        line = _row(vm, row, width)
        out.append(chosen(line, width, symbols) if _key(row) == selected else line)
    return out


def _key(row: LogRow) -> str:
    return f"line:{row.index}"


def _shown(vm: ViewModel, height: int) -> Sequence[LogRow]:
    """The newest rows, or those around the selected one."""
    room = max(1, height - 1)
    if vm.view_state.focus != ID:
        return vm.log(min(room, LOG_LINES))
    rows, selected = vm.log(), vm.view_state.selected.get(ID, "")
    behind = next((n for n, row in enumerate(reversed(rows)) if _key(row) == selected), None)
    end = len(rows) - window_of(len(rows), behind, room)
    return rows[max(0, end - room) : end]


def keys(vm: ViewModel, width: int, height: int) -> list[str]:
    """The key of the log line of each line; "" for the title."""
    return ["", *map(_key, _shown(vm, height))]


def _row(vm: ViewModel, row: LogRow, width: int) -> Line:
    symbols = vm.symbols
    level = sanitize(row.level, 12)
    style = LEVELS.get(level, "muted")
    text = sanitize(row.text, max(80, 2 * width))
    fields = sanitize(row.fields, max(80, 2 * width))
    if not symbols.unicode:
        text, fields = plain(text), plain(fields)
    loud = style in ("bad", "warn")
    quiet = row.kind in ("continuation", "klog") or style == "muted"
    line = clip(
        (
            (f" {vm.time(row.at)} ", "muted"),
            (fit(level, 5, symbols.ellipsis), style),
            (" ", ""),
            (text, style if loud else "muted" if quiet else ""),
            (f"  {fields}" if fields else "", "muted"),
        ),
        width,
        symbols.ellipsis,
    )
    return dimmed(line) if row.context else line


PANELS = (
    Panel(
        id=ID,
        filters=True,
        title="Controller log",
        lines=lines,
        rows=lambda vm: tuple(map(_key, vm.log())),
        keys=keys,
        ends=True,
        reads=(log_rows.log_tail, session_rows.header, session_rows.totals),
        source=has_log,
    ),
)
