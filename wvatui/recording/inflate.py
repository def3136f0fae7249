"""Decompresses a file's bytes: gzip and zstd are recognised by the first bytes.

A few kilobytes can unpack to gigabytes, so data is unpacked in steps of bounded size, each taken
only after the one before it was read.
"""

import zlib
from typing import Any, Protocol

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
ZSTD_SKIPPABLE = b"\x2a\x4d\x18"  # after one byte 0x50 to 0x5f
STEP_BYTES = 1 << 20
"""Most bytes that are unpacked at once."""
GZIP_PIECE, ZSTD_PIECE = 1 << 16, 1 << 9
"""Packed bytes that are fed at once. zstd returns all that they unpack to in one go, at most 32,768
bytes for each: 16 MB."""
ZSTD_WINDOW_BYTES = 1 << 26
"""Largest window that zstd may look back to, and has to keep; its levels 1 to 19 need an eighth of
it."""


class Damaged(ValueError):  # noqa: N818 - the state of a file, not a malfunction
    """Packed data that cannot be unpacked from here on."""


class Inflate(Protocol):
    """Unpacks a stream piece by piece."""

    def feed(self, data: bytes) -> None:
        """Add the next bytes of the file; everything fed before must have been taken."""

    def take(self) -> bytes:
        """The next step of the unpacked data; empty when all of it was taken. Raises Damaged."""

    @property
    def is_whole(self) -> bool:
        """Whether the packed data so far is complete."""


def inflate_for(head: bytes) -> Inflate:
    """The decompressor for a file that begins with `head` (at least 4 bytes, or all there is)."""
    if head.startswith(GZIP):
        return _Gzip()
    if head.startswith(ZSTD) or (head[1:4] == ZSTD_SKIPPABLE and 0x50 <= head[0] <= 0x5F):
        return _Zstd()
    return _Plain()


class _Plain:
    is_whole = True

    def __init__(self) -> None:
        self._data = b""

    def feed(self, data: bytes) -> None:
        self._data = data

    def take(self) -> bytes:
        data, self._data = self._data, b""
        return data


class _Packed:
    """Keeps the bytes fed and hands them on in pieces."""

    piece_bytes: int

    def __init__(self) -> None:
        self._fed = b""
        self._at = 0

    def feed(self, data: bytes) -> None:
        self._fed, self._at = data, 0

    def _piece(self) -> bytes:
        piece = self._fed[self._at : self._at + self.piece_bytes]
        self._at += len(piece)
        return piece


class _Gzip(_Packed):
    """One gzip member after another, as `cat a.gz b.gz` makes them."""

    piece_bytes = GZIP_PIECE

    def __init__(self) -> None:
        super().__init__()
        self._member = zlib.decompressobj(wbits=31)
        self._piece_left = b""
        self._full = False
        self._broken: zlib.error | None = None

    @property
    def is_whole(self) -> bool:
        return self._member.eof

    def take(self) -> bytes:
        if self._broken is not None:
            raise Damaged(str(self._broken)) from None
        # A full step may have left unpacked data behind, even where no packed byte is left.
        while (data := self._piece_left or self._piece()) or self._full:
            if self._member.eof and data:
                data = data.lstrip(b"\x00")  # tape padding between members
                if not data:
                    self._piece_left = b""
                    continue
                self._member = zlib.decompressobj(wbits=31)
            out = self._unpack(data)
            member = self._member
            self._piece_left = member.unused_data if member.eof else member.unconsumed_tail
            self._full = len(out) == STEP_BYTES and not member.eof
            if out:
                return out
        return b""

    def _unpack(self, data: bytes) -> bytes:
        before = self._member.copy()
        try:
            return self._member.decompress(data, STEP_BYTES)
        except zlib.error as error:
            self._broken, self._member = error, before
        out = bytearray()
        try:
            for at in range(len(data)):  # the bytes before the damage are good
                out += before.decompress(data[at : at + 1])
        except zlib.error:
            if not out:
                raise Damaged(str(self._broken)) from None
        return bytes(out)


class _Zstd(_Packed):
    """One zstd frame after another."""

    piece_bytes = ZSTD_PIECE

    def __init__(self) -> None:
        import zstandard

        super().__init__()
        self._error = zstandard.ZstdError
        self._new = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES).decompressobj
        self._frame: Any = self._new()
        self._left = self._out = b""
        self._fresh = True

    @property
    def is_whole(self) -> bool:
        return self._fresh or bool(self._frame.eof)

    def take(self) -> bytes:
        try:
            while not self._out and (data := self._left or self._piece()):
                if self._frame.eof:
                    self._frame = self._new()
                self._fresh = False
                self._out = self._frame.decompress(data)
                self._left = self._frame.unused_data if self._frame.eof else b""
        except self._error as error:
            raise Damaged(str(error)) from None
        step, self._out = self._out[:STEP_BYTES], self._out[STEP_BYTES:]
        return step
