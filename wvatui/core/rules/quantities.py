"""Kubernetes quantities: `500m`, `2k`, `1Gi` as plain numbers."""

import math
import re

from wvatui.core.ranges import AMOUNT_LIMIT

_SUFFIX = {
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    "": 1.0,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "P": 1e15,
    "E": 1e18,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
    "Pi": 2.0**50,
    "Ei": 2.0**60,
}
_QUANTITY = re.compile(
    r"([+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?)([numkMGTPE]?i?)", re.ASCII
)


def quantity(value: object) -> float | None:
    """A quantity as a number; None when it is none, or beyond all that is measured.

    Source: Kubernetes apimachinery pkg/api/resource/quantity.go.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) <= AMOUNT_LIMIT else None
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    factor = _SUFFIX.get(match[2])
    number = float(match[1]) * factor if factor is not None else math.inf
    return number if abs(number) <= AMOUNT_LIMIT else None
