"""An engine's state as the Prometheus page that SGLang writes.

Names and texts: SGLang 0.5 python/sglang/srt/metrics/collector.py, with --enable-metrics and
--collect-tokens-histogram. It runs in several processes, so its page has no times of creation
and nothing of a process.
"""

from collections.abc import Iterator

from wvatui.engine.engine import EngineModel
from wvatui.sim.pods.exposition import gauge, head, histogram, number

_MODES = {"prefill": "prefill", "decode": "decode"}


def sglang_page(engine: EngineModel, model: str, *, started_at: float, role: str = "both") -> bytes:
    """The page; `started_at` is in no line of it."""
    kind = _MODES.get(role, "unified")
    labels = f'engine_type="{kind}",model_name="{model}",pp_rank="0",tp_rank="0"'
    plain = f'model_name="{model}"'
    lines = [*_scheduler(engine, labels, role)]
    stats = engine.stats
    finished = sum(stats.finished.values())
    for name, text, value in (
        ("prompt_tokens", "Number of prefill tokens processed.", stats.prompt_tokens),
        ("generation_tokens", "Number of generation tokens processed.", stats.generation_tokens),
        ("cached_tokens", "Number of cached prompt tokens.", stats.cached_tokens),
        ("num_requests", "Number of requests processed.", finished),
    ):
        lines += _counter(f"sglang:{name}", text, plain, value)
    for name, text, observed in (
        ("prompt_tokens_histogram", "Histogram of prompt token length.", stats.prompts),
        ("generation_tokens_histogram", "Histogram of generation token length.", stats.outputs),
        ("time_to_first_token_seconds", "Histogram of time to first token in seconds.", stats.ttft),
        ("inter_token_latency_seconds", "Histogram of inter-token latency in seconds.", stats.itl),
        (
            "e2e_request_latency_seconds",
            "Histogram of End-to-end request latency in seconds",
            stats.e2e,
        ),
    ):
        lines += histogram(f"sglang:{name}", text, plain, observed)
    return ("\n".join(lines) + "\n").encode()


def _scheduler(engine: EngineModel, labels: str, role: str) -> Iterator[str]:
    cache, stats = engine.cache, engine.stats
    size = cache.block_size
    hits = stats.prefix_hits / stats.prefix_queries if stats.prefix_queries else 0.0
    decoding = sum(one.is_decoding for one in engine.running)
    took_s = engine.profile.step_s + engine.profile.seq_s * decoding
    for name, text, value in (
        ("num_running_reqs", "The number of running requests.", len(engine.running)),
        ("num_used_tokens", "The number of used tokens.", cache.used * size),
        ("token_usage", "The token usage.", round(cache.ratio, 2)),
        ("gen_throughput", "The generation throughput (token/s).", round(decoding / took_s, 2)),
        ("num_queue_reqs", "The number of requests in the waiting queue.", len(engine.waiting)),
        ("num_grammar_queue_reqs", "The number of requests in the grammar waiting queue.", 0),
        ("cache_hit_rate", "The prefix cache hit rate.", round(hits, 4)),
        ("num_retracted_reqs", "The number of retracted requests.", 0),
        (
            "max_total_num_tokens",
            "Maximum total number of tokens in the KV cache pool.",
            cache.blocks * size,
        ),
        *_queues(role),
    ):
        yield from gauge(f"sglang:{name}", text, [(labels, float(value))])


def _queues(role: str) -> Iterator[tuple[str, str, float]]:
    """Queues that only disaggregated servers have; here a cache moves at once."""
    if role == "prefill":
        yield (
            "num_prefill_prealloc_queue_reqs",
            "The number of requests in the prefill prealloc queue.",
            0,
        )
        yield (
            "num_prefill_inflight_queue_reqs",
            "The number of requests in the prefill inflight queue.",
            0,
        )
    elif role == "decode":
        yield (
            "num_decode_prealloc_queue_reqs",
            "The number of requests in the decode prealloc queue.",
            0,
        )
        yield (
            "num_decode_transfer_queue_reqs",
            "The number of requests in the decode transfer queue.",
            0,
        )


def _counter(name: str, text: str, labels: str, value: float) -> Iterator[str]:
    yield from head(f"{name}_total", text, "counter")
    yield f"{name}_total{{{labels}}} {number(float(value))}"
