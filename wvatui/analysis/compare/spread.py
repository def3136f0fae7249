"""Mean and 95 % interval of a figure over repetitions (Student's t)."""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, stdev

_T975 = (12.70620, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.30600, 2.26216)
"""The 97.5 % quantile of Student's t at 1 to 9 degrees of freedom (NIST handbook, 1.3.6.7.2)."""
_Z975 = 1.959964


def t975(freedom: int) -> float:
    """The 97.5 % quantile of Student's t; from 10 degrees of freedom on by the expansion of
    Abramowitz and Stegun 26.7.5, accurate to 0.01 %."""
    if freedom <= len(_T975):
        return _T975[freedom - 1]
    z, v = _Z975, float(freedom)
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )


def interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Mean ± 95 % as (low, high); None for fewer than two values, which have no spread."""
    if len(values) < 2:
        return None
    middle = fmean(values)
    half = t975(len(values) - 1) * stdev(values) / sqrt(len(values))
    return middle - half, middle + half


def beyond(first: Sequence[float], other: Sequence[float]) -> bool | None:
    """Whether the difference of two means exceeds the range of either side's repetitions; None
    where a side has fewer than two."""
    if len(first) < 2 or len(other) < 2:
        return None
    widest = max(max(side) - min(side) for side in (first, other))
    return abs(fmean(other) - fmean(first)) > widest
