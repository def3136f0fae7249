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
    rows = texts(render(view(FLAT), 40, 8, UNICODE))
    assert [row.split("┤")[0].strip() for row in rows if "┤" in row] == ["100%", "50%", "0%"]
    assert not any("┤" in row for row in texts(render(view(), 40, 8, UNICODE))), "no invented axis"


def test_a_threshold_is_an_unbroken_line_with_its_name_and_value_at_its_end() -> None:
    marks = ((50.0, "scale-up", "1→2"),)
    chart = view(FLAT, thresholds=(("saturated", 0.8),), marks=marks)
    [row] = [row for row in texts(render(chart, 60, 9, UNICODE)) if UNICODE.threshold in row]
    assert row.split("│")[-1].strip(UNICODE.threshold) == " saturated 80%    "


def test_a_threshold_whose_name_has_no_room_is_named_in_the_title() -> None:
    chart = view(FLAT, thresholds=(("saturated, assumed", 0.8),))
    assert texts(render(chart, 40, 9, UNICODE))[0].endswith("╌ saturated 80% ")
    assert texts(render(chart, 44, 9, UNICODE))[0].endswith("╌ saturated 80% assumed ")
    assert texts(render(chart, 60, 9, UNICODE))[0].endswith("╌ limit assumed ")
    lines = [SeriesView(f"pod-{n}", ((0.0, 0.5), (100.0, 0.5))) for n in range(6)]
    crowded = view(*lines, thresholds=(("saturated", 0.8),))
    assert texts(render(crowded, 60, 8, UNICODE))[0].endswith("╌ saturated 80% ")


def test_names_of_thresholds_never_push_the_title_out() -> None:
    busy = SeriesView("a", tuple((float(i), 0.65 + 0.3 * (i % 2)) for i in range(101)))
    limits = (("up above", 0.85), ("down below", 0.7), ("saturated", 0.8))
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
    lane, plot = rows[1], "".join(rows[2:])
    assert lane.index(UNICODE.up) < lane.index(UNICODE.down) < lane.index(UNICODE.mark)
    assert not {UNICODE.up, UNICODE.down, UNICODE.mark} & set(plot), "no sign among the data"
    assert sum(UNICODE.mark_line in row for row in rows) >= 4
    short = "".join(texts(render(view(FLAT, marks=marks), 60, 8, UNICODE)))
    assert UNICODE.mark_line in short
    assert UNICODE.up not in short


def test_an_error_never_hides_a_change_of_the_same_column() -> None:
    marks = ((50.0, "scale-up", "1→2"), (50.1, "error", "no metrics"))
    assert UNICODE.up in texts(render(view(FLAT, marks=marks), 60, 9, UNICODE))[1]


def test_a_moment_stands_in_one_column_of_all_charts_of_a_width() -> None:
    """Whatever their values, names and thresholds are."""
    long = SeriesView("epp-running-requests", ((0.0, 4.0), (100.0, 4123.0)))
    marks = ((50.0, "scale-up", "1→2"),)
    for width in (40, 60, 100):
        charts = (
            view(FLAT, marks=marks),
            view(long, marks=marks, unit="requests", thresholds=(("up above", 1.1),)),
            view(SeriesView("a", ((0.0, 2.0), (100.0, 52_000.0))), marks=marks, unit="ms"),
        )
        drawn = [texts(render(chart, width, 10, UNICODE)) for chart in charts]
        assert len({rows[1].index(UNICODE.up) for rows in drawn}) == 1
        assert len({max(map(rows[2].find, "│┤")) for rows in drawn}) == 1


def test_a_name_keeps_clear_of_the_right_edge() -> None:
    steps = SeriesView("desired", ((0.0, 4.0), (100.0, 4.0)), "step")
    for width in (36, 40, 60, 100):
        rows = texts(render(view(steps, unit="replicas"), width, 9, UNICODE))
        assert all(row[-1] == " " for row in rows if "desired 4" in row)


def test_what_was_not_measured_is_drawn_as_dots_under_its_own_name() -> None:
    served = SeriesView("fallback", ((60.0, 1.0), (100.0, 1.0)), "stand-in")
    before = SeriesView("queue", ((0.0, 0.2), (50.0, 0.2), (51.0, None)), "step")
    rows = texts(render(view(before, served), 60, 9, UNICODE))
    [row] = [row for row in rows if row.rstrip().endswith(" fallback")]
    dots = [bin(ord(char) - 0x2800).count("1") for char in row if "\u2800" < char <= "\u28ff"]
    assert len(dots) > 10
    assert sum(dots) < 1.5 * len(dots), "a line would have two in each cell"
    assert not any("queue" in row for row in rows), "it has no present value"


