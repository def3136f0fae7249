"""The jobs of a session: created through the API, watched, their logs followed, and deleted.

Every object that a session creates carries its labels and is deleted when the session ends, however
it ends. Objects left behind by a `kill -9` have a time to live, and `objects.leftovers` finds them
at the next start.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from wvatui.clock import Clock
from wvatui.core import events as ev
from wvatui.core.kube_object import ReadObject, labels_of, object_name
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.answers import ApiError
from wvatui.kube.client import Client
from wvatui.kube.paths import JOB, PIPELINE_RUN, POD, TASK_RUN, Kind
from wvatui.kube.watching import Listed, ObjectChanged, watch
from wvatui.load.make.beside import KINDS as BESIDE
from wvatui.load.make.beside import owned_by, run_dry
from wvatui.load.make.hiding import HiddenValues
from wvatui.load.make.job import LoadJob, PipelineJob, has_log, main_container
from wvatui.load.make.objects import CreatedObject, delete, insistently, kind_of, ours
from wvatui.load.make.scalers import OwnScalers
from wvatui.load.profiles.manifests import SESSION, label, selector
from wvatui.load.read.job_log import KeptLog, follow_log, log_events
from wvatui.load.read.pipeline import RUN_LABEL
from wvatui.load.read.progress import Began, LogFinding
from wvatui.sources.source import Emit, nowhere

OWNERS = {RUN_LABEL: "PipelineRun", "batch.kubernetes.io/job-name": "Job", "job-name": "Job"}
"""Label with which a pod names its creator -> the creator's kind."""
CreatedKey = tuple[str, str, str]
"""(kind, namespace, name)."""


