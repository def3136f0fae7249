"""Charts as lines: axes, end labels, thresholds, marks and gaps around the data."""

import math
from dataclasses import replace
from typing import Any

import pytest

from tests.ui.fake import CHARTS, START
from tests.ui.view_models import texts
from wvatui.core.rows.views import ChartView, SeriesView
from wvatui.ui.chart.frame import FrameStyle, render
from wvatui.ui.draw.line import width_of
from wvatui.ui.draw.symbols import ASCII, UNICODE

FLAT = SeriesView("pod-a", ((0.0, 0.5), (100.0, 0.5)))


def view(*series: SeriesView, **changes: object) -> ChartView:
    base = ChartView("KV cache by pod", "ratio", 0.0, 100.0, series)
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(CHARTS))
@pytest.mark.parametrize(("width", "height"), [(12, 3), (30, 6), (40, 7), (60, 10), (100, 16)])
def test_a_chart_has_exactly_the_size_it_was_given(name: str, width: int, height: int) -> None:
    chart = CHARTS[name](START, START + 900, 2 * width)
    for symbols in (UNICODE, ASCII):
        lines = render(chart, width, height, symbols)
        assert len(lines) == height
        assert all(width_of(line) <= width for line in lines)
        if not symbols.unicode:
            assert all(text.isascii() for text in texts(lines))


def test_axis_labels_have_units_and_the_ends_of_the_axis_are_labelled() -> None:
    rows = texts(render(view(FLAT), 40, 9, UNICODE))
    assert rows[1].lstrip().startswith("100%")
    assert rows[7].lstrip().startswith("0%")


def test_the_threshold_is_named_and_drawn() -> None:
    chart = view(FLAT, thresholds=(("saturated at 0.8", 0.8),))
    rows = texts(render(chart, 60, 9, UNICODE))
    assert any("saturated at 0.8" in row and UNICODE.threshold in row for row in rows)


def test_a_threshold_whose_name_has_no_room_is_named_in_the_title() -> None:
    busy = SeriesView("a", tuple((float(i), 0.78 + 0.04 * (i % 2)) for i in range(101)))
    chart = view(busy, thresholds=(("saturated at 0.8, assumed", 0.8),))
    assert "saturated at 0.8" in texts(render(chart, 60, 9, UNICODE))[0]


def test_names_of_thresholds_never_push_the_title_out() -> None:
    busy = SeriesView("a", tuple((float(i), 0.65 + 0.3 * (i % 2)) for i in range(101)))
    limits = (("scale up above", 0.85), ("scale down below", 0.7))
    for width in range(24, 90):
        first = texts(render(view(busy, thresholds=limits), width, 9, UNICODE))[0]
        assert first.startswith(" KV cache by pod"), first
        assert "…" not in first


def test_data_is_never_hidden_by_what_lies_behind_it() -> None:
    plain_rows = render(view(FLAT), 60, 9, UNICODE)
    chart = view(
        FLAT,
        thresholds=(("limit", 0.5),),
        marks=tuple((float(at), "scale-up", "1→2") for at in range(0, 100, 10)),
        gaps=((20.0, 40.0),),
    )
    rows = texts(render(chart, 60, 9, UNICODE))
    for before, after in zip(texts(plain_rows)[1:-1], rows[1:-1], strict=True):
        assert all(a == b for b, a in zip(before, after, strict=True) if "\u2800" < b <= "\u28ff")


def test_decisions_and_marks_stand_at_their_time_with_signs_that_differ() -> None:
    marks = ((25.0, "scale-up", "1→2"), (50.0, "scale-down", "2→1"), (75.0, "mark", "note"))
    rows = texts(render(view(FLAT, marks=marks), 60, 9, UNICODE))
    top = rows[1]
    assert top.index(UNICODE.up) < top.index(UNICODE.down) < top.index(UNICODE.mark)
    assert sum(UNICODE.mark_line in row for row in rows) >= 4


def test_very_many_decisions_are_signs_only() -> None:
    marks = tuple((float(at), "scale-up", "") for at in range(100))
    rows = texts(render(view(FLAT, marks=marks), 60, 9, UNICODE))
    assert not any(UNICODE.mark_line in row for row in rows)


def test_an_empty_chart_says_why_and_draws_no_zero() -> None:
    rows = texts(render(view(note="no samples yet: no pod has answered"), 60, 9, UNICODE))
    assert any("no samples yet: no pod has answered" in row for row in rows)
    assert not any("\u2800" < char <= "\u28ff" for row in rows for char in row)
    nothing = SeriesView("a", ((0.0, None), (50.0, math.nan)))
    rows = texts(render(view(nothing), 40, 7, UNICODE))
    assert any("no samples yet" in row for row in rows)


def test_lines_end_in_the_number_of_their_pod_and_the_highest_is_on_top() -> None:
    low = SeriesView("pod-b", ((0.0, 0.1), (100.0, 0.1)))
    rows = texts(render(view(low, FLAT), 40, 9, UNICODE, FrameStyle({"pod-a": 1, "pod-b": 2})))
    ends = [row.split()[-2:] for row in rows[1:-1] if row.endswith("%")]
    assert ends == [["1", "50%"], ["2", "10%"]]


