"""What the command line of a load tool says: which tool, how much load, for how long.

One reader a tool in `READERS`. None: the arguments do not say.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wvatui.core.events import Stage
from wvatui.core.results.loose import at, decode, number, rows, table, text

ToolFlags = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class ToolRun:
    """One run of a tool. Its stages count from its own beginning."""

    tool: str
    stages: tuple[Stage, ...] = ()
    target: str = ""
    model: str = ""
    requests: int | None = None
    concurrency: int | None = None
    strategies: tuple[str, ...] = ()
    """Of each stage: constant, poisson, synchronous, throughput, concurrent, …"""
    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    seed: int | None = None
    form: str = ""
    """guidellm: 0.3 (--output-path), 0.4 or 0.7 (`guidellm run`)."""
    output: str = ""
    """Where its report goes, in its container."""


def flags_of(words: Sequence[str]) -> ToolFlags:
    """`--name value`, `--name=value` and `--name`, in order; repeated ones add up."""
    flags: ToolFlags = {}
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        if not word.startswith("-") or len(word) < 2:
            continue
        name, equals, value = word.lstrip("-").partition("=")
        if not equals and index < len(words) and not words[index].startswith("--"):
            value = words[index]
            index += 1
        flags.setdefault(name.replace("_", "-"), []).append(value)
    return flags


def vllm_bench(words: Sequence[str], variables: Mapping[str, str]) -> ToolRun:
    """`vllm bench serve` and the older benchmark_serving.py."""
    flags = flags_of(words)
    rate, requests = _number(flags, "request-rate"), _whole(flags, "num-prompts")
    requests = requests if requests is not None else 1000
    duration = requests / rate if rate else None
    base = _one(flags, "base-url")
    if not base and _one(flags, "host"):
        base = f"http://{_one(flags, 'host')}:{_one(flags, 'port') or 8000}"
    answer = ("sharegpt-output-len", "random-output-len", "output-len", "custom-output-len")
    name = "" if rate else "as fast as answers come"
    return ToolRun(
        tool="vllm-bench",
        stages=(Stage(0.0, duration, rate or None, name),),
        target=base,
        model=_one(flags, "model"),
        requests=requests,
        concurrency=_whole(flags, "max-concurrency"),
        strategies=("constant" if rate else "throughput",),
        prompt_tokens=_first(_whole(flags, name) for name in ("random-input-len", "input-len")),
        answer_tokens=_first(_whole(flags, name) for name in answer),
        seed=_whole(flags, "seed"),
    )


def guidellm(words: Sequence[str], variables: Mapping[str, str]) -> ToolRun:
    """`guidellm run` (0.7 and later) and `guidellm benchmark` (before)."""
    verb = next((word for word in words if word in ("run", "benchmark")), "")
    if "benchmark" in words and words.index("benchmark") + 1 < len(words):
        verb = "benchmark"
    flags = flags_of(words)
    return _guidellm_new(flags) if verb == "run" else _guidellm_old(flags, variables)


def _guidellm_new(flags: ToolFlags) -> ToolRun:
    backend, profile = _pairs(flags, "backend"), _pairs(flags, "profile")
    data, output = _pairs(flags, "data"), _pairs(flags, "output")
    seconds = requests = None
    for part in flags.get("constraint", ()):
        limit = _split(part)
        if limit.get("kind") in ("max_duration", "max_seconds"):
            seconds = _float(limit.get("seconds") or limit.get("duration"))
        elif limit.get("kind") in ("max_requests", "max_number"):
            requests = _float(limit.get("count") or limit.get("requests"))
    kind = profile.get("kind", "")
    rates = profile.get("rate", "") or profile.get("streams", "")
    limit_text = profile.get("max_concurrency") or (rates if kind == "concurrent" else None)
    stages, strategies = guidellm_stages(kind, rates, seconds, requests)
    return ToolRun(
        tool="guidellm",
        form="0.7",
        stages=stages,
        strategies=strategies,
        target=backend.get("target", ""),
        model=backend.get("model", ""),
        requests=_int(requests),
        concurrency=_int(_float(limit_text)),
        prompt_tokens=_int(_float(data.get("prompt_tokens"))),
        answer_tokens=_int(_float(data.get("output_tokens"))),
        output=output.get("path", ""),
    )


def _guidellm_old(flags: ToolFlags, variables: Mapping[str, str]) -> ToolRun:
    kind = _one(flags, "profile") or _one(flags, "rate-type")
    rates = ",".join(flags.get("rate", ()))
    seconds, requests = _number(flags, "max-seconds"), _number(flags, "max-requests")
    stages, strategies = guidellm_stages(kind or "sweep", rates, seconds, requests)
    data = _split(_one(flags, "data"))
    concurrency = _float(variables.get("GUIDELLM__MAX_CONCURRENCY"))
    if kind in ("throughput", "concurrent"):
        concurrency = _float(rates.partition(",")[0]) or concurrency
    folder = _one(flags, "output-dir")
    output = f"{folder.rstrip('/')}/benchmarks.json" if folder else _one(flags, "output-path")
    return ToolRun(
        tool="guidellm",
        form="0.4" if folder else "0.3",
        stages=stages,
        strategies=strategies,
        target=_one(flags, "target"),
        model=_one(flags, "model"),
        requests=_int(requests),
        concurrency=_int(concurrency),
        prompt_tokens=_int(_float(data.get("prompt_tokens"))),
        answer_tokens=_int(_float(data.get("output_tokens"))),
        output=output,
    )


_SWEEP = 10


def guidellm_stages(
    kind: str, rates: str, seconds: float | None, requests: float | None
) -> tuple[tuple[Stage, ...], tuple[str, ...]]:
    kind = "constant" if kind == "async" else kind
    values = [_float(part) for part in rates.strip("[]").split(",") if part.strip()]
    steps: list[tuple[str, float | None, str]]
    if kind in ("constant", "poisson"):
        steps = [(kind, value, "") for value in values]
    elif kind == "sweep":
        size = int(values[0]) if values and values[0] else _SWEEP
        steps = [("synchronous", None, "synchronous"), ("throughput", None, "throughput")]
        steps += [("constant", None, f"sweep {n + 1}") for n in range(min(size, 100) - 2)]
    elif kind == "concurrent":
        steps = [(kind, None, f"concurrent {value:g}") for value in values if value is not None]
    else:
        steps = [(kind, None, kind)] if kind else []
    stages: list[Stage] = []
    since = 0.0
    for _, rate, name in steps:
        duration = seconds
        if duration is None and requests is not None and rate:
            duration = requests / rate
        stages.append(Stage(since, duration, rate, name))
        if duration is None:
            break
        since += duration
    return tuple(stages), tuple(step[0] for step in steps[: len(stages)])


def inference_perf(words: Sequence[str], variables: Mapping[str, str]) -> ToolRun:
    """inference-perf, whose configuration is a file: known where a variable holds it."""
    config: Mapping[str, Any] = {}
    for value in variables.values():
        if value.lstrip().startswith("{"):
            try:
                settings = table(decode(value))
            except ValueError:
                continue
            config = settings if "load" in settings else config
    stages: list[Stage] = []
    since = 0.0
    for part in rows(at(config, "load", "stages")):
        duration, rate = number(at(part, "duration")), number(at(part, "rate"))
        stages.append(Stage(since, duration, rate))
        since += duration or 0.0
    load_type = text(at(config, "load", "type")) or "constant"
    return ToolRun(
        tool="inference-perf",
        stages=tuple(stages),
        strategies=(load_type,) * len(stages),
        target=text(at(config, "server", "base_url")),
        model=text(at(config, "server", "model_name")),
        requests=sum(int((s.rate or 0) * (s.duration_s or 0)) for s in stages) or None,
        prompt_tokens=_int(number(at(config, "data", "input_distribution", "mean"))),
        answer_tokens=_int(number(at(config, "data", "output_distribution", "mean"))),
        output=text(at(config, "storage", "local_storage", "path")),
    )


READERS: dict[str, Callable[[Sequence[str], Mapping[str, str]], ToolRun]] = {
    "vllm-bench": vllm_bench,
    "guidellm": guidellm,
    "inference-perf": inference_perf,
}


def tool_of(words: Sequence[str]) -> str:
    """The load tool that a command line runs; "" for none."""
    names = [word.rpartition("/")[2] for word in words[:6]]
    if not names:
        return ""
    if names[0] == "guidellm" or ("-m" in words[:3] and "guidellm" in names):
        return "guidellm"
    if names[0] in ("inference-perf", "inference_perf") or any(
        name.startswith("inference_perf") for name in names[:4]
    ):
        return "inference-perf"
    serves = "bench" in words and "serve" in words
    if serves and any("vllm" in name for name in names):
        return "vllm-bench"
    return "vllm-bench" if any(name == "benchmark_serving.py" for name in names) else ""


def _one(flags: ToolFlags, name: str) -> str:
    values = flags.get(name)
    return values[-1] if values else ""


def _pairs(flags: ToolFlags, name: str) -> dict[str, str]:
    return _split(_one(flags, name))


def _split(value: str) -> dict[str, str]:
    """`a=1,b=2` or a JSON object as texts."""
    if value.lstrip().startswith("{"):
        try:
            return {key: str(item) for key, item in table(decode(value)).items()}
        except ValueError:
            return {}
    pairs: dict[str, str] = {}
    last = ""
    for part in value.split(","):
        name, equals, content = part.partition("=")
        if equals:
            last = name.strip()
            pairs[last] = content
        elif last:
            # A list of rates has commas of its own: rate=1,2,4.
            pairs[last] += f",{part}"
    return pairs


def _number(flags: ToolFlags, name: str) -> float | None:
    return _float(_one(flags, name))


def _whole(flags: ToolFlags, name: str) -> int | None:
    return _int(_number(flags, name))


def _float(value: str | None) -> float | None:
    try:
        number = float(value) if value else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < 1e12 else None


def _int(value: float | None) -> int | None:
    return None if value is None else int(value)


def _first(values: Iterable[int | None]) -> int | None:
    return next((value for value in values if value is not None), None)
