"""Which metrics are wanted of a model server and of an endpoint picker: one row a metric.

A metric that has another name in another engine or release is another name in its row, best first.
Adding a metric: a field in `events.Scrape` (or `events.Epp`), a row here.

Sources: vLLM vllm/v1/metrics/loggers.py and docs/usage/metrics.md (0.6 to 0.11), SGLang
python/sglang/srt/metrics/collector.py, llm-d inference-scheduler and GIE pkg/epp/metrics.
"""

import math
from typing import Literal, NamedTuple

import msgspec

from wvatui.core import promtext
from wvatui.core.events import Bounds, Engine, Epp, Event, Scrape

Kind = Literal["gauge", "counter", "histogram"]
How = Literal["sum", "max", "mean"]

COUNT_LIMIT = 2.0**53
"""Above it a float does not count in ones any more."""


class Metric(NamedTuple):
    """One row. `id` is the field it fills; `how` several series of one page become one number."""

    id: str
    title: str
    unit: str
    kind: Kind
    names: tuple[str, ...]
    how: How = "sum"
    labels: tuple[tuple[str, str], ...] = ()
    """Only series that carry these labels."""


METRICS: tuple[Metric, ...] = (
    # With several engines (data parallel ranks) in a pod, WVA and the EPP look at the fullest.
    Metric("kv", "KV cache use", "ratio", "gauge",
           ("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc", "sglang:token_usage"),
           how="max"),
    Metric("running", "Running requests", "requests", "gauge",
           ("vllm:num_requests_running", "sglang:num_running_reqs")),
    Metric("waiting", "Waiting requests", "requests", "gauge",
           ("vllm:num_requests_waiting", "sglang:num_queue_reqs")),
    Metric("waiting_capacity", "Waiting for capacity", "requests", "gauge",
           ("vllm:num_requests_waiting_by_reason",), labels=(("reason", "capacity"),)),
    Metric("waiting_deferred", "Waiting, deferred", "requests", "gauge",
           ("vllm:num_requests_waiting_by_reason",), labels=(("reason", "deferred"),)),
    Metric("preemptions", "Preemptions", "requests", "counter",
           ("vllm:num_preemptions_total", "vllm:num_preemptions", "sglang:num_retracted_reqs")),
    Metric("prompt_tokens", "Prompt tokens", "tokens", "counter",
           ("vllm:prompt_tokens_total", "sglang:prompt_tokens_total")),
    Metric("generation_tokens", "Generation tokens", "tokens", "counter",
           ("vllm:generation_tokens_total", "sglang:generation_tokens_total")),
    Metric("success", "Finished requests by reason", "requests", "counter",
           ("vllm:request_success_total", "sglang:num_requests_total")),
    Metric("prefix_hits", "Prefix cache hits", "tokens", "counter",
           ("vllm:prefix_cache_hits_total", "vllm:gpu_prefix_cache_hits_total",
            "sglang:cached_tokens_total")),
    Metric("prefix_queries", "Prefix cache queries", "tokens", "counter",
           ("vllm:prefix_cache_queries_total", "vllm:gpu_prefix_cache_queries_total")),
    Metric("ttft", "Time to first token", "s", "histogram",
           ("vllm:time_to_first_token_seconds", "sglang:time_to_first_token_seconds")),
    Metric("itl", "Inter-token latency", "s", "histogram",
           ("vllm:inter_token_latency_seconds", "vllm:time_per_output_token_seconds",
            "sglang:inter_token_latency_seconds", "sglang:time_per_output_token_seconds")),
    Metric("e2e", "Request latency", "s", "histogram",
           ("vllm:e2e_request_latency_seconds", "sglang:e2e_request_latency_seconds")),
)  # fmt: skip

EPP_METRICS: tuple[Metric, ...] = (
    Metric("queue", "Requests queued at the gateway", "requests", "gauge",
           ("llm_d_epp_flow_control_queue_size",
            "inference_extension_flow_control_queue_size",
            "inference_pool_average_queue_size")),
    Metric("running", "Requests running behind the gateway", "requests", "gauge",
           ("llm_d_epp_request_running", "inference_objective_running_requests",
            "inference_model_running_requests")),
    Metric("saturation", "Pool saturation", "ratio", "gauge",
           ("llm_d_epp_flow_control_pool_saturation",
            "inference_extension_flow_control_pool_saturation"), how="max"),
    Metric("ready_pods", "Ready pods of the pool", "pods", "gauge",
           ("llm_d_epp_ready_pods", "inference_pool_ready_pods")),
    Metric("kv", "Average KV cache use of the pool", "ratio", "gauge",
           ("llm_d_epp_average_kv_cache_utilization",
            "inference_pool_average_kv_cache_utilization"), how="mean"),
)  # fmt: skip

