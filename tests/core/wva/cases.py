"""Recorded decision cases, put into the rules' own types; each check returns what differs."""

from collections.abc import Callable
from typing import Any

from wvatui.core.wva import cost_aware, saturation_v1, saturation_v2
from wvatui.core.wva.ballot import Ballot
from wvatui.core.wva.capacity import CapacityMemory, EngineArgs, Record
from wvatui.core.wva.enforcer import Enforceable, enforce_decisions, enforce_targets
from wvatui.core.wva.limiter import Limitable, Pool, gpus_in_use, limit
from wvatui.core.wva.saturation_v1 import V1Analysis, V1Replica, V1State, V1Variant, arbitrate
from wvatui.core.wva.saturation_v2 import QueueAhead, Sums, V2Replica, V2State
from wvatui.core.wva.thresholds import Settings

Case = dict[str, Any]
Differences = list[str]


def differ(name: str, got: Any, want: Any) -> Differences:
    if isinstance(want, int | float) and not isinstance(want, bool):
        same = got is not None and abs(got - want) <= 1e-9 * max(1.0, abs(want))
    else:
        same = got == want
    return [] if same else [f"{name}: {got!r}, expected {want!r}"]


def settings(config: Case) -> Settings:
    return Settings(
        config["kvCacheThreshold"],
        config["queueLengthThreshold"],
        config["kvSpareTrigger"],
        config["queueSpareTrigger"],
        config.get("scaleUpThreshold") or 0.85,
        config.get("scaleDownBoundary") or 0.70,
    )


def v1_analyze(case: Case, version: str) -> Differences:
    given, want = case["input"], case["output"]
    got = saturation_v1.analyze(
        [
            V1Replica(
                r["podName"], r["variantName"], r["kvCacheUsage"], r["queueLength"], r["cost"]
            )
            for r in given.get("replicaMetrics") or []
        ],
        settings(given["config"]),
        version,
    )
    found = [
        *differ("total", got.total, want["totalReplicas"]),
        *differ("nonSaturated", got.non_saturated, want["nonSaturatedCount"]),
        *differ("avgSpareKv", got.avg_spare_kv, want["avgSpareKvCapacity"]),
        *differ("avgSpareQueue", got.avg_spare_queue, want["avgSpareQueueLength"]),
        *differ("scaleUp", got.scale_up, want["shouldScaleUp"]),
        *differ("scaleDownSafe", got.scale_down_safe, want["scaleDownSafe"]),
        *differ("reason", got.reason, want.get("scaleUpReason", "")),
    ]
    expected = {v["variantName"]: v for v in want["variantAnalyses"]}
    found += differ("variants", [v.name for v in got.variants], sorted(expected))
    for v in got.variants:
        w = expected.get(v.name, {})
        pairs = {
            "replicaCount": v.replicas,
            "nonSaturatedCount": v.non_saturated,
            "maxKvCacheUsage": v.max_kv,
            "avgKvCacheUsage": v.avg_kv,
            "maxQueueLength": v.max_queue,
            "avgSpareKvCapacity": v.avg_spare_kv,
            "avgSpareQueueLength": v.avg_spare_queue,
            "cost": v.cost,
        }
        for key, value in pairs.items():
            if key in w:
                found += differ(f"{v.name}.{key}", value, w[key])
        found += differ("saturated", sorted(v.saturated), sorted(w.get("saturatedReplicas") or []))
    return found


def _analysis(given: Case) -> V1Analysis:
    return V1Analysis(
        given["totalReplicas"],
        given["nonSaturatedCount"],
        given["avgSpareKvCapacity"],
        given["avgSpareQueueLength"],
        given["shouldScaleUp"],
        given["scaleDownSafe"],
        given.get("scaleUpReason", ""),
        tuple(
            V1Variant(v["variantName"], v["cost"], v["replicaCount"], 0, 0, 0, 0, 0, 0)
            for v in given.get("variantAnalyses") or []
        ),
    )


def v1_targets(case: Case, version: str) -> Differences:
    given = case["input"]
    states = [
        V1State(
            s["variantName"],
            s["currentReplicas"],
            s["desiredReplicas"],
            s.get("pendingReplicas", 0),
            s.get("minReplicas") or 0,
            s.get("maxReplicas") or 0,
        )
        for s in given["states"]
    ]
    return differ(
        "targets",
        saturation_v1.targets(_analysis(given["analysis"]), states, version),
        case["output"],
    )