def test_very_many_decisions_are_signs_only() -> None:
    marks = tuple((float(at), "scale-up", "") for at in range(100))
    rows = texts(render(view(FLAT, marks=marks), 60, 9, UNICODE))
    assert not any(UNICODE.mark_line in row for row in rows)


def test_an_empty_chart_says_why_and_draws_no_zero() -> None:
    rows = texts(render(view(note="no samples yet: no pod has answered"), 60, 9, UNICODE))
    assert "no samples yet: no pod has answered" in " ".join(" ".join(rows).split()).replace(
        "│ ", ""
    )
    assert not any("\u2800" < char <= "\u28ff" for row in rows for char in row)
    nothing = SeriesView("a", ((0.0, None), (50.0, math.nan)))
    rows = texts(render(view(nothing), 40, 7, UNICODE))
    assert any("no samples yet" in row for row in rows)


def test_lines_end_in_the_number_of_their_pod_and_the_highest_is_on_top() -> None:
    low = SeriesView("pod-b", ((0.0, 0.1), (100.0, 0.1)))
    rows = texts(render(view(low, FLAT), 40, 9, UNICODE, FrameStyle({"pod-a": 1, "pod-b": 2})))
    ends = [row.split()[-2:] for row in rows[1:-1] if row.rstrip().endswith("%")]
    ends = [end for end in ends if end[0].isdigit()]
    assert ends == [["1", "50%"], ["2", "10%"]]


def test_thresholds_in_one_row_are_both_named() -> None:
    high = SeriesView("a", ((0.0, 4.0), (100.0, 4.0)))
    near: Any = (("up above", 1.1), ("down below", 0.9))
    for width in (40, 70):
        rows = texts(render(view(high, thresholds=near), width, 9, UNICODE))
        ends = [row.split("╌")[-1].split("┤")[-1].split("│")[-1].strip() for row in rows[1:]]
        assert [end for end in ends if "0%" in end][-2:] == ["up >110%", "down <90%"]


def test_a_name_gives_way_to_its_value_and_leaves_out_what_all_begin_with() -> None:
    names = ("epp-running-requests", "epp-queue-size")
    lines = [SeriesView(name, ((0.0, 0.5), (100.0, 0.5))) for name in names]
    rows = texts(render(view(*lines), 38, 9, UNICODE))
    ends = [row.partition("…")[0].split()[-1] for row in rows if "…" in row]
    assert [end.rpartition("⣀")[2] for end in ends] == ["runn", "queu"]
    several = [SeriesView(f"{name}/qwen ready", lines[0].points) for name in ("sim", "twin")]
    rows = texts(render(view(*several, SeriesView("sim/qwen", lines[0].points)), 38, 9, UNICODE))
    assert {row.split()[-2] for row in rows if "…" in row} == {"sim/…", "twin…"}
    alone = texts(render(view(lines[0]), 38, 9, UNICODE))
    assert any(row.endswith(" epp-… 50% ") for row in alone)


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
    shown = [word for row in rows for word in ("max", "mean", "min") if f" {word} " in row[-16:]]
    assert shown == ["max", "mean", "min"]
    assert "mean of 20 pods" in rows[0]


def test_the_names_of_a_band_stand_in_their_order_when_all_are_equal() -> None:
    times = [float(i) for i in range(0, 101, 5)]
    flat = tuple(0.0 for _ in times)
    band = SeriesView("mean of 9 pods", tuple((t, 0.0) for t in times), "band", flat, flat)
    rows = texts(render(view(band), 50, 9, UNICODE))
    shown = [word for row in rows for word in ("max", "mean", "min") if f" {word} " in row[-16:]]
    assert shown == ["max", "mean", "min"]


def test_the_axis_adapts_when_a_ratio_goes_above_one() -> None:
    high = SeriesView("a", ((0.0, 0.5), (100.0, 1.7)))
    assert any("a 170%" in row for row in texts(render(view(high), 40, 9, UNICODE)))


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
