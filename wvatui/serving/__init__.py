"""The same screen in a browser, on this machine.

One process records (`wvatui watch`, or `demo`), or a recording is shown and none records. Every
browser gets a `wvatui replay` of its own, whose bytes go through a websocket to the terminal that
textual-serve brings. This process only starts them, passes bytes on, checks who asks, and ends all.
"""

import importlib.util

from wvatui.errors import UsageError
from wvatui.serving.wanted import OWN, Wanted

__all__ = ["OWN", "Wanted", "serve"]


def serve(wanted: Wanted) -> int:
    """Serve until a signal or the end of the recording process; the exit code.

    Raises UsageError when that cannot be, or textual-serve is not installed.
    """
    if importlib.util.find_spec("textual_serve") is None:
        raise UsageError(
            "showing the screen in a browser needs textual-serve, which is not installed",
            hint="pip install 'wvatui[serve]'",
        )
    from wvatui.serving.server import run

    return run(wanted)
