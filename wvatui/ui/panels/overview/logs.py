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
    symbols, filters = vm.symbols, filter_parts(vm, 60)
    right = f"{', '.join(filters)}  esc clears" if filters else ", ".join(counted(vm))
    focus = vm.view_state.focus == ID
    out = [rule("Controller log", right, width, symbols, focus=focus)]
    shown = _shown(vm, height)
    if not shown:
        what = " ".join(filter(None, (vm.view_state.level, sanitize(vm.view_state.pattern, 60))))
        words_ = f"no line matches {sanitize(what, 60)}" if what else no_log(vm)
        return [*out, ((f" {words_}", "muted"),)]
    selected = vm.view_state.selected.get(ID, "") if focus else ""
    for row in shown:
        line = _row(vm, row, width)
        out.append(chosen(line, width, symbols) if _key(row) == selected else line)
    return out


def filter_parts(vm: ViewModel, most: int) -> list[str]:
    """The filter of the log in words, its pattern cut to `most` characters; empty without one."""
    pattern, level = sanitize(vm.view_state.pattern, most), sanitize(vm.view_state.level, 12)
    parts = [f"filter {pattern}"] if pattern else []
    return parts + ([f"only {level.replace('+', ' and worse')}"] if level else [])


def counted(vm: ViewModel) -> list[str]:
    """The numbers of lines, errors, warnings and unknown lines in words; empty without a line."""
    totals = vm.ask(session_rows.totals)
    if not totals.lines:
        return []
    counts = ((totals.errors, "error"), (totals.warnings, "warning"))
    parts = [many(totals.lines, "line"), *(many(n, word) for n, word in counts if n)]
    return parts + ([f"{totals.unknown_lines} unknown"] if totals.unknown_lines else [])


def texts(vm: ViewModel, row: LogRow, most: int) -> tuple[str, str]:
    """The text and the fields of a line, each cut to `most` characters."""
    text, fields = sanitize(row.text, most), sanitize(row.fields, most)
    return (text, fields) if vm.symbols.unicode else (plain(text), plain(fields))


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
    text, fields = texts(vm, row, max(80, 2 * width))
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