def v1_arbitrate(case: Case, version: str) -> Differences:
    given, found = case["input"], []
    states = {s["variantName"]: s for s in given["states"]}
    for want in case["output"]:
        name = want["variantName"]
        current = states[name]["currentReplicas"]
        safe = (given.get("analysis") or {}).get("scaleDownSafe", False)
        got = arbitrate(
            given["capacityTargets"].get(name, current),
            given["modelTargets"].get(name, current),
            current,
            scale_down_safe=safe,
        )
        found += differ("action", got.action, want["action"])
        found += differ("target", got.target, want["targetReplicas"])
        found += differ("reason", got.reason, want["reason"])
        found += differ("capacityBased", got.capacity_based, want["capacityBased"])
        found += differ("modelBased", got.model_based, want["modelBasedDecision"])
        found += differ("safetyOverride", got.safety_override, want["safetyOverride"])
    return found


def _engine(given: Case | None) -> EngineArgs | None:
    if given is None:
        return None
    return EngineArgs(
        given["effectiveMaxBatchedTokens"],
        given["maxNumSeqs"],
        given["tensorParallelSize"],
        given.get("kvCacheDtype", ""),
        given["gpuMemoryUtilization"],
        given["maxModelLen"],
    )


def _memory(given: Case) -> CapacityMemory:
    return CapacityMemory(
        {
            key: Record(
                r.get("acceleratorName", ""),
                r["gpuCount"],
                r["totalKvCapacityTokens"],
                r["effectiveCapacity"],
                _engine(r.get("engineParams") or r.get("vllmParams")),
                r["learnedFrom"],
            )
            for key, r in (given.get("store") or {}).items()
        },
        {key: tuple(past) for key, past in (given.get("k2history") or {}).items()},
    )


def v2_analyze(case: Case, version: str) -> Differences:
    given, want = case["input"]["input"], case["output"]
    ahead = given.get("schedulerQueue")
    got, _ = saturation_v2.analyze(
        [
            V2Replica(
                r["podName"],
                r["variantName"],
                r["kvCacheUsage"],
                r["queueLength"],
                r.get("acceleratorName", ""),
                r["cost"],
                r["totalKvCapacityTokens"],
                r["tokensInUse"],
                r["avgInputTokens"],
                r["avgOutputTokens"],
                r["prefixCacheHitRate"],
            )
            for r in given.get("replicaMetrics") or []
        ],
        [_state(s) for s in given["variantStates"]],
        settings(given["config"]),
        _memory(case["input"]),
        model=given["modelID"],
        namespace=given["namespace"],
        queue=QueueAhead(ahead["queueSize"], ahead["queueBytes"]) if ahead else None,
        version=version,
    )
    found = [
        *differ("supply", got.total.supply, want["totalSupply"]),
        *differ("demand", got.total.demand, want["totalDemand"]),
        *differ("utilization", got.utilization, want["utilization"]),
        *differ("required", got.total.required, want["requiredCapacity"]),
        *differ("spare", got.total.spare, want["spareCapacity"]),
    ]
    if "totalAnticipatedSupply" in want:
        found += differ("anticipated", got.total.anticipated, want["totalAnticipatedSupply"])
    expected = {v["variantName"]: v for v in want.get("variantCapacities") or []}
    found += differ("variants", [v.name for v in got.variants], sorted(expected))
    for v in got.variants:
        pairs = {
            "perReplicaCapacity": v.per_replica,
            "replicaCount": v.ready,
            "pendingReplicas": v.pending,
            "totalCapacity": v.supply,
            "totalDemand": v.demand,
            "utilization": v.utilization,
            "reason": v.reason,
            "role": v.role,
            "acceleratorName": v.accelerator,
        }
        for key, value in pairs.items():
            if key in expected.get(v.name, {}):
                found += differ(f"{v.name}.{key}", value, expected[v.name][key])
    roles = want.get("roleCapacities") or {}
    found += differ("roles", sorted(got.roles), sorted(roles))
    for name, role in roles.items():
        if name in got.roles:
            found += differ(f"{name}.supply", got.roles[name].supply, role["totalSupply"])
            found += differ(f"{name}.demand", got.roles[name].demand, role["totalDemand"])
    return found


def _state(given: Case) -> V2State:
    return V2State(
        given["variantName"],
        given["currentReplicas"],
        given["desiredReplicas"],
        given["pendingReplicas"],
        given["gpusPerReplica"],
        given.get("minReplicas"),
        given.get("maxReplicas"),
        given.get("role", ""),
    )


