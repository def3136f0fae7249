"""Hand-made decision cases in the recorded form, one correct case of every kind."""

from typing import Any

Json = dict[str, Any]
CONFIG: Json = {
    "kvCacheThreshold": 0.8,
    "queueLengthThreshold": 5,
    "kvSpareTrigger": 0.1,
    "queueSpareTrigger": 3,
    "scaleUpThreshold": 0.85,
    "scaleDownBoundary": 0.7,
}


def case(kind: str, version: str, given: Any, output: Any, **more: Any) -> Json:
    return {
        "id": f"{kind}/own/1",
        "kind": kind,
        "versions": [version],
        "test": f"own {kind}",
        "input": given,
        "output": output,
        **more,
    }


def _analysis(up: bool, safe: bool, *variants: tuple[str, float, int]) -> Json:
    return {
        "totalReplicas": sum(count for _, _, count in variants),
        "nonSaturatedCount": sum(count for _, _, count in variants),
        "avgSpareKvCapacity": 0,
        "avgSpareQueueLength": 0,
        "shouldScaleUp": up,
        "scaleDownSafe": safe,
        "variantAnalyses": [
            {"variantName": name, "cost": cost, "replicaCount": count}
            for name, cost, count in variants
        ],
    }


def state(name: str, current: int, **more: Any) -> Json:
    return {"variantName": name, "currentReplicas": current, "gpusPerReplica": 1, **more}


def ballot(required: float, spare: float, *variants: Json, **more: Any) -> Json:
    return {
        "name": "saturation",
        "remaining": required,
        "spare": spare,
        "live": True,
        "enabled": True,
        "score": 1,
        "result": {
            "requiredCapacity": required,
            "spareCapacity": spare,
            "totalDemand": more.pop("demand", required),
            "variantCapacities": list(variants),
            **more,
        },
    }


def capacity(name: str, prc: float, cost: float = 10, acc: str = "A100", **more: Any) -> Json:
    return {
        "variantName": name,
        "perReplicaCapacity": prc,
        "cost": cost,
        "acceleratorName": acc,
        **more,
    }


def _choice(model: str, variant: str, current: int, target: int, reason: str) -> Json:
    action = "no-change"
    if target != current:
        action = "scale-up" if target > current else "scale-down"
    return {
        "model": model,
        "namespace": "ns",
        "variant": variant,
        "current": current,
        "target": target,
        "action": action,
        "reason": reason,
    }


def request(model: str, priority: float, *parts: Json) -> Json:
    """A model with its ballots and its states, which differ in their keys."""
    return {
        "modelID": model,
        "namespace": "ns",
        "priority": priority,
        "analyzerResults": [part for part in parts if "result" in part],
        "variantStates": [part for part in parts if "currentReplicas" in part],
    }


