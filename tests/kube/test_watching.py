"""A watch survives whatever an API server does, and reports what it cannot recover."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.kube.hand_clock import START, HandClock
from tests.kube.server import (
    Say,
    Server,
    by_hand,
    cuts,
    hangs,
    happens,
    pages,
    pod,
    refuses,
    says,
    status,
    streams,
)
from tests.waiting import until
from wvatui.kube.client import Client
from wvatui.kube.watching import (
    LIVELY_S,
    Listed,
    ObjectChanged,
    TroubleOver,
    WatchNews,
    WatchTrouble,
    watch,
)

PATH = "/api/v1/namespaces/ns/pods"


class Api:
    """A server whose lists and watches are answered from scripts, one answer at a time."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.lists: list[Say] = []
        self.watches: list[Say] = []
        server.on(PATH, self.answer)

    async def answer(self, request: Any) -> Any:
        script = self.watches if request.query.get("watch") else self.lists
        say = script.pop(0) if len(script) > 1 else script[0]
        return await say(request)

    def asked(self, kind: str) -> list[dict[str, str]]:
        """The queries of all lists, or of all watches."""
        queries = [seen.query for seen in self.server.seen]
        return [query for query in queries if ("watch" in query) == (kind == "watch")]


@asynccontextmanager
async def watched(client: Client, clock: HandClock, **how: Any) -> AsyncIterator[list[WatchNews]]:
    news: list[WatchNews] = []

    async def read() -> None:
        async for one in watch(client, clock, PATH, **how):
            news.append(one)  # noqa: PERF401 - each is seen as it comes

    task = asyncio.create_task(read())
    try:
        yield news
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def watching(**how: Any) -> AsyncIterator[tuple[Api, HandClock, list[WatchNews]]]:
    async with by_hand() as (server, client, clock):
        api = Api(server)
        async with watched(client, clock, **how) as news:
            yield api, clock, news


def names(news: list[WatchNews]) -> list[str]:
    """The news in short form: `list a b @1`, `ADDED a`, `denied`."""
    short = []
    for one in news:
        if isinstance(one, Listed):
            items = " ".join(item["metadata"]["name"] for item in one.items)
            short.append(f"list {items} @{one.resource_version}")
        elif isinstance(one, ObjectChanged):
            short.append(f"{one.verb} {one.object['metadata']['name']}")
        else:
            short.append("over" if isinstance(one, TroubleOver) else one.status)
    return short


async def came(news: list[WatchNews], *wanted: str) -> None:
    await until(lambda: len(news) >= len(wanted), what=f"{wanted}, but {names(news)}")
    assert names(news) == list(wanted)


async def sleeps(clock: HandClock, low_s: float, high_s: float) -> float:
    """Wait until the watch sleeps; returns for how many seconds."""
    await until(lambda: any(low_s <= s <= high_s for s in clock.sleeps_s))
    return next(s for s in clock.sleeps_s if low_s <= s <= high_s)


async def test_objects_are_listed_in_pages_and_then_watched() -> None:
    async with watching(params={"labelSelector": "app=x"}) as (api, _, news):
        api.lists = [pages(names="ab", rv="7", more="t1"), pages(names="c", rv="7")]
        api.watches = [
            streams(happens("ADDED", pod("d", "8")), happens("DELETED", pod("a", "9")), then="wait")
        ]
        await came(news, "list a b c @7", "ADDED d", "DELETED a")
        first, second = api.asked("list")
        assert first == {"labelSelector": "app=x", "limit": "500"}
        assert second == first | {"continue": "t1"}
        (query,) = api.asked("watch")
        assert query["resourceVersion"] == "7"
        assert query["allowWatchBookmarks"] == "true"
        assert query["labelSelector"] == "app=x"
        assert 200 < int(query["timeoutSeconds"]) <= 300


