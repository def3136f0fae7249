"""Durations of changes of replicas: steps, unseen steps, statistics, stretches of lacking
replicas."""

from itertools import pairwise
from typing import Any

import pytest

from tests.core.folding import recorded
from tests.core.queries.few_pods import NAMESPACE, START, look, namespace, pod
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.scaling.moves import covers, merged
from wvatui.core.queries.scaling.scaling import gap_windows, lag_rows, scaling
from wvatui.core.rows.scale_views import ScaleEvent
from wvatui.core.state.state import EMPTY, State

NEW = "qwen-7d9f5c6b8-new"


def workload(at: float, spec: int, ready: int) -> ev.Workload:
    return ev.Workload(
        START + at,
        kind="Deployment",
        name="qwen",
        namespace=NAMESPACE,
        spec=spec,
        ready=ready,
        selector={"app": "qwen"},
    )


def hpa(at: float, desired: int) -> ev.Autoscaler:
    return ev.Autoscaler(
        START + at,
        name="qwen-hpa",
        namespace=NAMESPACE,
        desired=desired,
        current=2,
        target_kind="Deployment",
        target_name="qwen",
        min=1,
        max=8,
    )


def decided(at: float, current: int, target: int) -> ev.Log:
    action = "scale-up" if target > current else "scale-down" if target < current else "no-change"
    text = (
        f'{{"level":"info","ts":{START + at},"caller":"saturation/engine_v2.go:744",'
        f'"msg":"scaling-decision","modelID":"Qwen/Qwen3-32B","namespace":"{NAMESPACE}",'
        f'"decisions":[{{"name":"qwen","curr":{current},"tgt":{target},"action":"{action}"}}]}}'
    )
    return ev.Log(START + at, line=text)


def booting(at: float, **steps: Any) -> ev.Pod:
    """The new pod as seen `at` seconds after the start."""
    given: dict[str, Any] = {"ready": False, "phase": "Pending", "created_at": START + 40.0}
    return pod(NEW, at, **{**given, **steps})


def folded(*events: ev.Event, until: float) -> State:
    """The State after `events`, with a tick each second, as in a session."""
    ticks = [ev.Tick(START + second) for second in range(int(until) + 1)]
    ordered = sorted([*events, *ticks], key=lambda e: (e.at, isinstance(e, ev.Tick)))
    return fold(EMPTY, ordered)


def scale_up(until: float = 120.0) -> list[ev.Event]:
    """Two replicas saturated from second 20 on, a decision at 30, a third one that serves at
    106."""
    old = ("qwen-7d9f5c6b8-a", "qwen-7d9f5c6b8-b")
    found: list[ev.Event] = [*namespace(*old), workload(0, 2, 2), hpa(0, 2)]
    for name in old:
        found += [
            look(name, at, 0.95 if at >= 20 else 0.3, waiting=9 if at >= 20 else 0)
            for at in range(0, int(until), 2)
        ]
    ran: dict[str, Any] = {
        "scheduled_at": START + 41.0,
        "phase": "Running",
        "started_at": START + 50.0,
    }
    found += [
        decided(0, 2, 2),
        decided(30, 2, 3),
        hpa(38, 3),
        workload(40, 3, 2),
        booting(40.5),
        booting(41, scheduled_at=START + 41.0),
        ev.KubeEvent(START + 48, kind="Pod", name=NEW, reason="Pulled", first_at=START + 48),
        booting(50, **ran),
        booting(104, **{**ran, "ready": True, "ready_at": START + 104.0}),
        workload(104, 3, 3),
        look(NEW, 105, 0.0, generation_tokens=0),
        look(NEW, 107, 0.1, generation_tokens=12),
    ]
    return [event for event in found if event.at <= START + until]


def steps_of(event: ScaleEvent) -> dict[str, tuple[float | None, float | None]]:
    """(seconds after the start, lag) of each step."""
    return {s.id: (None if s.at is None else s.at - START, s.lag_s) for s in event.steps}


def test_a_scale_up_is_told_from_saturation_to_the_first_token_each_step_with_its_lag() -> None:
    [event] = scaling(folded(*scale_up(), until=120)).events
    assert (event.direction, event.before, event.after, event.outcome) == ("up", 2, 3, "done")
    assert steps_of(event) == {
        "onset": (20.0, None),
        "decision": (30.0, 10.0),
        "desired": (38.0, 8.0),
        "spec": (40.0, 2.0),
        "scheduled": (41.0, 1.0),
        "image": (48.0, 7.0),
        "started": (50.0, 2.0),
        "ready": (104.0, 54.0),
        "served": (107.0, 3.0),
    }
    assert event.took_s == 87.0
    assert [p.pod for p in event.pods] == [NEW]


