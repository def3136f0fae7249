"""All ways to read a log give the same counts, also on a part of it."""

import io
import re
from itertools import product
from typing import Any, NamedTuple

import pytest

from tests.fixtures import shared
from tests.small_logs import LOGS
from tests.sweeps import sampled
from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.explain.cycles import explained
from wvatui.core.fold.fold import fold
from wvatui.core.log.parser import parse
from wvatui.core.queries.session import session_rows
from wvatui.core.state.state import EMPTY, State
from wvatui.export import tables
from wvatui.recording import open_recording


class Counts(NamedTuple):
    """The counts of one way to read a log."""

    cycles: int
    ups: int
    downs: int


def folded(lines: list[str]) -> State:
    data = io.BytesIO("".join(f"{line}\n" for line in lines).encode())
    return fold(EMPTY, list(open_recording(data).events()))


def counted(actions: list[str]) -> Counts:
    return Counts(len(actions), actions.count("scale-up"), actions.count("scale-down"))


def listed(rows: list[tuple[str, int]]) -> Counts:
    """The counts of `rows` of decisions, as (action, number of repetitions)."""
    actions = counted([action for action, _ in rows])
    return actions._replace(cycles=sum(count for _, count in rows))


def answers(state: State) -> dict[str, Counts]:
    """Verb → its counts."""
    numbers = summary(state, "log")
    total = session_rows.totals(state)
    decided = tables.TABLES["decisions"]()
    decided.end(state)
    outcomes = [
        outcome.action
        for cycle in explained(state)
        for item in cycle.explanations
        for outcome in item.case.outcomes.values()
    ]
    return {
        "summary": Counts(numbers["cycles"], numbers["ups"], numbers["downs"]),
        "screen": Counts(total.decisions, total.ups, total.downs),
        "list": listed([(row.action, row.repeats) for row in session_rows.decisions(state)]),
        "export": listed([(row["action"], row["repeats"]) for row in decided.rows]),
        "explain": counted(outcomes),
    }


def kind_of(line: str) -> str:
    """A line's message without its numbers."""
    return re.sub(r"\d+", "#", parse(line, 2026).template)


WHOLE = Counts(6, 1, 1)


@pytest.mark.parametrize("name", LOGS)
def test_every_verb_gives_one_answer_on_a_whole_log(name: str) -> None:
    assert set(answers(folded(LOGS[name])).values()) == {WHOLE}


# Cycles repeat, so it is enough to cut a log within its last ones, and before at some lines.
@pytest.mark.parametrize(
    ("name", "each"), sampled(product(LOGS, (7, 1)), list(product(LOGS, (7,))))
)
def test_every_verb_gives_one_answer_on_every_end_of_a_log(name: str, each: int) -> None:
    lines = LOGS[name]
    near = len(lines) // 3
    for first in range(len(lines)):
        if first < len(lines) - near and first % each:
            continue
        told = answers(folded(lines[first:]))
        assert len(set(told.values())) == 1, (first, lines[first], told)


@pytest.mark.parametrize("name", LOGS)
def test_every_verb_gives_one_answer_on_the_lines_of_one_message(name: str) -> None:
    lines = LOGS[name]
    for kind in sorted({kind_of(line) for line in lines} - {"go/stack"}):
        chosen = [line for line in lines if kind_of(line) == kind]
        told = answers(folded(chosen))
        assert len(set(told.values())) == 1, (kind, told)
        states = any(_decides(line) for line in chosen)
        assert told["summary"] == (WHOLE if states else Counts(0, 0, 0)), kind


@pytest.mark.parametrize("name", LOGS)
def test_a_message_that_a_log_lacks_changes_no_count_while_another_states_the_decision(
    name: str,
) -> None:
    lines = LOGS[name]
    for kind in sorted({kind_of(line) for line in lines}):
        others = [line for line in lines if kind_of(line) != kind]
        if any(_decides(line) for line in others):
            assert set(answers(folded(others)).values()) == {WHOLE}, kind


