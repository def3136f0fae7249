"""The encoding of a text file: UTF-16, which PowerShell's `>` writes, is converted to UTF-8."""

import codecs
from typing import Protocol


class Recode(Protocol):
    """Converts a stream of bytes to UTF-8, piece by piece."""

    name: str
    """Name of the encoding; empty where nothing needs converting."""

    def __call__(self, data: bytes) -> bytes:
        """The next bytes of the file as UTF-8."""


class _Same:
    name = ""

    def __call__(self, data: bytes) -> bytes:
        return data


class _Utf16:
    name = "UTF-16"

    def __init__(self, order: str) -> None:
        """`order`: byte order, le or be. A byte order mark is dropped from the first piece."""
        self._decoder = codecs.getincrementaldecoder(f"utf-16-{order}")("replace")
        self._begun = False

    def __call__(self, data: bytes) -> bytes:
        text = self._decoder.decode(data)
        if text and not self._begun:
            text, self._begun = text.removeprefix("\ufeff"), True
        return text.encode("utf-8", "replace")


def recode_for(head: bytes) -> Recode:
    """The converter to UTF-8 for a file that begins with `head`.

    Without a byte order mark, a file counts as UTF-16 where every other one of its first four bytes
    is zero: logs begin with ASCII.
    """
    if head.startswith(codecs.BOM_UTF16_LE) or (head[1:4:2] == b"\0\0" and all(head[0:4:2])):
        return _Utf16("le")
    if head.startswith(codecs.BOM_UTF16_BE) or (head[0:4:2] == b"\0\0" and all(head[1:4:2])):
        return _Utf16("be")
    return _Same()
