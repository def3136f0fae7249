"""The load that a PipelineRun is to make, from its parameters and its Pipeline, before it runs.

Heeded: defaults, `$(params.x)`, matrix (params and include), and what must end before what.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from wvatui.core.events import Stage
from wvatui.core.kube_object import ReadObject
from wvatui.core.results.loose import at, rows, table, text
from wvatui.load.read.load_step import LoadStep, load_step

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
        text(one.get("name")): one["default"]
        for one in map(table, rows(spec.get("params")))
        if "default" in one
    }
    own = {
        text(one.get("name")): one.get("value")
        for one in map(table, rows(at(run, "spec", "params")))
    }
    return defaults | own


def pipeline_of(run: ReadObject) -> ReadObject:
    """The Pipeline's spec where the run itself carries it; {} where it does not (yet)."""
    return table(at(run, "status", "pipelineSpec")) or table(at(run, "spec", "pipelineSpec"))


def planned(run: ReadObject, pipeline: ReadObject) -> tuple[Planned, ...]:
    """Every run of a task that makes load, in the order of the Pipeline."""
    values = given(run, pipeline)
    tasks = [table(one) for one in rows(pipeline.get("tasks"))]
    names = [text(task.get("name")) for task in tasks]
    after = {name: _needs(task) for name, task in zip(names, tasks, strict=True)}
    ends: dict[str, float | None] = {}
    found: list[Planned] = []
    for name, task in zip(names, tasks, strict=True):
        begins = [ends.get(one, 0.0) for one in _all_before(name, after)]
        start = None if None in begins else max((b for b in begins if b is not None), default=0.0)
        steps = [load_step(row) for row in _rows(task, values)]
        loads = [Planned(name, n, start, s) for n, s in enumerate(steps) if s is not None]
        found += loads
        lengths = [
            None if one.step.length_s is None else one.step.delay_s + one.step.length_s
            for one in loads
        ]
        known = [length for length in lengths if length is not None]
        whole = start is not None and len(known) == len(lengths)
        ends[name] = start + max(known, default=0.0) if whole and start is not None else None
    return tuple(found)


def planned_stages(plan: Sequence[Planned]) -> tuple[Stage, ...]:
    """The stages of a plan, counted from the first request of all."""
    known = [(one.starts_s + one.step.delay_s, one) for one in plan if one.starts_s is not None]
    first = min((start for start, _ in known), default=0.0)
    return tuple(
        sorted(
            (
                named(stage, one.step.name, start - first)
                for start, one in known
                for stage in one.step.stages
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
        (text(one.get("name")), list(found) if isinstance(found, list) else [found])
        for one in map(table, rows(matrix.get("params")))
        for found in [_filled(one.get("value"), values)]
    ]
    found = (
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
        fits = [row for row in found if all(row[name] == extra[name] for name in shared)]
        if not axes or (shared and not fits):
            found.append(own | extra)
        for row in fits if axes else ():
            row.update(extra)
    return found or [own]


def _few(found: Any) -> list[tuple[Any, ...]]:
    return [row for row, _ in zip(found, range(MOST), strict=False)]


def _params(thing: ReadObject, values: Values) -> dict[str, Any]:
    return {
        text(one.get("name")): _filled(one.get("value"), values)
        for one in map(table, rows(thing.get("params")))
    }


def _filled(value: Any, values: Values) -> Any:
    """`$(params.x)` replaced; a text that is nothing else takes the value as it is."""
    if isinstance(value, list):
        return [_filled(one, values) for one in value]
    if not isinstance(value, str):
        return value
    if whole := _HOLE.fullmatch(value.strip()):
        return values.get(whole.group(1) or whole.group(2), value)
    return _HOLE.sub(lambda m: _word(values.get(m.group(1) or m.group(2)), m.group()), value)


def _word(value: Any, otherwise: str) -> str:
    return value if isinstance(value, str) else otherwise


def _needs(task: ReadObject) -> list[str]:
    texts = str([task.get("params"), task.get("matrix"), task.get("when")])
    return [*(text(one) for one in rows(task.get("runAfter"))), *_RESULT.findall(texts)]


def _all_before(name: str, after: Mapping[str, Sequence[str]]) -> list[str]:
    """Everything that must have ended before `name`, near and far; circles are walked once."""
    found: list[str] = []
    todo = list(after.get(name, ()))
    while todo:
        one = todo.pop()
        if one not in found and one != name:
            found.append(one)
            todo += after.get(one, ())
    return found
