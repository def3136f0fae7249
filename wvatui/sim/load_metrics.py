"""Metrics of the load itself, as an adapter or Prometheus serves them to an autoscaler."""

from collections.abc import Mapping

from wvatui.engine.gateway import Gateway
from wvatui.engine.timeline import Timeline
from wvatui.sim.objects.objects import KV_USAGE, WAITING


class LoadMetrics:
    """What the pods and the endpoint picker would tell now."""

    def __init__(self, timeline: Timeline, gateway: Gateway, model: str, pool: str) -> None:
        self._timeline, self._gateway = timeline, gateway
        self._model, self._pool = model, pool

    def value(self, metric: str, labels: Mapping[str, str]) -> float | None:
        """The value of a metric with these labels; None: there is no such series."""
        if labels.get("model_name", self._model) != self._model:
            return None
        if labels.get("name", self._pool) != self._pool:
            return None
        engines = list(self._gateway.engines.values())
        for engine in engines:
            engine.advance(self._timeline.now)
        match metric:
            case _ if metric == WAITING:
                return float(sum(len(engine.waiting) for engine in engines))
            case _ if metric == KV_USAGE:
                return sum(engine.cache.ratio for engine in engines)
            case "inference_pool_average_queue_size":
                return self._gateway.mean(lambda engine: len(engine.waiting))
            case "inference_pool_average_kv_cache_utilization":
                return self._gateway.mean(lambda engine: engine.cache.ratio)
            case "inference_objective_running_requests":
                return float(sum(engine.load for engine in engines))
            case "inference_extension_flow_control_queue_size":
                return float(len(self._gateway.queue))
        return None
