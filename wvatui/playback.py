"""A replay: a recording folded again, moved through by time, by event or by percentage.

Checkpoints every few thousand events make a seek cheap: the nearest earlier State is taken and
the rest is folded. States share their data, so a checkpoint costs little more than a pointer.
"""

import asyncio
import re
import time
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from wvatui.core import events as ev
from wvatui.core import select
from wvatui.core.reduce import fold
from wvatui.core.state import EMPTY, State
from wvatui.core.views import EventRow
from wvatui.errors import UsageError
from wvatui.session import JUMPED, Capabilities, Session, SessionStatus
from wvatui.settings import duration_s

CHECKPOINT = 8_000
"""Events between two checkpoints: at most that many are folded for a seek."""
SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 0.0)
"""Replay speeds, slowest first; 0 is as fast as it folds."""
FRAME_S = 0.1
CHUNK = 2_000
"""Events loaded or folded between two looks at the keys."""
IDLE_S = 5.0
"""Nothing but ticks for longer than this (session seconds) is skipped while playing."""


class Recording(Protocol):
    """What is replayed: the events, what was odd about the file, and what is still being added."""

    path: Path | None

    @property
    def notices(self) -> list[str]:
        """What was odd about it, one line each."""

    def batches(self, count: int) -> Iterable[list[ev.Event]]:
        """All events, `count` at a time."""

    def poll(self) -> list[ev.Event]:
        """Events written since; empty for a finished file."""


class ReplaySession(Session):
    """See the module."""

    mode = "REPLAY"
    capabilities = Capabilities(can_seek=True)

    def __init__(
        self,
        recording: Recording,
        *,
        speed: float = 1.0,
        start: str = "",
        play: bool = True,
        skip_idle: bool = True,
        follow: bool = False,
    ) -> None:
        super().__init__()
        self._recording = recording
        self._events: list[ev.Event] = []
        self._times: array[float] = array("d")
        self._busy_times: array[float] = array("d")
        self._checkpoints: list[tuple[int, State]] = [(0, EMPTY)]
        self._head = EMPTY
        self._position = 0
        self._shown_at = 0.0
        self._playing = play
        self._speed = speed
        self._start = start
        self._skip_idle = skip_idle
        self._follow = follow
        self._ended = asyncio.Event()
        self._loaded = False

    # --- loading

    def load(self) -> State:
        """Read everything at once; the State at the end (for verbs without a screen)."""
        for batch in self._recording.batches(CHUNK):
            self._take(batch)
        self._finish_loading()
        self._move_to(len(self._events))
        return self.latest

    def _take(self, batch: list[ev.Event]) -> None:
        self._events.extend(batch)
        last = self._times[-1] if self._times else 0.0
        for event in batch:
            last = max(last, event.at)
            self._times.append(last)
            if type(event) is not ev.Tick:
                self._busy_times.append(last)
        self._head = fold(self._head, batch)
        if len(self._events) - self._checkpoints[-1][0] >= CHECKPOINT:
            self._checkpoints.append((len(self._events), self._head))

    def _finish_loading(self) -> None:
        self._loaded = True
        if self._checkpoints[-1][0] != len(self._events):
            self._checkpoints.append((len(self._events), self._head))

    async def run(self) -> None:
        """Load, then play until stopped."""
        first = True
        for batch in self._recording.batches(CHUNK):
            self._take(batch)
            if first:
                first = False
                self._shown_at = self._first_at
                self._move_to(bisect_right(self._times, self._shown_at))
                self.tell()
            await asyncio.sleep(0)
            if self._ended.is_set():
                return
        self._finish_loading()
        if self._start:
            await self.seek(self._start)
        await self._play_on()

    async def _play_on(self) -> None:
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
            if self._follow:
                self._take(self._recording.poll())
            if self._playing:
                await self._advance(elapsed)

    async def _advance(self, elapsed_s: float) -> None:
        if self._position >= len(self._events) and not self._follow:
            self._playing = False
            return
        if self._speed == 0.0:
            self._move_to(min(self._position + 10 * CHUNK, len(self._events)))
            self._shown_at = self._times[self._position - 1]
            return
        target = min(self._shown_at + elapsed_s * self._speed, self._last_at)
        if self._skip_idle:
            upcoming = bisect_right(self._busy_times, self._shown_at)
            if upcoming < len(self._busy_times):
                next_busy = self._busy_times[upcoming]
                if next_busy - self._shown_at > IDLE_S:
                    target = max(target, next_busy - 1.0)
        self._shown_at = target
        self._move_to(bisect_right(self._times, target))

    # --- moving

    @property
    def _first_at(self) -> float:
        return self._times[0] if self._times else 0.0

    @property
    def _last_at(self) -> float:
        return self._times[-1] if self._times else 0.0

    def _state_at(self, position: int) -> State:
        """The State after the first `position` events."""
        if position == self._position:
            return self.latest
        index = bisect_right(self._checkpoints, position, key=lambda c: c[0]) - 1
        begin, state = self._checkpoints[index]
        if begin < self._position < position:
            begin, state = self._position, self.latest
        return fold(state, self._events[begin:position])

    def _move_to(self, position: int) -> None:
        self.latest = self._state_at(position)
        self._position = position

    def show(self, at: float) -> float:
        """Show the moment `at` (UTC epoch seconds), clamped to the recording; the moment shown."""
        self._shown_at = min(max(at, self._first_at), self._last_at)
        self._move_to(bisect_right(self._times, self._shown_at))
        self.tell()
        return self._shown_at

    async def seek(self, to: str) -> float:
        return self.show(moment(to, self.started_at, self._first_at, self._last_at))

    async def step(self, direction: int) -> None:
        """The next or previous event that is not a tick."""
        self._playing = False
        times = self._busy_times
        if direction > 0:
            index = bisect_right(times, self._shown_at + 1e-6)
            self.show(times[index] if index < len(times) else self._last_at)
        else:
            index = bisect_left(times, self._shown_at - 1e-6) - 1
            self.show(times[index] if index >= 0 else self._first_at)

    async def jump(self, direction: int, kinds: frozenset[str] = JUMPED) -> EventRow | None:
        rows = select.events(self._head, kinds)
        found: EventRow | None = None
        if direction > 0:
            found = next((row for row in rows if row.shown_at > self._shown_at + 1e-3), None)
        else:
            earlier = (row for row in reversed(rows) if row.shown_at < self._shown_at - 1e-3)
            found = next(earlier, None)
        if found is not None:
            # An event's own time can lie before the moment at which it was seen.
            self.show(found.shown_at)
        return found

    # --- playing

    def play(self) -> None:
        if self._position >= len(self._events):
            self.show(self._first_at)
        self._playing = True
        self.tell()

    def pause(self) -> None:
        self._playing = False
        self.tell()

    def toggle(self) -> None:
        if self._playing:
            self.pause()
        else:
            self.play()

    def faster(self) -> float:
        return self._change_speed(1)

    def slower(self) -> float:
        return self._change_speed(-1)

    def _change_speed(self, by: int) -> float:
        order = SPEEDS.index(self._speed) if self._speed in SPEEDS else 1
        self._speed = SPEEDS[min(max(order + by, 0), len(SPEEDS) - 1)]
        self.tell()
        return self._speed

    # --- the rest

    @property
    def events(self) -> list[ev.Event]:
        """All events loaded, in their order."""
        return self._events

    @property
    def bounds(self) -> tuple[float, float]:
        """Time of the first and of the last event."""
        return self._first_at, self._last_at

    @property
    def started_at(self) -> float:
        """T+0 of the recording."""
        return self._head.first_at or self._first_at

    @property
    def status(self) -> SessionStatus:
        path = self._recording.path
        return SessionStatus(
            mode=self.mode,
            playing=self._playing,
            speed=self._speed,
            shown_at=self._shown_at,
            started_at=self.started_at,
            ended_at=self._last_at,
            recording=path,
            recording_bytes=path.stat().st_size if path is not None and path.exists() else 0,
            # What is odd about a file is known when all of it was read.
            recording_state="loading"
            if not self._loaded
            else "; ".join(self._recording.notices) or "finished",
            frozen=self._frozen,
        )

    def stop(self, reason: str) -> None:
        self.stopped = self.stopped or reason
        self._ended.set()


