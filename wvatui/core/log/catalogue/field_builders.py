"""Facts out of structured fields: saturation V1, per-pod metrics, decisions (v0.5.0 to HEAD)."""

from collections.abc import Mapping

from wvatui.core.log import facts as fc
from wvatui.core.log.row import Facts
from wvatui.core.log.values import (
    Fields,
    action,
    integer_of,
    list_of,
    number_of,
    split_name,
    text_of,
    truth_of,
)


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000.0


# --- pods ---------------------------------------------------------------------------------


def pod_kv(fields: Fields) -> Facts:
    """`KV cache metric` {pod, usage (ratio), usagePercent}."""
    pod, ratio = text_of(fields, "pod"), number_of(fields, "usage")
    if not pod or ratio is None:
        return ()
    return (fc.PodKv(pod=pod, kv_ratio=ratio),)


def pod_queue(fields: Fields) -> Facts:
    """`Queue metric` {pod, queueLength}."""
    pod, waiting = text_of(fields, "pod"), integer_of(fields, "queueLength")
    if not pod or waiting is None:
        return ()
    return (fc.PodQueue(pod=pod, waiting=waiting),)


def stood_in(fields: Fields) -> Facts:
    """A metric of a pod was not to be had."""
    pod = text_of(fields, "pod")
    return (fc.StoodIn(pod=pod),) if pod else ()


def pod_cache(fields: Fields) -> Facts:
    """`Cache config info metric` {numGpuBlocks, blockSize}; SGLang: {totalKvCapacityTokens}."""
    pod = text_of(fields, "pod")
    if not pod:
        return ()
    blocks, size = integer_of(fields, "numGpuBlocks"), integer_of(fields, "blockSize")
    tokens = integer_of(fields, "totalKvCapacityTokens")
    if tokens is None and blocks is not None and size is not None:
        tokens = blocks * size
    return (fc.PodCache(pod=pod, blocks=blocks, block_size=size, tokens=tokens),)


def pod_rate(fields: Fields) -> Facts:
    """Dispatch rate (requests/s), `avgTTFTSeconds` or `avgITLSeconds` of one pod."""
    pod = text_of(fields, "pod")
    if not pod:
        return ()
    return (
        fc.PodRate(
            pod=pod,
            arrival_per_s=number_of(fields, "arrivalRate"),
            ttft_ms=_milliseconds(number_of(fields, "avgTTFTSeconds")),
            itl_ms=_milliseconds(number_of(fields, "avgITLSeconds")),
        ),
    )


def scheduler_queue(fields: Fields) -> Facts:
    """`Collected scheduler queue metrics` {modelID, queueSize, queueBytes}."""
    return (
        fc.SchedulerQueue(
            model=text_of(fields, "modelID"),
            size=integer_of(fields, "queueSize"),
            size_bytes=integer_of(fields, "queueBytes"),
        ),
    )


def model_rate(fields: Fields) -> Facts:
    """`Collected model arrival rate` {modelID, namespace, arrivalRate (requests/s)}."""
    return (
        fc.ModelRate(
            model=text_of(fields, "modelID"),
            namespace=text_of(fields, "namespace"),
            arrival_per_s=number_of(fields, "arrivalRate"),
        ),
    )


# --- cycles -------------------------------------------------------------------------------


def cycle_start(fields: Fields) -> Facts:
    """`Grouped VAs by model` {modelCount, totalVAs}."""
    return (
        fc.CycleStart(
            models=integer_of(fields, "modelCount"), variants=integer_of(fields, "totalVAs")
        ),
    )


def _model_start(fields: Fields, path: str) -> Facts:
    model = text_of(fields, "modelID")
    if not model:
        return ()
    return (
        fc.ModelStart(
            model=model,
            namespace=text_of(fields, "namespace"),
            variants=integer_of(fields, "variantCount"),
            path=path,
        ),
    )


def model_start(fields: Fields) -> Facts:
    """`Processing model` {modelID, namespace, variantCount, groupKey} (v0.5.x)."""
    return _model_start(fields, "")


def model_start_v1(fields: Fields) -> Facts:
    """`Processing model (V1)`."""
    return _model_start(fields, "V1")


