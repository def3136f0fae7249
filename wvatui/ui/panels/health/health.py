"""The health strip: every source with its age, its trouble in words, the troubled ones first."""

from wvatui.core.kube_object import bare
from wvatui.core.queries.health import health_rows
from wvatui.core.queries.session import session_rows
from wvatui.core.rows.views import HealthRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, clip, flow, width_of
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.health.sources import FIRST

MOST_LINES = 3
_GAP = ("   ", "")


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """The strip in at most `height` lines; sources that are well give way to those that are not."""
    rows = vm.ask(health_rows.health)
    if not rows:
        return [_none(vm, width)]
    rows = tuple(sorted(rows, key=_rank))
    troubled = [r for r in rows if r.level in ("bad", "warn")]
    well = [r for r in rows if r.level == "ok"]
    off = [r for r in rows if r.level == "off"]
    inner = width - 2
    parts = [clip(_part(r, vm.symbols, True), inner) for r in troubled]
    for shown in range(len(well) + len(off), -1, -1):
        rest = (*well, *off)[:shown]
        more = tuple((*well, *off)[shown:])
        tail = [_part(r, vm.symbols, _tells(r, width)) for r in rest]
        if more:
            tail.append(_rest(more, vm.symbols))
        out = flow([*parts, *tail], inner, _GAP)
        if len(out) <= max(1, height):
            break
    else:
        out = _counted(parts, inner, max(1, height))
    return [((" ", ""), *line) for line in out[: max(1, height)]]


def _counted(parts: list[Line], width: int, height: int) -> list[Line]:
    """The troubles that have room, the worst first, and how many have none."""
    for shown in range(len(parts) - 1, 0, -1):
        left = len(parts) - shown
        more: Line = ((f"+{left} in trouble", "bold bad"), (", 6 shows all", "muted"))
        out = flow([*parts[:shown], more], width, _GAP)
        if len(out) <= height:
            return out
    # Not even one beside the count: its words give way.
    more = ((f"   +{len(parts) - 1} in trouble", "bold bad"),)
    return [(*clip(parts[0], width - width_of(more)), *more)] if len(parts) > 1 else parts


def _none(vm: ViewModel, width: int) -> Line:
    """Words for a strip without a source."""
    if vm.log_only:
        text = "a controller's log alone: pods, autoscalers and events were not recorded"
        line: Line = ((f" {vm.symbols.level['ok']} ", "ok"), (text, "muted"))
        return clip(line, width, vm.symbols.ellipsis)
    text = "connecting to the cluster" if vm.connecting else "no source has spoken yet"
    return ((f" starting: {text}", "muted"),)


def _rank(row: HealthRow) -> tuple[int, int]:
    """Broken sources come before waiting ones; absent sources come last."""
    name = bare(row.source)
    place = FIRST.index(name) if name in FIRST else len(FIRST)
    return {"bad": 0, "off": 2}.get(row.level, 1), place


def _tells(row: HealthRow, width: int) -> bool:
    """Whether a source that is well says more than its age: polls, the spacing achieved."""
    name = bare(row.source)
    return row.level == "off" or name == "pods" or (name == "epp" and width >= 100)


def _rest(rows: tuple[HealthRow, ...], symbols: Symbols) -> Line:
    """How many sources are not named, and how they are."""
    ok = sum(row.level == "ok" for row in rows)
    spans: list[Span] = []
    if ok:
        spans += [(f"{symbols.level['ok']} ", "ok"), (f"{ok} more ok", "muted")]
    if off := len(rows) - ok:
        gap = "  " if ok else ""
        spans += [(f"{gap}{symbols.level['off']} ", "off"), (f"{off} absent", "muted")]
    return tuple(spans)


def height_for(vm: ViewModel, width: int, *, named: bool = False, most: int = MOST_LINES) -> int:
    """Lines the strip wants: one when all is well, as many as the troubles need otherwise.

    `named`: there is room, so each source gets its name and age.
    """
    troubled = [r for r in vm.ask(health_rows.health) if r.level in ("bad", "warn")]
    if named:
        rows = sorted(vm.ask(health_rows.health), key=_rank)
        parts = [_part(r, vm.symbols, r in troubled or _tells(r, width)) for r in rows]
        return max(1, min(most, len(flow([clip(p, width - 2) for p in parts], width - 2, _GAP))))
    if not troubled:
        return 1
    parts = [clip(_part(r, vm.symbols, True), width - 2) for r in troubled]
    needed = flow(parts, width - 2, _GAP)
    # Room for what is well on the last line, or one line more.
    crowded = width_of(needed[-1]) > width - 20 and len(troubled) < len(vm.ask(health_rows.health))
    return max(1, min(most, len(needed) + (1 if crowded else 0)))


def _part(row: HealthRow, symbols: Symbols, with_text: bool) -> Line:
    name = sanitize(row.source if row.level == "ok" else row.title, 40)
    sign = (
        f"{symbols.level[row.level]} ",
        f"bold {row.level}" if row.level == "bad" else row.level,
    )
    age = f" {format.age(row.age_s)}" if row.age_s is not None else ""
    line: Line = (sign, (name, "" if row.level == "ok" else row.level), (age, "muted"))
    if with_text and row.text:
        style = "muted" if row.level in ("off", "ok") else row.level
        line = (*line, (f" {sanitize(row.text, 300)}", style))
    return line


PANELS = (
    Panel(
        id="health",
        title="Health of the sources",
        lines=lines,
        reads=(health_rows.health, session_rows.totals),
    ),
)
