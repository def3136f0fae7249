"""A foreign page has no access, neither by a host name of its own nor across sites."""

import aiohttp
import pytest

from tests.serving.serving import browser, served_here
from wvatui.serving.web import HostGuard


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:9820", "localhost:9820", "LOCALHOST:1", "[::1]:9820", "127.8.8.8:1"],
)
def test_this_machine_is_known_under_its_own_names(host: str) -> None:
    assert HostGuard("127.0.0.1").knows(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:9820",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "10.0.0.7:9820",
        "127.0.0.1:9820@evil.example",
        "evil.example#127.0.0.1",
        "[::1].evil.example",
        "localhost:",
        "localhost:x",
        "local host",
        "[::1",
        "0.0.0.0:9820",
        "127.0.0.1\n",
    ],
)
def test_every_other_name_is_refused(host: str) -> None:
    assert not HostGuard("127.0.0.1").knows(host)


def test_where_others_may_look_an_address_will_do_but_no_foreign_name() -> None:
    host_guard = HostGuard("0.0.0.0")
    assert host_guard.is_open
    assert host_guard.knows("10.0.0.7:9820")
    assert not host_guard.knows("evil.example:9820")
    assert HostGuard("lab.example").knows("lab.example:9820")
    assert not HostGuard("localhost").is_open
    assert not HostGuard("::1").is_open


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "http://evil.example",
        "http://127.0.0.1:3000",
        "http://localhost:9820",
        "https://127.0.0.1:9820",
        "http://127.0.0.1:9820.evil.example",
        "http://127.0.0.1:98201",
        "file://",
    ],
)
def test_a_websocket_comes_from_the_very_page_that_was_served(origin: str) -> None:
    host_guard = HostGuard("127.0.0.1")
    assert host_guard.is_own_page("127.0.0.1:9820", "http://127.0.0.1:9820")
    assert not host_guard.is_own_page("127.0.0.1:9820", origin)


def test_a_foreign_name_is_refused_although_its_page_names_itself() -> None:
    assert not HostGuard("127.0.0.1").is_own_page("evil.example:9820", "http://evil.example:9820")


async def test_a_rebound_name_gets_neither_page_nor_file_nor_screen() -> None:
    async with served_here() as here, aiohttp.ClientSession() as http:
        for path in ("", "static/textual.js", "ws"):
            rebound = {"Host": "evil.example:9820", "Origin": "http://evil.example:9820"}
            async with http.get(here.url + path, headers=rebound) as answer:
                assert answer.status == 403
                assert b"wvatui" not in await answer.read()
        assert here.web.viewers == set()


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null", None])
async def test_another_page_cannot_open_the_websocket(origin: str | None) -> None:
    async with served_here() as here, aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(f"{here.url}ws", origin=origin)
        assert refused.value.status == 403
        assert here.web.viewers == set()


async def test_its_own_page_can() -> None:
    async with served_here() as here, browser(here.url) as screen:
        await screen.until("REPLAY")
