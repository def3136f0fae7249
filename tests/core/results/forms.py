"""A small report in every format, as its tool writes it, and the values that must be read."""

import json
from typing import Any, NamedTuple

import yaml

from tests.core.results.made import benchmark, report

CLOCK = 1_764_000_000.0


class ReportForm(NamedTuple):
    """`text` is the whole file; `wants` are the expected fields of its first benchmark, with the
    mean for each distribution."""

    text: str
    dialect: str
    wants: dict[str, Any]


def serving_result(**more: Any) -> dict[str, Any]:
    """The fields that `vllm bench serve --save-result` and SGLang's benchmark have in common."""
    return {
        "duration": 20.0,
        "completed": 90,
        "total_input_tokens": 900,
        "total_output_tokens": 1800,
        "request_throughput": 4.5,
        "output_throughput": 90.0,
        "mean_ttft_ms": 35.5,
        "median_ttft_ms": 30.0,
        "p99_ttft_ms": 99.0,
        "mean_itl_ms": 9.5,
        "mean_tpot_ms": 0.0,
        "median_tpot_ms": 0.0,
        "p99_tpot_ms": 0.0,
        **more,
    }


VLLM = serving_result(
    date="20251209-170304",
    backend="vllm",
    model_id="llama",
    tokenizer_id="llama",
    num_prompts=100,
    request_rate=5.0,
    burstiness=1.0,
    max_concurrency=None,
    total_token_throughput=135.0,
    max_concurrent_requests=31,
    mean_e2el_ms=2000.0,
    ttfts=[0.1] * 3,
    start_times=[17.5] * 3,
    errors=[""] * 3,
)
SGLANG = serving_result(
    backend="sglang",
    request_rate=float("inf"),
    max_concurrency=8,
    total_output_tokens_retokenized=1799,
    input_throughput=45.0,
    total_throughput=135.0,
    mean_e2e_latency_ms=1500.0,
    median_e2e_latency_ms=1400.0,
    concurrency=6.75,
    accept_length=None,
)
SGLANG_BLOCK = """\

============ Serving Benchmark Result ============
Backend:                                 sglang
Traffic request rate:                    inf
Max request concurrency:                 not set
Successful requests:                     90
Benchmark duration (s):                  20.00
Total input tokens:                      900
Total generated tokens:                  1800
Total generated tokens (retokenized):    1799
Request throughput (req/s):              4.50
Input token throughput (tok/s):          45.00
Output token throughput (tok/s):         90.00
Total token throughput (tok/s):          135.00
Concurrency:                             6.75
----------------End-to-End Latency----------------
Mean E2E Latency (ms):                   1500.00
Median E2E Latency (ms):                 1400.00
---------------Time to First Token----------------
Mean TTFT (ms):                          35.50
---------------Inter-Token Latency----------------
Mean ITL (ms):                           9.50
P95 ITL (ms):                            20.00
Max ITL (ms):                            44.00
==================================================
"""


def lifecycle(**load: Any) -> dict[str, Any]:
    """A stage of inference-perf."""
    return {
        "benchmark_time_seconds": 20.0,
        "load_summary": {"count": 100, "requested_rate": 5.0, "achieved_rate": 5.0, **load},
        "successes": {
            "count": 90,
            "latency": {
                "request_latency": {"mean": 1.5, "median": 1.4, "p99": 3.0},
                "time_to_first_token": {"mean": 0.0355, "median": 0.03},
                "inter_token_latency": {"mean": 0.0095},
                "time_per_output_token": None,
            },
            "throughput": {"requests_per_sec": 4.5, "output_tokens_per_sec": 90.0},
            "prompt_tokens": {"total": 900.0, "cached": 0.0, "mean": 10.0},
            "output_len": {"mean": 20.0},
        },
        "failures": {"count": 10},
    }


def stated(mean: float, units: str) -> dict[str, Any]:
    """A statistic of a benchmark report."""
    return {"units": units, "mean": mean, "p50": mean, "p99": 2 * mean}


def report_0_1() -> dict[str, Any]:
    """A benchmark report of version 0.1."""
    return {
        "version": "0.1",
        "scenario": {
            "model": {"name": "llama"},
            "load": {"name": "vllm-benchmark", "args": {"request_rate": 5.0}},
        },
        "metrics": {
            "time": {"duration": 20.0, "start": CLOCK, "stop": CLOCK + 20.0},
            "requests": {
                "total": 100,
                "failures": 10,
                "input_length": stated(10.0, "count"),
                "output_length": stated(20.0, "count"),
            },
            "latency": {
                "time_to_first_token": stated(35.5, "ms"),
                "inter_token_latency": stated(0.0095, "s/token"),
                "request_latency": stated(1.5, "s"),
            },
            "throughput": {"requests_per_sec": 4.5, "output_tokens_per_sec": 90.0},
        },
    }


