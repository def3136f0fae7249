"""One job created by this session: its state, derived from its object, its pods and its logs."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from wvatui.core import events as ev
from wvatui.core.events.load_events import ENDED
from wvatui.core.kube_object import ReadObject, is_over, labels_of, object_name
from wvatui.core.lines import clean
from wvatui.core.results.loose import table
from wvatui.load.make.objects import CreatedObject, kind_of
from wvatui.load.read.facts import job_facts, with_load_begun
from wvatui.load.read.job_log import KeptLog, LogEvents
from wvatui.load.read.pipeline import RUN_LABEL, load_container, pipeline_facts


class LoadJob:
    """One job. `facts` is what the recording stores about it."""

    kind = "Job"

    def __init__(
        self,
        body: ReadObject,
        title: str,
        now: float,
        *,
        profile: str = "",
        stages: tuple[ev.Stage, ...] = (),
    ) -> None:
        """`body`: the object to create; `stages`: the load that it will offer."""
        self._stages = stages
        self._object: ReadObject = body
        self.version = kind_of(body).version
        """Version of its API."""
        self._pods: dict[str, ReadObject] = {}
        self.logs: dict[str, KeptLog] = {}
        """Its logs, by pod."""
        self.reading: set[str] = set()
        """Pods whose log is still being read."""
        self.over: set[str] = set()
        """Pods that have ended, or were deleted."""
        self.deleted = False
        """This session has deleted it."""
        self.told = LogEvents()
        """What its logs have shown so far."""
        born = self._found(now)
        self._own = {
            "title": title,
            "profile": profile,
            "namespace": born.namespace,
            "source": born.source,
            "session": born.session,
        }
        self.facts = self._read(now)
        self._changed = asyncio.Event()

    @property
    def made(self) -> CreatedObject:
        """The object in the cluster."""
        return CreatedObject(self.kind, self.namespace, self.name, self.uid, self.version)

    @property
    def name(self) -> str:
        return self.facts.name

    @property
    def namespace(self) -> str:
        return self.facts.namespace

    @property
    def title(self) -> str:
        return self.facts.title

    @property
    def uid(self) -> str:
        return self.facts.uid

    @property
    def status(self) -> str:
        """One of "pending", "running", "succeeded", "failed" and "deleted"."""
        return self.facts.status

    @property
    def _began(self) -> Sequence[float]:
        """Times at which its logs reported the beginning of the load, UTC epoch seconds."""
        return self.told.began

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self.status in ENDED

    @property
    def why(self) -> str:
        """Its status with the reason, in words."""
        words = ": ".join(word for word in (self.facts.reason, self.facts.message) if word)
        return clean(f"{self.status}: {words}" if words else self.status)

    async def wait(self) -> None:
        """Return when it has ended."""
        while not self.ended:
            self._changed.clear()
            await self._changed.wait()

    async def read(self) -> None:
        """Return when its logs have been read to their end."""
        while self.reading:
            self._changed.clear()
            await self._changed.wait()

    def stir(self) -> None:
        """Wake the tasks that wait for a change of this job."""
        self._changed.set()

    def tail(self) -> str:
        """The end of its newest log."""
        log = next(reversed(self.logs.values()), None)
        return log.tail() if log is not None else ""

    # --- input from the cluster

    def learn(self, obj: ReadObject, now: float) -> None:
        """Take the Job object as it is now."""
        self._object = obj
        self.look(now)

    def learn_pod(self, pod: ReadObject, now: float) -> None:
        """Take one of its pods as it is now."""
        name = object_name(pod)
        self._pods[name] = pod
        if is_over(pod):
            self.over.add(name)
        self.look(now)

    def lose_pod(self, name: str, now: float) -> None:
        """Take the deletion of one of its pods: unless it had ended, its load does not count, but
        that of the pod in its place."""
        if name not in self.over:
            self.over.add(name)
            self._pods.pop(name, None)
        self.look(now)

    @property
    def pods(self) -> tuple[str, ...]:
        """The pods from which its facts are derived."""
        return tuple(self._pods)

    def begins(self, pod: str, at: float | None, now: float) -> None:
        """Note that a pod's log reported the beginning of the load."""
        self.look(now)

    def look(self, now: float) -> None:
        """Derive its facts again; those of an ended job stay as they are."""
        if not self.ended:
            self.facts = self._read(now)
        else:
            facts = msgspec.structs.replace(self.facts, tool=self._tool())
            facts = with_load_begun(facts, self._began)
            if facts != self.facts:
                self.facts = msgspec.structs.replace(facts, at=now)
        self.stir()

    def end(self, status: str, now: float, reason: str = "") -> None:
        """Record an end that its object does not show."""
        if not self.ended:
            self.facts = msgspec.structs.replace(
                self.facts, at=now, status=status, reason=reason, message="", ended_at=now
            )
        self.stir()

    def _found(self, now: float) -> ev.Job:
        """The facts according to its objects."""
        return job_facts({"kind": "Job", **self._object}, now, list(self._pods.values()))

    def _read(self, now: float) -> ev.Job:
        status = self._found(now)
        facts = msgspec.structs.replace(
            status,
            **self._own,
            stages=self._stages or status.stages,
            tool=self._tool() or status.tool,
        )
        return with_load_begun(facts, self._began)

    def _tool(self) -> str:
        return next((log.reader.tool for log in self.logs.values() if log.reader.tool), "")


