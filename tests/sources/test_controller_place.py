"""The namespace of the controller is found, or the reason why not is reported."""

from typing import Any

import pytest

from tests.sources.looking import NS, Scene, looking
from tests.sources.virtual import running
from wvatui.core import events as ev
from wvatui.sim.faults import Fault
from wvatui.sources.controller_place import USUAL, ControllerPlace

FIRST, *_, LAST = USUAL


def place(scene: Scene, **more: Any) -> ControllerPlace:
    return ControllerPlace(scene.client, scene.clock, scene.book, namespaces=(NS,), **more)


def of(events: list[ev.Event], kind: type[ev.Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def told(events: list[ev.Event]) -> list[tuple[str, str]]:
    """(status, text) of the source that finds the controller, in order."""
    return [(e.status, e.text) for e in of(events, ev.Source) if e.source == "controller"]


@pytest.mark.parametrize(
    ("where", "followed", "others"),
    [
        (("anywhere",), "anywhere", ""),
        (("b-system", "a-system"), "a-system", "b-system"),
        (("a-system", LAST), LAST, "a-system"),
        (("a-system", LAST, FIRST), FIRST, f"a-system, {LAST}"),
        ((FIRST, NS), NS, FIRST),
    ],
)
async def test_of_several_controllers_the_one_in_a_usual_place_is_followed_and_the_others_named(
    where: tuple[str, ...], followed: str, others: str
) -> None:
    async with looking() as scene:
        for namespace in where:
            scene.controller(namespace)
        async with running(place(scene).run) as events:
            await scene.clock.sleep(5)
            assert scene.book.controllers().namespace == followed
            notices = [n.text for n in of(events, ev.Notice) if n.code == "several-controllers"]
            text = f"following the controller in {followed}; there are others in {others}"
            assert notices == ([text] if others else [])
            assert told(events) == [("ok", "")]


async def test_where_the_user_says_it_is_nothing_is_looked_for() -> None:
    async with looking() as scene:
        for namespace in (FIRST, "mine"):
            scene.controller(namespace)
        async with running(place(scene, wanted="mine").run) as events:
            await scene.clock.sleep(5)
            assert scene.book.controllers().pods == ("ctl-a",)
            assert scene.book.controllers().namespace == "mine"
            assert of(events, ev.Notice) == []


async def test_without_the_right_to_look_everywhere_the_usual_places_are_looked_at() -> None:
    async with looking() as scene:
        scene.controller(LAST)
        scene.deny("list", "pods", "")
        async with running(place(scene).run) as events:
            await scene.clock.sleep(5)
            assert scene.book.controllers().namespace == LAST
            assert told(events) == [("ok", "")]


async def test_a_cluster_without_a_controller_is_waited_for_and_said_once() -> None:
    async with looking() as scene:
        scene.deny("list", "pods", "")
        scene.at(50, scene.controller, FIRST)
        source = place(scene)
        async with running(source.run) as events:
            await scene.clock.sleep(45)
            assert source.ready.is_set()
            # That the whole cluster may not be looked at is no news: most people may not.
            assert told(events) == [("waiting", f"no WVA controller in {NS}, {', '.join(USUAL)}")]
            await scene.clock.sleep(20)
            assert told(events)[1:] == [("ok", "")]


async def test_a_place_that_may_not_be_looked_at_is_said_beside_the_others() -> None:
    async with looking() as scene:
        scene.deny("list", "pods", LAST)
        async with running(place(scene).run) as events:
            await scene.clock.sleep(45)
            ((status, text),) = told(events)
            assert status == "waiting"
            assert text.startswith(f"no WVA controller in {NS}, {', '.join(USUAL)}; ")
            assert f'in the namespace "{LAST}"' in text


async def test_with_no_right_to_look_anywhere_the_right_is_named() -> None:
    async with looking() as scene:
        scene.deny("list", "pods")
        scene.server.context.faults.add(Fault("500", f"/namespaces/{LAST}/pods", times=None))
        async with running(place(scene).run) as events:
            await scene.clock.sleep(45)
            (one,) = of(events, ev.Source)
            assert (one.status, one.verb, one.resource) == ("denied", "list", "pods")
            assert "forbidden" in one.text
            assert f'in the namespace "{NS}"' in one.text


async def test_a_server_that_only_fails_is_tried_again() -> None:
    async with looking() as scene:
        fault = scene.server.context.faults.add(Fault("500", "/pods", times=None))
        scene.controller(FIRST)
        async with running(place(scene).run) as events:
            await scene.clock.sleep(45)
            (one,) = of(events, ev.Source)
            assert (one.status, one.verb, one.resource) == ("retrying", "", "")
            assert one.text
            fault.times = fault.hits
            await scene.clock.sleep(20)
            assert told(events)[1:] == [("ok", "")]


# --- the lease ----------------------------------------------------------------------------------


def asked_leases(scene: Scene) -> set[str]:
    """The namespaces whose Leases were requested."""
    asked = scene.server.context.access.asked
    return {attempt.namespace for _, attempt in asked if attempt.resource == "leases"}


async def test_a_lease_beside_the_controller_is_looked_for_nowhere_else() -> None:
    async with looking() as scene:
        scene.controller(FIRST)
        scene.lease(FIRST)
        async with running(place(scene).run) as events:
            await scene.clock.sleep(200)
            assert scene.book.controllers().holder == "ctl-a"
            assert asked_leases(scene) == {FIRST}
            assert {e.source for e in of(events, ev.Source)} == {"controller", "configmaps"}


@pytest.mark.parametrize("everywhere", [True, False])
@pytest.mark.parametrize("namespace", [NS, LAST])
async def test_a_lease_that_is_kept_elsewhere_is_found_and_watched(
    namespace: str, everywhere: bool
) -> None:
    async with looking() as scene:
        for name in ("ctl-a", "ctl-b"):
            scene.controller(FIRST, name)
        scene.lease(USUAL[1], "stranger")
        scene.lease("a-system", name="other.llm-d.ai")
        scene.lease(namespace)
        if not everywhere:
            scene.deny("*", "leases", "")
        async with running(place(scene).run) as events:
            await scene.clock.sleep(65)
            assert scene.book.controllers().holder == "ctl-a"
            # The controller's holder is known, so a Lease of that name elsewhere is not ours.
            assert [(e.namespace, e.name) for e in of(events, ev.Lease)] == [
                (namespace, "72dd1cf1.llm-d.ai")
            ]
            scene.lease(namespace, "ctl-b")
            await scene.clock.sleep(5)
            assert scene.book.controllers().holder == "ctl-b"


async def test_without_a_lease_anywhere_it_is_looked_for_again_until_there_is_one() -> None:
    async with looking() as scene:
        scene.controller(FIRST)
        scene.at(100, scene.lease, LAST)
        async with running(place(scene).run):
            await scene.clock.sleep(110)
            assert scene.book.controllers().holder == ""
            assert asked_leases(scene) == {"", FIRST, NS, *USUAL}
            await scene.clock.sleep(15)
            assert scene.book.controllers().holder == "ctl-a"


async def test_as_long_as_no_pod_of_the_controller_is_known_nobodys_lease_is_looked_for() -> None:
    async with looking() as scene:
        scene.lease(LAST)
        async with running(place(scene, wanted=FIRST).run):
            await scene.clock.sleep(110)
            assert asked_leases(scene) == {FIRST}
            scene.controller(FIRST)
            await scene.clock.sleep(65)
            assert scene.book.controllers().holder == "ctl-a"


async def test_a_lease_whose_name_only_ends_alike_is_not_the_controllers() -> None:
    async with looking() as scene:
        scene.controller(FIRST)
        scene.lease(FIRST, "other", name="epp.llm-d.ai")
        async with running(place(scene).run) as events:
            await scene.clock.sleep(5)
            assert of(events, ev.Lease) == []
            assert scene.book.controllers().holder == ""


async def test_every_controller_is_followed_where_the_holder_of_the_lease_is_no_pod() -> None:
    """With hostNetwork, the identity in the Lease is the node's name."""
    async with looking() as scene:
        for name in ("ctl-a", "ctl-b"):
            scene.controller(FIRST, name)
        scene.lease(FIRST, "gpu-node-7")
        async with running(place(scene).run):
            await scene.clock.sleep(5)
            assert scene.book.controllers().wanted == ("ctl-a", "ctl-b")
            scene.lease(FIRST, "ctl-b")
            await scene.clock.sleep(5)
            assert scene.book.controllers().wanted == ("ctl-b",)
