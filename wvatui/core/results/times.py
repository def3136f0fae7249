"""When a benchmark ran, as far as its report is plausible."""

from datetime import datetime
from typing import Any

from wvatui.core.lines import MOMENT_LIMIT
from wvatui.core.results.loose import number, text

EARLIEST = 1_000_000_000.0
"""UTC epoch seconds, 2001: an earlier time counts from a machine's boot, and is not used."""
APART = 0.1
"""Start, end and duration agree if they differ by at most this share of the duration."""


def epoch(value: Any) -> float | None:
    """A time in UTC epoch seconds; None for anything else, and outside the years 1970 to 2099."""
    at = number(value)
    return at if at is not None and 0.0 <= at < MOMENT_LIMIT else None


def moment_of(value: Any) -> float | None:
    """UTC epoch seconds of a time with a zone; None without a zone, as the moment is not known."""
    try:
        parsed = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return epoch(parsed.timestamp()) if parsed.tzinfo is not None else None


def ran(
    since: float | None, until: float | None, duration_s: float | None, problems: list[str]
) -> tuple[float | None, float | None, float | None]:
    """(start, end, duration) in UTC epoch seconds and seconds; an impossible one is None, and a
    problem is added.

    Where the duration is not the time from start to end, these two are of a whole run of which this
    is a part, and the duration counts.
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
