"""Bytes of a file, packed or not: gzip and zstd are known by their first bytes, never by name."""

import zlib
from typing import Any, Protocol

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
ZSTD_SKIPPABLE = b"\x2a\x4d\x18"  # after one byte 0x50 to 0x5f


class Damaged(ValueError):  # noqa: N818 - the state of a file, not a malfunction
    """Packed data that cannot be unpacked from here on."""


class Inflate(Protocol):
    """Unpacks a stream piece by piece."""

    def feed(self, data: bytes) -> bytes:
        """What `data` unpacks to. Raises Damaged."""

    @property
    def is_whole(self) -> bool:
        """Whether the packed data so far ends where it should."""


def inflate_for(head: bytes) -> Inflate:
    """What unpacks a file that begins with `head` (at least 4 bytes, or all there is)."""
    if head.startswith(GZIP):
        return _Gzip()
    if head.startswith(ZSTD) or (head[1:4] == ZSTD_SKIPPABLE and 0x50 <= head[0] <= 0x5F):
        return _Zstd()
    return _Plain()


class _Plain:
    is_whole = True

    def feed(self, data: bytes) -> bytes:
        return data


class _Gzip:
    """One gzip member after another, as `cat a.gz b.gz` makes them."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)

    @property
    def is_whole(self) -> bool:
        return self._member.eof

    def feed(self, data: bytes) -> bytes:
        out = bytearray()
        try:
            while data:
                if self._member.eof:
                    data = data.lstrip(b"\x00")  # tape padding between members
                    if not data:
                        break
                    self._member = zlib.decompressobj(wbits=31)
                out += self._member.decompress(data)
                data = self._member.unused_data
        except zlib.error as error:
            raise Damaged(str(error)) from None
        return bytes(out)


class _Zstd:
    """One zstd frame after another."""

    def __init__(self) -> None:
        import zstandard

        self._error = zstandard.ZstdError
        self._new = zstandard.ZstdDecompressor().decompressobj
        self._frame: Any = self._new()
        self._fresh = True

    @property
    def is_whole(self) -> bool:
        return self._fresh or bool(self._frame.eof)

    def feed(self, data: bytes) -> bytes:
        out = bytearray()
        try:
            while data:
                if self._frame.eof:
                    self._frame = self._new()
                self._fresh = False
                out += self._frame.decompress(data)
                data = self._frame.unused_data if self._frame.eof else b""
        except self._error as error:
            raise Damaged(str(error)) from None
        return bytes(out)
