"""Child processes: another Python that runs `main(arguments)` of one of wvatui's modules.

A child can import what this process can, but nothing from the folder in which wvatui was started: a
`base64.py` there is data, not code. It runs in the root folder, so relative names in arguments must
be made absolute first.

The flag is `-P` rather than `-I`: the latter also ignores PYTHONHOME and the user's packages,
without which some installs do not start at all.
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
"""Working folder of children."""
END_S = 4.0
"""Seconds that a tied child gets to end by itself once its parent is gone."""
PIECES = 40
"""They pass in pieces: a child that the machine stopped for longer still gets most of them."""

_ROOT = str(Path(__file__).resolve().parents[2])
_PATHS = ("KUBECONFIG", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables that hold file names relative to the folder in which wvatui was started."""

ChildProcess = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Child:
    """The command of a child. It gets a session of its own, so ctrl+c in the terminal does not
    reach it."""

    module: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=os.environ.copy)
    tied: bool = False
    """Whether the child gets SIGTERM when its standard input ends."""

    def start(self, **pipes: Any) -> ChildProcess:
        """Start the child; `pipes` are stdin, stdout and stderr in the form that subprocess takes.

        Raises OSError when it cannot be started.
        """
        return subprocess.Popen(self.command, **self._options, **pipes)

    async def run(self, **pipes: Any) -> asyncio.subprocess.Process:
        """As `start`, but for an event loop."""
        python, *arguments = self.command
        return await asyncio.create_subprocess_exec(python, *arguments, **self._options, **pipes)

    @property
    def command(self) -> list[str]:
        """The command line; it is safe in any folder, even when another program runs it."""
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
    """The file name in a form that any folder understands; "" stays empty."""
    if not name:
        return ""
    with contextlib.suppress(FileNotFoundError):  # the current folder was deleted
        return os.path.abspath(os.path.expanduser(name))
    return name


def tie() -> None:
    """Make this process get SIGTERM when its standard input ends."""
    threading.Thread(target=_wait, name="wvatui-lifeline", daemon=True).start()


def _wait() -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    for _ in range(PIECES):
        time.sleep(END_S / PIECES)
    os._exit(143)


def _import_path() -> list[str]:
    """The import path of this process, without the entry for the current folder."""
    path = [absolute(entry) for entry in sys.path if entry]
    if _ROOT not in map(os.path.realpath, path):
        path.insert(0, _ROOT)
    return path
