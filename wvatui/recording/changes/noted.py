"""Adds to the events of a recording the marks and the label that were noted afterwards."""

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec.structs import replace

from wvatui.core.events import Event, Header, Mark
from wvatui.errors import RecordingError
from wvatui.recording.changes.changed import RawLines
from wvatui.recording.changes.notes_file import Notes, is_about, notes_path, read_notes


def goes_on(before: RawLines, lines: RawLines) -> RawLines:
    """`lines` of the next part, with the marks and the label that `before` has left over for it."""
    return before.handed_to(lines) if isinstance(before, NotedLines) else lines


def noted(lines: RawLines, recording: Path) -> RawLines:
    """`lines` with the notes kept beside the recording; without notes, `lines` itself."""
    try:
        notes, trouble = read_notes(recording), ""
    except RecordingError as error:
        notes, trouble = Notes(), error.message
    if not (notes.started_at or trouble):
        return lines
    return NotedLines(lines, notes_path(recording).name, notes, trouble)


class NotedLines:
    """Lines of a recording and the marks of its sidecar, each mark before the first later event."""

    def __init__(
        self, lines: RawLines, name: str, notes: Notes, trouble: str, *, is_next: bool = False
    ) -> None:
        """`name`: the sidecar's. `is_next`: the lines are those of a later part."""
        self._lines, self._name, self._is_next = lines, name, is_next
        self._late = 0
        self._pending = deque(notes.marks)
        self._notes = notes
        self._first_at: float | None = None
        self._last_at = 0.0
        self._trouble = [trouble] if trouble else []

    def feed(self, lines: list[bytes]) -> list[Event]:
        """The events of `lines`, with the marks that belong between them."""
        return list(self._among(self._lines.feed(lines)))

    def caught_up(self) -> list[Event]:
        """The events held back, and the marks up to the newest event."""
        return [*self._among(self._lines.caught_up()), *self._due(self._last_at)]

    def finish(self, rest: bytes) -> Iterator[Event]:
        """The last events, and the remaining marks."""
        yield from self._among(self._lines.finish(rest))
        yield from self._due(self._last_at)
        self._late = len(self._pending)

    def handed_to(self, lines: RawLines) -> RawLines:
        """`lines` of the part that continues this one, with the remaining marks."""
        notes = replace(self._notes, marks=tuple(self._pending))
        self._late = 0
        return NotedLines(lines, self._name, notes, "", is_next=True)

    @property
    def notices(self) -> list[str]:
        """Notices about the lines and about the notes."""
        late = self._left_out(self._late, "after the end")
        return [*self._lines.notices, *self._trouble, *late]

    @property
    def next_part(self) -> str:
        """The next part, as the lines name it."""
        return self._lines.next_part

    def _among(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            if self._first_at is None:
                event = self._begin(event)
            yield from self._due(event.at, before=True)
            self._last_at = max(self._last_at, event.at)
            yield event

    def _begin(self, event: Event) -> Event:
        """The first event with the noted label; also checks that the notes are about this
        recording."""
        self._first_at = event.at
        if isinstance(event, Header):
            if not is_about(self._notes, event.started_at or event.at):
                self._pending.clear()
                if not self._is_next:
                    self._trouble.append(f"{self._name} is about another recording: not heeded")
                return event
            if self._notes.label is not None:
                event = replace(event, label=self._notes.label)
        early = 0 if self._is_next else sum(mark.at < event.at for mark in self._pending)
        for _ in range(early):
            self._pending.popleft()
        self._trouble += self._left_out(early, "before the start")
        return event

    def _due(self, at: float, *, before: bool = False) -> Iterator[Mark]:
        """The marks up to `at`; `before`: excluding those exactly at `at`."""
        pending = self._pending
        while pending and (pending[0].at < at or (not before and pending[0].at == at)):
            yield pending.popleft()

    def _left_out(self, count: int, where: str) -> list[str]:
        """The notice about marks that are part of no event."""
        words = "a mark lies" if count == 1 else f"{count} marks lie"
        return [f"{words} {where} of the recording ({self._name})"] if count else []
