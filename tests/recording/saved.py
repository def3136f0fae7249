"""Small files of other tools, made for tests: Prometheus ranges, metrics pages, an HPA run."""

import json
from collections.abc import Iterable
from typing import Any

T0 = 1_764_000_000.0
POD = "llama-6b69b5dccd-"
MODEL = {"model_name": "llama", "engine": "0"}


def series(name: str, labels: dict[str, str], points: Iterable[tuple[float, Any]]) -> Any:
    """One series; `points`: (seconds from T0, value)."""
    metric = {"__name__": name, "namespace": "ns"} | labels
    return {"metric": metric, "values": [[T0 + at, str(value)] for at, value in points]}


def answer(*result: Any) -> dict[str, Any]:
    """An answer of query_range."""
    return {"status": "success", "data": {"resultType": "matrix", "result": list(result)}}


def engine(pod: str, times: Iterable[float]) -> list[Any]:
    """The series of a vLLM pod. From one sample to the next, KV use rises by 0.05 and one request
    ends, with a TTFT of 0.2 s."""
    times = list(times)
    target = {"pod": f"{POD}{pod}", "instance": "10.0.0.1:8000", "job": "vllm", **MODEL}
    made = [
        series("vllm:kv_cache_usage_perc", target, [(t, 0.05 * n) for n, t in enumerate(times)]),
        series("vllm:num_requests_waiting", target, [(t, n) for n, t in enumerate(times)]),
        series(
            "vllm:request_success_total",
            target | {"finished_reason": "stop"},
            [(t, n) for n, t in enumerate(times)],
        ),
        series(
            "vllm:time_to_first_token_seconds_sum",
            target,
            [(t, 0.2 * n) for n, t in enumerate(times)],
        ),
        series(
            "vllm:time_to_first_token_seconds_count", target, [(t, n) for n, t in enumerate(times)]
        ),
    ]
    for le, share in (("0.1", 0), ("0.25", 1), ("+Inf", 1)):
        made.append(
            series(
                "vllm:time_to_first_token_seconds_bucket",
                target | {"le": le},
                [(t, share * n) for n, t in enumerate(times)],
            )
        )
    return made


def objects(times: Iterable[float]) -> list[Any]:
    """The series of kube-state-metrics and WVA: one replica, three wanted from 60 s on, all ready
    at 120 s."""
    times = list(times)
    own = {"job": "kube-state-metrics", "pod": "ksm-0", "deployment": "llama"}

    def stepped(at: float, before: int, after: int) -> list[tuple[float, int]]:
        return [(t, after if t >= at else before) for t in times]

    hpa = {"horizontalpodautoscaler": "llama-hpa", "pod": "ksm-0"}
    return [
        series("kube_deployment_spec_replicas", own, stepped(60, 1, 3)),
        series("kube_deployment_status_replicas_ready", own, stepped(120, 1, 3)),
        series(
            "kube_horizontalpodautoscaler_info",
            hpa | {"scaletargetref_kind": "Deployment", "scaletargetref_name": "llama"},
            [(t, 1) for t in times],
        ),
        series("kube_horizontalpodautoscaler_spec_max_replicas", hpa, [(t, 5) for t in times]),
        series("kube_horizontalpodautoscaler_status_desired_replicas", hpa, stepped(45, 1, 3)),
        series(
            "wva_desired_replicas",
            {"variant_name": "llama", "accelerator_type": "H100", "exported_namespace": "ns"},
            stepped(30, 1, 3),
        ),
        series(
            "kube_pod_status_ready",
            {"exported_pod": f"{POD}bbbbb", "pod": "ksm-0", "condition": "true"},
            [(t, int(t >= 120)) for t in times if t >= 60],
        ),
        series(
            "kube_pod_status_ready",
            {"exported_pod": "coredns-abc-x", "pod": "ksm-0", "condition": "true"},
            [(t, 1) for t in times],
        ),
    ]


def page(number: int, at: float, *, stamped: bool = True) -> str:
    """A metrics page of a vLLM pod, as llm-d-benchmark's collector saves it."""
    head = f"# Timestamp: 2025-11-24T16:{int(at) // 60:02d}:{int(at) % 60:02d}+0000\n# Pod: a-1\n"
    return (head if stamped else "") + (
        "# HELP vllm:num_requests_running running\n"
        f'vllm:num_requests_running{{engine="0",model_name="llama"}} {number}.0\n'
        f'vllm:kv_cache_usage_perc{{engine="0",model_name="llama"}} 0.{number}\n'
    )


HPA_HEAD = (
    "timestamp,replicas,desired_replicas,num_requests_waiting,num_requests_waiting_target,"
    "kv_cache_usage_perc,kv_cache_usage_target,ttft_ms,itl_ms,request_rate_per_min,active_jobs\n"
)
HPA_CSV = HPA_HEAD + (
    "2025-11-24 16:00:00,1,1,0,20,0.1,0.5,0.00,0.00,0.00,0\n"
    "2025-11-24 16:00:21,1,3,60,20,0.7,0.5,0.00,0.00,0.00,0\n"
    "2025-11-24 16:00:42,3,3,60250,20,,0.5,0.00,0.00,0.00,0\n"
    "2025-11-24 16:01:03,3,2,500m,20,0.2,0.5,0.00,0.00,0.00,0\n"
)
HPA_EVENTS = (
    "[2025-11-24 16:00:00] Monitor started - collecting metrics every 5s\n"
    "[2025-11-24 16:00:21] SCALE UP TRIGGERED: 1 -> 3 (waiting: 60, cache: 0.7)\n"
    "[2025-11-24 16:00:42] REPLICAS CHANGED: 1 -> 3\n"
    "[2025-11-24 16:01:03] SCALE DOWN TRIGGERED: 3 -> 2 (waiting: 0.5, cache: 0.2)\n"
)
HPA_META = json.dumps(
    {
        "experiment_name": "small",
        "start_time": "2025-11-24 15:59:57",
        "namespace": "ns",
        "deployment_name": "llama",
        "hpa_name": "llama-hpa",
        "model_name": "m",
        "hpa_enabled": True,
    }
)
HARNESS = (
    'harness_start: "2025-11-24T16:00:00+00:00"\nharness_stop: "2025-11-24T16:02:00+00:00"\n'
    'harness_name: "inference-perf"\nharness_workload: "stairs.yaml"\nmodel: "llama"\n'
    'namespace: "ns"\n'
)
SNAPSHOTS = {
    "snapshots": [
        {
            "timestamp": f"2025-11-24T16:0{minute}:00Z",
            "controllers": [
                {
                    "kind": "Deployment",
                    "name": "llama",
                    "desired_replicas": desired,
                    "ready_replicas": ready,
                }
            ],
        }
        for minute, desired, ready in ((0, 1, 1), (1, 2, 1), (2, 2, 2))
    ]
}
