"""Kubernetes Events of either API, with counts or series."""

from wvatui.core.events import KubeEvent
from wvatui.core.kube_object import ReadObject
from wvatui.sources.objects.fields import moment, text, whole


def decode_kube_event(obj: ReadObject, now: float) -> KubeEvent:
    """An Event (core/v1) as an event at `now`."""
    created = moment(obj, "metadata", "creationTimestamp")
    event_time = moment(obj, "eventTime")
    first = moment(obj, "firstTimestamp") or event_time or created
    last = moment(obj, "series", "lastObservedTime") or moment(obj, "lastTimestamp") or first
    return KubeEvent(
        now,
        type=text(obj, "type"),
        reason=text(obj, "reason"),
        message=text(obj, "message")[:2000],
        kind=text(obj, "involvedObject", "kind"),
        name=text(obj, "involvedObject", "name"),
        component=text(obj, "source", "component") or text(obj, "reportingComponent"),
        count=whole(obj, "series", "count") or whole(obj, "count") or 1,
        first_at=first,
        last_at=last,
        namespace=text(obj, "involvedObject", "namespace") or text(obj, "metadata", "namespace"),
    )
