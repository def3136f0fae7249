"""Jobs in the form that Kubernetes takes, made from a profile or from a manifest written by hand.

Labels and annotations name a job's owner. Objects that wvatui creates carry labels that name wvatui
and the session, a unique name, and a time to live. A job ends by printing its report (see
`report`).
"""

import copy
import hashlib
import os
import re
import shlex
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from wvatui.core.kube_object import Object
from wvatui.load.profiles.commands import (
    DATASET,
    DATASET_URL,
    FOLDER,
    guidellm,
    inference_perf_config,
    report_path,
    vllm_bench,
)
from wvatui.load.profiles.profiles import Profile
from wvatui.load.profiles.report import REPORT_SCRIPT

OWNER = "wvatui/owner"
"""Annotation: host, process id and start of the process, so that objects left by a crash can be
recognised."""
SUFFIX = 6


class SessionProcess(NamedTuple):
    """The process that runs a session."""

    host: str
    pid: int
    started: str
    """When the process started, as the kernel counts; empty where the kernel does not show it."""

    @classmethod
    def here(cls) -> "SessionProcess":
        """This process."""
        return cls(socket.gethostname(), os.getpid(), _started(os.getpid()))

    @classmethod
    def read(cls, text: str) -> "SessionProcess | None":
        """The process in an annotation; None: the text is none."""
        host, _, rest = text.partition("/")
        pid, _, started = rest.partition("/")
        return cls(host, int(pid), started) if host and pid.isdigit() else None

    def __str__(self) -> str:
        return f"{self.host}/{self.pid}/{self.started}"

    @property
    def alive(self) -> bool | None:
        """Whether the process still runs; None: unknown, as it is on another machine."""
        if self.host != socket.gethostname():
            return None
        # For another user's process the kernel denies the signal, which shows that it exists.
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
    """Label selector of the objects created by `session`, or by any session."""
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
    """The Job or PipelineRun `body` as `session` creates it: with a unique name, and labels.

    `key` distinguishes jobs of one session made from the same manifest; a generateName stays, to be
    completed by the server. `limit_s`: longest run of a Job in seconds, in case nothing stops it; a
    PipelineRun has time-outs of its own.
    """
    suffix = hashlib.sha256(f"{session}/{key}".encode()).hexdigest()[:SUFFIX]
    job = owned(body, JobOwner(namespace, session, suffix, title))
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


MANAGED_BY = "app.kubernetes.io/managed-by"
SESSION = "wvatui/session"
PROFILE = "wvatui/profile"
TITLE = "wvatui/title"
"""Annotation: the title of the job for people."""
TTL_S = 600
"""Seconds after which a finished job is deleted: its log has been read long before."""
GRACE_S = 5
"""Grace period of a pod, seconds: aborting must end load at once, and a load tool has nothing to
save."""
NAME_LIMIT = 63
CONFIG_VARIABLE = "WVATUI_CONFIG"
"""Variable with the configuration of inference-perf."""
REPORT_VARIABLE = "WVATUI_REPORT"
"""Variable with the program that prints the report."""
Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class JobOwner:
    """The creator of an object, and its namespace."""

    namespace: str
    session: str
    suffix: str
    """Suffix that makes names unique: five or more lower-case letters and digits."""
    title: str = ""


def job(profile: Profile, target: str, model: str, owner: JobOwner) -> Manifest:
    """The Job that sends the load of `profile` to `target` (a base URL)."""
    container: Manifest = {
        "name": profile.tool,
        "image": profile.image,
        "imagePullPolicy": "IfNotPresent",
        "env": [{"name": "HF_HOME", "value": "/tmp"}, {"name": "TZ", "value": "UTC"}],
        "resources": {
            "requests": {"cpu": "1", "memory": "4Gi"},
            "limits": {"cpu": "2", "memory": "8Gi"},
        },
    }
    pod: Manifest = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": GRACE_S,
        "containers": [container],
    }
    if profile.tool == "vllm-bench":
        container |= {
            "command": ["/usr/bin/python3"],
            "args": vllm_bench(profile, target, model),
        }
        _with_dataset(pod)
    else:
        if profile.tool == "inference-perf":
            config = inference_perf_config(profile, target, model)
            container["env"].append({"name": CONFIG_VARIABLE, "value": config})
        elif profile.concurrency is not None:
            limit = str(profile.concurrency)
            container["env"].append({"name": "GUIDELLM__MAX_CONCURRENCY", "value": limit})
        container["env"].append({"name": REPORT_VARIABLE, "value": REPORT_SCRIPT})
        container |= {"command": ["/bin/sh", "-c"], "args": [script(profile, target, model)]}
    manifest: Manifest = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": unique_name(f"wvatui-{profile.name}", owner.suffix)},
        "spec": {"backoffLimit": 0, "template": {"spec": pod}},
    }
    return owned(manifest, owner, {PROFILE: label(profile.name)}, unique=True)


