"""A session as lines: what changed, in the order in which it did."""

from tests.core.test_scaling import decided, workload
from wvatui.core.reduce import fold
from wvatui.core.state import EMPTY
from wvatui.plain import PlainLines


def test_decisions_of_one_look_are_told_oldest_first_and_each_once() -> None:
    lines = PlainLines()
    state = fold(
        EMPTY, [workload(0, 2, 2), decided(10, 2, 3), decided(40, 3, 5), decided(70, 5, 4)]
    )
    told = [line.partition(" decision ")[2] for line in lines.changes(state)]
    assert [line for line in told if line] == [
        "scale-up 2→3", "scale-up 3→5", "scale-down 5→4",
    ]  # fmt: skip
    assert not [line for line in lines.changes(state) if " decision " in line]
