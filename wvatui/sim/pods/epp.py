"""The endpoint picker's page: what the Gateway API inference extension tells of a pool.

Names, texts and labels: a page of llm-d's inference scheduler of August 2026; flow control as
its pkg/epp/metrics/metrics.go registers it.
"""

from collections.abc import Iterable, Iterator

from wvatui.engine.gateway import Gateway
from wvatui.sim.pods.exposition import go_number, head

QUEUE_THRESHOLD = 5.0
KV_THRESHOLD = 0.8
"""Defaults of the saturation detector (GIE pkg/epp/saturationdetector)."""

EppSeries = Iterable[tuple[str, float]]


def epp_page(gateway: Gateway, pool: str, model: str, now: float, namespace: str = "") -> bytes:
    """The page at `now`, UTC epoch seconds; `namespace` is the pool's."""
    for engine in gateway.engines.values():
        engine.advance(now)
    lines = [
        *_traffic(gateway, model, namespace),
        *_pool(gateway, pool),
        *_flow_control(gateway, pool, model),
    ]
    return ("\n".join(lines) + "\n").encode()


def saturation(gateway: Gateway) -> float:
    """How full the pool is: 1 means that no pod should get more. Mean over the pods of the worse
    of queue and KV cache against their thresholds."""
    if not gateway.engines:
        return 1.0
    return gateway.mean(
        lambda e: max(len(e.waiting) / QUEUE_THRESHOLD, e.cache.ratio / KV_THRESHOLD)
    )


def _family(name: str, kind: str, text: str, series: EppSeries) -> Iterator[str]:
    """A family as client_golang gathers it: without series there is none."""
    rows = sorted(series)
    if not rows:
        return
    yield from head(name, f"[ALPHA] {text}", kind)
    for labels, value in rows:
        yield f"{name}{{{labels}}} {go_number(value)}"


def _traffic(gateway: Gateway, model: str, namespace: str) -> Iterator[str]:
    yield from _family(
        "inference_extension_info",
        "gauge",
        "General information of the current build of Inference Extension.",
        [('build_ref="",commit=""', 1)],
    )
    yield from _family(
        "inference_extension_scheduler_attempts_total",
        "counter",
        "Total number of scheduling attempts.",
        [
            (
                f'namespace="{namespace}",{gateway.pod_label}="{pod}",port="8000",status="success",'
                f'target_model_name="{model}"',
                count,
            )
            for pod, count in gateway.routed.items()
        ],
    )
    labels = f'model_name="{model}",priority="0",target_model_name="{model}"'
    yield from _family(
        "inference_objective_request_total",
        "counter",
        "Counter of inference objective requests broken out for each model and target model.",
        [(labels, gateway.accepted)] if gateway.accepted else [],
    )
    running = sum(engine.load for engine in gateway.engines.values())
    yield from _family(
        "inference_objective_running_requests",
        "gauge",
        "Inference objective number of running requests in each model.",
        [(f'model_name="{model}"', running)],
    )


def _pool(gateway: Gateway, pool: str) -> Iterator[str]:
    name = f'name="{pool}"'
    for metric, text, value in (
        (
            "kv_cache_utilization",
            "The average kv cache utilization for an inference server pool.",
            gateway.mean(lambda e: e.cache.ratio),
        ),
        (
            "queue_size",
            "The average number of requests pending in the model server queue.",
            gateway.mean(lambda e: len(e.waiting)),
        ),
        (
            "running_requests",
            "The average number of running requests across model servers in the pool.",
            gateway.mean(lambda e: len(e.running)),
        ),
    ):
        yield from _family(f"inference_pool_average_{metric}", "gauge", text, [(name, value)])
    yield from _family(
        "inference_pool_per_pod_queue_size",
        "gauge",
        "The total number of requests pending in the model server queue for each underlying pod.",
        [
            (f'model_server_pod="{pod}-rank-0",{name}', len(engine.waiting))
            for pod, engine in gateway.engines.items()
        ],
    )
    yield from _family(
        "inference_pool_ready_pods",
        "gauge",
        "The number of ready pods in the inference server pool.",
        [(name, len(gateway.engines))],
    )


def _flow_control(gateway: Gateway, pool: str, model: str) -> Iterator[str]:
    place = f'inference_pool="{pool}"'
    yield from _family(
        "inference_extension_flow_control_pool_saturation",
        "gauge",
        "Current saturation of the inference pool.",
        [(place, saturation(gateway))],
    )
    flow = (
        f'fairness_id="default-flow",{place},model_name="{model}",priority="0",'
        f'target_model_name="{model}"'
    )
    yield from _family(
        "inference_extension_flow_control_queue_size",
        "gauge",
        "Current number of requests actively held in the Flow Control queue.",
        [(flow, len(gateway.queue))],
    )
