"""The banner: findings that make the numbers below it doubtful."""

from wvatui.core.findings import Finding
from wvatui.core.queries.session import session_rows
from wvatui.ui.draw.line import Line
from wvatui.ui.draw.sanitize import condense, fit, in_room, sanitize
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel

STYLES = {
    "blocked": ("bad", "bold bad"),
    "warning": ("warn", "warn"),
    "waiting": ("off", "info"),
    "advice": ("off", "info"),
}
"""Severity → (name of the symbol, style of the text)."""


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """One line per fault, such as format drift or a paused recording; empty when there is none."""
    notes: list[tuple[str, str]] = []
    if drift := sanitize(vm.ask(session_rows.totals).drift, 400):
        text = drift if drift.lower().startswith("format drift") else f"format drift: {drift}"
        notes.append((text, "bold reverse bad"))
    state = sanitize(vm.status.recording_state, 200)
    if vm.status.live and state.startswith("paused"):
        lacks = sanitize(vm.status.incomplete, 200)
        recording = f"paused: {lacks}" if lacks else f"{state}; what is seen now is not kept"
        notes.append((f"recording {recording}", "bold reverse warn"))
    sign = vm.symbols.warn
    return [
        ((fit(f" {sign} {in_room((text,), width - 4, vm.symbols.ellipsis)}", width), style),)
        for text, style in notes
    ]


def told(vm: ViewModel, finding: Finding, room: int) -> Line:
    """A finding's symbol and title, condensed to `room` cells."""
    level, style = STYLES[finding.severity]
    sign = vm.symbols.level[level]
    if finding.severity == "waiting":
        sign = vm.symbols.pause
    title = condense(sanitize(finding.headline, 300), room - 3, vm.symbols.ellipsis)
    return ((f" {sign} ", style), (title, style))


PANELS = (
    Panel(
        id="banner",
        title="Banner",
        lines=lines,
        follows="status",
        reads=(session_rows.totals,),
    ),
)
