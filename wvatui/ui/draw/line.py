"""A line of the screen: spans of safe text, each with the name of a style, never markup.

Panels are pure functions from view models to such lines. `wvatui.ui.theme` maps style names to
colours; nothing here knows a colour.

`fitted` puts titled sections one below the other, and shortens the last ones where room is short.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, get_character_cell_size

from wvatui.ui.draw.sanitize import condense, fit, fit_middle
from wvatui.ui.draw.symbols import Symbols

Span = tuple[str, str]
Line = tuple[Span, ...]

BLANK: Line = ()


def width_of(line: Line) -> int:
    """The width of a line, in cells."""
    # Texts have no control characters, so that each character of ASCII takes one cell.
    return sum([len(text) if text.isascii() else cell_len(text) for text, _ in line])


def text_of(line: Line) -> str:
    """The characters of a line, without styles."""
    return "".join(text for text, _ in line)


def dimmed(line: Line) -> Line:
    """The line in the muted style: context from before T+0, or something that is not watched."""
    return tuple((text, "muted") for text, _ in line)


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


def shortened(line: Line, width: int, ellipsis: str = "…") -> Line:
    """The line in at most `width` cells where `condense` can shorten its last span to that."""
    if width_of(line) <= width or not line:
        return line
    *front, (text, style) = line
    return (*front, (condense(text, max(0, width - width_of(tuple(front))), ellipsis), style))


def spread(left: Line, right: Line, width: int, ellipsis: str = "…") -> Line:
    """`left` and `right` at the two ends of `width` cells; `left` is cut where both do not fit."""
    right = clip(right, width, ellipsis)
    room = max(0, width - width_of(right) - (1 if right else 0))
    left = clip(left, room, ellipsis)
    gap = width - width_of(left) - width_of(right)
    return (*left, (" " * gap, ""), *right)


def flow(parts: Iterable[Line], width: int, separator: Span = ("   ", "")) -> list[Line]:
    """The parts one after the other, with a line break between two where `width` cells are full."""
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


def one_line(parts: list[Line], width: int) -> Line:
    """As many whole parts as fit into one line; the others are counted at its end."""
    whole = flow(parts, width, ("  ", ""))
    if len(whole) == 1:
        return whole[0]
    room = width - len(f"  +{len(parts)} more")
    first, count = parts[0], 1
    for part in parts[1:]:
        longer = (*first, ("  ", ""), *part)
        if width_of(longer) > room:
            break
        first, count = longer, count + 1
    return (*clip(first, room), (f"  +{len(parts) - count} more", "muted"))


def rule(title: str, right: str, width: int, symbols: Symbols, *, focus: bool = False) -> Line:
    """A horizontal rule with a section's title, and `right` at its end.

    `focus`: the section has the keyboard focus.
    """
    end = f" {right} " if right else ""
    room = max(0, width - len(title) - 3 - len(end) - 1)
    line: Line = (
        (symbols.rule, "border"),
        (f" {title} ", "bold reverse" if focus else "bold"),
        (symbols.rule * room, "border"),
        (end, "muted"),
        (symbols.rule, "border"),
    )
    return clip(line, width, symbols.ellipsis)


@dataclass(frozen=True, slots=True)
class Section:
    """A titled block of lines; `right` is a note at the end of the title's rule.

    `least`: the number of lines that the section keeps as long as it is shown at all.
    """

    title: str
    lines: Sequence[Line]
    right: str = ""
    least: int = 1


def fitted(sections: Sequence[Section], width: int, height: int, symbols: Symbols) -> list[Line]:
    """The sections in at most `height` lines. The last ones are shortened and left out first.

    Lines left out are counted, and sections left out are named, at the end.
    """
    shown = [s for s in sections if s.lines]
    hidden: list[str] = []
    while len(shown) > 1 and _least(shown) + bool(hidden) > height:
        hidden.insert(0, shown.pop().title)
    says_hidden = bool(hidden) and height > _least(shown)
    spare = height - _least(shown) - says_hidden
    out: list[Line] = []
    for section in shown:
        least = min(section.least, len(section.lines))
        more = min(len(section.lines) - least, max(0, spare))
        spare -= more
        out.append(rule(section.title, section.right, width, symbols))
        out += cut(section.lines, least + more, symbols)
    out = [clip(line, width, symbols.ellipsis) for line in out[: max(0, height)]]
    if says_hidden:
        text = f" {symbols.ellipsis} no room for: {', '.join(hidden)}"
        out.append(clip(((text, "muted"),), width, symbols.ellipsis))
    return out


def _least(sections: Sequence[Section]) -> int:
    """The least number of lines in which all these sections can be shown, titles included."""
    return sum(1 + min(s.least, len(s.lines)) for s in sections)


def heading(title: str, right: str, width: int, symbols: Symbols) -> Line:
    """A section's title in a rule; `right` is left out where both do not fit."""
    title = fit_middle(title, min(cell_len(title), max(8, width - 4)), symbols.ellipsis)
    if cell_len(title) + cell_len(right) + 8 > width:
        right = ""
    return rule(title, right, width, symbols)


def well(text: str, symbols: Symbols) -> Line:
    """A line that says that all is well."""
    return (f" {symbols.level['ok']} ", "ok"), (text, "muted")


def cut(lines: Sequence[Line], room: int, symbols: Symbols) -> list[Line]:
    """At most `room` lines; where some are left out, the last line counts them."""
    if len(lines) <= room:
        return list(lines)
    if room <= 1:
        return list(lines[: max(0, room)])
    hidden = len(lines) - room + 1
    return [*lines[: room - 1], ((f"   {symbols.ellipsis} {hidden} more", "muted"),)]


def wrapped(text: str, width: int) -> list[str]:
    """`text` in pieces of at most `width` cells, broken at blanks where possible."""
    width = max(2, width)
    pieces: list[str] = []
    current, used, blank = "", 0, -1
    for char in text:
        size = get_character_cell_size(char)
        if used + size > width:
            # A break at an early blank would leave the piece mostly empty: break the word.
            if blank > len(current) // 3 and char != " ":
                pieces.append(current[:blank])
                current = current[blank + 1 :]
            else:
                pieces.append(current.rstrip())
                current = ""
            used, blank = sum(map(get_character_cell_size, current)), -1
            if char == " " and not current:
                continue
        if char == " ":
            blank = len(current)
        current += char
        used += size
    if current.strip() or not pieces:
        pieces.append(current.rstrip())
    return pieces
