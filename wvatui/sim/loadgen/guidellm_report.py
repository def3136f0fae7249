"""GuideLLM's JSON in its four dialects: up to 0.3, 0.4, 0.5 to 0.6, from 0.7 on.

Source: reports that GuideLLM 0.3 and 0.8 wrote, and its pydantic models between them.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from wvatui.sim.loadgen.client import ClientResult, LoadClient
from wvatui.sim.loadgen.guidellm_plan import GuideLLMRun, Strategy, Version
from wvatui.sim.loadgen.numbers import SHARES, flow, mode, over_time, quantiles, rates, spread

STATES = ("successful", "errored", "incomplete")
_PARTS = {f"p{f'{share:g}'[2:]:0<2}": share for share in SHARES}
"""p001, p01, …, p99, p999."""
GuideLLMReport = dict[str, Any]
GuideLLMMeasured = tuple[Strategy, LoadClient]


def report(
    run: GuideLLMRun, measured: Sequence[GuideLLMMeasured], models: Sequence[str]
) -> GuideLLMReport:
    """The whole report."""
    benchmarks = [
        _benchmark(run, strategy, client, i, measured, models)
        for i, (strategy, client) in enumerate(measured)
    ]
    if run.version < (0, 4):
        return {"benchmarks": benchmarks}
    if run.version < (0, 5):
        return {"args": run.raw, "benchmarks": benchmarks}
    if run.version < (0, 7):
        return {"metadata": {"version": 1}, "args": run.raw, "benchmarks": benchmarks}
    name = f"{run.version[0]}.{run.version[1]}.0"
    metadata = {
        "version": 2,
        "guidellm_version": name,
        "python_version": "3.13.5",
        "platform": "Linux-6.12.0-x86_64-with-glibc2.40",
    }
    config = {"metadata": {}, "spec": {**run.raw, "seed": run.seed}}
    return {"metadata": metadata, "config": config, "benchmarks": benchmarks}


def _benchmark(
    run: GuideLLMRun,
    strategy: Strategy,
    client: LoadClient,
    index: int,
    measured: Sequence[GuideLLMMeasured],
    models: Sequence[str],
) -> GuideLLMReport:
    totals = {state: sum(r.state == state for r in client.results) for state in STATES}
    totals["total"] = len(client.results)
    profile = {
        "type_": run.profile,
        "completed_strategies": len(measured),
        "strategy_types": [other.kind for other, _ in measured],
    }
    of = _Of(run, strategy, client, index, profile, totals, run.model or models[0])
    return _until_0_3(of) if run.version < (0, 4) else _since_0_4(of)


class _Of(NamedTuple):
    """The data from which a benchmark's report is made."""

    run: GuideLLMRun
    strategy: Strategy
    client: LoadClient
    place: int
    profile: GuideLLMReport
    totals: dict[str, int]
    model: str


def _until_0_3(of: _Of) -> GuideLLMReport:
    run, begin, end = of.run, of.client.begun, of.client.ended
    return {
        "type_": "generative_benchmark",
        "id_": f"{of.place:032x}",
        "run_id": f"{run.seed:032x}",
        "args": {
            "profile": of.profile,
            "strategy_index": of.place,
            "strategy": of.strategy.told(),
            "max_number": run.max_requests,
            "max_duration": run.max_seconds,
            "warmup_number": None,
            "warmup_duration": None,
            "cooldown_number": None,
            "cooldown_duration": None,
        },
        "run_stats": {
            "start_time": begin,
            "end_time": end,
            "requests_made": of.totals,
            "queued_time_avg": _queued(of.client.results),
        },
        "worker": {
            "type_": "generative_requests_worker",
            "backend_type": "openai_http",
            "backend_target": run.target,
            "backend_model": of.model,
            "backend_info": {},
        },
        "request_loader": {
            "type_": "generative_request_loader",
            "data": run.raw.get("data"),
            "data_args": None,
            "processor": of.model,
            "processor_args": None,
        },
        "extras": {},
        "metrics": metrics_of(run.version, of.client),
        "request_totals": of.totals,
        "requests": {state: [] for state in STATES},
        "start_time": begin,
        "end_time": end,
        "duration": end - begin,
    }


