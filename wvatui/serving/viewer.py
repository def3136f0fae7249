"""One viewer's screen: a process of its own, whose output goes to a browser.

It replaces textual-serve's service by a stricter one: no shell, no file delivery, and an end within
a bounded time.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import replace

from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from wvatui.host.child import Child

WIDTHS = range(10, 601)
HEIGHTS = range(4, 301)
"""Allowed sizes, in cells. A browser's larger request is limited to these, as one page could
otherwise use up the memory."""
PACKET_BYTES = 16 << 20
QUIT_S = 0.5
"""Seconds between the request to quit and the forced end."""
SEND_S = 5.0
"""Seconds for which a viewer may leave its keys unread before it counts as hanging."""
WORDS_BYTES = 2_000
WORDS_S = 0.2
"""How much of a viewer's last error output is kept, and how many seconds it is waited for."""

FAILURES = range(1, 128)
"""Exit codes of a program that failed by itself rather than by a signal."""

_DRIVER = "wvatui.ui.shell.guard:BrowserDriver"


class Viewer(AppService):
    """Runs `child` until `stop`, or until it ends by itself and calls `close`."""

    def __init__(
        self,
        child: Child,
        *,
        write: Callable[[bytes], Awaitable[None]],
        close: Callable[[], Awaitable[object]],
    ) -> None:
        async def no_text(text: str) -> None:
            """Drop text that is not part of the screen: no addresses and no files go to the
            browser."""

        async def closed() -> None:
            await close()

        super().__init__(
            child.module,
            write_bytes=write,
            write_str=no_text,
            close=closed,
            download_manager=DownloadManager(),
        )
        self._child = child
        self._errors = b""

    @property
    def pid(self) -> int | None:
        """Process id, once the process runs."""
        return self._process.pid if self._process is not None else None

    @property
    def complaint(self) -> str:
        """Its error output when it failed by itself; empty when it succeeded or was ended."""
        code = self._process.returncode if self._process is not None else None
        return self._errors.decode("utf-8", "replace").strip() if code in FAILURES else ""

    async def start(self, width: int, height: int) -> None:
        await super().start(*fitting(width, height))

    async def set_terminal_size(self, width: int, height: int) -> None:
        await super().set_terminal_size(*fitting(width, height))

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        wanted = super()._build_environment(width, height)
        ours = {name: value for name, value in wanted.items() if name.startswith("TEXTUAL")}
        return (
            dict(self._child.environment)
            | ours
            | {
                "TEXTUAL_DRIVER": _DRIVER,
                "TERM": "xterm-256color",
                # The browser's terminal can show every character, whatever the server's own
                # terminal can.
                "LC_ALL": "C.UTF-8",
                "COLUMNS": str(width),
                "ROWS": str(height),
            }
        )

    async def _open_app_process(
        self, width: int = 80, height: int = 24
    ) -> asyncio.subprocess.Process:
        child = replace(self._child, environment=self._build_environment(width, height))
        process = await child.run(
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._process, self._stdin = process, process.stdin
        return process

    async def send(self, work: Awaitable[object]) -> bool:
        """Await a call that sends something to the process; False when the process does not take
        it."""
        try:
            async with asyncio.timeout(SEND_S):
                await work
        except (TimeoutError, OSError):
            return False
        return True

    async def run(self) -> None:
        """Forward the output of the process until it ends."""
        process = self._process
        assert process is not None
        assert process.stderr is not None
        words = asyncio.create_task(self._listen(process.stderr))
        try:
            await self._hand_on(process)
        finally:
            await asyncio.wait((words,), timeout=WORDS_S)
            words.cancel()
            # The browser may be gone already: then an error on closing is no news.
            with contextlib.suppress(ConnectionError, RuntimeError, TimeoutError):
                await self.remote_close()

    async def _hand_on(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with contextlib.suppress(asyncio.IncompleteReadError, ValueError):
            # The first bytes identify the process as a Textual program that speaks this protocol.
            await process.stdout.readuntil(b"__GANGLION__\n")
            while True:
                head = await process.stdout.readexactly(5)
                size = int.from_bytes(head[1:], "big")
                if size > PACKET_BYTES:
                    return
                payload = await process.stdout.readexactly(size)
                if head[:1] == b"D":
                    # Keep reading when the browser is gone: a full pipe would block the process.
                    with contextlib.suppress(ConnectionError, RuntimeError):
                        await self.remote_write_bytes(payload)
                elif head[:1] == b"M" and json.loads(payload).get("type") == "exit":
                    return

    async def _listen(self, stderr: asyncio.StreamReader) -> None:
        while data := await stderr.read(4096):
            self._errors = (self._errors + data)[-WORDS_BYTES:]

    async def stop(self) -> None:
        """End the process; returns when it is gone. Safe to call twice."""
        process, task = self._process, self._task
        if process is None or task is None:
            return
        with contextlib.suppress(TimeoutError, OSError, RuntimeError):
            async with asyncio.timeout(QUIT_S):
                await self.send_meta({"type": "quit"})
                await process.wait()
        if process.returncode is None:
            # The process only displays, so no data can be lost.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def fitting(width: int, height: int) -> tuple[int, int]:
    """The nearest size that a screen can have."""
    return (
        min(max(width, WIDTHS.start), WIDTHS.stop - 1),
        min(max(height, HEIGHTS.start), HEIGHTS.stop - 1),
    )
