"""Turns PipelineRuns of Tekton (as JSON) into events: their state, load and results.

The planned load is in the run and its Pipeline; the actual load is in its TaskRuns: their own
parameters, their results `start-time` and `end-time`, and their pods.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wvatui.core.events import Job, Stage
from wvatui.core.kube_object import ReadObject, object_name
from wvatui.core.results.loose import at, rows, table, text
from wvatui.load.profiles.manifests import MANAGED_BY, SESSION, TITLE
from wvatui.load.read.facts import created, time_of
from wvatui.load.read.pipeline_plan import (
    LoadStep,
    Planned,
    given,
    load_step,
    pipeline_of,
    planned,
    planned_stages,
)
from wvatui.load.read.tools.run import named

RUN_LABEL, TASK_LABEL = "tekton.dev/pipelineRun", "tekton.dev/pipelineTask"
OUTPUTS_KEPT, OUTPUT_LIMIT = 60, 300
_BUSY = ("", "Running", "Started", "Pending")
"""Reasons of a condition that add nothing to its status."""


@dataclass(frozen=True, slots=True)
class Loading:
    """One TaskRun that makes load. Times are UTC epoch seconds."""

    task: str
    index: int
    step: LoadStep
    since: float | None
    """When its load began or will begin; None: unknown."""
    until: float | None
    """When it ended; None: it has not, or that is unknown."""


def pipeline_facts(
    run: ReadObject,
    now: float,
    task_runs: Sequence[ReadObject] = (),
    pods: Sequence[ReadObject] = (),
    *,
    pipeline: ReadObject | None = None,
    began: Mapping[str, float] | None = None,
) -> Job:
    """The facts of a PipelineRun seen at `now`.

    `pipeline`: the spec of its Pipeline, where the run does not contain it yet; `began`: when each
    pod's log reported the start of the load, by pod.
    """
    metadata = table(run.get("metadata"))
    labels = table(metadata.get("labels"))
    plan = planned(run, pipeline_of(run) or pipeline or {})
    loading = _loading(task_runs, {object_name(pod): pod for pod in pods}, began or {})
    load_at = min((load.since for load in loading if load.since is not None), default=None)
    steps = [*(item.step for item in loading), *(item.step for item in plan)]
    first = steps[0] if steps else LoadStep()
    makes_load = bool(plan or loading)
    state = _state(run, task_runs)
    begun = load_at is not None and load_at <= now
    if state["status"] == "running" and makes_load and not begun:
        state |= {"status": "pending", **_waiting(task_runs)}
    started = load_at if makes_load else state["started_at"]
    state["started_at"] = started if begun or not makes_load else None
    ours = labels.get(MANAGED_BY) == "wvatui"
    return Job(
        now,
        name=object_name(run),
        namespace=text(metadata.get("namespace")),
        kind="PipelineRun",
        uid=text(metadata.get("uid")),
        title=text(at(metadata, "annotations", TITLE)),
        tool="guidellm" if makes_load else "",
        source="wvatui" if ours else "found",
        harness="tekton",
        session=text(labels.get(SESSION)) if ours else "",
        image=_image(pods),
        target=first.target,
        model=first.model,
        created_at=time_of(metadata.get("creationTimestamp")),
        load_at=load_at if begun else None,
        stages=_stages(plan, loading, load_at),
        pods=tuple(object_name(pod) for pod in sorted(pods, key=created)),
        outputs=_outputs(run, task_runs),
        **state,
    )


# --- the load -----------------------------------------------------------------------------


def _loading(
    task_runs: Sequence[ReadObject], pods: Mapping[str, ReadObject], began: Mapping[str, float]
) -> list[Loading]:
    loads: list[Loading] = []
    counts: dict[str, int] = {}
    for task_run in sorted(task_runs, key=_place):
        task = _task(task_run)
        index = counts[task] = counts.get(task, -1) + 1
        if (step := _step(task_run)) is not None:
            loads.append(Loading(task, index, step, *_span(task_run, step, pods, began)))
    return loads


def _step(task_run: ReadObject) -> LoadStep | None:
    return load_step(given(task_run, table(at(task_run, "status", "taskSpec"))))


def _span(
    task_run: ReadObject, step: LoadStep, pods: Mapping[str, ReadObject], began: Mapping[str, float]
) -> tuple[float | None, float | None]:
    """When its load began and ended, as far as known."""
    status = table(task_run.get("status"))
    results = dict(_results(status))
    pod = text(status.get("podName"))
    ended = time_of(status.get("completionTime"))
    since = time_of(results.get("start-time")) or began.get(pod)
    if since is None:
        start = _pod_started(pods.get(pod, {}))
        since = None if start is None else start + step.delay_s
    if since is not None and ended is not None and since > ended:
        return None, None  # ended before its load could begin
    return since, time_of(results.get("end-time")) or ended


def _stages(
    plan: Sequence[Planned], loading: Sequence[Loading], load_at: float | None
) -> tuple[Stage, ...]:
    """Stages counted from the first request: the actual ones, then the remaining planned ones."""
    if load_at is None:
        return planned_stages(plan)
    seen = {(load.task, load.index) for load in loading if load.since is not None}
    stages: list[Stage] = []
    for load in loading:
        if load.since is not None:
            stages += _real(load, load.since - load_at, load_at)
    waits = [load for load in plan if (load.task, load.index) not in seen]
    first = min((p.starts_s + p.step.delay_s for p in plan if p.starts_s is not None), default=0.0)
    for wait in waits:
        if wait.starts_s is not None:
            later = wait.starts_s + wait.step.delay_s - first
            stages += [named(stage, wait.step.name, later) for stage in wait.step.stages]
    return tuple(sorted(stages, key=lambda stage: stage.start_s))


def _real(load: Loading, later_s: float, load_at: float) -> list[Stage]:
    """The stages of a task's run at their actual times; the end of the run is the end of the
    last."""
    stages = [named(stage, load.step.name, later_s) for stage in load.step.stages]
    stages = stages or [Stage(later_s, None, None, load.step.name)]
    if load.until is None:
        return stages
    end = load.until - load_at
    begun = [stage for stage in stages if stage.start_s < end]
    for n, stage in enumerate(begun):
        last = n == len(begun) - 1
        over = stage.duration_s is None or stage.start_s + stage.duration_s > end
        if last or over:
            begun[n] = Stage(stage.start_s, end - stage.start_s, stage.rate, stage.name)
    return begun


# --- its state


def _state(run: ReadObject, task_runs: Sequence[ReadObject]) -> dict[str, Any]:
    """status, reason, message, started_at and ended_at of a run, from its condition."""
    status = table(run.get("status"))
    started = time_of(status.get("startTime"))
    how = condition(run)
    ended = time_of(status.get("completionTime")) or time_of(how.get("lastTransitionTime"))
    if how.get("status") == "True":
        return {"status": "succeeded", "started_at": started, "ended_at": ended}
    if how.get("status") == "False":
        reason = text(how.get("reason"))
        return {
            "status": "failed",
            "reason": "" if reason == "Failed" else reason,
            "message": _why(how, task_runs),
            "started_at": started,
            "ended_at": ended,
        }
    if started is None:
        return {"status": "pending", "started_at": None}
    return {"status": "running", "started_at": started}


def condition(thing: ReadObject) -> ReadObject:
    """The condition Succeeded of a run; {} while there is none."""
    for row in map(table, rows(at(thing, "status", "conditions"))):
        if row.get("type") == "Succeeded":
            return row
    return {}


def _why(how: ReadObject, task_runs: Sequence[ReadObject]) -> str:
    """The message of the first failed TaskRun; without one, that of the run itself."""
    for task_run in sorted(task_runs, key=_place):
        its = condition(task_run)
        if its.get("status") == "False" and text(its.get("message")):
            return f"{_task(task_run)}: {text(its.get('message'))}"
    return text(how.get("message"))


def _waiting(task_runs: Sequence[ReadObject]) -> dict[str, str]:
    """The state before the load: the running task, or the reason why its pod does not run."""
    for task_run in sorted(task_runs, key=_place):
        how = condition(task_run)
        if how.get("status") in ("True", "False"):
            continue
        makes_load = _step(task_run) is not None
        reason = text(how.get("reason"))
        if reason not in _BUSY:
            return {"reason": reason, "message": text(how.get("message"))}
        words = f"{_task(task_run)} is to begin" if makes_load else f"runs {_task(task_run)} first"
        return {"reason": words, "message": ""}
    return {"reason": "", "message": ""}


def _outputs(run: ReadObject, task_runs: Sequence[ReadObject]) -> tuple[tuple[str, str], ...]:
    """(name, value) of the run's results, then `task.name` (`task[2].name` in a matrix) of its
    tasks'."""
    results = _results(table(run.get("status")))
    tasks = [_task(task_run) for task_run in task_runs]
    counts: dict[str, int] = {}
    for task_run in sorted(task_runs, key=_place):
        task = _task(task_run)
        index = counts[task] = counts.get(task, -1) + 1
        front = f"{task}[{index}]" if tasks.count(task) > 1 else task
        results += [
            (f"{front}.{name}", value) for name, value in _results(table(task_run.get("status")))
        ]
    return tuple((name, value[:OUTPUT_LIMIT]) for name, value in results[:OUTPUTS_KEPT])


