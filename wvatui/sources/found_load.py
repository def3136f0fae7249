"""Load that this session did not create: Jobs that run a known tool, pods labelled as load.

Read-only: their objects, their pods, their logs. Jobs of this session are left out, as
`load.make.jobs` reports them.
"""

import asyncio

import msgspec

from wvatui.clock import Clock
from wvatui.core.events import Deleted, Event, Job
from wvatui.core.kube_object import NamespacedName, ReadObject, labels_of, object_name
from wvatui.core.state.session_window import ONE, SessionWindow
from wvatui.kube.client import Client
from wvatui.kube.paths import JOB, POD, Kind
from wvatui.kube.watching import Listed, ObjectChanged, watch
from wvatui.load.profiles.manifests import SESSION, label
from wvatui.load.read.detect import HARNESSES, harness_of, is_load, plan_of
from wvatui.load.read.facts import job_facts
from wvatui.sources.found_logs import FoundLogs
from wvatui.sources.objects.fields import text
from wvatui.sources.source import Emit, nowhere
from wvatui.sources.watch_health import WatchHealth

NAME = "jobs"
OF_JOB = "job-name"
"""Label of the pods of a Job; its value is the Job's name."""
Name = tuple[str, str, str]
"""(kind, namespace, name)."""


class FoundLoad:
    """Watches the Jobs of a namespace, their pods, and pods that carry the label of a harness."""

    name = NAME
    title = "load jobs"

    def __init__(
        self,
        client: Client,
        clock: Clock,
        namespace: str,
        *,
        session: str = "",
        window: SessionWindow = ONE,
    ) -> None:
        """`namespace`: "" for all. `session`: the one whose own jobs are left out; "": none.
        `window`: the session's, which gives pods their ids."""
        self._client, self._clock, self._namespace = client, clock, namespace
        self._mine = label(session)
        self._collections: tuple[tuple[Kind, str], ...] = (
            (JOB, ""),
            (POD, OF_JOB),
            *((POD, f"{k}={v}") for k, v in HARNESSES),
        )
        self._objects: dict[int, dict[NamespacedName, ReadObject]] = {
            n: {} for n in range(len(self._collections))
        }
        self._told: dict[Name, Job] = {}
        kinds = [kind for kind, _ in self._collections]
        where = namespace if window.several else ""
        self._health = WatchHealth(NAME, kinds, clock, namespace=where, tells_kinds=False)
        self.ready = self._health.ready
        self._emit: Emit = nowhere
        self._logs = FoundLogs(client, clock, self._tell, window)

    async def run(self, emit: Emit) -> None:
        """Watch until cancelled."""
        self._emit = emit
        async with asyncio.TaskGroup() as group:
            self._logs.begin(group, emit)
            for number in range(len(self._collections)):
                group.create_task(self._follow(number))

    async def _follow(self, number: int) -> None:
        kind, labels = self._collections[number]
        params = {"labelSelector": labels} if labels else {}
        path = kind.path(self._namespace)
        seen = watch(self._client, self._clock, path, params=params, resource=kind.resource)
        async for news in seen:
            if isinstance(news, Listed):
                self._objects[number] = {_key(item): item for item in news.items}
            elif isinstance(news, ObjectChanged):
                if news.verb == "DELETED":
                    self._objects[number].pop(_key(news.object), None)
                else:
                    self._objects[number][_key(news.object)] = news.object
            self._health.note(number, news, self._emit)
            if self.ready.is_set():
                self._tell()

    # --- what is reported

    def _tell(self) -> None:
        """Emit the loads that are new, changed or gone."""
        now = self._clock.now()
        found: dict[Name, Job] = {}
        seen: list[tuple[Job, ReadObject, list[ReadObject]]] = []
        for thing, pods in self._loads():
            facts = self._logs.learned(job_facts(thing, now, pods))
            found[facts.kind, facts.namespace, facts.name] = facts
            seen.append((facts, thing, pods if thing["kind"] == "Job" else [thing]))
        news: list[Event] = []
        for name, facts in found.items():
            told = self._told.get(name)
            if told is not None and told.uid != facts.uid:
                self._logs.gone((*name, told.uid))  # another load now has this name
            if told is None or msgspec.structs.replace(told, at=facts.at) != facts:
                news.append(facts)
        for name in [name for name in self._told if name not in found]:
            kind, namespace, own = name
            self._logs.gone((*name, self._told[name].uid))
            news.append(Deleted(now, kind="job", name=own, namespace=namespace, source=kind))
        self._told = {
            name: facts if facts in news else self._told[name] for name, facts in found.items()
        }
        for event in news:
            self._emit(event)
        for facts, thing, pods in seen:
            wanted = [started.container for started in plan_of(thing).started]
            self._logs.see(facts, pods, wanted)

    def _loads(self) -> list[tuple[ReadObject, list[ReadObject]]]:
        """The Jobs that create load, with their pods, then the pods that create load by
        themselves."""
        jobs, of_jobs, *marked = (self._objects[n] for n in range(len(self._collections)))
        pods: dict[NamespacedName, list[ReadObject]] = {}
        for pod in of_jobs.values():
            pods.setdefault(_job_of(pod), []).append(pod)
        found: list[tuple[ReadObject, list[ReadObject]]] = []
        loads: set[NamespacedName] = set()
        for name, job in jobs.items():
            thing = {"kind": "Job", **job}
            mine = pods.get(name, [])
            if is_load(thing) or any(harness_of(pod) for pod in mine):
                loads.add(name)
                if not self._is_ours(job):
                    found.append((thing, mine))
        alone: dict[NamespacedName, ReadObject] = {}
        for collection in marked:
            alone |= collection
        found += [
            ({"kind": "Pod", **pod}, [])
            for pod in alone.values()
            if _job_of(pod) not in loads and not self._is_ours(pod)
        ]
        return found

    def _is_ours(self, thing: ReadObject) -> bool:
        return bool(self._mine) and labels_of(thing).get(SESSION) == self._mine


def _key(thing: ReadObject) -> NamespacedName:
    return text(thing, "metadata", "namespace"), object_name(thing)


def _job_of(pod: ReadObject) -> NamespacedName:
    """The Job that owns a pod."""
    return text(pod, "metadata", "namespace"), text(labels_of(pod), OF_JOB)