class Jobs:
    """The jobs of one session, as a source: `run` watches them, `clean_up` deletes them."""

    name = "load"
    title = "load jobs"

    def __init__(
        self,
        client: Client,
        clock: Clock,
        *,
        session: str,
        namespaces: tuple[str, ...],
        log_folder: Path | None = None,
        keep: bool = False,
        scalers: OwnScalers | None = None,
    ) -> None:
        """`session`: its id, also the value of a label. `log_folder`: where logs are kept, with
        credentials hidden. `keep`: created objects stay when the session ends. `scalers`: deleted
        with the jobs, after them."""
        self.ready = asyncio.Event()
        self.made: list[LoadJob] = []
        self.has_tried = False
        """Whether `clean_up` has run: the cluster did not delete what is left after it."""
        self._client, self._clock = client, clock
        self.session, self._namespaces = session, namespaces
        self._log_folder = log_folder
        self._keep = keep
        self._scalers = scalers
        self._hidden = HiddenValues(each.body for each in (scalers.scalers if scalers else ()))
        """Secrets of the created objects."""
        self._by_name: dict[CreatedKey, LoadJob] = {}
        self._group: asyncio.TaskGroup | None = None
        self._emit: Emit = nowhere
        self._told: dict[LoadJob, ev.Job] = {}
        self._piped: set[tuple[Kind, str]] = set()
        """Kinds and namespaces in which PipelineRuns are watched: only those where one was
        created."""

    # --- creation

    async def create(
        self,
        job: ReadObject,
        title: str,
        *,
        profile: str = "",
        stages: Sequence[ev.Stage] = (),
        pipeline: Mapping[str, Any] | None = None,
        beside: Sequence[ReadObject] = (),
    ) -> LoadJob:
        """Create the job, after a dry run. Raises ClusterError; no job exists then.

        `profile`: name of its profile; `stages`: the load that it will offer; `pipeline`: for a
        PipelineRun, the spec of its Pipeline; `beside`: objects that are created and deleted with a
        Job.
        """
        self._hidden.learn([job, *beside])
        await run_dry(self._client, job, beside)
        now, kind = self._clock.now(), kind_of(job)
        made: LoadJob
        if kind.kind == "PipelineRun":
            made = PipelineJob(
                job, title, now, profile=profile, stages=tuple(stages), pipeline=pipeline
            )
            self._pipe(kind, made.namespace)
        else:
            made = LoadJob(job, title, now, profile=profile, stages=tuple(stages))
        # Registered before it exists: an interrupt in between must find it.
        self.made.append(made)
        if made.name:
            self._by_name[made.kind, made.namespace, made.name] = made
        try:
            answer = await self._client.post_json(kind.path(made.namespace), job)
        except (ApiError, DeniedError):
            self._forget(made)
            raise
        except ClusterError:
            # A missing answer is no refusal: the job may exist.
            await self._take_back(made)
            raise
        await self._create_beside(answer, made, beside)
        made.learn(answer, self._clock.now())
        self._by_name[made.kind, made.namespace, made.name] = made
        self._tell(made)
        return made

    async def _create_beside(
        self, answer: Mapping[str, Any], made: LoadJob, beside: Sequence[Mapping[str, Any]]
    ) -> None:
        """Create the objects that belong to a Job; when that fails, delete the Job."""
        try:
            for obj in beside:
                path = BESIDE[obj["kind"]].path(made.namespace)
                await self._client.post_json(path, owned_by(dict(obj), answer))
        except ClusterError:
            made.learn(answer, self._clock.now())
            await self._take_back(made)
            raise

    def _forget(self, job: LoadJob) -> None:
        self.made.remove(job)
        self._by_name.pop((job.kind, job.namespace, job.name), None)

    async def _take_back(self, job: LoadJob) -> None:
        with suppress(ClusterError):
            await self._remove(job)
            self._forget(job)

    # --- deletion

    async def _remove(self, job: LoadJob) -> None:
        """Delete the object; when its name, chosen by the server, never arrived, delete all
        candidates."""
        if job.name:
            await delete(self._client, job.made)
            return
        known = {made.uid for made in self.made if made.uid}
        kind = PIPELINE_RUN._replace(version=job.version)
        for item in await ours(self._client, kind, job.namespace, self.session):
            metadata = item.get("metadata") or {}
            name, uid = str(metadata.get("name") or ""), str(metadata.get("uid") or "")
            if uid not in known:
                made = CreatedObject(kind.kind, job.namespace, name, uid, kind.version)
                await delete(self._client, made)

    async def delete(self, job: LoadJob) -> None:
        """Delete the job and its pods. Raises ClusterError after some tries."""
        if job.deleted:
            return
        await insistently(self._clock, lambda: self._remove(job))
        job.deleted = True
        job.end("deleted", self._clock.now())
        self._tell(job)

    async def clean_up(self) -> list[str]:
        """Delete everything that this session created; returns what could not be deleted, in
        words."""
        if self._keep:
            return []
        # Concurrently, so that one that hangs does not delay the others. Where there is nothing to
        # delete, do not wait at all: a simulated clock would run on.
        left = [job for job in self.made if not job.deleted]
        outcomes = await asyncio.gather(*map(self._cleaned, left)) if left else []
        if self._scalers is not None:
            outcomes += await self._scalers.remove()
        self.has_tried = True
        for job in self.made:
            for pod, log in job.logs.items():
                self._heard(job, pod, log.close())
        return [words for words in outcomes if words]

    async def _cleaned(self, job: LoadJob) -> str:
        try:
            await self.delete(job)
        except ClusterError as error:
            return f"{job.made} is still there: {error.message}"
        return ""

    @property
    def left(self) -> tuple[CreatedObject, ...]:
        """Objects that this session created and must still delete."""
        if self._keep:
            return ()
        scalers = self._scalers.left if self._scalers is not None else ()
        return (*(job.made for job in self.made if not job.deleted), *scalers)

    @property
    def unscaled(self) -> list[str]:
        """Targets of this session's scalers that were not scaled back, in words."""
        return self._scalers.unscaled if self._scalers is not None else []

    # --- watching

    async def run(self, emit: Emit) -> None:
        """Watch until cancelled."""
        self._emit = lambda event: emit(self._hidden.event(event))
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                for namespace in self._namespaces:
                    group.create_task(self._watch_loads(JOB, namespace))
                    group.create_task(self._watch_pods(namespace))
                for kind, namespace in self._piped:
                    self._watch_pipes(kind, namespace)
        finally:
            self._group = None

    def _pipe(self, kind: Kind, namespace: str) -> None:
        """Watch PipelineRuns as well from now on."""
        if (kind, namespace) not in self._piped:
            self._piped.add((kind, namespace))
            self._watch_pipes(kind, namespace)

    def _watch_pipes(self, kind: Kind, namespace: str) -> None:
        if self._group is not None:
            self._group.create_task(self._watch_loads(kind, namespace))
            tasks = TASK_RUN._replace(version=kind.version)
            self._group.create_task(self._watch_task_runs(tasks, namespace))

    async def _watch_loads(self, kind: Kind, namespace: str) -> None:
        params = {"labelSelector": selector(self.session)}
        seen = watch(self._client, self._clock, kind.path(namespace), params=params)
        async for news in seen:
            if isinstance(news, Listed):
                self._listed(kind, namespace, {object_name(item): item for item in news.items})
            elif isinstance(news, ObjectChanged):
                self._changed(kind, namespace, news)
            self.ready.set()

    def _listed(self, kind: Kind, namespace: str, objects: Mapping[str, Mapping[str, Any]]) -> None:
        for (its_kind, place, name), job in list(self._by_name.items()):
            if (its_kind, place) != (kind.kind, namespace):
                continue
            if name in objects:
                job.learn(objects[name], self._clock.now())
            elif job.uid and not job.ended:
                self._lost(job)
            self._tell(job)

    def _changed(self, kind: Kind, namespace: str, news: ObjectChanged) -> None:
        job = self._by_name.get((kind.kind, namespace, object_name(news.object)))
        if job is None:
            return
        job.learn(news.object, self._clock.now())
        if news.verb == "DELETED" and not job.ended:
            self._lost(job)
        self._tell(job)

    def _lost(self, job: LoadJob) -> None:
        reason = "" if job.deleted else "by somebody else"
        job.end("deleted", self._clock.now(), reason)

    async def _watch_pods(self, namespace: str) -> None:
        # Tekton copies our label to its pods, and adds labels of its own.
        params = {"labelSelector": f"{SESSION}={label(self.session)}"}
        async for news in watch(self._client, self._clock, POD.path(namespace), params=params):
            self._pods_seen(namespace, news)

    def _pods_seen(self, namespace: str, news: object) -> None:
        if isinstance(news, ObjectChanged):
            self._pod(namespace, news.object, is_deleted=news.verb == "DELETED")
        elif isinstance(news, Listed):
            there = {object_name(pod) for pod in news.items}
            for job in (job for job in self.made if job.namespace == namespace):
                for name in set(job.pods) - there:
                    job.lose_pod(name, self._clock.now())
                self._tell(job)
            for pod in news.items:
                self._pod(namespace, pod)

    async def _watch_task_runs(self, kind: Kind, namespace: str) -> None:
        params = {"labelSelector": f"{SESSION}={label(self.session)}"}
        seen = watch(self._client, self._clock, kind.path(namespace), params=params)
        async for task_run in _objects(seen):
            owner = str(labels_of(task_run).get(RUN_LABEL) or "")
            job = self._by_name.get(("PipelineRun", namespace, owner))
            if isinstance(job, PipelineJob):
                job.learn_task_run(object_name(task_run), task_run, self._clock.now())
                self._tell(job)

    def _pod(self, namespace: str, pod: Mapping[str, Any], *, is_deleted: bool = False) -> None:
        labels = labels_of(pod)
        owner = next(((OWNERS[key], str(labels[key])) for key in OWNERS if key in labels), None)
        job = self._by_name.get((owner[0], namespace, owner[1])) if owner else None
        if job is None:
            return
        job.learn_pod(pod, self._clock.now())
        name = object_name(pod)
        if is_deleted:
            job.lose_pod(name, self._clock.now())
        elif name not in job.logs and has_log(pod) and self._group is not None:
            path = self._log_folder / f"{job.name}_{name}.log" if self._log_folder else None
            job.logs[name] = KeptLog(path, redact=self._hidden.text)
            job.reading.add(name)
            self._group.create_task(self._follow(job, name, main_container(pod)))
        self._tell(job)

    async def _follow(self, job: LoadJob, pod: str, container: str) -> None:
        log = job.logs[pod]
        try:
            async for findings in follow_log(
                self._client,
                self._clock,
                job.namespace,
                pod,
                container,
                log,
                is_over=lambda: job.ended or pod in job.over,
            ):
                self._heard(job, pod, findings)
            self._heard(job, pod, log.close())
        finally:
            log.close()
            job.reading.discard(pod)
            job.stir()

    # --- reporting

    def _heard(self, job: LoadJob, pod: str, findings: Sequence[LogFinding]) -> None:
        """Emit what a log shows, as events of the recording."""
        now = self._clock.now()
        for event in log_events(findings, job.facts, pod, job.told, now):
            self._emit(event)
        for finding in findings:
            if isinstance(finding, Began):
                job.begins(pod, finding.at, now)
        self._tell(job)

    def _tell(self, job: LoadJob) -> None:
        """Emit the job's facts, when they changed."""
        if not job.name:
            return  # the job does not exist yet
        before = self._told.get(job)
        facts = msgspec.structs.replace(job.facts, at=before.at if before else job.facts.at)
        if facts != before:
            self._told[job] = facts = msgspec.structs.replace(facts, at=self._clock.now())
            self._emit(facts)


async def _objects(seen: Any) -> Any:
    """Every object in a watch's reports, in its newest state."""
    async for news in seen:
        if isinstance(news, Listed):
            for item in news.items:
                yield item
        elif isinstance(news, ObjectChanged):
            yield news.object
