"""The screen drawn into a pipe, from which a browser's terminal gets it.

Textual's own driver for that, and one thing more: when the server at the other end is gone, the
process ends too, whatever hangs.
"""

import contextlib
import os
import signal
import threading

from textual.drivers.web_driver import WebDriver

END_S = 1.0
"""Seconds that the process gets to end by itself once nobody listens any more."""


class BrowserDriver(WebDriver):
    """Named to the process by `TEXTUAL_DRIVER`, see `wvatui.serving`."""

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
