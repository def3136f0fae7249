"""The loud line: what makes every other number doubtful, and why nothing happens."""

from wvatui.core.findings import Finding, finding_rows
from wvatui.core.queries.session import session_rows
from wvatui.ui.draw.line import Line, clip, width_of
from wvatui.ui.draw.sanitize import fit, sanitize
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel

STYLES = {"blocked": ("bad", "bold bad"), "warning": ("warn", "warn"), "waiting": ("off", "info")}
"""By severity: the sign's name, and the style of the words."""


def lines(scene: ViewModel, width: int, height: int) -> list[Line]:
    """One line a trouble: format drift, a paused recording, what blocks. Empty when all is well."""
    found: list[tuple[str, str]] = []
    if drift := sanitize(scene.ask(session_rows.totals).drift, 400):
        text = drift if drift.lower().startswith("format drift") else f"format drift: {drift}"
        found.append((text, "bold reverse bad"))
    state = sanitize(scene.status.recording_state, 200)
    if scene.status.live and state.startswith("paused"):
        lacks = sanitize(scene.status.incomplete, 200)
        told = f"paused: {lacks}" if lacks else f"{state}; what is seen now is not kept"
        found.append((f"recording {told}", "bold reverse warn"))
    sign = scene.symbols.warn
    out: list[Line] = [
        ((fit(f" {sign} {text}", width, scene.symbols.ellipsis), style),) for text, style in found
    ]
    return out + _findings(scene, width)


def _findings(scene: ViewModel, width: int) -> list[Line]:
    """The worst thing found, and how many more there are. Nothing where all of them stand."""
    found = scene.ask(finding_rows.findings)
    if not found or scene.choice.view == "health":
        return []
    first, left = found[0], len(found) - 1
    more: Line = ()
    if left:
        more = ((f"  +{left} more, 6 shows all", "muted"),)
    elif width >= 100:
        more = (("  6 tells more", "muted"),)
    line = (*told(scene, first), *_until(scene, first))
    return [(*clip(line, width - width_of(more), scene.symbols.ellipsis), *more)]


def told(scene: ViewModel, finding: Finding) -> Line:
    """A finding's sign and title."""
    level, style = STYLES[finding.severity]
    sign = scene.symbols.level[level]
    if finding.severity == "waiting":
        sign = scene.symbols.pause
    return ((f" {sign} ", style), (sanitize(finding.title, 300), style))


def _until(scene: ViewModel, finding: Finding) -> Line:
    if finding.until is None:
        return ()
    return ((f" (until {scene.time(finding.until)})", "muted"),)


PANELS = (
    Panel(
        id="banner",
        title="Banner",
        lines=lines,
        follows="status",
        reads=(finding_rows.findings, session_rows.totals),
    ),
)
