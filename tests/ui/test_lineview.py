"""Only cells that changed are drawn again."""

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.scroll_view import ScrollView

from wvatui.ui.draw.line import Line, text_of, width_of
from wvatui.ui.theme import load
from wvatui.ui.widgets.lineview import LineView, changed_cells

SPAN = st.tuples(st.text("abc ", max_size=4), st.sampled_from(("", "bold", "ok")))
LINE = st.lists(SPAN, max_size=5).map(tuple)


@given(LINE, LINE)
def test_outside_the_changed_cells_two_lines_look_the_same(old: Line, new: Line) -> None:
    first, last = changed_cells(old, new)

    def cells(line: Line) -> list[tuple[str, str]]:
        return [(char, style) for text, style in line for char in text]

    before, after = cells(old), cells(new)
    assert before[:first] == after[:first]
    if width_of(old) == width_of(new):
        assert before[last:] == after[last:]
    else:
        assert last >= max(width_of(old), width_of(new))


class Shown(App[None]):
    def compose(self) -> ComposeResult:
        yield LineView(load(), id="view")


async def test_an_unchanged_line_costs_nothing() -> None:
    app = Shown()
    async with app.run_test(size=(20, 3)):
        view = app.query_one(LineView)
        lines: list[Line] = [(("a", ""),), (("b", "bold"),), (("c", ""),)]
        assert view.show(lines) == 3
        assert view.show(list(lines)) == 0
        assert view.show([lines[0], (("x", "bold"),), lines[2]]) == 1
        assert view.show(lines[:1]) == 2
        assert [text_of(line) for line in view.lines_shown] == ["a"]


async def test_markup_in_a_line_is_shown_as_it_is() -> None:
    app = Shown()
    async with app.run_test(size=(20, 3)):
        view = app.query_one(LineView)
        view.show([(("[/nope][bold]x", ""),)])
        assert view.render_line(0).text.rstrip() == "[/nope][bold]x"


async def test_strips_are_those_that_textual_would_paint() -> None:
    app = Shown()
    async with app.run_test(size=(20, 3)):
        view = app.query_one(LineView)
        view.styles.height = 3

        async def same() -> None:
            await app.workers.wait_for_complete()
            await app.animator.wait_for_idle()
            whole = view.outer_size.region
            strips = view.render_lines(whole)
            assert view.render_lines(whole)[0] is strips[0]
            view._styles_cache.clear()
            assert strips == ScrollView.render_lines(view, whole)

        lines: list[Line] = [(("a", "bad"),), (("b" * 30, "bold"),), (("日", ""),)]
        for shown in (lines, lines[:1], [*lines, *lines], [lines[0], lines[2], lines[2]]):
            view.show(shown)
            await same()
        view.recolour(load("light"))
        await same()
        app.theme = "textual-light"
        await same()
        view.show([*lines, *lines])
        view.scroll_to(y=2, animate=False, immediate=True)
        await same()
        view.styles.padding = 1
        await same()
