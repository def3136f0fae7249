"""The views of latency, decisions, log and health: their layout, and the text of their panels."""

from dataclasses import replace

import pytest

from tests.core.decisions.observed import events_of, state_of
from tests.core.decisions.watched import Watched, asked, behavior
from tests.ui.fake import START, empty, live, troubled
from tests.ui.view_models import texts, view_model
from wvatui.core.queries.charts.charts import CHARTS
from wvatui.core.rows.views import LogRow
from wvatui.ui.draw.line import Section, fitted, width_of, wrapped
from wvatui.ui.draw.symbols import ASCII, UNICODE
from wvatui.ui.model.view_model import ViewModel, answered
from wvatui.ui.model.view_state import Sort, ViewState
from wvatui.ui.panels import PANELS, panel
from wvatui.ui.panels.controller import cycle, cycles, loglines
from wvatui.ui.panels.health import gaps, notices, polling, sources
from wvatui.ui.panels.health import understood as understood_panel
from wvatui.ui.views import VIEWS, latency, view

SIZES = ((80, 18), (120, 34), (200, 54), (60, 9))


def picked(panel: str, key: str, **changes: object) -> ViewState:
    return ViewState(selected={panel: key}, **changes)  # type: ignore[arg-type]


# --- places


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", ["latency", "decisions", "logs", "health"])
@pytest.mark.parametrize("world", [empty, live, troubled])
def test_the_parts_of_a_view_fill_its_body_and_never_overlap(
    size: tuple[int, int], name: str, world: object
) -> None:
    width, height = size
    taken: set[tuple[int, int]] = set()
    for place in view(name).places(view_model(world()), width, height):  # type: ignore[operator]
        cells = {
            (x, y)
            for x in range(place.x, place.x + place.width)
            for y in range(place.y, place.y + place.height)
        }
        assert cells
        assert not cells & taken
        taken |= cells
        assert place.chart in CHARTS or place.part in {row.id for row in PANELS}
    assert taken == {(x, y) for x in range(width) for y in range(height)}


def test_where_wva_has_no_cycle_the_decisions_of_hpas_are_listed_and_explained() -> None:
    watched = Watched(asked(behavior=behavior(down_s=60)))
    for value in (1, 1, 3, 3, 3, 0, 0):
        watched.look(value)
    vm = replace(view_model(), state=state_of(events_of(watched.lines, made=True)), answer=answered)
    told = texts(panel("cycles").lines(vm, 110, 20))
    assert "1 change of 2 decisions" in told[0]
    assert ["stays at 3" in line for line in told[2:]] == [True, False]
    assert "1→3" in told[3]
    shown = texts(cycle.lines(vm, 110, 20))
    assert shown[0].startswith("─ HPA · h at")
    assert "stays at 3: queue wants 0 at 0 a replica, target 1; stabilization" in shown[1]
    assert any("after stabilization windows: 3" in line for line in shown)
    older = replace(vm, view_state=picked("cycles", vm.decisions[1].key)).carry(None)
    assert "1→3: queue wants 3 at 3 a replica, target 1" in texts(cycle.lines(older, 110, 20))[1]
    quiet = replace(vm, view_state=ViewState(quiet=True)).carry(None)
    assert "of 4 decisions" in texts(panel("cycles").lines(quiet, 110, 20))[0]


def test_every_chart_of_the_latency_view_is_on_one_of_its_pages() -> None:
    for width, height in SIZES:
        pages = [
            {
                p.part
                for p in view("latency").places(
                    view_model(view_state=ViewState(page=n)), width, height
                )
            }
            for n in range(len(latency.ALL))
        ]
        shown = {
            part.removeprefix("chart:") for page in pages for part in page if "lane" not in part
        }
        assert shown >= {"ttft", "itl", "e2e", "tokens", "requests", "running", "gateway", "pool"}
        assert len(shown) == len(latency.ALL)


def test_the_tables_of_views_are_panels_in_which_rows_can_be_selected() -> None:
    by_id = {row.id: row for row in PANELS}
    for row in VIEWS:
        if row.table:
            assert by_id[row.table].rows is not None
            assert by_id[row.table].keys is not None


# --- cycles


def test_cycles_say_in_a_sign_and_a_word_how_they_ended_and_what_they_decided() -> None:
    lines = texts(cycles.TABLE.lines(view_model(), 120, 10))
    assert "4 cycles, 1 failed, 2 ask for another size" in lines[0]
    assert "▶ runs" in lines[2]
    assert "– nothing" in lines[2]
    assert "✓ ok" in lines[3]
    assert "▲ h100 3→4" in lines[3]
    assert "= 1 stays" in lines[3]
    assert "92% used, lacks 17k" in lines[3]
    assert "18ms" in lines[3]
    assert "✕ failed" in lines[4]
    assert "! no end" in lines[5]
    assert "spare KV 21%, queue 2.5" in lines[5]
    assert "because (+n: analyses)" not in lines[1]


