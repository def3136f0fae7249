"""How SIGINT, SIGTERM, SIGHUP and SIGQUIT are handled, from the program's start to its end.

Each of the first three ends the program with its own exit code: by an exception while a verb runs,
by a callback in an event loop, and immediately where nothing is open. A signal that was ignored
when the program started (`nohup`) stays ignored. SIGQUIT restores the terminal and then kills the
process, as by default.
"""

import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
_HEARD = [number for number in CODES if signal.getsignal(number) is not signal.SIG_IGN]


class Ended(SystemExit):
    """A signal arrived: open resources are closed on the way out. `code` is the exit code.

    A SystemExit, because asyncio keeps any other exception inside the task that raised it.
    """


def end_at_once(before: Callable[[], None] | None = None) -> None:
    """From now on, a signal calls `before` and ends the process; nothing is closed."""

    def end(number: int, frame: FrameType | None) -> None:
        if before is not None:
            before()
        os._exit(CODES[signal.Signals(number)])

    _set(dict.fromkeys(_HEARD, end))


def end_by_exception() -> None:
    """From now on, a signal raises Ended in the main thread."""

    def end(number: int, frame: FrameType | None) -> None:
        raise Ended(CODES[signal.Signals(number)])

    _set(dict.fromkeys(_HEARD, end))


@contextmanager
def heard(act: Callable[[int], None]) -> Iterator[None]:
    """In this block, a signal calls `act` in the running loop, with its exit code."""
    import asyncio

    loop = asyncio.get_running_loop()
    before: dict[signal.Signals, Any] = {number: signal.getsignal(number) for number in _HEARD}
    for number in _HEARD:
        loop.add_signal_handler(number, act, CODES[number])
    try:
        yield
    finally:
        # The loop would reset them to their defaults, which end the process silently.
        with _held():
            for number in _HEARD:
                loop.remove_signal_handler(number)
            _set(before)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in an event loop of its own. A signal cancels it; Ended is raised once it has
    ended."""
    import asyncio

    codes: list[int] = []

    async def cancellable() -> T:
        task = asyncio.ensure_future(work)

        def end(code: int) -> None:
            codes.append(code)
            task.cancel()

        with heard(end):
            return await task

    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        if codes:
            raise Ended(codes[0]) from None
        raise


def ignore() -> None:
    """From now on, ignore signals, as the program ends within a bounded time."""
    _set(dict.fromkeys(_HEARD, signal.SIG_IGN))


def restore_on_quit(restore: Callable[[], None]) -> None:
    """From now on, SIGQUIT calls `restore` before it kills the process."""

    def quit_(number: int, frame: FrameType | None) -> None:
        restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    signal.signal(signal.SIGQUIT, quit_)


def kill_on_quit() -> None:
    """From now on, SIGQUIT kills the process, as by default."""
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def _set(handlers: dict[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)


@contextmanager
def _held() -> Iterator[None]:
    """Delay signals that arrive in this block until its end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
