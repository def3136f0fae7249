"""The small part of YAML in which the controller's saturation configuration is written.

A flat `key: value` text with at most one list of flat items (`analyzers:`). This is no YAML
parser: it skips what it does not understand, and never guesses.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

Scalar = str
Item = dict[str, Scalar]
Entry = Mapping[str, Scalar | list[Item]]


@lru_cache(maxsize=256)
def read_config(text: str) -> Entry:
    """One entry of the saturation ConfigMap: scalars as text, lists as lists of flat mappings.

    Nested mappings below a list item (`parameters:`) are left out. Never raises.
    """
    entry: dict[str, Scalar | list[Item]] = {}
    items: list[Item] | None = None
    item_indent = 0
    for indent, body in _lines(text):
        dash = body.startswith("- ") or body == "-"
        if indent == 0 and not dash:
            key, value = _pair(body)
            if not key:
                continue
            items = None
            if value:
                entry[key] = value
            else:
                items = []
                entry[key] = items
        elif items is not None and dash:
            rest = body[1:].lstrip()
            item_indent = indent + len(body) - len(rest)
            items.append({})
            _put(items[-1], rest)
        elif items and indent == item_indent:
            _put(items[-1], body)
    return entry


def _put(item: Item, body: str) -> None:
    key, value = _pair(body)
    if key and value:
        item[key] = value


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """(indentation, content) of every line that is not blank or a comment."""
    for raw in text.splitlines():
        line = without_comment(raw).rstrip()
        body = line.lstrip(" ")
        if body and body != "---":
            yield len(line) - len(body), body


def without_comment(line: str) -> str:
    """A line of YAML up to its comment; # in quotes is none."""
    quote = ""
    for index, char in enumerate(line):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "#" and (index == 0 or line[index - 1] in " \t"):
            return line[:index]
    return line


def _pair(body: str) -> tuple[str, str]:
    """`key: value`; both empty when the text is something else."""
    key, colon, value = body.partition(":")
    if not colon or (value and not value.startswith((" ", "\t"))):
        return "", ""
    return _bare(key), _bare(value)


def _bare(text: str) -> str:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text
