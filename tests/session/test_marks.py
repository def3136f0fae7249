"""A mark has the moment that it is about, and the moment at which it was made."""

from wvatui.core import events as ev
from wvatui.core.events.codec import decode, encode
from wvatui.core.fold.fold import fold
from wvatui.core.queries.charts import charts
from wvatui.core.queries.session import session_rows
from wvatui.core.state.state import EMPTY
from wvatui.session.line_mode import PlainLines

AT = 1_764_359_265.0
MADE = [
    ev.Header(AT, started_at=AT, namespace="ns"),
    ev.Mark(AT + 50, note="load on"),
    ev.Mark(AT + 90, note="it began here", about=AT + 20),
    ev.Tick(AT + 90),
]


def test_rows_and_charts_have_a_mark_where_it_belongs() -> None:
    state = fold(EMPTY, MADE)
    rows = session_rows.events(state, frozenset({"mark"}))
    assert [(row.at - AT, row.text) for row in rows] == [(20, "it began here"), (50, "load on")]
    chart = charts.chart(state, "kv", since=AT, until=AT + 40, columns=40)
    assert [(at - AT, text) for at, _, text in chart.marks] == [(20, "it began here")]


def test_line_mode_tells_the_newest_mark_and_not_the_one_that_stands_last() -> None:
    lines = PlainLines()
    lines.changes(fold(EMPTY, MADE[:2]))
    (line,) = lines.changes(fold(EMPTY, MADE))
    assert line.endswith(" mark it began here")


def test_a_mark_of_before_marks_could_be_about_a_moment_is_read_as_it_was() -> None:
    assert decode(b'{"k":"mark","at":2.5,"note":"n"}') == ev.Mark(2.5, note="n")
    assert encode(ev.Mark(2.5, note="n")) == b'{"k":"mark","at":2.5,"note":"n"}'
    assert decode(encode(MADE[2])) == MADE[2]
