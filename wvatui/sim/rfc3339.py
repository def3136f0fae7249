"""Times as Kubernetes writes them: whole seconds in objects, nanoseconds in log stamps."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seconds(at: float) -> str:
    """`metav1.Time`, `2026-09-01T08:00:00Z`: the fraction is cut, never rounded up."""
    return (_EPOCH + timedelta(seconds=int(at))).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro(at: float) -> str:
    """`metav1.MicroTime`, `2026-09-01T08:00:00.250000Z`, as Leases carry it."""
    whole, part = divmod(round(at * 1_000_000), 1_000_000)
    return f"{seconds(whole)[:-1]}.{part:06d}Z"


def nano(at: float) -> str:
    """The kubelet's log stamp with nine digits; the last three are 0, as a float has no more."""
    whole, part = divmod(round(at * 1_000_000), 1_000_000)
    return f"{seconds(whole)[:-1]}.{part:06d}000Z"


def parse(text: str) -> float:
    """UTC epoch seconds of an RFC 3339 time. Raises ValueError when the text is none."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or len(text) < 20:
        raise ValueError(text)
    return (at - _EPOCH).total_seconds()
