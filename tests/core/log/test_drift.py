"""Format drift: reworded messages of a controller raise a warning, and nothing else does."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fixtures import FIXTURES, shared
from tests.ui.fake import live
from tests.ui.view_models import view_model
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.log.parser import parse
from wvatui.core.queries.session import session_rows
from wvatui.core.state.state import EMPTY, State
from wvatui.ui.panels.overview import banner

START = 1_788_249_600.0
PERIOD_S = 30.0

Wording = Callable[[str], str]
CYCLE: tuple[tuple[str, dict[str, object]], ...] = (
    ("Grouped VAs by model", {"modelCount": 1, "totalVAs": 1}),
    ("Processing model (V2)", {"modelID": "m", "namespace": "ns", "variantCount": 1}),
    (
        "analyzer-result",
        {
            "modelID": "m",
            "namespace": "ns",
            "analyzer": "saturation",
            "supply": 10,
            "demand": 5,
            "util": 0.5,
            "rc": 0,
            "sc": 0,
        },
    ),
    (
        "scaling-decision",
        {
            "modelID": "m",
            "namespace": "ns",
            "decisions": [{"name": "v", "curr": 1, "tgt": 1, "action": "no-change"}],
        },
    ),
    ("Applying scaling decisions", {"totalDecisions": 1}),
    (
        "Processing decision for VA",
        {"variant": "ns/v", "action": "no-change", "current": 1, "target": 1},
    ),
    ("Successfully emitted metrics", {"variant": "v", "target": 1, "accelerator": "H100"}),
    (
        "Optimization completed successfully",
        {"mode": "saturation", "modelsProcessed": 1, "decisionsApplied": 1},
    ),
)
"""The messages of one cycle of v0.9, with their fields."""
DECIDES = ("scaling-decision", "Processing decision for VA")
ANALYSES = ("analyzer-result",)


def as_it_is(message: str) -> str:
    return message


def anew(*messages: str) -> Wording:
    """The wording of a release that replaces these messages by unknown ones."""
    return lambda message: f"Zorp {message[::-1]}" if message in messages else message


def cycles(count: int, wording: Wording, *, since: float = START) -> list[ev.Event]:
    """The events of `count` cycles, with a tick after each."""
    found: list[ev.Event] = []
    for number in range(count):
        at = since + number * PERIOD_S
        stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for message, fields in CYCLE:
            text = f"{stamp}\tINFO\tsaturation/engine.go:1\t{wording(message)}\t"
            found.append(ev.Log(at, line=text + json.dumps(fields)))
        found.append(ev.Tick(at + 1))
    return found


def shown(state: State) -> str:
    """The banner's text over this State's totals."""
    world = live()
    world.totals = session_rows.totals(state)
    return "".join(text for line in banner.lines(view_model(world), 160, 2) for text, _ in line)


def test_a_log_that_is_understood_has_no_banner() -> None:
    state = fold(EMPTY, cycles(20, as_it_is))
    assert state.drift.alarm == ""
    assert session_rows.totals(state).drift == ""
    assert shown(state) == ""


@pytest.mark.parametrize(
    ("renamed", "missing"),
    [(DECIDES, "decision"), (ANALYSES, "analysis"), (DECIDES + ANALYSES, "analysis or decision")],
)
def test_anchors_that_fail_for_more_than_two_cycles_reach_the_banner(
    renamed: tuple[str, ...], missing: str
) -> None:
    state = fold(EMPTY, cycles(10, as_it_is))
    broken = cycles(6, anew(*renamed), since=START + 10 * PERIOD_S)
    each = len(broken) // 6
    two = fold(state, broken[: 2 * each])
    assert two.drift.alarm == ""
    assert shown(two) == ""
    three = fold(two, broken[2 * each : 3 * each])
    assert f"no known {missing} line for 3 cycles" in three.drift.alarm
    assert session_rows.totals(three).drift == three.drift.alarm
    assert "format drift" in shown(three)
    assert missing in shown(three)
    # The State before it was not touched.
    assert two.drift.alarm == ""


def test_the_alarm_ends_when_the_log_is_understood_again() -> None:
    state = fold(EMPTY, cycles(20, as_it_is))
    state = fold(state, cycles(4, anew(*DECIDES), since=START + 20 * PERIOD_S))
    assert state.drift.alarm
    state = fold(state, cycles(1, as_it_is, since=START + 24 * PERIOD_S))
    assert state.drift.alarm == ""
    assert shown(state) == ""


def test_a_log_of_which_every_word_is_new_is_drift_after_a_few_cycles() -> None:
    everything = anew(*(message for message, _ in CYCLE))
    state = fold(EMPTY, cycles(10, as_it_is))
    state = fold(state, cycles(4, everything, since=START + 10 * PERIOD_S))
    assert "format drift" in shown(state)
    assert "0 recognised" in fold(EMPTY, cycles(1, everything)).drift.alarm


STRANGE = "LogRecord #{}", "Attributes:", "     -> file: Str(0.log)", "Trace ID: ", "Flags: 0"
"""Lines that another tool writes around each line of the log."""


def test_lines_of_other_tools_among_the_controllers_are_no_drift() -> None:
    events: list[ev.Event] = []
    for number, event in enumerate(cycles(5, as_it_is)):
        events.append(event)
        events += [ev.Log(event.at, line=line.format(number)) for line in STRANGE]
    assert fold(EMPTY, events).drift.alarm == ""


def test_a_log_that_goes_on_in_a_form_that_no_dialect_has_is_drift() -> None:
    state = fold(EMPTY, cycles(5, as_it_is))
    after = [ev.Log(START + 150 + n, line=f"level=info grouped={n}") for n in range(50)]
    assert "only 40 recognised" in fold(state, after).drift.alarm
    assert "0 recognised" in fold(EMPTY, after).drift.alarm


def test_cycles_without_work_and_without_unknown_lines_are_no_drift() -> None:
    quiet = [
        event
        for event in cycles(20, as_it_is)
        if not (type(event) is ev.Log and any(word in event.line for word in DECIDES + ANALYSES))
    ]
    state = fold(EMPTY, quiet)
    assert state.drift.alarm == ""


# --- real logs --------------------------------------------------------------------------------


def real_logs() -> list[str]:
    patterns = (
        "wva-experiments-2025/*/wva-controller-logs.jsonl",
        "wva-2026/*controller*.log",
        "wva-log-samples/*",
    )
    paths = (path for pattern in patterns for path in sorted(FIXTURES.glob(pattern)))
    return [path.relative_to(FIXTURES).as_posix() for path in paths]


def log_events(lines: Iterable[str]) -> list[ev.Event]:
    at = 0.0
    found: list[ev.Event] = []
    for text in lines:
        if text:
            at = max(at, parse(text).at or at)
            found.append(ev.Log(at, line=text))
    return found


@pytest.mark.parametrize("name", real_logs() or ["wva-log-samples"])
def test_a_real_log_is_understood_and_never_alarms(name: str) -> None:
    path: Path = shared(name)
    events = log_events(path.read_bytes().decode("utf-8", "replace").split("\n"))
    state = EMPTY
    for begin in range(0, len(events), 200):
        state = fold(state, events[begin : begin + 200])
        assert state.drift.alarm == ""
    assert state.drift.unknown <= 0.02 * len(events)
