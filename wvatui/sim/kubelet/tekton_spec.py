"""What a Tekton run refers to: its Task or Pipeline, its parameters, its pod."""

import re
from itertools import product
from typing import Any

from wvatui.core.kube_object import Object
from wvatui.sim.store import Store

SEQUENTIAL = "sim.wvatui.dev/sequential"
"""Annotation of a pod whose containers run one after the other, as Tekton's steps do."""
RESULTS = "tekton-internal-results"
_HOLE = re.compile(r"\$\(([^()]+)\)")


class Unresolved(Exception):  # noqa: N818 - what a run ends with
    """A run cannot start: (reason, message)."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def resolved(store: Store, run: Object, what: str) -> Object:
    """The spec of a run's Task or Pipeline. Raises Unresolved."""
    spec: Object = run["spec"]
    if f"{what}Spec" in spec:
        inner: Object = spec[f"{what}Spec"]
        return inner
    ref = spec.get(f"{what}Ref") or {}
    name, namespace = ref.get("name", ""), run["metadata"]["namespace"]
    if ref.get("resolver") == "cluster":
        asked = {param["name"]: param["value"] for param in ref.get("params") or []}
        name, namespace = asked.get("name", ""), asked.get("namespace", namespace)
    stored = store.get(what.title(), namespace, name)
    if stored is None:
        kind = "pipelinerun" if what == "pipeline" else "taskrun"
        reason = "CouldntGetPipeline" if what == "pipeline" else "TaskRunResolutionFailed"
        raise Unresolved(
            reason,
            f"error retrieving {what} for {kind} {namespace}/{run['metadata']['name']}: "
            f'{what}s.tekton.dev "{name}" not found',
        )
    result: Object = stored["spec"]
    return result


def given_params(spec: Object, given: list[Object]) -> dict[str, Any]:
    """Parameter values by name, with defaults. Raises Unresolved when one is missing."""
    values = {param["name"]: param["value"] for param in given}
    missing = []
    for param in spec.get("params") or []:
        if param["name"] not in values:
            if "default" in param:
                values[param["name"]] = param["default"]
            else:
                missing.append(param["name"])
    if missing:
        raise Unresolved(
            "ParameterMissing",
            f"missing values for these params which have no default values: [{' '.join(missing)}]",
        )
    return values


