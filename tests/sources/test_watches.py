"""Watched objects are put into the inventory, and the state of all watches is one source."""

from typing import Any

import pytest

from tests.kube.hand_clock import START, HandClock
from tests.sources.looking import NS, Scene, looking
from tests.sources.virtual import running
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY
from wvatui.kube import paths
from wvatui.sim.faults import Fault
from wvatui.sources.inventory import Inventory
from wvatui.sources.watches import ObjectReader, WatchedKind, Watches

Object = dict[str, Any]


def watches(scene: Scene, *kinds: paths.Kind) -> Watches:
    watched = [WatchedKind(kind, NS) for kind in kinds]
    return Watches("workloads", "workloads", scene.client, scene.clock, scene.book, watched)


def told(events: list[ev.Event]) -> list[tuple[str, str, str]]:
    """(status, verb, resource) of the source's events, in order, without what was missed."""
    told = (e for e in events if isinstance(e, ev.Source) and e.missed_since is None)
    return [(e.status, e.verb, e.resource) for e in told]


# --- the state of the watches -------------------------------------------------------------------


@pytest.mark.usefixtures("impatient")
async def test_every_right_that_is_missing_is_named_in_the_order_of_the_collections() -> None:
    async with looking() as scene:
        # The first watch is refused last.
        scene.server.context.faults.add(Fault("hang", "/deployments"))
        for resource in ("deployments.apps", "pods"):
            scene.deny("list", resource)
        source = watches(scene, paths.DEPLOYMENT, paths.LEADER_WORKER_SET, paths.POD)
        async with running(source.run) as events:
            await scene.clock.sleep(50)
            assert told(events)[-1] == ("denied", "list", "deployments.apps, pods")


async def test_a_right_that_is_lost_later_is_named_beside_the_first() -> None:
    async with looking() as scene:
        scene.deny("list", "deployments.apps")
        async with running(watches(scene, paths.DEPLOYMENT, paths.POD).run) as events:
            await scene.clock.sleep(10)
            assert told(events) == [("denied", "list", "deployments.apps")]
            scene.server.context.access.deny("watch", "pods")
            scene.server.context.streams.cut("/pods", "eof")
            await scene.clock.sleep(10)
            # Another verb is another fault, which is reported when the first one is over.
            assert told(events) == [("denied", "list", "deployments.apps")]
            scene.server.context.access.denied.clear()
            scene.server.context.access.deny("watch", "pods")
            await scene.clock.sleep(60)
            assert told(events)[-1] == ("denied", "watch", "pods")


async def test_a_second_right_of_the_same_verb_is_told_though_the_words_stay_the_same() -> None:
    async with looking() as scene:
        scene.deny("watch", "deployments.apps")
        async with running(watches(scene, paths.DEPLOYMENT, paths.POD).run) as events:
            await scene.clock.sleep(10)
            scene.deny("watch", "pods")
            await scene.clock.sleep(10)
            first, second = (
                e for e in events if isinstance(e, ev.Source) and e.verb and e.missed_since is None
            )
            assert (first.text, first.retry_at) == (second.text, second.retry_at)
            assert (first.resource, second.resource) == (
                "deployments.apps",
                "deployments.apps, pods",
            )


async def test_a_right_to_watch_did_not_come_back_because_a_list_worked() -> None:
    async with looking() as scene:
        for resource in ("deployments.apps", "pods"):
            scene.deny("watch", resource)
        async with running(watches(scene, paths.DEPLOYMENT, paths.POD).run) as events:
            await scene.clock.sleep(10)
            del events[:]
            await scene.clock.sleep(180)
            assert set(told(events)) == {("denied", "watch", "deployments.apps, pods")}
            scene.server.context.access.denied.clear()
            del events[:]
            await scene.clock.sleep(120)
            assert told(events)[-1] == ("ok", "", "")


