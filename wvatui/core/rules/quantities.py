"""Kubernetes quantities: `500m`, `2k`, `1Gi` as plain numbers or as whole thousandths."""

import re
from decimal import Decimal
from fractions import Fraction
from math import ceil, copysign, inf, isnan, nan

from wvatui.core.ranges import AMOUNT_LIMIT

_POWERS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_FACTORS = {suffix: Fraction(10) ** power for suffix, power in _POWERS.items()}
_FACTORS |= {f"{unit}i": Fraction(1024) ** (n + 1) for n, unit in enumerate("KMGTPE")}
# A number has an exponent or a suffix, never both; `1E` alone is an exa.
_QUANTITY = re.compile(
    r"((?:[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40}))(?:[eE][+-]?\d{1,3}(?![numkKMGTPE]))?)"
    r"([numkKMGTPE]?i?)",
    re.ASCII,
)
_SHORT = 15
"""Texts of fewer characters than this cannot reach any limit."""
MOST_MILLI = 2**63 - 1
"""The largest number of thousandths that a controller keeps (int64)."""


def _exact(value: object) -> Fraction | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Fraction(value) if abs(value) <= AMOUNT_LIMIT else None
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    factor = _FACTORS.get(match[2]) if match is not None else None
    return None if match is None or factor is None else Fraction(Decimal(match[1])) * factor


def quantity(value: object) -> float | None:
    """A quantity as a number; None when it is none, or beyond all that is measured.

    Source: Kubernetes apimachinery pkg/api/resource/quantity.go.
    """
    exact = _exact(value)
    return None if exact is None or abs(exact) > AMOUNT_LIMIT else float(exact)


def milli(value: object) -> int | None:
    """A quantity in whole thousandths, rounded up and kept within int64; None when it is none.

    Source: Kubernetes apimachinery pkg/api/resource/quantity.go MilliValue.
    """
    if isinstance(value, str) and len(value) < _SHORT and value.isascii():  # the usual case
        digits = value.removesuffix("m")
        if digits.isdigit():
            return int(digits) if digits != value else int(digits) * 1000
    if isinstance(value, float):
        value = repr(value)
    exact = _exact(value)
    if exact is None:
        return None
    scaled = exact * 1000
    return max(-MOST_MILLI - 1, min(MOST_MILLI, ceil(scaled)))


def truncated(value: float) -> int:
    """A measured number in whole thousandths, rounded towards zero and kept within int64.

    NaN and infinity become the lowest int64, as Go converts them on amd64.
    Source: KEDA pkg/scalers/scaler.go GenerateMetricInMili.
    """
    scaled = value * 1000
    return int(scaled) if abs(scaled) < MOST_MILLI else -MOST_MILLI - 1


def quotient(a: float, b: float) -> float:
    """`a / b` as for Go's floats: infinity or NaN for a division by zero."""
    if b:
        return a / b
    return nan if not a or isnan(a) else copysign(inf, a)


def written(thousandths: int) -> str:
    """Whole thousandths as the API writes a quantity: `1500m`, `2`, `30k`.

    Source: Kubernetes apimachinery pkg/api/resource/quantity.go CanonicalizeBytes (DecimalSI).
    """
    if thousandths == 0:
        return "0"
    rest, suffixes = thousandths, ("m", "", "k", "M", "G", "T", "P", "E")
    step = 0
    while rest % 1000 == 0 and step < len(suffixes) - 1:
        rest, step = rest // 1000, step + 1
    return f"{rest}{suffixes[step]}"
