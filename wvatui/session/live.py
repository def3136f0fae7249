"""A live session: sources -> inbox -> recorder and fold -> State.

Events are written to the recording before they are folded, so everything that was on the screen can
be shown again. With a simulated cluster's stepped clock, all events of one moment are first put in
a fixed order, so that the same seed gives the same recording to the last event.

A viewer who goes back in time sees the recording (`rewind.Past`), as in a replay. Capture, fold and
recording go on unchanged.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from wvatui.clock import Clock
from wvatui.core import events as ev
from wvatui.core.events.codec import decode, encode
from wvatui.core.events.redact_event import redacted
from wvatui.core.fold.fold import fold
from wvatui.core.kube_object import bare
from wvatui.core.queries.session import session_rows
from wvatui.core.state.session_window import endpoints_of
from wvatui.core.state.state import EMPTY, State
from wvatui.errors import UsageError, WvatuiError
from wvatui.recording import Writer
from wvatui.recording.changes.later_marks import LaterMarks
from wvatui.session.base import Capabilities, SessionStatus
from wvatui.session.rewind import Rewindable, Tape
from wvatui.sources.source import SourceRun

if TYPE_CHECKING:
    from wvatui.load.make.jobs import Jobs
    from wvatui.load.make.launcher import Launcher
    from wvatui.sources.log.pod_reader import PodReader

FRAME_S = 0.1
"""Wall seconds between two updates of the listeners."""
TICK_S = 1.0
"""Clock seconds between two ticks."""
LISTED_S = 8.0
"""Wall seconds after which a simulated clock starts even if not every source has listed its
objects."""


@dataclass(slots=True)
class Wired:
    """The parts of a live session, made when it starts so that nothing slow happens before that."""

    header: ev.Header
    clock: Clock
    writer: Writer | None
    sources: Sequence[SourceRun]
    close: Callable[[], Awaitable[None]]
    """Closes the connections."""
    launcher: "Launcher | None" = None
    """The launcher of load, whose run is one of the sources; None: no load may be created."""
    redact_log: bool = False
    """Credentials are hidden in raw lines of logs, too."""
    jobs: "Jobs | None" = None
    """The load jobs that the session creates; None: it creates none."""
    retry: Callable[[], None] = lambda: None
    """Tries again at once what failed or was refused."""
    pod_reader: "Callable[[str, str], PodReader] | None" = None
    """Makes a reader of one pod, given its namespace and name; None: no cluster is connected."""


Connect = Callable[["LiveSession"], Awaitable[Wired]]


class LiveSession(Rewindable):
    """A session that watches a cluster. `run` calls `connect` once."""

    def __init__(
        self, connect: Connect, *, namespace: str = "", duration_s: float | None = None
    ) -> None:
        super().__init__()
        self.capabilities = Capabilities(can_record=True, ends=True)
        self._connect = connect
        self._duration_s = duration_s
        self._wired: Wired | None = None
        self._last_writer: Writer | None = None
        self._jobs: Jobs | None = None
        self._later: LaterMarks | None = None
        self._inbox: list[ev.Event] = []
        self._ended = asyncio.Event()
        self.is_listed = False
        """Whether each source has listed, or failed to list, its objects."""
        self._stepped = False
        # Until the cluster answers, only what the user asked for can be shown.
        self.state = fold(self.latest, [ev.Header(at=0.0, namespace=namespace)])

    # --- events

    def emit(self, event: ev.Event) -> None:
        """Take one event from a source.

        The event is folded as a reader of the recording would get it: credentials hidden, lone
        surrogates replaced, NaN and infinity left out. So a replay cannot differ from what was
        shown, and no credential reaches the recording or the screen.
        """
        logs = self._wired is not None and self._wired.redact_log
        event = decode(encode(redacted(event, logs=logs)))
        if not self._stepped:
            self._record([event])
        self._inbox.append(event)

    def _complete(self) -> None:
        """Record and fold the events that have arrived; with a stepped clock one moment at a
        time."""
        batch, self._inbox = self._inbox, []
        if not batch:
            return
        if self._stepped:
            batch.sort(key=_order)
            self._record(batch)
        self.latest = fold(self.latest, batch)

    def _record(self, batch: list[ev.Event]) -> None:
        writer = self._wired.writer if self._wired is not None else None
        if writer is not None:
            writer.write(batch)

    def known(self) -> Iterable[ev.Event]:
        """The newest facts of every known object; each new part of the recording begins with
        them."""
        return known_objects(self.latest)

    # --- life

    async def run(self) -> None:
        """Connect, then run all sources until stopped, until the duration or the clock ends."""
        wired = self._wired = await self._connect(self)
        self._jobs = wired.jobs
        self._stepped = wired.clock.at_moments_end(self._complete)
        self.latest = fold(EMPTY, [wired.header])
        self.capabilities = replace(
            self.capabilities,
            can_go_back=wired.writer is not None,
            can_launch=wired.launcher is not None,
            can_read_pods=wired.pod_reader is not None,
        )
        try:
            async with asyncio.TaskGroup() as group:
                own = (self._tick(wired.clock), self._frames(wired.clock), self._begin(wired))
                work = [*(source.run(self.emit) for source in wired.sources), *own]
                tasks = [group.create_task(each) for each in work]
                try:
                    await self._ended.wait()
                finally:
                    for task in tasks:
                        task.cancel()
        except* WvatuiError as group_error:
            raise _first(group_error) from None
        self._complete()
        self.tell()

    async def _begin(self, wired: Wired) -> None:
        """Start the clock once everything is listed; stop the session after its duration."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LISTED_S):
                for source in wired.sources:
                    await source.ready.wait()
        self.is_listed = True
        await wired.clock.ready()
        if self._duration_s is not None:
            end = self.latest.first_at + self._duration_s
            await wired.clock.sleep(end - wired.clock.now())
            self.stop("duration")

    async def _tick(self, clock: Clock) -> None:
        begin = clock.now()
        count = 0
        while True:
            self.emit(ev.Tick(clock.now()))
            # A late wake-up skips ticks rather than bunching them up afterwards.
            count = max(count + 1, int((clock.now() - begin) / TICK_S))
            await clock.sleep(begin + count * TICK_S - clock.now())

    async def _frames(self, clock: Clock) -> None:
        before = time.monotonic()
        while True:
            if not self._stepped:
                self._complete()
            if self._wired is not None and self._wired.writer is not None:
                self._wired.writer.look()
                self._take_later_marks(self._wired.writer)
            now = time.monotonic()
            elapsed, before = now - before, now
            self._play_past(elapsed)
            self.tell()
            clock.check()
            await asyncio.sleep(FRAME_S)

    def _take_later_marks(self, writer: Writer) -> None:
        """Show marks that another process adds beside the recording, which itself is left as it
        is."""
        if self._later is None:
            self._later = LaterMarks(writer.first_path)
        latest = self.latest
        for mark in self._later.news(latest.first_at, latest.now, latest.marks):
            self._note_later(mark)

    def stop(self, reason: str) -> None:
        self.stopped = self.stopped or reason
        self._ended.set()

    async def aclose(self) -> None:
        wired, self._wired = self._wired, None
        if wired is None:
            return
        await self._let_go()
        if wired.writer is not None:
            self._last_writer = wired.writer
            decisions = session_rows.totals(self.latest).decisions
            wired.writer.close(self.stopped or "quit", decisions=decisions)
        await wired.clock.aclose()
        await wired.close()

    # --- asked by the screen

    @property
    def launcher(self) -> "Launcher":
        if self._wired is None and self._last_writer is None:
            raise UsageError("not connected yet")
        if self._wired is None or self._wired.launcher is None:
            return super().launcher
        return self._wired.launcher

    def pod_reader(self, pod: str) -> "PodReader":
        if self._wired is None:
            raise UsageError("not connected yet")
        if self._wired.pod_reader is None:
            raise UsageError("no cluster is asked here: an endpoint has no log and no YAML")
        if (listed := self.latest.pods.get(pod)) is None:
            raise UsageError(f"the cluster has not listed a pod {pod}")
        return self._wired.pod_reader(listed.namespace, bare(listed.name))

    @property
    def jobs(self) -> "Jobs | None":
        """The load jobs that the session creates, also after its end; None: it creates none."""
        return self._jobs

    def _tape(self) -> Tape:
        wired = self._wired
        if wired is None:
            raise UsageError("not connected: nothing to go back to yet")
        writer = wired.writer
        if writer is None:
            raise self._no_seek()
        if writer.size == 0:
            text = f"nothing is recorded: nothing to go back to ({writer.state})"
            raise UsageError(text, hint="make room on the disk")
        return Tape(writer, wired.header.at, wired.clock.speed)

    @property
    def status(self) -> SessionStatus:
        wired = self._wired
        writer = wired.writer if wired is not None else self._last_writer
        recording = "connecting" if wired is None and writer is None else "off"
        past = self._past
        speed = wired.clock.speed if wired is not None else 1.0
        return SessionStatus(
            live=True,
            playing=past is None or past.playhead.playing,
            speed=speed if past is None else past.playhead.speed,
            shown_at=self.state.now if past is None else past.shown_at,
            started_at=self.latest.first_at,
            ended_at=self.latest.now,
            recording=Path(writer.path) if writer is not None else None,
            recording_bytes=writer.size if writer is not None else 0,
            recording_state=writer.state if writer is not None else recording,
            frozen=self._frozen,
            at_edge=past is None and not self._frozen,
            loading=past is not None and past.loading,
            incomplete=writer.incomplete if writer is not None else "",
            recording_news=writer.news if writer is not None else "",
        )

    def retry(self) -> None:
        if self._wired is not None:
            self._wired.retry()

    def mark(self, note: str) -> None:
        if self._wired is not None:
            about = None if self.status.at_edge else self.status.shown_at
            self.emit(ev.Mark(self._wired.clock.now(), note=note, about=about))


