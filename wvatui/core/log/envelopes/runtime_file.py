"""The envelope of a container runtime's own file (CRI): `TIME stdout F line`.

A line that is longer than the runtime's buffer is split into parts: `P`, `P`, …, `F`.
"""

import re

from wvatui.core.log.envelopes.envelope import STAMP, Envelope, Inner, Inners, Opener, begun_by

_PREFIX = re.compile(rf"({STAMP}) (stdout|stderr) ([FP])(?::[\w:-]*)?(?: |$)")


class _RuntimeFile(Opener):
    """Joins the parts of lines, separately for stdout and stderr."""

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


def _single(line: str) -> Inners | None:
    match = _PREFIX.match(line)
    return None if match is None else (Inner(line[match.end() :], match[1]),)


RUNTIME_FILE = Envelope(
    "container runtime's file (CRI)", begun_by(_PREFIX.match, _RuntimeFile), _single
)
