"""The signs of a heat strip: a value by its height, a saturated one by a sign of its own.

Colour only repeats what the sign says. Where nothing was measured is nothing.
"""

import math

from wvatui.core.rows.views import HeatRow, HeatView
from wvatui.ui.chart.ticks import value_label
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, spread, width_of
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.keys.bindings import Key

BLOCKS = "▁▂▃▄▅▆▇█"
DIGITS = "0123456789"
SATURATED = {True: "■", False: "#"}
BORN = {True: "○", False: "o"}
NEAR = 0.85
"""From this part of the threshold on a value is near it."""


def scale_of(view: HeatView, symbols: Symbols) -> float:
    """The value of the full height: 100 %; the threshold, above which a sign of its own stands;
    else the highest there is. Digits tell single requests where the threshold allows it."""
    if view.unit == "ratio":
        return 1.0
    if view.threshold is not None and view.threshold > 0:
        return 10.0 if not symbols.unicode and view.threshold <= 10 else view.threshold
    highest = max((v for row in view.rows for v in row.values if v is not None), default=0.0)
    return max(highest, 8.0)


def sign_of(value: float, limit: float | None, top: float, symbols: Symbols) -> Span:
    """The sign and style of a value: its height, unless it is saturated."""
    if limit is not None and value >= limit:
        return SATURATED[symbols.unicode], "bad"
    share = min(1.0, max(0.0, value / top)) if top > 0 else 0.0
    signs = BLOCKS if symbols.unicode else DIGITS
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
    """The slots of one line, neighbours of one style as one span."""
    count = len(row.values)
    step = (view.until - view.since) / max(1, count)
    special = _special(view, row, step, symbols)
    cursor = slot_of(view, cursor_at, step) if cursor_at is not None else -1
    limit = row.limit
    signs: dict[float, Span] = {}
    out: list[Span] = []
    text, style = "", ""
    for column, value in enumerate(row.values):
        if value is None:
            sign, kind = special.get(column, (" ", ""))
        else:
            found = signs.get(value)
            if found is None:
                found = signs[value] = sign_of(value, limit, top, symbols)
            sign, kind = found
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
    """What stands where nothing was measured: gaps hatched, when it was made, when it went."""
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
    """The number of the slot of a moment."""
    return math.floor((at - view.since) / step + 1e-9)


def said(view: HeatView, value: float | None) -> str:
    """A value in words."""
    return format.percent(value) if view.unit == "ratio" else format.count(value)


def legend(
    view: HeatView,
    top: float,
    width: int,
    symbols: Symbols,
    bound: tuple[Key, ...],
    more: str = "",
) -> Line:
    """What the signs mean that are to be seen, for who sees them the first time."""
    limit = view.threshold
    high = top if limit is None or limit > top else limit
    parts: list[Span] = [(f" {said(view, 0.0)} ", "muted")]
    for step in range(64):
        sign = sign_of(high * step / 64, limit, top, symbols)
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
