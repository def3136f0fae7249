"""Writes a session as it happens: whole lines, at once, to a file that only its owner can read.

When the disk is full or fails, the recording pauses and the session goes on; events lost meanwhile
are counted and written as a gap once there is room again, at the latest with the footer. A file
that another program deletes, renames or changes is left alone, and the recording continues in a new
file beside it. A file that reaches its size limit is continued in a numbered part. Each part can be
opened alone.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple

import msgspec

from wvatui.core.events import Event, Footer, Gap, Header, Variant
from wvatui.core.events.codec import DamagedLine, decode, encode
from wvatui.core.queries.health.missing import Missing, joined
from wvatui.errors import UsageError
from wvatui.recording.part_file import FileChanged, PartFile

RETRY_S = 5.0
"""Session seconds between two tries while nothing can be written."""


class RecordingPart(NamedTuple):
    """One file of a recording."""

    path: Path
    repeated: int
    """Bytes at its start that repeat facts known before it; 0 in the first part."""
    lost: str = ""
    """Why some or all of the part's content can no longer be read."""


class Writer:
    """A recording being written; nothing is buffered, so it can be read while it grows.

    `parts` are its files in order. `state` is "recording", "paused: …" or "finished"; `size` counts
    the bytes of all parts; `news` describes the last change of its state, in words. Raises
    UsageError when the file cannot be created, or exists and is not empty.
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
        self.news = ""
        self._header = header
        self._max_bytes = max_bytes
        self._known = known
        self._events = 0
        self._part_events = 0
        self._head_lines = 1
        self._written_before = 0
        self._told: Missing | None = None
        """The losses that gaps in the recording report."""
        self._lost: Missing | None = None
        """The losses that the next gap will report."""
        self._troubles: list[str] = []
        self._retry_at = self._rotate_at = self._now = header.at
        self._file: PartFile | None = PartFile(self.path)
        self._former: PartFile | None = None
        """A file that another program removed or changed, until the next part is begun."""
        self._change = ""
        """What happened to that file, in words."""
        self.parts = [RecordingPart(self.path, 0)]
        try:
            self._put([])
        except OSError as error:
            self._pause(error)

    @property
    def size(self) -> int:
        """Bytes written, in all parts."""
        return self._written_before + (self._file.size if self._file is not None else 0)

    @property
    def missing(self) -> Missing | None:
        """The events missing from the recording; None: it is complete."""
        return joined((self._told, self._lost))

    @property
    def incomplete(self) -> str:
        """What is wrong with the recording, in words; empty: it is complete."""
        missing = self.missing
        return "; ".join([*([str(missing)] if missing else []), *self._troubles])

    def write(self, events: Sequence[Event]) -> None:
        """Append `events`, whole lines in one write. Never raises for errors of the disk."""
        if self.state == "finished" or not events:
            return
        self._now = max(self._now, events[-1].at)
        self._look()
        if self._now >= self._retry_at:
            try:
                self._put(events)
            except (OSError, UsageError) as error:
                self._pause(error)
            else:
                self._rotate()
                return
        self._lose(Missing(len(events), events[0].at, self._now, self.state.partition(": ")[2]))

    def look(self) -> None:
        """Continue in a new file when another program removed or changed this one. Call this
        often."""
        if self.state == "finished":
            return
        self._look()
        if self._file is None and self._now >= self._retry_at:
            try:
                self._put([])
            except (OSError, UsageError) as error:
                self._pause(error)

    def close(self, reason: str, *, decisions: int | None = None) -> None:
        """End the recording with a footer, after any pending gap. Safe to call twice."""
        if self.state == "finished":
            return
        self._look()
        lost, before = self._lost, self._told
        first: list[Event] = []

        def end(taken: Sequence[bytes] = ()) -> bytes:
            nonlocal lost, before
            lost, before = self._taking(taken)
            whole = joined((before, lost))
            footer = Footer(
                self._now,
                reason=reason,
                decisions=decisions,
                events=self._events + len(first) + bool(lost) - len(taken),
                missing=whole.events if whole else 0,
                missing_since=whole.since if whole else None,
                missing_until=whole.until if whole else None,
            )
            return _lines([*([lost.gap(self._now)] if lost else []), footer])

        try:
            file = self._file or self._beside()
            head = self._head() if not file.size else []
            first = head[:1] if self._header.part == 1 else []
            try:
                file.append(_lines(head) + end(), last=True)
            except OSError as error:
                self.state = f"paused: {_words(error)}"
                file.replace_end(end)
            self.state, self._told = "finished", before
            self._begun(file, lost)
        except (OSError, UsageError) as error:
            self._troubles.append(f"the recording has no end: {_words(error)}")
        self._shut(self._file)
        if self._former is not None:
            self._former.leave()
        self.state = "finished"

    # --- writing

    def _put(self, events: Sequence[Event]) -> None:
        """Append the pending gap, and `events`. Raises OSError or UsageError."""
        file = self._file or self._beside()
        head = self._head() if not file.size else []
        lost = self._lost._replace(until=self._now) if self._lost else None
        gap = [lost.gap(self._now)] if lost else []
        first = _lines(head)
        file.append(first + _lines([*gap, *events]))
        if head:
            file.head, self._head_lines = len(first), len(head)
            self._events += self._header.part == 1
        self._events += len(gap) + len(events)
        self._part_events += len(events)
        self._begun(file, lost)
        self.state = "recording"

    def _head(self) -> list[Event]:
        """The header of the part that begins, and the facts known then."""
        if self._header.part == 1 and self._lost is None:
            return [self._header]
        known = [msgspec.structs.replace(event, at=self._now) for event in self._known()]
        return [self._header, *known]

    def _pause(self, error: OSError | UsageError) -> None:
        self.state = f"paused: {_words(error)}"
        news = f"recording {self.state}; what happens now is not recorded"
        self.news = f"{self._change}; {news}" if self._change else news
        self._retry_at = self._now + RETRY_S

    def _lose(self, lost: Missing) -> None:
        before = self._lost
        self._lost = joined((before, lost))
        if before is not None and self._lost is not None:
            # Two losses with no line between them count as one gap.
            whys = dict.fromkeys([*before.why.split("; "), lost.why])
            self._lost = self._lost._replace(stretches=1, why="; ".join(whys))

    def _taking(self, lines: Sequence[bytes]) -> tuple[Missing | None, Missing | None]:
        """The losses to report when the end replaces `lines`: in the end itself, and in earlier
        gaps."""
        if not lines:
            return self._lost, self._told
        events = []
        for line in lines:
            with suppress(DamagedLine):
                events.append(decode(line))
        gaps = [event for event in events if isinstance(event, Gap) and event.is_of_recording]
        why = self._lost.why if self._lost else self.state.partition(": ")[2]
        since = min([*(event.at for event in events[:1]), *(gap.since for gap in gaps), self._now])
        lost, more = sum(gap.missing for gap in gaps), 0 if self._lost else 1
        taken = Missing(len(lines) - len(gaps) + lost, since, self._now, why, more)
        known = self._told
        if known is not None:
            left = known.stretches - len(gaps)
            known = known._replace(events=known.events - lost, stretches=left) if left else None
        return joined((self._lost, taken)), known

    # --- parts

    def _rotate(self) -> None:
        """Begin the next part; when that fails, the old one stays open."""
        file = self._file
        full = file is not None and self._max_bytes is not None and file.size >= self._max_bytes
        if not full or file is None or self._now < self._rotate_at:
            return
        number, before = self._header.part + 1, self._header
        path = part_path(self.first_path, number)
        try:
            new = PartFile(path)
        except UsageError as error:
            self._max_bytes = None
            self.news = f"no new part of the recording: {error.message}"
            return
        self._header = self._following(number, file.path.name)
        head = self._head()
        try:
            new.append(_lines(head))
        except OSError:
            new.discard()
            self._header, self._rotate_at = before, self._now + RETRY_S
            return
        footer = Footer(self._now, reason="rotated", events=self._events, next=path.name)
        try:
            file.append(_lines([footer]), last=True)
        except OSError as error:
            self._troubles.append(f"{file.path.name} has no end: {_words(error)}")
        self._shut(file)
        new.head, self._head_lines, self._part_events = new.size, len(head), 0
        self._begun(new)

    def _look(self) -> None:
        """Check that the file is still there as it was written; if not, prepare to continue beside
        it."""
        file = self._file
        changed = file.look() if file is not None else None
        if file is None or changed is None:
            return
        self._file, self._retry_at = None, self._now
        if self._former is not None:  # it was to be the next part, and is still empty
            file.leave()
            return
        if not changed.whole:
            self._count_lost(file, changed)
        self._former = file
        self._written_before += file.size
        readable = changed.where or file.path
        self.parts[-1] = self.parts[-1]._replace(
            path=readable, lost="" if changed.where and changed.whole else changed.how
        )
        self._change = f"{file.path} {changed.how}"
        name = readable.name if readable.parent == file.path.parent else file.path.name
        self._header = self._following(self._header.part, name)

    def _count_lost(self, file: PartFile, changed: FileChanged) -> None:
        """Count the events that were in a changed file and are lost."""
        left, last = (0, b"") if changed.where is None else file.kept()
        lost = self._part_events - max(0, left - self._head_lines)
        since = self._header.at
        if left > self._head_lines:
            with suppress(DamagedLine):
                since = decode(last).at
        self._events = max(0, self._events - lost)
        if lost > 0:
            self._lose(Missing(lost, since, self._now, f"{file.path.name} {changed.how}"))

    def _beside(self) -> PartFile:
        """A new file under the next free name. Raises UsageError."""
        for number in count(self._header.part + 1):
            path = part_path(self.first_path, number)
            if not os.path.lexists(path):
                break
        file = self._file = PartFile(path)
        self._header = msgspec.structs.replace(self._header, part=number, at=self._now)
        self._part_events = 0
        return file

    def _following(self, number: int, previous: str) -> Header:
        """The header of part `number`, which follows the file `previous`."""
        variants = [event for event in self._known() if isinstance(event, Variant)]
        return msgspec.structs.replace(
            self._header,
            at=self._now,
            part=number,
            previous=previous,
            model=next((v.model for v in variants if v.model), self._header.model),
            variants=tuple(sorted({v.name for v in variants})),
        )

    def _begun(self, file: PartFile, lost: Missing | None = None) -> None:
        """Note that `file` is now the part being written and is no longer empty; its gap reports
        `lost`."""
        self._file = file
        self._told, self._lost = joined((self._told, lost)), None
        if self.path != file.path:
            self.path = file.path
            # When the part before is lost, the events that this one repeats are the only copy.
            self.parts.append(RecordingPart(file.path, 0 if self.parts[-1].lost else file.head))
        former, self._former = self._former, None
        if former is not None:
            footer = Footer(self._now, reason="rotated", events=self._events, next=file.path.name)
            former.leave(_lines([footer]))
            goes_on = f"{self._change}: the recording goes on in {file.path.name}"
            self.news = f"{goes_on}; {lost}" if lost else goes_on
            self._change = ""
        elif lost and self.state != "finished":
            self.news = f"the recording goes on: {lost}"

    def _shut(self, file: PartFile | None) -> None:
        """Close a file that is complete."""
        if file is None:
            return
        self._written_before += file.size
        self._file = None
        try:
            file.close()
        except OSError as error:
            name = file.path.name
            self._troubles.append(f"not all of {name} may be on the disk: {_words(error)}")


def part_path(first: Path, number: int) -> Path:
    """Path of a part: run.jsonl, run.2.jsonl, run.3.jsonl, …"""
    return first if number == 1 else first.with_name(f"{first.stem}.{number}{first.suffix}")


def _lines(events: Iterable[Event]) -> bytes:
    return b"".join(encode(event) + b"\n" for event in events)


def _words(error: OSError | UsageError) -> str:
    if isinstance(error, UsageError):
        return error.message
    return error.strerror or str(error)