def report_0_2(version: str) -> dict[str, Any]:
    """A benchmark report of version 0.2 or 0.2.1."""
    return {
        "version": version,
        "run": {
            "uid": "u",
            "time": {
                "start": "2025-11-24T16:00:00Z",
                "end": "2025-11-24T17:00:20+01:00",
                "duration": "PT20S",
            },
        },
        "scenario": {
            "stack": [{"standardized": {"kind": "inference_engine", "model": {"name": "llama"}}}],
            "load": {
                "standardized": {
                    "tool": "inference-perf",
                    "tool_version": "0.3.0",
                    "rate_qps": 5.0,
                    "concurrency": float("inf"),
                    "stage": 3,
                }
            },
        },
        "results": {
            "request_performance": {
                "aggregate": {
                    "requests": {
                        "total": 100,
                        "failures": 10,
                        "incomplete": 0,
                        "input_length": stated(10.0, "count"),
                        "output_length": stated(20.0, "count"),
                    },
                    "latency": {
                        "time_to_first_token": stated(0.0355, "s"),
                        "inter_token_latency": stated(9.5, "ms/token"),
                        "request_latency": stated(1.5, "s"),
                    },
                    "throughput": {
                        "request_rate": stated(4.5, "queries/s"),
                        "output_token_rate": stated(90.0, "tokens/s"),
                    },
                }
            }
        },
    }


CSV_0_3 = """\
Type,Run Id,Id,Name,Start Time,End Time,Duration,Successful Requests,\
Successful Requests per second mean,Successful Requests per second median,\
Successful Request latency mean,Successful Request latency median,Successful Request latency std \
dev,"Successful Request latency [min, 0.1, 1, 5, 10, 25, 75, 90, 95, 99, max]",\
Successful Time to first token ms mean,Successful Time to first token ms median,\
"Successful Time to first token ms [min, 0.1, 1, 5, 10, 25, 75, 90, 95, 99, max]",\
Incomplete Requests,Errored Requests
generative_benchmark,r,1,constant@5.00,2025-11-24 16:00:00,2025-11-24 16:00:20,20.0,90,4.5,4.4,\
1.5,1.4,0.2,"[1.0, 1, 1, 1, 1, 1, 2, 2.5, 2.6, 3.0, 3.5]",35.5,30.0,\
"[20.0, 20, 20, 20, 20, 20, 40, 60, 70, 99.0, 120.0]",2,10
"""
_STEPS = "[1.0, 1, 1, 1, 1, 1, 2, 2.5, 2.6, 3.0, 3.5]"
_TTFTS = "[20.0, 20, 20, 20, 20, 20, 40, 60, 70, 99.0, 120.0]"


def csv_0_4() -> str:
    """A file of GuideLLM 0.4, with its three rows of names."""
    columns = [
        ("Run Info", "Run ID", "", "r"),
        ("Run Info", "Backend", "", '"{""model"": ""llama"", ""target"": ""http://gw""}"'),
        ("Benchmark", "Strategy", "", "constant"),
        ("Timings", "Start Time", "", "2025-11-24 16:00:00"),
        ("Timings", "Duration", "Sec", "20.0"),
        ("Request Counts", "Successful", "", "90"),
        ("Request Counts", "Incomplete", "", "2"),
        ("Request Counts", "Errored", "", "10"),
        ("Request Latency", "Successful Sec", "Mean", "1.5"),
        ("Request Latency", "Successful Sec", "Median", "1.4"),
        ("Request Latency", "Successful Sec", "Percentiles", f'"{_STEPS}"'),
        ("Time to First Token", "Successful ms", "Mean", "35.5"),
        ("Time to First Token", "Successful ms", "Median", "30.0"),
        ("Time to First Token", "Successful ms", "Percentiles", f'"{_TTFTS}"'),
        ("Server Throughput", "Successful Requests/Sec", "Mean", "4.5"),
        ("Server Throughput", "Successful Requests/Sec", "Median", "4.5"),
        ("Token Metrics", "Successful Output Tokens", "Mean", "20.0"),
        ("Token Metrics", "Successful Output Tokens", "Median", "20.0"),
        ("Token Metrics", "Successful Output Tokens", "Percentiles", '"[' + "20.0, " * 10 + '20]"'),
    ]
    return "".join(",".join(column[row] for column in columns) + "\r\n" for row in range(4))


