"""The log of a load job's pod, kept complete in a file and read as it arrives.

It is followed to its end, in bytes, through every interruption, and reported as events of the
recording, whoever created the job. A log line can be hundreds of kilobytes long and has at most one
time stamp, so reading cannot resume by line or time: it begins again and skips the bytes already
read.
"""

import os
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from wvatui.clock import Backoff, Clock
from wvatui.core import events as ev
from wvatui.core.fold.fold_load import JOB_STREAM
from wvatui.core.lines import split
from wvatui.core.redact import redacted_text
from wvatui.errors import ClusterError, DeniedError
from wvatui.host import private
from wvatui.kube.answers import ApiError
from wvatui.kube.client import Client
from wvatui.load.read.progress import (
    Began,
    JobLog,
    JobLogLine,
    LogFinding,
    LogTrouble,
    ReportedResult,
)
from wvatui.load.read.steps import ProgressStep

SOURCE = "load"
LINES_TOLD = 5_000
"""Most lines of one job's log that are recorded, as a tool may be verbose."""
STEP_S = 2.0
"""Seconds between two recorded steps of progress."""


@dataclass(slots=True)
class LogEvents:
    """What the logs of one job have shown so far."""

    began: list[float] = field(default_factory=list)
    """When its tool began to send requests, once per attempt or pod, UTC epoch seconds."""
    stepped_at: float = 0.0
    """When its progress was last recorded, UTC epoch seconds."""
    lines: int = 0
    """Number of lines read."""


def log_events(
    findings: Sequence[LogFinding], job: ev.Job, pod: str, events: LogEvents, now: float
) -> Iterator[ev.Event]:
    """The events for `job` from `findings` in the log of one of its pods; updates `events`."""
    who = {"name": job.name, "namespace": job.namespace, "kind": job.kind, "uid": job.uid}
    for finding in findings:
        if isinstance(finding, Began):
            events.began.append(finding.at or now)
        elif isinstance(finding, ProgressStep):
            if now - events.stepped_at >= STEP_S or finding.done == finding.total:
                events.stepped_at = now
                yield ev.JobProgress(
                    now,
                    **who,
                    done=finding.done,
                    total=finding.total,
                    ratio=finding.ratio,
                    ok=finding.ok,
                    failed=finding.failed,
                    stage=finding.stage,
                    rate=finding.rate,
                    text=finding.text,
                )
        elif isinstance(finding, ReportedResult):
            yield ev.JobResult(
                now,
                **who,
                tool=finding.tool,
                dialect=finding.dialect,
                report=finding.text,
                reduced=finding.reduced,
                origin="log",
            )
        elif isinstance(finding, JobLogLine):
            events.lines += 1
            if events.lines <= LINES_TOLD:
                line = redacted_text(_stamped(finding))
                yield ev.Log(now, line=line, stream=JOB_STREAM, pod=pod)
        elif isinstance(finding, LogTrouble):
            words = f"log of {pod}: {finding.text}"
            yield ev.Notice(now, source=SOURCE, code="job-log", text=words)


def _stamped(line: JobLogLine) -> str:
    """The line preceded by its time stamp, as the kubelet writes it, where that is known."""
    if line.at is None:
        return line.text
    moment = datetime.fromtimestamp(line.at, UTC).isoformat(timespec="milliseconds")
    return f"{moment.removesuffix('+00:00')}Z {line.text}"


FILE_LIMIT = 256 << 20
"""Most bytes of one log that are kept in its file."""
LINE_LIMIT = 1 << 18
"""Longest line, in bytes, that is collected before credentials are searched in it."""
TAIL_LINES = 15
TAIL_CHARS = 2_000


