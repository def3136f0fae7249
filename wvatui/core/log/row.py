"""A row of the catalogue, and the table that finds the row of a message.

A pattern is the message with `{}` where values stand:

    Grouped VAs by model                    the whole message
    Queue metric: pod={}, queueLength={}    text up to the first {} decides
    {}Unable to read optimization config    an error's text comes first (Go's Sprint)
    Quota limiter selected…                 … : the rest does not matter
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from wvatui.core.log.facts import Fact

Facts = tuple[Fact, ...]
TextBuilder = Callable[[str], Facts]
FieldBuilder = Callable[[Mapping[str, Any]], Facts]

KEY = 12
"""Characters of a message's head that index the table; shorter heads are tried one by one."""
REWORDED = 400
"""Characters of a message that are compared when no row matches it exactly."""
SEARCHED = 65_536
"""Characters of a message that are searched for the text after an error."""


class CatalogueRow(msgspec.Struct, frozen=True, gc=False):
    """One known message.

    `id` is what `Line.template` shows. `since` and `until` are releases (see `versions.ORDER`),
    empty when the row says nothing about the version. `facts` builds the facts from the text,
    `fields` from the structured fields. `refine` appends a suffix to the id where the fields of
    a message distinguish releases.
    """

    id: str
    pattern: str
    since: str = ""
    until: str = ""
    facts: TextBuilder | None = None
    fields: FieldBuilder | None = None
    refine: Callable[[Mapping[str, Any]], str] | None = None


def slug(pattern: str) -> str:
    """A short stable name made of the pattern's words."""
    words = re.sub(r"[^a-z0-9]+", "-", pattern.replace("{}", " ").lower()).strip("-")
    return words[:64].rstrip("-")


def named(rows: Iterable[CatalogueRow]) -> tuple[CatalogueRow, ...]:
    """The rows with ids made distinct: a later row of the same words gets a number."""
    seen: dict[str, int] = {}
    result = []
    for row in rows:
        seen[row.id] = count = seen.get(row.id, 0) + 1
        if count > 1:
            row = msgspec.structs.replace(row, id=f"{row.id}-{count}")
        result.append(row)
    return tuple(result)


def plain(prefix: str, table: str) -> tuple[CatalogueRow, ...]:
    """Rows without facts, one per line: `since until message`; `- -` where no release is known."""
    rows = []
    for line in table.splitlines():
        if not line:
            continue
        since, until, pattern = line.split(" ", 2)
        rows.append(
            CatalogueRow(f"{prefix}/{slug(pattern)}", pattern, since.strip("-"), until.strip("-"))
        )
    return tuple(rows)


def alike(text: str) -> str:
    """`text` without the differences between releases: they write Capacity, saturation or
    Saturation for the same thing, and start messages with a capital or small letter."""
    return text.lower().replace("saturation", "capacity")


def head_of(pattern: str) -> str:
    """The literal text before the first value."""
    return pattern.partition("{}")[0].partition("…")[0]


class CatalogueTable:
    """Finds the row of a message: by its whole text, its longest head, or text after an error."""

    __slots__ = ("_exact", "_heads", "_needles", "_reworded", "_search", "_short", "rows")

    def __init__(self, rows: Iterable[CatalogueRow]) -> None:
        self.rows = tuple(rows)
        self._exact: dict[str, CatalogueRow] = {}
        heads: dict[str, list[tuple[str, CatalogueRow]]] = {}
        self._needles: dict[str, CatalogueRow] = {}
        self._short: list[tuple[str, CatalogueRow]] = []
        for row in self.rows:
            head = head_of(row.pattern)
            if row.pattern.startswith("{}"):
                self._needles.setdefault(head_of(row.pattern[2:]).rstrip(" -"), row)
                continue
            if head == row.pattern:
                self._exact.setdefault(head, row)
            elif len(head) < KEY:
                self._short.append((head, row))
            else:
                heads.setdefault(head[:KEY], []).append((head, row))
        self._heads = {
            key: tuple(sorted(candidates, key=lambda item: -len(item[0])))
            for key, candidates in heads.items()
        }
        needles = sorted(self._needles, key=len, reverse=True)
        self._search = re.compile("|".join(map(re.escape, needles))) if needles else None
        self._reworded: dict[str, list[tuple[str, CatalogueRow]]] | None = None

    def match(self, message: str) -> CatalogueRow | None:
        """The row of `message`, or None."""
        row = self._exact.get(message)
        if row is not None:
            return row
        for head, candidate in self._heads.get(message[:KEY], ()):
            if message.startswith(head):
                return candidate
        for head, candidate in self._short:
            if message.startswith(head):
                return candidate
        if self._search is not None:
            needle = self._search.search(message, 0, SEARCHED)
            if needle is not None:
                return self._needles[needle.group()]
        return None

    def match_reworded(self, message: str) -> CatalogueRow | None:
        """The row whose text differs only in words that releases have exchanged; else None."""
        if self._reworded is None:
            self._reworded = {}
            for row in self.rows:
                head = alike(head_of(row.pattern))
                if len(head) >= KEY:
                    self._reworded.setdefault(head[:KEY], []).append((head, row))
            for candidates in self._reworded.values():
                candidates.sort(key=lambda item: -len(item[0]))
        text = alike(message[:REWORDED])
        for head, row in self._reworded.get(text[:KEY], ()):
            whole = "{}" not in row.pattern and "…" not in row.pattern
            if (text == head) if whole else text.startswith(head):
                return row
        return None
