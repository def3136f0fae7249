"""The model-based rule: each quantity as logged against what the model gives."""

from collections.abc import Iterator

from wvatui.core.decisions.given import Case
from wvatui.core.explain.explained import Agreement, Check
from wvatui.core.explain.outcomes import cut, decisions
from wvatui.core.explain.wva_model.recompute_model import RecomputedModel

LOOSE = 2e-3
"""The log rounds the parameters to six places, and what follows from them moves by as much."""


def checks(case: Case, found: RecomputedModel) -> tuple[Check, ...]:
    """The optimiser's solution, its prediction, the target of each variant."""
    out = list(_solutions(case, found))
    if not found.missing:
        out += decisions(case, cut(case, found.targets))
    return tuple(out)


def _solutions(case: Case, found: RecomputedModel) -> Iterator[Check]:
    for name, made in found.sized.items():
        said = case.sizing[name].prediction
        if said is None:
            continue
        of = f" of {name}" if len(case.members) > 1 else ""
        yield _check(f"replicas of the solution{of}", said.replicas, made.replicas, 0.0)
        yield _check(f"predicted ITL{of}", said.itl_ms, made.itl_ms, LOOSE)
        yield _check(f"predicted TTFT{of}", said.ttft_ms, made.ttft_ms, LOOSE)
        yield _check(f"rate a replica bears{of}", said.max_per_min, made.max_per_min, LOOSE)


def _check(quantity: str, logged: float | None, made: float, loose: float) -> Check:
    if logged is None:
        return Check(quantity, logged, made, "taken")
    close = abs(logged - made) <= loose * max(1.0, abs(logged))
    mark: Agreement = "agrees" if close else "mismatch"
    return Check(quantity, logged, made, mark)
