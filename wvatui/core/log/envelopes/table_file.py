"""Tables of lines: CSV with a heading, as Grafana, Kibana and cloud consoles download them."""

import re
from collections.abc import Sequence

from wvatui.core.log.envelopes.envelope import Envelope, Inners, Opener, lines_of
from wvatui.core.log.envelopes.json_object import MESSAGE_KEYS, TIME_KEYS, stamp_of

_LINE_TITLES = frozenset(key.lower() for key in (*MESSAGE_KEYS, "content", "@message", "_raw"))
_TIME_TITLES = tuple(key.lower() for key in (*TIME_KEYS, "_time"))
HELD_CHARS = 1 << 24
"""A quoted cell that goes on over lines is waited for up to here."""


def _cells(line: str, comma: str) -> list[str]:
    """The cells of one row: quoted ones with their quotes doubled inside."""
    cell = re.compile(rf'(?:"((?:[^"]|"")*)"|([^{re.escape(comma)}]*))({re.escape(comma)}|$)')
    cells: list[str] = []
    at = 0
    while (match := cell.match(line, at)) is not None:
        quoted, bare, end = match.groups()
        cells.append(bare if quoted is None else quoted.replace('""', '"'))
        at = match.end()
        if not end:
            break
    return cells


class _Rows:
    """Takes the line and its time out of each row."""

    notice = ""

    def __init__(self, comma: str, titles: Sequence[str]) -> None:
        self._comma, self._titles = comma, [title.strip().lower() for title in titles]
        self._line_at = next(n for n, title in enumerate(self._titles) if title in _LINE_TITLES)
        self._held = ""
        self._begun = False

    def feed(self, line: str) -> Inners | None:
        text = f"{self._held}\n{line}" if self._held else line
        if text.count('"') % 2 and len(text) < HELD_CHARS:
            self._held = text
            return ()
        self._held = ""
        cells = _cells(text, self._comma)
        if [cell.strip().lower() for cell in cells] == self._titles:
            self._begun = True
            return ()
        if not self._begun or len(cells) <= self._line_at:
            return None
        row = dict(zip(self._titles, cells, strict=False))
        return lines_of(cells[self._line_at], stamp_of(row, _TIME_TITLES))

    def end(self) -> Inners:
        return ()


def _begin(sample: Sequence[str]) -> Opener | None:
    """The heading is the first row with a title that names a line."""
    for line in sample[:20]:
        for comma in (",", ";", "\t", "|"):
            titles = _cells(line, comma)
            if any(title.strip().lower() in _LINE_TITLES for title in titles):
                return _Rows(comma, titles)
    return None


TABLE_FILE = Envelope("CSV", _begin, tells_more=True)
