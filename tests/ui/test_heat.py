"""The heat strip: symbols that read without colour, the table's order, left-out pods are
counted."""

from dataclasses import replace
from typing import Any

import pytest

from tests.ui.fake import START, World, WorldViews, empty, live
from tests.ui.test_pods import many, sorted_by
from tests.ui.view_models import texts, view_model
from wvatui.core.rows.views import HeatRow, HeatView
from wvatui.ui.draw.line import Line, width_of
from wvatui.ui.draw.symbols import ASCII, UNICODE
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.model.view_state import ViewState
from wvatui.ui.panels.overview import charts
from wvatui.ui.panels.pods import heat, pods
from wvatui.ui.panels.pods.heat import sign_of
from wvatui.ui.panels.pods.heat_bands import merged

SIZES = [(60, 5), (80, 9), (120, 14), (200, 40)]


class Strip(WorldViews):
    """Answers with a strip made by the test: values by pod, for the last slots of the window."""

    def __init__(self, *rows: HeatRow, unit: str = "ratio", limit: float | None = 0.8) -> None:
        self.rows, self.unit, self.limit = rows, unit, limit
        self.gaps: tuple[tuple[float, float], ...] = ()
        self.before: tuple[float, ...] = ()
        """Thresholds of the slots before the last one."""

    def heat(
        self,
        state: World,
        metric: str,
        since: float,
        until: float,
        columns: int,
        variant: str | None = None,
    ) -> HeatView:
        rows = []
        for row in self.rows:
            values = (None,) * (columns - len(row.values)) + row.values[-columns:]
            limits = () if self.limit is None else (*self.before, self.limit)
            limits = limits[:1] * (columns - len(limits)) + limits
            rows.append(replace(row, values=values, limits=limits))
        return HeatView(
            metric,
            "KV cache by pod",
            self.unit,
            since,
            until,
            columns,
            tuple(rows),
            self.limit,
            "configured",
            self.gaps,
            "" if rows else "no model pods found yet",
        )


def row(pod: str, *values: float | None, **changes: Any) -> HeatRow:
    return HeatRow(pod, "qwen3-a", tuple(values), **changes)


def strip(views: WorldViews, world: World | None = None, **changes: Any) -> ViewModel:
    return replace(view_model(world, **changes), answer=views)


def of(world: World, *values: float | None) -> list[HeatRow]:
    return [row(replica.pod, *values) for replica in world.replicas]


def line_of(lines: list[Line], word: str) -> str:
    return next(text for text in texts(lines) if word in text)


# --- signs


def test_height_tells_the_value_and_a_saturated_slot_has_its_own_sign() -> None:
    signs = [sign_of(n / 8, None, 1.0, True)[0] for n in range(8)]
    assert "".join(signs) == "▁▂▃▄▅▆▇█"
    assert sign_of(0.8, 0.8, 1.0, True) == ("■", "bad")
    below = {sign_of(n / 100, 0.8, 1.0, True)[0] for n in range(80)}
    assert "■" not in below


def test_ascii_uses_digits_and_a_hash() -> None:
    assert [sign_of(n / 10, None, 1.0, False)[0] for n in range(10)] == list("0123456789")
    assert sign_of(1.0, None, 1.0, False)[0] == "9"
    assert sign_of(0.95, 0.8, 1.0, False)[0] == "#"


def test_digits_of_waiting_requests_are_the_requests() -> None:
    world = many(1)
    views = Strip(*of(world, 0.0, 1.0, 2.0, 4.0, 5.0, 40.0), unit="requests", limit=5.0)
    lines = heat.lines(strip(views, world, ascii_only=True), 80, 8)
    assert "0124##" in line_of(lines, "00001")
    assert "saturated from 5" in texts(lines)[0]


def test_a_slot_is_judged_by_the_threshold_of_its_time_and_the_title_tells_the_steps() -> None:
    world = many(1)
    views = Strip(*of(world, 0.7, 0.7, 0.7))
    views.before = (0.6, 0.8)
    lines = heat.lines(strip(views, world), 80, 8)
    assert "■▆▆" in line_of(lines, "00001")
    assert "■ saturated from 60%→80%" in texts(lines)[0]
    since, until = charts.window(view_model(world), 80 - 22 - heat.RIGHT)
    past = ViewState(cursor=until - 2.5 * (until - since) / 51)
    assert ("   70%", "bold bad") in heat.lines(strip(views, world, view_state=past), 80, 8)[1]


