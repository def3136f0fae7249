"""Formats of numbers: short, with a unit, and a dash for a missing value."""

from datetime import UTC, datetime

MISSING = "–"


def count(value: float | None) -> str:
    """A count: `14`, `1.2k`; a dash when missing."""
    if value is None:
        return MISSING
    if value < 10_000:
        return f"{value:.0f}"
    return f"{value / 1000:.0f}k" if value < 1_000_000 else f"{value / 1e6:.1f}M"


def arrivals(per_min: float) -> str:
    """A rate of requests: `0.25/min`, `1058/min`, `12k/min`."""
    return f"{count(per_min) if per_min >= 9999.5 else f'{per_min:.4g}'}/min"


def percent(ratio: float | None) -> str:
    """A ratio as whole percent; less than 1 is never shown as 100%, more than 0 never as 0%."""
    if ratio is None:
        return MISSING
    value = ratio * 100
    if 99.5 <= value < 100:
        return "99%"
    if 0 < value < 0.5:
        return "<1%"
    return f"{value:.0f}%"


def latency(ms: float | None) -> str:
    """Milliseconds in at most five cells: `8.2ms`, `45ms`, `1.2s`, `35s`, `2m`."""
    if ms is None:
        return MISSING
    if ms < 9.95:
        return f"{ms:.1f}ms"
    if ms < 999.5:
        return f"{ms:.0f}ms"
    if ms < 9950:
        return f"{ms / 1000:.1f}s"
    return f"{ms / 1000:.0f}s" if ms < 99_500 else f"{ms / 60_000:.0f}m"


def cost(value: float | None) -> str:
    """A price or a sum of money, of no named currency: `0.0042`, `3.20`, `1,234`."""
    if value is None:
        return MISSING
    if value >= 1000.0:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 0.1 or not value else f"{value:.2g}"


def age(seconds: float | None) -> str:
    """A duration in at most five cells: `3s`, `59s`, `2m05`, `14m`, `3h02`, `5d`."""
    if seconds is None:
        return MISSING
    s = max(0, int(seconds))
    if s < 60:
        return f"{s}s"
    if s < 600:
        return f"{s // 60}m{s % 60:02d}"
    if s < 3600:
        return f"{s // 60}m"
    if s < 36_000:
        return f"{s // 3600}h{s % 3600 // 60:02d}"
    return f"{s // 3600}h" if s < 172_800 else f"{s // 86_400}d"


def t_plus(seconds: float) -> str:
    """Time since the session's start: `T+12:34`, `T+1:02:03`."""
    s = int(abs(seconds))
    sign = "-" if seconds < 0 else "+"
    if s < 3600:
        return f"T{sign}{s // 60:02d}:{s % 60:02d}"
    return f"T{sign}{s // 3600}:{s % 3600 // 60:02d}:{s % 60:02d}"


def clock(at: float | None) -> str:
    """Time of day in UTC, `14:05:09`; dashes when `at` is unknown or no valid date."""
    if at is None:
        return "--:--:--"
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return "--:--:--"


def moment(at: float | None, form: str = "utc", started_at: float = 0.0) -> str:
    """A moment as `form` wants it: time of day in UTC or local time, or the time since the start.

    `at` and `started_at` are UTC epoch seconds.
    """
    if form == "t+":
        return "T+--:--" if at is None else t_plus(at - started_at)
    if form == "local" and at is not None:
        try:
            return datetime.fromtimestamp(at, UTC).astimezone().strftime("%H:%M:%S")
        except (ValueError, OverflowError, OSError):
            return "--:--:--"
    return clock(at)


def size(count_bytes: int) -> str:
    """Bytes in decimal units: `812 B`, `41 kB`, `1.2 MB`."""
    if count_bytes < 1000:
        return f"{count_bytes} B"
    if count_bytes < 1_000_000:
        return f"{count_bytes / 1000:.0f} kB"
    if count_bytes < 1_000_000_000:
        return f"{count_bytes / 1e6:.1f} MB"
    return f"{count_bytes / 1e9:.1f} GB"


def speed(value: float) -> str:
    """A replay speed: `8x`, `0.5x`; 0 means as fast as it folds."""
    return "as fast as it can" if value == 0 else f"{value:g}x"


def pair(first: str, second: str) -> str:
    """Two numbers of one kind: `18/26%`; a dash where both are missing."""
    if first == second == MISSING:
        return MISSING
    if first.endswith("%") and second.endswith("%"):
        first = first[:-1]
    return f"{first}/{second}"


def sum_and_most(total: int | None, most: int | None, room: int) -> str:
    """A sum over replicas, with the maximum of one replica where it differs: `16 max 9`.

    `16/9` where the text has no room in `room` cells.
    """
    every, highest = count(total), count(most)
    if every == highest:
        return every
    text = f"{every} max {highest}"
    return text if len(text) <= room else pair(every, highest)
