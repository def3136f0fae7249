"""Log lines in the fold: the mode, and the beginning of each cycle."""

import pytest

from tests.core.fold.log_lines import (
    GROUPED,
    START,
    analysis,
    cycles,
    decision,
    learned,
    line,
    result,
)
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.log import facts as fc
from wvatui.core.state.state import State


def test_the_mode_is_the_newest_that_was_named_and_each_is_counted() -> None:
    said = [f"Operating in {mode} mode: x" for mode in ("HYBRID", "CAPACITY-ONLY", "HYBRID")]
    state = learned(*(line(n, message) for n, message in enumerate(said)))
    assert (state.mode, state.totals.modes) == ("HYBRID", {"HYBRID": 2, "CAPACITY-ONLY": 1})


def test_the_end_of_a_cycle_names_the_mode_where_nothing_else_did() -> None:
    end = "Reconciliation completed successfully: mode=capacity-only, modelsProcessed=1"
    assert learned(line(0, GROUPED), line(1, end)).mode == "capacity-only"
    named = line(0, "Operating in HYBRID mode: x")
    assert learned(named, line(0, GROUPED), line(1, end)).mode == "HYBRID"


def test_reconciles_and_models_are_counted() -> None:
    model = "Processing model: modelID=m, variantCount=1"
    end = "Reconciliation completed with errors: mode=x, modelsProcessed=1"
    state = learned(
        *(line(9 * n + at, text) for n in range(2) for at, text in enumerate((GROUPED, model, end)))
    )
    assert (state.totals.reconciles, state.totals.model_starts) == (2, 2)
    assert [(cycle.end_at, cycle.ok) for cycle in cycles(state)] == [
        (START + 2, False),
        (START + 11, False),
    ]


@pytest.mark.parametrize(("apart_s", "count"), [(1.9, 1), (2.0, 2)])
def test_a_start_within_two_seconds_is_of_the_same_cycle(apart_s: float, count: int) -> None:
    assert len(cycles(learned(line(0, GROUPED), line(apart_s, GROUPED)))) == count


def test_a_start_behind_an_end_begins_a_cycle_however_soon() -> None:
    end = "Reconciliation completed successfully: mode=x, modelsProcessed=1"
    state = learned(line(0, GROUPED), line(-3, end), line(1, "Shutting down"), line(1.5, GROUPED))
    assert [(cycle.at - START, cycle.lines) for cycle in cycles(state)] == [(0.0, 2), (1.5, 2)]


def test_at_most_six_lines_just_before_a_start_are_of_its_cycle_in_their_order() -> None:
    modes = [line(29.6 + n / 20, f"Operating in M{n} mode: x") for n in range(8)]
    (cycle,) = cycles(learned(*modes, line(30, GROUPED)))
    assert (cycle.first_line, cycle.lines) == (2, 7)
    named = [fact.mode for fact in cycle.facts if isinstance(fact, fc.Mode)]
    assert named == ["M2", "M3", "M4", "M5", "M6", "M7"]


def test_what_is_written_just_before_a_start_is_taken_from_the_cycle_before() -> None:
    mode = line(29.8, "Operating in HYBRID mode: x")
    first, second = cycles(learned(line(0, GROUPED), line(1, "x"), mode, line(30, GROUPED)))
    assert (first.first_line, first.stop_line, first.lines) == (0, 2, 2)
    assert (second.first_line, second.stop_line, second.lines) == (2, None, 2)


def test_cycles_under_one_configuration_share_it_and_keep_it_when_it_changes() -> None:
    def config(threshold: str) -> ev.Config:
        return ev.Config(START, name="c", namespace="ns", data={"default": threshold})

    state = learned(
        config("0.8"), line(0, GROUPED), line(30, GROUPED), config("0.9"), line(60, GROUPED)
    )
    first, second, third = (cycle.configs for cycle in cycles(state))
    assert first is second
    assert [configs["ns", "c"].data["default"] for configs in (first, third)] == ["0.8", "0.9"]


def decided(state: State) -> list[tuple[str, ...]]:
    return [cycle.decided for cycle in cycles(state)]


def test_without_a_line_that_starts_a_cycle_a_variant_decided_again_begins_the_next() -> None:
    said = [decision(0, "a", 2), decision(1, "b", 2), decision(9, "a", 3), decision(10, "b", 3)]
    assert decided(learned(*said)) == [("a", "b"), ("a", "b")]
    assert decided(learned(said[0], decision(1, "a", 3), said[1])) == [("a", "b")]
    started = learned(line(0, GROUPED), *said)
    assert decided(started) == [("a", "b", "a", "b")]
    assert decided(fold(started, [line(30, GROUPED), decision(31, "a", 4)]))[1:] == [("a",)]


def test_a_decision_behind_the_end_of_a_cycle_begins_the_next() -> None:
    end = "Reconciliation completed successfully: mode=x, modelsProcessed=1"
    state = learned(line(0, GROUPED), decision(0.5, "a", 2), line(1, end), decision(9, "b", 2))
    assert decided(state) == [("a",), ("b",)]


def test_without_a_line_that_starts_a_cycle_a_model_analysed_again_begins_the_next() -> None:
    said = [analysis(0, totalReplicas=2), result(0.5, supply=9), analysis(9, totalReplicas=3)]
    assert [len(cycle.analyses) for cycle in cycles(learned(*said))] == [2, 1]
    assert [len(cycle.analyses) for cycle in cycles(learned(line(0, GROUPED), *said))] == [3]
