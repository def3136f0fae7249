"""How good the model's predictions were: each is compared with the next observation and the SLO.

A prediction made in cycle N is for the load to come, so it is compared with the observation of
cycle N+1; the notebook of the WVA experiments pairs them in this way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Protocol, TypeVar

from wvatui.core.rules.wva.model.model_based import LatencyTargets


class Timed(Protocol):
    """A value with a time."""

    @property
    def at(self) -> float:
        """UTC epoch seconds."""


P = TypeVar("P", bound=Timed)
O = TypeVar("O", bound=Timed)  # noqa: E741


@dataclass(frozen=True, slots=True)
class Errors:
    """Observed minus predicted, in the unit of both: mean, mean size, sample standard deviation."""

    mean: float
    abs_mean: float
    sd: float
    count: int


def align(predicted: Sequence[P], observed: Sequence[O]) -> list[tuple[P, O]]:
    """Each prediction with the first observation strictly later; an observation is used once.

    Neither has to be sorted by time. Where several predictions have the same next observation, only
    the newest is kept.
    """
    seen = sorted(observed, key=lambda item: item.at)
    nearest: dict[float, tuple[P, O]] = {}
    position = 0
    for prediction in sorted(predicted, key=lambda item: item.at):
        while position < len(seen) and seen[position].at <= prediction.at:
            position += 1
        if position < len(seen):
            nearest[seen[position].at] = (prediction, seen[position])
    return [nearest[at] for at in sorted(nearest)]


def errors(pairs: Sequence[tuple[float | None, float | None]]) -> Errors | None:
    """The errors over (predicted, observed) pairs; pairs with an unknown side do not count.

    None: there is no complete pair.
    """
    residuals = [o - p for p, o in pairs if p is not None and o is not None]
    if not residuals:
        return None
    mean = sum(residuals) / len(residuals)
    spread = sum((e - mean) ** 2 for e in residuals) / max(1, len(residuals) - 1)
    return Errors(mean, sum(map(abs, residuals)) / len(residuals), sqrt(spread), len(residuals))


def violates(slo: LatencyTargets, itl_ms: float | None, ttft_ms: float | None) -> bool:
    """Whether a latency is above its target; a target of 0 is none, an unknown latency violates
    none."""
    return (slo.itl_ms > 0 and itl_ms is not None and itl_ms > slo.itl_ms) or (
        slo.ttft_ms > 0 and ttft_ms is not None and ttft_ms > slo.ttft_ms
    )
