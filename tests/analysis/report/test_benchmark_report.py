"""llm-d benchmark reports are written valid and correct, and are read with the same values."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.analysis.compare.test_compare import hpa_run
from tests.analysis.report import small
from tests.analysis.runs.made import BEGIN, bundle, written
from tests.analysis.runs.test_open_run import recording
from tests.cli.cli import run
from tests.fixtures import shared
from wvatui.analysis.compare.measured import MeasuredRun
from wvatui.analysis.report.benchmark.report import benchmark_report, report_text
from wvatui.analysis.runs.run import open_run
from wvatui.core import events as ev
from wvatui.core import results


def measured(path: Path) -> MeasuredRun:
    run = open_run(path)
    return MeasuredRun(run, run.since, run.until)


def performance(report: dict[str, Any]) -> dict[str, Any]:
    part: dict[str, Any] = report["results"]["request_performance"]["aggregate"]
    return part


def test_what_the_servers_counted_is_read_again_as_it_was(tmp_path: Path) -> None:
    text = report_text(measured(hpa_run(tmp_path, "a", label="hpa")))
    read = results.read(text)
    assert (read.dialect, read.problems) == ("benchmark-report-0.2.1", ())
    [benchmark] = read.benchmarks
    assert (benchmark.since, benchmark.until) == (BEGIN + 60.0, BEGIN + 300.0)
    assert (benchmark.ok, benchmark.failed) == (9 * 240, 240)
    assert benchmark.requests_per_s == pytest.approx(9 * 240 / 120)
    assert benchmark.output_tokens_per_s == pytest.approx(100 * 240 / 120)
    # 80 % of observations in (0.1, 1], the rest in (1, 10]: linear within a bucket.
    assert benchmark.ttft_ms.p50 == pytest.approx(100 + 900 * 0.5 / 0.8)
    assert benchmark.ttft_ms.p99 == pytest.approx(1000 + 9000 * 0.19 / 0.2)
    report = json.loads(text)
    assert report["run"]["keywords"] == ["hpa"]
    assert "requests counted by the servers, latencies measured by the servers" in text


def test_what_the_client_measured_goes_before_what_the_servers_did(tmp_path: Path) -> None:
    report = benchmark_report(measured(written(tmp_path, bundle())))
    made = performance(report)
    assert made["requests"] == {"total": 4, "failures": 1}
    assert made["latency"]["time_to_first_token"] == {
        "units": "ms",
        "mean": 200.0,
        **{name: pytest.approx(value) for name, value in (("p50", 200), ("max", 300))},
        **{name: made["latency"]["time_to_first_token"][name] for name in ("p90", "p95", "p99")},
    }
    assert made["latency"]["inter_token_latency"]["units"] == "ms/token"
    assert "by the load generator" in report["run"]["description"]


def test_pods_of_a_bundle_are_those_of_the_workload_whose_name_they_bear(tmp_path: Path) -> None:
    report = benchmark_report(measured(written(tmp_path, bundle())))
    seen = report["results"]["observability"]
    [component] = seen["components"]
    labels = [part["metadata"]["label"] for part in report["scenario"]["stack"]]
    assert labels == [component["component_label"]]
    kv = component["aggregate"]["kv_cache_usage"]
    assert (kv["units"], kv["mean"], kv["max"]) == ("percent", pytest.approx(50.0), 90.0)
    waiting = component["time_series"]["num_requests_waiting"]["series"]
    assert [point["value"] for point in waiting] == [0.0, 7.0, 0.0]
    ready = seen["replica_status"]["aggregate_ready_replicas"]
    assert (ready["units"], ready["max"]) == ("count", 3.0)


def test_what_a_log_alone_does_not_tell_is_left_out(tmp_path: Path) -> None:
    report = benchmark_report(measured(small.capacity_log(tmp_path)))
    assert "request_performance" not in report["results"]
    assert "load" not in report["scenario"]
    [controller] = report["scenario"]["stack"]
    assert controller["standardized"]["tool"] == "workload-variant-autoscaler"
    scaling = report["results"]["observability"]["scaling"]
    assert scaling == {"ups": 1.0, "downs": 1.0, "replica_seconds": 240.0}
    assert report["run"]["description"].endswith("no requests were counted")


def test_the_same_recording_is_the_same_report(tmp_path: Path) -> None:
    path = hpa_run(tmp_path, "a")
    assert report_text(measured(path)) == report_text(measured(path))


def test_polled_pods_that_nothing_scales_are_a_component_of_their_own(tmp_path: Path) -> None:
    looks = [ev.Scrape(small.BEGIN + n, pod="p", kv=0.5, waiting=n + 1) for n in range(3)]
    report = benchmark_report(measured(recording(tmp_path, *looks, ev.Tick(small.BEGIN + 3))))
    [component] = report["results"]["observability"]["components"]
    [part] = report["scenario"]["stack"]
    assert component["component_label"] == part["metadata"]["label"] == "of no variant"
    assert component["aggregate"]["waiting_requests"]["stddev"] == 1.0
    assert report["run"]["description"].endswith("no requests were counted")


def test_starts_of_pods_are_those_of_the_stretch_that_is_counted(tmp_path: Path) -> None:
    pods = [
        ev.Pod(
            BEGIN + at + 30.0,
            name=f"p-{at}",
            namespace="ns",
            role="model",
            ready=True,
            created_at=BEGIN + at,
            ready_at=BEGIN + at + 30.0,
        )
        for at in (0, 100)
    ]
    run = open_run(recording(tmp_path, *pods))
    report = benchmark_report(MeasuredRun(run, BEGIN + 60.0, BEGIN + 300.0))
    starts = report["results"]["observability"]["pod_startup_times"]
    assert [pod["name"] for pod in starts["pods"]] == ["p-100"]
    assert starts["aggregate"]["mean"] == 30.0


def test_the_verb_prints_it_or_writes_it_into_a_file(tmp_path: Path) -> None:
    path, file = hpa_run(tmp_path, "a"), tmp_path / "report.json"
    printed = run("report", str(path), "--format", "benchmark-report")
    assert (printed.code, printed.out) == (0, told(path))
    assert run("report", str(path), "--format", "benchmark-report", "-o", str(file)).code == 0
    assert file.read_text(encoding="utf-8") == told(path)


def test_a_part_of_the_run_can_be_reported_and_several_runs_not(tmp_path: Path) -> None:
    path = str(hpa_run(tmp_path, "a"))
    part = run("report", path, "--format", "benchmark-report", "--to", "load")
    assert json.loads(part.out)["run"]["time"]["duration"] == "PT120.000S"
    two = run("report", path, path, "--format", "benchmark-report")
    assert (two.code, two.out) == (2, "")
    assert "a benchmark report is of one run, not of 2" in two.err


def validator() -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(shared("benchmark-report/br_v0_2_1_json_schema.json").read_text())
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def test_small_runs_of_every_kind_are_valid(tmp_path: Path) -> None:
    checked = validator()
    looks = [ev.Scrape(small.BEGIN + n, pod="p", kv=0.5, waiting=n) for n in range(3)]
    for path in (
        hpa_run(tmp_path, "a", label="hpa"),
        written(tmp_path, bundle()),
        small.capacity_log(tmp_path),
        small.model_log(tmp_path),
        recording(tmp_path, *looks, ev.Tick(small.BEGIN + 3), name="polled.jsonl"),
        recording(tmp_path, ev.Tick(small.BEGIN), name="nothing.jsonl"),
    ):
        assert [error.message for error in checked.iter_errors(json.loads(told(path)))] == []


def told(path: Path) -> str:
    return report_text(measured(path))


@pytest.mark.parametrize(
    "name",
    [
        "wva-2026/run-20260810-080708-371",
        "wva-2026/ladder-controller.log",
        "real-cluster-2026/keda-queue.jsonl.gz",
    ],
)
def test_real_runs_are_valid_and_read_again(name: str) -> None:
    text = told(shared(name))
    assert [error.message for error in validator().iter_errors(json.loads(text))] == []
    assert results.read(text).dialect == "benchmark-report-0.2.1"
