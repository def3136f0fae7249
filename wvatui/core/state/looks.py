"""What was seen when a scaler may have decided: of its object, of its target, of the events."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from wvatui.core import events as ev


class TriggerReading(msgspec.Struct, frozen=True, gc=False):
    """A trigger's value, thousandths, and where it was read; None: it could not be, `error` says
    why.

    `age_s`: how old what it was read of was; None: not known. `assumed`: what was taken for granted
    where it was read.
    """

    milli: int | None
    source: str
    error: str = ""
    age_s: float | None = None
    assumed: str = ""


class HpaLook(msgspec.Struct, frozen=True, gc=False):
    """A status of an HPA that its controller has written, and what was known beside it.

    `before`: the version before, None: this one was seen first. `target`: the newest version of
    the workload with the size that the look found. `pods`: its pods, where a metric asks for them.
    `scaled`: the ScaledObject that made it. `events`: those about the HPA around that time.
    `pages`: of its triggers what the pages gave then, by metric.
    """

    at: float
    hpa: ev.Autoscaler
    before: ev.Autoscaler | None = None
    target: ev.Workload | None = None
    pods: tuple[ev.Pod, ...] = ()
    scaled: ev.ScaledObject | None = None
    events: tuple[ev.KubeEvent, ...] = ()
    pages: Mapping[str, TriggerReading] = {}


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
    """A scale target whose `spec.replicas` changed: the last version before, the first after."""

    at: float
    before: ev.Workload
    after: ev.Workload


class DecisionCut(msgspec.Struct, frozen=True, gc=False):
    """What WVA itself put in the place of the target that its rule had: a bound of the variant,
    the limiter, the enforcer. Replicas, None: no line says."""

    by: Literal["max", "min", "limiter", "enforcer"]
    before: int | None
    after: int | None
