"""ScaledObjects of llm-d's guides, adapted to the simulated pool; one row each in GUIDES.

Source: github.com/llm-d/llm-d guides/workload-autoscaling/keda-epp, -token-aware and slo-aware.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wvatui.core.kube_object import Object
from wvatui.sim.scenario import ModelVariant, Scenario

PERCENT_15 = (("Percent", 100, 15),)
Policies = tuple[tuple[str, int, int], ...]
"""(type, value, seconds)."""
_OF_EPP = 'namespace="{namespace}",service="{pool}-epp",model_name="{model}"'
QUEUE = f"sum(llm_d_epp_flow_control_queue_size{{{{{_OF_EPP}}}}})"
RUNNING = f"sum(llm_d_epp_request_running{{{{{_OF_EPP}}}}})"
SATURATION = (
    'max(llm_d_epp_flow_control_pool_saturation{{inference_pool="{pool}",namespace="{namespace}"}})'
)
KUBE_STATE = 'max(kube_deployment_status_{}{{{{namespace="{{namespace}}",deployment="{{name}}"}}}})'
REPLICAS, READY, UNAVAILABLE = (
    KUBE_STATE.format(name) for name in ("replicas", "replicas_ready", "replicas_unavailable")
)
TOKENS = (
    '(sum(llm_d_epp_inflight_tokens{{namespace="{namespace}",'
    'producer_name="inflight-load-producer"{endpoint}}}) / {prefill:.0f}) or vector(0)'
)
CACHES = 'sum(vllm:kv_cache_usage_perc{{namespace="{namespace}"{pod}}}) or vector(0)'


@dataclass(frozen=True, slots=True)
class Guide:
    """The ScaledObject of a guide. `triggers`: (name, query, threshold); where pods have roles,
    those of each role are in `by_role`. Windows are in seconds. `fallback`: (failures, replicas,
    behavior)."""

    triggers: tuple[tuple[str, str, str], ...] = ()
    up_s: int = 0
    up: Policies = PERCENT_15
    down_s: int = 300
    down: Policies = PERCENT_15
    formula: str = ""
    fallback: tuple[int, int, str] | None = None
    by_role: Mapping[str, tuple[tuple[str, str, str], ...]] = field(default_factory=dict)


_BOTH = (("epp-queue-size", QUEUE, "1"), ("epp-running-requests", RUNNING, "16"))
_SLOW_UP, _SLOW_DOWN = (("Pods", 1, 180),), (("Pods", 1, 300),)
_BACKLOG = ("prefill-backlog-seconds", TOKENS, "1.5")
_USE = ("decode-kv-utilization", CACHES, "0.8")
_GUARD = (
    "let wanted = max(queue / 1, running / 16); "
    "wanted <= replicas ? wanted : max(wanted - (unavailableReplicas ?? 0), replicas)"
)
_SLO = (
    "saturation > 0.55 ? replicas + ceil(replicas * (saturation * (readyReplicas > 0 && "
    "readyReplicas < replicas ? readyReplicas / replicas : 1.0) / 0.55 - 1)) : "
    "(saturation < 0.40 ? replicas - floor(replicas * (1 - saturation / 0.40)) : replicas)"
)
GUIDES: Mapping[str, Guide] = {
    "queue": Guide(_BOTH),
    "queue-windows": Guide(_BOTH, up_s=300),
    "queue-guard": Guide(
        (
            ("queue", QUEUE, "1"),
            ("running", RUNNING, "16"),
            ("unavailableReplicas", UNAVAILABLE, "1"),
            ("replicas", REPLICAS, "1"),
        ),
        formula=_GUARD,
        fallback=(3, 1, "static"),
    ),
    "saturation": Guide((("pool-saturation", SATURATION, "0.7"), _BOTH[1]), up_s=300),
    "token-aware": Guide((_BACKLOG, _USE), up=_SLOW_UP, down=_SLOW_DOWN),
    "token-aware-pd": Guide(
        by_role={"prefill": (_BACKLOG,), "decode": (_USE,)}, up=_SLOW_UP, down=_SLOW_DOWN
    ),
    "slo-aware": Guide(
        (
            ("saturation", "epp:saturation:smoothed", "1"),
            ("replicas", REPLICAS, "1"),
            ("readyReplicas", READY, "1"),
        ),
        up_s=30,
        up=(("Percent", 100, 60), ("Pods", 4, 60)),
        down_s=180,
        down=(("Pods", 1, 120),),
        formula=_SLO,
    ),
    "fallback": Guide(_BOTH, fallback=(3, 2, "currentReplicasIfHigher")),
    "below-zero": Guide(
        (("running", RUNNING, "16"), ("replicas", REPLICAS, "1")),
        formula="running / 16 - 0.25 * replicas",
    ),
}


def guide_spec(
    scenario: Scenario, variant: ModelVariant, pool: str, namespace: str, prometheus: str
) -> Object:
    """`spec` of the ScaledObject that the scenario's guide makes for a variant."""
    guide = GUIDES[scenario.guide]
    role = "" if variant.role == "both" else variant.role
    values = {
        "namespace": namespace,
        "pool": pool,
        "model": scenario.model,
        "name": variant.name,
        "prefill": 1 / variant.profile.prefill_s,
        "endpoint": f',endpoint_name=~".*{role}.*"' if role else "",
        "pod": f',pod=~".*{role}.*"' if role else "",
    }
    triggers = [
        {
            "type": "prometheus",
            "name": name,
            "metricType": "AverageValue",
            "metadata": {
                "serverAddress": prometheus,
                "query": query.format(**values),
                "threshold": threshold,
            },
        }
        for name, query, threshold in guide.by_role.get(role, guide.triggers)
    ]
    behavior = {
        "scaleUp": rules(guide.up_s, guide.up),
        "scaleDown": rules(guide.down_s, guide.down),
    }
    advanced: Object = {"horizontalPodAutoscalerConfig": {"behavior": behavior}}
    if guide.formula:
        modifiers = {"formula": guide.formula, "target": "1", "metricType": "AverageValue"}
        advanced["scalingModifiers"] = modifiers
    spec: Object = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": variant.name},
        "pollingInterval": 15,
        "cooldownPeriod": 300,
        "minReplicaCount": variant.min,
        "maxReplicaCount": variant.max,
        "advanced": advanced,
        "triggers": triggers,
    }
    if guide.fallback is not None:
        names = ("failureThreshold", "replicas", "behavior")
        spec["fallback"] = dict(zip(names, guide.fallback, strict=True))
    return spec


def rules(window_s: int, policies: Policies) -> Object:
    """The rules of an HPA's behavior in one direction."""
    return {
        "stabilizationWindowSeconds": window_s,
        "policies": [
            {"type": kind, "value": value, "periodSeconds": seconds}
            for kind, value, seconds in policies
        ],
    }
