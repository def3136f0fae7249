"""Makes text safe for the terminal, and fits it into a width.

The fold cleans its texts already; they are cleaned again here because an escape sequence would do
harm on the terminal. What passes is drawn as it is: no control character, no bidirectional mark, no
lone surrogate, nothing of zero width.
"""

import re
from collections.abc import Iterable

from rich.cells import cell_len, get_character_cell_size
from textual.content import Content

from wvatui.core.decisions.lengths import that_fits
from wvatui.core.lines import common_start, shared_start

SCAN_LIMIT = 4000
"""The number of characters of a text that are read; no line of a screen is longer."""

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])"
)
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)


def sanitize(text: str, limit: int = SCAN_LIMIT) -> str:
    """`text` safe to draw, in at most `limit` characters (where it is cut, the last one is `…`).

    Whole escape sequences are removed, tabs and newlines become spaces, and anything else that a
    terminal would act on, or that takes no cell, is dropped.
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
    """`text` as the title of a box; Textual would read a plain string as markup."""
    return Content(sanitize(text))


def fit(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` cut or padded on the right to exactly `width` cells. A number that would be cut is
    left out: a part of it would be another number."""
    size = cell_len(text)
    if size == width:
        return text
    if size < width:
        return text + " " * (width - size)
    if width <= 0:
        return ""
    kept = _without_part(text, _take(text, width - 1)) + ellipsis
    return kept + " " * (width - cell_len(kept))


_NUMBER = re.compile(r"(?!(?:\d+\.){3}\d)T?[-+~≥×]?\d[\d.,:/]*[a-zA-Z%µ]{0,3}[.,;:)\]]*")
"""A number with its unit; an IP address is a name and none."""
_BEFORE_NUMBERS = r"\s=(\[→<>$"
_LAST_WORD = re.compile(f"[^{_BEFORE_NUMBERS}]*$")
_WORD = re.compile(f"[^{_BEFORE_NUMBERS}]*")


def _without_part(text: str, kept: str) -> str:
    """`kept`, the beginning of `text` that fits, without a number at its end that may be cut."""
    begin = len(_LAST_WORD.split(kept, maxsplit=1)[0])
    word = _WORD.match(text, begin)
    return kept[:begin].rstrip() if word is not None and _NUMBER.fullmatch(word[0]) else kept


def fit_right(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` cut, or padded on the left, to exactly `width` cells: for columns of numbers."""
    size = cell_len(text)
    return " " * (width - size) + text if size <= width else fit(text, width, ellipsis)


def fit_middle(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` cut in the middle, for names that differ in their beginning or their end."""
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


def told_in(width: int, names: Iterable[str], ellipsis: str = "…") -> dict[str, str]:
    """By name: the name in at most `width` cells, so that no two different ones look the same.

    Those whose beginnings look the same are drawn without what they begin with.
    """
    return _told_in(max(4, width), list(dict.fromkeys(names)), 0, ellipsis)


def _told_in(width: int, names: list[str], begin: int, ellipsis: str) -> dict[str, str]:
    alike: dict[str, list[str]] = {}
    for name in names:
        drawn = f"{ellipsis}{name[begin:]}" if begin else name
        alike.setdefault(fit(drawn, width, ellipsis).rstrip(), []).append(name)
    out: dict[str, str] = {}
    for drawn, group in alike.items():
        if len(group) == 1:
            out[group[0]] = drawn
            continue
        starts = (shared_start(group), common_start(group))
        further = next((start for start in starts if start > begin), None)
        if further is None:  # a number without room, or half a wide character
            out |= dict.fromkeys(group, drawn)
        else:
            out |= _told_in(width, group, further, ellipsis)
    return out


NAME_CELLS = 12
"""The least number of cells of a name that is shortened within a sentence."""
_ASIDE = re.compile(r" \([^()]*\)")
_NAME = re.compile(r"(?=.*(?:\d|[-_].*[-_]))(?=.*[-_])\S+")
"""A word that is a name: joined by `-` or `_`, and with a digit or joined twice. An English
compound such as `scale-up` is none."""


def fewer_parts(name: str, width: int) -> str:
    """`name` with fewer of its hyphenated parts, as many as fit: without the first ones (vendor,
    series), then without the last ones: `H100-80GB` of `NVIDIA-H100-80GB-HBM3`. The first part
    with a digit is the model and always stays."""
    parts = name.split("-")
    model = next((at for at, part in enumerate(parts) if any(map(str.isdigit, part))), 0)
    shorter = [
        "-".join(parts[begin:end])
        for begin in range(min(1, model), model + 1)
        for end in range(len(parts), model, -1)
    ]
    return that_fits([name, *shorter], width, cell_len)


def condense(text: str, width: int, ellipsis: str = "…") -> str:
    """A sentence shortened towards `width` cells by what matters least; a caller cuts the rest.

    Parentheses are removed first, then the middle of long names, then the last clauses, as long
    as what remains fills at least a third of `width`.
    """
    if cell_len(text) <= width:
        return text
    text = _ASIDE.sub("", text)
    words = text.split(" ")
    for at in sorted(range(len(words)), key=lambda at: -cell_len(words[at])):
        size, excess = cell_len(words[at]), cell_len(" ".join(words)) - width
        if excess > 0 and size > NAME_CELLS and _NAME.fullmatch(words[at]):
            words[at] = fit_middle(words[at], max(NAME_CELLS, size - excess), ellipsis)
    text = " ".join(words)
    if cell_len(text) > width:
        heads = (text[: m.start()] for m in reversed(list(re.finditer("[,;:] ", text))))
        head = next((head for head in heads if cell_len(head) <= width), "")
        text = head if 3 * cell_len(head) >= width else text
    return text


def in_room(texts: Iterable[str], width: int, ellipsis: str = "…") -> str:
    """The longest of `texts` that fits into `width` cells; they say the same at several lengths.

    Where none fits: the shortest, condensed, and cut if it is still too wide, between two words
    where it has several.
    """
    text = condense(that_fits([sanitize(t, 500) for t in texts], width, cell_len), width, ellipsis)
    if cell_len(text) <= width:
        return text
    words = text.split(" ")
    while len(words) > 1 and cell_len(" ".join(words)) > width - 2:
        words.pop()
    if cell_len(words[0]) > width - 2:
        return fit(text, width, ellipsis).rstrip()
    return f"{' '.join(words).rstrip(',;:(')} {ellipsis}"


def _take(text: str, width: int) -> str:
    """The beginning of `text` in exactly `width` cells; a blank replaces half a wide character."""
    used, out = 0, []
    for char in text:
        size = get_character_cell_size(char)
        if used + size > width:
            break
        used += size
        out.append(char)
    return "".join(out) + " " * (width - used)