def substituted(value: Any, known: dict[str, Any]) -> Any:
    """`value` with `$(params.x)` and the like replaced in every text; a text that is one reference
    becomes the value itself."""
    if isinstance(value, dict):
        return {key: substituted(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [substituted(item, known) for item in value]
    if not isinstance(value, str):
        return value
    whole = _HOLE.fullmatch(value)
    if whole and (replacement := _known(whole.group(1), known)) is not None:
        return replacement
    return _HOLE.sub(lambda m: _text(_known(m.group(1), known), m.group()), value)


def _known(name: str, known: dict[str, Any]) -> Any:
    name = re.sub(r"\[[\"']([^\"']+)[\"']\]", r".\1", name.strip())
    name = name.removesuffix("[*]")
    return known.get(name)


def _text(value: Any, otherwise: str) -> str:
    if value is None:
        return otherwise
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def combinations(matrix: Object, known: dict[str, Any]) -> list[list[Object]]:
    """The parameters of each TaskRun of a matrix; without a matrix, one without any."""
    rows = [
        (param["name"], values if isinstance(values, list) else [values])
        for param in matrix.get("params") or []
        for values in [substituted(param["value"], known)]
    ]
    included = [
        [
            {"name": param["name"], "value": substituted(param["value"], known)}
            for param in row["params"]
        ]
        for row in matrix.get("include") or []
    ]
    if included and not rows:
        return included
    return [
        [{"name": name, "value": value} for (name, _), value in zip(rows, chosen, strict=True)]
        for chosen in product(*(values for _, values in rows))
    ]


def is_wanted(task: Object, params: dict[str, Any]) -> bool:
    """Whether all of a task's `when` expressions hold; those that depend on a missing result count
    as true."""
    known = {f"params.{name}": value for name, value in params.items()}
    for condition in task.get("when") or []:
        value = substituted(condition.get("input", ""), known)
        if "$(" not in str(value):
            inside = value in substituted(condition.get("values") or [], known)
            if inside != (condition.get("operator") == "in"):
                return False
    return True


def needs(task: Object) -> list[str]:
    """Tasks that must succeed first: through runAfter, and through results used."""
    texts = str([task.get("params"), task.get("matrix"), task.get("when")])
    used = re.findall(r"\$\(tasks\.([^.()]+)\.results\.", texts)
    return [*(task.get("runAfter") or []), *used]


def pod_of(run: Object, task: Object, params: dict[str, Any]) -> tuple[Object, Object]:
    """(metadata, spec) of a TaskRun's pod: one container per step, run in order."""
    metadata = run["metadata"]
    known: dict[str, Any] = {f"params.{name}": value for name, value in params.items()}
    known |= {
        "context.taskRun.name": metadata["name"],
        "context.taskRun.namespace": metadata["namespace"],
        "context.taskRun.uid": metadata.get("uid", ""),
    }
    for result in task.get("results") or []:
        known[f"results.{result['name']}.path"] = f"/tekton/results/{result['name']}"
    mounts = [{"name": RESULTS, "mountPath": "/tekton/results"}]
    volumes: list[Object] = [*(task.get("volumes") or []), {"name": RESULTS, "emptyDir": {}}]
    given = {result["name"]: result for result in run["spec"].get("workspaces") or []}
    for result in task.get("workspaces") or []:
        name = result["name"]
        path = result.get("mountPath", f"/workspace/{name}")
        known |= {
            f"workspaces.{name}.path": path,
            f"workspaces.{name}.bound": str(name in given).lower(),
        }
        source = {
            k: v
            for k, v in given.get(name, {}).items()
            if k in ("persistentVolumeClaim", "configMap", "secret")
        }
        mounts.append({"name": f"ws-{name}", "mountPath": path})
        volumes.append({"name": f"ws-{name}", **(source or {"emptyDir": {}})})
    containers = [
        _step(substituted(step, known), number, mounts)
        for number, step in enumerate(task.get("steps") or [])
    ]
    return _pod_metadata(run), {
        "restartPolicy": "Never",
        "containers": containers,
        "volumes": volumes,
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "schedulerName": "default-scheduler",
        "securityContext": {},
    }


def _pod_metadata(run: Object) -> Object:
    metadata = run["metadata"]
    labels = {
        **(metadata.get("labels") or {}),
        "tekton.dev/taskRun": metadata["name"],
        "app.kubernetes.io/managed-by": "tekton-pipelines",
    }
    ref = (run["spec"].get("taskRef") or {}).get("name")
    if ref:
        labels["tekton.dev/task"] = ref
    return {
        "name": f"{metadata['name']}-pod",
        "namespace": metadata["namespace"],
        "labels": labels,
        "annotations": {SEQUENTIAL: "true"},
    }


def _step(step: Object, number: int, mounts: list[Object]) -> Object:
    container: Object = {
        "name": f"step-{step.get('name') or f'unnamed-{number}'}",
        "image": step.get("image", "busybox"),
        "volumeMounts": [*(step.get("volumeMounts") or []), *mounts],
        "resources": step.get("computeResources") or {},
    }
    for key in ("env", "envFrom", "workingDir", "command", "args"):
        if key in step:
            container[key] = step[key]
    if script := step.get("script"):
        first, _, rest = str(script).partition("\n")
        if first.startswith("#!"):
            shell = [word for word in first[2:].split() if word != "/usr/bin/env"]
            container["command"] = [*shell, "-c", rest]
        else:
            container["command"] = ["/bin/sh", "-c", str(script)]
        container["command"] = [part.replace("$(", "$$(") for part in container["command"]]
    return container
