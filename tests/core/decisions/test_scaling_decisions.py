"""Scaling decisions of all deciders have one form, and each change is listed once."""

import gzip
import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from bench.decisions import session
from tests.core.decisions.observed import START, decided, events_of, state_of, workload
from tests.core.decisions.watched import Watched, asked, behavior, metric
from tests.fixtures import shared
from wvatui.core import events as ev
from wvatui.core import structs
from wvatui.core.decisions.hpa.one_look import HpaNow, begun
from wvatui.core.decisions.scalers.followed import newest_of_hpas, scaling_decisions
from wvatui.core.decisions.scaling_decision import DecisionWords, HeldBy, ScalingDecision
from wvatui.core.events.codec import decode, encode
from wvatui.core.findings import findings
from wvatui.core.fold.fold import fold
from wvatui.core.lines import time_of_day
from wvatui.core.rows.scaling_rows import scaling_row
from wvatui.core.state.state import EMPTY
from wvatui.recording import open_recording
from wvatui.sources.objects.autoscaler import decode_autoscaler
from wvatui.sources.objects.scaled_object import decode_scaled_object

WINDOW_S = 60


def busy_then_idle() -> Watched:
    """An HPA that scales 1→3 at once, is held by its window of 60 s, then scales down at once."""
    watched = Watched(asked(behavior=behavior(down_s=WINDOW_S)))
    for value in (1, 1, 3, 3, 0, 0, 0, 0, 0, 0):
        watched.look(value)
    return watched


def test_a_change_is_told_once_and_what_holds_it_with_its_looks_and_its_end() -> None:
    told = decided(events_of(busy_then_idle().lines, made=True))
    assert [(d.before, d.wanted, d.after) for d in told if d.changes] == [(1, 3, 3), (3, 0, 1)]
    held = [d for d in told if d.held and not d.changes]
    window = next(d for d in held if d.held[0].brake == "window")
    # The last look that wanted 3 was at 45 s.
    assert window.held[0] == HeldBy("window", 3, START + 45.0 + WINDOW_S)
    assert (window.wanted, window.after, window.looks) == (0, 3, 3)
    assert window.sentence.startswith(
        "stays at 3: queue wants 0 at 0 a replica, target 1; stabilization window: the highest"
    )
    assert all(d.verdict == "agrees" for d in told)


def test_the_size_at_the_first_look_holds_once_and_not_with_each_unseen_look_after_it() -> None:
    one_at_a_time = behavior(down_s=WINDOW_S, down=("Pods", 1, 60))
    watched = Watched(asked(behavior=one_at_a_time), replicas=4)
    for _ in range(12):
        watched.look(2.0)
    told = decided(events_of(watched.lines, made=True))
    assert told[0].held[0] == HeldBy("window", 4, START + WINDOW_S)
    assert [d.at - START for d in told if d.changes] == [WINDOW_S, 2 * WINDOW_S]
    assert {d.verdict for d in told} == {"agrees"}


def test_a_hold_ends_with_the_last_of_what_holds_it_and_never_where_time_does_not_end_one() -> None:
    told = decided(events_of(busy_then_idle().lines, made=True))
    window = next(d for d in told if d.held and not d.changes)
    later, failed = HeldBy("policy", 3, START + 300.0), HeldBy("failed metric", 3)
    assert scaling_row(window).until == START + 45.0 + WINDOW_S
    assert scaling_row(structs.replace(window, held=(*window.held, later))).until == START + 300.0
    assert scaling_row(structs.replace(window, held=(*window.held, failed))).until is None
    assert scaling_row(structs.replace(window, held=())).until is None


def test_looks_that_change_nothing_are_quiet_and_one() -> None:
    watched = Watched(asked(behavior=behavior()))
    for _ in range(12):
        watched.look(1)
    told = decided(events_of(watched.lines, made=True))
    # Twelve looks, and those of the minute after the last one.
    assert [(d.quiet, d.looks) for d in told] == [(True, 16)]