async def test_listed_objects_have_their_kind_and_no_managed_fields() -> None:
    async with watching() as (api, _, news):
        api.lists = [pages(names="a")]
        api.watches = [streams(happens("MODIFIED", pod("a", "2")), then="wait")]
        await came(news, "list a @1", "MODIFIED a")
        listed, changed = news
        assert isinstance(listed, Listed)
        assert isinstance(changed, ObjectChanged)
        assert (listed.items[0]["kind"], listed.items[0]["apiVersion"]) == ("Pod", "v1")
        assert "managedFields" not in listed.items[0]["metadata"]
        assert "managedFields" not in changed.object["metadata"]


async def test_a_page_token_that_expired_begins_the_list_again() -> None:
    async with watching() as (api, _, news):
        api.lists = [
            pages(names="ab", rv="7", more="t1"),
            refuses(410, "Expired", "The provided continue parameter is too old"),
            pages(names="ax", rv="9"),
        ]
        api.watches = [streams(then="wait")]
        await came(news, "list a x @9")
        assert "continue" not in api.asked("list")[2]


async def test_page_tokens_that_always_expire_lead_to_one_whole_list() -> None:
    async with watching() as (api, _, news):
        late = refuses(410, "Expired", "The provided continue parameter is too old")
        first = pages(names="a", rv="7", more="t")
        api.lists = [first, late, first, late, first, late, pages(names="ab", rv="9")]
        api.watches = [streams(then="wait")]
        await came(news, "list a b @9")
        assert "limit" not in api.asked("list")[-1]


async def test_a_watch_that_ends_goes_on_from_the_last_bookmark_without_a_list() -> None:
    async with watching() as (api, clock, news):
        api.lists = [pages(names="a", rv="7")]
        bookmark = {"kind": "Pod", "metadata": {"resourceVersion": "30"}}
        release = asyncio.Event()

        async def later(request: Any) -> Any:
            done = await streams(happens("ADDED", pod("b", "8")), happens("BOOKMARK", bookmark))(
                request
            )
            await release.wait()
            return done

        api.watches = [later, streams(happens("ADDED", pod("c", "31")), then="wait")]
        await came(news, "list a @7", "ADDED b")
        clock.advance(100)
        release.set()
        await came(news, "list a @7", "ADDED b", "ADDED c")
        assert [query["resourceVersion"] for query in api.asked("watch")] == ["7", "30"]
        assert len(api.asked("list")) == 1


async def test_a_watch_that_ends_at_once_is_not_asked_for_in_a_circle() -> None:
    async with watching() as (api, clock, news):
        api.lists = [pages(names="a", rv="7")]
        api.watches = [streams()]
        await came(news, "list a @7")
        first_s = await sleeps(clock, 0.5, 60)
        clock.advance(first_s)
        await until(lambda: len(api.asked("watch")) == 2)
        assert await sleeps(clock, first_s, 60) > first_s


@pytest.mark.parametrize("how", ["http", "in the stream"])
async def test_a_version_that_expired_is_listed_again(how: str) -> None:
    gone = status(410, "Expired", "too old resource version: 1 (456)")
    async with watching() as (api, _, news):
        api.lists = [pages(names="a", rv="7"), pages(names="b", rv="500")]
        api.watches = [
            says(gone, 410) if how == "http" else streams(happens("ERROR", gone)),
            streams(happens("ADDED", pod("c", "501")), then="wait"),
        ]
        await came(news, "list a @7", "list b @500", "ADDED c")


def stalls(how: str, release: asyncio.Event) -> Say:
    """A stream of one change that ends later: `cut`, or `end` in good order."""

    async def say(request: Any) -> Any:
        answer = await streams(happens("ADDED", pod("b", "8")))(request)
        await release.wait()
        if how == "cut":
            request.transport.abort()
        return answer

    return say


def unheard(news: list[WatchNews]) -> list[float | None]:
    """For each list or change, how many seconds after the start the server was last heard before;
    None: it was heard all the time."""
    since = (n.unheard_since for n in news if isinstance(n, Listed | ObjectChanged))
    return [None if at is None else at - START for at in since]


