"""Marks that another process sets beside a recording while it is shown."""

import time
from collections.abc import Iterable
from pathlib import Path

from wvatui.core.events import Mark
from wvatui.errors import RecordingError
from wvatui.recording.changes.notes_file import is_about, notes_path, read_notes

EVERY_S = 1.0
"""Shortest time between two looks at the file, wall seconds."""


class LaterMarks:
    """Reads the sidecar of a recording again whenever it has changed."""

    def __init__(self, recording: Path) -> None:
        self._recording = recording
        self._looked_at = float("-inf")
        self._stamp: tuple[int, int, int] | None = None
        self._marks: tuple[Mark, ...] = ()

    def news(self, started_at: float, until: float, known: Iterable[Mark]) -> list[Mark]:
        """The marks up to `until` that are not in `known`, of a recording that began at
        `started_at` (UTC epoch seconds); empty while the sidecar cannot be read."""
        if time.monotonic() - self._looked_at >= EVERY_S:
            self._looked_at = time.monotonic()
            self._look(started_at)
        seen = set(known) if self._marks else ()
        return [m for m in self._marks if started_at <= m.at <= until and m not in seen]

    def _look(self, started_at: float) -> None:
        try:
            stat = notes_path(self._recording).stat()
        except OSError:
            self._stamp, self._marks = None, ()
            return
        stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            notes = read_notes(self._recording)
        except RecordingError:
            return  # whoever opens the recording gets the error; marks already shown stay
        self._marks = notes.marks if is_about(notes, started_at) else ()