def model_start_v2(fields: Fields) -> Facts:
    """`Processing model (V2)`."""
    return _model_start(fields, "V2")


def model_start_queueing(fields: Fields) -> Facts:
    """`Processing model (queueing-model)`."""
    return _model_start(fields, "queueing-model")


def cycle_end(fields: Fields) -> Facts:
    """`Optimization completed successfully` {mode, modelsProcessed, decisionsApplied}.

    It is printed after cycles in which every model failed, too, so `ok` says only that the
    cycle came to its end.
    """
    return (
        fc.CycleEnd(
            mode=text_of(fields, "mode"),
            models=integer_of(fields, "modelsProcessed"),
            decisions=integer_of(fields, "decisionsApplied"),
        ),
    )


def skipped(fields: Fields) -> Facts:
    """A model or variant left out of this cycle."""
    return (
        fc.Skipped(
            model=text_of(fields, "modelID") or text_of(fields, "model"),
            variant=text_of(fields, "variant"),
            namespace=text_of(fields, "namespace"),
            reason=text_of(fields, "reason"),
            text=text_of(fields, "troubleshooting"),
        ),
    )


def nothing_to_do(fields: Fields) -> Facts:
    """The controller found no variant at all."""
    return (fc.Skipped(reason="no active variants"),)


# --- saturation V1 ------------------------------------------------------------------------


def analysis(fields: Fields) -> Facts:
    """`Saturation analysis completed` (INFO) and `saturation analysis completed` (V(4))."""
    model = text_of(fields, "modelID")
    if not model:
        return ()
    return (
        fc.SaturationV1(
            model=model,
            namespace=text_of(fields, "namespace"),
            role=text_of(fields, "role"),
            total=integer_of(fields, "totalReplicas"),
            non_saturated=integer_of(fields, "nonSaturated"),
            spare_kv=number_of(fields, "avgSpareKv"),
            spare_queue=number_of(fields, "avgSpareQueue"),
            scale_up=truth_of(fields, "shouldScaleUp"),
            scale_down_safe=truth_of(fields, "scaleDownSafe"),
            reason=text_of(fields, "scaleUpReason"),
        ),
    )


def variant_info(fields: Fields) -> Facts:
    """Static facts and replica counts of a variant, from whichever of its lines."""
    name, _ = split_name(text_of(fields, "variant"))
    if not name:
        return ()
    return (
        fc.VariantInfo(
            variant=name,
            accelerator=text_of(fields, "accelerator"),
            cost=number_of(fields, "cost"),
            metric_replicas=integer_of(fields, "replicaCount"),
            current=integer_of(fields, "currentReplicas"),
            ready=integer_of(fields, "readyReplicas"),
            pending=integer_of(fields, "pendingReplicas"),
            min=integer_of(fields, "minReplicas"),
            max=integer_of(fields, "maxReplicas"),
            role=text_of(fields, "role"),
        ),
    )


def variant_lookup(fields: Fields) -> Facts:
    """`BuildVariantStates map|fallback lookup` {variant, specReplicas, statusReplicas, …}.

    Current is status.replicas, or spec.replicas where that is 0 (WVA v0.8.0 engine.go:936).
    """
    name, _ = split_name(text_of(fields, "variant"))
    if not name:
        return ()
    current = integer_of(fields, "statusReplicas") or integer_of(fields, "specReplicas")
    return (
        fc.VariantInfo(
            variant=name,
            current=current,
            ready=integer_of(fields, "readyReplicas"),
            scale_target=text_of(fields, "scaleTargetName"),
        ),
    )


def metrics_count(fields: Fields) -> Facts:
    """`Target initialized to metrics count (stable)` {variant, count}."""
    name = text_of(fields, "variant")
    count = integer_of(fields, "count")
    return (fc.VariantInfo(variant=name, metric_replicas=count),) if name else ()


def current_count(fields: Fields) -> Facts:
    """`Target initialized to current replicas (stable)` {variant, count}."""
    name = text_of(fields, "variant")
    return (fc.VariantInfo(variant=name, current=integer_of(fields, "count")),) if name else ()


