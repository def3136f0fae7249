"""A session as the screen sees it: one State, one status, and what may be asked of it.

The session owns time and truth; the screen asks it for everything and holds no state of its own.
`live.LiveSession` fills it from a cluster and records; `replay.ReplaySession` fills it from a
recording and owns its time. `capabilities` alone say what differs.

`state` is what is shown, `newest` is what is known. A viewer can be at the edge, where what is
shown follows the newest (in a replay: the end), or at an earlier moment. Four rules hold in both:

* `seek`, `step`, `jump`, `pause` and `toggle` leave the edge of a live session, and stand still
  where they lead until `play`. `to_live`, and any movement to the newest moment, goes back to the
  edge. So does playing, when it has caught up.
* Looking at the past changes neither the past, nor the capture, nor the recording.
* `freeze` holds the picture where it is, and nothing plays on. Asking for another moment, or to
  play on, ends the freeze and starts from the frozen moment.
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
from wvatui.errors import UsageError
from wvatui.export.snapshot import snapshot_csv
from wvatui.host import private

if TYPE_CHECKING:
    from wvatui.load.make.launcher import Launcher
    from wvatui.session.beside import RunsBeside
    from wvatui.sources.log.pod_reader import PodReader
TAKING_AWAY_S = 8.0
"""Wall seconds that a session gets to delete the load it made, once it is to end."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What may be asked of a session."""

    can_record: bool = False
    can_launch: bool = False
    """Load can be launched: it was allowed, and a cluster is there."""
    can_go_back: bool = False
    """Earlier moments can be shown: a replay, and a live session that is recorded."""
    can_write: bool = True
    """The viewer may write files (snapshots). Off for a viewer in a browser."""
    can_read_pods: bool = False
    """A pod's own log and YAML can be read: a cluster is being asked."""
    has_beside: bool = False
    """Another run is shown beside this one."""
    ends: bool = False
    """The session ends by itself, and the screen with it; a replay stays at its end."""

    @property
    def can_mark(self) -> bool:
        """Marks can be kept: in the recording, or beside it."""
        return (self.can_record or self.can_go_back) and self.can_write


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """How the session stands, for the header."""

    live: bool
    """What is newest is added as it happens: a live session, or a recording that still grows."""
    playing: bool
    speed: float
    """Replay speed (0: as fast as it folds); at the edge of a live session its clock's own."""
    shown_at: float
    """The moment shown, UTC epoch seconds."""
    started_at: float
    ended_at: float
    """End of what is known: the recording's last event, or now."""
    recording: Path | None
    recording_bytes: int
    recording_state: str
    """recording, off, paused (with the reason), finished; for a replay: the file's notices."""
    frozen: bool
    """The view is frozen by `freeze()` while capture goes on."""
    at_edge: bool = True
    """What is shown follows the newest; False: an earlier moment, or a frozen view."""
    loading: bool = False
    """The recording is being read: what was asked for is shown when that is done."""
    incomplete: str = ""
    """What the recording of a live session lacks, in words; empty: nothing."""
    recording_news: str = ""
    """What last happened to it: paused, going on, begun anew; empty: nothing worth telling."""


Listener = Callable[[State, SessionStatus], None]

JUMPED = frozenset({"decision", "mark", "error", "gap"})
"""Kinds of events that previous and next stop at."""


def neighbour(state: State, at: float, direction: int, kinds: frozenset[str]) -> EventRow | None:
    """The next (1) or previous (-1) event of `kinds` that was first seen after or before `at`.

    An event's own time can lie before the moment at which it was seen: the latter counts.
    """
    rows = session_rows.events(state, kinds)
    if direction > 0:
        later = (row for row in rows if row.shown_at > at + 1e-3)
        return min(later, key=lambda row: row.shown_at, default=None)
    earlier = (row for row in reversed(rows) if row.shown_at < at - 1e-3)
    return max(earlier, key=lambda row: row.shown_at, default=None)


