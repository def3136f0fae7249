"""Lines that a terminal broke at its width, or `fold`.

They are joined where that is certain: each part but the last is exactly as wide as the terminal,
no following part starts like a line of the controller, and the JSON of the joined line is complete.
"""

import re
from collections.abc import Callable, Sequence
from itertools import islice, pairwise

from wvatui.core.lines import many, verb
from wvatui.core.log.dialects import stack
from wvatui.core.log.dialects.shape import NO_STAMP
from wvatui.core.log.envelopes.envelope import START, Envelope, Inner, Inners, Opener
from wvatui.core.log.reading import load

LEAST_WIDTH = 40
"""Columns: no terminal in which a log is read is narrower."""
_PREFIX_CHARS = 300
_FIELDS = re.compile(r'\s(?=\{")')


def _columns(line: str) -> int:
    return len(line.expandtabs(8))


def _bytes(line: str) -> int:
    return len(line.encode("utf-8", "replace"))


_MEASURES: tuple[Callable[[str], int], ...] = (len, _columns, _bytes)


class _Parts(Opener):
    """Joins the parts of a line."""

    def __init__(self, width: int, measure: Callable[[str], int]) -> None:
        self._width, self._measure = width, measure
        self._held: list[str] = []
        self._joined = self._left = 0

    @property
    def notice(self) -> str:
        left = f"; {self._left} were left as they stand, where it is not certain" * bool(self._left)
        return (
            f"{many(self._joined, 'line')} that a terminal broke at {self._width} columns"
            f" {verb(self._joined, 'were')} joined{left}"
        )

    def feed(self, line: str) -> Inners | None:
        out: Inners = ()
        if self._held and not _begins(self._held[0]):
            if not line[:1].isspace() and _is_frame(self._held[0] + line):
                self._held.append(line)
                return self._release()
            out = self._release()
        elif self._held:
            if not _begins(line) and (_has_json("".join(self._held)) or not _is_frame(line)):
                self._held.append(line)
                if self._is_full(line) and not _is_whole("".join(self._held)):
                    return ()
                return self._release()
            out = self._release()
        if line and self._is_full(line) and not _is_whole(line):
            self._held = [line]
            return out
        return (*out, Inner(line)) if out or _begins(line) else None

    def end(self) -> Inners:
        return self._release()

    def _is_full(self, line: str) -> bool:
        return self._measure(line) == self._width

    def _release(self) -> Inners:
        held, self._held = self._held, []
        whole = "".join(held)
        if len(held) > 1 and (_is_whole(whole) or not _has_json(whole)):
            self._joined += 1
            return (Inner(whole),)
        self._left += len(held) > 1
        return tuple(Inner(part) for part in held)


def _begins(line: str) -> bool:
    """Whether a line of the controller starts in it, inside any other envelope."""
    return START.search(line, 0, _PREFIX_CHARS) is not None


def _is_frame(line: str) -> bool:
    """Whether it is a line of a stack trace; these follow a line without JSON."""
    return stack.FORMAT.parse(line, NO_STAMP, None) is not None


def _has_json(line: str) -> bool:
    return '{"' in line


def _is_whole(line: str) -> bool:
    """Whether the JSON in a line is complete; False where it has none."""
    text = line.rstrip()
    if not text.endswith("}"):
        return False
    if text.startswith("{"):
        return isinstance(load(text), dict)
    return any(
        isinstance(load(text[gap.end() :]), dict) for gap in islice(_FIELDS.finditer(text), 20)
    )


def _begin(sample: Sequence[str]) -> Opener | None:
    """The Opener, where lines of the greatest width are continued by the line after them."""
    lines = [line for line in sample if line]
    best: tuple[int, int, Callable[[str], int]] | None = None
    for measure in _MEASURES:
        width = max(map(measure, lines), default=0)
        pairs = pairwise(lines)
        full = sum(measure(line) == width and not _begins(after) for line, after in pairs)
        if width >= LEAST_WIDTH and full and (best is None or full > best[0]):
            best = full, width, measure
    return None if best is None else _Parts(best[1], best[2])


TERMINAL_WRAP = Envelope("lines broken by a terminal", _begin, tells_more=True)
