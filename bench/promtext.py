"""Parsing one model server's page to the wanted samples and to events, compared with
prometheus_client."""

import random
import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.fixtures import FIXTURES
from wvatui.core.metrics.scrape import METRICS, BoundsBook, read_page

REACH = 20.0
ROUNDS = 15
REAL_PAGE = "vllm-metrics/lifecycle-20260807.prom"
"""The page of a pod under load, 69 kB, where recorded data is available."""
BUCKETS = tuple(round(0.001 * 1.7**n, 4) for n in range(22))


def measure() -> list[dict[str, object]]:
    """Both parsers alternate, so that a busy machine slows both; the best of each counts."""
    source, page = example_page()
    text, book = page.decode(), BoundsBook()
    ours_s = peer_s = float("inf")
    for _ in range(ROUNDS):
        peer_s = min(peer_s, _seconds(lambda: list(text_string_to_metric_families(text))))
        for _ in range(10):
            ours_s = min(ours_s, _seconds(lambda: _read(page, book)))
    return [
        {
            "name": f"one {len(page) // 1000} kB vLLM page to wanted samples vs prometheus_client",
            "value": round(peer_s / ours_s, 1),
            "unit": "times",
            "reach": REACH,
            "better": "more",
            "ours_ms": round(ours_s * 1000, 3),
            "peer_ms": round(peer_s * 1000, 3),
            "peer": "prometheus_client.parser.text_string_to_metric_families",
            "page": source,
        }
    ]


def _read(page: bytes, book: BoundsBook) -> None:
    if not read_page(page, at=0.0, pod="pod", took_ms=0, bounds=book, port=8000):
        raise ValueError("the page has no engine's metrics")


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def example_page() -> tuple[str, bytes]:
    """(description, page): the recorded page, or one of its size made by the library that vLLM
    uses."""
    real = FIXTURES / REAL_PAGE
    return ("recorded", real.read_bytes()) if real.is_file() else ("made", _made())


def _made() -> bytes:
    """A page shaped like vLLM's: the wanted metrics among four times as many others."""
    registry = CollectorRegistry()
    labels = {"engine": "0", "model_name": "example/Model-8B-Instruct"}
    rng = random.Random(7)
    for metric in METRICS:
        name = metric.names[0]
        if metric.kind == "histogram":
            _histogram(registry, name, labels, rng)
        elif not metric.labels:
            kind = Counter if metric.kind == "counter" else Gauge
            kind(name, metric.title, tuple(labels), registry=registry).labels(**labels).inc(7)
    for number in range(22):
        _histogram(registry, f"vllm:request_stage_{number}_seconds", labels, rng)
    return generate_latest(registry)


def _histogram(
    registry: CollectorRegistry, name: str, labels: dict[str, str], rng: random.Random
) -> None:
    found = Histogram(name, "What it is.", tuple(labels), registry=registry, buckets=BUCKETS)
    for _ in range(500):
        found.labels(**labels).observe(rng.expovariate(1.0))
