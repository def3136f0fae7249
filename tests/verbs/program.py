"""Runs `wvatui` in a process of its own, with any kind of standard streams."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

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
    """Run the program; `redirected` is a redirection as in a shell, such as `>&-`.

    Unless it `ends` by itself, it is interrupted as soon as it has written a line. Without `read`
    its standard output is a pipe that nobody reads.
    """
    words = [sys.executable, "-m", "wvatui"]
    with contextlib.ExitStack() as stack:
        out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(2))
        reading, writing = os.pipe()
        os.close(reading)
        streams: dict[str, Any] = {
            "<": subprocess.DEVNULL,
            ">": out if read else writing,
            "2>": err,
        }
        if redirected.endswith("&-"):  # only a shell starts a program whose streams are closed
            words = ["sh", "-c", f'exec "$@" {redirected}', "sh", *words]
        elif redirected:
            sign = next(each for each in ("<", "2>", ">") if redirected.startswith(each))
            path = redirected.removeprefix(sign)
            streams[sign] = stack.enter_context(open(path, "rb" if sign == "<" else "wb"))
        process = subprocess.Popen(
            [*words, *arguments],
            cwd=cwd,
            env=dict(env),
            stdin=streams["<"],
            stdout=streams[">"],
            stderr=streams["2>"],
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