class KeptLog:
    """One pod's log. `path`: of the file that keeps it; None: it is not kept.

    `redact`: removes credentials from a line before it is kept; None: lines are kept unchanged.
    """

    def __init__(
        self,
        path: Path | None,
        tool: str = "",
        *,
        redact: Callable[[str], str] | None = None,
    ) -> None:
        self.path = path
        self._redact = redact
        self._rest = b""
        self.size = 0
        """Number of bytes read."""
        self.trouble = ""
        """Why the file is incomplete; empty: it is complete."""
        self.reader = JobLog(tool)
        self._fd = -1
        self._closed = False

    def feed(self, chunk: bytes) -> list[LogFinding]:
        """Take the next bytes of the log; returns the findings in them."""
        self._store(self._redacted(chunk) if self._redact else chunk)
        self.size += len(chunk)
        return self.reader.feed(chunk)

    def _redacted(self, chunk: bytes, *, end: bool = False) -> bytes:
        """The whole lines so far, or at the `end` everything, without credentials."""
        lines, self._rest = split(self._rest + chunk)
        if end or len(self._rest) > LINE_LIMIT:
            lines, self._rest = [*lines, self._rest], b""
        else:
            lines.append(b"")
        redact = self._redact or str
        clean = (redact(line.decode("utf-8", "surrogateescape")) for line in lines)
        return "\n".join(clean).encode("utf-8", "surrogateescape")

    def _store(self, chunk: bytes) -> None:
        if self.path is None or self.trouble:
            return
        try:
            if self._fd < 0:
                self._fd = private.opened(self.path, os.O_WRONLY | os.O_TRUNC)
            room = FILE_LIMIT - self.size
            view = memoryview(chunk)[: max(0, room)]
            while view:
                view = view[os.write(self._fd, view) :]
            if room < len(chunk):
                self.trouble = f"cut after {FILE_LIMIT >> 20} MiB"
        except OSError as error:
            self.trouble = f"not written on: {error.strerror or 'no room'}"

    def close(self) -> list[LogFinding]:
        """End the log; returns the findings at its end. Safe to call twice."""
        if self._rest:
            self._store(self._redacted(b"", end=True))
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with suppress(OSError):
                os.close(fd)
        if self._closed:
            return []
        self._closed = True
        return self.reader.finish()

    def tail(self) -> str:
        """Its last lines, clean."""
        return "\n".join(self.reader.tail[-TAIL_LINES:])[-TAIL_CHARS:]


IDLE_S = 330.0
"""Seconds of silence after which the stream is opened again, as the connection may be dead."""
LIVELY_S = 5.0
PATIENCE = 4
"""Failures in a row before they are reported."""


async def follow_log(
    client: Client,
    clock: Clock,
    namespace: str,
    pod: str,
    container: str,
    log: KeptLog,
    *,
    is_over: Callable[[], bool],
    stamped: bool = False,
) -> AsyncGenerator[list[LogFinding], None]:
    """Feed `log` until the pod `is_over` and its log was read; yields the findings of each chunk.

    `stamped`: request the kubelet's time stamps, for load that began before the session.
    """
    path = f"/api/v1/namespaces/{quote(namespace)}/pods/{quote(pod)}/log"
    backoff, failures = Backoff(), 0
    while True:
        last = is_over()
        begun, seen = clock.now(), log.size
        params = {"container": container} if container else {}
        params |= {"timestamps": "true"} if stamped else {}
        skip = log.size
        try:
            async with client.stream(path, params | {"follow": "true"}, idle_s=IDLE_S) as chunks:
                async for chunk in chunks:
                    fresh, skip = chunk[skip:], max(0, skip - len(chunk))
                    if fresh:
                        yield log.feed(fresh)
            if last:
                return
        except DeniedError as error:
            log.trouble = log.trouble or error.message
            return
        except TimeoutError:
            failures = 0  # silence is no failure; a dead connection is replaced
        except ClusterError as error:
            gone = isinstance(error, ApiError) and error.status == 404
            if gone or (last and backoff.next() > LIVELY_S):
                return
            failures += 1
            if failures == PATIENCE:
                yield [LogTrouble(f"cannot be read ({error.message}); tried again")]
        else:
            failures = 0
        if log.size > seen or clock.now() - begun >= LIVELY_S:
            backoff.reset()
        await clock.sleep(backoff.next())
