"""A playhead over events in memory: the State at any moment of them, and playback from there.

Checkpoints make a seek cheap: it starts from the nearest earlier State and folds the rest. States
share their data, so a checkpoint costs little more than a pointer.
"""

import asyncio
import gc
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import replace
from math import inf
from time import perf_counter

from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.ring import Ring
from wvatui.core.state.state import EMPTY, State

CHECKPOINT = 8_000
"""Events between two checkpoints: at most about that many are folded for a seek."""
CHECKPOINT_S = 0.03
"""Seconds of folding between two checkpoints: log lines cost more than scrapes."""
SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 0.0)
"""Speeds to play at, slowest first; 0 is as fast as it folds."""
PIECE = 500
"""Events folded between two looks at the time: a few milliseconds' worth."""
HOLD_S = 0.02
"""Seconds of work after which the event loop gets a turn."""
MANY = 50_000
"""After this many events were freed, the garbage collector is run, which takes a moment."""
IDLE_S = 5.0
"""While playing, stretches longer than this with nothing but ticks (session seconds) are
skipped."""


class Playhead:
    """The playhead that this module describes. All times are UTC epoch seconds of the session's
    clock."""

    def __init__(self, *, speed: float = 1.0, playing: bool = True, skip_idle: bool = True) -> None:
        self.events: list[ev.Event] = []
        """All events taken, in their order."""
        self.newest: State = EMPTY
        """The State after all of them."""
        self.state: State = EMPTY
        """The State at the moment shown."""
        self.shown_at = 0.0
        self.playing = playing
        self.speed = speed
        """Session seconds per wall second; 0: as fast as events can be folded."""
        self._skip_idle = skip_idle
        self._position = 0
        self._times: array[float] = array("d")
        self._busy_times: array[float] = array("d")
        self._checkpoints: list[tuple[int, State]] = [(0, EMPTY)]
        self._folding_s = 0.0

    # --- filling

    def take(self, events: list[ev.Event]) -> None:
        """Append `events`. The moment shown stays; the first events show the start."""
        first = not self.events
        for begin in range(0, len(events), PIECE):
            self._take(events[begin : begin + PIECE])
        if first and self.events:
            self.show(self.first_at)

    def _take(self, piece: list[ev.Event]) -> None:
        self.events.extend(piece)
        last, time_of, busy = self.last_at, self._times.append, self._busy_times.append
        for event in piece:
            # A quarter of a million events in eight hours: every call avoided counts.
            at = event.at
            if at > last:
                last = at
            time_of(last)
            if type(event) is not ev.Tick:
                busy(last)
        begin = perf_counter()
        self.newest = fold(self.newest, piece)
        self._folding_s += perf_counter() - begin
        behind = len(self.events) - self._checkpoints[-1][0]
        if behind >= CHECKPOINT or self._folding_s >= CHECKPOINT_S:
            self._checkpoints.append((len(self.events), self.newest))
            self._folding_s = 0.0

    def note(self, mark: ev.Mark) -> None:
        """Insert `mark` at its own time among the events, as if it had been recorded there."""
        position = bisect_right(self._times, mark.at)
        self.events.insert(position, mark)
        self._times.insert(position, mark.at)
        self._busy_times.insert(bisect_right(self._busy_times, mark.at), mark.at)
        self._checkpoints = [
            (begin + 1, marked(state, mark)) if begin > position else (begin, state)
            for begin, state in self._checkpoints
        ]
        self.newest = marked(self.newest, mark)
        if self._position > position:
            self._position, self.state = self._position + 1, marked(self.state, mark)
        self.show(self.shown_at)

    async def load(self, batches: Iterable[list[ev.Event]]) -> None:
        """Append all `batches`; the event loop gets a turn after every `HOLD_S` of work."""
        begin = perf_counter()
        for batch in batches:
            self.take(batch)
            if perf_counter() - begin >= HOLD_S:
                await asyncio.sleep(0)
                begin = perf_counter()

    async def let_go(self) -> None:
        """Free all events, a piece at a time, as there can be many."""
        many = len(self.events) >= MANY
        self.state = self.newest = EMPTY
        self._checkpoints = [(0, EMPTY)]
        while self.events:
            del self.events[-20 * PIECE :]
            await asyncio.sleep(0)
        self._times, self._busy_times = array("d"), array("d")
        self._position = 0
        if many:
            # Small objects that live on are scattered over the freed memory: without a collection
            # none of it goes back to the system.
            gc.collect()

    # --- moving

    @property
    def first_at(self) -> float:
        """Time of the first event; 0 while there is none."""
        return self._times[0] if self._times else 0.0

    @property
    def last_at(self) -> float:
        """Time of the last event; 0 while there is none."""
        return self._times[-1] if self._times else 0.0

    @property
    def at_end(self) -> bool:
        """Whether every event is in the State shown."""
        return self._position >= len(self.events)

    def show(self, at: float) -> float:
        """Show the moment `at`, clamped to the moments there are, and return it."""
        self.shown_at = min(max(at, self.first_at), self.last_at)
        self._move_to(bisect_right(self._times, self.shown_at))
        return self.shown_at

    def _move_to(self, position: int) -> None:
        self.state = self._state_at(position)
        self._position = position

    def _state_at(self, position: int) -> State:
        """The State after the first `position` events."""
        if position == self._position:
            return self.state
        if position == len(self.events):
            return self.newest
        index = bisect_right(self._checkpoints, position, key=lambda c: c[0]) - 1
        begin, state = self._checkpoints[index]
        if begin < self._position < position:
            begin, state = self._position, self.state
        return fold(state, self.events[begin:position])

    def step(self, direction: int) -> bool:
        """Show the next (1) or previous (-1) event that is no tick; False: there is none, and the
        end or the start is shown."""
        self.playing = False
        times = self._busy_times
        if direction > 0:
            index = bisect_right(times, self.shown_at + 1e-6)
            moved = index < len(times)
            self.show(times[index] if moved else self.last_at)
        else:
            index = bisect_left(times, self.shown_at - 1e-6) - 1
            moved = index >= 0
            self.show(times[index] if moved else self.first_at)
        return moved

    # --- playing

    def advance(self, elapsed_s: float) -> None:
        """Move the playhead as far as `elapsed_s` wall seconds of playback take it."""
        if self.at_end:
            return
        if self.speed == 0.0:
            self._rush()
            return
        target = min(self.shown_at + elapsed_s * self.speed, self.last_at)
        if self._skip_idle:
            upcoming = bisect_right(self._busy_times, self.shown_at)
            if upcoming < len(self._busy_times):
                next_busy = self._busy_times[upcoming]
                if next_busy - self.shown_at > IDLE_S:
                    target = max(target, next_busy - 1.0)
        self.show(target)

    def _rush(self) -> None:
        """Fold as much as fits into one turn before keys are handled again."""
        begin = perf_counter()
        while not self.at_end and perf_counter() - begin < 2 * HOLD_S:
            self._move_to(min(self._position + PIECE, len(self.events)))
        self.shown_at = self._times[self._position - 1]

    def change_speed(self, by: int) -> float:
        """Switch to the next higher (1) or lower (-1) speed and return it."""
        now = self.speed or inf
        if by > 0:
            faster = (speed for speed in SPEEDS if (speed or inf) > now)
            self.speed = next(faster, self.speed)
        else:
            slower = (speed for speed in reversed(SPEEDS) if (speed or inf) < now)
            self.speed = next(slower, self.speed)
        return self.speed


def marked(state: State, mark: ev.Mark) -> State:
    """A State with one mark more, sorted in among the others by its time."""
    marks = sorted((*state.marks, mark), key=lambda each: each.at)
    ring = Ring(state.marks.cap, marks, state.marks.total + 1)
    return replace(state, marks=ring, events=state.events + 1)
