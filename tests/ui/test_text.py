"""Text for the terminal: made safe, fitted to a width, and formatted."""

import re
import unicodedata
from io import StringIO
from itertools import pairwise
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from wvatui.ui.chart.axes import step_for, time_axis, value_label, y_axis
from wvatui.ui.chart.tags import row_of
from wvatui.ui.draw import format
from wvatui.ui.draw.line import clip, flow, spread, text_of, width_of
from wvatui.ui.draw.picture import CELL, in_cells
from wvatui.ui.draw.sanitize import (
    condense,
    fewer_parts,
    fit,
    fit_middle,
    fit_right,
    in_room,
    sanitize,
    told_in,
)
from wvatui.ui.draw.symbols import ASCII, UNICODE, Symbols, bar, plain

ANY_TEXT = st.text(st.characters(), max_size=80)


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (90, "HPA: epp-running-requests wants 2 (epp-queue wants 0); scale-down is disabled"),
        (66, "HPA: epp-running-requests wants 2; scale-down is disabled"),
        (50, "HPA: epp-ru…quests wants 2; scale-down is disabled"),
    ],
)
def test_a_sentence_without_room_spares_asides_and_names_before_its_end(
    width: int, shown: str
) -> None:
    whole = "HPA: epp-running-requests wants 2 (epp-queue wants 0); scale-down is disabled"
    assert condense(whole, width) == shown


@given(ANY_TEXT)
def test_safe_text_has_only_characters_that_take_a_cell(text: str) -> None:
    out = sanitize(text)
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs") for c in out)
    assert all(cell_len(c) > 0 for c in out)


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert sanitize(sanitize(text)) == sanitize(text)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2Jgone\x1b[31m", "gone"),
        ("\x1b]0;title\x07text", "text"),
        ("\x9b31mred", "31mred"),
        ("a\x00b\x08c", "abc"),
        ("[/nope][bold]x", "[/nope][bold]x"),
        ("\u202eabc\u2066", "abc"),
        ("a\tb\nc", "a b c"),
        ("e\u0301\u200d", "e"),
        ("\ud800x", "x"),
    ],
)
def test_hostile_text_is_harmless_and_markup_stays_text(hostile: str, shown: str) -> None:
    assert sanitize(hostile) == shown


def test_a_megabyte_is_cut_before_it_is_looked_at() -> None:
    out = sanitize("x" * 1_000_000, 100)
    assert len(out) == 100
    assert out.endswith("…")


@given(ANY_TEXT, st.integers(0, 30))
def test_fitted_text_takes_exactly_its_cells(text: str, width: int) -> None:
    clean = sanitize(text)
    for out in (fit(clean, width), fit_right(clean, width), fit_middle(clean, width)):
        assert cell_len(out) == width
    assert cell_len(in_room((clean,), width)) <= width


@given(st.lists(st.text("ab =.…", max_size=40), max_size=6), st.integers(4, 30))
def test_names_in_a_column_are_told_apart(names: list[str], width: int) -> None:
    safe = [" ".join(sanitize(name).split()) for name in names]
    told = told_in(width, safe)
    assert all(cell_len(drawn) <= width for drawn in told.values())
    assert all(told[name] == name for name in safe if cell_len(name) <= width and name)


def test_names_that_begin_alike_are_drawn_without_their_beginning() -> None:
    names = ("window=60s threshold=5", "window=60s threshold=6", "window=120s threshold=5", "own")
    assert told_in(16, names) == {
        "window=60s threshold=5": "…threshold=5",
        "window=60s threshold=6": "…threshold=6",
        "window=120s threshold=5": "window=120s thr…",
        "own": "own",
    }


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("size 10→12", 9, "size 10→…"),
        ("from T+12:30", 11, "from…"),
        ("costs $3.20", 10, "costs $…"),
        ("kv=0.83", 6, "kv=…"),
        ("pod 10.0.0.17", 9, "pod 10.0…"),
    ],
)
def test_no_part_of_a_number_is_left_where_a_text_is_cut(text: str, width: int, shown: str) -> None:
    assert fit(text, width).rstrip() == shown


