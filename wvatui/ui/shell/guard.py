"""Guarantees that the process ends soon after it was asked to, whatever hangs.

The thread that reads the terminal is the first to see ctrl+c. If the event loop does not end the
process shortly after (because of a blocked call, a task that cannot be cancelled, a thread that
never returns), the guard restores the terminal and ends the process. Nothing recorded is lost by
that: a recording is flushed line by line. A screen in a browser ends in the same way once the
server at the other end of its pipe is gone, and one that ignores SIGHUP (`nohup`) once its terminal
is gone.
"""

import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from textual import events
from textual.driver import Driver
from textual.drivers.web_driver import WebDriver
from textual.message import Message

from wvatui.core.lines import clean
from wvatui.host import echo

LEAVE_S = 0.9
"""The longest time between ctrl+c and the end of the process, in seconds."""
END_S = 1.0
"""The time in which the process may end by itself once its server is gone, in seconds."""
RESTORE = (
    "\x1b[?2026l"  # end of a synchronised update
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"  # mouse
    "\x1b[?2004l\x1b[?1004l\x1b[?7h"  # paste, focus, line wrap
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m"  # keyboard protocol, screen, cursor, colours
)


class Guard:
    """Ends the process if it does not end by itself."""

    def __init__(
        self, end: Callable[[int], Any] = os._exit, *, more_s: Callable[[], float] = lambda: 0.0
    ) -> None:
        """`more_s`: additional seconds for a session that has to clean up."""
        self._end = end
        self._more_s = more_s
        self._attrs: list[Any] | None = echo.attributes()
        self._calm = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.last_words = ""
        """The line printed on standard error when the guard ends the process."""

    def arm(self, code: int) -> None:
        """End the process with `code` after `LEAVE_S` seconds, unless `disarm` is called first."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._wait,
                    args=(code, LEAVE_S + self._more_s()),
                    name="wvatui-guard",
                    daemon=True,
                )
                self._thread.start()

    def restore(self) -> None:
        """Restore the terminal to its settings of when the guard was made."""
        restore_terminal(self._attrs)

    def disarm(self) -> None:
        """Let the process end by itself, in its own time."""
        self._calm.set()

    def _wait(self, code: int, within_s: float) -> None:
        if self._calm.wait(within_s):
            return
        self.restore()
        if self.last_words:
            with contextlib.suppress(OSError):
                os.write(2, f"{clean(self.last_words)}\n".encode())
        self._end(code)


def guarded(base: type[Driver], guard: Guard) -> type[Driver]:
    """A subclass of `base` that arms the guard as soon as it reads ctrl+c, before the app does.

    Signals that stop and continue the process leave the terminal as it should be at any moment.
    """

    class GuardedDriver(base):  # type: ignore[misc, valid-type]
        _is_shown = False

        def start_application_mode(self) -> None:
            echo.on()  # what the driver finds now is what it leaves behind at the end
            super().start_application_mode()
            self._is_shown = True

        def stop_application_mode(self) -> None:
            super().stop_application_mode()
            self._is_shown = False

        def _sigtstp_application(self, *given: object) -> None:
            if self._is_shown:
                super()._sigtstp_application(*given)
            else:
                os.kill(os.getpid(), signal.SIGSTOP)

        def _sigcont_application(self, *given: object) -> None:
            if self._is_shown:  # SIGSTOP came without SIGTSTP: what it found is restored now
                self.suspend_application_mode()
                self._must_signal_resume = True
            if self._must_signal_resume:  # not after the screen
                super()._sigcont_application(*given)
                self._loop.call_soon_threadsafe(partial(self._app.refresh, layout=True))

        def run_input_thread(self) -> None:
            if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN and os.isatty(self.fileno):
                watch = threading.Thread(
                    target=self._end_with_terminal, name="wvatui-hangup", daemon=True
                )
                watch.start()
            super().run_input_thread()

        def _end_with_terminal(self) -> None:
            """Wait for the terminal to close, then leave: nobody can see or end the screen then."""
            poll = select.poll()
            poll.register(self.fileno, 0)
            if any(what & select.POLLHUP for _, what in poll.poll()):
                guard.arm(129)
                self._app.call_later(self._app.action_quit_now, 129)

        def process_message(self, message: Message) -> None:
            if isinstance(message, events.Key) and message.key == "ctrl+c":
                guard.arm(130)
            super().process_message(message)

    return GuardedDriver


def restore_terminal(attrs: list[Any] | None) -> None:
    """Restore the terminal with plain system calls, so that only the terminal itself can block.

    `attrs`: the termios attributes to restore; None: none were read.
    """
    stream = sys.__stderr__
    with contextlib.suppress(OSError, ValueError, AttributeError):
        fileno = stream.fileno() if stream is not None else 2
        if os.isatty(fileno):
            os.write(fileno, RESTORE.encode("ascii"))
    if attrs is not None:
        echo.restore(attrs)


class BrowserDriver(WebDriver):
    """Textual's driver for a screen in a browser, which also ends when its server does.

    `wvatui.serving` selects it with the environment variable `TEXTUAL_DRIVER`.
    """

    def run_input_thread(self) -> None:
        """Read keys until the screen ends; if the pipe ends first, end the process."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            leave = threading.Timer(END_S, os._exit, (143,))
            leave.daemon = True
            leave.start()
            os.kill(os.getpid(), signal.SIGTERM)

    def stop_application_mode(self) -> None:
        """End the screen; ignore the error if the server is gone already."""
        with contextlib.suppress(OSError):
            super().stop_application_mode()