GUIDELLM = report("0.4", benchmark("constant", 9.5, "0.4", ttft=35.5, ok=90, rate=5.0))
GUIDELLM_WANTS = {"ok": 90, "failed": 1, "rate": 5.0, "ttft_ms": 35.5, "itl_ms": 9.5}
WANTS = {"ok": 90, "duration_s": 20.0, "requests_per_s": 4.5, "ttft_ms": 35.5}
INFERENCE_PERF = {
    **WANTS,
    "failed": 10,
    "rate": 5.0,
    "itl_ms": 9.5,
    "latency_ms": 1500.0,
    "prompt_tokens": 10.0,
    "answer_tokens": 20.0,
    "input_tokens": 900.0,
    "since": None,
}
BENCHMARK_REPORT = {
    **WANTS,
    "failed": 10,
    "rate": 5.0,
    "itl_ms": 9.5,
    "latency_ms": 1500.0,
    "output_tokens_per_s": 90.0,
    "answer_tokens": 20.0,
}
VLLM_WANTS = {
    **WANTS,
    "failed": 10,
    "rate": 5.0,
    "strategy": "poisson",
    "latency_ms": 2000.0,
    "tokens_per_s": 135.0,
    "tpot_ms": None,
    "concurrency_max": 31.0,
    "since": None,
}
SGLANG_WANTS = {
    **WANTS,
    "failed": None,
    "rate": None,
    "latency_ms": 1500.0,
    "concurrency": 6.75,
    "itl_ms": 9.5,
    "tokens_per_s": 135.0,
}
CSV_WANTS = {**WANTS, "failed": 10, "incomplete": 2, "latency_ms": 1500.0, "since": None}

FORMS: dict[str, ReportForm] = {
    "GuideLLM, JSON": ReportForm(json.dumps(GUIDELLM), "guidellm-0.4", GUIDELLM_WANTS),
    "GuideLLM, YAML": ReportForm(yaml.safe_dump(GUIDELLM), "guidellm-0.4", GUIDELLM_WANTS),
    "GuideLLM, CSV to 0.3": ReportForm(CSV_0_3, "guidellm-csv-0.3", {**CSV_WANTS, "rate": 5.0}),
    "GuideLLM, CSV from 0.4": ReportForm(
        csv_0_4(), "guidellm-csv-0.4+", {**CSV_WANTS, "answer_tokens": 20.0, "rate": None}
    ),
    "vLLM, JSON": ReportForm(json.dumps(VLLM), "vllm-json", VLLM_WANTS),
    "vLLM, JSON without failures and rate": ReportForm(
        json.dumps(serving_result(backend="vllm", tokenizer_id="t", request_rate="inf")),
        "vllm-json",
        {**WANTS, "failed": None, "rate": None, "strategy": "throughput"},
    ),
    "vLLM, JSON lines": ReportForm(
        f"{json.dumps(VLLM)}\n{json.dumps(VLLM | {'completed': 7})}\n", "vllm-json", VLLM_WANTS
    ),
    "SGLang, JSON lines": ReportForm(
        f"{json.dumps(SGLANG)}\n\n{json.dumps(SGLANG)}\n",
        "sglang-json",
        {**SGLANG_WANTS, "strategy": "concurrent", "limit": 8.0},
    ),
    "SGLang, printed": ReportForm(
        SGLANG_BLOCK, "sglang-block", {**SGLANG_WANTS, "strategy": "throughput"}
    ),
    "inference-perf, JSON": ReportForm(json.dumps(lifecycle()), "inference-perf", INFERENCE_PERF),
    "inference-perf, YAML": ReportForm(
        yaml.safe_dump(lifecycle(start_time=1234.5, end_time=1254.5)),
        "inference-perf",
        INFERENCE_PERF,
    ),
    "benchmark report 0.1": ReportForm(
        yaml.safe_dump(report_0_1()), "benchmark-report-0.1", {**BENCHMARK_REPORT, "since": CLOCK}
    ),
    "benchmark report 0.2": ReportForm(
        json.dumps(report_0_2("0.2")),
        "benchmark-report-0.2",
        {**BENCHMARK_REPORT, "since": CLOCK, "stage": "stage 3 5/s"},
    ),
    "benchmark report 0.2.1": ReportForm(
        yaml.safe_dump(report_0_2("0.2.1")),
        "benchmark-report-0.2.1",
        {**BENCHMARK_REPORT, "until": CLOCK + 20.0, "limit": None},
    ),
}
