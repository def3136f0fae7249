"""Turns reports of load tools into load jobs and their results.

A report that states its own time is put there, with its stages. Any other is timed by the harness's
files, else it ends when its file was written; both give a notice.
"""

import json
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from wvatui.core.events import Event, Job, JobResult, Stage
from wvatui.core.lines import clean
from wvatui.core.results import Benchmark, Report, read
from wvatui.core.results.notation import reduced
from wvatui.core.results.shape import contradiction
from wvatui.core.structs import replace
from wvatui.errors import RecordingError
from wvatui.recording.imports.pieces import Piece
from wvatui.recording.imports.source import NO_RUN, HarnessRun, ImportSource, listed, nearest

_ENDINGS = (".json", ".jsonl", ".yaml", ".yml", ".csv", ".log", ".txt")
_FROM_OTHERS = "benchmark-report"
"""Prefix of the dialect of a report that llm-d-benchmark made from another tool's report."""


class ReadReport(NamedTuple):
    """One report: its file, the part of it that a recording keeps, and its content."""

    piece: Piece
    text: str
    is_reduced: bool
    report: Report
    folder: str
    """The folder that holds it; several files that are one report have a folder of their own."""

    @property
    def is_from_others(self) -> bool:
        """Whether llm-d-benchmark made it from another tool's report."""
        return self.report.dialect.startswith(_FROM_OTHERS)


class ReportImporter:
    """Turns each report into a load job and its result; the files of one inference-perf run are one
    report."""

    def __init__(self, source: ImportSource) -> None:
        self._source = source
        self._reports: list[ReadReport] = []
        self._refused: list[str] = []

    def take(self, piece: Piece) -> None:
        """Read a report; one without a benchmark gives a notice, or is refused where it is the only
        source."""
        text = piece.content.decode("utf-8", "replace")
        report = read(text)
        name = clean(piece.base)
        if not report.benchmarks:
            self._refused.append(f"{name}: {'; '.join(report.problems) or 'no report'}")
            return
        small, is_reduced = reduced(_block_of(text, report))
        self._reports.append(
            ReadReport(piece._replace(content=b""), small, is_reduced, report, piece.folder)
        )

    def events(self) -> Iterator[Event]:
        """A job and a result for each report. Raises RecordingError where none could be read."""
        if not self._reports and self._refused:
            raise RecordingError(self._refused[0])
        for words in self._refused:
            self._source.notice(words)
        reports = list(_together(self._reports))
        own = {r.folder for r in reports if not r.is_from_others}
        again: list[ReadReport] = []
        kept: list[ReadReport] = []
        for each in reports:
            (again if each.is_from_others and each.folder in own else kept).append(each)
        if again:
            self._source.notice(
                f"{listed(r.piece.base for r in again)}: says what the tool's own report says: left"
                " out"
            )
        names = _names(kept)
        for each, name in zip(kept, names, strict=True):
            yield from self._load(each, name)

    def _load(self, each: ReadReport, name: str) -> Iterator[Event]:
        source, report = self._source, each.report
        run = nearest(source.runs, each.folder, NO_RUN)
        odd = filter(None, map(contradiction, report.benchmarks))
        for problem in (*report.problems, *odd):
            source.notice(f"{clean(each.piece.base)}: {clean(problem)}")
        begin, end = self._times(each, run)
        job = Job(
            begin,
            name=name,
            namespace=source.namespace,
            tool=report.tool or run.tool,
            title=run.name or name,
            model=report.model or run.model or source.model,
            target=report.target,
            status="running",
            started_at=begin,
            load_at=begin,
            requests=_requests(report),
            stages=tuple(_stages(report.benchmarks, begin)),
        )
        yield job
        yield JobResult(
            end,
            name=name,
            namespace=job.namespace,
            tool=job.tool,
            dialect=report.dialect,
            report=each.text,
            reduced=each.is_reduced,
            origin=each.piece.name,
        )
        yield replace(job, at=end, status="succeeded", ended_at=end)

    def _times(self, each: ReadReport, run: HarnessRun) -> tuple[float, float]:
        """Start and end of the load, UTC epoch seconds, from the best source there is."""
        benchmarks = each.report.benchmarks
        begins = [b.since for b in benchmarks if b.since is not None]
        ends = [end for b in benchmarks if (end := _end(b)) is not None]
        if begins and ends:
            return min(begins), max(max(ends), min(begins))
        name = clean(each.piece.base)
        lengths = [b.duration_s for b in benchmarks]
        length_s = sum(length for length in lengths if length is not None)
        if run.since is not None:
            self._source.notice(
                f"{name}: does not say when it ran: the time that the harness names is taken"
            )
            until = run.since + length_s if run.until is None else run.until
            return run.since, max(until, run.since)
        end = each.piece.written_at or time.time()
        written = "the file was written" if each.piece.written_at else "it is imported"
        self._source.notice(
            f"{name}: does not say when it ran: the time at which {written} is taken as its end"
        )
        return max(0.0, end - length_s), end


