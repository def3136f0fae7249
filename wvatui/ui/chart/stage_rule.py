"""Stages of load as a labelled rule: `├─ 0.5/s ──┤├─ 1/s ──┤` along a time axis.

Waves overlap, and so do jobs: what is drawn are the stretches between two changes, each with what
is offered in it. It reads without colour, and lies on a line of its own: no data is behind it.
"""

from collections.abc import Sequence

from rich.cells import cell_len

from wvatui.core.queries.load.stretches import StageStretch, stretches
from wvatui.core.rows.load_views import StageBand
from wvatui.ui.draw.line import Span
from wvatui.ui.draw.sanitize import fit, sanitize
from wvatui.ui.draw.symbols import Symbols, plain

STYLE = "bold info"


def labels(stretch: StageStretch) -> tuple[str, ...]:
    """Who offers what, from all that is known to the rate alone."""
    active = stretch.bands
    rate = f"{stretch.rate:.4g}/s" if stretch.rate is not None else ""
    titles = list(dict.fromkeys(sanitize(band.title or band.label, 80) for band in active))
    sources = dict.fromkeys(
        sanitize(b.source, 40) for b in active if b.source not in ("", "wvatui")
    )
    origin = f" ({', '.join(sources)})" if sources else ""
    stage = active[0].label.removeprefix(active[0].title).strip() if len(active) == 1 else ""
    name = sanitize(stage, 80).removesuffix(rate).strip()
    told = [
        " ".join(part for part in (" + ".join(titles), name, rate) if part) + origin,
        " ".join(part for part in (" + ".join(titles), rate) if part) + origin,
        " ".join(part for part in (name, rate) if part) + origin,
        f"{rate}{origin}" if rate else "",
        rate or name or titles[0],
    ]
    if len(titles) > 1:
        told.insert(1, " ".join(p for p in (f"{len(titles)} jobs", rate) if p) + origin)
    return tuple(dict.fromkeys(text for text in told if text.strip()))


def cells(
    bands: Sequence[StageBand], since: float, until: float, columns: int, symbols: Symbols
) -> list[Span]:
    """`columns` single cells; blanks where no load is."""
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
    """One stretch in `width` cells: its ends, and the longest label that has room."""
    begin, middle, end = ("├", "─", "┤") if symbols.unicode else ("|", "-", "|")
    if stretch.open:
        end = symbols.arrow
    if width < 2:
        return [(begin, "muted")] * width
    told = labels(stretch)
    label = next((text for text in told if cell_len(text) <= width - 4), "")
    if not label and width >= 9:
        label = fit(told[-1], width - 4, symbols.ellipsis).rstrip()
    label = label if symbols.unicode else plain(label)
    text = f" {label} " if label else ""
    if not label:
        # Where there is hardly room, the number alone.
        short = (told[-1], told[-1].removesuffix("/s"))
        text = next((one for one in short if cell_len(one) <= width - 2), "")
        text = text if symbols.unicode else plain(text)
    left = 1 if cell_len(text) + 3 <= width else 0
    out: list[Span] = [(begin, "muted"), *[(middle, "muted")] * (left if text else 0)]
    out += [(char, STYLE) for char in _whole(text)]
    out += [(middle, "muted")] * (width - 1 - len(out))
    return [*out[: width - 1], (end, "muted")]


def _whole(text: str) -> list[str]:
    """One entry a cell; a wide character gives way to a sign that fits."""
    return [char if cell_len(char) == 1 else "?" for char in text]