def test_thresholds_in_one_row_are_named_together_or_one_in_the_title() -> None:
    high = SeriesView("a", ((0.0, 4.0), (100.0, 4.0)))
    near: Any = (("more above", 1.1), ("fewer below", 0.9))
    wide = texts(render(view(high, thresholds=near), 70, 9, UNICODE))
    assert any("more above 110%, fewer below 90%" in row for row in wide)
    narrow = texts(render(view(high, thresholds=near), 40, 9, UNICODE))
    assert "fewer below 90%" in narrow[0]
    assert any("more above 110%" in row for row in narrow[1:])


def test_a_name_gives_way_to_its_value_and_leaves_out_what_all_begin_with() -> None:
    names = ("epp-running-requests", "epp-queue-size")
    lines = [SeriesView(name, ((0.0, 0.5), (100.0, 0.5))) for name in names]
    rows = texts(render(view(*lines), 38, 9, UNICODE))
    ends = [row.partition("…")[0].split()[-1] for row in rows if row.endswith("%")]
    assert ends == ["runni", "queue"]
    several = [SeriesView(f"{name}/qwen ready", lines[0].points) for name in ("sim", "twin")]
    rows = texts(render(view(*several, SeriesView("sim/qwen", lines[0].points)), 38, 9, UNICODE))
    assert {row.split()[-2] for row in rows if row.endswith("%")} == {"sim/q…", "twin/…"}
    alone = texts(render(view(lines[0]), 38, 9, UNICODE))
    assert any(row.endswith(" epp-r… 50%") for row in alone)


def test_labels_of_equal_values_each_get_a_row() -> None:
    steps = [
        SeriesView(name, ((0.0, 2.0), (100.0, 2.0)), "step")
        for name in ("decision", "desired", "ready")
    ]
    rows = texts(render(view(*steps, unit="replicas", title="Replicas"), 50, 7, UNICODE))
    assert [name for row in rows for name in ("decision", "desired", "ready") if name in row] == [
        "decision",
        "desired",
        "ready",
    ]


def test_a_line_that_ended_long_ago_has_no_label() -> None:
    old = SeriesView("pod-b", ((0.0, 0.9), (30.0, 0.9), (31.0, None), (100.0, None)))
    rows = texts(render(view(old, FLAT), 40, 9, UNICODE, FrameStyle({"pod-a": 1, "pod-b": 2})))
    assert not any(row.endswith("2") for row in rows)


def test_a_band_shows_minimum_mean_and_maximum() -> None:
    times = [float(i) for i in range(0, 101, 5)]
    band = SeriesView(
        "mean of 20 pods",
        tuple((t, 0.5) for t in times),
        "band",
        tuple(0.2 for _ in times),
        tuple(0.9 for _ in times),
    )
    rows = texts(render(view(band), 50, 9, UNICODE))
    shown = [word for row in rows for word in ("max", "mean", "min") if f" {word} " in row[-14:]]
    assert shown == ["max", "mean", "min"]
    assert "mean of 20 pods" in rows[0]


def test_the_names_of_a_band_stand_in_their_order_when_all_are_equal() -> None:
    times = [float(i) for i in range(0, 101, 5)]
    flat = tuple(0.0 for _ in times)
    band = SeriesView("mean of 9 pods", tuple((t, 0.0) for t in times), "band", flat, flat)
    rows = texts(render(view(band), 50, 9, UNICODE))
    shown = [word for row in rows for word in ("max", "mean", "min") if f" {word} " in row[-14:]]
    assert shown == ["max", "mean", "min"]


def test_the_axis_adapts_when_a_ratio_goes_above_one() -> None:
    high = SeriesView("a", ((0.0, 0.5), (100.0, 1.7)))
    assert "200%" in texts(render(view(high), 40, 9, UNICODE))[1]


def test_hostile_names_stay_in_their_cells() -> None:
    bad = SeriesView("\x1b[2J[/nope]" + "x" * 10_000, ((0.0, 0.5), (100.0, 0.5)))
    chart = view(bad, title="\x1b]0;t\x07[bold]", note="\x00", thresholds=(("\u202e[x]", 0.8),))
    for row in texts(render(chart, 40, 9, UNICODE)):
        assert "\x1b" not in row
        assert "\u202e" not in row
        assert len(row) <= 40


ACROSS = ChartView(
    "ITL over running requests of a pod",
    "ms",
    0.0,
    40.0,
    (
        SeriesView("observed", ((5.0, 12.0), (5.0, 14.0), (30.0, 25.0)), "points"),
        SeriesView("fit", ((0.0, 10.0), (40.0, 30.0))),
    ),
    across="running",
    legend=("fit 10 + 0.5 × running, r² 0.97, 3 points", "WVA 7 + 0.1 × running"),
)


@pytest.mark.parametrize(("width", "height"), [(12, 3), (30, 6), (40, 7), (60, 10), (100, 16)])
def test_a_chart_over_something_else_than_time_has_numbers_below_and_keeps_its_size(
    width: int, height: int
) -> None:
    for symbols in (UNICODE, ASCII):
        lines = render(ACROSS, width, height, symbols, FrameStyle(cursor=START))
        assert len(lines) == height
        assert all(width_of(line) <= width for line in lines)
        if not symbols.unicode:
            assert all(text.isascii() for text in texts(lines))


def test_its_lines_are_told_in_words_and_its_points_have_no_name() -> None:
    rows = texts(render(ACROSS, 80, 14, UNICODE))
    assert rows[1].strip() == "fit 10 + 0.5 × running, r² 0.97, 3 points"
    assert rows[2].strip() == "WVA 7 + 0.1 × running"
    assert rows[-1].split() == ["0", "10", "20", "30", "40", "running"]
    assert not any("observed" in row for row in rows)
