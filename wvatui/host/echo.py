"""The terminal's echo, off while the program begins: keys typed then are for the screen."""

from collections.abc import Callable
from typing import Any

_LOCAL_MODES = 3
"""The place of the local modes, of which the echo is one, among the attributes."""
_kept: list[tuple[int, list[Any]]] = []
"""The terminal and its attributes before the echo was switched off."""


def attributes(fileno: int = 0) -> list[Any] | None:
    """The terminal's attributes as the program found them; None: they cannot be read."""
    return _kept[0][1] if _kept else _asked(lambda termios: termios.tcgetattr(fileno))


def restore(attrs: list[Any], fileno: int = 0) -> None:
    """Give the terminal these attributes, if it is still there."""
    _asked(lambda termios: termios.tcsetattr(fileno, termios.TCSANOW, attrs))


def off(fileno: int = 0) -> None:
    """From now on, do not print what is typed."""
    attrs = attributes(fileno)
    if attrs is not None and not _kept:
        _kept.append((fileno, attrs))
        quiet = [*attrs]
        quiet[_LOCAL_MODES] = _asked(lambda termios: attrs[_LOCAL_MODES] & ~termios.ECHO)
        restore(quiet, fileno)


def on() -> None:
    """Take back `off`."""
    while _kept:
        fileno, attrs = _kept.pop()
        restore(attrs, fileno)


def _asked(ask: Callable[[Any], Any]) -> Any:
    """The answer of `ask` to the module of terminals; None without that module or a terminal."""
    try:
        import termios
    except ImportError:  # not a POSIX system
        return None
    try:
        return ask(termios)
    except (OSError, ValueError, termios.error):
        return None
