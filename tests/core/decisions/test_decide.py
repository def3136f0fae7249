"""Decisions from log lines: which lines are one decision, and where jumps in time stop."""

import json
from datetime import UTC, datetime

import pytest

from wvatui.core import events as ev
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.fold.fold import fold
from wvatui.core.rows.scaling_rows import SizeChanges, all_changes
from wvatui.core.state.state import EMPTY, State
from wvatui.session.base import JUMPED, neighbour

START = 1_788_249_600.0


def line(at: float, target: int, *, heard_s: float = 0.0) -> ev.Log:
    """A decision in the log `at` seconds after the start, which is received `heard_s` later."""
    stamp = datetime.fromtimestamp(START + at, UTC).isoformat(timespec="milliseconds")[:-6]
    text = (
        f'{{"level":"INFO","ts":"{stamp}Z","msg":"Processing decision for VA",'
        f'"variant":"a","action":"scale-up","current":1,"target":{target}}}'
    )
    return ev.Log(START + at + heard_s, line=text)


def folded(*events: ev.Event) -> State:
    return fold(EMPTY, sorted(events, key=lambda event: event.at))


@pytest.mark.parametrize(
    ("apart_s", "decisions"), [(0.0, 1), (1.9, 1), (2.0, 2), (2.1, 2), (3.0, 2), (3.9, 2)]
)
def test_two_lines_are_one_decision_for_less_than_two_seconds(
    apart_s: float, decisions: int
) -> None:
    state = folded(line(10.0, 2), line(10.0 + apart_s, 3))
    assert len(state.decided) + len(state.deciding) == decisions
    (newest,) = state.deciding.values()
    assert (newest.at, newest.target) == (START + 10.0 + (apart_s if decisions == 2 else 0.0), 3)


def test_the_window_begins_at_the_first_line_and_does_not_move_with_the_others() -> None:
    state = folded(line(10.0, 2), line(11.5, 3), line(13.0, 4))
    assert [(one.at - START, one.target) for one in state.decided] == [(10.0, 3)]
    (newest,) = state.deciding.values()
    assert (newest.at - START, newest.target) == (13.0, 4)


# --- previous and next


def late() -> State:
    """A decision of second 50 that is read at second 200, and a mark at second 100."""
    mark = ev.Mark(START + 100, note="half way")
    return folded(line(50.0, 2, heard_s=150.0), mark, ev.Tick(START + 300))


@pytest.mark.parametrize(
    ("at", "direction", "kind"),
    [
        (0.0, 1, "mark"),  # the decision has not been received yet
        (60.0, 1, "mark"),
        (100.0, 1, "decision"),
        (150.0, 1, "decision"),
        (200.0, 1, None),
        (300.0, -1, "decision"),
        (200.0, -1, "mark"),
        (150.0, -1, "mark"),
        (100.0, -1, None),
        (70.0, -1, None),  # a line that is received later is not in the past
    ],
)
def test_previous_and_next_stop_where_something_is_first_shown(
    at: float, direction: int, kind: str | None
) -> None:
    found = neighbour(late(), START + at, direction, JUMPED)
    assert (found.kind if found is not None else None) == kind
    if found is not None and kind == "decision":
        assert (found.at - START, found.shown_at - START) == (50.0, 200.0)


# --- later lines of one decision


def said(at: float, message: str) -> ev.Log:
    stamp = datetime.fromtimestamp(START + at, UTC).isoformat(timespec="milliseconds")[:-6]
    return ev.Log(START + at, line=f'{{"level":"INFO","ts":"{stamp}Z","msg":"{message}"}}')


@pytest.mark.parametrize(
    "later",
    [
        "Processing decision: variant=v, action=scale-up, current=1→target=2",
        "Applied capacity decision: variant=v, action=scale-up, current=1, target=2, reason=cut",
        "Successfully emitted metrics for external autoscalers: variant=v, targetReplicas=2",
    ],
)
def test_a_later_line_of_a_decision_changes_its_target(later: str) -> None:
    first = "Processing decision: variant=v, action=scale-up, current=1→target=3"
    (decided,) = folded(said(0.0, first), said(0.5, later)).deciding.values()
    assert (decided.target, decided.current, decided.repeats) == (2, 1, 2)
    assert (decided.at, decided.last_at) == (START, START + 0.5)


def stated(at: float, message: str, **fields: object) -> ev.Log:
    """Another line of the controller."""
    stamp = datetime.fromtimestamp(START + at, UTC).isoformat(timespec="milliseconds")[:-6]
    text = json.dumps({"level": "INFO", "ts": f"{stamp}Z", "msg": message, **fields})
    return ev.Log(START + at, line=text)


@pytest.mark.parametrize(
    ("message", "fields", "held", "step"),
    [
        (
            "Clamping target to maxReplicas",
            {"variant": "a", "target": 6, "maxReplicas": 4},
            ("max", 6),
            "its rule wants 6, the maximum of the variant gives 4",
        ),
        (
            "Decision was limited by GPU availability",
            {"variant": "a", "originalTarget": 7, "limitedTarget": 4, "limitedBy": "gpu"},
            ("limiter", 7),
            "its rule wants 7, the limiter gives 4",
        ),
    ],
)
def test_what_wva_itself_puts_in_the_place_of_its_rules_target_holds_the_decision(
    message: str, fields: dict[str, object], held: tuple[str, int], step: str
) -> None:
    state = folded(stated(9.9, message, **fields), line(10.0, 4), line(40.0, 4))
    first, second = scaling_decisions(state)
    assert [(h.brake, h.replicas) for h in first.held] == [(held[0], 4)]
    assert (first.wanted, first.after, first.steps) == (held[1], 4, (step,))
    assert (second.wanted, second.held) == (4, ())
    assert (first.changes, second.changes) == (True, False), "the size wanted is the same"
    assert all_changes(state) == SizeChanges(up=1)
