"""The logs of load that others run: progress, results and plain lines, only ever read.

They are read from their beginning, with the kubelet's stamps, so that a load that began before the
session has its true start. How much of a log is kept is bounded, whatever its length.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import msgspec

from wvatui.clock import Clock
from wvatui.core import events as ev
from wvatui.core.kube_object import ReadObject, is_over, object_name
from wvatui.core.lines import rfc3339
from wvatui.core.results.loose import at, count, rows, table, text
from wvatui.core.state.session_window import ONE, SessionWindow
from wvatui.kube.client import Client
from wvatui.load.read.facts import with_load_begun
from wvatui.load.read.job_log import SOURCE, KeptLog, LogEvents, follow_log, log_events
from wvatui.sources.log.container import DEFAULT_CONTAINER
from wvatui.sources.source import Emit, nowhere

LOG_LIMIT = 64 << 20
"""Most bytes of one log that are read; kubelets keep 10 MiB of one by default."""
AT_ONCE = 32
"""Logs of running pods that are followed at once; others wait for a free place."""
ENDED_AT_ONCE = 2
OLD_S = 86_400.0
"""Logs of pods that ended more than this many seconds ago are not read: they belong to another
day."""
CONTAINERS = 8
LogKey = tuple[str, str, str, str]
LogPlace = tuple[str, str]
"""(pod, container)."""


@dataclass(slots=True)
class _Load:
    """One load: its newest facts, what its logs have shown, and the tasks that read them."""

    facts: ev.Job
    told: LogEvents = field(default_factory=LogEvents)
    tool: str = ""
    running: set[str] = field(default_factory=set)
    """Pods that have not ended yet."""
    readers: dict[LogPlace, tuple[int, asyncio.Task[None]]] = field(default_factory=dict)
    """(restarts of the container, the task that reads the log of that run)."""


class FoundLogs:
    """Reads the logs of every load passed to it. `changed` is called when a log changes a load's
    facts."""

    def __init__(
        self,
        client: Client,
        clock: Clock,
        changed: Callable[[], None],
        window: SessionWindow = ONE,
    ) -> None:
        """`window`: the session's, which gives pods their ids."""
        self._client, self._clock, self._changed = client, clock, changed
        self._window = window
        self._loads: dict[LogKey, _Load] = {}
        self._running = asyncio.Semaphore(AT_ONCE)
        self._ended = asyncio.Semaphore(ENDED_AT_ONCE)
        self._denied = False
        self._group: asyncio.TaskGroup | None = None
        self._emit: Emit = nowhere

    def begin(self, group: asyncio.TaskGroup, emit: Emit) -> None:
        """Start reading logs, as tasks of `group`."""
        self._group, self._emit = group, emit

    def learned(self, facts: ev.Job) -> ev.Job:
        """`facts` of a load, completed from its logs."""
        load = self._loads.get(_key(facts))
        if load is None:
            return facts
        facts = msgspec.structs.replace(facts, tool=load.tool or facts.tool)
        return with_load_begun(facts, load.told.began)

    def see(self, facts: ev.Job, pods: Sequence[ReadObject], wanted: Sequence[str] = ()) -> None:
        """Take the present facts and pods of a load, and read the logs that can be read.

        `wanted`: names of the containers that run the tool; empty: all containers.
        """
        group = self._group
        if group is None:
            return
        load = self._loads.setdefault(_key(facts), _Load(facts))
        load.facts = facts
        load.running = {object_name(pod) for pod in pods if not is_over(pod)}
        for pod in pods:
            for container, restarts in self._begun(pod, wanted):
                place = object_name(pod), container
                before = load.readers.get(place)
                if before is not None and before[0] >= restarts:
                    continue
                if before is not None:
                    before[1].cancel()  # the container was restarted, so its log is a new one
                task = group.create_task(self._read(load, place))
                load.readers[place] = restarts, task

    def gone(self, key: LogKey) -> None:
        """Note that a load no longer exists: reading its logs stops where it is."""
        load = self._loads.pop(key, None)
        for _, task in load.readers.values() if load is not None else ():
            task.cancel()

    def _begun(self, pod: ReadObject, wanted: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Containers of a pod whose logs are worth reading, with their restart counts."""
        named = table(at(pod, "metadata", "annotations")).get(DEFAULT_CONTAINER)
        chosen = set(wanted) or ({text(named)} if named else set())
        found = []
        for status in map(table, rows(at(pod, "status", "containerStatuses"))):
            name, state = text(status.get("name")), table(status.get("state"))
            if "running" not in state and "terminated" not in state:
                continue
            if name and (not chosen or name in chosen) and not self._is_old(state):
                found.append((name, count(status.get("restartCount")) or 0))
        yield from found[:CONTAINERS]

    def _is_old(self, state: ReadObject) -> bool:
        ended = rfc3339(text(at(state, "terminated", "finishedAt")))
        return ended is not None and self._clock.now() - ended > OLD_S

    async def _read(self, load: _Load, place: LogPlace) -> None:
        pod, container = place
        known = self._window.id_of(load.facts.namespace, pod)
        log = KeptLog(None)

        def is_over() -> bool:
            return pod not in load.running

        async with self._ended if is_over() else self._running:
            seen = follow_log(
                self._client,
                self._clock,
                load.facts.namespace,
                pod,
                container,
                log,
                is_over=is_over,
                stamped=True,
            )
            async with aclosing(seen):
                async for found in seen:
                    now = self._clock.now()
                    self._heard(load, log, log_events(found, load.facts, known, load.told, now))
                    if log.size > LOG_LIMIT:
                        self._say(f"log of {known}: not read beyond {LOG_LIMIT >> 20} MiB")
                        break
        end = log_events(log.close(), load.facts, known, load.told, self._clock.now())
        self._heard(load, log, end)
        if log.trouble and not self._denied:
            self._denied = True  # the right is missing for all pods
            self._say(f"progress and results of load that others run: {log.trouble}")

    def _say(self, words: str) -> None:
        self._emit(ev.Notice(self._clock.now(), source=SOURCE, code="job-log", text=words))

    def _heard(self, load: _Load, log: KeptLog, events: Iterator[ev.Event]) -> None:
        """Emit the events that a log gave; calls `changed` when they change the facts of the
        load."""
        before = len(load.told.began), load.tool
        for event in events:
            self._emit(event)
        load.tool = log.reader.tool or load.tool
        if (len(load.told.began), load.tool) != before:
            self._changed()


def _key(facts: ev.Job) -> LogKey:
    return facts.kind, facts.namespace, facts.name, facts.uid
