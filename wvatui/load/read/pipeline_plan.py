"""The load that a PipelineRun is to make, from its parameters and its Pipeline, before it runs.

Heeded: defaults, `$(params.x)`, matrix (params and include), and what must end before what.

Which load a task makes is said by its parameters. Their forms are those of llm-d-lab's tasks:
single parameters (`rate`, `max-seconds`, `start-delay`, …) or one text of YAML (`step-config`:
name, delay, duration, scenario), a `scenario` being GuideLLM's own file of any release.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from wvatui.core.events import Stage
from wvatui.core.kube_object import ReadObject
from wvatui.core.results.loose import at, number, rows, table, text
from wvatui.errors import ConfigError
from wvatui.load.read.files import parse
from wvatui.load.read.tools.guidellm import scenario_stages
from wvatui.load.read.tools.run import unknown

StepParams = Mapping[str, Any]
STEP = "step-config"
MARKS = (STEP, "rate", "rate-type", "profile", "scenario")
"""A task that is given one of these makes load."""
LENGTHS = ("max-seconds", "duration", "max-duration")


@dataclass(frozen=True, slots=True)
class LoadStep:
    """The load of one run of a task; its stages count from when the tool starts."""

    name: str = ""
    delay_s: float = 0.0
    """How long it waits before."""
    stages: tuple[Stage, ...] = ()
    target: str = ""
    model: str = ""
    wrong: str = ""
    """What is wrong with its parameters, in words."""

    @property
    def length_s(self) -> float | None:
        """From its first request to its last; None: nobody knows."""
        ends = [None if s.duration_s is None else s.start_s + s.duration_s for s in self.stages]
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None


def load_step(params: StepParams) -> LoadStep | None:
    """The load that a task with these parameters makes; None: it makes none."""
    given = {name.lower().replace("_", "-"): value for name, value in params.items()}
    if not any(given.get(mark) not in (None, "") for mark in MARKS):
        return None
    step = LoadStep(
        target=_first(given, "target-url", "target", "base-url"),
        model=_first(given, "model", "model-name"),
    )
    if given.get(STEP):
        step = replace(step, wrong=_wrong(given[STEP]))
        return _of_config(step, _yaml(text(given[STEP])))
    scenario = _yaml(text(given.get("scenario")))
    kind = _first(given, "rate-type", "profile")
    if (name := text(given.get("scenario"))) and not scenario:
        return replace(step, stages=(unknown(f"scenario {name} is not read"),))
    return replace(
        step,
        delay_s=_seconds(given.get("start-delay") or given.get("delay")) or 0.0,
        stages=_stages(
            scenario, kind, given.get("rate"), _length(given), _seconds(given.get("max-requests"))
        ),
    )


def _of_config(step: LoadStep, config: StepParams) -> LoadStep:
    return replace(
        step,
        name=text(config.get("name")),
        delay_s=_seconds(config.get("delay")) or 0.0,
        stages=_stages(_scenario(config), "", config.get("rate"), _length(config), None),
    )


def _stages(
    scenario: StepParams, kind: str, rate: Any, length_s: float | None, requests: float | None
) -> tuple[Stage, ...]:
    """What the tool does: flags count before what stands in the scenario."""
    return scenario_stages(scenario, kind, rate, length_s, requests)[0]


def _wrong(value: Any) -> str:
    """What is wrong with a `step-config`, in words; empty: nothing."""
    if not isinstance(value, str):
        return f"{STEP}: a text of YAML is expected"
    if "$(" in value:
        return ""  # not known before it runs
    try:
        documents = parse(Path(STEP), value)
    except ConfigError as error:
        return error.message
    config = table(documents[0].value) if documents else {}
    if not config:
        return f"{STEP}: a table with name, delay, duration and scenario is expected"
    if _length(config) is None:
        return f"{STEP}: duration: seconds are expected"
    if not table(_scenario(config)):
        return f"{STEP}: scenario: GuideLLM's settings are expected"
    return ""


def _scenario(config: StepParams) -> StepParams:
    scenario = config.get("scenario")
    return _yaml(scenario) if isinstance(scenario, str) else table(scenario)


def _yaml(value: str) -> StepParams:
    """A text of YAML as a table; {} for what is none."""
    with suppress(ConfigError):
        for document in parse(Path(STEP), value) if value else ():
            return table(document.value)
    return {}


def _length(given: StepParams) -> float | None:
    lengths = (_seconds(given.get(name)) for name in LENGTHS)
    return next((length for length in lengths if length is not None), None)


def _seconds(value: Any) -> float | None:
    with suppress(ValueError):
        seconds = number(float(value) if isinstance(value, str) else value)
        return seconds if seconds is not None and seconds >= 0 else None
    return None


def _first(given: StepParams, *names: str) -> str:
    return next((text(given[name]) for name in names if text(given.get(name))), "")


Values = Mapping[str, Any]
MOST = 500
"""Runs of one task that a matrix is followed into."""
_HOLE = re.compile(r"\$\(params(?:\.([\w-]+)|\[[\"']([^\"']+)[\"']\])(?:\[\*\])?\)")
_RESULT = re.compile(r"\$\(tasks\.([^.()]+)\.results\.")


@dataclass(frozen=True, slots=True)
class Planned:
    """One run of a task that makes load."""

    task: str
    index: int
    """Its place in the task's matrix, from 0."""
    starts_s: float | None
    """When it starts, counted from the first load; its own delay comes on top. None: unknown."""
    step: LoadStep


