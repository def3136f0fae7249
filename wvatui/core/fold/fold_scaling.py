"""From objects of scalers and their targets to looks: what a scaler could know as it decided."""

from collections.abc import Mapping

from wvatui.core.decisions.keda.scraped import SeenSources, page_readings
from wvatui.core.events import Autoscaler, KubeEvent, Pod, ScaledObject, Workload
from wvatui.core.events.object_events import HpaMetric
from wvatui.core.fold.hearing import standing_since
from wvatui.core.kube_object import NamespacedName
from wvatui.core.rules.hpa.hpa_policy import SYNC_S
from wvatui.core.state.building.builder import StateBuilder
from wvatui.core.state.links import target_of
from wvatui.core.state.looks import HpaLook, KedaLook, Resized, TriggerReading
from wvatui.core.state.source_health import AUTOSCALERS, health_of
from wvatui.core.structs import replace

NEAR_S = 2.0
"""An event within so many seconds of a status is of the same look: the API has whole seconds."""
OLD_S = SYNC_S / 2
"""A rescale whose event is dated so many seconds before a status belongs to another look, whenever
the event arrived."""


def compact(event: Autoscaler, before: Autoscaler) -> Autoscaler:
    """An HPA that shares what did not change with the version before: its spec is most of it."""
    known, conditions = before.conditions, event.conditions
    if conditions == known:
        conditions = known
    elif len(conditions) == len(known):
        conditions = tuple(
            [old if each == old else each for each, old in zip(conditions, known, strict=True)]
        )
    return replace(
        event,
        asked=before.asked if event.asked == before.asked else event.asked,
        behavior=before.behavior if event.behavior == before.behavior else event.behavior,
        notes=before.notes if event.notes == before.notes else event.notes,
        conditions=conditions,
    )


def note_hpa(builder: StateBuilder, event: Autoscaler) -> None:
    """Keep a look of the HPA controller, where it has written a new status."""
    key = (event.namespace, event.name)
    before = builder.hpas.get(key)
    # A live HPA without conditions was never looked at; an imported one may just lack them.
    if not event.conditions and (builder.header is None or not builder.header.imported):
        return
    if before is not None and _has_same_status(before, event):
        return
    target = _target(builder, event, event.current)
    scaled = builder.scaled_objects.get((event.namespace, event.scaled_object))
    missed = before is not None and _was_missed(builder, before, event)
    look = HpaLook(
        at=event.at,
        hpa=event,
        before=None if missed else before,
        target=target,
        pods=_pods(builder, event, target),
        scaled=scaled,
        events=() if missed else _events(builder, "HorizontalPodAutoscaler", key, event.at),
        pages=_pages(builder, scaled, event.at),
        missed=missed,
    )
    builder.hpa_looks.append(key, look)


def _was_missed(builder: StateBuilder, before: Autoscaler, event: Autoscaler) -> bool:
    """Whether nothing was watched for a while between two versions of an HPA."""
    still = standing_since(builder, event.at)
    if still is not None and still >= before.at:
        return True
    health = health_of(builder.sources.current, AUTOSCALERS, event.namespace)
    return health is not None and health.missed_between(before.at, event.at)


def _has_same_status(hpa: Autoscaler, before: Autoscaler) -> bool:
    return (
        hpa.current == before.current
        and hpa.desired == before.desired
        and hpa.last_scale_at == before.last_scale_at
        and hpa.conditions == before.conditions
        and (hpa.shown or hpa.metrics) == (before.shown or before.metrics)
    )


def note_scaled_object(builder: StateBuilder, event: ScaledObject) -> None:
    """Keep a look of KEDA, where it has written new conditions or a new health."""
    key = (event.namespace, event.name)
    before = builder.scaled_objects.get(key)
    if before is not None and _keda_status(before) == _keda_status(event):
        return
    look = KedaLook(
        at=event.at,
        scaled=event,
        before=before,
        target=_target(builder, event, None),
        events=_events(builder, "ScaledObject", key, event.at),
        pages=_pages(builder, event, event.at),
        hpa=builder.hpas.get((event.namespace, event.hpa)),
    )
    builder.keda_looks.append(key, look)
    hpa = (event.namespace, event.hpa)
    first = builder.hpa_looks.newest(hpa) if before is None else None
    if first is not None and first.scaled is None and event.at - first.at <= NEAR_S:
        # HPAs are listed first, as watching begins: it made the HPA, and names its metrics.
        builder.hpa_looks.replace_newest(hpa, replace(first, scaled=event, pages=look.pages))


