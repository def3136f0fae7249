"""Watching that begins while an HPA is at work: what its controller remembers from before is not
known, and what follows from that is no mismatch."""

import random

import pytest

from tests.core.decisions.observed import recorded
from tests.core.decisions.watched import Line, Watched, asked, behavior, by_chance, bytes_of, real
from wvatui.core import events as ev
from wvatui.core.decisions.hpa.observer import BEFORE
from wvatui.core.decisions.hpa.real_looks import sequence_report
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY
from wvatui.core.structs import replace


def midway(watched: Watched, looks: int) -> list[Line]:
    """The lines without the first `looks` looks."""
    return [watched.lines[0], *watched.lines[1 + looks :]]


def listed(watched: Watched, looks: int) -> list[Line]:
    """Likewise, of a real control plane: the first lines are the objects as they were then."""
    lines, at = real(watched), looks * 15.0 - 4.0
    before = [line for line in lines if line["t"] < at]
    objects = [
        [line for line in before if line["kind"] == kind][-1] | {"t": at - later}
        for kind, later in (("deployment", 0.1), ("hpa", 0.0))
    ]
    return [*objects, *(line for line in lines if line["t"] >= at)]


def test_random_controllers_are_followed_from_any_look_on() -> None:
    count = wrong = 0
    for seed in range(40):
        chance = random.Random(seed)
        watched = by_chance(chance)
        if any("metrics" not in line["truth"]["steps"] for line in watched.lines[1:]):
            continue  # its scale was 0, so that nothing was read
        parts = [which(watched, chance.randint(2, 50)) for which in (midway, listed)]
        for result in map(sequence_report, map(bytes_of, parts)):
            assert result.total("failed") == 0, seed
            doubted = [look for look in result.looks if look.outcome == "not_modelled"]
            assert {look.account.doubt for look in doubted} <= {BEFORE}
            count += len(result.looks)
            wrong += result.wrong("winner") + result.wrong("reason")
    assert count > 3000
    assert wrong <= count / 100


def test_a_change_that_did_not_follow_counts_as_it_was_seen() -> None:
    """A policy of two replicas a minute, of which one was used up before anybody watched."""
    watched = Watched(asked(behavior=behavior(up=("Pods", 2, 60))), 2)
    for value in (3.0, 3.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0):
        watched.look(value)
    looks = sequence_report(bytes_of(midway(watched, 2))).looks
    assert [look.account.current for look in looks] == [3, 4, 4, 5, 5, 6]
    # The change of the first look leaves the minute at 01:00.
    assert [look.outcome for look in looks] == ["not_modelled"] * 2 + ["ok"] * 4


@pytest.mark.parametrize("name", ["spike", "keda-queue", "burst-drain-v1"])
def test_no_decision_of_a_session_is_a_mismatch_wherever_watching_began(name: str) -> None:
    events = recorded(name)
    first, last = events[0].at, events[-1].at
    for part in range(1, 10):
        began = first + (last - first) * part / 12
        before = [event for event in events if event.at < began]
        objects = {
            (type(event), event.namespace, event.name): replace(event, at=began)
            for event in before
            if isinstance(event, ev.Autoscaler | ev.ScaledObject | ev.Workload | ev.Pod)
        }
        header = replace(before[0], at=began, started_at=began)
        later = [event for event in events if event.at >= began]
        told = scaling_decisions(fold(EMPTY, [header, *objects.values(), *later]))
        assert "mismatch" not in {decision.verdict for decision in told}
        assert sum(decision.verdict == "unexplained" for decision in told) <= 3
