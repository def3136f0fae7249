"""The controller's cycles: their rows, their lines, and all details of one."""

import msgspec
import pytest

from tests.core.folding import HEAD, RECORDINGS, logged, recorded
from tests.fixtures import shared
from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.explain import cycle_detail
from wvatui.core.fold.fold import fold
from wvatui.core.lines import clean
from wvatui.core.rows import cycle_rows
from wvatui.core.rows.cycle_rows import all_cycles
from wvatui.core.state.state import EMPTY
from wvatui.recording import open_recording

NAMES = (
    "burst-drain-v1.jsonl",
    "spike.jsonl",
    "stair-step-v2-hpa.jsonl",
    "two-variants-keda.jsonl",
)


def test_cycles_come_newest_first_with_their_decisions_and_how_they_ended() -> None:
    second, first = cycle_rows.cycles(logged(HEAD))
    assert first.at < second.at
    assert (first.state, first.duration_s, first.errors) == ("ok", 1.0, 1)
    assert [(d.variant, d.current, d.target) for d in first.decisions] == [
        ("h100", 1, 1),
        ("a100", 1, 2),
    ]
    assert (first.ups, first.downs, first.holds) == (1, 0, 1)
    assert (second.state, second.duration_s, second.errors) == ("running", None, 0)
    assert (second.ups, second.downs, second.holds) == (0, 1, 0)


def test_a_cycle_that_never_ended_and_is_long_past_does_not_run() -> None:
    state = logged(HEAD)
    late = fold(state, [ev.Tick(state.now + 600.0)])
    assert cycle_rows.cycles(late)[0].state == "no end"


def test_a_cycle_that_ended_with_errors_failed() -> None:
    lines = (
        "Grouped VAs by model: modelCount=1, totalVAs=1",
        "Reconciliation completed with errors: mode=capacity-only, modelsProcessed=0,"
        " modelsFailed=1, decisionsApplied=0",
    )
    stamp = '{"level":"INFO","ts":"2025-12-18T10:07:12.393Z","msg":"'
    (row,) = cycle_rows.cycles(logged("\n".join(f'{stamp}{line}"}}' for line in lines)))
    assert (row.state, row.decisions, row.analyses, row.lines) == ("failed", (), (), 2)


def test_cycles_are_limited_to_the_newest_and_to_those_of_one_variant() -> None:
    state = recorded("two-variants-keda.jsonl")
    rows = cycle_rows.cycles(state, 5)
    assert len(rows) == 5
    assert rows == cycle_rows.cycles(state)[:5]
    assert len(cycle_rows.cycles(logged(HEAD), 9, "ns/h100")) == 1
    assert cycle_rows.cycles(state, 9, "no-such-variant") == ()
    assert cycle_rows.cycles(EMPTY) == ()


@pytest.mark.parametrize("name", NAMES)
def test_every_decision_of_a_recording_is_in_the_cycle_that_took_it(name: str) -> None:
    state = recorded(name)
    rows = cycle_rows.cycles(state, 10_000)
    assert len(rows) == len(all_cycles(state))
    taken = sorted((d.at, d.variant, d.target) for row in rows for d in row.decisions)
    assert taken == sorted((d.at, clean(d.variant), d.target) for d in state.known_decisions)
    numbers = summary(state, "x")
    assert sum(row.ups for row in rows) == numbers["ups"]
    assert sum(row.downs for row in rows) == numbers["downs"]


@pytest.mark.parametrize("name", NAMES)
def test_no_log_line_is_in_two_cycles_and_each_knows_its_cycle(name: str) -> None:
    state = recorded(name)
    owned: dict[int, float] = {}
    for row in cycle_rows.cycles(state, 10_000):
        detail = cycle_detail.cycle_detail(state, row.at)
        assert detail is not None
        assert len(detail.log) == row.lines
        for line in detail.log:
            assert line.index not in owned
            owned[line.index] = row.at
    for entry in state.log:
        assert cycle_rows.cycle_of(state, entry.index) == owned.get(entry.index)


def test_what_stands_between_two_cycles_is_in_none() -> None:
    state = logged(HEAD)
    inside = [cycle_rows.cycle_of(state, n) for n in range(11)]
    first, second = (row.at for row in reversed(cycle_rows.cycles(state)))
    assert inside == [None, *[first] * 7, None, second, second]
    assert cycle_rows.cycle_of(state, 99) is None
    assert cycle_rows.cycle_of(state, -1) is None
    assert cycle_rows.cycle_of(EMPTY, 0) is None


def test_a_cycle_in_full_has_decisions_analyses_thresholds_pods_and_lines() -> None:
    state = logged(HEAD)
    at = cycle_rows.cycles(state)[-1].at
    detail = cycle_detail.cycle_detail(state, at)
    assert detail is not None
    (analysis,) = detail.row.analyses
    assert (analysis.analyzer, analysis.vote) == ("saturation", "up")
    assert (analysis.supply, analysis.demand, analysis.required) == (1000, 950, 120.5)
    assert [(c.variant, c.per_replica, c.reason) for c in analysis.capacities] == [
        ("a100", 500, "P3-k2")
    ]
    assert [(x.title, x.value, x.source) for x in detail.limits] == [
        ("up when used above", 0.85, "stated: in this cycle's lines"),
        ("down when used below", 0.7, "stated: in this cycle's lines"),
    ]
    (sample,) = detail.samples
    assert (sample.pod, sample.kv_ratio, sample.waiting) == ("a100-x", 0.6, 2)
    assert (sample.polled_at, sample.polled_kv, sample.polled_running) == (None, None, None)
    assert [line.index for line in detail.log] == list(range(1, 8))
    assert detail.previous is None
    assert detail.next == cycle_rows.cycles(state)[0].at


