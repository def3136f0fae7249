"""A line of the screen: spans of safe text, each with the name of a style, never markup.

Panels are pure functions from views to such lines. What a style name looks like is the palette's
business (`wvatui.ui.theme.themes`), so nothing here knows a colour.
"""

from collections.abc import Iterable

from rich.cells import cell_len

from wvatui.ui.draw.sanitize import fit
from wvatui.ui.draw.symbols import Symbols

Span = tuple[str, str]
Line = tuple[Span, ...]

BLANK: Line = ()


def width_of(line: Line) -> int:
    """Cells that a line takes."""
    return sum(cell_len(text) for text, _ in line)


def text_of(line: Line) -> str:
    """The characters of a line, without styles."""
    return "".join(text for text, _ in line)


def clip(line: Line, width: int, ellipsis: str = "…") -> Line:
    """The line cut to at most `width` cells, with an ellipsis where something was cut."""
    if width_of(line) <= width:
        return line
    out: list[Span] = []
    left = width
    for text, style in line:
        size = cell_len(text)
        if size < left or (size == left and (text, style) == line[-1]):
            out.append((text, style))
            left -= size
            continue
        out.append((fit(text + " " * left, left, ellipsis), style))
        break
    return tuple(out)


def spread(left: Line, right: Line, width: int, ellipsis: str = "…") -> Line:
    """`left` and `right` at the two ends of `width` cells; the left one gives way."""
    right = clip(right, width, ellipsis)
    room = max(0, width - width_of(right) - (1 if right else 0))
    left = clip(left, room, ellipsis)
    gap = width - width_of(left) - width_of(right)
    return (*left, (" " * gap, ""), *right)


def flow(parts: Iterable[Line], width: int, separator: Span = ("   ", "")) -> list[Line]:
    """Parts set one after the other, broken between them where a line of `width` is full."""
    lines: list[Line] = []
    current: list[Span] = []
    used = 0
    for part in parts:
        size = width_of(part)
        if current and used + len(separator[0]) + size > width:
            lines.append(tuple(current))
            current, used = [], 0
        if current:
            current.append(separator)
            used += len(separator[0])
        current.extend(part)
        used += size
    if current:
        lines.append(tuple(current))
    return lines


def rule(title: str, right: str, width: int, symbols: Symbols) -> Line:
    """A section's title in a rule, with a few words at its end."""
    end = f" {right} " if right else ""
    room = max(0, width - len(title) - 3 - len(end) - 1)
    line: Line = (
        (symbols.rule, "border"),
        (f" {title} ", "bold"),
        (symbols.rule * room, "border"),
        (end, "muted"),
        (symbols.rule, "border"),
    )
    return clip(line, width, symbols.ellipsis)
