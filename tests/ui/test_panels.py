"""The text of each panel, at each size, with empty, faulty and hostile input."""

from dataclasses import fields, replace
from typing import Any

import pytest

from tests.each_row import each_row
from tests.ui.fake import (
    REPLAY,
    START,
    World,
    empty,
    header,
    live,
    replica,
    told_why,
    troubled,
    variant,
)
from tests.ui.view_models import texts, view_model
from wvatui.core.rows.health_views import HealthRow
from wvatui.core.rows.views import DecisionRow, EventRow, LogRow, Totals
from wvatui.ui.draw.line import width_of
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewState
from wvatui.ui.panels import PANELS
from wvatui.ui.panels.health import health, notices
from wvatui.ui.panels.overview import banner, charts, decisions, footer, logs, scrubber, variants
from wvatui.ui.panels.overview import header as header_panel

EVIL = (
    "\x1b[2J\x1b[31m[/nope][bold]\x00\u202eevil\u2066\x9b1m\r\n\ud800",
    "[link=x]" + "A" * 1_000_000,
    "\x1b]52;c;aGk=\x07" * 50,
    "漢字" * 200 + "e\u0301\u200d",
)


def poison(value: Any, evil: str) -> Any:
    """The same rows with every text replaced by `evil`."""
    if isinstance(value, tuple):
        return tuple(poison(v, evil) for v in value)
    if isinstance(value, str):
        return evil
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        keep = (
            "state",
            "level",
            "style",
            "unit",
            "kind",
            "vote",
            "verdict",
            "mark",
            "left_out",
            "ages_s",
        )
        return replace(
            value,
            **{
                f.name: poison(getattr(value, f.name), evil)
                for f in fields(value)
                if f.name not in keep
            },
        )
    return value


def poisoned(evil: str) -> World:
    world = told_why()
    for name in ("header", "health", "variants", "replicas", "decisions", "log", "events"):
        setattr(world, name, poison(getattr(world, name), evil))
    world.totals = replace(world.totals, drift=evil)
    world.cycles = poison(world.cycles, evil)
    world.details = {at: poison(detail, evil) for at, detail in world.details.items()}
    world.whys = {at: poison(why, evil) for at, why in world.whys.items()}
    world.health_detail = poison(world.health_detail, evil)
    return world


@pytest.mark.parametrize("evil", EVIL, ids=["escapes", "megabyte", "osc", "wide"])
@pytest.mark.parametrize("mode", ["LIVE", "REPLAY"])
def test_hostile_text_stays_in_its_cells(evil: str, mode: str) -> None:
    looked = view_model(poisoned(evil), mode=mode, recording_state=evil, ascii_only=False)

    def stays(row: Panel) -> None:
        for width in (60, 80, 120):
            for line in row.draw(looked, width, 8):
                assert width_of(line) <= width
                text = "".join(part for part, _ in line)
                assert not any(c in text for c in "\x1b\x00\x9b\u202e\u2066\r\n\x07\ud800")

    each_row(PANELS, stays, lambda row: row.id)


@pytest.mark.parametrize("world", [empty, live, troubled, told_why])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_no_line_is_wider_than_its_panel(world: Any, ascii_only: bool) -> None:
    looked = view_model(world(), ascii_only=ascii_only)

    def fits(row: Panel) -> None:
        for width in (60, 80, 120, 200):
            lines = row.draw(looked, width, 8)
            assert all(width_of(line) <= width for line in lines)
            if ascii_only:
                assert all(text.isascii() for text in texts(lines)), texts(lines)

    each_row(PANELS, fits, lambda row: row.id)


# --- header


def test_the_header_tells_what_is_watched_and_how_time_and_recording_stand() -> None:
    first, second = texts(header_panel.lines(view_model(), 120, 2))
    for word in ("llm-d-sim", "Qwen/Qwen3-32B", "LIVE", "08:12:34 UTC", "T+12:34"):
        assert word in first
    for word in ("1 Overview  2 Pods", "WVA v0.9.x V2 saturation → HPA", "recording 1.2 MB"):
        assert word in second


def test_a_frozen_view_says_so_loudly() -> None:
    at = view_model().status.ended_at - 42.0
    first = header_panel.lines(view_model(frozen=True, frozen_at=at), 80, 2)[0]
    assert any("FROZEN 42s behind" in text and "reverse" in style for text, style in first)


def test_a_frozen_replay_tells_the_moment_at_which_it_stands() -> None:
    at = view_model().status.shown_at - 34.0
    looked = view_model(mode="REPLAY", frozen=True, frozen_at=at)
    first = texts(header_panel.lines(looked, 80, 2))[0]
    assert "FROZEN at 08:12:00" in first
    assert "behind" not in first


