"""The simulated Prometheus behind the controller: scrapes pods, answers over ranges of time.

And where a real Prometheus finds these pages, in the form of its `http_sd_configs`."""

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from wvatui.core.kube_object import Object
from wvatui.core.metrics import promtext
from wvatui.engine.timeline import Timeline
from wvatui.sim.pods.exposition import PodPages
from wvatui.sim.pods.pod_json import key_of
from wvatui.sim.store import Store

_SUMMED = {
    "vllm:kv_cache_usage_perc": "kv_ratio",
    "vllm:gpu_cache_usage_perc": "old_kv_ratio",
    "vllm:num_requests_waiting": "waiting",
    "vllm:num_requests_running": "running",
    "vllm:request_success_total": "success",
    "vllm:request_prompt_tokens_sum": "prompt_sum",
    "vllm:request_prompt_tokens_count": "prompt_count",
    "vllm:request_generation_tokens_sum": "answer_sum",
    "vllm:request_generation_tokens_count": "answer_count",
    "vllm:time_to_first_token_seconds_sum": "ttft_sum",
    "vllm:time_to_first_token_seconds_count": "ttft_count",
    "vllm:inter_token_latency_seconds_sum": "itl_sum",
    "vllm:inter_token_latency_seconds_count": "itl_count",
    "vllm:time_per_output_token_seconds_sum": "tpot_sum",
    "vllm:time_per_output_token_seconds_count": "tpot_count",
    "vllm:prefix_cache_hits_total": "prefix_hits",
    "vllm:prefix_cache_queries_total": "prefix_queries",
    "sglang:token_usage": "kv_ratio",
    "sglang:num_queue_reqs": "waiting",
    "sglang:num_running_reqs": "running",
    "sglang:num_requests_total": "success",
    "sglang:prompt_tokens_histogram_sum": "prompt_sum",
    "sglang:prompt_tokens_histogram_count": "prompt_count",
    "sglang:generation_tokens_histogram_sum": "answer_sum",
    "sglang:generation_tokens_histogram_count": "answer_count",
    "sglang:time_to_first_token_seconds_sum": "ttft_sum",
    "sglang:time_to_first_token_seconds_count": "ttft_count",
    "sglang:inter_token_latency_seconds_sum": "itl_sum",
    "sglang:inter_token_latency_seconds_count": "itl_count",
    "sglang:cached_tokens_total": "prefix_hits",
    "sglang:prompt_tokens_total": "prefix_queries",
    "sglang:max_total_num_tokens": "kv_tokens",
}
"""SGLang's in the place of vLLM's: WVA HEAD internal/collector/registration/."""
_CACHE = "vllm:cache_config_info"
_ATTEMPTS = "inference_extension_scheduler_attempts_total"
_QUEUED = "inference_extension_flow_control_queue_size"
_read = promtext.reader((*_SUMMED, _CACHE, _ATTEMPTS))
_read_queue = promtext.reader((_QUEUED,))


@dataclass(frozen=True, slots=True)
class Scraped:
    """One page: sums over all series of a name. A name that the page lacks is not in `values`.

    `attempts`: requests that an endpoint picker gave to each pod since it started.
    """

    at: float
    values: dict[str, float]
    blocks: int = 0
    block_size: int = 0
    model: str = ""
    attempts: dict[str, float] = field(default_factory=dict)

    @property
    def kv_tokens(self) -> int:
        """Tokens that the KV cache holds; 0 when the page does not tell."""
        return int(self.values.get("kv_tokens", self.blocks * self.block_size))


@dataclass(frozen=True, slots=True)
class QueuedFlow:
    """One series of the flow control's queue: its labels, and the requests that wait in it."""

    labels: dict[str, str]
    waiting: float


def read_queue(page: bytes, model: str) -> list[QueuedFlow]:
    """Series of an endpoint picker's flow control queue that belong to `model`.

    By `target_model_name`, or by `model_name` where that is empty (WVA HEAD
    internal/engines/scalefromzero/engine.go).
    """
    flows = []
    for sample in _read_queue(page):
        labels = _labels(sample)
        is_its = (labels.get("target_model_name") or labels.get("model_name")) == model
        if is_its and math.isfinite(sample.value):
            flows.append(QueuedFlow(labels, sample.value))
    return flows


