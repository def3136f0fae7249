"""Quantities as the metrics APIs write them (k8s.io/apimachinery resource.Quantity)."""

import math

_SUFFIXES = {
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "Ki": 1024.0,
    "Mi": 1024.0**2,
    "Gi": 1024.0**3,
}


def quantity(text: str) -> float:
    """The number that a quantity stands for: `3`, `500m`, `2k`, `1Gi`.

    Raises ValueError when it is none.
    """
    for suffix in sorted(_SUFFIXES, key=len, reverse=True):
        if text.endswith(suffix):
            return float(text[: -len(suffix)]) * _SUFFIXES[suffix]
    return float(text)


def written(value: float) -> str:
    """A number as a quantity: whole, or rounded up to thousandths (`334m`)."""
    thousandths = math.ceil(value * 1000 - 1e-9)
    whole, rest = divmod(thousandths, 1000)
    return f"{thousandths}m" if rest else str(whole)
