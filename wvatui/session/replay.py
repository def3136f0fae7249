"""A replay: a recording folded again, with moves by time, by event or by percentage."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from wvatui.core import events as ev
from wvatui.core.rows.views import EventRow
from wvatui.core.state.state import State
from wvatui.errors import UsageError
from wvatui.recording.changes.later_marks import LaterMarks
from wvatui.recording.changes.notes_file import add_mark, new_mark
from wvatui.session.base import JUMPED, Capabilities, Session, SessionStatus, neighbour
from wvatui.session.player import PIECE, SPEEDS, Playhead
from wvatui.session.time_expressions import moment, moment_within

if TYPE_CHECKING:
    from wvatui.session.beside import RunsBeside, SecondRun

__all__ = ["SPEEDS", "Recording", "ReplaySession"]

FRAME_S = 0.1
QUIET_S = 10.0
"""A followed recording to which nothing was added for this long (wall seconds) does not count as
live."""


class Recording(Protocol):
    """The source of a replay: its events, notices about the file, and the events still being
    added."""

    path: Path | None
    redact: bool
    """The events hold no credentials, not even in raw log lines."""

    @property
    def notices(self) -> list[str]:
        """Notices about the file, one line each."""

    def batches(self, count: int) -> Iterable[list[ev.Event]]:
        """All events, in lists of `count`."""

    def poll(self) -> list[ev.Event]:
        """Events written since; empty for a finished file."""


class ReplaySession(Session):
    """A session over a recording or a log."""

    def __init__(
        self,
        recording: Recording,
        *,
        speed: float = 1.0,
        start: str = "",
        play: bool = True,
        skip_idle: bool = True,
        follow: bool = False,
        read_only: bool = False,
        opens_whole: bool = False,
        beside: "SecondRun | None" = None,
    ) -> None:
        """`opens_whole`: begin at the end where no session was watched, as with a raw log, which
        has nothing to relive."""
        super().__init__()
        self._opens_whole = opens_whole
        self._beside = beside
        self._shown_beside: RunsBeside | None = None
        self.capabilities = Capabilities(
            can_go_back=True, can_write=not read_only, has_beside=beside is not None
        )
        self._recording = recording
        self._later = LaterMarks(recording.path) if recording.path is not None else None
        self.redact_log = recording.redact
        self._playhead = Playhead(speed=speed, playing=play, skip_idle=skip_idle)
        self._start = start
        self._follow = follow
        self._heard_at = 0.0
        self._ended = asyncio.Event()
        self._loaded = False

    # --- loading and playing

    def load(self) -> State:
        """Read everything at once; the State at the end (for verbs without a screen)."""
        for batch in self._recording.batches(PIECE):
            self._playhead.take(batch)
        self._loaded = True
        self.show(self._playhead.last_at)
        return self.latest

    async def run(self) -> None:
        """Read the recording, then play until stopped."""
        await self._playhead.load(self._batches())
        if self._ended.is_set():
            return
        self._loaded = True
        self._heard_at = time.monotonic()
        await self._load_beside()
        header = self.newest.header
        unwatched = header is None or (header.imported and not header.interval_s)
        if self._opens_whole and not self._start and unwatched:
            self.show(self._playhead.last_at)
        if self._start:
            within = moment if self._follow else moment_within
            self.show(within(self._start, self.started_at, *self.bounds))
        before = time.monotonic()
        while not self._ended.is_set():
            self.tell()
            try:
                async with asyncio.timeout(FRAME_S):
                    await self._ended.wait()
            except TimeoutError:
                pass
            now = time.monotonic()
            elapsed, before = now - before, now
            self._frame(elapsed)

    async def _load_beside(self) -> None:
        """Read the run shown beside this one, and compare the two."""
        path = self._recording.path
        if self._beside is not None and path is not None:
            await self._beside.load(path, self.events, self.newest, self._recording.notices)

    def _batches(self) -> Iterator[list[ev.Event]]:
        """The recording in batches, until the session ends; its first moment is shown at once."""
        first = True
        for batch in self._recording.batches(PIECE):
            if self._ended.is_set():
                return
            yield batch
            if first:
                first = False
                self.tell()

    def _frame(self, elapsed_s: float) -> None:
        playhead = self._playhead
        at_edge = playhead.at_end
        if self._follow and (new := self._recording.poll()):
            self._heard_at = time.monotonic()
            playhead.take(new)
        if self._later is not None:
            for mark in self._later.news(self.started_at, playhead.last_at, self.newest.marks):
                playhead.note(mark)
        if not playhead.playing or self._frozen:
            return
        if self._follow and at_edge:
            # New events are shown at once, whatever the speed chosen for playback.
            playhead.show(playhead.last_at)
            return
        if playhead.at_end and not self._follow:
            playhead.playing = False
        playhead.advance(elapsed_s)

    def tell(self) -> None:
        self.latest = self._playhead.state
        if self._beside is not None and not self._frozen:
            self._shown_beside = self._beside.at(self._playhead.shown_at, self.latest)
        super().tell()

    @property
    def beside(self) -> "RunsBeside | None":
        return self._shown_beside

    # --- moving

    def show(self, at: float) -> float:
        """Show the moment `at` (UTC epoch seconds), clamped to the recording, and return it."""
        shown = self._playhead.show(at)
        self._moved()
        return shown

    def _moved(self) -> None:
        """End a freeze, as a request for another moment does."""
        self._frozen = False
        self.tell()

    async def seek(self, to: str) -> float:
        return self.show(moment(to, self.started_at, *self.bounds))

    async def step(self, direction: int) -> None:
        self._playhead.step(direction)
        self._moved()

    async def jump(self, direction: int, kinds: frozenset[str] = JUMPED) -> EventRow | None:
        event = neighbour(self.newest, self._playhead.shown_at, direction, kinds)
        if event is not None:
            self.show(event.shown_at)
        return event

    def to_live(self) -> None:
        """Show the end; in a followed file, additions are shown from here on."""
        self._playhead.playing = self._playhead.playing or self._follow
        self.show(self._playhead.last_at)

    def play(self) -> None:
        if self._playhead.at_end and not self._follow:
            self._playhead.show(self._playhead.first_at)
        self._playhead.playing = True
        self._moved()

    def pause(self) -> None:
        self._playhead.playing = False
        self.tell()

    def _change_speed(self, by: int) -> float:
        speed = self._playhead.change_speed(by)
        self.tell()
        return speed

    # --- marks

    def mark(self, note: str) -> None:
        """Keep a mark about the moment shown in a file beside the recording."""
        self._may_write()
        path = self._recording.path
        if path is None:
            raise UsageError(
                "no file beside which a mark could be kept: this is read from a pipe",
                hint="save it, and replay the file",
            )
        if not self._loaded:
            raise UsageError("still loading: a mark can be set when all of the file is read")
        mark = new_mark(self._playhead.shown_at, note)
        add_mark(path, self.started_at, mark)
        self._playhead.note(mark)
        self.tell()

    # --- the rest

    @property
    def _is_live(self) -> bool:
        """Whether the end of a recording that is still being written is shown as it grows."""
        grows = self._follow and self._loaded and self.newest.footer is None
        heard = time.monotonic() - self._heard_at < QUIET_S
        return grows and heard and self._playhead.playing and self._playhead.at_end

    @property
    def newest(self) -> State:
        return self._playhead.newest

    @property
    def events(self) -> list[ev.Event]:
        """All events loaded, in their order."""
        return self._playhead.events

    @property
    def bounds(self) -> tuple[float, float]:
        """Time of the first and of the last event."""
        return self._playhead.first_at, self._playhead.last_at

    @property
    def started_at(self) -> float:
        """T+0 of the recording, UTC epoch seconds."""
        return self.newest.first_at or self._playhead.first_at

    @property
    def status(self) -> SessionStatus:
        path = self._recording.path
        playhead = self._playhead
        return SessionStatus(
            live=self._is_live,
            playing=playhead.playing,
            speed=playhead.speed,
            shown_at=playhead.shown_at,
            started_at=self.started_at,
            ended_at=playhead.last_at,
            recording=path,
            recording_bytes=path.stat().st_size if path is not None and path.exists() else 0,
            # Notices about a file are complete only once all of it was read.
            recording_state="loading"
            if not self._loaded
            else "; ".join(self._recording.notices)
            or ("recording" if self._is_live else "finished"),
            frozen=self._frozen,
            at_edge=self._loaded and playhead.at_end and not self._frozen,
            loading=not self._loaded,
        )

    def stop(self, reason: str) -> None:
        self.stopped = self.stopped or reason
        self._ended.set()
