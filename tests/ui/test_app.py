"""The screen driven by keys: every key, and every dialog, cancelled and confirmed."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sweeps import sampled_ways
from tests.ui import fake
from tests.ui.running import running
from tests.waiting import until
from wvatui.errors import ClusterError
from wvatui.session.base import Leaving
from wvatui.ui.app import start
from wvatui.ui.app.start import crash_line
from wvatui.ui.dialogs.text import HelpScreen
from wvatui.ui.draw.line import text_of, width_of
from wvatui.ui.keys import KEYS
from wvatui.ui.shell import shell
from wvatui.ui.widgets.prompt import Prompt


async def test_the_first_screen_shows_all_that_it_must_at_80x24_and_c_the_other_charts() -> None:
    async with running() as run:
        assert "LIVE" in run.panel("header")
        assert "sources ✓" in run.panel("health")
        assert "starting: loading the model" in run.panel("variants")
        assert "scale-up" in run.panel("decisions")
        assert "INFO" in run.panel("log")
        names = [chart.name_shown for chart in run.app.stage.charts if chart.display]
        assert names == ["kv", "replicas", "lane", "lane"], "what happened stands above both"
        hidden = [chart for chart in run.app.stage.charts if not chart.display]
        assert hidden
        assert all(chart.draws == 0 for chart in hidden)

        def shown() -> list[str]:
            names = [chart.name_shown for chart in run.app.stage.charts if chart.display]
            return [name for name in names if name != "lane"]

        await run.press("c")
        await until(lambda: shown() == ["waiting", "utilization"])
        await run.drawn()
        assert "Waiting" in text_of(run.app.stage.charts[0].lines_shown[0])
        await run.press("c")
        await until(lambda: shown() == ["kv", "replicas"])


async def test_charts_wait_until_the_effect_of_a_key_is_on_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shell, "KEY_QUIET_S", 0.0)
    monkeypatch.setattr(shell, "KEY_MOST_S", 200.0)
    async with running() as run:
        await run.press("2")
        await until(lambda: not run.app._key_waits())
        run.app.redraw()
        assert run.app._key_waits()
        await until(lambda: not run.app._key_waits())


async def test_the_help_is_closed_by_each_of_its_keys_and_wrapped_anew_in_another_width() -> None:
    async with running(size=(120, 40)) as run:
        for closing in ("escape", "question_mark", "q"):
            await run.press("question_mark")
            assert isinstance(run.app.screen, HelpScreen)
            await run.press("down", "pagedown", "up", closing)
            await until(lambda: not isinstance(run.app.screen, HelpScreen))
        assert run.app.is_running

        await run.press("question_mark")
        screen = run.app.screen
        assert isinstance(screen, HelpScreen)

        def widest() -> int:
            return max(map(width_of, screen.text.lines_shown), default=0)

        await until(lambda: widest() > 80)
        await run.pilot.resize_terminal(64, 24)
        await until(lambda: widest() < 56)
        await run.pilot.resize_terminal(120, 40)
        await until(lambda: widest() > 80)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (64, 20)])
async def test_no_line_of_the_help_goes_under_its_scrollbar(size: tuple[int, int]) -> None:
    async with running(size=size) as run:
        await run.press("question_mark")
        screen = run.app.screen
        assert isinstance(screen, HelpScreen)
        await until(lambda: screen.text.max_scroll_y > 0)
        widest = max(map(width_of, screen.text.lines_shown))
        assert widest <= screen.text.scrollable_content_region.width


async def test_freezing_holds_the_view_while_the_header_goes_on_and_drift_is_a_banner() -> None:
    async with running() as run:
        await run.press("p")
        await until(lambda: "FROZEN" in run.panel("header"))
        newer = fake.live()
        newer.variants = (fake.variant(ttft_p95_ms=77.0),)
        run.session.push(newer, shown_at=fake.START + 800, ended_at=fake.START + 800)
        await until(lambda: "46s behind" in run.panel("header"))
        assert "77ms" not in run.panel("variants")
        await run.press("p")
        await until(lambda: "77ms" in run.panel("variants"))
        assert "FROZEN" not in run.panel("header")
        assert run.session.asked == [("freeze", True), ("freeze", False)]

        run.session.push(fake.troubled())
        await until(lambda: "format drift" in run.panel("banner"))
        assert run.app.stage.panels["banner"].display
        run.session.push(fake.live())
        await until(lambda: not run.app.stage.panels["banner"].display)


async def test_a_mark_asks_for_its_note_whose_letters_are_no_keys_and_can_be_taken_back() -> None:
    async with running() as run:
        await run.press("m", *"warm-up", "space", *"done", "enter")
        await run.says("marked: warm-up done")
        assert run.session.asked == [("mark", "warm-up done")]
        await run.press("m", "x", "escape")
        await until(lambda: not run.app.stage.prompt.asking)
        assert len(run.session.asked) == 1

        await run.press("m", *"qpe/c?")
        prompt = run.app.query_one(Prompt)
        assert prompt.asking
        assert run.app.is_running
        await run.press("enter")
        await until(lambda: ("mark", "qpe/c?") in run.session.asked)


async def test_what_r_and_e_did_is_told_with_its_whole_path_and_a_failure_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running() as run:
        await run.press("r")
        await run.says("retrying now what failed or was refused")
        assert run.session.asked == [("retry", True)]
        run.session.snapshot_path = Path("/x/" + "deep/" * 25 + "run-081234.csv")
        await run.press("e")
        await run.says("run-081234.csv")
        told = run.message().replace("\n", "").replace(" ", "")
        assert str(run.session.snapshot_path) in told

        def fails() -> Path:
            raise ClusterError("/x.csv: cannot write the snapshot: disk full")

        monkeypatch.setattr(run.session, "snapshot", fails)
        await run.press("e")
        await run.says("disk full")


async def test_a_filter_follows_the_typing_esc_takes_it_back_and_a_wrong_one_is_told() -> None:
    async with running() as run:
        await run.press("slash", *"scale-up")
        await until(lambda: "filter scale-up" in run.panel("log"))
        rows = run.panel("log").splitlines()[1:]
        assert rows
        assert all("scale-up" in row for row in rows)
        await run.press("enter")
        await until(lambda: not run.app.stage.prompt.asking)
        await run.press("slash", "x", "escape")
        await until(lambda: run.app.view_state.pattern == "scale-up")
        await run.press("escape")
        await until(lambda: "filter" not in run.panel("log"))

        await run.press("slash", "left_parenthesis", "enter")
        await run.says("not a regular expression")
        assert "INFO" in run.panel("log")
        assert run.app.view_state.pattern == ""

        await run.press("slash", *"!INFO", "enter")
        await until(lambda: run.app.view_state.pattern == "!INFO")


async def test_replay_keys_reach_the_session_and_going_to_a_wrong_time_is_told() -> None:
    async with running(mode="REPLAY") as run:
        await run.press("space")
        await until(lambda: "paused" in run.panel("header"))
        await run.press("greater_than_sign", "less_than_sign", "less_than_sign")
        await until(lambda: "4x" in run.panel("header"))
        await run.press("comma", "full_stop", "right_square_bracket")
        await run.says("decision: qwen scale-up")
        await run.press("left_square_bracket")
        await run.says("no event before this one")
        wanted = [("toggle",), ("faster",), ("slower",), ("slower",), ("step", -1), ("step", 1)]
        assert run.session.asked == [*wanted, ("jump", 1), ("jump", -1)]

        await run.press("g", *"12m30s", "enter")
        await until(lambda: ("seek", "12m30s") in run.session.asked)
        await run.press("g", *"nonsense", "enter")
        await run.says("nonsense is no time")
        await run.press("g", "enter")
        await run.press("g", "1", "escape")
        await until(lambda: not run.app.stage.prompt.asking)
        assert [a for a in run.session.asked if a[0] == "seek"] == [
            ("seek", "12m30s"),
            ("seek", "nonsense"),
        ]


async def test_keys_that_the_session_cannot_do_do_nothing() -> None:
    async with running(capabilities=fake.UNRECORDED) as run:
        for key in KEYS:
            if key.where == "replay":
                await run.press(*key.keys)
        assert run.session.asked == []
        assert not run.app.stage.prompt.asking
    async with running(mode="REPLAY", capabilities=fake.UNRECORDED) as run:
        await run.press("m")
        assert not run.app.stage.prompt.asking


@pytest.mark.parametrize(("key", "code"), [("q", 0), ("ctrl+c", 130)])
async def test_leaving_ends_the_session_and_has_its_code(key: str, code: int) -> None:
    async with running() as run:
        await run.press(key)
        await until(lambda: run.app._exit)
        assert run.app.return_value == code
        assert run.session.asked[0][0] == "stop"


async def test_ctrl_c_leaves_from_a_question_and_from_the_help_too() -> None:
    for opening in ("m", "question_mark"):
        async with running() as run:
            await run.press(opening)
            await run.press("ctrl+c")
            await until(lambda: run.app._exit)
            assert run.app.return_value == 130


async def test_a_session_that_ends_with_an_error_gives_its_code() -> None:
    session = fake.FakeSession(fake.live(), fake.status(), fake.LIVE)
    session.error = ClusterError("https://x: connection refused", hint="is the cluster up?")
    from wvatui.ui.app.app import WvatuiApp

    app = WvatuiApp(session, answer=fake.WorldViews())
    async with app.run_test(size=(80, 24)):
        await until(lambda: app._exit)
    assert app.return_value == 3
    assert app.failure is session.error


async def test_a_live_session_whose_time_is_over_closes_a_replay_stays() -> None:
    async with running() as run:
        run.session.stop("duration")
        await until(lambda: run.app._exit)
        assert run.app.return_value == 0
    async with running(mode="REPLAY") as run:
        run.session.stop("end")
        assert run.app.running_session is not None
        await until(run.app.running_session.done)
        await run.press("p")
        await until(lambda: "FROZEN" in run.panel("header"))


async def test_an_error_of_the_program_is_kept_for_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "token-very-secret"

    def breaks(*_: object) -> None:
        hidden = secret  # a local that must not be printed
        raise KeyError("rung") from ValueError(len(hidden))

    with pytest.raises(KeyError):  # noqa: PT012 - the error surfaces where the app ends
        async with running() as run:
            monkeypatch.setattr(run.app.stage, "draw", breaks)
            run.session.push(fake.live())
            await until(lambda: run.app.crash is not None)
    line = crash_line(run.app.crash or KeyError(), Path("/sessions/run.jsonl"))
    assert "\n" not in line
    assert "KeyError: 'rung'" in line
    assert "/sessions/run.jsonl" in line
    captured = capsys.readouterr()
    assert secret not in line + captured.out + captured.err


async def test_too_small_says_what_it_needs_and_comes_back() -> None:
    async with running() as run:
        await run.pilot.resize_terminal(50, 12)
        await until(lambda: run.app.stage.has_class("too-small"))
        told = " ".join(text_of(line) for line in run.app.stage.small.lines_shown)
        assert "60x15" in told
        assert "50x12" in told
        assert "recording goes on" in told
        await run.pilot.resize_terminal(80, 24)
        await until(lambda: not run.app.stage.has_class("too-small"))
        await run.drawn()
        assert "LIVE" in run.panel("header")


SCREENS = [(60, 15), (80, 24), (100, 30), (120, 40), (200, 60)]


# Each size and each world once; `test_layout.py` looks at the places of all without an app.
@pytest.mark.parametrize(
    ("size", "world"), sampled_ways(SCREENS, [fake.troubled, fake.live, fake.empty])
)
async def test_every_size_shows_every_part_inside_the_screen(
    size: tuple[int, int], world: Callable[[], fake.World]
) -> None:
    async with running(world(), size=size) as run:
        parts = (*run.app.stage.panels.values(), *run.app.stage.charts)

        def outside() -> list[str | None]:
            shown = [w for w in parts if w.display and w.region.area]
            return [w.id for w in shown if w.region.bottom > size[1] or w.region.right > size[0]]

        await until(lambda: not outside())
        for name in ("header", "health", "variants", "decisions", "log", "footer"):
            assert run.app.stage.panels[name].region.height >= 1, name
        charts = [chart for chart in run.app.stage.charts if chart.name_shown != "lane"]
        assert charts[0].region.height >= 3


async def test_hostile_text_neither_breaks_the_screen_nor_reaches_the_terminal() -> None:
    from tests.ui.test_panels import EVIL, poisoned

    async with running(poisoned(EVIL[0]), size=(120, 40)) as run:
        for evil in EVIL:
            run.session.push(world := poisoned(evil))
            await until(lambda w=world: run.app.vm is not None and run.app.vm.state is w)  # type: ignore[misc]
            await run.drawn()
            assert "\x1b" not in run.app.export_screenshot()
            assert run.app.is_running
        await run.press("p")
        await until(lambda: "FROZEN" in run.panel("header"))


async def test_a_chart_is_drawn_at_most_once_a_second_and_only_when_something_changed() -> None:
    async with running() as run:
        chart = run.app.stage.charts[0]
        before = chart.draws
        loop = asyncio.get_running_loop()
        start = loop.time()
        pushes = 0
        while pushes <= 8 or loop.time() - start < 1.2:
            pushes += 1
            world = fake.live()
            at = fake.START + 754 + pushes
            world.header = replace(world.header, now=at)
            run.session.push(world, shown_at=at, ended_at=at)
            await asyncio.sleep(0.03)
        assert chart.draws - before <= 1 + (loop.time() - start)
        await run.drawn()
        settled = chart.draws
        run.session.push(recording_bytes=99)
        await until(lambda: "99 B" in run.panel("header"))
        await run.drawn()
        assert chart.draws == settled


async def test_text_follows_at_ten_hertz_at_most() -> None:
    async with running() as run:
        drawn = 0
        stage_draw = run.app.stage.draw

        def counting(vm: object) -> None:
            nonlocal drawn
            drawn += 1
            stage_draw(vm)  # type: ignore[arg-type]

        run.app.stage.draw = counting  # type: ignore[method-assign]
        loop = asyncio.get_running_loop()
        start = loop.time()
        while drawn < 3 or loop.time() - start < 1.0:
            assert loop.time() - start < 120.0
            run.session.push(fake.live())
            await asyncio.sleep(0.005)
        assert drawn <= 2 + 10 * (loop.time() - start)


async def test_a_session_that_cleans_up_for_too_long_is_told_and_given_up(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    leaving = Leaving(lambda: ["job ns/x"], limit_s=0.0)
    async with running() as run, asyncio.timeout(120):
        with monkeypatch.context() as stuck:
            stuck.setattr(run.session, "stop", lambda reason: None)
            await start._end(run.app, leaving)
    assert leaving.given_up
    assert "deleting job ns/x (ctrl+c leaves at once)" in capfd.readouterr().err
