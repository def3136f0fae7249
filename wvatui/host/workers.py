"""Runs functions on other cores, in child processes.

Arguments and results are pickled and sent through the child's pipes; the child imports the function
by its name. An error raised there is raised again here.
"""

import contextlib
import os
import pickle
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE
from typing import Any, Self

from wvatui.errors import WvatuiError
from wvatui.host.child import FOLDER, Child, ChildProcess
from wvatui.host.collecting import seldom

Calling = Callable[..., "Future[Any]"]
"""Calls a function with arguments, somewhere, at some time."""


def cores() -> int:
    """Number of cores that this process may use."""
    with contextlib.suppress(AttributeError):  # not every system has this call
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def is_own(path: str | Path) -> bool:
    """Whether a path means something else, or nothing, in another process: /dev/stdin."""
    return os.path.abspath(path).startswith(("/dev/", "/proc/"))


def in_place(function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
    """As `Workers.call`, but in this process and at once."""
    done: Future[Any] = Future()
    try:
        done.set_result(function(*arguments))
    except WvatuiError as error:
        done.set_exception(error)
    return done


class Workers:
    """A number of child processes, each started when it is first needed. Leaving the `with` block
    ends them, even while they work."""

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count, "wvatui-worker")
        self._own = threading.local()
        self._children: list[ChildProcess] = []
        self._over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for child in self._children:
            child.kill()
        self._threads.shutdown()
        for child in self._children:
            child.wait()
            for pipe in (child.stdin, child.stdout):
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()  # type: ignore[union-attr]

    def call(self, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        """The result of a module's function for these arguments, computed in a child that uses the
        current folder of this process.

        Where no child can be started, the function is called here. The future raises what the
        function raised, and WvatuiError where the child ended before it answered.
        """
        folder = ""
        with contextlib.suppress(FileNotFoundError):  # it was deleted
            folder = os.getcwd()
        return self._threads.submit(self._called, folder, function, arguments)

    def _called(self, folder: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        child = self._child()
        if child is None:
            return function(*arguments)
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            pickle.dump((folder, function, arguments), child.stdin)
            child.stdin.flush()
            has_result, answer = pickle.load(child.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            code = child.wait()
            raise WvatuiError(
                f"a process that was to help ended with code {code}",
                hint="where memory is short: fewer runs at once",
            ) from None
        if not has_result:
            raise answer
        return answer

    def _child(self) -> ChildProcess | None:
        """The child of this thread; None: no child can be started."""
        if not hasattr(self._own, "child"):
            self._own.child = None
            with contextlib.suppress(OSError):
                pipes = {"stdin": PIPE, "stdout": PIPE}
                self._own.child = Child(__name__).start(**pipes)
                self._children.append(self._own.child)
                if self._over:  # the code that ends the others may not have seen this one
                    self._own.child.kill()
        child: ChildProcess | None = self._own.child
        return child


def main(_: list[str]) -> int:
    """Run a child: answer requests until its input ends."""
    seldom()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # printed text must not mix with answers
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            folder, function, arguments = pickle.load(sys.stdin.buffer)
            os.chdir(folder or FOLDER)
            try:
                answer = (True, function(*arguments))
            except WvatuiError as error:
                answer = (False, error)
            pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()
    return 0
