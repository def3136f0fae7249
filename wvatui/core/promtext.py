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

_QUOTED = rb'"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
_LABELS = rb'\{((?:[^"}\n]*' + _QUOTED + rb')*[^"}\n]*)\}'
_LABEL = re.compile(rb'([A-Za-z_][A-Za-z0-9_]*)\s*=\s*"((?:[^"\\\n]+|\\.)*)"')
_ESCAPE = re.compile(rb'\\([\\"n])')


class Sample(NamedTuple):
    """One line: `labels` is what stands between the braces, undecoded."""

    name: bytes
    labels: bytes
    value: float


Reader = Callable[[bytes], Iterator[Sample]]


def reader(names: Iterable[str]) -> Reader:
    """A function that finds the samples of exactly these `names` in a page, in its order.

    A line that is cut or not readable is no sample. NaN and infinity are samples.
    """
    # Lines are found by their newline, and names through a tree of their prefixes: both several
    # times as fast as `^` and a plain list of alternatives. The last line of a page that was cut
    # has no newline, and perhaps half a number: it is no sample.
    tree = _tree(list(names)).encode()
    pattern = re.compile(rb"\n(" + tree + rb")(?:" + _LABELS + rb")?[ \t]+([^\s#]+)(?=[ \t\r\n])")
    find = pattern.findall

    def read(page: bytes) -> Iterator[Sample]:
        for name, labels, number in find(b"\n" + page):
            try:
                value = float(number)
            except ValueError:
                continue
            yield Sample(name, labels, value)

    return read


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
    for found, value in _LABEL.findall(labels):
        if found == name:
            return _ESCAPE.sub(_unescape, value) if b"\\" in value else value
    return None


def bound(labels: bytes) -> bytes | None:
    """Value of `le`; None when there is none. Quick: it stands on every line of a histogram.

    Inside another label's value the quote behind `le=` would be escaped, so it cannot be meant.
    """
    at = 0 if labels.startswith(b'le="') else labels.find(b',le="') + 1
    if not at and not labels.startswith(b'le="'):
        return label(labels, b"le")
    begin = at + 4
    return labels[begin : labels.index(b'"', begin)]


def _unescape(match: re.Match[bytes]) -> bytes:
    return b"\n" if match[1] == b"n" else match[1]