_CLOCK = re.compile(r"(?P<h>[0-2]?\d):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d(?:\.\d+)?))?Z?")
_Parse = Callable[[str], float]


def moment(text: str, started_at: float, first_at: float, last_at: float) -> float:
    """UTC epoch seconds that `text` means within a recording. Raises UsageError, in words.

    "50%" of its length; "12m30s", "T+90" after its start; "-30s" before its end; "14:05:00" UTC
    (the first such time at or after the start); a full ISO 8601 time.
    """
    bare = text.strip()
    try:
        if bare.endswith("%"):
            share = float(bare[:-1])
            if not 0 <= share <= 100:
                raise ValueError
            return first_at + (last_at - first_at) * share / 100.0
        if match := _CLOCK.fullmatch(bare):
            return _time_of_day(match, started_at)
        if len(bare) >= 10 and bare[4:5] == "-":
            parsed = datetime.fromisoformat(bare.replace("Z", "+00:00"))
            return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
        if bare.startswith("-"):
            return last_at - duration_s(bare[1:])
        return started_at + duration_s(bare.removeprefix("T+").removeprefix("t+").lstrip("+"))
    except ValueError:
        raise UsageError(
            f"{text!r} is not a moment",
            hint='give an offset (12m30s, T+90), a UTC time (14:05:00) or a share ("50%")',
        ) from None


def _time_of_day(match: re.Match[str], started_at: float) -> float:
    start = datetime.fromtimestamp(started_at, UTC)
    seconds = int(match["h"]) * 3600 + int(match["m"]) * 60 + float(match["s"] or 0)
    if seconds >= 86_400:
        raise ValueError(match[0])
    found = start.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(seconds=seconds)
    if found < start - timedelta(seconds=1):
        found += timedelta(days=1)
    return found.timestamp()
