"""What was seen when a scaler may have decided: of its object, of its target, of the events."""

import msgspec

from wvatui.core import events as ev


class HpaLook(msgspec.Struct, frozen=True, gc=False):
    """A status of an HPA that its controller has written, and what was known beside it.

    `before`: the version before, None: this one was seen first. `target`: the newest version of
    the workload with the size that the look found. `pods`: its pods, where a metric asks for them.
    `scaled`: the ScaledObject that made it. `events`: those about the HPA around that time.
    """

    at: float
    hpa: ev.Autoscaler
    before: ev.Autoscaler | None = None
    target: ev.Workload | None = None
    pods: tuple[ev.Pod, ...] = ()
    scaled: ev.ScaledObject | None = None
    events: tuple[ev.KubeEvent, ...] = ()


class KedaLook(msgspec.Struct, frozen=True, gc=False):
    """A status of a ScaledObject that KEDA has written; `before` and `target` as in `HpaLook`."""

    at: float
    scaled: ev.ScaledObject
    before: ev.ScaledObject | None = None
    target: ev.Workload | None = None
    events: tuple[ev.KubeEvent, ...] = ()


class Resized(msgspec.Struct, frozen=True, gc=False):
    """A scale target whose `spec.replicas` changed: the last version before, the first after."""

    at: float
    before: ev.Workload
    after: ev.Workload
