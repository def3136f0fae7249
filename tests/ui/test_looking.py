"""Using the screen: rows, sorting, time axis, clock, themes, the maximised part, the mouse."""

from dataclasses import replace

import pytest

from tests.ui import fake
from tests.ui.running import Running, running
from tests.waiting import until
from wvatui.ui.dialogs.text import MessagesScreen
from wvatui.ui.draw.line import text_of
from wvatui.ui.draw.symbols import ASCII, UNICODE
from wvatui.ui.model.layout import Place, grid, stack
from wvatui.ui.model.panel import Column, draw, in_order
from wvatui.ui.model.view_state import Sort
from wvatui.ui.panels.overview import charts

BIG = (120, 40)


def chart(run: Running, name: str) -> list[str]:
    """The text of a chart on the screen."""
    shown = next(c for c in run.app.stage.charts if c.name_shown == name)
    return [text_of(line) for line in shown.lines_shown]


async def test_arrows_select_rows_and_the_selection_stays_when_rows_come_and_go() -> None:
    async with running(size=BIG) as run:
        await run.press("down", "down", "down")
        chosen = run.app.view_state.selected["variants"]
        assert chosen.startswith("pod:")
        assert f"{UNICODE.pointer} " in run.panel("variants")
        world = fake.live()
        born = replace(world.replicas[0], pod="qwen-aaa-first", age_s=90_000.0)
        world.replicas = (born, *world.replicas)
        run.session.push(world)
        await until(lambda: "first" in run.panel("variants"))
        assert run.app.view_state.selected["variants"] == chosen
        await run.press("home")
        assert run.app.view_state.selected["variants"].startswith("variant:")


MOVES = (
    (("home",), 0),
    (("home", "j"), 1),
    (("home", "down", "down"), 2),
    (("home", "pagedown"), 10),
    (("end",), -1),
    (("end", "up"), -2),
    (("end", "k", "k"), -3),
    (("end", "pageup"), -11),
    (("end", "down"), -1),
    (("home", "up"), 0),
)
"""Keys → the row that is selected after them."""


async def test_each_key_of_a_table_moves_by_as_many_rows_as_it_says() -> None:
    world = fake.live()
    world.replicas = tuple(
        replace(world.replicas[0], pod=f"qwen-aaa-{n:02}", age_s=1000.0 - n) for n in range(30)
    )
    async with running(world, size=BIG) as run:
        await run.press("2")
        await until(lambda: run.app.view_state.view == "pods")
        every = [f"pod:{pod.pod}" for pod in world.replicas]
        for keys, row in MOVES:
            await run.press("home", *keys)
            assert run.app.view_state.selected["pods"] == every[row], keys


async def test_rows_sort_by_each_column_either_way_and_v_shows_each_variant_alone() -> None:
    async with running(fake.two_variants(), size=BIG) as run:
        names = [v.name for v in fake.two_variants().variants]

        def first() -> str:
            lines = run.panel("variants").splitlines()[1:]
            return min(names, key=lambda n: min(i for i, x in enumerate(lines) if f" {n} " in x))

        await run.press("s", "S")
        await until(lambda: run.app.view_state.sort["variants"] == Sort("name", True))
        await until(lambda: first() == max(names))
        await run.press("S")
        await until(lambda: first() == min(names))
        assert UNICODE.up in run.panel("variants").splitlines()[0]

        first_name = f" {fake.live().variants[0].name} "
        assert first_name in run.panel("variants")
        await run.press("v", "v")
        await until(lambda: "qwen-l40s" in run.panel("variants"))
        assert first_name not in run.panel("variants")
        await run.press("escape")
        await until(lambda: first_name in run.panel("variants"))


async def test_zooming_and_moving_change_every_chart_and_0_follows_again() -> None:
    async with running(size=BIG) as run:
        assert run.app.vm is not None
        since, until_ = charts.window(run.app.vm, 80)
        await run.press("plus")
        await run.drawn()
        spans = {c._view.until - c._view.since for c in run.app.stage.charts if c._view}
        assert len(spans) == 1
        assert spans.pop() < until_ - since
        await run.press("shift+left")
        await until(lambda: run.app.view_state.until is not None)
        edge = run.app.view_state.until
        assert edge is not None
        assert edge < until_
        await run.press("shift+right", "shift+right", "shift+right")
        await until(lambda: run.app.view_state.until is None)
        narrow = run.app.view_state.window_s
        await run.press("minus")
        await until(lambda: run.app.view_state.window_s > narrow)
        await run.press("0")
        await until(lambda: run.app.view_state.window_s == 0)


async def test_the_cursor_reads_one_moment_in_every_chart_and_moves_as_its_keys_say() -> None:
    async with running(size=BIG) as run:

        async def at(*keys: str) -> float:
            await run.press(*keys)
            assert run.app.view_state.cursor is not None
            return run.app.view_state.cursor

        newest = await at("left", "left", "left")
        await run.drawn()
        moment = run.app.vm.time(newest) if run.app.vm else ""
        for name in ("kv", "waiting", "replicas", "utilization"):
            assert moment in chart(run, name)[-1], name
        one = newest - await at("left")
        assert one > 0
        assert newest - await at("right") == pytest.approx(0.0)
        back = await at("ctrl+left")
        assert newest - back == pytest.approx(10 * one)
        assert await at("ctrl+right") - back == pytest.approx(10 * one)
        await run.press("escape")
        await until(lambda: run.app.view_state.cursor is None)


