"""Cases of V1: analysis, targets, and arbitration with the model-based target (v0.4.2)."""

from collections.abc import Mapping

import msgspec

from wvatui.core.rules.cases.shapes import (
    CaseShape,
    RecordedCase,
    RecordedConfig,
    RecordedReplica,
    RecordedState,
)
from wvatui.core.rules.cases.verdict import Difference, differ, shaped
from wvatui.core.rules.wva import saturation_v1
from wvatui.core.rules.wva.saturation_v1 import V1Analysis, V1Replica, V1State, V1Variant, arbitrate
from wvatui.core.rules.wva.thresholds import Settings


class MeasuredCase(CaseShape, frozen=True, kw_only=True):
    """Input of the analysis."""

    config: RecordedConfig
    replica_metrics: tuple[RecordedReplica, ...] = ()


class VariantAnalysis(CaseShape, frozen=True, kw_only=True):
    """One variant of an analysis."""

    variant_name: str
    cost: float = 0.0
    replica_count: int = 0
    non_saturated_count: int = 0
    max_kv_cache_usage: float = 0.0
    avg_kv_cache_usage: float | None = None
    max_queue_length: float = 0.0
    avg_spare_kv_capacity: float = 0.0
    avg_spare_queue_length: float = 0.0
    saturated_replicas: tuple[str, ...] = ()
    accelerator_name: str = ""


class ModelAnalysis(CaseShape, frozen=True, kw_only=True):
    """An analysis: recorded as output, and as the input of the steps after it."""

    total_replicas: int
    non_saturated_count: int
    avg_spare_kv_capacity: float
    avg_spare_queue_length: float
    should_scale_up: bool
    scale_down_safe: bool
    should_scale_down: bool = False
    scale_up_reason: str = ""
    model_id: str = msgspec.field(default="", name="modelID")
    namespace: str = ""
    variant_analyses: tuple[VariantAnalysis, ...] = ()


class TargetsInput(CaseShape, frozen=True, kw_only=True):
    """Input of the targets."""

    analysis: ModelAnalysis
    states: tuple[RecordedState, ...] = ()


class Arbitration(CaseShape, frozen=True, kw_only=True):
    """Input of the arbitration: replicas by variant."""

    capacity_targets: Mapping[str, int] = {}
    model_targets: Mapping[str, int] = {}
    states: tuple[RecordedState, ...] = ()
    analysis: ModelAnalysis | None = None


class CaseVerdict(CaseShape, frozen=True, kw_only=True):
    """One variant's outcome of the arbitration."""

    variant_name: str
    action: str
    target_replicas: int
    current_replicas: int
    desired_replicas: int = 0
    reason: str = ""
    capacity_based: bool = False
    model_based_decision: bool = False
    safety_override: bool = False
    capacity_only: bool = False
    cost: float = 0.0
    model_id: str = msgspec.field(default="", name="modelID")
    namespace: str = ""


def settings(config: RecordedConfig) -> Settings:
    """Thresholds of a case; those that V2 adds have the release's default where they are 0."""
    default = Settings()
    return Settings(
        config.kv_cache_threshold,
        config.queue_length_threshold,
        config.kv_spare_trigger,
        config.queue_spare_trigger,
        config.scale_up_threshold or default.scale_up_threshold,
        config.scale_down_boundary or default.scale_down_boundary,
    )


