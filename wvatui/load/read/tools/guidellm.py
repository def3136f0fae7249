"""GuideLLM: `guidellm run` (0.7 and later), `guidellm benchmark` (before), scenarios of both."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wvatui.core.events import Stage
from wvatui.core.results.loose import rows, table, text
from wvatui.load.read.files import yaml_table
from wvatui.load.read.tools.run import (
    UNKNOWN,
    Step,
    ToolContext,
    ToolFlags,
    ToolRun,
    decimal,
    flags_of,
    in_turn,
    one,
    pairs,
    unknown,
    whole,
)

_NO_LOAD = ("preprocess", "config", "env", "mock-server", "export", "from-file", "--help")
_SWEEP = 10
"""Benchmarks of a sweep whose size is not given."""
_RATED = ("constant", "poisson")
_VARIABLE = "GUIDELLM_"
_CONCURRENCY = "GUIDELLM__MAX_CONCURRENCY"
_NAMES = (
    "target model profile rate-type rate max-seconds max-requests data output-dir output-path"
    " scenario rampup random-seed processor backend max-errors max-error-rate warmup cooldown"
    " outputs disable-console disable-progress disable-console-interactive backend-type"
    " backend-kwargs"
)
_OPTIONS = tuple(_NAMES.split())
"""Options of `guidellm benchmark`, each of which can also be set by a `GUIDELLM_OPTION`
variable."""
_FILES = ("scenario", "config", "c")
"""Options that name a file with the load."""
_CHANGING = ("override", "per-constraints", "over-saturation")
"""Options that change the load and are not parsed."""


def is_guidellm(rest: Sequence[str]) -> bool:
    """Whether these arguments of GuideLLM make load."""
    return not any(word in _NO_LOAD for word in rest[:2])


def guidellm(words: Sequence[str], context: ToolContext) -> ToolRun:
    """`guidellm run` (0.7 and later) and `guidellm benchmark` (before)."""
    verb = next((word for word in words if word in ("run", "benchmark")), "")
    flags = flags_of(words)
    return _new(flags, context) if verb == "run" else _old(flags, context)


def _new(flags: ToolFlags, context: ToolContext) -> ToolRun:
    backend, profile = pairs(one(flags, "backend")), pairs(one(flags, "profile"))
    seconds = requests = ""
    for part in flags.get("constraint", ()):
        limit = pairs(part)
        if limit.get("kind") in ("max_duration", "max_seconds"):
            seconds = limit.get("seconds") or limit.get("duration") or ""
        elif limit.get("kind") in ("max_requests", "max_number"):
            requests = limit.get("count") or limit.get("requests") or ""
    is_set = one(flags, "profile", *_FILES) or any("PROFILE" in name for name in context.variables)
    kind = profile.get("kind", "" if is_set else "sweep")
    ramp = profile.get("rampup_duration", "")
    rates = profile.get("rate", "") or profile.get("streams", "")
    if kind == "sweep":
        rates = rates or profile.get("sweep_size", "")
    return ToolRun(
        tool="guidellm",
        stages=_load(flags, context, kind, rates, seconds, requests, ramp),
        target=backend.get("target", ""),
        model=backend.get("model", ""),
        requests=whole(requests),
        output=pairs(one(flags, "output")).get("path", ""),
        notes=_notes(context, ()),
    )


def _old(flags: ToolFlags, context: ToolContext) -> ToolRun:
    own = {
        name: [value]
        for name in _OPTIONS
        if (value := context.variables.get(_VARIABLE + name.replace("-", "_").upper()))
    }
    flags = own | flags
    kind, ramp = one(flags, "profile", "rate-type"), one(flags, "rampup")
    if "scenario" not in flags and "c" not in flags:
        kind = kind or "sweep"
    rates = ",".join(",".join(flags.get("rate", ())).split())
    seconds, requests = one(flags, "max-seconds", "max-duration"), one(flags, "max-requests")
    folder = one(flags, "output-dir")
    output = f"{folder.rstrip('/')}/benchmarks.json" if folder else one(flags, "output-path")
    return ToolRun(
        tool="guidellm",
        stages=_load(flags, context, kind, rates, seconds, requests, ramp),
        target=one(flags, "target"),
        model=one(flags, "model"),
        requests=whole(requests),
        output=output,
        notes=_notes(context, own),
    )


def _load(
    flags: ToolFlags,
    context: ToolContext,
    kind: str,
    rates: str,
    seconds: str,
    requests: str,
    ramp: str,
) -> tuple[Stage, ...]:
    """Its stages: flags take precedence over the scenario."""
    for name in _CHANGING:
        if name in flags:
            return (unknown(f"--{name} is not read"),)
    given = one(flags, *_FILES)
    for words in (kind, seconds, requests, ramp):
        if "$" in words:
            return (unknown(words),)
    if given:
        scenario = yaml_table(context.files.get(given, ""))
        if not scenario:
            return (unknown(f"scenario {given} is not read"),)
        return scenario_stages(scenario, kind, rates, decimal(seconds), decimal(requests))
    return guidellm_stages(kind, rates, decimal(seconds), decimal(requests), decimal(ramp))


def _notes(context: ToolContext, read: Iterable[str]) -> tuple[str, ...]:
    """Variables and options that may affect it and are not parsed."""
    taken = {_VARIABLE + name.replace("-", "_").upper() for name in read} | {_CONCURRENCY}
    harmless = (f"{_VARIABLE}_LOG", f"{_VARIABLE}_LOGGING")
    names = sorted(
        name
        for name in context.variables
        if name.startswith(_VARIABLE) and name not in taken and not name.startswith(harmless)
    )
    return tuple(f"{name} is not read" for name in names)


def scenario_stages(
    scenario: Mapping[str, Any],
    kind: str,
    rate: Any,
    length_s: float | None,
    requests: float | None = None,
) -> tuple[Stage, ...]:
    """The stages of a scenario of any release; flags take precedence over its content."""
    spec = table(scenario.get("spec")) or scenario
    profile = spec.get("profile")
    inner = table(profile)
    kind_text = text(profile) or text(inner.get("kind")) or text(spec.get("rate_type"))
    rates = rate if rate not in (None, "") else inner.get("rate", spec.get("rate"))
    if length_s is None:
        length_s = _number(spec.get("max_seconds") or spec.get("max_duration"))
        for limit in map(table, rows(spec.get("constraints"))):
            if length_s is None and limit.get("kind") in ("max_duration", "max_seconds"):
                length_s = _number(limit.get("seconds") or limit.get("duration"))
    if requests is None:
        requests = _number(spec.get("max_requests"))
    words = ",".join(map(str, rates)) if isinstance(rates, list) else str(rates or "")
    is_set = profile or "benchmarks" in scenario
    chosen = kind or kind_text or ("constant" if words else "" if is_set else "sweep")
    if chosen == "sweep":
        words = words or str(inner.get("sweep_size") or "")
    ramp = _number(spec.get("rampup") or inner.get("rampup_duration"))
    return guidellm_stages(chosen, words, length_s, requests, ramp)


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    return decimal(str(value)) if isinstance(value, str | int | float) else None


def guidellm_stages(
    kind: str,
    rates: str,
    seconds: float | None,
    requests: float | None,
    ramp_s: float | None = None,
) -> tuple[Stage, ...]:
    """The stages of a profile. `ramp_s`: seconds until a rate is reached."""
    kind = "constant" if kind == "async" else kind
    parts = [part.strip() for part in rates.strip("[]").split(",") if part.strip()]
    steps: list[Step] = []
    if kind in _RATED:
        for part in parts or ["is not said"]:
            value = decimal(part)
            words = "" if value else f"{UNKNOWN}: {part if '$' in part else f'rate {part}'}"
            length = _length(value, seconds, requests)
            steps += _ramped(
                Step(value or None, words, length), ramp_s if kind == "constant" else 0
            )
    elif kind == "sweep":
        size = whole(parts[0]) if parts else _SWEEP
        names = ["synchronous", "throughput", *(f"sweep {n + 1}" for n in range(98))]
        steps = [Step(None, name, seconds) for name in names[: size or 0]]
        steps = steps or [Step(None, f"{UNKNOWN}: sweep of {parts[0]}")]
    elif kind == "concurrent":
        steps = [Step(None, f"concurrent {_short(part)}", seconds) for part in parts]
        steps = steps or [Step(None, f"{UNKNOWN}: concurrent", seconds)]
    elif kind in ("synchronous", "throughput"):
        steps = [Step(None, kind, seconds)]
    else:
        steps = [Step(None, f"{UNKNOWN}: {kind or 'a profile without kind'}", seconds)]
    return in_turn(steps)


def _ramped(step: Step, ramp_s: float | None) -> list[Step]:
    """A step whose rate is reached only after a ramp, during which the rate is unknown."""
    if not ramp_s or step.rate is None:
        return [step]
    name = f"ramp-up to {step.rate:g}/s"
    if step.duration_s is None or step.duration_s <= ramp_s:
        return [Step(None, name, step.duration_s)]
    return [Step(None, name, ramp_s), step._replace(duration_s=step.duration_s - ramp_s)]


def _length(rate: float | None, seconds: float | None, requests: float | None) -> float | None:
    lengths = [seconds, requests / rate if requests is not None and rate else None]
    return min((length for length in lengths if length is not None), default=None)


def _short(part: str) -> str:
    value = decimal(part)
    return part if value is None else f"{value:g}"
