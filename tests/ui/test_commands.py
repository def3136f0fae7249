"""The command line of the screen."""

import pytest

from tests.ui import fake
from tests.ui.running import Running, paste, running
from tests.waiting import until
from wvatui.config.ui_settings import CLOCKS, VIEWS
from wvatui.core.queries.charts.heat import STRIPS
from wvatui.errors import OutputError
from wvatui.export.tables import TABLES
from wvatui.session.base import Capabilities
from wvatui.session.player import SPEEDS
from wvatui.ui.app.command_line import completions, told
from wvatui.ui.app.command_line import run as run_command
from wvatui.ui.app.commands import COMMANDS
from wvatui.ui.draw.line import text_of
from wvatui.ui.model.view_state import ViewState


async def _type(run: Running, text: str) -> None:
    await run.press("colon")
    paste(run.app, text)
    await run.press("enter")


async def test_a_command_is_completed_with_tab_recalled_with_up_and_taken_back_with_esc() -> None:
    async with running() as run:
        await run.press("colon", "w", "i")
        prompt = run.app.stage.prompt
        await until(lambda: prompt.offers.lines_shown != ())
        assert "window" in text_of(prompt.offers.lines_shown[0])
        await run.press("tab", "1", "0", "m", "enter")
        await until(lambda: run.app.view_state.window_s == 600)
        await run.press("0", "colon", "up", "enter")
        await until(lambda: run.app.view_state.window_s == 600)
        await run.press("colon", *"quit", "escape")
        await until(lambda: not run.app.stage.prompt.asking)
        assert run.app.is_running
        assert run.session.asked == []


async def test_the_line_being_typed_is_on_the_screen_below_all_that_completes_it() -> None:
    async with running(size=(80, 24)) as run:
        await run.press("colon")
        prompt = run.app.stage.prompt
        line = prompt.query_one("#prompt-line")
        await until(lambda: prompt.offers.lines_shown != () and line.region.bottom == 24)
        assert prompt.offers.region.bottom == line.region.y
        await run.pilot.resize_terminal(80, 16)
        await until(lambda: line.region.bottom == 16)
        assert prompt.offers.region.bottom == line.region.y


WRONG = (
    ("nonsense", "no command"),
    ("window soon", "not a duration"),
    ("window 1s", "too short"),
    ("variant x", "no variant 'x'"),
    ("pod qwen3", "4 pods are called 'qwen3'"),
    ("theme neon", "no theme named 'neon'"),
    ("view charts", "no view 'charts'"),
    ("export everything", "no table 'everything'"),
    ("clock", "clock needs FORM (times in "),
    ("whatif", "whatif needs ALTERNATIVES (decide it again: replicas 4 or rule v2, …)"),
    ("freeze now", "takes nothing"),
)
"""What is typed → what is answered."""


async def test_what_cannot_be_done_is_said_on_one_line_and_commands_do_what_keys_do() -> None:
    async with running() as run:
        for typed, said in WRONG:
            assert said not in run.message()
            await _type(run, typed)
            await run.says(said)
            assert run.app.is_running

        await _type(run, "mark warm-up done")
        await until(lambda: ("mark", "warm-up done") in run.session.asked)
        await _type(run, "export")
        await until(lambda: ("snapshot",) in run.session.asked)
        await _type(run, "export pods")
        await until(lambda: ("export_table", "pods") in run.session.asked)
        await run.says("pods.csv")
        await _type(run, "filter scale-up")
        await until(lambda: run.app.view_state.pattern == "scale-up")


async def test_a_speed_is_a_number_heat_leaves_what_was_opened_and_all_commands_complete() -> None:
    async with running(mode="REPLAY") as run:
        for text in ("nan", "inf", "-3"):
            await _type(run, f"speed {text}")
            await run.says(f"'{text}' is no speed")
        assert ("slower",) not in run.session.asked
        await run.press("2", "down", "enter")
        assert run.app.view_state.detail
        await _type(run, "heat waiting")
        await until(lambda: run.app.view_state.heat == "waiting")
        assert (run.app.view_state.view, run.app.view_state.detail) == ("pods", ())

        for command in COMMANDS:
            name = command.name
            assert command.title in told(name)
            whole = [line for line in completions(run.app, name[:2]) if line.strip() == name]
            assert bool(whole) == command.usable(run.session.capabilities), name
            for line in completions(run.app, f"{name} "):
                assert line.startswith(f"{name} ")


@pytest.mark.parametrize(
    ("verb", "names"),
    [
        ("export", [*TABLES, "all"]),
        ("view", list(VIEWS)),
        ("clock", list(CLOCKS)),
        ("heat", list(STRIPS)),
        ("speed", [f"{speed:g}" for speed in SPEEDS]),
    ],
)
def test_what_a_command_takes_is_what_there_is(verb: str, names: list[str]) -> None:
    (command,) = (command for command in COMMANDS if command.name == verb)
    assert list(command.words(Taking())) == names  # type: ignore[arg-type]
    for name in names:
        taking = Taking()
        run_command(taking, f"{verb} {name}")  # type: ignore[arg-type]
        assert taking.taken, name


class Taking:
    """A stand-in for the screen that records the calls of commands."""

    def __init__(self) -> None:
        self.taken: list[object] = []
        self.view_state = ViewState()
        self.session = self.status = self
        self.live, self.at_edge = False, False
        self.capabilities = Capabilities(can_go_back=True, can_write=True)

    def _take(self, *what: object) -> None:
        self.taken.append(what)

    choose = export_table = action_key_view = show_view = slower = faster = _take


async def test_seek_play_pause_speed_and_a_mark_that_cannot_be_kept_reach_a_replay() -> None:
    async with running(mode="REPLAY") as run:
        await _type(run, "seek 12m")
        await until(lambda: ("seek", "12m") in run.session.asked)
        await _type(run, "play")
        await _type(run, "pause")
        await _type(run, "speed 4")
        await until(lambda: run.session.asked.count(("faster",)) == 3)
        assert [a for a in run.session.asked if a in (("play",), ("pause",))] == [
            ("play",),
            ("pause",),
        ]

        await _type(run, "mark here")
        await until(lambda: ("mark", "here") in run.session.asked)

        def full(note: str) -> None:
            raise OutputError("the disk is full")

        run.session.mark = full  # type: ignore[method-assign]
        await run.press("m", "x", "enter")
        await run.says("the disk is full")


async def test_one_variant_alone_and_all_again() -> None:
    async with running(fake.two_variants()) as run:
        name = fake.two_variants().variants[1].name
        await _type(run, f"variant {name}")
        await until(lambda: name in run.panel("variants"))
        assert fake.two_variants().variants[0].name not in run.panel("variants").split("\n", 1)[1]
        await _type(run, "variant all")
        await until(lambda: fake.two_variants().variants[0].name in run.panel("variants"))


async def test_a_session_that_is_not_recorded_cannot_seek() -> None:
    async with running(capabilities=fake.UNRECORDED) as run:
        await _type(run, "se 3m")
        await run.says("cannot be done in this session")
