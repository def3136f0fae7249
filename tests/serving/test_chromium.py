"""A real browser shows the screen, and sends requests to no other server."""

import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.serving.chromium import BINARY, chromium
from tests.serving.serving import RECORDING, serving

pytestmark = pytest.mark.skipif(BINARY is None, reason="no Chromium here")


async def test_a_browser_shows_the_screen_and_takes_keys(tmp_path: Path) -> None:
    async with serving("--replay", str(RECORDING), home=tmp_path) as server:
        url = await server.begins()
        async with chromium(tmp_path / "browser", url) as page:
            shown = await page.until("REPLAY")
            assert "spike.jsonl" in await page.until("Replicas")
            assert shown.count("\n") > 20
            # No click is needed: keys go to the screen as soon as there is one.
            await page.type("e")
            await page.until("this view only reads")
            await page.type("?")
            await page.until("Help: esc closes")
            assert await page.value("document.title") == "spike.jsonl – wvatui"
            assert await page.value("document.fonts.check('14px \"Roboto Mono\"')")
            assert page.complaints == []
            assert {urlsplit(asked).netloc for asked in page.requests} == {urlsplit(url).netloc}
            assert any(asked.startswith("ws:") for asked in page.requests)
            await server.ends(signal.SIGTERM)
            await page.holds("document.querySelector('.ended').checkVisibility()")


async def test_a_page_of_another_site_cannot_open_the_screen(tmp_path: Path) -> None:
    async with serving("--replay", str(RECORDING), home=tmp_path) as server:
        url = await server.begins()
        async with chromium(tmp_path / "browser", "data:text/html,<p>evil</p>") as page:
            attempt = (
                f"new Promise(r => {{ const s = new WebSocket('{url.replace('http', 'ws')}ws');"
                "s.onopen = () => r('open'); s.onerror = () => r('refused'); })"
            )
            assert await page.value(attempt) == "refused"
        await server.ends(signal.SIGTERM)


async def test_one_too_many_reads_why(tmp_path: Path) -> None:
    arguments = ("--replay", str(RECORDING), "--max-viewers", "1")
    async with serving(*arguments, home=tmp_path) as server:
        url = await server.begins()
        async with chromium(tmp_path / "one", url) as first:
            await first.until("REPLAY")
            async with chromium(tmp_path / "two", url) as second:
                words = "One person looks at this screen already"
                await second.holds(f"document.body?.innerText.includes('{words}')")
        await server.ends(signal.SIGTERM)
