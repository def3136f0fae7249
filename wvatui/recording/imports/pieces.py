"""The pieces of a foreign source: one file, the members of an archive, or the files of a folder.

Each piece is given once, with its bytes; archives and folders are read piece by piece, so that
memory holds only what an importer keeps of them.
"""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from wvatui.errors import RecordingError
from wvatui.recording.inflate import Damaged, inflate_for

PIECES = 200_000
"""Most files of one source that are looked at."""
PIECE_BYTES = 1 << 30
"""Most bytes that are read of one file."""
HEAD_BYTES = 1 << 16
"""Bytes at the start of a piece that decide its form."""
_TAR = slice(257, 262)


class Piece(NamedTuple):
    """One file. `name`: within its source. `written_at`: UTC epoch seconds, where known. `is_cut`:
    it was packed, and only part of it could be unpacked."""

    name: str
    content: bytes
    written_at: float | None = None
    is_cut: bool = False

    @property
    def head(self) -> bytes:
        """The bytes that decide its form."""
        return self.content[:HEAD_BYTES]

    @property
    def base(self) -> str:
        """Its name without folders."""
        return self.name.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The folders in its name."""
        return self.name.rpartition("/")[0]


def is_archive(head: bytes) -> bool:
    """Whether an unpacked file that begins with `head` is a tar archive."""
    return head[_TAR] == b"ustar"


def pieces_in(piece: Piece, folder: str = "") -> Iterator[Piece]:
    """The members of an archive, named as within `folder`; the piece itself where it is no archive.
    Raises RecordingError."""
    if not is_archive(piece.content):
        yield piece
        return
    try:
        with tarfile.open(fileobj=io.BytesIO(piece.content), mode="r:") as archive:
            for count, member in enumerate(archive):
                if count >= PIECES:
                    raise RecordingError(f"{piece.name}: more than {PIECES:,} files")
                if member.size > PIECE_BYTES:
                    raise RecordingError(
                        f"{piece.name}: {member.name}: larger than {PIECE_BYTES >> 30} GB"
                    )
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None:
                    data, is_cut = _unpacked(content.read())
                    name = f"{folder}/{member.name}" if folder else member.name
                    yield Piece(name, data, float(member.mtime) or None, is_cut)
            if 0 < len(piece.content) - archive.offset < tarfile.BLOCKSIZE:
                # tarfile takes half a header for the end of the archive.
                raise tarfile.ReadError("unexpected end of data")
    except (tarfile.TarError, ValueError, OSError) as error:
        raise RecordingError(f"{piece.name}: a damaged archive: {error}") from None


def pieces_under(folder: Path, most: int = PIECE_BYTES) -> Iterator[Piece]:
    """The files of a folder and its subfolders, by name, at most `most` bytes of each; hidden ones
    are skipped."""
    for count, path in enumerate(sorted(folder.rglob("*"))):
        if count >= PIECES:
            raise RecordingError(f"{folder}: more than {PIECES:,} files")
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in name.split("/")) or not path.is_file():
            continue
        yield read_piece(path, name, most)


def read_piece(path: Path, name: str, most: int = PIECE_BYTES) -> Piece:
    """One file, unpacked, at most `most` bytes of it. Raises RecordingError."""
    try:
        status = path.stat()
        if most == PIECE_BYTES < status.st_size:
            raise RecordingError(f"{path}: larger than {PIECE_BYTES >> 30} GB")
        with path.open("rb") as file:
            data, is_cut = _unpacked(file.read(most))
        return Piece(name, data, status.st_mtime, is_cut)
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror or error}") from None


def _unpacked(data: bytes) -> tuple[bytes, bool]:
    """`data` unpacked from gzip or zstd as far as possible, and whether part of it is missing."""
    if len(data) < 4:
        return data, False
    inflate, parts, size = inflate_for(data[:4]), [], 0
    try:
        inflate.feed(data)
        while size < PIECE_BYTES and (part := inflate.take()):
            parts.append(part)
            size += len(part)
    except Damaged:
        return b"".join(parts), True
    return b"".join(parts), size >= PIECE_BYTES or not inflate.is_whole
