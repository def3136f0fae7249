"""The log of a load job's pod: kept whole in a file, and read as it comes."""

import os
from contextlib import suppress
from pathlib import Path

from wvatui.core.lines import split
from wvatui.core.redact import redacted_text
from wvatui.host import private
from wvatui.load.read.log.progress import JobLog, LogFinding

FILE_LIMIT = 256 << 20
"""Bytes of one log that are kept in its file."""
LINE_LIMIT = 1 << 18
"""Bytes of a line that are waited for before credentials are looked for in it."""
TAIL_LINES = 15
TAIL_CHARS = 2_000


class KeptLog:
    """One pod's log. `path`: where it is kept; None: nowhere.

    `redact`: what is kept is without what looks like a credential.
    """

    def __init__(self, path: Path | None, tool: str = "", *, redact: bool = False) -> None:
        self.path = path
        self._redact = redact
        self._rest = b""
        self.size = 0
        """Bytes seen."""
        self.trouble = ""
        """Why the file is not whole."""
        self.reader = JobLog(tool)
        self._fd = -1
        self._closed = False

    def feed(self, chunk: bytes) -> list[LogFinding]:
        """The next bytes of the log; what they tell."""
        self._store(self._redacted(chunk) if self._redact else chunk)
        self.size += len(chunk)
        return self.reader.feed(chunk)

    def _redacted(self, chunk: bytes, *, end: bool = False) -> bytes:
        """The whole lines up to here, or at the `end` all, without credentials."""
        lines, self._rest = split(self._rest + chunk)
        if end or len(self._rest) > LINE_LIMIT:
            lines, self._rest = [*lines, self._rest], b""
        else:
            lines.append(b"")
        clean = (redacted_text(line.decode("utf-8", "surrogateescape")) for line in lines)
        return "\n".join(clean).encode("utf-8", "surrogateescape")

    def _store(self, chunk: bytes) -> None:
        if self.path is None or self.trouble:
            return
        try:
            if self._fd < 0:
                self._fd = private.opened(self.path, os.O_WRONLY | os.O_TRUNC)
            room = FILE_LIMIT - self.size
            view = memoryview(chunk)[: max(0, room)]
            while view:
                view = view[os.write(self._fd, view) :]
            if room < len(chunk):
                self.trouble = f"cut after {FILE_LIMIT >> 20} MiB"
        except OSError as error:
            self.trouble = f"not written on: {error.strerror or 'no room'}"

    def close(self) -> list[LogFinding]:
        """End the log; what its end tells. Safe to call twice."""
        if self._rest:
            self._store(self._redacted(b"", end=True))
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with suppress(OSError):
                os.close(fd)
        if self._closed:
            return []
        self._closed = True
        return self.reader.finish()

    def tail(self) -> str:
        """Its last lines, clean."""
        return "\n".join(self.reader.tail[-TAIL_LINES:])[-TAIL_CHARS:]
