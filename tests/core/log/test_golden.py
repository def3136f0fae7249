"""Real controller logs, compared with numbers that were computed independently of the parser."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.core.log.reference import count, highest, pairs, read, spread
from tests.fixtures import FIXTURES, shared
from wvatui.core.log import facts as fc
from wvatui.core.log.anchors import Drift
from wvatui.core.log.parser import parse

RUNS = "wva-experiments-2025"


def golden() -> list[dict[str, str]]:
    path = FIXTURES / RUNS / "golden.psv"
    if not path.exists():
        return []
    head, *rows = path.read_text().splitlines()
    return [dict(zip(head.split("|"), row.split("|"), strict=True)) for row in rows if row]


def log_of(run: str) -> Path:
    return shared(f"{RUNS}/{run}/wva-controller-logs.jsonl")


def run_named(part: str) -> Path:
    for row in golden():
        if part in row["run"]:
            return log_of(row["run"])
    pytest.skip("recorded data not beside this checkout")


def clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S.%f")[:-3]


def text(value: object) -> str:
    return str(value)


@pytest.mark.parametrize("row", golden(), ids=lambda row: row["run"])
def test_every_column_of_the_golden_table_comes_out(row: dict[str, str]) -> None:
    c = count(read(log_of(row["run"])))
    currents = [e.current for e in c.entries if e.current is not None]
    found = {
        "run": row["run"],
        "lines": c.lines,
        "nonjson": c.nonjson,
        "mode": ",".join(sorted(c.modes)),
        "reconciles": c.reconciles,
        "cycles": len(c.entries),
        "raw_dec": c.raw_dec,
        "ups": sum(e.action == "scale-up" for e in c.entries),
        "downs": sum(e.action == "scale-down" for e in c.entries),
        "target_changes": c.target_changes(),
        "cur": (min(currents), max(currents)),
        "tgt_max": max(e.target for e in c.entries if e.target is not None),
        "pods": len(c.pods),
        "kv": len(c.kv),
        "kv_peak": max(c.kv),
        "q_peak": max(c.queue),
        "caps": len(c.analyses),
        "cap_ts": len(set(c.analyses)),
        "ttft_max": highest(m.ttft_ms for _, m in c.measured),
        "itl_max": highest(m.itl_ms for _, m in c.measured),
        "arr_max": highest(m.arrival_per_min for _, m in c.measured),
        "preds": len(c.predictions),
        "nis": c.nis,
        "errs": c.errs,
        "warn": c.warn,
        "replica_s": round(c.replica_seconds()),
        "span": round(c.span()),
    }
    assert {key: text(value) for key, value in found.items()} == row
    assert c.unknown < 0.02 * c.lines


@pytest.mark.parametrize("row", golden(), ids=lambda row: row["run"])
def test_no_drift_alarm_sounds_on_a_real_log(row: dict[str, str]) -> None:
    drift = Drift()
    for line in read(log_of(row["run"])):
        drift.feed(line)
        assert drift.alarm == ""


def test_an_old_log_tells_its_four_changes_and_no_more() -> None:
    c = count(read(run_named("20251128-145238")))
    assert len(c.entries) == 42
    assert [(clock(e.at), e.current, e.target) for e in c.changes()] == [
        ("19:56:16.522", 1, 2),
        ("19:59:16.877", 2, 3),
        ("20:01:47.026", 3, 2),
        ("20:03:17.276", 2, 1),
    ]


def test_no_pod_without_a_name_is_counted() -> None:
    c = count(read(run_named("20251128-145238")))
    assert len(c.pods) == 3
    assert "" not in c.pods
    assert (len(c.kv), len(c.queue)) == (118, 118)


def test_the_debug_form_of_an_analysis_keeps_its_mean_spares() -> None:
    lines = read(run_named("20251128-145238"))
    found = [f for line in lines for f in line.facts if isinstance(f, fc.SaturationV1)]
    detailed = [f for f in found if f.spare_kv is not None and f.spare_queue is not None]
    assert (len(found), len(detailed)) == (168, 84)


def test_the_saturation_wording_gives_the_same_facts() -> None:
    c = count(read(run_named("20251209-153346")))
    assert c.modes == {"saturation-only"}
    assert [clock(e.at)[:8] for e in c.changes() if e.action == "scale-up"] == [
        "20:38:34",
        "20:41:34",
        "20:45:34",
    ]
    assert [clock(e.at)[:5] for e in c.changes() if e.action == "scale-down"] == [
        "20:52",
        "20:54",
        "20:56",
    ]
    assert (max(c.kv), max(c.queue)) == (1.0, 1015)


def test_klog_lines_are_kept_as_leader_election() -> None:
    lines = [line for line in read(run_named("20251209-141241")) if line.kind == "klog"]
    events = [f.event for line in lines for f in line.facts if isinstance(f, fc.Leader)]
    assert events == ["attempting", "acquired"]


def test_predictions_pair_with_what_was_observed_after_them() -> None:
    c = count(read(run_named("20251209-224705")))
    found = pairs(c)
    assert (len(c.predictions), len(c.measured), len(found)) == (22, 22, 21)
    itl = spread([p.itl_error for p in found])
    ttft = spread([p.ttft_error for p in found])
    assert [round(v, 2) for v in itl] == [11.29, 12.60, 19.64]
    assert [round(v, 2) for v in ttft] == [335.89, 338.08, 1247.83]
    slo = c.slos[-1]
    assert (slo.itl_ms, slo.ttft_ms) == (10.0, 1000.0)
    late = [
        p
        for p in found
        if (p.observation.itl_ms or 0) > 10.0 or (p.observation.ttft_ms or 0) > 1000.0
    ]
    assert len(late) == 12
    first = found[0]
    assert first.prediction.itl_ms == 7.590457
    assert first.observation.itl_ms == 14.40
    assert round(first.observed_at - first.predicted_at, 3) == 60.029


def test_a_target_above_the_maximum_stays_what_it_is() -> None:
    c = count(read(run_named("20251210-115341")))
    peak = max(c.entries, key=lambda e: e.target or 0)
    assert (clock(peak.at)[:8], peak.target, peak.current) == ("17:08:04", 28, 10)


def test_errors_and_warnings_have_their_levels() -> None:
    c = count(read(run_named("20251203-192044")))
    assert (c.errs, c.warn) == (11, 32)


# --- today's console dialect ----------------------------------------------------------------


def ladder() -> Path:
    return shared("wva-2026/ladder-controller.log")


def test_two_time_stamps_a_line_give_the_controllers_own_time() -> None:
    lines = read(ladder())
    c = count(lines)
    assert len(c.entries) == 87
    first = c.changes()[0]
    assert (clock(first.at)[:8], first.current, first.target) == ("20:42:36", 1, 3)
    assert len(c.changes()) == 12
    assert round(c.replica_seconds()) == 9677
    assert round(c.span()) == 5169
    assert sum(line.kind == "klog" for line in lines) == 14
    assert sum(line.level == "V(2)" for line in lines) == 11
    assert c.unknown == 0


def test_one_time_stamp_a_line_gives_the_same_and_loses_nothing() -> None:
    raw = ladder().read_text(encoding="utf-8").splitlines()
    both = [parse(line) for line in raw]
    single = [parse(line.partition(" ")[2], year=2026) for line in raw]
    assert [(x.kind, x.level, x.message, x.facts) for x in both] == [
        (x.kind, x.level, x.message, x.facts) for x in single
    ]
    for one, two in zip(both, single, strict=True):
        assert one.at is not None
        assert two.at == pytest.approx(one.at, abs=0.001)


def test_five_messages_repeat_one_decision_and_agree() -> None:
    lines = read(ladder())
    decisions = [f for line in lines for f in line.facts if isinstance(f, fc.LoggedDecision)]
    stages = {
        stage: sum(d.stage == stage for d in decisions)
        for stage in ("decided", "processing", "emitted", "applied")
    }
    assert stages == {"decided": 87, "processing": 87, "emitted": 174, "applied": 87}
    by_stage = [[d.target for d in decisions if d.stage == s] for s in ("decided", "processing")]
    assert by_stage[0] == by_stage[1]


def test_utilisation_above_one_stays_above_one_with_its_threshold() -> None:
    results = [
        (line.at, f)
        for line in read(ladder())
        for f in line.facts
        if isinstance(f, fc.AnalyzerResult)
    ]
    assert len(results) == 174
    at, peak = max(
        ((at, f) for at, f in results if f.analyzer == "throughput"),
        key=lambda item: item[1].utilization or 0,
    )
    assert at is not None
    assert (clock(at)[:8], round(peak.utilization or 0, 4)) == ("20:42:36", 2.5044)
    assert peak.scale_up_threshold == 0.85
    tokens = max(f.utilization or 0 for _, f in results if f.analyzer == "saturation")
    assert round(tokens, 4) == 0.8106


def test_the_documented_cycle_log_gives_the_same_events() -> None:
    lines = read(shared("wva-log-samples/cycle-log-documented.jsonl"))
    assert {line.dialect for line in lines} == {"cycle-log"}
    decisions = [f for line in lines for f in line.facts if isinstance(f, fc.LoggedDecision)]
    assert [(d.variant, d.action, d.current, d.target) for d in decisions] == [
        ("primary", "scale-up", 1, 2),
        ("v2", "no-change", 1, 1),
    ]
