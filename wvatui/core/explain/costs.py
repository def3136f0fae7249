"""The order of the variants' costs, where the log has no costs: told by which one moved."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from wvatui.core.explain.given import Case


def with_costs(cases: Sequence[Case]) -> tuple[Case, ...]:
    """The cases of one model; where costs are unknown, ranks in their place and `costs_fitted`.

    The rule grows the cheapest and shrinks the dearest that may move: a variant that grew comes
    before one that did not, one that shrank without ever growing comes last. Whether these ranks
    explain every cycle is then for the comparison to say.
    """
    if not any(_lacking(case) for case in cases):
        return tuple(cases)
    grown, shrunk = _moved(cases, 1), _moved(cases, -1)
    if not grown and not shrunk:
        return tuple(cases)
    out = []
    for case in cases:
        if not _lacking(case):
            out.append(case)
            continue
        members = tuple(
            replace(m, cost=1.0 if m.name in grown else 3.0 if m.name in shrunk else 2.0)
            for m in case.members
        )
        out.append(replace(case, members=members, costs_fitted=True))
    return tuple(out)


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
