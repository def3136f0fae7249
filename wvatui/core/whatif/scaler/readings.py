"""The values of an autoscaler's metrics in a counterfactual: families by name, series at a time."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from wvatui.core.metrics.metrics_page import HISTOGRAM_PARTS
from wvatui.core.metrics.metrics_table import ENGINE_IDS, EPP_METRICS, METRICS
from wvatui.core.metrics.promql.recording_rules import RuledSeries
from wvatui.core.metrics.promql.series import (
    FamilyNotHeld,
    SeriesSource,
    TimeSeries,
    ValueNotKnown,
)
from wvatui.core.metrics.promql.tree import LabelMatcher
from wvatui.core.rules.keda.latency_rules import latency_rules
from wvatui.core.whatif.gateway import GatewayTells
from wvatui.core.whatif.loads import LoadShare

LOAD_A_REPLICA = "wvatui:load_a_replica:ratio"
"""Name of a series: the load per replica here, divided by that in the recording."""
KEPT_S = 900.0
"""How long a look is kept for queries over the time before, seconds."""


@dataclass(frozen=True, slots=True)
class MetricFamily:
    """Metrics of one meaning. `of`: pods (their load), pool (the gateway's values), target (the
    scale target's replicas), controller (WVA's own numbers), pages (counters and histograms)."""

    of: str
    id: str
    name: str
    """Its name in current releases."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What metrics can be read from at a moment.

    `loads`: the replicas that serve the model. `variant`: the one whose autoscaler reads; empty:
    the only one. `replicas`, `serving`: of its scale target; `wanted`: by the controller, None:
    there is none. `pool`: the gateway's values. `pages`: counters and histograms as recorded;
    `stretch`: load per replica here, divided by that in the recording. `before`: the earlier looks,
    oldest first.
    """

    loads: Sequence[LoadShare]
    replicas: int
    wanted: int | None = None
    at: float = 0.0
    serving: int = 0
    variant: str = ""
    pool: GatewayTells = field(default_factory=dict)
    pages: SeriesSource | None = None
    stretch: float = 1.0
    before: Sequence["Seen"] = ()

    @property
    def own(self) -> Sequence[LoadShare]:
        """The replicas of the scale target."""
        return [load for load in self.loads if self.variant in ("", load.variant)]

    # --- as a source of series

    def names(self) -> Collection[str]:
        """Current names of the series at hand."""
        held = [family.name for family in FAMILIES.values() if _holds(self, family)]
        paged = self.pages.names() if self.pages is not None else ()
        return tuple(dict.fromkeys((*held, *paged)))

    def tells(self, name: str, label: str) -> bool:
        """Whether a label is checked: those of pods and buckets are; a namespace, model or service
        in a manifest is taken to be the recording's own."""
        return label in JUDGED_LABELS

    def series(self, name: str, since: float, until: float) -> Sequence[TimeSeries]:
        """See SeriesSource."""
        family = family_of(name)
        if family is None or family.of == "pages":
            if self.pages is None:
                raise FamilyNotHeld(name, self.names())
            return self.pages.series(name, since, until)
        if family.of == "pods":
            return _of_pods(family, (*self.before, self))
        if not _holds(self, family):
            raise FamilyNotHeld(name, self.names())
        points: dict[str, list[tuple[float, float | None]]] = {}
        for look in (*self.before, self):
            number = _number(look, family)
            apart = number if isinstance(number, Mapping) else {"": number}
            for endpoint, value in apart.items():
                points.setdefault(endpoint, []).append((look.at, value))
        return [_series({"endpoint_name": name}, each) for name, each in points.items()]


PLACE_LABELS = ("pod", "pod_name", "endpoint_name")
JUDGED_LABELS = frozenset((*PLACE_LABELS, "le", "engine", "finished_reason"))


def _of_pods(family: MetricFamily, looks: Sequence[Seen]) -> list[TimeSeries]:
    """One series per replica, with its value at each look."""
    read: Callable[[LoadShare], float | None] = attrgetter(family.id)
    points: dict[str, list[tuple[float, float | None]]] = {}
    for look in looks:
        there = {load.pod: read(load) for load in look.loads}
        if look is looks[-1] and None in there.values():
            raise ValueNotKnown(f"{family.name} was not measured")
        for pod in dict.fromkeys((*points, *there)):
            points.setdefault(pod, []).append((look.at, there.get(pod)))
    return [
        _series({"pod": pod, "pod_name": pod, "engine": "0"}, each) for pod, each in points.items()
    ]


def _series(labels: Mapping[str, str], points: Sequence[tuple[float, float | None]]) -> TimeSeries:
    return TimeSeries(labels, [at for at, _ in points], [value for _, value in points])


def _ratio(seen: Seen) -> float | None:
    """WVA v0.8.0 internal/actuator: desired / current, desired itself when current is 0."""
    if seen.wanted is None:
        return None
    return seen.wanted / seen.replicas if seen.replicas else float(seen.wanted)


_OF_TARGET: Mapping[str, Callable[[Seen], float | None]] = {
    "replicas": lambda seen: float(seen.replicas),
    "ready": lambda seen: float(seen.serving),
    "unavailable": lambda seen: float(max(0, seen.replicas - seen.serving)),
    "stretch": lambda seen: seen.stretch,
}
_OF_CONTROLLER: Mapping[str, Callable[[Seen], float | None]] = {
    "wanted": lambda seen: None if seen.wanted is None else float(seen.wanted),
    "ratio": _ratio,
}


