"""Autoscalers for tests: as mappings, and as the text that people paste into documents."""

from wvatui.core.whatif.scaler.scaler import Scaler, read_hpa, read_scaled_object

RULES = {
    "scaleUp": {
        "stabilizationWindowSeconds": 240,
        "selectPolicy": "Max",
        "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}],
    },
    "scaleDown": {
        "stabilizationWindowSeconds": 240,
        "selectPolicy": "Max",
        "policies": [{"type": "Percent", "value": 10, "periodSeconds": 60}],
    },
}


def metric(name: str, target: str) -> dict[str, object]:
    wanted = {"type": "AverageValue", "averageValue": target}
    return {"type": "External", "external": {"metric": {"name": name}, "target": wanted}}


def benchmark_hpa() -> Scaler:
    """What the HPA-versus-WVA benchmark compared with: 3 waiting, KV 600m, a pod a minute."""
    return read_hpa(
        {
            "metadata": {"name": "manual"},
            "spec": {
                "minReplicas": 1,
                "maxReplicas": 10,
                "behavior": RULES,
                "scaleTargetRef": {"kind": "Deployment", "name": "llama"},
                "metrics": [
                    metric("vllm:num_requests_waiting", "3"),
                    metric("vllm:kv_cache_usage_perc", "600m"),
                ],
            },
        }
    )


def hpa(name: str, target: int, *, up_window_s: int = 0, high: int = 10) -> Scaler:
    policies = [{"type": "Pods", "value": 4, "periodSeconds": 15}]
    behavior = {"scaleUp": {"stabilizationWindowSeconds": up_window_s, "policies": policies}}
    return read_hpa(
        {
            "spec": {
                "maxReplicas": high,
                "behavior": behavior,
                "metrics": [metric(name, str(target))],
            }
        }
    )


def keda(query: str, threshold: int, *, high: int, paused: bool = False) -> Scaler:
    annotations = {"autoscaling.keda.sh/paused": "true"} if paused else {}
    return read_scaled_object(
        {
            "metadata": {"name": "so", "annotations": annotations},
            "spec": {
                "minReplicaCount": 1,
                "maxReplicaCount": high,
                "pollingInterval": 15,
                "triggers": [
                    {
                        "type": "prometheus",
                        "metadata": {"query": query, "threshold": str(threshold)},
                    }
                ],
            },
        }
    )