def test_a_step_that_was_not_seen_is_a_hole_and_counts_in_no_statistic() -> None:
    without = [e for e in scale_up() if not isinstance(e, ev.KubeEvent)]
    found = scaling(folded(*without, until=120))
    [event] = found.events
    image = next(step for step in event.steps if step.id == "image")
    assert (image.at, image.lag_s, image.taken) == (None, None, 0)
    started = next(step for step in event.steps if step.id == "started")
    assert started.lag_s == 9.0, "after the nearest step that was seen"
    assert not started.direct
    steps = {row.step for row in found.lags}
    assert not {"image", "started"} & steps
    assert {"ready", "decision ready", "onset served"} <= steps


def test_a_change_under_way_says_how_many_replicas_have_come_so_far() -> None:
    [event] = scaling(folded(*scale_up(60), until=60)).events
    assert event.outcome == "under way"
    assert event.took_s is None
    ready = next(step for step in event.steps if step.id == "ready")
    assert (ready.at, ready.taken, ready.of) == (None, 0, 1)


def test_what_a_deleted_pod_had_reached_is_remembered() -> None:
    gone = [
        booting(130, ready=False, phase="Running", deleting_at=START + 160.0),
        ev.Deleted(START + 140, kind="pod", name=NEW, namespace=NAMESPACE),
    ]
    state = folded(*scale_up(), *gone, until=150)
    event = scaling(state).events[-1]
    assert steps_of(event)["ready"] == (104.0, 54.0)
    assert state.lifecycles[NEW].leaving_at == START + 130.0, "not the end of the grace period"
    assert state.lifecycles[NEW].gone_at == START + 140.0


def test_a_scale_down_is_told_to_the_drained_replica() -> None:
    down: list[ev.Event] = [
        decided(150, 3, 2),
        hpa(270, 2),
        workload(270, 2, 3),
        booting(271, ready=True, phase="Running", deleting_at=START + 301.0),
        ev.Deleted(START + 290, kind="pod", name=NEW, namespace=NAMESPACE),
    ]
    event = scaling(folded(*scale_up(), *down, until=300)).events[0]
    assert (event.direction, event.before, event.after, event.outcome) == ("down", 3, 2, "done")
    assert steps_of(event) == {
        "decision": (150.0, None),
        "desired": (270.0, 120.0),
        "spec": (270.0, 0.0),
        "leaving": (271.0, 1.0),
        "drained": (290.0, 19.0),
    }


def test_a_decision_that_the_spec_never_follows_is_told_as_not_carried_out() -> None:
    paused = [e for e in scale_up() if not isinstance(e, ev.Autoscaler | ev.Workload)]
    quiet = [workload(0, 2, 2), hpa(0, 2), decided(60, 2, 4), decided(120, 2, 4)]
    [event] = scaling(folded(*namespace(), *paused, *quiet, until=130)).events
    assert (event.before, event.after, event.outcome) == (2, 4, "not carried out")
    assert steps_of(event)["spec"] == (None, None)


def test_a_decision_that_is_taken_back_was_withdrawn() -> None:
    events = [*namespace(), workload(0, 2, 2), decided(10, 2, 3), decided(40, 2, 2)]
    [event] = scaling(folded(*events, until=60)).events
    assert event.outcome == "withdrawn"


@pytest.mark.parametrize(
    ("decisions", "specs"),
    [
        # Withdrawn before the HPA's next look, and carried out all the same.
        ([(10, 2, 4), (20, 2, 2), (40, 4, 4)], [(0, 2), (30, 4)]),
        # Fewer replicas were wanted by the time the spec reached the target.
        ([(10, 2, 4), (20, 2, 3), (40, 4, 4)], [(0, 2), (30, 4)]),
        # The HPA scaled further, because of a metric of its own.
        ([(10, 2, 3), (20, 2, 3), (40, 5, 5)], [(0, 2), (30, 5)]),
        # In two steps, as a policy allows, with another target in between.
        ([(10, 2, 4), (25, 3, 3), (50, 4, 4)], [(0, 2), (20, 3), (35, 4)]),
        # A scale-down that is withdrawn within the stabilization window.
        ([(10, 4, 2), (20, 4, 4), (60, 2, 2)], [(0, 4), (50, 2)]),
    ],
)
def test_a_change_that_was_carried_out_was_not_withdrawn(
    decisions: list[tuple[int, int, int]], specs: list[tuple[int, int]]
) -> None:
    events = [
        *namespace("qwen-7d9f5c6b8-a"),
        *(workload(at, count, count) for at, count in specs),
        *(decided(at, current, target) for at, current, target in decisions),
    ]
    found = scaling(folded(*events, until=70)).events
    assert "withdrawn" not in {event.outcome for event in found}
    assert len(found) == len(specs) - 1
    assert steps_of(found[-1])["decision"][0] == 10.0