def test_a_replay_tells_its_speed_and_that_it_is_paused() -> None:
    assert "REPLAY 8x" in texts(header_panel.lines(view_model(mode="REPLAY"), 80, 2))[0]
    paused = view_model(mode="REPLAY", playing=False)
    assert "REPLAY paused" in texts(header_panel.lines(paused, 80, 2))[0]
    fastest = view_model(mode="REPLAY", speed=0.0)
    assert "as fast as it can" in texts(header_panel.lines(fastest, 80, 2))[0]


def test_a_recording_that_is_off_or_paused_is_told_in_words() -> None:
    assert "not recording" in texts(header_panel.lines(view_model(recording_state="off"), 80, 2))[1]
    paused = view_model(recording_state="paused: no space left on device")
    assert "no space left" in texts(header_panel.lines(paused, 120, 2))[1]
    assert "no space left" in texts(banner.lines(paused, 80, 2))[0]


def test_what_a_recording_lacks_is_told_while_it_is_paused_and_after() -> None:
    lacks = "17 events are missing from 2026-09-01 08:00:30 to 08:02:00 UTC: no space left"
    paused = view_model(recording_state="paused: no space left", incomplete=lacks)
    assert f"recording paused: {lacks}" in texts(banner.lines(paused, 120, 2))[0]
    assert f"recording paused: {lacks}" in texts(notices.lines(paused, 140, 4))[1]
    after = view_model(recording_state="recording", incomplete=lacks)
    assert banner.lines(after, 120, 2) == []
    assert "recording 1.2 MB, incomplete" in texts(header_panel.lines(after, 120, 2))[1]
    assert f"incomplete: {lacks}" in texts(notices.lines(after, 140, 4))[1]


# --- banner and health


def test_format_drift_is_a_banner() -> None:
    world = live()
    assert banner.lines(view_model(world), 80, 2) == []
    world.totals = Totals(drift="no known line for 3 cycles")
    line = banner.lines(view_model(world), 80, 2)[0]
    assert "format drift: no known line for 3 cycles" in line[0][0]
    assert "reverse" in line[0][1]


def test_troubled_sources_come_first_in_words_with_a_sign() -> None:
    lines = texts(health.lines(view_model(troubled()), 120, 3))
    assert "✕ controller log 2m14 connection refused" in lines[0]
    assert any("pod metrics denied: get pods/proxy" in line for line in lines)


def test_sources_that_are_well_give_way_but_are_counted() -> None:
    line = texts(health.lines(view_model(live()), 60, 1))
    assert len(line) == 1
    assert line[0].startswith(" sources ✓ ")
    world = live()
    world.health = (*world.health, HealthRow("epp", "gateway (EPP)", "off", None, "absent"))
    assert "○ 1 absent" in texts(health.lines(view_model(world), 60, 1))[0]


def test_the_spacing_really_achieved_is_shown() -> None:
    assert "3/4 pods answer, every 2.0 s" in texts(health.lines(view_model(live()), 120, 1))[0]


def test_a_source_that_never_spoke_has_no_age() -> None:
    world = live()
    world.health = (HealthRow("pods", "pod metrics", "warn", None, "starting"),)
    assert texts(health.lines(view_model(world), 120, 1)) == [" ! pod metrics starting"]


# --- variants and replicas


def test_the_ladder_shows_five_numbers_and_the_step_that_differs_stands_out() -> None:
    line = variants.lines(view_model(), 120, 20)[1]
    ladder = [(t.strip(), s) for t, s in line if t.strip().isdigit()]
    assert [n for n, _ in ladder[:5]] == ["4", "4", "4", "3", "3"]
    assert ladder[3][1] == "bold warn"
    assert ladder[4][1] == "bold"


def test_a_missing_number_is_a_dash_and_never_zero() -> None:
    world = troubled()
    row = texts(variants.lines(view_model(world), 120, 20))[1]
    assert "0" not in row.replace("qwen3-32b-h100", "").replace("H100", "")
    assert row.count("–") >= 6


def test_the_last_decision_has_its_age_and_reason_and_what_blocks() -> None:
    text = texts(variants.lines(view_model(), 120, 20))[2]
    assert "scale-up to 4, 1m04 ago" in text
    assert "demand 182400" in text
    world = live()
    world.variants = (variant(blocked="HPA qwen: ScalingLimited: the maximum is reached"),)
    assert "ScalingLimited" in texts(variants.lines(view_model(world), 120, 20))[2]