def script(profile: Profile, target: str, model: str) -> str:
    """The shell script of a GuideLLM or inference-perf job: its waves, then the report."""
    lines = [f"mkdir -p {FOLDER}", "trap 'trap - TERM INT; kill 0; exit 143' TERM INT"]
    if profile.tool == "inference-perf":
        path = f"{FOLDER}/config.yaml"
        lines.append(f'printf %s "${CONFIG_VARIABLE}" > {path}')
        lines.append(_wave(0.0, ["inference-perf", "--config_file", path]))
        reports = [f"{FOLDER}/reports"]
    else:
        reports = []
        for index, wave in enumerate(profile.waves):
            lines.append(_wave(wave.start_s, guidellm(profile, index, target, model)))
            reports.append(report_path(profile, index))
    lines.append("wait")
    lines.append(f'python3 -c "${REPORT_VARIABLE}" {shlex.join([profile.tool, *reports])}')
    lines.append(f"test ! -e {FOLDER}/failed")
    return "\n".join(lines) + "\n"


def _wave(delay_s: float, command: list[str]) -> str:
    return f"(sleep {delay_s:g}; {shlex.join(command)} || touch {FOLDER}/failed) &"


def _with_dataset(pod: Manifest) -> None:
    """Add the download of the ShareGPT data set before the pod's main container starts."""
    mounts = [{"name": "dataset-volume", "mountPath": "/data"}]
    pod["containers"][0]["volumeMounts"] = mounts
    pod["volumes"] = [{"name": "dataset-volume", "emptyDir": {}}]
    pod["initContainers"] = [
        {
            "name": "download-dataset",
            "image": "busybox:1.37",
            "command": ["/bin/sh", "-c"],
            "args": [f"wget -O {DATASET} {DATASET_URL}"],
            "volumeMounts": mounts,
        }
    ]


def owned(
    manifest: Mapping[str, Any],
    owner: JobOwner,
    labels: Mapping[str, str] | None = None,
    *,
    unique: bool = False,
) -> Manifest:
    """`manifest` (Job or PipelineRun) as owned by a session: namespace, labels, unique name, time
    to live.

    The rest stays as written. `unique`: the name is unique already.
    """
    made: Manifest = copy.deepcopy(dict(manifest))
    metadata = made["metadata"] = dict(made.get("metadata") or {})
    metadata["namespace"] = owner.namespace
    marks = {MANAGED_BY: "wvatui", SESSION: label(owner.session), **(labels or {})}
    metadata["labels"] = {**(metadata.get("labels") or {}), **marks}
    if owner.title:
        metadata["annotations"] = {**(metadata.get("annotations") or {}), TITLE: owner.title}
    if not unique and metadata.get("name"):
        metadata["name"] = unique_name(str(metadata["name"]), owner.suffix)
        metadata.pop("generateName", None)
    if made.get("kind") == "Job":
        spec = made["spec"] = dict(made.get("spec") or {})
        if spec.get("ttlSecondsAfterFinished") is None:
            spec["ttlSecondsAfterFinished"] = TTL_S
        template = spec["template"] = dict(spec.get("template") or {})
        inner = template["metadata"] = dict(template.get("metadata") or {})
        inner["labels"] = {**(inner.get("labels") or {}), **marks}
    return made


def unique_name(name: str, suffix: str) -> str:
    """`name` cut and cleaned so that it is a valid object name with `suffix` at its end."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "load"
    return f"{plain[: NAME_LIMIT - len(suffix) - 1].rstrip('-')}-{suffix}"


def label(text: str) -> str:
    """`text` as a label's value: characters that are not allowed become dashes."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text)[:NAME_LIMIT].strip("-_.")
