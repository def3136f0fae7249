"""Runs `wvatui` in a process of its own, with any kind of standard streams."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NamedTuple

from tests.fixtures import ROOT
from tests.ui.terminal import _NOT_OURS

ENDS_S = 120.0


class Ended(NamedTuple):
    """The exit code of the program, and its output where that was kept."""

    code: int
    out: bytes
    err: bytes


def environment(home: Path, **more: str) -> dict[str, str]:
    """Variables without any personal settings; the folder `home` may be missing."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_NOT_OURS)}
    return kept | {"HOME": str(home), "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)} | more


def program(
    arguments: list[str],
    env: Mapping[str, str],
    cwd: Path,
    *,
    redirected: str = "",
    ends: bool = True,
    read: bool = True,
) -> Ended:
    """Run the program; `redirected` is a redirection of the shell, such as `>&-`.

    Unless it `ends` by itself, it is interrupted as soon as it has written a line. Without `read`
    its standard output is a pipe that nobody reads.
    """
    words = [sys.executable, "-m", "wvatui"]
    if redirected:
        words = ["sh", "-c", f'exec "$@" {redirected}', "sh", *words]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        reading, writing = os.pipe()
        os.close(reading)
        process = subprocess.Popen(
            [*words, *arguments],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=out if read else writing,
            stderr=err,
            start_new_session=True,
        )
        os.close(writing)
        try:
            if not ends:
                _wait_for_a_line(process, out, err)
                process.send_signal(signal.SIGINT)
            code = process.wait(ENDS_S)
        finally:
            process.kill()
            process.wait()
        out.seek(0)
        err.seek(0)
        return Ended(code, out.read(), err.read())


def _wait_for_a_line(process: "subprocess.Popen[bytes]", *files: IO[bytes]) -> None:
    deadline = time.monotonic() + ENDS_S
    while process.poll() is None and not any(os.fstat(file.fileno()).st_size for file in files):
        assert time.monotonic() < deadline
        time.sleep(0.02)
