"""Reports of load tools: each dialect is recognised, and its numbers are read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.results.made import benchmark, metric, report
from tests.fixtures import shared
from wvatui.core.results import Benchmark, Spread, read
from wvatui.core.results.notation import reduced
from wvatui.core.results.shape import contradiction

BLOCK = """\
============ Serving Benchmark Result ============
Successful requests:                     90
Failed requests:                         10
Request rate configured (RPS):           5.00
Benchmark duration (s):                  20.50
Total input tokens:                      900
Total generated tokens:                  1800
Request throughput (req/s):              4.39
Output token throughput (tok/s):         87.80
Total token throughput (tok/s):          131.70
---------------Time to First Token----------------
Mean TTFT (ms):                          35.77
Median TTFT (ms):                        30.00
P90 TTFT (ms):                           60.50
P99 TTFT (ms):                           99.19
---------------Inter-token Latency----------------
Mean ITL (ms):                           nan
P99 ITL (ms):                            9.42
==================================================
"""


def test_33_the_recorded_block_gives_its_counts_and_latencies() -> None:
    text = shared("job-logs/sharegpt-high-30.log").read_text(encoding="utf-8")
    found = read(text)
    (b,) = found.benchmarks
    assert (found.tool, found.dialect, found.problems) == ("vllm-bench", "vllm-block", ())
    assert (b.ok, b.failed, b.requests_per_s, b.rate, b.limit) == (26867, 133, 29.12, 30.0, 512.0)
    assert (b.ttft_ms.mean, b.ttft_ms.p50, b.ttft_ms.p99) == (635.77, 78.13, 18409.19)
    assert (b.itl_ms.mean, b.itl_ms.p99, b.tpot_ms.mean) == (36.46, 109.42, 38.17)
    assert (b.duration_s, b.concurrency_max, b.tokens_per_s) == (922.56, 677.0, 19873.96)


def test_the_jobs_of_a_recorded_run_add_up_to_what_its_notebook_counted() -> None:
    folder = shared("wva-experiments-2025/model-based-high-parallel-20251209-224705/job-logs")
    found = [read(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.log"))]
    assert [len(r.benchmarks) for r in found] == [1, 1, 1]
    assert sum(r.benchmarks[0].ok or 0 for r in found) == 58_423
    assert sum(r.benchmarks[0].failed or 0 for r in found) == 77


def test_34_the_recorded_report_of_guidellm_0_3_is_read() -> None:
    found = read(shared("guidellm/report-v0.3.json").read_text(encoding="utf-8"))
    (b,) = found.benchmarks
    assert found.dialect == "guidellm-0.3"
    assert (b.strategy, b.rate, b.ok, b.failed, b.incomplete) == ("synchronous", None, 46, 0, 1)
    assert b.itl_ms.mean == 4.941609043733832
    assert b.itl_ms.p50 == pytest.approx(4.9241227427805505)  # the median, since there is no p50


def test_34_the_recorded_report_of_guidellm_0_8_is_read() -> None:
    found = read(shared("guidellm/report-v0.8.json").read_text(encoding="utf-8"))
    b = found.benchmarks[0]
    assert (found.dialect, found.version) == ("guidellm-0.7+", "0.8.0.dev18")
    assert (b.strategy, b.rate, b.stage, b.ok) == ("constant", 2.0, "constant 2/s", 2)
    assert round(b.ttft_ms.mean or 0, 2) == 11.48
    assert round(b.ttft_ms.p99 or 0, 2) == 11.69
    assert round(b.requests_per_s or 0, 4) == 0.3984
    assert round(b.duration_s or 0, 4) == 5.0196
    assert [x.stage for x in found.benchmarks] == ["constant 2/s", "constant 4/s"]


def test_the_recorded_summary_of_inference_perf_is_read_in_milliseconds() -> None:
    path = shared("vllm-metrics/summary_lifecycle_metrics.json")
    found = read(path.read_text(encoding="utf-8"))
    (b,) = found.benchmarks
    assert (found.dialect, b.ok, b.failed) == ("inference-perf", 7919, 1)
    assert round(b.ttft_ms.mean or 0, 1) == 14150.9
    assert round(b.itl_ms.mean or 0, 2) == 17.66
    assert round(b.requests_per_s or 0, 3) == 7.148


@pytest.mark.parametrize(
    ("dialect", "told"),
    [
        ("0.3", "guidellm-0.3"),
        ("0.4", "guidellm-0.4"),
        ("0.5", "guidellm-0.5-0.6"),
        ("0.7", "guidellm-0.7+"),
    ],
)
def test_each_dialect_of_guidellm_gives_the_same_numbers(dialect: str, told: str) -> None:
    text = json.dumps(report(dialect, benchmark("constant", 7.0, dialect, rate=2.5)))
    found = read(text)
    (b,) = found.benchmarks
    assert (found.dialect, found.problems) == (told, ())
    assert (b.ok, b.failed, b.incomplete) == (10, 1, 2)
    assert b.itl_ms == Spread(mean=7.0, p50=7.0, p90=14.0, p95=21.0, p99=28.0, max=35.0)
    assert (b.latency_ms.mean, b.prompt_tokens, b.answer_tokens) == (1500.0, 128.0, 128.0)
    assert (b.since, b.until, b.duration_s, b.stage) == (1000.0, 1060.0, 60.0, "constant 2.5/s")


def test_a_rate_that_its_own_count_and_length_do_not_give_is_told() -> None:
    for rate, words in (
        (10.2, ""),
        (12.0, ""),  # those that failed were counted, too
        (2262.448, "5/s: it says 2262 requests/s, but 500 answered in 50 s are 10"),
    ):
        measured = Benchmark(stage="5/s", ok=500, failed=100, duration_s=50.0, requests_per_s=rate)
        assert contradiction(measured) == words


def test_a_metric_that_counted_no_request_is_missing_and_not_zero() -> None:
    (b,) = read(json.dumps(report("0.7", benchmark("synchronous", 7.0, "0.7", ok=0)))).benchmarks
    assert b.ok == 0
    assert not b.itl_ms
    assert not b.ttft_ms


def test_34_null_categories_and_missing_metrics_are_missing() -> None:
    odd = benchmark("throughput", 7.0, "0.7", max_concurrency=64)
    odd["metrics"]["time_to_first_token_ms"]["successful"] = None
    odd["metrics"]["inter_token_latency_ms"] = None
    del odd["metrics"]["request_latency"]
    odd["requests"] = None
    found = read(json.dumps(report("0.7", odd)))
    (b,) = found.benchmarks
    assert (b.limit, b.ok) == (64.0, 10)
    assert not b.itl_ms
    assert not b.ttft_ms
    assert not b.latency_ms


def test_a_strategys_own_worker_limit_is_no_planned_limit() -> None:
    b = benchmark("constant", 7.0, "0.7", rate=2.0, max_concurrency=10240)
    assert read(json.dumps(report("0.7", b))).benchmarks[0].limit is None


def test_any_percentile_and_either_case_of_a_label_is_read_from_a_block() -> None:
    (b,) = read(BLOCK).benchmarks
    assert (b.ok, b.failed, b.tokens_per_s) == (90, 10, 131.70)
    assert b.ttft_ms == Spread(mean=35.77, p50=30.0, p90=60.5, p99=99.19)
    assert b.itl_ms == Spread(p99=9.42)
    assert (b.prompt_tokens, b.answer_tokens) == (10.0, 20.0)


def test_a_block_that_is_cut_off_says_so_and_gives_what_it_has() -> None:
    found = read(BLOCK[:200])
    assert found.problems == ("the result block is cut off",)
    assert found.benchmarks[0].ok == 90
    assert read(BLOCK[:60]).benchmarks == ()
    assert len(read(BLOCK[:60]).problems) == 2


def test_a_block_without_a_success_has_no_latencies() -> None:
    text = BLOCK.replace("requests:                     90", "requests:                     0")
    (b,) = read(text.replace("35.77", "0.00")).benchmarks
    assert (b.ok, b.prompt_tokens) == (0, None)
    assert not b.ttft_ms


def test_the_stages_of_inference_perf_are_benchmarks_in_their_order() -> None:
    def stage(rate: float) -> dict[str, Any]:
        return {
            "load_summary": {"count": 9, "requested_rate": rate, "achieved_rate": rate},
            "successes": {
                "count": 8,
                "latency": {"time_to_first_token": {"mean": 0.5, "median": 0.25}},
                "throughput": {"requests_per_sec": 4.5},
            },
            "failures": {"count": 1},
        }

    files = {f"stage_{n}_lifecycle_metrics.json": stage(n + 1) for n in (10, 2, 0)}
    found = read(json.dumps({"summary_lifecycle_metrics.json": stage(3), **files}))
    assert [b.stage for b in found.benchmarks] == ["stage 0 1/s", "stage 2 3/s", "stage 10 11/s"]
    assert found.benchmarks[0].ttft_ms == Spread(mean=500.0, p50=250.0)
    assert (found.benchmarks[0].ok, found.benchmarks[0].failed) == (8, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "{",
        "[]",
        "{}",
        "null",
        '{"benchmarks": []}',
        '{"benchmarks": [1]}',
        '{"benchmarks": {"a": 1}}',
        '{"load_summary": 1}',
        "[" * 100_000,
        "\ud800{",
    ],
)
def test_what_is_no_report_says_so_in_words(text: str) -> None:
    found = read(text)
    assert found.benchmarks == ()
    assert all(found.problems)
    assert found.problems


def test_numbers_that_are_none_are_missing() -> None:
    odd = benchmark("constant", 7.0, "0.4", rate=2.0)
    odd["metrics"]["inter_token_latency_ms"]["successful"]["mean"] = float("nan")
    odd["metrics"]["request_totals"]["successful"] = -1
    odd["start_time"] = "yesterday"
    found = read(json.dumps(report("0.4", odd)))
    (b,) = found.benchmarks
    assert (b.itl_ms.mean, b.ok, b.since) == (None, None, None)
    assert found.problems == ("benchmark 1: it does not say how many requests succeeded",)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "benchmarks",
                    "metrics",
                    "config",
                    "args",
                    "strategy",
                    "successful",
                    "count",
                    "load_summary",
                    "successes",
                    "latency",
                    "percentiles",
                    "inter_token_latency_ms",
                    "request_totals",
                    "metadata",
                    "version",
                    "stage_1_lifecycle_metrics.json",
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=20,
)


@given(JSON)
def test_reading_never_raises_whatever_the_json_is(data: Any) -> None:
    read(json.dumps(data))
    read(json.dumps({"benchmarks": [{"metrics": {"inter_token_latency_ms": data}}]}))
    read(json.dumps({"load_summary": data, "successes": {"latency": data, "count": data}}))


def test_a_reduced_report_says_the_same_without_lists_and_credentials() -> None:
    whole = report("0.7", benchmark("constant", 7.0, "0.7", rate=2.0))
    whole["benchmarks"][0]["requests"]["successful"] = [{"prompt": "x" * 1000}] * 50
    whole["benchmarks"][0]["metrics"]["request_latency"]["successful"]["pdf"] = [[1, 2]] * 50
    text, less = reduced(json.dumps(whole))
    assert less
    assert len(text) < 5_000
    assert "sk-very-secret" not in text
    assert '"api_key":"***"' in text
    assert read(text) == read(json.dumps(whole))


def test_a_report_without_lists_is_not_called_reduced() -> None:
    whole = report("0.7", benchmark("constant", 7.0, "0.7", rate=2.0))
    assert reduced(json.dumps(whole))[1] is False
    assert reduced(BLOCK) == (BLOCK, False)
    assert metric(1.0)["incomplete"] is None
