"""Reasons in shorter lengths: each within its length, whole, with what holds the size."""

from functools import cache
from pathlib import Path

import pytest

from tests.core.decisions.test_hpa_observer import accounts
from tests.core.decisions.watched import Watched, asked, behavior
from wvatui.core.decisions.brief.hpa_brief import briefs
from wvatui.core.decisions.hpa.account import HpaAccount, HpaInput
from wvatui.core.decisions.lengths import LONG, MIDDLE, SHORT, that_fits
from wvatui.core.decisions.scalers.followed import scaling_decisions
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
    """The reason of the last of these looks."""
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
        "no scale-down while epp-queue-size cannot be read",
        "no scale-down while epp-queue-size cannot be read",
        "queue-size cannot be read",
    )


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
