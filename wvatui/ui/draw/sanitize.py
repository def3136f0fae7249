"""The last gate before the terminal: text that can move nothing but its own cells.

What the fold hands out is clean already; names and words are cleaned again here because this is
the edge where an escape sequence would do harm. After this gate a character is one that a terminal
draws: no control, no bidirectional mark, no lone surrogate, nothing of zero width.
"""

import re
from collections.abc import Iterable

from rich.cells import cell_len, get_character_cell_size
from textual.content import Content

from wvatui.core.decisions.lengths import that_fits

SCAN_LIMIT = 4000
"""Characters of a text that are looked at; no line of a screen is longer."""

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])"
)
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)


def sanitize(text: str, limit: int = SCAN_LIMIT) -> str:
    """`text` as it may be drawn, at most `limit` characters of it (the last one then is `…`).

    Escape sequences go as a whole, tabs and newlines become spaces, anything else that a terminal
    would act on (or give no cell) is dropped.
    """
    cut = len(text) > limit
    if cut:
        text = text[: limit - 1]
    if text.isascii() and text.isprintable():
        return text + "…" if cut else text
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    text = _UNSAFE.sub(_replacement, text)
    if not text.isascii():
        text = "".join(c for c in text if c.isascii() or get_character_cell_size(c) > 0)
    return text + "…" if cut else text


def _replacement(match: re.Match[str]) -> str:
    return " " if match.group() in "\t\n\r\x0b\x0c\u2028\u2029" else ""


def heading(text: str) -> Content:
    """`text` as the title of a box, which Textual would otherwise read as markup."""
    return Content(sanitize(text))


def fit(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` cut or padded on the right to exactly `width` cells."""
    size = cell_len(text)
    if size == width:
        return text
    if size < width:
        return text + " " * (width - size)
    if width <= 0:
        return ""
    return _take(text, width - 1) + ellipsis


def fit_right(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` cut or padded on the left to exactly `width` cells: numbers."""
    size = cell_len(text)
    return " " * (width - size) + text if size <= width else fit(text, width, ellipsis)


def fit_middle(text: str, width: int, ellipsis: str = "…") -> str:
    """Cut in the middle, for names whose beginning and end both tell something apart."""
    if cell_len(text) <= width:
        return fit(text, width, ellipsis)
    if width < 5:
        return fit(text, width, ellipsis)
    tail = (width - 1) // 2
    head = width - 1 - tail
    end = ""
    for char in reversed(text):
        if cell_len(char + end) > tail:
            break
        end = char + end
    return fit(_take(text, head) + ellipsis + end, width, ellipsis)


NAME_CELLS = 12
"""What is left of a name where a sentence has no room for it."""
_ASIDE = re.compile(r" \([^()]*\)")


def condense(text: str, width: int, ellipsis: str = "…") -> str:
    """A sentence without what it can spare, where it is wider than `width` cells: its end says why.

    First what stands in parentheses goes, then the middle of long names (words with a hyphen).
    What is still too wide is left for the caller to cut.
    """
    if cell_len(text) > width:
        text = _ASIDE.sub("", text)
    if cell_len(text) > width:
        text = " ".join(
            fit_middle(word, NAME_CELLS, ellipsis)
            if "-" in word and cell_len(word) > NAME_CELLS
            else word
            for word in text.split(" ")
        )
    return text


def in_room(texts: Iterable[str], width: int, ellipsis: str = "…") -> str:
    """Of one sentence in its lengths the longest that `width` cells have room for; where none is
    short enough, the shortest, condensed."""
    return condense(that_fits([sanitize(t, 500) for t in texts], width, cell_len), width, ellipsis)


def _take(text: str, width: int) -> str:
    """The longest beginning of `text` of at most `width` cells, padded when a wide one is cut."""
    used, out = 0, []
    for char in text:
        size = get_character_cell_size(char)
        if used + size > width:
            break
        used += size
        out.append(char)
    return "".join(out) + " " * (width - used)
