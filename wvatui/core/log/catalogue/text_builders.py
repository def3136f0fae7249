"""Facts out of messages that carry their values in the text (v0.0.5 to v0.4.2 and the 2025 fork).

A builder is given the whole message of its row and returns the facts in it; a part that cannot
be read is left out.
"""

from wvatui.core.log import facts as fc
from wvatui.core.log.row import Facts
from wvatui.core.log.values import action, go_map, integer, number, pairs, step, truth


def _after(message: str, mark: str) -> str:
    return message.partition(mark)[2]


def pod_kv(message: str) -> Facts:
    """`KV cache metric: pod=X, usage=0.225 (22.5%)`."""
    pod, _, rest = message[21:].partition(", usage=")
    ratio = number(rest.partition(" ")[0])
    if not pod or ratio is None:
        return ()
    return (fc.PodKv(pod=pod, kv_ratio=ratio),)


def pod_queue(message: str) -> Facts:
    """`Queue metric: pod=X, queueLength=3`."""
    pod, _, rest = message[18:].partition(", queueLength=")
    waiting = integer(rest)
    if not pod or waiting is None:
        return ()
    return (fc.PodQueue(pod=pod, waiting=waiting),)


def stood_in(message: str) -> Facts:
    """`Pod missing … metrics, using 0 (may cause …): pod=X, deployment=Y`."""
    pod = _after(message, "pod=").partition(",")[0].strip()
    return (fc.StoodIn(pod=pod),) if pod else ()


def mode(message: str) -> Facts:
    """`Operating in X mode: …`."""
    name, found, _ = message[13:].partition(" mode")
    return (fc.Mode(mode=name),) if found and name else ()


def default_mode(message: str) -> Facts:
    """`No optimization mode enabled, defaulting to X mode`."""
    name = _after(message, "defaulting to ").removesuffix(" mode")
    return (fc.Mode(mode=name),) if name else ()


def cycle_start(message: str) -> Facts:
    """`Grouped VAs by model: modelCount=1, totalVAs=2`."""
    models, _, variants = message[33:].partition(", totalVAs=")
    return (fc.CycleStart(models=integer(models), variants=integer(variants)),)


def nothing_to_do(message: str) -> Facts:
    """The controller found no variant at all."""
    return (fc.Skipped(reason="no active variants"),)


def model_start(message: str) -> Facts:
    """`Processing model: modelID=X, variantCount=2`."""
    model, _, count = message[26:].rpartition(", variantCount=")
    return (fc.ModelStart(model=model, variants=integer(count)),) if model else ()


def cycle_end(message: str) -> Facts:
    """`Reconciliation completed successfully|with errors: mode=…, modelsProcessed=…, …`."""
    values = pairs(_after(message, ": "))
    return (
        fc.CycleEnd(
            mode=values.get("mode", ""),
            models=integer(values.get("modelsProcessed", "")),
            failed=integer(values.get("modelsFailed", "")),
            decisions=integer(values.get("decisionsApplied", "")),
            ok="with errors" not in message[:40],
        ),
    )


def old_cycle_end(message: str) -> Facts:
    """`Reconciliation completed - variants_processed: 2, optimization_successful: true`."""
    rest = _after(message, "optimization_successful: ")
    return (fc.CycleEnd(mode="model-only", ok=rest.strip() != "false"),)


def variant_metrics(message: str) -> Facts:
    """`Metrics collected for VA: variant=…, replicas=…, …, ttft=1.00ms, itl=2.00ms, cost=…`.

    `arrivalRate` is per minute (WVA v0.4.2 internal/collector/collector.go:217). The fork prints
    the same at DEBUG behind a tick, with token counts.
    """
    values = pairs(_after(message, "for VA: "))
    name = values.get("variant", "")
    if not name:
        return ()
    return (
        fc.VariantMetrics(
            variant=name,
            replicas=integer(values.get("replicas", "")),
            accelerator=values.get("accelerator", ""),
            ttft_ms=number(values.get("ttft", "").removesuffix("ms")),
            itl_ms=number(values.get("itl", "").removesuffix("ms")),
            cost=number(values.get("cost", "")),
            arrival_per_min=number(values.get("arrivalRate", "")),
            input_tokens=number(values.get("avgInputTokens", "")),
            output_tokens=number(values.get("avgOutputTokens", "")),
        ),
    )


