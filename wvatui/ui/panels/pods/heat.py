"""The heat strip: a line per pod, a column per time slot, with the highest value in each.

The height of a symbol shows the value, and its colour repeats it; a saturated slot has a symbol of
its own. A slot without measurements is blank, and a gap is hatched. Pods are in the order of the
table; where not all fit, the worst have a line each, or several share one.
"""

import math
from functools import lru_cache
from itertools import groupby

from wvatui.core.queries.charts import heat
from wvatui.core.queries.charts.gauge_slots import HAIR
from wvatui.core.queries.health import health_rows
from wvatui.core.queries.pods import replica_rows
from wvatui.core.queries.pods.replica_time import running_cost
from wvatui.core.queries.session import session_rows, variant_rows
from wvatui.core.rows.views import HeatRow, HeatView
from wvatui.ui.chart.axes import time_axis, value_label
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, clip, rule, spread, width_of
from wvatui.ui.draw.sanitize import fit, fit_right, sanitize
from wvatui.ui.draw.symbols import BLOCKS, Symbols
from wvatui.ui.keys import Key
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.overview import charts
from wvatui.ui.panels.pods import pods
from wvatui.ui.panels.pods.heat_bands import HeatBand, bands_of, left_out, merged

DIGITS = "0123456789"
SATURATED = {True: "■", False: "#"}
BORN = {True: "○", False: "o"}
NEAR = 0.85
"""The fraction of the threshold from which a value counts as near it."""


def scale_of(view: HeatView, symbols: Symbols) -> float:
    """The value of a symbol of full height: 100 % for ratios, else the threshold, else the highest
    value. Without Unicode, a threshold up to 10 gives a scale where digits are requests."""
    if view.unit == "ratio":
        return 1.0
    if view.threshold is not None and view.threshold > 0:
        return 10.0 if not symbols.unicode and view.threshold <= 10 else view.threshold
    highest = max((v for row in view.rows for v in row.values if v is not None), default=0.0)
    return max(highest, 8.0)


@lru_cache(maxsize=16_384)  # the slots of a large screen: all but the newest stay as they were
def sign_of(value: float, limit: float | None, top: float, unicode: bool) -> Span:
    """The symbol and style of a value. `limit`: the saturation threshold; `top`: see `scale_of`."""
    if limit is not None and value >= limit:
        return SATURATED[unicode], "bad"
    share = min(1.0, max(0.0, value / top)) if top > 0 else 0.0
    signs = BLOCKS if unicode else DIGITS
    sign = signs[min(len(signs) - 1, int(share * len(signs)))]
    near = limit is not None and value >= NEAR * limit
    return sign, "warn" if near else "ok" if limit is not None else "info"


def cells_of(
    view: HeatView,
    row: HeatRow,
    top: float,
    symbols: Symbols,
    cursor_at: float | None = None,
    *,
    gone: bool = False,
) -> list[Span]:
    """The slots of one line as spans; neighbours with the same style are one span."""
    count = len(row.values)
    step = (view.until - view.since) / max(1, count)
    special = _special(view, row, step, symbols)
    cursor = slot_of(view, cursor_at, step) if cursor_at is not None else -1
    limits = row.limits or (None,) * count
    out: list[Span] = []
    text, style = "", ""
    for column, (value, limit) in enumerate(zip(row.values, limits, strict=True)):
        if value is None:
            sign, kind = special.get(column, (" ", ""))
        else:
            sign, kind = sign_of(value, limit, top, symbols.unicode)
            if gone:
                kind = "off"
        if column == cursor:
            sign, kind = (symbols.cursor, "accent") if sign == " " else (sign, f"{kind} on")
        if kind != style and text:
            out.append((text, style))
            text = ""
        style = kind
        text += sign
    if text:
        out.append((text, style))
    return out


def _special(view: HeatView, row: HeatRow, step: float, symbols: Symbols) -> dict[int, Span]:
    """Slot → symbol for slots without measurements: gaps, the pod's creation and its end."""
    out: dict[int, Span] = {}
    for since, until in view.gaps:
        first = max(0, math.floor((since - view.since) / step))
        last = min(len(row.values), math.ceil((until - view.since) / step))
        for column in range(first, last):
            out[column] = (symbols.gap, "gap")
    for at, sign in ((row.born, BORN[symbols.unicode]), (row.gone, symbols.replica["gone"])):
        if at is not None and view.since <= at < view.until:
            out[slot_of(view, at, step)] = (sign, "muted")
    return out


def slot_of(view: HeatView, at: float, step: float) -> int:
    """The index of the slot of the moment `at`; `step`: seconds per slot."""
    return math.floor((at - view.since) / step + HAIR)


def said(view: HeatView, value: float | None) -> str:
    """A value as text."""
    return format.percent(value) if view.unit == "ratio" else format.count(value)


