"""Jobs over the API: created, watched, their logs followed, deleted. Nothing of ours stays behind.

Whatever a session creates carries its labels, and is deleted when the session ends, however it
ends; for what a `kill -9` leaves there is a time to live, and `leftovers` finds it at the next
start.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from wvatui.clock import Clock
from wvatui.core import events as ev
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.answers import ApiError
from wvatui.kube.client import Client
from wvatui.kube.paths import JOB, POD
from wvatui.kube.rights import allowed
from wvatui.kube.watching import Changed, Listed, Trouble, watch
from wvatui.load.follow import follow_log
from wvatui.load.job import LoadJob, has_log, main_container
from wvatui.load.job_log import KeptLog
from wvatui.load.log_events import log_events
from wvatui.load.manifests import TITLE
from wvatui.load.owner import OWNER, Owner, made_by, selector
from wvatui.load.progress import Found

Emit = Callable[[ev.Event], None]
NEEDED = (
    ("create", JOB.plural, JOB.group, ""), ("delete", JOB.plural, JOB.group, ""),
    ("list", JOB.plural, JOB.group, ""), ("watch", JOB.plural, JOB.group, ""),
    ("list", POD.plural, POD.group, ""), ("watch", POD.plural, POD.group, ""),
    ("get", POD.plural, POD.group, "log"),
)  # fmt: skip
"""Rights that making and following jobs needs: verb, resource, group, subresource."""
DELETE_TRIES = 4
JOB_NAME = ("batch.kubernetes.io/job-name", "job-name")


class Leftover(NamedTuple):
    """A job that an earlier session made and did not delete."""

    namespace: str
    name: str
    title: str
    uid: str
    alive: bool | None
    """Whether its session still runs; None: it ran on another machine."""


async def missing_rights(client: Client, namespace: str) -> list[str]:
    """What may not be done in `namespace`, as "create jobs.batch"; nobody would say: nothing."""
    found = []
    for verb, resource, group, sub in NEEDED:
        if await allowed(client, namespace, verb, resource, group, sub) is False:
            name = f"{resource}.{group}" if group else resource
            found.append(f"{verb} {name}{'/' + sub if sub else ''}")
    return found


async def leftovers(client: Client, namespace: str, *, session: str = "") -> list[Leftover]:
    """Jobs of ours in `namespace`, but for those of `session`. Raises ClusterError."""
    answer = await client.get_json(JOB.path(namespace), {"labelSelector": selector()})
    found = []
    for item in answer.get("items") or ():
        metadata = item.get("metadata") or {}
        if session and session in (metadata.get("labels") or {}).values():
            continue
        notes = metadata.get("annotations") or {}
        owner = Owner.read(str(notes.get(OWNER) or ""))
        found.append(
            Leftover(
                str(metadata.get("namespace") or namespace),
                str(metadata.get("name") or ""),
                str(notes.get(TITLE) or metadata.get("name") or ""),
                str(metadata.get("uid") or ""),
                owner.alive if owner is not None else None,
            )
        )
    return found


async def delete_job(client: Client, namespace: str, name: str, uid: str = "") -> None:
    """Delete a Job with its pods; one that is gone already is as good. Raises ClusterError."""
    # A Job's pods are left alone unless that is asked for.
    options: dict[str, Any] = {
        "kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background",
    }  # fmt: skip
    if uid:
        options["preconditions"] = {"uid": uid}
    try:
        path = f"{JOB.path(namespace)}/{name}"
        await client.delete(path, options, {"propagationPolicy": "Background"})
    except ApiError as error:
        if error.status not in (404, 409):  # 409: another one has its name now
            raise


class Jobs:
    """The jobs of one session. A source: `run` watches them; `clean_up` takes them away."""

    name = "load"
    title = "load jobs"

    def __init__(
        self, client: Client, clock: Clock, *, session: str, namespaces: tuple[str, ...],
        log_folder: Path | None = None,
    ) -> None:  # fmt: skip
        """`session`: identity, also the value of a label. `log_folder`: where logs are kept."""
        self.ready = asyncio.Event()
        self.made: list[LoadJob] = []
        self._client, self._clock = client, clock
        self._session, self._namespaces = session, namespaces
        self._log_folder = log_folder
        self._by_name: dict[tuple[str, str], LoadJob] = {}
        self._group: asyncio.TaskGroup | None = None
        self._emit: Emit = lambda event: None
        self._told: dict[tuple[str, str], ev.Job] = {}

    # --- making

    def prepare(
        self, body: Mapping[str, Any], *, key: str, title: str, namespace: str,
        limit_s: float | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """The Job as it would be created; see `owner.made_by`."""
        return made_by(body, session=self._session, key=key, title=title, namespace=namespace,
                       limit_s=limit_s)  # fmt: skip

    async def foresee(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """What the server would make of it, without making it. Raises ClusterError."""
        path = JOB.path(job["metadata"]["namespace"])
        return await self._client.post_json(path, job, {"dryRun": "All"})

    async def create(
        self, job: Mapping[str, Any], title: str, *, profile: str = "",
        stages: Sequence[ev.Stage] = (),
    ) -> LoadJob:  # fmt: skip
        """Create it, after a dry run. Raises ClusterError, and then there is none.

        `profile`: what it is made from; `stages`: the load that it is to offer.
        """
        await self.foresee(job)
        made = LoadJob(job, title, self._clock.now(), profile=profile, stages=tuple(stages))
        # Known before it is there: an interrupt in the middle must find it.
        self.made.append(made)
        self._by_name[made.namespace, made.name] = made
        try:
            answer = await self._client.post_json(JOB.path(made.namespace), job)
        except (ApiError, DeniedError):
            self._forget(made)
            raise
        except ClusterError:
            # No answer is no refusal: it may be there.
            await self._take_back(made)
            raise
        made.learn(answer, self._clock.now())
        self._tell(made)
        return made

    def _forget(self, job: LoadJob) -> None:
        self.made.remove(job)
        del self._by_name[job.namespace, job.name]

    async def _take_back(self, job: LoadJob) -> None:
        with suppress(ClusterError):
            await delete_job(self._client, job.namespace, job.name)
            self._forget(job)

    # --- taking away

    async def delete(self, job: LoadJob) -> None:
        """Delete it and its pods. Raises ClusterError after some tries."""
        if job.deleted:
            return
        for left in reversed(range(DELETE_TRIES)):
            try:
                await delete_job(self._client, job.namespace, job.name, job.uid)
                break
            except DeniedError:
                raise
            except ClusterError:
                if not left:
                    raise
                await self._clock.sleep(1.0)
        job.deleted = True
        job.end("deleted", self._clock.now())
        self._tell(job)

    async def clean_up(self) -> list[str]:
        """Delete all that this session has made; what could not be deleted, in words."""
        troubles = []
        for job in self.made:
            try:
                await self.delete(job)
            except ClusterError as error:
                troubles.append(f"job {job.namespace}/{job.name} is still there: {error.message}")
        for job in self.made:
            for pod, log in job.logs.items():
                self._heard(job, pod, log.close())
        return troubles

    # --- watching

    async def run(self, emit: Emit) -> None:
        """Watch until cancelled."""
        self._emit = emit
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                for namespace in self._namespaces:
                    group.create_task(self._watch_jobs(namespace))
                    group.create_task(self._watch_pods(namespace))
        finally:
            self._group = None

    async def _watch_jobs(self, namespace: str) -> None:
        params = {"labelSelector": selector(self._session)}
        seen = watch(self._client, self._clock, JOB.path(namespace), params=params)
        async for news in seen:
            if isinstance(news, Listed):
                self._listed(namespace, {_name(item): item for item in news.items})
            elif isinstance(news, Changed):
                self._changed(namespace, news)
            self.ready.set()

    def _listed(self, namespace: str, found: Mapping[str, Mapping[str, Any]]) -> None:
        for (place, name), job in list(self._by_name.items()):
            if place != namespace:
                continue
            if name in found:
                job.learn(found[name], self._clock.now())
            elif job.uid and not job.ended:
                self._lost(job)
            self._tell(job)

    def _changed(self, namespace: str, news: Changed) -> None:
        job = self._by_name.get((namespace, _name(news.object)))
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
        params = {"labelSelector": selector(self._session)}
        seen = watch(self._client, self._clock, POD.path(namespace), params=params)
        async for news in seen:
            if isinstance(news, Trouble):
                continue
            items = news.items if isinstance(news, Listed) else [news.object]
            for item in items:
                self._pod(namespace, item)

    def _pod(self, namespace: str, pod: Mapping[str, Any]) -> None:
        labels = (pod.get("metadata") or {}).get("labels") or {}
        owner = next((str(labels[key]) for key in JOB_NAME if key in labels), "")
        job = self._by_name.get((namespace, owner))
        if job is None:
            return
        job.learn_pod(pod, self._clock.now())
        name = _name(pod)
        if name not in job.logs and has_log(pod) and self._group is not None:
            path = self._log_folder / f"{job.name}_{name}.log" if self._log_folder else None
            job.logs[name] = KeptLog(path)
            job.reading.add(name)
            self._group.create_task(self._follow(job, name, main_container(pod)))
        self._tell(job)

    async def _follow(self, job: LoadJob, pod: str, container: str) -> None:
        log = job.logs[pod]
        try:
            async for found in follow_log(
                self._client, self._clock, job.namespace, pod, container, log,
                is_over=lambda: job.ended or pod in job.over,
            ):  # fmt: skip
                self._heard(job, pod, found)
            self._heard(job, pod, log.close())
        finally:
            log.close()
            job.reading.discard(pod)
            job.stir()

    # --- telling

    def _heard(self, job: LoadJob, pod: str, found: Sequence[Found]) -> None:
        """What a log tells, as events of the recording."""
        now = self._clock.now()
        begun = job.told.load_at
        for event in log_events(found, job.facts, pod, job.told, now):
            self._emit(event)
        if job.told.load_at != begun:
            job.look(now)
        self._tell(job)

    def _tell(self, job: LoadJob) -> None:
        """The job's facts, when they are others than before."""
        key = (job.namespace, job.name)
        before = self._told.get(key)
        facts = msgspec.structs.replace(job.facts, at=before.at if before else job.facts.at)
        if facts != before:
            self._told[key] = facts = msgspec.structs.replace(facts, at=self._clock.now())
            self._emit(facts)


def _name(obj: Mapping[str, Any]) -> str:
    metadata = obj.get("metadata")
    return str(metadata.get("name") or "") if isinstance(metadata, Mapping) else ""
