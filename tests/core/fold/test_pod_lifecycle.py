"""The lifecycle of a replica: each step has the time at which it was first seen."""

from typing import Any

import pytest

from wvatui.core import events as ev
from wvatui.core.fold import pod_lifecycle
from wvatui.core.fold.fold import fold
from wvatui.core.state.history import PodLifecycle
from wvatui.core.state.state import EMPTY, State


def pod(at: float, name: str = "d-5f-x", **facts: Any) -> ev.Pod:
    facts = {"role": "model", "created_at": 100.0, "owner_kind": "ReplicaSet"} | facts
    return ev.Pod(at, name=name, namespace="ns", owner_name="d-5f", **facts)


def kubelet(at: float, reason: str, kind: str = "Pod", **facts: Any) -> ev.KubeEvent:
    return ev.KubeEvent(at, kind=kind, name="d-5f-x", reason=reason, **facts)


def deleted(at: float, name: str = "d-5f-x") -> ev.Deleted:
    return ev.Deleted(at, kind="pod", name=name, namespace="ns")


def life(*events: ev.Event) -> PodLifecycle:
    return fold(EMPTY, events).lifecycles["d-5f-x"]


def test_a_replica_goes_from_created_to_gone_with_the_time_of_every_step() -> None:
    went = life(
        pod(101.0),
        pod(102.0, scheduled_at=102.0),
        kubelet(103.0, "Pulling"),
        kubelet(104.0, "Pulled"),
        pod(105.0, scheduled_at=102.0, started_at=105.0),
        pod(106.0, scheduled_at=102.0, started_at=105.0, ready_at=106.0),
        ev.Scrape(107.0, pod="d-5f-x", generation_tokens=5),
        ev.Tick(107.5),
        pod(108.0, scheduled_at=102.0, started_at=105.0, ready_at=106.0, deleting_at=138.0),
        deleted(110.0),
    )
    assert went == PodLifecycle(
        pod="d-5f-x",
        namespace="ns",
        owner=("Deployment", "ns", "d"),
        created_at=100.0,
        scheduled_at=102.0,
        pulling_at=103.0,
        pulled_at=104.0,
        started_at=105.0,
        ready_at=106.0,
        served_at=107.0,
        leaving_at=108.0,
        gone_at=110.0,
    )


def test_a_step_keeps_the_time_at_which_it_was_first_seen() -> None:
    first = {"scheduled_at": 102.0, "started_at": 105.0, "ready_at": 106.0, "deleting_at": 138.0}
    again = {"scheduled_at": 202.0, "started_at": 205.0, "ready_at": 206.0, "deleting_at": 238.0}
    went = life(
        pod(108.0, **first),
        kubelet(109.0, "Pulling"),
        kubelet(110.0, "Pulled"),
        pod(207.0, **again),
        kubelet(208.0, "Pulling"),
        kubelet(209.0, "Pulled"),
        deleted(210.0),
        deleted(211.0),
    )
    assert (went.scheduled_at, went.started_at, went.ready_at) == (102.0, 105.0, 106.0)
    assert (went.pulling_at, went.pulled_at) == (109.0, 110.0)
    assert (went.leaving_at, went.gone_at) == (108.0, 210.0)


def test_a_pod_of_the_same_name_created_anew_has_a_lifecycle_of_its_own() -> None:
    went = life(
        pod(101.0, ready_at=106.0), deleted(110.0), pod(120.0, created_at=119.0, scheduled_at=120.0)
    )
    assert (went.created_at, went.scheduled_at) == (119.0, 120.0)
    assert (went.ready_at, went.gone_at) == (None, None)


def test_a_pod_without_a_known_owner_has_none_and_other_roles_have_no_lifecycle() -> None:
    assert life(pod(101.0, owner_kind="")).owner == ("", "", "")
    assert fold(EMPTY, [pod(101.0, role="controller"), pod(101.0, role="")]).lifecycles == {}


@pytest.mark.parametrize(
    ("event", "pulling_at"),
    [
        (kubelet(105.0, "Pulling", first_at=104.0), 104.0),
        (kubelet(105.0, "Pulling"), 105.0),
        (kubelet(100.0, "Pulling"), 100.0),
        (kubelet(99.0, "Pulling"), None),  # of an earlier pod with this name
        (kubelet(105.0, "Pulling", first_at=99.0), None),
        (kubelet(105.0, "Pulling", kind="Deployment"), None),
        (kubelet(105.0, "BackOff"), None),
    ],
)
def test_the_kubelet_tells_of_a_pull_by_events_of_this_pod_since_it_was_created(
    event: ev.KubeEvent, pulling_at: float | None
) -> None:
    went = life(pod(106.0), event)
    assert (went.pulling_at, went.pulled_at) == (pulling_at, None)


def test_a_pod_that_does_not_say_when_it_was_created_takes_its_events_as_they_come() -> None:
    assert life(pod(106.0, created_at=None), kubelet(1.0, "Pulled")).pulled_at == 1.0


def test_events_and_deletions_of_pods_never_seen_make_no_lifecycle() -> None:
    assert fold(EMPTY, [kubelet(1.0, "Pulling"), deleted(2.0)]).lifecycles == {}


# --- the first token


def looked(*events: ev.Event) -> State:
    return fold(EMPTY, [pod(101.0), *events])


def scrape(at: float, tokens: int | None) -> ev.Scrape:
    return ev.Scrape(at, pod="d-5f-x", generation_tokens=tokens)


@pytest.mark.parametrize("tokens", [0, None])
def test_a_replica_without_a_token_has_not_served(tokens: int | None) -> None:
    state = looked(scrape(102.0, tokens), ev.Tick(103.0))
    assert (state.unserved, state.lifecycles["d-5f-x"].served_at) == (("d-5f-x",), None)


def test_a_replica_has_served_since_the_scrape_that_shows_its_first_token() -> None:
    state = looked(scrape(102.0, 0), ev.Tick(102.5), scrape(104.0, 1), ev.Tick(105.0))
    assert (state.unserved, state.lifecycles["d-5f-x"].served_at) == ((), 104.0)
    later = fold(state, [scrape(106.0, 9), ev.Tick(107.0), pod(108.0, ready_at=108.0)])
    assert (later.unserved, later.lifecycles["d-5f-x"].served_at) == ((), 104.0)


def test_a_replica_is_waited_for_once_however_often_it_changes() -> None:
    state = looked(pod(102.0, scheduled_at=102.0), pod(103.0, scheduled_at=102.0, started_at=103.0))
    assert state.unserved == ("d-5f-x",)


def test_a_replica_that_is_gone_without_a_token_is_waited_for_no_more() -> None:
    both = [pod(101.0), pod(101.0, "d-5f-y")]
    state = fold(EMPTY, [*both, deleted(110.0)])
    assert state.unserved == ("d-5f-y",)
    assert fold(state, [ev.Tick(111.0)]).unserved == ("d-5f-y",)


def test_the_oldest_lifecycles_give_way_and_are_waited_for_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert pod_lifecycle.KEPT == 5_000
    monkeypatch.setattr(pod_lifecycle, "KEPT", 3)
    state = fold(EMPTY, [pod(101.0 + n, f"p{n}") for n in range(4)])
    assert tuple(state.lifecycles) == state.unserved == ("p1", "p2", "p3")
    changed = fold(state, [pod(110.0, "p2", ready_at=110.0)])
    assert tuple(changed.lifecycles) == ("p1", "p2", "p3")
