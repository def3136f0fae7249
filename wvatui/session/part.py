"""What `summary` counts: a session, a part of one, one namespace of either."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf
from typing import NamedTuple

from msgspec import structs

from wvatui.analysis.session_part import SessionPart, part_of
from wvatui.core.events import Bounds, Engine, Epp, Event, Header, Job, PollRound, Scrape, Tick
from wvatui.core.events.load_events import ENDED
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State
from wvatui.errors import UsageError
from wvatui.recording.changes.narrowing import Narrowing
from wvatui.session.live import known_objects
from wvatui.session.replay import ReplaySession
from wvatui.session.time_expressions import moment_within, span

_POLLED = (Bounds, Engine, Epp, PollRound, Scrape)


class Counted(NamedTuple):
    """What is counted: a session, or a part of one as a session of its own. `part`: where that is
    in its session; None: all of it counts."""

    state: State
    events: Sequence[Event]
    part: SessionPart | None = None


def part_between(session: ReplaySession, file: str, begin: str, end: str) -> Counted:
    """A part of a session, which begins with the objects known by then; jobs that ended before are
    none of it.

    Raises UsageError for moments that are none, after the end, or in the wrong order, and for a
    part without events.
    """
    (first, last), started = session.bounds, session.started_at
    since = moment_within(begin, started, first, last, flag="--from ") if begin else first
    until = moment_within(end, started, first, last, flag="--to ") if end else last
    if end and since >= until:
        after = f"--from {begin}" if begin else "the beginning"
        raise UsageError(f"--to {end}: that is not after {after}")
    begins, ends = -inf if since <= first else since, inf if until >= last else until
    part = part_of(session.events, begins, ends)
    # What was polled at the very end ends growth here, and begins it in the next part.
    inside = [
        each
        for each in session.events
        if part.has(each.at) or (each.at == until and isinstance(each, _POLLED))
    ]
    if since >= until or not inside:
        raise UsageError(
            f"{file}: has nothing in that time",
            hint=f"it was recorded from {span(first - started)} to {span(last - started)}",
        )
    before, head = part.before, part.before.header
    known: list[Event] = []
    if head is not None:
        known = [structs.replace(head, at=since, started_at=since), *known_objects(before)]
    own = [each for each in inside if not (before.events and isinstance(each, Header))]
    if before.ladder:
        known.append(Tick(since))  # replicas known before it are known from its beginning on
    events = [each for each in (*known, *own) if not _is_over(each, since)]
    return _folded(events, part)


def _folded(events: Sequence[Event], part: SessionPart | None) -> Counted:
    """The State of these events; that of a part lasts to the part's end."""
    state = fold(EMPTY, events)
    if part is not None:
        state = replace(state, now=min(part.until, part.session.now))
    return Counted(state, events, part)


def _is_over(event: Event, since: float) -> bool:
    """Whether an event is about a job that ended before `since`."""
    if not isinstance(event, Job):
        return False
    ended = event.at if event.status in ENDED else since
    return (ended if event.ended_at is None else event.ended_at) < since


def by_namespace(counted: Counted, session: Sequence[Event], file: str) -> Iterator[Counted]:
    """What is counted of each namespace alone, where there are several; `session`: all events."""
    state, events, part = counted
    for namespace in state.namespaces if len(state.namespaces) > 1 else ():
        own = list(Narrowing(file, namespace).take(events))
        if part is not None:
            of_namespace = list(Narrowing(file, namespace).take(session))
            part = part_of(of_namespace, part.since, part.until)
        yield _folded(own, part)
