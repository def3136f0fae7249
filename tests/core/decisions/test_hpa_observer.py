"""An HPA observed from outside: its looks are recomputed, and what is unknown is named."""

import random
from typing import Any

import pytest

from tests.core.decisions.watched import (
    GONE,
    Watched,
    asked,
    behavior,
    by_chance,
    bytes_of,
    metric,
    real,
)
from tests.fixtures import shared
from wvatui.core.decisions.hpa.account import HeldBack, HpaAccount
from wvatui.core.decisions.hpa.observer import BEFORE, FORGOTTEN, UNEXPLAINED
from wvatui.core.decisions.hpa.real_looks import sequence_report
from wvatui.core.decisions.hpa.sentence import sentence
from wvatui.core.decisions.hpa.sequence import SequenceError, SequenceReport, is_sequence
from wvatui.core.lines import time_of_day
from wvatui.core.rules.hpa.hpa_spec import hpa_spec


def report(watched: Watched) -> SequenceReport:
    return sequence_report(bytes_of(watched.lines))


def accounts(watched: Watched) -> list[HpaAccount]:
    return [look.account for look in report(watched).looks]


def counted(result: SequenceReport) -> tuple[int, int, int, int]:
    return (
        result.total("failed"),
        result.total("not_modelled"),
        result.wrong("winner"),
        result.wrong("reason"),
    )


def test_a_look_is_told_with_inputs_winner_and_reason() -> None:
    watched = Watched(asked(metric(), metric("running", "16"), behavior=behavior()))
    watched.look(1.0, 74.0)
    (told,) = accounts(watched)
    assert [(each.name, each.replicas) for each in told.inputs] == [
        ("external metric queue(nil)", 1),
        ("external metric running(nil)", 5),
    ]
    assert (told.winner, told.wanted, told.current) == ("external metric running(nil)", 5, 1)
    assert (told.desired, told.reason) == (5, "external metric running(nil) above target")
    assert (told.window, told.limit, told.differences, told.doubt) == (None, None, (), "")


def test_a_window_holds_until_its_last_higher_recommendation_leaves_it() -> None:
    watched = Watched(asked(behavior=behavior(down_s=60)), 4)
    for value in (4.0, 4.0, 1.0, 1.0, 1.0, 1.0, 1.0):
        watched.look(value)
    told = accounts(watched)
    assert [each.desired for each in told] == [4, 4, 4, 4, 4, 1, 1]
    assert told[2].window == HeldBack("ScaleDownStabilized", 4, 15.0 + 60.0)
    assert told[4].window == HeldBack("ScaleDownStabilized", 4, 75.0)
    assert told[5].window is None


def test_a_policy_holds_until_its_period_is_over_and_max_for_good() -> None:
    watched = Watched(asked(high=9, behavior=behavior(up=("Pods", 2, 60))), 1)
    for _ in range(6):
        watched.look(50.0)
    told = accounts(watched)
    assert [each.desired for each in told] == [3, 3, 3, 3, 5, 5]
    limit = told[1].limit
    assert limit is not None
    assert (limit.what, limit.replicas, limit.until, limit.base) == ("ScaleUpLimit", 3, 60.0, 1)
    full = Watched(asked(high=3), 3)
    full.look(50.0)
    assert accounts(full)[0].limit == HeldBack("TooManyReplicas", 3, None)


def test_a_total_that_the_status_rounds_is_recovered_by_what_follows_from_it() -> None:
    """7 pods at 572m are between 3.998 and 4.004 in all: 4, or 5 replicas."""
    for total, size in ((4.0, 4), (4.001, 5), (3.999, 4)):
        watched = Watched(asked(behavior=behavior(down_s=0)), 7)
        watched.look(total)
        (told,) = accounts(watched)
        assert (told.wanted, told.desired, told.differences) == (size, size, ())


def test_a_wrong_guess_drops_out_when_the_window_shows_what_was_recommended() -> None:
    watched = Watched(asked(behavior=behavior(down_s=60)), 7)
    for value in (7.0, 4.001, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0):
        watched.look(value)
    told = accounts(watched)
    assert [each.desired for each in told] == [7, 7, 7, 7, 5, 1, 1, 1]
    assert [each.differences for each in told] == [()] * 8


