"""Replay: a recording, or a controller's log."""

import os
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.comparing import COST, SLO
from wvatui.cli.params import LINES_INSTEAD, NAMESPACE, REDACT_LOG, SCREEN, option, together
from wvatui.cli.values import STDIN, FiniteNumber, argument, called
from wvatui.errors import UsageError
from wvatui.host import console

if TYPE_CHECKING:
    from wvatui.core.events import Event
    from wvatui.core.queries.pods.replica_time import PriceList
    from wvatui.core.state.state import State
    from wvatui.recording import Reader
    from wvatui.session.beside import SecondRun

PIECE = 2_000
"""Events of a recording that are read in one batch."""
OTHER_SCREEN = "TEXTUAL_DRIVER"
"""Variable that makes Textual draw somewhere else than on this terminal: in a browser."""


@click.command()
@argument("file", metavar="[FILE]", default="", type=click.Path())
@together(SCREEN)
@option(
    "--speed",
    type=FiniteNumber(0, 1000),
    default=1.0,
    show_default=True,
    envvar="WVATUI_REPLAY_SPEED",
    help="Speed; 0: as fast as it folds.",
)
@option(
    "--beside",
    default="",
    metavar="RUN",
    help="Show another run beside it, aligned on the start of load; starts at the end.",
)
@option("--at", default="", help="Start at this moment: 12m30s, 14:05:00 (UTC) or 50%.")
@option("--paused", is_flag=True, help="Start paused.")
@option("--skip-idle/--no-skip-idle", default=True, help="Skip stretches in which nothing happens.")
@option("--follow", is_flag=True, help="Keep reading a file that is still being written.")
@option("--read-only", is_flag=True, help="Write no files, whatever key is pressed.")
@SLO
@COST
@NAMESPACE
@REDACT_LOG
def replay(
    file: str,
    headless: bool,
    plain: bool,
    theme: str,
    ascii: bool,
    at: str,
    namespace: str,
    beside: str,
    **flags: Any,
) -> None:
    """Replay a recording or a controller's log; without FILE one of the newest sessions.

    Any release's log, also compressed with gzip or zstd; - reads a pipe.
    """
    if not file:
        from wvatui.cli.recordings import piped_or_chosen

        file = piped_or_chosen()
    from wvatui.analysis.compare.asked import objectives, price_list

    redact, slo = flags.pop("redact_log"), objectives(flags.pop("slo"))
    prices = price_list(flags.pop("cost"))
    has_other_screen = bool(os.environ.get(OTHER_SCREEN))
    lines_instead = not (headless or plain or beside or has_other_screen) and (
        not console.shows_a_screen()
    )
    plain = plain or lines_instead
    with_screen = not (headless or plain)
    other = None
    if beside:
        _must_allow_another(file, with_screen=with_screen, follow=flags["follow"])
        other = _beside(beside, redact=redact, namespace=namespace)
        if not has_other_screen:
            console.must_show_a_screen("wvatui compare A B prints the table")
    if with_screen and file != STDIN:
        console.show_splash(os.path.basename(file), "REPLAY", "opening")
    from wvatui.cli.recordings import open_named
    from wvatui.session.replay import ReplaySession

    follow = with_screen and (flags.pop("follow") or file == STDIN)
    reader = open_named(file, follow=follow, redact=redact, namespace=namespace, progress=headless)
    if lines_instead:
        console.err(LINES_INSTEAD)
    if not with_screen:
        _replay_lines(reader, file, plain=plain, at=at, namespace=namespace, prices=prices)
        return
    if file == STDIN:
        _take_back_the_terminal()
    from wvatui.ui.app.start import run_app

    play, no_mouse = not flags.pop("paused"), flags.pop("no_mouse")
    if other is not None:
        # A comparison starts with the whole session, so replay begins at its end.
        play, at = play and bool(at), at or "100%"
    session = ReplaySession(
        reader, start=at, play=play, follow=follow, opens_whole=not follow, beside=other, **flags
    )
    screen = partial(run_app, session, slo=slo, prices=prices)
    sys.exit(screen(theme=theme, ascii_only=ascii, mouse=not no_mouse))


def _must_allow_another(file: str, *, with_screen: bool, follow: bool) -> None:
    """Raise UsageError where no other run can be shown beside the replayed one."""
    if not with_screen:
        raise UsageError("--beside is of the screen", hint="wvatui compare A B prints the table")
    if follow or file == STDIN:
        what = "a pipe" if file == STDIN else "--follow"
        raise UsageError(
            f"--beside compares runs that are over: not with {what}", hint="replay a file"
        )


def _beside(named: str, *, redact: bool, namespace: str) -> "SecondRun":
    """The run to show beside the replayed one."""
    from wvatui.recording import open_recording
    from wvatui.recording.imports.run_folder import session_file
    from wvatui.session.beside import SecondRun

    path = session_file(Path(named))
    reader = open_recording(path, redact=redact, namespace=namespace, parts=True)
    click.get_current_context().call_on_close(reader.close)
    return SecondRun(reader)


def _take_back_the_terminal() -> None:
    """Make the terminal standard input again, for the keys."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        raise UsageError(
            "there is no terminal to read keys from", hint="add --headless or --plain"
        ) from None
    os.dup2(terminal, 0)
    os.close(terminal)


def _replay_lines(
    reader: "Reader", file: str, *, plain: bool, at: str, namespace: str, prices: "PriceList"
) -> None:
    from wvatui.cli.recordings import must_speak_of, say_notices
    from wvatui.session.headless import outcome
    from wvatui.session.replay import ReplaySession
    from wvatui.session.time_expressions import moment_within

    if plain and not at:
        state = _print_changes(reader.batches(PIECE), prices)
    else:
        session = ReplaySession(reader, play=False)
        state = session.load()
        then = moment_within(at, session.started_at, *session.bounds) if at else None
        if plain:
            _print_changes([session.events], prices)
        if then is not None:
            session.show(then)
            state = session.latest
    must_speak_of(state, file, namespace)
    say_notices(file, reader.notices, state)
    name = Path(called(file)).name
    console.err(outcome(state, name, prices=prices))


def _print_changes(batches: "Iterable[list[Event]]", prices: "PriceList") -> "State":
    """Print one line per change; returns the State at the end."""
    from wvatui.session.line_mode import PlainEvents

    lines = PlainEvents(prices=prices)
    for batch in batches:
        console.out(*lines.take(batch))
    console.out(*lines.finish())
    return lines.state
