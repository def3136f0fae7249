"""A minimal Tekton: PipelineRuns create TaskRuns, TaskRuns create pods, and results are passed
back.

Supported: params with defaults, matrix, runAfter, when, finally, workspaces, results of tasks and
of pipelines, the cluster resolver, cancelling. Conditions and messages are those of Tekton
Pipelines v1.
"""

from hashlib import sha256
from typing import Any

from wvatui.core.kube_object import Object
from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339
from wvatui.sim.controllers.garbage import dependents
from wvatui.sim.controllers.job_controller import qos
from wvatui.sim.kubelet.commands import UNREADABLE
from wvatui.sim.kubelet.runner import PodRunner
from wvatui.sim.kubelet.tekton_spec import (
    Unresolved,
    combinations,
    given_params,
    is_wanted,
    needs,
    pod_of,
    resolved,
    substituted,
)
from wvatui.sim.pods.pod_json import (
    condition_of,
    has,
    key_of,
    name_of,
    new_object,
    owner_of,
    since,
)
from wvatui.sim.store import Store

SYNC_S = 0.2
API = "tekton.dev/v1"


class TektonController:
    """Reconciles a run whenever it, one of its TaskRuns or its pods change."""

    def __init__(self, timeline: Timeline, store: Store, runner: PodRunner) -> None:
        self._timeline, self._store, self._runner = timeline, store, runner
        self._due: set[tuple[str, str, str]] = set()
        store.on_change(self._changed)

    def _changed(self, verb: str, obj: Object) -> None:
        kind = obj["kind"]
        if verb == "DELETED" and kind in ("PipelineRun", "TaskRun"):
            return
        if kind in ("PipelineRun", "TaskRun"):
            self._later(kind, *key_of(obj))
        if kind in ("TaskRun", "Pod"):
            for owner in obj["metadata"].get("ownerReferences") or []:
                if owner["kind"] in ("PipelineRun", "TaskRun"):
                    self._later(owner["kind"], obj["metadata"]["namespace"], owner["name"])

    def _later(self, kind: str, namespace: str, name: str) -> None:
        key = (kind, namespace, name)
        if key in self._due:
            return
        self._due.add(key)

        def run() -> None:
            self._due.discard(key)
            obj = self._store.get(*key)
            if obj is None or is_done(obj):
                return
            try:
                (self._pipeline_run if kind == "PipelineRun" else self._task_run)(obj)
            except UNREADABLE as error:
                what = kind.removesuffix("Run")
                self._end(obj, False, f"{what}ValidationFailed", f"{type(error).__name__}: {error}")

        self._timeline.call_after(SYNC_S, run)

    # --- PipelineRun -----------------------------------------------------------------------

    def _pipeline_run(self, run: Object) -> None:
        if not (run.get("status") or {}).get("startTime"):
            run = self._begin(run)
            self._claim(run)
        if run["spec"].get("status") in ("Cancelled", "CancelledRunFinally", "StoppedRunFinally"):
            self._cancel(run)
            return
        try:
            pipeline = resolved(self._store, run, "pipeline")
            params = given_params(pipeline, run["spec"].get("params") or [])
        except Unresolved as error:
            self._end(run, False, error.reason, str(error))
            return
        self._carry(run, "pipelineSpec", pipeline)
        children = self._children(run)
        tasks, last = pipeline.get("tasks") or [], pipeline.get("finally") or []
        failed = [child for child in children if is_done(child) and not has_succeeded(child)]
        by_task: dict[str, list[Object]] = {}
        for child in children:
            label = (child["metadata"].get("labels") or {}).get("tekton.dev/pipelineTask", "")
            by_task.setdefault(label, []).append(child)
        open_tasks = 0
        skipped = {task["name"] for task in (*tasks, *last) if not is_wanted(task, params)}
        tasks, last = ([t for t in group if t["name"] not in skipped] for group in (tasks, last))
        for task in tasks:
            made = by_task.get(task["name"])
            if made is not None:
                open_tasks += any(not is_done(child) for child in made)
                continue
            if failed:
                continue
            waits = [by_task.get(name) for name in needs(task) if name not in skipped]
            if all(w is not None and all(has_succeeded(c) for c in w) for w in waits):
                self._make(run, task, params, by_task)
            open_tasks += 1
        if open_tasks:
            return
        waiting = [task for task in last if task["name"] not in by_task]
        for task in waiting:
            self._make(run, task, params, by_task)
        ended = [by_task.get(task["name"]) for task in last]
        if waiting or any(not is_done(c) for group in ended if group for c in group):
            return
        left = len(skipped) + sum(task["name"] not in by_task for task in tasks)
        text = (
            f"Tasks Completed: {len(children)} (Failed: {len(failed)}, Cancelled 0), "
            f"Skipped: {left}"
        )
        results = self._pipeline_results(pipeline, by_task)
        self._end(run, not failed, "Failed" if failed else "Succeeded", text, results)

    def _claim(self, run: Object) -> None:
        """Create a claim for each workspace with a claim template; it is deleted with the run."""
        for workspace in run["spec"].get("workspaces") or []:
            if (template := workspace.get("volumeClaimTemplate")) is not None:
                claim = new_object(
                    "v1",
                    "PersistentVolumeClaim",
                    _claim_name(run, workspace),
                    run["metadata"]["namespace"],
                    metadata={"ownerReferences": [owner_of(run)]},
                    spec=template.get("spec") or {},
                )
                claim["metadata"] = (template.get("metadata") or {}) | claim["metadata"]
                self._store.apply(claim)

    def _make(
        self, run: Object, task: Object, params: dict[str, Any], by_task: dict[str, list[Object]]
    ) -> None:
        """Create the TaskRuns of one task: one, or one per combination of its matrix."""
        known = {f"params.{name}": value for name, value in params.items()}
        known["context.pipelineRun.name"] = name_of(run)
        for name, children in by_task.items():
            for child in children:
                for result in (child.get("status") or {}).get("results") or []:
                    known[f"tasks.{name}.results.{result['name']}"] = result["value"]
        made = []
        for number, extra in enumerate(combinations(task.get("matrix") or {}, known)):
            name = f"{name_of(run)}-{task['name']}" + (f"-{number}" if task.get("matrix") else "")
            metadata = {
                "name": name[:63],
                "namespace": run["metadata"]["namespace"],
                "labels": {
                    **(run["metadata"].get("labels") or {}),
                    "tekton.dev/pipelineRun": name_of(run),
                    "tekton.dev/pipelineTask": task["name"],
                },
                "ownerReferences": [owner_of(run)],
            }
            head = {"apiVersion": API, "kind": "TaskRun", "metadata": metadata}
            made.append(self._store.apply(head | {"spec": _task_run_spec(run, task, known, extra)}))

        def refer(obj: Object) -> None:
            rows = obj["status"].setdefault("childReferences", [])
            for child in made:
                row = {"apiVersion": API, "kind": "TaskRun", "name": name_of(child)}
                rows.append(row | {"pipelineTaskName": task["name"]})

        self._store.patch("PipelineRun", *key_of(run), refer)

    def _pipeline_results(self, pipeline: Object, by_task: dict[str, list[Object]]) -> list[Object]:
        known = {
            f"tasks.{name}.results.{result['name']}": result["value"]
            for name, children in by_task.items()
            for child in children
            for result in (child.get("status") or {}).get("results") or []
        }
        results = []
        for declared in pipeline.get("results") or []:
            value = substituted(declared.get("value", ""), known)
            if "$(" not in str(value):
                results.append({"name": declared["name"], "value": value})
        return results

    def _children(self, run: Object) -> list[Object]:
        owned = dependents(self._store, run)
        return [child for child in owned if child["kind"] == "TaskRun"]

    def _cancel(self, run: Object) -> None:
        for child in self._children(run):
            if not is_done(child):
                self._drop_pod(child)
                self._end(
                    child, False, "TaskRunCancelled", f'TaskRun "{name_of(child)}" was cancelled'
                )
        self._end(run, False, "Cancelled", f'PipelineRun "{name_of(run)}" was cancelled')

    # --- TaskRun ---------------------------------------------------------------------------

    def _task_run(self, run: Object) -> None:
        namespace = run["metadata"]["namespace"]
        if not (run.get("status") or {}).get("startTime"):
            run = self._begin(run)
        if run["spec"].get("status") == "TaskRunCancelled":
            self._drop_pod(run)
            text = f'TaskRun "{name_of(run)}" was cancelled'
            self._end(run, False, "TaskRunCancelled", text)
            return
        try:
            task = resolved(self._store, run, "task")
            params = given_params(task, run["spec"].get("params") or [])
        except Unresolved as error:
            self._end(run, False, error.reason, str(error))
            return
        self._carry(run, "taskSpec", task)
        pod = self._store.get("Pod", namespace, f"{name_of(run)}-pod")
        if pod is not None:
            self._follow(run, task, pod)
        elif run["status"].get("podName"):
            self._end(run, False, "TaskRunImagePullFailed", "the pod was deleted")
        else:
            self._create_pod(run, task, params)

    def _create_pod(self, run: Object, task: Object, params: dict[str, Any]) -> None:
        metadata, spec = pod_of(run, task, params)
        metadata["ownerReferences"] = [owner_of(run)]
        status = {"phase": "Pending", "qosClass": qos(spec)}
        head = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}
        self._store.apply(head | {"spec": spec, "status": status})
        name = metadata["name"]
        self._store.patch("TaskRun", *key_of(run), lambda obj: obj["status"].update(podName=name))

    def _follow(self, run: Object, task: Object, pod: Object) -> None:
        """Update a TaskRun as its pod runs and ends."""
        phase = pod["status"].get("phase")
        if phase == "Succeeded":
            results = self._task_results(task, pod)
            self._end(run, True, "Succeeded", "All Steps have completed executing", results)
        elif phase == "Failed":
            states = pod["status"].get("containerStatuses") or []
            codes = {
                s["name"]: (s["state"].get("terminated") or {}).get("exitCode") for s in states
            }
            step, code = next(((n, c) for n, c in codes.items() if c), ("step", 1))
            self._end(run, False, "Failed", f'"{step}" exited with code {code}')
        elif phase == "Running":
            text = "Not all Steps in the Task have finished executing"
            self._say(run, "Unknown", "Running", text)

    def _task_results(self, task: Object, pod: Object) -> list[Object]:
        files = self._runner.files(pod)
        results = []
        for result in task.get("results") or []:
            content = files.read(f"/{result['name']}") if files is not None else None
            if content is not None:
                value = content.decode("utf-8", "replace")
                results.append({"name": result["name"], "type": "string", "value": value})
        return results

    def _drop_pod(self, run: Object) -> None:
        self._runner.terminate(run["metadata"]["namespace"], f"{name_of(run)}-pod")

    # --- both ------------------------------------------------------------------------------

    def _carry(self, run: Object, key: str, spec: Object) -> None:
        """Store the resolved spec in the run's status, as it was then."""
        if key not in run["status"]:
            self._store.patch(
                run["kind"], *key_of(run), lambda obj: obj["status"].update({key: spec})
            )

    def _begin(self, run: Object) -> Object:
        """Note its start; returns the run as it is then."""
        now = rfc3339.seconds(self._timeline.now)

        def change(obj: Object) -> None:
            obj["status"] = {"startTime": now, "conditions": []}

        self._store.patch(run["kind"], *key_of(run), change)
        word = "Running" if run["kind"] == "PipelineRun" else "Pending"
        text = "Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 1, Skipped: 0"
        begun = self._say(run, "Unknown", word, text if word == "Running" else "Pending")
        self._store.event(run, "Normal", "Started", "", run["kind"])
        return begun

    def _say(self, run: Object, status: str, reason: str, message: str) -> Object:
        now = rfc3339.seconds(self._timeline.now)

        def change(obj: Object) -> None:
            row = {"type": "Succeeded", "status": status, "reason": reason, "message": message}
            row["lastTransitionTime"] = since(condition_of(obj, "Succeeded"), status, now)
            obj["status"]["conditions"] = [row]

        return self._store.patch(run["kind"], *key_of(run), change)

    def _end(
        self,
        run: Object,
        good: bool,
        reason: str,
        message: str,
        results: list[Object] | None = None,
    ) -> None:
        now = rfc3339.seconds(self._timeline.now)

        def change(obj: Object) -> None:
            obj["status"]["completionTime"] = now
            if results:
                obj["status"]["results"] = results

        self._store.patch(run["kind"], *key_of(run), change)
        self._say(run, "True" if good else "False", reason, message)
        kind = "Normal" if good else "Warning"
        self._store.event(run, kind, "Succeeded" if good else "Failed", message, run["kind"])