def test_a_metric_that_cannot_be_read_is_told_with_its_error() -> None:
    watched = Watched(asked(metric(), metric("running", "16")), 4)
    watched.look(4.0, None)
    watched.look(1.0, None)
    kept, stuck = accounts(watched)
    assert (kept.wanted, kept.winner) == (4, "external metric queue(nil)")
    assert GONE in kept.inputs[1].error
    assert (stuck.wanted, stuck.winner, stuck.desired) == (None, "", 4)
    assert stuck.reason == "FailedGetExternalMetric"


def test_a_refused_update_changes_nothing_and_is_said() -> None:
    watched = Watched(asked(), 1)
    watched.look(4.0, refused="denied")
    watched.look(4.0)
    refused, done = accounts(watched)
    assert (refused.wanted, refused.desired, refused.differences) == (4, 1, ())
    assert done.desired == 4


def test_a_scale_that_somebody_else_wrote_is_no_event_of_the_hpa() -> None:
    watched = Watched(asked(behavior=behavior(up=("Pods", 2, 60))), 1)
    watched.look(3.0)
    watched.resize(9)
    watched.look(30.0)
    watched.look(30.0)
    assert counted(report(watched)) == (0, 0, 0, 0)
    assert [each.desired for each in accounts(watched)] == [3, 9, 9]


def test_a_lie_in_the_status_is_a_difference() -> None:
    watched = Watched(asked(behavior=behavior()), 2)
    watched.look(2.0)
    line = watched.look(6.0)
    line["scale_after"] = 4
    line["truth"]["steps"] = {}
    told = accounts(watched)[1]
    assert told.differences[0] == "size: recomputed 6, seen 4"
    assert told.doubt == UNEXPLAINED
    honest = Watched(asked(), 2)
    line = honest.look(2.0)
    line["status"]["conditions"][2]["reason"] = "TooManyReplicas"
    assert accounts(honest)[0].differences == (
        "ScalingLimited: recomputed DesiredWithinRange, seen TooManyReplicas",
    )


def test_a_desired_size_that_no_look_decided_is_a_difference() -> None:
    watched = Watched(asked(), 4)
    watched.look(4.0)["status"]["desiredReplicas"] = 5
    # A look that fails leaves what an earlier one wrote.
    watched.look(None)["status"]["desiredReplicas"] = 7
    lie, failed = accounts(watched)
    assert lie.differences == ("desiredReplicas: recomputed 4, seen 5",)
    assert (failed.differences, failed.desired) == ((), 4)


def test_a_controller_that_has_started_again_is_noticed_by_what_it_forgot() -> None:
    watched = Watched(asked(behavior=behavior(up=("Pods", 2, 60))), 1)
    watched.look(50.0)
    watched.look(50.0)
    watched.restart()
    watched.look(50.0)
    held, forgot = accounts(watched)[1:]
    assert (held.desired, held.doubt) == (3, "")
    assert (forgot.desired, forgot.differences, forgot.doubt) == (5, (), FORGOTTEN)


@pytest.mark.parametrize(("rules", "doubted"), [({}, 3), ({"up": ("Pods", 2, 60)}, 5)])
def test_what_was_before_the_first_sight_is_not_known_until_windows_and_periods_are_full(
    rules: dict[str, Any], doubted: int
) -> None:
    watched = Watched(asked(behavior=behavior(down_s=30, **rules)), 4)
    watched.look(4.0)
    watched.restart()
    watched.lines.append({"kind": "controller-restart", "t": 15.0})
    for _ in range(doubted + 1):
        watched.look(1.0)
    assert [told.doubt for told in accounts(watched)] == ["", *[BEFORE] * doubted, ""]
    assert counted(report(watched)) == (0, 0, 0, 0)


def test_no_pod_is_left_and_the_total_is_taken_for_what_it_led_to() -> None:
    watched = Watched(asked(low=0, behavior=behavior(down_s=0)), 2)
    for value in (2.0, 0.0, 0.0, 3.0, 3.0):
        watched.look(value)
    assert [each.desired for each in accounts(watched)] == [2, 0, 0, 3, 3]
    assert counted(report(watched)) == (0, 0, 0, 0)


@pytest.mark.parametrize("seed", range(12))
def test_random_controllers_are_followed_from_outside(seed: int) -> None:
    result = report(by_chance(random.Random(seed)))
    failed, unmodelled, winner, reason = counted(result)
    assert (failed, unmodelled) == (0, 0)
    assert winner + reason <= len(result.looks) / 50


# --- recorded sequences ---------------------------------------------------------------------


