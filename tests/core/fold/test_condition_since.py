"""The time since which a condition holds: when its text last changed, for each object."""

from typing import Any

import pytest

from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State

READY = ev.Condition(type="AbleToScale", status="True", reason="ReadyForNewScale")
RECENT = ev.Condition(type="AbleToScale", status="True", reason="RecommendedSize")
UNABLE = ev.Condition(type="AbleToScale", status="False", reason="RecommendedSize")


def hpa(at: float, *conditions: ev.Condition, reads: float | None = 1.0) -> ev.Autoscaler:
    metrics = (ev.MetricStatus(name="queue", current=reads), ev.MetricStatus(name="kv"))
    return ev.Autoscaler(at, name="h", namespace="ns", conditions=conditions, metrics=metrics)


def pod(at: float, name: str = "p", role: str = "model", **facts: Any) -> ev.Pod:
    return ev.Pod(at, name=name, namespace="ns", role=role, phase="Pending", **facts)


def since(state: State) -> dict[str, tuple[str, float]]:
    """Object and condition, as text → (text of the condition, since when)."""
    return {
        "/".join(key): (condition.text, condition.since)
        for key, condition in state.condition_since.items()
    }


def test_a_condition_holds_since_its_status_or_its_reason_changed() -> None:
    able = "hpa/ns/h/AbleToScale"
    state = fold(EMPTY, [hpa(1.0, READY), hpa(2.0, READY)])
    assert since(state)[able] == ("True ReadyForNewScale", 1.0)
    state = fold(state, [hpa(3.0, RECENT), hpa(4.0, RECENT)])
    assert since(state)[able] == ("True RecommendedSize", 3.0)
    assert since(fold(state, [hpa(5.0, UNABLE)]))[able] == ("False RecommendedSize", 5.0)


def test_a_metric_that_cannot_be_read_is_unknown_since_it_could_not_be() -> None:
    state = fold(EMPTY, [hpa(1.0, READY), hpa(2.0, READY, reads=None), hpa(3.0, READY, reads=None)])
    assert since(state)["hpa/ns/h/metric 0 queue"] == ("unknown", 2.0)
    assert since(state)["hpa/ns/h/metric 1 kv"] == ("unknown", 1.0)
    assert since(fold(state, [hpa(4.0, READY, reads=0.0)]))["hpa/ns/h/metric 0 queue"] == (
        "known",
        4.0,
    )


def test_before_an_hpa_has_looked_nothing_is_said_of_its_metrics() -> None:
    assert since(fold(EMPTY, [hpa(1.0, reads=None)])) == {}


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"ready": True, "reason": "ContainersNotReady"}, "ready"),
        ({"reason": "ImagePullBackOff"}, "ImagePullBackOff"),
        ({}, "Pending"),
    ],
)
@pytest.mark.parametrize("role", ["model", "controller"])
def test_a_pod_is_ready_or_has_its_reason_or_else_its_phase(
    role: str, facts: dict[str, Any], text: str
) -> None:
    state = fold(EMPTY, [pod(1.0, role=role, **facts), pod(2.0, role=role, **facts)])
    assert since(state) == {"pod/ns/p/state": (text, 1.0)}


def test_pods_of_another_role_have_no_such_time() -> None:
    assert since(fold(EMPTY, [pod(1.0, role="epp"), pod(1.0, role="")])) == {}


def test_what_is_deleted_takes_its_own_times_with_it_and_no_others() -> None:
    others: list[ev.Event] = [
        ev.Autoscaler(1.0, name="h", namespace="other", conditions=(READY,)),
        ev.Autoscaler(1.0, name="g", namespace="ns", conditions=(READY,)),
        pod(1.0, "h"),
    ]
    state = fold(EMPTY, [hpa(1.0, READY), *others])
    assert len(since(state)) == 6
    after = fold(state, [ev.Deleted(2.0, kind="hpa", name="h", namespace="ns")])
    assert sorted(since(after)) == [
        "hpa/ns/g/AbleToScale",
        "hpa/other/h/AbleToScale",
        "pod/ns/h/state",
    ]
    assert "pod/ns/h/state" not in since(
        fold(after, [ev.Deleted(3.0, kind="pod", name="h", namespace="ns")])
    )