def _first(group: BaseExceptionGroup[WvatuiError]) -> WvatuiError:
    """The first expected failure of several that ended a session together."""
    for error in group.exceptions:
        return _first(error) if isinstance(error, BaseExceptionGroup) else error
    raise AssertionError(group)


_RANK: dict[type[ev.Event], int] = {kind: rank for rank, kind in enumerate(ev.EVENTS)} | {
    # Objects before what refers to them; the tick closes the moment.
    ev.Tick: 99,
}


def _order(event: ev.Event) -> tuple[float, int, str, str]:
    """Sort key of events within one moment: time, kind, then the name and namespace of the pod,
    object or source.

    Events with equal keys keep their order.
    """
    who = getattr(event, "pod", "") or getattr(event, "name", "") or getattr(event, "source", "")
    return (event.at, _RANK[type(event)], str(who), str(getattr(event, "namespace", "")))


def known_objects(state: State) -> Iterable[ev.Event]:
    """The newest facts of every object in `state`, as the events that brought them.

    They head each later part of a recording, so that it can be read alone.
    """
    for le_id, le in state.bounds.items():
        yield ev.Bounds(state.now, id=le_id, le=le)
    for table in (
        state.variants,
        state.workloads,
        state.hpas,
        state.scaled_objects,
        state.leases,
        state.configs,
    ):
        yield from table.values()
    endpoints = endpoints_of(state.header)  # the header of each part has them
    for pod in state.pods.values():
        if pod.name in endpoints:
            continue
        yield msgspec.structs.replace(pod, name=bare(pod.name))
    for job in state.jobs.values():
        yield msgspec.structs.replace(job, pods=tuple(map(bare, job.pods)))
    if state.experiment is not None:
        yield state.experiment
    for watched in state.watched.values():
        if watched.engine is not None:
            yield watched.engine
    for name, at in state.gone.items():
        left = state.pods.get(name)
        namespace = left.namespace if left is not None else name.rpartition("/")[0]
        yield ev.Deleted(at, kind="pod", name=bare(name), namespace=namespace)
    for health in state.sources.values():
        yield ev.Source(
            health.since,
            source=health.source,
            status=health.status,
            text=health.text,
            retry_at=health.retry_at,
            verb=health.verb,
            resource=health.resource,
            kinds=health.kinds,
            namespace=health.namespace,
            guarded=health.guarded,
        )
