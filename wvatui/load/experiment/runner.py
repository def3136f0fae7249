"""Runs the stages of an experiment: reset, load, tail. All waiting uses the injected clock.

It is a source like any other: it runs inside the recording session and emits events about its
progress. It leaves no job behind, however it ends.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from wvatui.clock import Clock
from wvatui.core import events as ev
from wvatui.core.lines import many
from wvatui.errors import ClusterError, ReaderGone, WvatuiError
from wvatui.load.experiment.outcome import RunReport, StageReport
from wvatui.load.experiment.plan import ExperimentSettings, planned_load
from wvatui.load.make.beside import named_apart
from wvatui.load.make.hiding import HiddenValues
from wvatui.load.make.job import LoadJob
from wvatui.load.make.jobs import Jobs
from wvatui.load.make.scalers import OwnScalers
from wvatui.load.make.series import LEAD_S, LINE_S, read_rest
from wvatui.load.profiles.manifests import made_by
from wvatui.sources.source import Emit, nowhere

SOURCE = "experiment"
SETTLE_LIMIT_S = 1800.0
ENDS = {"finished": "ended", "stopped": "was stopped", "interrupted": "was interrupted"}
DEADLINE_SPARE_S = 900.0
"""Seconds after the end of its stage at which a job ends by itself if nothing deletes it."""


class _Stop(Exception):  # noqa: N818 - a turn of events, not an error
    """A stage has failed, and the run must stop."""


class ExperimentRunner:
    """The runner that this module describes. `report` fills as it goes; `over(reason)` is called at
    the end."""

    name = SOURCE
    title = "experiment"

    def __init__(
        self,
        report: RunReport,
        jobs: Jobs,
        clock: Clock,
        *,
        over: Callable[[str], None],
        say: Callable[[str], None] = lambda line: None,
        reset: Callable[[], Awaitable[None]] | None = None,
        scalers: OwnScalers | None = None,
        settled: Callable[[], bool] = lambda: True,
        judge: Callable[[], str | None] = lambda: "",
        namespace: str = "",
    ) -> None:
        """`reset`: scales down and up; `scalers`: created after that; `settled`: whether replicas
        have settled; `judge`: a warning about the controller's mode, None while it is unknown.
        `namespace`: for manifests that name none."""
        self.ready = asyncio.Event()
        self.ready.set()
        self.report = report
        self._jobs, self._clock, self._over, self._say = jobs, clock, over, say
        self._reset, self._settled, self._judge = reset, settled, judge
        self._scalers = scalers
        self._namespace = namespace
        self._emit: Emit = nowhere
        self._unwaited: dict[int, LoadJob] = {}

    @property
    def _experiment(self) -> ExperimentSettings:
        return self.report.plan.experiment

    async def run(self, emit: Emit) -> None:
        """Run everything, from the reset to the tail."""
        self._emit = emit
        report = self.report
        try:
            try:
                await self._all()
            except (_Stop, ReaderGone):
                report.ended = "stopped"
            except WvatuiError as error:
                report.troubles.append(error.message)
                report.ended = "stopped"
            else:
                report.ended = "finished"
        finally:
            report.ended = report.ended or "interrupted"
            await self._after()
        self._over(report.ended)

    async def _all(self) -> None:
        report = self.report
        if self._reset is not None:
            report.phase = "reset"
            self._tell("reset", "scaling to 0 and back before the run")
            await self._reset()
        if self._scalers is not None:
            await self._scalers.apply()
            for scaler in self._scalers.scalers:
                self._tell("scaler", f"{scaler} is made: it scales {scaler.target}")
        await self._clock.sleep(LEAD_S)
        report.phase, report.begun_at = "load", self._clock.now()
        self._tell("start", f"{self._experiment.name} begins: {many(len(report.stages), 'stage')}")
        lines = asyncio.create_task(self._status_lines())
        try:
            await (self._parallel() if self._experiment.parallel else self._sequence())
            await self._end_load()
            await self._tail()
        finally:
            lines.cancel()
            await asyncio.gather(lines, return_exceptions=True)

    # --- stages

    async def _parallel(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for stage in self.report.stages:
                    group.create_task(self._stage(stage))
        except* _Stop:
            raise _Stop from None

    async def _sequence(self) -> None:
        first = True
        for stage in self.report.stages:
            if not first and not stage.stage.skipped:
                await self._clock.sleep(self._experiment.gap_s)
            await self._stage(stage)
            first = first and stage.stage.skipped

    async def _stage(self, stage_report: StageReport) -> None:
        stage, workload = stage_report.stage, stage_report.stage.workload
        if stage.skipped:
            stage_report.status = "skipped"
            stage_report.reason = f"there is no file {workload.manifest.path}"
            self._tell("stage-skipped", f"{stage.name} is skipped: {stage_report.reason}")
            return
        since = self._clock.now()
        if self._experiment.parallel and self.report.begun_at is not None:
            since = self.report.begun_at
        begun = since + workload.start_delay_s
        await self._until(begun)
        stage_report.started_at = self._clock.now()
        try:
            body, beside = named_apart(self.prepared(stage_report), workload.manifest.beside)
            job = await self._jobs.create(
                body,
                stage.name,
                profile=workload.manifest.path.name,
                stages=planned_load(stage),
                beside=beside,
            )
        except ClusterError as error:
            hidden = HiddenValues([workload.manifest.body, *workload.manifest.beside])
            words = hidden.text(error.message)
            self._fail(stage_report, f"its job could not be made: {words}")
            return
        stage_report.status, stage_report.job = "running", job.name
        self._tell("stage-start", f"{stage.name} begins: job {job.name}")
        if workload.duration_s is None and not workload.wait:
            self._unwaited[stage.index] = job
            return  # not waited for: deleted at the end of the run
        end = begun + (workload.duration_s or workload.timeout_s)
        await self._ended(job, end)
        if not workload.wait:
            grace_s = self._experiment.grace_s if stage.may_be_late else 0.0
            await self._ended(job, end + grace_s)
            if job.status == "succeeded":
                await self._until(end)
        await self._close(stage_report, job)

    async def _until(self, at: float) -> None:
        await self._clock.sleep(at - self._clock.now())

    async def _ended(self, job: LoadJob, until: float) -> None:
        """Wait until `job` has ended, at most until `until`."""
        left_s = until - self._clock.now()
        if left_s > 0:
            with suppress(TimeoutError):
                async with self._clock.timeout(left_s):
                    await job.wait()

    async def _close(self, stage: StageReport, job: LoadJob) -> None:
        """End the stage: record the outcome of its job, and delete the job."""
        status, why = job.status, job.why
        if job.ended:
            await read_rest(job, self._clock)
        await self._delete(job)
        _, _, flaw = why.partition(": ")  # an earlier attempt was killed
        if status == "succeeded":
            self._end(stage, "done", flaw)
            return
        stage.tail = "" if status == "running" and not stage.stage.workload.wait else job.tail()
        if status in ("failed", "deleted"):
            self._fail(stage, why)
        elif stage.stage.workload.wait:
            lasted_s = self._clock.now() - (stage.started_at or 0.0)
            self._fail(stage, f"not done after {lasted_s:.0f} s ({why})", status="timed out")
        elif status == "pending":
            self._fail(stage, f"its pod never ran ({why})")
        else:
            self._end(stage, "cut", "; ".join(filter(None, ("it still ran at its end", flaw))))

    async def _delete(self, job: LoadJob) -> None:
        try:
            await self._jobs.delete(job)
        except ClusterError as error:
            words = f"job {job.name} could not be deleted: {error.message}"
            self.report.troubles.append(words)
            self._tell("trouble", words)

    def prepared(self, stage: StageReport) -> dict[str, Any]:
        """The Job of a stage as it will be created."""
        workload = stage.stage.workload
        body = workload.manifest.body
        namespace = str((body.get("metadata") or {}).get("namespace") or self._namespace)
        longest = workload.timeout_s if workload.wait else workload.duration_s
        limit_s = None
        if longest is not None:
            limit_s = longest + self._experiment.grace_s + DEADLINE_SPARE_S
        return made_by(
            body,
            session=self._jobs.session,
            key=str(stage.stage.index),
            title=stage.stage.name,
            namespace=namespace,
            limit_s=limit_s,
        )

    def _end(self, stage: StageReport, status: str, reason: str = "") -> None:
        stage.status, stage.reason, stage.ended_at = status, reason, self._clock.now()
        words = f"{stage.stage.name} {status}" + (f": {reason}" if reason else "")
        self._tell("stage-end", words)

    def _fail(self, stage: StageReport, reason: str, *, status: str = "failed") -> None:
        stage.status, stage.reason, stage.ended_at = status, reason, self._clock.now()
        last = f"; its log ends: {stage.tail.splitlines()[-1]}" if stage.tail else ""
        self._tell("stage-failed", f"{stage.stage.name} {status}: {reason}{last}")
        if self._experiment.on_failure == "stop":
            raise _Stop

    # --- after the load

    async def _end_load(self) -> None:
        """End the last stage. Jobs that were not waited for continue until the end of the tail."""
        self.report.load_ended_at = self._clock.now()
        self.report.phase = "tail"
        self._tell("load-end", "the load has ended")

    async def _tail(self) -> None:
        tail_s = self._experiment.tail_s
        if tail_s is not None:
            await self._clock.sleep(tail_s)
            return
        end = self._clock.now() + SETTLE_LIMIT_S
        while self._clock.now() < end:
            await self._clock.sleep(LINE_S)
            if self._settled():
                self._tell("settled", "the replicas have settled")
                return
        self._tell("settled", f"the replicas have not settled within {SETTLE_LIMIT_S:.0f} s")

    async def _after(self) -> None:
        """Delete all jobs of this run, whatever has happened."""
        report = self.report
        for stage in report.stages:
            job = self._unwaited.get(stage.stage.index)
            if job is not None and job.status == "failed":
                stage.tail = job.tail()
                stage.status, stage.reason, stage.ended_at = "failed", job.why, self._clock.now()
            elif stage.status == "running":
                waited = stage.stage.workload
                ends = waited.duration_s is None and not waited.wait
                cut = ends and report.ended == "finished"
                stage.status = "cut" if cut else "interrupted"
                stage.reason = (
                    "deleted at the end of the run" if cut else f"the run {ENDS[report.ended]}"
                )
                stage.ended_at = self._clock.now()
            elif stage.status == "waiting":
                stage.status = "skipped" if stage.stage.skipped else "not reached"
        for trouble in await self._jobs.clean_up():
            report.troubles.append(trouble)
            self._tell("trouble", trouble)
        report.phase, report.ended_at = "over", self._clock.now()
        self._tell("end", f"the run is {report.ended}: {report.counted()}")

    # --- reporting

    def since(self) -> float:
        """Seconds since T+0; 0 before it."""
        begun = self.report.begun_at
        return 0.0 if begun is None else self._clock.now() - begun

    def _tell(self, code: str, text: str) -> None:
        at = self._clock.now()
        self._emit(self.report.event(at))
        self._emit(ev.Notice(at, source=SOURCE, code=f"{SOURCE}-{code}", text=text))
        self._line(text)

    def _line(self, text: str) -> None:
        self._say(f"[T+{self.since():.0f}s] {text}")

    async def _status_lines(self) -> None:
        report, begun = self.report, self._clock.now()
        count, judged = 0, False
        while True:
            count += 1
            await self._clock.sleep(begun + count * LINE_S - self._clock.now())
            if not judged and (words := self._judge()) is not None:
                judged = True
                if words and words not in report.warnings:
                    report.warnings.append(words)
                    self._tell("mode", f"warning: {words}")
            if report.phase == "tail":
                tail_s = self._experiment.tail_s
                left = "until the replicas have settled"
                if tail_s is not None and report.load_ended_at is not None:
                    left_s = report.load_ended_at + tail_s - self._clock.now()
                    left = f"{max(0.0, left_s):.0f}s remaining"
                self._line(f"Recording ({left})")
                continue
            left_s = max(0.0, report.plan.end_s - self.since())
            about = "" if report.plan.is_exact else "about "
            names = ", ".join(stage_report.stage.name for stage_report in report.active)
            words = f"Running: {names}" if names else "No active jobs"
            self._line(f"{words} ({about}{left_s:.0f}s remaining)")
