"""Chunks of a body into lines, with a bound on what one line may cost."""

from wvatui.core.lines import LINE_LIMIT, decode, split

_KEPT = LINE_LIMIT + 4
"""Bytes of an unfinished line that are kept: enough for the limit to fall on whole characters."""


class LineReader:
    """Joins chunks and gives whole lines; a character cut between two chunks is whole again."""

    def __init__(self) -> None:
        self._rest = b""
        self._dropped = 0

    def feed(self, chunk: bytes) -> list[tuple[str, int]]:
        """The lines that `chunk` completes: (text, bytes cut from its end)."""
        raws, rest = split(self._rest + chunk)
        lines: list[tuple[str, int]] = []
        for raw in raws:
            text, cut = decode(raw)
            lines.append((text, cut + self._dropped))
            self._dropped = 0
        if len(rest) > _KEPT:
            self._dropped += len(rest) - _KEPT
            rest = rest[:_KEPT]
        self._rest = rest
        return lines

    @property
    def within_a_line(self) -> bool:
        """Whether the last chunk ended before its line did."""
        return bool(self._rest)
