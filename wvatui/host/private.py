"""Files that only their owner can read: what wvatui writes tells of a cluster and of who uses it.

The mode is given when a file is made, never afterwards: nobody can open it in between.
"""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from wvatui.errors import OutputError, UsageError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def opened(path: Path, flags: int) -> int:
    """A descriptor of `path`, which is made (0600) when it is not there. Raises OSError."""
    return os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """`path` to write text into: all of it is there at the end, or nothing has changed.

    What stood there is replaced; a pipe or a device is written to. Raises OSError, with `path`.
    """
    target = path.resolve()
    in_place = target.exists() and not target.is_file()
    other = ""
    try:
        if in_place:
            handle = os.open(target, os.O_WRONLY | os.O_CLOEXEC)
        else:
            handle, other = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as file:
            yield file
        if other:
            os.replace(other, target)
    except BaseException as error:
        if other:
            with suppress(OSError):
                os.unlink(other)
        if isinstance(error, OSError):
            error.filename = str(path)
        raise


def write(path: Path, text: str) -> None:
    """Write all of `path`, or nothing. Raises OSError."""
    with writing(path) as file:
        file.write(text)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """What the system says while `path`, which was asked for, is written, in words.

    Raises UsageError for a place where nothing can be written, OutputError for a full disk.
    """
    try:
        yield
    except OSError as error:
        words = f"{path}: cannot be written: {error.strerror or error}"
        raise (OutputError if error.errno in _FULL else UsageError)(words) from None