class Session(ABC):
    """What live and replay have in common. `state` is what is shown.

    `latest` is the State that `state` follows unless the view is frozen: in a live session the
    newest, in a replay the one at its playhead.
    """

    capabilities = Capabilities()
    redact_log = False
    """A recording is read without the credentials that raw lines of logs may hold."""

    def __init__(self) -> None:
        self.latest: State = EMPTY
        self.state: State = EMPTY
        self.stopped = ""
        self._frozen = False
        self._listeners: list[Listener] = []
        self._told: tuple[State, SessionStatus] | None = None

    # --- being watched

    def listen(self, listener: Listener) -> None:
        """Call `listener` on the event loop when State or status changed, at most 10 times/s."""
        self._listeners.append(listener)

    @property
    def newest(self) -> State:
        """Everything known: the live edge, or the end of the recording. Never frozen."""
        return self.latest

    @property
    def beside(self) -> "RunsBeside | None":
        """This run and another one beside it, at the moment shown; None: there is no other, or it
        is still being read."""
        return None

    def _shown(self) -> State:
        """What is to be shown when the view is not frozen."""
        return self.latest

    def tell(self) -> None:
        """Tell the listeners what changed since they were last told."""
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
        """Until the sources end or `stop` is called. Raises WvatuiError when it cannot go on."""

    @abstractmethod
    def stop(self, reason: str) -> None:
        """End `run` soon; `reason` goes into the recording's footer."""

    async def aclose(self) -> None:  # noqa: B027 - by default there is nothing to close
        """Close everything; nothing recorded is lost."""

    # --- asked by the screen

    def freeze(self, on: bool) -> None:
        """Freeze the view, or let it go on; capture never stops."""
        self._frozen = on
        self.tell()

    def snapshot(self) -> Path:
        """Write the CSV snapshot of the moment shown; its path. Raises as `keep` does."""
        return self.keep(snapshot_csv(self.state), ".csv")

    def keep(self, text: str, ending: str) -> Path:
        """Write a text of the moment shown beside the recording, as `NAME-HHMMSS` with this
        ending; its path.

        Raises WvatuiError; UsageError where nothing may be written.
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
        """Write one table, or `all`, as CSV files beside the recording; their paths.

        Reads the whole recording: to be called off the event loop. Raises WvatuiError.
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
        """Raises UsageError where nothing may be written; every writing call begins with it."""
        if not self.capabilities.can_write:
            raise UsageError("this view only reads: no file is written from here")

    def retry(self) -> None:
        """Try again at once what failed or was refused."""
        raise UsageError("a recording asks no cluster: a live session can retry")

    @abstractmethod
    def mark(self, note: str) -> None:
        """Write a mark with a note now; it is about the moment shown. Raises WvatuiError."""

    @property
    def launcher(self) -> "Launcher":
        """What launches load. Raises UsageError where nothing may be made."""
        if not self.capabilities.can_record:
            raise UsageError("a recording makes no load: it can be launched in a live session")
        raise UsageError(
            "watching is read-only: no load is launched from here", hint="start with --allow-write"
        )

    def pod_reader(self, pod: str) -> "PodReader":
        """What reads the log and the object of a pod as they are now. Raises UsageError where
        there is no cluster to ask."""
        raise UsageError("not recorded: a pod's log and YAML are read from a live cluster")

    def play(self) -> None:
        """Play on from the moment shown."""
        raise self._no_seek()

    def pause(self) -> None:
        """Stand still at the moment shown."""
        raise self._no_seek()

    def toggle(self) -> None:
        """Play or pause."""
        if self.status.playing and not self._frozen:
            self.pause()
        else:
            self.play()

    def faster(self) -> float:
        """The next higher replay speed; nothing is faster than the edge of a live session."""
        return self._change_speed(1)

    def slower(self) -> float:
        """The next lower replay speed; the edge of a live session keeps its own."""
        return self._change_speed(-1)

    def _change_speed(self, by: int) -> float:
        raise self._no_seek()

    async def step(self, direction: int) -> None:
        """One event forward (1) or back (-1)."""
        raise self._no_seek()

    async def seek(self, to: str) -> float:
        """Show the moment `to`: "12m30s", "T+90", "14:05:00", "50%", "-30s" (before the newest).

        Clamped to what there is; the moment shown. Raises UsageError.
        """
        raise self._no_seek()

    async def jump(self, direction: int, kinds: frozenset[str] = JUMPED) -> EventRow | None:
        """Show the next (1) or previous (-1) event of `kinds`; None when there is none."""
        raise self._no_seek()

    def to_live(self) -> None:
        """Return to the newest: the live edge, which plays on, or the end of a replay."""
        raise self._no_seek()

    def _no_seek(self) -> UsageError:
        return UsageError("not recorded: nothing to go back to", hint="leave out --no-record")


class Leaving:
    """What a session must still delete when it ends, and how long that may take.

    Whoever brings the session to its end asks this.
    """

    def __init__(
        self,
        left: Callable[[], Sequence[str]] = tuple,
        *,
        limit_s: float = TAKING_AWAY_S,
        else_s: float = 0.0,
    ) -> None:
        """`left`: what is still to be taken away, in words; `else_s`: time for what is to be
        finished although nothing is left."""
        self.left = left
        self._else_s = else_s
        self.limit_s = limit_s
        self.given_up = False
        """It took too long, or the person would not wait: nothing more is tried."""

    def more_s(self) -> float:
        """How much longer than usual the session may take to end, wall seconds."""
        return self.limit_s if self.left() else self._else_s

    def words(self) -> str:
        """What goes on, for the person; empty: nothing that takes time."""
        left = self.left()
        return f"deleting {', '.join(left)} (ctrl+c leaves at once)" if left else ""

    def last_words(self) -> str:
        """What has stayed; empty: nothing."""
        left = self.left()
        more = "the next session there offers to delete it"
        return f"still there: {', '.join(left)}; {more}" if left else ""
