"""From a recorded look of an HPA to a sight, as far as an older recording allows."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import inf
from typing import Any

from wvatui.core import events as ev
from wvatui.core.decisions.hpa.sight import HpaSight
from wvatui.core.decisions.hpa.unseen import is_settled
from wvatui.core.rules.hpa.hpa_conditions import HpaCondition, HpaEvent
from wvatui.core.rules.hpa.hpa_pods import HpaPod
from wvatui.core.rules.hpa.hpa_spec import PLACES, HpaSpec, hpa_spec
from wvatui.core.state.looks import HpaLook

NO_METRICS = "the types and selectors of its metrics were not recorded"
NO_SIZE = "status.currentReplicas, the size that it found, was not recorded"
NO_TARGET = (
    "its scale target was not seen, so that the sizes are the current and the desired replicas of"
    " one status"
)
NO_MAX = "spec.maxReplicas was not recorded"
MOST_UNSEEN = 10_000
TOO_MANY = f"none of its more than {MOST_UNSEEN:,} pods was recorded"
AFTER_S = 1.0
"""A pod created or deleted at most this long before a rescale is seen is due to that rescale,
seconds: the API has whole seconds only."""
_RESOURCES = ("cpu", "memory")
_SHOWN = {"Value": "value", "AverageValue": "averageValue", "Utilization": "averageUtilization"}


def spec_of(hpa: ev.Autoscaler) -> HpaSpec | None:
    """The HPA's spec; None: too little of it was recorded."""
    if hpa.max is None:
        return None
    try:
        return hpa_spec(
            {
                "minReplicas": hpa.min,
                "maxReplicas": hpa.max,
                "behavior": hpa.behavior,
                "metrics": hpa.asked or [_asked(hpa, metric) for metric in hpa.metrics],
                "scaleTargetRef": {"kind": hpa.target_kind, "name": hpa.target_name},
            }
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def lacking(look: HpaLook) -> tuple[str, ...]:
    """Inputs that the recording lacks, a clause each; with any missing, nothing can be
    recomputed."""
    hpa = look.hpa
    lacks = [NO_MAX] if hpa.max is None else []
    if hpa.current is None:
        lacks.append(NO_SIZE)
    if look.target is None:
        lacks.append(NO_TARGET)
    elif not look.pods and max(look.target.replicas or 0, look.target.ready or 0) > MOST_UNSEEN:
        lacks.append(TOO_MANY)
    # An API server admits no HPA without metrics; samples of an exporter do not have them.
    if not hpa.asked and not (hpa.metrics and all(_kind(hpa, each) for each in hpa.metrics)):
        lacks.append(NO_METRICS)
    return tuple(lacks)


def size_before(look: HpaLook) -> int | None:
    """The replicas that the HPA found before it wrote the desired ones.

    Where kube-state-metrics is scraped seldom, a status may be some syncs behind a change and give
    the new size as current: the size before is then what was desired at the scrape before.
    """
    hpa, before = look.hpa, look.before
    # kube-state-metrics has the target beside the HPA, but no reasons of conditions.
    sampled = look.target is not None and not any(each.reason for each in hpa.conditions)
    # A status that was not written yet says 0.
    if sampled and before is not None and before.desired and hpa.current == hpa.desired:
        return before.desired
    return hpa.current


def presumed(hpa: ev.Autoscaler) -> str:
    """The assumptions about what an older recording does not hold, in words; empty: none."""
    if hpa.asked or not hpa.metrics:
        return ""
    return "the recording does not hold the metrics' types and selectors: taken from their names"


def sight_of(
    look: HpaLook,
    spec: HpaSpec,
    *,
    created: bool,
    loose_s: float,
    last: tuple[HpaLook, HpaSight] | None = None,
) -> HpaSight:
    """The look as a sight, if `lacking` is empty for it. `last`: the look before it, if known."""
    hpa, target = look.hpa, look.target
    current = hpa.current or 0
    exist = ready = current
    if target is not None:
        exist = target.replicas if target.replicas is not None else target.ready or 0
        ready = exist if target.ready is None else target.ready
    earlier = look.before
    if last is not None and last[0].hpa is earlier:
        before = last[1].conditions
    else:
        before = () if earlier is None else _conditions(earlier)
    if earlier is not None and _says_the_same(hpa, earlier):
        conditions = before
    else:
        conditions = _conditions(hpa)
    rescaled = False
    if (
        earlier is None
        or earlier.last_scale_at != hpa.last_scale_at
        or earlier.current != current
        or earlier.desired != hpa.desired
    ):
        rescaled = "SucceededRescale" in [each.reason for each in conditions]
    if last is not None and last[1].settled and look.pods == last[0].pods != ():
        pods, settled = last[1].pods, True
    elif look.pods and (pods := _found(look, rescaled=rescaled)):
        settled = not rescaled and all(map(is_settled, pods))
    else:
        pods, settled = _unnamed(exist, ready), not rescaled and ready >= exist
    return HpaSight(
        at=look.at,
        spec=spec,
        spec_replicas=current,
        status_replicas=exist,
        after=hpa.desired if rescaled and hpa.desired is not None else current,
        pods=pods,
        shown=tuple(hpa.shown) or tuple(_reading(hpa, metric) for metric in hpa.metrics),
        before=before,
        conditions=conditions,
        events=tuple(_once(hpa, look.events)) if look.events else (),
        created=created,
        loose_s=loose_s,
        stated=hpa.desired,
        settled=settled,
    )


@lru_cache(maxsize=64)
def _unnamed(exist: int, ready: int) -> tuple[HpaPod, ...]:
    """Pods of which only numbers are known."""
    return tuple(HpaPod(f"p{n}", ready="True" if n < ready else "False") for n in range(exist))


def _once(hpa: ev.Autoscaler, events: Sequence[ev.KubeEvent]) -> Iterator[HpaEvent]:
    """The events with each message once: an Event whose count rises is delivered again."""
    for event in {(event.reason, event.message): event for event in events}.values():
        yield HpaEvent(event.type, event.reason, _said(hpa, event.message))


def _conditions(hpa: ev.Autoscaler) -> tuple[HpaCondition, ...]:
    # A comprehension is the fastest; this runs for every look.
    if hpa.asked:
        return tuple([HpaCondition(c.type, c.status, c.reason, c.message) for c in hpa.conditions])
    return tuple(
        [HpaCondition(c.type, c.status, c.reason, _said(hpa, c.message)) for c in hpa.conditions]
    )


def _says_the_same(hpa: ev.Autoscaler, before: ev.Autoscaler) -> bool:
    """Whether its conditions equal those of the version before; the fold then shares the object."""
    return hpa.conditions is before.conditions and hpa.asked is before.asked


_SELECTOR = re.compile(r"\(&LabelSelector\{.*?(?:\}\)|$)")


def _said(hpa: ev.Autoscaler, message: str) -> str:
    """A message, without the metric's selector where an older recording has no selectors."""
    return message if hpa.asked else _SELECTOR.sub("(nil)", message)


def _found(look: HpaLook, *, rescaled: bool) -> tuple[HpaPod, ...]:
    """The pods as the look found them, without the effect of its own rescale, which is often seen
    before the look's status."""
    since = look.at - AFTER_S if rescaled else inf
    there = [pod for pod in look.pods if pod.created_at is None or pod.created_at < since]
    return tuple([_pod(pod, look.at, since) for pod in there])


def _pod(pod: ev.Pod, at: float, since: float) -> HpaPod:
    """A pod at a moment; it is not deleted where that happened at `since` or later."""
    return HpaPod(
        pod.name,
        pod.phase or "Running",
        "True" if pod.ready else "False",
        ready_age_s=_age_s(pod.ready_at, at) if pod.ready_at else inf,
        start_age_s=_age_s(pod.started_at, at) if pod.started_at else None,
        deleted=pod.deleting_at is not None and pod.deleting_at < since,
    )


def _age_s(since: float, at: float) -> float:
    return at - since if at > since else 0.0


def _kind(hpa: ev.Autoscaler, metric: ev.MetricStatus) -> str:
    """The type of a metric of which an older recording has only the name; empty: unclear."""
    if metric.name in _RESOURCES and metric.type in ("Utilization", "AverageValue"):
        return "Resource"
    titles = [c.message for c in hpa.conditions if c.type == "ScalingActive"]
    if hpa.scaled_object or any(f"external metric {metric.name}(" in title for title in titles):
        return "External"
    if any(f"pods metric {metric.name}" in title for title in titles):
        return "Pods"
    return ""


def _asked(hpa: ev.Autoscaler, metric: ev.MetricStatus) -> dict[str, Any]:
    """One entry of `spec.metrics`, made from the metric's name, type and target."""
    kind, key = _kind(hpa, metric) or "External", _SHOWN.get(metric.type, "value")
    identity: dict[str, Any] = {"name": metric.name}
    target: dict[str, Any] = {"type": metric.type, key: _written(metric.target, key)}
    named = {"name": metric.name} if kind == "Resource" else {"metric": identity}
    return {"type": kind, PLACES[kind]: {**named, "target": target}}


def _reading(hpa: ev.Autoscaler, metric: ev.MetricStatus) -> dict[str, Any]:
    """One entry of `status.currentMetrics`, made likewise; empty: it could not be read."""
    if metric.current is None:
        return {"type": ""}
    kind, key = _kind(hpa, metric) or "External", _SHOWN.get(metric.type, "value")
    return {"type": kind, PLACES[kind]: {"current": {key: _written(metric.current, key)}}}


def _written(value: float | None, key: str) -> Any:
    if value is None:
        return None
    return round(value) if key == "averageUtilization" else f"{round(value * 1000)}m"
