"""Reads a job's log as it arrives: progress, the start of the load, reports, plain lines.

However long the log or one of its lines is, memory is bounded, and a chunk with a thousand steps of
a progress bar gives one step: the newest.
"""

from collections import deque
from dataclasses import dataclass, replace

from wvatui.core.lines import clean, decode, kubelet_time
from wvatui.core.results import read
from wvatui.core.results.notation import reduced
from wvatui.core.results.vllm_block import BEGIN as BLOCK_BEGIN
from wvatui.core.results.vllm_block import END as BLOCK_END
from wvatui.load.profiles.report import BEGIN, Collected
from wvatui.load.read.steps import ANSI, ProgressStep, read_beginning, read_step

TEXT_LIMIT = 200
"""Most characters of a progress line that are passed on."""
LINE_LIMIT = 2_000
SEGMENT_LIMIT = 8_192
"""Most bytes of one segment that are kept."""
TAIL_LINES = 40
BLOCK_LINES = 120
"""Most lines of a printed result block."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a line. `at`: the kubelet's stamp of its line, UTC epoch seconds."""

    raw: bytes
    ends_line: bool
    first: bool
    """Whether it begins its line."""


class Segments:
    """Cuts chunks into segments."""

    def __init__(self) -> None:
        self._rest = b""
        self._first = True

    def feed(self, chunk: bytes) -> list[Segment]:
        """The segments that `chunk` completes, without their line ends.

        An empty one is given only where it ends a line: the line's text is then the segment before.
        """
        segments: list[Segment] = []
        lines = chunk.split(b"\n")
        for number, line in enumerate(lines):
            last = number == len(lines) - 1
            parts = line.split(b"\r")
            for index, part in enumerate(parts):
                open_ = last and index == len(parts) - 1
                room = SEGMENT_LIMIT - len(self._rest)
                self._rest += part[: max(0, room)]
                if open_:
                    break
                ends_line = index == len(parts) - 1
                if self._rest or ends_line:
                    segments.append(Segment(self._rest, ends_line, self._first))
                if self._rest:
                    self._first = False
                self._rest = b""
                if ends_line:
                    self._first = True
        return segments

    def finish(self) -> list[Segment]:
        """The text after the last line end; to be called when nothing more can follow."""
        return [] if self._first and not self._rest else self.feed(b"\n")


def text_of(segment: Segment) -> tuple[float | None, str]:
    """The kubelet's stamp, where the segment begins a line that has one, and the text."""
    text, _ = decode(segment.raw, SEGMENT_LIMIT)
    if not segment.first:
        return None, text
    at, _, rest = kubelet_time(text)
    return at, rest


@dataclass(frozen=True, slots=True)
class Began:
    """The tool reports that its load begins. `at`: the kubelet's stamp of that line."""

    tool: str
    at: float | None


@dataclass(frozen=True, slots=True)
class JobLogLine:
    """A whole line that is no progress bar, cleaned and shortened."""

    text: str
    at: float | None


@dataclass(frozen=True, slots=True)
class ReportedResult:
    """A report in the log: `text` in a form that `core.results.read` accepts."""

    tool: str
    dialect: str
    text: str
    reduced: bool


@dataclass(frozen=True, slots=True)
class LogTrouble:
    """A problem with the log: a report that is damaged or cut off."""

    text: str


LogFinding = Began | ProgressStep | JobLogLine | ReportedResult | LogTrouble


class JobLog:
    """The log of one container of one job, fed in chunks of any size.

    `tool` is set as soon as the log shows it; `step` is the newest progress.
    """

    def __init__(self, tool: str = "") -> None:
        self.tool = tool
        self.step: ProgressStep | None = None
        self.began = False
        self._segments = Segments()
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._bar = ""
        self._piece = ""
        self._stamp: float | None = None
        self._report: Collected | None = None
        self._block: list[str] | None = None

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines of the log, oldest first, including the newest progress bar."""
        return (*self._tail, *([self._bar] if self._bar else ()))

    def feed(self, chunk: bytes) -> list[LogFinding]:
        """The findings in `chunk`, in order; of progress steps only the newest."""
        return self._take(self._segments.feed(chunk))

    def finish(self) -> list[LogFinding]:
        """The findings at the end of the log: an unfinished line, and a report without its end."""
        findings = self._take(self._segments.finish())
        if self._report is not None:
            findings.append(LogTrouble("the report in the log is cut off"))
        if self._block is not None:
            findings.append(self._end_block())
        self._report = self._block = None
        return findings

    def _take(self, segments: list[Segment]) -> list[LogFinding]:
        findings: list[LogFinding] = []
        step: ProgressStep | None = None
        bar: Segment | None = None
        for segment in segments:
            if b"%|" in segment.raw:
                # One of thousands of steps: parsed only once it is known to be the newest.
                bar, self._piece = segment, ""
                continue
            at, text = text_of(segment)
            if segment.first:
                self._stamp = at
            step_read = read_step(text)
            if step_read is not None:
                step, bar = _bounded(step_read), None
            if segment.ends_line:
                step, bar = self._step_of(bar, step), None
                findings += self._line(text if segment.raw else self._piece, self._stamp)
                text = ""
            self._piece = text
        step = self._step_of(bar, step)
        if step is not None:
            self.tool = self.tool or step.tool
            self.step = step
            findings.append(step)
        return findings

    def _step_of(self, bar: Segment | None, step: ProgressStep | None) -> ProgressStep | None:
        """The step that a progress bar shows; `step` where it shows none."""
        if bar is None:
            return step
        _, text = text_of(bar)
        self._bar = clean(ANSI.sub("", text).strip())[:TEXT_LIMIT]
        step_read = read_step(text)
        return _bounded(step_read) if step_read is not None else step

    def _line(self, text: str, at: float | None) -> list[LogFinding]:
        """The findings in a whole line, or in its last segment."""
        if self._report is not None:
            return self._report_line(text)
        if text.startswith(BEGIN):
            self._report = Collected(text)
            return []
        plain = clean(ANSI.sub("", text).rstrip())[:LINE_LIMIT]
        if not plain:
            return []
        self._tail.append(plain)
        self._bar = ""
        findings: list[LogFinding] = [JobLogLine(plain, at)]
        if self._block is not None:
            self._block.append(plain)
            if BLOCK_END.match(plain) or len(self._block) > BLOCK_LINES:
                findings.append(self._end_block())
        elif BLOCK_BEGIN.match(plain):
            self._block = [plain]
        tool = "" if self.began else read_beginning(plain)
        if tool:
            self.began = True
            self.tool = self.tool or tool
            findings.append(Began(tool, at))
        return findings

    def _report_line(self, text: str) -> list[LogFinding]:
        collected = self._report
        assert collected is not None
        if not collected.add(text):
            return []
        self._report = None
        try:
            data = collected.report().decode("utf-8", "replace")
        except ValueError as error:
            return [LogTrouble(str(error))]
        return [self._reported(collected.tool, data)]

    def _end_block(self) -> ReportedResult:
        text = "\n".join(self._block or ())
        self._block = None
        return self._reported("vllm-bench", text)

    def _reported(self, tool: str, text: str) -> ReportedResult:
        small, less = reduced(text)
        report = read(small)
        self.tool = self.tool or report.tool or tool
        return ReportedResult(report.tool or tool, report.dialect, small, less)


def _bounded(step: ProgressStep) -> ProgressStep:
    text, stage = (clean(words)[:TEXT_LIMIT] for words in (step.text, step.stage))
    return replace(step, text=text, stage=stage)
