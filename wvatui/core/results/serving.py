"""Results of `vllm bench serve --save-result` and of `sglang.bench_serving`, one object per run.

Both descend from one program and share its names; each adds names of its own, which distinguish
them. SGLang writes one line per run, and so does vLLM with `--append-result`. Their `date` has no
zone and their start times count from the machine's boot, so neither shows when a run took place.

Sources: vLLM benchmarks/benchmark_serving.py (to 0.9), vllm/benchmarks/serve.py (since 0.10);
SGLang python/sglang/bench_serving.py.
"""

import re
from collections.abc import Mapping
from typing import Any

from wvatui.core.results.loose import count, number, rows, spread, table, text
from wvatui.core.results.shape import NOTHING, Benchmark, Report, Spread

_SGLANG = ("total_output_tokens_retokenized", "mean_e2e_latency_ms", "input_throughput")
_VLLM = ("total_token_throughput", "tokenizer_id", "endpoint_type", "burstiness")
_LATENCY = re.compile(r"(mean|median|max|p50|p90|p95|p99)_(ttft|tpot|itl|e2el|e2e_latency)_ms")
_FIELDS = {"median": "p50"}


def sniff(data: Any) -> bool:
    """Whether `data` (decoded) is such a result, or a list of them."""
    if isinstance(data, list):
        return bool(data) and all(map(_is_run, data))
    return _is_run(data)


def _is_run(data: Any) -> bool:
    return (
        isinstance(data, Mapping)
        and "completed" in data
        and "duration" in data
        and ("request_throughput" in data or "output_throughput" in data)
    )


def read(data: Any) -> Report:
    """One benchmark per run."""
    runs = [table(run) for run in (rows(data) or [data])]
    first = runs[0]
    is_sglang = any(name in first for name in _SGLANG) and not any(n in first for n in _VLLM)
    dialect = "sglang-json" if is_sglang else "vllm-json"
    benchmarks = tuple(_benchmark(run, is_sglang=is_sglang) for run in runs)
    problems = tuple(
        f"run {index}: it does not say how many requests succeeded"
        for index, benchmark in enumerate(benchmarks, 1)
        if benchmark.ok is None
    )
    return Report(
        tool="sglang-bench" if is_sglang else "vllm-bench",
        dialect=dialect,
        model=text(first.get("model_id")) or text(first.get("model")),
        benchmarks=benchmarks,
        problems=problems,
    )


def _benchmark(run: Mapping[str, Any], *, is_sglang: bool) -> Benchmark:
    ok, failed = count(run.get("completed")), count(run.get("failed"))
    prompts = count(run.get("num_prompts"))
    if failed is None and prompts is not None and ok is not None and prompts >= ok:
        failed = prompts - ok
    prompt, answer = number(run.get("total_input_tokens")), number(run.get("total_output_tokens"))
    kind, rate, limit = _offered(run, is_sglang=is_sglang)
    latencies = _latencies(run) if ok else {}
    return Benchmark(
        strategy=kind,
        stage=_stage(kind, rate, limit),
        rate=rate,
        limit=limit,
        duration_s=number(run.get("duration")),
        ok=ok,
        failed=failed,
        requests_per_s=number(run.get("request_throughput")),
        concurrency=number(run.get("concurrency")),
        concurrency_max=number(run.get("max_concurrent_requests")),
        input_tokens=prompt,
        output_tokens=answer,
        prompt_tokens=prompt / ok if prompt is not None and ok else None,
        answer_tokens=answer / ok if answer is not None and ok else None,
        output_tokens_per_s=number(run.get("output_throughput")),
        tokens_per_s=_first(run, "total_token_throughput", "total_throughput"),
        ttft_ms=latencies.get("ttft", NOTHING),
        tpot_ms=latencies.get("tpot", NOTHING),
        itl_ms=latencies.get("itl", NOTHING),
        latency_ms=latencies.get("e2el", latencies.get("e2e_latency", NOTHING)),
    )


def _offered(run: Mapping[str, Any], *, is_sglang: bool) -> tuple[str, float | None, float | None]:
    """How requests were offered: strategy, requests per second, limit of those in flight."""
    rate, limit = number(run.get("request_rate")), number(run.get("max_concurrency"))
    if run.get("ramp_up_strategy"):
        return f"ramp-up {text(run['ramp_up_strategy'])}".strip(), None, limit
    if rate is not None:
        # Both use a gamma distribution; with burstiness 1, SGLang's only value, it is Poisson.
        bursts = 1.0 if is_sglang else number(run.get("burstiness"))
        return (
            "poisson" if bursts == 1.0 else "constant" if bursts is None else "gamma",
            rate,
            limit,
        )
    if "request_rate" not in run:
        return "", None, limit
    return told_limit(limit), None, limit


def told_limit(limit: float | None) -> str:
    """The strategy's name for a run that sends as fast as answers come, by its limit in flight."""
    if limit is None:
        return "throughput"
    return "synchronous" if limit == 1 else "concurrent"


def _stage(kind: str, rate: float | None, limit: float | None) -> str:
    if rate is not None:
        return f"{rate:g}/s"
    return f"{kind} {limit:g}" if kind == "concurrent" and limit is not None else kind


def _first(run: Mapping[str, Any], *names: str) -> float | None:
    return next((value for name in names if (value := number(run.get(name))) is not None), None)


def _latencies(run: Mapping[str, Any]) -> dict[str, Spread]:
    """Latencies by metric, without metrics that are 0 throughout, which counted nothing."""
    values: dict[str, dict[str, float | None]] = {}
    for name, value in run.items():
        match = _LATENCY.fullmatch(name)
        if match is not None:
            statistic = _FIELDS.get(match[1], match[1])
            values.setdefault(match[2], {})[statistic] = number(value)
    return {name: spread(parts) for name, parts in values.items() if any(parts.values())}
