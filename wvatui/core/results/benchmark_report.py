"""llm-d-benchmark's report, versions 0.1, 0.2 and 0.2.1: one stage of one run, in YAML or JSON.

The tables here are the only place that names the report's fields, by field of a `Benchmark`. A
value is converted from the unit that the report states beside it.

Source: llm-d-benchmark benchmark_report/schema_v0_1.py, schema_v0_2.py and schema_v0_2_1.py.
"""

import re
from collections.abc import Mapping
from typing import Any

from wvatui.core.lines import many
from wvatui.core.results.loose import at, count, number, rows, spread, table, text
from wvatui.core.results.shape import Benchmark, Report, Spread
from wvatui.core.results.times import epoch, moment_of, ran

VERSIONS = ("0.1", "0.2", "0.2.1")
STATISTICS = ("mean", "p50", "p90", "p95", "p99", "max")
"""Fields of a `Spread`, which have the same names in a report."""
LATENCIES = {
    "ttft_ms": "time_to_first_token",
    "itl_ms": "inter_token_latency",
    "tpot_ms": "time_per_output_token",
    "latency_ms": "request_latency",
}
LENGTHS = {"prompt_tokens": "input_length", "answer_tokens": "output_length"}
RATES = {
    "requests_per_s": "request_rate",
    "output_tokens_per_s": "output_token_rate",
    "tokens_per_s": "total_token_rate",
}
RATES_0_1 = {
    "requests_per_s": "requests_per_sec",
    "output_tokens_per_s": "output_tokens_per_sec",
    "tokens_per_s": "total_tokens_per_sec",
}
"""Rates of version 0.1, which are plain numbers without a unit."""
MILLISECONDS = {"s": 1000.0, "ms": 1.0, "s/token": 1000.0, "ms/token": 1.0}
PER_SECOND = ("queries/s", "tokens/s")
_DURATION = re.compile(
    r"P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)


def sniff(data: Any) -> bool:
    """Whether `data` (decoded) is such a report, of any version."""
    if not isinstance(data, Mapping) or "version" not in data or "scenario" not in data:
        return False
    return "results" in data or "metrics" in data


def read(data: Any) -> Report:
    """The stage as one benchmark; none where the version is not one of `VERSIONS`."""
    version = str(data.get("version"))
    if version not in VERSIONS:
        return Report(
            tool="llm-d-benchmark",
            problems=(
                f"a benchmark report of version {version[:20]}: {', '.join(VERSIONS)} are read",
            ),
        )
    problems: list[str] = []
    benchmark = (_old if version == "0.1" else _new)(data, problems)
    if benchmark.ok is None:
        problems.append("it does not say how many requests succeeded")
    return Report(
        tool=_tool(data),
        dialect=f"benchmark-report-{version}",
        version=text(at(data, "scenario", "load", "standardized", "tool_version")),
        model=_model(data),
        benchmarks=(benchmark,),
        problems=tuple(dict.fromkeys(problems)),
    )


def _tool(data: Mapping[str, Any]) -> str:
    load = table(at(data, "scenario", "load"))
    return text(at(load, "standardized", "tool")) or text(load.get("name")) or "llm-d-benchmark"


def _model(data: Mapping[str, Any]) -> str:
    stack = rows(at(data, "scenario", "stack"))
    named = (text(at(part, "standardized", "model", "name")) for part in stack)
    return text(at(data, "scenario", "model", "name")) or next((n for n in named if n), "")


def _old(data: Mapping[str, Any], problems: list[str]) -> Benchmark:
    metrics = table(data.get("metrics"))
    time, throughput = table(metrics.get("time")), table(metrics.get("throughput"))
    arguments = table(at(data, "scenario", "load", "args"))
    duration = number(time.get("duration"))
    since, until = epoch(time.get("start")), epoch(time.get("stop"))
    rates = {field: number(throughput.get(name)) for field, name in RATES_0_1.items()}
    return _benchmark(
        table(metrics.get("requests")),
        table(metrics.get("latency")),
        rates,
        problems,
        rate=number(arguments.get("request_rate")),
        limit=number(arguments.get("max_concurrency")),
        stage=None,
        times=(since, until, duration),
    )


def _new(data: Mapping[str, Any], problems: list[str]) -> Benchmark:
    all_ = table(at(data, "results", "request_performance", "aggregate"))
    load = table(at(data, "scenario", "load", "standardized"))
    time = table(at(data, "run", "time"))
    throughput = table(all_.get("throughput"))
    rates = {
        field: _value(throughput, name, dict.fromkeys(PER_SECOND, 1.0), problems)
        for field, name in RATES.items()
    }
    return _benchmark(
        table(all_.get("requests")),
        table(all_.get("latency")),
        rates,
        problems,
        rate=number(load.get("rate_qps")),
        limit=number(load.get("concurrency")),
        stage=count(load.get("stage")),
        times=(
            moment_of(time.get("start")),
            moment_of(time.get("end")),
            _length(time.get("duration")),
        ),
    )


def _benchmark(
    requests: Mapping[str, Any],
    latency: Mapping[str, Any],
    rates: Mapping[str, Any],
    problems: list[str],
    *,
    rate: float | None,
    limit: float | None,
    stage: int | None,
    times: tuple[float | None, float | None, float | None],
) -> Benchmark:
    total, failed = count(requests.get("total")), count(requests.get("failures"))
    incomplete = count(requests.get("incomplete"))
    ok = None if total is None or failed is None else total - failed - (incomplete or 0)
    if failed is not None and ok is not None and ok < 0:
        of = f"{many(failed, 'failure')} of {total} requests"
        problems.append(f"{of}: the counts contradict each other")
        ok = None
    lengths: dict[str, Any] = {
        field: _value(requests, name, {"count": 1.0}, problems) for field, name in LENGTHS.items()
    }
    latencies: dict[str, Any] = {
        field: _spread(latency, name, problems) for field, name in LATENCIES.items()
    }
    words = [f"stage {stage}"] if stage is not None else []
    since, until, duration_s = ran(*times, problems)
    return Benchmark(
        strategy="constant" if rate is not None else "concurrent" if limit is not None else "",
        stage=" ".join([*words, f"{rate:g}/s"] if rate is not None else words),
        rate=rate,
        limit=limit,
        since=since,
        until=until,
        duration_s=duration_s,
        ok=ok,
        failed=failed,
        incomplete=incomplete,
        input_tokens=_times(lengths["prompt_tokens"], ok),
        output_tokens=_times(lengths["answer_tokens"], ok),
        **lengths,
        **rates,
        **latencies,
    )


def _times(each: float | None, requests: int | None) -> float | None:
    return None if each is None or requests is None else each * requests


def _value(
    part: Mapping[str, Any], name: str, units: Mapping[str, float], problems: list[str]
) -> float | None:
    """The mean of one statistic; None, and a problem is added, where its unit is unexpected."""
    factor = _factor(part, name, units, problems)
    mean = number(at(part, name, "mean"))
    return None if mean is None or factor is None else mean * factor


def _spread(part: Mapping[str, Any], name: str, problems: list[str]) -> Spread:
    values = table(part.get(name))
    factor = _factor(part, name, MILLISECONDS, problems) if values else None
    known = {statistic: number(values.get(statistic)) for statistic in STATISTICS}
    return spread(known, factor) if factor is not None else Spread()


def _factor(
    part: Mapping[str, Any], name: str, units: Mapping[str, float], problems: list[str]
) -> float | None:
    if not isinstance(part.get(name), Mapping):
        return None
    unit = text(at(part, name, "units"))
    if unit not in units:
        problems.append(f"{name} is in {unit[:20] or 'no unit'}, not in {' or '.join(units)}")
    return units.get(unit)


def _length(value: Any) -> float | None:
    """Seconds of an ISO 8601 duration, `PT49.97S`, without months and years."""
    match = _DURATION.fullmatch(text(value))
    if match is None or not any(match.groups()):
        return None
    parts = (float(part or 0) for part in match.groups())
    return sum(part * unit for part, unit in zip(parts, (86400, 3600, 60, 1), strict=True))
