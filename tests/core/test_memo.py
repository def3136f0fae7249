"""What saves time belongs to a State or a session: two sessions never see each other's."""

import ast
from pathlib import Path

import pytest

import wvatui.core
from tests.core.explain.logs import capacity_cycle
from tests.core.few_pods import START, look, namespace
from wvatui.core import events as ev
from wvatui.core import select
from wvatui.core.reduce import fold
from wvatui.core.state import EMPTY, State

CORE = Path(wvatui.core.__file__).parent
READ_BY_TEXT = {
    "dialects/parser.py", "lines.py", "metrics_page.py",
}  # fmt: skip
"""Modules that remember what a piece of text says, which is the same in every session."""


def session(kv: float, target: int) -> list[ev.Event]:
    """Events of a session: cycles with these numbers, and a pod that was polled meanwhile."""
    lines = [
        ev.Log(float(n), line=line)
        for n in range(6)
        for line in capacity_cycle(n, [(kv, 0)] * 2, target)
    ]
    polled = [look("a", at, kv) for at in range(0, 60, 2)]
    return [*namespace("a"), *polled, *lines]


def seen(state: State) -> tuple[object, ...]:
    """What the screen draws of a State where something is remembered."""
    newest = select.cycles(state)[0]
    return (
        select.cycle_why(state, newest.at),
        select.decision_whys(state, select.decisions(state)),
        select.findings(state),
        select.replicas(state),
        select.heat(state, "kv", START, START + 60.0, 30),
        select.thresholds(state),
    )


@pytest.mark.parametrize("size", [1, 7])
def test_two_sessions_in_turn_show_what_each_shows_alone(size: int) -> None:
    one, other = session(0.3, 2), session(0.7, 3)
    alone = [seen(fold(EMPTY, events)) for events in (one, other)]
    assert alone[0] != alone[1]
    states = [EMPTY, EMPTY]
    for begin in range(0, max(len(one), len(other)), size):
        for n, events in enumerate((one, other)):
            states[n] = fold(states[n], events[begin : begin + size])
            if states[n].cycle is not None:
                seen(states[n])
    assert [seen(state) for state in states] == alone
    assert states[0].of_session is not states[1].of_session


def test_a_session_keeps_what_it_remembers_and_a_state_its_own() -> None:
    early = fold(EMPTY, session(0.3, 2))
    late = fold(early, [ev.Tick(early.now + 1.0)])
    assert early.of_session is late.of_session
    assert early.of_state is not late.of_state
    assert EMPTY.of_session is not early.of_session


def _is_class(call: ast.expr | None) -> bool:
    name = call.func.id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else ""
    return name.lstrip("_")[:1].isupper() or name in ("dict", "list", "set")


def test_no_module_of_the_pure_floor_remembers_a_session() -> None:
    found = set()
    for path in CORE.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            targets = getattr(node, "targets", [getattr(node, "target", None)])
            name = targets[0].id if isinstance(targets[0], ast.Name) else ""
            made = isinstance(value, ast.Call) and not value.args and not value.keywords
            empty = (
                isinstance(value, ast.Dict | ast.List | ast.Set) and not ast.unparse(value)[1:-1]
            )
            if name.startswith("_") and (empty or (made and _is_class(value))):
                found.add(str(path.relative_to(CORE)))
    assert found == READ_BY_TEXT
