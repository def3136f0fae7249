"""Numbers of an explanation as text: short, but never less exact than the log."""

from wvatui.core.decisions.given import Case, Member

UNITS = {"saturation": "tokens", "throughput": "tok/s", "queueing-model": "req/s"}
"""Unit of an analyzer's sums (WVA HEAD internal/engines/analyzers)."""


def unit_of(analyzer: str) -> str:
    """The unit of an analyzer's supply and demand; empty for one that is not known."""
    return UNITS.get(analyzer, "")


def amount(value: float, analyzer: str = "") -> str:
    """`668 tok/s`, `329,011 tokens`, `0.42`: whole from 10 on."""
    unit = unit_of(analyzer)
    text = f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.3g}"
    return f"{text} {unit}" if unit else text


def ratio(value: float) -> str:
    """A share as the controller logs it: three decimals at most."""
    return f"{value:.3f}".rstrip("0").rstrip(".") if value == value else "?"


def queue(value: float) -> str:
    """Waiting requests, or a mean of them."""
    return f"{value:.1f}".rstrip("0").rstrip(".") if value == value else "?"


def or_unknown(value: object) -> str:
    """`?` for what the log does not say."""
    return "?" if value is None else str(value)


def change(current: int | None, target: int | None) -> str:
    """`1→3`, or `stays 2`."""
    if current is not None and current == target:
        return f"stays {current}"
    return f"{or_unknown(current)}→{or_unknown(target)}"


def fitted(case: Case, member: Member) -> str:
    """` (fitted: …)`, to follow a variant's limit that no line states; empty: a line states it."""
    words = case.clamps.get(member.name)
    return f" ({words})" if words else ""
