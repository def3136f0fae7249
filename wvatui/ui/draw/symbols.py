"""One symbol for each state, in two sets: Unicode and ASCII.

A symbol is never shown alone: a word is always beside it, and colour only repeats them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Symbols:
    """The symbols of one set; `replica` is keyed by `ReplicaState`, `level` by `Level`."""

    unicode: bool
    ellipsis: str
    missing: str
    arrow: str
    dot: str
    up: str
    down: str
    hold: str
    live: str
    play: str
    pause: str
    frozen: str
    record: str
    warn: str
    bar_full: str
    bar_part: str
    """Partial cells from one eighth to seven eighths; empty when there are none."""
    bar_empty: str
    rule: str
    threshold: str
    mark_line: str
    mark: str
    setting: str
    error: str
    gap: str
    axis: str
    thumb: str
    pointer: str
    cursor: str
    level: MappingProxyType[str, str] = field(repr=False)
    replica: MappingProxyType[str, str] = field(repr=False)


UNICODE = Symbols(
    unicode=True,
    ellipsis="…",
    missing="–",
    arrow="›",
    dot="·",
    up="▲",
    down="▼",
    hold="=",
    live="●",
    play="▶",
    pause="‖",
    frozen="◼",
    record="●",
    warn="▲",
    bar_full="█",
    bar_part="▏▎▍▌▋▊▉",
    bar_empty="·",
    rule="─",
    threshold="╌",
    mark_line="┊",
    mark="◆",
    setting="◇",
    error="✕",
    gap="░",
    axis="┤",
    thumb="◉",
    pointer="▸",
    cursor="│",
    level=MappingProxyType({"ok": "✓", "warn": "!", "bad": "✕", "off": "○"}),
    replica=MappingProxyType(
        {
            "pending": "○",
            "creating": "↓",
            "starting": "◔",
            "not ready": "◌",
            "ok": "●",
            "warm": "◆",
            "saturated": "■",
            "unknown": "◇",
            "unread": "·",
            "unreachable": "?",
            "draining": "▽",
            "gone": "×",
        }
    ),
)

ASCII = Symbols(
    unicode=False,
    ellipsis="~",
    missing="-",
    arrow=">",
    dot="-",
    up="^",
    down="v",
    hold="=",
    live="*",
    play=">",
    pause="|",
    frozen="#",
    record="*",
    warn="!",
    bar_full="#",
    bar_part="",
    bar_empty=".",
    rule="-",
    threshold="-",
    mark_line=":",
    mark="+",
    setting="o",
    error="x",
    gap="/",
    axis="|",
    thumb="O",
    pointer=">",
    cursor="|",
    level=MappingProxyType({"ok": "+", "warn": "!", "bad": "x", "off": "o"}),
    replica=MappingProxyType(
        {
            "pending": "o",
            "creating": "v",
            "starting": "~",
            "not ready": "-",
            "ok": "*",
            "warm": "+",
            "saturated": "#",
            "unknown": "%",
            "unread": ".",
            "unreachable": "?",
            "draining": "v",
            "gone": "x",
        }
    ),
)

_TO_ASCII = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "…": "~",
        "→": ">",
        "›": ">",
        "·": "-",
        "≥": ">",
        "≤": "<",
        "×": "x",
        "Σ": "+",
        "↑": "^",
        "↓": "v",
        "←": "<",
    }
)


def plain(text: str) -> str:
    """`text` in ASCII: known symbols become ASCII ones that look alike, others become `?`."""
    if text.isascii():
        return text
    return text.translate(_TO_ASCII).encode("ascii", "replace").decode("ascii")


BLOCKS = "▁▂▃▄▅▆▇█"
_LEVELS = "_.:-=+*#"


def spark(ratios: Sequence[float | None], symbols: Symbols) -> str:
    """A sparkline of values from 0 to 1, a cell each; the lowest symbol for 0, blank for None."""
    signs = BLOCKS if symbols.unicode else _LEVELS
    last = len(signs) - 1
    return "".join(
        " " if ratio is None else signs[min(last, max(0, int(ratio * len(signs))))]
        for ratio in ratios
    )


def bar(ratio: float | None, width: int, symbols: Symbols) -> str:
    """A horizontal bar of `width` cells; empty cells are dots, so that it reads without colour.

    None gives blanks; above 1 the bar is full.
    """
    if ratio is None or width <= 0:
        return " " * max(0, width)
    eighths = round(min(1.0, max(0.0, ratio)) * width * 8)
    full, part = divmod(eighths, 8)
    out = symbols.bar_full * full
    if part and full < width:
        if symbols.bar_part:
            out += symbols.bar_part[part - 1]
        elif part >= 4:
            out += symbols.bar_full
    return out + symbols.bar_empty * (width - len(out))
