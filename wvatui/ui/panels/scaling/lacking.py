"""Stretches in which more replicas were wanted than were ready, the newest first."""

from wvatui.core.lines import many
from wvatui.core.queries.scaling import scaling
from wvatui.core.queries.session import variant_rows
from wvatui.core.rows.scale_views import GapWindow
from wvatui.ui.draw.line import Line, cut, rule, well
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.scaling.changes import seconds


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title, then one line per stretch."""
    gaps, symbols = vm.scaling.gaps, vm.symbols
    whole = sum(gap.until - gap.since for gap in gaps)
    summary = f"{many(len(gaps), 'stretch').replace('chs', 'ches')}, {seconds(whole)} together"
    out = [rule("Wanted and not ready", summary if gaps else "", width, symbols)]
    if not gaps:
        return [*out, well("never seen", symbols)]
    return [*out, *cut([_row(vm, gap) for gap in gaps], max(1, height - 1), symbols)]


def height_for(vm: ViewModel) -> int:
    """The lines that all stretches take."""
    return 1 + max(1, len(vm.scaling.gaps))


def _row(vm: ViewModel, gap: GapWindow) -> Line:
    dash = "–" if vm.symbols.unicode else "-"
    until = "now" if gap.is_open else vm.time(gap.until)
    style = "bold bad" if gap.is_open else "warn"
    several = len({vm.called(each) for each in vm.scaling.gaps}) > 1
    name = f"  {sanitize(vm.called(gap), 60)}" if several else ""
    return (
        (f" {vm.time(gap.since)}{dash}{until:<8}", ""),
        (f" {seconds(gap.until - gap.since):>6}", style),
        (f"  {gap.lacking} fewer than {gap.wanted_by} wanted", "muted"),
        (name, ""),
    )


PANELS = (
    Panel(
        id="lacking",
        title="Wanted and not ready",
        lines=lines,
        reads=(scaling.scaling, variant_rows.variants),
    ),
)