CACHE_CONFIG = "vllm:cache_config_info"
KV_TOKENS = "sglang:max_total_num_tokens"
MODEL_LABELS = (b"model_name", b"served_model_name")

ENGINE_IDS = frozenset({"kv", "running", "waiting"})
"""At least one of these makes a page the page of an engine that is up."""


class BoundsBook:
    """Numbers the layouts of histogram buckets that occur in a session."""

    def __init__(self) -> None:
        self._ids: dict[tuple[float, ...], int] = {}

    def id_of(self, le: tuple[float, ...]) -> tuple[int, bool]:
        """Number of the layout, and whether it is new."""
        known = self._ids.get(le)
        if known is not None:
            return known, False
        number = self._ids[le] = len(self._ids)
        return number, True


_PART = {"_bucket": "bucket", "_sum": "sum", "_count": "count"}
_Places = dict[bytes, list[tuple[int, int, str]]]


def _places(rows: tuple[Metric, ...]) -> _Places:
    """Sample name → where it goes: (row, rank of the name in it, part)."""
    places: _Places = {}
    for row, metric in enumerate(rows):
        for rank, name in enumerate(metric.names):
            if metric.kind == "histogram":
                for suffix, part in _PART.items():
                    places.setdefault((name + suffix).encode(), []).append((row, rank, part))
            else:
                places.setdefault(name.encode(), []).append((row, rank, "value"))
    return places


_PLACES = _places(METRICS)
_EPP_PLACES = _places(EPP_METRICS)
_read = promtext.reader([*(name.decode() for name in _PLACES), CACHE_CONFIG, KV_TOKENS])
_read_epp = promtext.reader(name.decode() for name in _EPP_PLACES)
_encode = msgspec.json.Encoder().encode
_floats: dict[bytes, float] = {}


class _Page:
    """One page being read."""

    def __init__(self, places: _Places) -> None:
        self._places = places
        self.values: dict[tuple[int, int], list[tuple[bytes, float]]] = {}
        self.buckets: dict[tuple[int, int], dict[bytes, float]] = {}
        self.sums: dict[tuple[int, int], float] = {}
        self.counts: dict[tuple[int, int], float] = {}
        self.bad = 0

    def take(self, sample: promtext.Sample) -> None:
        """Put one sample where it belongs."""
        name, labels, value = sample
        if value - value != 0.0:  # NaN or infinite, in one operation
            self.bad += 1
            return
        for row, rank, part in self._places[name]:
            key = (row, rank)
            if part == "bucket":
                le = promtext.bound(labels)
                if le is not None:
                    counts = self.buckets.setdefault(key, {})
                    counts[le] = counts.get(le, 0.0) + value
            elif part == "sum":
                self.sums[key] = self.sums.get(key, 0.0) + value
            elif part == "count":
                self.counts[key] = self.counts.get(key, 0.0) + value
            else:
                self.values.setdefault(key, []).append((labels, value))

    def series(self, row: int, metric: Metric) -> list[tuple[bytes, float]]:
        """All series of a row under the best of its names that has one with the right labels."""
        for rank in range(len(metric.names)):
            found = self.values.get((row, rank), [])
            if metric.labels:
                found = [item for item in found if _has(item[0], metric.labels)]
            if found:
                return found
        return []

    def number(self, row: int, metric: Metric) -> float | None:
        """The row's one number; None when the page has none."""
        values = [value for _, value in self.series(row, metric)]
        if not values:
            return None
        if metric.how == "max":
            return max(values)
        total = math.fsum(values)
        return total / len(values) if metric.how == "mean" else total

    def count(self, row: int, metric: Metric) -> int | None:
        """The row's number as a whole one."""
        value = self.number(row, metric)
        return None if value is None else self.whole(value)

    def whole(self, value: float) -> int | None:
        """A count; None (and bad) when it is none."""
        if not 0 <= value < COUNT_LIMIT:
            self.bad += 1
            return None
        return round(value)

    def histogram(
        self, row: int, metric: Metric, at: float, book: BoundsBook, events: list[Event]
    ) -> msgspec.Raw | None:
        """The row's histogram as a scrape carries it; new bounds go into `events`."""
        for rank in range(len(metric.names)):
            key = (row, rank)
            cumulative = self.buckets.get(key)
            if not cumulative:
                continue
            pairs = sorted((_float(le), count) for le, count in cumulative.items())
            if pairs[-1][0] != math.inf:
                if key not in self.counts:
                    return None
                pairs.append((math.inf, self.counts[key]))
            counts, below = [], 0
            for _, up_to in pairs:
                whole = self.whole(up_to)
                if whole is None or whole < below:
                    self.bad += whole is not None
                    return None
                counts.append(whole - below)
                below = whole
            number, is_new = book.id_of(tuple(le for le, _ in pairs[:-1]))
            if is_new:
                events.append(Bounds(at, id=number, le=tuple(le for le, _ in pairs[:-1])))
            total = self.sums.get(key, 0.0)
            return msgspec.Raw(_encode([number, round(total, 6), *counts]))
        return None