def test_a_screenshot_has_each_character_in_its_own_cells() -> None:
    console = Console(record=True, width=20, file=StringIO())
    console.print("日本 ab→c")
    svg = in_cells(console.export_svg())
    placed = re.findall(r'-r1" x="([^"]*)" y="[^"]*">([^<\n]+)<', svg)
    cells = [(round(float(x) / CELL), text.strip()) for x, text in placed]
    assert cells == [(0, "日"), (2, "本"), (4, "ab"), (7, "→"), (8, "c")]


def test_a_long_name_keeps_both_its_ends() -> None:
    assert fit_middle("qwen3-32b-h100-7d9f5c6b8-abcde", 12) == "qwen3-…abcde"


@given(st.lists(st.tuples(ANY_TEXT.map(sanitize), st.just("")), max_size=5), st.integers(0, 40))
def test_a_clipped_line_is_never_wider_than_asked(spans: list[tuple[str, str]], width: int) -> None:
    assert width_of(clip(tuple(spans), width)) <= max(width, 0)


def test_two_ends_share_a_line_and_the_left_gives_way() -> None:
    line = spread((("a long left side", ""),), (("right", ""),), 14)
    assert text_of(line) == "a long … right"
    assert width_of(spread((("l", ""),), (("r", ""),), 20)) == 20


def test_parts_flow_into_lines() -> None:
    parts = [(("aaaa", ""),), (("bbbb", ""),), (("cccc", ""),)]
    assert [text_of(line) for line in flow(parts, 10, (" ", ""))] == ["aaaa bbbb", "cccc"]


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (None, "–"),
        (0.0, "0.0ms"),
        (8.24, "8.2ms"),
        (45.0, "45ms"),
        (999.7, "1.0s"),
        (1240.0, "1.2s"),
        (34_900.0, "35s"),
        (120_000.0, "2m"),
    ],
)
def test_latencies_are_short_and_have_a_unit(ms: float | None, text: str) -> None:
    assert format.latency(ms) == text
    assert len(text) <= 5


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.4, "0s"),
        (-3.0, "0s"),
        (59.9, "59s"),
        (125.0, "2m05"),
        (840.0, "14m"),
        (10_920.0, "3h02"),
        (90_000.0, "25h"),
        (400_000.0, "4d"),
    ],
)
def test_ages_are_short(seconds: float | None, text: str) -> None:
    assert format.age(seconds) == text


def test_a_missing_ratio_is_a_dash_and_rounding_never_claims_full_or_empty() -> None:
    assert format.percent(None) == format.MISSING
    assert format.percent(0.9996) == "99%"
    assert format.percent(0.001) == "<1%"
    assert format.percent(0.0) == "0%"
    assert format.percent(1.25) == "125%"


def test_an_absurd_time_is_dashes() -> None:
    assert format.clock(1e30) == "--:--:--"
    assert format.clock(None) == "--:--:--"


@pytest.mark.parametrize("symbols", [UNICODE, ASCII])
@pytest.mark.parametrize("ratio", [None, 0.0, 0.001, 0.33, 0.99, 1.0, 7.0, -1.0])
def test_a_bar_has_its_width(symbols: Symbols, ratio: float | None) -> None:
    assert len(bar(ratio, 8, symbols)) == 8


def test_a_bar_reads_without_colour_and_nothing_measured_is_blank() -> None:
    assert bar(0.5, 4, UNICODE) == "██··"
    assert bar(None, 4, UNICODE) == "    "


def test_every_sign_is_one_cell_and_the_plain_set_is_ascii() -> None:
    for symbols in (UNICODE, ASCII):
        signs = [*symbols.level.values(), *symbols.replica.values()]
        signs += [symbols.arrow, symbols.up, symbols.down, symbols.live, symbols.gap, symbols.mark]
        assert all(cell_len(sign) == 1 for sign in signs)
    assert all(sign.isascii() for sign in (*ASCII.level.values(), *ASCII.replica.values()))
    assert plain("3→4 … “x”") == "3>4 ~ ?x?"


