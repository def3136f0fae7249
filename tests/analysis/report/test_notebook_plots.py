"""The plots of the notebooks: each has its file name, and the numbers that the name promises."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.analysis.report import small
from tests.analysis.runs.test_open_run import recording
from tests.fixtures import shared
from tests.sweeps import sampled
from wvatui.analysis.report.notebooks.files import NOTEBOOKS
from wvatui.analysis.report.notebooks.plots import PLOTS, binned, plots_of
from wvatui.analysis.report.notebooks.told import Told
from wvatui.analysis.report.pictures import charting
from wvatui.analysis.report.reported import ReportedRun
from wvatui.analysis.report.writing import ARTIFACTS
from wvatui.analysis.runs.run import open_run
from wvatui.core import events as ev
from wvatui.core.rows.views import ChartView, LimitLine, SeriesView

RUNS = "wva-experiments-2025"
Values = list[float | None]
Made = Callable[[Path], Path]
CAPACITY = {
    "kv_cache_utilization",
    "queue_length",
    "latencies",
    "arrival_rate",
    "replica_scaling",
    "scaling_queue_context",
    "scaling_kv_context",
    "combined_summary",
    "per_pod_kv_cache",
}
MODEL = {
    "predicted_vs_observed",
    "prediction_error_distribution",
    "scaling_behavior",
    "scaling_itl_context",
    "scaling_with_observed_itl",
    "scaling_ttft_context",
    "tuner_parameters",
    "kv_cache_utilization",
    "queue_length",
    "arrival_rate",
}


def views_of(told: Told, name: str) -> list[ChartView]:
    return next(row for row in plots_of(told) if row.name == name).views(told)


def values(series: SeriesView) -> Values:
    return [value for _, value in series.points]


def lines_of(told: Told, name: str) -> dict[str, dict[str, Values]]:
    """Chart → line → values, as passed to the drawing function."""
    return {
        view.title: {series.name: values(series) for series in view.series}
        for view in views_of(told, name)
    }


def test_both_notebooks_have_their_plots_under_their_names() -> None:
    assert {row.name for row in PLOTS if not row.model} == CAPACITY
    assert {row.name for row in PLOTS if row.model} == MODEL
    names = {artifact.name for artifact in ARTIFACTS}
    assert {f"plots/{name}.png" for name in CAPACITY | MODEL} <= names


def test_the_capacity_plots_show_what_they_are_named_for(tmp_path: Path) -> None:
    told = small.told(small.capacity_log(tmp_path))
    kv = views_of(told, "kv_cache_utilization")[0].series[0]
    assert values(kv)[::2] == [0.1, 0.95, 0.4, 0.025]
    assert (kv.style, kv.low[4], kv.high[4]) == ("band", 0.3, 0.5)
    queue = lines_of(told, "queue_length")["Waiting requests"]
    assert queue["all pods together"][::2] == [0, 12, 2, 0]
    latencies = lines_of(told, "latencies")
    # The first cycle served no request, so the log's 0 is no latency.
    assert latencies["TTFT"]["observed"] == [None, 300.0, 100.0, 50.0]
    assert latencies["ITL"]["observed"] == [None, 30.0, 10.0, 5.0]
    [arrival] = views_of(told, "arrival_rate")
    assert (arrival.unit, values(arrival.series[0])) == ("requests/s", [0.0, 30.0, 10.0, 5.0])
    replicas = lines_of(told, "replica_scaling")["Replicas"]
    assert set(replicas) == {"decision", "current"}
    pods = lines_of(told, "per_pod_kv_cache")["KV cache by pod"]
    assert pods["p-1"] == [0.5, 0.5, 0.0, 0.0]
    assert list(lines_of(told, "scaling_kv_context")) == ["Replicas", "KV cache"]
    assert list(lines_of(told, "scaling_queue_context")) == ["Replicas", "Waiting requests"]
    assert len(views_of(told, "combined_summary")) == 7


def test_scalings_are_marked_in_every_plot_of_time(tmp_path: Path) -> None:
    told = small.told(small.capacity_log(tmp_path))
    for row in plots_of(told):
        for view in row.views(told):
            assert [kind for _, kind, _ in view.marks] == ["scale-up", "scale-down"], row.name


def test_the_models_plots_show_what_they_are_named_for(tmp_path: Path) -> None:
    told = small.told(small.model_log(tmp_path))
    itl = lines_of(told, "predicted_vs_observed")["ITL"]
    assert itl == {"observed": [None, 12.5, 9.0, 8.0], "predicted": [7.5, 9.0, 8.0]}
    [view, _] = views_of(told, "predicted_vs_observed")
    assert view.thresholds == (LimitLine("SLO 10 ms", 10.0),)
    errors, _ = views_of(told, "prediction_error_distribution")
    [counts] = errors.series
    assert sum(value or 0 for value in values(counts)) == 3
    assert (counts.points[1], counts.points[-2][1]) == ((0.0, 2.0), 1.0)
    expected = lines_of(told, "scaling_itl_context")["ITL"]
    assert expected["expected of the decision"] == [7.5, 9.0, 8.0, 7.5]
    assert set(lines_of(told, "scaling_with_observed_itl")["ITL"]) == {"observed"}
    assert set(lines_of(told, "scaling_ttft_context")["TTFT"]) == {"observed"}
    tuner = lines_of(told, "tuner_parameters")
    assert tuner["alpha"]["alpha"] == [7.0, 7.5, 7.25, 7.25]
    assert [view.unit for view in views_of(told, "tuner_parameters")][:2] == ["ms", "ms a request"]


def test_a_histogram_holds_every_value_once() -> None:
    steps = binned([0.0, 1.0, 1.0, 24.9, 25.0])
    assert len(steps) == 25 + 2
    assert [steps[0], steps[1], steps[2], steps[-2], steps[-1]] == [
        (0.0, 0.0),
        (0.0, 1.0),
        (1.0, 2.0),
        (24.0, 2.0),
        (25.0, 0.0),
    ]
    assert sum(count for _, count in binned([3.0, 3.0])) == 2


def test_a_silence_of_the_controller_is_a_hole_and_no_line(tmp_path: Path) -> None:
    lines = [
        text
        for at in (0.0, 60.0, 120.0, 600.0, 660.0)
        for text in small.capacity_cycle(at, ((0.5, 1),), 1, 10.0)
    ]
    told = small.told(small.run_folder(tmp_path, "r", lines))
    [kv] = views_of(told, "kv_cache_utilization")[0].series
    assert values(kv) == [0.5, 0.5, 0.5, None, 0.5, 0.5]
    assert kv.low == kv.high == tuple(values(kv))


def test_of_many_pods_the_fullest_have_a_line_and_the_title_says_so(tmp_path: Path) -> None:
    pods = [(n / 20, 0) for n in range(12)]
    told = small.told(small.run_folder(tmp_path, "r", list(small.capacity_cycle(0.0, pods, 12))))
    [view] = views_of(told, "per_pod_kv_cache")
    assert view.title == "KV cache by pod, the 10 fullest of 12 pods"
    assert [series.name for series in view.series] == [f"p-{n}" for n in range(2, 12)]


def test_a_run_without_a_controllers_log_has_no_plot_of_the_notebooks(tmp_path: Path) -> None:
    looks = [ev.Scrape(small.BEGIN + n, pod="p", kv=0.5, waiting=1) for n in range(3)]
    file = recording(tmp_path, *looks, ev.Tick(small.BEGIN + 3))
    reported = ReportedRun(small.told(file).run)
    made = {a.name for a in NOTEBOOKS if a.make(reported) is not None}
    assert not [name for name in made if name.startswith("plots/")]
    assert {"kv_cache_aggregated.csv", "queue_aggregated.csv", "ANALYSIS_SUMMARY.md"} <= made


@pytest.mark.parametrize("made", [small.capacity_log, small.model_log])
def test_the_summary_lists_every_plot_and_table(made: Made, tmp_path: Path) -> None:
    reported = ReportedRun(small.told(made(tmp_path)).run)
    names = [a.name for a in NOTEBOOKS if not a.drawn and a.make(reported) is not None]
    [summary] = [a for a in NOTEBOOKS if a.name == "ANALYSIS_SUMMARY.md"]
    text = str(summary.make(reported))
    for row in plots_of(reported.told):
        assert f"- `plots/{row.name}.png` - {row.what}" in text.splitlines()
    for name in names:
        if name.endswith((".csv", ".txt")):
            assert f"`{name}`" in text


# One of them: the views of each are tested above, and one function draws all of a report's charts.
@pytest.mark.parametrize(
    ("made", "only"),
    sampled(
        [
            (small.capacity_log, "replica_scaling"),
            (small.capacity_log, ""),
            (small.model_log, ""),
        ],
        [(small.capacity_log, "replica_scaling")],
    ),
)
def test_every_plot_is_drawn(made: Made, only: str, tmp_path: Path) -> None:
    reported = ReportedRun(small.told(made(tmp_path)).run)
    names = [row.name for row in plots_of(reported.told) if only in row.name]
    assert names
    files = {a.name: a for a in NOTEBOOKS}
    for name in names:
        png, svg = (files[f"plots/{name}.{form}"].make(reported) for form in ("png", "svg"))
        assert isinstance(png, bytes)
        assert png.startswith(b"\x89PNG")
        if name != "prediction_error_distribution":
            assert "minutes since 2026-09-01 08:00:00 UTC, by the controller" in str(svg)


def test_the_tuner_of_a_recorded_run_was_rejected_six_times_in_groups() -> None:
    told = small.told(shared(f"{RUNS}/model-based-high-parallel-20251209-224705"))
    views = views_of(told, "tuner_parameters")
    spans = {
        view.title: (min(known), max(known))
        for view in views
        for known in [[v for v in values(view.series[0]) if v is not None]]
    }
    assert spans["alpha"] == pytest.approx((7.001, 7.839), abs=0.001)
    assert spans["beta"] == pytest.approx((0.053920, 0.060659), abs=1e-6)
    assert spans["gamma"] == pytest.approx((16.439, 16.919), abs=0.001)
    assert spans["delta"] == pytest.approx((0.000256, 0.000256), abs=1e-6)
    assert views[0].series[1].name.startswith("rejected by NIS: 6 steps in ")
    assert charting.has_lines(views[0])


def test_analyses_of_several_models_are_lines_of_their_own(tmp_path: Path) -> None:
    lines = [
        line.replace("modelID=m", f"modelID={model}")
        for n, model in enumerate("mnmn")
        for line in small.capacity_cycle(30.0 * n, ((0.1, 0),) * (1 + n % 2), 1 + n % 2)
    ]
    told = small.told(small.run_folder(tmp_path, "r", lines))
    analysed = lines_of(told, "combined_summary")["Replicas as analysed"]
    assert {name: analysed[name] for name in analysed if name.endswith("all replicas")} == {
        "m all replicas": [1, 1],
        "n all replicas": [2, 2],
    }


def test_samples_of_a_log_are_not_mixed_with_those_of_polls(tmp_path: Path) -> None:
    lines = [
        line
        for line in small.capacity_cycle(0.0, ((0.1, 0), (0.2, 3)), 2)
        if "KV cache metric" not in line
    ]
    run = open_run(small.run_folder(tmp_path, "r", lines))
    looks = {pod: (ev.Scrape(small.BEGIN + n, pod=pod, kv=0.5),) for n, pod in enumerate("ab")}
    told = Told(replace(run, looks=looks))
    assert (told.sampled_by, told.kv_rounds, len(told.queue_rounds)) == (
        "the controller's log",
        (),
        1,
    )
