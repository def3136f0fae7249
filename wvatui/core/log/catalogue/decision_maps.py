"""Maps from structured fields (v0.5.0 to HEAD) to facts: V2, decisions, scale to zero, tuner."""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from wvatui.core.log import facts as fc
from wvatui.core.log.catalogue.fact_map import (
    STEP,
    Constant,
    Value,
    bare,
    from_fields,
    namespace_of,
    not_zero,
)
from wvatui.core.log.row import Facts, FieldBuilder
from wvatui.core.log.values import Fields, as_list, as_number, text_of

# --- V2 -----------------------------------------------------------------------------------


def totals(analyzer: str) -> FieldBuilder:
    """`V2 saturation analysis completed` in tokens of KV cache, and `Queueing model analysis
    completed` in requests/s.

    v0.9.0-rc1 prints V2's required and spare before they are computed: both 0 in every line; the
    queueing model's required is always 0.
    """
    return from_fields(
        fc.AnalyzerResult,
        model="modelID",
        analyzer=Constant(analyzer),
        supply="totalSupply",
        demand="totalDemand",
        utilization="utilization",
        required="requiredCapacity",
        spare="spareCapacity",
        scale_up_threshold="scaleUpThreshold",
        scale_down_boundary="scaleDownBoundary",
    )


def _objects(fields: Fields, key: str) -> list[Fields]:
    return [item for item in as_list(fields.get(key)) if isinstance(item, Mapping)]


def _capacities(reason: str, role: str = "") -> Value:
    """The capacity of each variant of the list under `variants`.

    `reason` and `role` are the keys under which an item names the origin of its capacity and its
    role; an empty `role`: items have none.
    """

    def read(variants: Any) -> tuple[fc.VariantCapacity, ...]:
        return tuple(
            fc.VariantCapacity(
                name=text_of(variant, "name"),
                per_replica=as_number(variant.get("prc")),
                role=text_of(variant, role),
                reason=text_of(variant, reason),
            )
            for variant in as_list(variants)
            if isinstance(variant, Mapping)
        )

    return Value("variants", read)


ANALYZER_RESULT = from_fields(
    fc.AnalyzerResult,
    model="modelID",
    namespace="namespace",
    analyzer="analyzer",
    supply="supply",
    demand="demand",
    utilization="util",
    required="rc",
    spare="sc",
    scale_up_threshold="scaleUpThreshold",
    scale_down_boundary="scaleDownBoundary",
    variants=_capacities("reason", "role"),
)


_DECIDED = from_fields(
    fc.LoggedDecision,
    variant="name",
    namespace="namespace",
    model="modelID",
    stage=Constant("decided"),
    action=("action", STEP),
    current="curr",
    target="tgt",
)


def scaling_decision(fields: Fields) -> Facts:
    """`scaling-decision` {modelID, namespace, decisions: [{name, curr, tgt, action}]}."""
    model = {key: text_of(fields, key) for key in ("modelID", "namespace")}
    decisions = [_DECIDED({**item, **model}) for item in _objects(fields, "decisions")]
    return tuple(chain.from_iterable(decisions))


_SUMMARY = from_fields(
    fc.AnalyzerResult,
    model="model",
    namespace="namespace",
    supply="totalSupply",
    demand="totalDemand",
    utilization="utilization",
    required="rc",
    spare="sc",
    variants=_capacities("k2Source"),
)
_SUMMARISED = from_fields(
    fc.LoggedDecision,
    variant="name",
    namespace="namespace",
    model="model",
    stage=Constant("decided"),
    action="action",
    current="currReplicas",
    target="tgtReplicas",
)


def cycle_summary(fields: Fields) -> Facts:
    """`saturation cycle summary` of an unreleased branch: totals, signals and decisions in one."""
    namespace, _, name = text_of(fields, "model").partition("/")
    model = {"model": name, "namespace": namespace}
    signals = {text_of(item, "name"): item for item in _objects(fields, "analyzerSignals")}
    signal = signals.get("saturation", {})
    result = _SUMMARY({**fields, **model, "rc": signal.get("rc"), "sc": signal.get("sc")})
    decisions = [_SUMMARISED({**item, **model}) for item in _objects(fields, "variants")]
    return (*result, *chain.from_iterable(decisions))


# --- decisions ----------------------------------------------------------------------------

PROCESSING = from_fields(
    fc.LoggedDecision,
    variant=bare("variant"),
    namespace=namespace_of("variant"),
    action="action",
    current="current",
    target="target",
)
APPLIED = from_fields(
    fc.LoggedDecision,
    variant=bare("variant"),
    namespace=("namespace", namespace_of("variant")),
    stage=Constant("applied"),
    action="action",
    target="target",
    reason="reason",
)
EMITTED = from_fields(
    fc.LoggedDecision,
    variant=bare("variantName"),
    namespace=namespace_of("variantName"),
    stage=Constant("emitted"),
    action=STEP,
    current="currentReplicas",
    target="desiredReplicas",
    accelerator="accelerator",
)
EMITTED_EXTERNAL = from_fields(
    fc.LoggedDecision,
    variant=bare("variant"),
    namespace=namespace_of("variant"),
    stage=Constant("emitted"),
    target="target",
    accelerator="accelerator",
)
SAFETY_NET = from_fields(
    fc.SafetyNet,
    variant=bare("variant"),
    current=not_zero("currentReplicas"),
    desired="desiredReplicas",
    source="fallbackSource",
)
"""`currentReplicas` 0 is not real in v0.6.0 to HEAD when collection failed: the call passes no
scale targets (WVA v0.8.0 internal/engines/saturation/engine.go:589), so it is read as missing."""

LIMITED = from_fields(
    fc.Limited,
    variant=bare("variant"),
    original="originalTarget",
    limited="limitedTarget",
    by="limitedBy",
)

# --- to and from zero ---------------------------------------------------------------------

TO_ZERO = from_fields(
    fc.ScaleToZero,
    model="modelID",
    text=(
        Value("retentionPeriod", lambda period: f"no requests in {period}" if period else None),
        Constant("no requests"),
    ),
)
KEPT_ONE = from_fields(
    fc.ScaleToZero,
    model="modelID",
    variant=bare("variant"),
    direction=Constant("kept"),
    text=Constant("scale-to-zero is disabled"),
)
FROM_ZERO = from_fields(
    fc.ScaleToZero,
    model="target VA model",
    variant=(bare("variant"), bare("va")),
    direction=Constant("from-zero"),
    text=("reason", "metricName"),
)
"""Three lines of scale from zero: requests are pending, target is scaled, decision is cached."""

# --- tuner and SLO ------------------------------------------------------------------------


def tuner(accepted: bool | None) -> FieldBuilder:
    """The tuner's parameters: of an accepted or a rejected step; None: the parameters in use."""
    return from_fields(
        fc.Tuner,
        variant=bare("variant"),
        namespace=("namespace", namespace_of("variant")),
        alpha="alpha",
        beta="beta",
        gamma="gamma",
        nis="NIS",
        accepted=Constant(accepted),
    )


SLO = from_fields(fc.Slo, variant=bare("variant"), ttft_ms="TargetTTFT_ms", itl_ms="TargetITL_ms")
"""`Inferred SLO from queueing model`, `Using fallback SLO from observations` (ms)."""