async def test_a_list_after_an_expired_version_says_since_when_changes_may_be_missing() -> None:
    release = asyncio.Event()
    async with watching() as (api, clock, news):
        api.lists = [pages(names="a", rv="7"), pages(names="c", rv="500")]
        api.watches = [
            stalls("cut", release),
            refuses(410, "Expired", "too old resource version"),
            streams(happens("ADDED", pod("d", "501")), then="wait"),
        ]
        clock.advance(3)
        await came(news, "list a @7", "ADDED b")
        clock.advance(60)
        release.set()
        await came(news, "list a @7", "ADDED b", "list c @500", "ADDED d")
        assert unheard(news) == [None, None, 3.0, None]


@pytest.mark.parametrize("how", ["cut", "end"])
async def test_the_first_change_after_a_stream_that_broke_down_came_late(how: str) -> None:
    release = asyncio.Event()
    async with watching() as (api, clock, news):
        api.lists = [pages(names="a", rv="7")]
        changes = happens("ADDED", pod("c", "9")), happens("ADDED", pod("d", "10"))
        api.watches = [stalls(how, release), streams(*changes, then="wait")]
        await came(news, "list a @7", "ADDED b")
        clock.advance(40)
        release.set()
        await came(news, "list a @7", "ADDED b", "ADDED c", "ADDED d")
        # A stream that the server ends in good order misses nothing.
        assert unheard(news) == [None, None, 0.0 if how == "cut" else None, None]


async def test_a_version_that_expires_each_time_is_told_and_not_asked_in_a_circle() -> None:
    gone = refuses(410, "Expired", "too old resource version")
    async with watching() as (api, clock, news):
        api.lists = [pages(names="a", rv="7")]
        api.watches = [gone]
        await came(news, "list a @7", "list a @7")
        clock.advance(await sleeps(clock, 0.5, 60))
        await came(news, "list a @7", "list a @7", "list a @7", "retrying")


async def test_a_kind_that_is_not_installed_is_absent_and_looked_for_each_minute() -> None:
    async with watching() as (api, clock, news):
        api.lists = [says("404 page not found\n", 404), pages(names="a", rv="3")]
        api.watches = [streams(then="wait")]
        await came(news, "absent")
        trouble = news[0]
        assert isinstance(trouble, WatchTrouble)
        assert trouble.retry_at == START + 60
        assert "404" in trouble.text
        await sleeps(clock, 60, 60)
        clock.advance(60)
        await came(news, "absent", "list a @3", "over")


async def test_a_kind_that_is_taken_away_is_absent_and_back_with_a_list() -> None:
    async with watching() as (api, clock, news):
        api.lists = [pages(names="a", rv="3"), pages(names="", rv="9")]
        api.watches = [says("404 page not found\n", 404), streams(then="wait")]
        await came(news, "list a @3", "absent")
        await sleeps(clock, 60, 60)
        clock.advance(60)
        await came(news, "list a @3", "absent", "list  @9", "over")


async def test_a_missing_right_is_named_as_the_server_names_it() -> None:
    message = (
        'leaderworkersets.leaderworkerset.x-k8s.io is forbidden: User "viewer" cannot watch '
        'resource "leaderworkersets" in API group "leaderworkerset.x-k8s.io" in the namespace "ns"'
    )
    async with watching() as (api, clock, news):
        api.lists = [pages(names="a", rv="3")]
        api.watches = [refuses(403, "Forbidden", message), streams(then="wait")]
        await came(news, "list a @3", "denied")
        trouble = news[1]
        assert isinstance(trouble, WatchTrouble)
        assert trouble == WatchTrouble(
            "denied",
            message,
            START + 60,
            "watch",
            "leaderworkersets.leaderworkerset.x-k8s.io",
        )
        await sleeps(clock, 60, 60)
        clock.advance(60)
        await came(news, "list a @3", "denied", "list a @3", "over")


def forbidden(verb: str) -> Say:
    message = f'pods is forbidden: User "u" cannot {verb} resource "pods" in API group ""'
    return refuses(403, "Forbidden", message)