def _float(text: bytes) -> float:
    """A bound as a number; there are few, and they come again on every page."""
    try:
        return _floats[text]
    except KeyError:
        pass
    try:
        value = float(text)
    except ValueError:
        value = math.inf
    if len(_floats) < 4096:
        _floats[text] = value
    return value


def _has(labels: bytes, wanted: tuple[tuple[str, str], ...]) -> bool:
    return all(promtext.label(labels, k.encode()) == v.encode() for k, v in wanted)


_FIELDS = {metric.id: (row, metric) for row, metric in enumerate(METRICS)}
_COUNTS = tuple(
    item for item in _FIELDS.items()
    if item[1][1].kind != "histogram" and item[0] not in ("kv", "success")
)  # fmt: skip
_HISTOGRAMS = tuple(item for item in _FIELDS.items() if item[1][1].kind == "histogram")


def read_page(
    page: bytes, *, at: float, pod: str, took_ms: int, bounds: BoundsBook, port: int = 0
) -> list[Event]:
    """What a model server's page says: new Bounds, then its Engine, then one Scrape.

    Empty when the page has no engine's metrics. Counts are totals since the engine started;
    samples that are not finite are absent and counted in `bad`. Never raises.
    """
    read = _Page(_PLACES)
    config = b""
    kv_tokens: int | None = None
    engine = model = ""
    for sample in _read(page):
        if sample.name == b"vllm:cache_config_info":
            config = config or sample.labels
            continue
        if sample.name == b"sglang:max_total_num_tokens":
            kv_tokens = (kv_tokens or 0) + (read.whole(sample.value) or 0)
            continue
        read.take(sample)
        if not model and sample.labels:
            engine = sample.name.partition(b":")[0].decode()
            model = _model(sample.labels)
    present = {metric.id for row, metric in enumerate(METRICS)
               if metric.id in ENGINE_IDS and read.series(row, metric)}  # fmt: skip
    if not present and not read.bad:
        return []
    events: list[Event] = []
    fields: dict[str, object] = {name: read.count(*where) for name, where in _COUNTS}
    fields["kv"] = read.number(*_FIELDS["kv"])
    fields["success"] = _by_reason(read)
    for name, (row, metric) in _HISTOGRAMS:
        raw = read.histogram(row, metric, at, bounds, events)
        if raw is not None:
            fields[name] = raw
    if fields["prefix_hits"] is not None and fields["prefix_queries"] is None:
        fields["prefix_queries"] = fields["prompt_tokens"]  # SGLang: cached of prompt tokens
    events.append(
        Engine(
            at,
            pod=pod,
            engine=engine or "vllm",
            model=model,
            port=port,
            blocks=_int(promtext.label(config, b"num_gpu_blocks")),
            block_size=_int(promtext.label(config, b"block_size")),
            kv_tokens=kv_tokens,
        )
    )
    scrape = Scrape(at, pod=pod, took_ms=took_ms, bad=read.bad, **fields)  # type: ignore[arg-type]
    events.append(scrape)
    return events


def _by_reason(read: _Page) -> dict[str, int] | None:
    """Finished requests by reason; SGLang does not say why."""
    counts: dict[str, int] = {}
    for labels, value in read.series(*_FIELDS["success"]):
        whole = read.whole(value)
        if whole is None:
            continue
        reason = _text(promtext.label(labels, b"finished_reason")) or "finished"
        counts[reason] = counts.get(reason, 0) + whole
    # Reasons that never occurred say nothing, and would stand in every line.
    kept = {reason: count for reason, count in counts.items() if count}
    return kept if counts else None


def read_epp(page: bytes, *, at: float, pod: str, took_ms: int) -> list[Event]:
    """What an endpoint picker's page says: one Epp; empty when it is no such page. Never raises."""
    read = _Page(_EPP_PLACES)
    for sample in _read_epp(page):
        read.take(sample)
    fields: dict[str, object] = {
        metric.id: read.count(row, metric)
        if metric.id == "ready_pods"
        else read.number(row, metric)
        for row, metric in enumerate(EPP_METRICS)
    }
    if all(value is None for value in fields.values()):
        return []
    return [Epp(at, pod=pod, took_ms=took_ms, **fields)]  # type: ignore[arg-type]


def _model(labels: bytes) -> str:
    for name in MODEL_LABELS:
        found = promtext.label(labels, name)
        if found:
            return _text(found)
    return ""


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def _int(value: bytes | None) -> int | None:
    return int(value) if value is not None and value.isdigit() and len(value) < 16 else None
