"""V2: each quantity as logged against what the rule gives."""

from collections.abc import Iterator

from wvatui.core.decisions.given import Case
from wvatui.core.explain.explained import Agreement, Check
from wvatui.core.explain.outcomes import cut, decisions
from wvatui.core.explain.wva_v2.recompute_v2 import RecomputedV2, Weighed, says_capacity

_CLOSE = 1e-6


def checks(case: Case, found: RecomputedV2) -> tuple[Check, ...]:
    """Each analyzer's sums, then the target of each variant."""
    out = [check for one in found.analyzers for check in _analyzer(case, one)]
    if not found.missing:
        out += decisions(case, cut(case, found.targets))
    return tuple(out)


def _analyzer(case: Case, one: Weighed) -> Iterator[Check]:
    told = next(r for r in case.results if r.analyzer == one.name)
    if told.utilization is not None:
        yield _check(f"{one.name} utilisation", told.utilization, one.utilization)
    if told.variants and one.per_replica:
        made = sum(one.ready[n] * c for n, c in one.per_replica.items())
        yield _check(f"{one.name} supply of whole replicas", one.supply, made)
    for name, logged, made in (
        ("required", told.required, one.required),
        ("spare", told.spare, one.spare),
    ):
        if logged is None:
            continue
        if not says_capacity(case):
            note = "this release prints 0 before it reckons"
            yield Check(f"{one.name} {name}", logged, made, "taken", note)
        elif one.taken:
            yield Check(f"{one.name} {name}", logged, made, "taken")
        else:
            yield _check(f"{one.name} {name}", logged, made)


def _check(quantity: str, logged: float, made: float) -> Check:
    close = abs(logged - made) <= _CLOSE * max(1.0, abs(logged), abs(made))
    mark: Agreement = "agrees" if close else "mismatch"
    return Check(quantity, logged, made, mark)
