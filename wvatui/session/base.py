"""A session as the screen sees it: one State, one status, and the calls that the screen may make.

The session owns the clock and the data; the screen asks it for everything and keeps no copy of
either. `live.LiveSession` fills it from a cluster and records; `replay.ReplaySession` fills it from
a recording and controls the time shown. `capabilities` lists every difference between the two.

`state` is the State that is shown, `newest` the latest one that is known. A viewer is either at the
edge, where the State shown follows the newest one (in a replay: the end), or at an earlier moment.
Four rules hold for both:

* `seek`, `step`, `jump`, `pause` and `toggle` leave the edge of a live session, and the view stays
  at the moment they reach until `play`. `to_live`, and any move to the newest moment, returns to
  the edge. So does playing, once it has caught up.
* Looking at the past changes neither the past, nor the capture, nor the recording.
* `freeze` holds the view where it is, and playback stops. Asking for another moment, or for
  playback, ends the freeze and starts from the frozen moment.
* A mark of a live session is written now, at the end of the recording; when an earlier moment is
  shown, the mark is `about` that moment, and previous and next stop there. A mark of a replay is
  kept in a file beside the recording, which is never written to.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wvatui.core.queries.session import session_rows
from wvatui.core.rows.views import EventRow
from wvatui.core.state.state import EMPTY, State
from wvatui.errors import OutputError, UsageError
from wvatui.export.snapshot import snapshot_csv
from wvatui.host import private

if TYPE_CHECKING:
    from wvatui.load.make.launcher import Launcher
    from wvatui.session.beside import RunsBeside
    from wvatui.sources.log.pod_reader import PodReader
TAKING_AWAY_S = 8.0
"""Wall seconds that an ending session gets to delete the load that it created."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The calls that a session supports."""

    can_record: bool = False
    can_launch: bool = False
    """Load can be launched: the user allowed it, and a cluster is connected."""
    can_go_back: bool = False
    """Earlier moments can be shown: a replay, and a live session that is recorded."""
    can_write: bool = True
    """The viewer may write files (snapshots). Off for a viewer in a browser."""
    can_read_pods: bool = False
    """A pod's own log and YAML can be read: a cluster is connected."""
    has_beside: bool = False
    """Another run is shown beside this one."""
    ends: bool = False
    """The session ends by itself and closes the screen with it; a replay stays at its end
    instead."""

    @property
    def can_mark(self) -> bool:
        """Whether marks can be kept: in the recording, or in a file beside it."""
        return (self.can_record or self.can_go_back) and self.can_write


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """The session's status line, as the header shows it."""

    live: bool
    """New events are added as they happen: a live session, or a recording that is still being
    written."""
    playing: bool
    speed: float
    """Replay speed, session seconds per wall second (0: as fast as events can be folded); at the
    edge of a live session the speed of its clock."""
    shown_at: float
    """The moment shown, UTC epoch seconds."""
    started_at: float
    ended_at: float
    """UTC epoch seconds of the newest known moment: the recording's last event, or now."""
    recording: Path | None
    recording_bytes: int
    recording_state: str
    """One of "recording", "off", "paused" with the reason, and "finished"; for a replay: the file's
    notices."""
    frozen: bool
    """The view is frozen by `freeze()` while capture goes on."""
    at_edge: bool = True
    """The State shown is the newest one; False: an earlier moment, or a frozen view."""
    loading: bool = False
    """The recording is still being read: the moment asked for is shown once that is done."""
    incomplete: str = ""
    """What the recording of a live session lacks, in words; empty: it is complete."""
    recording_news: str = ""
    """The last change of the recording: paused, resumed, continued in a new file; empty: none that
    the user needs to know."""

    @property
    def recorded(self) -> str:
        """Where the session is recorded, and what is missing there, in words."""
        lacks = f", incomplete: {self.incomplete}" if self.incomplete else ""
        return f"recorded in {self.recording}{lacks}"

    @property
    def exit_code(self) -> int:
        """The exit code of a session that nothing else ended: it says that events are missing."""
        return OutputError.exit_code if self.incomplete else 0


Listener = Callable[[State, SessionStatus], None]

JUMPED = frozenset({"decision", "mark", "setting", "error", "gap"})
"""Kinds of events that previous and next stop at."""


