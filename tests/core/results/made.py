"""Hand-made GuideLLM reports, one for each dialect, with the numbers that a test wants."""

from typing import Any


def metric(mean: float, count: int = 10, *, p50: bool = True, top: float | None = None) -> Any:
    """One metric with its categories; those without requests are zeros, as GuideLLM writes them."""
    percentiles = {"p50": mean, "p90": mean * 2, "p95": mean * 3, "p99": mean * 4}
    if not p50:
        del percentiles["p50"]
    good = {
        "mean": mean,
        "median": mean,
        "max": top if top is not None else mean * 5,
        "count": count,
        "total_sum": mean * count,
        "percentiles": percentiles,
    }
    zeros = {
        "mean": 0.0,
        "median": 0.0,
        "max": 0.0,
        "count": 0,
        "total_sum": 0.0,
        "percentiles": dict.fromkeys(percentiles, 0.0),
    }
    return {"successful": good, "errored": zeros, "incomplete": None, "total": good}


def benchmark(
    strategy: str,
    itl: float,
    dialect: str,
    *,
    ttft: float = 15.0,
    ok: int = 10,
    concurrency: float = 1.0,
    prompt: float = 128.0,
    **settings: Any,
) -> dict[str, Any]:
    """One benchmark as `dialect` (0.3, 0.4, 0.5, 0.7) writes it."""
    count = ok
    totals = {"successful": ok, "errored": 1, "incomplete": 2, "total": ok + 3}
    old = dialect == "0.3"
    chosen = {"strategy": {"type_": strategy, **settings}}
    made: dict[str, Any] = {
        "type_": "generative_benchmark",
        "metrics": {
            "inter_token_latency_ms": metric(itl if ok else 0.0, count, p50=not old),
            "time_to_first_token_ms": metric(ttft if ok else 0.0, count, p50=not old),
            "request_latency": metric(1.5, count, p50=not old),
            "request_concurrency": metric(concurrency, max(1, count), p50=not old),
            "requests_per_second": metric(2.0, count, p50=not old),
            "prompt_token_count": metric(prompt, count, p50=not old),
            "output_token_count": metric(128.0, count, p50=not old),
        },
        "start_time": 1000.0,
        "end_time": 1060.0,
        "duration": 60.0,
        "requests": {"successful": [], "errored": None, "incomplete": [], "total": None},
    }
    made["args" if old else "config"] = chosen
    if old:
        made["request_totals"] = totals
    else:
        made["metrics"]["request_totals"] = totals
        made["scheduler_metrics"] = {"measure_start_time": 1000.0, "measure_end_time": 1060.0}
    return made


def report(dialect: str, *benchmarks: dict[str, Any]) -> dict[str, Any]:
    """A whole report as `dialect` writes it."""
    made: dict[str, Any] = {"benchmarks": list(benchmarks)}
    if dialect == "0.4":
        made["args"] = {"target": "http://gw", "model": "m"}
    elif dialect == "0.5":
        made |= {"metadata": {"version": 1}, "args": {"target": "http://gw", "model": "m"}}
    elif dialect == "0.7":
        made |= {
            "metadata": {"version": 2, "guidellm_version": "0.7.1"},
            "config": {
                "spec": {
                    "backend": {"target": "http://gw", "model": "m", "api_key": "sk-very-secret"}
                }
            },
        }
    return made
