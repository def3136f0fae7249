"""Writing a session as it happens: whole lines, at once, in a file that only its owner can read.

A full disk pauses the recording and never the session; what is lost meanwhile is written as a gap
when there is room again. A file that grows beyond its limit is continued in a numbered part that
opens alone.
"""

import errno
import fcntl
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from wvatui.core.codec import encode
from wvatui.core.events import Event, Footer, Gap, Header, Variant
from wvatui.errors import UsageError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)
RETRY_S = 5.0
"""Session seconds between two tries while there is no room."""


class Part(NamedTuple):
    """One file of a recording."""

    path: Path
    repeated: int
    """Bytes at its start that repeat what was known before it; 0 in the first part."""


class Writer:
    """One recording being written; nothing is held back, so that it can be read while it grows.

    `parts` are its files, the first one first. `state` is "recording", "paused: …" or "finished";
    `size` counts the bytes of all parts.
    Raises UsageError when the file cannot be made, or exists and is not empty.
    """

    def __init__(
        self,
        path: Path,
        header: Header,
        *,
        max_bytes: int | None = None,
        known: Callable[[], Iterable[Event]] = tuple,
    ) -> None:
        self.first_path = self.path = Path(path)
        self.state = "recording"
        self.size = 0
        self._header = header
        self._max_bytes = max_bytes
        self._known = known
        self._part_size = 0
        self._events = 0
        self._lost_since: float | None = None
        self._lost = 0
        self._retry_at = 0.0
        self._now = header.at
        self._fd = _create(self.path)
        self.parts = [Part(self.path, 0)]
        self.write([header])

    def write(self, events: Sequence[Event]) -> None:
        """Append `events`, whole lines in one write. Never raises for want of room."""
        if self.state == "finished" or not events:
            return
        now = self._now = max(self._now, events[-1].at)
        if self._lost_since is not None:
            if now < self._retry_at:
                self._lost += len(events)
                return
            text = f"the disk was full: {self._lost} events were not recorded"
            gap = Gap(now, source="recording", since=self._lost_since, until=now, reason=text)
            events = [gap, *events]
        data = b"".join(encode(event) + b"\n" for event in events)
        if not self._append(data):
            if self._lost_since is None:
                self._lost_since = events[0].at
            self._lost += len(events)
            self._retry_at = now + RETRY_S
            return
        self._lost_since, self._lost, self.state = None, 0, "recording"
        self._events += len(events)
        if self._max_bytes is not None and self._part_size >= self._max_bytes:
            self._rotate(now)

    def _append(self, data: bytes) -> bool:
        """All of `data`, or nothing of it."""
        begin = os.lseek(self._fd, 0, os.SEEK_END)
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError as error:
            if error.errno not in _FULL:
                raise
            # Half a line would be read as damage: go back to the last whole one.
            os.ftruncate(self._fd, begin)
            self.state = f"paused: {error.strerror or 'no room'}"
            return False
        self._part_size += len(data)
        self.size += len(data)
        return True

    def _rotate(self, now: float) -> None:
        """Go on in the next part; the old one stays open where the new one cannot be made."""
        number = self._header.part + 1
        path = part_path(self.first_path, number)
        try:
            fd = _create(path)
        except UsageError as error:
            self._max_bytes = None
            self.state = f"recording (no new part: {error.message})"
            return
        footer = Footer(now, reason="rotated", events=self._events, next=path.name)
        self._append(encode(footer) + b"\n")
        os.close(self._fd)
        self._fd = fd
        self._part_size = 0
        known = [msgspec.structs.replace(event, at=now) for event in self._known()]
        variants = [event for event in known if isinstance(event, Variant)]
        self._header = msgspec.structs.replace(
            self._header,
            at=now,
            part=number,
            previous=self.path.name,
            model=next((v.model for v in variants if v.model), self._header.model),
            variants=tuple(sorted({v.name for v in variants})),
        )
        self.path = path
        self._append(b"".join(encode(event) + b"\n" for event in [self._header, *known]))
        self.parts.append(Part(path, self._part_size))

    def close(self, reason: str, *, decisions: int | None = None) -> None:
        """End the recording cleanly with a footer; safe to call twice."""
        if self.state == "finished":
            return
        footer = Footer(self._now, reason=reason, events=self._events, decisions=decisions)
        self._append(encode(footer) + b"\n")
        os.close(self._fd)
        self.state = "finished"


def part_path(first: Path, number: int) -> Path:
    """Name of a part: run.jsonl, run.2.jsonl, run.3.jsonl, …"""
    return first if number == 1 else first.with_name(f"{first.stem}.{number}{first.suffix}")


def _create(path: Path) -> int:
    """A new file (0600) in its folder (made 0700 when it is not there)."""
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, mode=0o700)
        if path.exists() and path.stat().st_size:
            raise UsageError(
                f"{path}: exists already",
                hint="a recording is never overwritten: name another file",
            )
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(f"{path}: cannot record there: {error.strerror}") from None
    # Held while the session lasts, so that a list of sessions knows which are still growing.
    with suppress(OSError):
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return fd