def _block_of(text: str, report: Report) -> str:
    """The part of a job's log that is the printed report."""
    if not report.dialect.endswith("-block"):
        return text
    title = text.rindex("Serving Benchmark Result")
    return text[text.rfind("\n", 0, title) + 1 :]


def _together(reports: Iterable[ReadReport]) -> Iterator[ReadReport]:
    """The reports, with those of one inference-perf run joined into one."""
    runs: dict[str, list[ReadReport]] = {}
    for each in reports:
        if each.report.dialect == "inference-perf" and "lifecycle_metrics" in each.piece.base:
            runs.setdefault(each.folder, []).append(each)
        else:
            yield each
    for parts in runs.values():
        if len(parts) == 1:
            yield parts[0]
            continue
        data = {part.piece.base: json.loads(part.text) for part in parts}
        text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
        newest = max(part.piece.written_at or 0.0 for part in parts)
        piece = Piece(f"{parts[0].piece.folder or 'inference-perf'}", b"", newest or None)
        is_reduced = any(part.is_reduced for part in parts)
        yield ReadReport(piece, text, is_reduced, read(text), parts[0].folder)


def _names(reports: Iterable[ReadReport]) -> list[str]:
    """A name for each job: its file's, with the folder where two would be equal."""
    names: list[str] = []
    for each in reports:
        name = clean(each.piece.base)
        for ending in _ENDINGS:
            name = name.removesuffix(ending)
        name = name or "report"
        if name in names:
            name = clean(f"{each.piece.folder}/{name}".strip("/"))
        while name in names:
            name += "'"
        names.append(name)
    return names


def _requests(report: Report) -> int | None:
    counts = [count for b in report.benchmarks for count in (b.ok, b.failed, b.incomplete) if count]
    return sum(counts) or None


def _stages(benchmarks: Iterable[Benchmark], begin: float) -> Iterator[Stage]:
    """The stages with their times; none, unless every stage has one."""
    timed = list(benchmarks)
    if any(b.since is None for b in timed):
        if len(timed) == 1 and timed[0].duration_s is not None:
            yield _stage(timed[0], 0.0, timed[0].duration_s)
        return
    for b in timed:
        end, since = _end(b), b.since or begin
        length_s = end - since if end is not None else b.duration_s
        yield _stage(b, since - begin, length_s)


def _stage(benchmark: Benchmark, start_s: float, length_s: float | None) -> Stage:
    name = benchmark.strategy if benchmark.rate is None else ""
    return Stage(start_s, length_s, benchmark.rate, name)


def _end(benchmark: Benchmark) -> float | None:
    if benchmark.until is not None or benchmark.since is None:
        return benchmark.until
    lasted = benchmark.duration_s
    return None if lasted is None else benchmark.since + lasted
