"""Comparison of runs under one load: the columns and pictures of llm-d-lab's notebook."""

import csv
import io
from pathlib import Path

import pytest

from tests.analysis.compare.test_compare import hpa_run
from tests.analysis.report import small
from tests.fixtures import shared
from wvatui.analysis.report.lab.charts import PLOTS
from wvatui.analysis.report.lab.files import LAB
from wvatui.analysis.report.lab.tables import named
from wvatui.analysis.report.reported import ReportedRun
from wvatui.analysis.runs.run import open_run
from wvatui.core.rows.views import SeriesView


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> list[ReportedRun]:
    """Three runs under one load: with one replica, autoscaled, and with four replicas."""
    folder = tmp_path_factory.mktemp("three")
    runs = (("one", (1, 1)), ("auto", (1, 2)), ("four", (4, 4)))
    return [
        ReportedRun(open_run(hpa_run(folder, name, size, label=f"static-{name}")))
        for name, size in runs
    ]


def files_of(runs: list[ReportedRun]) -> dict[str, str | bytes]:
    """The files that are not drawn."""
    made = {file.name: file.make(runs) for file in LAB if not file.drawn}
    return {name: content for name, content in made.items() if content is not None}


def table(files: dict[str, str | bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(str(files[f"lab/{name}.csv"]))))


def test_three_runs_are_told_by_what_they_cost(three: list[ReportedRun]) -> None:
    files = files_of(three)
    rows = table(files, "cost_efficiency")
    assert ",".join(rows[0]) == (
        "Run,total_requests,gpu_hours,requests_per_gpu_hour,replica_minutes_per_1k_requests,"
        "avg_replicas,peak_replicas,avg_peak_ratio,idle_gpu_pct,tokens_per_sec_avg"
    )
    assert [row["Run"] for row in rows] == ["static-one", "static-auto", "static-four"]
    # From the start of load, t+60, to the end, t+300; the size changes at t+120.
    seconds = [240, 60 + 2 * 180, 4 * 240]
    assert [float(row["gpu_hours"]) for row in rows] == pytest.approx([s / 3600 for s in seconds])
    assert {row["total_requests"] for row in rows} == {str(9 * 240)}
    assert float(rows[1]["requests_per_gpu_hour"]) == pytest.approx(9 * 240 / (420 / 3600))
    assert float(rows[1]["replica_minutes_per_1k_requests"]) == pytest.approx(7 / 2.16)
    assert [float(row["avg_peak_ratio"]) for row in rows] == pytest.approx([1.0, 0.875, 1.0])
    assert [row["idle_gpu_pct"] for row in rows] == ["0.0"] * 3
    assert float(rows[0]["tokens_per_sec_avg"]) == pytest.approx(100 * 240 / 120)


def test_latencies_are_true_quantiles_of_all_requests_in_seconds(three: list[ReportedRun]) -> None:
    rows = table(files_of(three), "latency_quantiles")
    assert ",".join(rows[0]) == "Run,Metric,P10,P25,P50,P75,P90,P95,P99"
    assert {row["Metric"] for row in rows} == {"TTFT (s)"}
    assert float(rows[0]["P50"]) == pytest.approx(0.1 + 0.9 * 0.5 / 0.8)
    assert float(rows[0]["P99"]) == pytest.approx(1 + 9 * 0.19 / 0.2)


def test_failures_gauges_and_gaps_are_told_by_run(three: list[ReportedRun]) -> None:
    files = files_of(three)
    assert [float(row["overall_error_pct"]) for row in table(files, "error_rate")] == [10.0] * 3
    gauges = table(files, "gauges")
    assert [row["Metric"] for row in gauges[:2]] == ["KV cache (ratio)", "Waiting requests"]
    assert float(gauges[1]["P99"]) == 7.0
    [first, *_] = table(files, "gap_windows")
    assert (first["scale_up_events"], first["mean_gap_seconds"], first["total_gap_seconds"]) == (
        "0",
        "",
        "0.0",
    )


def points(series: SeriesView) -> list[tuple[float, float | None]]:
    return list(series.points)