def test_a_booting_pod_is_starting_and_never_zero_percent() -> None:
    line = next(t for t in texts(variants.lines(view_model(), 120, 20)) if "x9pqr" in t)
    assert "starting: loading the model, 42 s" in line
    assert "%" not in line
    chip = next(t for t in texts(variants.lines(view_model(), 80, 6)) if "x9pqr" in t)
    assert "starting" in chip
    assert "%" not in chip


def test_replicas_tell_their_state_by_sign_and_word() -> None:
    lines = texts(variants.lines(view_model(), 120, 20))
    assert any("■" in t and "saturated" in t and "87%" in t and "9 wait" in t for t in lines)
    assert any("●" in t and " ok " in t and "41%" in t for t in lines)


def test_a_pod_that_serves_without_a_number_shows_a_dash() -> None:
    world = live()
    world.replicas = (replica(0, "ok", kv_ratio=None, waiting=None, running=3),)
    line = texts(variants.lines(view_model(world), 120, 20))[3]
    assert "–" in line
    assert "0%" not in line


def test_where_replicas_have_no_room_they_are_chips_and_then_only_variants() -> None:
    full = texts(variants.lines(view_model(), 80, 10))
    chips = texts(variants.lines(view_model(), 80, 6))
    tight = texts(variants.lines(view_model(), 80, 3))
    assert len(full) == 7
    assert any("abcde" in t and "fghij" in t for t in chips)
    assert len(tight) == 3


def test_a_booting_pod_is_seen_before_those_that_are_well_and_the_rest_is_counted() -> None:
    world = live()
    world.replicas = (
        *(replace(replica(0, "ok", kv_ratio=0.4), pod=f"qwen3-32b-h100-well{n}") for n in range(8)),
        replace(replica(1, "starting", "loading the model"), pod="qwen3-32b-h100-boots"),
    )
    world.variants = world.variants[:1]
    shown = texts(variants.lines(view_model(world), 80, 4))
    assert len(shown) == 4
    assert "boots starting: loading the model" in shown[3]
    assert shown[3].index("boots") < shown[3].index("well")
    assert shown[3].rstrip().endswith(" more")


def test_many_variants_are_counted_when_they_do_not_fit() -> None:
    world = live()
    world.variants = tuple(variant(name=f"variant-{n}", key=f"ns/variant-{n}") for n in range(12))
    lines = texts(variants.lines(view_model(world), 80, 6))
    assert len(lines) == 6
    assert "more variants" in lines[-1]


def test_the_columns_of_titles_and_numbers_end_at_the_same_cell() -> None:
    for width in (80, 120, 200):
        title, row = texts(variants.lines(view_model(), width, 20))[:2]
        p95 = "" if width == 80 else " p95"
        sat = "sat" if width == 80 else "saturated"
        for name, value in (("TTFT" + p95, "1.2s"), ("ITL" + p95, "45ms"), (sat, "1/3")):
            assert row.index(value) + len(value) == title.index(name) + len(name)


def test_pods_are_numbered_by_age_and_nobody_is_beyond_eight() -> None:
    world = live()
    keys = view_model(world).keys
    assert keys["qwen3-32b-h100-7d9f5c6b8-abcde"] == 1
    assert keys["qwen3-32b-h100-7d9f5c6b8-x9pqr"] == 4
    world.replicas = tuple(replace(replica(0, "ok"), pod=f"p{n}", age_s=float(n)) for n in range(9))
    assert view_model(world).keys == {}


def test_an_empty_namespace_says_what_was_looked_for() -> None:
    lines = texts(variants.lines(view_model(empty()), 80, 3))
    assert "No variants found in llm-d-sim" in lines[0]
    assert "VariantAutoscalings" in lines[1]


def test_nothing_is_called_missing_before_it_was_listed() -> None:
    world = empty()
    world.health = tuple(row for row in live().health if row.source in ("pods", "log"))
    lines = texts(variants.lines(view_model(world), 80, 3))
    assert "Listing what is in llm-d-sim" in lines[0]


# --- decisions, log, scrubber, footer, charts


def test_decisions_come_newest_first_with_change_and_reason() -> None:
    lines = texts(decisions.lines(view_model(), 120, 8))
    assert "2 changes: 2 up, 0 down" in lines[0]
    assert "08:11:30 ▲ scale-up" in lines[1]
    assert "3→4" in lines[1]
    several = live()
    several.decisions = (
        DecisionRow(0.0, "a", "m", "scale-up", None, 2, "", 1),
        DecisionRow(0.0, "b", "m", "no-change", 1, 1, "", 1),
    )
    lines = texts(decisions.lines(view_model(several), 80, 8))
    assert "–→2" in lines[1]
    assert " b " in lines[2]


