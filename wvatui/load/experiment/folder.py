"""The folder of one run: created when the run begins, never replacing another one, valid at any
moment.

<base_dir>/<name>-<YYYYmmdd-HHMMSS>[-label][-rN]/
    experiment-config.yaml       the file that was run, byte for byte
    session.jsonl                the recording
    wva-controller-logs.jsonl    the controller's lines as it wrote them
    metrics.csv                  the columns of the older scripts
    job-logs/  results/          of each job
    README.md                    what ran, and what happened
"""

import os
import shlex
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import wvatui
from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.lines import clean, kubelet_time, many
from wvatui.core.queries.load.result_rows import job_results, rounded
from wvatui.core.queries.session import session_rows
from wvatui.core.queries.session.configuration import images
from wvatui.core.redact import redacted_text
from wvatui.core.state.state import State
from wvatui.errors import UsageError, WvatuiError
from wvatui.export.seed import seed_csv
from wvatui.export.stamp import iso
from wvatui.host import private
from wvatui.load.experiment.outcome import RunReport, StageReport
from wvatui.load.experiment.plan import offered_words, span
from wvatui.recording import Writer, open_recording
from wvatui.recording.imports.run_folder import RAW_LOG, SESSION

FILES = {
    "README.md": "this file",
    "experiment-config.yaml": "the experiment, as it was run",
    "session.jsonl": "the recording: `wvatui replay session.jsonl`",
    "wva-controller-logs.jsonl": "the controller's log, line by line as it wrote it",
    "metrics.csv": "time series in the columns of the older experiment scripts",
    "job-logs/": "logs of the load jobs' pods",
    "results/": "what the load jobs measured",
}


def readme(
    report: RunReport,
    state: State,
    numbers: Mapping[str, Any],
    *,
    label: str = "",
    repetition: int = 0,
    files: Iterable[tuple[str, int]] = (),
) -> str:
    """The text of README.md. `numbers`: the session's summary."""
    experiment = report.plan.experiment
    lines = [f"# {experiment.name}", ""]
    if experiment.description:
        lines += [_text(experiment.description), ""]
    if report.ended != "finished":
        lines += [f"**The run was {report.ended}: what is here ends where it did.**", ""]
    lines += _table(("", ""), _facts(report, state, label, repetition))
    lines += ["", "## What ran", "", *_stages(report)]
    if steps := offered_words(report.plan):
        lines += ["", f"Offered load as planned: {steps} req/s."]
    if measured := _result_lines(state):
        lines += ["", "## What the load jobs measured", "", *measured]
    lines += ["", "## What happened", "", *_happened(report, state, numbers)]
    lines += ["", "## Versions and images", "", *_versions(state)]
    lines += ["", "## Files", "", *_files(files)]
    return "\n".join(lines) + "\n"


def _facts(report: RunReport, state: State, label: str, repetition: int) -> list[tuple[str, str]]:
    experiment = report.plan.experiment
    head = session_rows.header(state)
    begun, ended = report.begun_at, report.ended_at
    rows = [
        ("status", f"{report.ended}: {report.counted()}"),
        ("began (T+0)", iso(begun) if begun is not None else "never"),
        ("load ended", iso(report.load_ended_at)),
        ("ended", iso(ended)),
        ("length", span(ended - begun) if begun is not None and ended is not None else ""),
        ("label", label),
        ("repetition", str(repetition) if repetition else ""),
        ("mode asked for", experiment.mode),
        ("controller", " ".join((head.controller_version, head.analyzer)).strip()),
        ("replicas scaled by", head.driver),
        ("context", head.context),
        ("namespace", head.namespace),
        ("deployment", experiment.deployment),
        ("model", experiment.model_name),
    ]
    return [row for row in rows if row[1]]


def _stages(report: RunReport) -> list[str]:
    rows = [_stage(report, stage) for stage in report.stages]
    lines = _table(("stage", "job", "req/s", "from", "to", "ended", "reason"), rows)
    for stage in report.stages:
        if stage.tail:
            lines += ["", f"The log of {_text(stage.stage.name)} ends:", "", "```"]
            tail = redacted_text(stage.tail).splitlines()
            lines += [line.replace("```", "'''") for line in tail]
            lines.append("```")
    return lines


def _stage(report: RunReport, row: StageReport) -> tuple[str, ...]:
    stage, begun = row.stage, report.begun_at

    def since(at: float | None) -> str:
        return "–" if at is None or begun is None else f"T+{at - begun:.0f}s"

    rate = "–" if stage.rate is None else f"{stage.rate:g}"
    name = row.job or stage.workload.manifest.name or str(stage.workload.manifest.path.name)
    times = since(row.started_at), since(row.ended_at)
    return (stage.name, name, rate, *times, row.status, row.reason)


