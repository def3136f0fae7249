"""Opens a recording or a controller's log for replay, plain or compressed.

The content decides which of them a file is, never its name. Irregularities become notices; only a
file that cannot be read at all is an error.
"""

import io
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from wvatui.core.events import Event
from wvatui.core.events.redact_event import redacted
from wvatui.core.lines import split
from wvatui.errors import RecordingError
from wvatui.recording.changes.changed import Changed, RawLines
from wvatui.recording.changes.narrowing import Narrowing
from wvatui.recording.changes.noted import goes_on, noted
from wvatui.recording.encoding import Recode, recode_for
from wvatui.recording.imported import ImportedLines
from wvatui.recording.imports.forms import WholeFile, WholeFolder, is_foreign
from wvatui.recording.imports.pieces import PIECE_BYTES, pieces_under
from wvatui.recording.imports.run_folder import session_file
from wvatui.recording.inflate import Damaged, Inflate, inflate_for
from wvatui.recording.library import begun_anew, beside
from wvatui.recording.recorded import MARK, RecordedLines, holds_a_recording, quotes_a_recording

CHUNK_BYTES = 1 << 16
"""Bytes per read. For more the system allocates fresh memory each time, which costs more than the
read itself."""
POLLED_CHUNKS = 16
HEAD_BYTES = 1 << 16
"""Bytes at a file's start that decide what it is."""
LINE_BYTES = 32 << 20
"""Longer lines are cut, as no log has such lines."""
LINES_LIMIT = 20_000_000
"""Most lines of a file that are read, as their events are held in memory."""
UNPACKED_BYTES, UNPACKED_RATIO = 1 << 26, 200
"""A packed file may unpack to this many bytes, plus this many for each of its own."""
STDIN_NAME = "standard input"


def _redacted(events: Iterable[Event]) -> Iterator[Event]:
    """The events without credentials, even in raw log lines."""
    return (redacted(event, logs=True) for event in events)


def open_recording(
    source: Path | BinaryIO,
    *,
    follow: bool = False,
    redact: bool = False,
    namespace: str = "",
    parts: bool = False,
) -> "Reader":
    """Open a recording or a log; a binary file object is a pipe, read as data arrives.

    `follow`: more may be written, and reading a pipe never waits. If a recording was moved or
    deleted while it was being written, the file that continues it is followed. `redact`: hide
    credentials in all events, even in raw log lines. `namespace`: read this one only. `parts`: read
    the recording with its later parts as one. Raises RecordingError where the source is missing,
    empty, or neither of the two.
    """
    if isinstance(source, Path):
        name = str(source)
        try:
            if follow and not source.exists():
                source = begun_anew(source) or source
                name = str(source)
            source = session_file(source)
            if source.is_dir():
                lines = WholeFolder(name, pieces_under(source))
                return Reader.of(lines, name, source, redact=redact, namespace=namespace)
            name = str(source)
            file = source.open("rb", buffering=0)
            return Reader(
                file, name, source, follow=follow, redact=redact, namespace=namespace, parts=parts
            )
        except OSError as error:
            raise RecordingError(f"{name}: {error.strerror or error}") from None
    return Reader(source, STDIN_NAME, None, follow=follow, redact=redact, namespace=namespace)


