"""Who owns a job: the labels and annotations of everything that a session creates in a cluster."""

import hashlib
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from wvatui.core.kube_object import Object
from wvatui.load.profiles import manifests
from wvatui.load.profiles.manifests import MANAGED_BY, SESSION, label, owned

OWNER = "wvatui/owner"
"""Annotation: host, process and its start, so that what a crash left can be told."""
SUFFIX = 6


class SessionProcess(NamedTuple):
    """The process behind a session."""

    host: str
    pid: int
    started: str
    """When the process started, as the kernel counts; empty where it does not tell."""

    @classmethod
    def here(cls) -> "SessionProcess":
        """This process."""
        return cls(socket.gethostname(), os.getpid(), _started(os.getpid()))

    @classmethod
    def read(cls, text: str) -> "SessionProcess | None":
        """The owner in an annotation; None when it holds none."""
        host, _, rest = text.partition("/")
        pid, _, started = rest.partition("/")
        return cls(host, int(pid), started) if host and pid.isdigit() else None

    def __str__(self) -> str:
        return f"{self.host}/{self.pid}/{self.started}"

    @property
    def alive(self) -> bool | None:
        """Whether it still runs; None: it is on another machine, nobody can tell."""
        if self.host != socket.gethostname():
            return None
        # Of a process of somebody else the kernel says that it may not be asked: it is there.
        with suppress(PermissionError):
            try:
                os.kill(self.pid, 0)
            except ProcessLookupError:
                return False
        return not self.started or _started(self.pid) in ("", self.started)


def _started(pid: int) -> str:
    """Field 22 of /proc/PID/stat: clock ticks since boot; empty where there is no such file."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 else ""


def selector(session: str = "") -> str:
    """Label selector of what `session`, or any, has made."""
    mine = f",{SESSION}={label(session)}" if session else ""
    return f"{MANAGED_BY}=wvatui{mine}"


def made_by(
    body: Mapping[str, Any],
    *,
    session: str,
    key: str,
    title: str,
    namespace: str,
    limit_s: float | None = None,
) -> Object:
    """The Job or PipelineRun `body` as `session` creates it: named uniquely, labelled.

    `key` tells two jobs of one session apart that are made from one manifest; a generateName
    stays, and is the server's to complete. `limit_s`: how long a Job may run at most, should
    nobody be left to stop it; a PipelineRun has time-outs of its own.
    """
    suffix = hashlib.sha256(f"{session}/{key}".encode()).hexdigest()[:SUFFIX]
    job = owned(body, manifests.JobOwner(namespace, session, suffix, title))
    job.pop("status", None)
    metadata = job["metadata"]
    for gone in ("uid", "resourceVersion", "creationTimestamp", "managedFields"):
        metadata.pop(gone, None)
    metadata["annotations"] = (metadata.get("annotations") or {}) | {
        OWNER: str(SessionProcess.here())
    }
    if limit_s is not None and job.get("kind", "Job") == "Job":
        job["spec"].setdefault("activeDeadlineSeconds", max(1, int(limit_s)))
    return job
