"""An engine's state as the Prometheus page that vLLM or SGLang writes.

vLLM's names, help texts and order come from a page of its 2026 releases; with `legacy` from
vllm/v1/metrics/loggers.py of 0.10. Metrics of connectors and of the web framework (nixl_*, http_*)
are left out.

SGLang's names and help texts come from python/sglang/srt/metrics/collector.py of 0.5, with
--enable-metrics and --collect-tokens-histogram. It runs in several processes, so its page has no
creation times and no process metrics.
"""

from collections.abc import Iterable, Iterator

from wvatui.engine.engine import EngineModel
from wvatui.engine.engine_stats import EngineHistogram, EngineStats
from wvatui.sim.pods.exposition import counter, gauge, head, histogram, number


def sglang_page(engine: EngineModel, model: str, *, started_at: float, role: str = "both") -> bytes:
    """The page of SGLang; `started_at` is not used by it."""
    kind = "unified" if role == "both" else role
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
    decoding = sum(sequence.is_decoding for sequence in engine.running)
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
    """Queues that only disaggregated servers have; they are empty, as a cache moves at once
    here."""
    for stage in {"prefill": ("prealloc", "inflight"), "decode": ("prealloc", "transfer")}.get(
        role, ()
    ):
        text = f"The number of requests in the {role} {stage} queue."
        yield f"num_{role}_{stage}_queue_reqs", text, 0


def _counter(name: str, text: str, labels: str, value: float) -> Iterator[str]:
    yield from head(f"{name}_total", text, "counter")
    yield f"{name}_total{{{labels}}} {number(float(value))}"


_WAITING_BY_REASON = (
    "Number of waiting requests by reason. Reason labels: 'capacity' = waiting for scheduling "
    "capacity; 'deferred' = deferred by transient constraints (LoRA budget, KV transfer, blocked "
    "status). Sum of all reasons equals vllm:num_requests_waiting."
)
_SLEEP = (
    "Engine sleep state; awake = 0 means engine is sleeping; awake = 1 means engine is awake; "
    "weights_offloaded = 1 means sleep level 1; discard_all = 1 means sleep level 2."
)
_EXTERNAL = "External prefix cache {} from KV connector cross-instance cache sharing"
_UNUSED = (
    ("mm_cache_queries", "Multi-modal cache queries, in terms of number of queried items."),
    ("mm_cache_hits", "Multi-modal cache hits, in terms of number of cached items."),
)
"""Metrics that every server has and the simulated one never counts, as it has no images."""


def page(engine: EngineModel, model: str, *, started_at: float, legacy: bool = False) -> bytes:
    """The page of a vLLM of 2026; with `legacy` that of 0.10, which calls the inter-token latency
    time_per_output_token and has the cache's older names as well."""
    labels = f'engine="0",model_name="{model}"'
    lines = [*_python(started_at, engine.now - started_at)]
    lines += _state(engine, labels, started_at, legacy=legacy)
    lines += _counters(engine.stats, labels, started_at, legacy=legacy)
    for name, text, observed in _histograms(engine.stats, legacy=legacy):
        lines += histogram(f"vllm:{name}", text, labels, observed, started_at)
    lines += _cache_config(engine, legacy=legacy)
    return ("\n".join(lines) + "\n").encode()


def _python(started_at: float, up_s: float) -> Iterator[str]:
    up_s = max(0.0, up_s)
    for name, text, a_second in (
        ("objects_collected_total", "Objects collected during gc", (31.0, 5.8, 1.0)),
        ("objects_uncollectable_total", "Uncollectable objects found during GC", (0.0, 0.0, 0.0)),
        ("collections_total", "Number of times this generation was collected", (3.9, 0.36, 0.02)),
    ):
        yield from head(f"python_gc_{name}", text, "counter")
        for generation, rate in enumerate(a_second):
            count = number(float(int(up_s * rate)))
            yield f'python_gc_{name}{{generation="{generation}"}} {count}'
    python = 'implementation="CPython",major="3",minor="12",patchlevel="13",version="3.12.13"'
    yield from gauge("python_info", "Python platform information", [(python, 1.0)])
    for name, kind, text, value in (
        ("virtual_memory_bytes", "gauge", "Virtual memory size in bytes.", 45_298_757_632.0),
        ("resident_memory_bytes", "gauge", "Resident memory size in bytes.", 1_685_274_624.0),
        (
            "start_time_seconds",
            "gauge",
            "Start time of the process since unix epoch in seconds.",
            started_at,
        ),
        (
            "cpu_seconds_total",
            "counter",
            "Total user and system CPU time spent in seconds.",
            round(20.0 + up_s * 0.7, 2),
        ),
        ("open_fds", "gauge", "Number of open file descriptors.", 101.0),
        ("max_fds", "gauge", "Maximum number of open file descriptors.", 1_048_576.0),
    ):
        yield from head(f"process_{name}", text, kind)
        yield f"process_{name} {number(value)}"


