"""A session as the screen sees it: one State, one status, and what may be asked of it.

The session owns time and truth; the screen asks it for everything and holds no state of its own.
`capture.LiveSession` fills it from a cluster and records; `playback.ReplaySession` fills it from a
recording and owns its time. What differs is said by `capabilities`, nowhere else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from wvatui.core.state import EMPTY, State
from wvatui.core.views import EventRow
from wvatui.errors import UsageError, WvatuiError
from wvatui.export.snapshot import snapshot_csv


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What may be asked of a session."""

    can_seek: bool = False
    can_record: bool = False
    can_launch: bool = False


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """How the session stands, for the header."""

    mode: str
    """LIVE or REPLAY."""
    playing: bool
    speed: float
    """Replay speed (0: as fast as it folds); in a live session the clock's own speed."""
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


Listener = Callable[[State, SessionStatus], None]

JUMPED = frozenset({"decision", "mark", "error", "gap"})
"""Kinds of events that previous and next stop at."""


class Session:
    """What live and replay have in common. `state` is what is shown, `latest` what is known."""

    mode = ""
    capabilities = Capabilities()

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

    def tell(self) -> None:
        """Tell the listeners what changed since they were last told."""
        if not self._frozen:
            self.state = self.latest
        news = (self.state, self.status)
        if self._told is not None and self._told[0] is news[0] and self._told[1] == news[1]:
            return
        self._told = news
        for listener in self._listeners:
            listener(*news)

    @property
    def status(self) -> SessionStatus:
        """How the session stands."""
        raise NotImplementedError

    @property
    def interim_folder(self) -> Path:
        """Where snapshots go: beside the recording, else the current folder."""
        path = self.status.recording
        return path.parent if path is not None else Path.cwd()

    # --- its life

    async def run(self) -> None:
        """Until the sources end or `stop` is called. Raises WvatuiError when it cannot go on."""
        raise NotImplementedError

    def stop(self, reason: str) -> None:
        """End `run` soon; `reason` goes into the recording's footer."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Let go of everything; nothing recorded is lost."""

    # --- asked by the screen

    def freeze(self, on: bool) -> None:
        """Freeze the view (or let it go on); capture never stops from here."""
        self._frozen = on
        self.tell()

    def snapshot(self) -> Path:
        """Write the CSV snapshot of the moment shown; its path. Raises WvatuiError."""
        source = self.status.recording
        stem = source.name.split(".")[0] if source is not None else "wvatui"
        moment = datetime.fromtimestamp(self.state.now, UTC).strftime("%H%M%S")
        folder = self.interim_folder
        path = folder / f"{stem}-{moment}.csv"
        number = 2
        while path.exists():
            path = folder / f"{stem}-{moment}-{number}.csv"
            number += 1
        try:
            path.write_text(snapshot_csv(self.state), encoding="utf-8")
        except OSError as error:
            raise WvatuiError(f"{path}: cannot write the snapshot: {error.strerror}") from None
        return path

    def export_table(self, table: str) -> list[Path]:
        """Write one table, or `all`, as CSV files beside the recording; their paths.

        Reads the whole recording: to be called off the event loop. Raises WvatuiError.
        """
        from contextlib import closing

        from wvatui.export.tables import write_tables
        from wvatui.recording import open_recording

        source = self.status.recording
        if source is None:
            raise UsageError(
                "a table is made from a recording, and nothing is recorded here",
                hint="e writes the moment shown",
            )
        try:
            with closing(open_recording(source)) as reader:
                return [p for p, _ in write_tables(reader, table, source.parent, source.name)]
        except OSError as error:
            raise WvatuiError(f"{error.filename}: cannot be written: {error.strerror}") from None

    def mark(self, note: str) -> None:
        """Put a mark with a note at the present moment."""
        raise UsageError("a recording is never written to: marks can be set in a live session")

    def play(self) -> None:
        """Let the replay run."""
        raise self._no_seek()

    def pause(self) -> None:
        """Halt the replay."""
        raise self._no_seek()

    def toggle(self) -> None:
        """Play or pause."""
        raise self._no_seek()

    def faster(self) -> float:
        """The next higher replay speed."""
        raise self._no_seek()

    def slower(self) -> float:
        """The next lower replay speed."""
        raise self._no_seek()

    async def step(self, direction: int) -> None:
        """One event forward (1) or back (-1)."""
        raise self._no_seek()

    async def seek(self, to: str) -> float:
        """Show the moment `to`: "12m30s", "T+90", "14:05:00", "50%". Raises UsageError."""
        raise self._no_seek()

    async def jump(self, direction: int, kinds: frozenset[str] = JUMPED) -> EventRow | None:
        """Show the next (1) or previous (-1) happening of `kinds`; None when there is none."""
        raise self._no_seek()

    def _no_seek(self) -> UsageError:
        return UsageError("this session is live: only a recording can be moved through")