def test_pictures_have_a_line_a_run_from_the_start_of_load(three: list[ReportedRun]) -> None:
    runs = named(three)
    charts = {view.title: view for plot in PLOTS for view in plot.views(runs)}
    load, replicas = charts["Offered load"], charts["Replicas"]
    assert [line.name for line in replicas.series] == ["static-one", "static-auto", "static-four"]
    assert points(load.series[0]) == [(0.0, 2.0), (60.0, 4.0), (120.0, 0.0), (240.0, 0.0)]
    assert points(replicas.series[1])[0] == (0.0, 1)
    assert points(replicas.series[1])[-1] == (240.0, 2)
    assert (replicas.since, replicas.until) == (0.0, 240.0)
    kv = charts["KV cache, mean over pods"].series[0]
    assert [value for _, value in kv.points][:7] == [0.2] * 6 + [0.9]
    ttft = charts["TTFT"].series
    assert [line.name for line in ttft][:2] == [
        "static-one P50 of each minute",
        "static-one P90 of each minute",
    ]
    assert [at for at, _ in ttft[0].points] == [30.0, 90.0, 150.0, 210.0]
    assert [value for _, value in ttft[0].points] == pytest.approx([662.5] * 4)
    assert ttft[1].points[0][1] == pytest.approx(1000 + 9000 * 0.1 / 0.2)


def test_a_log_alone_gives_the_means_that_its_controller_observed(tmp_path: Path) -> None:
    runs = named([ReportedRun(open_run(small.capacity_log(tmp_path)))])
    charts = {view.title: view for plot in PLOTS for view in plot.views(runs)}
    [ttft] = charts["TTFT"].series
    assert ttft.name == "capacity-based-small mean, by the controller's log"
    assert [value for _, value in ttft.points] == [None, 300.0, 100.0, 50.0]
    [size] = charts["Replicas"].series
    assert {value for _, value in size.points} >= {1, 2}


def test_the_report_names_every_picture_and_table_and_what_is_not_known(
    tmp_path: Path, three: list[ReportedRun]
) -> None:
    runs = [*three, ReportedRun(open_run(small.capacity_log(tmp_path)))]
    files = files_of(runs)
    text = str(files["lab/LAB_REPORT.md"])
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Replicas against load",
        "## KV cache and queue",
        "## Latency",
        "## Cost, one GPU a replica",
        "## Stretches that lacked replicas",
        "## Requests that failed",
    ]
    assert "![Latency](latency.png)" in text
    log = [row for row in text.splitlines() if row.startswith("| capacity-based-small |")]
    assert "| capacity-based-small | – | 0.0667 | – | – | 1.3333 | 2 | 0.6667 | – | – |" in log
    assert "| capacity-based-small | NO DATA |" in log
    [latency] = [file for file in LAB if file.name == "lab/latency.png"]
    assert isinstance(latency.make(runs), bytes)


def test_runs_of_one_label_are_told_apart(tmp_path: Path) -> None:
    paths = [hpa_run(tmp_path, name, label="wva") for name in ("a", "b")]
    assert [name for name, _ in named([ReportedRun(open_run(p)) for p in paths])] == ["a", "b"]
    twice = [ReportedRun(open_run(paths[0]))] * 2
    assert [name for name, _ in named(twice)] == ["a", "a (2)"]


def test_names_from_outside_do_nothing_in_its_tables(tmp_path: Path) -> None:
    runs = [ReportedRun(open_run(hpa_run(tmp_path, "a", label="<b>|x|")))]
    text = str(files_of(runs)["lab/LAB_REPORT.md"])
    assert "\\<b\\>\\|x\\|" in text


def test_a_recorded_benchmark_lacked_replicas_for_as_long_as_it_is_known() -> None:
    recorded = open_run(shared("wva-2026/run-20260810-080708-371"))
    files = files_of([ReportedRun(recorded)])
    [gap], [cost] = table(files, "gap_windows"), table(files, "cost_efficiency")
    assert (gap["scale_up_events"], float(gap["total_gap_seconds"])) == ("1", 346.0)
    assert float(cost["gpu_hours"]) * 3600 == pytest.approx(2910)
    assert float(cost["avg_replicas"]) == pytest.approx(2.26, abs=0.005)
    assert cost["peak_replicas"] == "8"
