"""Replicas that are updated from one moment to the next equal those computed from scratch."""

import msgspec
import pytest

from tests.core.state.test_links import deployment, pod
from wvatui.core import events as ev
from wvatui.core.state.replicas import KnownReplicas, PodTable, Target

A: Target = ("Deployment", "ns", "a")
B: Target = ("Deployment", "ns", "b")
WORKS = {A: deployment("a", app="a"), B: deployment("b", app="b")}
PODS = {name: pod(name, app=name[0]) for name in ("a-1", "a-2", "b-1")}
A_SHARED = WORKS | {B: msgspec.structs.replace(WORKS[B], selector={"app": "a"})}
MOVED = PODS | {"a-2": pod("a-2", app="b")}
READY = PODS | {"a-2": msgspec.structs.replace(PODS["a-2"], ready=True)}
OWNED = PODS | {"a-2": pod("a-2", "b-7c9", app="a", **{"pod-template-hash": "7c9"})}
UNREAD = PODS | {"c-1": pod("c-1", "c", "StatefulSet", app="c")}
C: Target = ("StatefulSet", "ns", "c")
MADE = WORKS | {A: msgspec.structs.replace(WORKS[A], owner_kind="Model")}

MOMENTS: list[tuple[dict[Target, ev.Workload], dict[str, ev.Pod], frozenset[Target]]] = [
    (WORKS, PODS, frozenset()),
    (WORKS, READY, frozenset()),
    (WORKS, MOVED, frozenset()),
    (WORKS, {"b-1": PODS["b-1"]}, frozenset()),
    (A_SHARED, PODS, frozenset()),
    (A_SHARED, OWNED, frozenset()),
    (WORKS, UNREAD, frozenset()),
    (WORKS, UNREAD, frozenset({C})),
    (MADE, PODS, frozenset({B})),
    ({B: WORKS[B]}, PODS, frozenset()),
    ({}, PODS, frozenset()),
]


@pytest.mark.parametrize("step", range(1, len(MOMENTS)))
def test_what_is_kept_of_replicas_follows_every_change(step: int) -> None:
    moments = MOMENTS[::step] + MOMENTS[::-step]
    kept = KnownReplicas()
    for moment in moments:
        assert kept.of(*moment) == KnownReplicas().of(*moment)


def test_a_pod_that_changed_in_nothing_that_says_whose_it_is_is_not_worked_out_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = KnownReplicas()
    before = kept.of(WORKS, PODS)
    monkeypatch.setattr("wvatui.core.state.replicas.selects", None)
    assert kept.of(WORKS, READY) == before


def test_pods_are_found_by_the_label_that_they_have_now() -> None:
    table = PodTable({})
    for name, each in PODS.items():
        table[name] = each
    assert table.replicas(WORKS[A], ()) == (PODS["a-1"], PODS["a-2"])
    table["a-2"] = MOVED["a-2"]
    table["a-0"] = pod("a-0", app="a")
    table.discard("a-1")
    table.discard("never-seen")
    assert [each.name for each in table.replicas(WORKS[A], ())] == ["a-0"]
    assert [each.name for each in table.replicas(WORKS[B], ())] == ["a-2", "b-1"]
    anew = PodTable(table.sealed())
    assert anew.replicas(WORKS[B], ()) == table.replicas(WORKS[B], ())
    table.leave("b-1")
    assert [each.name for each in table.replicas(WORKS[B], {"b-1"})] == ["a-2"]


def test_pods_that_have_ended_are_found_no_more() -> None:
    ended = msgspec.structs.replace(PODS["a-1"], phase="Failed")
    assert PodTable(PODS | {"a-1": ended}).replicas(WORKS[A], ()) == (PODS["a-2"],)


def test_what_is_kept_of_a_table_stays_and_is_copied_only_where_the_table_changes() -> None:
    table = PodTable({})
    table["a-1"] = PODS["a-1"]
    kept = table.kept()
    assert table.kept() is kept
    table["a-2"] = PODS["a-2"]
    table.discard("a-1")
    assert (list(kept), list(table.sealed())) == (["a-1"], ["a-2"])
