"""Capacity per replica of each of two variants, where a release only logs the model's sums.

V2 up to v0.8.0 prints the supply of all variants together. Where a log's cycles have different
counts of replicas, one capacity per variant is fitted that gives every sum. A cycle whose sums do
not result from it had other capacities, and stays unexplained.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations, islice, product

import msgspec

from wvatui.core.decisions.given import Case
from wvatui.core.explain.wva_v2.weighed import near
from wvatui.core.log.facts import VariantCapacity

Capacities = Mapping[str, float]
"""Capacity per replica by variant, in the analyzer's unit."""
FITTED = "fitted"
_MOST_PAIRS = 200
_MOST_COUNTS = 500


def fitted_capacities(cases: Sequence[Case]) -> Capacities:
    """The capacities of the two variants of one model; empty where the log does not determine them
    or several solutions give as many sums."""
    lacking = [case for case in cases if lacks_capacity(case)]
    rows = {_row(case) for case in lacking}
    names = {tuple(m.name for m in case.members) for case in lacking}
    if len(names) != 1:
        return {}
    answers: dict[tuple[float, float], int] = {}
    for one, other in islice(combinations(sorted(rows), 2), _MOST_PAIRS):
        pair = _solved(one, other)
        if pair is not None:
            known = dict(zip(next(iter(names)), pair, strict=True))
            score = sum(makes(case, known) for case in lacking)
            answers[(round(pair[0], 3), round(pair[1], 3))] = score
    best = max(answers.values(), default=0)
    chosen = [pair for pair, score in answers.items() if score == best]
    if best < min(3, len(lacking)) or best < 2 or len(chosen) != 1:
        return {}
    return dict(zip(next(iter(names)), chosen[0], strict=True))


def with_capacities(case: Case, known: Capacities) -> Case:
    """The case with these capacities, if it lacks them and its sums result from them."""
    if not known or not lacks_capacity(case) or not makes(case, known):
        return case
    variants = tuple(VariantCapacity(n, per_replica=c, reason=FITTED) for n, c in known.items())
    (result,) = case.results
    return replace(case, results=(msgspec.structs.replace(result, variants=variants),))


def lacks_capacity(case: Case) -> bool:
    """Whether a case has two variants, one analyzer's sums, and no capacity per replica."""
    return (
        case.rule == "V2"
        and len(case.members) == 2
        and len(case.results) == 1
        and not case.results[0].variants
        and bool(case.results[0].supply)
        and all(m.current is not None for m in case.members)
        and len({m.role or "both" for m in case.members}) == 1
    )


def makes(case: Case, known: Capacities) -> bool:
    """Whether the supply results from whole replicas, no more of a variant than exist; and, where
    capacity is required, whether all replicas give the anticipated supply."""
    counts, total = _row(case)
    each = [known[m.name] for m in case.members]
    all_of_them = sum(n * c for n, c in zip(counts, each, strict=True))
    if case.results[0].required and not near(all_of_them, total):
        return False
    ready = islice(product(*(range(n + 1) for n in counts)), _MOST_COUNTS)
    supply = case.results[0].supply or 0.0
    return any(near(sum(n * c for n, c in zip(r, each, strict=True)), supply) for r in ready)


def _row(case: Case) -> tuple[tuple[int, ...], float]:
    """(current replicas, their total capacity): the anticipated supply where capacity is required,
    else the supply, as if all replicas were ready."""
    result = case.results[0]
    counts = tuple(m.current or 0 for m in case.members)
    up = result.scale_up_threshold or case.limits.scale_up.value
    if result.required and up:
        return counts, (result.demand or 0.0) / up - result.required
    return counts, result.supply or 0.0


def _solved(
    one: tuple[tuple[int, ...], float], other: tuple[tuple[int, ...], float]
) -> tuple[float, float] | None:
    """The two capacities that give both totals; None: there is no unique solution."""
    ((a, b), left), ((c, d), right) = one, other
    det = a * d - b * c
    if not det:
        return None
    first, second = (left * d - b * right) / det, (a * right - left * c) / det
    return (first, second) if first > 0 and second > 0 else None
