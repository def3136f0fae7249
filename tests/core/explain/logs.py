"""Controller logs for tests, computed by plain arithmetic. A test may replace a number by a lie."""

import json
from datetime import UTC, datetime
from typing import Any

MODEL = "org/model"
START = 1_764_000_000.0


def _line(at: float, level: str, message: str) -> str:
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return json.dumps({"level": level, "ts": stamp, "msg": message}, ensure_ascii=False)


def capacity_cycle(
    number: int,
    pods: list[tuple[float, int]],
    current: int,
    *,
    kv: float = 0.5,
    edge: float = 5.0,
    kv_up: float = 0.1,
    queue_up: float = 3.0,
    debug: bool = True,
    **lies: Any,
) -> list[str]:
    """One cycle of v0.4.2 for one variant `v`. `lies`: spare_kv, free, target in the true place."""
    at = START + 60.0 * number
    free = [(k, q) for k, q in pods if k < kv and q < edge]
    n = len(free)
    spare_kv = sum(kv - k for k, _ in free) / n if n else 0.0
    spare_queue = sum(edge - q for _, q in free) / n if n else 0.0
    up = spare_kv < kv_up or spare_queue < queue_up
    left_kv = kv - sum(k for k, _ in free) / (n - 1) if n > 1 else -1.0
    left_queue = edge - sum(q for _, q in free) / (n - 1) if n > 1 else -1.0
    safe = n > 1 and left_kv >= kv_up and left_queue >= queue_up
    target = len(pods) + 1 if up else len(pods) - 1 if safe and len(pods) > 1 else len(pods)
    target = lies.get("target", target)
    verb = "scale-up" if target > current else "scale-down" if target < current else "no-change"
    counts = f"totalReplicas={len(pods)}, nonSaturated={lies.get('free', n)}"
    answers = f"shouldScaleUp={str(up).lower()}, scaleDownSafe={str(safe).lower()}"
    lines = [
        ("INFO", "Operating in CAPACITY-ONLY mode: reactive capacity-based scaling only"),
        ("INFO", "Grouped VAs by model: modelCount=1, totalVAs=1"),
        ("INFO", f"Processing model: modelID={MODEL}, variantCount=1"),
    ]
    for i, (k, q) in enumerate(pods):
        lines.append(("INFO", f"KV cache metric: pod=v-{i}, usage={k:.3f} ({k * 100:.1f}%)"))
        lines.append(("INFO", f"Queue metric: pod=v-{i}, queueLength={q}"))
    if debug:
        means = f"avgSpareKv={lies.get('spare_kv', spare_kv):.3f}, avgSpareQueue={spare_queue:.1f}"
        lines.append(
            (
                "DEBUG",
                f"Capacity analysis completed: modelID={MODEL}, namespace=ns,"
                f" {counts}, {means}, {answers}",
            )
        )
        if n > 1 and not safe:
            lines.append(
                (
                    "DEBUG",
                    "Scale-down unsafe: insufficient headroom after redistribution:"
                    f" remainingSpareKv={left_kv:.3f}, kvTrigger={kv_up:.3f}, kvSafe=false,"
                    f" remainingSpareQueue={left_queue:.1f}, queueTrigger={queue_up:.1f}",
                )
            )
    lines.append(
        ("INFO", f"Capacity analysis completed: modelID={MODEL}, {counts}, {answers}"),
    )
    if debug:
        lines += _targets(current, target, (spare_kv, spare_queue), up=up, safe=safe)
    lines.append(
        (
            "INFO",
            f"Processing decision: variant=v, action={verb}, current={current}→target={target}",
        )
    )
    lines.append(
        (
            "INFO",
            "Reconciliation completed successfully: mode=capacity-only, modelsProcessed=1,"
            " decisionsApplied=1",
        )
    )
    return [_line(at, level, text) for level, text in lines]


