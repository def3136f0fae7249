"""The sidecar of a recording: `run.jsonl.notes.json` holds notes made about `run.jsonl` afterwards.

The recording is never written to. The sidecar is replaced as a whole, so a reader sees all of a
change or none of it; a writer holds a lock on the folder.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

import msgspec

from wvatui.core.events import Mark
from wvatui.core.events.codec import decode, encode
from wvatui.core.events.redact_event import redacted
from wvatui.core.ranges import Moment, Small
from wvatui.errors import RecordingError, UsageError
from wvatui.host import private

ENDING = ".notes.json"
LARGEST_BYTES = 4 << 20
MOST_MARKS = 2_000
"""Most marks of one recording, as many as a session keeps."""
SAME_S = 60.0
"""A sidecar is about a recording whose start differs by at most this many seconds from the start
that it names."""


class Notes(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The content of a sidecar."""

    version: Small = 1
    started_at: Moment = 0.0
    """T+0 of the recording that the notes are about, UTC epoch seconds."""
    label: str | None = None
    """Replaces the label in the recording's header; None: that one is valid."""
    marks: tuple[Mark, ...] = ()
    """Ascending in time; `at` is the marked moment."""


def notes_path(recording: Path) -> Path:
    """Path of a recording's sidecar."""
    if recording.name in ("", ".."):  # of a folder that is named from inside
        recording = recording.resolve()
    return recording.with_name(recording.name + ENDING)


def read_notes(recording: Path) -> Notes:
    """The notes about a recording; empty where there is no sidecar.

    Raises RecordingError for a sidecar that cannot be read.
    """
    path = notes_path(recording)
    if not path.exists():
        return Notes()
    if not path.is_file():
        raise RecordingError(f"{path}: is no file: its marks cannot be read")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
        if len(data) > LARGEST_BYTES:
            raise RecordingError(f"{path}: larger than {LARGEST_BYTES >> 20} MB: not read")
        notes = msgspec.json.decode(data, type=Notes)
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror or error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordingError(
            f"{path}: no marks of a recording can be read from it: {error}",
            hint="mend it, or move it away",
        ) from None
    if notes.version > 1:
        raise RecordingError(f"{path}: written in format {notes.version}", hint="update wvatui")
    return msgspec.structs.replace(notes, marks=tuple(sorted(notes.marks, key=lambda m: m.at)))


def change_notes(recording: Path, started_at: float, change: Callable[[Notes], Notes]) -> Notes:
    """Write and return the result of `change` on the notes of a recording that began at
    `started_at`.

    Notes about another recording of the same name are replaced. Raises RecordingError for a sidecar
    that cannot be read, UsageError or OutputError for one that cannot be written.
    """
    path = notes_path(recording)
    with private.told(path), _alone(path.parent):
        notes = read_notes(recording)
        if not is_about(notes, started_at):
            notes = Notes()
        changed = change(msgspec.structs.replace(notes, started_at=started_at))
        if changed.label is None and not changed.marks:
            path.unlink(missing_ok=True)
        else:
            text = msgspec.json.format(msgspec.json.encode(changed), indent=1)
            private.write(path, text.decode() + "\n")
    return changed


def new_mark(at: float, note: str) -> Mark:
    """A mark of the moment `at` (UTC epoch seconds), its note without credentials or characters
    that cannot be written."""
    return cast(Mark, decode(encode(redacted(Mark(at, note=note)))))


def add_mark(recording: Path, started_at: float, mark: Mark) -> None:
    """Put a mark beside a recording. Raises what `change_notes` raises, and UsageError for too many
    marks."""

    def change(notes: Notes) -> Notes:
        if len(notes.marks) >= MOST_MARKS:
            raise UsageError(f"{notes_path(recording)}: holds {MOST_MARKS} marks, which is all")
        marks = sorted((*notes.marks, mark), key=lambda each: each.at)
        return msgspec.structs.replace(notes, marks=tuple(marks))

    change_notes(recording, started_at, change)


def is_about(notes: Notes, started_at: float) -> bool:
    """Whether notes are about the recording that began at `started_at`, or about none yet."""
    return not notes.started_at or abs(notes.started_at - started_at) <= SAME_S


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Context in which nobody else changes a sidecar in the folder. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # the file system may have no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