def analysis(message: str) -> Facts:
    """`… analysis completed: modelID=…, …`; the DEBUG form adds namespace and mean spares."""
    values = pairs(_after(message, " completed: "))
    model = values.get("modelID", "")
    if not model:
        return ()
    return (
        fc.SaturationV1(
            model=model,
            namespace=values.get("namespace", ""),
            total=integer(values.get("totalReplicas", "")),
            non_saturated=integer(values.get("nonSaturated", "")),
            spare_kv=number(values.get("avgSpareKv", "")),
            spare_queue=number(values.get("avgSpareQueue", "")),
            scale_up=truth(values.get("shouldScaleUp", "")),
            scale_down_safe=truth(values.get("scaleDownSafe", "")),
        ),
    )


def variant_info(message: str) -> Facts:
    """`Variant analysis initialized: variant=…, accelerator=…, cost=10.00, replicaCount=1`."""
    values = pairs(_after(message, "initialized: "))
    name = values.get("variant", "")
    if not name:
        return ()
    return (
        fc.VariantInfo(
            variant=name,
            accelerator=values.get("accelerator", ""),
            cost=number(values.get("cost", "")),
            metric_replicas=integer(values.get("replicaCount", "")),
        ),
    )


def metrics_count(message: str) -> Facts:
    """`Target initialized to metrics count: variant=X, count=1` (fork)."""
    values = pairs(_after(message, "count: "))
    name = values.get("variant", "")
    count = integer(values.get("count", ""))
    return (fc.VariantInfo(variant=name, metric_replicas=count),) if name else ()


def unsafe_headroom(message: str) -> Facts:
    """Scale-down refused for lack of headroom. v0.4.2 prints `3.0%!(EXTRA bool=false)`, where
    the extra value is `queueSafe` (WVA v0.4.2 internal/capacity/analyzer.go:275)."""
    values = pairs(_after(message, "redistribution: "))
    trigger, _, extra = values.get("queueTrigger", "").partition("%!(EXTRA bool=")
    return (
        fc.ScaleDownUnsafe(
            remaining_spare_kv=number(values.get("remainingSpareKv", "")),
            kv_trigger=number(values.get("kvTrigger", "")),
            kv_safe=truth(values.get("kvSafe", "")),
            remaining_spare_queue=number(values.get("remainingSpareQueue", "")),
            queue_trigger=number(trigger),
            queue_safe=truth(values.get("queueSafe", extra.removesuffix(")"))),
        ),
    )


def unsafe_replicas(message: str) -> Facts:
    """`Scale-down unsafe: insufficient non-saturated replicas: nonSaturated=1, required=2`."""
    values = pairs(_after(message, "replicas: "))
    return (
        fc.ScaleDownUnsafe(
            non_saturated=integer(values.get("nonSaturated", "")),
            required=integer(values.get("required", "")),
        ),
    )


def _target(message: str, act: str) -> Facts:
    body, _, reason = _after(message, "variant: ").partition(", reason=")
    values = pairs(body)
    name = values.get("variant", "")
    if not name:
        return ()
    return (
        fc.LoggedTarget(
            variant=name,
            target=integer(values.get("target", "")),
            current=integer(values.get("currentReplicas", "")),
            ready=integer(values.get("readyReplicas", "")),
            action=act,
            reason=reason,
            cost=number(values.get("cost", "")),
            base=integer(values.get("baseTarget", "")),
        ),
    )


def target_up(message: str) -> Facts:
    """`Capacity|Saturation target: scale-up cheapest variant: variant=…, …, reason=…`."""
    return _target(message, "scale-up")


def target_down(message: str) -> Facts:
    """`Capacity|Saturation target: scale-down most expensive variant: variant=…, …`."""
    return _target(message, "scale-down")


def targets(message: str) -> Facts:
    """`… targets calculated: modelID=X, targets=map[a:2 b:1]`."""
    found = go_map(_after(message, "targets=").strip())
    return tuple(fc.LoggedTarget(variant=name, target=count) for name, count in found.items())


def model_targets(message: str) -> Facts:
    """`Model-based optimization completed for model: X - model-based targets: map[a:2]`."""
    found = go_map(_after(message, "model-based targets: ").strip())
    return tuple(
        fc.LoggedTarget(variant=name, target=count, reason="model-based")
        for name, count in found.items()
    )