def test_because_is_told_of_several_analyses_and_of_none() -> None:
    world = live()
    decided = world.cycles[1]
    both = replace(decided, analyses=2 * decided.analyses)
    world.cycles = (both, replace(decided, analyses=(), arrivals_per_min=1058.0))
    world.cycles += (replace(decided, analyses=(), arrivals_per_min=12_345.6),)
    _, titles, first, second, third, *_ = texts(cycles.TABLE.lines(view_model(world), 120, 6))
    assert "because (+n: analyses)" in titles
    assert "92% used, lacks 17k +1" in first
    assert "1058/min arrive" in second
    assert "12k/min arrive" in third


def test_a_cycle_that_ended_well_with_errors_in_it_counts_them() -> None:
    world = live()
    world.cycles = (replace(world.cycles[1], errors=2),)
    assert "! 2 errs" in texts(cycles.TABLE.lines(view_model(world), 56, 5))[2]


def test_the_newest_cycle_is_the_selected_one_until_another_is_chosen() -> None:
    world = live()
    rows = cycles.TABLE.rows(view_model(world))
    assert rows[0] == f"cycle:{START + 750!r}"
    assert texts(cycles.TABLE.lines(view_model(world), 80, 8))[2].startswith("▸")
    chosen = view_model(world, view_state=picked("cycles", rows[1]))
    assert texts(cycles.TABLE.lines(chosen, 80, 8))[3].startswith("▸")
    assert "08:11:30" in texts(cycle.lines(chosen, 80, 20))[0]
    by_errors = ViewState(sort={"cycles": Sort("errors", True)})
    assert cycles.TABLE.rows(view_model(world, view_state=by_errors))[0] == rows[2]
    assert cycles.TABLE.keys(view_model(world), 80, 8)[1:4] == ["", rows[0], rows[1]]


def test_without_a_cycle_both_panels_say_so() -> None:
    assert "no cycle seen yet" in texts(cycles.TABLE.lines(view_model(empty()), 80, 5))[1]
    assert "nothing yet" in texts(cycle.lines(view_model(empty()), 80, 5))[1]


def opened(number: int, width: int = 120, height: int = 60, **changes: object) -> list[str]:
    world = live()
    view_state = picked("cycles", f"cycle:{world.cycles[number].at!r}")
    return texts(cycle.lines(view_model(world, view_state=view_state, **changes), width, height))  # type: ignore[arg-type]


def test_a_cycle_tells_each_decision_with_what_limited_it() -> None:
    lines = opened(1)
    assert "Cycle of 08:11:30 · saturation-only" in lines[0]
    assert "✓ ok, took 18ms" in lines[0]
    assert "▲ scale-up   3→4  qwen3-32b-h100  V2 (optimizer: cost-aware)" in lines[1]
    facts = " ".join(lines[2:4])
    wanted = (
        *("on H100", "ready 3, 1 pending", "from..to 1..8", "proposed 5", "cost 40"),
        *("arrive 660/min", "TTFT 1.2s, 410ms expected", "ITL 45ms, 31ms expected"),
    )
    for words in wanted:
        assert words in facts
    assert any("! limited from 5 to 4 by quota" in line for line in lines)
    assert any("= no-change  1→1  qwen3-32b-l40s  V2  on L40S" in line for line in lines)


def test_a_cycle_tells_why_with_its_thresholds_and_their_sources() -> None:
    text = "\n".join(opened(1))
    assert "▲ wants more  saturation  used 92%  demand 182k  supply 197k  lacks 17k" in text
    assert "per replica  66k (P3-k2)" in text
    assert "! held, in transition: pending(1)" in text
    assert "thresholds  up when used above 85%  (stated: in this cycle's lines)" in text
    assert "thresholds  queue saturated at 5  (assumed)" in text


def test_the_controllers_numbers_stand_beside_what_was_polled_and_missing_is_a_dash() -> None:
    lines = opened(1)
    first = next(line for line in lines if "abcde" in line)
    assert first.split() == [
        "abcde",
        "87%",
        "9",
        "0.35",
        "185ms",
        "12ms",
        "|",
        "82%",
        "88%",
        "8",
        "38",
        "2s",
    ]
    second = next(line for line in lines if "fghij" in line)
    assert second.split() == ["fghij", "71%", "5", "–", "–", "–", "|", "–", "–", "–", "–", "–"]
    third = next(line for line in lines if "k2lmn" in line)
    assert third.split()[1:7] == ["–", "–", "–", "–", "–", "|"]
    assert "0%" in third


