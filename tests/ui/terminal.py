"""Runs a program on a pseudo-terminal, whose output is kept, and types keys."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.fixtures import ROOT
from tests.forking import take_terminal

_NOT_OURS = ("WVATUI_", "XDG_", "KUBE", "COLUMNS", "LINES")


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", master: int, slave: int, before: list[Any]
    ) -> None:
        """`before`: the terminal's attributes before the program began."""
        self.process = process
        self.shown = b""
        self._master = master
        self._slave = slave
        self.before = before

    def read(self, for_s: float) -> None:
        """Read the output of the next `for_s` seconds, up to the last byte available."""
        while select.select([self._master], [], [], for_s)[0]:
            try:
                piece = os.read(self._master, 65_536)
            except OSError:  # on Linux, all programs have closed the other end
                return
            self.shown += piece
            for_s = 0.0

    def until(self, word: bytes, within_s: float = 120.0, after: int = 0) -> None:
        """Wait until `word` is in the output beyond its first `after` bytes."""
        deadline = time.monotonic() + within_s
        while word not in self.shown[after:]:
            assert time.monotonic() < deadline, (word, self.shown[-1500:])
            self.read(0.05)

    def hang_up(self) -> None:
        """Close the terminal, as a window is closed."""
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = -1

    def until_quiet(self, more_than: int, quiet_s: float = 0.1, within_s: float = 1.0) -> None:
        """Wait until more than `more_than` bytes were written in all, then nothing for `quiet_s`.

        At most `within_s`, because a screen may change all the time, or never.
        """
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            before = len(self.shown)
            self.read(quiet_s)
            if len(self.shown) == before > more_than:
                return

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def ends(self, within_s: float = 120.0) -> tuple[int, float]:
        """Wait for the program's end; returns its exit code and the seconds that this took."""
        begin = time.monotonic()
        while self.process.poll() is None:
            assert time.monotonic() - begin < within_s, "still there"
            self.read(0.02)
        took = time.monotonic() - begin
        before = -1
        while before != len(self.shown):  # one read may return only a part
            before = len(self.shown)
            self.read(0.05)
        return self.process.returncode, took

    @property
    def last_words(self) -> bytes:
        """The output after the alternate screen was left."""
        return self.shown.rpartition(b"\x1b[?1049l")[2]

    @property
    def restored(self) -> bool:
        """Whether echo, line mode and the normal screen are restored."""
        left = self.shown.rfind(b"\x1b[?1049l") > self.shown.rfind(b"\x1b[?1049h")
        return left and termios.tcgetattr(self._slave)[3] == self.before[3]


@contextmanager
def terminal(
    *arguments: str,
    home: Path,
    stdin: int | None = None,
    size: tuple[int, int] = (80, 24),
    env: Mapping[str, str] | None = None,
    program: tuple[str, ...] = ("-m", "wvatui"),
    folder: Path = ROOT,
) -> Iterator[Terminal]:
    """Runs `wvatui ARGUMENTS` on a terminal; it is ended with the block at the latest."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_NOT_OURS)}
    kept |= {"HOME": str(home), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"} | dict(env or {})
    before = termios.tcgetattr(slave)
    process = subprocess.Popen(
        [sys.executable, *program, *arguments],
        cwd=folder,
        stdin=slave if stdin is None else stdin,
        stdout=slave,
        stderr=slave,
        env=kept,
        start_new_session=True,
        preexec_fn=take_terminal,
    )
    try:
        shown = Terminal(process, master, slave, before)
        yield shown
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if shown._master != -1:
            shown.hang_up()