def _decides(line: str) -> bool:
    return any(type(fact).__name__ == "LoggedDecision" for fact in parse(line, 2026).facts)


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("log-06-cycle-begins-cut/tail.log", Counts(1, 1, 0)),
        ("log-07-v00x-decisions/inferno.log", Counts(2, 1, 1)),
    ],
)
def test_the_parts_of_logs_that_people_have_are_counted(name: str, right: Counts) -> None:
    events = list(open_recording(shared(f"field-cases/{name}")).events())
    state = fold(EMPTY, events)
    assert set(answers(state).values()) == {right}
    assert {cycle.verdict for cycle in explained(state)} == {"unexplained"}


def test_what_is_emitted_as_a_fallback_is_no_decision() -> None:
    lines = [
        line.replace("llama-8b-a100", "v")
        for line in shared("wva-log-samples/HEAD.jsonl").read_text("utf-8").splitlines()
    ]
    state = folded(lines)
    assert summary(state, "log")["raw_dec"] == 6


# --- a live controller whose clock is set back ------------------------------------------------


def live(stamps: list[str], targets: list[tuple[int, int]]) -> dict[str, Any]:
    """Decisions that are received a minute apart, whatever time they state."""
    events = [
        ev.Log(
            1_788_249_600.0 + 60 * n,
            line=f'{{"level":"info","ts":"2026-09-01T{stamp}Z","caller":"a.go:1","msg":'
            f'"scaling-decision","modelID":"m","namespace":"ns","decisions":[{{"name":"v",'
            f'"curr":{current},"tgt":{target},"action":"no-change"}}]}}',
        )
        for n, (stamp, (current, target)) in enumerate(zip(stamps, targets, strict=True))
    ]
    return summary(fold(EMPTY, events), "live")


def test_cycles_are_told_apart_while_the_clock_is_set_back() -> None:
    lines = LOGS["v0.4.2"]
    analysis = "Capacity analysis completed: modelID=m, totalReplicas=1, nonSaturated=1"
    states = []
    for first in (8, 3):
        events = []
        for n, line in enumerate(lines):
            minute = n // 7
            stamp = f"{8 if minute < 3 else 7:02}:{minute if minute < 3 else first + minute:02}"
            if first == 8:
                stamp = f"08:{minute:02}"
            text = line.replace(f"08:0{minute}", stamp)
            events.append(ev.Log(1_788_249_610.0 + 60 * minute + n % 7 / 50, line=text))
            if n % 7 == 0:
                events.append(
                    ev.Log(events[-1].at, line=re.sub('"msg":".*"', f'"msg":"{analysis}"', text))
                )
        states.append(fold(EMPTY, events))
    forward, stepped = states
    for state in states:
        assert (state.cycles.total + 1, summary(state, "x")["analyses"]) == (6, 6)
    for key in (
        "cycles",
        "analyses",
        "caps",
        "replica_s",
        "ups",
        "downs",
        "target_changes",
        "span",
    ):
        assert summary(stepped, "x")[key] == summary(forward, "x")[key], key


def test_a_clock_that_is_set_back_while_it_is_watched_takes_nothing_from_the_totals() -> None:
    targets = [(1, 1), (1, 3), (3, 3), (3, 3), (3, 1), (1, 1)]
    forward = ["08:00:00", "08:01:00", "08:02:00", "08:03:00", "08:04:00", "08:05:00"]
    stepped = ["08:00:00", "08:01:00", "08:02:00", "07:53:00", "07:54:00", "07:55:00"]
    for stamps in (forward, stepped):
        told = live(stamps, targets)
        assert (told["replica_s"], told["span"], told["cycles"]) == (660, 300, 6)


def test_decisions_for_two_variants_a_cycle_apart_are_of_two_cycles() -> None:
    lines = [
        f"2026-09-01T08:{n // 2:02}:{30 * (n % 2):02}Z\tINFO\tsaturation/engine_v2.go:744\t"
        'scaling-decision\t{"modelID": "m", "namespace": "ns", "decisions": '
        f'[{{"name":"{"ab"[n >= 2]}","curr":1,"tgt":1,"action":"no-change"}}]}}'
        for n in range(4)
    ]
    state = folded(lines)
    assert (summary(state, "s")["cycles"], len(explained(state))) == (4, 4)