async def test_what_changes_nothing_is_not_told() -> None:
    async with looking() as scene:
        scene.deny("list", "deployments.apps")
        async with running(watches(scene, paths.DEPLOYMENT, paths.POD).run) as events:
            await scene.clock.sleep(10)
            # A worse fault hides a lesser one.
            scene.server.context.faults.add(Fault("500", "/pods", times=2))
            scene.server.context.streams.cut("/pods", "eof")
            await scene.clock.sleep(30)
            assert told(events) == [("denied", "list", "deployments.apps")]


async def test_what_may_be_missing_is_told_before_the_objects_that_are_listed_anew() -> None:
    async with looking() as scene, running(watches(scene, paths.POD).run) as events:
        await scene.clock.sleep(30)
        first = scene.clock.now()
        (before,) = (e for e in events if isinstance(e, ev.Source))
        assert before.missed_since is None
        del events[:]
        scene.server.context.faults.add(Fault("410", "/pods.*watch"))
        scene.server.context.streams.cut("/pods", "reset")
        await scene.clock.sleep(10)
        (told,) = (e for e in events if isinstance(e, ev.Source))
        assert told.status == "ok"
        assert told.missed_since is not None
        assert told.missed_since < first <= told.at
        (silent,) = fold(EMPTY, [before, told]).silent
        assert silent[1:4] == (told.missed_since, told.at, "workloads")


@pytest.mark.parametrize(
    ("kinds", "status", "text"),
    [
        ((paths.AUTOSCALER, paths.SCALED_OBJECT), "ok", ""),
        (
            (paths.VARIANT_AUTOSCALING, paths.SCALED_OBJECT),
            "absent",
            "no variantautoscalings, scaledobjects here",
        ),
    ],
)
async def test_what_is_not_installed_counts_when_there_is_nothing_else(
    kinds: tuple[paths.Kind, ...], status: str, text: str
) -> None:
    async with looking() as scene:
        scene.server.context.catalogue.crds.clear()
        async with running(watches(scene, *kinds).run) as events:
            await scene.clock.sleep(10)
            assert [(e.status, e.text) for e in events if isinstance(e, ev.Source)] == [
                (status, text)
            ]


# --- what is read -------------------------------------------------------------------------------


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def events() -> list[ev.Event]:
    return []


@pytest.fixture
def book(clock: HandClock, events: list[ev.Event]) -> Inventory:
    """An inventory in which the pod `p` is relevant."""
    made = Inventory(clock.now)
    made.put_all([ev.Pod(START, name="p", namespace=NS, role="model")], [])
    made.emit = events.append
    return made


@pytest.fixture
def hears(book: Inventory, clock: HandClock) -> ObjectReader:
    return ObjectReader(book, WatchedKind(paths.EVENT, NS), clock)


def event(uid: str, second: int = 0, count: int = 1, **more: Any) -> Object:
    """A Kubernetes event about the pod."""
    return {
        "metadata": {"name": f"p.{uid}", "namespace": NS, "uid": uid},
        "involvedObject": {"kind": "Pod", "name": "p"},
        "reason": uid,
        "count": count,
        "lastTimestamp": f"2026-09-01T08:00:{second:02d}Z",
    } | more


def heard(events: list[ev.Event]) -> list[tuple[str, int]]:
    """(reason, count) of the Kubernetes events so far, the oldest first; empties `events`."""
    found = [(e.reason, e.count) for e in events if isinstance(e, ev.KubeEvent)]
    del events[:]
    return found


def test_kubernetes_events_are_told_in_the_order_in_which_they_happened(
    hears: ObjectReader, events: list[ev.Event]
) -> None:
    undated = event("now", lastTimestamp=None)
    hears.listed([undated, event("c", 30), event("a", 50), event("b", 0), event("d", 40)])
    # An event without a time gets the present one, which is that of `b`.
    assert heard(events) == [("now", 1), ("b", 1), ("c", 1), ("d", 1), ("a", 1)]