def legend(
    view: HeatView,
    top: float,
    width: int,
    symbols: Symbols,
    bound: tuple[Key, ...],
    more: str = "",
) -> Line:
    """The meaning of the symbols that are in use."""
    limit = view.threshold
    high = top if limit is None or limit > top else limit
    parts: list[Span] = [(f" {said(view, 0.0)} ", "muted")]
    for step in range(64):
        sign = sign_of(high * step / 64, limit, top, symbols.unicode)
        if sign[0] != parts[-1][0]:
            parts.append(sign)
    parts.append((f" {value_label(view.unit, high)}", "muted"))
    if limit is not None:
        parts += [(" ", ""), (SATURATED[symbols.unicode], "bad"), (" saturated", "muted")]
    parts.append(("   blank: not measured", "muted"))
    if view.gaps:
        parts += [("   ", ""), (symbols.gap, "gap"), (" gap", "muted")]
    if any(row.born is not None and row.born >= view.since for row in view.rows):
        parts.append((f"   {BORN[symbols.unicode]} made", "muted"))
    if any(row.gone is not None for row in view.rows):
        parts.append((f"   {symbols.replica['gone']} gone", "muted"))
    if more:
        parts.append((f"   {more}", "muted"))
    key = next((key.shown for key in bound if key.action == "key_heat"), "")
    hint: Line = ((f"{key} shows another metric ", "muted"),)
    room = width - width_of(tuple(parts)) - width_of(hint) - 2
    return spread(tuple(parts), hint if key and room >= 0 else (), width, symbols.ellipsis)


RIGHT = 7
"""The width of the present value at the end of a line, in cells."""
FRAME = 2
"""The number of lines that are no pods: the title and the time axis."""
FEW = 40
"""The number of pods up to which the strip also has room for pods that are gone."""
STEPS_TOLD = 3
"""How many values of a threshold that changed within the strip its title tells, the newest ones."""
LEGEND_FROM = 6
"""The height, in lines, from which there is a legend."""


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """Title, lines of pods, time axis, and a legend if it fits."""
    left = _left(width)
    columns = max(1, width - left - RIGHT)
    view = _view(vm, columns)
    explained = height >= LEGEND_FROM
    room = max(1, height - FRAME - explained)
    title = _title(view, vm, width)
    if not view.rows:
        return [title, (), ((f" {sanitize(view.note, 200)}", "muted"),)][:height]
    top = scale_of(view, vm.symbols)
    shown = bands_of(vm, view, room, left)
    out = [title, *(_line(vm, view, band, left, top) for band in shown)]
    axis = _axis(vm, view, left, width)
    hidden = left_out(vm, view, room)
    if hidden:
        axis = _labelled(axis, fit(f"    {hidden} gone, not shown", left - 1))
    out.append(axis)
    if explained:
        out.append(legend(view, top, width, vm.symbols, vm.bound))
    return out[:height]


def beside(vm: ViewModel, width: int, height: int) -> list[Line]:
    """The strip beside the table: each line shows the pod to its left."""
    columns = max(1, width - 2)
    view = _view(vm, columns)
    top = scale_of(view, vm.symbols)
    by_pod = {row.pod: row for row in view.rows}
    keys = pods.shown_keys(vm, height)
    if not view.rows:
        return [_title(view, vm, width), (), ((f" {sanitize(view.note, 200)}", "muted"),)][:height]
    out: list[Line] = []
    shown = {row.pod for row in vm.replicas}
    past = [row for row in view.rows if row.pod not in shown]
    last = len(keys) - 1 if len(keys) > pods.HEAD and not keys[-1] else -1
    for number, key in enumerate(keys[:height]):
        row = by_pod.get(key.removeprefix("pod:")) if key else None
        if number == 0:
            out.append(_title(view, vm, width))
        elif number == 1:
            out.append(_under(_axis(vm, view, 1, width), width))
        elif row is not None:
            cells = _cells(vm, view, row, top, row.gone is not None)
            ground = key == vm.view_state.selected.get("pods")
            line: Line = ((" ", ""), *cells, (" ", ""))
            out.append(tuple((t, f"{s} on".strip()) for t, s in line) if ground else line)
        else:
            more = f"{len(past)} gone, not shown" if past else ""
            out.append(
                legend(view, top, width, vm.symbols, vm.bound, more) if number == last else ()
            )
    if past and len(out) + 1 < height:
        cells = _cells(vm, view, merged(past), top, True)
        out.append(((" ", ""), *_written(cells, f"{len(past)} gone, highest")))
    if out and len(out) < height and last < 0:
        out.append(legend(view, top, width, vm.symbols, vm.bound))
    return out


def _written(cells: list[Span], label: str) -> list[Span]:
    """The cells with `label` in the longest blank; unchanged where no blank is long enough."""
    blanks = [i for i, (text, _) in enumerate(cells) if not text.strip()]
    at = max(blanks, key=lambda i: len(cells[i][0]), default=None)
    if at is None or len(cells[at][0]) < len(label) + 2:
        return cells
    blank = cells[at][0]
    text = f" {label}"
    return [*cells[:at], (text, "muted"), (" " * (len(blank) - len(text)), ""), *cells[at + 1 :]]


