"""WVA's reasons in shorter lengths: each within its length, and true to the full one."""

import pytest

from tests.core.explain.logs import analyzer, token_cycle
from tests.core.folding import logged, recorded
from wvatui.core.decisions.lengths import LONG, MIDDLE, SHORT
from wvatui.core.explain.cycles import explained
from wvatui.core.explain.why_rows import decision_whys
from wvatui.core.queries.session.session_rows import decisions


def whys(name: str) -> dict[str, tuple[str, ...]]:
    """Full reason → its shorter forms, for each decision of WVA in a recording."""
    state = recorded(name)
    rows = tuple(row for row in decisions(state, 100) if row.decider == "wva")
    return {why[0]: why[1:] for why in decision_whys(state, rows) if why}


@pytest.mark.parametrize("name", ["burst-drain-v1.jsonl", "stair-step-v2-hpa.jsonl"])
def test_every_recorded_reason_exists_in_three_whole_lengths(name: str) -> None:
    told = whys(name)
    assert len(told) > 5
    for full, short in told.items():
        assert len(short) == 3, full
        for text, most in zip(short, (LONG, MIDDLE, SHORT), strict=True):
            assert 0 < len(text) <= most, text


def test_what_an_analyzer_lacks_is_told_in_replicas() -> None:
    told = whys("stair-step-v2-hpa.jsonl")
    needs = told["the saturation analyzer needs 30,518 tokens more, a replica gives 26,214"]
    assert needs[1:] == (
        "used 184 %, lacks 30.5k tokens = 2 replicas of 26.2k",
        "used 184 %, lacks 30.5k tokens",
    )


def test_a_size_that_stays_is_not_said_to_lie_where_it_does_not() -> None:
    told = whys("stair-step-v2-hpa.jsonl")
    below = "the saturation analyzer has 657 tokens spare, less than a replica gives (26,214)"
    assert told[below][0] == "used 69 %, less spare than a replica gives"
    [idle] = [short for full, short in told.items() if "used 0%" in full]
    assert idle[0] == "used 0 %, at the minimum"


def test_what_a_limit_cuts_off_is_not_said_to_be_what_is_lacking() -> None:
    """(current, target, demand) of each cycle; a replica gives 1000."""
    steps = (9, 10, 12e3), (10, 10, 1e5), (10, 10, 1e5), (10, 3, 10.0), (3, 3, 10.0), (3, 3, 10.0)
    lines: list[str] = []
    for number, (current, target, demand) in enumerate(steps):
        made = [analyzer("saturation", 1000.0 * current, demand, 1000.0)]
        lines += token_cycle(number, current, target, made)
    told = [one.brief for cycle in explained(logged("\n".join(lines))) for one in cycle.telling]
    assert told[0][1:] == (
        "used 133 %, lacks 5118 tokens; maxReplicas 10",
        "lacks 5118 tokens; maxReplicas 10",
    )
    assert told[1][1] == "used 1000 %, lacks 107.6k tokens; maxReplicas 10"
    assert told[3][1] == "used 0 %, 9986 tokens spare; minReplicas 3"
