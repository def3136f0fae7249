"""The API server itself: proxies, planned faults on the wire, mishaps, its end."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from tests.sim.small import NS, START, Asked, asked, reading, told
from tests.waiting import until

PODS = f"/api/v1/namespaces/{NS}/pods"
LOG = f"{PODS}/a/log"
PAGE = f"{PODS}/a:8000/proxy/metrics"


def page(here: Asked, body: bytes, name: str = "a") -> None:
    """A pod that answers on port 8000."""
    here.cluster.pod(name)
    here.cluster.pages.listen(NS, name, 8000, lambda path: (200, "text/plain", body))


# --- into pods and services ---------------------------------------------------------------


async def test_a_pod_gets_the_path_and_the_query_and_its_answer_comes_as_it_is() -> None:
    async with asked() as here:
        here.cluster.pod("a")
        asked_for: list[str] = []

        def handler(path: str) -> tuple[int, str, bytes]:
            asked_for.append(path)
            return 418, "text/teapot", b"short \xff"

        here.cluster.pages.listen(NS, "a", 8000, handler)
        answer = await here.http.get(f"{PODS}/http:a:8000/proxy/a/b?x=1&y=2")
        assert (answer.status_code, answer.content) == (418, b"short \xff")
        assert answer.headers["content-type"] == "text/teapot"
        await here.http.get(f"{PODS}/a/proxy/")
        assert asked_for == ["/a/b?x=1&y=2", "/"]


async def test_a_pod_without_an_address_cannot_be_reached() -> None:
    async with asked() as here:
        here.cluster.pod("a", ip="")
        assert await here.refused(PAGE) == (400, "BadRequest", "address not allowed")


async def test_a_service_leads_to_one_of_its_pods_that_are_ready() -> None:
    async with asked() as here:
        here.cluster.store.apply(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": "web", "namespace": NS},
                "spec": {"selector": {"app": "x"}, "ports": [{"port": 80, "targetPort": 8000}]},
            }
        )
        path = f"/api/v1/namespaces/{NS}/services/web:80/proxy/metrics"
        assert await here.refused(path) == (
            503,
            "ServiceUnavailable",
            'no endpoints available for service "web"',
        )
        here.cluster.pod("a", labels={"app": "x"})
        here.cluster.pages.listen(NS, "a", 8000, lambda path: (200, "text/plain", b"here"))
        assert (await here.http.get(path)).text == "here"
        assert (await here.refused(path.replace("web", "nope")))[0] == 404


async def test_two_hundred_pages_are_served_well_within_a_polling_round() -> None:
    body = b"# TYPE x counter\n" + b"".join(b'x{le="%d"} 1\n' % n for n in range(4_000))
    async with asked() as here:
        for number in range(200):
            page(here, body, f"pod-{number}")
        begin = time.process_time()  # of the server and of its clients

        async def fetch(first: int) -> int:
            total = 0
            for number in range(first, 200, 8):
                answer = await here.http.get(f"{PODS}/pod-{number}:8000/proxy/metrics")
                total += len(answer.content)
            return total

        totals = await asyncio.gather(*(fetch(first) for first in range(8)))
        assert sum(totals) == 200 * len(body)
        took_s = time.process_time() - begin
        assert took_s < 4.0, "rounds begin every 5 s"


# --- faults -------------------------------------------------------------------------------


async def plan(here: Asked, kind: str, **more: Any) -> None:
    answer = await here.http.post("/wvatui/faults", json={"kind": kind, **more})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("401", "Unauthorized"),
        ("403", "Forbidden"),
        ("404", "NotFound"),
        ("410", "Expired"),
        ("429", "TooManyRequests"),
        ("500", "InternalError"),
        ("503", "ServiceUnavailable"),
    ],
)
async def test_a_planned_answer_is_given_once_as_a_real_server_writes_it(
    kind: str, reason: str
) -> None:
    async with asked() as here:
        here.cluster.pod("a")
        await plan(here, kind, path="/pods$", retry_after_s=7)
        answer = await here.http.get(PODS)
        assert told(answer)[:2] == (int(kind), reason)
        if kind == "429":
            assert answer.headers["retry-after"] == "7"
            assert answer.json()["details"]["retryAfterSeconds"] == 7
        assert await here.names(PODS) == ["a"]
        assert [fault["hits"] for fault in await here.json("/wvatui/faults")] == [1]
        await here.http.delete("/wvatui/faults")
        assert await here.json("/wvatui/faults") == []


async def test_a_request_that_hangs_is_never_answered_and_holds_up_nobody() -> None:
    async with asked() as here:
        here.cluster.pod("a")
        await plan(here, "hang", path="/pods$")
        hanging = asyncio.create_task(here.http.get(PODS))
        await until(lambda: here.server.context.faults.told()[0]["hits"] == 1)
        assert await here.names(PODS) == ["a"]
        assert not hanging.done()
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)


async def drain(answer: httpx.Response, into: bytearray) -> None:
    """Read an answer to its end, also if it breaks off."""
    async for chunk in answer.aiter_raw():
        into += chunk


@pytest.mark.parametrize("path", [LOG, PAGE])
@pytest.mark.parametrize("kind", ["reset", "close"])
async def test_a_broken_connection_is_broken_in_the_middle_of_the_body(
    kind: str, path: str
) -> None:
    async with asked() as here:
        page(here, b"x" * 1000)
        here.cluster.says("a", "y" * 999)
        await plan(here, kind, path="/log|/proxy", after_bytes=300)
        got = bytearray()
        async with here.http.stream("GET", path) as answer:
            assert answer.status_code == 200
            with pytest.raises(httpx.TransportError):
                await drain(answer, got)
        assert len(got) <= 300
        assert len((await here.http.get(path)).content) == 1000


@pytest.mark.parametrize("path", [LOG, PAGE])
async def test_an_early_end_looks_like_a_clean_one(path: str) -> None:
    async with asked() as here:
        page(here, b"x" * 1000)
        here.cluster.says("a", "y" * 999)
        await plan(here, "eof", path="/log|/proxy", after_bytes=300)
        assert len((await here.http.get(path)).content) == 300


async def test_a_stream_that_falls_silent_stays_open() -> None:
    async with asked() as here:
        here.cluster.pod("a")
        here.cluster.says("a", "heard")
        await plan(here, "idle", path="/log", after_bytes=6)
        driver = await here.driver()
        async with reading(here, LOG, follow="true") as log:
            assert await log.line() == b"heard"
            here.cluster.says("a", "never heard")
            moved = await here.advance(driver, START + 5)
            assert list(moved["streams"].values()) == [6]
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(log.line(), 0.1)
        await until(lambda: len(here.server.context.streams) == 0)


async def test_characters_that_come_in_two_pieces_come_whole_in_the_end() -> None:
    async with asked() as here:
        here.cluster.pod("a")
        here.cluster.says("a", "größe")
        await plan(here, "split", path="/log")
        async with here.http.stream("GET", LOG) as answer:
            chunks = [chunk async for chunk in answer.aiter_raw()]
        assert len(chunks) == 2
        assert chunks[0].endswith(b"\xc3")
        assert b"".join(chunks).decode() == "größe\n"


async def test_a_slow_body_takes_its_time_and_is_whole() -> None:
    async with asked() as here:
        page(here, b"x" * 400)
        await plan(here, "slow", path="/proxy", bytes_per_s=2000)
        begin = time.perf_counter()
        assert (await here.http.get(PAGE)).content == b"x" * 400
        assert time.perf_counter() - begin > 0.15


@pytest.mark.parametrize("kind", ["eof", "reset", "idle"])
async def test_streams_that_are_open_can_be_cut(kind: str) -> None:
    async with asked() as here:
        here.cluster.pod("a")
        here.cluster.says("a", "one")
        async with reading(here, LOG, follow="true") as log:
            assert await log.line() == b"one"
            answer = await here.http.post("/wvatui/faults", json={"cut": kind, "path": "/log"})
            assert answer.json() == {"cut": 1}
            if kind == "eof":
                assert await log.line() is None
            elif kind == "reset":
                with pytest.raises(httpx.TransportError):
                    await log.line()
            else:
                here.cluster.says("a", "two")
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(log.line(), 0.1)


@pytest.mark.parametrize("body", [{"kind": "flood"}, {}, {"kind": "500", "nth": "x"}])
async def test_a_fault_that_cannot_be_is_refused(body: dict[str, str]) -> None:
    async with asked() as here:
        assert (await here.http.post("/wvatui/faults", json=body)).status_code == 400
        assert await here.json("/wvatui/faults") == []


# --- mishaps ------------------------------------------------------------------------------


async def test_another_pod_takes_the_lease() -> None:
    async with asked() as here:
        lease = {"name": "72dd1cf1.llm-d.ai", "namespace": NS}
        here.cluster.store.apply(
            {
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": lease,
                "spec": {"holderIdentity": "a_1", "leaseTransitions": 1},
            }
        )
        body = {"what": "leader", "namespace": NS, "lease": lease["name"], "holder": "b_2"}
        assert (await here.http.post("/wvatui/mishaps", json=body)).status_code == 200
        path = f"/apis/coordination.k8s.io/v1/namespaces/{NS}/leases/{lease['name']}"
        spec = (await here.json(path))["spec"]
        assert (spec["holderIdentity"], spec["leaseTransitions"]) == ("b_2", 2)


async def test_compacting_expires_every_version_before() -> None:
    async with asked() as here:
        here.cluster.pod("a")
        here.cluster.pod("b")
        await here.http.post("/wvatui/mishaps", json={"what": "compact"})
        async with reading(here, PODS, watch="1", resourceVersion="1") as watch:
            verb, status = await watch.event()
            assert (verb, status["code"], status["reason"]) == ("ERROR", 410, "Expired")
            assert await watch.line() is None


@pytest.mark.parametrize(
    "body",
    [
        {"what": "flood"},
        {"what": "restart"},
        {"what": "leader", "namespace": NS, "lease": "no", "holder": "x"},
        {"what": "restart", "namespace": NS, "pod": "no", "container": "x"},
    ],
)
async def test_a_mishap_that_cannot_be_is_refused(body: dict[str, str]) -> None:
    async with asked() as here:
        assert (await here.http.post("/wvatui/mishaps", json=body)).status_code == 400


# --- readers and the end ------------------------------------------------------------------


async def test_a_reader_who_is_too_slow_is_cut_off_and_holds_up_nobody() -> None:
    async with asked() as here:
        here.cluster.pod("a")
        here.cluster.says("a", "beginning")
        async with here.http.stream("GET", LOG, params={"follow": "true"}) as slow:
            assert slow.status_code == 200
            for _ in range(60):
                here.cluster.says("a", "x" * 1_000_000)
                await asyncio.sleep(0)
            await until(lambda: len(here.server.context.streams) == 0)
            assert (await here.http.get(LOG, params={"tailLines": "0"})).status_code == 200


async def test_the_end_of_the_server_ends_its_streams_cleanly_and_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wvatui.sim.api.server.SHUTDOWN_S", 600.0)  # which it does not wait for
    async with asked() as here, asyncio.timeout(120):
        here.cluster.pod("a")
        here.cluster.says("a", "one")
        async with reading(here, LOG, follow="true") as log, reading(here, PODS, watch="1") as pods:
            assert await log.line() == b"one"
            await pods.event()
            stopping = asyncio.create_task(here.server.stop())
            assert await log.line() is None
            assert await pods.line() is None
            await stopping


async def test_a_defect_in_a_page_is_a_500_and_not_the_end() -> None:
    async with asked() as here:
        here.cluster.pod("a")
        here.cluster.pages.listen(NS, "a", 8000, lambda path: (1 // 0, "", b""))  # type: ignore[arg-type]
        code, reason, message = await here.refused(PAGE)
        assert (code, reason) == (500, "InternalError")
        assert "ZeroDivisionError" in message
        assert await here.names(PODS) == ["a"]