def _state(engine: EngineModel, labels: str, created: float, *, legacy: bool) -> Iterator[str]:
    def one(name: str, text: str, value: float) -> Iterator[str]:
        return gauge(f"vllm:{name}", text, [(labels, value)])

    waiting = len(engine.waiting)
    text = "Number of requests in model execution batches."
    yield from one("num_requests_running", text, len(engine.running))
    yield from one("num_requests_waiting", "Number of requests waiting to be processed.", waiting)
    usage = "KV-cache usage. 1 means 100 percent usage."
    if legacy:
        old = f"GPU {usage}DEPRECATED: Use vllm:kv_cache_usage_perc instead."
        yield from one("gpu_cache_usage_perc", old, engine.cache.ratio)
        for name, what, value in (
            ("queries", "number of queriedtokens", engine.stats.prefix_queries),
            ("hits", "number of cached tokens", engine.stats.prefix_hits),
        ):
            old = f"GPU prefix cache {name}, in terms of {what}. DEPRECATED: "
            old += f"Use vllm:prefix_cache_{name} instead."
            yield from counter(f"vllm:gpu_prefix_cache_{name}", old, [(labels, value)], created)
    else:
        reasons = [("capacity", waiting), ("deferred", 0)]
        series = [(f'{labels},reason="{why}"', count) for why, count in reasons]
        yield from gauge("vllm:num_requests_waiting_by_reason", _WAITING_BY_REASON, series)
        states = [("awake", 1), ("weights_offloaded", 0), ("discard_all", 0)]
        series = [(f'{labels},sleep_state="{name}"', on) for name, on in states]
        yield from gauge("vllm:engine_sleep_state", _SLEEP, series)
    yield from one("kv_cache_usage_perc", usage, engine.cache.ratio)


def _counters(stats: EngineStats, labels: str, created: float, *, legacy: bool) -> Iterator[str]:
    def one(name: str, text: str, value: float) -> Iterable[str]:
        return counter(f"vllm:{name}", text, [(labels, value)], created)

    def many(name: str, text: str, series: Iterable[tuple[str, float]]) -> Iterable[str]:
        return counter(f"vllm:{name}", text, series, created)

    def cache(name: str, text: str, queries: float, hits: float) -> Iterator[str]:
        for word, kind, value in (("queries", "queried", queries), ("hits", "cached", hits)):
            of = f"{text.format(word)}, in terms of number of {kind} tokens."
            yield from one(f"{name}_{word}", of, value)

    yield from cache("prefix_cache", "Prefix cache {}", stats.prefix_queries, stats.prefix_hits)
    if not legacy:
        received = stats.external_queries, stats.external_hits
        yield from cache("external_prefix_cache", _EXTERNAL, *received)
        for name, text in _UNUSED:
            yield from one(name, text, 0)
    text = "Cumulative number of preemption from the engine."
    yield from one("num_preemptions", text, stats.preemptions)
    yield from one("prompt_tokens", "Number of prefill tokens processed.", stats.prompt_tokens)
    if not legacy:
        sources = (
            ("local_compute", stats.prompt_tokens - stats.cached_tokens),
            ("local_cache_hit", stats.cached_tokens),
            ("external_kv_transfer", 0),
        )
        series = [(f'{labels},source="{name}"', count) for name, count in sources]
        yield from many("prompt_tokens_by_source", "Number of prompt tokens by source.", series)
        text = "Number of cached prompt tokens (local + external)."
        yield from one("prompt_tokens_cached", text, stats.cached_tokens)
    text = "Number of generation tokens processed."
    yield from one("generation_tokens", text, stats.generation_tokens)
    finished = stats.finished if legacy else {**stats.finished, "error": 0, "repetition": 0}
    engine, model = labels.split(",", 1)
    series = [(f'{engine},finished_reason="{why}",{model}', n) for why, n in finished.items()]
    yield from many("request_success", "Count of successfully processed requests.", series)


