"""Polling model pods: scrapes, failures with their reasons, engines, rounds, rights."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from tests.sources.fake_pods import FakePods, vllm_page
from tests.sources.virtual import START, running, virtual_clock
from wvatui.core.events import (
    Bounds,
    Engine,
    Event,
    Notice,
    PollRound,
    Scrape,
    ScrapeFailure,
    Source,
)
from wvatui.engine.timeline import Timeline
from wvatui.kube.stepped import SteppedClock
from wvatui.sources.pods.page_fetch import Fetched
from wvatui.sources.pods.pod_metrics import PodMetrics, page_timeout_s
from wvatui.sources.pods.poller import PollTarget

WORDS = 'pods "a" is forbidden: User "v" cannot get resource "pods/proxy" in API group ""'
DENIED = Fetched("denied", text=WORDS)


@dataclass
class Scene:
    """Model pods being polled in virtual time."""

    clock: SteppedClock
    timeline: Timeline
    pods: FakePods
    targets: list[PollTarget]
    events: list[Event]
    source: PodMetrics

    def of(self, kind: type[Event], pod: str = "") -> list[Any]:
        return [
            event
            for event in self.events
            if isinstance(event, kind) and pod in ("", getattr(event, "pod", ""))
        ]

    def at(self, seconds: float, page: Any, pod: str = "a", port: int = 8000) -> None:
        """Set a pod's answer from `seconds` after the start on."""
        self.timeline.call_at(
            START + seconds, lambda: self.pods.pages.__setitem__((pod, port), page)
        )

    async def until(self, seconds: float) -> None:
        await self.clock.sleep(START + seconds - self.clock.now())


@asynccontextmanager
async def polling(
    *targets: PollTarget, interval_s: float = 2.0, after: Sequence[asyncio.Event] = ()
) -> AsyncIterator[Scene]:
    async with virtual_clock() as (clock, timeline):
        pods = FakePods(clock)
        named = list(targets) or [PollTarget("a", "ns")]
        source = PodMetrics(pods, clock, lambda: scene.targets, interval_s=interval_s, after=after)
        scene = Scene(clock, timeline, pods, named, [], source)
        async with running(source.run) as scene.events:
            yield scene
    assert pods.closed


async def test_a_pod_gives_its_engine_once_and_a_scrape_each_interval() -> None:
    async with polling() as scene:
        scene.pods.pages["a", 8000] = vllm_page(running=3)
        await scene.until(9)
        (engine,) = scene.of(Engine)
        assert (engine.pod, engine.engine, engine.model, engine.port) == (
            "a",
            "vllm",
            "org/m",
            8000,
        )
        assert [event.at - START for event in scene.of(Scrape)] == [0, 2, 4, 6, 8]
        assert {event.running for event in scene.of(Scrape)} == {3}
        assert len(scene.of(Bounds)) == 1
        assert [(r.pods, r.answered, r.late_ms) for r in scene.of(PollRound)] == [(1, 1, 0)] * 5
        assert [event.status for event in scene.of(Source)] == ["starting", "ok"]
        assert scene.source.ready.is_set()


async def test_of_many_pods_the_first_answer_is_enough_for_time_to_begin() -> None:
    names = [f"p-{number}" for number in range(40)]
    async with polling(*(PollTarget(name, "ns") for name in names)) as scene:
        scene.pods.pages.update({(name, 8000): vllm_page() for name in names})
        await scene.until(0.01)
        assert 0 < len(scene.of(Scrape)) < 40
        assert scene.source.ready.is_set()


async def test_pods_are_asked_as_soon_as_they_can_be_known_and_the_grid_begins_there() -> None:
    listed = asyncio.Event()
    async with polling(after=[listed]) as scene:
        scene.pods.pages["a", 8000] = vllm_page()
        await scene.until(0.7)
        listed.set()
        await scene.until(5.0)
        assert [round(s.at - START, 3) for s in scene.of(Scrape)] == [0.7, 2.7, 4.7]


async def test_lists_that_take_long_hold_the_first_look_back_by_one_interval_at_most() -> None:
    async with polling(after=[asyncio.Event()]) as scene:
        scene.pods.pages["a", 8000] = vllm_page()
        await scene.until(5.0)
        assert [round(s.at - START, 3) for s in scene.of(Scrape)] == [2.0, 4.0]


async def test_an_engine_is_told_again_when_it_changed_and_only_then() -> None:
    async with polling() as scene:
        scene.pods.pages["a", 8000] = vllm_page()
        scene.at(3, Fetched("starting", text="503"))
        scene.at(7, vllm_page())
        scene.at(11, vllm_page(model="org/other"))
        await scene.until(20)
        assert [engine.model for engine in scene.of(Engine)] == ["org/m", "org/other"]
        assert [miss.at - START for miss in scene.of(ScrapeFailure)] == [4, 6]


