"""The promise that the process ends soon after it was told to, whatever hangs.

Ctrl+c is first seen in the thread that reads the terminal. Should the loop not have brought the
process to its end shortly after (a blocked call, a task that will not be cancelled, a thread that
never returns), the guard gives the terminal back and ends the process. Nothing recorded is lost
by that: a recording is flushed line by line. A screen that is drawn for a browser ends in the same
way once the server at the other end of its pipe is gone, and one that hears no SIGHUP (`nohup`)
once its terminal is.
"""

import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from textual import events
from textual.driver import Driver
from textual.drivers.web_driver import WebDriver
from textual.message import Message

from wvatui.core.lines import clean

LEAVE_S = 0.9
"""Seconds between ctrl+c and the end of the process, at most."""
END_S = 1.0
"""Seconds that the process gets to end by itself once nobody listens any more."""
RESTORE = (
    "\x1b[?2026l"  # end of a synchronised update
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"  # mouse
    "\x1b[?2004l\x1b[?1004l\x1b[?7h"  # paste, focus, line wrap
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m"  # keyboard protocol, screen, cursor, colours
)


class Guard:
    """Ends the process when it does not end by itself."""

    def __init__(
        self, end: Callable[[int], Any] = os._exit, *, more_s: Callable[[], float] = lambda: 0.0
    ) -> None:
        """`more_s`: what a session that must take something away gets on top."""
        self._end = end
        self._more_s = more_s
        self._attrs: list[Any] | None = _terminal_attrs()
        self._calm = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.last_words = ""
        """Printed when the process had to be ended."""

    def arm(self, code: int, within_s: float = LEAVE_S) -> None:
        """End the process with `code` in `within_s`, unless it is gone or calm by then."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._wait,
                    args=(code, within_s + self._more_s()),
                    name="wvatui-guard",
                    daemon=True,
                )
                self._thread.start()

    def restore(self) -> None:
        """Give the terminal back as it was when the guard was made."""
        restore_terminal(self._attrs)

    def disarm(self) -> None:
        """All is well: the process may take its time."""
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
    """`base` that arms the guard as soon as ctrl+c is read, before anybody else hears of it."""

    class GuardedDriver(base):  # type: ignore[misc, valid-type]
        def run_input_thread(self) -> None:
            if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN and os.isatty(self.fileno):
                watch = threading.Thread(
                    target=self._end_with_terminal, name="wvatui-hangup", daemon=True
                )
                watch.start()
            super().run_input_thread()

        def _end_with_terminal(self) -> None:
            """Wait for the terminal's end: nobody could see the screen or end it after that."""
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
    """Give the terminal back as it was; with plain system calls, so that nothing can block it
    but the terminal itself."""
    stream = sys.__stderr__
    with contextlib.suppress(OSError, ValueError, AttributeError):
        fileno = stream.fileno() if stream is not None else 2
        if os.isatty(fileno):
            os.write(fileno, RESTORE.encode("ascii"))
    if attrs is not None:
        import termios

        with contextlib.suppress(OSError, ValueError, termios.error):
            termios.tcsetattr(0, termios.TCSANOW, attrs)


def _terminal_attrs() -> list[Any] | None:
    try:
        import termios
    except ImportError:  # no such terminals there
        return None
    try:
        return termios.tcgetattr(0)
    except (OSError, ValueError, termios.error):
        return None


class BrowserDriver(WebDriver):
    """Textual's own driver for a screen in a browser, which also ends with its server.

    `wvatui.serving` names it to the process by `TEXTUAL_DRIVER`.
    """

    def run_input_thread(self) -> None:
        """Read keys until the screen ends, or the pipe."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            leave = threading.Timer(END_S, os._exit, (143,))
            leave.daemon = True
            leave.start()
            os.kill(os.getpid(), signal.SIGTERM)

    def stop_application_mode(self) -> None:
        """End, although nobody may be there to hear it."""
        with contextlib.suppress(OSError):
            super().stop_application_mode()
