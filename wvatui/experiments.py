"""The verb that runs an experiment from a file: check, ask, run, put into a folder.

Here the parts are put together; a repetition is a live session like any other, with the runner and
its jobs as further sources.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from wvatui import console
from wvatui.asking import ask, must_be_askable, word
from wvatui.capture import LiveSession
from wvatui.clock import Clock, WallClock
from wvatui.core import events as ev
from wvatui.core.state import State
from wvatui.errors import ClusterError, OutputError, UsageError, WvatuiError
from wvatui.experiment.checks import Checked, check, namespaces
from wvatui.experiment.config import find_config, read_experiment
from wvatui.experiment.finish import finish
from wvatui.experiment.folder import RunFolder, folder_path
from wvatui.experiment.mode import MODELESS, judged
from wvatui.experiment.outcome import RunReport
from wvatui.experiment.plan import Plan, plan, timeline
from wvatui.experiment.recorder import RunWriter
from wvatui.experiment.reset import reset_deployment
from wvatui.experiment.runner import Runner
from wvatui.experiment.settings import Experiment
from wvatui.experiment.settled import settled
from wvatui.kube.auth import open_access
from wvatui.kube.client import Client
from wvatui.launch.leaving import Leaving
from wvatui.live import Request, connect, delete_made, take_away
from wvatui.load.jobs import Jobs
from wvatui.load.objects import Made
from wvatui.recording import Writer
from wvatui.sources.source import SourceRun
from wvatui.unseen import run_unseen

FOLDER_S = 5.0
"""Wall seconds that the folder of a run may take to be finished, when the run is interrupted."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for."""

    config: str
    output: Path | None = None
    repeat: int = 1
    dry_run: bool = False
    yes: bool = False
    watch: Request = field(default_factory=Request)
    """How the cluster is watched meanwhile; its label is the run's."""


def run(asked: Asked) -> int:
    """Run the experiment `asked` for; the exit code: 1 when a stage failed or was skipped."""
    path = find_config(asked.config)
    experiment = read_experiment(path)
    watch = asked.watch
    experiment = replace(
        experiment,
        namespace=watch.namespace or experiment.namespace,
        controller_namespace=watch.controller_namespace or experiment.controller_namespace,
    )
    planned = plan(experiment)
    console.out(*timeline(planned), _place(asked, experiment))
    for words in experiment.warnings:
        word(f"warning: {words}")
    if not asked.dry_run:
        must_be_askable("a run", headless=asked.watch.headless, yes=asked.yes)
    checked = _checked(asked, planned)
    if checked is None:
        return 0
    for words in checked.notes:
        word(words)
    for words in checked.warnings:
        word(f"warning: {words}")
    _about_leftovers(asked, checked)
    if asked.dry_run:
        return 0
    if not asked.yes and not ask(_question(asked, planned)):
        raise WvatuiError("not run: nothing was made")
    code = 0
    for repetition in range(1, asked.repeat + 1):
        one = Repetition(asked, planned, repetition if asked.repeat > 1 else 0, checked)
        code = max(code, one.run())
        if one.interrupted:
            break
    return code


def _place(asked: Asked, experiment: Experiment) -> str:
    """Where the runs will be recorded, for the plan."""
    label = f"-{asked.watch.label}" if asked.watch.label else ""
    times = f"-r1 … -r{asked.repeat}" if asked.repeat > 1 else ""
    base = asked.output or Path(experiment.base_dir)
    return f"  recorded into {base / experiment.name}-YYYYmmdd-HHMMSS{label}{times}"


def _question(asked: Asked, planned: Plan) -> str:
    count = sum(not stage.skipped for stage in planned.stages) * asked.repeat
    where = ", ".join(namespaces(planned))
    context = asked.watch.context or "the current one"
    jobs = "1 job" if count == 1 else f"{count} jobs"
    return f"Make {jobs} in namespace {where}, context {context}?"


# --- before -------------------------------------------------------------------------------


def _checked(asked: Asked, planned: Plan) -> Checked | None:
    """What the checks found; None: only a plan was asked for, and there is no cluster."""
    try:
        return asyncio.run(_check(asked, planned))
    except ClusterError as error:
        if asked.dry_run and type(error) is ClusterError:
            word(f"not checked against a cluster: {error.message}")
            return None
        raise
    except UsageError as error:
        if asked.dry_run and not (asked.watch.kubeconfig or asked.watch.context):
            word(f"not checked against a cluster: {error.message}")
            return None
        raise


async def _check(asked: Asked, planned: Plan) -> Checked:
    client = await client_of(asked.watch)
    try:
        return await check(client, WallClock(), planned)
    finally:
        await client.aclose()


async def client_of(watch: Request) -> Client:
    """A client for what can be done without a session."""
    access = await open_access(watch.kubeconfig or None, watch.context or None)
    return Client(access, WallClock(), request_timeout_s=watch.request_timeout)


def _about_leftovers(asked: Asked, checked: Checked) -> None:
    """Jobs that earlier sessions left are told, and deleted where that is wanted."""
    dead = [one.made for one in checked.left if one.alive is False]
    for one in checked.left:
        if one.alive is None:
            word(f"{one.made} was made by wvatui on another machine")
    if not dead:
        return
    names = ", ".join(map(str, dead))
    word(f"an earlier session ended without deleting what it made: {names}")
    if asked.dry_run:
        return
    if asked.yes or ask(f"Delete {'it' if len(dead) == 1 else 'them'}?"):
        _delete(asked.watch, dead)


