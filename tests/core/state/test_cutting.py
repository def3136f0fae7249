"""The beginning and end of cycles are decided once, line by line, and are the same everywhere."""

import importlib
import pkgutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

import wvatui.core
from tests.cli.cli import run
from tests.core.canonical import canonical
from wvatui.core import events as ev
from wvatui.core.explain import cycle_detail
from wvatui.core.explain.cycles import explained
from wvatui.core.fold import fold_log
from wvatui.core.fold.fold import fold
from wvatui.core.log.parsed_line import ParsedLine
from wvatui.core.rows import cycle_rows
from wvatui.core.state.building.cutting import MOST_LINES
from wvatui.core.state.state import EMPTY, Cycle, State
from wvatui.recording import imported

START = 1_788_249_600.0
GROUPED = "Grouped VAs by model: modelCount=1, totalVAs=1"
MODEL = "Processing model: modelID=m, variantCount=1"
KV = "KV cache metric: pod=v-1, usage=0.600 (60.0%)"
DECISION = "Processing decision: variant=v, action=scale-up, current=1→target=2"
END = "Reconciliation completed successfully: mode=capacity-only, modelsProcessed=1"
MODE = "Operating in CAPACITY-ONLY mode: saturation decides"


def line(at: float, message: str, level: str = "INFO") -> ev.Log:
    stamp = datetime.fromtimestamp(START + at, UTC).isoformat(timespec="milliseconds")[:-6]
    return ev.Log(START + at, line=f'{{"level":"{level}","ts":"{stamp}Z","msg":"{message}"}}')


def log(*said: tuple[float, str]) -> State:
    return fold(EMPTY, [line(at, message) for at, message in said])


def cycles(state: State) -> list[Cycle]:
    newest = [state.cycle] if state.cycle is not None else []
    return [*state.cycles, *newest]


def spans(state: State) -> list[tuple[int, int | None, float | None]]:
    return [
        (c.first_line, c.stop_line, c.end_at and round(c.end_at - START, 3)) for c in cycles(state)
    ]


def test_a_cycle_goes_from_its_start_to_what_follows_its_end_at_once() -> None:
    state = log(
        (0, "Starting manager"),
        (10, GROUPED),
        (10.1, KV),
        (11, END),
        (12.9, DECISION),
        (13.1, "Shutting down"),
        (40, GROUPED),
        (40.1, KV),
    )
    assert spans(state) == [(1, 5, 11.0), (6, None, None)]
    assert [row.lines for row in reversed(cycle_rows.cycles(state))] == [4, 2]
    inside = [cycle_rows.cycle_of(state, n) for n in range(8)]
    first, second = START + 10, START + 40
    assert inside == [None, first, first, first, first, None, second, second]


def test_a_cycle_without_an_end_goes_to_the_next_start() -> None:
    state = log((0, GROUPED), (1, KV), (9, DECISION), (30, GROUPED), (31, KV))
    assert spans(state) == [(0, 3, None), (3, None, None)]
    assert [row.state for row in cycle_rows.cycles(state)] == ["running", "no end"]


def test_what_is_written_just_before_a_start_is_of_that_cycle_and_not_of_the_last() -> None:
    state = log((0, GROUPED), (1, KV), (29.4, "Shutting down"), (29.8, MODE), (30, GROUPED))
    assert spans(state) == [(0, 3, None), (3, None, None)]
    last, newest = cycles(state)
    assert (last.lines, newest.lines) == (3, 2)
    assert [type(fact).__name__ for fact in newest.facts] == ["Mode", "CycleStart"]
    assert "Mode" not in {type(fact).__name__ for fact in last.facts}
    detail = cycle_detail.cycle_detail(state, START + 30)
    assert detail is not None
    assert detail.mode == "CAPACITY-ONLY"


def test_an_end_is_never_taken_for_what_comes_before_the_next_start() -> None:
    state = log((0, GROUPED), (29.9, END), (30, GROUPED), (31, END))
    assert spans(state) == [(0, 2, 29.9), (2, None, 31.0)]


def test_two_reconciles_at_once_are_one_cycle_of_two() -> None:
    state = log(
        (0, GROUPED),
        (0.1, KV),
        (0.2, END),
        (0.3, GROUPED),
        (0.4, KV),
        (0.5, END),
        (5, "Shutting down"),
    )
    (cycle,) = cycles(state)
    assert (cycle.stop_line, cycle.end_at) == (6, START + 0.5)
    assert [len(reconcile.facts) for reconcile in cycle.reconciles] == [3, 3]