def _ballot(result: Case, name: str, entry: Case, marks: bool) -> Ballot:
    variants = result.get("variantCapacities") or []
    # Releases before HEAD have no marks; HEAD's record leaves them out when they are false.
    return Ballot(
        name=name,
        required=result["requiredCapacity"],
        spare=result["spareCapacity"],
        per_replica={v["variantName"]: v["perReplicaCapacity"] for v in variants},
        costs={v["variantName"]: v["cost"] for v in variants},
        demand=result["totalDemand"],
        roles={
            role: Sums(
                r["totalSupply"],
                r["totalAnticipatedSupply"],
                r["totalDemand"],
                r["requiredCapacity"],
                r["spareCapacity"],
            )
            for role, r in (result.get("roleCapacities") or {}).items()
        },
        score=entry.get("score") or 1.0,
        live=entry.get("live", marks),
        enabled=entry.get("enabled", marks),
        variant_roles={v["variantName"]: v.get("role", "") for v in variants},
    )


def optimizer_cost_aware(case: Case, version: str) -> Differences:
    got: dict[tuple[str, str], tuple[int, int, str, str]] = {}
    for request in case["input"]["requests"]:
        if "analyzerResults" in request:
            marks = version != "HEAD"
            ballots = [
                _ballot(r["result"], r["name"], r, marks) for r in request["analyzerResults"]
            ]
        else:
            ballots = [_ballot(request["result"], "saturation", {}, True)]
        states = [_state(s) for s in request["variantStates"]]
        for c in cost_aware.optimize(ballots, states, version):
            got[request["modelID"], c.variant] = (c.current, c.target, c.action, c.reason)
    want = {
        (d["model"], d["variant"]): (d["current"], d["target"], d["action"], d["reason"])
        for d in case["output"]
    }
    return differ("choices", got, want)


def limiter(case: Case, version: str) -> Differences:
    given = case["input"]
    decisions = [
        Limitable(
            d.get("variant", ""),
            d.get("accelerator", ""),
            d["current"],
            d["target"],
            d["gpusPerReplica"],
            d["cost"],
            d["spareCapacity"],
            d.get("minReplicas") or 0,
            d["gpusAllocated"],
            d["wasLimited"],
            d.get("limitedBy", ""),
        )
        for d in given["decisions"]
    ]
    if "pools" in given:
        pools = {name: Pool(p["limit"], p["used"]) for name, p in given["pools"].items()}
    else:
        pools = {"": Pool(given["totalLimit"], sum(gpus_in_use(decisions).values()))}
    wanted = case["output"]["decisions"]
    # The limiter's own name is no part of the recorded input.
    name = next((d["limitedBy"] for d in wanted if d.get("limitedBy")), "gpu-limiter")
    got = limit(decisions, pools, name)
    found = differ("count", len(got), len(wanted))
    for g, w in zip(got, wanted, strict=False):
        found += differ("target", g.target, w["target"])
        found += differ("gpus", g.gpus_allocated, w["gpusAllocated"])
        found += differ("limited", g.limited, w["wasLimited"])
        found += differ("by", g.limited_by, w.get("limitedBy", ""))
    return found


def enforcer(case: Case, version: str) -> Differences:
    given, want = case["input"], case["output"]
    own = (given.get("scaleToZeroConfig") or {}).get(given["modelID"], {})
    to_zero = given.get("scaleToZeroEnabled", own.get("enable_scale_to_zero", False))
    if "targets" in given:
        costs = {v["variantName"]: v["cost"] for v in given["variantAnalyses"]}
        done = enforce_targets(
            given["targets"],
            costs,
            scale_to_zero=to_zero,
            requests=case["requestCount"],
            version=version,
        )
        return [
            *differ("targets", dict(done.targets), want["targets"]),
            *differ("applied", done.applied, want["applied"]),
        ]

    def own_model(d: Case) -> bool:
        return bool(d["model"] == given["modelID"] and d["namespace"] == given["namespace"])

    got, zeroed = enforce_decisions(
        [
            Enforceable(
                d["variant"], d["current"], d["target"], d.get("action", ""), d.get("reason", "")
            )
            for d in given["decisions"]
            if own_model(d)
        ],
        given.get("costs") or {},
        scale_to_zero=to_zero,
        requests=case["requestCount"],
        optimizer=given["optimizer"],
        version=version,
    )
    wanted = [
        (d["variant"], d["target"], d.get("action", ""), d.get("reason", ""))
        for d in want["decisions"]
        if own_model(d)
    ]
    return [
        *differ("decisions", [(d.variant, d.target, d.action, d.reason) for d in got], wanted),
        *differ("to zero", zeroed, want["scaledToZero"]),
    ]


CHECKS: dict[str, Callable[[Case, str], Differences]] = {
    "v1.analyze": v1_analyze,
    "v1.targets": v1_targets,
    "v1.arbitrate": v1_arbitrate,
    "v2.analyze": v2_analyze,
    "optimizer.cost-aware": optimizer_cost_aware,
    "limiter": limiter,
    "enforcer": enforcer,
}
"""Kinds that the rules model; any other kind counts as not modelled."""
