"""Facts out of structured fields: V2, emission, limiter, scale to zero, tuner, configuration."""

from collections.abc import Mapping
from typing import Any

from wvatui.core.log import facts as fc
from wvatui.core.log.row import Facts
from wvatui.core.log.values import (
    Fields,
    action,
    integer_of,
    list_of,
    number_of,
    split_name,
    step,
    text_of,
)

# --- V2 -----------------------------------------------------------------------------------


def _totals(fields: Fields, analyzer: str) -> Facts:
    model = text_of(fields, "modelID")
    if not model:
        return ()
    return (
        fc.AnalyzerResult(
            model=model,
            analyzer=analyzer,
            supply=number_of(fields, "totalSupply"),
            demand=number_of(fields, "totalDemand"),
            utilization=number_of(fields, "utilization"),
            required=number_of(fields, "requiredCapacity"),
            spare=number_of(fields, "spareCapacity"),
            scale_up_threshold=number_of(fields, "scaleUpThreshold"),
            scale_down_boundary=number_of(fields, "scaleDownBoundary"),
        ),
    )


def v2_analysis(fields: Fields) -> Facts:
    """`V2 saturation analysis completed`, in tokens of KV cache.

    v0.9.0-rc1 prints required and spare before they are computed: both 0 in every line.
    """
    return _totals(fields, "saturation")


def queueing_analysis(fields: Fields) -> Facts:
    """`Queueing model analysis completed`, in requests/s; required is always 0."""
    return _totals(fields, "queueing-model")


def analyzer_result(fields: Fields) -> Facts:
    """`analyzer-result` {modelID, namespace, analyzer, supply, demand, util, rc, sc, …}."""
    model = text_of(fields, "modelID")
    if not model:
        return ()
    variants = tuple(
        fc.VariantCapacity(
            name=text_of(one, "name"),
            per_replica=number_of(one, "prc"),
            role=text_of(one, "role"),
            reason=text_of(one, "reason"),
        )
        for one in list_of(fields, "variants")
        if isinstance(one, Mapping)
    )
    return (
        fc.AnalyzerResult(
            model=model,
            namespace=text_of(fields, "namespace"),
            analyzer=text_of(fields, "analyzer") or "saturation",
            supply=number_of(fields, "supply"),
            demand=number_of(fields, "demand"),
            utilization=number_of(fields, "util"),
            required=number_of(fields, "rc"),
            spare=number_of(fields, "sc"),
            scale_up_threshold=number_of(fields, "scaleUpThreshold"),
            scale_down_boundary=number_of(fields, "scaleDownBoundary"),
            variants=variants,
        ),
    )


def scaling_decision(fields: Fields) -> Facts:
    """`scaling-decision` {modelID, namespace, decisions: [{name, curr, tgt, action}]}."""
    model, namespace = text_of(fields, "modelID"), text_of(fields, "namespace")
    found: list[fc.Fact] = []
    for one in list_of(fields, "decisions"):
        if isinstance(one, Mapping) and text_of(one, "name"):
            current, target = integer_of(one, "curr"), integer_of(one, "tgt")
            found.append(
                fc.LoggedDecision(
                    variant=text_of(one, "name"),
                    namespace=namespace,
                    model=model,
                    stage="decided",
                    action=action(text_of(one, "action")) or step(current, target),
                    current=current,
                    target=target,
                )
            )
    return tuple(found)


def cycle_summary(fields: Fields) -> Facts:
    """`saturation cycle summary` of an unreleased branch: totals, signals and decisions in one."""
    namespace, _, model = text_of(fields, "model").partition("/")
    variants = [one for one in list_of(fields, "variants") if isinstance(one, Mapping)]
    signals = {
        text_of(one, "name"): one
        for one in list_of(fields, "analyzerSignals")
        if isinstance(one, Mapping)
    }
    signal = signals.get("saturation", {})
    result = fc.AnalyzerResult(
        model=model,
        namespace=namespace,
        supply=number_of(fields, "totalSupply"),
        demand=number_of(fields, "totalDemand"),
        utilization=number_of(fields, "utilization"),
        required=number_of(signal, "rc"),
        spare=number_of(signal, "sc"),
        variants=tuple(
            fc.VariantCapacity(
                name=text_of(one, "name"),
                per_replica=number_of(one, "prc"),
                reason=text_of(one, "k2Source"),
            )
            for one in variants
        ),
    )
    decisions = tuple(
        fc.LoggedDecision(
            variant=text_of(one, "name"),
            namespace=namespace,
            model=model,
            stage="decided",
            action=action(text_of(one, "action")),
            current=integer_of(one, "currReplicas"),
            target=integer_of(one, "tgtReplicas"),
        )
        for one in variants
        if text_of(one, "name")
    )
    return (result, *decisions)


# --- emission, limiter, zero --------------------------------------------------------------


