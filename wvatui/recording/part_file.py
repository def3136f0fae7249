"""One file of a recording: whole lines or nothing, with room kept for its last ones.

Room for a gap and a footer is reserved beyond the end of the file where the file system can do
that, and always before a line is written. Where it cannot, or a limit on the size of files is
reached, the end replaces the last lines.
"""

import ctypes
import errno
import fcntl
import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from wvatui.core.events.codec import DamagedLine, decode
from wvatui.errors import UsageError
from wvatui.host import private

END_BYTES = 4_096
"""Room that is kept for the end of a recording."""
AHEAD_BYTES = 1 << 16
"""What is reserved on top of that while there is room, so that it is rarely asked for."""
TAIL_BYTES = 1 << 20
"""How much of the end is searched for lines to replace."""
_KEEP_SIZE = 1
"""FALLOC_FL_KEEP_SIZE: the file stays as long as it is, and its readers see nothing of it."""
_GAP, _OWN = b'{"k":"gap",', b'"source":"recording"'
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class FileChanged(NamedTuple):
    """What somebody else did to a file that is being written."""

    how: str
    """In words that follow its name: "was deleted"."""
    whole: bool
    """Whether all that was written is still somewhere."""
    where: Path | None = None
    """Where it is, if that is known."""


class PartFile:
    """A new file (0600) in its folder (made 0700 when it is not there), locked while it is open.

    `size` counts the bytes written, `head` those at its start without which the rest cannot be
    read. Raises UsageError when it cannot be made, or exists and is not empty.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = self.head = 0
        self._fd = _create(path)
        # A device or a pipe takes what it is given: it has no length, and no end to reserve.
        self._is_file = stat.S_ISREG(os.fstat(self._fd).st_mode)
        self._reserved = 0
        self._can_reserve = self._is_file
        self._half = False

    def append(self, data: bytes, *, last: bool = False) -> None:
        """All of `data`, or nothing of it: raises OSError. `last`: into the room that is kept."""
        if self._half:
            self._cut()
        if not last:
            self._reserve(self.size + len(data) + END_BYTES)
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError:
            # Half a line would be read as damage: go back to the last whole one.
            self._half = self._is_file
            if self._half:
                with suppress(OSError):
                    self._cut()
            raise
        self.size += len(data)

    def replace_end(self, make: Callable[[Sequence[bytes]], bytes]) -> None:
        """Put `make(lines)` where the last `lines` stand, as few as give enough room for it.

        The first `head` bytes stay. Raises OSError when that cannot be.
        """
        if self._half:
            self._cut()
        begin = max(self.head, self.size - TAIL_BYTES) if self._is_file else self.size
        tail = os.pread(self._fd, self.size - begin, begin)
        lines = tail.split(b"\n")[begin > self.head : -1]
        for count in range(1, len(lines) + 1):
            taken = lines[-count:]
            data, room = make(taken), sum(map(len, taken)) + count
            if len(data) <= room:
                flags = fcntl.fcntl(self._fd, fcntl.F_GETFL)
                # In its place: what is appended would need the room that there is not.
                fcntl.fcntl(self._fd, fcntl.F_SETFL, flags & ~os.O_APPEND)
                begin = self.size - room
                while data:
                    done = os.pwrite(self._fd, data, begin)
                    data, begin = data[done:], begin + done
                os.ftruncate(self._fd, begin)
                self.size = begin
                return
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def close(self) -> None:
        """Everything is on the disk, or OSError is raised; it is closed in either case."""
        try:
            if self._is_file:
                if os.fstat(self._fd).st_size == self.size:
                    os.ftruncate(self._fd, self.size)  # gives the reserved room back
                os.fsync(self._fd)
        finally:
            os.close(self._fd)

    # --- what others do to it

    def look(self) -> FileChanged | None:
        """What happened to it; None: it is as it was left, and where it was made."""
        if not self._is_file:
            return None
        try:
            mine = os.fstat(self._fd)
        except OSError:
            return None  # the next write says what is wrong
        there: os.stat_result | None = None
        try:
            there = os.stat(self.path)
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError:
            return None
        if mine.st_nlink == 0:
            return FileChanged("was deleted" if there is None else "was replaced", whole=False)
        if mine.st_size < self.size:
            return FileChanged("was shortened", whole=False, where=self.path)
        if mine.st_size > self.size and not self._half:
            return FileChanged("was changed by another program", whole=True, where=self.path)
        if there is not None and os.path.samestat(mine, there):
            return None
        where = self._now_at(mine)
        return FileChanged(
            "was renamed" + (f" to {where}" if where else ""), whole=True, where=where
        )

    def _now_at(self, mine: os.stat_result) -> Path | None:
        """Its new name, where the system tells."""
        with suppress(OSError):
            path = Path(os.readlink(f"/proc/self/fd/{self._fd}"))
            if os.path.samestat(mine, os.stat(path)):
                return path
        return None

    def kept(self) -> tuple[int, bytes]:
        """Of a file that was shortened: how many whole lines are left, and the last of them.

        Gaps in the recording itself do not count: they are no events.
        """
        count, rest, last = 0, b"", b""
        offset = 0
        with suppress(OSError):
            while data := os.pread(self._fd, TAIL_BYTES, offset):
                offset += len(data)
                *lines, rest = (rest + data).split(b"\n")
                count += sum(not (x.startswith(_GAP) and _OWN in x) for x in lines)
                last = lines[-1] if lines else last
        with suppress(DamagedLine):
            decode(rest)  # only its newline is gone
            count, last = count + 1, rest
        return count, last

    def leave(self, line: bytes = b"") -> None:
        """Close a file that somebody else changed; `line` tells its readers where it goes on."""
        with suppress(OSError):
            size = os.fstat(self._fd).st_size
            if line:
                os.write(self._fd, line if size == self.size else b"\n" + line)
        with suppress(OSError):
            os.close(self._fd)

    def discard(self) -> None:
        """Delete it: nothing was written."""
        with suppress(OSError):
            os.unlink(self.path)
        with suppress(OSError):
            os.close(self._fd)

    # --- room

    def _cut(self) -> None:
        os.ftruncate(self._fd, self.size)
        self._half = False
        self._reserved = self.size  # what stood beyond the end went with it

    def _reserve(self, end: int) -> None:
        """Room up to `end`, and some more if there is. Raises OSError when there is none."""
        if end <= self._reserved or not self._can_reserve:
            return
        error = 0
        for until in (end + AHEAD_BYTES, end):
            error = _fallocate(self._fd, self.size, until - self.size)
            if not error:
                self._reserved = until
                return
            if error not in _FULL:
                self._can_reserve = error == errno.EINTR
                return
        raise OSError(error, os.strerror(error))


@cache
def _libc_fallocate() -> Callable[..., int] | None:
    """The call that reserves without lengthening; `os.posix_fallocate` lengthens."""
    libc = ctypes.CDLL(None, use_errno=True)
    # off_t is 64 bits wide where there is no call of the first name.
    call = getattr(libc, "fallocate64", None) or getattr(libc, "fallocate", None)
    if call is not None:
        call.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    return call


def _fallocate(fd: int, offset: int, length: int) -> int:
    """Reserve; the number of the error, 0 for none."""
    call = _libc_fallocate()
    if call is None:
        return errno.EOPNOTSUPP
    return 0 if call(fd, _KEEP_SIZE, offset, length) == 0 else ctypes.get_errno()


def require_new(path: Path) -> None:
    """Raises UsageError for a file that has something in it."""
    if path.exists() and path.stat().st_size:
        raise UsageError(
            f"{path}: exists already",
            hint="a recording is never overwritten: name another file",
        )


def _create(path: Path) -> int:
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, mode=0o700)
        require_new(path)
        fd = private.opened(path, os.O_RDWR | os.O_APPEND)
    except OSError as error:
        raise UsageError(f"{path}: cannot record there: {error.strerror}") from None
    # Held while the session lasts, so that a list of sessions knows which are still growing.
    with suppress(OSError):
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return fd
