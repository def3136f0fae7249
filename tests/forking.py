"""Pythons that tests start, without the second that each would spend on importing wvatui.

Hundreds of tests run the program in a process of its own. A server that has imported all of it
forks one for each of them, and it becomes a child of the process that asked, as if that had started
it: `subprocess` and asyncio wait for it, signal it and read its streams as ever. What a fork cannot
be equal in goes to a new interpreter: other variables for Python itself, a package of that name in
the folder, a program that asks what is imported. So does what a test marks `new_interpreter`.

A program that starts others in its turn (a demo its cluster, a server those who look) has such a
server of its own, as its child, for what it starts must become a child of it.
"""

import atexit
import ctypes
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import random
import runpy
import socket
import subprocess
import sys
import termios
import threading
import types
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.fixtures import ROOT

WORKS = sys.platform == "linux" and sys.version_info < (3, 14)
"""Elsewhere every Python is a new one."""

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of <linux/prctl.h>
_SET_NAME = 15  # PR_SET_NAME
NAME = "fork-server"
"""By which `/proc` knows the servers of programs: they are none of the program's own processes."""
STARTERS = {"demo", "serve", "watch", "run", "load", "check", "doctor", "explain", "estimate"}
"""Verbs that start processes: a cluster, a reader of credentials, a recorder, those who look."""
LATER = ("anyio._backends._asyncio", "httpcore", "plotext")
"""What the program imports only when it needs it, as most programs of tests do."""
_LONGEST = 100_000
_OF_PYTHON = ("PYTHON", "TEXTUAL", "LC_", "LANG")
_ALIKE = {
    "PYTHONPATH": ("", str(ROOT)),
    "LC_ALL": ("", "C", "C.UTF-8"),
    "LANG": ("", "C", "C.UTF-8"),
}
"""Values that make no difference."""


def take_terminal() -> None:
    """A `preexec_fn`: standard output becomes the terminal that controls the session."""
    fcntl.ioctl(1, termios.TIOCSCTTY, 0)


class ForkServer:
    """Takes the place of the function by which `subprocess` starts processes."""

    def __init__(self, start: Callable[..., int], control: socket.socket | None = None) -> None:
        """`control`: of the server of a program; None: one is started when it is needed."""
        self.is_off = False
        self._start = start
        self._is_of_program = control is not None
        self._control = control
        self._server: subprocess.Popen[bytes] | None = None
        self._libc = ctypes.CDLL(None)

    def __call__(self, *given: Any) -> int:
        """Start what `_posixsubprocess.fork_exec` is given, and give its process id."""
        # What a program starts in its own session would be in that of its server.
        is_off = self.is_off or (self._is_of_program and not given[15])
        request = None if is_off else _request(given)
        if request is None:
            return self._start(*given)
        control = self._control or self._serve()
        message, streams = request
        self._libc.prctl(_SUBREAPER, 1, 0, 0, 0)
        try:
            socket.send_fds(control, [message], streams)
            return int(control.recv(64))
        finally:
            self._libc.prctl(_SUBREAPER, 0, 0, 0, 0)

    def close(self) -> None:
        """End the server, once nobody asks any more."""
        if self._control is not None and self._server is not None:
            self._control.close()
            self._server.wait()

    def _serve(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.is_off = True
        with theirs:
            self._server = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=theirs,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
            )
        self.is_off = False
        self._control = ours
        return ours


FORKS = ForkServer(getattr(subprocess, "_fork_exec", lambda: 0))


def _request(given: tuple[Any, ...]) -> tuple[bytes, list[int]] | None:
    """The message and the three streams of what can be forked; None for what cannot."""
    words = [os.fsdecode(word) for word in given[0]]
    kept, folder, variables, stdin, stdout, stderr = (given[i] for i in (3, 4, 5, 6, 9, 11))
    new_session, others, before = given[15], given[16:21], given[21]
    environment = dict(os.environ)
    if variables is not None:
        pairs = (os.fsdecode(pair).partition("=") for pair in variables)
        environment = {name: value for name, _, value in pairs}
    folder = os.path.abspath(os.fsdecode(folder or os.getcwd()))
    if (
        words[0] != sys.executable
        or words[1 + (words[1:2] == ["-P"])] not in ("-c", "-m")
        or any(name in word for word in words for name in ("sys.modules", "sys.meta_path"))
        or len(kept) > 1  # the pipe that tells of a failed exec, and files of the caller's own
        or before not in (None, take_terminal)
        or any(value not in (None, -1) for value in others)
        or not _is_like_ours(environment)
        or not os.path.isdir(folder)
        or (folder != str(ROOT) and os.path.exists(os.path.join(folder, "wvatui")))
    ):
        return None
    asked = (words[1:], folder, environment, bool(new_session), before is take_terminal)
    message = json.dumps(asked).encode()
    streams = [
        given_fd if given_fd != -1 else n for n, given_fd in enumerate((stdin, stdout, stderr))
    ]
    return (message, streams) if len(message) < _LONGEST else None


