"""The load that a PipelineRun will make, from its parameters and its Pipeline, before it runs.

Takes into account defaults, `$(params.x)`, matrix (params and include), and the order of tasks.

A task's parameters describe its load. Two forms are read, both from llm-d-lab's tasks: single
parameters (`rate`, `max-seconds`, `start-delay`, …) or one text of YAML (`step-config`: name,
delay, duration, scenario), a `scenario` being GuideLLM's own file of any release.
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
from wvatui.load.read.files import parse, yaml_table
from wvatui.load.read.tools.guidellm import scenario_stages
from wvatui.load.read.tools.run import length_of, named, unknown

StepParams = Mapping[str, Any]
STEP = "step-config"
MARKS = (STEP, "rate", "rate-type", "profile", "scenario")
"""Parameters of which a task that makes load has at least one."""
LENGTHS = ("max-seconds", "duration", "max-duration")


@dataclass(frozen=True, slots=True)
class LoadStep:
    """The load of one run of a task; its stages count from the start of the tool."""

    name: str = ""
    delay_s: float = 0.0
    """Seconds that it waits before starting the tool."""
    stages: tuple[Stage, ...] = ()
    target: str = ""
    model: str = ""
    wrong: str = ""
    """A problem with its parameters, in words; empty: none."""

    @property
    def length_s(self) -> float | None:
        """Seconds from its first request to its last; None: unknown."""
        return length_of(self.stages)


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
        return _of_config(step, yaml_table(text(given[STEP])))
    scenario = yaml_table(text(given.get("scenario")))
    kind = _first(given, "rate-type", "profile")
    if (name := text(given.get("scenario"))) and not scenario:
        return replace(step, stages=(unknown(f"scenario {name} is not read"),))
    return replace(
        step,
        delay_s=_seconds(given.get("start-delay") or given.get("delay")) or 0.0,
        stages=scenario_stages(
            scenario, kind, given.get("rate"), _length(given), _seconds(given.get("max-requests"))
        ),
    )


def _of_config(step: LoadStep, config: StepParams) -> LoadStep:
    return replace(
        step,
        name=text(config.get("name")),
        delay_s=_seconds(config.get("delay")) or 0.0,
        stages=scenario_stages(_scenario(config), "", config.get("rate"), _length(config), None),
    )


def _wrong(value: Any) -> str:
    """A problem with a `step-config`, in words; empty: none."""
    if not isinstance(value, str):
        return f"{STEP}: a text of YAML is expected"
    if "$(" in value:
        return ""  # unknown before it runs
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
    return yaml_table(scenario) if isinstance(scenario, str) else table(scenario)


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
"""Most runs of one task that a matrix is expanded to."""
_HOLE = re.compile(r"\$\(params(?:\.([\w-]+)|\[[\"']([^\"']+)[\"']\])(?:\[\*\])?\)")
_RESULT = re.compile(r"\$\(tasks\.([^.()]+)\.results\.")


@dataclass(frozen=True, slots=True)
class Planned:
    """One run of a task that makes load."""

    task: str
    index: int
    """Its place in the task's matrix, from 0."""
    starts_s: float | None
    """When it starts, in seconds from the first load, before its own delay. None: unknown."""
    step: LoadStep


def given(run: ReadObject, spec: ReadObject) -> dict[str, Any]:
    """The parameters of a PipelineRun or TaskRun, with the defaults of its Pipeline or Task."""
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
    """The Pipeline's spec where the run itself contains it; {} where it does not (yet)."""
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


def _rows(task: ReadObject, values: Values) -> list[dict[str, Any]]:
    """The parameters of each run of a task: one, or one per combination of its matrix."""
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
    """`$(params.x)` replaced; a text that consists of one reference becomes the value itself."""
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
    """Every task that must end before `name`, directly or indirectly; cycles are followed once."""
    names: list[str] = []
    todo = list(after.get(name, ()))
    while todo:
        task_name = todo.pop()
        if task_name not in names and task_name != name:
            names.append(task_name)
            todo += after.get(task_name, ())
    return names
