"""The endpoint picker's page under its present names (llm_d_epp_…).

Source: llm-d docs/operations/observability/metrics.md; labels as its flow control's.
"""

from collections.abc import Callable, Iterable, Iterator

from wvatui.engine.engine import EngineModel
from wvatui.engine.engine_stats import EngineHistogram
from wvatui.engine.gateway import Gateway
from wvatui.sim.pods.exposition import gauge, histogram


class LatencyTotals:
    """TTFT and time per token of all requests so far, including those of deleted pods."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[EngineHistogram, EngineHistogram]] = {}

    def see(self, gateway: Gateway) -> None:
        """Register the current engines, whose later counts are included, too."""
        for engine in gateway.engines.values():
            self._seen[id(engine.stats)] = (engine.stats.ttft, engine.stats.itl)

    def lines(self, labels: str) -> Iterator[str]:
        """The two histograms, once a request was answered."""
        for name, text, place in (
            ("ttft", "Time to first token of streamed requests.", 0),
            ("streaming_tpot", "Time per output token of streamed requests.", 1),
        ):
            if self._seen:
                summed = _summed([seen[place] for seen in self._seen.values()])
                yield from histogram(f"llm_d_epp_request_{name}_seconds", text, labels, summed)


def _summed(histograms: Iterable[EngineHistogram]) -> EngineHistogram:
    """The sum of the histograms that have the first one's bucket layout."""
    every = list(histograms)
    total = EngineHistogram(every[0].bounds)
    for each in every:
        if each.bounds == total.bounds:
            total.counts = [a + b for a, b in zip(total.counts, each.counts, strict=True)]
            total.total += each.total
    return total


def present_lines(
    gateway: Gateway, pool: str, model: str, saturation: float, totals: LatencyTotals
) -> Iterator[str]:
    """The families with present names. The number of running requests appears with the first
    request."""
    place, of_model = f'inference_pool="{pool}"', f'model_name="{model}"'
    flow = f'fairness_id="default-flow",{place},{of_model},priority="0"'
    running = sum(engine.load for engine in gateway.engines.values())
    in_flight = [
        (
            f'endpoint_name="{pod}",producer_name="inflight-load-producer"',
            float(sum(each.prompt for each in (*engine.running, *engine.waiting))),
        )
        for pod, engine in gateway.engines.items()
    ]

    def mean(value: Callable[[EngineModel], float]) -> list[tuple[str, float]]:
        return [(f'name="{pool}"', gateway.mean(value))]

    waits, use = mean(lambda e: len(e.waiting)), mean(lambda e: e.cache.ratio)
    count: list[tuple[str, float]] = [(f'name="{pool}"', len(gateway.engines))]
    requests: list[tuple[str, float]] = [(of_model, running)] if gateway.accepted else []
    rows: tuple[tuple[str, str, list[tuple[str, float]]], ...] = (
        (
            "flow_control_queue_size",
            "Requests held by flow control.",
            [(flow, len(gateway.queue))],
        ),
        ("flow_control_pool_saturation", "Saturation of the pool.", [(place, saturation)]),
        ("request_running", "Requests that run.", requests),
        ("inflight_tokens", "Prompt tokens of requests under way.", in_flight),
        ("average_queue_size", "Mean of requests that wait in an endpoint.", waits),
        ("average_kv_cache_utilization", "Mean use of the endpoints' KV caches.", use),
        ("ready_endpoints", "Endpoints that are ready.", count),
    )
    for name, text, series in rows:
        if series:
            yield from gauge(f"llm_d_epp_{name}", text, series)
    totals.see(gateway)
    yield from totals.lines(of_model)
