"""GuideLLM's report, JSON or YAML, in its four forms, distinguished by their structure.

    0.3      {benchmarks}                      strategy in args, totals beside the metrics
    0.4      {args, benchmarks}                strategy in config, totals among the metrics
    0.5-0.6  + metadata {version: 1}
    0.7+     + metadata {version: 2}, config instead of args

Numbers are those of the requests that succeeded; a whole category may be null.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from wvatui.core.results.loose import at, count, number, rows, spread, table, text
from wvatui.core.results.shape import NOTHING, Benchmark, Report, Spread
from wvatui.core.results.times import epoch

NEWEST = 2
"""`metadata.version` of the newest form that is known."""


def sniff(data: Any) -> bool:
    """Whether `data` (decoded) is such a report."""
    return isinstance(at(data, "benchmarks"), list) and (
        not data["benchmarks"] or isinstance(at(data["benchmarks"][0], "metrics"), Mapping)
    )


def sniff_files(data: Any) -> bool:
    """Whether `data` is several such reports by file name."""
    return isinstance(data, Mapping) and bool(data) and all(sniff(part) for part in data.values())


def read_files(data: Any) -> Report:
    """The reports of several runs as one, each benchmark with the name of its file."""
    first: Report | None = None
    benchmarks: list[Benchmark] = []
    problems: list[str] = []
    for path, part in data.items():
        name = path.removesuffix(".json").removesuffix("/benchmarks")
        report = read(part)
        first = first or report
        for benchmark in report.benchmarks:
            stage = f"{name}: {benchmark.stage}".removesuffix(": ")
            benchmarks.append(msgspec.structs.replace(benchmark, stage=stage))
        problems += [f"{name}: {problem}" for problem in report.problems]
    assert first is not None
    return msgspec.structs.replace(first, benchmarks=tuple(benchmarks), problems=tuple(problems))


def read(data: Any) -> Report:
    """The report in decoded JSON."""
    runs = [entry for entry in rows(data.get("benchmarks")) if isinstance(entry, Mapping)]
    problems = [] if runs else ["the report holds no benchmark"]
    benchmarks = []
    for index, entry in enumerate(runs):
        benchmark = _benchmark(entry)
        benchmarks.append(benchmark)
        if benchmark.ok is None:
            problems.append(f"benchmark {index + 1}: it does not say how many requests succeeded")
    first = runs[0] if runs else {}
    form = number(at(data, "metadata", "version"))
    if form is not None and form > NEWEST:
        problems.append(f"its form is {form:g}, newer than {NEWEST}: it is read as {NEWEST} is")
    return Report(
        tool="guidellm",
        dialect=f"guidellm-{_dialect(data, first)}",
        version=text(at(data, "metadata", "guidellm_version")),
        model=_first_text(
            at(first, "config", "backend", "model"),
            at(data, "config", "spec", "backend", "model"),
            at(data, "args", "model"),
            at(first, "worker", "backend_model"),
        ),
        target=_first_text(
            at(first, "config", "backend", "target"),
            at(data, "config", "spec", "backend", "target"),
            at(data, "args", "target"),
            at(first, "worker", "backend_target"),
        ),
        benchmarks=tuple(benchmarks),
        problems=tuple(problems),
    )


def _dialect(data: Mapping[str, Any], first: Mapping[str, Any]) -> str:
    version = number(at(data, "metadata", "version"))
    if version is not None:
        return "0.7+" if version >= 2 else "0.5-0.6"
    return "0.4" if "args" in data or "config" in first else "0.3"


def _first_text(*values: Any) -> str:
    return next((words for value in values if (words := text(value))), "")


def _benchmark(entry: Mapping[str, Any]) -> Benchmark:
    metrics = table(entry.get("metrics"))
    strategy = table(at(entry, "config", "strategy") or at(entry, "args", "strategy"))
    totals = table(metrics.get("request_totals") or entry.get("request_totals"))
    kind = text(strategy.get("type_")) or text(strategy.get("kind"))
    rate = number(strategy.get("rate")) if kind in ("constant", "poisson", "async") else None
    # Runs with a rate carry a limit, too, but it is the scheduler's own and was not asked for.
    limit = number(strategy.get("streams")) or number(strategy.get("max_concurrency"))
    limit = limit if kind in ("concurrent", "throughput") else None
    prompt, answer = _good(metrics, "prompt_token_count"), _good(metrics, "output_token_count")
    since, until = epoch(entry.get("start_time")), epoch(entry.get("end_time"))
    duration = number(entry.get("duration"))
    if since is not None and until is not None and until < since:
        since = until = None
    if duration is None and since is not None and until is not None:
        duration = until - since
    return Benchmark(
        strategy=kind,
        stage=_stage(kind, rate, limit),
        rate=rate,
        limit=limit,
        since=since,
        until=until,
        duration_s=duration,
        ok=count(totals.get("successful")),
        failed=count(totals.get("errored")),
        incomplete=count(totals.get("incomplete")),
        requests_per_s=number(_good(metrics, "requests_per_second").get("mean")),
        concurrency=number(_good(metrics, "request_concurrency").get("mean")),
        concurrency_max=number(_good(metrics, "request_concurrency").get("max")),
        input_tokens=number(prompt.get("total_sum")),
        output_tokens=number(answer.get("total_sum")),
        prompt_tokens=number(prompt.get("mean")),
        answer_tokens=number(answer.get("mean")),
        output_tokens_per_s=number(_good(metrics, "output_tokens_per_second").get("mean")),
        tokens_per_s=number(_good(metrics, "tokens_per_second").get("mean")),
        ttft_ms=_spread(metrics, "time_to_first_token_ms"),
        itl_ms=_spread(metrics, "inter_token_latency_ms"),
        tpot_ms=_spread(metrics, "time_per_output_token_ms"),
        latency_ms=_spread(metrics, "request_latency", 1000.0),
    )


def _stage(kind: str, rate: float | None, limit: float | None) -> str:
    if rate is not None:
        return f"{kind} {rate:g}/s"
    return f"{kind} {limit:g}" if kind == "concurrent" and limit is not None else kind


def _good(metrics: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """One metric's values for the successful requests; {} when it counted none.

    A metric that counted nothing is written as zeros.
    """
    requests = table(at(metrics, name, "successful"))
    return {} if number(requests.get("count")) == 0 else requests


def _spread(metrics: Mapping[str, Any], name: str, factor: float = 1.0) -> Spread:
    good = _good(metrics, name)
    if not good:
        return NOTHING
    percentiles = table(good.get("percentiles"))
    p50 = number(percentiles.get("p50"))
    return spread(
        {
            "mean": number(good.get("mean")),
            "p50": p50 if p50 is not None else number(good.get("median")),
            "max": number(good.get("max")),
            **{q: number(percentiles.get(q)) for q in ("p90", "p95", "p99")},
        },
        factor,
    )
