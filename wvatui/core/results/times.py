"""When a benchmark ran, as far as its report can be believed."""

from datetime import datetime
from typing import Any

from wvatui.core.lines import MOMENT_LIMIT
from wvatui.core.results.loose import number, text

EARLIEST = 1_000_000_000.0
"""UTC epoch seconds, 2001: a time before it counts from the boot of a machine, and is none."""
APART = 0.1
"""Begin, end and length agree when they differ by at most so much of the length."""


def epoch(value: Any) -> float | None:
    """A time in UTC epoch seconds; None for what is none, or not of the years 1970 to 2099."""
    at = number(value)
    return at if at is not None and 0.0 <= at < MOMENT_LIMIT else None


def moment_of(value: Any) -> float | None:
    """A time with its zone as UTC epoch seconds; without one nobody knows which moment it is."""
    try:
        parsed = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return epoch(parsed.timestamp()) if parsed.tzinfo is not None else None


def ran(
    since: float | None, until: float | None, duration_s: float | None, problems: list[str]
) -> tuple[float | None, float | None, float | None]:
    """Begin and end, UTC epoch seconds, and length; what cannot be is None, with a problem.

    Where the length is another than the time from begin to end, these are of a whole run of which
    this is a part: the length holds.
    """
    if duration_s is not None and duration_s <= 0:
        duration_s = None
    early = [each for each in (since, until) if each is not None and each < EARLIEST]
    if early:
        problems.append(f"its times are not of a clock ({early[0]:.0f} s after 1970): not used")
        since = until = None
    if since is not None and until is not None:
        if until < since:
            problems.append("it ends before it begins: its times are not used")
            since = until = None
        elif duration_s is None:
            duration_s = until - since
        elif abs(until - since - duration_s) > APART * max(until - since, duration_s) + 1.0:
            problems.append(
                f"it took {duration_s:.0f} s, and its times are {until - since:.0f} s apart: they"
                " are of the whole run and not used"
            )
            since = until = None
    return since, until, duration_s