def _is_like_ours(environment: dict[str, str]) -> bool:
    """Whether a Python that starts with it is as one that starts with the variables of this one."""
    names = {n for n in environment.keys() | os.environ.keys() if n.startswith(_OF_PYTHON)}
    return all(
        environment.get(name, "") in (os.environ.get(name, ""), *_ALIKE.get(name, ()))
        for name in names
    )


def _serve(control: socket.socket) -> list[str]:
    """Fork what is asked for; returns in each child, with the command line after `python`."""
    while True:
        message, streams, _, _ = socket.recv_fds(control, 2 * _LONGEST, 3)
        if not message:  # nobody is left who could ask
            sys.exit()
        words, folder, environment, new_session, has_terminal = json.loads(message)
        reading, writing = os.pipe()
        between = os.fork()
        if between == 0:
            child = os.fork()
            if child:
                # Its child gets another parent now: the one that asked, which reaps it.
                os.write(writing, str(child).encode())
                os._exit(0)
            os.close(reading)
            os.close(writing)
            if new_session:
                os.setsid()
            if control.fileno() > 2:
                _name("python")
                control.close()
            else:
                control.detach()  # its number is that of standard input
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            for stream in streams:
                os.close(stream)
            if has_terminal:
                take_terminal()
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            return list(words)
        os.close(writing)
        for stream in streams:
            os.close(stream)
        os.waitpid(between, 0)
        control.send(os.read(reading, 64))
        os.close(reading)


def _server_of_its_own() -> socket.socket | None:
    """Fork a server of what this process will start; in that what it serves, and here None."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork():
        theirs.close()
        subprocess._fork_exec = ForkServer(subprocess._fork_exec, ours)  # type: ignore[attr-defined]
        return None
    ours.close()
    os.setsid()  # no signal of a terminal is for it: it ends when nobody can ask any more
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    os.close(nowhere)
    _name(NAME)
    return theirs


def _name(name: str) -> None:
    ctypes.CDLL(None).prctl(_SET_NAME, name.encode(), 0, 0, 0)


def _begin_anew() -> None:
    """What a new interpreter has of its own: streams, randomness, a garbage collector."""
    buffering = 1 if os.isatty(1) else -1
    sys.stdin = sys.__stdin__ = _stream(0, "r", -1, "surrogateescape")
    sys.stdout = sys.__stdout__ = _stream(1, "w", buffering, "surrogateescape")
    sys.stderr = sys.__stderr__ = _stream(2, "w", 1, "backslashreplace")
    random.seed()
    gc.set_threshold(50_000, 20, 20)  # what is frozen makes it look through the rest too often
    gc.enable()


def _stream(number: int, mode: str, buffering: int, errors: str) -> Any:
    return open(number, mode, buffering, "utf-8", errors, closefd=False)


def _run(words: list[str]) -> None:
    """As `python WORDS` does."""
    kind, what, *arguments = words[words[0] == "-P" :]
    sys.path[0] = "" if kind == "-c" else os.getcwd()
    sys.argv = [kind if kind == "-c" else what, *arguments]
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    if kind == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(compile(what, "<string>", "exec"), main.__dict__)


def _end_early(code: int) -> None:
    """End as an interpreter does, without taking apart all modules; returns where words failed."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    with suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code & 0xFF)
    sys.exit(code)


if __name__ == "__main__":
    import wvatui

    for module in pkgutil.walk_packages(wvatui.__path__, "wvatui."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in LATER:
        importlib.import_module(name)
    gc.disable()
    gc.freeze()
    asked = _serve(socket.socket(fileno=0))
    while STARTERS & set(asked) and (control := _server_of_its_own()) is not None:
        asked = _serve(control)
    _begin_anew()
    try:
        _run(asked)
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise
        _end_early(end.code or 0)
    _end_early(0)
