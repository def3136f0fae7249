"""One run of an experiment: a live session with the stage runner and its jobs as further
sources."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from wvatui.cli.launching import Asked, exit_code, sayer
from wvatui.cli.live import carried_out, connect
from wvatui.clock import Clock
from wvatui.core import events as ev
from wvatui.core.state.state import State
from wvatui.errors import OutputError
from wvatui.host import console
from wvatui.kube.client import Client
from wvatui.load.experiment.checks import MODELESS, judged, namespaces
from wvatui.load.experiment.folder import RunFolder, RunWriter, finish, folder_path
from wvatui.load.experiment.outcome import RunReport
from wvatui.load.experiment.plan import ExperimentPlan
from wvatui.load.experiment.replicas import reset_deployment, settled
from wvatui.load.experiment.runner import ExperimentRunner
from wvatui.load.experiment.scaling import Checked
from wvatui.load.make.jobs import Jobs
from wvatui.load.make.scalers import OwnScalers
from wvatui.recording import Writer
from wvatui.session.live import LiveSession
from wvatui.sources.source import SourceRun

FOLDER_S = 5.0
"""Wall seconds that finishing the run's folder may take when the run is interrupted."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """An experiment, and where its runs are recorded."""

    planned: ExperimentPlan
    output: Path | None = None
    """None: the folder that the experiment's file names."""
    repeat: int = 1

    @property
    def base(self) -> Path:
        """The folder that holds the folders of all its runs."""
        return self.output or Path(self.planned.experiment.base_dir)


class Repetition:
    """One run of the experiment, as an addition to a live session."""

    def __init__(
        self, asked: Asked, runs: Repeated, repetition: int, checked: Checked, *, side: str = ""
    ) -> None:
        """`side`: which side of a matrix this is; it becomes the recording's label where none was
        given."""
        self._plan, self._base, self._side = runs.planned, runs.base, side
        experiment = self._plan.experiment
        self.report = RunReport(self._plan, warnings=[*experiment.warnings, *checked.warnings])
        self.interrupted = False
        self.folder: RunFolder | None = None
        self._jobs: Jobs | None = None
        self._scalers: OwnScalers | None = None
        self._session: LiveSession | None = None
        self._watch = replace(
            asked.watch,
            namespace=experiment.namespace,
            repetition=repetition,
            controller_namespace=experiment.controller_namespace,
        )

    def run(self) -> int:
        """Run it and write its folder; returns the exit code."""
        session = self._session or self.begin()
        try:
            code = carried_out(
                self._watch, session, else_s=FOLDER_S, trouble=self.report.troubles.append
            )
        finally:
            self.end(session)
        self.interrupted = self.report.ended == "interrupted"
        if code == 0 and self.report.unwritten:
            code = OutputError.exit_code
        return exit_code(code, ok=self.report.ok)

    @property
    def state(self) -> State | None:
        """The State at its end; None: it has not begun."""
        return self._session.latest if self._session is not None else None

    @property
    def _label(self) -> str:
        """A part of the folder's name that distinguishes it from other sides; often the
        experiment's name suffices."""
        own = self._side if self._side != self._plan.experiment.name else ""
        return self._watch.label or own

    def begin(self) -> LiveSession:
        """Create its folder and its session. Raises UsageError when the folder exists."""
        experiment = self._plan.experiment
        path = folder_path(
            self._base,
            experiment.name,
            time.time(),
            label=self._label,
            repetition=self._watch.repetition,
        )
        self.folder = RunFolder(path, experiment.source)
        self._session = LiveSession(
            lambda session: connect(self._watch, session, self), namespace=experiment.namespace
        )
        return self._session

    def end(self, session: LiveSession) -> None:
        """Write the folder, whatever has happened."""
        folder, report = self.folder, self.report
        if folder is None:
            return
        if session.status.recording is None:
            folder.discard()  # nothing was recorded
            return
        report.ended = report.ended or "interrupted"
        if lacks := session.status.incomplete:
            report.troubles.append(f"the recording is incomplete: {lacks}")
        finish(
            folder,
            report,
            session.latest,
            label=self._label,
            repetition=self._watch.repetition,
        )
        for trouble in report.troubles:
            console.say(trouble)
        console.say(f"{folder.path}: {report.ended}, {report.counted()}")

    # --- the addition

    def header(self, header: ev.Header) -> ev.Header:
        """The recording's first line."""
        label = self._watch.label
        autoscaler = label or ("hpa" if self._plan.experiment.mode == "hpa" else "")
        return msgspec.structs.replace(header, autoscaler=autoscaler, label=label or self._side)

    def writer(self, header: ev.Header, session: LiveSession) -> Writer:
        """The recording, in the run's folder."""
        assert self.folder is not None
        return RunWriter(self.folder, header, session.known)

    def jobs(self, client: Client, clock: Clock, header: ev.Header) -> Jobs:
        """The jobs of its stages, whose logs are kept in the run's folder."""
        assert self.folder is not None
        experiment = self._plan.experiment
        if experiment.scalers:
            self._scalers = OwnScalers(
                client, clock, header.session, experiment.namespace, experiment.scalers
            )
        self._jobs = Jobs(
            client,
            clock,
            session=header.session,
            namespaces=namespaces(self._plan),
            log_folder=self.folder.job_logs,
            scalers=self._scalers,
        )
        return self._jobs

    def sources(self, client: Client, clock: Clock, session: LiveSession) -> list[SourceRun]:
        """The jobs, and the runner of the stages."""
        experiment, jobs = self._plan.experiment, self._jobs
        assert jobs is not None
        reset = experiment.reset

        async def scale() -> None:
            assert reset is not None
            await reset_deployment(
                client, clock, experiment.namespace, experiment.deployment, reset
            )

        runner = ExperimentRunner(
            self.report,
            jobs,
            clock,
            over=session.stop,
            say=sayer(self._watch),
            reset=scale if reset else None,
            scalers=self._scalers,
            settled=lambda: settled(session.latest),
            judge=lambda: self._mode(session.latest),
            namespace=experiment.namespace,
        )
        return [jobs, runner]

    def _mode(self, state: State) -> str | None:
        """A problem with the controller's mode, in words; empty: none; None: the mode is not known
        yet."""
        experiment = self._plan.experiment
        if experiment.mode in ("", "hpa"):
            return ""
        words = judged(experiment, state)
        return "" if words is not None and words.startswith(MODELESS) else words
