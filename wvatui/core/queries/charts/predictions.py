"""What the model-based controller predicted, beside what it then observed.

Each prediction belongs to the first observation strictly later; an observation is used once. So the
experiments' own notebooks pair them.
"""

from collections.abc import Iterable

from wvatui.core.rules.wva.model.predictions import align
from wvatui.core.state.state import Measured, Predicted, State

TOGETHER_S = 1.0
"""Two samples within the same second are one; the later counts."""
PredictionPair = tuple[Predicted, Measured]


def pairs_of(state: State, variant: str) -> list[PredictionPair]:
    """Predictions of a variant with their observations, ascending in time."""
    return align(one_a_second(state.predicted.get(variant, ())), observations(state, variant))


def observations(state: State, variant: str) -> list[Measured]:
    """What was observed of a variant, one a second, where an ITL was."""
    rows = state.measured.get(variant, ())
    kept = {int(row.at // TOGETHER_S): row for row in rows if row.metrics.itl_ms is not None}
    return [kept[second] for second in sorted(kept)]


def one_a_second(rows: Iterable[Predicted]) -> list[Predicted]:
    """The last prediction of each second."""
    kept = {int(row.at // TOGETHER_S): row for row in rows}
    return [kept[second] for second in sorted(kept)]
