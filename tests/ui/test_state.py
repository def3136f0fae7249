"""The two lines under the header: the state in words, and the reason for it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ui.fake import empty, live, troubled, variant
from tests.ui.view_models import texts, view_model
from wvatui.core.fold.fold import fold
from wvatui.core.queries.pods.pods_then import pods_then
from wvatui.core.queries.session import variant_rows
from wvatui.core.queries.session.session_rows import decisions, header, served_models
from wvatui.core.queries.session.variant_detail import variant_detail
from wvatui.core.rows.views import DecisionRow
from wvatui.core.state.state import State
from wvatui.recording import open_recording
from wvatui.ui.draw.line import text_of
from wvatui.ui.panels.overview import decisions as feed
from wvatui.ui.panels.overview import state, variants

QUEUE = Path(__file__).parents[2] / "recordings" / "keda-queue.jsonl"


@pytest.mark.parametrize("world", [empty, live, troubled])
@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_there_are_two_lines_whatever_there_is_to_say(world: Any, width: int) -> None:
    assert len(state.lines(view_model(world()), width, 2)) == 2


def test_the_first_tells_pods_what_is_wanted_and_what_is_there() -> None:
    first = texts(state.lines(view_model(), 200, 2))[0]
    assert "saturated" in first
    assert "KV" in first
    assert "WVA wants" in first
    assert "ready" in first


def test_where_nothing_is_there_the_namespace_is_asked_for() -> None:
    world = empty()
    world.health = live().health
    vm = view_model(world)
    asked = replace(vm, capabilities=replace(vm.capabilities, can_read_pods=True))
    first = texts(state.lines(asked, 80, 2))[0]
    assert "no pod and no decision seen yet in llm-d-sim: is it the right namespace?" in first
    assert "right namespace" not in texts(state.lines(vm, 80, 2))[0], "no cluster is asked"


def test_what_a_fallback_serves_is_not_what_metrics_want() -> None:
    world = live()
    world.header = replace(world.header, with_wva=False)
    world.variants = (replace(world.variants[0], target=None, by_metrics=4, by_fallback=True),)
    assert "fallback serves 4" in texts(state.lines(view_model(world), 200, 2))[0]
    world.variants = (replace(world.variants[0], by_fallback=False),)
    assert "metrics want 4" in texts(state.lines(view_model(world), 200, 2))[0]


def recorded_until(after_s: float) -> State:
    """The State of the recording of KEDA, `after_s` after its start."""
    recorded = list(open_recording(QUEUE).events())
    return fold(State(), (each for each in recorded if each.at <= recorded[0].at + after_s))


def decided(**changes: Any) -> DecisionRow:
    row = DecisionRow(
        at=1_788_249_600.0,
        variant="qwen",
        model="",
        action="held",
        current=4,
        target=4,
        reason="HPA: queue wants 1 at 4 a replica, target 16; a window of 300 s keeps 4",
        repeats=1,
        decider="hpa",
        brief=("queue wants 1; 300 s window keeps 4", "wants 1; 300 s window"),
    )
    return replace(row, **changes)


def test_the_second_tells_why_in_the_length_that_has_room_and_whole() -> None:
    world = live()
    world.findings = ()
    world.decisions = (decided(action="no-change"), decided())
    ends = {
        width: texts(state.lines(view_model(world), width, 2))[1].partition("08:00:00: ")[2]
        for width in (60, 80, 120)
    }
    assert ends == {
        60: "wants 1; 300 s window",
        80: "queue wants 1; 300 s window keeps 4",
        120: "queue wants 1 at 4 a replica, target 16; a window of 300 s keeps 4",
    }


def test_a_decision_that_is_repeated_has_the_time_of_what_is_told() -> None:
    world = live()
    world.findings = ()
    world.decisions = (decided(repeats=3, last_at=1_788_249_630.0),)
    assert "held at 4 HPA 08:00:30: " in texts(state.lines(view_model(world), 80, 2))[1]


def test_a_sum_of_variants_says_when_one_of_them_is_not_known() -> None:
    world = live()
    world.variants = (variant(), replace(variant(), name="twin", ready=None))
    line = texts(state.lines(view_model(world), 120, 2))[0]
    assert line.rstrip().endswith("2 variants: wanted 8, ready ≥3")


def test_a_pod_that_is_gone_is_counted_by_the_line_no_more_than_by_its_variant() -> None:
    world = live()
    first, *others = world.replicas
    world.replicas = (replace(first, state="gone", saturated=True, kv_ratio=0.99), *others)
    line = texts(state.lines(view_model(world), 200, 2))[0]
    assert "0 of 2 ready pods saturated" in line
    assert "99%" not in line


def test_the_pods_of_a_decision_are_told_as_they_were_then() -> None:
    end = fold(State(), open_recording(QUEUE).events())
    rows = [row for row in decisions(end, 60) if row.action == "scale-up"]
    first = pods_then(end, rows[-1])
    assert first is not None
    assert (first.measured, first.saturated, first.ready) == (1, 1, 1)
    assert first.kv_ratio is not None
    assert first.kv_ratio > 0.9
    assert first.fullest.endswith("b7t8s")
    assert pods_then(end, replace(rows[-1], variant="another")) is None
    before = pods_then(end, replace(rows[-1], at=end.first_at - 60.0, last_at=None))
    assert before is not None
    assert (before.measured, before.kv_ratio) == (0, None)


def test_a_hold_whose_end_is_over_is_told_no_more() -> None:
    world = live()
    world.findings = ()
    shown_at = view_model(world).status.shown_at
    over = decided(at=shown_at - 400.0, until=shown_at - 100.0)
    world.decisions = (over,)
    line = texts(state.lines(view_model(world), 120, 2))[1]
    assert "stays at 4" in line
    assert "what held it ended" in line
    assert "window" not in line
    now = replace(over, at=shown_at - 5.0, action="no-change", reason="HPA: queue wants 4")
    world.decisions = (replace(now, decider="keda"), now, over)
    line = texts(state.lines(view_model(world), 120, 2))[1]
    assert line.rstrip().endswith("queue wants 4")
    world.decisions = (replace(over, until=shown_at + 1.0),)
    assert "held at 4" in texts(state.lines(view_model(world), 120, 2))[1]


def test_wva_tells_why_where_an_hpa_does_what_it_wished_and_the_hpa_where_it_does_not() -> None:
    world = live()
    world.findings = ()
    wish = decided(action="scale-up", target=6, decider="wva", reason="used 115 %", brief=())
    echo = decided(at=wish.at + 9.0, action="scale-up", target=6, reason="HPA: wva wants 6")
    for newest, why in ((echo, "used 115 %"), (replace(echo, target=5), "wva wants 6")):
        world.decisions = (newest, wish)
        assert why in texts(state.lines(view_model(world), 200, 2))[1]
    world.decisions = (replace(wish, context=True),)
    assert "used 115 %" in texts(state.lines(view_model(world), 200, 2))[1]


def test_a_wish_and_what_an_hpa_made_of_it_are_counted_once() -> None:
    world = live()
    wish = decided(action="scale-up", target=6, decider="wva")
    world.decisions = (replace(wish, decider="hpa"), wish)
    title = texts(feed.lines(view_model(world), 120, 5))[0]
    assert "2 changes: 2 up, 0 down; rows of WVA and HPA" in title
    world.decisions = (replace(wish, decider="keda"), replace(wish, decider="hpa"), wish)
    title = texts(feed.lines(view_model(world), 120, 5))[0]
    assert "rows of WVA, HPA and KEDA" in title
    world.decisions = (replace(wish, decider="hand"), wish)
    assert "rows of" not in texts(feed.lines(view_model(world), 120, 5))[0]
    world.decisions = (wish,)
    title = texts(feed.lines(view_model(world), 120, 5))[0]
    assert "2 changes: 2 up, 0 down" in title
    assert "rows of" not in title


def test_the_row_of_a_variant_tells_a_change_that_is_under_way() -> None:
    row = replace(variant(), action="no-change", desired=5, ready=4)
    line = text_of(variants.decision_line(view_model(), row, 120))
    assert "4 of 5 ready" in line
    line = text_of(variants.decision_line(view_model(), replace(row, ready=5), 120))
    assert "ready" not in line.partition(row.reason)[0]


def test_a_model_is_asked_for_by_the_name_that_its_engines_serve_and_not_by_a_label() -> None:
    end = recorded_until(60.0)
    assert header(end).models == ("llama-8b",)
    assert served_models(end) == ("meta-llama/Llama-3.1-8B-Instruct",)


def test_the_page_of_a_variant_without_wva_tells_no_thresholds_of_its_scaling() -> None:
    end = recorded_until(60.0)
    detail = variant_detail(end, variant_rows.variants(end)[0].key)
    names = [row.name for row in detail.limits]
    assert "saturated: KV from" in names
    assert not [name for name in names if name.startswith("scale ")]


def test_the_row_of_a_variant_ends_a_hold_whose_end_is_over() -> None:
    end = recorded_until(710.0)
    assert "until 08:15:45" in variant_rows.variants(end)[0].reason
    row = variant_rows.variants(replace(end, now=end.now + 300.0))[0]
    assert (row.action, row.reason) == ("no-change", "HPA: what held it ended")


def test_a_hold_that_the_newest_look_no_longer_tells_of_is_told_by_neither_row_nor_line() -> None:
    row = variant_rows.variants(recorded_until(75.0))[0]
    assert (row.action, row.by_metrics) == ("no-change", 1)
    assert "wants 1" in row.reason
    assert "minReplicas" not in row.reason
    world = live()
    world.findings = ()
    held = decided(action="held", reason="HPA: queue wants 0; minReplicas 4", brief=())
    newer = replace(held, at=held.at + 15.0, action="no-change", reason="HPA: queue wants 4")
    for rows, told in (
        ((newer, held), "stays at 4 HPA 08:00:15: queue wants 4"),
        ((replace(newer, decider="keda"), held), "wants 0; minReplicas 4"),
        ((replace(newer, variant="another"), held), "wants 0; minReplicas 4"),
    ):
        world.decisions = rows
        assert told in texts(state.lines(view_model(world), 120, 2))[1]


@pytest.mark.parametrize("ascii_only", [False, True])
def test_a_reason_that_has_the_sign_of_a_cut_in_itself_keeps_the_count(ascii_only: bool) -> None:
    world, sign = live(), "~" if ascii_only else "…"
    world.decisions = (decided(reason=f"demand {sign} 3 of 4", brief=(), repeats=5),)
    line = texts(feed.lines(view_model(world, ascii_only=ascii_only), 120, 4))[1]
    assert f"5 demand {sign} 3 of 4" in line


def test_where_not_all_pods_have_room_a_saturated_one_is_shown_before_those_that_start() -> None:
    world = live()
    first = next(row for row in world.replicas if row.state == "saturated")
    starting = [replace(first, pod=f"{first.pod}{n}", state="starting") for n in range(9)]
    world.replicas = (*starting, first)
    shown = texts(variants.lines(view_model(world), 80, 4))
    assert "more" in shown[-1]
    assert "saturated" in shown[-1]
