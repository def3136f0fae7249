"""Gaps: stretches in which a source may have missed something, the newest first."""

from wvatui.core.lines import many
from wvatui.core.queries.health import health_detail
from wvatui.core.rows.health_views import GapRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, cut, dimmed, rule, well
from wvatui.ui.draw.sanitize import fit, sanitize
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title, then one line per gap."""
    gaps, symbols = vm.ask(health_detail.health_detail).gaps, vm.symbols
    own = [gap for gap in gaps if not gap.context]
    lost = sum(max(0.0, gap.until - gap.since) for gap in own)
    summary = f"{many(len(own), 'gap')}, {format.age(lost)} together" if own else ""
    out = [rule("Gaps", summary, width, symbols)]
    if not gaps:
        return [*out, well("none in the log and the objects", symbols)]
    return [*out, *cut([gap_line(vm, gap) for gap in gaps], max(1, height - 1), symbols)]


def height_for(vm: ViewModel) -> int:
    """The lines that all gaps take."""
    return 1 + max(1, len(vm.ask(health_detail.health_detail).gaps))


def gap_line(vm: ViewModel, row: GapRow) -> Line:
    """A gap in one line, dimmed if it ended before T+0."""
    dash = "–" if vm.symbols.unicode else "-"
    line: Line = (
        (f" {vm.symbols.gap} ", "warn"),
        (f"{vm.time(row.since)}{dash}{vm.time(row.until)}", ""),
        (f" {fit(format.age(row.until - row.since), 5)}", "warn"),
        (f" {sanitize(row.source, 30)}", "bold"),
        (f"  {sanitize(row.reason, 300)}", "muted"),
    )
    return dimmed(line) if row.context else line


PANELS = (
    Panel(
        id="gaps",
        title="Gaps",
        lines=lines,
        reads=(health_detail.health_detail,),
    ),
)