def test_the_log_shows_the_newest_lines_with_their_level() -> None:
    lines = texts(logs.lines(view_model(), 120, 4))
    assert len(lines) == 4
    assert "1240 lines, 1 error, 2 warnings" in lines[0]
    assert "ERROR unable to fetch metrics" in lines[2]


def test_a_filter_is_shown_and_that_nothing_matches_is_said() -> None:
    lines = texts(logs.lines(view_model(view_state=ViewState(pattern="scale-up")), 80, 4))
    assert "filter scale-up" in lines[0]
    assert all("scale-up" in line for line in lines[1:])
    lines = texts(logs.lines(view_model(view_state=ViewState(pattern="zzz")), 80, 4))
    assert "no line matches zzz" in lines[1]
    chosen = ViewState(level="WARN+")
    lines = texts(logs.lines(view_model(replace(live(), log=()), view_state=chosen), 80, 4))
    assert "only WARN and worse" in lines[0]
    assert "no line matches WARN+" in lines[1]


def test_unknown_lines_are_counted_in_the_title() -> None:
    world = live()
    world.totals = Totals(lines=10, unknown_lines=3)
    assert "3 unknown" in texts(logs.lines(view_model(world), 80, 4))[0]


def test_a_line_without_a_time_has_dashes() -> None:
    world = live()
    world.log = (LogRow(0, None, "INFO", "no time", "known"),)
    assert "--:--:--" in texts(logs.lines(view_model(world), 80, 4))[1]


def test_the_scrubber_has_position_end_and_events() -> None:
    line = texts(scrubber.lines(view_model(mode="REPLAY"), 80, 1))[0]
    assert line.startswith(" T+12:34 ")
    assert "T+30:00" in line
    assert "42%" in line
    assert line.index("◆") < line.index("▲") < line.index("◉")
    assert len(line) == 80


def test_what_a_replay_has_not_come_to_is_dimmer_and_a_change_outranks_an_error() -> None:
    world = live()
    at = START + 300
    world.events = (
        EventRow(at, "decision", "scale-up 1→2"),
        EventRow(at + 1, "error", "no metrics"),
        EventRow(START + 1500, "decision", "scale-down 2→1"),
    )
    spans = scrubber.lines(view_model(world, mode="REPLAY"), 80, 1)[0]
    signs = [(text, style) for text, style in spans if text in "▲▼✕"]
    assert signs == [("▲", "info"), ("▼", "muted")]


def test_the_scrubber_of_a_recording_of_no_length_is_drawn() -> None:
    world = live()
    world.events = (EventRow(0.0, "mark", "x"),)
    at_start = view_model(world, mode="REPLAY", at=0.0)
    at_start = replace(at_start, status=replace(at_start.status, ended_at=0.0, started_at=0.0))
    assert len(texts(scrubber.lines(at_start, 60, 1))[0]) == 60


def test_the_footer_names_only_keys_that_work_here() -> None:
    live_line = texts(footer.lines(view_model(), 120, 1))[0]
    replay_line = texts(footer.lines(view_model(mode="REPLAY"), 120, 1))[0]
    assert "m mark" in live_line
    assert "space" not in live_line
    assert "[ back" in live_line
    assert "esc" not in live_line
    opened = view_model(view_state=ViewState(detail=("pod:a",)))
    assert "esc back" in texts(footer.lines(opened, 80, 1))[0]
    assert "space play/pause" in replay_line
    assert "L live" not in replay_line
    back = view_model(at_edge=False)
    back_line = texts(footer.lines(back, 120, 1))[0]
    assert "L live" in back_line
    assert "[ ] event" in back_line
    assert "[ ] event" in replay_line
    assert "m mark" not in replay_line
    assert "charts" not in texts(footer.lines(replace(view_model(), all_charts=True), 120, 1))[0]


def test_a_narrow_footer_keeps_help_and_quit() -> None:
    line = texts(footer.lines(replace(view_model(mode="REPLAY"), capabilities=REPLAY), 40, 1))[0]
    assert "? help" in line
    assert "q quit" in line
    assert len(line) <= 42


def test_a_long_path_in_a_message_is_broken_and_never_cut() -> None:
    path = "/home/somebody/.local/state/wvatui/sessions/" + "x" * 60 + ".csv"
    lines = texts(footer.message_lines(f"snapshot written: {path}", "ok", 60))
    assert "".join(line.strip() for line in lines).replace(" ", "").endswith(path)