def _targets(
    current: int, target: int, spare: tuple[float, float], *, up: bool, safe: bool
) -> list[tuple[str, str]]:
    """The lines about targets that v0.4.2 prints at DEBUG."""
    lines: list[tuple[str, str]] = []
    if target != current and (up or safe):
        step = "scale-up cheapest" if up else "scale-down most expensive"
        lines.append(
            (
                "INFO",
                f"Capacity target: {step} variant: variant=v, cost=10.00,"
                f" currentReplicas={current}, readyReplicas={current}, target={target}",
            )
        )
    elif not up and not safe:
        lines.append(
            (
                "DEBUG",
                f"Capacity targets: no scaling needed (avgSpareKv={spare[0]:.3f},"
                f" avgSpareQueue={spare[1]:.1f}, all variants stable)",
            )
        )
    targets = f"Capacity targets calculated: modelID={MODEL}, targets=map[v:{target}]"
    return [*lines, ("DEBUG", targets)]


def analyzer(
    name: str, supply: float, demand: float, capacity: float, **lies: Any
) -> dict[str, Any]:
    """One `analyzer-result` of v0.9 without pending replicas."""
    return {
        "analyzer": name,
        "supply": supply,
        "demand": demand,
        "util": demand / supply if supply else 0.0,
        "rc": max(0.0, demand / 0.85 - supply),
        "sc": max(0.0, supply - demand / 0.7),
        "variants": [{"name": "v", "prc": capacity, "role": "both", "reason": "P3-k2"}]
        if capacity
        else [],
        **lies,
    }


def token_cycle(
    number: int,
    current: int,
    target: int,
    results: list[dict[str, Any]],
    **others: tuple[int, int],
) -> list[str]:
    """One cycle of v0.9 for the variant `v`; `others`: current and target of more variants."""
    at = START + 60.0 * number
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    where = {"modelID": MODEL, "namespace": "ns"}
    verb = "scale-up" if target > current else "scale-down" if target < current else "no-change"
    said: list[tuple[str, str, dict[str, Any]]] = [
        ("saturation/engine.go:490", "Grouped VAs by model", {"modelCount": 1, "totalVAs": 1}),
        ("saturation/engine.go:1019", "Processing model (V2)", {**where, "variantCount": 1}),
    ]
    for result in results:
        edges = {"scaleUpThreshold": 0.85, "scaleDownBoundary": 0.7}
        said.append(
            ("saturation/engine_v2.go:695", "analyzer-result", {**where, **edges, **result})
        )
    decided = [{"name": "v", "curr": current, "tgt": target, "action": verb}]
    decided += [{"name": name, "curr": now, "tgt": then} for name, (now, then) in others.items()]
    said += [
        ("saturation/engine_v2.go:744", "scaling-decision", {**where, "decisions": decided}),
        ("saturation/engine.go:585", "Optimization completed successfully", {"mode": "saturation"}),
    ]
    return [
        f"{stamp}\tINFO\t{caller}\t{text}\t{json.dumps(fields)}" for caller, text, fields in said
    ]


def sized_cycle(number: int, current: int, target: int, solution: dict[str, Any]) -> list[str]:
    """One MODEL-ONLY cycle of v0.4.2 with the solution that it prints."""
    at = START + 60.0 * number
    s = solution
    text = (
        "Optimization solution - system: Solution: \n"
        f"s=v:ns; c=Premium; m={MODEL}; rate={s['rate']}; inTk={s['inTk']}; outTk={s['outTk']};"
        f" sol=1, sat=false, alloc={{acc=H100; numRep={s['numRep']}; maxBatch=512; cost=100,"
        f" val=0, itl={s['itl']}, ttft={s['ttft']}, rho=0.1, maxRPM={s['maxRPM']}}};"
        " slo-itl=10, slo-ttft=1000, slo-tps=0 \n"
    )
    verb = "scale-up" if target > current else "scale-down" if target < current else "no-change"
    lines = [
        ("INFO", "Operating in MODEL-ONLY mode: model-based optimization only"),
        ("INFO", "Grouped VAs by model: modelCount=1, totalVAs=1"),
        ("INFO", f"Processing model: modelID={MODEL}, variantCount=1"),
        ("DEBUG", text),
        (
            "INFO",
            f"Processing decision: variant=v, action={verb}, current={current}→target={target}",
        ),
        (
            "INFO",
            "Reconciliation completed successfully: mode=model-only, modelsProcessed=1,"
            " decisionsApplied=1",
        ),
    ]
    return [_line(at, level, message) for level, message in lines]
