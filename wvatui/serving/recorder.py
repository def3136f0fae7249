"""The one process that records; every viewer replays what it writes."""

import asyncio
import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wvatui.config import paths
from wvatui.core import events as ev
from wvatui.errors import UsageError
from wvatui.recording.library import default_recording
from wvatui.serving.wanted import Wanted

END_S = 2.5
"""Seconds that it gets to write its last line."""
LOOK_S = 0.05


class Recorder:
    """The running process. `wait` gives its exit code, again and again."""

    def __init__(self, process: asyncio.subprocess.Process, path: Path) -> None:
        self.path = path
        self._process = process
        self._wait = asyncio.ensure_future(process.wait())

    @classmethod
    async def start(cls, wanted: Wanted, path: Path) -> "Recorder":
        """Start it: it records into `path`."""
        child = wanted.recorder(path)
        return cls(await child.run(stdin=subprocess.PIPE, stdout=subprocess.DEVNULL), path)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def wait(self) -> int:
        """Its exit code, when it has ended."""
        return await asyncio.shield(self._wait)

    async def began(self) -> bool:
        """Whether there is a recording now (True), or the process has ended without one."""
        while not self._wait.done():
            with contextlib.suppress(OSError):
                if self.path.stat().st_size:
                    return True
            await asyncio.wait((self._wait,), timeout=LOOK_S)
        return False

    async def end(self) -> None:
        """End it, so that its recording ends well; returns when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        done, _ = await asyncio.wait((self._wait,), timeout=END_S)
        if not done:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._wait


@contextmanager
def place(wanted: Wanted, now: float) -> Iterator[Path]:
    """Where to record; without a recording a place that is gone afterwards.

    Raises UsageError when something is there already, ConfigError for a wrong kubeconfig.
    """
    if wanted.no_record:
        with tempfile.TemporaryDirectory(prefix="wvatui-") as folder:
            yield Path(folder) / "session.jsonl"
        return
    path = wanted.record or _usual(wanted, now)
    if path.exists() and path.stat().st_size:
        raise UsageError(
            f"{path}: exists already", hint="a recording is never overwritten: name another file"
        )
    yield path.absolute()


def _usual(wanted: Wanted, now: float) -> Path:
    """A file of its own in the sessions folder, as every session gets."""
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
