"""The screen through the websocket: what a browser receives, and what it can do."""

import asyncio
import json
import re
import shutil
from pathlib import Path

import aiohttp
import pytest

from tests.serving.serving import RECORDING, browser, is_there, served_here
from tests.waiting import until
from wvatui.host.child import Child
from wvatui.serving import viewer
from wvatui.serving.wanted import Wanted

MOVES = re.compile(rb"\x1b\[(\d+);(\d+)H")


def bottom(shown: bytes) -> int:
    """The lowest row in which something was drawn."""
    return max((int(row) for row, _ in MOVES.findall(shown)), default=0)


async def test_the_screen_is_drawn_in_the_size_of_the_browser_and_follows_it() -> None:
    async with served_here() as here, browser(here.url, width=120, height=40) as screen:
        await screen.until("REPLAY")
        await until(lambda: bottom(screen.shown) == 40)
        screen.forget()
        await screen.resize(100, 50)
        await until(lambda: bottom(screen.shown) == 50)
        assert bottom(screen.shown) == 50


async def test_a_key_reaches_the_screen() -> None:
    async with served_here() as here, browser(here.url) as screen:
        await screen.until("REPLAY")
        screen.forget()
        await screen.type("?")
        await screen.until("Help: esc closes")
        screen.forget()
        await screen.type("\x1b")
        await screen.until("Decisions")
        await screen.type("q")
        await screen.closed()
    await until(lambda: not here.web.viewers)


async def test_a_ping_is_answered_and_nonsense_is_passed_over() -> None:
    async with served_here() as here, aiohttp.ClientSession() as http:
        socket = await http.ws_connect(f"{here.url}ws", origin=here.url.rstrip("/"))
        for nonsense in (
            "",
            "{",
            "null",
            "[]",
            "7",
            '"stdin"',
            '["stdin"]',
            '["stdin", 5]',
            '["resize"]',
            '["resize", {"width": "x", "height": 1}]',
            '["resize", {"width": 1e400, "height": 1}]',
            '["open", "file:///etc/passwd"]',
            "[[[[]]]]",
            "[" * 5000,
        ):
            await socket.send_str(nonsense)
        await socket.send_bytes(b"\x00\x01")
        await socket.send_json(["ping", "12345"])
        async with asyncio.timeout(120):
            while (message := await socket.receive()).type is aiohttp.WSMsgType.BINARY:
                pass
        assert json.loads(message.data) == ["pong", "12345"]
        await socket.close()


async def test_a_size_beyond_reason_is_brought_into_it() -> None:
    assert viewer.fitting(10**9, -4) == (600, 4)
    async with served_here() as here, browser(here.url, width=99999, height=99999) as screen:
        await screen.until("REPLAY")
        await screen.resize(10**12, 10**12)
        await until(lambda: bottom(screen.shown) >= 300)
        assert bottom(screen.shown) == 300


async def test_a_message_beyond_reason_ends_the_one_who_sent_it() -> None:
    async with served_here() as here, browser(here.url) as screen:
        await screen.type("x" * 200_000)
        await screen.closed()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    folder.mkdir()
    return Path(shutil.copy(RECORDING, folder))


@pytest.mark.parametrize(
    "steps",
    [
        [("me", "this view only reads")],
        [(":", "a command"), ("export pods", "export pods"), ("\r", "cannot be done in this")],
    ],
    ids=["keys", "command"],
)
async def test_who_looks_writes_no_file_and_is_told_why(
    recording: Path, steps: list[tuple[str, str]]
) -> None:
    async with served_here(Wanted(replay=recording)) as here, browser(here.url) as screen:
        await screen.until("REPLAY")
        before = recording.read_bytes()
        for keys, word in steps:
            await screen.type(keys)
            await screen.until(word)
        assert list(recording.parent.iterdir()) == [recording]
        assert recording.read_bytes() == before


async def test_with_allow_actions_a_snapshot_is_written(recording: Path) -> None:
    wanted = Wanted(replay=recording, allow_actions=True)
    async with served_here(wanted) as here, browser(here.url) as screen:
        await screen.until("REPLAY")
        await screen.type("e")
        await screen.until("snapshot written")
        assert len(list(recording.parent.glob("*.csv"))) == 1


async def test_one_too_many_gets_a_page_that_says_so_until_there_is_room() -> None:
    wanted = Wanted(replay=RECORDING, max_viewers=1)
    async with served_here(wanted) as here, aiohttp.ClientSession() as http:
        async with browser(here.url) as screen:
            await screen.until("REPLAY")
            async with http.get(here.url) as answer:
                assert answer.status == 503
                assert "One person looks at this screen already" in await answer.text()
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect(f"{here.url}ws", origin=here.url.rstrip("/"))
            assert refused.value.status == 503
            assert len(here.web.viewers) == 1
        await until(lambda: not here.web.viewers)
        async with http.get(here.url) as answer:
            assert answer.status == 200


async def test_a_closed_browser_ends_its_own_process_and_no_other() -> None:
    async with served_here() as here, browser(here.url) as staying:
        await staying.until("REPLAY")
        (first,) = here.web.viewers
        async with browser(here.url) as leaving:
            await leaving.until("REPLAY")
            (second,) = here.web.viewers - {first}
        await until(lambda: not is_there(second.pid or 0))
        assert is_there(first.pid or 0)
        staying.forget()
        await staying.type("?")
        await staying.until("Help: esc closes")


async def test_a_process_that_hangs_is_ended_all_the_same() -> None:
    async with served_here(child=Child("tests.serving.endless")) as here:
        async with browser(here.url):
            await until(lambda: any(v.pid for v in here.web.viewers))
            (hanging,) = here.web.viewers
        await until(lambda: not here.web.viewers)
        assert not is_there(hanging.pid or 0)


async def test_a_process_that_fails_closes_the_page_and_its_words_reach_who_serves(
    tmp_path: Path,
) -> None:
    wanted = Wanted(replay=tmp_path / "gone.jsonl")
    async with served_here(wanted) as here, browser(here.url) as screen:
        await screen.closed()
        await until(lambda: here.said)
        assert "gone.jsonl" in here.said[0]


async def test_a_shell_never_sees_the_name_of_a_file(tmp_path: Path) -> None:
    odd = tmp_path / "$(touch pwned); 'x y' & .jsonl"
    shutil.copy(RECORDING, odd)
    async with served_here(Wanted(replay=odd)) as here, browser(here.url) as screen:
        await screen.until("REPLAY")
    assert list(tmp_path.glob("**/pwned")) == []