def holds(seen: Seen, name: str) -> bool:
    """Whether a metric is available: recorded, or made by a rule from recorded ones."""
    if name in RULES.queries:
        return name in source_of(seen).names()
    family = family_of(name)
    if family is None:
        return False
    if family.of == "pages":
        return any(family_of(held) == family for held in seen.names())
    return _holds(seen, family)


def _number(seen: Seen, family: MetricFamily) -> float | Mapping[str, float] | None:
    """The value of a family that is one number, or one per endpoint."""
    if family.of == "pool":
        return seen.pool.get(family.id)
    return (_OF_TARGET if family.of == "target" else _OF_CONTROLLER)[family.id](seen)


def _holds(seen: Seen, family: MetricFamily) -> bool:
    if family.of == "pods":
        return bool(seen.loads)
    return family.of != "pages" and _number(seen, family) is not None


_KUBE_STATE = {
    "kube_deployment_spec_replicas": "replicas",
    "kube_deployment_status_replicas": "replicas",
    "kube_deployment_status_replicas_updated": "replicas",
    "kube_deployment_status_replicas_ready": "ready",
    "kube_deployment_status_replicas_available": "ready",
    "kube_deployment_status_replicas_unavailable": "unavailable",
    "kube_statefulset_replicas": "replicas",
    "kube_statefulset_status_replicas": "replicas",
    "kube_statefulset_status_replicas_ready": "ready",
    "kube_statefulset_status_replicas_available": "ready",
    LOAD_A_REPLICA: "stretch",
}
"""Metrics of kube-state-metrics about a scale target (docs/metrics/workload)."""
_ADAPTERS = {
    "epp_queue_size": "queue",
    "epp_flow_control_queue_size": "queue",
    "flow_control_queue_size": "queue",
    "epp_running_requests": "running",
    "epp_request_running": "running",
    "epp_pool_saturation": "saturation",
    "flow_control_pool_saturation": "saturation",
}
"""Names that adapters give the gateway's metrics, beside the original names."""
_CONTROLLER = {
    "wva_desired_replicas": "wanted",
    "inferno_desired_replicas": "wanted",
    "wva_desired_ratio": "ratio",
    "inferno_desired_ratio": "ratio",
}


def _families() -> dict[str, MetricFamily]:
    """Every known name of a metric, in one spelling, with its family."""
    families = {_spelling(n): MetricFamily("controller", i, n) for n, i in _CONTROLLER.items()}
    families |= {_spelling(n): MetricFamily("target", i, n) for n, i in _KUBE_STATE.items()}
    for of, table in (("pods", METRICS), ("pool", EPP_METRICS)):
        for metric in table:
            name = metric.names[0]
            if metric.kind != "gauge":
                family = MetricFamily("pages", metric.id, name)
            elif of == "pods" and metric.id not in ENGINE_IDS:
                continue
            else:
                family = MetricFamily(of, metric.id, name)
            for spelled in metric.names:
                for tail in HISTOGRAM_PARTS if metric.kind == "histogram" else ("",):
                    families[_spelling(spelled + tail)] = family
    # Adapters and dashboards use the bare names of these metrics.
    for metric in METRICS:
        for name in metric.names if metric.id in ENGINE_IDS else ():
            bare = _spelling(name.partition(":")[2])
            families.setdefault(bare, families[_spelling(name)])
    for name, id_ in _ADAPTERS.items():
        families.setdefault(
            name, next(f for f in families.values() if (f.of, f.id) == ("pool", id_))
        )
    return families


_KEDA_PREFIX = re.compile(r"s\d+-")


def _spelling(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", _KEDA_PREFIX.sub("", name.lower())).strip("_")


FAMILIES = _families()


def family_of(name: str) -> MetricFamily | None:
    """The family of a metric's name; None: recordings have no such metric.

    Adapters may add a prefix or suffix to the engine's own name.
    """
    spelled = _spelling(name)
    known = FAMILIES.get(spelled)
    if known is None:
        inside = [own for own in FAMILIES if f"_{own}_" in f"_{spelled}_"]
        known = FAMILIES[max(inside, key=len)] if inside else None
    return known


def held_names(seen: Seen) -> list[str]:
    """Current name of each available family."""
    paged = seen.pages.names() if seen.pages is not None else ()
    families = {family_of(name) for name in paged}
    return _named(f for f in FAMILIES.values() if _holds(seen, f) or f in families)


def _named(families: Iterable[MetricFamily]) -> list[str]:
    """One name per family, WVA's own numbers last."""
    first = {(f.of, f.id): f.name for f in reversed(list(families)) if f.id != "stretch"}
    return [first[key] for key in sorted(first, key=lambda k: (k[0] == "controller", first[k]))]


def unmatched(matchers: Iterable[LabelMatcher], pods: Collection[str]) -> list[LabelMatcher]:
    """Matchers on names of pods and endpoints that match none of these."""
    return [
        matcher
        for matcher in matchers
        if matcher.label in PLACE_LABELS
        and not any(matcher.matches({matcher.label: pod}) for pod in pods)
    ]


def held_text() -> str:
    """What recordings can contain, for the message that refuses anything else."""
    return f"a recording holds; it can hold {', '.join(_named(FAMILIES.values()))}"


RULES = latency_rules(
    ("vllm:time_to_first_token_seconds",), ("vllm:inter_token_latency_seconds",), LOAD_A_REPLICA
)
"""llm-d's recording rules, with the engines' latencies in place of the gateway's, assumed to be
proportional to a replica's load."""


def source_of(seen: Seen) -> SeriesSource:
    """The source of a query at a moment: the series at hand, and llm-d's recording rules."""
    return RuledSeries(seen, RULES)
