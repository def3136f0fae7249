"""Stretches in which a source cannot prove that nothing was missed, the newest first."""

from wvatui.core import health_detail
from wvatui.core.health_views import GapRow
from wvatui.ui import words
from wvatui.ui.line import Line, rule
from wvatui.ui.panel import Panel
from wvatui.ui.safe import fit, safe
from wvatui.ui.scene import Scene
from wvatui.ui.sections import cut


def lines(scene: Scene, width: int, height: int) -> list[Line]:
    """A title, then a gap a line."""
    gaps, symbols = scene.ask(health_detail.health_detail).gaps, scene.symbols
    lost = sum(max(0.0, gap.until - gap.since) for gap in gaps)
    told = f"{words.many(len(gaps), 'gap')}, {words.age(lost)} together" if gaps else ""
    out = [rule("Gaps", told, width, symbols)]
    if not gaps:
        none: Line = ((f" {symbols.level['ok']} ", "ok"), ("nothing was missed", "muted"))
        return [*out, none]
    return [*out, *cut([_row(scene, gap) for gap in gaps], max(1, height - 1), symbols)]


def height_for(scene: Scene) -> int:
    """Lines that all of it takes."""
    return 1 + max(1, len(scene.ask(health_detail.health_detail).gaps))


def _row(scene: Scene, row: GapRow) -> Line:
    dash = "–" if scene.symbols.unicode else "-"
    return (
        (f" {scene.symbols.gap} ", "warn"),
        (f"{scene.time(row.since)}{dash}{scene.time(row.until)}", ""),
        (f" {fit(words.age(row.until - row.since), 5)}", "warn"),
        (f" {safe(row.source, 30)}", "bold"),
        (f"  {safe(row.reason, 300)}", "muted"),
    )


PANELS = (
    Panel(
        id="gaps",
        title="Gaps",
        lines=lines,
        reads=(health_detail.health_detail,),
    ),
)
