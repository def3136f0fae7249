"""Pods with several engines, and pages at unusual places, over real HTTP."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.kube.server import Server, says, served, status, talking
from tests.sources.fake_pods import vllm_page
from wvatui.clock import WallClock
from wvatui.core.events import Engine, Event, Notice, Scrape, ScrapeFailure
from wvatui.sources.pods.page_fetch import ProxyFetch
from wvatui.sources.pods.pod_metrics import PodMetrics
from wvatui.sources.pods.poller import PollTarget

RANKS = ((8000, 8001, 8002, 8003),)
REFUSED = status(
    503,
    "ServiceUnavailable",
    "error trying to reach service: dial tcp 10.0.0.9:8001: connect: connection refused",
)


def path(pod: str, port: int, where: str = "/metrics", scheme: str = "") -> str:
    return f"/api/v1/namespaces/ns/pods/{scheme}{pod}:{port}/proxy{where}"


async def looks(
    server: Server,
    *targets: PollTarget,
    until: Callable[[Sequence[Event]], object] = lambda events: scrapes(events),
) -> list[Event]:
    """The events of polling `targets` until `until` is true of them."""
    events: list[Event] = []
    enough = asyncio.Event()

    def emit(event: Event) -> None:
        events.append(event)
        if until(events):
            enough.set()

    async with talking(server) as client:
        fetch = ProxyFetch(client, timeout_s=120.0)
        source = PodMetrics(fetch, WallClock(), lambda: targets, interval_s=0.05)
        task = asyncio.create_task(source.run(emit))
        try:
            await asyncio.wait_for(enough.wait(), 120)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    return events


def scrapes(events: Sequence[Event]) -> list[Scrape]:
    return [event for event in events if isinstance(event, Scrape)]


def misses(events: Sequence[Event]) -> list[ScrapeFailure]:
    return [event for event in events if isinstance(event, ScrapeFailure)]


async def test_every_port_of_a_pod_is_read_and_the_fullest_rank_is_judged() -> None:
    async with served() as server:
        for n in range(4):
            page = vllm_page(2, 40 if n == 3 else 0, 0.97 if n == 3 else 0.1)
            server.on(path("a", 8000 + n), says(page))
        look = scrapes(await looks(server, PollTarget("a", "ns", ports=(8000,), ranks=RANKS)))[0]
    assert (look.running, look.waiting, look.kv) == (8, 40, 0.97)
    assert [(rank.port, rank.waiting, rank.kv) for rank in look.ranks] == [
        (8000, 0, 0.1),
        (8001, 0, 0.1),
        (8002, 0, 0.1),
        (8003, 40, 0.97),
    ]


async def test_a_rank_that_falls_silent_leaves_no_sum_and_is_named() -> None:
    async with served() as server:
        server.on(path("a", 8000), says(vllm_page(2, 9, 0.9)))
        server.on(path("a", 8001), says(vllm_page(3, 1, 0.2)), says(REFUSED, 503))
        target = PollTarget("a", "ns", ports=(8000,), ranks=((8000, 8001),))
        events = await looks(server, target, until=lambda events: len(scrapes(events)) > 1)
    before, after = scrapes(events)[:2]
    assert (before.running, before.waiting, before.judged) == (5, 10, {"waiting": 9.0})
    assert (after.running, after.waiting, after.prompt_tokens) == (None, None, None)
    assert (after.kv, after.judged) == (0.9, {"waiting": 9.0})
    assert [(rank.port, rank.why) for rank in after.ranks] == [(8000, ""), (8001, "refused")]


async def test_a_rank_that_comes_up_later_is_found() -> None:
    async with served() as server:
        server.on(path("a", 8000), says(vllm_page(2)))
        server.on(path("a", 8001), says(REFUSED, 503), says(vllm_page(3)))
        target = PollTarget("a", "ns", ports=(8000,), ranks=((8000, 8001),))
        events = await looks(
            server, target, until=lambda e: scrapes(e) and scrapes(e)[-1].running == 5
        )
    assert scrapes(events)[0].running == 2
    assert scrapes(events)[0].ranks == ()


async def test_a_sidecar_that_passes_a_page_on_is_no_second_engine() -> None:
    page = vllm_page(4) + b"process_start_time_seconds 1.75e9\n"
    async with served() as server:
        server.on(path("a", 8000), says(page))
        server.on(path("a", 8001), says(page))
        target = PollTarget("a", "ns", ports=(8000,), ranks=((8000, 8001),))
        events = await looks(server, target, until=lambda events: len(scrapes(events)) > 2)
        assert len(server.asked(path("a", 8001))) == 1
    assert {(look.running, look.ranks) for look in scrapes(events)} == {(4, ())}


async def test_the_workers_of_a_group_that_serve_are_ranks_of_its_leader() -> None:
    async with served() as server:
        server.on(path("g-0", 8000), says(vllm_page(2)))
        server.on(path("g-0-1", 8200), says(vllm_page(3, kv=0.9)))
        server.on(path("g-0-1", 8000), says(REFUSED, 503))
        server.on(path("g-0-2", 8000), says(REFUSED, 503))
        server.on(path("g-0-2", 8200), says(REFUSED, 503))
        group = (PollTarget("g-0-1", "ns"), PollTarget("g-0-2", "ns"))
        look = scrapes(await looks(server, PollTarget("g-0", "ns", group=group)))[0]
    assert (look.pod, look.running, look.kv) == ("g-0", 5, 0.9)
    assert [(rank.pod, rank.port) for rank in look.ranks] == [("", 8000), ("g-0-1", 8200)]


async def test_a_pod_of_two_models_is_read_for_the_one_that_its_variant_declares() -> None:
    page = vllm_page(3, 1, 0.2, "a") + vllm_page(5, 9, 0.4, "b")
    async with served() as server:
        server.on(path("p", 8000), says(page))
        look = scrapes(await looks(server, PollTarget("p", "ns", model="b")))[0]
    assert (look.running, look.waiting, look.kv, look.judged) == (5, 9, 0.4, None)


async def test_a_percentage_is_said_once_and_its_gauge_is_not_read_any_more() -> None:
    async with served() as server:
        server.on(path("p", 8000), says(vllm_page(kv=45)), says(vllm_page(kv=0.5)))
        target = PollTarget("p", "ns")
        events = await looks(server, target, until=lambda events: len(scrapes(events)) > 3)
    assert {look.kv for look in scrapes(events)} == {None}
    notices = [event for event in events if isinstance(event, Notice) and event.code == "percent"]
    assert [event.text for event in notices] == [
        "p: KV cache use is 45 on port 8000: a percentage where a ratio from 0 to 1 is meant;"
        " it is not used"
    ]


# --- where the page is


async def test_an_annotated_path_is_fetched() -> None:
    async with served() as server:
        server.on(path("p", 9400, "/custom/metrics"), says(vllm_page(7)))
        target = PollTarget("p", "ns", ports=(9400, 8000), path="/custom/metrics")
        events = await looks(server, target)
    assert scrapes(events)[0].running == 7
    engine = next(event for event in events if isinstance(event, Engine))
    assert (engine.port, engine.path, engine.scheme) == (9400, "/custom/metrics", "")


@pytest.mark.parametrize("scheme", ["https", ""], ids=("declared", "found"))
async def test_a_pod_that_speaks_https_is_read(scheme: str) -> None:
    async with served() as server:
        server.on(path("p", 8000, scheme="https:"), says(vllm_page(7)))
        server.on(path("p", 8000), says("Client sent an HTTP request to an HTTPS server.\n", 400))
        target = PollTarget("p", "ns", ports=(8000,), scheme=scheme)
        events = await looks(server, target, until=lambda events: len(scrapes(events)) > 2)
        assert len(server.asked(path("p", 8000))) == (0 if scheme else 1)
    engine = next(event for event in events if isinstance(event, Engine))
    assert (scrapes(events)[0].running, engine.scheme) == (7, "https")


@pytest.mark.parametrize("code", [401, 403])
async def test_a_page_that_wants_credentials_is_named_as_that(code: int) -> None:
    async with served() as server:
        server.on(path("p", 8000), says('{"error":"Unauthorized"}', code))
        server.on(path("p", 8200), says(REFUSED, 503))
        events = await looks(server, PollTarget("p", "ns"), until=misses)
    (miss,) = misses(events)[:1]
    assert miss.why == "guarded"
    assert miss.text.startswith(f"the pod answers {code} to a request for its metrics")


async def test_a_right_that_is_missing_is_not_taken_for_a_guard_of_the_pod() -> None:
    words = 'pods "p" is forbidden: User "v" cannot get resource "pods/proxy" in API group ""'
    refusal: dict[str, Any] = status(403, "Forbidden", words)
    async with served() as server:
        server.on(path("p", 8000), says(refusal, 403))
        events = await looks(server, PollTarget("p", "ns"), until=misses)
    assert [miss.why for miss in misses(events)][:1] == ["denied"]


async def test_a_page_that_is_not_there_says_more_than_ports_where_nobody_listens() -> None:
    async with served() as server:
        server.on(path("p", 8000), says(b'{"detail":"Not Found"}', 404))
        server.on(path("p", 8200), says(REFUSED, 503))
        miss = misses(await looks(server, PollTarget("p", "ns"), until=misses))[0]
    assert miss.why == "error"
    assert "refused" not in miss.text