def _since_0_4(of: _Of) -> GuideLLMReport:
    run, begin, end = of.run, of.client.begun, of.client.ended
    totals, queued = of.totals, _queued(of.client.results)
    requests: GuideLLMReport = {state: [] for state in STATES}
    if run.version >= (0, 7):
        requests["total"] = None
    return {
        "type_": "generative_benchmark",
        "config": {
            "id_": f"{of.place:032x}",
            "run_id": f"{run.seed:032x}",
            "run_index": of.place,
            "strategy": of.strategy.told(),
            "profile": of.profile,
            "constraints": {"max_seconds": run.max_seconds, "max_requests": run.max_requests},
            "requests": {"data": str(run.data)},
            "backend": {"type_": "openai_http", "target": run.target, "model": of.model},
        },
        "scheduler_state": {
            "start_time": begin,
            "end_time": end,
            "created_requests": totals["total"],
            "processed_requests": totals["total"] - totals["incomplete"],
            "successful_requests": totals["successful"],
            "errored_requests": totals["errored"],
            "cancelled_requests": totals["incomplete"],
        },
        "scheduler_metrics": {
            "start_time": begin,
            "request_start_time": begin,
            "measure_start_time": begin,
            "measure_end_time": end,
            "request_end_time": end,
            "end_time": end,
            "requests_made": totals,
            "queued_time_avg": queued,
        },
        "metrics": {"request_totals": totals, **metrics_of(run.version, of.client)},
        "requests": requests,
        "start_time": begin,
        "end_time": end,
        "duration": end - begin,
        "warmup_duration": 0.0,
        "cooldown_duration": 0.0,
    }


def metrics_of(version: Version, client: LoadClient) -> GuideLLMReport:
    """Every metric by name, with a distribution for each state and for all requests."""
    groups = {state: [r for r in client.results if r.state == state] for state in STATES}
    groups["total"] = client.results
    metrics: GuideLLMReport = {}
    for state, results in groups.items():
        for name, (pairs, count) in _series(results, client.begun, client.ended).items():
            is_empty = not results and (0, 4) <= version < (0, 7)
            shown = None if is_empty else distribution(version, pairs, count)
            metrics.setdefault(name, {})[state] = shown
    return metrics


Pairs = Sequence[tuple[float, float]]


def _series(results: list[ClientResult], begin: float, end: float) -> dict[str, tuple[Pairs, int]]:
    """Metric -> (values with weights, number of observations)."""
    ended = [(r, r.ended) for r in results if r.ended is not None]
    spans = [(r.sent, at) for r, at in ended]
    first = [(r.ttft_s * 1000, 1.0) for r in results if r.ttft_s is not None]
    each = [(r.tpot_s * 1000, float(r.output)) for r in results if r.tpot_s is not None]
    between = [(r.itl_s * 1000, r.output - 1.0) for r in results if r.itl_s is not None]
    out = [
        (r.first, at, r.output / max(1e-6, at - r.first)) for r, at in ended if r.first is not None
    ]
    both = [
        *out,
        *(
            (r.sent, r.first, r.prompt / max(1e-6, r.first - r.sent))
            for r, _ in ended
            if r.first is not None
        ),
    ]
    latency: Pairs = [(at - r.sent, 1.0) for r, at in ended]
    prompts: Pairs = [(float(r.prompt), 1.0) for r in results]
    outputs: Pairs = [(float(r.output), 1.0) for r in results]
    series: dict[str, Pairs] = {
        "requests_per_second": rates(((at, 1.0) for _, at in ended), begin, end),
        "request_concurrency": over_time(spans, begin, end) if results else [],
        "request_latency": latency,
        "prompt_token_count": prompts,
        "output_token_count": outputs,
        "time_to_first_token_ms": first,
        "time_per_output_token_ms": each,
        "inter_token_latency_ms": between,
        "output_tokens_per_second": flow(out, begin, end) if out else [],
        "tokens_per_second": flow(both, begin, end) if both else [],
    }
    by_token = ("time_per_output_token_ms", "inter_token_latency_ms")
    return {
        name: (pairs, round(sum(w for _, w in pairs)) if name in by_token else len(pairs))
        for name, pairs in series.items()
    }


def distribution(version: Version, pairs: Pairs, count: int) -> GuideLLMReport:
    """A DistributionSummary; zeros where there are no observations."""
    middle, variance = spread(pairs)
    values = [value for value, _ in pairs]
    is_old = version < (0, 4)
    parts = {name: share for name, share in _PARTS.items() if not (is_old and name == "p50")}
    points = quantiles(pairs, [0.5, *parts.values()])
    return {
        "mean": middle,
        "median": points[0],
        "mode": mode(pairs),
        "variance": variance,
        "std_dev": math.sqrt(variance),
        "min": min(values, default=0.0),
        "max": max(values, default=0.0),
        "count": count,
        "total_sum": middle * count,
        "percentiles": dict(zip(parts, points[1:], strict=True)),
        ("cumulative_distribution_function" if is_old else "pdf"): None,
    }


def _queued(results: list[ClientResult]) -> float:
    waits = [r.sent - r.planned for r in results]
    return sum(waits) / len(waits) if waits else 0.0
