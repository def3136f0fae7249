"""Bytes of a job's log into segments, which end on a newline or on a carriage return.

Progress bars write hundreds of kilobytes into one line; what is kept of a segment, and of what is
not ended yet, is bounded.
"""

from dataclasses import dataclass

from wvatui.core.lines import decode, kubelet_time

SEGMENT_LIMIT = 8_192
"""Bytes of one segment that are kept."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a line. `at`: the kubelet's stamp of its line, UTC epoch seconds."""

    raw: bytes
    ends_line: bool
    first: bool
    """It begins its line."""


class Segments:
    """Cuts chunks into segments."""

    def __init__(self) -> None:
        self._rest = b""
        self._first = True

    def feed(self, chunk: bytes) -> list[Segment]:
        """The segments that `chunk` completes, without their ends.

        An empty one is given only where it ends a line: the line's text is then the piece before.
        """
        found: list[Segment] = []
        lines = chunk.split(b"\n")
        for number, line in enumerate(lines):
            last = number == len(lines) - 1
            parts = line.split(b"\r")
            for index, part in enumerate(parts):
                open_ = last and index == len(parts) - 1
                room = SEGMENT_LIMIT - len(self._rest)
                self._rest += part[: max(0, room)]
                if open_:
                    break
                ends_line = index == len(parts) - 1
                if self._rest or ends_line:
                    found.append(Segment(self._rest, ends_line, self._first))
                if self._rest:
                    self._first = False
                self._rest = b""
                if ends_line:
                    self._first = True
        return found

    def finish(self) -> list[Segment]:
        """What stands after the last end: only where nothing can follow."""
        return [] if self._first and not self._rest else self.feed(b"\n")


def text_of(segment: Segment) -> tuple[float | None, str]:
    """The kubelet's stamp, where the segment begins a line that has one, and the text."""
    text, _ = decode(segment.raw, SEGMENT_LIMIT)
    if not segment.first:
        return None, text
    at, _, rest = kubelet_time(text)
    return at, rest
