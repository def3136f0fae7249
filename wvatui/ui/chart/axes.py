"""Axes: round values, times in whole units, and the line of load stages along the time axis.

Round values are 1, 2, 2.5 and 5 times a power of ten. The line of load stages has labels: `├─ 0.5/s
──┤├─ 1/s ──┤`. Stages and jobs may overlap, so it shows the stretches between two changes of the
load, each with the load that is offered in it. It reads without colour and has no data behind it.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from rich.cells import cell_len

from wvatui.core.queries.load.stretches import StageStretch, stretches
from wvatui.core.rows.load_views import StageBand
from wvatui.ui.chart.plot import LOWEST, RIM
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Span
from wvatui.ui.draw.sanitize import fit, sanitize
from wvatui.ui.draw.symbols import Symbols, plain

STYLE = "bold info"


def labels(stretch: StageStretch) -> tuple[str, ...]:
    """Labels of a stretch, the longest first: jobs, stage, rate and origin, down to the rate."""
    active = stretch.bands
    rate = f"{stretch.rate:.4g}/s" if stretch.rate is not None else ""
    titles = list(dict.fromkeys(sanitize(band.title or band.label, 80) for band in active))
    sources = dict.fromkeys(
        sanitize(b.source, 40) for b in active if b.source not in ("", "wvatui")
    )
    origin = f" ({', '.join(sources)})" if sources else ""
    stage = active[0].label.removeprefix(active[0].title).strip() if len(active) == 1 else ""
    name = sanitize(stage, 80).removesuffix(rate).strip()
    texts = [
        " ".join(part for part in (" + ".join(titles), name, rate) if part) + origin,
        " ".join(part for part in (" + ".join(titles), rate) if part) + origin,
        " ".join(part for part in (name, rate) if part) + origin,
        f"{rate}{origin}" if rate else "",
        rate or name or titles[0],
    ]
    if len(titles) > 1:
        texts.insert(1, " ".join(p for p in (f"{len(titles)} jobs", rate) if p) + origin)
    return tuple(dict.fromkeys(text for text in texts if text.strip()))


def stage_rule(
    bands: Sequence[StageBand], since: float, until: float, columns: int, symbols: Symbols
) -> list[Span]:
    """The line of load stages as `columns` single cells; blanks where there is no load.

    `since` and `until`: the ends of the time axis, UTC epoch seconds.
    """
    row: list[Span] = [(" ", "")] * columns
    span = until - since
    if span <= 0:
        return row
    for stretch in stretches(bands):
        first = max(0, round((stretch.since - since) / span * columns))
        last = min(columns, max(first + 1, round((stretch.until - since) / span * columns)))
        for offset, cell in enumerate(_drawn(stretch, last - first, symbols)):
            row[first + offset] = cell
    return row


def _drawn(stretch: StageStretch, width: int, symbols: Symbols) -> list[Span]:
    """One stretch in `width` cells: its two ends, and the longest label that fits."""
    begin, middle, end = ("├", "─", "┤") if symbols.unicode else ("|", "-", "|")
    if stretch.open:
        end = symbols.arrow
    if width < 2:
        return [(begin, "muted")] * width
    texts = labels(stretch)
    label = next((text for text in texts if cell_len(text) <= width - 4), "")
    if not label and width >= 9:
        label = fit(texts[-1], width - 4, symbols.ellipsis).rstrip()
    label = label if symbols.unicode else plain(label)
    text = f" {label} " if label else ""
    if not label:
        # Where there is hardly room, the number alone.
        short = (texts[-1], texts[-1].removesuffix("/s"))
        text = next((name for name in short if cell_len(name) <= width - 2), "")
        text = text if symbols.unicode else plain(text)
    left = 1 if cell_len(text) + 3 <= width else 0
    out: list[Span] = [(begin, "muted"), *[(middle, "muted")] * (left if text else 0)]
    out += [(char, STYLE) for char in _whole(text)]
    out += [(middle, "muted")] * (width - 1 - len(out))
    return [*out[: width - 1], (end, "muted")]


def _whole(text: str) -> list[str]:
    """One character per cell; a wide character is replaced by one of a single cell."""
    return [char if cell_len(char) == 1 else "?" for char in text]


_TIME_STEPS_S = (
    *(1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800),
)


_MOST = 1e300
"""The highest top of an axis, so that its steps do not overflow."""


def step_for(span: float, most: int) -> float:
    """The least round step that divides `span` into at most `most` parts."""
    if not (math.isfinite(span) and span > 0):
        return 1.0
    rough = span / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1.0, 2.0, 2.5, 5.0, 10.0):
        step = factor * power
        if step >= rough * (1 - 1e-9):
            return step
    return 10.0 * power


def y_axis(unit: str, highest: float | None, rows: int) -> tuple[float, tuple[float, ...]]:
    """The top of a value axis that starts at 0, and its ticks, for a chart of `rows` rows.

    Ticks are round values and the same number of rows apart; the top is the value of the uppermost
    dot of the canvas. `highest`: the highest value drawn; None: no values. A ratio axis always
    reaches 100 %; ticks of replicas and requests are whole numbers.
    """
    whole = unit in ("replicas", "requests")
    peak = min(highest, _MOST) if highest is not None and math.isfinite(highest) else 0.0
    peak = max(peak, {"replicas": 2.0, "requests": 4.0, "ratio": 1.0}.get(unit, 1.0))
    if unit == "replicas":
        peak += 0.5  # keeps the topmost step away from the upper edge
    reach = max(rows, 2) - LOWEST - RIM
    best, step, apart = 0.0, float(math.ceil(peak)), max(1, rows - 1)
    power = 10.0 ** math.floor(math.log10(peak))
    for each in (factor * power for factor in (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0, 10.0)):
        if whole and each != int(each):
            continue
        gap = int(reach * each / peak + 1e-9)
        ticks = (rows - 1) // gap if gap else 0
        if gap < (2 if rows > 3 else 1) or not 1 <= ticks <= 5:
            continue
        # The share of the canvas that is used, with a bonus for two ticks and more.
        if (score := gap * peak / each / reach + (0.0, 0.25, 0.3)[min(ticks, 3) - 1]) > best:
            best, step, apart = score, each, gap
    return step * reach / apart, tuple(step * n for n in range((rows - 1) // apart + 1))


def value_label(unit: str, value: float) -> str:
    """A tick of a value axis with its unit: `80%`, `12`, `250ms`, `1.5k`."""
    if unit == "ratio":
        return (
            f"{value * 100:.0f}%"
            if abs(value * 100 - round(value * 100)) < 1e-6
            else (f"{value * 100:.1f}%")
        )
    if unit == "ms":
        if value >= 60_000 and value % 60_000:  # whole minutes only: "2m" would be wrong for 100 s
            return f"{value / 1000:g}s"
        return format.latency(value) if value else "0"
    if value >= 10_000:
        return f"{value / 1e6:g}M" if value >= 1_000_000 else f"{value / 1000:g}k"
    return f"{value:g}"


@lru_cache(maxsize=16)
def time_axis(
    since: float, until: float, width: int, clock: str = "utc", started_at: float = 0.0
) -> tuple[tuple[float, str], ...]:
    """Round moments between `since` and `until` (UTC epoch seconds) with labels, for `width` cells.

    `clock` is the clock in which they are round: `utc`, `local`, or `t+` for time since the start.
    """
    span = until - since
    if not (math.isfinite(span) and span > 0) or width < 8:
        return ()
    # A label with seconds takes eight cells, any other five.
    rooms = {step: max(1, width // (12 if step < 60 else 9)) for step in _TIME_STEPS_S}
    step = next((s for s in _TIME_STEPS_S if span / s <= rooms[s]), _TIME_STEPS_S[-1])
    zero = _zero(since, clock, started_at)
    first = math.ceil((since - zero) / step)
    last = math.floor((until - zero) / step)
    if last - first > 2 * rooms[step]:
        return ()
    moments = [zero + n * float(step) for n in range(first, last + 1)]
    return tuple((at, label) for at in moments if (label := _label(at, step, clock, started_at)))


def _zero(since: float, clock: str, started_at: float) -> float:
    """The moment from which whole steps are counted: the start, or midnight in the clock's zone."""
    if clock == "t+":
        return started_at
    if clock == "local":
        try:
            offset = datetime.fromtimestamp(since, UTC).astimezone().utcoffset()
        except (ValueError, OverflowError, OSError):
            return 0.0
        return -offset.total_seconds() if offset is not None else 0.0
    return 0.0


def _label(at: float, step: int, clock: str, started_at: float) -> str:
    """The label of a moment, as short as `step` (seconds) allows; empty where `at` is no date."""
    if clock == "t+":
        return format.t_plus(at - started_at).removeprefix("T")
    form = "%H:%M:%S" if step < 60 else "%H:%M" if step < 86_400 else "%d %b"
    try:
        moment = datetime.fromtimestamp(at, UTC)
        return (moment.astimezone() if clock == "local" else moment).strftime(form)
    except (ValueError, OverflowError, OSError):
        return ""
