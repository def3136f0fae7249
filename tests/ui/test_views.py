"""Navigation: tabs, pages of a view, health over any view, keys by mouse."""

from dataclasses import replace

from rich.cells import cell_len

from tests.core.folding import recorded
from tests.ui import fake
from tests.ui.running import Running, running
from tests.ui.view_models import texts, view_model
from tests.waiting import until
from wvatui.config.ui_settings import VIEWS
from wvatui.core.findings import Finding
from wvatui.core.queries.scaling.scaling import scaling
from wvatui.ui.draw.symbols import UNICODE
from wvatui.ui.keys import KEYS
from wvatui.ui.model.view_state import ViewState
from wvatui.ui.panels.overview import footer, header
from wvatui.ui.rebinding import apply


def tab(run: Running) -> str:
    """The tab that is highlighted in the second line of the header."""
    line = run.app.stage.panels["header"].lines_shown[1]
    return next(text.strip() for text, style in line if style == "bold reverse")


async def test_tabs_pages_and_health_show_where_one_is_by_key_and_by_mouse() -> None:
    async with running(size=(120, 40)) as run:
        assert tab(run) == "1 Overview"
        await run.press("4")
        assert tab(run) == "4 Decisions p.1/3"
        await run.press("4")
        assert (tab(run), run.app.view_state.view) == ("4 Decisions p.2/3", "scaling")
        await run.press("c")
        assert (tab(run), run.app.view_state.view) == ("4 Decisions p.3/3", "whatif")
        await run.press("D", "H")
        assert run.app.view_state.view == "health"
        assert "H close" in footer_text(run)
        await run.press("H")
        assert run.app.view_state.view == "scaling"
        # By mouse: the tab of the pods, the line of the sources, and back by the footer.
        await run.pilot.click("#header", offset=(15, 1))
        await until(lambda: tab(run) == "2 Pods")
        await run.press("down", "enter", "H", "escape")
        assert (run.app.view_state.view, len(run.app.view_state.detail)) == ("pods", 1)
        run.app.hush()
        run.app.redraw()
        assert run.app.vm is not None
        x = footer_text(run).index(" ? ") + 1
        key = footer.key_at(run.app.vm, x, 120)
        assert key is not None
        assert key.id == "help.help"
        await run.pilot.click("#footer", offset=(x, 0))
        await until(lambda: len(run.app.screen_stack) == 2)


def footer_text(run: Running) -> str:
    """The keys of the footer, even while a message is in its place."""
    assert run.app.vm is not None
    return texts(footer.lines(run.app.vm, 120, 1))[0]


async def test_load_is_a_view_only_where_load_is_or_was_and_keys_that_do_nothing_say_so() -> None:
    world = replace(fake.live(), jobs=(), stages=())
    async with running(world) as run:
        assert "6" not in run.panel("header")
        # Pressed all the same it says that there is none, and is where one is.
        await run.press("6")
        assert "6 Load" in run.panel("header")
        await run.press("1", "7")
        await run.says("7 does nothing here; ? tells all keys")
        await run.press("b")
        await run.says("b needs a replay with --beside RUN: two runs beside each other")


def test_l_launches_load_in_every_view() -> None:
    world = replace(fake.live(), jobs=(), stages=())
    for view in VIEWS:
        vm = view_model(world, view_state=ViewState(view=view))
        vm = replace(vm, capabilities=replace(fake.LIVE, can_launch=True))
        line = texts(footer.lines(vm, 400, 1))[0]
        assert "1-5 views" in line
        assert "l load" in line


def test_at_every_width_the_tabs_have_room_and_each_cell_of_one_is_its_own() -> None:
    for view in ("overview", "decisions", "load", "health"):
        for width in (60, 80, 120, 200):
            vm = view_model(view_state=ViewState(view=view))
            second = texts(header.lines(vm, width, 2))[1]
            assert cell_len(second) == width
            for digit, id_ in enumerate(("overview", "pods", "latency", "decisions"), start=1):
                assert header.tab_at(vm, second.index(f" {digit}") + 1, width) == id_
            assert header.tab_at(vm, width - 1, width) == ""
            assert (" H Health " in second) is (view == "health")
    bound = apply(KEYS, {"view.pods": ("f2",), "view.load": ()})
    shown = texts(header.lines(replace(vm, bound=bound), 120, 2))[1]
    assert " f2 Pods " in shown
    assert " 2 " not in shown


async def test_slash_filters_the_table_in_view_and_esc_shows_all_before_it_closes_health() -> None:
    async with running(size=(120, 40)) as run:
        await run.press("2")
        every = run.panel("pods").splitlines()
        await run.press("slash", *"satur")
        await until(lambda: "filter satur: " in run.panel("pods"))
        shown = run.panel("pods").splitlines()[2:]
        assert shown
        assert all("saturated" in line for line in shown)
        await run.press("enter", "exclamation_mark")
        assert "saturated" not in "".join(run.panel("pods").splitlines()[2:])
        await run.press("colon", *"filter nowhere", "enter")
        await until(lambda: "no row matches nowhere; esc shows all" in run.panel("pods"))
        await run.press("escape")
        assert run.panel("pods").splitlines() == every
        await run.press("5", "slash", *"Processing", "enter")
        assert run.app.view_state.pattern == "Processing"
        assert not run.app.view_state.filters
        await run.press("1", "escape")
        await run.press("H", "slash", *"zzz", "enter", "escape")
        assert (run.app.view_state.view, run.app.view_state.filters) == ("health", {})
        await run.press("escape")
        assert run.app.view_state.view == "overview"


