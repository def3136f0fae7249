"""inference-perf, whose configuration is a file: known where it comes from the job's own
objects."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from wvatui.core.events import Stage
from wvatui.core.results.loose import at, number, rows, table, text
from wvatui.errors import ConfigError
from wvatui.load.read.files import parse
from wvatui.load.read.tools.run import (
    Step,
    ToolContext,
    ToolRun,
    decimal,
    flags_of,
    in_turn,
    one,
    unknown,
)


def inference_perf(words: Sequence[str], context: ToolContext) -> ToolRun:
    """The load in its configuration: stages with a rate, or with concurrent requests."""
    flags = flags_of(words)
    path = one(flags, "config-file", "c", "config")
    config = _config(path, context)
    stages = _stages(config) if config else (unknown(f"{path or 'its configuration'} is not read"),)
    overrides = sorted(name for name in flags if "." in name)
    if any(name.startswith("load.") for name in overrides):
        stages = (unknown(", ".join(f"--{name}" for name in overrides if name[:5] == "load.")),)
    counts = [stage.rate * stage.duration_s for stage in stages if stage.rate and stage.duration_s]
    return ToolRun(
        tool="inference-perf",
        stages=stages,
        target=text(at(config, "server", "base_url")) or one(flags, "server.base-url"),
        model=text(at(config, "server", "model_name")) or one(flags, "server.model-name"),
        requests=int(sum(counts)) if counts and len(counts) == len(stages) else None,
        output=text(at(config, "storage", "local_storage", "path")),
        notes=tuple(f"--{name} is not read" for name in overrides),
    )


def _config(path: str, context: ToolContext) -> Mapping[str, Any]:
    """The configuration, from the file or from a variable that holds it."""
    texts = [context.files[path]] if path in context.files else []
    texts += [value for value in context.variables.values() if value.lstrip().startswith("{")]
    for content in texts:
        with suppress(ConfigError):
            for document in parse(Path(path or "config"), content):
                if "load" in table(document.value):
                    return table(document.value)
    return {}


def _stages(config: Mapping[str, Any]) -> tuple[Stage, ...]:
    load = table(config.get("load"))
    if load.get("sweep"):
        return (unknown("a sweep: its rates are found while it runs"),)
    given = [table(stage) for stage in rows(load.get("stages"))]
    if not given:
        return (unknown(f"load of type {text(load.get('type')) or 'constant'} without stages"),)
    pause_s = _number(load.get("interval")) or 0.0
    stages: list[Stage] = []
    since = 0.0
    steps = [_step(part) for part in given]
    while steps:
        rest = in_turn(steps, since)
        if rest[0].duration_s is None:
            return (*stages, rest[0])
        stages.append(rest[0])
        since += rest[0].duration_s + pause_s
        steps = steps[1:]
    return tuple(stages)


def _step(part: Mapping[str, Any]) -> Step:
    rate, duration_s = _number(part.get("rate")), _number(part.get("duration"))
    if rate:
        return Step(rate, "", duration_s)
    at_once = part.get("concurrency_level")
    words = f"concurrent {at_once}" if at_once else f"unknown: rate {part.get('rate')}"
    return Step(None, words, None if at_once else duration_s)


def _number(value: Any) -> float | None:
    return decimal(value if isinstance(value, str) else str(number(value)))
