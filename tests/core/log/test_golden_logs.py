"""Real controller logs of Nov–Dec 2025 and Aug 2026, folded: the numbers must be exact.

Each acceptance scenario about these logs is one test here.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import FIXTURES, shared
from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.explain import limits
from wvatui.core.fold.fold import fold
from wvatui.core.log.parser import parse
from wvatui.core.queries.charts import charts
from wvatui.core.queries.session import session_rows
from wvatui.core.rows import log_rows
from wvatui.core.state.state import EMPTY, State

RUNS = "wva-experiments-2025"


def folded(path: Path, *, strip_outer_stamp: bool = False) -> State:
    """The State after a whole log."""
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    if strip_outer_stamp:
        lines = [line.partition(" ")[2] for line in lines]
    at = 0.0
    events: list[ev.Event] = []
    for line in lines:
        if line:
            at = max(at, parse(line).at or at)
            events.append(ev.Log(at, line=line))
    return fold(EMPTY, events)


def run_log(run: str) -> Path:
    return shared(f"{RUNS}/{run}/wva-controller-logs.jsonl")


def clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S.%f")[:12]


def golden() -> list[dict[str, str]]:
    path = FIXTURES / RUNS / "golden.psv"
    if not path.exists():
        return []
    head, *rows = (line.split("|") for line in path.read_text().splitlines())
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.mark.parametrize("row", golden() or [None], ids=lambda r: r["run"] if r else "absent")
def test_every_golden_number_of_every_log_comes_out_exactly(row: dict[str, str] | None) -> None:
    if row is None:
        shared(f"{RUNS}/golden.psv")
        return
    numbers = summary(folded(run_log(row["run"])), row["run"])
    wrong = {}
    for key, text in row.items():
        if key == "run":
            continue
        wanted: Any = text
        if text == "None":
            wanted = None
        elif text.startswith("("):
            wanted = [int(part) for part in text.strip("()").split(",")]
        elif key != "mode":
            wanted = float(text)
        if numbers[key] != wanted:
            wrong[key] = (wanted, numbers[key])
    assert not wrong
    assert numbers["unknown_lines"] < 0.02 * numbers["lines"]
    assert numbers["drift"] is None


def test_an_old_log_replays_with_its_four_target_changes() -> None:
    state = folded(run_log("capacity-based-high-parallel-20251128-145238"))
    rows = [d for d in reversed(session_rows.decisions(state, 100)) if d.action != "no-change"]
    assert [(clock(d.at), d.current, d.target) for d in rows] == [
        ("19:56:16.522", 1, 2),
        ("19:59:16.877", 2, 3),
        ("20:01:47.026", 3, 2),
        ("20:03:17.276", 2, 1),
    ]
    total = session_rows.totals(state)
    assert (total.decisions, total.ups, total.downs) == (42, 2, 2)


def test_no_pod_without_a_name_ever_appears() -> None:
    state = folded(run_log("capacity-based-high-parallel-20251128-145238"))
    assert len(state.log_kv) == len(state.log_waiting) == 3
    assert all(state.log_kv)
    assert state.totals.kv_samples == state.totals.queue_samples == 118


def test_an_analysis_logged_at_two_levels_counts_once_and_keeps_what_only_debug_says() -> None:
    state = folded(run_log("capacity-based-high-parallel-20251128-145238"))
    [trail] = state.analysed.values()
    assert len(trail) == state.totals.analyses_coalesced == 42
    assert all(a.v1 is not None and a.v1.spare_kv is not None for a in trail)
    assert all(a.v1 is not None and a.v1.total is not None for a in trail)


def test_the_saturation_wording_of_december_is_understood() -> None:
    state = folded(run_log("capacity-based-high-parallel-20251209-153346"))
    assert session_rows.header(state).analyzer == "saturation-only"
    assert state.totals.analyses_coalesced >= 27
    moves = [d for d in reversed(session_rows.decisions(state, 100)) if d.action != "no-change"]
    assert [clock(d.at)[:8] for d in moves[:3]] == ["20:38:34", "20:41:34", "20:45:34"]
    assert [d.action for d in moves] == ["scale-up"] * 3 + ["scale-down"] * 3


def test_klog_lines_are_kept_and_three_minutes_of_silence_are_a_gap_on_the_chart() -> None:
    state = folded(run_log("capacity-based-multi-model-parallel-20251209-141241"))
    klog = [entry for entry in state.log if entry.kind == "klog"]
    assert len(klog) == 2
    assert state.totals.errors == 0
    since, until = state.cycles[0].at, state.now
    view = charts.chart(state, "utilization", since=since, until=until, columns=200)
    assert any(value is None for _, value in view.series[0].points)


def test_one_or_two_time_stamps_a_line_give_the_same_cycles() -> None:
    path = shared("wva-2026/ladder-controller.log")
    two, one = folded(path), folded(path, strip_outer_stamp=True)
    for state in (two, one):
        numbers = summary(state, "ladder")
        assert (numbers["cycles"], numbers["lines"], numbers["nonjson"]) == (87, 1319, 14)
        assert (numbers["ups"], numbers["downs"]) == (3, 9)
        assert (numbers["replica_s"], numbers["span"]) == (9677, 5169)
        assert numbers["unknown_lines"] == 0
    moves = [d for d in reversed(session_rows.decisions(two, 200)) if d.current != d.target]
    told = [(clock(d.at)[:8], d.current, d.target) for d in moves]
    assert told[0] == ("20:42:36", 1, 3)
    for change in [("20:55:38", 2, 3), ("21:13:39", 3, 4), ("21:18:40", 4, 1)]:
        assert change in told
    assert sum(entry.level == "V(2)" for entry in two.log) == 11


def test_five_lines_that_repeat_a_decision_are_one_decision() -> None:
    state = folded(shared("wva-2026/ladder-controller.log"))
    rows = session_rows.decisions(state, 200)
    assert sum(row.repeats for row in rows) == 87
    assert len(rows) == 16
    assert summary(state, "x")["raw_dec"] == 87


def test_utilisation_above_one_is_a_number_and_the_thresholds_are_the_logs() -> None:
    state = folded(shared("wva-2026/ladder-controller.log"))
    view = charts.chart(
        state, "utilization", since=state.cycles[0].at, until=state.now, columns=400
    )
    by_name = {line.name: line for line in view.series}
    assert set(by_name) == {"saturation", "throughput"}
    highest = {
        name: max((v, at) for at, v in line.points if v is not None)
        for name, line in by_name.items()
    }
    assert round(highest["throughput"][0], 4) == 2.5044
    assert clock(highest["throughput"][1])[:8] == "20:42:36"
    assert round(highest["saturation"][0], 4) == 0.8106
    assert limits.thresholds(state).known["scale_up"].source == "stated"
    assert {line.name: line.value for line in view.thresholds}["up above"] == 0.85


def test_the_documented_form_with_its_own_action_names_means_the_same() -> None:
    state = folded(shared("wva-log-samples/cycle-log-documented.jsonl"))
    rows = {d.variant: d for d in session_rows.decisions(state)}
    assert (rows["primary"].action, rows["primary"].current, rows["primary"].target) == (
        "scale-up",
        1,
        2,
    )
    assert rows["v2"].action == "no-change"


def test_a_log_of_something_else_is_said_loudly_and_is_no_flat_chart() -> None:
    lines = [
        f'{{"level":"info","ts":"2026-08-07T20:{m:02d}:{s:02d}Z","msg":"tick tock {m} {s}"}}'
        for m in range(10)
        for s in range(0, 60, 10)
    ]
    state = fold(EMPTY, [ev.Log(1.0 + i, line=line) for i, line in enumerate(lines)])
    assert "recognised" in session_rows.totals(state).drift
    assert charts.chart(state, "kv", since=0, until=9, columns=10).series == ()


def test_predictions_pair_with_the_next_observation() -> None:
    state = folded(run_log("model-based-high-parallel-20251209-224705"))
    found = summary(state, "x")["predictions"]
    assert (found["n"], found["observations"], found["pairs"]) == (22, 22, 21)
    assert found["itl_error_ms"] == {"mean": 11.29, "abs_mean": 12.6, "sd": 19.64}
    assert found["ttft_error_ms"] == {"mean": 335.89, "abs_mean": 338.08, "sd": 1247.83}
    assert (found["slo_itl_ms"], found["slo_ttft_ms"], found["violations"]) == (10, 1000, 12)


def test_a_target_above_the_maximum_shows_both_numbers() -> None:
    state = folded(run_log("model-based-high-parallel-20251210-115341"))
    row = next(d for d in session_rows.decisions(state, 100) if d.target == 28)
    assert (clock(row.at)[:8], row.current) == ("17:08:04", 10)
    view = charts.chart(state, "replicas", since=row.at - 600, until=state.now, columns=300)
    tops = {line.name: max(v for _, v in line.points if v is not None) for line in view.series}
    assert tops == {"decision": 28, "current": 10}


def test_errors_and_warnings_can_be_filtered_by_level() -> None:
    state = folded(run_log("model-based-moderate-parallel-20251203-192044"))
    assert len(log_rows.log_tail(state, 100, level="ERROR")) == 11
    assert len(log_rows.log_tail(state, 100, level="WARN")) == 32
