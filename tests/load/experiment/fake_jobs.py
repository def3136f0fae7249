"""A fake of the job API, without a cluster: each job lasts as long as the test says."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wvatui.clock import Clock
from wvatui.errors import ClusterError
from wvatui.load.make.job import LoadJob
from wvatui.load.read.job_log import KeptLog


@dataclass
class Fate:
    """The course of a job: it runs for `lasts_s` (None: for ever), and ends in the state `ends`."""

    lasts_s: float | None = 60.0
    ends: str = "succeeded"
    reason: str = ""
    log: bytes = b""
    refused: str = ""
    pending: bool = False


@dataclass
class FakeJobs:
    """The job API, with the Fate of each stage by its title. `did` are the calls so far, as
    (T+seconds, verb, title)."""

    clock: Clock
    fates: dict[str, Fate] = field(default_factory=dict)
    did: list[tuple[float, str, str]] = field(default_factory=list)
    made: list[LoadJob] = field(default_factory=list)
    bodies: list[Mapping[str, Any]] = field(default_factory=list)
    start: float = 0.0
    session: str = "s"
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    async def create(self, job: Mapping[str, Any], title: str, **more: Any) -> LoadJob:
        fate = self.fates.get(title, Fate())
        if fate.refused:
            raise ClusterError(fate.refused)
        names = [one.name for one in self.made if not one.deleted]
        assert job["metadata"]["name"] not in names, "two jobs of one name at once"
        made = LoadJob(job, title, self.clock.now())
        self.made.append(made)
        self.bodies.append(job)
        self._note("create", title)
        if not fate.pending:
            made.learn(dict(job) | {"status": {"ready": 1}}, self.clock.now())
        if fate.lasts_s is not None:
            self._tasks.append(asyncio.create_task(self._end(made, fate, fate.lasts_s)))
        return made

    async def _end(self, job: LoadJob, fate: Fate, lasts_s: float) -> None:
        await self.clock.sleep(lasts_s)
        log = job.logs[f"{job.name}-pod"] = KeptLog(None)
        log.feed(fate.log)
        job.end(fate.ends, self.clock.now(), fate.reason)

    async def delete(self, job: LoadJob) -> None:
        if not job.deleted:
            job.deleted = True
            job.end("deleted", self.clock.now())
            self._note("delete", job.title)

    async def clean_up(self) -> list[str]:
        for task in self._tasks:
            task.cancel()
        for job in self.made:
            await self.delete(job)
        return []

    def _note(self, verb: str, title: str) -> None:
        self.did.append((round(self.clock.now() - self.start, 3), verb, title))

    @property
    def left(self) -> list[LoadJob]:
        """The jobs that were not deleted."""
        return [job for job in self.made if not job.deleted]
