"""Charts as lines: axes, end labels, thresholds, marks and gaps around the data."""

import math
from dataclasses import replace
from typing import Any

import pytest

from tests.ui.fake import CHARTS, START
from tests.ui.view_models import texts
from wvatui.core.rows.views import ChartView, LimitLine, SeriesView
from wvatui.ui.chart.frame import FrameStyle, lane, render
from wvatui.ui.draw.line import width_of
from wvatui.ui.draw.symbols import ASCII, UNICODE

FLAT = SeriesView("pod-a", ((0.0, 0.5), (100.0, 0.5)))


def view(*series: SeriesView, **changes: Any) -> ChartView:
    base = ChartView("KV cache by pod", "ratio", 0.0, 100.0, series)
    changes["thresholds"] = tuple(LimitLine(*line) for line in changes.pop("thresholds", ()))
    return replace(base, **changes)


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
    crossing = SeriesView("pod-b", tuple((float(at), at / 100) for at in range(101)))
    chart = view(crossing, thresholds=(("saturated", 0.8),))
    [row] = [row for row in texts(render(chart, 60, 9, UNICODE)) if UNICODE.threshold in row]
    line, name = row.split("│")[-1][:-18], row[-18:]
    assert name == " saturated 80%    "
    through = [sign for sign in line if sign != UNICODE.threshold]
    assert through
    assert all(ord(sign) & 0x12 == 0x12 for sign in through), "it goes on through the data"


def test_a_threshold_that_changed_is_drawn_where_each_value_was_in_force() -> None:
    steps = (("", 0.5, -math.inf, 50.0), ("saturated", 0.8, 50.0, math.inf))
    flat = SeriesView("pod-b", ((0.0, 0.2), (100.0, 0.2)))
    rows = texts(render(view(flat, thresholds=steps), 60, 9, UNICODE))
    high, low = [row for row in rows if UNICODE.threshold in row]
    assert low.rindex(UNICODE.threshold) + 1 == high.index(UNICODE.threshold)
    assert low.count(UNICODE.threshold) + 1 == high.count(UNICODE.threshold) == 18
    assert [name for row in rows for name in row.split() if name == "saturated"] == ["saturated"]


def test_the_name_of_a_threshold_stays_beside_its_line_however_many_lines_there_are() -> None:
    lines = [SeriesView(f"pod-{n}", ((0.0, 0.81), (100.0, 0.81))) for n in range(4)]
    rows = texts(render(view(*lines, thresholds=(("saturated", 0.8),)), 60, 9, UNICODE))
    [named] = [row for row in rows if "saturated 80%" in row]
    assert UNICODE.threshold in named or any(0x12 & ord(c) == 0x12 for c in named if c > "\u2800")
    assert sum("81%" in row for row in rows) == 4


def test_a_threshold_whose_name_has_no_room_is_named_in_the_title() -> None:
    chart = view(FLAT, thresholds=(("saturated, assumed", 0.8),))
    assert texts(render(chart, 40, 9, UNICODE))[0].endswith("╌ saturated 80% ")
    assert texts(render(chart, 44, 9, UNICODE))[0].endswith("╌ saturated 80% assumed ")
    assert texts(render(chart, 60, 9, UNICODE))[0].endswith("╌ assumed limit ")
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
        data = [(b, a) for b, a in zip(before, after, strict=True) if "\u2800" < b <= "\u28ff"]
        assert all(ord(b) & ord(a) == ord(b) for b, a in data)


def test_what_happened_stands_in_the_lane_at_its_time_and_in_no_plot() -> None:
    marks = ((25.0, "scale-up", "1→2"), (50.0, "scale-down", "2→1"), (75.0, "mark", "note"))
    chart = view(FLAT, marks=marks)
    [row] = texts(lane(chart, 60, 1, UNICODE))
    assert row.index(UNICODE.up) < row.index(UNICODE.down) < row.index(UNICODE.mark)
    assert row.rstrip().endswith("◆ note"), "the newest in words"
    [row] = texts(lane(chart, 60, 1, UNICODE, FrameStyle(cursor=60.0)))
    assert row.rstrip().endswith("▼ 2→1"), "the newest before the moment that is read"
    assert texts(render(chart, 60, 9, UNICODE)) == texts(render(view(FLAT), 60, 9, UNICODE))
    for symbols in (UNICODE, ASCII):
        for width in range(12, 90):
            drawn = lane(chart, width, 2, symbols)
            assert len(drawn) == 2
            assert all(width_of(line) <= width for line in drawn)


