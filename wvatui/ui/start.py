"""Starts the screen over a session, and brings both to a clean end whatever happens."""

import asyncio
import contextlib
import locale
import os
import signal
import sys
from collections.abc import Callable

from wvatui import ui_settings
from wvatui.ui import keymap
from wvatui.ui.app import WvatuiApp
from wvatui.ui.choice import Choice
from wvatui.ui.crash import crash_line
from wvatui.ui.guard import Guard
from wvatui.ui.keys import KEYS
from wvatui.ui.panels import PANELS
from wvatui.ui.port import SessionPort
from wvatui.ui.safe import safe
from wvatui.ui.themes import load

ENDING_S = 0.6
"""Seconds that the session gets to end, once the screen is gone."""


def run_app(
    session: SessionPort, *, theme: str = "", ascii_only: bool = False, mouse: bool = True,
    more_s: Callable[[], float] = lambda: 0.0,
) -> int:  # fmt: skip
    """Show the session until it or the viewer ends it; returns the exit code.

    Ends with one line that says where a live session was recorded.
    0: quit, or the session's time was over. 130, 143, 129: ctrl+c (SIGINT), SIGTERM, SIGHUP.
    A WvatuiError that ends the session gives its own code and one line on standard error, an
    error of the program 1 and one line. ConfigError is raised for a theme that is none and for a
    wrong setting. `more_s`: how much longer than usual the session may take to end, wall
    seconds: it may have to delete what it has made.
    """
    palette = load(theme)
    asked = ui_settings.load()
    ui_settings.check_columns(asked, {p.id: p.columns for p in PANELS if p.columns})
    guard = Guard(more_s=more_s)
    app = WvatuiApp(
        session,
        palette=palette,
        ascii_only=ascii_only or not unicode_locale(),
        guard=guard,
        choice=Choice(
            view=asked.view, window_s=asked.window_s, clock=asked.clock, columns=asked.columns
        ),
        bound=keymap.apply(KEYS, asked.keys, asked.places),
    )
    code = asyncio.run(_show(app, mouse, more_s))
    if code not in (130, 143, 129):
        guard.disarm()
    if app.crash is not None:
        print_words(crash_line(app.crash, session.status.recording))
        return 1
    if app.failure is not None:
        print_words(f"wvatui: {app.failure.message}")
        if app.failure.hint:
            print_words(app.failure.hint)
    status = session.status
    if status.mode == "LIVE" and status.recording is not None:
        print_words(f"wvatui: recorded in {status.recording}")
    return code


async def _show(app: WvatuiApp, mouse: bool, more_s: Callable[[], float]) -> int:
    loop = asyncio.get_running_loop()
    for name, code in (("SIGTERM", 143), ("SIGINT", 130), ("SIGHUP", 129)):
        with contextlib.suppress(NotImplementedError, RuntimeError, AttributeError, ValueError):
            loop.add_signal_handler(getattr(signal, name), app.action_quit_now, code)
    try:
        code_or_none = await app.run_async(mouse=mouse)
    finally:
        await _end(app, more_s)
    return 1 if app.crash is not None else int(code_or_none or 0)


async def _end(app: WvatuiApp, more_s: Callable[[], float]) -> None:
    """The screen is gone; give the session a moment to write its last line."""
    app.end_session("crash" if app.crash is not None else "quit")
    task = app.running_session
    if task is not None and not task.done():
        _, pending = await asyncio.wait((task,), timeout=ENDING_S + more_s())
        for left in pending:
            left.cancel()
    closing = asyncio.ensure_future(app.session.aclose())
    _, pending = await asyncio.wait((closing,), timeout=ENDING_S / 3)
    for left in pending:
        left.cancel()


def unicode_locale() -> bool:
    """Whether the terminal's locale can show braille and box characters."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        if value := os.environ.get(name):
            return "utf-8" in value.lower() or "utf8" in value.lower()
    return "utf" in locale.getpreferredencoding(False).lower()


def print_words(text: str) -> None:
    """One line for the person, on standard error."""
    sys.stderr.write(safe(text) + "\n")
    sys.stderr.flush()
