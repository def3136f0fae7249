"""Markdown: the log is between fences (three backticks or tildes), with prose around them."""

import re

from wvatui.core.lines import many, verb
from wvatui.core.log.envelopes.envelope import START, Envelope, Inner, Inners, Opener, begun_by

_FENCE = re.compile(r"( {0,20})(`{3,}|~{3,})\s*[\w+.-]*\s*$")


class _Fences(Opener):
    """Gives all lines between fences, and outside of them only lines of a controller."""

    def __init__(self) -> None:
        self._fence = self._indent = ""
        self._outside = 0

    @property
    def notice(self) -> str:
        if not self._outside:
            return ""
        lines = f"{many(self._outside, 'line')} outside of the Markdown fences"
        return f"{lines} {verb(self._outside, 'were')} passed over"

    def feed(self, line: str) -> Inners | None:
        match = _FENCE.match(line)
        if match is not None and (not self._fence or match[2].startswith(self._fence)):
            self._fence = "" if self._fence else match[2]
            self._indent = match[1]
            return ()
        if self._fence:
            return (Inner(line.removeprefix(self._indent)),)
        if START.match(line.lstrip()):
            return (Inner(line),)
        self._outside += bool(line.strip())
        return ()


FENCES = Envelope("Markdown", begun_by(_FENCE.match, _Fences))
