"""Going back in time in a live session, by reading its own recording while that is being
written."""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

from wvatui.core.events import Mark
from wvatui.core.rows.views import EventRow
from wvatui.core.state.state import State
from wvatui.recording import RunningRecording, Writer
from wvatui.session.base import JUMPED, Session, neighbour
from wvatui.session.player import PIECE, Playhead, marked
from wvatui.session.time_expressions import moment


class Past:
    """The past of a live session, shown while its viewer is back in time.

    The moment that was on the screen stays until everything recorded so far is read (`loading`).
    Call `close` to return to the live edge: it frees the memory and closes the file.
    """

    def __init__(
        self, recording: RunningRecording, begin: State, *, speed: float, marks: Sequence[Mark] = ()
    ) -> None:
        """`marks`: those kept beside the recording rather than in it."""
        self._recording = recording
        self._marks = marks
        self._begin: State | None = begin
        self.playhead = Playhead(speed=speed, playing=False)
        self._closed = False
        self._task = asyncio.create_task(self._load())

    async def _load(self) -> None:
        begin = self._begin
        await self.playhead.load(self._recording.batches(PIECE))
        for mark in self._marks:
            self.playhead.note(mark)
        if begin is not None:
            self.playhead.show(begin.now)
        self._begin = None

    async def ready(self) -> bool:
        """Wait until the recording is read; False: this was closed meanwhile."""
        await asyncio.wait([self._task])
        return not (self._closed or self.loading)

    @property
    def loading(self) -> bool:
        """Whether the events recorded so far are still being read."""
        return self._begin is not None

    @property
    def state(self) -> State:
        """The State at the moment shown."""
        return self.playhead.state if self._begin is None else self._begin

    @property
    def shown_at(self) -> float:
        """The moment shown, UTC epoch seconds."""
        return self.playhead.shown_at if self._begin is None else self._begin.now

    def frame(self, elapsed_s: float, *, still: bool) -> bool:
        """Read the events recorded since the last frame and play; `still`: only read.

        Returns True when it has caught up with everything that was recorded.
        """
        if self._task.done():
            self._task.result()  # ends early only on a bug: raise it
        if self.loading:
            return False
        self.playhead.take(self._recording.poll())
        if still or not self.playhead.playing:
            return False
        self.playhead.advance(elapsed_s)
        return self.playhead.at_end

    def note(self, mark: Mark) -> None:
        """Show a mark that is not in the recording, now or once all of it is read."""
        self._marks = (*self._marks, mark)
        if not self.loading:
            self.playhead.note(mark)

    def close(self) -> asyncio.Task[None]:
        """Free everything and wake the callers that wait in `ready`; the task ends when that is
        done."""
        self._closed = True
        self._task.cancel()
        self._recording.close()
        return asyncio.create_task(self.playhead.let_go())


class Tape(NamedTuple):
    """The recording that a session can go back to."""

    writer: Writer
    begins_at: float
    """The first moment of the recording, UTC epoch seconds."""
    speed: float
    """The speed of the recorded session, clock seconds per wall second; 0: as fast as it goes."""


class Rewindable(Session):
    """A session that goes on while its viewer looks at an earlier moment; see `Session`.

    While `_past` is None, the viewer is at the live edge or has frozen the view there.
    """

    def __init__(self) -> None:
        super().__init__()
        self._past: Past | None = None
        self._later_marks: list[Mark] = []
        """Marks that were meanwhile added beside the recording, by another process."""
        self._leaving: set[asyncio.Task[None]] = set()

    @abstractmethod
    def _tape(self) -> Tape:
        """The recording of this session. Raises UsageError where there is none."""

    def _shown(self) -> State:
        return self.latest if self._past is None else self._past.state

    def _note_later(self, mark: Mark) -> None:
        """Show a mark that is kept beside the recording rather than in it."""
        self._later_marks.append(mark)
        self.latest = marked(self.latest, mark)
        if self._past is not None:
            self._past.note(mark)

    def _play_past(self, elapsed_s: float) -> None:
        """Follow the recording, play, and return to the edge at its end. Call this once a frame."""
        if self._past is not None and self._past.frame(elapsed_s, still=self._frozen):
            self.to_live()

    async def _let_go(self) -> None:
        """Stop reading the past; nothing is shown after this."""
        self._leave()
        if self._leaving:
            await asyncio.wait(self._leaving)

    def _leave(self) -> None:
        past, self._past = self._past, None
        if past is not None:
            task = past.close()
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    # --- moving

    def _go_back(self) -> Past:
        """Leave the edge at the moment that is on the screen. Raises UsageError where there is no
        recording."""
        tape = self._tape()
        if self._past is None:
            # Playing keeps the session's own pace until the viewer asks for another.
            self._past = Past(
                RunningRecording(tape.writer),
                self.state,
                speed=tape.speed or 1.0,
                marks=tuple(self._later_marks),
            )
        self._frozen = False
        self.tell()
        return self._past

    def _moved(self, past: Past) -> None:
        """Notify the listeners; return to the edge where the moment shown is the newest."""
        if past.shown_at >= self.latest.now:
            self.to_live()
        self._frozen = False
        self.tell()

    async def _show(self, at: float) -> float:
        past = self._go_back()
        if await past.ready():
            past.playhead.show(at)
            self._moved(past)
        return self.status.shown_at

    async def seek(self, to: str) -> float:
        at = moment(to, self.latest.first_at, self._tape().begins_at, self.latest.now)
        if at >= self.latest.now:
            self.to_live()
            return self.latest.now
        return await self._show(at)

    async def step(self, direction: int) -> None:
        self._tape()
        if direction > 0 and self.status.at_edge:
            return  # nothing is newer
        past = self._go_back()
        past.playhead.playing = False
        if await past.ready():
            if past.playhead.step(direction) or direction < 0:
                self._moved(past)
            else:
                self.to_live()

    async def jump(self, direction: int, kinds: frozenset[str] = JUMPED) -> EventRow | None:
        self._tape()
        status = self.status
        if direction > 0 and status.at_edge:
            return None
        if neighbour(self.newest, status.shown_at, direction, kinds) is None:
            return None
        past = self._go_back()
        if not await past.ready():
            return None
        # Another jump may have waited for the same recording: start from where it ended.
        event = neighbour(self.newest, past.shown_at, direction, kinds)
        if event is not None:
            past.playhead.show(event.shown_at)
            self._moved(past)
        return event

    def to_live(self) -> None:
        self._leave()
        self._frozen = False
        self.tell()

    def play(self) -> None:
        if self._past is not None or self._frozen:
            self._go_back().playhead.playing = True
            self.tell()

    def pause(self) -> None:
        self._go_back().playhead.playing = False
        self.tell()

    def _change_speed(self, by: int) -> float:
        if self._past is not None:
            self._past.playhead.change_speed(by)
            self.tell()
        return self.status.speed