def main_container(pod: ReadObject) -> str:
    """Name of the container whose log is read: the first one, or the step of a task that runs the
    tool."""
    if RUN_LABEL in labels_of(pod):
        return load_container(pod)
    containers = table(pod.get("spec")).get("containers") or [{}]
    return str(containers[0].get("name") or "")


def has_log(pod: ReadObject) -> bool:
    """Whether a pod's main container has started."""
    name = main_container(pod)
    for status in table(pod.get("status")).get("containerStatuses") or ():
        if isinstance(status, Mapping) and status.get("name") == name:
            state = table(status.get("state"))
            return "running" in state or "terminated" in state
    return False


class PipelineJob(LoadJob):
    """One PipelineRun created by this session."""

    kind = "PipelineRun"

    def __init__(
        self,
        body: ReadObject,
        title: str,
        now: float,
        *,
        pipeline: ReadObject | None = None,
        **more: Any,
    ) -> None:
        """`pipeline`: the spec of its Pipeline, as far as that is known before the run."""
        self._task_runs: dict[str, ReadObject] = {}
        self._pipeline = pipeline
        self.began_at: dict[str, float] = {}
        """When the log of each pod reported the start of the load, UTC epoch seconds, by pod."""
        super().__init__(body, title, now, **more)

    def learn_task_run(self, name: str, task_run: ReadObject | None, now: float) -> None:
        """Take one of its TaskRuns as it is now; None: it was deleted."""
        if task_run is not None:
            self._task_runs[name] = task_run
        self.look(now)

    def lose_pod(self, name: str, now: float) -> None:
        """A deleted pod of a task stays: what its task has done is not done again."""
        self.over.add(name)
        self.look(now)

    @property
    def _began(self) -> Sequence[float]:
        """Empty here: one pod's log is not enough, and the facts are derived from all pods."""
        return ()

    def begins(self, pod: str, at: float | None, now: float) -> None:
        self.began_at.setdefault(pod, at or now)
        self.look(now)

    def look(self, now: float) -> None:
        """Derive its facts again, even after its end, as results of its tasks may arrive later."""
        if self.status != "deleted":
            self.facts = self._read(now)
        self.stir()

    def _found(self, now: float) -> ev.Job:
        return pipeline_facts(
            self._object,
            now,
            list(self._task_runs.values()),
            list(self._pods.values()),
            pipeline=self._pipeline,
            began=self.began_at,
        )
