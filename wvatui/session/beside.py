"""A second run beside the replayed one, shown at the same time since the start of load, and what
differs."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wvatui.analysis.compare.comparison import Comparison, compare
from wvatui.analysis.compare.report import NO_DATA, figure_cells
from wvatui.analysis.runs.run import run_of
from wvatui.core.events import Event
from wvatui.core.queries.charts.overlaid import NAMES
from wvatui.core.state.state import State
from wvatui.session.player import PIECE, Playhead
from wvatui.session.time_expressions import span

SAME_S = 1.0
"""Runs that begin or end within this many seconds of each other count as beginning or ending
together."""


class OpenedRun(Protocol):
    """A run that was read: its events, and notices about its file."""

    path: Path | None

    @property
    def notices(self) -> list[str]:
        """Notices about the file, one line each."""

    def batches(self, count: int) -> Iterable[list[Event]]:
        """All events, in lists of `count`."""


@dataclass(frozen=True, slots=True)
class RunSide:
    """One of the two runs at the moment shown. Times are UTC epoch seconds of its own clock."""

    letter: str
    name: str
    state: State
    """The State at the moment shown; before its first moment the first State, after its last one
    the last."""
    first_at: float
    last_at: float
    load_since: float
    """When its load began (T+0), UTC epoch seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class RunsBeside:
    """Both runs at the moment `at` of the first one's clock, and the comparison of the whole runs.

    `words`: what the second run lacks at that moment, and the limits of the comparison.
    """

    at: float
    first: RunSide
    second: RunSide
    table: tuple[tuple[str, ...], ...]
    """One row per figure: its name, the value of the first run, of the second, and the difference,
    as `compare` prints them; figures that neither run has come last."""
    words: tuple[str, ...]

    @property
    def states(self) -> tuple[State, State]:
        """The State of each run at the moment shown."""
        return self.first.state, self.second.state

    @property
    def shift_s(self) -> float:
        """Seconds to add to a time of the second run to get the time of the first at the same point
        of its load."""
        return self.first.load_since - self.second.load_since

    @property
    def load_s(self) -> float:
        """Seconds from the start of load to the moment shown."""
        return self.at - self.first.load_since


class SecondRun:
    """Reads the second run, compares it with the first, and follows the moments shown of the
    first."""

    def __init__(self, second: OpenedRun) -> None:
        self._opened = second
        self._playhead = Playhead(playing=False)
        self._comparison: Comparison | None = None
        self._table: tuple[tuple[str, ...], ...] = ()
        self._now: RunsBeside | None = None

    async def load(
        self, path: Path, events: Sequence[Event], state: State, notices: Sequence[str]
    ) -> None:
        """Read the second run and compare it with the first.

        `path`, `events` and `state` are those of the first run, `state` at its end. Raises
        RecordingError where either file holds more than one run.
        """
        await self._playhead.load(self._opened.batches(PIECE))
        second = self._opened.path or Path("-")
        newest = self._playhead.newest.apart()

        def compared() -> Comparison:
            runs = [
                run_of(path, path, events, state.apart(), notices),
                run_of(second, second, self._playhead.events, newest, self._opened.notices),
            ]
            return compare(runs)

        comparison = await asyncio.to_thread(compared)
        rows = figure_cells(comparison, comparison.rows)[1:]
        self._table = tuple(sorted(rows, key=lambda row: row[1:3] == (NO_DATA, NO_DATA)))
        self._comparison = comparison

    def at(self, shown_at: float, state: State) -> RunsBeside | None:
        """Both runs at the moment `shown_at` of the first one's clock, when its State is `state`;
        None until both are read."""
        comparison, playhead = self._comparison, self._playhead
        if comparison is None:
            return None
        mine, its = comparison.runs
        playhead.show(shown_at - mine.load.since + its.load.since)
        now = self._now
        states = (state, playhead.state)
        if now is not None and now.at == shown_at and now.states == states:
            return now
        self._now = RunsBeside(
            shown_at,
            _side(0, comparison, state),
            _side(1, comparison, playhead.state),
            self._table,
            tuple(dict.fromkeys(_words(comparison, shown_at))),
        )
        return self._now


def _side(place: int, comparison: Comparison, state: State) -> RunSide:
    run = comparison.runs[place]
    name = comparison.names[place]
    called = f"{run.label}: {name}" if run.label not in ("", name) else name
    return RunSide(NAMES[place], called, state, run.first_at, run.until, run.load.since)


def _words(comparison: Comparison, shown_at: float) -> Iterator[str]:
    """What the second run lacks at the moment shown, then the limits of the comparison."""
    mine, its = comparison.runs
    at = shown_at - mine.load.since
    begins, ends = its.first_at - its.load.since, its.until - its.load.since
    if at < begins - SAME_S:
        yield f"{NAMES[1]} begins {span(begins - at)} after this moment"
    elif at > ends + SAME_S:
        yield f"{NAMES[1]} ended {span(at - ends)} before this moment"
    more = ends - (mine.until - mine.load.since)
    if more > SAME_S:
        yield f"{NAMES[1]} goes on for {span(more)} after the end of {NAMES[0]}"
    yield from comparison.notes
    for letter, run in zip(NAMES, comparison.runs, strict=True):
        yield from (f"{letter}: {notice}" for notice in run.notices)