def given(run: ReadObject, spec: ReadObject) -> dict[str, Any]:
    """The parameters of a PipelineRun or TaskRun with the defaults of its Pipeline or Task."""
    defaults = {
        text(param.get("name")): param["default"]
        for param in map(table, rows(spec.get("params")))
        if "default" in param
    }
    own = {
        text(param.get("name")): param.get("value")
        for param in map(table, rows(at(run, "spec", "params")))
    }
    return defaults | own


def pipeline_of(run: ReadObject) -> ReadObject:
    """The Pipeline's spec where the run itself carries it; {} where it does not (yet)."""
    return table(at(run, "status", "pipelineSpec")) or table(at(run, "spec", "pipelineSpec"))


def planned(run: ReadObject, pipeline: ReadObject) -> tuple[Planned, ...]:
    """Every run of a task that makes load, in the order of the Pipeline."""
    values = given(run, pipeline)
    tasks = [table(task_) for task_ in rows(pipeline.get("tasks"))]
    names = [text(task.get("name")) for task in tasks]
    after = {name: _needs(task) for name, task in zip(names, tasks, strict=True)}
    ends: dict[str, float | None] = {}
    planned_steps: list[Planned] = []
    for name, task in zip(names, tasks, strict=True):
        begins = [ends.get(task_, 0.0) for task_ in _all_before(name, after)]
        start = None if None in begins else max((b for b in begins if b is not None), default=0.0)
        steps = [load_step(row) for row in _rows(task, values)]
        loads = [Planned(name, n, start, s) for n, s in enumerate(steps) if s is not None]
        planned_steps += loads
        lengths = [
            None if task_.step.length_s is None else task_.step.delay_s + task_.step.length_s
            for task_ in loads
        ]
        known = [length for length in lengths if length is not None]
        whole = start is not None and len(known) == len(lengths)
        ends[name] = start + max(known, default=0.0) if whole and start is not None else None
    return tuple(planned_steps)


def planned_stages(plan: Sequence[Planned]) -> tuple[Stage, ...]:
    """The stages of a plan, counted from the first request of all."""
    known = [
        (item.starts_s + item.step.delay_s, item) for item in plan if item.starts_s is not None
    ]
    first = min((start for start, _ in known), default=0.0)
    return tuple(
        sorted(
            (
                named(stage, item.step.name, start - first)
                for start, item in known
                for stage in item.step.stages
            ),
            key=lambda stage: stage.start_s,
        )
    )


def named(stage: Stage, name: str, later_s: float) -> Stage:
    """`stage` by so much later, and called as its step is where it has no name of its own."""
    return Stage(stage.start_s + later_s, stage.duration_s, stage.rate, stage.name or name)


def _rows(task: ReadObject, values: Values) -> list[dict[str, Any]]:
    """The parameters of each run of a task: one, or one for each combination of its matrix."""
    own = _params(task, values)
    matrix = table(task.get("matrix"))
    axes = [
        (text(param.get("name")), list(params) if isinstance(params, list) else [params])
        for param in map(table, rows(matrix.get("params")))
        for params in [_filled(param.get("value"), values)]
    ]
    params = (
        [
            own | dict(zip([name for name, _ in axes], row, strict=True))
            for row in _few(product(*(options for _, options in axes)))
        ]
        if axes
        else []
    )
    for include in map(table, rows(matrix.get("include"))[:MOST]):
        extra = _params(include, values)
        shared = [name for name, _ in axes if name in extra]
        fits = [row for row in params if all(row[name] == extra[name] for name in shared)]
        if not axes or (shared and not fits):
            params.append(own | extra)
        for row in fits if axes else ():
            row.update(extra)
    return params or [own]


def _few(values: Any) -> list[tuple[Any, ...]]:
    return [row for row, _ in zip(values, range(MOST), strict=False)]


def _params(thing: ReadObject, values: Values) -> dict[str, Any]:
    return {
        text(param.get("name")): _filled(param.get("value"), values)
        for param in map(table, rows(thing.get("params")))
    }


def _filled(value: Any, values: Values) -> Any:
    """`$(params.x)` replaced; a text that is nothing else takes the value as it is."""
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    if not isinstance(value, str):
        return value
    if whole := _HOLE.fullmatch(value.strip()):
        return values.get(whole.group(1) or whole.group(2), value)
    return _HOLE.sub(lambda m: _word(values.get(m.group(1) or m.group(2)), m.group()), value)


def _word(value: Any, otherwise: str) -> str:
    return value if isinstance(value, str) else otherwise


def _needs(task: ReadObject) -> list[str]:
    texts = str([task.get("params"), task.get("matrix"), task.get("when")])
    return [*(text(earlier) for earlier in rows(task.get("runAfter"))), *_RESULT.findall(texts)]


def _all_before(name: str, after: Mapping[str, Sequence[str]]) -> list[str]:
    """Everything that must have ended before `name`, near and far; circles are walked once."""
    names: list[str] = []
    todo = list(after.get(name, ()))
    while todo:
        task_name = todo.pop()
        if task_name not in names and task_name != name:
            names.append(task_name)
            todo += after.get(task_name, ())
    return names