def is_done(run: Object) -> bool:
    """Whether the run has succeeded or failed."""
    return bool(condition_of(run, "Succeeded").get("status", "Unknown") != "Unknown")


def has_succeeded(run: Object) -> bool:
    """Whether the run has succeeded."""
    return has(run, "Succeeded")


def _claim_name(run: Object, workspace: Object) -> str:
    """Name of the claim created from a workspace's template."""
    text = f"{workspace['name']}{run['metadata']['namespace']}{run['metadata']['uid']}"
    return f"pvc-{sha256(text.encode()).hexdigest()[:10]}"


def _task_run_spec(run: Object, task: Object, known: dict[str, Any], extra: list[Object]) -> Object:
    """The spec of a TaskRun. `known`: values of `$(…)`; `extra`: the parameters of one combination
    of a matrix."""
    spec: Object = {"params": substituted(task.get("params") or [], known) + extra}
    for key in ("taskRef", "taskSpec"):
        if key in task:
            spec[key] = substituted(task[key], known) if key == "taskRef" else task[key]
    places = {
        workspace["name"]: workspace
        if "volumeClaimTemplate" not in workspace
        else {"persistentVolumeClaim": {"claimName": _claim_name(run, workspace)}}
        for workspace in run["spec"].get("workspaces") or []
    }
    spec["workspaces"] = [
        {
            **places.get(workspace.get("workspace", workspace["name"]), {"emptyDir": {}}),
            "name": workspace["name"],
        }
        for workspace in task.get("workspaces") or []
    ]
    return spec