def test_a_cycle_that_failed_tells_its_errors_first() -> None:
    lines = opened(2)
    assert "✕ failed" in lines[0]
    errors = next(n for n, line in enumerate(lines) if " Errors " in line)
    assert "unable to fetch metrics" in lines[errors + 1]
    assert errors < next(n for n, line in enumerate(lines) if " Why " in line)


def test_a_cycle_whose_lines_are_gone_says_so() -> None:
    lines = opened(3)
    assert any("no longer kept" in line for line in lines)
    assert any("not saturated 2 of 3" in line for line in lines)


def test_a_small_cycle_keeps_what_was_decided_and_why_and_counts_the_rest() -> None:
    for height in (3, 6, 10, 14):
        lines = opened(1, 80, height)
        assert len(lines) <= height
        assert "scale-up" in lines[1]
    assert "no room for: Pods, Lines" in opened(1, 80, 14)[-1]
    assert any(" more" in line for line in opened(1, 80, 34))


# --- log lines


def log_of(count: int = 40) -> list[LogRow]:
    return [
        LogRow(
            n,
            START + n,
            ("INFO", "ERROR", "WARN", "V(4)")[n % 4],
            f"message {n}",
            "known",
            f"variant=a target={n}",
        )
        for n in range(count)
    ]


def reading(**view_state: object) -> ViewModel:
    world = live()
    world.log = tuple(log_of())
    return view_model(world, view_state=ViewState(**view_state))  # type: ignore[arg-type]


def test_the_log_follows_the_newest_line_until_one_is_selected() -> None:
    lines = texts(loglines.lines(reading(), 100, 12))
    assert "follows" in lines[0]
    assert "message 39" in lines[-1]
    assert len(lines) == 12
    rows = loglines.rows(reading())
    assert rows[-2:] == ("line:39", loglines.END)
    at_end = loglines.lines(reading(selected={"loglines": loglines.END}), 100, 12)
    assert texts(at_end) == lines


def test_the_selected_line_is_whole_with_its_fields_and_its_cycle() -> None:
    world = live()
    fields = " ".join(f"key{n}=value{n}" for n in range(40))
    world.log = tuple(replace(row, fields=fields) for row in log_of())
    looked = view_model(world, view_state=picked("loglines", "line:12"))
    lines = texts(loglines.lines(looked, 80, 20))
    assert "at 13, end follows" in lines[0]
    text = " ".join(line.strip() for line in lines)
    assert all(f"key{n}=value{n}" in text for n in range(40))
    assert "line 13, cycle of 08:11:00: enter opens it" in text
    marked = next(line for line in lines if line.startswith("▸"))
    assert "message 12" in marked
    nowhere = view_model(world, view_state=picked("loglines", "line:19"))
    assert any("in no cycle" in line for line in texts(loglines.lines(nowhere, 80, 20)))


def test_every_line_of_the_log_can_be_reached_and_clicked() -> None:
    for number in range(40):
        looked = reading(selected={"loglines": f"line:{number}"})
        lines = texts(loglines.lines(looked, 100, 10))
        keys = loglines.keys(looked, 100, 10)
        assert len(lines) == len(keys) == 10
        assert f"message {number}" in lines[keys.index(f"line:{number}")]


def test_the_log_is_filtered_by_pattern_and_level_and_says_how_many_are_left() -> None:
    lines = texts(loglines.lines(reading(pattern="message 3"), 120, 40))
    assert "filter message 3, 11 of" in lines[0]
    assert len(lines) == 12
    lines = texts(loglines.lines(reading(level="ERROR"), 120, 40))
    assert "only ERROR, 10 of" in lines[0]
    assert all(" ERROR " in line for line in lines[1:])
    lines = texts(loglines.lines(reading(pattern="nowhere"), 120, 40))
    assert "no line matches nowhere; esc shows all" in lines[1]
    assert len(texts(loglines.lines(reading(pattern="("), 120, 60))) == 41


def test_a_selected_line_that_the_filter_hides_leaves_the_one_before_it_selected() -> None:
    looked = reading(selected={"loglines": "line:12"}, level="ERROR")
    marked = next(t for t in texts(loglines.lines(looked, 100, 10)) if t.startswith("▸"))
    assert "message 9" in marked


