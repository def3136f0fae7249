"""The simulated Prometheus behind the controller: scrapes pods, answers over ranges of time."""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from wvatui.engine.timeline import Timeline
from wvatui.sim.pods.pages import PodPages
from wvatui.sim.pods.scraped import Scraped, read_page
from wvatui.sim.store import Store

SCRAPE_S = 15.0
KEEP_S = 610.0
"""Longest range that is ever asked for (a retention period of ten minutes), and some."""
STALE_S = 300.0
"""Prometheus' look-back: an older sample is no present value."""


class Collector:
    """Samples of the pods of one namespace, ten minutes of them."""

    def __init__(self, timeline: Timeline, store: Store, pages: PodPages, namespace: str) -> None:
        self._timeline = timeline
        self._store = store
        self._pages = pages
        self._namespace = namespace
        self._samples: dict[str, deque[Scraped]] = {}
        self.is_hidden: Callable[[dict[str, Any]], bool] = lambda pod: False
        """Pods that no ServiceMonitor or PodMonitor picks."""
        self._every = timeline.every(SCRAPE_S, self.scrape, first=SCRAPE_S)

    def stop(self) -> None:
        """Scrape no more."""
        self._every.cancel()

    def scrape(self) -> None:
        """Read every pod once. Samples of pods that are gone stay as long as any others."""
        for pod in self._store.list("Pod", self._namespace):
            sample = self._read(pod)
            if sample is None or not (sample.values or sample.attempts):
                continue
            kept = self._samples.setdefault(pod["metadata"]["name"], deque())
            if kept and kept[-1].at == sample.at:
                kept.pop()
            kept.append(sample)
        oldest = self._timeline.now - KEEP_S
        for name, kept in list(self._samples.items()):
            while kept and kept[0].at < oldest:
                kept.popleft()
            if not kept:
                del self._samples[name]

    def _read(self, pod: dict[str, Any]) -> Scraped | None:
        metadata = pod["metadata"]
        if metadata.get("deletionTimestamp") or self.is_hidden(pod):
            return None
        page = self._pages.fetch(
            metadata["namespace"], metadata["name"], metrics_port(pod), "/metrics"
        )
        if page is None or page[0] != 200:
            return None
        return read_page(self._timeline.now, page[2].decode("utf-8", "replace"))

    def latest(self, pod: str) -> Scraped | None:
        """The newest sample, when it is no older than five minutes (Prometheus' staleness)."""
        kept = self._samples.get(pod)
        if not kept or kept[-1].at < self._timeline.now - STALE_S:
            return None
        return kept[-1]

    def highest(self, pod: str, name: str, window_s: float = 60.0) -> float | None:
        """`max_over_time(name[window])`; None without a sample in the window."""
        return max(
            (s.values[name] for s in self._within(pod, window_s) if name in s.values),
            default=None,
        )

    def rate(self, pod: str, name: str, window_s: float) -> float | None:
        """`rate(name[window])` in 1/s; None with fewer than two samples. Resets count from 0."""
        samples = [s for s in self._within(pod, window_s) if name in s.values]
        return _rate([(s.at, s.values[name]) for s in samples])

    def dispatch_rate(self, pod: str, window_s: float = 60.0) -> float | None:
        """Requests that endpoint pickers gave to a pod, 1/s; None when none tells of it."""
        found = []
        for picker in sorted(self._samples):
            told = [s for s in self._within(picker, window_s) if pod in s.attempts]
            rate = _rate([(s.at, s.attempts[pod]) for s in told])
            if rate is not None:
                found.append(rate)
        return sum(found) if found else None

    def increase(self, model: str, name: str, window_s: float) -> float | None:
        """`sum(increase(name{model_name=model}[window]))`, pods that are gone included; None when
        no pod has two samples."""
        found = []
        for pod in sorted(self._samples):
            told = [s for s in self._within(pod, window_s) if s.model == model]
            values = [s.values[name] for s in told if name in s.values]
            if len(values) > 1:
                found.append(_grown(values))
        return sum(found) if found else None

    def mean(self, pod: str, name: str, window_s: float) -> float | None:
        """`rate(name_sum) / rate(name_count)`; None where nothing was counted."""
        total = self.rate(pod, f"{name}_sum", window_s)
        count = self.rate(pod, f"{name}_count", window_s)
        if total is None or not count:
            return None
        return total / count

    def _within(self, pod: str, window_s: float) -> list[Scraped]:
        since = self._timeline.now - window_s
        return [s for s in self._samples.get(pod, ()) if s.at > since]


def _grown(values: Sequence[float]) -> float:
    """How much a counter grew; after a reset it counts from 0."""
    return sum(b - a if b >= a else b for a, b in pairwise(values))


def _rate(samples: Sequence[tuple[float, float]]) -> float | None:
    if len(samples) < 2:
        return None
    return _grown([value for _, value in samples]) / (samples[-1][0] - samples[0][0])


def metrics_port(pod: dict[str, Any]) -> int:
    """The port that serves metrics: one named so, else 8000 or 8200 when declared, else first."""
    ports = [
        port
        for container in pod.get("spec", {}).get("containers", [])
        for port in container.get("ports") or []
    ]
    for port in ports:
        if port.get("name") in ("metrics", "http-metrics"):
            return int(port["containerPort"])
    numbers = [int(port["containerPort"]) for port in ports]
    for usual in (8000, 8200):
        if usual in numbers:
            return usual
    return numbers[0] if numbers else 8000