def test_a_lie_in_a_status_is_a_mismatch_that_names_both_sides() -> None:
    events = events_of(busy_then_idle().lines, made=True)
    lied = [_lie(event) if isinstance(event, ev.Autoscaler) else event for event in events]
    (wrong,) = [d for d in decided(lied) if d.verdict == "mismatch"]
    assert wrong.differences == (
        "AbleToScale: recomputed ScaleDownStabilized, seen ReadyForNewScale",
    )
    assert "does not follow" in wrong.sentence


def _lie(hpa: ev.Autoscaler) -> ev.Autoscaler:
    """The event at 75 s, changed: the window holds nothing, and the size is different."""
    if hpa.at != START + 75.0:
        return hpa
    told = [
        ev.Condition(c.type, c.status, "ReadyForNewScale", "recommended size matches current size")
        if c.type == "AbleToScale"
        else c
        for c in hpa.conditions
    ]
    return structs.replace(hpa, conditions=tuple(told))


def test_what_was_before_the_first_sight_is_unexplained_and_never_a_mismatch() -> None:
    watched = Watched(asked(behavior=behavior(down_s=WINDOW_S)), replicas=6)
    for value in (6, 6, 2, 2, 2, 2, 2, 2, 2):
        watched.look(value)
    lines = [watched.lines[0], *watched.lines[4:]]
    told = decided(events_of(lines))
    assert "mismatch" not in {d.verdict for d in told}
    assert told[0].certainty == "from here on"
    assert any(d.changes for d in told)


def test_a_scale_that_none_of_the_scalers_wrote_is_somebody_elses() -> None:
    watched = Watched(asked(behavior=behavior()))
    watched.look(1)
    watched.look(1)
    events = events_of(watched.lines, made=True)
    events[-1:] = [workload(40.0, 4), ev.Tick(START + 90.0)]
    (hand,) = decided(events, "hand")
    assert (hand.before, hand.after, hand.at) == (1, 4, START + 40.0)
    assert "somebody else than h" in hand.sentence
    # So soon after it the HPA may still account for it.
    assert decided([*events[:-1], ev.Tick(START + 50.0)], "hand") == []
    assert decided(events_of(busy_then_idle().lines, made=True), "hand") == []


def test_an_older_recording_of_kedas_hpa_is_explained_and_what_was_presumed_is_said() -> None:
    watched = Watched(asked(metric("s0-prometheus"), behavior=behavior()))
    for value in (1, 1, 3, 3):
        watched.look(value)
    older = [_older(e) if isinstance(e, ev.Autoscaler) else e for e in events_of(watched.lines)]
    told = decided(older)
    assert [d.after for d in told if d.changes] == [3]
    assert {d.verdict for d in told} == {"agrees"}
    assert all("taken from their names" in d.steps[-1] for d in told)


def _older(hpa: ev.Autoscaler) -> ev.Autoscaler:
    """The event as older recordings have it: with names of metrics only, and the selector in
    messages."""
    named = "(&LabelSelector{MatchLabels:map[string]string{scaledobject.keda.sh/name: s,},"
    named += "MatchExpressions:[]LabelSelectorRequirement{},})"
    told = [structs.replace(c, message=c.message.replace("(nil)", named)) for c in hpa.conditions]
    return structs.replace(hpa, asked=(), shown=(), scaled_object="s", conditions=tuple(told))


def test_metrics_whose_type_nothing_tells_are_unexplained_and_the_lack_is_named() -> None:
    def bare(hpa: ev.Autoscaler) -> ev.Autoscaler:
        told = tuple(c for c in hpa.conditions if c.type != "ScalingActive")
        return structs.replace(hpa, asked=(), shown=(), conditions=told)

    events = events_of(busy_then_idle().lines)
    told = decided([bare(e) if isinstance(e, ev.Autoscaler) else e for e in events])
    assert {d.verdict for d in told} == {"unexplained"}
    assert "types and selectors" in told[0].missing[0]
    assert [(d.before, d.after) for d in told if d.changes] == [(1, 3), (3, 1)]