def test_lines_of_one_cycle_are_bracketed() -> None:
    lines = texts(loglines.lines(reading(), 100, 41))[1:]
    assert lines[0].startswith(" ┌ ")
    assert lines[1].startswith(" │ ")
    assert lines[8].startswith(" └ ")
    assert lines[9].startswith("   ")
    assert lines[10].startswith(" ┌ ")


def test_a_stack_trace_is_no_error_of_its_own() -> None:
    world = live()
    world.log = (LogRow(0, START, "ERROR", "goroutine 1", "continuation"),)
    line = loglines.lines(view_model(world), 80, 4)[1]
    assert not any("bad" in style for _, style in line)


# --- health


def test_sources_in_trouble_come_first_with_age_retry_and_the_right_that_is_missing() -> None:
    lines = texts(sources.TABLE.lines(view_model(), 120, 10))
    assert "2 in trouble, 1 ok, 1 absent" in lines[0]
    assert "controller log" in lines[2]
    assert "✕ retrying" in lines[2]
    assert "2m14" in lines[2]
    assert " 8s " in lines[2]
    assert "✕ denied" in lines[3]
    assert "may not get pods/proxy" in lines[3]
    assert " – " in lines[3]
    assert "✓ ok" in lines[4]
    assert "○ absent" in lines[5]
    assert sources.TABLE.keys(view_model(), 120, 10)[2] == "source:log"


def test_polling_tells_what_was_asked_and_what_was_achieved() -> None:
    text = "\n".join(texts(polling.lines(view_model(), 120, 10)))
    assert "3 of 4 pods answered" in text
    assert "interval 2 s" in text
    assert "achieved 2.9 s, late" in text
    assert "worst 7.4 s" in text
    assert "rounds 300, 3 skipped" in text
    assert "21 failed · starting: the engine is not up" in text
    assert "1 failed · timeout: no answer in 1.5 s" in text
    assert "no pod was polled" in texts(polling.lines(view_model(empty()), 80, 5))[1]


def test_gaps_unknown_wording_and_messages_are_listed() -> None:
    lines = texts(gaps.lines(view_model(), 120, 10))
    assert "1 gap, 30s together" in lines[0]
    assert "08:10:10–08:10:40" in lines[1]
    assert "log  the stream broke" in lines[1]
    text = "\n".join(texts(understood_panel.lines(view_model(), 120, 12)))
    assert "1240 lines, 412 unknown" in text
    assert "format drift" in text
    assert "dialects  console 1200  klog 40" in text
    assert "400x Balancing 3 variants" in text
    assert "2 events of a kind that this version does not know: hologram" in text
    lines = texts(notices.lines(view_model(), 120, 6))
    assert "recording /sessions/" in lines[1]
    assert "leader-change  the leader is now wva-2" in lines[2]


def test_when_all_is_well_health_says_so_in_words() -> None:
    text = "\n".join(texts(gaps.lines(view_model(empty()), 80, 4)))
    assert "✓ none in the log and the objects" in text
    world = live()
    log = replace(world.health_detail.log, unknown=0, templates=(), alarm="")
    world.health_detail = replace(world.health_detail, log=log, unknown_kinds=(), bad_samples=0)
    assert (
        "✓ every line is recognised" in texts(understood_panel.lines(view_model(world), 80, 6))[1]
    )


# --- common rules


def test_sections_shorten_from_the_last_on_and_count_what_they_hide() -> None:
    sections = [
        Section(f"section {n}", [((f"line {n}.{i}", ""),) for i in range(6)], least=2)
        for n in range(3)
    ]
    for height in range(1, 24):
        lines = texts(fitted(sections, 40, height, UNICODE))
        assert len(lines) == min(height, 21)
        assert all(width_of(line) <= 40 for line in fitted(sections, 40, height, ASCII))
    lines = texts(fitted(sections, 40, 13, UNICODE))
    assert lines[1:7] == [f"line 0.{n}" for n in range(6)]
    assert "… 5 more" in lines[-1]


def test_text_is_wrapped_at_blanks_and_long_words_are_broken() -> None:
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("abcdefghij kl", 4) == ["abcd", "efgh", "ij", "kl"]
    assert wrapped("漢字漢字", 4) == ["漢字", "漢字"]
    assert wrapped("", 5) == [""]
    for width in range(2, 30):
        text = "a bb ccc dddd eeeee 漢字 " * 6
        pieces = wrapped(text, width)
        assert all(width_of(((piece, ""),)) <= width for piece in pieces)
        assert "".join("".join(pieces).split()) == "".join(text.split())
