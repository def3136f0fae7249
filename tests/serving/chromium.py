"""A headless Chromium, controlled over its DevTools protocol: what a page shows and requests."""

import asyncio
import base64
import contextlib
import itertools
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

BINARY = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
) or next(
    (
        str(path)
        for path in Path("~/.cache/ms-playwright").expanduser().glob("chromium*/chrome-*/*")
        if path.name in ("chrome", "headless_shell")
    ),
    None,
)

_KEEP_TERMINAL = """
Object.defineProperty(Object.prototype, "bufferedBytes", {
  configurable: true,
  set(value) {
    window.shownIn = this;
    Object.defineProperty(this, "bufferedBytes",
                          {value, writable: true, configurable: true, enumerable: true});
  },
});
"""
"""JavaScript that keeps a reference to the page's terminal, whose rows are text: the page itself
draws on a canvas."""
_ROWS = """
(() => {
  if (!window.shownIn) return "";
  const buffer = window.shownIn.terminal.buffer.active, rows = [];
  for (let y = 0; y < window.shownIn.terminal.rows; y++)
    rows.push(buffer.getLine(y)?.translateToString(true) ?? "");
  return rows.join("\\n");
})()
"""


class Page:
    """One open page."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.requests: list[str] = []
        """The URL of every request, websockets included."""
        self.complaints: list[str] = []
        """The errors on the page's console, violations of its security policy included."""
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session = ""
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._socket:
            told = message.json()
            waiting = self._waiting.pop(told.get("id", 0), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(told)
            about = told.get("params", {})
            match told.get("method"):
                case "Network.requestWillBeSent":
                    self.requests.append(about["request"]["url"])
                case "Network.webSocketCreated":
                    self.requests.append(about["url"])
                case "Log.entryAdded" if about["entry"]["level"] == "error":
                    self.complaints.append(about["entry"]["text"])
                case "Runtime.exceptionThrown":
                    self.complaints.append(str(about["exceptionDetails"]))

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of one call of the protocol."""
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        sent = {"id": number, "method": method, "params": parameters}
        await self._socket.send_json(sent | ({"sessionId": self._session} if self._session else {}))
        told = await asyncio.wait_for(answer, 120.0)
        assert "error" not in told, (method, told)
        result: dict[str, Any] = told["result"]
        return result

    async def open(self, url: str) -> None:
        """Open `url` in a new page, and keep a reference to its terminal."""
        target = (await self.call("Target.createTarget", url="about:blank"))["targetId"]
        attached = await self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            await self.call(f"{domain}.enable")
        await self.call("Page.addScriptToEvaluateOnNewDocument", source=_KEEP_TERMINAL)
        await self.call("Page.navigate", url=url)

    async def value(self, expression: str) -> Any:
        """The value of a JavaScript expression; a promise is awaited."""
        told = await self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        return told["result"].get("value")

    async def shown(self) -> str:
        """The text in the terminal."""
        return str(await self.value(_ROWS))

    async def until(self, word: str, within_s: float = 120.0) -> str:
        """Wait until the terminal shows `word`; returns its whole text."""
        deadline = asyncio.get_running_loop().time() + within_s
        while word not in (text := await self.shown()):
            said = (text, self.complaints)
            assert asyncio.get_running_loop().time() < deadline, (word, said)
            await asyncio.sleep(0.05)
        return text

    async def holds(self, expression: str, within_s: float = 120.0) -> None:
        """Wait until a JavaScript expression is true."""
        deadline = asyncio.get_running_loop().time() + within_s
        while not await self.value(expression):
            assert asyncio.get_running_loop().time() < deadline, expression
            await asyncio.sleep(0.05)

    async def type(self, key: str) -> None:
        """Press a key that is a character."""
        await self.call("Input.dispatchKeyEvent", type="keyDown", text=key, key=key)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def picture(self) -> bytes:
        """A screenshot of the page, as PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot"))["data"])


@asynccontextmanager
async def chromium(folder: Path, url: str) -> AsyncIterator[Page]:
    """A page at `url` in a new browser, whose profile is in `folder`."""
    assert BINARY is not None
    process = await asyncio.create_subprocess_exec(
        BINARY,
        "--headless=new",
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--enable-unsafe-swiftshader",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
        "--window-size=1280,800",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=os.environ | {"HOME": str(folder)},
        start_new_session=True,
    )
    try:
        told = folder / "DevToolsActivePort"
        deadline = asyncio.get_running_loop().time() + 30.0
        while not (told.exists() and told.read_text().count("\n")):
            assert process.returncode is None, "the browser did not start"
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.05)
        port, path = told.read_text().split("\n")[:2]
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(f"ws://127.0.0.1:{port}{path}", max_msg_size=0) as socket,
        ):
            page = Page(socket)
            await page.open(url)
            yield page
            with contextlib.suppress(TimeoutError, AssertionError):
                page._session = ""
                await page.call("Browser.close")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        await process.wait()