def every_kind() -> list[Json]:
    """One case of each kind, with the output of its release."""
    return [
        case(
            "v1.analyze",
            "v0.8.0",
            {
                "config": CONFIG,
                "replicaMetrics": [
                    {"podName": "p1", "variantName": "a", "kvCacheUsage": 0.75, "queueLength": 1},
                    {"podName": "p2", "variantName": "a", "kvCacheUsage": 0.95, "queueLength": 0},
                ],
            },
            {
                "totalReplicas": 2,
                "nonSaturatedCount": 1,
                "avgSpareKvCapacity": 0.05,
                "avgSpareQueueLength": 4,
                "shouldScaleUp": True,
                "scaleDownSafe": False,
                "scaleUpReason": "KV spare Saturation low (0.050 < 0.100)",
                "variantAnalyses": [
                    {
                        "variantName": "a",
                        "replicaCount": 2,
                        "nonSaturatedCount": 1,
                        "maxKvCacheUsage": 0.95,
                        "maxQueueLength": 1,
                        "avgSpareKvCapacity": 0.05,
                        "avgSpareQueueLength": 4,
                        "saturatedReplicas": ["p2"],
                    }
                ],
            },
        ),
        case(
            "v1.targets",
            "v0.5.1",
            {
                "analysis": _analysis(True, False, ("cheap", 5, 2), ("dear", 9, 1)),
                "states": [state("cheap", 2), state("dear", 1)],
            },
            {"cheap": 3, "dear": 1},
        ),
        case(
            "v1.arbitrate",
            "v0.4.2",
            {
                "capacityTargets": {"a": 4},
                "modelTargets": {"a": 2},
                "states": [state("a", 3)],
                "analysis": _analysis(True, False, ("a", 5, 3)),
            },
            [
                {
                    "variantName": "a",
                    "action": "no-change",
                    "currentReplicas": 3,
                    "targetReplicas": 3,
                    "reason": "capacity veto: capacity needs scale-up (capacity=4, model-based=2)",
                    "capacityBased": True,
                    "modelBasedDecision": True,
                    "safetyOverride": True,
                }
            ],
        ),
        case(
            "v2.analyze",
            "v0.7.0",
            {
                "input": {
                    "modelID": "m",
                    "namespace": "ns",
                    "config": CONFIG,
                    "replicaMetrics": [
                        {
                            "podName": "p",
                            "variantName": "a",
                            "kvCacheUsage": 0.5,
                            "queueLength": 6,
                            "tokensInUse": 8000,
                            "totalKvCapacityTokens": 16000,
                            "avgInputTokens": 100,
                            "avgOutputTokens": 50,
                        }
                    ],
                    "variantStates": [state("a", 1)],
                }
            },
            {
                "totalSupply": 8000,
                "totalDemand": 8600,
                "utilization": 1.075,
                "requiredCapacity": 8600 / 0.85 - 8000,
                "spareCapacity": 0,
                "variantCapacities": [
                    {
                        "variantName": "a",
                        "perReplicaCapacity": 8000,
                        "replicaCount": 1,
                        "totalCapacity": 8000,
                        "totalDemand": 8600,
                        "utilization": 1.075,
                    }
                ],
            },
        ),
        case(
            "optimizer.cost-aware",
            "v0.8.0",
            {
                "requests": [
                    request("m", 1, ballot(15000, 0, capacity("a", 10000, 5)), state("a", 1))
                ]
            },
            [_choice("m", "a", 1, 3, "V2 (optimizer: cost-aware)")],
        ),
        case(
            "optimizer.greedy-by-score",
            "v0.8.0",
            {
                "constraints": [{"pools": {"A100": {"limit": 3, "used": 2}}}],
                "requests": [
                    request("m", 1, ballot(15000, 0, capacity("a", 10000, 5)), state("a", 1))
                ],
            },
            [_choice("m", "a", 1, 2, "V2 (optimizer: greedy-by-score)")],
        ),
        case(
            "limiter",
            "v0.8.0",
            {
                "pools": {"A100": {"limit": 6, "used": 4}},
                "decisions": [
                    {
                        "variant": "a",
                        "accelerator": "A100",
                        "current": 2,
                        "target": 5,
                        "gpusPerReplica": 2,
                    }
                ],
            },
            {
                "decisions": [
                    {
                        "variant": "a",
                        "accelerator": "A100",
                        "current": 2,
                        "target": 3,
                        "gpusPerReplica": 2,
                        "gpusAllocated": 2,
                        "wasLimited": True,
                        "limitedBy": "gpu-limiter",
                    }
                ]
            },
        ),
        case(
            "enforcer",
            "v0.8.0",
            {
                "modelID": "m",
                "namespace": "ns",
                "optimizer": "cost-aware",
                "scaleToZeroConfig": {"m": {"enable_scale_to_zero": True}},
                "costs": {"a": 1},
                "decisions": [_choice("m", "a", 2, 2, "V2")],
            },
            {
                "decisions": [
                    _choice("m", "a", 2, 0, "V2 scale-down (optimizer: cost-aware, enforced)")
                ],
                "scaledToZero": True,
            },
            requestCount=0,
        ),
    ]