def _result_lines(state: State) -> list[str]:
    """One row per benchmark: the client's numbers, and the servers' mean beside them."""
    rows = [
        (
            " ".join(part for part in (row.title, row.stage) if part),
            rounded(row.client.ok),
            rounded(row.client.failed),
            rounded(row.client.requests_per_s),
            rounded(row.client.ttft_ms.mean),
            rounded(row.client.ttft_ms.p99),
            rounded(row.server.ttft_mean_ms),
            rounded(row.client.itl_ms.mean),
            rounded(row.client.itl_ms.p99),
            rounded(row.server.itl_mean_ms),
        )
        for row in sorted(job_results(state), key=lambda row: row.at)
    ]
    latencies = [f"{what} mean ms|p99|servers' mean" for what in ("TTFT", "ITL")]
    titles = "|".join(["stage|ok|failed|req/s", *latencies]).split("|")
    return _table(titles, rows) if rows else []


def _happened(report: RunReport, state: State, numbers: Mapping[str, Any]) -> list[str]:
    lines = [f"- warning: {_text(words)}" for words in report.warnings]
    lines += [f"- {_text(words)}" for words in report.troubles]
    cycles, ups, downs = many(numbers["cycles"], "cycle"), numbers["ups"], numbers["downs"]
    lines.append(f"- decisions of the controller: {cycles} ({ups} up, {downs} down)")
    current = numbers.get("cur")
    if isinstance(current, list):
        lines.append(
            f"- replicas {current[0]} – {current[1]}, highest target {numbers.get('tgt_max')}"
        )
    for (_, name), ring in sorted(state.ladder.items()):
        ready = [step.ready for step in ring if step.ready is not None]
        if ready:
            lines.append(f"- {_text(name)}: {min(ready)} – {max(ready)} ready replicas")
    for key, words in (
        ("gaps", "gaps in what was seen"),
        ("errs", "errors in the log"),
        ("drift", "wording that was not recognised"),
    ):
        if numbers.get(key):
            lines.append(f"- {words}: {_text(str(numbers[key]))}")
    return lines


def _versions(state: State) -> list[str]:
    rows = [("wvatui", wvatui.__version__)]
    if state.header is not None and state.header.server:
        rows.append(("Kubernetes", state.header.server))
    head = session_rows.header(state)
    if head.controller_version:
        rows.append(("WVA, by its wording", head.controller_version))
    rows += sorted(images(state).items())
    lines = _table(("what", "version or image"), rows)
    for (_, _, name), workload in sorted(state.workloads.items()):
        for container, words in sorted(workload.arguments.items()):
            given = " ".join(shlex.quote(clean(word)) for word in words)
            lines += ["", f"Arguments of {_text(name)}/{_text(container)}:", "", "```"]
            lines += [given.replace("```", "'''"), "```"]
    return lines


def _files(files: Iterable[tuple[str, int]]) -> list[str]:
    lines = [f"- `{name}`: {words}" for name, words in FILES.items()]
    extra = [name for name, _ in files if "/" in name]
    return [*lines, *(f"  - `{_text(name)}`" for name in extra)]


