"""The health strip: each source in trouble in words, and the number of those that are well."""

from wvatui.core.kube_object import bare
from wvatui.core.queries.health import health_rows
from wvatui.core.queries.session import session_rows
from wvatui.core.rows.health_views import HealthRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, clip, flow, spread, well, width_of
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.health.sources import FIRST, without_sources
from wvatui.ui.panels.overview import header

MOST_LINES = 3
_GAP = ("   ", "")


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """The strip in at most `height` lines; texts of sources that are well are left out first."""
    rows = vm.ask(health_rows.health)
    if not rows:
        return [_none(vm, width)]
    rows = tuple(sorted(rows, key=_rank))
    troubled = [r for r in rows if r.level in ("bad", "warn")]
    inner, most = width - 2, max(1, height)
    parts = [clip(_part(r, vm.symbols), inner) for r in troubled]
    # Sources that are well are one item, so that nothing moves. Two of them may add a text.
    more: list[Line] = [_sum(rows, vm.symbols)] if len(troubled) < len(rows) else []
    more += [((sanitize(r.text, 200), "muted"),) for r in rows if r.level == "ok" and _tells(r)]
    for shown in range(len(more), -1, -1):
        out = flow([*parts, *more[:shown]], inner, _GAP)
        if len(out) <= (most if troubled else 1):
            break
    else:
        out = _counted(parts, inner, most)
    spare = inner - width_of(out[0]) - 3
    if width < header.WIDE and len(out) == 1 and (text := header.watched(vm, spare)):
        out = [spread(out[0], ((text, "muted"),), inner)]
    return [((" ", ""), *line) for line in out[:most]]


def _counted(parts: list[Line], width: int, height: int) -> list[Line]:
    """As many sources in trouble as fit, the worst first, and the number of the others."""
    for shown in range(len(parts) - 1, 0, -1):
        left = len(parts) - shown
        more: Line = ((f"+{left} in trouble", "bold bad"), (", H shows all", "muted"))
        out = flow([*parts[:shown], more], width, _GAP)
        if len(out) <= height:
            return out
    # Not even one fits beside the number, so its text is cut.
    more = ((f"   +{len(parts) - 1} in trouble", "bold bad"),)
    return [(*clip(parts[0], width - width_of(more)), *more)] if len(parts) > 1 else parts


def _none(vm: ViewModel, width: int) -> Line:
    """The text of a strip without any source."""
    text = without_sources(vm)
    if text:
        return clip(well(text, vm.symbols), width, vm.symbols.ellipsis)
    text = "connecting to the cluster" if vm.connecting else "no source has spoken yet"
    return ((f" starting: {text}", "muted"),)


def _rank(row: HealthRow) -> tuple[int, int]:
    """A sort key: broken sources come first, then waiting ones; absent sources come last."""
    name = bare(row.source)
    place = FIRST.index(name) if name in FIRST else len(FIRST)
    return {"bad": 0, "off": 2}.get(row.level, 1), place


def _tells(row: HealthRow) -> bool:
    """Whether a source that is well has a text to show: polls and the gateway do."""
    return bool(row.text) and bare(row.source) in ("pods", "epp")


def _sum(rows: tuple[HealthRow, ...], symbols: Symbols) -> Line:
    """The number of sources that are well, and of those that are absent."""
    ok = sum(row.level == "ok" for row in rows)
    off = sum(row.level == "off" for row in rows)
    spans: list[Span] = [("sources", "")]
    if ok:
        spans += [(f" {symbols.level['ok']}", "ok"), (f" {ok}", "")]
    if off:
        spans += [(f" {symbols.level['off']}", "off"), (f" {off} absent", "muted")]
    return tuple(spans)


def height_for(vm: ViewModel, width: int, *, most: int = MOST_LINES) -> int:
    """The lines that the strip needs, at most `most`: one when all is well, else enough for all
    sources in trouble."""
    rows = vm.ask(health_rows.health)
    troubled = [r for r in rows if r.level in ("bad", "warn")]
    if not troubled:
        return 1
    parts = [clip(_part(r, vm.symbols), width - 2) for r in troubled]
    if len(troubled) < len(rows):
        parts.append(_sum(rows, vm.symbols))
    return max(1, min(most, len(flow(parts, width - 2, _GAP))))


def _part(row: HealthRow, symbols: Symbols) -> Line:
    """A source in trouble: symbol, name, age, and what is wrong."""
    level = row.level
    sign = (f"{symbols.level[level]} ", f"bold {level}" if level == "bad" else level)
    age = f" {format.age(row.age_s)}" if row.age_s is not None else ""
    line: Line = (sign, (sanitize(row.title, 40), level), (age, "muted"))
    return (*line, (f" {sanitize(row.text, 300)}", level)) if row.text else line


PANELS = (
    Panel(
        id="health",
        title="Health of the sources",
        lines=lines,
        reads=(health_rows.health, session_rows.totals, session_rows.header),
    ),
)