def test_asking_after_each_event_or_once_at_the_end_or_of_a_past_state_is_one() -> None:
    events = events_of(busy_then_idle().lines, made=True)
    state, past = EMPTY, []
    for event in events:
        state = fold(state, [event])
        past.append((state, _plain(state)))
    assert past[-1][1] == _plain(state_of(events))
    for earlier, told in past[:: len(past) // 7]:
        assert _plain(replace(earlier.apart(), of_session=state.of_session)) == told


def test_the_newest_decision_of_each_hpa_is_the_last_of_its_decisions() -> None:
    events, state = list(session(hpas=3, hours=0.5)), EMPTY
    for at in range(0, len(events), 40):
        state = fold(state, [*events[at : at + 40], ev.Tick(events[at].at + 60.0)])
        last = {d.decided_by: _told(d) for d in scaling_decisions(state) if d.decider == "hpa"}
        assert {d.decided_by: _told(d) for d in newest_of_hpas(state)} == last
    assert len(last) == 3


def _told(decision: ScalingDecision) -> tuple[Any, ...]:
    """A decision without what makes its words, with these."""
    return structs.replace(decision, words=DecisionWords), decision.words()


def _plain(state: Any) -> list[tuple[Any, ...]]:
    return [(d.at, d.before, d.after, d.looks, d.sentence) for d in scaling_decisions(state)]


def keda(at: float, failures: int | None, *, falls: bool, threshold: int = 3) -> ev.ScaledObject:
    status = {
        "conditions": [
            {"type": "Fallback", "status": str(falls), "reason": "x"},
            {"type": "Active", "status": "True", "reason": "ScalerActive"},
        ],
    }
    if failures is not None:
        word = "Failing" if failures else "Happy"
        status["health"] = {"s0-prometheus": {"numberOfFailures": failures, "status": word}}  # type: ignore[assignment]
    obj = {
        "metadata": {"name": "s", "namespace": "ns"},
        "spec": {
            "scaleTargetRef": {"name": "d"},
            "fallback": {"failureThreshold": threshold, "replicas": 2},
            "triggers": [{"type": "prometheus", "metadata": {"query": "q", "threshold": "1"}}],
        },
        "status": status,
    }
    return decode_scaled_object(obj, START + at)


def test_kedas_fallback_is_told_with_the_failures_that_led_to_it() -> None:
    looks = [keda(0, 0, falls=False), keda(15, 2, falls=False), keda(30, 4, falls=True)]
    told = decided([workload(-1.0, 4), *looks], "keda")
    assert [d.verdict for d in told] == ["agrees"] * 3
    assert [tuple(h.brake for h in d.held) for d in told] == [(), ("failed metric",), ("fallback",)]
    assert (
        "cannot be read (2 in a row); after more than 3 its fallback is served: 2 replicas"
        in told[1].sentence
    )
    assert told[2].sentence == (
        f"the HPA decides, 4 replicas at {time_of_day(START + 30.0)}: q cannot be read 4 times in a"
        " row, KEDA serves the fallback of 2 replicas"
    )


def test_the_first_look_at_kedas_hpa_has_the_triggers_names_though_hpas_are_listed_first() -> None:
    watched = Watched(asked(metric("s0-prometheus"), behavior=behavior()))
    watched.look(1)
    events = events_of(watched.lines)
    *before, hpa, tick = (
        structs.replace(e, scaled_object="s") if isinstance(e, ev.Autoscaler) else e for e in events
    )
    scaled = keda(0.1, 0, falls=False)
    trigger = {**scaled.asked[0], "name": "queue"}
    named = structs.replace(scaled, hpa="h", asked=(trigger,))
    (told,) = decided([*before, hpa, named, tick])
    assert "queue wants 1" in told.sentence
    # One that is made later is not of that look.
    (told,) = decided([*before, hpa, structs.replace(named, at=START + 9.0), tick])
    assert "s0-prometheus wants 1" in told.sentence


def test_failures_that_kedas_status_does_not_count_are_not_none() -> None:
    looks = [structs.replace(keda(0, 0, falls=False), health={"q": {"status": "Happy"}, "r": {}})]
    (told,) = decided([workload(-1.0, 4), *looks], "keda")
    assert [step for step in told.steps if step[:1] in "qr"] == ["q: Happy", "r: not known"]


def uncounted(*, falls: bool, **counted: int) -> ev.ScaledObject:
    """A ScaledObject of which `s0-prometheus` fails and nothing counts how often; others are."""
    health: dict[str, Any] = {"s0-prometheus": {"status": "Failing"}}
    health |= {
        name: {"numberOfFailures": failures, "status": "Failing"}
        for name, failures in counted.items()
    }
    return structs.replace(keda(0, 0, falls=falls), health=health)


def test_the_fallback_of_a_failure_that_nothing_counts_cannot_be_checked() -> None:
    for falls in (True, False):
        (blind,) = decided([workload(-1.0, 4), uncounted(falls=falls)], "keda")
        assert "q cannot be read (how often in a row is not known)" in blind.sentence
        assert blind.inputs[0].error == "cannot be read, how often in a row is not known"
        assert (blind.verdict, blind.differences) == ("unexplained", ())
        assert blind.missing == ("status.health: it does not count the failures of s0-prometheus",)
        assert not any(" 0 " in text for text in (blind.sentence, *blind.brief))


def test_a_count_that_suffices_for_the_fallback_is_enough_whatever_others_lack() -> None:
    (due,) = decided([workload(-1.0, 4), uncounted(falls=True, other=4)], "keda")
    assert (due.verdict, due.missing) == ("agrees", ())
    assert "other cannot be read 4 times in a row" in due.sentence
    (held,) = decided([workload(-1.0, 4), uncounted(falls=False, other=4)], "keda")
    assert held.differences == ("Fallback: recomputed True, seen False",)
    (open_,) = decided([workload(-1.0, 4), uncounted(falls=False, other=2)], "keda")
    assert (open_.verdict, len(open_.missing)) == ("unexplained", 1)


def test_a_fallback_that_does_not_follow_is_a_mismatch_and_without_health_unexplained() -> None:
    (early,) = decided([keda(0, 2, falls=True)], "keda")
    assert early.differences == ("Fallback: recomputed False, seen True",)
    (blind,) = decided([keda(0, None, falls=True)], "keda")
    assert (blind.verdict, blind.missing[0][:13]) == ("unexplained", "status.health")


def test_keda_wakes_the_target_and_says_by_what() -> None:
    event = ev.KubeEvent(
        START + 0.5,
        reason="KEDAScaleTargetActivated",
        message="Scaled apps/v1.Deployment ns/d from 0 to 1, triggered by s0-prometheus",
        kind="ScaledObject",
        name="s",
    )
    (woken,) = decided([workload(-1.0, 0), keda(0, 0, falls=False), event], "keda")
    assert (woken.before, woken.after, woken.direction) == (0, 1, "up")


def test_a_session_with_a_real_keda_is_explained_as_far_as_its_recording_tells() -> None:
    path = shared("real-cluster-2026/keda-queue.jsonl.gz")
    told = decided(list(open_recording(path).events()))
    assert [(d.before, d.after) for d in told if d.changes] == SIZES
    assert {d.verdict for d in told} == {"agrees"}
    failed = next(d for d in told if d.held and d.held[0].brake == "failed metric")
    assert failed.inputs[0].error


SIZES = list(pairwise((1, 2, 4, 6, 5, 4, 3, 2, 1, 2, 3, 2, 1)))


def test_with_every_version_of_its_objects_all_of_a_real_keda_is_explained() -> None:
    path = shared("real-cluster-2026/keda-queue.jsonl.gz")
    recording = list(open_recording(path).events())
    with gzip.open(shared("real-cluster-2026/keda-queue.objects.jsonl.gz"), "rb") as file:
        objects = [json.loads(line) for line in file]
    events = [_whole(event, objects) for event in recording]
    for event in events:
        assert decode(encode(event)) == event
    told = [d for d in scaling_decisions(state_of(events)) if not d.context]
    assert {d.verdict for d in told} == {"agrees"}
    fallback = [d for d in told if d.held and d.held[0].brake == "fallback"]
    assert "KEDA serves the fallback of 2 replicas" in fallback[0].sentence
    assert not any("taken from" in step for d in told for step in d.steps)


def _whole(event: ev.Event, objects: list[dict[str, Any]]) -> ev.Event:
    """The event as it would be recorded now, from the object with the same content."""
    if not isinstance(event, ev.Autoscaler | ev.ScaledObject):
        return event
    kind = "ScaledObject" if isinstance(event, ev.ScaledObject) else "HorizontalPodAutoscaler"
    decoder = decode_scaled_object if kind == "ScaledObject" else decode_autoscaler
    for obj in objects:
        if obj["kind"] == kind and obj["metadata"]["name"] == event.name:
            whole = decoder(obj, event.at)
            if _content(whole) == _content(event):
                return whole
    pytest.fail(f"no version of {event.name} at {event.at}")


def _content(event: ev.Event) -> tuple[Any, ...]:
    if isinstance(event, ev.ScaledObject):
        return event.conditions, event.last_active_at
    assert isinstance(event, ev.Autoscaler)
    read = [None if m.current is None else round(m.current, 6) for m in event.metrics]
    return event.conditions, event.current, event.desired, read


def test_pods_that_a_rescale_made_or_took_are_no_part_of_the_look_that_decided_it() -> None:
    """They are seen before the status that reports it, and would change the CPU utilisation."""
    told = scaling_decisions(state_of(list(session(hpas=8, hours=0.4))))
    assert {d.verdict for d in told} == {"agrees"}
    cpu = [d for d in told if d.variant in ("variant-2", "variant-3") and d.changes]
    assert {d.direction for d in cpu} == {"up", "down"}


def test_a_share_that_no_controller_writes_breaks_nothing() -> None:
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}
    watched = Watched(asked({"type": "Resource", "resource": cpu}), 2)
    watched.look(None)
    (line,) = watched.lines[1:]
    current = {"averageUtilization": -1, "averageValue": "-5m"}
    shown = {"type": "Resource", "resource": {"name": "cpu", "current": current}}
    line["status"]["currentMetrics"] = [shown]
    assert len(decided(events_of(watched.lines))) == 1