def test_recorded_sequences_are_followed_look_by_look() -> None:
    folder = shared("hpa-keda/sequences")
    files = [*sorted(folder.glob("*.jsonl")), *sorted(folder.glob("real/*.jsonl"))]
    looks = wrong = left = 0
    for file in files:
        result = sequence_report(file.read_bytes())
        assert result.total("failed") == 0, file.name
        looks += len(result.looks)
        left += result.total("not_modelled")
        wrong += sum(bool(look.wrong) for look in result.looks)
    assert looks > 2500
    assert wrong <= looks / 100
    assert left <= looks / 10


def test_a_file_of_cases_is_no_sequence() -> None:
    assert is_sequence(b'\n{"kind": "scenario"}\n{')
    assert not is_sequence(b'{"cases": []}')
    assert not is_sequence(b"{\n")
    assert not is_sequence(b"")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"kind": "object", "spec": {"maxReplicas": 1}}\n{', "line 2: not JSON"),
        (b'{"kind": "a"}\n[]', "line 2: a sequence's lines have a kind"),
        (b'{"kind": "object", "spec": {}}', "a line has another form"),
    ],
)
def test_a_line_that_is_none_is_named(data: bytes, words: str) -> None:
    with pytest.raises(SequenceError) as caught:
        sequence_report(data)
    assert words in str(caught.value)


def test_looks_that_changed_nothing_are_filled_in_between_two_that_did() -> None:
    watched = Watched(asked(behavior=behavior(down_s=60)), 4)
    for value in (4.0, 4.0, 4.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0):
        watched.look(value)
    result = sequence_report(bytes_of(real(watched)))
    assert (result.kind, len(result.looks)) == ("real look", 9)
    assert counted(result) == (0, 0, 0, 0)
    assert [look.account.desired for look in result.looks] == [4] * 6 + [1] * 3


def test_a_controller_that_starts_again_after_the_last_change_has_forgotten() -> None:
    watched = Watched(asked(behavior=behavior(down_s=60)), 4)
    for _ in range(9):
        watched.look(4.0)
    lines = [*real(watched), {"kind": "controller-restart", "t": 61.0}]
    doubts = [look.account.doubt for look in sequence_report(bytes_of(lines)).looks]
    assert doubts == [""] * 5 + [BEFORE] * 4


@pytest.mark.parametrize(
    ("high", "said"),
    [
        (8, "30 (above the maximum of 8), until 00:01:15"),
        (40, "30, until 00:01:15"),
    ],
)
def test_a_recommendation_that_is_further_off_than_the_size_it_holds_is_told_as_it_was(
    high: int, said: str
) -> None:
    watched = Watched(asked(behavior=behavior(down_s=60), high=high), min(high, 30))
    for value in (30.0, 30.0, 1.0):
        watched.look(value)
    told = accounts(watched)[-1]
    text = sentence(told, watched.spec, time_of_day).partition("; ")[2]
    window = "stabilization window: the highest recommendation of the last 60 s"
    assert text.startswith(f"{window} is {said}")


@pytest.mark.parametrize(
    ("what", "desired", "words"),
    [
        ("ScaleDownStabilized", 4, "stays at 4: queue wants 1; stabilization window: a higher"),
        ("ScaleDownStabilized", 6, "4→6: queue wants 1; stabilization window: a higher"),
        ("ScaleUpStabilized", 5, "4→5: queue wants 1; stabilization window: a lower"),
    ],
)
def test_what_the_status_tells_of_a_window_says_which_way_it_works(
    what: str, desired: int, words: str
) -> None:
    account = HpaAccount(
        at=0.0,
        current=4,
        inputs=(),
        winner="queue",
        wanted=1,
        stable=None,
        desired=desired,
        reason="",
        window=HeldBack(what, desired),
        from_status=True,
    )
    said = sentence(account, hpa_spec({"maxReplicas": 8}), time_of_day)
    assert said.startswith(words)
    assert said.endswith("raises it" if desired == 6 else "holds it")


def said(watched: Watched) -> list[str]:
    return [sentence(each, watched.spec, time_of_day) for each in accounts(watched)]