PageRow = tuple[str, str, EngineHistogram]


def _lengths(stats: EngineStats) -> Iterator[PageRow]:
    yield "request_prompt_tokens", "Number of prefill tokens processed.", stats.prompts
    yield "request_generation_tokens", "Number of generation tokens processed.", stats.outputs
    for name, what, observed in (
        ("iteration_tokens_total", "number of tokens per engine_step", stats.iteration),
        (
            "request_max_num_generation_tokens",
            "maximum number of requested generation tokens",
            stats.most,
        ),
        ("request_params_n", "the n request parameter", stats.choices),
        ("request_params_max_tokens", "the max_tokens request parameter", stats.allowed),
        ("time_to_first_token_seconds", "time to first token in seconds", stats.ttft),
    ):
        yield name, f"Histogram of {what}.", observed


def _phases(stats: EngineStats) -> Iterator[PageRow]:
    yield "e2e_request_latency_seconds", "Histogram of e2e request latency in seconds.", stats.e2e
    for name, phase, observed in (
        ("queue", "WAITING", stats.queued),
        ("inference", "RUNNING", stats.inference),
        ("prefill", "PREFILL", stats.prefill),
        ("decode", "DECODE", stats.decode),
    ):
        text = f"Histogram of time spent in {phase} phase for request."
        yield f"request_{name}_time_seconds", text, observed


def _histograms(stats: EngineStats, *, legacy: bool) -> Iterator[PageRow]:
    yield from _lengths(stats)
    if legacy:
        text = "Histogram of time per output token in seconds."
        yield "time_per_output_token_seconds", text, stats.itl
        text = "Time spent per token during prefill  phase in seconds"
        yield "time_per_prefill_token_request_seconds", text, stats.prefill_token_time
    else:
        text = "Histogram of inter-token latency in seconds."
        yield "inter_token_latency_seconds", text, stats.itl
        text = "Histogram of time_per_output_token_seconds per request."
        yield "request_time_per_output_token_seconds", text, stats.token_time
    yield from _phases(stats)
    if not legacy:
        text = "Histogram of new KV tokens computed during prefill (excluding cached tokens)."
        yield "request_prefill_kv_computed_tokens", text, stats.computed


_CACHE_CONFIG = {
    "cache_dtype": "auto",
    "calculate_kv_scales": "False",
    "enable_prefix_caching": "True",
    "engine": "0",
    "gpu_memory_utilization": "0.9",
    "is_attention_free": "False",
    "kv_cache_memory_bytes": "None",
    "kv_sharing_fast_prefill": "False",
    "mamba_cache_dtype": "auto",
    "mamba_ssm_cache_dtype": "auto",
    "num_cpu_blocks": "None",
    "num_gpu_blocks_override": "None",
    "prefix_caching_hash_algo": "sha256",
    "sliding_window": "None",
}
_CACHE_CONFIG_SINCE = {
    "_block_size_resolved": "True",
    "hash_block_size": "None",
    "kv_cache_dtype_skip_layers": "[]",
    "kv_offloading_backend": "native",
    "kv_offloading_size": "None",
    "mamba_block_size": "None",
    "mamba_cache_mode": "none",
    "mamba_page_size_padded": "None",
    "user_specified_block_size": "True",
    "user_specified_mamba_block_size": "False",
}


def _cache_config(engine: EngineModel, *, legacy: bool) -> Iterator[str]:
    cache = engine.cache
    config = _CACHE_CONFIG | ({} if legacy else _CACHE_CONFIG_SINCE)
    config |= {"block_size": str(cache.block_size), "num_gpu_blocks": str(cache.blocks)}
    labels = ",".join(f'{name}="{value}"' for name, value in sorted(config.items()))
    yield from gauge(
        "vllm:cache_config_info", "Information of the LLMEngine CacheConfig", [(labels, 1.0)]
    )
