"""Compares recorded with simulated behaviour, in the figures that have a limit."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wvatui.core.events import Scrape

RUNNING_WITHIN, WAITING_WITHIN, KV_WITHIN = 0.10, 0.20, 0.10
LEAST_QUEUE = 5.0
"""A shorter queue counts as this long: WVA's queue threshold (queueLengthThreshold; v0.8.0
internal/config/saturation_scaling.go:114)."""

Pods = Mapping[str, Sequence[Scrape]]


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure. `off`: the difference as a share of the recorded value; for the KV cache as a
    ratio."""

    name: str
    recorded: float | None
    simulated: float | None
    off: float
    within: float

    @property
    def is_reached(self) -> bool:
        """Whether the difference is within the limit."""
        return self.off <= self.within

    @property
    def apart(self) -> str:
        """`off` for people."""
        return f"{self.off:.3f}" if self.recorded is None else f"{self.off:.1%}"

    @property
    def limit(self) -> str:
        """`within` for people."""
        return f"{self.within:.2f}" if self.recorded is None else f"{self.within:.0%}"


def compare(recorded: Pods, simulated: Pods) -> list[Compared]:
    """The mean number of running requests of all pods over time; the longest queue of a pod; and
    the root mean square difference between each recorded KV cache and the simulated one at that
    moment."""
    real, made = _running(recorded), _running(simulated)
    queue, queued = _queue(recorded), _queue(simulated)
    errors = [
        (look.kv - same.kv) ** 2
        for pod, rows in recorded.items()
        for look, same in _same(rows, simulated[pod])
        if look.kv is not None and same.kv is not None
    ]
    rms = math.sqrt(sum(errors) / len(errors)) if errors else math.inf
    return [
        Compared("running requests, time-weighted", real, made, _apart(real, made), RUNNING_WITHIN),
        Compared(
            "longest queue of a pod",
            queue,
            queued,
            _apart(queue, queued, LEAST_QUEUE),
            WAITING_WITHIN,
        ),
        Compared("KV cache use, rms of the difference", None, None, rms, KV_WITHIN),
    ]


def table(rows: Sequence[Compared]) -> str:
    """The figures for people."""
    lines = [f"{'figure':<37}{'recorded':>9}{'simulated':>11}{'apart':>9}{'limit':>8}  reached"]
    for row in rows:
        real = "" if row.recorded is None else f"{row.recorded:.1f}"
        made = "" if row.simulated is None else f"{row.simulated:.1f}"
        lines.append(
            f"{row.name:<37}{real:>9}{made:>11}{row.apart:>9}{row.limit:>8}  "
            f"{'yes' if row.is_reached else 'NO'}"
        )
    return "\n".join(lines)


def _same(rows: Sequence[Scrape], others: Sequence[Scrape]) -> list[tuple[Scrape, Scrape]]:
    """Looks at the same moment."""
    at = {look.at: look for look in others}
    return [(look, at[look.at]) for look in rows if look.at in at]


def _apart(real: float, made: float, least: float = 0.0) -> float:
    """The difference as a share of the recorded value, or of `least` where that is larger."""
    whole = max(real, least)
    return abs(made - real) / whole if whole else (math.inf if made else 0.0)


def _running(pods: Pods) -> float:
    area = sum(
        (older.running or 0) * (newer.at - older.at)
        for rows in pods.values()
        for older, newer in pairwise(rows)
    )
    ends = [look.at for rows in pods.values() for look in rows]
    return area / (max(ends) - min(ends))


def _queue(pods: Pods) -> float:
    return float(max(look.waiting or 0 for rows in pods.values() for look in rows))