def height_for(vm: ViewModel) -> int:
    """The lines that the strip takes when every pod has one, those that are gone included."""
    count = len(vm.replicas)
    if count <= FEW:
        count = max(count, len(_view(vm, 2).rows))
    return FRAME + 1 + max(3, count, vm.pods_kept)


def beside_height_for(vm: ViewModel) -> int:
    """The lines that table and strip take side by side, with one for all pods that are gone, and
    one for the legend."""
    rows = _view(vm, 2).rows if len(vm.replicas) <= FEW else ()
    shown = {row.pod for row in vm.replicas}
    return pods.height_for(vm) + 1 + any(row.pod not in shown for row in rows)


def _view(vm: ViewModel, columns: int) -> HeatView:
    since, until = charts.window(vm, columns)
    return vm.ask(heat.heat, vm.view_state.heat, since, until, columns, vm.scope)


def _left(width: int) -> int:
    return 22 if width < 100 else 30 if width < 150 else 40


def _line(vm: ViewModel, view: HeatView, band: HeatBand, left: int, top: float) -> Line:
    symbols = vm.symbols
    label = clip(band.label, left, symbols.ellipsis)
    pad = (" " * (left - width_of(label)), "")
    return (
        *label,
        pad,
        *_cells(vm, view, band.row, top, band.gone),
        _present(vm, view, band),
        (" ", ""),
    )


def _cells(vm: ViewModel, view: HeatView, row: HeatRow, top: float, gone: bool) -> list[Span]:
    return cells_of(view, row, top, vm.symbols, vm.view_state.cursor, gone=gone)


def _present(vm: ViewModel, view: HeatView, band: HeatBand) -> Span:
    """The text of the value now or, with a cursor, at its moment."""
    row = band.row
    count = len(row.values)
    step = (view.until - view.since) / max(1, count)
    at = vm.view_state.cursor
    moment = vm.ask(session_rows.header).now if at is None else at
    slot = min(count - 1, slot_of(view, moment, step))
    value = row.values[slot] if 0 <= slot < count and not (band.gone and at is None) else None
    text = said(view, value)
    if value is not None and row.limits and value >= row.limits[slot]:
        return fit_right(text, RIGHT - 1), "bold bad"
    return fit_right(text, RIGHT - 1), "muted" if value is None else ""


# --- title and axis


def _title(view: HeatView, vm: ViewModel, width: int) -> Line:
    title = sanitize(view.title, 60) if width >= 60 else sanitize(view.title.split(" by ")[0], 40)
    step = (view.until - view.since) / max(1, view.columns)
    right = f"highest of each {_length(step)}"
    if view.threshold is not None:
        source = f", {view.threshold_source}" if view.threshold_source != "configured" else ""
        limits = {row.limits for row in view.rows}
        values = limits.pop() if len(limits) == 1 else (view.threshold,)
        steps = [value_label(view.unit, value) for value, _ in groupby(values)]
        limit = "→".join(steps[-STEPS_TOLD:])
        sign = SATURATED[vm.symbols.unicode]
        right = f"{sign} saturated from {limit}{source}  {right}"
    return rule(title, right, width, vm.symbols)


def _length(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _axis(vm: ViewModel, view: HeatView, left: int, width: int) -> Line:
    """The time axis under the slots, in the chosen clock."""
    columns = view.columns
    row = [" "] * width
    if view.since <= 0:
        return (("".join(row), "muted"),)
    clock, end = vm.view_state.clock, 0
    span = view.until - view.since
    for at, label in time_axis(view.since, view.until, columns, clock, vm.status.started_at):
        column = left + int((at - view.since) / span * columns)
        start = max(left, min(column - len(label) // 2, left + columns - len(label)))
        if start < end + 1 and end:
            continue
        row[start : start + len(label)] = label
        end = start + len(label)
    cursor = vm.view_state.cursor
    if cursor is not None and view.since <= cursor <= view.until:
        said = vm.time(cursor)
        column = left + int((cursor - view.since) / span * columns)
        start = max(left, min(column - len(said) // 2, left + columns - len(said)))
        before, after = "".join(row[:start]), "".join(row[start + len(said) :])
        return (
            (before, "muted"),
            (said, "bold accent"),
            (after[: width - start - len(said)], "muted"),
        )
    return (("".join(row[:width]), "muted"),)


def _labelled(axis: Line, label: str) -> Line:
    """The axis with `label` in the blank at its left end."""
    (text, style), *rest = axis
    return ((label + text[len(label) :], style), *rest)


def _under(axis: Line, width: int) -> Line:
    """The axis in the style of a table's titles."""
    filled = (*axis, (" " * max(0, width - width_of(axis)), ""))
    return tuple((text, f"{style} on".strip()) for text, style in filled)


_READS = (
    running_cost,
    health_rows.health,
    heat.heat,
    replica_rows.replicas,
    session_rows.header,
    variant_rows.variants,
)
PANELS = (
    Panel(id="heat", title="Heat strip", lines=lines, reads=_READS),
    Panel(id="heat_beside", title="Heat strip beside the table", lines=beside, reads=_READS),
)
