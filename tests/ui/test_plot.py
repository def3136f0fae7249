"""plotext gets only clipped lines, so that no value in a series can break it."""

import json
import math
import random
import subprocess
import sys

import pytest

from tests.fixtures import ROOT
from tests.sweeps import sampled
from wvatui.ui.chart.plot import (
    EMPTY,
    FIRST_COLOR,
    AxisLimits,
    CanvasCell,
    CanvasPoint,
    Stroke,
    draw,
    parse,
)

UNIT = AxisLimits(0, 1, 0, 1)


def chars(cells: list[list[CanvasCell]]) -> list[str]:
    return ["".join(cell.char for cell in row) for row in cells]


# Another seed, or more series, only draw others of the same kinds.
@pytest.mark.parametrize(("seed", "series"), sampled([(1, 100), (1, 600), (2, 600)], [(1, 100)]))
def test_generated_series_never_hurt_the_process_and_print_nothing(seed: int, series: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.plot_torture", str(seed), str(series)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == ""
    took = json.loads(done.stderr)
    assert took["median_ms"] < 50
    assert took["worst_ms"] < 1000, "one draw on a busy machine"


def test_a_line_from_corner_to_corner_fills_the_canvas() -> None:
    cells = draw([Stroke(((0, 0), (1, 1)))], width=20, height=5, limits=UNIT)
    rows = chars(cells)
    assert rows[0][-1] != " "
    assert rows[-1][0] != " "
    assert rows[0][0] == rows[-1][-1] == " "


def test_a_gap_is_not_bridged() -> None:
    points = ((0.0, 0.5), (0.3, 0.5), (0.35, None), (0.65, math.nan), (0.7, 0.5), (1.0, 0.5))
    row = chars(draw([Stroke(points)], width=20, height=1, limits=UNIT))[0]
    assert row[:6].strip(" ")
    assert row[8:13] == " " * 5
    assert row[15:].strip(" ")


def test_a_single_point_is_seen() -> None:
    cells = draw([Stroke(((0.5, 0.5),))], width=9, height=3, limits=UNIT)
    assert sum(cell != EMPTY for row in cells for cell in row) == 1
    assert cells[1][4] != EMPTY


def test_a_line_that_leaves_the_axis_is_cut_where_it_leaves() -> None:
    cells = draw([Stroke(((0, 0), (0.5, 2), (1, 0)))], width=40, height=8, limits=UNIT)
    rows = chars(cells)
    assert rows[0][14:25].strip(" ") == "", "nothing is drawn along the rim between"
    assert rows[0].strip(" ")
    assert rows[-1][0] != " "


def test_later_strokes_lie_over_earlier_ones_and_keep_their_slot() -> None:
    flat = ((0.0, 0.5), (1.0, 0.5))
    cells = draw([Stroke(flat, 0), Stroke(flat, 5)], width=10, height=3, limits=UNIT)
    assert {cell.slot for row in cells for cell in row if cell != EMPTY} == {5}


def test_nudged_lines_of_one_value_lie_side_by_side() -> None:
    flat = ((0.0, 0.25), (1.0, 0.25))
    one = chars(draw([Stroke(flat, 0)], width=6, height=4, limits=UNIT))
    two = chars(draw([Stroke(flat, 0), Stroke(flat, 1, 1)], width=6, height=4, limits=UNIT))
    assert one != two


def test_without_braille_a_line_is_drawn_with_the_number_of_its_slot() -> None:
    cells = draw([Stroke(((0, 0), (1, 1)), 2)], width=12, height=4, limits=UNIT, braille=False)
    assert {cell.char for row in cells for cell in row} == {" ", "3"}


def test_nothing_to_draw_is_an_empty_canvas() -> None:
    assert draw([], width=3, height=2, limits=UNIT) == [[EMPTY] * 3] * 2
    assert draw([Stroke(())], width=0, height=2, limits=UNIT) == [[], []]
    assert draw([Stroke(((0, 1),))], width=5, height=0, limits=UNIT) == []


def test_a_canvas_shows_nothing_of_the_one_before_it_whatever_its_size() -> None:
    down = [Stroke(((0, 1), (0.4, 0)), 3), Stroke(((0.6, 0), (1, 1)), 1)]
    up = [Stroke(((0, 0), (1, 1)))]
    sizes = ((20, 5), (9, 3))
    alone = [draw(up, width=w, height=h, limits=UNIT) for w, h in sizes]
    for (w, h), expected in zip(sizes, alone, strict=True):
        for other in ((w, h), (31, 7)):
            draw(down, width=other[0], height=other[1], limits=UNIT, braille=False)
            assert draw(up, width=w, height=h, limits=UNIT) == expected


def test_limits_that_span_nothing_draw_nothing() -> None:
    cells = draw([Stroke(((0, 1), (1, 1)))], width=5, height=2, limits=AxisLimits(0, 1, 1, 1))
    assert cells == [[EMPTY] * 5] * 2


def test_ansi_becomes_cells_with_slots() -> None:
    text = f"\x1b[0ma\x1b[0m\x1b[38;5;{FIRST_COLOR + 3}m⠁b\x1b[0m\n\x1b[0m  \x1b[0m"
    assert parse(text) == [
        [CanvasCell("a", -1), CanvasCell("⠁", 3), CanvasCell("b", 3)],
        [EMPTY, EMPTY],
    ]


def test_points_are_dots_and_no_line_is_drawn_between_them() -> None:
    stroke = Stroke(((0.0, 0.0), (5.0, 10.0), (10.0, 0.0)), dots=True)
    cells = draw([stroke], width=20, height=6, limits=AxisLimits(0, 10, 0, 10))
    drawn = [cell for row in cells for cell in row if cell.char != " "]
    assert len(drawn) == 3
    dots = sum((ord(cell.char) - 0x2800).bit_count() for cell in drawn)
    assert dots == 3


def test_a_vertical_piece_of_which_one_end_is_no_number_is_a_dot() -> None:
    for end in (None, math.nan, math.inf):
        ground = Stroke([(0.5, end), (0.5, 0.5), (0.5, None)], upright=True)
        cells = draw([ground], width=10, height=4, limits=UNIT)
        assert [cell.char for row in cells for cell in row if cell.char != " "] == ["⡀"], end


def test_vertical_pieces_below_all_others_are_the_dots_that_plotext_would_draw() -> None:
    """Except for ends that are exactly between two dots."""
    dice, pairs = random.Random(5), []
    for _ in range(20):
        width, height = dice.randint(3, 60), dice.randint(2, 12)
        limits = AxisLimits(0.0, float(width), 0.0, 1.0)
        over = Stroke([(n + 0.2, dice.random()) for n in range(width)], 1)
        ground: list[CanvasPoint] = []
        for column in range(width):
            at = column + dice.choice((0.3, 0.8))
            ground += [(at, dice.random()), (at, dice.random()), (at, None)]
        for braille in (True, False):
            drawn = [
                draw(
                    [Stroke(ground, 0, upright=upright), over],
                    width=width,
                    height=height,
                    limits=limits,
                    braille=braille,
                )
                for upright in (False, True)
            ]
            pairs += [pair for rows in zip(*drawn, strict=True) for pair in zip(*rows, strict=True)]
    assert sum(one != other for one, other in pairs) < len(pairs) / 500
