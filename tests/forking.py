"""Forks the Python processes that tests start, which saves each the second of importing wvatui.

Hundreds of tests run the program in a process of its own. A fork server that has imported all of
wvatui forks each of these processes, which becomes a child of the process that asked for it:
`subprocess` and asyncio wait for it, signal it and read its streams as usual. A new interpreter is
started where a fork would behave differently: with other variables for Python itself, in a folder
with a package named wvatui, for a program that looks at `sys.modules`, and in tests marked
`new_interpreter`.

A program that starts processes itself (the demo its cluster, `serve` a process for each viewer) has
a fork server of its own as its child, because what it starts must become its child.
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
"""Whether processes can be forked here; otherwise each is a new interpreter."""

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of <linux/prctl.h>
_SET_NAME = 15  # PR_SET_NAME
NAME = "fork-server"
"""The name of fork servers in `/proc`, by which tests leave them out of a program's processes."""
STARTERS = {"demo", "serve", "watch", "run", "load", "check", "doctor", "explain", "estimate"}
"""Verbs that start processes: a cluster, a reader of credentials, a recorder, viewers."""
LATER = ("anyio._backends._asyncio", "httpcore", "plotext")
"""Modules that the program imports late, and that most programs of tests need."""
_LONGEST = 100_000
_OF_PYTHON = ("PYTHON", "TEXTUAL", "LC_", "LANG")
_READ_AGAIN = {"TEXTUAL_DRIVER", "TEXTUAL_COLOR_SYSTEM"}
"""Variables of a screen in a browser, which Textual looks up in its module of constants."""
_ALIKE = {
    "PYTHONPATH": ("", str(ROOT)),
    "LC_ALL": ("", "C", "C.UTF-8"),
    "LANG": ("", "C", "C.UTF-8"),
    "TEXTUAL_FPS": ("", "60"),
}
"""Variable → values that make no difference to a program of the tests."""


def take_terminal() -> None:
    """For `preexec_fn`: make standard output the controlling terminal of the session."""
    fcntl.ioctl(1, termios.TIOCSCTTY, 0)


class ForkServer:
    """Replaces the private function with which `subprocess` starts processes."""

    def __init__(self, start: Callable[..., int], control: socket.socket | None = None) -> None:
        """`start`: the replaced function. `control`: the socket of a program's own fork server;
        None: a fork server is started when it is first needed."""
        self.is_off = False
        self._start = start
        self._is_of_program = control is not None
        self._control = control
        self._server: subprocess.Popen[bytes] | None = None
        self._libc = ctypes.CDLL(None)
        self._lock = threading.Lock()

    def __call__(self, *given: Any) -> int:
        """Start the process described by the arguments of `_posixsubprocess.fork_exec`; returns its
        process id."""
        # A process in the program's own session cannot be forked: it would be in the server's.
        is_off = self.is_off or (self._is_of_program and not given[15])
        request = None if is_off else _request(given)
        if request is None:
            return self._start(*given)
        message, streams = request
        with self._lock:  # threads start processes too; each must get the answer to its request
            control = self._control or self._serve()
            self._libc.prctl(_SUBREAPER, 1, 0, 0, 0)
            try:
                socket.send_fds(control, [message], streams)
                return int(control.recv(64))
            finally:
                self._libc.prctl(_SUBREAPER, 0, 0, 0, 0)

    def close(self) -> None:
        """End the fork server."""
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
    """The message and the three streams of a request; None: it needs a new interpreter."""
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
        or len(kept) > 1  # one is the pipe that reports a failed exec, others are files
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
    """Whether a Python with these variables behaves like one with those of this process."""
    names = {n for n in environment.keys() | os.environ.keys() if n.startswith(_OF_PYTHON)}
    return all(
        environment.get(name, "") in (os.environ.get(name, ""), *_ALIKE.get(name, ()))
        for name in names - _READ_AGAIN
    )


def _serve(control: socket.socket) -> list[str]:
    """Fork for each request. Returns only in the children, with the command line after `python`."""
    while True:
        message, streams, _, _ = socket.recv_fds(control, 2 * _LONGEST, 3)
        if not message:  # all clients have ended
            sys.exit()
        words, folder, environment, new_session, has_terminal = json.loads(message)
        reading, writing = os.pipe()
        between = os.fork()
        if between == 0:
            child = os.fork()
            if child:
                # With this process gone, the client becomes the parent of `child` and reaps it.
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
                control.detach()  # it is standard input, which is replaced below
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
    """Fork a server for the processes that this one will start.

    Returns None here, and in the fork server the socket of its requests.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork():
        theirs.close()
        subprocess._fork_exec = ForkServer(subprocess._fork_exec, ours)  # type: ignore[attr-defined]
        return None
    ours.close()
    os.setsid()  # signals of the terminal must not reach it; it ends with its clients
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    os.close(nowhere)
    _name(NAME)
    return theirs


def _name(name: str) -> None:
    ctypes.CDLL(None).prctl(_SET_NAME, name.encode(), 0, 0, 0)


def _begin_anew() -> None:
    """Set up what a new interpreter would have: streams, random numbers, garbage collection, and
    what Textual keeps of the environment."""
    if _READ_AGAIN & os.environ.keys():
        importlib.reload(sys.modules["textual.constants"])
    buffering = 1 if os.isatty(1) else -1
    sys.stdin = sys.__stdin__ = _stream(0, "r", -1, "surrogateescape")
    sys.stdout = sys.__stdout__ = _stream(1, "w", buffering, "surrogateescape")
    sys.stderr = sys.__stderr__ = _stream(2, "w", 1, "backslashreplace")
    random.seed()
    gc.set_threshold(50_000, 20, 20)  # frozen objects would make collections too frequent
    gc.enable()


def _stream(number: int, mode: str, buffering: int, errors: str) -> Any:
    return open(number, mode, buffering, "utf-8", errors, closefd=False)


def _run(words: list[str]) -> None:
    """Run what `python WORDS` would run."""
    kind, what, *arguments = words[words[0] == "-P" :]
    sys.path[0] = "" if kind == "-c" else os.getcwd()
    sys.argv = [kind if kind == "-c" else what, *arguments]
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    if kind == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(compile(what, "<string>", "exec"), main.__dict__)


def _end_early(code: int) -> None:
    """End like an interpreter, but without destroying all modules.

    Raises SystemExit where the standard streams cannot be flushed.
    """
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
