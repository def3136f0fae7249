"""inference-perf's reports: `summary_lifecycle_metrics.json`, one `stage_N_…` per stage; or YAML.

Several of them may be in one object, by file name. Times are in seconds. Lengths are `prompt_len`
and `output_len`; since 2026 they are `prompt_tokens` and `output_tokens`, with the total.

Source: inference-perf inference_perf/reportgen/base.py (0.1 to 0.5).
"""

import re
from collections.abc import Mapping
from typing import Any

from wvatui.core.results.loose import at, count, number, spread, table
from wvatui.core.results.shape import Benchmark, Report, Spread
from wvatui.core.results.times import epoch, ran

_STAGE = re.compile(r"stage_(\d+)_lifecycle_metrics(?:\.json|\.ya?ml)?")
_SUMMARY = re.compile(r"summary_lifecycle_metrics(?:\.json|\.ya?ml)?")
_NAMES = {"mean": "mean", "p50": "median", "p90": "p90", "p95": "p95", "p99": "p99", "max": "max"}


def sniff(data: Any) -> bool:
    """Whether `data` (decoded) is one such report, or several by file name."""
    if not isinstance(data, Mapping):
        return False
    is_summary = "load_summary" in data and ("successes" in data or "failures" in data)
    return is_summary or any(_name(key) is not None for key in data)


def read(data: Any) -> Report:
    """All stages if there are any, else the summary."""
    named: list[tuple[int, Any]] = []
    if "load_summary" in data:
        named = [(-1, data)]
    else:
        named = [
            (number_, value) for key, value in data.items() if (number_ := _name(key)) is not None
        ]
    stages = sorted((item for item in named if item[0] >= 0), key=lambda item: item[0])
    chosen = stages or named
    benchmarks: list[Benchmark] = []
    problems: list[str] = []
    for index, value in chosen:
        odd: list[str] = []
        benchmark = _benchmark(index, table(value), odd)
        benchmarks.append(benchmark)
        if benchmark.ok is None:
            odd.append("it does not say how many requests succeeded")
        problems += [f"{benchmark.stage or 'the summary'}: {each}" for each in odd]
    return Report(
        tool="inference-perf",
        dialect="inference-perf",
        benchmarks=tuple(benchmarks),
        problems=tuple(problems),
    )


def _name(key: str) -> int | None:
    """The number of a stage's file, -1 for the summary's, None for any other."""
    key = key.rpartition("/")[2]
    match = _STAGE.fullmatch(key)
    if match is not None:
        return int(match[1])
    return -1 if _SUMMARY.fullmatch(key) else None


def _benchmark(index: int, data: Mapping[str, Any], odd: list[str]) -> Benchmark:
    load, good = table(data.get("load_summary")), table(data.get("successes"))
    rate = number(load.get("requested_rate"))
    concurrency = number(load.get("concurrency"))
    throughput = table(good.get("throughput"))
    ok = count(good.get("count"))
    stage = f"stage {index}" if index >= 0 else ""
    since, until, duration_s = ran(
        epoch(load.get("start_time")),
        epoch(load.get("end_time")),
        number(data.get("benchmark_time_seconds")) or number(load.get("send_duration")),
        odd,
    )
    return Benchmark(
        strategy="concurrent" if concurrency is not None else "constant" if rate else "",
        stage=f"{stage} {rate:g}/s".strip() if rate is not None else stage,
        rate=rate,
        limit=concurrency,
        since=since,
        until=until,
        duration_s=duration_s,
        ok=ok,
        failed=count(at(data, "failures", "count")),
        requests_per_s=number(throughput.get("requests_per_sec")),
        input_tokens=_total(good, "prompt_tokens", "prompt_len", ok),
        output_tokens=_total(good, "output_tokens", "output_len", ok),
        prompt_tokens=_mean(good, "prompt_tokens", "prompt_len"),
        answer_tokens=_mean(good, "output_tokens", "output_len"),
        output_tokens_per_s=number(throughput.get("output_tokens_per_sec")),
        tokens_per_s=number(throughput.get("total_tokens_per_sec")),
        ttft_ms=_latency(good, "time_to_first_token"),
        itl_ms=_latency(good, "inter_token_latency"),
        tpot_ms=_latency(good, "time_per_output_token"),
        latency_ms=_latency(good, "request_latency"),
    )


def _mean(good: Mapping[str, Any], *names: str) -> float | None:
    means = (number(at(good, name, "mean")) for name in names)
    return next((mean for mean in means if mean is not None), None)


def _total(good: Mapping[str, Any], name: str, old: str, ok: int | None) -> float | None:
    total, mean = number(at(good, name, "total")), _mean(good, name, old)
    if total is not None:
        return total
    return None if mean is None or ok is None else mean * ok


def _latency(good: Mapping[str, Any], name: str) -> Spread:
    values = table(at(good, "latency", name))
    return spread({field: number(values.get(key)) for field, key in _NAMES.items()}, 1000.0)