class Reader:
    """An opened source of events, read once from front to end.

    `path` is None for a pipe. `notices` are complete once all was read.
    """

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        path: Path | None,
        *,
        follow: bool,
        redact: bool,
        namespace: str,
        parts: bool = False,
        lines: RawLines | None = None,
    ) -> None:
        self.path = path
        self.name = name
        self._file = file
        self._follow = follow
        self._with_parts = follow or parts
        self.redact = redact
        self.namespace = namespace
        self._rest = b""
        self._trouble, self._earlier = "", list[str]()  # of this part, of the parts before
        self._identity = _identity(file)
        self._followed = {self._identity}
        self._done = self._stopped = self._in_long_line = False
        self._line_count = self._unpacked_bytes = 0
        self.heard: Callable[[int, int], None] = lambda read, whole: None
        """Called after each piece with the bytes of a part read and its size; 0: a pipe's."""
        head = self._first_bytes()
        self._read_bytes = len(head)
        self._inflate: Inflate = inflate_for(head)
        self._inflate.feed(head)
        self._recode: Recode | None = None
        self._ready = self._next()
        if lines is None:
            self._read_head()
        lines = lines or self._sniff()
        self._whole = lines if isinstance(lines, WholeFile) else None
        self._noted = self._lines = lines if path is None else noted(lines, path)
        if redact:
            self._lines = Changed(self._lines, _redacted)
        if namespace:
            self._lines = Changed(self._lines, Narrowing(name, namespace).take)
        if follow and path is None:
            os.set_blocking(file.fileno(), False)

    @classmethod
    def of(
        cls, lines: RawLines, name: str, path: Path | None, *, redact: bool, namespace: str
    ) -> "Reader":
        """A reader of a source that is no single file: `lines` gives all events at its end."""
        none = io.BytesIO(b"\n")
        return cls(none, name, path, follow=False, redact=redact, namespace=namespace, lines=lines)

    @property
    def notices(self) -> list[str]:
        """Notices about the source, one line each."""
        return [*self._earlier, *self._lines.notices, *filter(None, [self._trouble])]

    # --- reading

    def events(self) -> Iterator[Event]:
        """All events that the source holds now, in order."""
        for batch in self.batches(2_000):
            yield from batch

    def batches(self, count: int) -> Iterable[list[Event]]:
        """All events in lists of about `count`."""
        try:
            yield from self._batches(count)
        finally:
            self.heard(self._read_bytes, self._read_bytes)  # even where the caller stops early
            if not self._follow:
                self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _batches(self, count: int) -> Iterator[list[Event]]:
        got: list[Event] = []
        while True:
            data, self._ready = self._ready, b""
            if not data and not self._done:
                data = self._next()
            if not data and self._goes_on():
                continue
            if not data and (self._done or self._follow):
                break
            lines = self._split(data)
            for begin in range(0, len(lines), count):
                got += self._lines.feed(lines[begin : begin + count])
                while len(got) >= count:
                    yield got[:count]
                    del got[:count]
            if not got:
                yield []  # all must be read before any event is given: others get a turn meanwhile
        if not self._follow:
            rest, self._rest = self._rest, b""
            for event in self._lines.finish(rest):
                got.append(event)
                if len(got) >= count:
                    yield got
                    got = []
            self._end()
        got += self._lines.caught_up()
        if got:
            yield got

    def poll(self) -> list[Event]:
        """Events added since the last call; empty: none."""
        events: list[Event] = []
        for _ in range(POLLED_CHUNKS if self._follow else 0):
            data = self._next()
            if not data and self._goes_on():
                data, self._ready = self._ready, b""
            if not data:
                if self._is_shorter():
                    self._trouble = (
                        "it became shorter while it was read: what came after that is not shown"
                    )
                break
            events += self._lines.feed(self._split(data))
        return events + self._lines.caught_up()

    @property
    def _size(self) -> int:
        """Size of the file in bytes; 0 for a pipe."""
        return 0 if self.path is None else os.fstat(self._file.fileno()).st_size

    def _is_shorter(self) -> bool:
        """Whether the file is shorter than what was read already: additions are then not seen."""
        if self.path is None:
            return False
        try:
            return os.fstat(self._file.fileno()).st_size < self._file.tell()
        except OSError:
            return False

    def _goes_on(self) -> bool:
        """Open the next part of a recording read with its parts, once it contains something."""
        name, part = self._lines.next_part, os.path.basename(self.name)
        path = beside(self.path, name) if self._with_parts and self.path is not None else None
        if path is None:
            return False
        try:
            following = open_recording(
                path, follow=self._follow, redact=self.redact, namespace=self.namespace
            )
        except RecordingError:
            return False
        if following._identity in self._followed:
            following.close()
            self._stop(f"it goes on in {name}, which was read already: read up to there")
            return False
        self._followed.add(following._identity)
        following._lines = goes_on(self._noted, following._lines)
        self._earlier += [f"{part}: {n}" for n in self._lines.notices if not n.endswith(name)]
        self.close()
        self.path, self.name, self._file = path, following.name, following._file
        self._lines = self._noted = following._lines
        self._inflate, self._recode = following._inflate, following._recode
        self._ready, self._rest, self._done = following._ready, b"", False
        self._read_bytes, self._unpacked_bytes = following._read_bytes, following._unpacked_bytes
        return True

    def _read(self) -> bytes:
        """The next bytes; empty at the end, and while a pipe has none."""
        try:
            data: bytes | None = self._file.read(max(CHUNK_BYTES, len(self._rest)))
        except OSError as error:
            raise RecordingError(f"{self.name}: cannot be read: {error.strerror}") from None
        if data is None:
            return b""
        if not data and not self._follow:
            self._done = True
        return data

    def _split(self, data: bytes) -> list[bytes]:
        if self._whole is not None:
            self._whole.add(data)
            if self._unpacked_bytes > PIECE_BYTES:
                raise RecordingError(f"{self.name}: larger than {PIECE_BYTES >> 30} GB")
            return []
        lines, self._rest = split(self._rest + data)
        if self._in_long_line and lines:
            lines[0], self._in_long_line = b"", False
        if len(self._rest) > LINE_BYTES:
            self._rest, self._in_long_line = b"", True
            self._trouble = f"a line of more than {LINE_BYTES >> 20} MB was passed over"
        self._line_count += len(lines)
        over = self._line_count - LINES_LIMIT
        if over > 0:
            self._stop(f"more than {LINES_LIMIT:,} lines: the rest was not read")
            del lines[max(0, len(lines) - over) :]
            self._rest = b""
        return lines

    def _next(self) -> bytes:
        """The next step of unpacked bytes; empty at the end, and while there are none yet."""
        if self._stopped:
            return b""
        try:
            while not (out := self._inflate.take()):
                data = self._read()
                if not data:
                    self.heard(self._read_bytes, self._read_bytes)
                    return b""
                self._read_bytes += len(data)
                self.heard(self._read_bytes, self._size)
                self._inflate.feed(data)
        except Damaged as damage:
            self._stop(f"the compressed data is damaged, read up to there ({damage})")
            return b""
        self._unpacked_bytes += len(out)
        if self._unpacked_bytes > UNPACKED_BYTES + UNPACKED_RATIO * self._read_bytes:
            self._stop(f"it unpacks to more than {UNPACKED_RATIO} times its size, read up to there")
        if self._recode is None:
            self._recode = recode_for(out)
        return self._recode(out) or self._next()

    def _stop(self, trouble: str) -> None:
        """Stop reading because of `trouble`."""
        self._trouble = trouble
        self._stopped = self._done = True

    def _end(self) -> None:
        if not self._inflate.is_whole and not self._trouble:
            self._trouble = "the compressed file is cut off, read up to there"

    # --- what it is

    def _first_bytes(self) -> bytes:
        head = b""
        while len(head) < 4:
            data = self._file.read(CHUNK_BYTES)
            if not data:
                break
            head += data
        if not head:
            self.close()
            raise RecordingError(f"{self.name}: is empty: nothing was recorded")
        return head

    def _read_head(self) -> None:
        """Read enough of the unpacked data to recognise its form."""
        while b"\n" not in self._ready and len(self._ready) < HEAD_BYTES and not self._done:
            data = self._next()
            if not data:
                break
            self._ready += data
        if not self._ready.strip():
            self.close()
            raise RecordingError(f"{self.name}: nothing in it can be read")

    def _sniff(self) -> RawLines:
        head = self._ready[:HEAD_BYTES]
        # A recording counts as one even if only half of its first line was written.
        if MARK.startswith(head) or holds_a_recording(head):
            return RecordedLines(self.name, growing=self._follow)
        if quotes_a_recording(head):
            self.close()
            raise RecordingError(
                f"{self.name}: a recording of wvatui, but not as it was written: quoted, in a list,"
                " or spread over lines",
                hint="take off what is around its lines; `jq -c .` makes a line of each event"
                " again, `jq -c '.[]'` those of a list",
            )
        if is_foreign(head, self.name):
            changed_at = self._changed_at() if self.path is not None else None
            return WholeFile(self.name, changed_at, growing=self._follow)
        if b"\x00" in head[:4096] and head.count(b"\x00") * 50 > len(head[:4096]):
            raise self._foreign()
        if head.count(b"\n") == 0 and not head.isascii() and _is_binary(head):
            raise self._foreign()
        return ImportedLines(
            Path(self.name).name if self.path is not None else self.name,
            self._changed_at(),
            encoding=self._recode.name if self._recode is not None else "",
            growing=self._follow,
        )

    def _foreign(self) -> RecordingError:
        self.close()
        return RecordingError(
            f"{self.name}: neither a recording nor a controller's log",
            hint="expected a .jsonl of wvatui, output of `kubectl logs`, or what `import` takes",
        )

    def _changed_at(self) -> float:
        """When the file was modified, UTC epoch seconds: the time of a log without times."""
        try:
            status = os.fstat(self._file.fileno())
        except (OSError, ValueError):
            return time.time()
        return status.st_mtime if stat.S_ISREG(status.st_mode) else time.time()


def _identity(file: BinaryIO) -> tuple[int, int]:
    """Identity of a file (device, inode), whatever name it was opened by."""
    try:
        status = os.fstat(file.fileno())
    except (OSError, ValueError):
        return (0, 0)
    return status.st_dev, status.st_ino


def _is_binary(head: bytes) -> bool:
    return (text := head.decode("utf-8", "replace")).count("\ufffd") * 20 > len(text)