async def test_the_clock_changes_everywhere_and_one_part_after_the_other_is_enlarged() -> None:
    async with running(size=BIG) as run:
        assert "08:" in run.panel("log")
        await run.press("u", "u")
        await until(lambda: "T+" in run.panel("log"))
        await run.drawn()
        assert "+" in chart(run, "kv")[-1]
        await run.press("u")
        await until(lambda: "08:" in run.panel("log"))

        before = [place.part for place in run.app.stage.places]

        def shown() -> list[str]:
            return [p.part for p in run.app.stage.places if not p.part.startswith("lane:")]

        await run.press("z")
        await until(lambda: shown() == ["chart:kv"])
        assert run.app.stage.places[0].width == 120
        await run.press("z")
        await until(lambda: shown() == ["chart:replicas"])
        await run.press("escape")
        await until(lambda: [p.part for p in run.app.stage.places] == before)


async def test_messages_are_found_again_a_filter_is_inverted_and_the_theme_changed() -> None:
    async with running() as run:
        await run.press("exclamation_mark")
        await run.says("nothing to invert")
        await run.press("n")
        await until(lambda: isinstance(run.app.screen, MessagesScreen))
        assert [m.text for m in run.app.messages] == ["nothing to invert: / sets a filter"]
        await run.press("escape")
        await until(lambda: not isinstance(run.app.screen, MessagesScreen))

        await run.press("slash", *"INFO", "enter", "exclamation_mark")
        await until(lambda: run.app.view_state.pattern == "!INFO")
        await run.press("exclamation_mark", "W")
        await until(lambda: run.app.view_state.level == "WARN+")
        assert run.app.view_state.pattern == "INFO"

        before = run.app.palette.name
        await run.press("t")
        await until(lambda: run.app.palette.name != before)
        await run.says("theme")
        assert run.app.stage.panels["header"]._palette is run.app.palette


async def test_the_mouse_selects_rows_reads_charts_and_moves_through_a_replay() -> None:
    async with running(mode="REPLAY", size=BIG) as run:
        stage = run.app.stage
        top = stage.plan.top if stage.plan else 0
        await run.pilot.click(offset=(5, top + 1))
        await until(lambda: run.app.view_state.selected.get("variants", "").startswith("variant:"))
        kv = next(p for p in stage.places if p.part == "chart:kv")
        await run.pilot.click(offset=(kv.x + 30, top + kv.y + 4))
        await until(lambda: run.app.view_state.cursor is not None)
        await run.pilot.click(offset=(60, 4))
        await until(lambda: any(a[0] == "seek" for a in run.session.asked))


def test_places_fill_what_they_are_given() -> None:
    for count in range(1, 9):
        for columns in (1, 2, 3):
            parts = [str(n) for n in range(count)]
            places = grid(parts, columns, 121, 37)
            assert [p.part for p in places] == parts
            across = len({place.x for place in places})
            assert len({(place.x, place.width) for place in places}) == across, "the same columns"
            assert count % across == 0 or (count, columns) in ((7, 2), (7, 3))
            empty = -count % across
            assert sum(p.width * p.height for p in places) >= 121 * 37 * (1 - empty / count)
    assert stack([("a", 2), ("b", 0), ("c", 3)], 80, y=1) == [
        Place("a", 0, 1, 80, 2),
        Place("c", 0, 3, 80, 3),
    ]


COLUMNS: tuple[Column[tuple[str, float | None]], ...] = (
    Column("name", "name", 6, lambda r, s: (r[0], ""), lambda r: r[0], grows=True),
    Column("kv", "KV", 5, lambda r, s: (str(r[1]), ""), lambda r: r[1], right=True),
    Column("far", "far", 9, lambda r, s: ((("x", "bad"), ("y", "")),)[0], lambda r: 0, wide=60),
)
ROWS: list[tuple[str, float | None]] = [("b", 0.5), ("a", None), ("c", 0.9)]


@pytest.mark.parametrize("symbols", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_a_table_scrolls_to_what_is_selected_and_counts_the_rest(symbols: object) -> None:
    rows: list[tuple[str, float | None]] = [(f"pod-{n}", n / 100) for n in range(50)]
    drawn = draw(
        COLUMNS,
        rows,
        lambda r: r[0],
        selected="pod-30",
        sort=Sort(),
        width=40,
        height=10,
        symbols=symbols,  # type: ignore[arg-type]
    )
    assert len(drawn.lines) == len(drawn.keys) == 10
    at = drawn.keys.index("pod-30")
    assert text_of(drawn.lines[at]).startswith(symbols.pointer)  # type: ignore[attr-defined]
    assert "above" in text_of(drawn.lines[-1])
    assert "more" in text_of(drawn.lines[-1])


def test_what_has_no_value_is_sorted_last_either_way() -> None:
    assert [r[0] for r in in_order(COLUMNS, ROWS, Sort("kv"))] == ["b", "c", "a"]
    assert [r[0] for r in in_order(COLUMNS, ROWS, Sort("kv", True))] == ["c", "b", "a"]
