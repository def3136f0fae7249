"""What a cycle of either generation of the controller needs: its inputs and its outputs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from wvatui.core.rules.wva.thresholds import Settings, defaults, settings_from_config
from wvatui.engine.timeline import Timeline
from wvatui.sim.controllers.wva.wva_leader import CONTROLLER_LABELS
from wvatui.sim.controllers.wva.wva_variants import FoundVariant, pods_of
from wvatui.sim.pods.collector import Collector, metrics_port
from wvatui.sim.store import Store

PROMETHEUS = "https://thanos-querier.openshift-monitoring.svc.cluster.local:9091"
REFUSED = (
    f'Post "{PROMETHEUS}/api/v1/query": dial tcp 172.30.14.22:9091: connect: connection refused'
)
"""What the controller reports when its Prometheus does not answer."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a cycle reads, and the targets of what it emits."""

    timeline: Timeline
    store: Store
    collector: Collector
    namespace: str
    controller_namespace: str
    emit: Callable[[str, str, int], None]
    """(variant, namespace, desired replicas)."""


@dataclass(frozen=True, slots=True)
class CyclePodMetrics:
    """One pod of a variant with a known page, as the controller's queries see it."""

    pod: str
    port: int
    variant: FoundVariant
    kv_ratio: float | None
    waiting: float | None


def by_model(variants: Iterable[FoundVariant]) -> list[tuple[str, list[FoundVariant]]]:
    """Variants grouped by model, both in order of their names."""
    ordered = sorted(variants, key=lambda v: (v.model, v.name))
    return [(model, list(group)) for model, group in groupby(ordered, key=lambda v: v.model)]


def measured_pods(around: Surroundings, variants: Iterable[FoundVariant]) -> list[CyclePodMetrics]:
    """Pods with metrics in the last minute, sorted by name (`max_over_time[1m]`)."""
    pods = []
    for variant in variants:
        for pod in pods_of(around.store, variant):
            name = pod["metadata"]["name"]
            kv = around.collector.highest(name, "kv_ratio")
            waiting = around.collector.highest(name, "waiting")
            if kv is not None or waiting is not None:
                pods.append(CyclePodMetrics(name, metrics_port(pod), variant, kv, waiting))
    return sorted(pods, key=lambda item: item.pod)


def config_data(around: Surroundings, suffix: str) -> Mapping[str, str] | None:
    """Data of the controller's ConfigMap whose name ends in `suffix`; None when there is none."""
    for config in around.store.list("ConfigMap", around.controller_namespace):
        if config["metadata"]["name"].endswith(suffix):
            return dict(config.get("data") or {})
    return None


def settings_for(around: Surroundings, suffix: str, model: str, version: str) -> Settings:
    """Thresholds in force for a model, the release's defaults where nothing is configured."""
    data = config_data(around, suffix)
    settings = settings_from_config(data or {}, model, around.namespace, version)
    return settings if settings is not None else defaults(version)


def mean_over(values: Iterable[float | None]) -> float | None:
    """Mean of the known values, None when none is known."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


CONFIG = "variantautoscaling-config"
SETTING = "EXPERIMENTAL_HYBRID_OPTIMIZATION"
TUNER = "EXPERIMENTAL_MODEL_TUNER_ENABLED"


class SimulatedMode(NamedTuple):
    """The rule that chooses replicas, and its name in the log."""

    name: str
    line: str
    by_capacity: bool
    by_model: bool


CAPACITY_ONLY = SimulatedMode(
    "capacity-only",
    "Operating in CAPACITY-ONLY mode: reactive capacity-based scaling only",
    True,
    False,
)
MODEL_ONLY = SimulatedMode(
    "model-only", "Operating in MODEL-ONLY mode: model-based optimization only", False, True
)
HYBRID = SimulatedMode(
    "hybrid",
    "Operating in HYBRID mode: capacity analyzer + model-based optimizer with arbitration",
    True,
    True,
)
DEFAULTED = CAPACITY_ONLY._replace(
    line="No optimization mode enabled, defaulting to CAPACITY-ONLY mode"
)
MODES = (CAPACITY_ONLY.name, MODEL_ONLY.name, HYBRID.name)


def mode_of(around: Surroundings) -> SimulatedMode:
    """The mode that the settings name (WVA v0.4.2 variantautoscaling_controller.go:160-174)."""
    match setting(around, SETTING):
        case "" | "off":
            return CAPACITY_ONLY
        case "on" | "model-only":
            return MODEL_ONLY
    return DEFAULTED


def setting(around: Surroundings, name: str) -> str:
    """A setting from the controller's environment, else from its ConfigMap; empty: unset."""
    for deployment in around.store.list(
        "Deployment", around.controller_namespace, CONTROLLER_LABELS
    ):
        value = _environment(deployment).get(name)
        if value is not None:
            return value
    return str((config_data(around, CONFIG) or {}).get(name, ""))


def _environment(deployment: dict[str, Any]) -> dict[str, str]:
    pod = deployment.get("spec", {}).get("template", {}).get("spec", {})
    return {
        str(variable["name"]): str(variable.get("value", ""))
        for container in pod.get("containers", [])
        for variable in container.get("env") or []
    }
