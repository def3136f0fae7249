"""The check that the controller's mode is the one that the experiment requires."""

from pathlib import Path

import pytest

from tests.fixtures import shared
from wvatui.core import events as ev
from wvatui.load.experiment.checks import mode_of, mode_warning
from wvatui.load.experiment.plan import ExperimentSettings
from wvatui.load.experiment.scaling import wva_driver

JSON = '{{"level":"INFO","ts":"2025-11-28T20:00:00.000Z","msg":"{}"}}'
CAPACITY = JSON.format("Operating in CAPACITY-ONLY mode")


def wanting(mode: str) -> ExperimentSettings:
    return ExperimentSettings(
        Path(),
        b"",
        "x",
        (),
        False,
        mode=mode,
        controller_namespace="wva",
        controller_prefix="manager",
    )


@pytest.mark.parametrize(
    ("word", "mode"),
    [
        ("CAPACITY-ONLY", "capacity-based"),
        ("saturation-only", "capacity-based"),
        ("MODEL-ONLY", "model-based"),
        ("model-only", "model-based"),
        ("HYBRID", "hybrid"),
        ("something", ""),
    ],
)
def test_the_controllers_words_are_understood(word: str, mode: str) -> None:
    assert mode_of(word) == mode


def test_43_another_mode_is_a_warning_that_says_how_to_change_it() -> None:
    words = mode_warning(wanting("model-based"), [CAPACITY], 1.0)
    assert words == (
        "the experiment wants mode model-based, and the controller says CAPACITY-ONLY; to change "
        "it: kubectl -n wva set env deployment/manager "
        "EXPERIMENTAL_HYBRID_OPTIMIZATION=model-only"
    )


def test_43_the_mode_that_is_wanted_is_nothing_to_tell() -> None:
    assert mode_warning(wanting("capacity-based"), [CAPACITY], 1.0) == ""


def test_43_a_controller_without_modes_makes_the_mode_not_applicable() -> None:
    lines = shared("wva-2026/ladder-controller.log").read_text().splitlines()[:400]
    assert "mode not applicable" in mode_warning(wanting("model-based"), lines, 1.0)


def test_a_silent_controller_leaves_the_mode_unknown() -> None:
    assert "its mode is not known yet" in mode_warning(wanting("model-based"), ["", ""], 1.0)


@pytest.mark.parametrize(
    ("run", "mode"),
    [
        ("capacity-based-high-parallel-20251128-145238", "capacity-based"),
        ("capacity-based-high-parallel-20251209-153346", "capacity-based"),
        ("model-based-high-parallel-20251209-224705", "model-based"),
    ],
)
def test_recorded_controllers_tell_their_mode(run: str, mode: str) -> None:
    path = shared(f"wva-experiments-2025/{run}") / "wva-controller-logs.jsonl"
    lines = path.read_text().splitlines()
    assert mode_warning(wanting(mode), lines, 1.0) == ""
    other = {"capacity-based": "model-based", "model-based": "capacity-based"}[mode]
    assert f"wants mode {other}" in mode_warning(wanting(other), lines, 1.0)


def test_wva_drives_through_what_an_hpa_reads_or_by_its_mark() -> None:
    other = ev.MetricStatus(name="vllm_num_requests_waiting")
    plain = ev.Autoscaler(1.0, name="h", namespace="n", target_name="d", metrics=(other,))
    wva = ev.Autoscaler(
        1.0,
        name="h",
        namespace="n",
        target_name="d",
        metrics=(ev.MetricStatus(name="wva_desired_replicas"),),
    )
    marked = ev.Autoscaler(1.0, name="h", namespace="n", target_name="d", managed=True)
    keda = ev.ScaledObject(1.0, name="s", namespace="n", target_name="d", managed=True)
    assert wva_driver([plain], [], "d") == ""
    assert wva_driver([wva], [], "other") == ""
    assert wva_driver([wva], [], "d") == "HPA h reads wva_desired_replicas"
    assert wva_driver([marked], [], "d") == "HPA h is managed by it"
    assert wva_driver([], [keda], "d") == "ScaledObject s takes its value"
