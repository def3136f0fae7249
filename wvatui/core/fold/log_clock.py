"""By how much the clock of a controller's log is off that of the session.

A node's clock may be minutes off. Lines that the session reads back and lines that come while it
watches then look alike by their stamps; the times at which they came tell them apart.
"""

from wvatui.core import events as ev
from wvatui.core.kube_object import holder_pod
from wvatui.core.state.building.builder import StateBuilder
from wvatui.core.state.totals import LogClock

APART_S = 10.0
"""A Lease's time may differ from the session's clock by this, seconds, while both clocks are right:
an update takes a while on a busy machine."""
LOG_APART_S = 60.0
"""The same for a log line: one that was held up while a connection was down is late by up to the
time between two cycles."""
PAUSE_S = 3.0
"""A line after this many seconds without one is new, and not part of what was read back."""
ROUNDED_S = 2.0
"""Tolerance, seconds: stamps are cut to whole seconds, and lines take a moment to arrive."""


def ahead_s(builder: StateBuilder, event: ev.Log, stamp: float) -> float:
    """Seconds by which the clock that stamped a line (`stamp`: UTC epoch seconds) is ahead of the
    session's; 0 where no difference can be shown, and always for a log from a file.

    Measured by the Lease that the pod renews; without one, by a line that arrives after a pause
    and whose stamp shows the same pause, so that it was written just now.
    """
    if builder.header is None or builder.header.imported:
        return 0.0
    clocks = builder.session.totals.clocks
    stream = event.pod or event.stream
    before = clocks.get(stream)
    ahead = before.ahead_s if before is not None else 0.0
    offset_s, apart_s = _by_lease(builder, event.pod), APART_S
    if offset_s is None and before is not None:
        paused_s = event.at - before.heard_at
        if paused_s >= PAUSE_S and stamp - before.stamp >= paused_s - ROUNDED_S:
            offset_s, apart_s = stamp - event.at, LOG_APART_S
    if offset_s is not None and abs(offset_s - ahead) > apart_s:
        ahead = float(round(offset_s)) if abs(offset_s) > apart_s else 0.0
    clocks[stream] = LogClock(event.at, stamp, ahead)
    return ahead


def _by_lease(builder: StateBuilder, pod: str) -> float | None:
    """Seconds by which this pod's clock is ahead, by the Lease that it renews; None: not known.

    A Lease that was not yet seen to change may be old: it can only show that the clock is ahead.
    """
    for (namespace, name), lease in builder.leases.current.items():
        if not pod or holder_pod(lease.holder) != pod or lease.renewed_at is None:
            continue
        seen = builder.condition_since.get(("lease", namespace, name, "seen"))
        renewed = builder.condition_since.get(("lease", namespace, name, "renewed"))
        if seen is None or renewed is None:
            continue
        offset_s = lease.renewed_at - renewed.since
        if offset_s > APART_S or renewed.since > seen.since:
            return offset_s
    return None
