"""Targets of kinds that are not watched, read over HTTP through their scale subresource."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from tests.core.fold.log_lines import learned
from tests.kube.hand_clock import START
from tests.kube.server import Server, by_hand, refuses, says
from wvatui.core import events as ev
from wvatui.core.queries.session.variant_rows import variants
from wvatui.sources.inventory import Inventory
from wvatui.sources.objects.scale import decode_scale
from wvatui.sources.scale_targets import AGAIN_S, ScaleTargets

ROLLOUTS = "/apis/argoproj.io/v1alpha1"
SCALE = f"{ROLLOUTS}/namespaces/ns/rollouts/m/scale"


def _scale(spec: dict[str, Any], selector: str = "app=m,tier in (a,b)") -> dict[str, Any]:
    """A Scale as an API server writes it: 0 is left out of the spec, but not of the status."""
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {"name": "m", "namespace": "ns"},
        "spec": spec,
        "status": {"replicas": spec.get("replicas", 0), "selector": selector},
    }


def _hpa(
    api: str = "argoproj.io/v1alpha1", kind: str = "Rollout", name: str = "m"
) -> ev.Autoscaler:
    return ev.Autoscaler(
        START, name="h", namespace="ns", target_kind=kind, target_name=name, target_api=api
    )


def _pod(name: str, ready: bool = True, tier: str = "a") -> ev.Pod:
    return ev.Pod(
        START,
        name=name,
        namespace="ns",
        role="model",
        phase="Running",
        ready=ready,
        labels={"app": "m", "tier": tier},
        owner_kind="ReplicaSet",
        owner_name="m-5c9f",
    )


def _listed(server: Server) -> None:
    """Let the API server list the kind's resource."""
    rows = [{"name": "rollouts", "kind": "Rollout"}, {"name": "rollouts/scale", "kind": "Scale"}]
    server.on(ROLLOUTS, says({"kind": "APIResourceList", "resources": rows}))


async def _seen(server: Server, client: Any, clock: Any, rounds: int = 1) -> list[ev.Event]:
    """The events of `rounds` rounds with an HPA, its Rollout and three pods."""
    book = Inventory(clock.now)
    events: list[ev.Event] = []
    book.emit = events.append
    source = ScaleTargets(client, clock, book)
    book.put_all([_hpa(), _pod("m-5c9f-a"), _pod("m-5c9f-b", ready=False), _pod("x", tier="c")], [])
    running = asyncio.create_task(source.run(events.append))
    await source.ready.wait()
    for _ in range(rounds - 1):
        asked = len(server.asked(SCALE))
        clock.advance(AGAIN_S)
        while len(server.asked(SCALE)) == asked or not clock.sleeps_s:
            await asyncio.sleep(0.001)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    return events


async def test_a_rollout_is_read_through_its_scale() -> None:
    async with by_hand() as (server, client, clock):
        _listed(server)
        server.on(SCALE, says(_scale({"replicas": 3})))
        state = learned(*await _seen(server, client, clock), ev.Tick(START))
    (row,) = variants(state)
    # Ready replicas are counted from the pods of its selector, as a Scale does not have them.
    assert (row.target_kind, row.spec, row.ready) == ("Rollout", 3, 1)
    assert state.sources["targets"].status == "ok"


async def test_it_is_asked_again_and_zero_is_zero() -> None:
    async with by_hand() as (server, client, clock):
        _listed(server)
        server.on(SCALE, says(_scale({"replicas": 3})), says(_scale({})))
        events = await _seen(server, client, clock, rounds=2)
    assert [(e.spec, e.replicas) for e in events if isinstance(e, ev.Workload)] == [(3, 3), (0, 0)]


@pytest.mark.parametrize("answer", [{}, {"spec": {"replicas": "3"}, "status": {}}])
def test_what_a_scale_does_not_say_is_no_zero(answer: dict[str, Any]) -> None:
    told = decode_scale("Rollout", answer, START)
    assert (told.spec, told.replicas) == (None, None)


async def test_a_resource_that_is_not_listed_is_asked_for_by_its_usual_name() -> None:
    async with by_hand() as (server, client, clock):
        server.on(SCALE, says(_scale({"replicas": 2})))
        events = await _seen(server, client, clock)
    assert [e.name for e in events if isinstance(e, ev.Workload)] == ["m"]


async def test_a_missing_right_is_named_and_what_was_read_stays() -> None:
    words = (
        'rollouts.argoproj.io "m" is forbidden: User "u" cannot get resource "rollouts/scale"'
        ' in API group "argoproj.io" in the namespace "ns"'
    )
    async with by_hand() as (server, client, clock):
        _listed(server)
        server.on(SCALE, says(_scale({"replicas": 3})), refuses(403, "Forbidden", words))
        state = learned(*await _seen(server, client, clock, rounds=2))
    source = state.sources["targets"]
    assert (source.status, source.verb) == ("denied", "get")
    assert source.resource == "rollouts.argoproj.io/scale"
    assert [w.spec for w in state.workloads.values()] == [3]


async def test_a_target_that_goes_is_told_as_gone() -> None:
    async with by_hand() as (server, client, clock):
        _listed(server)
        gone = refuses(404, "NotFound", 'rollouts.argoproj.io "m" not found')
        server.on(SCALE, says(_scale({"replicas": 3})), gone)
        state = learned(*await _seen(server, client, clock, rounds=2))
    assert state.workloads == {}
    assert state.sources["targets"].kinds == ("Rollout",)


@pytest.mark.parametrize(
    ("hpa", "asked"),
    [
        (_hpa("apps/v1", "ReplicaSet"), ("apps/v1", "ReplicaSet", "ns", "m")),
        (_hpa("", "Rollout"), ("argoproj.io/v1alpha1", "Rollout", "ns", "m")),
        (_hpa("kaito.sh/v1", "InferenceSet"), ("kaito.sh/v1", "InferenceSet", "ns", "m")),
        (_hpa("apps/v1", "Deployment"), None),
        (_hpa("apps/v1", "StatefulSet"), None),
        (_hpa("apps/v1", "ReplicaSet", ""), None),
    ],
)
def test_only_targets_that_are_not_watched_are_asked_for(
    hpa: ev.Autoscaler, asked: tuple[str, ...] | None
) -> None:
    book = Inventory(lambda: START)
    book.put_all([hpa], [])
    assert book.scale_targets() == ([] if asked is None else [asked])
