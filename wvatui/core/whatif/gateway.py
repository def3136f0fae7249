"""The metrics that the gateway (EPP) would have had with another number of replicas behind it."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from wvatui.core.events import Epp
from wvatui.core.metrics.metrics_table import EPP_METRICS
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import State
from wvatui.core.whatif.loads import LoadShare

QUEUE_FULL, KV_FULL = 5.0, 0.8
"""Waiting requests and KV use (ratio) from which a pod counts as saturated for the EPP.

Source: gateway-api-inference-extension pkg/epp/saturationdetector, queueDepthThreshold and
kvCacheUtilThreshold.
"""
GatewayTells = Mapping[str, float | Mapping[str, float]]
"""The gateway's values by id in EPP_METRICS; values per endpoint are by the endpoint's name."""
Sharing = Callable[[Sequence[LoadShare]], Sequence[LoadShare]]


@dataclass(frozen=True, slots=True)
class GatewayMoment:
    """The gateway's values from `at` on; None: not known (a gap)."""

    at: float
    tells: GatewayTells | None


def gateway_moments(state: State) -> tuple[GatewayMoment, ...]:
    """A moment for every page of the gateways, ascending: each pod's newest page, while fresh."""
    looks = sorted((look for ring in state.epp.values() for look in ring), key=lambda look: look.at)
    fresh = fresh_s(state.header)
    newest: dict[str, Epp] = {}
    gateway: list[GatewayMoment] = []
    for place, look in enumerate(looks):
        newest[look.pod] = look
        live = [each for each in newest.values() if look.at - each.at <= fresh]
        gateway.append(GatewayMoment(look.at, _together(live)))
        following = looks[place + 1].at if place + 1 < len(looks) else look.at + fresh + 1.0
        if following - look.at > fresh:
            gateway.append(GatewayMoment(look.at + fresh, None))
    return tuple(gateway)


def _together(looks: Sequence[Epp]) -> GatewayTells:
    """The values of several pickers of one pool, combined per metric: sum, highest or mean."""
    tells: dict[str, float | Mapping[str, float]] = {}
    for metric in EPP_METRICS:
        if metric.by:
            apart: dict[str, float] = {}
            for look in looks:
                for endpoint, value in (getattr(look, metric.id) or {}).items():
                    apart[endpoint] = apart.get(endpoint, 0.0) + value
            if apart:
                tells[metric.id] = apart
            continue
        values = [float(v) for look in looks if (v := getattr(look, metric.id)) is not None]
        if not values:
            continue
        if metric.shown == "sum" and metric.id != "ready_pods":
            tells[metric.id] = sum(values)
        elif metric.shown == "mean":
            tells[metric.id] = sum(values) / len(values)
        else:
            tells[metric.id] = max(values)
    return tells


def gateway_at(moments: Sequence[GatewayMoment], at: float) -> GatewayTells:
    """The gateway's values at `at`."""
    place = bisect_right(moments, at, key=lambda moment: moment.at)
    return (moments[place - 1].tells or {}) if place else {}


def pressure(loads: Sequence[LoadShare]) -> float:
    """How full the pool is by the EPP's own measure: the mean over pods of the greater of queue and
    KV use, each divided by its saturation threshold."""
    if not loads:
        return 0.0
    full = (max(load.waiting / QUEUE_FULL, load.kv / KV_FULL) for load in loads)
    return sum(full) / len(loads)


def shared_gateway(
    tells: GatewayTells, loads: Sequence[LoadShare], sharing: Sharing
) -> tuple[GatewayTells, Sequence[LoadShare]]:
    """The gateway and the replicas behind it, for `loads` shared by another number of them.

    Requests held back by the gateway count like those waiting in replicas: they go to replicas with
    room. The total number of requests is the recorded one, and the saturation changes in proportion
    to `pressure`.
    """
    plain = sharing(loads)
    queue, running, saturation = (_number(tells, i) for i in ("queue", "running", "saturation"))
    if not loads or not plain:
        return dict(tells), plain
    behind = plain
    held = queue
    if queue:
        each = queue / len(loads)
        full = sharing([replace(load, waiting=load.waiting + each) for load in loads])
        held = sum(load.waiting for load in full) - sum(load.waiting for load in plain)
        held = min(queue, max(0.0, held))
        behind = [
            replace(load, waiting=min(load.waiting, before.waiting))
            for load, before in zip(full, plain, strict=True)
        ]
    before, after = pressure(loads), pressure(behind)
    changed: dict[str, float] = {
        "queue": held,
        "running": running + queue - held,
        "saturation": saturation * after / before if before else after,
        "ready_pods": float(len(behind)),
        "kv": sum(load.kv for load in behind) / len(behind),
        "pods_waiting": sum(load.waiting for load in behind) / len(behind),
    }
    return {name: changed.get(name, value) for name, value in tells.items()}, behind


def _number(tells: GatewayTells, name: str) -> float:
    value = tells.get(name)
    return value if isinstance(value, float) else 0.0