async def test_a_right_that_worked_is_asked_for_again_within_seconds() -> None:
    """A restarted API server refuses all requests until its RBAC rules are loaded."""
    async with watching() as (api, clock, news):
        api.lists = [pages(names="a", rv="3"), *[forbidden("list")] * 4, pages(names="a", rv="4")]
        api.watches = [streams(then="cut"), forbidden("watch"), streams(then="wait")]
        await came(news, "list a @3", "denied")
        for count, wait_s in enumerate((1, 1, 2, 4, 8), start=1):
            trouble = news[count]
            assert isinstance(trouble, WatchTrouble)
            assert trouble.retry_at == clock.now() + wait_s
            await sleeps(clock, wait_s, wait_s)
            clock.advance(wait_s)
            await until(lambda count=count: len(news) > count + 1)  # type: ignore[misc]
        await came(news, "list a @3", *["denied"] * 5, "list a @4", "over")


async def test_trouble_of_a_watch_is_over_when_the_watch_works_and_not_with_a_list() -> None:
    async with watching() as (api, clock, news):
        api.lists = [pages(names="a", rv="3"), forbidden("list"), pages(names="a", rv="4")]
        api.watches = [forbidden("watch"), forbidden("watch"), streams(then="wait")]
        for count in (2, 3, 5):
            await until(lambda least=count: len(news) == least)  # type: ignore[misc]
            await sleeps(clock, 1, 60)
            clock.advance(60)
        wanted = ["list a @3", "denied", "denied", "list a @4", "denied", "list a @4", "over"]
        await came(news, *wanted)


async def test_a_right_that_is_refused_for_a_minute_is_asked_for_once_a_minute() -> None:
    async with watching() as (api, clock, news):
        api.lists = [pages(names="a", rv="3"), forbidden("list")]
        api.watches = [streams(then="cut"), forbidden("watch")]
        waits: list[float] = []
        while not waits or waits[-1] < 60:
            await sleeps(clock, 1, 60)
            waits.append(clock.sleeps_s[-1])
            clock.advance(waits[-1])
            await until(lambda: len(news) > len(waits) + 1)
        assert waits == [1, 1, 2, 4, *[8] * 7, 60]


async def test_a_person_who_asks_for_it_ends_the_wait() -> None:
    async with by_hand() as (server, client, clock):
        api = Api(server)
        api.lists = [forbidden("list"), forbidden("list"), pages(names="a", rv="4")]
        api.watches = [streams(then="wait")]
        async with watched(client, clock) as news:
            for count in (1, 2):
                await came(news, *["denied"] * count)
                await sleeps(clock, 60, 60)
                client.retries.ring()
            await came(news, "denied", "denied", "list a @4", "over")
            client.retries.ring()  # nobody waits: nothing happens
            assert clock.now() == START


async def test_a_refusal_that_names_no_right_still_names_what_was_tried() -> None:
    async with watching(resource="pods") as (api, _, news):
        api.lists = [says("<html><h1>403 Forbidden</h1></html>", 403)]
        await came(news, "denied")
        trouble = news[0]
        assert isinstance(trouble, WatchTrouble)
        assert (trouble.verb, trouble.resource) == ("list", "pods")
        assert trouble.text == f"403 Forbidden (GET {PATH})"


async def test_credentials_that_nobody_accepts_are_denied() -> None:
    async with watching() as (api, _, news):  # there is no kubeconfig to read them again from
        api.lists = [refuses(401, "Unauthorized", "Unauthorized")]
        await came(news, "denied")
        trouble = news[0]
        assert isinstance(trouble, WatchTrouble)
        assert "credentials" in trouble.text


async def test_too_many_requests_are_tried_again_when_the_server_says() -> None:
    async with watching() as (api, clock, news):
        api.lists = [
            refuses(429, "TooManyRequests", "please slow down", retry_after="17"),
            pages(names="a", rv="3"),
        ]
        api.watches = [streams(then="wait")]
        await came(news, "retrying")
        trouble = news[0]
        assert isinstance(trouble, WatchTrouble)
        assert trouble.retry_at == START + 17
        await sleeps(clock, 17, 17)
        clock.advance(17)
        await came(news, "retrying", "list a @3", "over")


