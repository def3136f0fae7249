"""The order of the variants' costs, where the log has no costs: told by which one moved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from wvatui.core.decisions.given import Case


def ranks(cases: Sequence[Case]) -> Mapping[str, float]:
    """Ranks in place of costs, by variant; empty where costs are known or nothing moved.

    The rule grows the cheapest and shrinks the dearest that may move: a variant that grew comes
    before one that did not, one that shrank without ever growing comes last. Whether these ranks
    explain every cycle is then for the comparison to say.
    """
    if not any(_lacking(case) for case in cases):
        return {}
    grown, shrunk = _moved(cases, 1), _moved(cases, -1)
    if not grown and not shrunk:
        return {}
    names = {m.name for case in cases for m in case.members}
    return {name: 1.0 if name in grown else 3.0 if name in shrunk else 2.0 for name in names}


def ranked(case: Case, found: Mapping[str, float]) -> Case:
    """The case with ranks where its costs are unknown, and `costs_fitted`."""
    if not found or not _lacking(case):
        return case
    members = tuple(replace(m, cost=found.get(m.name, 2.0)) for m in case.members)
    return replace(case, members=members, costs_fitted=True)


def _lacking(case: Case) -> bool:
    return len(case.members) > 1 and any(m.cost is None for m in case.members)


def _moved(cases: Iterable[Case], sign: int) -> set[str]:
    return {
        name
        for case in cases
        for name, outcome in case.outcomes.items()
        if outcome.current is not None
        and outcome.target is not None
        and (outcome.target - outcome.current) * sign > 0
    }
