"""Predictions of the model-based controller, with its following observations.

Each prediction belongs to the first observation strictly later; an observation is used once. The
notebooks of the WVA experiments pair them in the same way.
"""

from collections.abc import Iterable

from wvatui.core.decisions.decide import SAME_S
from wvatui.core.rules.wva.model.predictions import P, align
from wvatui.core.state.state import Measured, Predicted, State

PredictionPair = tuple[Predicted, Measured]


def pairs_of(state: State, variant: str) -> list[PredictionPair]:
    """Predictions of a variant with their observations, ascending in time."""
    return align(predictions(state, variant), observations(state, variant))


def predictions(state: State, variant: str) -> list[Predicted]:
    """The predictions for a variant, one per cycle."""
    return _one_a_cycle(state.predicted.get(variant, ()))


def observations(state: State, variant: str) -> list[Measured]:
    """The observations of a variant that have an ITL, one per cycle."""
    rows = state.measured.get(variant, ())
    return _one_a_cycle(row for row in rows if row.metrics.itl_ms is not None)


def _one_a_cycle(rows: Iterable[P]) -> list[P]:
    """The last row of each group that is as close together as repetitions of a decision."""
    kept: list[P] = []
    since = 0.0
    for row in rows:
        if kept and row.at - since < SAME_S:
            kept[-1] = row
        else:
            kept.append(row)
            since = row.at
    return kept