@pytest.mark.parametrize(
    ("answer", "why", "status"),
    [
        (b"", "starting", "waiting"),
        (b"# HELP nothing yet\n", "starting", "waiting"),
        (b'{"object":"error","code":503}', "starting", "waiting"),
        (Fetched("starting", text="HTTP 503"), "starting", "waiting"),
        (Fetched("refused", text="connection refused"), "refused", "waiting"),
        (Fetched("timeout", text="no answer"), "timeout", "retrying"),
        (Fetched("gone", text='pods "a" not found'), "gone", "retrying"),
        (Fetched("guarded", text="HTTP 401"), "guarded", "retrying"),
        (Fetched("unreachable", text="connection reset"), "error", "retrying"),
        (Fetched("error", text="HTTP 500"), "error", "retrying"),
        (b"python_info 1.0\n", "error", "retrying"),
        (b"<html>hello</html>\n", "error", "retrying"),
    ],
)
async def test_a_pod_that_gives_no_metrics_is_a_miss_with_its_reason(
    answer: Any, why: str, status: str
) -> None:
    async with polling() as scene:
        scene.pods.pages["a", 8000] = scene.pods.pages["a", 8200] = answer
        await scene.until(5)
        assert [miss.why for miss in scene.of(ScrapeFailure)] == [why] * 3
        assert all(miss.text for miss in scene.of(ScrapeFailure))
        assert scene.of(Scrape) == scene.of(Engine) == []
        assert scene.of(Source)[-1].status == status


async def test_a_pod_that_boots_is_a_miss_until_it_is_up_and_never_zero() -> None:
    async with polling(PollTarget("a", "ns"), PollTarget("b", "ns")) as scene:
        scene.pods.pages["a", 8000] = vllm_page(kv=0.9)
        scene.at(10, b'{"code":503}', "b")
        scene.at(20, vllm_page(kv=0.0), "b")
        await scene.until(25)
        whys = [miss.why for miss in scene.of(ScrapeFailure, "b")]
        assert whys == ["refused"] * 5 + ["starting"] * 5
        assert [s.at - START for s in scene.of(Scrape, "b")] == [20, 22, 24]
        assert len(scene.of(Scrape, "a")) == 13
        assert scene.of(Source)[-1].status == "ok"


async def test_only_pods_that_may_answer_are_asked() -> None:
    targets = [
        PollTarget("a", "ns"),
        PollTarget("b", "ns", phase="Pending"),
        PollTarget("c", "ns", phase=""),
    ]
    async with polling(*targets, PollTarget("d", "ns", phase="Succeeded")) as scene:
        await scene.until(3)
        assert {pod for _, pod, _ in scene.pods.asked} == {"a", "c"}


async def test_no_pods_is_said_and_does_not_hold_up_the_rest() -> None:
    async with polling(PollTarget("a", "ns", phase="Pending")) as scene:
        await scene.until(1)
        assert scene.source.ready.is_set()
        assert scene.of(Source)[-1].status == "waiting"
        assert scene.of(PollRound) == []


# --- rights


async def test_a_missing_right_is_said_once_and_asked_for_rarely() -> None:
    targets = [PollTarget(name, "ns") for name in ("a", "b", "c")]
    async with polling(*targets) as scene:
        for name in ("a", "b", "c"):
            scene.pods.pages[name, 8000] = DENIED
        await scene.until(200)
        told = scene.of(Source)[1:]
        assert {(s.status, s.verb, s.resource, s.text) for s in told} == {
            ("denied", "get", "pods/proxy", WORDS)
        }
        assert [s.retry_at - START for s in told] == [60, 120, 180, 240]
        assert [m.pod for m in scene.of(ScrapeFailure)] == ["a", "b", "c", "a", "a", "a"]
        assert len(scene.pods.asked) == 6


async def test_polling_goes_on_at_once_when_a_person_asks_for_it() -> None:
    async with polling(PollTarget("a", "ns")) as scene:
        scene.pods.pages["a", 8000] = DENIED
        scene.at(20, vllm_page())
        await scene.until(21)
        scene.source.retry()
        await scene.until(25)
        assert [s.at - START for s in scene.of(Scrape)] == [22, 24]


async def test_polling_goes_on_as_soon_as_the_right_is_given() -> None:
    async with polling(PollTarget("a", "ns"), PollTarget("b", "ns")) as scene:
        scene.pods.pages["a", 8000] = scene.pods.pages["b", 8000] = DENIED
        scene.at(50, vllm_page(), "a")
        scene.at(50, vllm_page(), "b")
        await scene.until(65)
        assert [s.status for s in scene.of(Source)] == ["starting", "denied", "ok"]
        assert [s.at - START for s in scene.of(Scrape, "b")] == [62, 64]


async def test_polling_goes_on_when_the_right_was_given_and_the_first_pod_is_down() -> None:
    async with polling(PollTarget("a", "ns"), PollTarget("b", "ns")) as scene:
        scene.pods.pages["a", 8000] = scene.pods.pages["b", 8000] = DENIED
        scene.at(50, Fetched("refused", text="connection refused"), "a")
        scene.at(50, vllm_page(), "b")
        await scene.until(65)
        assert [s.at - START for s in scene.of(Scrape, "b")] == [62, 64]
        assert scene.of(Source)[-1].status == "ok"


