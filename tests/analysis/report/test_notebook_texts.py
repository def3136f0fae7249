"""ANALYSIS_SUMMARY.md and the model's report have the notebooks' headings and correct numbers."""

from pathlib import Path

import pytest

from tests.analysis.report import small
from tests.analysis.runs.test_open_run import recording
from tests.fixtures import shared
from wvatui.analysis.report.notebooks.texts import model_report, summary_text
from wvatui.core import events as ev

RUNS = "wva-experiments-2025"


def summary_of(folder: Path) -> str:
    return summary_text(small.told(folder), [("capacity_analysis.csv", "Analyses")], [])


def headings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("#")]


def test_the_summary_counts_cycles_and_tells_the_unit_of_the_arrival_rate(tmp_path: Path) -> None:
    text = summary_of(small.capacity_log(tmp_path))
    for line in (
        "- Scaling decisions: 4 cycles (1 up, 1 down)",
        "- Replica range 1 – 2",
        "- 240 replica-seconds over 180 s, by decisions",
        "- **KV Cache Measurements:** 12",
        "- **Capacity Analyses:** 4",
        "- Saturation Events (>90.0%): 2/8 (25.0%)",
        "- Queue Buildup Events: 2",
        "- Scale-Up Recommendations: 1/4",
        "- scale-up: 1 (25.0%)",
        "- TTFT: 150.00 ms (avg), 300.00 ms (max)",
        "- Arrival Rate: 900.00 req/min (avg), 1800.00 req/min (max) = 30.00 req/s",
        "- `capacity_analysis.csv` - Analyses",
    ):
        assert line in text.splitlines()


def test_one_full_pod_beside_an_empty_one_is_a_saturation_event(tmp_path: Path) -> None:
    lines = list(small.capacity_cycle(0.0, ((0.95, 9), (0.05, 0)), 3))
    text = summary_of(small.run_folder(tmp_path, "r", lines))
    assert "- Average: 50.0%\n- Peak: 95.0%\n- Min: 5.0%" in text
    assert "- Saturation Events (>90.0%): 1/1 (100.0%)" in text
    assert "- Queue Buildup Events: 1" in text


def test_the_models_summary_tells_targets_and_errors(tmp_path: Path) -> None:
    text = summary_of(small.model_log(tmp_path))
    for line in (
        "- **Aligned Pairs:** 3",
        "- **ITL SLO:** 10 ms",
        "- **SLO Violations:** 1/3 (33.3%)",
        "- Mean Error: 1.67 ms",
        "- Std Dev: 2.89 ms",
    ):
        assert line in text.splitlines()


def test_what_was_not_measured_is_said_and_no_zero(tmp_path: Path) -> None:
    file = recording(tmp_path, ev.Tick(small.BEGIN), ev.Tick(small.BEGIN + 60))
    text = summary_of(file)
    assert text.count("No data collected") == 7
    assert "Replica" not in text.replace("## Scaling", "")
    assert headings(text)[0] == "# Experiment Analysis"


def test_names_from_outside_do_nothing_in_markdown(tmp_path: Path) -> None:
    folder = small.run_folder(
        tmp_path, "a_[b](c)<i>`", list(small.capacity_cycle(0, ((0.1, 0),), 1))
    )
    assert "**Experiment:** a\\_\\[b\\](c)\\<i\\>\\`" in summary_of(folder)


def test_the_models_own_report_has_peaks_of_pods_and_no_zero_for_a_latency(tmp_path: Path) -> None:
    text = model_report(small.told(small.model_log(tmp_path)))
    assert "Avg ITL: 9.83 ms\n" in text  # of three: nothing was served in the first cycle
    assert "### Queue Length\nMean: 7.60\nMax: 12.00\nMin: 0.00\n" in text


def test_20_the_summary_of_a_recorded_run() -> None:
    text = summary_of(shared(f"{RUNS}/capacity-based-high-parallel-20251128-145238"))
    for line in (
        "- Scaling decisions: 42 cycles (2 up, 2 down)",
        "- Replica range 1 – 3",
        "- KV cache: average 21.1%, peak 99.6%, saturated (>90%) in 6/84 (7.1%), "
        "by the controller's log",
        "- 1803 replica-seconds over 1232 s, by decisions",
        "- **Queue Measurements:** 118",
        "- TTFT: 773.36 ms (avg), 16512.52 ms (max)",
    ):
        assert line in text.splitlines()
    assert "3161.15 req/min (max) = 52.69 req/s" in text


@pytest.mark.parametrize(
    "run",
    [
        "capacity-based-high-parallel-20251128-145238",
        "model-based-high-parallel-20251209-224705",
        "model-based-high-parallel-20251210-115341",
    ],
)
def test_the_headings_are_those_of_the_recorded_summary(run: str) -> None:
    folder = shared(f"{RUNS}/{run}")
    old = (folder / "ANALYSIS_SUMMARY.md").read_text(encoding="utf-8")
    assert headings(summary_of(folder)) == [each for each in headings(old) if each != "### Plots"]


def test_14_the_models_numbers_are_those_of_the_recorded_summary() -> None:
    folder = shared(f"{RUNS}/model-based-high-parallel-20251209-224705")
    old = (folder / "ANALYSIS_SUMMARY.md").read_text(encoding="utf-8")
    new = set(summary_of(folder).splitlines())
    # The file that the old summary calls prediction_vs_observation is predicted_vs_observed.
    told = [line for line in old.splitlines() if not line.startswith(("- `", "**Generated", "###"))]
    assert [line for line in told if line not in new] == []
