"""A running app over a fake session, ended cleanly."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Input

from tests.ui.fake import LIVE, REPLAY, FakeSession, World, WorldViews, live, status
from tests.waiting import until
from wvatui.session.base import Capabilities
from wvatui.ui.app.app import WvatuiApp
from wvatui.ui.draw.line import text_of
from wvatui.ui.theme import load


@dataclass
class Running:
    """A running screen, with what tests need of it."""

    app: WvatuiApp
    session: FakeSession
    pilot: Pilot[int]

    async def drawn(self) -> None:
        """Wait until the newest view model is on the screen, charts included."""
        await until(self._settled, what="drawn")

    def _settled(self) -> bool:
        stage = self.app.stage
        if self.app.vm is None or not self.app.painter.idle:
            return False
        shown = [chart for chart in stage.charts if chart.display]
        done = bool(shown) and all(c.lines_shown and not c.stale(self.app.vm) for c in shown)
        return stage.has_class("too-small") or done

    async def press(self, *keys: str) -> None:
        await press(self.app, *keys)

    def panel(self, name: str) -> str:
        """The text of a panel."""
        return "\n".join(text_of(line) for line in self.app.stage.panels[name].lines_shown)

    def message(self) -> str:
        return "\n".join(text_of(line) for line in self.app.stage.message.lines_shown)

    async def says(self, word: str) -> None:
        await until(
            lambda: word in self.message() or word in self.message().replace("\n ", ""),
            what=f"message {word!r}",
        )


async def press(app: WvatuiApp, *keys: str) -> None:
    """Press each key once the one before has been handled.

    Then `Pilot.press` would let every widget handle a message, which takes longer than most keys.
    """
    await app._press_keys(keys)


def paste(app: WvatuiApp, text: str) -> None:
    """Paste `text` into the focused field: one event, while each typed letter is drawn."""
    field = app.focused
    assert isinstance(field, Input), f"no field has the focus, but {field}"
    field.post_message(Paste(text))


@asynccontextmanager
async def running(
    world: World | None = None,
    *,
    mode: str = "LIVE",
    size: tuple[int, int] = (80, 24),
    theme: str = "dark",
    ascii_only: bool = False,
    capabilities: Capabilities | None = None,
    **changes: Any,
) -> AsyncIterator[Running]:
    """Runs the screen over a made-up world."""
    session = FakeSession(
        world or live(),
        status(mode, **changes),
        capabilities or (LIVE if mode == "LIVE" else REPLAY),
    )
    app = WvatuiApp(session, palette=load(theme), answer=WorldViews(), ascii_only=ascii_only)
    try:
        async with app.run_test(size=size) as pilot:
            run = Running(app, session, pilot)
            await run.drawn()
            yield run
    finally:
        session.stop("test over")
        if app.running_session is not None:
            await until(app.running_session.done)
