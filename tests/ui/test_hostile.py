"""Foreign text on the real screen: the output to the terminal has no command of it."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from textual.drivers.headless_driver import HeadlessDriver
from textual.screen import Screen

from tests.sweeps import sampled_ways
from tests.test_hostile_text import HOSTILE, recorded, unsafe
from tests.waiting import until
from wvatui.core.events import Event, Log, Mark, Tick
from wvatui.session.replay import ReplaySession
from wvatui.ui.app.app import WvatuiApp
from wvatui.ui.dialogs.launch import Field, FormScreen
from wvatui.ui.dialogs.text import AskScreen, TextScreen
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.draw.symbols import UNICODE
from wvatui.ui.theme import load

# What Textual itself writes: colours and cursor moves, modes, and the few strings it sets.
OWN = re.compile(r"\x1b\[[0-9;?<>=]*\$?[A-Za-z~]|\x1b[=>78]|\x1b\]22;[a-z]+\x07")


class Terminal(HeadlessDriver):
    """A terminal that keeps every byte."""

    text = ""

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        Terminal.text += data


class Tape:
    """A recording in memory."""

    path = Path("/tmp/[red]\x1b[2Jrun.jsonl")
    notices: tuple[str, ...] = ("\x1b]0;owned\x07 [bold]",)

    redact = False

    def __init__(self, events: list[Event]) -> None:
        self._events = events

    def batches(self, count: int) -> list[list[Event]]:
        return [self._events]

    def poll(self) -> list[Event]:
        return []


# Each text on one of the screens: what a terminal gets does not depend on where it stands.
@pytest.mark.parametrize(("kind", "size"), sampled_ways(HOSTILE, [(80, 24), (120, 40)]))
async def test_the_terminal_gets_no_command_that_came_from_the_data(
    kind: str, size: tuple[int, int]
) -> None:
    text = HOSTILE[kind]
    events = recorded(text)
    last = events[-1].at
    # This must also hold for a great number of texts.
    events += [Log(last, line=f"{n} {text[:5_000]}", pod="p") for n in range(60)]
    events += [Mark(last, note=text[:2_000]), Tick(last + 1)]
    session = ReplaySession(Tape(events), play=False, start="100%")  # type: ignore[arg-type]
    app = WvatuiApp(session, palette=load("dark"), ascii_only=False)
    app.driver_class = Terminal
    Terminal.text = ""
    running = asyncio.create_task(app.run_async(headless=False, size=size, mouse=False))
    try:
        await until(lambda: app.vm is not None and app.vm.state.events >= len(events))
        await until(lambda: app.painter.idle and "Decisions" in Terminal.text)
    finally:
        session.stop("test")
        app.exit(0)
        await running
    drawn = Terminal.text
    assert app.crash is None
    assert "owned\x07" not in drawn
    assert "\x1b]0;" not in drawn
    assert "\x1b[2J" not in drawn  # Textual draws over what was there and never clears
    rest = OWN.sub("", drawn)
    assert not unsafe(rest) - {"\n", "\r"}, sorted(unsafe(rest))


TITLES = ("[@click=app.quit]a[/] [/nope] [link=b]", "x\x1b]0;owned\x07y")


async def test_the_title_of_a_box_is_text() -> None:
    palette = load("dark")
    session = ReplaySession(Tape(recorded("x")), play=False)  # type: ignore[arg-type]
    app = WvatuiApp(session, palette=palette, ascii_only=False)
    async with app.run_test(size=(120, 40)) as pilot:
        for title in TITLES:
            screens: list[Screen[Any]] = [
                AskScreen(palette, UNICODE, title, [], "Yes"),
                FormScreen(palette, UNICODE, title, [Field("a", "a", "")], ""),
                TextScreen(palette, title, []),
            ]
            for screen in screens:
                app.push_screen(screen)
                await pilot.pause()
                titles = [w._border_title for w in screen.query("*") if w._border_title is not None]
                assert [one.plain[: len(sanitize(title))] for one in titles] == [sanitize(title)]
                assert not titles[0].spans
                app.pop_screen()


def test_what_is_copied_holds_nothing_that_a_shell_would_run() -> None:
    session = ReplaySession(Tape(recorded("x")), play=False)  # type: ignore[arg-type]
    app = WvatuiApp(session, palette=load("dark"), ascii_only=False)
    app.copy("/tmp/a\nrm -r x\r\x1b[31m.csv")
    assert app.clipboard == "/tmp/a␊rm -r x␍␛[31m.csv"
