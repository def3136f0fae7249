"""When each recorded pod served. Autoscaling is not simulated, so the calibration needs these
times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wvatui.core.events import Scrape
from wvatui.core.queries.pods.demand import DemandStretch

BEGINS = 1.5
"""A pod seen within this many rounds of scrapes has served since before the recording."""
GONE = 3.0
"""A pod has gone when it was not seen for this many times the longest time between two scrapes."""


@dataclass(frozen=True, slots=True)
class Served:
    """One pod. None: since before the recording, and until its end."""

    since: float | None
    until: float | None


def served(
    looks: Mapping[str, Sequence[Scrape]], demand: Sequence[DemandStretch]
) -> dict[str, Served]:
    """Of each pod, by name."""
    spacings = sorted(b.at - a.at for rows in looks.values() for a, b in pairwise(rows))
    begins = min(rows[0].at for rows in looks.values())
    ends = max(rows[-1].at for rows in looks.values())
    first_s = begins + BEGINS * (spacings[len(spacings) // 2] if spacings else 0.0)
    last_s = ends - GONE * (spacings[-1] if spacings else 0.0)
    return {
        pod: Served(
            None if rows[0].at <= first_s else _begins(rows, demand),
            rows[-1].at if rows[-1].at < last_s else None,
        )
        for pod, rows in looks.items()
    }


def _begins(rows: Sequence[Scrape], demand: Sequence[DemandStretch]) -> float:
    """When a pod began to serve, UTC epoch seconds.

    An engine serves its metrics before its pod is ready. A pod that joins gets all arriving
    requests, as its queue is the shortest: so it began as long before the first scrape with
    requests as these took to arrive, but not before the scrape that had none.
    """
    used = [bool(_had(look)) for look in rows]
    first = used.index(True) if True in used else 0
    if not first:
        return rows[0].at
    before, at = rows[first - 1].at, rows[first].at
    arrived = sum(
        one.rate * max(0.0, min(at, one.until) - max(before, one.since)) for one in demand
    )
    rate = arrived / (at - before)
    return max(before, at - _had(rows[first]) / rate) if rate else before


def _had(look: Scrape) -> int:
    """Requests that it received since it started."""
    return (look.running or 0) + (look.waiting or 0) + sum((look.success or {}).values())