def test_an_error_never_hides_a_change_of_the_same_column() -> None:
    for marks in (
        ((50.0, "scale-up", "1→2"), (50.1, "error", "no metrics")),
        ((50.0, "error", "no metrics"), (50.1, "scale-up", "1→2")),
    ):
        assert UNICODE.up in texts(lane(view(FLAT, marks=marks), 60, 1, UNICODE))[0][:42]


def test_a_moment_stands_in_one_column_of_all_charts_of_a_width() -> None:
    """This holds for any values, names and thresholds."""
    long = SeriesView("epp-running-requests", ((0.0, 4.0), (100.0, 4123.0)))
    marks = ((50.0, "scale-up", "1→2"),)
    for width in (40, 60, 100):
        charts = (
            view(FLAT, marks=marks),
            view(long, marks=marks, unit="requests", thresholds=(("up above", 1.1),)),
            view(SeriesView("a", ((0.0, 2.0), (100.0, 52_000.0))), marks=marks, unit="ms"),
        )
        style = FrameStyle(cursor=50.0)
        drawn = [texts(render(chart, width, 10, UNICODE, style)) for chart in charts]
        [above] = texts(lane(charts[0], width, 1, UNICODE))
        assert {rows[1].rindex(UNICODE.cursor) for rows in drawn} == {above.index(UNICODE.up)}
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
    ends = [row.split()[-2] for row in rows if row.rstrip().endswith(" 50%")]
    assert [end.rpartition("⣀")[2] for end in ends] == ["runn…", "queue"]
    several = [SeriesView(f"{name}/qwen ready", lines[0].points) for name in ("sim", "twin")]
    rows = texts(render(view(*several, SeriesView("sim/qwen", lines[0].points)), 38, 9, UNICODE))
    assert {row.split()[-2] for row in rows if "…" in row} == {"sim/…", "twin…"}
    alone = texts(render(view(lines[0]), 38, 9, UNICODE))
    assert any(row.endswith(" runn… 50% ") for row in alone)


def test_two_names_are_never_shortened_to_the_same_words() -> None:
    names = ("epp-queue-size", "epp-queue")
    lines = [SeriesView(name, ((0.0, n / 2), (100.0, n / 2))) for n, name in enumerate(names)]
    rows = texts(render(view(*lines), 38, 9, UNICODE))
    ends = [row.split()[-2] for row in rows if row.rstrip().endswith((" 50%", " 0%"))]
    assert len(ends) == len(set(ends)) == 2, ends


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


TIMES = [float(i) for i in range(0, 101, 5)]
BAND = SeriesView(
    "20 pods",
    tuple((t, 0.5) for t in TIMES),
    "band",
    tuple(0.2 for _ in TIMES),
    tuple(0.9 for _ in TIMES),
)


def named(rows: list[str]) -> list[str]:
    return [w for row in rows for w in ("max", "pod 3", "mean", "min") if f" {w} " in row[-16:]]


def test_a_band_is_the_ground_from_minimum_to_maximum_with_the_mean_and_one_pod() -> None:
    rows = texts(render(view(BAND), 50, 12, UNICODE))
    assert named(rows) == ["max", "mean", "min"]
    assert "20 pods" in rows[0]
    hottest = SeriesView("pod-a", tuple((t, 0.7) for t in TIMES))
    style = FrameStyle({"pod-a": 3})
    drawn = render(view(BAND, hottest), 50, 12, UNICODE, style)
    assert named(texts(drawn)) == ["max", "pod 3", "mean", "min"]
    styles = {style for line in drawn for text, style in line if "\u2800" < text[:1] <= "\u28ff"}
    assert styles == {"border", "bold", "s3"}
    fullest = SeriesView("pod-a", tuple((t, 0.9) for t in TIMES))
    rows = texts(render(view(BAND, fullest), 50, 12, UNICODE, style))
    assert named(rows) == ["pod 3", "mean", "min"], "the rim is that pod's value"


def test_two_lines_differ_by_their_thickness_too() -> None:
    low = SeriesView("pod-b", ((0.0, 0.1), (100.0, 0.1)))
    lines = render(view(low, FLAT), 40, 12, UNICODE, FrameStyle({"pod-a": 1, "pod-b": 2}))
    dots = {
        style: {bin(ord(char) - 0x2800).count("1") for char in text[1:-1]}
        for line in lines
        for text, style in line
        if "\u2800" < text[:1] <= "\u28ff"
    }
    assert dots == {"s1": {2}, "s2": {4}}


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
