"""The first thing on the terminal: who is watched, while the libraries of the screen are loaded.

Nothing is imported for it, so that it is there at once; the screen draws over it.
"""

import os
import sys
from contextlib import suppress

from wvatui.errors import OutputError
from wvatui.host import console, signals

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J\x1b[H"
_LEAVE = "\x1b[?25h\x1b[?1049l"
_shown = False


def show(what: str, mode: str, doing: str) -> None:
    """Write one line on the other screen of the terminal; nothing where there is no terminal."""
    global _shown
    if _shown or not sys.stdout.isatty():
        return
    width = min(os.get_terminal_size(sys.stdout.fileno()).columns, 500)
    right = f"{mode}  {doing} "
    name = what[: max(0, width - len(right) - 2)]
    gap = " " * max(1, width - len(name) - len(right) - 1)
    _shown = True
    # Nothing is open yet that must be closed but the terminal.
    signals.end_at_once(_leave)
    signals.restore_on_quit(_leave)
    _write((f"{_ENTER} \x1b[1m", name), (f"\x1b[0m{gap}\x1b[1m", right), ("\x1b[0m", ""))


def taken_over() -> None:
    """The screen has come up: it leaves the terminal as it was, also after a signal."""
    global _shown
    _shown = False


def clear() -> None:
    """Give the terminal back, when the screen never came up."""
    if _shown:
        _leave()
        signals.kill_on_quit()
        signals.end_by_exception()


def _leave() -> None:
    """By a plain system call: a signal may have come in the middle of a written line."""
    global _shown
    if _shown:
        _shown = False
        with suppress(OSError):
            os.write(sys.stdout.fileno(), _LEAVE.encode("ascii"))


def _write(*pieces: tuple[str, str]) -> None:
    with suppress(OutputError):  # a terminal that is gone
        console.painted(*pieces)