async def test_tab_moves_between_tables_and_slash_filters_decisions_and_log_alone() -> None:
    async with running(size=(120, 40)) as run:
        assert run.app.table == "variants"
        await run.press("tab")
        assert run.app.table == "decisions"
        first = run.app.view_state.selected["decisions"]
        assert UNICODE.pointer in run.panel("decisions")
        await run.press("down")
        assert run.app.view_state.selected["decisions"] != first
        await run.press("enter")
        assert run.app.view_state.view == "decisions"
        assert run.app.view_state.selected["cycles"]
        await run.press("1", "tab", "tab")
        assert run.app.table == "log"
        assert run.panel("log").splitlines()[-1].startswith(UNICODE.pointer)
        await run.press("tab")
        assert run.app.table == "variants"
        await run.press("5", "tab")
        await run.says("tab: there is one table here")
        await run.press("1", "home")
        run.app.choose(ViewState())
        every = run.panel("decisions")
        await run.press("slash", *"scale-up")
        await until(lambda: "filter scale-up: 2 of 12" in run.panel("decisions"))
        assert "3→4" in run.panel("decisions").splitlines()[1]
        assert len(run.panel("decisions").splitlines()) == 3
        assert "filter scale-up" in run.panel("log")
        await run.press("escape")
        assert (run.panel("decisions"), run.app.view_state.pattern) == (every, "")
        await run.press("slash", *"zzz", "enter")
        assert "no row matches zzz; esc shows all" in run.panel("decisions")
        await run.press("tab", "down")
        await run.says("no row here to select")
        await run.press("escape", "escape")
        assert run.app.view_state.filters == {}
        await run.press("5", "slash", *"INFO", "enter", "1", "tab", "slash", *"hold", "escape")
        assert (run.app.view_state.pattern, run.app.view_state.filters) == ("INFO", {})
        await run.press("3", "slash")
        await run.says("nothing here can be filtered")
        assert not run.app.stage.prompt.asking
        await run.press("W")
        await run.says("W: no log here")
        assert run.app.view_state.level == ""


async def test_durations_show_the_change_that_the_selected_decision_led_to() -> None:
    changes = scaling(recorded("stair-step-v2-hpa.jsonl"))
    newest, older = changes.events[:2]
    row = fake.live().decisions[0]
    decided = tuple(
        replace(row, at=e.at("decision") or e.begin, namespace=e.namespace, variant=e.variant)
        for e in (newest, older)
    )
    world = replace(fake.live(), scaling=changes, cycles=(), decisions=decided)
    async with running(world, size=(120, 40)) as run:
        await run.press("4", "end", "D")
        assert run.app.view_state.view == "scaling"
        assert run.app.view_state.selected["changes"] == older.key


async def test_the_colon_knows_views_moments_habits_and_unambiguous_beginnings() -> None:
    async with running(mode="REPLAY") as run:
        for typed, view in (("pods", "pods"), ("log", "logs"), ("lat", "latency"), ("he", "")):
            await run.press("colon", *typed, "enter")
            if view:
                await until(lambda view=view: run.app.view_state.view == view)
            else:
                await run.says("he could be heat, help, health")
        await run.press("colon", *"12m", "enter")
        await until(lambda: ("seek", "12m") in run.session.asked)
        await run.press("colon", *"q!", "enter")
        await until(lambda: not run.app.is_running)


async def test_y_copies_a_pod_that_has_no_line_of_its_own() -> None:
    async with running() as run:
        copied: list[str] = []
        run.app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await run.press("down", "down", "y", "z", "y")
        assert "abcde" in copied[0]
        assert copied[1] == copied[0]


async def test_y_copies_a_row_a_sentence_and_what_helps_and_files_stand_in() -> None:
    advice = "remove the annotations: kubectl -n a annotate scaledobject qwen paused-"
    paused = Finding("paused", "blocked", "qwen is paused", "ScaledObject/qwen", (), advice)
    async with running(replace(fake.live(), findings=(paused,)), size=(120, 40)) as run:
        copied: list[str] = []
        run.app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await run.press("H", "y")
        assert copied == ["kubectl -n a annotate scaledobject qwen paused-"]
        await run.press("2", "down", "y")
        assert "%" in copied[-1]
        assert not set(copied[-1]) & set("▁▂▃▄▅▆▇█░")
        await run.says("copied: ")
        await run.press("5")
        assert not run.app.stage._said
        await run.press("up", "y")
        assert copied[-1].split()[0].count(":") == 2
        assert copied[-1].split()[1] in ("INFO", "ERROR", "WARN", "DEBUG")
        await run.press("colon", *"copy", "enter")
        await until(lambda: ("keep", ".txt") in run.session.asked)
        await run.press("colon", *"screenshot", "enter")
        await until(lambda: ("keep", ".svg") in run.session.asked)
        assert run.session.kept.startswith("<svg")
        assert 'xml:space="preserve"' in run.session.kept
        assert "textLength" not in run.session.kept