def test_states_differ_in_their_sign_not_only_in_colour() -> None:
    for symbols in (UNICODE, ASCII):
        told_apart = [symbols.replica[s] for s in ("ok", "warm", "saturated", "starting", "gone")]
        assert len(set(told_apart)) == len(told_apart)


@given(st.floats(0.001, 1e9), st.integers(2, 30))
def test_value_axes_end_above_the_data_in_round_steps(peak: float, rows: int) -> None:
    for unit in ("ratio", "requests", "replicas", "ms"):
        top, ticks = y_axis(unit, peak, rows)
        assert top >= peak * (1 - 1e-9)
        assert ticks[0] == 0
        assert len(ticks) <= 6
        places = [row_of(tick, top, rows) for tick in ticks]
        assert len({a - b for a, b in pairwise(places)}) <= 1, "ticks are equally far apart"
        if unit in ("requests", "replicas"):
            assert all(tick == int(tick) for tick in ticks)


@pytest.mark.parametrize("unit", ["ratio", "requests", "ms"])
def test_no_value_is_too_large_for_an_axis(unit: str) -> None:
    for rows in (1, 3, 9):
        top, ticks = y_axis(unit, 1.7e308, rows)
        assert all(map(isfinite, (top, *ticks)))


def test_a_ratio_axis_reaches_a_hundred_percent_and_adapts_above() -> None:
    assert y_axis("ratio", 0.3, 9)[1][-1] == 1.0
    assert y_axis("ratio", 1.4, 9)[0] > 1.4
    assert value_label("ratio", 0.25) == "25%"
    assert value_label("requests", 15_000) == "15k"


def test_time_ticks_are_round_and_have_room() -> None:
    since = 1_788_249_600.0 + 13
    ticks = time_axis(since, since + 900, 60)
    assert 2 <= len(ticks) <= 6
    assert all(at % 60 == 0 and len(label) == 5 for at, label in ticks)
    assert time_axis(since, since, 60) == ()
    assert time_axis(since, float("inf"), 60) == ()


def test_steps_are_of_the_round_kind() -> None:
    assert step_for(7, 5) == 2
    assert step_for(0.9, 4) == 0.25


def test_a_value_stands_where_the_ticks_beside_it_say() -> None:
    for rows in range(4, 20):
        top, ticks = y_axis("ratio", 1.0, rows)
        apart = row_of(ticks[0], top, rows) - row_of(ticks[1], top, rows)
        for value in (n / 100 * ticks[-1] for n in range(101)):
            exact = row_of(0.0, top, rows) - value / ticks[1] * apart
            assert abs(row_of(value, top, rows) - exact) <= 0.63, (rows, value)


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("in flight 53", 12, "in flight 53"),
        ("in flight 53", 11, "in flight… "),
        ("lacks 26.2k tokens", 10, "lacks…    "),
        ("demand=42580 at", 12, "demand=…    "),
        ("took 38 s in all", 8, "took…   "),
        ("llama-8b-h100-b7t8s", 12, "llama-8b-h1…"),
        ("192.168.100.15:8000", 12, "192.168.100…"),
    ],
)
def test_a_number_that_has_no_room_whole_is_left_out(text: str, width: int, shown: str) -> None:
    assert fit(text, width) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("NVIDIA-H100-80GB-HBM3", "H100-80GB"),
        ("A100-SXM4-80GB", "A100-SXM4"),
        ("AMD-Instinct-MI300X-OAM", "MI300X-OAM"),
        ("NVIDIA-GeForce-RTX-4090", "RTX-4090"),
        ("nvidia-tesla-t4", "tesla-t4"),
        ("NVIDIA-H100", "NVIDIA-H100"),
    ],
)
def test_an_accelerator_without_room_keeps_its_model(name: str, shown: str) -> None:
    assert fewer_parts(name, 12) == shown
