"""Shorter forms of reasons: each keeps to its length and names what holds the size."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.core.decisions.test_hpa_observer import accounts
from tests.core.decisions.watched import Watched, asked, behavior
from wvatui.core.decisions.brief.hpa_brief import briefs
from wvatui.core.decisions.brief.keda_brief import keda_briefs
from wvatui.core.decisions.hpa.account import HeldBack, HpaAccount, HpaInput
from wvatui.core.decisions.lengths import LONG, MIDDLE, SHORT, that_fits
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.events import Condition, ScaledObject
from wvatui.core.fold.fold import fold
from wvatui.core.lines import time_of_day
from wvatui.core.rules.hpa.hpa_spec import hpa_spec
from wvatui.core.state.state import State
from wvatui.recording import open_recording

RECORDINGS = Path(__file__).parents[3] / "recordings"
NAMES = {"s0-prometheus": "epp-queue-size", "s1-prometheus": "epp-running-requests"}


@cache
def recorded(name: str) -> State:
    return fold(State(), open_recording(RECORDINGS / name).events())


@pytest.mark.parametrize(
    "name", ["keda-queue.jsonl", "hpa-cpu-and-queue.jsonl", "paused-scaler.jsonl"]
)
def test_every_recorded_reason_exists_in_three_whole_lengths(name: str) -> None:
    made = [each for each in scaling_decisions(recorded(name)) if each.decider != "wva"]
    assert made
    for each in made:
        if not each.brief:
            assert each.quiet or each.decider == "keda", each.sentence
            continue
        assert all(map(str.strip, each.brief))
        for text, most in zip(each.brief, (LONG, MIDDLE, SHORT), strict=False):
            assert len(text) <= most, text
            assert "…" not in text


def looked(*values: float, high: int = 10, **rules: object) -> tuple[str, ...]:
    """The reason of the last of the looks that read `values`, at all lengths."""
    watched = Watched(asked(high=high, behavior=behavior(**rules)), 2)  # type: ignore[arg-type]
    for value in values:
        watched.look(value)
    return briefs(accounts(watched)[-1], watched.spec, time_of_day, {})


def test_what_holds_the_size_is_told_in_every_length() -> None:
    policy = looked(12.0, up_s=0, up=("Pods", 1, 60))
    assert [text.partition("; ")[2] for text in policy] == [
        "scale-up policy +1 pod/60 s, next at 00:01:00",
        "scale-up policy +1 pod/60 s",
        "policy +1 pod/60 s",
    ]
    window = looked(1.0, 0.1, down_s=300, down=("Pods", 9, 60))
    assert all("300 s" in text and "keeps" in text for text in window)
    assert all("maxReplicas 3" in text for text in looked(40.0, high=3))


def account(**changes: object) -> HpaAccount:
    inputs = (
        HpaInput("s0-prometheus", None, None, "gone"),
        HpaInput("s1-prometheus", 38_000, 3),
    )
    base = {"at": 0.0, "current": 1, "inputs": inputs, "winner": "", "wanted": None}
    rest = {"stable": None, "desired": 1, "reason": ""}
    return HpaAccount(**{**base, **rest, **changes})  # type: ignore[arg-type]


def test_a_metric_that_cannot_be_read_is_named() -> None:
    metrics = [
        {
            "type": "External",
            "external": {
                "metric": {"name": name},
                "target": {"type": "AverageValue", "averageValue": "16"},
            },
        }
        for name in NAMES
    ]
    spec = hpa_spec({"maxReplicas": 8, "metrics": metrics})
    assert briefs(account(), spec, time_of_day, NAMES) == (
        "no scale-down while queue-size cannot be read",
        "no scale-down while queue-size cannot be read",
        "queue-size cannot be read",
    )


@pytest.mark.parametrize(("desired", "does"), [(4, "keeps it"), (6, "raises it")])
def test_what_a_window_does_by_the_status_is_told_in_every_length(desired: int, does: str) -> None:
    window = HeldBack("ScaleDownStabilized", desired)
    made = account(current=4, wanted=1, desired=desired, window=window, from_status=True)
    told = briefs(made, hpa_spec({"maxReplicas": 8}), time_of_day, {})
    assert [text.endswith(f"window {does}") or f"300 s {does}" in text for text in told] == [
        True
    ] * 3


def keda(**known: Any) -> ScaledObject:
    return ScaledObject(0.0, name="qwen", namespace="ns", target_name="qwen", **known)


def test_what_keda_did_is_told_before_what_holds_by_now() -> None:
    event = "Scaled apps/v1.Deployment ns/qwen from 0 to 1, triggered by s0-prometheus"
    told = keda_briefs(keda(held=("scale-in",)), 1, None, event)
    assert told == (event, "scaled up from zero", "scaled up from zero")


def test_a_trigger_that_cannot_be_read_is_no_inactive_one() -> None:
    ready = Condition("Ready", "False", "TriggerError")
    idle = Condition("Active", "False", "ScalerNotActive")
    assert set(keda_briefs(keda(conditions=(ready, idle)), 1, None, "")) == {
        "a trigger cannot be read"
    }


def test_a_fallback_comes_only_after_more_failures_than_its_threshold() -> None:
    falls = keda(on_failure={"failureThreshold": 3, "replicas": 4})
    assert keda_briefs(falls, 1, ("queue", 3), "")[0].endswith("comes after more than 3")


def test_a_total_is_not_called_that_of_a_replica() -> None:
    target = {"type": "Value", "value": "16"}
    external = {"metric": {"name": "q"}, "target": target}
    spec = hpa_spec({"maxReplicas": 8, "metrics": [{"type": "External", "external": external}]})
    inputs = (HpaInput("q", 38_000, 5),)
    made = account(inputs=inputs, winner="q", wanted=5, stable=5, desired=5)
    assert briefs(made, spec, time_of_day, {})[0] == "q 38 of 16 in all wants 5"


def test_the_longest_length_that_has_room_is_shown_and_else_the_shortest() -> None:
    texts = ("a long sentence", "a shorter", "short")
    assert [that_fits(texts, room) for room in (20, 15, 14, 9, 8, 3)] == [
        "a long sentence",
        "a long sentence",
        "a shorter",
        "a shorter",
        "short",
        "short",
    ]
    assert that_fits((), 10) == ""