def unsafe(fields: Fields) -> Facts:
    """`Scale-down unsafe: …`, both forms."""
    return (
        fc.ScaleDownUnsafe(
            remaining_spare_kv=number_of(fields, "remainingSpareKv"),
            kv_trigger=number_of(fields, "kvTrigger"),
            kv_safe=truth_of(fields, "kvSafe"),
            remaining_spare_queue=number_of(fields, "remainingSpareQueue"),
            queue_trigger=number_of(fields, "queueTrigger"),
            queue_safe=truth_of(fields, "queueSafe"),
            non_saturated=integer_of(fields, "nonSaturated"),
            required=integer_of(fields, "required"),
        ),
    )


def _target(fields: Fields, act: str) -> Facts:
    name = text_of(fields, "variant")
    if not name:
        return ()
    return (
        fc.LoggedTarget(
            variant=name,
            target=integer_of(fields, "target"),
            current=integer_of(fields, "currentReplicas"),
            ready=integer_of(fields, "readyReplicas"),
            action=act,
            reason=text_of(fields, "reason"),
            cost=number_of(fields, "cost"),
            base=integer_of(fields, "baseTarget"),
        ),
    )


def target_up(fields: Fields) -> Facts:
    """`Saturation target: scale-up cheapest variant`."""
    return _target(fields, "scale-up")


def target_down(fields: Fields) -> Facts:
    """`Saturation target: scale-down most expensive variant`."""
    return _target(fields, "scale-down")


def targets(fields: Fields) -> Facts:
    """`Saturation targets calculated` {modelID, targets: {variant: replicas}}."""
    found = fields.get("targets")
    if not isinstance(found, Mapping):
        return ()
    return tuple(
        fc.LoggedTarget(variant=name, target=integer_of(found, name))
        for name in found
        if isinstance(name, str) and name
    )


def target_held(fields: Fields) -> Facts:
    """`Target set to desired|current (model transitioning)` {variant, desired|current}."""
    name = text_of(fields, "variant")
    if not name:
        return ()
    current, desired = integer_of(fields, "current"), integer_of(fields, "desired")
    return (
        fc.LoggedTarget(
            variant=name,
            target=current if desired is None else desired,
            current=current,
            reason="model transitioning",
        ),
    )


def target_floor(fields: Fields) -> Facts:
    """`Clamping target to minReplicas` {variant, target, minReplicas}: the bound wins."""
    return _clamped(fields, "minReplicas")


def target_ceiling(fields: Fields) -> Facts:
    """`Clamping target to maxReplicas` {variant, target, maxReplicas}: the bound wins."""
    return _clamped(fields, "maxReplicas")


def _clamped(fields: Fields, bound: str) -> Facts:
    name, limit = text_of(fields, "variant"), integer_of(fields, bound)
    if not name or limit is None:
        return ()
    wanted = integer_of(fields, "target")
    return (
        fc.LoggedTarget(variant=name, target=limit, reason=f"{bound} {limit} instead of {wanted}"),
    )


def transition(fields: Fields) -> Facts:
    """`Model in transition, blocking scaling decisions` {modelID, reasons: […]}."""
    reasons = tuple(r for r in list_of(fields, "reasons") if isinstance(r, str))
    return (fc.Transition(model=text_of(fields, "modelID"), reasons=reasons),)


# --- decisions ----------------------------------------------------------------------------


def processing(fields: Fields) -> Facts:
    """`Processing decision for VA` {variant "ns/name", action, current, target}."""
    name, namespace = split_name(text_of(fields, "variant"))
    if not name:
        return ()
    return (
        fc.LoggedDecision(
            variant=name,
            namespace=namespace,
            action=action(text_of(fields, "action")),
            current=integer_of(fields, "current"),
            target=integer_of(fields, "target"),
        ),
    )


def applied(fields: Fields) -> Facts:
    """`Applied saturation decision via shared cache` {variant "ns/name", action, target, …}."""
    name, namespace = split_name(text_of(fields, "variant"))
    if not name:
        return ()
    return (
        fc.LoggedDecision(
            variant=name,
            namespace=text_of(fields, "namespace") or namespace,
            stage="applied",
            action=action(text_of(fields, "action")),
            target=integer_of(fields, "target"),
            reason=text_of(fields, "reason"),
        ),
    )