def test_charts_show_the_session_so_far_and_at_most_an_hour() -> None:
    young = view_model(at=30.0)
    young.state.header = header(30.0)
    since, until = charts.window(young, 50)
    assert (since, until) == (young.status.started_at, young.status.started_at + 120)
    since, until = charts.window(view_model(), 50)
    assert until - since == 900
    assert until >= view_model().status.shown_at
    old = view_model(at=9000.0)
    old.state.header = header(9000.0)
    since, until = charts.window(old, 50)
    assert until - since == charts.WINDOW_S


def test_the_window_moves_by_whole_columns_so_that_a_quiet_chart_stays() -> None:
    def at(seconds: float) -> tuple[float, float]:
        looked = view_model(at=seconds)
        looked.state.header = header(seconds)
        return charts.window(looked, 50)

    assert at(7202.0) == at(7203.0)
    assert at(7202.0) != at(7300.0)


def test_the_window_reaches_to_the_very_moment_that_is_shown() -> None:
    """A decision at that moment is drawn, not the one before it."""
    for minutes in range(2, 180):
        looked = view_model(at=60.0 * minutes)
        looked.state.header = header(60.0 * minutes)
        for columns in (47, 50, 56, 61, 97):
            _since, until = charts.window(looked, columns)
            assert until >= looked.status.shown_at, (minutes, columns)


def test_the_replica_chart_leaves_two_rungs_to_the_table() -> None:
    names = [s.name for s in charts.view(view_model(), "replicas", 60).series]
    assert names == ["decision", "desired", "ready"]


def test_charts_that_do_not_fit_are_on_further_pages() -> None:
    assert charts.pages(2) == (("kv", "replicas"), ("waiting", "utilization"))
    assert charts.pages(4) == (charts.ORDER,)


def test_what_is_broken_is_told_before_what_only_waits() -> None:
    world = live()
    world.health = (
        HealthRow("log", "controller log", "warn", None, "no controller found yet"),
        HealthRow("pods", "pod metrics", "warn", None, "no model pods yet"),
        HealthRow("events", "events", "bad", 9.0, "connection refused; next try in 15 s"),
    )
    (shown,) = texts(health.lines(view_model(world), 80, 1))
    assert "refused" in shown


def test_troubles_that_have_no_room_are_counted() -> None:
    rows = [
        HealthRow(f"source-{n}", f"source {n}", "bad", 60.0, "connection refused; next try in 15 s")
        for n in range(6)
    ]
    world = live()
    world.health = (*rows, HealthRow("log", "controller log", "ok", 1.0, "ok"))
    for height in (1, 2):
        shown = texts(health.lines(view_model(world), 80, height))
        assert len(shown) == height
        assert "source 0" in shown[0]
        named = sum(line.count("connection") for line in shown)
        assert f"+{6 - named} in trouble" in shown[-1]
        assert all(len(line) <= 80 for line in shown)


def test_pods_of_no_variant_stand_below_the_variants_and_are_counted_where_there_is_no_room() -> (
    None
):
    world = live()
    solo = replace(replica(0, "ok", kv_ratio=0.4), pod="solo-0", variant="")
    world.replicas = (*world.replicas, solo)
    full = variants.lines(view_model(world), 80, 12)
    assert texts(full)[-2].strip() == "1 pod of no variant"
    assert "solo-0" in texts(full)[-1]
    assert "40%" in texts(full)[-1]
    assert variants.rows(view_model(world))[-1] == "pod:solo-0"
    assert variants.keys(view_model(world), 80, 12)[-1] == "pod:solo-0"
    assert variants.height_for(view_model(world), 80) == len(full)
    chips = texts(variants.lines(view_model(world), 80, 8))
    assert "olo-0 40%" in chips[-1]
    assert len(chips) == variants.small_height_for(view_model(world), 80)
    for height in (4, 3):
        assert "1 pod of no variant" in texts(variants.lines(view_model(world), 80, height))[-1]
    world.variants = ()
    world.replicas = (solo,)
    alone = texts(variants.lines(view_model(world), 80, 12))
    assert alone[0].strip() == "1 pod of no variant"


def test_the_lane_says_the_newest_of_changes_and_errors_whichever_it_is() -> None:
    world = live()
    world.events = (EventRow(START + 500, "error", "no metrics"),)
    vm = view_model(world)
    drawn = charts.view(vm, "lane", 100)
    [row] = texts(charts.lines("lane", drawn, vm, 100, 1))
    assert row.rstrip().endswith("3→4"), "it came after the error"
    assert "✕" in row
