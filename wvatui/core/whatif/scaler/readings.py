"""What an autoscaler's metric reads in a counterfactual: names of metrics, and what they count."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from wvatui.core.metrics.metrics_table import EPP_METRICS, METRICS
from wvatui.core.whatif.loads import LoadShare


@dataclass(frozen=True, slots=True)
class Seen:
    """What metrics can be read from: the replicas' loads, and the controller's own target.

    `wanted` and `replicas` are those of the variant that is being scaled; `wanted` None: there is
    no controller.
    """

    loads: Sequence[LoadShare]
    replicas: int
    wanted: int | None = None


MetricSeries = list[float] | None
"""One value a series; None: the recording does not tell."""


def _running(seen: Seen) -> MetricSeries:
    known = [load.running for load in seen.loads if load.running is not None]
    return known if len(known) == len(seen.loads) else None


def _wanted(seen: Seen) -> MetricSeries:
    return None if seen.wanted is None else [float(seen.wanted)]


def _ratio(seen: Seen) -> MetricSeries:
    """WVA v0.8.0 internal/actuator: desired / current, desired itself when current is 0."""
    if seen.wanted is None:
        return None
    return [seen.wanted / seen.replicas if seen.replicas else float(seen.wanted)]


def _mean(values: Sequence[float]) -> MetricSeries:
    return [sum(values) / len(values)] if values else []


@dataclass(frozen=True, slots=True)
class MetricReading:
    """One quantity. `controller`: it is the WVA controller's own number."""

    id: str
    read: Callable[[Seen], MetricSeries]
    controller: bool = False


READINGS: Mapping[str, MetricReading] = {
    reading.id: reading
    for reading in (
        MetricReading("kv", lambda seen: [load.kv for load in seen.loads]),
        MetricReading("waiting", lambda seen: [load.waiting for load in seen.loads]),
        MetricReading("running", _running),
        MetricReading("pool_kv", lambda seen: _mean([load.kv for load in seen.loads])),
        MetricReading("pool_waiting", lambda seen: _mean([load.waiting for load in seen.loads])),
        MetricReading("ready", lambda seen: [float(len(seen.loads))]),
        MetricReading("wanted", _wanted, controller=True),
        MetricReading("ratio", _ratio, controller=True),
    )
}


def _names() -> dict[str, str]:
    """Every known name of a metric, in one spelling, with what it reads."""
    pods = {"kv": "kv", "waiting": "waiting", "running": "running"}
    pool = {"kv": "pool_kv", "pods_waiting": "pool_waiting", "ready_pods": "ready"}
    names = {
        "wva_desired_replicas": "wanted",
        "inferno_desired_replicas": "wanted",
        "wva_desired_ratio": "ratio",
        "inferno_desired_ratio": "ratio",
    }
    for table, ids in ((METRICS, pods), (EPP_METRICS, pool)):
        for metric in table:
            if metric.id in ids:
                names |= {_spelling(name): ids[metric.id] for name in metric.names}
    # Adapters and dashboards call the same things by their bare names.
    for metric in METRICS:
        if metric.id in pods:
            for name in metric.names:
                names.setdefault(_spelling(name.partition(":")[2]), pods[metric.id])
    return names


_KEDA_PREFIX = re.compile(r"s\d+-")


def _spelling(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", _KEDA_PREFIX.sub("", name.lower())).strip("_")


_NAMES = _names()


def reading_of(name: str) -> MetricReading | None:
    """What a metric of that name reads; None: a recording has no such thing.

    Adapters may put something before or behind the engine's own name.
    """
    spelled = _spelling(name)
    known = _NAMES.get(spelled)
    if known is None:
        inside = [own for own in _NAMES if f"_{own}_" in f"_{spelled}_"]
        known = _NAMES[max(inside, key=len)] if inside else None
    return READINGS[known] if known else None
