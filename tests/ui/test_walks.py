"""Long use of the screen on real sessions: a simulated cluster, a recording."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from tests.cluster import served
from tests.fixtures import ROOT
from tests.ui.running import paste, press
from tests.waiting import until
from wvatui.cli.live import WatchRequest, connect
from wvatui.core import events as ev
from wvatui.recording import open_recording
from wvatui.session.base import Session
from wvatui.session.live import LiveSession
from wvatui.session.replay import ReplaySession
from wvatui.ui.app.app import WvatuiApp
from wvatui.ui.dialogs.text import TextScreen
from wvatui.ui.draw.line import text_of
from wvatui.ui.theme import load

RECORDING = ROOT / "recordings" / "stair-step-v2-hpa.jsonl"


@asynccontextmanager
async def shown(session: Session, size: tuple[int, int] = (120, 40)) -> AsyncIterator["Walk"]:
    """The real screen over a real session."""
    app = WvatuiApp(session, palette=load(""), ascii_only=False)
    try:
        async with app.run_test(size=size) as pilot:
            yield Walk(app, session, pilot)
    finally:
        session.stop("walk over")
        if app.running_session is not None:
            await until(app.running_session.done)
        await session.aclose()


class Walk:
    """A running screen, with its keys and its text."""

    def __init__(self, app: WvatuiApp, session: Session, pilot: Pilot[int]) -> None:
        self.app, self.session, self.pilot = app, session, pilot

    async def press(self, *keys: str) -> None:
        await press(self.app, *keys)

    async def answers(self, key: str, text: str) -> None:
        """Press `key`, which asks a question, and answer it with `text`."""
        await self.press(key)
        await until(lambda: isinstance(self.app.focused, Input), what=f"a question after {key}")
        paste(self.app, text)
        await self.press("enter")

    def text(self, name: str) -> str:
        return "\n".join(text_of(line) for line in self.app.stage.panels[name].lines_shown)

    @property
    def over(self) -> str:
        """The text of the dialog over the screen; empty: there is none."""
        screen = self.app.screen
        shown = screen.text.lines_shown if isinstance(screen, TextScreen) else ()
        return "\n".join(map(text_of, shown))

    @property
    def said(self) -> str:
        return " ".join(message.text for message in self.app.messages)

    async def sees(self, name: str, word: str) -> None:
        await until(lambda: word in self.text(name), what=f"{word!r} in {name}")

    async def hears(self, word: str) -> None:
        await until(lambda: word in self.said, what=f"message {word!r}: {self.said}")


async def test_watching_filtering_marking_exporting_going_back_and_live_again(
    tmp_path: Path,
) -> None:
    async with served(tmp_path, scenario="stair-step") as cluster:
        record = tmp_path / "walk.jsonl"
        asked = WatchRequest(kubeconfig=str(cluster.kubeconfig), record=record, interval=10.0)
        session = LiveSession(lambda session: connect(asked, session))
        async with shown(session) as walk:
            await walk.sees("variants", "scale-up to")
            await walk.sees("header", "LIVE")
            await walk.answers("slash", "Processing")
            await walk.sees("log", "filter Processing")
            assert all("Processing" in row for row in walk.text("log").splitlines()[1:])
            await walk.press("escape")

            await walk.press("down", "enter")
            await until(lambda: walk.app.view_state.detail != ())
            assert "llama-8b-h100" in walk.app.view_state.detail[0]
            await walk.press("escape")
            await until(lambda: walk.app.view_state.detail == ())

            await walk.press("down", "enter")
            await walk.sees("pod_detail", "enter follows it")
            await walk.press("enter")
            await until(lambda: "Engine 000: Avg prompt" in walk.over, what="the pod's own log")
            assert "container vllm: followed" in str(
                walk.app.screen.query_one("#text-box").border_title
            )
            await walk.press("escape", "Y")
            await until(lambda: "kind: Pod" in walk.over, what="its YAML")
            await walk.press("escape", "escape")
            await until(lambda: walk.app.view_state.detail == ())

            await walk.press("m", *"ramp", "enter")
            await walk.hears("marked: ramp")
            await walk.press("e")
            await walk.hears("snapshot written")
            assert list(tmp_path.glob("walk-*.csv"))

            await walk.press("left_square_bracket")
            await walk.sees("header", "before LIVE")
            moment, events = session.status.shown_at, session.newest.events
            await until(lambda: session.newest.events > events + 50, what="capture goes on")
            assert session.status.shown_at == moment
            await walk.press("L")
            await walk.sees("header", "LIVE")
            await until(lambda: session.status.at_edge)
            assert "before LIVE" not in walk.text("header")
    told = list(open_recording(record).events())
    assert [event.note for event in told if isinstance(event, ev.Mark)] == ["ramp"]


async def test_a_replay_is_gone_through_by_time_by_decision_by_step_and_by_speed() -> None:
    session = ReplaySession(open_recording(RECORDING), play=False)
    async with shown(session, (80, 24)) as walk:
        await walk.answers("g", "1m")
        await walk.sees("header", "T+01:00")
        await walk.press("right_square_bracket")
        await walk.hears("decision: llama-8b-h100 scale-up")
        await walk.sees("variants", "scale-up to")
        decided = session.status.shown_at
        await walk.press("full_stop")
        await until(lambda: session.status.shown_at > decided)
        await walk.press("comma")
        await until(lambda: session.status.shown_at <= decided)
        await walk.press("greater_than_sign", "greater_than_sign")
        await walk.sees("header", "4x")
        await walk.press("space")
        await walk.sees("header", "▶ REPLAY 4x")
        await until(lambda: session.status.shown_at > decided + 1)
        await walk.press("L")
        await until(lambda: session.status.shown_at == session.status.ended_at)
        await walk.answers("colon", "pod-log b7t8s")
        await walk.hears("not recorded")
        await walk.answers("colon", "seek 50%")
        await walk.sees("header", "T+09:00")


async def test_a_terminal_that_becomes_too_small_and_large_again_keeps_what_was_chosen() -> None:
    session = ReplaySession(open_recording(RECORDING), play=False, start="2m20s")
    async with shown(session) as walk:
        await walk.press("down", "down")
        chosen = walk.app.view_state.selected["variants"]
        await walk.pilot.resize_terminal(50, 10)
        await until(lambda: walk.app.stage.has_class("too-small"))
        await walk.pilot.resize_terminal(120, 40)
        await until(lambda: not walk.app.stage.has_class("too-small"))
        assert walk.app.view_state.selected["variants"] == chosen
        await walk.sees("variants", "▸")


async def test_a_log_line_leads_to_its_cycle_and_a_cycle_has_the_room_of_all() -> None:
    session = ReplaySession(open_recording(RECORDING), play=False, start="4m20s")
    async with shown(session) as walk:
        await walk.press("5", "up", "up", "enter")
        await until(lambda: walk.app.view_state.view == "decisions")
        await walk.sees("cycle", "Cycle of")
        await walk.press("enter")
        await until(lambda: [p.part for p in walk.app.stage.places] == ["cycle"])
        await walk.press("escape")
        await until(lambda: len(walk.app.stage.places) > 1)


async def test_what_a_session_cannot_do_is_said_and_ends_nothing(tmp_path: Path) -> None:
    async with served(tmp_path, scenario="steady") as cluster:
        record = tmp_path / "walk.jsonl"
        asked = WatchRequest(kubeconfig=str(cluster.kubeconfig), record=record)
        session = LiveSession(lambda session: connect(asked, session))
        async with shown(session) as walk:
            await walk.sees("variants", "llama-8b-h100")
            await walk.press("greater_than_sign")
            await walk.hears("live has its own pace")
            record.unlink()
            await walk.press("space")
            await walk.hears("walk.jsonl")
            assert walk.app.is_running
