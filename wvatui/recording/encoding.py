"""Bytes of a text file in UTF-8: what PowerShell's `>` wrote in UTF-16 is turned into it."""

import codecs
from typing import Protocol


class Recode(Protocol):
    """Turns a stream of bytes into UTF-8 piece by piece."""

    name: str
    """Of the encoding; empty where nothing has to be turned."""

    def __call__(self, data: bytes) -> bytes:
        """The next bytes of the file as UTF-8."""


class _Same:
    name = ""

    def __call__(self, data: bytes) -> bytes:
        return data


class _Utf16:
    name = "UTF-16"

    def __init__(self, order: str) -> None:
        """`order` of its bytes: le or be. The byte order mark goes with the first piece."""
        self._decoder = codecs.getincrementaldecoder(f"utf-16-{order}")("replace")
        self._begun = False

    def __call__(self, data: bytes) -> bytes:
        text = self._decoder.decode(data)
        if text and not self._begun:
            text, self._begun = text.removeprefix("\ufeff"), True
        return text.encode("utf-8", "replace")


def recode_for(head: bytes) -> Recode:
    """What turns a file that begins with `head` into UTF-8.

    Without a byte order mark it is UTF-16 where every other byte of its first four is zero: no log
    begins with anything but ASCII.
    """
    if head.startswith(codecs.BOM_UTF16_LE) or (head[1:4:2] == b"\0\0" and all(head[0:4:2])):
        return _Utf16("le")
    if head.startswith(codecs.BOM_UTF16_BE) or (head[0:4:2] == b"\0\0" and all(head[1:4:2])):
        return _Utf16("be")
    return _Same()
