"""Notices of the session, such as leader changes and restarts, and the state of the recording."""

from rich.cells import cell_len

from wvatui.core.lines import many
from wvatui.core.queries.health import health_detail
from wvatui.core.rows.health_views import NoticeRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, clip, cut, rule
from wvatui.ui.draw.sanitize import fit, fit_middle, sanitize
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title, the state of the recording, then the notices, the newest first."""
    notices, symbols = vm.ask(health_detail.health_detail).notices, vm.symbols
    summary = many(len(notices), "message") if notices else ""
    out = [rule("Recording and messages", summary, width, symbols), _recorder(vm, width)]
    if not notices:
        out.append(((" no message yet", "muted"),))
    return [*out, *cut([_row(vm, row) for row in notices], max(0, height - 2), symbols)]


def height_for(vm: ViewModel) -> int:
    """The lines that all notices take."""
    return 2 + max(1, len(vm.ask(health_detail.health_detail).notices))


def _recorder(vm: ViewModel, width: int) -> Line:
    """The path of the recording, and whether it is being written."""
    status, symbols = vm.status, vm.symbols
    state = sanitize(status.recording_state, 120)
    name = sanitize(str(status.recording), 300) if status.recording else ""
    name = fit_middle(name, min(cell_len(name), max(16, width - 36)), symbols.ellipsis)
    size = format.size(status.recording_bytes)
    count = vm.ask(health_detail.health_detail).events
    events = f"{format.count(count)} event{'' if count == 1 else 's'}"
    if not status.live:
        odd = f", {state}" if state not in ("", "finished", "loading") else ""
        line: Line = (
            (f" {symbols.play} ", "accent"),
            (f"replay of {name or 'standard input'}", ""),
            (f"  {size}, {events}{odd}", "muted"),
        )
    elif state.startswith("recording") and status.incomplete:
        lacks = sanitize(status.incomplete, 300)
        line = (
            (f" {symbols.warn} incomplete: {lacks}", "bold warn"),
            (f"  {name} {size}", "muted"),
        )
    elif state.startswith("recording"):
        line = (
            (f" {symbols.record} ", "bad"),
            (f"recording {name}", ""),
            (f"  {size}, {events}", "muted"),
        )
    elif state.startswith("paused"):
        lacks = sanitize(status.incomplete, 300)
        line = (
            (f" {symbols.warn} recording paused: {lacks or state}", "bold warn"),
            (f"  {name} {size}", "muted"),
        )
    else:
        said = state if state and state != "off" else "not recording"
        line = ((f" {symbols.level['off']} ", "off"), (said, "muted"), (f"  {events}", "muted"))
    return clip(line, width, symbols.ellipsis)


def _row(vm: ViewModel, row: NoticeRow) -> Line:
    return (
        (f" {vm.time(row.at)} ", "muted"),
        (fit(sanitize(row.code or row.source, 40), 14, vm.symbols.ellipsis), "info"),
        (f" {sanitize(row.text, 400)}", ""),
    )


PANELS = (
    Panel(
        id="notices",
        title="Recording and messages",
        lines=lines,
        follows="status",
        reads=(health_detail.health_detail,),
    ),
)
