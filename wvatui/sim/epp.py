"""The endpoint picker's page, by the names of both generations."""

from collections.abc import Iterator

from wvatui.sim.gateway import Gateway
from wvatui.sim.page import number

QUEUE_THRESHOLD = 5.0
KV_THRESHOLD = 0.8
"""Defaults of the saturation detector (GIE pkg/epp/saturationdetector)."""


def epp_page(gateway: Gateway, pool: str, model: str, now: float) -> bytes:
    """The page at `now`, UTC epoch seconds."""
    for engine in gateway.engines.values():
        engine.advance(now)
    return ("\n".join(_lines(gateway, pool, model)) + "\n").encode()


def saturation(gateway: Gateway) -> float:
    """How full the pool is: 1 means that no pod should get more. Mean over the pods of the worse
    of queue and KV cache against their thresholds."""
    if not gateway.engines:
        return 1.0
    return gateway.mean(
        lambda e: max(len(e.waiting) / QUEUE_THRESHOLD, e.cache.ratio / KV_THRESHOLD)
    )


def _lines(gateway: Gateway, pool: str, model: str) -> Iterator[str]:
    name = f'{{name="{pool}"}}'
    running = sum(engine.load for engine in gateway.engines.values())
    rows = (
        ("inference_pool_average_kv_cache_utilization", name,
         gateway.mean(lambda e: e.cache.ratio)),
        ("inference_pool_average_queue_size", name, gateway.mean(lambda e: len(e.waiting))),
        ("inference_pool_average_running_requests", name, gateway.mean(lambda e: len(e.running))),
        ("inference_pool_ready_pods", name, len(gateway.engines)),
        ("inference_objective_running_requests", f'{{model_name="{model}"}}', running),
        ("inference_extension_flow_control_queue_size",
         f'{{fairness_id="default",inference_pool="{pool}",model_name="{model}",priority="0",'
         f'target_model_name="{model}"}}', len(gateway.queue)),
        ("inference_extension_flow_control_pool_saturation",
         f'{{inference_pool="{pool}"}}', saturation(gateway)),
    )  # fmt: skip
    for metric, labels, value in rows:
        yield f"# TYPE {metric} gauge"
        yield f"{metric}{labels} {number(value)}"
