"""What the log of a load job tells, as events of the recording: whoever made the job."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from wvatui.core import events as ev
from wvatui.core.fold.fold_load import JOB_STREAM
from wvatui.load.read.log.progress import Began, JobLogLine, LogFinding, LogTrouble, ReportedResult
from wvatui.load.read.log.steps import ProgressStep

SOURCE = "load"
LINES_TOLD = 5_000
"""Lines of one job's log that go into the recording: a tool may be told to be chatty."""
STEP_S = 2.0
"""Between two steps of progress that are told."""


@dataclass(slots=True)
class LogEvents:
    """What the logs of one job have told so far."""

    load_at: float | None = None
    """When its tool began to send requests."""
    stepped_at: float = 0.0
    """When its progress was told last."""
    lines: int = 0
    """Lines of its logs that were read."""


def log_events(
    found: Sequence[LogFinding], job: ev.Job, pod: str, told: LogEvents, now: float
) -> Iterator[ev.Event]:
    """What `found` in the log of one of its pods says of `job`; `told` learns from it."""
    who = {"name": job.name, "namespace": job.namespace, "kind": job.kind, "uid": job.uid}
    for one in found:
        if isinstance(one, Began):
            told.load_at = told.load_at or one.at or now
        elif isinstance(one, ProgressStep):
            if now - told.stepped_at >= STEP_S or one.done == one.total:
                told.stepped_at = now
                yield ev.JobProgress(
                    now,
                    **who,
                    done=one.done,
                    total=one.total,
                    ratio=one.ratio,
                    ok=one.ok,
                    failed=one.failed,
                    stage=one.stage,
                    rate=one.rate,
                    text=one.text,
                )
        elif isinstance(one, ReportedResult):
            yield ev.JobResult(
                now,
                **who,
                tool=one.tool,
                dialect=one.dialect,
                report=one.text,
                reduced=one.reduced,
                origin="log",
            )
        elif isinstance(one, JobLogLine):
            told.lines += 1
            if told.lines <= LINES_TOLD:
                yield ev.Log(now, line=_stamped(one), stream=JOB_STREAM, pod=pod)
        elif isinstance(one, LogTrouble):
            words = f"log of {pod}: {one.text}"
            yield ev.Notice(now, source=SOURCE, code="job-log", text=words)


def _stamped(line: JobLogLine) -> str:
    """The line as the kubelet gives it: with when it was written, where that is known."""
    if line.at is None:
        return line.text
    moment = datetime.fromtimestamp(line.at, UTC).isoformat(timespec="milliseconds")
    return f"{moment.removesuffix('+00:00')}Z {line.text}"
