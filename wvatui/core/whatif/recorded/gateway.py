"""The values of all gateways (EPP) over time, combined into one."""

from collections.abc import Mapping, Sequence

from wvatui.core.events import Epp
from wvatui.core.metrics.metrics_table import EPP_METRICS
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import State
from wvatui.core.whatif.gateway import GatewayMoment, GatewayTells


def moments(state: State) -> tuple[GatewayMoment, ...]:
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