async def test_a_right_for_some_pods_only_does_not_stop_those() -> None:
    async with polling(PollTarget("a", "ns"), PollTarget("b", "ns")) as scene:
        scene.pods.pages["a", 8000] = DENIED
        scene.pods.pages["b", 8000] = vllm_page()
        await scene.until(9)
        assert len(scene.of(Scrape, "b")) == 5
        assert [miss.why for miss in scene.of(ScrapeFailure, "a")] == ["denied"] * 5
        assert [event.status for event in scene.of(Source)] == ["starting", "ok"]


async def test_a_pod_with_a_guard_of_its_own_does_not_stop_the_others() -> None:
    async with polling(PollTarget("a", "ns"), PollTarget("b", "ns")) as scene:
        scene.pods.pages["a", 8000] = Fetched("guarded", text="HTTP 401")
        scene.pods.pages["b", 8000] = vllm_page()
        await scene.until(5)
        assert [miss.why for miss in scene.of(ScrapeFailure)] == ["guarded"] * 3
        assert len(scene.of(Scrape, "b")) == 3
        assert scene.of(Source)[-1].status == "ok"


# --- ports


async def test_the_port_is_found_told_and_remembered() -> None:
    async with polling(PollTarget("a", "ns", workload="w")) as scene:
        scene.pods.pages["a", 8200] = vllm_page()
        await scene.until(3)
        assert scene.pods.ports("a") == [8000, 8200, 8200]
        (notice,) = scene.of(Notice)
        assert notice.code == "port-found"
        assert notice.text == "a: metrics on port 8200 (8000 refused)"
        scene.targets.append(PollTarget("b", "ns", workload="w"))
        scene.pods.pages["b", 8200] = vllm_page()
        await scene.until(5)
        assert scene.pods.ports("b") == [8200]


async def test_what_a_pod_declares_is_tried_first_and_what_is_no_engine_is_passed_over() -> None:
    async with polling(PollTarget("a", "ns", ports=(9100,))) as scene:
        scene.pods.pages["a", 9100] = b"node_cpu_seconds_total 5\n"
        scene.pods.pages["a", 8000] = vllm_page()
        await scene.until(1)
        assert scene.pods.ports("a") == [9100, 8000]
        assert "9100 other" in scene.of(Notice)[0].text


async def test_a_pod_that_moved_to_another_port_is_found_again() -> None:
    async with polling() as scene:
        scene.pods.pages["a", 8000] = vllm_page()
        scene.at(5, Fetched("refused", text="connection refused"))
        scene.at(5, vllm_page(), port=8200)
        await scene.until(9)
        assert scene.pods.ports("a") == [8000, 8000, 8000, 8000, 8200, 8200]
        assert [engine.port for engine in scene.of(Engine)] == [8000, 8200]
        assert scene.of(ScrapeFailure) == []


# --- time


async def test_a_hung_pod_delays_no_other_and_is_a_timeout() -> None:
    async with polling(PollTarget("a", "ns"), PollTarget("b", "ns")) as scene:
        scene.pods.pages["a", 8000] = scene.pods.pages["b", 8000] = vllm_page()
        scene.pods.delays["b"] = 1000.0
        await scene.until(21)
        times = [s.at for s in scene.of(Scrape, "a")]
        # A scrape waits for others of its moment, but at most a tenth of a second.
        assert all(abs(b - a - 2.0) < 1e-6 for a, b in pairwise(times))
        assert len(times) == 11
        assert [m.why for m in scene.of(ScrapeFailure, "b")] == ["timeout"] * 3
        assert [round(m.took_ms) for m in scene.of(ScrapeFailure, "b")] == [5000] * 3
        assert all(r.skipped == 0 for r in scene.of(PollRound))


async def test_rounds_that_cannot_be_held_are_left_out_and_counted() -> None:
    async with polling(interval_s=1.0) as scene:
        scene.pods.pages["a", 8000] = vllm_page()
        scene.pods.delays["a"] = 2.5
        await scene.until(20)
        assert [round_.skipped for round_ in scene.of(PollRound)][1:] == [2] * 5
        times = [s.at - START for s in scene.of(Scrape)]
        assert times == [2.5, 5.5, 8.5, 11.5, 14.5, 17.5]
        assert {s.took_ms for s in scene.of(Scrape)} == {2500}


async def test_a_pod_that_came_and_went_leaves_nothing_behind() -> None:
    async with polling() as scene:
        scene.pods.pages["a", 8000] = vllm_page()
        await scene.until(3)
        scene.targets.clear()
        await scene.until(5)
        scene.targets.append(PollTarget("a", "ns"))
        await scene.until(7)
        assert len(scene.of(Engine)) == 2  # another pod of this name may be another engine
        assert [s.status for s in scene.of(Source)] == ["starting", "ok", "waiting", "ok"]


def test_a_page_may_take_longer_than_an_interval_but_not_for_ever() -> None:
    assert [page_timeout_s(s) for s in (0.5, 2.0, 4.0, 60.0)] == [5.0, 5.0, 8.0, 10.0]
