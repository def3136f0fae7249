"""Reads a recording that this same program is still writing."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from wvatui.core.events import Event, Footer
from wvatui.core.lines import split
from wvatui.errors import RecordingError
from wvatui.recording.recorded import RecordedLines
from wvatui.recording.writer import Writer

CHUNK_BYTES = 1 << 16
POLLED = 2_000


class RunningRecording:
    """All parts of a recording as one stream, with every event once.

    The events that a later part repeats, and the footers between parts, are left out. Read once,
    from front to end; `poll` returns what was written since. A part that cannot be read is skipped
    with a notice. Raises RecordingError when no part can be read.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._lines = RecordedLines(str(writer.first_path), growing=True)
        self._next = 0
        self._whole = True
        self._rest = b""
        self._file: BinaryIO | None = None
        self.notices: list[str] = []
        """The parts that could not be read, one line each."""
        if not self._open_next():
            raise RecordingError(self.notices[-1])

    @property
    def path(self) -> Path:
        """Path of the part that is being written."""
        return self._writer.path

    def batches(self, count: int) -> Iterator[list[Event]]:
        """All events not read yet, in lists of at most `count`."""
        got: list[Event] = []
        while True:
            data = self._read()
            if not data:
                if self._open_next():
                    continue
                break
            lines, self._rest = split(self._rest + data)
            events = self._lines.feed(lines)
            got += [e for e in events if not (type(e) is Footer and e.next)]
            while len(got) >= count:
                yield got[:count]
                del got[:count]
        if got:
            yield got

    def poll(self) -> list[Event]:
        """Events written since the last call."""
        return [event for batch in self.batches(POLLED) for event in batch]

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self) -> bytes:
        if self._file is None:
            return b""
        try:
            return self._file.read(max(CHUNK_BYTES, len(self._rest))) or b""
        except OSError as error:
            path = self._writer.parts[self._next - 1].path
            self._miss(path, f"cannot be read: {error.strerror or error}")
            self.close()
            return b""

    def _open_next(self) -> bool:
        """Continue with the next part that can be opened; False: all of them were read."""
        while self._next < len(self._writer.parts):
            part = self._writer.parts[self._next]
            self._next += 1
            self.close()
            self._rest = b""
            if part.lost:
                self._miss(part.path, part.lost)
                continue
            try:
                self._file = part.path.open("rb", buffering=0)
                # When the part before it is lost, these repeated events are the only copy.
                self._file.seek(part.repeated if self._whole else 0)
            except OSError as error:
                self._miss(part.path, f"cannot be read: {error.strerror or error}")
                continue
            self._whole = True
            return True
        return False

    def _miss(self, path: Path, why: str) -> None:
        self._whole = False
        self.notices.append(f"{path}: {why}")
