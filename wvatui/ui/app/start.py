"""Starts the screen over a session, and ends both cleanly whatever happens."""

import asyncio
from pathlib import Path
from traceback import extract_tb

from wvatui.analysis.compare.asked import Objective
from wvatui.config import ui_settings
from wvatui.core.queries.pods.replica_time import PriceList
from wvatui.host import console, own_log, signals
from wvatui.host.collecting import short_pauses
from wvatui.session.base import Leaving
from wvatui.ui import rebinding
from wvatui.ui.app.app import WvatuiApp
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.keys import KEYS
from wvatui.ui.model.port import SessionPort
from wvatui.ui.model.view_state import ViewState
from wvatui.ui.panels import PANELS
from wvatui.ui.shell.guard import Guard
from wvatui.ui.theme import load

ENDING_S = 0.6
"""The time that the session gets to end after the screen, in seconds."""
SPARE_S = 4.0
"""The additional time that the guard waits for a session that has to clean up, in seconds."""


def run_app(
    session: SessionPort,
    *,
    theme: str = "",
    ascii_only: bool = False,
    mouse: bool = True,
    leaving: Leaving | None = None,
    slo: tuple[Objective, ...] = (),
    prices: PriceList = (),
) -> int:
    """Show the session until it ends or the viewer quits; returns the exit code.

    0: quit, or the session's duration is over. 5: the same, but the recording is incomplete.
    130, 143, 129: ctrl+c (SIGINT), SIGTERM, SIGHUP. A WvatuiError that ends the session gives its
    own code, a bug 1, each with one line on standard error. At the end of a live session a line
    names its recording.
    `slo`: objectives that are drawn and counted. `prices`: the cost of replicas per hour.
    `leaving`: what the session has to clean up at its end, for which it gets time.
    Raises ConfigError for an unknown or invalid theme and for an invalid setting.
    """
    palette = load(theme)
    asked = ui_settings.load()
    ui_settings.check_columns(asked, {p.id: p.columns for p in PANELS if p.columns})
    leaving = leaving or Leaving()
    # `_end` limits how long the session may take to end; the guard is for a loop that hangs.
    guard = Guard(more_s=lambda: leaving.more_s() and leaving.more_s() + SPARE_S)
    app = WvatuiApp(
        session,
        palette=palette,
        ascii_only=ascii_only or not console.unicode_locale(),
        guard=guard,
        view_state=ViewState(
            view="beside" if session.capabilities.has_beside else asked.view,
            window_s=asked.window_s,
            clock=asked.clock,
            columns=asked.columns,
            slo=slo,
            prices=prices,
        ),
        bound=rebinding.apply(KEYS, asked.keys, asked.places),
    )
    signals.restore_on_quit(guard.restore)
    own_log.hush()
    try:
        with short_pauses():
            code = asyncio.run(_show(app, mouse, leaving))
        signals.kill_on_quit()
        if code not in signals.CODES.values():
            guard.disarm()
        return _last_words(app, code)
    finally:
        signals.end_by_exception()


def _last_words(app: WvatuiApp, code: int) -> int:
    """Print errors and the name of the recording, after the screen; returns the exit code."""
    session, status = app.session, app.session.status
    if app.crash is not None:
        own_log.failed(app.crash)
        print_words(crash_line(app.crash, status.recording))
        if status.incomplete:
            print_words(f"wvatui: the recording is incomplete: {status.incomplete}")
        return 1
    if app.failure is not None:
        print_words(f"wvatui: {app.failure.message}")
        if app.failure.hint:
            print_words(app.failure.hint)
    if session.capabilities.can_record and status.recording is not None:
        print_words(f"wvatui: {status.recorded}")
    return code or status.exit_code


async def _show(app: WvatuiApp, mouse: bool, leaving: Leaving) -> int:
    with signals.heard(app.action_quit_now):
        try:
            code_or_none = await app.run_async(mouse=mouse)
        finally:
            await _end(app, leaving)
    # From here on the process ends within moments; if the loop does not close, the guard ends it.
    signals.ignore()
    return 1 if app.crash is not None else int(code_or_none or 0)


async def _end(app: WvatuiApp, leaving: Leaving) -> None:
    """End the session, after the screen.

    It gets `ENDING_S` to write its last line, and more if it has to clean up. A second ctrl+c ends
    that wait.
    """
    app.end_session("crash" if app.crash is not None else "quit")
    hurry = asyncio.Event()
    task = app.running_session
    if task is not None and not task.done():
        if words := leaving.words():
            print_words(f"wvatui: {words}")
        with signals.heard(lambda code: hurry.set()):
            hurried = asyncio.ensure_future(hurry.wait())
            await asyncio.wait(
                (task, hurried),
                timeout=ENDING_S + leaving.more_s(),
                return_when=asyncio.FIRST_COMPLETED,
            )
        hurried.cancel()
        leaving.given_up = not task.done()
        task.cancel()
    closing = asyncio.ensure_future(app.session.aclose())
    _, pending = await asyncio.wait((closing,), timeout=ENDING_S / 3)
    for left in pending:
        left.cancel()


def print_words(text: str) -> None:
    """Print one line on standard error."""
    console.err(text)


def crash_line(error: BaseException, recording: Path | None) -> str:
    """One line about a bug, printed after the terminal is restored: error, place, recording.

    It has no values of local variables: a secret among them would stay in the scroll-back.
    """
    frames = extract_tb(error.__traceback__)
    own = [f for f in frames if "wvatui" in Path(f.filename).parts] or list(frames)
    where = f" in {Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
    words = sanitize(str(error).strip().split("\n")[0], 160)
    what = type(error).__name__ + (f": {words}" if words else "")
    kept = f"; the recording is kept: {recording}" if recording is not None else ""
    return f"wvatui: stopped by an error of its own{where}: {what}{kept}"
