"""METRICS and EPP_METRICS: one row a metric, with the names it has in each engine and release.

A row lists all names of its metric, best first. To add a metric, add a field to `events.Scrape` (or
`events.Epp`) and a row here. Its charts, its line of a pod's page, its column of the table of
scrapes and its summary of old minutes are made from the row.

Sources: vLLM vllm/v1/metrics/loggers.py and vllm/engine/metrics.py (0.6 to 0.11), SGLang
python/sglang/srt/metrics/collector.py, llm-d-router pkg/epp/metrics/llm_d_router_metrics.go and
gateway-api-inference-extension pkg/epp/metrics/metrics.go.
"""

from typing import Literal, NamedTuple

MetricKind = Literal["gauge", "counter", "histogram"]
How = Literal["sum", "max", "mean"]


class Metric(NamedTuple):
    """One row. `id` is the field it fills: whole numbers where the field is an `int`.

    Counters and histograms of several engines are always summed. Times are seconds, ratios 0 to 1.
    """

    id: str
    title: str
    unit: str
    kind: MetricKind
    names: tuple[str, ...]
    shown: How = "sum"
    """How several engines (data parallel ranks) of one pod become the one number that is shown."""
    judged: How | None = None
    """How they become the number that a threshold is compared with; None: as shown."""
    labels: tuple[tuple[str, str], ...] = ()
    """Only series that carry these labels."""
    most: float | None = None
    """The highest value that it can have; higher ones are refused. None: unlimited."""
    by: str = ""
    """The label by whose values it is recorded separately; the field is then a mapping."""
    limit: str = ""
    """The field of `views.Thresholds` that it is judged by; empty: none."""
    chart: str | None = ""
    """The name of its chart in `charts.CHARTS`; empty: its id; None: it has no chart."""
    heading: str = ""
    """What its chart is called; empty: its title."""
    heat: bool = True
    """Whether the heat strip can show it, where it is a gauge."""

    @property
    def spellings(self) -> tuple[str, ...]:
        """`names` as pages write them, best first: Ray puts its own prefix before vLLM's names, and
        Ray, SGLang's gateway and others write `_` for `:`."""
        return tuple(spelled for name in self.names for spelled in spellings(name))

    @property
    def chart_name(self) -> str:
        """Its chart's name; empty when it has none."""
        return "" if self.chart is None else self.chart or self.id

    @property
    def called(self) -> str:
        """The title of its chart."""
        return self.heading or self.title

    @property
    def drawn(self) -> tuple[float, str]:
        """The factor and the unit with which a chart draws it: seconds as milliseconds."""
        if self.kind == "counter":
            return 1.0, f"{self.unit}/s"
        return (1000.0, "ms") if self.unit == "s" else (1.0, self.unit)


def spellings(name: str) -> tuple[str, ...]:
    """The names under which pages have a metric of vLLM or SGLang, its own first.

    Sources: Ray python/ray/_private/metrics_agent.py and vLLM vllm/v1/metrics/ray_wrappers.py;
    SGLang sgl-model-gateway, which passes on its workers' pages.
    """
    family, colon, rest = name.partition(":")
    if not colon:
        return (name,)
    if family == "vllm":
        return (name, f"ray_{name}", f"ray_{family}_{rest}")
    return (name, f"{family}_{rest}")


