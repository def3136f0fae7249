"""Tables of lines: CSV with a heading, as Grafana, Kibana and cloud consoles download them."""

import re
from collections.abc import Mapping, Sequence

from wvatui.core.log.envelopes.envelope import START, Envelope, Inners, Opener, lines_of
from wvatui.core.log.envelopes.json_object import (
    MESSAGE_KEYS,
    TIME_KEYS,
    stamp_of,
    text_of_value,
)
from wvatui.core.log.reading import load

_LINE_TITLES = frozenset((*map(str.lower, MESSAGE_KEYS), "jsonpayload.msg", "jsonpayload.message"))
_TIME_TITLES = tuple(key.lower() for key in (*TIME_KEYS, "_time"))
_SPREAD = "jsonPayload."
_COMMAS = (",", ";", "\t", "|")
_SEPARATOR = re.compile(r"sep=.$")
"""The line that Excel writes, and reads, before a heading."""
HELD_CHARS = 1 << 24
"""Most characters of a quoted cell that spans several lines."""


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


class _Rows(Opener):
    """Takes the line and its time out of each row."""

    def __init__(self, comma: str, titles: Sequence[str], line_at: int, *, begun: bool) -> None:
        """`line_at`: the column of the line. `begun`: the table has no heading."""
        self._comma, self._line_at, self._begun = comma, line_at, begun
        self._titles = [title.strip() for title in titles]
        self._held = ""

    def feed(self, line: str) -> Inners | None:
        text = f"{self._held}\n{line}" if self._held else line
        if text.count('"') % 2 and len(text) < HELD_CHARS:
            self._held = text
            return ()
        self._held = ""
        cells = _cells(text, self._comma)
        if [cell.strip() for cell in cells] == self._titles:
            self._begun = True
            return ()
        if _SEPARATOR.match(line):
            return ()
        if not self._begun or len(cells) <= self._line_at:
            return None
        row = dict(zip(self._titles, cells, strict=False))
        stamp = stamp_of({title.lower(): cell for title, cell in row.items()}, _TIME_TITLES)
        return lines_of(_spread(row) or cells[self._line_at], stamp)

    def end(self) -> Inners:
        """A last row that was cut off inside a quoted cell, as far as it is there."""
        return (self.feed('"') if self._held else None) or ()


def _spread(row: Mapping[str, str]) -> str:
    """The object whose fields Google's console puts into columns of their own; empty: none."""
    fields: dict[str, object] = {}
    for title, cell in row.items():
        if title.startswith(_SPREAD) and cell:
            value = load(cell) if cell[0] in '{["-0123456789tfn' else None
            fields[title.removeprefix(_SPREAD)] = cell if value is None else value
    return text_of_value(fields, row) or "" if fields else ""


def _begin(sample: Sequence[str]) -> Opener | None:
    """The Opener for a table whose heading is the first row with a title for lines.

    Without a heading, the column is the one in which lines of the controller start.
    """
    for line in sample[:20]:
        for comma in _COMMAS:
            titles = _cells(line, comma)
            for number, title in enumerate(titles):
                if title.strip().lower() in _LINE_TITLES:
                    return _Rows(comma, titles, number, begun=False)
    for comma in _COMMAS:
        rows = [_cells(line, comma) for line in sample[:40]]
        begins = [n for row in rows for n, cell in enumerate(row) if _begins(cell)]
        if begins and len(rows[0]) > 1:
            line_at = max(begins, key=begins.count)
            begun = len(rows[0]) > line_at and _begins(rows[0][line_at])
            return _Rows(comma, [] if begun else rows[0], line_at, begun=begun)
    return None


def _begins(cell: str) -> bool:
    """Whether a cell starts with a line of the controller, with or without the kubelet's stamp."""
    start = START.search(cell, 0, 300)
    return start is not None and " " not in cell[: start.start()].strip()


TABLE_FILE = Envelope("CSV", _begin, tells_more=True)
