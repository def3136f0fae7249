"""The load that a Kubernetes object makes: the tools that its containers start, and their stages.

A plan never states a load that will not happen: load that cannot be predicted is a stage without a
rate that is named unknown, and anything else that matters is in the notes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wvatui.core import structs
from wvatui.core.events import Stage
from wvatui.core.lines import many
from wvatui.core.redact import redacted_text
from wvatui.core.results.loose import at, count, rows, table, text
from wvatui.load.profiles.commands import wave_name
from wvatui.load.profiles.manifests import MANAGED_BY, PROFILE
from wvatui.load.read.container import (
    KnownData,
    StartedTool,
    files_of,
    read_container,
    variables_of,
)
from wvatui.load.read.tools.run import (
    UNKNOWN,
    ToolContext,
    cut,
    joined,
    label,
    length_of,
    named,
    unknown,
)

BACKOFF = 6
"""Kubernetes' default of a Job's backoffLimit."""
MOST_STAGES = 200
MOST_PODS = 64
"""Most pods of an indexed Job whose commands are read one by one."""
_INDEX = "JOB_COMPLETION_INDEX"
HARNESSES = {
    ("function", "load_generator"): "llm-d-benchmark",
    ("benchmark-running", "true"): "tekton",
}
"""Labels of pods that make load -> the harness that runs them."""


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """The load that a pod will make. `tool` is "" when none is recognised."""

    tool: str = ""
    image: str = ""
    target: str = ""
    model: str = ""
    requests: int | None = None
    stages: tuple[Stage, ...] = ()
    started: tuple[StartedTool, ...] = ()
    notes: tuple[str, ...] = ()
    """What was not read, and what else changes the load."""


# --- one pod, and the pods of a job -------------------------------------------------------


def pod_plan(
    spec: Mapping[str, Any], beside: KnownData | None = None, index: int | str | None = None
) -> LoadPlan:
    """The load that a pod of this `spec` makes, over all its containers.

    `beside`: known ConfigMaps and Secrets; `index`: of the pod, in an indexed Job; a text where it
    is not a single number.
    """
    started: list[StartedTool] = []
    stages: list[Stage] = []
    notes: list[str] = []
    image = ""
    known = beside or {}
    inits = [table(container) for container in rows(spec.get("initContainers"))]
    sidecars = [container for container in inits if container.get("restartPolicy") == "Always"]
    for container in (*map(table, rows(spec.get("containers"))), *sidecars):
        variables = variables_of(container, known)
        if index is not None:
            variables.values[_INDEX] = str(index)
        context = ToolContext(variables.values, files_of(spec, container, known))
        runs, words = read_container(container, variables, context)
        if runs:
            image = image or text(container.get("image"))
            stages += _lined_up(runs)
            notes += [*words, *(note for run in runs for note in run.run.notes)]
            if container in sidecars:
                notes.append(f"sidecar {text(container.get('name'))} begins anew whenever it ends")
        started += runs
    if not started:
        return LoadPlan(image=text(at(next(iter(rows(spec.get("containers"))), {}), "image")))
    for container in (each for each in inits if each not in sidecars):
        if read_container(container, variables_of(container, known), ToolContext())[0]:
            notes.append(f"init container {text(container.get('name'))} sends load, too")
    if len(stages) > MOST_STAGES:
        notes.append(f"only the first {MOST_STAGES} of its {len(stages)} stages are told")
    first = started[0].run
    again = {text(container.get("name")) for container in sidecars}
    counts = [None if run.container in again else run.run.requests for run in started]
    return LoadPlan(
        tool=first.tool,
        image=image,
        target=first.target,
        model=first.model,
        requests=sum(c for c in counts if c is not None) if None not in counts else None,
        stages=tuple(_clean(sorted(stages, key=lambda stage: stage.start_s)))[:MOST_STAGES],
        started=tuple(started),
        notes=tuple(map(redacted_text, dict.fromkeys(notes))),
    )


def _clean(stages: Iterable[Stage]) -> Iterable[Stage]:
    return (structs.replace(stage, name=redacted_text(stage.name)) for stage in stages)


def _lined_up(runs: Sequence[StartedTool]) -> list[Stage]:
    """The stages of the runs in one container. From the first run whose start is unknown, it is
    unknown what is offered when."""
    stages: list[Stage] = []
    for number, run in enumerate(runs):
        if run.delay_s is None:
            later = [label(stage) for each in runs[number:] for stage in each.run.stages]
            open_ = [stage for stage in stages if stage.duration_s is None]
            since = open_[0].start_s if open_ else length_of(stages) or 0.0
            rest = [label(stage) for stage in open_]
            return [*(s for s in stages if s not in open_), unknown(joined([*rest, *later]), since)]
        name = wave_name(run.run.output)
        stages += [named(stage, name, run.delay_s) for stage in run.run.stages]
    return stages


def plan_of(thing: Mapping[str, Any], beside: KnownData | None = None) -> LoadPlan:
    """The load of a Job or Pod (as JSON); an empty plan for anything else.

    `beside`: the data of known ConfigMaps and Secrets, by (kind, name).
    """
    if thing.get("kind") == "Job":
        return _job_plan(table(thing.get("spec")), beside)
    if thing.get("kind") == "Pod":
        return pod_plan(table(thing.get("spec")), beside)
    return LoadPlan()


def _job_plan(spec: Mapping[str, Any], beside: KnownData | None) -> LoadPlan:
    """The load of all pods of a Job."""
    pod = table(at(spec, "template", "spec"))
    indexed = text(spec.get("completionMode")) == "Indexed"
    plan = pod_plan(pod, beside, f"${_INDEX}" if indexed else None)
    if not plan.tool:
        return plan
    parallel = count(spec.get("parallelism"))
    parallel = 1 if parallel is None else parallel
    wanted = count(spec.get("completions"))
    pods = parallel if wanted is None else min(parallel, wanted)
    notes = list(plan.notes)
    if spec.get("suspend") is True or not pods:
        notes.append("it is suspended: no load comes until somebody resumes it")
        stages: tuple[Stage, ...] = (unknown("suspended"),)
        return replace(plan, stages=stages, notes=tuple(notes), requests=None)
    differ, most = False, max(pods, wanted or 0)
    if indexed and most <= MOST_PODS:
        each = [pod_plan(pod, beside, index) for index in range(most)]
        differ = any(other.stages != each[0].stages for other in each)
        plan = _together(each[:pods]) if pods > 1 else each[0]
    elif pods > 1:
        plan = _together([plan], pods)
    if pods > 1:
        notes.append(f"{pods} pods at once (parallelism): the rates are of all of them")
    if wanted is not None and wanted > pods:
        plan = _in_waves(plan, wanted, pods, alike=not differ)
        notes.append(f"{wanted} pods in all, {pods} at once (completions)")
    deadline = count(spec.get("activeDeadlineSeconds"))
    length = length_of(plan.stages)
    if deadline and (length is None or length > deadline):
        plan = replace(plan, stages=cut(plan.stages, float(deadline)), requests=None)
        notes.append(f"activeDeadlineSeconds ends it after {deadline} s")
    again = count(spec.get("backoffLimit"))
    again = BACKOFF if again is None else again
    if again:
        often = "once" if again == 1 else f"up to {again} times"
        notes.append(f"a pod that fails is tried again, {often}: its load then begins anew")
    return replace(plan, notes=tuple(notes))


def _together(plans: Sequence[LoadPlan], pods: int = 0) -> LoadPlan:
    """The load of pods that run at the same time: one of each plan, or `pods` of the only plan."""
    alike = all(plan.stages == plans[0].stages for plan in plans)
    pods = pods or len(plans)
    if alike:
        stages = tuple(
            structs.replace(stage, name=_times(stage.name, pods))
            if stage.rate is None
            else structs.replace(stage, rate=stage.rate * pods)
            for stage in plans[0].stages
        )
    else:
        every = [stage for plan in plans for stage in plan.stages]
        stages = tuple(sorted(every, key=lambda stage: stage.start_s))[:MOST_STAGES]
    counts = [plan.requests for plan in plans]
    total = sum(c for c in counts if c is not None)
    requests = total * (pods // len(plans)) if None not in counts else None
    return replace(plans[0], stages=stages, requests=requests)


def _times(name: str, pods: int) -> str:
    front = f"{UNKNOWN}: " if name.startswith(UNKNOWN) else ""
    return f"{front}{pods} × {name.removeprefix(front)}"


def _in_waves(plan: LoadPlan, wanted: int, pods: int, *, alike: bool) -> LoadPlan:
    """The load of `wanted` pods in all, `pods` at a time: known only where all are alike and of
    known length."""
    length = length_of(plan.stages)
    waves, rest = divmod(wanted, pods)
    if not alike or length is None or rest or waves * len(plan.stages) > MOST_STAGES:
        until = f"until {many(wanted, 'pod', 'are')} done"
        words = f"{joined([label(stage) for stage in plan.stages])}, {until}"
        return replace(plan, stages=(unknown(words),), requests=None)
    stages = tuple(
        named(stage, "", wave * length) for wave in range(waves) for stage in plan.stages
    )
    requests = None if plan.requests is None else plan.requests * waves
    return replace(plan, stages=stages, requests=requests)


def harness_of(thing: Mapping[str, Any]) -> str:
    """The harness that runs a pod, by its labels: llm-d-benchmark, tekton; "" for neither."""
    labels = table(at(thing, "metadata", "labels"))
    matches = (who for (key, value), who in HARNESSES.items() if labels.get(key) == value)
    return next(matches, "")


def is_load(thing: Mapping[str, Any]) -> bool:
    """Whether a Job or Pod makes load: it runs a known tool, is labelled as load, or was created by
    wvatui."""
    labels = table(at(thing, "metadata", "labels"))
    if labels.get(MANAGED_BY) == "wvatui" and PROFILE in labels:
        return True
    return bool(harness_of(thing)) or bool(plan_of(thing).tool)