@pytest.mark.parametrize("fault", [refuses(500, "InternalError", "etcd is away"), cuts])
async def test_a_server_that_fails_is_tried_again_ever_later(fault: Say) -> None:
    async with watching() as (api, clock, news):
        api.lists = [fault, fault, fault, fault, fault, pages(names="a")]
        api.watches = [streams(then="wait")]
        waits = []
        while not any(isinstance(one, Listed) for one in news):
            count = len(news)
            await until(lambda before=count: len(news) > before)  # type: ignore[misc]
            if isinstance(news[-1], WatchTrouble):
                assert news[-1].retry_at is not None
                waits.append(news[-1].retry_at - clock.now())
                clock.advance(await sleeps(clock, waits[-1] - 1e-6, waits[-1] + 1e-6))
        # a cut is asked again at once, once; waits double, but for a quarter more or less
        assert len(waits) == (2 if fault is cuts else 5)
        assert all(0.75 * 2**n <= wait <= 1.25 * 2**n for n, wait in enumerate(waits))


async def test_a_server_that_is_away_for_long_is_asked_twice_a_minute_and_soon_when_back() -> None:
    away = refuses(500, "InternalError", "etcd is away")
    release = asyncio.Event()

    async def lasting(request: Any) -> Any:
        done = await streams(happens("ADDED", pod("b", "4")))(request)
        await release.wait()
        return done

    async with watching() as (api, clock, news):
        api.lists = [away] * 8 + [pages(names="a", rv="3")]
        api.watches = [lasting, away, streams(then="wait")]
        waits: list[float] = []

        async def refused(times: int) -> None:
            for count in range(len(news) + 1, len(news) + 1 + times):
                await until(lambda least=count: len(news) >= least)  # type: ignore[misc]
                trouble = news[count - 1]
                assert isinstance(trouble, WatchTrouble)
                assert trouble.retry_at is not None
                waits.append(trouble.retry_at - clock.now())
                clock.advance(await sleeps(clock, waits[-1] - 1e-6, waits[-1] + 1e-6))

        await refused(8)
        await came(news, *["retrying"] * 8, "list a @3", "over", "ADDED b")
        clock.advance(LIVELY_S)
        release.set()
        await refused(1)
        wanted = [1, 2, 4, 8, 16, 30, 30, 30, 1]
        assert all(0.75 * s <= wait <= 1.25 * s for s, wait in zip(wanted, waits, strict=True))


async def test_the_jitter_of_one_path_is_the_same_in_every_run() -> None:
    async def first_wait() -> float:
        async with watching() as (api, clock, news):
            api.lists = [refuses(503, "ServiceUnavailable", "starting")]
            await came(news, "retrying")
            return await sleeps(clock, 0.5, 2)

    assert await first_wait() == await first_wait()


async def test_a_list_that_hangs_is_tried_again_after_the_time_out() -> None:
    async with watching() as (api, clock, news):
        api.lists = [hangs, pages(names="a")]
        api.watches = [streams(then="wait")]
        await until(lambda: len(api.asked("list")) == 1)
        clock.advance(5)
        await came(news, "retrying")
        assert "timed out" in news[0].text  # type: ignore[union-attr]
        clock.advance(await sleeps(clock, 0.5, 2))
        await came(news, "retrying", "list a @1", "over")


async def test_a_watch_that_never_begins_is_trouble_and_a_silent_one_is_opened_again() -> None:
    async with watching() as (api, clock, news):
        api.lists = [pages(names="a")]
        api.watches = [
            hangs,
            streams(then="wait"),
            streams(happens("ADDED", pod("b")), then="wait"),
        ]
        await until(lambda: len(api.asked("watch")) == 1 and 5 in clock.waits_s)
        clock.advance(5)
        await came(news, "list a @1", "retrying")
        clock.advance(await sleeps(clock, 0.5, 2))
        await came(news, "list a @1", "retrying", "list a @1", "over")
        # Without bookmarks a quiet watch is silent, which costs one request.
        await until(lambda: any(120 <= s <= 140 for s in clock.waits_s), what="an idle stream")
        clock.advance(130)
        await came(news, "list a @1", "retrying", "list a @1", "over", "ADDED b")