def neighbour(state: State, at: float, direction: int, kinds: frozenset[str]) -> EventRow | None:
    """The next (1) or previous (-1) event of `kinds` that was first seen after or before `at`.

    An event may carry a time earlier than the moment it was seen; the moment it was seen decides.
    """
    rows = session_rows.events(state, kinds)
    if direction > 0:
        later = (row for row in rows if row.shown_at > at + 1e-3)
        return min(later, key=lambda row: row.shown_at, default=None)
    earlier = (row for row in reversed(rows) if row.shown_at < at - 1e-3)
    return max(earlier, key=lambda row: row.shown_at, default=None)


class Session(ABC):
    """The part that live and replayed sessions have in common. `state` is the State shown.

    `latest` is the State that `state` follows unless the view is frozen: the newest one in a live
    session, the one at the playhead in a replay.
    """

    capabilities = Capabilities()
    redact_log = False
    """The recording is read without the credentials that raw log lines may hold."""

    def __init__(self) -> None:
        self.latest: State = EMPTY
        self.state: State = EMPTY
        self.stopped = ""
        self._frozen = False
        self._listeners: list[Listener] = []
        self._told: tuple[State, SessionStatus] | None = None

    # --- being watched

    def listen(self, listener: Listener) -> None:
        """Call `listener` on the event loop after State or status changed, at most 10 times a
        second."""
        self._listeners.append(listener)

    @property
    def newest(self) -> State:
        """Everything known: the live edge, or the end of the recording. Never frozen."""
        return self.latest

    @property
    def beside(self) -> "RunsBeside | None":
        """This run and the second one beside it, at the moment shown; None: there is no second run,
        or it is still being read."""
        return None

    def _shown(self) -> State:
        """The State to show while the view is not frozen."""
        return self.latest

    def tell(self) -> None:
        """Tell the listeners what changed since they were last called."""
        if not self._frozen:
            self.state = self._shown()
        news = (self.state, self.status)
        if self._told is not None and self._told[0] is news[0] and self._told[1] == news[1]:
            return
        self._told = news
        for listener in self._listeners:
            listener(*news)

    @property
    @abstractmethod
    def status(self) -> SessionStatus:
        """How the session stands."""

    @property
    def interim_folder(self) -> Path:
        """Where snapshots go: beside the recording, else the current folder."""
        path = self.status.recording
        return path.parent if path is not None else Path.cwd()

    # --- its life

    @abstractmethod
    async def run(self) -> None:
        """Run until the sources end or `stop` is called. Raises WvatuiError when it cannot
        continue."""

    @abstractmethod
    def stop(self, reason: str) -> None:
        """End `run` soon; `reason` goes into the recording's footer."""

    async def aclose(self) -> None:  # noqa: B027 - by default there is nothing to close
        """Close everything; nothing recorded is lost."""

    # --- asked by the screen

    def freeze(self, on: bool) -> None:
        """Freeze the view, or release it; capture never stops."""
        self._frozen = on
        self.tell()

    def snapshot(self) -> Path:
        """Write the CSV snapshot of the moment shown and return its path. Raises as `keep` does."""
        return self.keep(snapshot_csv(self.state), ".csv")

    def keep(self, text: str, ending: str) -> Path:
        """Write a text about the moment shown beside the recording, as `NAME-HHMMSS` with this
        ending, and return its path.

        Raises WvatuiError, UsageError where no files may be written.
        """
        self._may_write()
        source = self.status.recording
        stem = source.name.split(".")[0] if source is not None else "wvatui"
        moment = datetime.fromtimestamp(self.state.now, UTC).strftime("%H%M%S")
        folder = self.interim_folder
        path = folder / f"{stem}-{moment}{ending}"
        number = 2
        with private.told(path):
            while path.exists():
                path = folder / f"{stem}-{moment}-{number}{ending}"
                number += 1
            private.write(path, text)
        return path

    def export_table(self, table: str) -> list[Path]:
        """Write one table, or `all`, as CSV files beside the recording and return their paths.

        Reads the whole recording, so call it off the event loop. Raises WvatuiError.
        """
        self._may_write()
        from contextlib import closing

        from wvatui.export.files import write_tables
        from wvatui.recording import open_recording

        source = self.status.recording
        if source is None:
            raise UsageError(
                "a table is made from a recording, and nothing is recorded here",
                hint="e writes the moment shown",
            )
        with closing(open_recording(source, redact=self.redact_log)) as reader:
            return [p for p, _ in write_tables(reader, table, source.parent, source.name)]

    def _may_write(self) -> None:
        """Raise UsageError where no files may be written; every method that writes one calls this
        first."""
        if not self.capabilities.can_write:
            raise UsageError("this view only reads: no file is written from here")

    def retry(self) -> None:
        """Retry at once every source that failed or was refused."""
        raise UsageError("a recording asks no cluster: a live session can retry")

    @abstractmethod
    def mark(self, note: str) -> None:
        """Write a mark with this note now; it refers to the moment shown. Raises WvatuiError."""

    @property
    def launcher(self) -> "Launcher":
        """The launcher of load. Raises UsageError where this session may not create load."""
        if not self.capabilities.can_record:
            raise UsageError("a recording makes no load: it can be launched in a live session")
        raise UsageError(
            "watching is read-only: no load is launched from here", hint="start with --allow-write"
        )

    def pod_reader(self, pod: str) -> "PodReader":
        """A reader of the current log and object of a pod. Raises UsageError where no cluster is
        connected."""
        raise UsageError("not recorded: a pod's log and YAML are read from a live cluster")

    def play(self) -> None:
        """Start playback from the moment shown."""
        raise self._no_seek()

    def pause(self) -> None:
        """Stop playback at the moment shown."""
        raise self._no_seek()

    def toggle(self) -> None:
        """Play or pause."""
        if self.status.playing and not self._frozen:
            self.pause()
        else:
            self.play()

    def faster(self) -> float:
        """Switch to the next higher replay speed and return it; at the edge of a live session it
        stays."""
        return self._change_speed(1)

    def slower(self) -> float:
        """Switch to the next lower replay speed and return it; at the edge of a live session it
        stays."""
        return self._change_speed(-1)

    def _change_speed(self, by: int) -> float:
        raise self._no_seek()

    async def step(self, direction: int) -> None:
        """Move one event forward (1) or back (-1)."""
        raise self._no_seek()

    async def seek(self, to: str) -> float:
        """Show the moment `to`, such as "12m30s", "T+90", "14:05:00", "50%" or "-30s" (before the
        newest), and return it, clamped to the moments there are.

        Raises UsageError.
        """
        raise self._no_seek()

    async def jump(self, direction: int, kinds: frozenset[str] = JUMPED) -> EventRow | None:
        """Show the next (1) or previous (-1) event of `kinds` and return it; None when there is
        none."""
        raise self._no_seek()

    def to_live(self) -> None:
        """Return to the newest moment: the live edge, which keeps moving, or the end of a
        replay."""
        raise self._no_seek()

    def _no_seek(self) -> UsageError:
        return UsageError("not recorded: nothing to go back to", hint="leave out --no-record")


class Leaving:
    """The objects that a session must still delete when it ends, and how long that may take.

    The code that ends a session reads it to decide how long to wait.
    """

    def __init__(
        self,
        left: Callable[[], Sequence[str]] = tuple,
        *,
        limit_s: float = TAKING_AWAY_S,
        else_s: float = 0.0,
    ) -> None:
        """`left`: describes in words the objects that remain to be deleted, empty when none does;
        `else_s`: wall seconds for other work that has to be finished when none remains."""
        self.left = left
        self._else_s = else_s
        self.limit_s = limit_s
        self.given_up = False
        """Deletion took too long, or the user would not wait: nothing more is tried."""

    def more_s(self) -> float:
        """Wall seconds beyond the usual limit that the session may take to end."""
        return self.limit_s if self.left() else self._else_s

    def words(self) -> str:
        """What is being deleted, in words for the user; empty: nothing that takes time."""
        left = self.left()
        return f"deleting {', '.join(left)} (ctrl+c leaves at once)" if left else ""

    def last_words(self) -> str:
        """What could not be deleted, in words; empty: nothing is left."""
        left = self.left()
        more = "the next session there offers to delete it"
        return f"still there: {', '.join(left)}; {more}" if left else ""