def _delete(watch: Request, left: Sequence[Made]) -> None:
    for words in asyncio.run(delete_made(watch, left)):
        word(words)


# --- one run ------------------------------------------------------------------------------


class Repetition:
    """One run of the experiment, as an addition to a live session."""

    def __init__(self, asked: Asked, planned: Plan, repetition: int, checked: Checked) -> None:
        self._asked, self._plan = asked, planned
        self._repetition = repetition
        self.report = RunReport(planned, warnings=[*planned.experiment.warnings,
                                                   *checked.warnings])  # fmt: skip
        self.interrupted = False
        self.folder: RunFolder | None = None
        self._jobs: Jobs | None = None
        self.leaving = Leaving(
            lambda: [str(one) for one in self._jobs.left] if self._jobs else [], else_s=FOLDER_S
        )
        experiment = planned.experiment
        self._watch = replace(
            asked.watch, namespace=experiment.namespace, repetition=repetition,
            controller_namespace=experiment.controller_namespace,
        )  # fmt: skip

    def run(self) -> int:
        """Run it and write its folder; the exit code."""
        session = self.begin()
        try:
            code = self._show(session)
        finally:
            self.end(session)
        self.interrupted = self.report.ended == "interrupted"
        if code not in (0, OutputError.exit_code):
            return code
        if not self.report.ok:
            return 1
        return OutputError.exit_code if self.report.unwritten else code

    def begin(self) -> LiveSession:
        """Its folder, and the session that runs it. Raises UsageError where the folder is."""
        experiment = self._plan.experiment
        path = folder_path(
            self._asked.output or Path(experiment.base_dir), experiment.name, time.time(),
            label=self._watch.label, repetition=self._repetition,
        )  # fmt: skip
        self.folder = RunFolder(path, experiment.source)
        return LiveSession(
            lambda session: connect(self._watch, session, self), namespace=experiment.namespace
        )

    def _show(self, session: LiveSession) -> int:
        watch = self._watch
        if watch.headless:
            return asyncio.run(run_unseen(session, self.leaving))
        from wvatui.ui.start import run_app

        return run_app(session, theme=watch.theme, ascii_only=watch.ascii, leaving=self.leaving)

    def end(self, session: LiveSession) -> None:
        """Whatever has happened: no job stays, and the folder is whole."""
        folder, report = self.folder, self.report
        if folder is None:
            return
        if session.status.recording is None:
            folder.discard()  # nothing has begun
            return
        report.ended = report.ended or "interrupted"
        self._sweep()
        if lacks := session.status.incomplete:
            report.troubles.append(f"the recording is incomplete: {lacks}")
        finish(folder, report, session.latest, label=self._asked.watch.label,
               repetition=self._repetition)  # fmt: skip
        for trouble in report.troubles:
            word(trouble)
        word(f"{folder.path}: {report.ended}, {report.counted()}")

    def _sweep(self) -> None:
        """Delete what the session, ended in a hurry, could not."""
        jobs = self._jobs
        if jobs and jobs.left and (trouble := take_away(self._asked.watch, jobs, self.leaving)):
            self.report.troubles.append(trouble)

    # --- the addition

    def header(self, header: ev.Header) -> ev.Header:
        """The recording's first line."""
        label = self._asked.watch.label
        autoscaler = label or ("hpa" if self._plan.experiment.mode == "hpa" else "")
        return msgspec.structs.replace(header, autoscaler=autoscaler)

    def writer(self, header: ev.Header, session: LiveSession) -> Writer:
        """The recording, in the run's folder."""
        assert self.folder is not None
        return RunWriter(self.folder, header, session.known)

    def sources(
        self, client: Client, clock: Clock, header: ev.Header, session: LiveSession
    ) -> list[SourceRun]:
        """The jobs, and the runner of the stages."""
        assert self.folder is not None
        experiment = self._plan.experiment
        jobs = self._jobs = Jobs(
            client, clock, session=header.session, namespaces=namespaces(self._plan),
            log_folder=self.folder.job_logs, redact_log=self._watch.redact_log,
        )  # fmt: skip
        reset = experiment.reset

        async def scale() -> None:
            assert reset is not None
            await reset_deployment(
                client, clock, experiment.namespace, experiment.deployment, reset
            )

        runner = Runner(
            self.report, jobs, clock, over=session.stop, say=self._sayer(),
            reset=scale if reset else None, settled=lambda: settled(session.latest),
            judge=lambda: self._mode(session.latest), namespace=experiment.namespace,
        )  # fmt: skip
        return [jobs, runner]

    def _mode(self, state: State) -> str | None:
        """What is wrong with the controller's mode; None: not known yet."""
        experiment = self._plan.experiment
        if experiment.mode in ("", "hpa"):
            return ""
        words = judged(experiment, state)
        return "" if words is not None and words.startswith(MODELESS) else words

    def _sayer(self) -> Callable[[str], None]:
        if not self._asked.watch.headless:
            return lambda line: None
        return lambda line: console.out(line, flush=True)
