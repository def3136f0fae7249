"""One job that this session made: how it stands, as its object and its pods tell."""

import asyncio
from collections.abc import Mapping
from typing import Any

from wvatui.core import events as ev
from wvatui.core.lines import clean, rfc3339
from wvatui.load.job_log import KeptLog

Object = Mapping[str, Any]
ENDED = ("succeeded", "failed", "deleted")


class LoadJob:
    """One job. `status`: pending, running, succeeded, failed, deleted."""

    def __init__(self, namespace: str, name: str, title: str) -> None:
        self.namespace, self.name, self.title = namespace, name, title
        self.uid = ""
        self.status = "pending"
        self.reason = ""
        self.message = ""
        self.logs: dict[str, KeptLog] = {}
        """By pod."""
        self.reading: set[str] = set()
        """Pods whose log is still being read."""
        self.over: set[str] = set()
        """Pods that have run to their end."""
        self.deleted = False
        """We have deleted it."""
        self.facts: ev.Job | None = None
        """What the recording was told of it last."""
        self.created_at: float | None = None
        self.started_at: float | None = None
        """When the main container of its first pod began."""
        self.ended_at: float | None = None
        self.load_at: float | None = None
        """When its tool began to send requests."""
        self.told = False
        self.stepped_at = 0.0
        self._changed = asyncio.Event()

    @property
    def ended(self) -> bool:
        """It will not do anything any more."""
        return self.status in ENDED

    @property
    def why(self) -> str:
        """Its status with the reason, for people."""
        words = ": ".join(word for word in (self.reason, self.message) if word)
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
        """Something of it has changed."""
        self._changed.set()

    @property
    def log(self) -> KeptLog | None:
        """The log of its newest pod."""
        return next(reversed(self.logs.values()), None)

    def tail(self) -> str:
        """The end of its newest log."""
        return self.log.tail() if self.log is not None else ""

    # --- what the cluster tells

    def learn(self, obj: Object) -> None:
        """The Job object as it is now."""
        metadata, status = _table(obj, "metadata"), _table(obj, "status")
        self.uid = self.uid or str(metadata.get("uid") or "")
        self.created_at = self.created_at or _moment(metadata, "creationTimestamp")
        for condition in status.get("conditions") or ():
            if isinstance(condition, Mapping) and condition.get("status") == "True":
                ending = {"Complete": "succeeded", "Failed": "failed"}.get(
                    str(condition.get("type"))
                )
                if ending:
                    reason = str(condition.get("reason") or "")
                    self.reason = "" if ending == "succeeded" else reason
                    message = str(condition.get("message") or "")
                    self.message = "" if ending == "succeeded" else message
                    when = _moment(status, "completionTime")
                    self.ended_at = when or _moment(condition, "lastTransitionTime")
                    self.set(ending)
                    return
        if status.get("active") and status.get("ready"):
            self.set("running")

    def learn_pod(self, obj: Object) -> None:
        """One of its pods as it is now."""
        status = _table(obj, "status")
        if self.ended:
            return
        self.started_at = self.started_at or began(obj)
        if status.get("phase") == "Running":
            self.set("running")
        elif status.get("phase") == "Failed" or self.status == "pending":
            # Why it does not run, as long as the Job itself has nothing to say.
            self.reason = self.reason or pod_trouble(obj)

    def set(self, status: str) -> None:
        """A new status; what has ended stays so."""
        if not self.ended and status != self.status:
            self.status = status
            if status == "running":
                self.reason = ""
        self.stir()


def pod_trouble(obj: Object) -> str:
    """Why a pod of a job does not do its work; empty: it does, or nothing is said."""
    status = _table(obj, "status")
    for key in ("initContainerStatuses", "containerStatuses"):
        for one in status.get(key) or ():
            state = _table(one, "state")
            ended = _table(state, "terminated")
            if ended.get("exitCode"):
                code = f"exit code {ended['exitCode']}"
                reason = str(ended.get("reason") or "")
                return f"{reason}, {code}" if reason not in ("", "Error") else code
            reason = str(_table(state, "waiting").get("reason") or "")
            if reason not in ("", "PodInitializing", "ContainerCreating"):
                return reason
    for condition in status.get("conditions") or ():
        if not isinstance(condition, Mapping) or condition.get("type") != "PodScheduled":
            continue
        if condition.get("status") == "False":
            return str(condition.get("reason") or "Unschedulable")
    return str(status.get("reason") or "")


def main_container(obj: Object) -> str:
    """Name of the container whose log counts: the first."""
    containers = _table(obj, "spec").get("containers") or [{}]
    return str(containers[0].get("name") or "")


def has_log(obj: Object) -> bool:
    """Whether the main container of a pod has begun."""
    name = main_container(obj)
    for one in _table(obj, "status").get("containerStatuses") or ():
        if isinstance(one, Mapping) and one.get("name") == name:
            state = _table(one, "state")
            return "running" in state or "terminated" in state
    return False


def began(obj: Object) -> float | None:
    """When the main container of a pod began, UTC epoch seconds; None: not yet."""
    name = main_container(obj)
    for one in _table(obj, "status").get("containerStatuses") or ():
        if isinstance(one, Mapping) and one.get("name") == name:
            state = _table(one, "state")
            for key in ("running", "terminated"):
                if key in state:
                    return _moment(_table(state, key), "startedAt")
    return None


def is_over(obj: Object) -> bool:
    """Whether a pod has run to its end."""
    return _table(obj, "status").get("phase") in ("Succeeded", "Failed")


def _table(obj: Any, key: str) -> Object:
    found = obj.get(key) if isinstance(obj, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _moment(obj: Object, key: str) -> float | None:
    found = obj.get(key)
    return rfc3339(found) if isinstance(found, str) else None
