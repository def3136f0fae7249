"""Everything together: the socket, the recording process, the web server, and their end."""

import asyncio
import socket
import time
from contextlib import closing
from pathlib import Path

from aiohttp import web

from wvatui.errors import OutputError, UsageError
from wvatui.host import console, signals
from wvatui.recording import open_recording
from wvatui.serving.host_guard import HostGuard
from wvatui.serving.recorder import Recorder, place
from wvatui.serving.wanted import Wanted
from wvatui.serving.web import Web


def run(wanted: Wanted) -> int:
    """Serve until a signal, or until the recording process ends; the exit code."""
    guard = HostGuard(wanted.host)
    # First of all: what cannot listen need not record.
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
            # Nobody asked for a recording that is gone afterwards: it may lack something.
            return 0 if wanted.no_record and code == OutputError.exit_code else code
        finally:
            stop.cancel()
            await asyncio.gather(site.close(), *([recorder.end()] if recorder is not None else []))
            await runner.cleanup()


async def _begun(recorder: Recorder, stop: "asyncio.Task[bool]") -> bool:
    """Wait for the recording; False when it will not come, or the server is to end."""
    began = asyncio.create_task(recorder.began())
    await asyncio.wait((began, stop), return_when=asyncio.FIRST_COMPLETED)
    if not began.done():
        began.cancel()
        return False
    return began.result() and not stop.done()


def _greeting(wanted: Wanted, guard: HostGuard, listening: socket.socket, path: Path) -> list[str]:
    """What the person who started the server should know, a line each."""
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
    """A message for the person who started the server, safe to print."""
    for line in text.strip().split("\n"):
        console.err(f"wvatui: {line.removeprefix('wvatui: ')}")
