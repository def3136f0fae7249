"""The sessions recorded in a folder, described by their first and last lines.

A label changed afterwards is read from the notes beside the recording.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from glob import escape
from pathlib import Path
from urllib.parse import urlsplit

from wvatui.core.events import (
    Autoscaler,
    Engine,
    Event,
    Footer,
    Header,
    Log,
    Mark,
    Pod,
    ScaledObject,
    Variant,
    Workload,
)
from wvatui.core.events.codec import DamagedLine, decode
from wvatui.core.fold.fold import fold
from wvatui.core.queries.session import session_rows
from wvatui.core.rows.header_view import place_of
from wvatui.core.state.session_window import EVERYWHERE, names_in
from wvatui.core.state.state import EMPTY
from wvatui.errors import RecordingError
from wvatui.recording.changes.notes_file import is_about, notes_path, read_notes

HEAD_BYTES = 1 << 18
TAIL_BYTES = 1 << 16
LINES = 50
"""Lines of a log that are searched for a cycle of WVA, which shows that WVA decides: one cycle is
shorter."""
_SCALED = (Header, Variant, Autoscaler, ScaledObject, Pod, Workload)
_MARK = re.compile(rb'"k"\s*:\s*"mark"')


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """One session with all its parts. A field is None where the files do not say."""

    path: Path
    started_at: float
    """When it began, UTC epoch seconds by the clock of the machine that recorded it."""
    began_at: float
    """T+0, UTC epoch seconds by the clock of the watched cluster."""
    namespace: str
    model: str
    label: str
    length_s: float
    size_bytes: int
    decisions: int | None
    files: tuple[Path, ...]
    """Files of all parts, in order."""
    endpoints: tuple[str, ...]
    """Names of the engines that were polled without a cluster."""
    ended: str
    """One of "clean", "incomplete" (the footer says that events are missing), "recording" (still
    being written), and "cut"."""

    @property
    def place(self) -> str:
        """What was watched: the namespace, the single endpoint, or the number of endpoints."""
        return place_of(self.namespace, self.endpoints)

    @property
    def parts(self) -> int:
        """Number of files."""
        return len(self.files)


_NO_NAME = re.compile(r"[^\w.-]+")
"""Characters of a host that a file name must not contain, such as the colons of IPv6."""
LONG = 80
"""Most characters of a file name that describe what was watched."""


def default_recording(header: Header, folder: Path) -> Path:
    """A new path for a session with this header in `folder`."""
    stamp = datetime.fromtimestamp(header.recorded_at or header.started_at, UTC).strftime(
        "%Y%m%d-%H%M%S"
    )
    label = f"-{header.label}" if header.label else ""
    name = f"{stamp}-{_watched(header)}{label}".replace("/", "_")
    path = folder / f"{name}.jsonl"
    number = 2
    while path.exists():
        path = folder / f"{name}-{number}.jsonl"
        number += 1
    return path


def _watched(header: Header) -> str:
    """What was watched, as part of a file name: namespaces, or the host of endpoints."""
    if header.endpoints:
        hosts = {urlsplit(each.url).hostname or "" for each in header.endpoints}
        host = _NO_NAME.sub("_", hosts.pop()) if len(hosts) == 1 else ""
        return host[:LONG] or "endpoints"
    if header.namespace == EVERYWHERE:
        return "all-namespaces"
    names = names_in(header.namespace)
    joined = "+".join(names)
    return joined if len(joined) <= LONG else f"{names[0]}+{len(names) - 1}"


def list_sessions(folder: Path) -> list[SessionInfo]:
    """All sessions of `folder`, newest first; other files are left out."""
    try:
        files = sorted(folder.glob("*.jsonl"))
    except OSError:
        return []
    sessions = [info for file in files if (info := session_info(file)) is not None]
    return sorted(sessions, key=lambda info: (-info.started_at, str(info.path)))


def session_info(path: Path) -> SessionInfo | None:
    """The session whose first part is `path`; None for a later part and for a file that is no
    recording.

    A later part counts as the first where the one before it is missing.
    """
    head, tail, size = _ends(path)
    header = _header(head)
    if header is None or (header.part != 1 and _follows(path, header)):
        return None
    files, footer = [path], _footer(tail)
    while (part := _next_part(path, header, len(files), footer)) is not None and part not in files:
        _, tail, more = _ends(part)
        size, footer = size + more, _footer(tail)
        files.append(part)
    if footer is not None and not footer.next:
        ended = "incomplete" if footer.missing else "clean"
    else:
        ended = "recording" if _is_locked(files[-1]) else "cut"
    end = max((event.at for event in tail), default=header.at)
    return SessionInfo(
        path=path,
        started_at=header.recorded_at or header.started_at or header.at,
        began_at=header.started_at or header.at,
        namespace=header.namespace,
        model=header.model or _model(head),
        label=_label(path, header),
        length_s=max(0.0, end - (header.started_at or header.at)),
        size_bytes=size,
        decisions=footer.decisions if footer is not None else None,
        files=tuple(files),
        endpoints=tuple(each.name for each in header.endpoints),
        ended=ended,
    )


def deciders_of(info: SessionInfo) -> tuple[str, ...]:
    """The autoscalers that changed replicas as the session began: some of wva, hpa, keda; empty:
    none was seen."""
    head, _, _ = _ends(info.path)
    header = _header(head)
    if header is not None and header.autoscaler:
        return (header.autoscaler,)
    objects: list[Event] = [event for event in head if isinstance(event, _SCALED)]
    lines = [event for event in head if type(event) is Log][:LINES]
    state = fold(EMPTY, [*objects, *lines])
    view = session_rows.header(state)
    has_wva = view.with_wva and bool(state.variants or state.totals.lines or state.deciding)
    seen = {"hpa": "HPA" in view.driver, "keda": "KEDA" in view.driver, "wva": has_wva}
    return tuple(sorted(name for name, is_there in seen.items() if is_there))


def marks_of(info: SessionInfo) -> list[Mark]:
    """All marks of a session, including those added later, ascending in time.

    Raises RecordingError for a file that cannot be read.
    """
    marks: list[Mark] = []
    for path in info.files:
        try:
            with path.open("rb") as file:
                for line in filter(_MARK.search, file):
                    marks += [each for each in _events(line) if isinstance(each, Mark)]
        except OSError as error:
            raise RecordingError(f"{path}: {error.strerror or error}") from None
        notes = read_notes(path)
        marks += notes.marks if is_about(notes, info.began_at) else ()
    return sorted(marks, key=lambda each: each.marks)


def delete_session(info: SessionInfo) -> None:
    """Delete all files of a session and the notes beside them. Raises OSError."""
    for path in info.files:
        notes_path(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def _label(path: Path, header: Header) -> str:
    """The session's label: the one in the notes, else the header's."""
    with suppress(RecordingError):
        notes = read_notes(path)
        if notes.label is not None and is_about(notes, header.started_at or header.at):
            return notes.label
    return header.label


def begun_anew(path: Path) -> Path | None:
    """The file that continues a recording which was moved or deleted while it was being written."""
    with suppress(OSError):
        for part in sorted(path.parent.glob(f"{escape(path.stem)}.*{escape(path.suffix)}")):
            header = _header(_ends(part)[0])
            if header is not None and header.previous == path.name:
                return part
    return None


def beside(path: Path, name: str) -> Path | None:
    """The file that a recording at `path` names as another part; None: the name is not one of a
    file in its folder."""
    if not name or "\0" in name or Path(name).name != name:
        return None
    return path.with_name(name)


def _header(events: list[Event]) -> Header | None:
    return next((event for event in events if type(event) is Header), None)


def _footer(events: list[Event]) -> Footer | None:
    return next((event for event in reversed(events) if type(event) is Footer), None)


def _next_part(path: Path, header: Header, parts: int, footer: Footer | None) -> Path | None:
    """The file that continues `parts`, named by the last of them; None: there is none."""
    stem = path.stem.removesuffix(f".{header.part}") if header.part > 1 else path.stem
    name = footer.next if footer is not None else f"{stem}.{header.part + parts}{path.suffix}"
    part = beside(path, name)
    following = _header(_ends(part)[0]) if part is not None else None
    same = following is not None and following.session == header.session
    return part if same else None


def _follows(path: Path, header: Header) -> bool:
    """Whether the part before this one exists and belongs to the same session."""
    part = beside(path, header.previous)
    before = _header(_ends(part)[0]) if part is not None else None
    return before is not None and before.session == header.session


def _model(events: list[Event]) -> str:
    named = [event.model for event in events if isinstance(event, Variant | Engine) and event.model]
    return named[0] if named else ""


def _ends(path: Path) -> tuple[list[Event], list[Event], int]:
    """The first events, the last events, and the size in bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            tail = file.read(TAIL_BYTES)
    except OSError:
        return [], [], 0
    return list(_events(head)), list(_events(tail)), size


def _events(data: bytes) -> Iterator[Event]:
    for line in data.split(b"\n"):
        if line.startswith(b"{"):
            try:
                yield decode(line)
            except DamagedLine:
                continue


def _is_locked(path: Path) -> bool:
    """Whether a recording is still being written."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    return False
