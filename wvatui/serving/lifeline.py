"""Ties a process to the one that started it: it ends when its standard input does."""

import os
import signal
import threading
import time

END_S = 4.0
"""Seconds to end by itself, once the other one is gone."""


def tie() -> None:
    """From now on this process gets SIGTERM when its standard input ends."""
    threading.Thread(target=_wait, name="wvatui-lifeline", daemon=True).start()


def _wait() -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(END_S)
    os._exit(143)
