"""Puts the server together: the socket, the recording process, the web server, and their end.

One process records; every viewer replays its recording.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from aiohttp import web

from wvatui.config import paths
from wvatui.core import events as ev
from wvatui.errors import OutputError, UsageError
from wvatui.host import console, signals
from wvatui.recording import open_recording
from wvatui.recording.library import default_recording
from wvatui.recording.part_file import require_new
from wvatui.serving.wanted import Wanted
from wvatui.serving.web import HostGuard, Web

END_S = 2.5
"""Seconds that the recording process gets to write its last line."""
LOOK_S = 0.05


class Recorder:
    """The running process that records. `wait` may be called repeatedly for its exit code."""

    def __init__(self, process: asyncio.subprocess.Process, path: Path) -> None:
        self.path = path
        self._process = process
        self._wait = asyncio.ensure_future(process.wait())

    @classmethod
    async def start(cls, wanted: Wanted, path: Path) -> "Recorder":
        """Start the process; it records into `path`."""
        child = wanted.recorder(path)
        return cls(await child.run(stdin=subprocess.PIPE, stdout=subprocess.DEVNULL), path)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def wait(self) -> int:
        """Wait until the process has ended, and return its exit code."""
        return await asyncio.shield(self._wait)

    async def began(self) -> bool:
        """Wait until a recording exists (True), or the process has ended without one."""
        while not self._wait.done():
            with contextlib.suppress(OSError):
                if self.path.stat().st_size:
                    return True
            await asyncio.wait((self._wait,), timeout=LOOK_S)
        return False

    async def end(self) -> None:
        """End the process in a way that completes its recording; returns when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        done, _ = await asyncio.wait((self._wait,), timeout=END_S)
        if not done:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._wait


@contextmanager
def place(wanted: Wanted, now: float) -> Iterator[Path]:
    """Path of the recording; where none was asked for, a path that is deleted afterwards.

    Raises UsageError when a file exists there already, ConfigError for a wrong kubeconfig.
    """
    if wanted.no_record:
        with tempfile.TemporaryDirectory(prefix="wvatui-") as folder:
            yield Path(folder) / "session.jsonl"
        return
    path = wanted.record or _usual(wanted, now)
    require_new(path)
    yield path.absolute()


def _usual(wanted: Wanted, now: float) -> Path:
    """A new path in the sessions folder, as for any session."""
    namespace = wanted.namespace
    if not namespace:
        from wvatui.kube.auth import load

        asked = wanted.watching
        namespace = load(asked.get("kubeconfig") or None, asked.get("context") or None).namespace
        if not namespace:
            raise UsageError("no namespace to watch", hint="say one: wvatui serve NAMESPACE")
    label = str(wanted.watching.get("label") or "")
    return default_recording(
        ev.Header(now, started_at=now, namespace=namespace, label=label), paths.sessions_dir()
    )


def run(wanted: Wanted) -> int:
    """Serve until a signal, or until the recording process ends; returns the exit code."""
    guard = HostGuard(wanted.host)
    # The socket comes first: without it there is no need to record.
    with closing(_listen(wanted.host, wanted.port)) as listening:
        if wanted.replay is not None:
            open_recording(wanted.replay).close()
            return asyncio.run(_serve(wanted, guard, listening, wanted.replay.absolute()))
        with place(wanted, time.time()) as path:
            return asyncio.run(_serve(wanted, guard, listening, path))


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        hint = "another port: --port; any that is free: --port 0"
        raise UsageError(f"cannot listen on {host}:{port}: {why}", hint=hint) from None


async def _serve(wanted: Wanted, guard: HostGuard, listening: socket.socket, path: Path) -> int:
    ended = asyncio.Event()
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    site = Web(
        guard,
        wanted.viewer(path),
        title=wanted.title,
        max_viewers=wanted.max_viewers,
        say=_say,
    )
    recorder: Recorder | None = None
    runner = web.AppRunner(site.app(), access_log=None, shutdown_timeout=0.2)
    stop = asyncio.create_task(ended.wait())
    with signals.heard(end):
        try:
            if wanted.replay is None:
                recorder = await Recorder.start(wanted, path)
                if not await _begun(recorder, stop):
                    return codes[0] if codes else await recorder.wait()
            await runner.setup()
            await web.SockSite(runner, listening).start()
            for line in _greeting(wanted, guard, listening, path):
                _say(line)
            if recorder is None:
                await stop
            else:
                gone = asyncio.create_task(recorder.wait())
                await asyncio.wait((stop, gone), return_when=asyncio.FIRST_COMPLETED)
                gone.cancel()
            if codes or recorder is None:
                return codes[0]
            code = await recorder.wait()
            # A recording that nobody asked for is deleted afterwards, so it may be incomplete.
            return 0 if wanted.no_record and code == OutputError.exit_code else code
        finally:
            stop.cancel()
            await asyncio.gather(site.close(), *([recorder.end()] if recorder is not None else []))
            await runner.cleanup()


async def _begun(recorder: Recorder, stop: "asyncio.Task[bool]") -> bool:
    """Wait for the recording; False when it will not come, or when the server is to end."""
    began = asyncio.create_task(recorder.began())
    await asyncio.wait((began, stop), return_when=asyncio.FIRST_COMPLETED)
    if not began.done():
        began.cancel()
        return False
    return began.result() and not stop.done()


def _greeting(wanted: Wanted, guard: HostGuard, listening: socket.socket, path: Path) -> list[str]:
    """Messages for the user who started the server, one line each."""
    port = listening.getsockname()[1]
    place = f"[{wanted.host}]:{port}" if ":" in wanted.host else f"{wanted.host}:{port}"
    lines = []
    if guard.is_open:
        may = "look, and write CSV files on this machine," if wanted.allow_actions else "look"
        lines.append(
            f"warning: whoever can reach {place} may {may} without being asked who they are, and "
            "nothing is encrypted; `ssh -L` to 127.0.0.1 is the safe way"
        )
    if wanted.replay is not None:
        what = path.name
    else:
        what = "the demo" if wanted.demo else "the session"
        what += ", of which nothing is kept," if wanted.no_record else f", recorded in {path},"
    lines.append(f"{what} is shown at http://{place}/ until ctrl+c")
    return lines


def _say(text: str) -> None:
    """Print a message for the user who started the server."""
    for line in text.strip().split("\n"):
        console.err(f"wvatui: {line.removeprefix('wvatui: ')}")
