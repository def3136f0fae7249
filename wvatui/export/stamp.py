"""Times and numbers as text for programs: UTC ISO 8601 with milliseconds, empty where missing."""

from datetime import UTC, datetime


def iso(at: float | None) -> str:
    """`at` (UTC epoch seconds) as 2026-09-01T08:00:00.000Z; "" for None."""
    if at is None:
        return ""
    moment = datetime.fromtimestamp(round(at, 3), UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def number(value: float | int | None, digits: int = 6) -> str:
    """A number without trailing zeros; "" for None; never an exponent."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def flag(value: bool | None) -> str:
    """true, false, or "" for not known."""
    return "" if value is None else "true" if value else "false"