METRICS: tuple[Metric, ...] = (
    # WVA and the EPP look at the fullest engine of a pod (WVA v0.5 internal/collector/registration/
    # saturation.go: max by (pod) of both).
    Metric(
        "kv",
        "KV cache use",
        "ratio",
        "gauge",
        ("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc", "sglang:token_usage"),
        shown="max",
        limit="kv",
        heading="KV cache",
        most=1.0,
    ),
    Metric(
        "running",
        "Running requests",
        "requests",
        "gauge",
        ("vllm:num_requests_running", "sglang:num_running_reqs", "sglang:num_requests_running"),
    ),
    Metric(
        "waiting",
        "Waiting requests",
        "requests",
        "gauge",
        ("vllm:num_requests_waiting", "sglang:num_queue_reqs", "sglang:num_requests_waiting"),
        judged="max",
        limit="queue",
    ),
    Metric(
        "waiting_capacity",
        "Waiting for capacity",
        "requests",
        "gauge",
        ("vllm:num_requests_waiting_by_reason",),
        labels=(("reason", "capacity"),),
        heat=False,
    ),
    Metric(
        "waiting_deferred",
        "Waiting, deferred",
        "requests",
        "gauge",
        ("vllm:num_requests_waiting_by_reason",),
        labels=(("reason", "deferred"),),
        heat=False,
    ),
    Metric(
        "preemptions",
        "Preemptions",
        "requests",
        "counter",
        # SGLang's num_retracted_reqs is a gauge of one batch, no total.
        ("vllm:num_preemptions_total", "sglang:num_retracted_requests_total"),
    ),
    Metric(
        "prompt_tokens",
        "Prompt tokens",
        "tokens",
        "counter",
        ("vllm:prompt_tokens_total", "sglang:prompt_tokens_total"),
    ),
    Metric(
        "generation_tokens",
        "Generation tokens",
        "tokens",
        "counter",
        ("vllm:generation_tokens_total", "sglang:generation_tokens_total"),
        chart="tokens",
        heading="Generated tokens",
    ),
    Metric(
        "success",
        "Finished requests by reason",
        "requests",
        "counter",
        ("vllm:request_success_total", "sglang:num_requests_total"),
        by="finished_reason",
        chart="requests",
        heading="Finished requests",
    ),
    Metric(
        "prefix_hits",
        "Prefix cache hits",
        "tokens",
        "counter",
        (
            "vllm:prefix_cache_hits_total",
            "vllm:gpu_prefix_cache_hits_total",
            "sglang:cached_tokens_total",
        ),
    ),
    Metric(
        "prefix_queries",
        "Prefix cache queries",
        "tokens",
        "counter",
        ("vllm:prefix_cache_queries_total", "vllm:gpu_prefix_cache_queries_total"),
    ),
    Metric(
        "ttft",
        "Time to first token",
        "s",
        "histogram",
        ("vllm:time_to_first_token_seconds", "sglang:time_to_first_token_seconds"),
    ),
    Metric(
        "itl",
        "Inter-token latency",
        "s",
        "histogram",
        (
            "vllm:inter_token_latency_seconds",
            "vllm:time_per_output_token_seconds",
            "sglang:inter_token_latency_seconds",
            "sglang:time_per_output_token_seconds",
        ),
        heading="Time between tokens",
    ),
    Metric(
        "e2e",
        "Request latency",
        "s",
        "histogram",
        ("vllm:e2e_request_latency_seconds", "sglang:e2e_request_latency_seconds"),
        heading="End-to-end request latency",
    ),
)

EPP_METRICS: tuple[Metric, ...] = (
    Metric(
        "queue",
        "Requests held at the gateway",
        "requests",
        "gauge",
        (
            "llm_d_epp_flow_control_queue_size",
            "llm_d_router_epp_flow_control_queue_size",
            "inference_extension_flow_control_queue_size",
        ),
    ),
    Metric(
        "running",
        "Requests running behind the gateway",
        "requests",
        "gauge",
        (
            "llm_d_epp_request_running",
            "llm_d_epp_running_requests",
            "inference_objective_running_requests",
            "inference_model_running_requests",
        ),
    ),
    Metric(
        "saturation",
        "Pool saturation",
        "ratio",
        "gauge",
        (
            "llm_d_epp_flow_control_pool_saturation",
            "llm_d_router_epp_flow_control_pool_saturation",
            "inference_extension_flow_control_pool_saturation",
        ),
        shown="max",
    ),
    Metric(
        "ready_pods",
        "Ready pods of the pool",
        "pods",
        "gauge",
        (
            "llm_d_epp_ready_endpoints",
            "llm_d_router_epp_ready_endpoints",
            "llm_d_epp_ready_pods",
            "inference_pool_ready_pods",
        ),
    ),
    Metric(
        "kv",
        "Average KV cache use of the pool",
        "ratio",
        "gauge",
        (
            "llm_d_epp_average_kv_cache_utilization",
            "llm_d_router_epp_average_kv_cache_utilization",
            "inference_pool_average_kv_cache_utilization",
        ),
        shown="mean",
        most=1.0,
    ),
    Metric(
        "pods_waiting",
        "Average of requests waiting in a pod of the pool",
        "requests",
        "gauge",
        (
            "llm_d_epp_average_queue_size",
            "llm_d_router_epp_average_queue_size",
            "inference_pool_average_queue_size",
        ),
        shown="mean",
    ),
    Metric(
        "inflight_tokens",
        "Tokens in flight behind the gateway",
        "tokens",
        "gauge",
        ("llm_d_epp_inflight_tokens", "llm_d_router_epp_inflight_tokens"),
        labels=(("producer_name", "inflight-load-producer"),),
        by="endpoint_name",
    ),
)
"""Releases that rename write both names for a while; only the best one present is read."""

CACHE_CONFIG = spellings("vllm:cache_config_info")
"""Its labels `num_gpu_blocks`, `block_size` and, of hybrid models too, `kv_cache_size_tokens` are
the KV cache of each engine."""
KV_TOKENS = spellings("sglang:max_total_num_tokens")
LORA_INFO = spellings("vllm:lora_requests_info")
"""Its labels name the adapters; its value is the time they were read: the newest series counts."""
MODEL_LABELS = (b"model_name", b"served_model_name", b"name")
ENGINE_LABELS = (b"engine", b"dp_rank", b"worker_addr", b"WorkerId")
"""Labels that tell a page's engines apart: data-parallel ranks, workers of a gateway or of Ray."""

ENGINE_IDS = ("kv", "running", "waiting")
"""At least one of these makes a page the page of an engine that is up."""

BY_ID = {metric.id: metric for metric in METRICS}