def test_a_kubernetes_event_is_told_once_for_each_time_it_is_counted_up(
    hears: ObjectReader, events: list[ev.Event]
) -> None:
    hears.listed([event("a"), event("b")])
    assert heard(events) == [("a", 1), ("b", 1)]
    hears.listed([event("a"), event("b", count=3)])
    hears.changed("MODIFIED", event("b", count=3))
    assert heard(events) == [("b", 3)]
    hears.changed("MODIFIED", event("a", count=2))
    hears.changed("ADDED", event("c"))
    series = event("d", series={"count": 5})
    for verb in ("ADDED", "MODIFIED"):
        hears.changed(verb, series)
    assert heard(events) == [("a", 2), ("c", 1), ("d", 5)]


def test_a_kubernetes_event_that_the_cluster_forgets_is_not_told_again(
    hears: ObjectReader, events: list[ev.Event]
) -> None:
    hears.changed("ADDED", event("a"))
    hears.changed("DELETED", event("a", count=2))
    hears.changed("DELETED", event("unknown"))
    assert heard(events) == [("a", 1)]


@pytest.mark.parametrize("how", ["deleted", "listed without it"])
def test_what_the_cluster_has_forgotten_is_forgotten_here_too(
    hears: ObjectReader, events: list[ev.Event], how: str
) -> None:
    hears.listed([event("a"), event("b")])
    if how == "deleted":
        hears.changed("DELETED", event("a"))
    else:
        hears.listed([event("b")])
    hears.listed([event("a"), event("b")])
    assert heard(events) == [("a", 1), ("b", 1), ("a", 1)]


def test_a_kubernetes_event_without_a_name_is_none(
    hears: ObjectReader, events: list[ev.Event]
) -> None:
    hears.listed([event("a", metadata={}), event("b", metadata={"name": "p.b"})])
    assert heard(events) == [("b", 1)]


def named(kind: paths.Kind, name: str) -> Object:
    return {"kind": kind.kind, "metadata": {"name": name, "namespace": NS}}


@pytest.mark.parametrize(
    ("kind", "ours", "strange"),
    [
        (paths.LEASE, "72dd1cf1.llm-d.ai", "epp.llm-d.ai"),
        (paths.LEASE, "72dd1cf1.llm-d.ai", "old-72dd1cf1.llm-d.ai"),
        (paths.CONFIG_MAP, "wva-manager-config", "kube-root-ca.crt"),
    ],
)
def test_only_the_controllers_own_objects_are_read(
    book: Inventory,
    clock: HandClock,
    events: list[ev.Event],
    kind: paths.Kind,
    ours: str,
    strange: str,
) -> None:
    reader = ObjectReader(book, WatchedKind(kind, NS), clock)
    reader.listed([named(kind, strange), named(kind, ours), named(kind, "")])
    reader.changed("ADDED", named(kind, strange))
    assert [getattr(e, "name", "") for e in events] == [ours]
    reader.changed("DELETED", named(kind, strange))
    reader.changed("DELETED", named(kind, ours))
    assert [e.name for e in events if isinstance(e, ev.Deleted)] == [ours]


def test_a_variant_that_an_hpa_no_longer_declares_is_gone(
    book: Inventory, clock: HandClock, events: list[ev.Event]
) -> None:
    reader = ObjectReader(book, WatchedKind(paths.AUTOSCALER, NS), clock)
    hpa = named(paths.AUTOSCALER, "h")
    managed = {"metadata": hpa["metadata"] | {"labels": {"llm-d.ai/managed": "true"}}}
    reader.listed([hpa | managed])
    assert [type(e) for e in events] == [ev.Autoscaler, ev.Variant]
    reader.changed("MODIFIED", hpa)
    gone = [e.kind for e in events if isinstance(e, ev.Deleted)]
    assert sorted(gone) == ["hpa", "variant"]
