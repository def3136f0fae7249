"""The wanted samples of a Prometheus text page, and nothing else of it.

A model server's page has 700 lines of which wvatui wants 70, every two seconds, from every pod. So
nothing is parsed that is not wanted: one regular expression finds the lines by name, and labels
are read only where they matter.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/ (text), and OpenMetrics as
far as servers mix it in (`_created`, exemplars behind `#`).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

# Unrolled, so that a quote that is never closed costs one pass and not all ways to split the rest.
_INSIDE = rb'[^"\\\n]*(?:\\.[^"\\\n]*)*'
_LABELS = rb'\{((?:[^"}\n]*"' + _INSIDE + rb'")*[^"}\n]*)\}'
_LABEL = re.compile(
    rb'[ \t,]*([A-Za-z_][A-Za-z0-9_]*|"' + _INSIDE + rb'")[ \t]*=[ \t]*"(' + _INSIDE + rb')"'
)
_QUOTED_NAME = re.compile(rb'\n\{[ \t]*"([A-Za-z_:][A-Za-z0-9_:]*)"[ \t]*,?')
"""A metric's name in quotes, which Prometheus 3 allows between the braces."""
_ESCAPE = re.compile(rb'\\([\\"n])')


class Sample(NamedTuple):
    """One line: `labels` is what stands between the braces, undecoded."""

    name: bytes
    labels: bytes
    value: float


PageReader = Callable[[bytes], Iterator[Sample]]


def reader(names: Iterable[str]) -> PageReader:
    """A function that finds the samples of exactly these `names` in a page, in its order.

    A line that is not readable is no sample. NaN and infinity are samples. Of a page that was
    cut the last family is left out (see `whole_families`).
    """
    # Lines are found by their newline, and names through a tree of their prefixes: both several
    # times as fast as `^` and a plain list of alternatives.
    tree = _tree(list(names)).encode()
    pattern = re.compile(
        rb"\n(" + tree + rb")(?:[ \t]*" + _LABELS + rb"[ \t]*|[ \t]+)([^\s#]+)(?=[ \t\r\n])"
    )
    find = pattern.findall

    def read(page: bytes) -> Iterator[Sample]:
        lines = b"\n" + whole_families(page)
        if b"\n{" in lines:
            lines = _QUOTED_NAME.sub(rb"\n\1{", lines)
        for name, labels, number in find(lines):
            try:
                value = float(number)
            except ValueError:
                continue
            yield Sample(name, labels, value)

    return read


def whole_families(page: bytes) -> bytes:
    """`page` as far as it is complete; all of it when it ends with its newline, as a page must.

    Where it does not it was cut, perhaps inside a number. The lines before the cut may be a
    family's first series of several, whose sum would look like a counter that fell: so everything
    behind the last HELP or TYPE line goes. Without such lines only the last line does.
    """
    if page.endswith(b"\n"):
        return page
    comment = page.rfind(b"\n#")
    return page[: (comment if comment >= 0 else page.rfind(b"\n")) + 1]


def _tree(words: list[str]) -> str:
    """A regular expression that matches exactly `words`, common prefixes written once."""
    ends = "" in words
    by_first: dict[str, list[str]] = {}
    for word in sorted(set(words)):
        if word:
            by_first.setdefault(word[0], []).append(word[1:])
    if not by_first:
        return ""
    branches = [re.escape(first) + _tree(rest) for first, rest in by_first.items()]
    if len(branches) == 1 and not ends:
        return branches[0]
    return f"(?:{'|'.join(branches)})" + ("?" if ends else "")


def label(labels: bytes, name: bytes) -> bytes | None:
    """Value of one label, its escapes undone; None when there is no such label."""
    at = 0
    # Labels are matched one after another from the start: searching would be quadratic on a
    # hostile page.
    while match := _LABEL.match(labels, at):
        if match[1].strip(b'"') == name:
            return _ESCAPE.sub(_unescape, match[2]) if b"\\" in match[2] else match[2]
        at = match.end()
    return None


def all_labels(labels: bytes) -> dict[bytes, bytes]:
    """All labels with their values, escapes undone."""
    values: dict[bytes, bytes] = {}
    at = 0
    while match := _LABEL.match(labels, at):
        values[match[1].strip(b'"')] = _ESCAPE.sub(_unescape, match[2])
        at = match.end()
    return values


def bound(labels: bytes) -> bytes | None:
    """Value of `le`; None when there is none. Fast, as every line of a histogram has one.

    Inside another label's value the quote behind `le=` would be escaped, so it cannot be meant.
    """
    at = 0 if labels.startswith(b'le="') else labels.find(b',le="') + 1
    if not at and not labels.startswith(b'le="'):
        return label(labels, b"le")
    begin = at + 4
    return labels[begin : labels.index(b'"', begin)]


def quoted(text: str) -> str:
    """A label's value, or a string of PromQL, in its quotes (docs/querying/basics.md, "String
    literals")."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _unescape(match: re.Match[bytes]) -> bytes:
    return b"\n" if match[1] == b"n" else match[1]
