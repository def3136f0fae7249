"""Polling and log following against the simulated API server: real HTTP, faults included."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from tests.sources.fake_pods import vllm_page
from tests.sources.virtual import START, running
from wvatui.core.events import Event, Gap, Log, Notice, Scrape, ScrapeFailure, Source
from wvatui.engine.timeline import Timeline
from wvatui.kube.auth import Access, Credentials
from wvatui.kube.client import Client
from wvatui.kube.stepped import SteppedClock
from wvatui.sim.api.server import ApiServer
from wvatui.sim.faults import Fault
from wvatui.sim.pods.exposition import PodPages
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.store import Store
from wvatui.sources.log.controller_log import ControllerLog, Controllers
from wvatui.sources.pods.page_fetch import ProxyFetch
from wvatui.sources.pods.pod_metrics import PodMetrics
from wvatui.sources.pods.poller import PollTarget


@dataclass
class Cluster:
    """A cluster with pods that answer and log, in which only the test makes things happen."""

    timeline: Timeline
    store: Store
    logbook: LogBook
    pages: PodPages

    def pod(self, name: str, restarts: int = 0, ended_at: str = "") -> None:
        """Add a running pod with one container, `manager`."""
        ended = {"terminated": {"finishedAt": ended_at, "reason": "OOMKilled", "exitCode": 137}}
        status = {
            "name": "manager",
            "restartCount": restarts,
            "state": {"running": {}},
            "lastState": ended if ended_at else {},
        }
        self.store.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": name, "namespace": "ns"},
                "spec": {"containers": [{"name": "manager"}]},
                "status": {
                    "phase": "Running",
                    "podIP": "10.0.0.1",
                    "containerStatuses": [status],
                },
            }
        )

    def at(self, seconds: float, action: Any, *args: Any) -> None:
        """Do something `seconds` after the start."""
        self.timeline.call_at(START + seconds, lambda: action(*args))

    def says(self, text: str) -> None:
        """Let the controller print a line."""
        self.logbook.append("ns", "a", "manager", text)


@dataclass
class Scene:
    cluster: Cluster
    server: ApiServer
    client: Client
    clock: SteppedClock


@asynccontextmanager
async def cluster() -> AsyncIterator[Scene]:
    timeline = Timeline(START)
    made = Cluster(timeline, Store(timeline), LogBook(timeline), PodPages())
    made.pod("a")
    made.pod("b")
    server = ApiServer(made, speed=0.0)
    await server.start()
    clock = await SteppedClock.attach(server.clock_url, paced=False)
    client = Client(Access(Credentials(server=server.url)), clock)
    await clock.ready()
    try:
        yield Scene(made, server, client, clock)
    finally:
        await client.aclose()
        await clock.aclose()
        await server.stop()


@asynccontextmanager
async def polling() -> AsyncIterator[tuple[Scene, list[Event]]]:
    async with cluster() as scene:
        fetch = ProxyFetch(scene.client, timeout_s=5.0)
        targets = [PollTarget(name, "ns") for name in ("a", "b")]
        source = PodMetrics(fetch, scene.clock, lambda: targets)
        for name in ("a", "b"):
            scene.cluster.pages.listen(
                "ns", name, 8000, lambda path: (200, "text/plain", vllm_page())
            )
        async with running(source.run) as events:
            yield scene, events


def of(events: list[Event], kind: type[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


async def test_pods_are_polled_through_the_proxy_at_the_clocks_pace() -> None:
    async with polling() as (scene, events):
        await scene.clock.sleep(9)
        for name in ("a", "b"):
            # The first look may come a step later, when the connection took one.
            times = [round(s.at - START) for s in of(events, Scrape) if s.pod == name]
            assert times == [0, 2, 4, 6, 8]


@pytest.mark.parametrize(
    ("kind", "why"),
    [("500", "error"), ("503", "error"), ("429", "error"), ("hang", "timeout"), ("404", "gone")],
)
async def test_one_bad_answer_costs_one_pod_one_look(
    kind: str, why: str, request: pytest.FixtureRequest
) -> None:
    if kind == "hang":
        request.getfixturevalue("impatient")
    async with polling() as (scene, events):
        scene.server.context.faults.add(Fault(kind, path="pods/a:8000", nth=2))
        await scene.clock.sleep(15)
        misses = of(events, ScrapeFailure)
        assert [miss.why for miss in misses] == [why]
        assert {miss.pod for miss in misses} == {"a"}
        times = [round(s.at - START) for s in of(events, Scrape) if s.pod == "b"]
        assert times == [0, 2, 4, 6, 8, 10, 12, 14]


async def test_a_right_that_is_taken_away_and_given_back() -> None:
    async with polling() as (scene, events):
        await scene.clock.sleep(3)
        access = scene.server.context.access
        access.deny("get", "pods/proxy")
        await scene.clock.sleep(30)
        told = of(events, Source)[-1]
        assert (told.status, told.verb, told.resource) == ("denied", "get", "pods/proxy")
        access.denied.clear()
        await scene.clock.sleep(10)
        assert of(events, Source)[-1].status == "ok"


@asynccontextmanager
async def following() -> AsyncIterator[tuple[Scene, list[Event]]]:
    async with cluster() as scene:
        source = ControllerLog(scene.client, scene.clock, lambda: Controllers("ns", (), "a"))
        async with running(source.run) as events:
            yield scene, events


def texts(events: list[Event]) -> list[str]:
    return [event.line.partition(" ")[2] for event in of(events, Log)]


@pytest.mark.parametrize("kind", ["eof", "reset", "idle"])
async def test_a_followed_log_survives_its_streams(kind: str) -> None:
    async with following() as (scene, events):
        wanted = [f"größe {n // 2}" for n in range(80)]
        for number, text in enumerate(wanted):
            scene.cluster.at(5 + number, scene.cluster.says, text)
        for seconds in (20.5, 47.5):
            scene.cluster.at(seconds, scene.server.context.streams.cut, "/log", kind)
        await scene.clock.sleep(450 if kind == "idle" else 100)
        assert texts(events) == wanted
        assert of(events, Gap) == []


@pytest.mark.parametrize("kind", ["split", "close", "500", "429"])
async def test_a_followed_log_survives_a_bad_start(kind: str) -> None:
    async with following() as (scene, events):
        scene.server.context.faults.add(Fault(kind, path="/log", times=3, after_bytes=70))
        wanted = [f"größe {n // 2}" for n in range(40)]
        for number, text in enumerate(wanted):
            scene.cluster.at(number, scene.cluster.says, text)
        await scene.clock.sleep(100)
        assert texts(events) == wanted
        assert of(events, Gap) == []


async def test_a_restarted_controllers_last_words_are_read() -> None:
    async with following() as (scene, events):
        made = scene.cluster
        made.at(1, made.says, "one")
        made.at(4, scene.server.context.streams.cut, "/log", "idle")
        made.at(5, made.says, "last words")
        made.at(6, made.logbook.restart, "ns", "a", "manager")
        made.at(6, made.pod, "a", 1, "2026-09-01T08:00:06Z")
        made.at(6.5, scene.server.context.streams.cut, "/log", "eof")
        made.at(7, made.says, "up again")
        await scene.clock.sleep(400)
        assert texts(events) == ["one", "last words", "up again"]
        assert [notice.code for notice in of(events, Notice)] == ["restart"]
        assert of(events, Gap) == []


async def test_a_log_is_followed_again_within_seconds_after_the_api_server_was_restarted() -> None:
    async with following() as (scene, events):
        access, cut = scene.server.context.access, scene.server.context.streams.cut
        for number in range(40):
            scene.cluster.at(2 + number, scene.cluster.says, f"line {number}")
        scene.cluster.at(10.5, access.deny, "*", "pods/log")
        scene.cluster.at(10.5, cut, "/log", "reset")
        scene.cluster.at(17.5, access.denied.clear)
        await scene.clock.sleep(30)
        health = [(event.status, event.at - START) for event in of(events, Source)]
        denied = [at for status, at in health if status == "denied"]
        assert [b - a for a, b in pairwise(denied)] == [1, 2, 4][: len(denied) - 1]
        assert health[-1][0] == "ok"
        assert health[-1][1] < 20
        await scene.clock.sleep(20)
        assert texts(events) == [f"line {number}" for number in range(40)]
        assert of(events, Gap) == []