def _table(titles: Sequence[str], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    return lines + ["| " + " | ".join(map(_text, row)) + " |" for row in rows]


def _text(text: str) -> str:
    """Text from outside, escaped for a line of Markdown."""
    return clean(redacted_text(text)).replace("|", "\\|").replace("<", "&lt;")


METRICS = "metrics.csv"
README = "README.md"
CONFIG = "experiment-config.yaml"
JOB_LOGS = "job-logs"
RESULTS = "results"
CONTROLLER = "controller"


def folder_path(base: Path, name: str, at: float, *, label: str = "", repetition: int = 0) -> Path:
    """Path of a run that begins at `at` (UTC epoch seconds), or in the next second whose path is
    free."""
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y%m%d-%H%M%S")
    parts = [name, stamp, label, f"r{repetition}" if repetition else ""]
    path = base / "-".join(part for part in parts if part)
    if not os.path.exists(path):  # False also where it cannot be known, which is told later
        return path
    return folder_path(base, name, at + 1.0, label=label, repetition=repetition)


def _without_secrets(config: bytes) -> bytes:
    """The file, with anything that looks like a credential hidden; unchanged where there is
    none."""
    text = config.decode("utf-8", "surrogateescape")
    return redacted_text(text).encode("utf-8", "surrogateescape")


class RunFolder:
    """The folder of one run. Raises UsageError when it exists already, or cannot be created."""

    def __init__(self, path: Path, config: bytes) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir()
        except FileExistsError:
            what = path if path.exists() else path.parent
            raise UsageError(
                f"{what}: exists already",
                hint="a run is never written over: name another folder with -o",
            ) from None
        except OSError as error:
            raise UsageError(f"{path}: cannot be made: {error.strerror}") from None
        self._raw = -1
        self.trouble = ""
        """Why the raw log is incomplete; empty: it is complete."""
        try:
            (path / JOB_LOGS).mkdir()
            (path / RESULTS).mkdir()
            with os.fdopen(private.opened(path / CONFIG, os.O_WRONLY | os.O_EXCL), "wb") as file:
                file.write(_without_secrets(config))
            self._raw = private.opened(path / RAW_LOG, os.O_WRONLY | os.O_APPEND)
        except OSError as error:
            self.discard()
            raise UsageError(f"{path}: cannot be written: {error.strerror}") from None

    @property
    def session(self) -> Path:
        """The recording."""
        return self.path / SESSION

    @property
    def job_logs(self) -> Path:
        """The folder for logs of jobs."""
        return self.path / JOB_LOGS

    def take(self, events: Iterable[ev.Event]) -> None:
        """Append the controller's lines among `events`, without the kubelet's time stamps."""
        lines = [
            kubelet_time(event.line)[2]
            for event in events
            if isinstance(event, ev.Log) and event.stream.startswith(CONTROLLER)
        ]
        if not lines or self._raw < 0 or self.trouble:
            return
        data = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
        begin = os.lseek(self._raw, 0, os.SEEK_END)
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._raw, view) :]
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._raw, begin)
            self.trouble = f"{RAW_LOG} ends early: {error.strerror or 'no room'}"

    def write(self, name: str, text: str) -> None:
        """Write a whole file, or nothing of it. Raises OSError."""
        private.write(self.path / name, text)

    def close(self) -> None:
        """Close the file of the controller's lines. Safe to call twice."""
        raw, self._raw = self._raw, -1
        if raw >= 0:
            os.close(raw)

    def discard(self) -> None:
        """Delete the folder, as nothing has run."""
        self.close()
        shutil.rmtree(self.path, ignore_errors=True)

    def files(self) -> list[tuple[str, int]]:
        """(name, bytes) of all files, sorted."""
        return sorted(
            (str(path.relative_to(self.path)), path.stat().st_size)
            for path in self.path.rglob("*")
            if path.is_file() and not path.name.startswith(".")
        )


class RunWriter(Writer):
    """Records a run: the session's file, and the controller's lines beside it."""

    def __init__(
        self, folder: RunFolder, header: ev.Header, known: Callable[[], Iterable[ev.Event]]
    ) -> None:
        self._folder = folder
        super().__init__(folder.session, header, known=known)

    def write(self, events: Sequence[ev.Event]) -> None:
        super().write(events)
        self._folder.take(events)


def finish(
    folder: RunFolder, report: RunReport, state: State, *, label: str = "", repetition: int = 0
) -> None:
    """Write metrics.csv, results/ and README.md. A file that cannot be written is noted in the
    report."""
    folder.close()
    if folder.trouble:
        _lack(report, folder.trouble)
    try:
        _metrics(folder, report)
        _results(folder, state)
    except (OSError, WvatuiError) as error:
        _lack(report, _words(error))
    numbers = summary(state, folder.session.name)
    text = readme(report, state, numbers, label=label, repetition=repetition, files=folder.files())
    try:
        folder.write(README, text)
    except OSError as error:
        _lack(report, _words(error))


def _lack(report: RunReport, words: str) -> None:
    report.troubles.append(words)
    report.unwritten = True


def _metrics(folder: RunFolder, report: RunReport) -> None:
    experiment = report.plan.experiment
    with closing(open_recording(folder.session)) as recording:
        text = seed_csv(
            recording,
            experiment.mode,
            deployment=experiment.deployment,
            interval_s=experiment.interval_s,
        )
    folder.write(METRICS, text)


def _results(folder: RunFolder, state: State) -> None:
    """Write each report as the tool wrote it, named after the job."""
    for key, reported in state.job_results.items():
        for number, result in enumerate(reported, 1):
            end = ".json" if result.event.report.lstrip()[:1] in ("{", "[") else ".txt"
            more = f"-{number}" if number > 1 else ""
            name = Path(key[2]).name
            folder.write(f"{RESULTS}/{name}{more}{end}", result.event.report.rstrip("\n") + "\n")


def _words(error: OSError | WvatuiError) -> str:
    if isinstance(error, WvatuiError):
        return error.message
    return f"{error.filename or 'the folder'}: {error.strerror or 'cannot be written'}"