def preserved(message: str) -> Facts:
    """`Preserving desired replicas: variant=X, currentReplicas=1, readyReplicas=1, desired=2`."""
    values = pairs(_after(message, "replicas: "))
    name = values.get("variant", "")
    if not name:
        return ()
    held = f"desired({values.get('desired', '')})!=current({values.get('currentReplicas', '')})"
    return (
        fc.Transition(variant=name, reasons=(held,)),
        fc.LoggedTarget(
            variant=name,
            target=integer(values.get("desired", "")),
            current=integer(values.get("currentReplicas", "")),
            ready=integer(values.get("readyReplicas", "")),
            reason="desired replicas preserved",
        ),
    )


def processing(message: str) -> Facts:
    """`Processing decision: variant=X, action=scale-up, current=1→target=2`."""
    name, _, rest = message[29:].partition(", action=")
    act, _, rest = rest.partition(", current=")
    current, _, target = rest.partition("→target=")
    if not name:
        return ()
    return (
        fc.LoggedDecision(
            variant=name,
            action=action(act),
            current=integer(current),
            target=integer(target),
        ),
    )


def applied(message: str) -> Facts:
    """`Applied capacity|Saturation decision: variant=…, action=…, …, target=…, reason=…`."""
    body, _, reason = _after(message, "decision: ").partition(", reason=")
    values = pairs(body)
    name = values.get("variant", "")
    if not name:
        return ()
    return (
        fc.LoggedDecision(
            variant=name,
            stage="applied",
            action=action(values.get("action", "")),
            current=integer(values.get("current", "")),
            target=integer(values.get("target", "")),
            reason=reason,
        ),
    )


def emitted(message: str) -> Facts:
    """`EmitReplicaMetrics completed - variant: X, current-replicas: 1, desired-replicas: 2, …`.

    v0.0.1 and v0.0.2 write `for variantAutoscaling-name: X` instead.
    """
    head, _, rest = message.partition(", current-replicas: ")
    current, _, rest = rest.partition(", desired-replicas: ")
    desired, _, accelerator = rest.partition(", accelerator: ")
    name = head.rpartition(": ")[2]
    if not name:
        return ()
    now, target = integer(current), integer(desired)
    return (
        fc.LoggedDecision(
            variant=name,
            stage="emitted",
            action=step(now, target),
            current=now,
            target=target,
            accelerator=accelerator,
        ),
    )


def emitted_external(message: str) -> Facts:
    """`Successfully emitted metrics for external autoscalers: variant=…, targetReplicas=…, …`."""
    values = pairs(_after(message, "autoscalers: "))
    name = values.get("variant", "")
    if not name:
        return ()
    return (
        fc.LoggedDecision(
            variant=name,
            stage="emitted",
            target=integer(values.get("targetReplicas", "")),
            accelerator=values.get("accelerator", ""),
        ),
    )


def safety_net(message: str) -> Facts:
    """`Safety net activated: emitted fallback metrics: variant=…, currentReplicas=…, …`."""
    values = pairs(_after(message, "metrics: "))
    name = values.get("variant", "")
    if not name:
        return ()
    return (
        fc.SafetyNet(
            variant=name,
            current=integer(values.get("currentReplicas", "")),
            desired=integer(values.get("desiredReplicas", "")),
            source=values.get("fallbackSource", ""),
        ),
    )


def skipped(message: str) -> Facts:
    """A variant or model left out: `…: variant=…[, namespace=…][, model=…], reason=…, …`."""
    body, _, rest = message.partition(", reason=")
    reason, _, text = rest.partition(", troubleshooting=")
    values = pairs(_after(body, ": "))
    return (
        fc.Skipped(
            model=values.get("model", values.get("modelID", "")),
            variant=values.get("variant", ""),
            namespace=values.get("namespace", ""),
            reason=reason,
            text=text,
        ),
    )


def config_cache(message: str) -> Facts:
    """`… scaling config cache updated: entries=1, has_default=true`."""
    what, _, rest = message.partition(" config cache updated: ")
    return (fc.Configured(what=what.lower(), entries=integer(pairs(rest).get("entries", ""))),)


def config_changed(message: str) -> Facts:
    """The thresholds' ConfigMap changed, is missing, or an override of it was used."""
    return (fc.Configured(what=message.partition(":")[0].partition(",")[0].lower()),)


def started(message: str) -> Facts:
    """The process started."""
    return (fc.Started(),)
