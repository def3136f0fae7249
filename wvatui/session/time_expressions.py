"""Times in a session as people write them: a moment (offset, time of day, percentage) or a
length."""

import re
from datetime import UTC, datetime, timedelta

from wvatui.config.settings import duration_s
from wvatui.errors import UsageError

_CLOCK = re.compile(r"(?P<h>[0-2]?\d):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d(?:\.\d+)?))?Z?")
_OFFSET = re.compile(r"[Tt]\+(?:(?P<h>\d+):(?=[0-5]?\d:))?(?P<m>\d+):(?P<s>[0-5]\d(?:\.\d+)?)")
"""An offset as the header of the screen shows it."""
_WITHOUT_UNIT = re.compile(r"(?:\d+h(?=[0-5]?\dm))?\d+m[0-5]\d")

LATE_S = 1.0
"""Seconds by which a moment may exceed the end, as lengths are shown in whole seconds."""


def moment(
    text: str, started_at: float, first_at: float, last_at: float, *, flag: str = ""
) -> float:
    """UTC epoch seconds that `text` means within a recording. Raises UsageError; `flag`: as in
    `moment_within`.

    Forms: "50%" of its length; "12m30s", "12m30", "T+12:30" or "T+90" after its start; "-30s"
    before its end; "14:05:00" UTC (the first such time at or after the start); an ISO 8601 time.
    """
    bare = text.strip()
    try:
        if bare.endswith("%"):
            share = float(bare[:-1])
            if not 0 <= share <= 100:
                raise ValueError
            return first_at + (last_at - first_at) * share / 100.0
        if match := _CLOCK.fullmatch(bare):
            return _time_of_day(match, started_at)
        if match := _OFFSET.fullmatch(bare):
            return started_at + _seconds(match)
        if _WITHOUT_UNIT.fullmatch(bare.removeprefix("T+").removeprefix("t+").lstrip("+-")):
            bare += "s"
        if len(bare) >= 10 and bare[4:5] == "-":
            parsed = datetime.fromisoformat(bare.replace("Z", "+00:00"))
            return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
        if bare.startswith("-"):
            return last_at - duration_s(bare[1:])
        return started_at + duration_s(bare.removeprefix("T+").removeprefix("t+").lstrip("+"))
    except ValueError:
        raise UsageError(
            f"{flag}{text!r} is not a moment",
            hint='give an offset (12m30s, T+12:30), a UTC time (14:05:00) or a share ("50%")',
        ) from None


def moment_within(
    text: str, started_at: float, first_at: float, last_at: float, *, flag: str = "--at "
) -> float:
    """As `moment`, for a moment that must not be after the end. Raises UsageError where it is.

    `flag`: the command-line option that gave the moment, for the message.
    """
    at = moment(text, started_at, first_at, last_at, flag=flag)
    if at > last_at + LATE_S:
        end = datetime.fromtimestamp(last_at, UTC)
        raise UsageError(
            f"{flag}{text}: that is after the end, which is {span(last_at - started_at)} after the"
            f" start, at {end:%Y-%m-%d %H:%M:%S} UTC"
        )
    return at


def _time_of_day(match: re.Match[str], started_at: float) -> float:
    start = datetime.fromtimestamp(started_at, UTC)
    seconds = _seconds(match)
    if seconds >= 86_400:
        raise ValueError(match[0])
    then = start.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(seconds=seconds)
    if then < start - timedelta(seconds=1):
        then += timedelta(days=1)
    return then.timestamp()


def _seconds(match: re.Match[str]) -> float:
    """Seconds of hours, minutes and seconds; those that are not there count 0."""
    return int(match["h"] or 0) * 3600 + int(match["m"]) * 60 + float(match["s"] or 0)


def span(seconds: float) -> str:
    """A length for people: 45s, 12m30s, 8h02m."""
    whole = int(max(0.0, seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