def test_a_sentence_says_that_the_tolerance_keeps_the_size_and_that_a_negative_total_is_huge() -> (
    None
):
    watched = Watched(asked(metric(target="4"), high=8, behavior=behavior()), 4)
    for value in (17, -1):
        watched.look(value)
    near, negative = (d.sentence for d in decided(events_of(watched.lines))[:2])
    assert near == (
        "stays at 4: queue wants 4 at 4.25 a replica, within the tolerance of 10 % around target 4"
    )
    assert negative == (
        "4→8: queue wants 2147483647 (the most there can be), as its value is invalid: negative or"
        " infinite, which the HPA takes for an overflow; at the maximum of 8 (maxReplicas)"
    )


def test_a_way_that_an_annotation_pauses_leaves_the_size_to_the_hpa() -> None:
    paused = structs.replace(keda(10.0, None, falls=False), held=("scale-in",))
    (told,) = decided([workload(1.0, 4), paused, ev.Tick(START + 20.0)], "keda")
    assert told.sentence == (
        f"the HPA decides, 4 replicas at {time_of_day(START + 10.0)}: scaling in is paused by"
        " annotation autoscaling.keda.sh/paused-scale-in"
    )
    assert [held.brake for held in told.held] == ["pause"]


def test_a_pause_that_lasts_has_the_size_of_its_time_however_the_hpa_moves_it() -> None:
    paused = [
        structs.replace(keda(at, None, falls=False), held=("scale-in",), activity={"q": at > 20.0})
        for at in (10.0, 40.0)
    ]
    (told,) = decided([workload(1.0, 1), paused[0], workload(30.0, 4), paused[1]], "keda")
    assert (told.at, told.before, told.after, told.looks) == (START + 10.0, 1, 1, 2)
    assert f"4 replicas at {time_of_day(START + 40.0)}" in told.sentence


