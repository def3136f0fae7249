"""Polling endpoint pickers: they are optional, may need a token, and are never a replica."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.sources.fake_pods import FakePods, epp_page
from tests.sources.virtual import START, running, virtual_clock
from wvatui.core.events import Epp, Event, Source
from wvatui.kube.stepped import SteppedClock
from wvatui.sources.pods.epp import EppMetrics
from wvatui.sources.pods.page_fetch import Fetched
from wvatui.sources.pods.poller import PollTarget

Scene = tuple[FakePods, list[PollTarget], list[Event], SteppedClock]


@asynccontextmanager
async def polling(*names: str, ports: tuple[int, ...] = ()) -> AsyncIterator[Scene]:
    async with virtual_clock() as (clock, _):
        pods = FakePods(clock)
        targets = [PollTarget(name, "ns", ports=ports) for name in names]
        source = EppMetrics(pods, clock, lambda: targets)
        async with running(source.run) as events:
            yield pods, targets, events, clock
        assert source.ready.is_set()
    assert pods.closed


def of(events: list[Event], kind: type[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


async def test_a_gateway_is_asked_on_its_metrics_port_before_the_ones_it_declares() -> None:
    async with polling("epp", ports=(9002, 9003)) as (pods, _, events, clock):
        pods.pages["epp", 9090] = epp_page(queue=4, saturation=1.1)
        await clock.sleep(3)
        assert pods.ports("epp") == [9090, 9090]
        first = of(events, Epp)[0]
        assert (first.pod, first.queue, first.saturation, first.ready_pods) == ("epp", 4, 1.1, 2)
        assert [event.status for event in of(events, Source)] == ["ok"]


async def test_no_gateway_is_absent_and_said_once() -> None:
    async with polling() as (_, targets, events, clock):
        await clock.sleep(9)
        assert [event.status for event in of(events, Source)] == ["absent"]
        targets.append(PollTarget("epp", "ns"))
        await clock.sleep(2)
        assert of(events, Source)[-1].status == "waiting"
        assert of(events, Epp) == []


async def test_a_gateway_that_asks_for_a_token_is_left_alone_for_a_minute() -> None:
    async with polling("epp") as (pods, _, events, clock):
        pods.pages["epp", 9090] = Fetched("guarded", text="HTTP 401: Unauthorized")
        await clock.sleep(100)
        told = of(events, Source)
        assert [event.status for event in told] == ["guarded", "guarded"]
        assert "a token of its own" in told[0].text
        assert (told[0].verb, told[0].resource) == ("", "")
        assert told[0].retry_at == START + 60
        assert len(pods.asked) == 2


async def test_a_missing_right_is_named() -> None:
    async with polling("epp") as (pods, _, events, clock):
        words = 'pods "epp" is forbidden: User "v" cannot get resource "pods/proxy" in API group ""'
        pods.pages["epp", 9090] = Fetched("denied", text=words)
        await clock.sleep(3)
        (told,) = of(events, Source)
        assert (told.status, told.verb, told.resource) == ("denied", "get", "pods/proxy")
        pods.pages["epp", 9090] = epp_page()
        await clock.sleep(60)
        assert [event.status for event in of(events, Source)] == ["denied", "ok"]


async def test_one_gateway_that_is_guarded_does_not_hide_the_other() -> None:
    async with polling("one", "two") as (pods, _, events, clock):
        pods.pages["one", 9090] = Fetched("guarded", text="HTTP 401")
        pods.pages["two", 9090] = epp_page()
        await clock.sleep(9)
        (told,) = of(events, Source)
        assert (told.status, told.guarded) == ("ok", ("one",))
        assert told.text == "the endpoint picker asks for a token of its own: HTTP 401"
        assert [event.pod for event in of(events, Epp)] == ["two"] * 5
        pods.pages["one", 9090] = epp_page()
        await clock.sleep(4)
        assert [(event.text, event.guarded) for event in of(events, Source)[1:]] == [("", ())]


async def test_a_gateway_that_answers_again_is_seen_beside_one_that_is_guarded() -> None:
    async with polling("one", "two") as (pods, _, events, clock):
        pods.pages["one", 9090] = Fetched("guarded", text="HTTP 401")
        pods.pages["two", 9090] = Fetched("refused", text="connection refused")
        await clock.sleep(5)
        assert of(events, Epp) == []
        pods.pages["two", 9090] = epp_page()
        await clock.sleep(90)
        assert {event.pod for event in of(events, Epp)} == {"two"}
        told = of(events, Source)[-1]
        assert (told.status, told.guarded) == ("ok", ("one",))


async def test_a_guarded_gateway_of_one_namespace_hides_none_of_another() -> None:
    async with virtual_clock() as (clock, _):
        pods = FakePods(clock)
        pods.pages["one", 9090] = Fetched("guarded", text="HTTP 401")
        pods.pages["two", 9090] = epp_page()
        targets = [PollTarget("one", "a"), PollTarget("two", "b")]
        async with running(EppMetrics(pods, clock, lambda: targets).run) as events:
            await clock.sleep(9)
            told = of(events, Source)[-1]
            assert (told.status, told.guarded) == ("ok", ("one",))


async def test_a_gateway_that_fails_is_tried_again_and_told_when_it_is_back() -> None:
    async with polling("epp") as (pods, _, events, clock):
        pods.pages["epp", 9090] = Fetched("error", text="HTTP 500")
        await clock.sleep(5)
        pods.pages["epp", 9090] = epp_page()
        await clock.sleep(4)
        assert [event.status for event in of(events, Source)] == ["retrying", "ok"]
        assert len(of(events, Epp)) == 2
