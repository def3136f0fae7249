"""Texts of the screen before there is a cluster, for a log alone, and in little room."""

from dataclasses import replace

import pytest

from tests.ui.fake import START, World, empty, header, live, replica, variant
from tests.ui.view_models import texts, view_model
from wvatui.core.rows.health_views import HealthRow
from wvatui.core.rows.views import LogRow, Totals
from wvatui.ui.chart.frame import render
from wvatui.ui.draw.line import text_of
from wvatui.ui.draw.symbols import UNICODE
from wvatui.ui.panels.health import health
from wvatui.ui.panels.overview import charts, logs, variants
from wvatui.ui.panels.overview import header as header_panel
from wvatui.ui.panels.overview.replicas import replica_line


def test_while_connecting_no_time_is_shown_and_nobody_claims_to_have_looked() -> None:
    connecting = view_model(empty(), shown_at=0.0, started_at=0.0, recording_state="connecting")
    assert "connecting" in texts(header_panel.lines(connecting, 80, 2))[0]
    assert "connecting to the cluster" in texts(health.lines(connecting, 80, 1))[0]
    lines = texts(variants.lines(connecting, 80, 3))
    assert "Connecting to the cluster of llm-d-sim" in lines[0]
    assert "Looked" not in " ".join(lines)
    chart = charts.view(connecting, "kv", 40)
    assert not any(char.isdigit() for char in text_of(render(chart, 40, 8, UNICODE)[-1]))


def of_a_log_alone() -> World:
    world = empty()
    world.header = header(1.0, namespace="", context="", driver="WVA")
    world.totals = Totals(lines=120, decisions=4)
    return world


def test_a_log_alone_says_that_nothing_else_was_recorded() -> None:
    alone = view_model(of_a_log_alone(), mode="REPLAY")
    assert "a controller's log alone" in texts(health.lines(alone, 80, 1))[0]
    assert charts.view(alone, "kv", 60).note == "not in this controller's log"
    assert "controller log" in texts(header_panel.lines(alone, 80, 2))[0]
    assert "no namespace" not in texts(header_panel.lines(alone, 80, 2))[0]


def test_an_import_waits_for_no_source() -> None:
    world = empty()
    world.header = header(1.0, imported="hpa-run")
    made = view_model(world, mode="REPLAY")
    assert "imported from hpa-run: no source was watched" in texts(health.lines(made, 80, 1))[0]
    assert "starting" not in texts(health.lines(made, 80, 1))[0]


def test_a_log_alone_is_named_after_the_namespace_that_its_decisions_name() -> None:
    world = of_a_log_alone()
    world.variants = (variant(namespace="team-a"),)
    alone = view_model(world, mode="REPLAY")
    assert texts(header_panel.lines(alone, 80, 2))[0].startswith(" team-a")


def test_a_log_without_pods_shows_its_decisions_first() -> None:
    world = of_a_log_alone()
    assert charts.order(view_model(world, mode="REPLAY"))[0] == "replicas"
    world.replicas = (replica(0, "ok", source="log"),)
    assert charts.order(view_model(world, mode="REPLAY"))[0] == "kv"
    assert charts.order(view_model(live()))[0] == "kv"


@pytest.mark.parametrize("mode", ["LIVE", "REPLAY"])
def test_at_80_columns_controller_driver_and_context_are_all_there(mode: str) -> None:
    world = live()
    world.header = replace(world.header, controller_version="v0.9 (HEAD)")
    seen = view_model(world, mode=mode)
    world.health = tuple(row for row in world.health if row.source != "pods")
    assert "1.2 MB" in texts(header_panel.lines(seen, 80, 2))[1]
    strip = texts(health.lines(seen, 80, 1))[0]
    for word in ("WVA v0.9 (HEAD) V2 saturation → HPA", "kind-wva"):
        assert word in strip
    first, second = texts(header_panel.lines(seen, 140, 2))
    assert "WVA v0.9 (HEAD) V2 saturation → HPA" in second
    assert "context kind-wva" in first


def test_what_is_odd_about_a_recording_does_not_push_the_rest_out_of_a_narrow_header() -> None:
    odd = "line 812 and 3 more damaged and passed over (Expecting value); the last line is cut off"
    line = texts(header_panel.lines(view_model(mode="REPLAY", recording_state=odd), 80, 2))[1]
    assert "4 Decisions" in line
    assert line.endswith("▲ 1.2 MB ")
    wide = texts(header_panel.lines(view_model(mode="REPLAY", recording_state=odd), 120, 2))[1]
    assert "▲ line 812 and 3 more" in wide


def test_all_that_is_well_is_one_item_that_moves_nothing() -> None:
    world = live()
    names = ("log", "pods", "epp", "autoscalers", "workloads", "variants", "controller", "events")
    for age in (3.0, 301.0):
        world.health = tuple(HealthRow(n, n, "ok", age, "ok") for n in names)
        for width in (60, 80, 200):
            assert health.height_for(view_model(world), width) == 1
            [line] = texts(health.lines(view_model(world), width, 3))
            assert line.startswith(" sources ✓ 8")
    world.health = (*world.health, HealthRow("jobs", "load jobs", "bad", 9.0, "refused"))
    [line] = texts(health.lines(view_model(world), 80, 1))
    assert line.startswith(" ✕ load jobs 9s refused   sources ✓ 8")


def test_the_spacing_achieved_is_told_at_80_columns_too() -> None:
    assert "every 2.0 s" in texts(health.lines(view_model(live()), 80, 1))[0]


def test_the_fields_of_a_line_follow_its_message() -> None:
    world = live()
    fields = "variant=qwen action=scale-up"
    world.log = (LogRow(0, START, "INFO", "Processing decision for VA", "known", fields),)
    line = logs.lines(view_model(world), 120, 4)[1]
    assert text_of(line).endswith("Processing decision for VA  variant=qwen action=scale-up")
    assert line[-1][1] == "muted"


def test_words_for_a_state_are_told_where_they_have_room_and_never_as_a_stub() -> None:
    row = replica(0, "warm", "warm: little spare")
    wide = text_of(replica_line(view_model(), row, 20, 120))
    assert "warm" in wide
    assert wide.rstrip().endswith("little spare")
    assert "warm: l" not in wide
    for width in range(60, 121):
        line = text_of(replica_line(view_model(), row, 20, width)).rstrip()
        assert "little spare" in line or "lit" not in line, line


@pytest.mark.parametrize(
    ("width", "said"), [(120, "the probe fails"), (140, "the probe fails, its engine answers")]
)
def test_words_for_a_state_end_where_a_clause_ends(width: int, said: str) -> None:
    words = "not ready: the probe fails, its engine answers"
    row = replace(replica(0, "not ready", words), kv_ratio=0.6, ttft_p95_ms=1890.0)
    line = text_of(replica_line(view_model(), row, 17, width)).rstrip()
    assert line.endswith(f"–  {said}")


@pytest.mark.parametrize("width", [80, 140])
def test_a_clock_skew_stands_in_the_header_and_none_does_not(width: int) -> None:
    world = live()
    assert "skew" not in texts(header_panel.lines(view_model(world), width, 2))[0]
    world.header = replace(world.header, skew_s=-300.4)
    assert " clock skew -300 s " in texts(header_panel.lines(view_model(world), width, 2))[0]