def test_a_cooldown_leaves_the_size_to_the_hpa_and_says_what_would_end_it() -> None:
    cools = ev.Condition("Active", "False", "ScalerCooldown", "")
    resting = structs.replace(
        keda(10.0, 0, falls=False),
        min=0,
        cooldown_s=300,
        last_active_at=START,
        conditions=(cools,),
    )
    (told,) = decided([workload(1.0, 8), resting, ev.Tick(START + 20.0)], "keda")
    assert told.sentence == (
        f"the HPA decides, 8 replicas at {time_of_day(START + 10.0)}: no trigger is active,"
        f" the cooldown holds until {time_of_day(START + 300.0)},"
        " then KEDA scales to 0 unless a trigger is active by then"
    )


def test_a_wait_ends_on_top_of_the_views_when_the_decision_says_that_it_ends() -> None:
    state = state_of(events_of(busy_then_idle().lines[:7], made=True))
    newest = scaling_decisions(state)[-1]
    (waits,) = [each for each in findings(state) if each.rule == "stabilising"]
    assert waits.until == newest.held[0].until == START + 45.0 + WINDOW_S
    # The looks after the last status are counted, and so is their time.
    assert newest.last_at - newest.at == (newest.looks - 1) * 15.0


@pytest.mark.parametrize(
    ("brake", "rule", "values", "ends"),
    [
        (behavior(down_s=300), "stabilising", (3,) * 5 + (0,) * 15, {80: 380, 200: 500}),
        (behavior(up=("Pods", 1, 90)), "policy-limit", (1,) + (6,) * 14, {35: 105, 130: 195}),
    ],
)
def test_a_hold_that_began_before_the_session_has_one_end_in_every_verb(
    brake: dict[str, Any], rule: str, values: tuple[int, ...], ends: dict[int, int]
) -> None:
    """The last look that wanted 3 was at 60 s, rescales were at 15, 105 and 195 s."""
    watched = Watched(asked(behavior=brake))
    for value in values:
        watched.look(value)
    events = events_of(watched.lines)
    for attached, end in ends.items():
        begin = START + attached
        known = {
            type(e): structs.replace(e, at=begin)
            for e in events
            if e.at <= begin and isinstance(e, ev.Autoscaler | ev.Workload)
        }
        later = [e for e in events if begin < e.at <= begin + 20.0]
        head = ev.Header(begin, started_at=begin, namespace="ns")
        state = state_of([head, *known.values(), *later, ev.Tick(begin + 20.0)])
        held = scaling_decisions(state)[-1]
        assert (held.held_until, held.verdict) == (START + end, "agrees")
        assert "at the latest" in held.sentence
        [found] = [each for each in findings(state) if each.rule == rule]
        assert found.until == START + end
        hpa, target = known[ev.Autoscaler], known[ev.Workload]
        assert isinstance(hpa, ev.Autoscaler)
        assert isinstance(target, ev.Workload)
        for now in (HpaNow(begin, hpa, target), HpaNow(begin + 9.0, hpa, target, held_since=begin)):
            account, _ = begun(now)
            assert [each.until for each in account.brakes] == [START + end]
            assert account.from_status


