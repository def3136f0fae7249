"""Jobs as Kubernetes wants them: of a profile, or of a manifest that somebody wrote.

What wvatui creates carries labels that name wvatui and the session, a unique name, and a time to
live. The last thing a job does is to print its report (see `report`).
"""

import copy
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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

MANAGED_BY = "app.kubernetes.io/managed-by"
SESSION = "wvatui/session"
PROFILE = "wvatui/profile"
TITLE = "wvatui/title"
"""Annotation: what people call the job."""
TTL_S = 600
"""A finished job goes after this time, seconds: its log has been read long before."""
GRACE_S = 5
"""Aborting load shall end it at once: a load tool has nothing to save."""
NAME_LIMIT = 63
CONFIG_VARIABLE = "WVATUI_CONFIG"
"""Holds the configuration of inference-perf."""
REPORT_VARIABLE = "WVATUI_REPORT"
"""Holds the program that prints the report."""
Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class JobOwner:
    """Who creates an object, and where."""

    namespace: str
    session: str
    suffix: str
    """What makes names unique: five or more lower-case letters and digits."""
    title: str = ""


def job(profile: Profile, target: str, model: str, owner: JobOwner) -> Manifest:
    """The Job that makes the load of `profile` against `target` (a base URL)."""
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
    """What the shell of a GuideLLM or inference-perf job runs: its waves, then the report."""
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
    """Let the pod fetch the ShareGPT data set before it starts."""
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
    """`manifest` (Job or PipelineRun) as ours: namespace, labels, unique name, time to live.

    The rest stays as it was written. `unique`: the name is so already.
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
    """`text` as a label's value: what is not allowed becomes a dash."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text)[:NAME_LIMIT].strip("-_.")
