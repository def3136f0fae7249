"""What was seen whenever a scaler may have decided: its object, its target, the events."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from wvatui.core import events as ev


class TriggerReading(msgspec.Struct, frozen=True, gc=False):
    """A trigger's value in thousandths, and where it was read; None: unreadable, for `error`.

    `age_s`: age of the data that it was read from, seconds; None: not known. `assumed`: the
    assumptions made in reading it.
    """

    milli: int | None
    source: str
    error: str = ""
    age_s: float | None = None
    assumed: str = ""


class HpaLook(msgspec.Struct, frozen=True, gc=False):
    """A status that the HPA controller wrote, and what else was known at that time.

    `before`: the HPA's version before; None: this is the first one seen. `target`: the newest
    version of the workload that has the size which the look started from. `pods`: its pods, where
    a metric needs them. `scaled`: the ScaledObject that made the HPA. `events`: events about the
    HPA around that time. `pages`: by metric, what its triggers' queries gave over the pages.
    `missed`: the status was written while HPAs were not watched, so that when is not known, nor
    what was written before; then `before` is None.
    """

    at: float
    hpa: ev.Autoscaler
    before: ev.Autoscaler | None = None
    target: ev.Workload | None = None
    pods: tuple[ev.Pod, ...] = ()
    scaled: ev.ScaledObject | None = None
    events: tuple[ev.KubeEvent, ...] = ()
    pages: Mapping[str, TriggerReading] = {}
    missed: bool = False


class KedaLook(msgspec.Struct, frozen=True, gc=False):
    """A status of a ScaledObject that KEDA has written; the rest as in `HpaLook`."""

    at: float
    scaled: ev.ScaledObject
    before: ev.ScaledObject | None = None
    target: ev.Workload | None = None
    events: tuple[ev.KubeEvent, ...] = ()
    pages: Mapping[str, TriggerReading] = {}
    hpa: ev.Autoscaler | None = None


class Resized(msgspec.Struct, frozen=True, gc=False):
    """A change of `spec.replicas`: the target's last version before it and the first after it."""

    at: float
    before: ev.Workload
    after: ev.Workload


class DecisionCut(msgspec.Struct, frozen=True, gc=False):
    """Where WVA replaced its own rule's target: by a bound of the variant, the limiter or the
    enforcer. Numbers are replicas; None: no line states it."""

    by: Literal["max", "min", "limiter", "enforcer"]
    before: int | None
    after: int | None
