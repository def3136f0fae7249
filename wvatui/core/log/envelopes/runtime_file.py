"""The envelope of a container runtime's own file (CRI): `TIME stdout F line`.

A line that is longer than the runtime's buffer is split into parts: `P`, `P`, …, `F`.
"""

import re
from collections.abc import Sequence

from wvatui.core.log.envelopes.envelope import STAMP, Envelope, Inner, Inners, Opener

_PREFIX = re.compile(rf"({STAMP}) (stdout|stderr) ([FP])(?::[\w:-]*)?(?: |$)")


class _RuntimeFile:
    """Joins the parts of lines, separately for stdout and stderr."""

    notice = ""

    def __init__(self) -> None:
        self._parts: dict[str, Inner] = {}

    def feed(self, line: str) -> Inners | None:
        match = _PREFIX.match(line)
        if match is None:
            return None
        stamp, stream, tag = match.groups()
        before = self._parts.pop(stream, Inner("", stamp))
        inner = Inner(before.text + line[match.end() :], before.stamp)
        if tag == "P":
            self._parts[stream] = inner
            return ()
        return (inner,)

    def end(self) -> Inners:
        parts, self._parts = self._parts, {}
        return tuple(parts.values())


def _begin(sample: Sequence[str]) -> Opener | None:
    return _RuntimeFile() if any(_PREFIX.match(line) for line in sample) else None


def _single(line: str) -> Inners | None:
    match = _PREFIX.match(line)
    return None if match is None else (Inner(line[match.end() :], match[1]),)


RUNTIME_FILE = Envelope("container runtime's file (CRI)", _begin, _single)