def test_a_decision_before_the_spec_went_the_other_way_has_not_caused_a_change() -> None:
    events = [
        *namespace("qwen-7d9f5c6b8-a"),
        *(workload(at, count, count) for at, count in ((0, 2), (15, 3), (25, 2), (40, 3))),
        decided(10, 2, 3),
        decided(20, 3, 2),
        decided(30, 2, 2),
    ]
    by_hand = scaling(folded(*events, until=60)).events[0]
    assert (by_hand.before, by_hand.after) == (2, 3)
    assert steps_of(by_hand)["decision"][0] is None


def test_the_statistics_are_those_of_the_values_that_were_seen() -> None:
    state = recorded("stair-step-v2-hpa.jsonl")
    found = scaling(state, None)
    rows = {(row.direction, row.step): row for row in lag_rows(found.events)}
    ready = [
        s.lag_s
        for e in found.events
        if e.direction == "up"
        for p in e.pods
        for s in p.steps
        if s.id == "ready" and s.lag_s is not None
    ]
    row = rows["up", "ready"]
    assert row.count == len(ready) > 2
    assert row.mean_s == pytest.approx(sum(ready) / len(ready))
    assert row.max_s == max(ready)
    assert row.p95_s in ready
    assert row.mean_s <= row.p95_s <= row.max_s


def test_every_change_of_the_spec_in_a_recording_is_told_once() -> None:
    for name in ("stair-step-v2-hpa.jsonl", "two-variants-keda.jsonl", "burst-drain-v1.jsonl"):
        state = recorded(name)
        changes = 0
        for trail in state.ladder.values():
            specs = [rung.spec for rung in trail if rung.spec is not None]
            changes += sum(a != b for a, b in pairwise(specs))
        told = [e for e in scaling(state, None).events if e.outcome in ("done", "under way")]
        assert len(told) == changes, name
        for event in told:
            times = [step.at for step in event.steps if step.at is not None]
            assert times == sorted(times)


def test_a_stretch_in_which_replicas_lack_is_told_with_the_most_that_lacked() -> None:
    [window] = gap_windows(folded(*scale_up(), until=120))
    assert (window.since - START, window.until - START) == (38.0, 104.0)
    assert (window.lacking, window.wanted_by, window.is_open) == (1, "HPA", False)
    [still] = gap_windows(folded(*scale_up(60), until=60))
    assert still.is_open
    assert still.until == START + 60


def test_a_log_alone_tells_of_decisions_and_not_what_came_of_them() -> None:
    events = [decided(0, 2, 2), decided(60, 2, 3), decided(120, 3, 3)]
    [event] = scaling(fold(EMPTY, events)).events
    assert (event.outcome, event.before, event.after) == ("not known", 2, 3)
    assert [step.at for step in event.steps if step.id != "decision"] == [None] * 8


def test_what_was_saturated_when_the_session_began_has_no_onset() -> None:
    """When it became so was not seen: the time since then would be a part of it, told as all."""
    old = ("qwen-7d9f5c6b8-a", "qwen-7d9f5c6b8-b")
    full = [look(name, at, 0.95, waiting=9) for name in old for at in range(0, 20, 2)]
    later = [e for e in scale_up() if not (isinstance(e, ev.Scrape) and e.at < START + 20)]
    [event] = scaling(folded(*full, *later, until=120)).events
    assert steps_of(event)["onset"] == (None, None)
    assert event.begin - START == 30.0
    assert "onset served" not in {row.step for row in lag_rows([event])}
    [seen] = scaling(folded(*later, until=120)).events
    assert steps_of(seen)["onset"] == (20.0, None), (
        "polled for the first time while the session ran"
    )


def test_an_onset_that_a_change_answered_is_none_of_the_next_change() -> None:
    again = [decided(50, 3, 4), hpa(58, 4), workload(60, 4, 2)]
    second, first = scaling(folded(*scale_up(70), *again, until=70)).events
    assert steps_of(first)["onset"] == (20.0, None)
    assert (second.before, second.after) == (3, 4)
    assert steps_of(second)["onset"] == (None, None), "the replicas were full before the first"
    assert steps_of(second)["decision"] == (50.0, None)


def test_a_moment_is_found_among_stretches_that_overlap_and_touch() -> None:
    stretches = merged([(5.0, 6.0), (1.0, 3.0), (2.0, 2.5), (3.0, 4.0)])
    assert stretches == [(1.0, 4.0), (5.0, 6.0)]
    inside = [at for at in (0.5, 1.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0) if covers(stretches, at)]
    assert inside == [1.0, 3.5, 4.0, 5.0, 6.0]
