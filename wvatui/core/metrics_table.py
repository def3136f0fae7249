"""METRICS and EPP_METRICS: one row a metric, with the names it has in each engine and release.

A metric that has another name elsewhere is another name in its row, best first. Adding a metric:
a field in `events.Scrape` (or `events.Epp`), a row here.

Sources: vLLM vllm/v1/metrics/loggers.py and vllm/engine/metrics.py (0.6 to 0.11), SGLang
python/sglang/srt/metrics/collector.py, llm-d-router pkg/epp/metrics/llm_d_router_metrics.go and
gateway-api-inference-extension pkg/epp/metrics/metrics.go.
"""

from typing import Literal, NamedTuple

Kind = Literal["gauge", "counter", "histogram"]
How = Literal["sum", "max", "mean"]


class Metric(NamedTuple):
    """One row. `id` is the field it fills; `how` several series of one page become one number.

    Counters and histograms are always summed. Times are seconds, ratios 0 to 1.
    """

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
           # SGLang's num_retracted_reqs is a gauge of one batch, no total.
           ("vllm:num_preemptions_total", "sglang:num_retracted_requests_total")),
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
    Metric("queue", "Requests held at the gateway", "requests", "gauge",
           ("llm_d_epp_flow_control_queue_size", "llm_d_router_epp_flow_control_queue_size",
            "inference_extension_flow_control_queue_size")),
    Metric("running", "Requests running behind the gateway", "requests", "gauge",
           ("llm_d_epp_request_running", "llm_d_epp_running_requests",
            "inference_objective_running_requests", "inference_model_running_requests")),
    Metric("saturation", "Pool saturation", "ratio", "gauge",
           ("llm_d_epp_flow_control_pool_saturation",
            "llm_d_router_epp_flow_control_pool_saturation",
            "inference_extension_flow_control_pool_saturation"), how="max"),
    Metric("ready_pods", "Ready pods of the pool", "pods", "gauge",
           ("llm_d_epp_ready_endpoints", "llm_d_router_epp_ready_endpoints",
            "llm_d_epp_ready_pods", "inference_pool_ready_pods")),
    Metric("kv", "Average KV cache use of the pool", "ratio", "gauge",
           ("llm_d_epp_average_kv_cache_utilization",
            "llm_d_router_epp_average_kv_cache_utilization",
            "inference_pool_average_kv_cache_utilization"), how="mean"),
    Metric("pods_waiting", "Average of requests waiting in a pod of the pool", "requests", "gauge",
           ("llm_d_epp_average_queue_size", "llm_d_router_epp_average_queue_size",
            "inference_pool_average_queue_size"), how="mean"),
)  # fmt: skip
"""Releases that rename write both names for a while; only the best one present is read."""

CACHE_CONFIG = "vllm:cache_config_info"
"""Its labels `num_gpu_blocks` and `block_size` are the KV cache of each engine."""
KV_TOKENS = "sglang:max_total_num_tokens"
MODEL_LABELS = (b"model_name", b"served_model_name")

ENGINE_IDS = frozenset({"kv", "running", "waiting"})
"""At least one of these makes a page the page of an engine that is up."""
