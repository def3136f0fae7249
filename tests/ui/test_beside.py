"""Two runs on one screen: the keys, the cursor for both, and refusals."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.cli.cli import run
from tests.waiting import until
from wvatui.recording import open_recording
from wvatui.session.beside import SecondRun
from wvatui.session.replay import ReplaySession
from wvatui.ui.app.app import WvatuiApp
from wvatui.ui.draw.line import text_of
from wvatui.ui.theme import load

RECORDINGS = Path(__file__).resolve().parents[2] / "recordings"
BURSTS, QUEUE = RECORDINGS / "burst-drain-v1.jsonl", RECORDINGS / "keda-queue.jsonl"


class Walk:
    """A running screen, with its keys and its text."""

    def __init__(self, app: WvatuiApp, pilot: Pilot[int]) -> None:
        self.app, self._pilot = app, pilot

    async def press(self, *keys: str) -> None:
        """Press keys, and wait until their effects are drawn."""
        await self._pilot.press(*keys)
        for _ in range(2):
            await self._pilot.pause()
            await until(lambda: self.app.painter.idle)

    def seen(self) -> str:
        """The text of all parts of the view."""
        stage = self.app.stage
        parts = [*stage.panels.values(), *stage.charts]
        lines = [line for part in parts if part.display for line in part.lines_shown]
        return "\n".join(map(text_of, lines))


@asynccontextmanager
async def shown(size: tuple[int, int], *, other: Path | None) -> AsyncIterator[Walk]:
    """The screen over a replay at its end."""
    second = None if other is None else SecondRun(open_recording(other))
    session = ReplaySession(open_recording(BURSTS), play=False, start="100%", beside=second)
    app = WvatuiApp(session, palette=load("dark"))
    try:
        async with app.run_test(size=size) as pilot:
            yield Walk(app, pilot)
    finally:
        session.stop("over")
        if app.running_session is not None:
            await asyncio.wait([app.running_session])


async def test_the_key_shows_both_the_cursor_reads_both_and_a_seek_moves_both() -> None:
    async with shown((120, 40), other=QUEUE) as walk:
        await until(lambda: walk.app.session.beside is not None)
        await walk.press("b")
        seen = walk.seen()
        for word in (
            "A against B",
            "A wva: burst-drain-v1",
            "B keda: keda-queue",
            "Ready replicas",
        ):
            assert word in seen
        assert "B ended 2m02s before this moment" in seen
        assert "replicas avg" in seen
        # The pods of B no longer answered, so its line has no value at the end.
        assert ("A 126" in seen, "B 4" in seen) == (True, False)
        await walk.press(*["ctrl+left"] * 3)
        assert "A 0" in walk.seen()
        assert "B 0" in walk.seen()
        assert "T+" in walk.seen()
        before = walk.app.session.beside
        await walk.press("escape", "g", *"50%", "enter")
        await until(lambda: walk.app.session.status.shown_at < walk.app.session.status.ended_at)
        now = walk.app.session.beside
        assert before is not None
        assert now is not None
        assert now.second.state.now < before.second.state.now
        assert now.at - now.first.load_since == pytest.approx(
            now.second.state.now - now.second.load_since, abs=2.0
        )


async def test_a_row_of_the_table_is_selected_and_the_table_enlarged() -> None:
    async with shown((80, 24), other=QUEUE) as walk:
        await until(lambda: walk.app.session.beside is not None)
        await walk.press("b", "end")
        assert walk.app.view_state.selected["beside"].startswith("figure:")
        await walk.press("z", "z", "z")
        assert "Ready replicas" not in walk.seen()
        assert "replicas avg" in walk.seen() or "more" in walk.seen()


async def test_without_another_run_there_is_no_such_view() -> None:
    async with shown((80, 24), other=None) as walk:
        await walk.press("b")
        assert walk.app.view_state.view == "overview"
        await walk.press(":", *"view beside", "enter")
        assert walk.app.view_state.view == "overview"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            (str(BURSTS), "--beside", str(QUEUE), "--plain"),
            2,
            "wvatui compare A B prints the table",
        ),
        ((str(BURSTS), "--beside", str(QUEUE), "--follow"), 2, "not with --follow"),
        (("-", "--beside", str(QUEUE)), 2, "not with a pipe"),
        ((str(BURSTS), "--beside", "missing.jsonl"), 4, "missing.jsonl: No such file"),
        ((str(BURSTS), "--beside", str(RECORDINGS)), 4, "a folder with"),
        ((str(BURSTS), "--beside", str(QUEUE)), 2, "no terminal"),
    ],
)
def test_what_cannot_be_beside_is_refused_in_words(
    arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = run("replay", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert len(done.err.strip().splitlines()) <= 2
