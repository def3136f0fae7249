"""Manifests as people paste them into documents: arrows with remarks, indentation that slipped.

Only used where a file is no valid YAML as it stands. The reading is the one that a person makes:
what stands deeper than a key that already has a value is that key's neighbour.
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from wvatui.core.rules.wva.config_text import without_comment

_REMARK = re.compile(r"\s*<=+[^\n]*")
_LINE = re.compile(r"( *)((?:- +)*)(?:([\w./\"'-]+):(?:\s+(.*))?|(.*))")
ARROWS = "remarks behind arrows (<===) left out"
INDENTED = "indentation mended: a line deeper than a key with a value is its neighbour"


def without_remarks(text: str) -> str:
    """The text without `<=== …` at the ends of its lines."""
    return _REMARK.sub("", text)


@dataclass(slots=True)
class _Table:
    """An open mapping: where its last key stands, and whether that key still waits for a value."""

    values: dict[str, Any]
    first: int
    last: int
    key: str = ""
    waits: bool = False


@dataclass(slots=True)
class _List:
    """An open list: the column of its dashes."""

    values: list[Any]
    first: int


def mended(text: str) -> dict[str, Any]:
    """One mapping of keys, as its lines were meant. Raises ValueError with the line's number."""
    root = _Table({}, 0, 0)
    stack: list[_Table | _List] = [root]
    for number, raw in enumerate(text.splitlines(), 1):
        line = without_comment(raw).rstrip()
        if not line.strip() or line.strip() == "---":
            continue
        found = _LINE.fullmatch(line.replace("\t", "    "))
        if found is None or (found[3] is None and not found[2]):
            raise ValueError(f"line {number}: {line.strip()[:40]!r} is no key with a value")
        column = len(found[1])
        for _ in range(found[2].count("-")):
            stack = _item(stack, column, number)
            column += 2
        if found[3] is None:
            items = stack[-2] if isinstance(stack[-1], _Table) else stack[-1]
            if not isinstance(items, _List):
                raise ValueError(f"line {number}: a value without its key")
            items.values[-1] = _scalar(found[5], number)
            stack.pop()
            continue
        table = _table(stack, column)
        table.key, table.last = found[3].strip("\"'"), column
        table.waits = not found[4]
        if table.key in table.values:
            raise ValueError(f"line {number}: the key {table.key!r} is given twice")
        table.values[table.key] = _scalar(found[4], number) if found[4] else None
    return root.values


def _item(stack: list[_Table | _List], column: int, number: int) -> list[_Table | _List]:
    """The stack with a new item open in the list whose dashes stand at `column`."""
    while stack:
        top = stack[-1]
        if isinstance(top, _List) and top.first <= column:
            break
        if isinstance(top, _Table) and top.waits and top.last <= column:
            items: list[Any] = []
            top.values[top.key], top.waits = items, False
            stack.append(_List(items, column))
            break
        stack.pop()
    if not stack:
        raise ValueError(f"line {number}: a list without its key")
    table = _Table({}, column + 2, column + 2)
    found = stack[-1]
    assert isinstance(found, _List)
    found.values.append(table.values)
    return [*stack, table]


def _table(stack: list[_Table | _List], column: int) -> _Table:
    """The mapping to which a key at `column` belongs; a new one where a key waits for it."""
    while len(stack) > 1 and (isinstance(stack[-1], _List) or stack[-1].first > column):
        stack.pop()
    top = stack[-1]
    assert isinstance(top, _Table)
    if top.waits and column > top.last:
        inner: dict[str, Any] = {}
        top.values[top.key], top.waits = inner, False
        stack.append(_Table(inner, column, column))
        return stack[-1]  # type: ignore[return-value]
    return top


def _scalar(text: str, number: int) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise ValueError(f"line {number}: {text[:40]!r} is no value") from None