def analyze(case: RecordedCase, version: str) -> list[Difference]:
    """`v1.analyze`: the whole analysis, each variant's too."""
    given = shaped(case.input, MeasuredCase, "input")
    want = shaped(case.output, ModelAnalysis, "output")
    got = saturation_v1.analyze(
        [
            V1Replica(r.pod_name, r.variant_name, r.kv_cache_usage, r.queue_length, r.cost)
            for r in given.replica_metrics
        ],
        settings(given.config),
        version,
    )
    differences = [
        *differ("totalReplicas", got.total, want.total_replicas),
        *differ("nonSaturatedCount", got.non_saturated, want.non_saturated_count),
        *differ("avgSpareKvCapacity", got.avg_spare_kv, want.avg_spare_kv_capacity),
        *differ("avgSpareQueueLength", got.avg_spare_queue, want.avg_spare_queue_length),
        *differ("shouldScaleUp", got.scale_up, want.should_scale_up),
        *differ("scaleDownSafe", got.scale_down_safe, want.scale_down_safe),
        *differ("scaleUpReason", got.reason, want.scale_up_reason),
    ]
    expected = {v.variant_name: v for v in want.variant_analyses}
    differences += differ("variants", sorted(v.name for v in got.variants), sorted(expected))
    for variant in got.variants:
        if variant.name in expected:
            differences += _variant(variant, expected[variant.name])
    return differences


def _variant(got: V1Variant, want: VariantAnalysis) -> list[Difference]:
    pairs = {
        "replicaCount": (got.replicas, want.replica_count),
        "nonSaturatedCount": (got.non_saturated, want.non_saturated_count),
        "maxKvCacheUsage": (got.max_kv, want.max_kv_cache_usage),
        "maxQueueLength": (got.max_queue, want.max_queue_length),
        "avgSpareKvCapacity": (got.avg_spare_kv, want.avg_spare_kv_capacity),
        "avgSpareQueueLength": (got.avg_spare_queue, want.avg_spare_queue_length),
        "saturatedReplicas": (sorted(got.saturated), sorted(want.saturated_replicas)),
        "cost": (got.cost, want.cost),
    }
    if want.avg_kv_cache_usage is not None:
        pairs["avgKvCacheUsage"] = (got.avg_kv, want.avg_kv_cache_usage)
    return [d for key, pair in pairs.items() for d in differ(f"{got.name}.{key}", *pair)]


def _analysis(given: ModelAnalysis) -> V1Analysis:
    return V1Analysis(
        given.total_replicas,
        given.non_saturated_count,
        given.avg_spare_kv_capacity,
        given.avg_spare_queue_length,
        given.should_scale_up,
        given.scale_down_safe,
        given.scale_up_reason,
        tuple(
            V1Variant(v.variant_name, v.cost, v.replica_count, 0, 0, 0, 0, 0, 0)
            for v in given.variant_analyses
        ),
    )


def targets(case: RecordedCase, version: str) -> list[Difference]:
    """`v1.targets`: replicas by variant."""
    given = shaped(case.input, TargetsInput, "input")
    want = shaped(case.output, dict[str, int], "output")
    states = [
        V1State(
            s.variant_name,
            s.current_replicas,
            s.desired_replicas,
            s.pending_replicas,
            s.min_replicas or 0,
            s.max_replicas or 0,
        )
        for s in given.states
    ]
    got = saturation_v1.targets(_analysis(given.analysis), states, version)
    return differ("targets", got, want)


def arbitration(case: RecordedCase, version: str) -> list[Difference]:
    """`v1.arbitrate`: capacity target against model-based target, variant by variant."""
    given = shaped(case.input, Arbitration, "input")
    wanted = shaped(case.output, tuple[CaseVerdict, ...], "output")
    states = {s.variant_name: s for s in given.states}
    safe = given.analysis is not None and given.analysis.scale_down_safe
    differences = differ("variants", sorted(states), sorted(w.variant_name for w in wanted))
    for want in wanted:
        if want.variant_name not in states:
            continue
        name, current = want.variant_name, states[want.variant_name].current_replicas
        got = arbitrate(
            given.capacity_targets.get(name, current),
            given.model_targets.get(name, current),
            current,
            scale_down_safe=safe,
        )
        for key, mine, theirs in (
            ("action", got.action, want.action),
            ("targetReplicas", got.target, want.target_replicas),
            ("reason", got.reason, want.reason),
            ("capacityBased", got.capacity_based, want.capacity_based),
            ("modelBasedDecision", got.model_based, want.model_based_decision),
            ("safetyOverride", got.safety_override, want.safety_override),
        ):
            differences += differ(f"{name}.{key}", mine, theirs)
    return differences
