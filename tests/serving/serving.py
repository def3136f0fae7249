"""`wvatui serve` in a process of its own, and the browser's side of its websocket."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web

from tests.fixtures import ROOT
from tests.forking import NAME
from tests.patience import MAIN
from tests.waiting import until
from wvatui.host.child import Child
from wvatui.serving.wanted import Wanted
from wvatui.serving.web import HostGuard, Web

RECORDING = ROOT / "recordings" / "spike.jsonl"


class Served:
    """A server that runs as a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        while data := await self.process.stderr.read(4096):
            self.said += data.decode()

    @property
    def url(self) -> str:
        """The URL of the page; empty until the server has printed it."""
        found = re.search(r"shown at (http://\S+/) until", self.said)
        return found[1] if found else ""

    async def begins(self) -> str:
        """Wait until it serves; returns the URL."""
        await until(lambda: self.url or self.process.returncode is not None)
        assert self.url, self.said
        return self.url

    async def ends(self, number: int | None = None, within_s: float = 120.0) -> int:
        """Send the signal `number`, if any, and wait for the end; returns the exit code."""
        if number is not None:
            self.process.send_signal(number)
        code = await asyncio.wait_for(self.process.wait(), within_s)
        await self._reading
        return code


PATIENT = """
from wvatui.serving import server
server.END_S = 600.0
"""
"""Code for a server that waits for the end of its recording however busy the machine is."""


@asynccontextmanager
async def serving(
    *arguments: str,
    home: Path,
    env: Mapping[str, str] | None = None,
    program: tuple[str, ...] = ("-c", PATIENT + MAIN),
    folder: Path = ROOT,
) -> AsyncIterator[Served]:
    """`wvatui serve ARGUMENTS` on a free port; it is ended with the block at the latest."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *program,
        "serve",
        "--port",
        "0",
        *arguments,
        cwd=folder,
        env=kept | {"HOME": str(home)} | dict(env or {}),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    served = Served(process)
    try:
        yield served
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        # Its children may keep its output open for a moment longer.
        await served.ends()


class Here:
    """A server in this event loop, without a recording process."""

    def __init__(self, web: Web, url: str) -> None:
        self.web = web
        self.url = url
        self.said: list[str] = []


@asynccontextmanager
async def served_here(
    wanted: Wanted | None = None, child: Child | None = None
) -> AsyncIterator[Here]:
    """Serves `wanted` (by default a replay of a small recording) on a free port."""
    wanted = wanted or Wanted(replay=RECORDING)
    assert wanted.replay is not None
    said: list[str] = []
    site = Web(
        HostGuard(wanted.host),
        child or wanted.viewer(wanted.replay),
        title=wanted.title,
        max_viewers=wanted.max_viewers,
        say=said.append,
    )
    runner = web.AppRunner(site.app(), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here = Here(site, f"http://127.0.0.1:{runner.addresses[0][1]}/")
    here.said = said
    try:
        yield here
    finally:
        await site.close()
        await runner.cleanup()


class Browser:
    """The browser's side of the websocket, without the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.shown = b""
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                self.shown += message.data

    async def until(self, word: str, within_s: float = 120.0) -> None:
        """Wait until `word` was drawn since the last `forget`."""
        await until(
            lambda: word.encode() in self.shown or self.socket.closed, within_s=within_s, what=word
        )
        assert word.encode() in self.shown, self.shown[-500:]

    def forget(self) -> None:
        self.shown = b""

    async def type(self, keys: str) -> None:
        await self.socket.send_json(["stdin", keys])

    async def resize(self, width: int, height: int) -> None:
        await self.socket.send_json(["resize", {"width": width, "height": height}])

    async def closed(self) -> None:
        """Wait until the server has closed the websocket."""
        await until(lambda: self.socket.closed, what="the websocket is closed")


@asynccontextmanager
async def browser(url: str, *, width: int = 120, height: int = 40) -> AsyncIterator[Browser]:
    """The websocket of the page at `url`, opened as the page does it."""
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(
            f"{url}ws?width={width}&height={height}", origin=url.rstrip("/"), max_msg_size=0
        ) as socket,
    ):
        yield Browser(socket)


def family(pid: int) -> set[int]:
    """The ids of a process and all its descendants."""
    found = {pid}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = path.read_text().rpartition(")")
            if int(rest.split()[1]) == pid and not name.endswith(NAME):
                found |= family(int(path.parent.name))
    return found


def is_there(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
