"""One file of a recording, which holds only whole lines and keeps room for its last ones.

Room for a gap and a footer is reserved beyond the end of the file where the file system can do
that, and always before a line is written. Where it cannot, or a limit on file size is reached, the
end replaces the last lines.
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
"""Bytes reserved for the end of a recording."""
AHEAD_BYTES = 1 << 16
"""Bytes reserved in addition while there is room, so that reserving is rare."""
TAIL_BYTES = 1 << 20
"""Bytes at the end that are searched for lines to replace."""
_KEEP_SIZE = 1
"""FALLOC_FL_KEEP_SIZE: the file's length stays the same, so readers notice nothing."""
_GAP, _OWN = b'{"k":"gap",', b'"source":"recording"'
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class FileChanged(NamedTuple):
    """A change that another program made to a file that is being written."""

    how: str
    """In words that follow its name: "was deleted"."""
    whole: bool
    """Whether everything written still exists somewhere."""
    where: Path | None = None
    """The file's new path, if known."""


class PartFile:
    """A new file (0600) in its folder (created with 0700 if missing), locked while it is open.

    `size` counts the bytes written, `head` those at its start without which the rest cannot be
    read. Raises UsageError when it cannot be created, or exists and is not empty.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = self.head = 0
        self._fd = _create(path)
        # A device or a pipe has no length, and no end to reserve.
        self._is_file = stat.S_ISREG(os.fstat(self._fd).st_mode)
        self._reserved = 0
        self._can_reserve = self._is_file
        self._half = False

    def append(self, data: bytes, *, last: bool = False) -> None:
        """Append all of `data`, or nothing: then it raises OSError. `last`: use the reserved
        room."""
        if self._half:
            self._cut()
        if not last:
            self._reserve(self.size + len(data) + END_BYTES)
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError:
            # Half a line would be read as damage: truncate to the last whole one.
            self._half = self._is_file
            if self._half:
                with suppress(OSError):
                    self._cut()
            raise
        self.size += len(data)

    def replace_end(self, make: Callable[[Sequence[bytes]], bytes]) -> None:
        """Replace the last `lines` by `make(lines)`, as few of them as give enough room.

        The first `head` bytes stay. Raises OSError where there is not enough room.
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
                # Overwrite in place: appending would need the missing room.
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
        """Flush to disk and close. Raises OSError when the flush fails; the file is closed in any
        case."""
        try:
            if self._is_file:
                if os.fstat(self._fd).st_size == self.size:
                    os.ftruncate(self._fd, self.size)  # releases the reserved room
                os.fsync(self._fd)
        finally:
            os.close(self._fd)

    # --- what others do to it

    def look(self) -> FileChanged | None:
        """The change that another program made to the file; None: it is as this one left it."""
        if not self._is_file:
            return None
        try:
            mine = os.fstat(self._fd)
        except OSError:
            return None  # the next write reports the error
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
        """The file's new path, where the system can tell."""
        with suppress(OSError):
            path = Path(os.readlink(f"/proc/self/fd/{self._fd}"))
            if os.path.samestat(mine, os.stat(path)):
                return path
        return None

    def kept(self) -> tuple[int, bytes]:
        """Of a shortened file: how many whole lines are left, and the last of them.

        Gaps in the recording itself do not count, as they are not observed events.
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
            decode(rest)  # complete but for its newline
            count, last = count + 1, rest
        return count, last

    def leave(self, line: bytes = b"") -> None:
        """Close a file that another program changed; `line` tells its readers which file continues
        it."""
        with suppress(OSError):
            size = os.fstat(self._fd).st_size
            if line:
                os.write(self._fd, line if size == self.size else b"\n" + line)
        with suppress(OSError):
            os.close(self._fd)

    def discard(self) -> None:
        """Delete the file, as nothing was written."""
        with suppress(OSError):
            os.unlink(self.path)
        with suppress(OSError):
            os.close(self._fd)

    # --- room

    def _cut(self) -> None:
        os.ftruncate(self._fd, self.size)
        self._half = False
        self._reserved = self.size  # room beyond the end was released with it

    def _reserve(self, end: int) -> None:
        """Reserve room up to `end`, and more if possible. Raises OSError when there is none."""
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
    """The libc call that reserves room without lengthening the file; `os.posix_fallocate` lengthens
    it. None: not available."""
    libc = ctypes.CDLL(None, use_errno=True)
    # off_t has 64 bits where the first name does not exist.
    call = getattr(libc, "fallocate64", None) or getattr(libc, "fallocate", None)
    if call is not None:
        call.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    return call


def _fallocate(fd: int, offset: int, length: int) -> int:
    """Reserve room; returns the error number, 0 for success."""
    call = _libc_fallocate()
    if call is None:
        return errno.EOPNOTSUPP
    return 0 if call(fd, _KEEP_SIZE, offset, length) == 0 else ctypes.get_errno()


def require_new(path: Path) -> None:
    """Raises UsageError for a file that exists and is not empty."""
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
    # The lock is held while the session lasts, so that a list of sessions knows which are growing.
    with suppress(OSError):
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return fd
