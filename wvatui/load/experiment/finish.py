"""What is written into a run's folder when the run is over, however it ended."""

from contextlib import closing
from pathlib import Path

from wvatui.analysis.summary import summary
from wvatui.core.state.state import State
from wvatui.errors import WvatuiError
from wvatui.export.seed import seed_csv
from wvatui.load.experiment.folder import METRICS, README, RESULTS, RunFolder
from wvatui.load.experiment.outcome import RunReport
from wvatui.load.experiment.readme import readme
from wvatui.recording import open_recording


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
