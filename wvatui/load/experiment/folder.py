"""The folder of one run: made when the run begins, never over another one, valid at any moment.

<base_dir>/<name>-<YYYYmmdd-HHMMSS>[-label][-rN]/
    experiment-config.yaml       the file that was run, byte for byte
    session.jsonl                the recording
    wva-controller-logs.jsonl    the controller's lines as it wrote them
    metrics.csv                  the columns of the older scripts
    job-logs/  results/          of each job
    README.md                    what ran, and what happened
"""

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.lines import kubelet_time
from wvatui.core.state.state import State
from wvatui.errors import UsageError, WvatuiError
from wvatui.export.seed import seed_csv
from wvatui.host import private
from wvatui.load.experiment.outcome import RunReport
from wvatui.load.experiment.readme import readme
from wvatui.recording import Writer, open_recording

SESSION = "session.jsonl"
RAW_LOG = "wva-controller-logs.jsonl"
METRICS = "metrics.csv"
README = "README.md"
CONFIG = "experiment-config.yaml"
JOB_LOGS = "job-logs"
RESULTS = "results"
CONTROLLER = "controller"


def folder_path(base: Path, name: str, at: float, *, label: str = "", repetition: int = 0) -> Path:
    """Where a run that begins at `at` (UTC epoch seconds) goes."""
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y%m%d-%H%M%S")
    parts = [name, stamp, label, f"r{repetition}" if repetition else ""]
    return base / "-".join(part for part in parts if part)


class RunFolder:
    """One run's folder. Raises UsageError when it is there already, or cannot be made."""

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
        """Why the raw log is not whole."""
        try:
            (path / JOB_LOGS).mkdir()
            (path / RESULTS).mkdir()
            with os.fdopen(private.opened(path / CONFIG, os.O_WRONLY | os.O_EXCL), "wb") as file:
                file.write(config)
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
        """Where logs of jobs go."""
        return self.path / JOB_LOGS

    def take(self, events: Iterable[ev.Event]) -> None:
        """Append the controller's lines among `events`, without the kubelet's time stamp."""
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
        """No more lines come. Safe to call twice."""
        raw, self._raw = self._raw, -1
        if raw >= 0:
            os.close(raw)

    def discard(self) -> None:
        """Take it away: nothing has run."""
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
    """Records a run: the session's file, and beside it the controller's lines as they came."""

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
    """metrics.csv, results/ and README.md. What cannot be written goes into the report."""
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
    """Each report as the tool wrote it, named like the job."""
    for key, reported in state.job_results.items():
        for number, one in enumerate(reported, 1):
            end = ".json" if one.event.report.lstrip()[:1] in ("{", "[") else ".txt"
            more = f"-{number}" if number > 1 else ""
            name = Path(key[2]).name
            folder.write(f"{RESULTS}/{name}{more}{end}", one.event.report.rstrip("\n") + "\n")


def _words(error: OSError | WvatuiError) -> str:
    if isinstance(error, WvatuiError):
        return error.message
    return f"{error.filename or 'the folder'}: {error.strerror or 'cannot be written'}"