def emitted(fields: Fields) -> Facts:
    """`EmitReplicaMetrics completed` {variantName, currentReplicas, desiredReplicas, …}."""
    name, namespace = split_name(text_of(fields, "variantName"))
    if not name:
        return ()
    current, target = integer_of(fields, "currentReplicas"), integer_of(fields, "desiredReplicas")
    return (
        fc.LoggedDecision(
            variant=name,
            namespace=namespace,
            stage="emitted",
            action=step(current, target),
            current=current,
            target=target,
            accelerator=text_of(fields, "accelerator"),
        ),
    )


def emitted_external(fields: Fields) -> Facts:
    """`Successfully emitted metrics` {variant, target, accelerator}."""
    name, namespace = split_name(text_of(fields, "variant"))
    if not name:
        return ()
    return (
        fc.LoggedDecision(
            variant=name,
            namespace=namespace,
            stage="emitted",
            target=integer_of(fields, "target"),
            accelerator=text_of(fields, "accelerator"),
        ),
    )


def safety_net(fields: Fields) -> Facts:
    """`Safety net activated: emitted fallback metrics`.

    `currentReplicas` 0 is not real in v0.6.0 to HEAD when collection failed: the call passes no
    scale targets (WVA v0.8.0 internal/engines/saturation/engine.go:589), so it counts as unsaid.
    """
    name, _ = split_name(text_of(fields, "variant"))
    if not name:
        return ()
    return (
        fc.SafetyNet(
            variant=name,
            current=integer_of(fields, "currentReplicas") or None,
            desired=integer_of(fields, "desiredReplicas"),
            source=text_of(fields, "fallbackSource"),
        ),
    )


def limited(fields: Fields) -> Facts:
    """`Decision was limited by GPU availability` {variant, originalTarget, limitedTarget, …}."""
    name, _ = split_name(text_of(fields, "variant"))
    if not name:
        return ()
    return (
        fc.Limited(
            variant=name,
            original=integer_of(fields, "originalTarget"),
            limited=integer_of(fields, "limitedTarget"),
            by=text_of(fields, "limitedBy"),
        ),
    )


def to_zero(fields: Fields) -> Facts:
    """`No requests in retention period, scaling … to zero` {modelID, namespace, …}."""
    period = fields.get("retentionPeriod")
    return (
        fc.ScaleToZero(
            model=text_of(fields, "modelID"),
            text=f"no requests in {period}" if period else "no requests",
        ),
    )


def kept_one(fields: Fields) -> Facts:
    """`Preserving minimum replica on cheapest variant (scale-to-zero disabled)`."""
    return (
        fc.ScaleToZero(
            model=text_of(fields, "modelID"),
            variant=split_name(text_of(fields, "variant"))[0],
            direction="kept",
            text="scale-to-zero is disabled",
        ),
    )


def from_zero(fields: Fields) -> Facts:
    """Scale from zero: pending requests seen, target scaled, decision written to the cache."""
    return (
        fc.ScaleToZero(
            model=text_of(fields, "target VA model"),
            variant=split_name(text_of(fields, "variant") or text_of(fields, "va"))[0],
            direction="from-zero",
            text=text_of(fields, "reason") or text_of(fields, "metricName"),
        ),
    )


# --- tuner and SLO ------------------------------------------------------------------------


def _tuner(fields: Fields, accepted: bool | None) -> Facts:
    name, namespace = split_name(text_of(fields, "variant"))
    if not name:
        return ()
    return (
        fc.Tuner(
            variant=name,
            namespace=text_of(fields, "namespace") or namespace,
            alpha=number_of(fields, "alpha"),
            beta=number_of(fields, "beta"),
            gamma=number_of(fields, "gamma"),
            nis=number_of(fields, "NIS"),
            accepted=accepted,
        ),
    )


def tuner_state(fields: Fields) -> Facts:
    """Restored or guessed parameters."""
    return _tuner(fields, None)


def tuner_accepted(fields: Fields) -> Facts:
    """`Parameters tuned successfully`."""
    return _tuner(fields, True)


def tuner_rejected(fields: Fields) -> Facts:
    """`Tuner validation failed, using previous state`."""
    return _tuner(fields, False)


def slo(fields: Fields) -> Facts:
    """`Inferred SLO from queueing model`, `Using fallback SLO from observations` (ms)."""
    return (
        fc.Slo(
            variant=split_name(text_of(fields, "variant"))[0],
            ttft_ms=number_of(fields, "TargetTTFT_ms"),
            itl_ms=number_of(fields, "TargetITL_ms"),
        ),
    )


# --- the process --------------------------------------------------------------------------


def configured(what: str) -> Any:
    """A builder for "the controller read its `what` configuration"."""

    def build(fields: Fields) -> Facts:
        entries = integer_of(fields, "entries")
        if entries is None:
            entries = integer_of(fields, "newEntries")
        if entries is None:
            entries = integer_of(fields, "modelCount")
        if entries is None:
            entries = integer_of(fields, "newModels")
        return (fc.Configured(what=what, entries=entries),)

    return build


def started(fields: Fields) -> Facts:
    """The process started."""
    return (fc.Started(),)