async def test_a_stream_that_breaks_is_resumed_without_a_word() -> None:
    async with watching() as (api, _, news):
        api.lists = [pages(names="a", rv="3")]
        api.watches = [
            streams(happens("ADDED", pod("b", "4")), b'{"type":"ADDED","obj', then="cut"),
            streams(happens("ADDED", pod("c", "5")), then="wait"),
        ]
        await came(news, "list a @3", "ADDED b", "ADDED c")
        assert api.asked("watch")[1]["resourceVersion"] == "4"


async def test_a_stream_that_breaks_again_and_again_is_told() -> None:
    async with watching() as (api, clock, news):
        api.lists = [pages(names="a", rv="3")]
        api.watches = [streams(b" ", then="cut")]
        await until(lambda: len(api.asked("watch")) == 2)
        clock.advance(await sleeps(clock, 0.5, 2))
        await came(news, "list a @3", "retrying")


async def test_lines_cut_anywhere_even_inside_a_character_are_put_together() -> None:
    line = happens("ADDED", pod("żółw-🐢", "4"))
    async with watching() as (api, _, news):
        api.lists = [pages(names="a", rv="3")]
        api.watches = [streams(*[line[i : i + 1] for i in range(len(line))], then="wait")]
        await came(news, "list a @3", "ADDED żółw-🐢")


async def test_a_line_of_two_megabytes_is_one_change() -> None:
    big = pod("b", "4")
    big["metadata"]["annotations"] = {"x": "y" * 2_000_000}
    async with watching() as (api, _, news):
        api.lists = [pages(names="a", rv="3")]
        api.watches = [streams(happens("ADDED", big), then="wait")]
        await came(news, "list a @3", "ADDED b")


@pytest.mark.parametrize(
    "damaged", [b'{"type":"ADDED","object":{"met\n', b"\x00\xff\n", b"[1]\n", b'{"type":7}\n']
)
async def test_a_damaged_line_is_followed_by_a_new_list(damaged: bytes) -> None:
    async with watching() as (api, _, news):
        api.lists = [pages(names="a", rv="3"), pages(names="ab", rv="6")]
        api.watches = [
            streams(happens("ADDED", pod("b", "4")), damaged, then="wait"),
            streams(then="wait"),
        ]
        await came(news, "list a @3", "ADDED b", "list a b @6")


async def test_one_bad_character_does_not_cost_a_line() -> None:
    line = b'{"type":"ADDED","object":{"metadata":{"name":"b\xff\\ud800"}}}\n'
    async with watching() as (api, _, news):
        api.lists = [pages(names="a", rv="3")]
        api.watches = [streams(line, then="wait")]
        await came(news, "list a @3", "ADDED b\ufffd\ufffd")


async def test_words_that_are_not_known_are_left_out() -> None:
    async with watching() as (api, _, news):
        api.lists = [pages(names="a", rv="3")]
        lines = [b"\n", happens("SYNC", pod("x", "4")), happens("ADDED", pod("b", "5"))]
        api.watches = [streams(*lines, then="wait")]
        await came(news, "list a @3", "ADDED b")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"", json.dumps({"items": None}).encode()])
async def test_a_list_that_is_none_never_raises(body: bytes) -> None:
    async with watching() as (api, _, news):
        api.lists = [says(body or b" ")]
        api.watches = [streams(then="wait")]
        await until(lambda: news)
        assert names(news)[0] in ("retrying", "list  @")


async def test_closing_a_watch_closes_its_stream() -> None:
    async with by_hand() as (server, client, clock):
        api = Api(server)
        api.lists, api.watches = (
            [pages(names="a")],
            [streams(happens("ADDED", pod("b")), then="wait")],
        )
        run = watch(client, clock, PATH)
        assert names([await anext(run), await anext(run)]) == ["list a @1", "ADDED b"]
        assert not clock.meters[0].closed
        await run.aclose()
        assert clock.meters[0].closed
