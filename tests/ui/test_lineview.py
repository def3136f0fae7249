"""Only cells that changed are drawn again."""

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

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