def _keda_status(scaled: ScaledObject) -> tuple[object, ...]:
    status = (scaled.conditions, scaled.health, scaled.activity, scaled.last_active_at)
    return (*status, scaled.paused, scaled.held)


def note_workload(builder: StateBuilder, event: Workload) -> None:
    """Keep a change of `spec.replicas`, whoever wrote it."""
    key = (event.kind, event.namespace, event.name)
    before = builder.workloads.get(key)
    if before is None or None in (before.spec, event.spec) or before.spec == event.spec:
        return
    builder.resized.append(key, Resized(event.at, before, event))


def note_event(builder: StateBuilder, event: KubeEvent) -> None:
    """Add an event to the scaler's newest look, where it came just after that look's status."""
    id_of = builder.window.id_of
    if event.kind == "HorizontalPodAutoscaler":
        for key in builder.hpa_looks.names:
            look = builder.hpa_looks.newest(key) if id_of(*key) == event.name else None
            if look is not None and not look.missed and _is_of(look.at, event):
                more = replace(look, events=(*look.events, event))
                builder.hpa_looks.replace_newest(key, more)
    elif event.kind == "ScaledObject":
        for key in builder.keda_looks.names:
            seen = builder.keda_looks.newest(key) if id_of(*key) == event.name else None
            if seen is not None and _is_of(seen.at, event):
                more_seen = replace(seen, events=(*seen.events, event))
                builder.keda_looks.replace_newest(key, more_seen)


def _events(
    builder: StateBuilder, kind: str, key: NamespacedName, at: float
) -> tuple[KubeEvent, ...]:
    about = builder.kube_events.about(kind, builder.window.id_of(*key))
    if not about:
        return ()
    # Most are of earlier looks; this runs for every look.
    near = [event for event in about if -NEAR_S <= event.at - at <= NEAR_S]
    return tuple([event for event in near if _is_of(at, event)]) if near else ()


def _is_of(at: float, event: KubeEvent) -> bool:
    """Whether the look whose status came at `at` may have written the event."""
    if abs(at - event.at) > NEAR_S:
        return False
    is_rescale = event.reason in ("SuccessfulRescale", "FailedRescale")
    return not is_rescale or event.last_at is None or at - event.last_at <= OLD_S


def _target(
    builder: StateBuilder, scaler: Autoscaler | ScaledObject, size: int | None
) -> Workload | None:
    """The newest version of the target of this size; a rescale is often seen before the status."""
    key = target_of(scaler)
    newest = builder.workloads.get(key)
    if newest is None or size is None or newest.spec == size:
        return newest
    last = builder.resized.newest(key)
    return last.before if last is not None and last.before.spec == size else newest


def _pages(
    builder: StateBuilder, scaled: ScaledObject | None, at: float
) -> Mapping[str, TriggerReading]:
    """What its triggers' queries give over the current pages; these are not kept for later."""
    if scaled is None or not scaled.asked:
        return {}
    builder.flush_scrapes()
    seen = SeenSources(
        at=at,
        first_at=builder.first_at,
        lasts_s=builder.fresh_s,
        pods=builder.pods.current,
        gone=builder.gone.current,
        watched=builder.watched.current,
        gateways=builder.epp.sealed(),
        workloads=builder.workloads.current,
        bounds=builder.bounds.current,
        variants=builder.variants.current,
    )
    return page_readings(scaled, seen)


def _pods(builder: StateBuilder, hpa: Autoscaler, target: Workload | None) -> tuple[Pod, ...]:
    """Pods of the target, where a metric needs them; an average of a total does not."""
    if target is None or all(map(_is_share, hpa.asked)):
        return ()
    return builder.pods.replicas(target, builder.gone.current)


def _is_share(metric: HpaMetric) -> bool:
    """Whether a metric divides a total by the number of replicas (AverageValue)."""
    place = metric.get("external") or metric.get("object")
    return place is not None and "averageValue" in (place.get("target") or ())