def test_what_a_cycle_does_not_say_is_missing_and_not_taken_from_another() -> None:
    detail = cycle_detail.cycle_detail(logged(HEAD), cycle_rows.cycles(logged(HEAD))[0].at)
    assert detail is not None
    assert (detail.row.analyses, detail.limits, detail.samples, detail.mode) == ((), (), (), "")
    (variant,) = detail.variants
    assert variant.decision is not None
    assert (variant.ready, variant.cost, variant.proposed, variant.ttft_ms) == (None,) * 4


def test_the_controllers_samples_stand_beside_what_was_polled_by_then() -> None:
    state = recorded("burst-drain-v1.jsonl")
    moves = [row for row in cycle_rows.cycles(state) if row.downs]
    detail = cycle_detail.cycle_detail(state, moves[-1].at)
    assert detail is not None
    assert detail.samples
    for sample in detail.samples:
        assert sample.polled_at is not None
        assert 0 <= detail.row.at - sample.polled_at <= 10
        assert sample.kv_ratio is not None
        assert sample.polled_kv is not None
        assert sample.polled_kv_peak is not None
        assert sample.polled_kv_peak >= sample.polled_kv
    (variant,) = detail.variants
    assert variant.decision is not None
    assert variant.proposed == variant.decision.target
    assert detail.mode == "CAPACITY-ONLY"


def test_thresholds_that_no_line_states_say_where_they_are_from() -> None:
    state = recorded("burst-drain-v1.jsonl")
    detail = cycle_detail.cycle_detail(state, cycle_rows.cycles(state)[0].at)
    assert detail is not None
    where = "configured: ConfigMap capacity-scaling-config"
    assert {x.source for x in detail.limits} == {"stated: in this cycle's lines", where}
    late = msgspec.structs.replace(next(iter(state.configs.values())), at=state.now + 10)
    events = open_recording(RECORDINGS / "burst-drain-v1.jsonl").events()
    later = fold(EMPTY, [*(e for e in events if not isinstance(e, ev.Config)), late])
    detail = cycle_detail.cycle_detail(later, cycle_rows.cycles(later)[0].at)
    assert detail is not None
    assert f"{where}, read later" in {x.source for x in detail.limits}


def test_a_moment_between_cycles_gives_the_one_before_it() -> None:
    state = logged(HEAD)
    second, first = cycle_rows.cycles(state)
    found = cycle_detail.cycle_detail(state, first.at + 5.0)
    assert found is not None
    assert found.row == first
    assert cycle_detail.cycle_detail(state, first.at - 100.0) is None
    assert cycle_detail.cycle_detail(EMPTY, 0.0) is None
    assert second.at > first.at


def test_a_cycle_whose_lines_are_no_longer_kept_has_no_count_of_them() -> None:
    state = logged(HEAD)
    filler = [ev.Log(state.now, line=f"line {n}") for n in range(10_000)]
    state = fold(state, filler)
    (second, first) = cycle_rows.cycles(state)
    assert (first.lines, first.errors) == (None, None)
    assert first.decisions
    detail = cycle_detail.cycle_detail(state, first.at)
    assert detail is not None
    assert detail.log == ()
    assert detail.row.analyses
    assert second.lines is None


def test_hostile_text_in_a_cycle_comes_out_clean() -> None:
    evil = HEAD.replace("a100", "a\\u001b[2J\\u202e100").replace("nobody there", "\\u009b1m")
    state = logged(evil)
    for row in cycle_rows.cycles(state):
        detail = cycle_detail.cycle_detail(state, row.at)
        assert not any(c in repr(detail).replace("\\\\", "") for c in ("\x1b", "\\x1b", "\u202e"))


def test_real_logs_give_whole_cycles() -> None:
    path = shared("wva-log-samples/v0.8.0.console-v4.log")
    state = logged(path.read_text())
    rows = cycle_rows.cycles(state)
    assert [(row.state, len(row.decisions)) for row in rows] == [
        ("ok", 0),
        ("ok", 2),
        ("ok", 2),
        ("ok", 2),
    ]
    # The analysis is logged with and without its role, and shown once.
    assert [len(row.analyses) for row in rows] == [0, 1, 1, 1]
    detail = cycle_detail.cycle_detail(state, rows[-1].at)
    assert detail is not None
    a100, _ = detail.variants
    assert (a100.ready, a100.min, a100.max, a100.cost, a100.proposed) == (1, 1, 10, 40.0, 2)
    assert "fewer is not safe" in detail.notes[0]
    assert (detail.samples[0].arrival_per_s, detail.samples[0].ttft_ms) == (0.35, 185.0)