def test_what_only_a_cycle_has_begins_one_where_no_start_is_seen() -> None:
    state = log((0, KV), (1, END), (60, KV), (61, END))
    assert spans(state) == [(0, 2, 1.0), (2, None, 61.0)]
    assert [c.kv for c in cycles(state)] == [{"v-1": 0.6}, {"v-1": 0.6}]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_a_cycle_is_the_same_however_its_lines_are_batched(size: int) -> None:
    events = [
        line(30 * n + at, message)
        for n in range(3)
        for at, message in (
            (0, GROUPED),
            (0.1, MODEL),
            (0.2, KV),
            (0.3, DECISION),
            (1, END),
            (9, "nobody knows this"),
            (29.8, MODE),
        )
    ]
    state = EMPTY
    for begin in range(0, len(events), size):
        state = fold(state, events[begin : begin + size])
    assert canonical(state) == canonical(fold(EMPTY, events))


def test_a_state_keeps_its_cycle_when_more_lines_come() -> None:
    early = log((0, GROUPED), (0.1, KV))
    before = canonical(early)
    late = fold(early, [line(0.2, KV.replace("0.6", "0.9")), line(1, END)])
    assert canonical(early) == before
    assert early.cycle is not None
    assert late.cycle is not None
    assert (early.cycle.kv, late.cycle.kv) == ({"v-1": 0.6}, {"v-1": 0.9})


def test_a_cycle_whose_lines_are_gone_still_says_what_it_said() -> None:
    state = log((0, GROUPED), (0.1, MODEL), (0.2, KV), (0.3, DECISION), (1, END))
    told = explained(state)
    late = fold(state, [line(2 + n / 1000, "nobody knows this") for n in range(10_000)])
    detail = cycle_detail.cycle_detail(late, START)
    assert detail is not None
    assert (detail.log, detail.row.lines, detail.row.duration_s) == ((), None, 1.0)
    assert [(s.pod, s.kv_ratio) for s in detail.samples] == [("v-1", 0.6)]
    assert [c.sentence for c in explained(late)] == [c.sentence for c in told]


def test_a_cycle_that_never_ends_keeps_the_facts_of_its_first_lines() -> None:
    many = [line(1 + n / 1000, KV) for n in range(MOST_LINES + 500)]
    (cycle,) = cycles(fold(EMPTY, [line(0, GROUPED), *many]))
    assert (cycle.lines, len(list(cycle.facts))) == (MOST_LINES + 501, MOST_LINES)


def test_an_error_is_counted_once_and_in_the_cycle_that_has_its_line() -> None:
    events = [
        line(0, GROUPED),
        line(29.8, "Failed to look", "ERROR"),
        line(30, GROUPED),
        line(31, "Failed to look", "ERROR"),
    ]
    assert [row.errors for row in cycle_rows.cycles(fold(EMPTY, events))] == [2, 0]


# --- a line is read once


def test_a_line_is_read_once_whoever_asks_for_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        line(30 * n + at, message).line
        for n in range(20)
        for at, message in ((0, GROUPED), (0.1, MODEL), (0.2, KV), (0.3, DECISION), (1, END))
    ]
    path = tmp_path / "controller.log"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    read: list[str] = []

    def parse(raw: str, year: int | None = None) -> ParsedLine:
        read.append(raw)
        return importlib.import_module("wvatui.core.log.parser").parse(raw, year)

    monkeypatch.setattr(fold_log, "parse", parse)
    monkeypatch.setattr(imported, "parse", parse)
    assert '"cycles": 20' in run("explain", str(path), "--changes", "-o", "json").out
    assert read == lines


def test_of_the_pure_floor_only_the_fold_reads_lines() -> None:
    readers = [
        found.name
        for found in pkgutil.walk_packages(wvatui.core.__path__, "wvatui.core.")
        if ".core.log." not in found.name
        and hasattr(importlib.import_module(found.name), "parse")
        and importlib.import_module(found.name).parse.__module__ == "wvatui.core.log.parser"
    ]
    assert readers == ["wvatui.core.fold.fold_log"]
