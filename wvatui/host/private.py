"""Files that only their owner can read, as wvatui's files describe a cluster and its users.

The mode is set when a file is created, not afterwards, so nobody can open it in between.
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
    """A descriptor of `path`, created with mode 0600 when it does not exist. Raises OSError."""
    return os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """A text file to write `path` with; at the end either all of it is there or nothing has
    changed.

    An existing file is replaced; a pipe or a device is written to directly. Raises OSError that
    names `path`.
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
    """Context that turns errors of writing `path`, which the user named, into messages.

    Raises UsageError where `path` cannot be written, OutputError for a full disk.
    """
    try:
        yield
    except OSError as error:
        words = f"{path}: cannot be written: {error.strerror or error}"
        raise (OutputError if error.errno in _FULL else UsageError)(words) from None