def test_a_look_that_changed_the_size_is_of_the_time_that_the_status_tells() -> None:
    watched = Watched(asked(behavior=behavior(up=("Pods", 1, 90))))
    for value in (1, 6, 6):
        watched.look(value)
    scaled = [e for e in events_of(watched.lines) if isinstance(e, ev.Autoscaler)][1]
    account, _ = begun(HpaNow(START + 25.0, scaled, workload(15.0, 2)))
    assert account.limit is not None
    assert account.limit.until == START + 15.0 + 90.0


def test_a_size_that_was_only_assumed_is_told_of_no_later_look() -> None:
    watched = Watched(asked(high=5))
    for value in (9, 9, 9, 9, *(1, 2) * 20):
        watched.look(value)
    begin = START + 65.0
    events = events_of(watched.lines)
    known = [
        {type(e): structs.replace(e, at=begin) for e in events if e.at <= begin}[kind]
        for kind in (ev.Workload, ev.Autoscaler)
    ]
    head = ev.Header(begin, started_at=begin, namespace="ns")
    state = state_of([head, *known, *(e for e in events if e.at > begin)])
    held, shrinks, *_ = scaling_decisions(state)
    assert (held.looks, held.after, held.certainty, held.verdict) == (
        20,
        5,
        "from here on",
        "agrees",
    )
    assert [each.brake for each in held.held] == ["max"]
    assert not any("after stabilization windows" in step for step in held.steps)
    assert (shrinks.wanted, shrinks.after) == (1, 2)
    assert [each.replicas for each in shrinks.held] == [2]
