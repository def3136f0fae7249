"""Objects that an overloaded recorder received late: a decision that does not follow from them is
no mismatch, and the input that may be from another moment is named."""

from collections.abc import Iterable

import pytest
from msgspec import structs

from tests.core.decisions.observed import recorded
from wvatui.core import events as ev
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.decisions.scaling_decision import ScalingDecision
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY

KINDS: dict[str, tuple[type[ev.Event], ...]] = {
    "HPAs": (ev.Autoscaler,),
    "targets": (ev.Workload,),
    "events": (ev.KubeEvent,),
    "all objects": (ev.Autoscaler, ev.Workload, ev.Pod, ev.KubeEvent, ev.ScaledObject),
}


def late(name: str, kinds: str, length_s: float) -> Iterable[ev.Event]:
    """The session with objects of `kinds` received in batches, every `length_s` seconds."""
    events = recorded(name)
    begin, moved = events[0].at, []
    for event in events:
        passed_s = (event.at - begin - 40) % 110
        if isinstance(event, KINDS[kinds]) and event.at > begin + 40 and passed_s < length_s:
            event = structs.replace(event, at=event.at + length_s - passed_s)
        moved.append(event)
    return sorted(moved, key=lambda event: event.at)


def decisions(events: Iterable[ev.Event]) -> list[ScalingDecision]:
    return [d for d in scaling_decisions(fold(EMPTY, events)) if d.decider == "hpa"]


@pytest.mark.parametrize(
    ("name", "kinds", "length_s"),
    [
        ("burst-drain-v1", "targets", 20),
        ("burst-drain-v1", "events", 20),
        ("hpa-cpu-and-queue", "HPAs", 40),
        ("keda-queue", "all objects", 40),
    ],
)
def test_what_came_late_is_unexplained_with_the_input_that_is_doubted_and_no_mismatch(
    name: str, kinds: str, length_s: float
) -> None:
    assert {d.verdict for d in decisions(recorded(name))} == {"agrees"}
    seen = decisions(late(name, kinds, length_s))
    assert "mismatch" not in {d.verdict for d in seen}
    doubted = [d for d in seen if d.verdict == "unexplained"]
    # A late event is only assigned to the look that wrote it.
    assert (doubted == []) == (kinds == "events")
    for decision in doubted:
        (words,) = decision.missing
        assert words.startswith("an input is not of the controller's moment: ")
        assert words in decision.sentence
    assert sum(d.after != d.before for d in seen) == sum(
        d.after != d.before for d in decisions(recorded(name))
    )


def test_a_size_of_a_billion_without_pods_is_told_and_takes_no_memory() -> None:
    events = list(recorded("hpa-cpu-and-queue"))
    for number, event in enumerate(events):
        if isinstance(event, ev.Workload):
            events[number] = structs.replace(event, spec=10**9, replicas=10**9, ready=10**9)
    told = decisions(event for event in events if not isinstance(event, ev.Pod))
    assert told
    assert {d.verdict for d in told} == {"unexplained"}
    assert any(d.missing == ("none of its more than 10,000 pods was recorded",) for d in told)