def test_near_the_threshold_a_value_is_a_warning() -> None:
    assert [sign_of(v, 0.8, 1.0, True)[1] for v in (0.1, 0.7, 0.8)] == ["ok", "warn", "bad"]


def test_nothing_measured_is_blank_zero_is_a_sign_and_a_gap_is_hatched() -> None:
    world = many(1)
    views = Strip(*of(world, 0.5, None, 0.0))
    text = line_of(heat.lines(strip(views, world), 80, 8), "00001")
    assert "▅ ▁" in text
    assert "░" not in text
    since, until = charts.window(view_model(world), 80 - 22 - heat.RIGHT)
    views.gaps = ((until - 3 * (until - since) / 51, until),)
    text = line_of(heat.lines(strip(views, world), 80, 8), "00001")
    assert "▅░▁" in text


def test_when_a_pod_was_made_and_when_it_went_is_marked() -> None:
    world = live()
    went = row(world.replicas[0].pod, 0.5, born=START + 100, gone=START + 500)
    lines = heat.lines(strip(Strip(went), world), 80, 8)
    text = line_of(lines, "abcde")
    assert text.index("○") < text.index("×")
    assert "○ made   × gone" in texts(lines)[-1]


def test_the_signs_are_explained_and_the_threshold_is_named() -> None:
    lines = texts(heat.lines(strip(Strip(*of(live(), 0.5)), live()), 120, 12))
    assert "■ saturated from 80%" in lines[0]
    assert "highest of each" in lines[0]
    assert "0% ▁▂▃▄▅▆▇ 80% ■ saturated" in lines[-1]
    assert "blank: not measured" in lines[-1]


def test_the_present_value_stands_at_the_end_or_that_at_the_cursor() -> None:
    world = many(1)
    now = world.header.now
    views = Strip(*of(world, *([0.31] * 40 + [0.66] * 20)))
    assert "%" in line_of(heat.lines(strip(views, world), 80, 8), "00001")
    view_state = ViewState(cursor=now - 700)
    lines = heat.lines(strip(views, world, view_state=view_state), 80, 8)
    assert line_of(lines, "00001").rstrip().endswith("31%")
    assert "08:00:54" in texts(lines)[2]


def test_the_time_axis_is_under_the_slots_in_the_chosen_clock() -> None:
    views = Strip(*of(live(), 0.5))
    assert "08:05" in texts(heat.lines(strip(views, live()), 80, 9))[5]
    told = texts(heat.lines(strip(views, live(), view_state=ViewState(clock="t+")), 80, 9))[5]
    assert "+05:00" in told


# --- the choice of lines


def test_pods_come_in_the_order_of_the_table() -> None:
    world = many(8)
    for view_state in (ViewState(), sorted_by("kv", True), sorted_by("pod")):
        looked = strip(Strip(*of(world, 0.5)), world, view_state=view_state)
        shown = [text.split()[2] for text in texts(heat.lines(looked, 120, 11))[1:9]]
        table = [key.rpartition("-")[2] for key in pods.rows(looked)]
        assert [name.rpartition("-")[2] for name in shown] == table


def test_with_somewhat_too_many_the_worst_are_shown_and_the_others_counted() -> None:
    world = many(10)
    rows = [replace(r, values=(0.95 if n == 7 else n / 100,)) for n, r in enumerate(of(world))]
    lines = texts(heat.lines(strip(Strip(*rows), world), 80, 9))
    assert len(lines) == 9
    assert any("00003" in line and "■" in line for line in lines)  # the eighth
    assert "5 others, highest" in lines[6]
    chosen = pods.rows(strip(Strip(*rows), world))[0]
    looked = strip(Strip(*rows), world, view_state=ViewState(selected={"pods": chosen}))
    assert any(line.startswith("▸") for line in texts(heat.lines(looked, 80, 9)))


def test_two_hundred_pods_share_lines_that_tell_their_range_and_none_is_missing() -> None:
    world = many()
    for n, each in enumerate(of(world)):
        rows = [replace(r, values=(0.99,) if r.pod == each.pod else (0.1,)) for r in of(world)]
        if n % 37:
            continue
        lines = texts(heat.lines(strip(Strip(*rows), world), 80, 9))
        assert sum("■" in line for line in lines[1:-2]) == 1, each.pod
        assert "1 to 34 of 200" in lines[1]
        assert "171 to 200 of 200" in lines[6]


