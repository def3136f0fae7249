"""The banner: what makes the numbers below it doubtful, and why nothing happens."""

from wvatui.core.findings import Finding, finding_rows
from wvatui.core.queries.session import session_rows
from wvatui.ui.draw.line import Line, clip, width_of
from wvatui.ui.draw.sanitize import condense, fit, sanitize
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel

STYLES = {
    "blocked": ("bad", "bold bad"),
    "warning": ("warn", "warn"),
    "waiting": ("off", "info"),
    "advice": ("off", "info"),
}
"""By severity: the sign's name, and the style of the words."""


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """One line a trouble: format drift, a paused recording, what blocks. Empty when all is well."""
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
    out: list[Line] = [
        ((fit(f" {sign} {text}", width, vm.symbols.ellipsis), style),) for text, style in notes
    ]
    return out + _findings(vm, width)


def _findings(vm: ViewModel, width: int) -> list[Line]:
    """The worst thing found, and how many more there are. Nothing where all of them stand.

    Advice makes no number doubtful and stops nothing: it is not told here.
    """
    findings = [each for each in vm.ask(finding_rows.findings) if each.severity != "advice"]
    if not findings or vm.view_state.view == "health":
        return []
    first, left = findings[0], len(findings) - 1
    more: Line = ()
    if left:
        more = ((f"  +{left} more, 6 shows all", "muted"),)
    elif width >= 100:
        more = (("  6 tells more", "muted"),)
    until = _until(vm, first)
    room = width - width_of(more) - width_of(until)
    return [(*clip(told(vm, first, room), room, vm.symbols.ellipsis), *until, *more)]


def told(vm: ViewModel, finding: Finding, room: int) -> Line:
    """A finding's sign and title, condensed where there is no room for all of it."""
    level, style = STYLES[finding.severity]
    sign = vm.symbols.level[level]
    if finding.severity == "waiting":
        sign = vm.symbols.pause
    title = condense(sanitize(finding.headline, 300), room - 3, vm.symbols.ellipsis)
    return ((f" {sign} ", style), (title, style))


def _until(vm: ViewModel, finding: Finding) -> Line:
    if finding.until is None:
        return ()
    return ((f" (until {vm.time(finding.until)})", "muted"),)


PANELS = (
    Panel(
        id="banner",
        title="Banner",
        lines=lines,
        follows="status",
        reads=(finding_rows.findings, session_rows.totals),
    ),
)
