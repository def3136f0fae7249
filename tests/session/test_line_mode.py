"""A session as lines of text: one line per change, in order."""

from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from tests.cli.cli import Done, run
from tests.core.queries.few_pods import folded, namespace, pod
from tests.core.queries.test_scaling import decided, workload
from tests.fixtures import ROOT
from tests.sweeps import sampled
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State
from wvatui.recording import open_recording
from wvatui.session import line_mode
from wvatui.session.headless import outcome
from wvatui.session.line_mode import PlainEvents, PlainLines


def test_decisions_of_one_look_are_told_oldest_first_and_each_once() -> None:
    lines = PlainLines()
    state = fold(
        EMPTY, [workload(0, 2, 2), decided(10, 2, 3), decided(40, 3, 5), decided(70, 5, 4)]
    )
    told = [line.partition(" decision ")[2] for line in lines.changes(state)]
    assert [line for line in told if line] == [
        "scale-up 2→3",
        "scale-up 3→5",
        "scale-down 5→4",
    ]
    assert not [line for line in lines.changes(state) if " decision " in line]


def test_findings_are_told_as_they_come_and_go() -> None:
    lines = PlainLines(findings_each_s=5.0)
    stuck = pod("p", phase="Pending", reason="Unschedulable", ready=False, message="0/5 nodes")

    def told(now: float, *events: ev.Event) -> list[str]:
        changes = lines.changes(folded(*namespace(), *events, now=now))
        return [line.partition(" ")[2] for line in changes if "finds no node" in line]

    title = "1 replica finds no node: qwen cannot grow"
    assert told(2.0, stuck) == [], "what is listed first is not all there is"
    assert told(8.0, stuck) == [f"finding blocked: {title}"]
    assert told(14.0, stuck) == []
    assert told(16.0) == []
    assert told(20.0) == [f"cleared {title}"]


# --- recorded events ----------------------------------------------------------------------

LOOK_S = 60.0
"""The interval, in seconds, of evaluating findings, which takes most of the time."""


def asked_at_every_tick(events: list[ev.Event]) -> list[str]:
    """The lines by definition: from the State at every tick."""
    lines, known, waiting, found = PlainLines(findings_each_s=LOOK_S), EMPTY, [], []
    for event in events:
        waiting.append(event)
        if isinstance(event, ev.Tick):
            known, waiting = fold(known, waiting), []
            found += lines.changes(known)
    return found + lines.changes(fold(known, waiting))


def recorded(path: Path) -> list[ev.Event]:
    return list(open_recording(path).events())


def with_more_ticks(events: list[ev.Event], dice: Random) -> list[ev.Event]:
    """`events` with some left out, and ticks at random intervals, some of them backwards."""
    kept, found = dice.choice((1.0, 0.9, 0.5, 0.1)), []
    for event in events:
        if dice.random() < kept:
            found.append(event)
        at = event.at
        for _ in range(dice.choice((0, 0, 0, 0, 1, 3)) + 300 * (dice.random() < 0.002)):
            at += dice.choice((0.0, 0.1, 0.5, 0.999, 1.0, 3.0, 12.0, -3.0, -30.0))
            found.append(ev.Tick(at))
    at = events[-1].at
    for _ in range(600):
        at += dice.choice((0.2, 0.25, 0.5, 1.0))
        found.append(ev.Tick(at))
    return found


RECORDINGS = sorted((ROOT / "recordings").glob("*.jsonl*"))
OFTEN = ("paused-scaler.jsonl", "hpa-cpu-and-queue.jsonl")
"""The sample: the shortest recordings with and without WVA's log. It is enough because both have
pods, sources and findings, the only things that may change with time alone."""
FIRST_THIRDS = [(path, 3) for path in RECORDINGS if path.name in OFTEN]
"""Their first thirds have decisions of each kind, and findings that come and go."""


@pytest.mark.parametrize(
    ("path", "share"),
    sampled([*FIRST_THIRDS, *((path, 1) for path in RECORDINGS)], FIRST_THIRDS),
    ids=lambda value: value.name if isinstance(value, Path) else f"1 of {value}",
)
def test_recorded_events_have_the_lines_of_the_state_at_every_tick(path: Path, share: int) -> None:
    events = recorded(path)
    events = with_more_ticks(events[: len(events) // share], Random(path.name))
    lines, found = PlainEvents(findings_each_s=LOOK_S), []
    for begin in range(0, len(events), 777):
        found += lines.take(events[begin : begin + 777])
    found += lines.finish()
    assert found == asked_at_every_tick(events)
    assert outcome(lines.state, "") == outcome(fold(EMPTY, events), "")


def test_ticks_among_which_nothing_happens_are_looked_at_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folds = 0

    def counted(state: State, events: list[ev.Event]) -> State:
        nonlocal folds
        folds += 1
        return fold(state, events)

    def look(state: State) -> tuple[()]:
        looked_at.append(state.now)
        return ()

    looked_at: list[float] = []
    monkeypatch.setattr(line_mode, "findings", look)
    monkeypatch.setattr(line_mode, "fold", counted)
    before = recorded(ROOT / "recordings" / "hpa-cpu-and-queue.jsonl")
    lines = PlainEvents()
    lines.take(before)
    looks, at, many = lines.looks, before[-1].at, 6 * line_mode.WAITING
    folds = 0
    looked_at.clear()
    told = lines.take([ev.Tick(at + number) for number in range(many)])
    # Only the time since the last data of log and pods changes each second.
    assert sum("silent for " in line for line in told) > 2 * many - 500
    assert lines.looks - looks < 20
    assert folds - len(looked_at) < 20 + 20
    assert {round(b - a) for a, b in pairwise(looked_at)} == {5}, "as in a live session"


@cache
def replayed(*more: str) -> Done:
    """The output of `wvatui replay` on the shortest recording, in lines."""
    return run("replay", str(ROOT / "recordings" / "paused-scaler.jsonl"), "--plain", *more)


def test_a_replay_prints_what_is_found_and_when_it_is_over() -> None:
    told = [line.partition(" ")[2] for line in replayed().out.splitlines()]
    found = [line.partition(": ")[2] for line in told if line.startswith("finding ")]
    assert any("paused" in line for line in found)
    assert {line.partition(" ")[2] for line in told if line.startswith("cleared ")} <= set(found)


def test_a_replay_from_a_moment_prints_the_same_lines() -> None:
    one, other = replayed(), replayed("--at", "1m")
    assert one.out == other.out
    assert one.out.count("\n") > 30
    assert one.err != other.err
