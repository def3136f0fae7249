"""How an experiment stands: reached as `events.Experiment` like all others."""

import msgspec

from wvatui.core.events.base import Event
from wvatui.core.ranges import Amount, Moment


class PlannedStage(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One stage of an experiment. Times are seconds from T+0."""

    name: str
    start_s: Amount
    end_s: Amount
    rate: Amount | None = None
    """Requests per second offered; None: not said."""
    status: str = "waiting"
    """waiting, running, done, cut, failed, timed out, skipped, not reached, interrupted."""
    job: str = ""
    """Name of its Job, once there is one."""


class Experiment(Event, frozen=True, tag="experiment", kw_only=True):
    """The plan of an experiment and how far it is, written when that changes."""

    name: str
    mode: str = ""
    phase: str = "before"
    """before, reset, load, tail, over."""
    begun_at: Moment | None = None
    """T+0, UTC epoch seconds; None: the load has not begun."""
    end_s: Amount = 0.0
    """When the load is planned to end."""
    tail_s: Amount | None = None
    """How long recording goes on after that; None: until the replicas have settled."""
    ended: str = ""
    """finished, stopped, interrupted; empty: it goes on."""
    stages: tuple[PlannedStage, ...] = ()
