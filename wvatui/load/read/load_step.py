"""Which load a task of a pipeline makes, as its parameters say.

The forms are those of llm-d-lab's tasks: single parameters (`rate`, `max-seconds`, `start-delay`,
…) or one text of YAML (`step-config`: name, delay, duration, scenario), a `scenario` being
GuideLLM's own file of any release.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wvatui.core.events import Stage
from wvatui.core.results.loose import number, rows, table, text
from wvatui.errors import ConfigError
from wvatui.load.read.arguments import guidellm_stages
from wvatui.load.read.yamlfile import parse

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
    spec = table(scenario.get("spec")) or scenario
    profile = spec.get("profile")
    inner = table(profile)
    told = text(profile) or text(inner.get("kind")) or text(spec.get("rate_type"))
    rates = rate if rate not in (None, "") else inner.get("rate", spec.get("rate"))
    if length_s is None:
        length_s = _seconds(spec.get("max_seconds") or spec.get("max_duration"))
        for limit in map(table, rows(spec.get("constraints"))):
            if length_s is None and limit.get("kind") in ("max_duration", "max_seconds"):
                length_s = _seconds(limit.get("seconds") or limit.get("duration"))
    words = ",".join(map(str, rates)) if isinstance(rates, list) else str(rates or "")
    chosen = kind or told or ("constant" if words else "")
    return guidellm_stages(chosen, words, length_s, requests)[0]


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
    found = (_seconds(given.get(name)) for name in LENGTHS)
    return next((length for length in found if length is not None), None)


def _seconds(value: Any) -> float | None:
    with suppress(ValueError):
        found = number(float(value) if isinstance(value, str) else value)
        return found if found is not None and found >= 0 else None
    return None


def _first(given: StepParams, *names: str) -> str:
    return next((text(given[name]) for name in names if text(given.get(name))), "")