def test_changes_of_both_directions_are_told_as_they_were() -> None:
    each = behavior(up_s=0, up=("Pods", 1, 60), down_s=0, down=("Pods", 1, 60))
    watched = Watched(asked(high=10, behavior=each), 5)
    for value in (9.0, 1.0, 9.0, 9.0):
        watched.look(value)
    _, down, up, used = said(watched)
    assert "before 5→6 at 00:00:00" in down
    assert "5→6 at 00:00:00 and 6→4 at 00:00:15" in up
    assert "used up by 5→6 at 00:00:00 and 4→6 at 00:00:30, next" in used


def test_the_limit_without_a_behavior_is_told_before_the_window() -> None:
    watched = Watched(asked(high=10), 2)
    watched.look(12.0)
    watched.look(1.0)
    assert (
        "without behavior at most twice as many, or 4; stabilization window: " in said(watched)[1]
    )


def test_a_policy_says_by_which_change_it_is_used_up_and_from_how_many_it_counts() -> None:
    stepped = Watched(asked(behavior=behavior(down_s=0, down=("Pods", 1, 30))), 6)
    for value in (6.0, 0.0, 0.0):
        stepped.look(value)
    assert said(stepped)[2].endswith(
        "; scale-down policy of -1 pod in 30 s is used up by 6→5 at 00:00:15, next from 00:00:45"
    )
    brakes = behavior(up_s=30, up=("Percent", 100, 60))
    brakes["scaleUp"]["policies"].append({"type": "Pods", "value": 4, "periodSeconds": 60})
    grown = Watched(asked(high=20, behavior=brakes), 3)
    for value in (4.0, 4.0, 4.0, 8.0, 11.0):
        grown.look(value)
    last = said(grown)[-1]
    assert last.startswith("4→7: queue wants 11 at 2.75 a replica, target 1; ")
    assert last.partition("; ")[2] == (
        "scale-up policy allows +4 pods in 60 s, counted from 3 before 3→4 at 00:00:30, next from"
        " 00:01:30; stabilization window: the lowest recommendation of the last 30 s is 8"
    )


def test_one_metric_that_fails_blocks_scaling_down_alone() -> None:
    watched = Watched(asked(metric(), metric("running", "16")), 4)
    watched.look(1.0, None)
    watched.look(None, None)
    one, both = said(watched)
    assert one.startswith(
        "stays at 4: no scale-down while running cannot be read (queue wants 1): "
    )
    assert both.startswith(
        "stays at 4: nothing is decided while queue cannot be read (running cannot be read): "
    )


def test_a_window_has_no_end_in_a_direction_that_is_disabled() -> None:
    brakes = behavior(down_s=60)
    brakes["scaleDown"]["selectPolicy"] = "Disabled"
    watched = Watched(asked(behavior=brakes), 4)
    for value in (4.0, 1.0):
        watched.look(value)
    assert said(watched)[1].endswith("of the last 60 s is 4; scale-down is disabled (selectPolicy)")


def test_a_window_of_the_way_up_that_began_idle_is_told_by_the_minimum_that_it_is_below() -> None:
    watched = Watched(asked(behavior=behavior(up_s=60, down_s=0)), 1)
    for value in (0.0, 5.0):
        watched.look(value)
    assert said(watched)[1].endswith(
        "of the last 60 s is 0 (below the minimum of 1), until 00:01:00"
    )


def test_a_window_at_the_minimum_or_maximum_promises_no_change_at_its_end() -> None:
    low = Watched(asked(behavior=behavior(down_s=60), low=3), 3)
    for value in (4.0, 3.0, 1.0):
        low.look(value)
    assert accounts(low)[2].window == HeldBack("ScaleDownStabilized", 4, 60.0), "as it is stated"
    assert said(low)[2] == (
        "stays at 4: queue wants 1 at 0.25 a replica, target 1; stabilization window: "
        "the highest recommendation of the last 60 s is 4, until 00:01:00"
    )
    held = Watched(asked(behavior=behavior(down_s=60), low=3), 3)
    for value in (3.0, 1.5):
        held.look(value)
    assert said(held)[1] == (
        "stays at 3: queue wants 2 at 0.5 a replica, target 1; at the minimum of 3 "
        "(minReplicas); stabilization window: the highest recommendation of the last 60 s is 3"
    )
    high = Watched(asked(behavior=behavior(up_s=60), high=3), 3)
    for value in (3.0, 9.0):
        high.look(value)
    assert said(high)[1] == (
        "stays at 3: queue wants 9 at 3 a replica, target 1; at the maximum of 3 (maxReplicas); "
        "stabilization window: the lowest recommendation of the last 60 s is 3"
    )