def read_page(at: float, page: bytes) -> Scraped:
    """The wanted samples of a Prometheus text page; a value that is not finite is left out."""
    values: dict[str, float] = {}
    attempts: dict[str, float] = {}
    blocks = block_size = 0
    model = ""
    for sample in _read(page):
        metric, number = sample.name.decode(), sample.value
        if not math.isfinite(number):
            continue
        if metric == _CACHE:
            labels = _labels(sample)
            blocks = _whole(labels.get("num_gpu_blocks", ""))
            block_size = _whole(labels.get("block_size", ""))
        elif metric == _ATTEMPTS:
            labels = _labels(sample)
            if labels.get("status") == "success":
                pod = labels.get("pod") or labels.get("pod_name", "")
                attempts[pod] = attempts.get(pod, 0.0) + number
        else:
            name = _SUMMED[metric]
            values[name] = values.get(name, 0.0) + number
            model = model or _labels(sample).get("model_name", "")
    # Releases in between write both names: it is one value, not two to be summed.
    old = values.pop("old_kv_ratio", None)
    if old is not None:
        values.setdefault("kv_ratio", old)
    return Scraped(at, values, blocks, block_size, model, attempts)


def _labels(sample: promtext.Sample) -> dict[str, str]:
    labels = promtext.all_labels(sample.labels)
    return {name.decode(): value.decode() for name, value in labels.items()}


def _whole(text: str) -> int:
    return int(text) if text.isdigit() else 0


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
        self.is_hidden: Callable[[Object], bool] = lambda pod: False
        """Returns True for pods that no ServiceMonitor or PodMonitor selects."""
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

    def _read(self, pod: Object) -> Scraped | None:
        page = None if self.is_hidden(pod) else metrics_page(self._pages, pod)
        return None if page is None else read_page(self._timeline.now, page)

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
        rates = []
        for picker in sorted(self._samples):
            samples = [s for s in self._within(picker, window_s) if pod in s.attempts]
            rate = _rate([(s.at, s.attempts[pod]) for s in samples])
            if rate is not None:
                rates.append(rate)
        return sum(rates) if rates else None

    def increase(self, model: str, name: str, window_s: float) -> float | None:
        """`sum(increase(name{model_name=model}[window]))`, pods that are gone included; None when
        no pod has two samples."""
        increases = []
        for pod in sorted(self._samples):
            samples = [s for s in self._within(pod, window_s) if s.model == model]
            values = [s.values[name] for s in samples if name in s.values]
            if len(values) > 1:
                increases.append(_grown(values))
        return sum(increases) if increases else None

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


_NAMES = ("metrics", "http-metrics")
"""Names of ports that serve metrics."""


def metrics_port(pod: Object) -> int:
    """The port that serves metrics: one named so, else 8000 or 8200 when declared, else first."""
    ports = [
        port
        for container in pod.get("spec", {}).get("containers", [])
        for port in container.get("ports") or []
    ]
    for port in ports:
        if port.get("name") in _NAMES:
            return int(port["containerPort"])
    numbers = [int(port["containerPort"]) for port in ports]
    for usual in (8000, 8200):
        if usual in numbers:
            return usual
    return numbers[0] if numbers else 8000


def metrics_page(pages: PodPages, pod: Object) -> bytes | None:
    """A pod's metrics page; None where it has none, or is being deleted."""
    if pod["metadata"].get("deletionTimestamp"):
        return None
    page = pages.fetch(*key_of(pod), metrics_port(pod), "/metrics")
    return page[2] if page is not None and page[0] == 200 else None


TARGETS_PATH = "/wvatui/scrape-targets"


def scrape_targets(store: Store, pages: PodPages, address: str) -> list[Object]:
    """One target per page of each pod, behind the proxy of the API server at `address`
    (`host:port`).

    A port declared for metrics is a target even before anything listens there.
    """
    targets = []
    for pod in store.list("Pod"):
        metadata = pod["metadata"]
        namespace, name = metadata["namespace"], metadata["name"]
        declared = {
            int(port["containerPort"])
            for container in pod["spec"]["containers"]
            for port in container.get("ports") or ()
            if port.get("name") in _NAMES
        }
        service = (metadata.get("labels") or {}).get("inferencepool", "")
        for port in sorted(declared | set(pages.ports(namespace, name))):
            scheme = "https:" if pages.speaks_https(namespace, name, port) else ""
            place = f"/api/v1/namespaces/{namespace}/pods/{scheme}{name}:{port}/proxy/metrics"
            labels = {"__metrics_path__": place, "namespace": namespace, "pod": name}
            labels |= {"service": service} if service else {}
            targets.append({"targets": [address], "labels": labels})
    return targets