def test_the_group_of_the_selected_pod_is_pointed_at() -> None:
    world = many()
    chosen = pods.rows(view_model(world))[40]
    looked = strip(Strip(*of(world, 0.5)), world, view_state=ViewState(selected={"pods": chosen}))
    (line,) = [text for text in texts(heat.lines(looked, 80, 9)) if text.startswith("▸")]
    assert "35 to 68 of 200" in line


def test_pods_that_went_long_ago_have_lines_while_there_is_room_and_are_counted_then() -> None:
    world = many(3)
    past = [row(f"qwen3-a-old-{n}", 0.3, gone=START + 10 * n) for n in range(6)]
    looked = strip(Strip(*of(world, 0.5), *past), world)
    assert sum("old-" in text for text in texts(heat.lines(looked, 80, 14))) == 6
    tight = texts(heat.lines(looked, 80, 9))
    assert any("4 gone, highest" in text for text in tight)
    many_live = strip(Strip(*of(many(9), 0.5), *past), many(9))
    assert any("6 gone, not shown" in text for text in texts(heat.lines(many_live, 80, 9)))
    fleet = strip(Strip(*of(many(), 0.5), *past), many())
    assert any("6 gone, not shown" in text for text in texts(heat.lines(fleet, 80, 9)))


def test_the_highest_of_several_is_judged_by_the_lowest_of_their_limits() -> None:
    both = merged(
        [
            replace(row("a", 0.1, None, 0.7), limits=(0.8, 0.8, 0.5)),
            replace(row("b", 0.2, None, None), limits=(0.6, 0.6, 0.6)),
        ]
    )
    assert (both.values, both.limits) == ((0.2, None, 0.7), (0.6, 0.6, 0.5))


# --- beside the table


def test_beside_the_table_each_line_belongs_to_the_pod_on_its_left() -> None:
    world = many(60)
    rows = [replace(r, values=(n / 60,) * 300) for n, r in enumerate(of(world))]
    for view_state in (ViewState(), sorted_by("kv", True, pods.rows(view_model(world))[40])):
        looked = strip(Strip(*rows, limit=None), world, view_state=view_state)
        keys = pods.keys(looked, 110, 30)
        lines = texts(heat.beside(looked, 90, 30))
        assert len(lines) == len(keys)
        number = {f"pod:{r.pod}": n for n, r in enumerate(rows)}
        for key, line in zip(keys[2:-1], lines[2:-1], strict=True):
            assert set(line.strip()) == {sign_of(number[key] / 60, None, 1.0, True)[0]}
        assert "not measured" in lines[-1]


def test_beside_the_table_those_that_went_share_a_line() -> None:
    world = many(3)
    past = row("qwen3-a-old", *([0.3] * 20 + [None] * 40), gone=START + 500)
    looked = strip(Strip(*of(world, 0.5), past), world)
    assert heat.beside_height_for(looked) == pods.height_for(looked) + 2
    lines = texts(heat.beside(looked, 90, heat.beside_height_for(looked)))
    assert "1 gone, highest" in lines[5]


# --- arbitrary input


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_it_stays_in_its_place(size: tuple[int, int], ascii_only: bool) -> None:
    for world in (many(), many(30, 2), live(), empty()):
        for views in (Strip(*of(world, 0.1, 0.9)), WorldViews()):
            looked = strip(views, world, ascii_only=ascii_only)
            for draw in (heat.lines, heat.beside):
                lines = draw(looked, *size)
                assert len(lines) <= size[1]
                assert all(width_of(line) <= size[0] for line in lines)


def test_a_strip_without_a_value_says_why() -> None:
    for draw in (heat.lines, heat.beside):
        lines = texts(draw(strip(Strip(), empty()), 80, 9))
        assert any("no model pods found yet" in line for line in lines)


def test_colours_only_repeat_what_the_signs_say() -> None:
    """Two slots with the same symbol have the same meaning."""
    by_sign: dict[str, set[bool]] = {}
    for n in range(1001):
        for symbols in (UNICODE, ASCII):
            sign, style = sign_of(n / 1000, 0.8, 1.0, symbols.unicode)
            by_sign.setdefault(sign, set()).add(style == "bad")
    assert all(len(kinds) == 1 for kinds in by_sign.values())