def _results(status: ReadObject) -> list[tuple[str, str]]:
    """Results of a run: `results`, or as v1beta1 named them."""
    for key in ("results", "pipelineResults", "taskResults"):
        if listed := rows(status.get(key)):
            return [
                (
                    text(result.get("name")),
                    text(result.get("value")).strip() or str(result.get("value")),
                )
                for result in map(table, listed)
                if text(result.get("name"))
            ]
    return []


# --- parts --------------------------------------------------------------------------------


def load_container(pod: ReadObject) -> str:
    """Name of the step whose log counts: the last one with a load tool's image, else the last one.

    The command of a step is not in its container, only in a file that Tekton mounts.
    """
    every = [table(container) for container in rows(at(pod, "spec", "containers"))]
    steps = [each for each in every if text(each.get("name")).startswith("step-")] or every
    tools = [container for container in steps if _is_tool(text(container.get("image")))]
    return text((tools or steps or [{}])[-1].get("name"))


def _is_tool(image: str) -> bool:
    return any(part in image for part in ("guidellm", "vllm", "inference-perf"))


def _image(pods: Sequence[ReadObject]) -> str:
    for pod in pods:
        name = load_container(pod)
        for container in map(table, rows(at(pod, "spec", "containers"))):
            if container.get("name") == name and _is_tool(text(container.get("image"))):
                return text(container.get("image"))
    return ""


def _pod_started(pod: ReadObject) -> float | None:
    """When the first of its steps started."""
    times = [
        time_of(at(status, "state", state, "startedAt"))
        for status in rows(at(pod, "status", "containerStatuses"))
        for state in ("running", "terminated")
    ]
    return min((start for start in times if start is not None), default=None)


def _task(task_run: ReadObject) -> str:
    return text(at(task_run, "metadata", "labels", TASK_LABEL)) or object_name(task_run)


def _place(task_run: ReadObject) -> tuple[float, int, str]:
    """Sort key of TaskRuns: by creation; those of one matrix by the number at their end."""
    made, name = created(task_run)
    number = name.rpartition("-")[2]
    return (made, int(number) if number.isdigit() else 0, name)
