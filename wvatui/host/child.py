"""Child processes: another Python that runs `main(arguments)` of one of our modules.

A child imports what this process would import, and nothing from the folder in which wvatui was
started: a `base64.py` that lies there is data, not code. It works in the root folder, so relative
names in arguments must be made absolute before.

`-P` and not `-I`: the latter ignores PYTHONHOME and the user's packages as well, without which
some installs do not start at all.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = os.path.abspath(os.sep)
"""Where children work."""
END_S = 4.0
"""Seconds that a tied child gets to end by itself, once its parent is gone."""

_ROOT = str(Path(__file__).resolve().parents[2])
_PATHS = ("KUBECONFIG", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables that hold names of files, relative to the folder in which wvatui was started."""

ChildProcess = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Child:
    """What to run. It begins a session of its own: ctrl+c in the terminal is not for it."""

    module: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=os.environ.copy)
    tied: bool = False
    """Whether it gets SIGTERM when its standard input ends."""

    def start(self, **pipes: Any) -> ChildProcess:
        """Start it; `pipes` are stdin, stdout and stderr as subprocess takes them.

        Raises OSError when it cannot be started.
        """
        return subprocess.Popen(self.command, **self._options, **pipes)

    async def run(self, **pipes: Any) -> asyncio.subprocess.Process:
        """As `start`, for an event loop."""
        python, *arguments = self.command
        return await asyncio.create_subprocess_exec(python, *arguments, **self._options, **pipes)

    @property
    def command(self) -> list[str]:
        """The command line; safe in any folder, also where others run it."""
        program = f"import sys; sys.path[:] = {_import_path()!a}; "
        if self.tied:
            program += f"from {__name__} import tie; tie(); "
        program += f"from {self.module} import main; sys.exit(main(sys.argv[1:]))"
        return [sys.executable, "-P", "-c", program, *self.arguments]

    @property
    def _options(self) -> dict[str, Any]:
        given = self.environment
        named = {
            name: os.pathsep.join(map(absolute, given[name].split(os.pathsep)))
            for name in _PATHS
            if name in given
        }
        return {"cwd": FOLDER, "env": {**given, **named}, "start_new_session": True}


def absolute(name: str) -> str:
    """The file name as it is understood from any folder; "" stays empty."""
    if not name:
        return ""
    with contextlib.suppress(FileNotFoundError):  # the current folder was deleted
        return os.path.abspath(os.path.expanduser(name))
    return name


def tie() -> None:
    """From now on this process gets SIGTERM when its standard input ends."""
    threading.Thread(target=_wait, name="wvatui-lifeline", daemon=True).start()


def _wait() -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(END_S)
    os._exit(143)


def _import_path() -> list[str]:
    """Where this process imports from, but for the current folder as such."""
    path = [absolute(entry) for entry in sys.path if entry]
    if _ROOT not in map(os.path.realpath, path):
        path.insert(0, _ROOT)
    return path
