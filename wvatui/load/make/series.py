"""Creates the ordered loads one after the other, waits for each, and then ends the session.

It is a source like any other: it runs inside the recording session, and emits events about its
progress. The launcher, a source of the same session, deletes the created objects.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from wvatui.clock import Clock
from wvatui.core import events as ev
from wvatui.core.lines import many
from wvatui.core.rows.load_views import JobRow
from wvatui.errors import ClusterError
from wvatui.load.make.job import LoadJob
from wvatui.load.make.launcher import Launcher
from wvatui.load.make.order import LaunchPreview
from wvatui.sources.source import Emit, nowhere

LEAD_S = 3.0
"""Seconds recorded before the first load, for comparison."""
LINE_S = 10.0
"""Seconds between two lines of progress."""
LOG_S = 15.0
"""Most seconds to wait for the rest of an ended job's log."""


class OrderSeries:
    """The series that this module describes. Afterwards `troubles` lists problems, and `ended` says
    how it ended."""

    name = "series"
    title = "load"

    def __init__(
        self,
        drafts: Sequence[LaunchPreview],
        launcher: Callable[[], Launcher],
        clock: Clock,
        *,
        tail_s: float,
        over: Callable[[str], None],
        say: Callable[[str], None],
        rows: Callable[[], Sequence[JobRow]],
    ) -> None:
        """`over(reason)` is called at the end; `rows`: returns the session's rows of jobs."""
        self.ready = asyncio.Event()
        self.ready.set()
        self.troubles: list[str] = []
        self.ended = ""
        """One of finished, stopped (after a failure), interrupted."""
        self._drafts, self._launcher, self._clock = drafts, launcher, clock
        self._tail_s, self._over, self._say, self._rows = tail_s, over, say, rows
        self._emit: Emit = nowhere
        self._begun = 0.0

    async def run(self, emit: Emit) -> None:
        """Run everything, from the lead to the tail."""
        self._emit = emit
        self.ended = "interrupted"
        await self._clock.sleep(LEAD_S)
        self._begun = self._clock.now()
        lines = asyncio.create_task(self._status_lines())
        try:
            for draft in self._drafts:
                if not await self._one(draft):
                    break
            self._tell("load-end", f"the load has ended; recording {self._tail_s:g} s more")
            await self._clock.sleep(self._tail_s)
        finally:
            lines.cancel()
            await asyncio.gather(lines, return_exceptions=True)
        self.ended = "stopped" if self.troubles else "finished"
        self._over(self.ended)

    async def _one(self, draft: LaunchPreview) -> bool:
        """Run one load to its end; returns whether it ended well."""
        launcher = self._launcher()
        try:
            name = await launcher.create(draft)
        except ClusterError as error:
            self._fail(f"{draft.title} could not be made: {error.message}")
            return False
        job = launcher.jobs.made[-1]
        self._tell("load-start", f"{draft.title} begins: {draft.kind} {name}")
        await job.wait()
        await read_rest(job, self._clock)
        if job.status == "succeeded":
            self._tell("load-done", f"{draft.title} succeeded")
            return True
        self._fail(f"{draft.title} {job.why}{_tail(job)}")
        return False

    def _fail(self, words: str) -> None:
        self.troubles.append(words)
        self._tell("load-failed", words)

    def _tell(self, code: str, words: str) -> None:
        now = self._clock.now()
        self._emit(ev.Notice(now, source=self.name, code=code, text=words))
        self._line(words)

    def _line(self, words: str) -> None:
        self._say(f"[T+{self._clock.now() - self._begun:.0f}s] {words}")

    async def _status_lines(self) -> None:
        count = 0
        while True:
            count += 1
            await self._clock.sleep(self._begun + count * LINE_S - self._clock.now())
            mine = {job.uid for job in self._launcher().jobs.made if job.uid}
            for row in self._rows():
                if row.active and row.key.rpartition("/")[2] in mine:
                    self._line(progress_line(row))


async def read_rest(job: LoadJob, clock: Clock) -> None:
    """Wait for the rest of an ended job's log, at most `LOG_S`."""
    with suppress(TimeoutError):
        async with clock.timeout(LOG_S):
            await job.read()


def progress_line(row: JobRow) -> str:
    """Progress of a job: the load it offers, requests answered, time left."""
    parts = [f"{row.title}: {row.status_text}"]
    if row.stage:
        parts.append(row.stage)
    if row.done is not None:
        parts.append(f"{row.done}/{row.total}" if row.total else many(row.done, "request"))
    elif row.ratio is not None and row.status == "running":
        parts.append(f"{row.ratio:.0%}")
    if row.ok is not None:
        parts.append(f"{row.ok} ok")
    if row.failed:
        parts.append(f"{row.failed} failed")
    if row.remaining_s is not None and row.status == "running":
        parts.append(f"{row.remaining_s:.0f}s remaining")
    return ", ".join(parts)


def _tail(job: LoadJob) -> str:
    last = job.tail().splitlines()
    return f"; its log ends: {last[-1]}" if last else ""
