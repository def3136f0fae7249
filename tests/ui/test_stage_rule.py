"""Load stages as a labelled line: above charts, and on the time bar."""

from dataclasses import replace

import pytest

from tests.ui.fake import START, live
from tests.ui.view_models import texts, view_model
from wvatui.core.rows.load_views import StageBand
from wvatui.core.rows.views import ChartView, SeriesView
from wvatui.ui.chart import axes
from wvatui.ui.chart.frame import lane, render, span_of
from wvatui.ui.draw.symbols import ASCII, UNICODE
from wvatui.ui.panels.overview import scrubber

FLAT = SeriesView("pod-a", ((0.0, 0.5), (100.0, 0.5)))


def band(since: float, until: float, rate: float | None = 1.0, **more: object) -> StageBand:
    title = str(more.pop("title", "stair"))
    name = str(more.pop("name", ""))
    label = f"{title} {name}".strip()
    found = StageBand(since, until, label, "wvatui", rate, title=title)
    return replace(found, **more)  # type: ignore[arg-type]


def rule(*bands: StageBand, columns: int = 60, ascii_only: bool = False) -> str:
    symbols = ASCII if ascii_only else UNICODE
    return "".join(char for char, _ in axes.stage_rule(bands, 0.0, 100.0, columns, symbols))


def chart(*bands: StageBand) -> ChartView:
    return ChartView("KV cache by pod", "ratio", 0.0, 100.0, (FLAT,), stages=bands)


def test_stages_that_follow_each_other_are_drawn_end_to_end_with_their_rates() -> None:
    stages = (band(0, 50, 0.5), band(50, 100, 1.0))
    assert rule(*stages, columns=34) == "├─ stair 0.5/s ─┤├─ stair 1/s ───┤"
    assert rule(*stages, columns=20) == "├─ 0.5/s ┤├─ 1/s ──┤"


def test_waves_that_overlap_are_shown_as_the_sum_that_is_offered_from_change_to_change() -> None:
    waves = [band(25.0 * n, 100, 0.5) for n in range(4)]
    drawn = rule(*waves, columns=80)
    assert [part.strip("─ ┤").removeprefix("stair ") for part in drawn.split("├")[1:]] == [
        "0.5/s",
        "1/s",
        "1.5/s",
        "2/s",
    ]


def test_two_jobs_at_once_are_both_named_where_there_is_room() -> None:
    both = (band(0, 100, 20.0, title="high-20"), band(0, 100, 30.0, title="high-30"))
    assert "high-20 + high-30 50/s" in rule(*both)
    assert "2 jobs 50/s" in rule(*both, columns=20)
    assert "50/s" in rule(*both, columns=10)


def test_load_that_was_found_says_what_runs_it() -> None:
    assert "(llm-d-benchmark)" in rule(band(0, 100, None, source="llm-d-benchmark"))


def test_a_stage_whose_end_nobody_knows_has_no_end() -> None:
    drawn = rule(band(0, 100, None, open=True))
    assert drawn.startswith("├")
    assert drawn.endswith(UNICODE.arrow)


def test_nothing_is_drawn_where_no_load_is() -> None:
    assert rule(band(50, 100), columns=40)[:20] == " " * 20
    assert rule(columns=10) == " " * 10


@pytest.mark.parametrize("columns", range(1, 40))
def test_the_rule_has_exactly_its_columns_however_many_stages_there_are(columns: int) -> None:
    many = [band(5.0 * n, 5.0 * n + 5, float(n), name=f"stage {n}") for n in range(20)]
    for ascii_only in (False, True):
        drawn = rule(*many, columns=columns, ascii_only=ascii_only)
        assert len(drawn) == columns
        assert drawn.isascii() or not ascii_only


def test_stages_stand_above_the_charts_and_take_no_room_of_their_data() -> None:
    staged = chart(band(0, 50, 0.5), band(50, 100))
    assert texts(render(staged, 60, 9, UNICODE)) == texts(render(chart(), 60, 9, UNICODE))
    stages, _ = texts(lane(staged, 60, 2, UNICODE))
    assert "0.5/s" in stages
    assert len(lane(staged, 60, 1, UNICODE)) == 1, "where there is little room they give way"


def test_the_stages_stand_in_the_columns_of_the_charts() -> None:
    left, columns = span_of(60)
    row, _ = texts(lane(chart(band(0, 100)), 60, 2, UNICODE))
    assert row[:left].strip() == "load"
    assert row[left] == "├"
    assert row[left + columns - 1] == "┤"


@pytest.mark.parametrize("ascii_only", [False, True])
def test_the_bar_shows_load_by_its_form_and_says_the_rate(ascii_only: bool) -> None:
    world = live()
    world.stages = (band(START + 100, START + 700, 1.5),)
    world.events = ()
    drawn = texts(scrubber.lines(view_model(world, ascii_only=ascii_only), 80, 1))[0]
    assert "1.5/s" in drawn
    assert ("==" in drawn) if ascii_only else ("╞═" in drawn)
    assert len(drawn) <= 80


def test_what_happened_lies_over_the_load_on_the_bar() -> None:
    world = live()
    before = texts(scrubber.lines(view_model(world), 80, 1))[0]
    world.stages = (band(START, START + 754, 1.5),)
    after = texts(scrubber.lines(view_model(world), 80, 1))[0]
    for sign in (UNICODE.up, UNICODE.mark):
        assert before.count(sign) == after.count(sign)
