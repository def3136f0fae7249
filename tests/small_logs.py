"""Small logs of one variant in the wordings of several releases: six cycles, a minute apart."""

from collections.abc import Callable
from functools import partial

TARGETS = ((1, 1), (1, 3), (3, 3), (3, 3), (3, 1), (1, 1))
"""Replicas and target of each cycle, a minute apart."""


def old_cycle(minute: int, current: int, target: int) -> list[str]:
    """A cycle of v0.4.2: a time stamp in milliseconds in every line."""
    action = "no-change" if current == target else "scale-up" if target > current else "scale-down"
    messages = (
        "Grouped VAs by model: modelCount=1, totalVAs=1",
        f"KV cache metric: pod=p-{current}, usage=0.{minute}",
        f"Queue metric: pod=p-{current}, queueLength={minute}",
        f"Processing decision: variant=v, action={action}, current={current}→target={target}",
        f"EmitReplicaMetrics completed - variant: v, current-replicas: {current},"
        f" desired-replicas: {target}, accelerator: A100",
        f"Applied capacity decision: variant=v, action={action}, current={current},"
        f" target={target}, reason=capacity-only mode: {action}",
        "Reconciliation completed successfully: mode=capacity-only, modelsProcessed=1,"
        " decisionsApplied=1",
    )
    return [
        f'{{"level":"INFO","ts":"2026-09-01T08:0{minute}:10.{20 * n:03}Z","msg":"{message}"}}'
        for n, message in enumerate(messages)
    ]


def new_cycle(minute: int, current: int, target: int) -> list[str]:
    """A cycle of today, in whole seconds, with an error, its stack, and a line of klog."""
    action = "no-change" if current == target else "scale-up" if target > current else "scale-down"
    decided = f'[{{"name":"v","curr":{current},"tgt":{target},"action":"{action}"}}]'
    at = f"2026-09-01T08:0{minute}:10Z"
    return [
        f'{at}\tINFO\tsaturation/engine.go:379\tGrouped VAs by model\t{{"modelCount": 1}}',
        f"{at}\tINFO\tsaturation/engine_v2.go:744\tscaling-decision\t"
        f'{{"modelID": "m1", "namespace": "team-a", "decisions": {decided}}}',
        f'{at}\tERROR\tactuator/actuator.go:89\tFailed to emit\t{{"error": "minute {minute}"}}',
        "github.com/llm-d/wva/internal/actuator.(*Actuator).Emit",
        "\t/workspace/internal/actuator/actuator.go:89",
        "main.main",
        "\t/workspace/cmd/main.go:703",
        f"I0901 08:0{minute}:11.500000       1 leaderelection.go:257] minute {minute}",
    ]


def fields_cycle(minute: int, current: int, target: int, *, decides: bool = True) -> list[str]:
    """A cycle of v0.5 and later in JSON with fields; `decides`: with the line of its decision."""
    action = "no-change" if current == target else "scale-up" if target > current else "scale-down"
    head = f'{{"level":"info","ts":"2026-09-01T08:0{minute}:10Z","caller":"saturation/engine.go:1"'
    decided = f'[{{"name":"v","curr":{current},"tgt":{target},"action":"{action}"}}]'
    emitted = (
        f'"EmitReplicaMetrics completed","variantName":"v","currentReplicas":{current},'
        f'"desiredReplicas":{target},"accelerator":"A100"'
    )
    decision = [
        f'"scaling-decision","modelID":"m","namespace":"ns","decisions":{decided}'
    ] * decides
    messages = [
        '"Grouped VAs by model","modelCount":1,"totalVAs":1',
        *decision,
        f'"Processing decision for VA","variant":"ns/v","action":"{action}","current":{current},'
        f'"target":{target}',
        emitted,
        f'"Applied saturation decision via shared cache","variant":"ns/v","action":"{action}",'
        f'"target":{target},"reason":"V2"',
        '"Optimization completed successfully","mode":"saturation","modelsProcessed":1,'
        '"decisionsApplied":1',
    ]
    return [f'{head},"msg":{message}}}' for message in messages]


def first_cycle(minute: int, current: int, target: int) -> list[str]:
    """A cycle of v0.0.x, which prints nothing but the emission."""
    head = f'{{"level":"DEBUG","ts":"2026-09-01T08:0{minute}:10.383Z","msg":"'
    return [
        f"{head}Optimized allocation entry - key: v, value: {{2026-09-01 08:0{minute}:10.38 +0000"
        f' UTC m=+399.3 A100 {target}}}"}}',
        f"{head}EmitReplicaMetrics completed for variantAutoscaling-name: v, current-replicas:"
        f' {current}, desired-replicas: {target}, accelerator: A100"}}',
        f'{head}Reconciliation completed - variants_processed: 1, optimization_successful: true"}}',
    ]


def whole(make: Callable[[int, int, int], list[str]]) -> list[str]:
    """All lines of a log, made cycle by cycle."""
    return [line for n, pair in enumerate(TARGETS) for line in make(n, *pair)]


LOGS: dict[str, list[str]] = {
    "v0.0.x": whole(first_cycle),
    "v0.4.2": whole(old_cycle),
    "v0.5": whole(partial(fields_cycle, decides=False)),
    "HEAD": whole(fields_cycle),
    "console": whole(new_cycle),
}
"""Release → log."""
