"""The same screen in a browser, on this machine.

One process records (`wvatui watch`, or `demo`); where a recording is shown, none does. Every
browser gets its own `wvatui replay` process, whose output goes through a websocket to the terminal
emulator that comes with textual-serve. The server process itself only starts these processes,
forwards their bytes, checks who connects, and ends everything.
"""

import importlib.util

from wvatui.errors import UsageError
from wvatui.serving.wanted import OWN, Wanted

__all__ = ["OWN", "Wanted", "serve"]


def serve(wanted: Wanted) -> int:
    """Serve until a signal or the end of the recording process; returns the exit code.

    Raises UsageError when serving is impossible, or textual-serve is not installed.
    """
    if importlib.util.find_spec("textual_serve") is None:
        raise UsageError(
            "showing the screen in a browser needs textual-serve, which is not installed",
            hint="pip install 'wvatui[serve]'",
        )
    from wvatui.serving.server import run

    return run(wanted)
