"""An engine's state as the Prometheus page that vLLM writes."""

from collections.abc import Iterable, Iterator

from wvatui.sim.engine import Engine, Histogram

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def page(engine: Engine, model: str, *, started_at: float, legacy: bool = False) -> bytes:
    """The page of vLLM 0.11; with `legacy` of 0.8, which names the inter-token latency
    time_per_output_token and the cache gpu_cache_usage_perc as well."""
    labels = f'engine="0",model_name="{model}"'
    lines = [*_process(engine, started_at)]
    lines += _gauge("vllm:num_requests_running", "Number of requests in model execution batches.",
                    labels, len(engine.running))  # fmt: skip
    lines += _gauge("vllm:num_requests_waiting", "Number of requests waiting to be processed.",
                    labels, len(engine.waiting))  # fmt: skip
    if not legacy:
        lines += _by_reason(engine, labels)
    lines += _gauge("vllm:kv_cache_usage_perc", "KV-cache usage. 1 means 100 percent usage.",
                    labels, engine.cache.ratio)  # fmt: skip
    if legacy:
        lines += _gauge("vllm:gpu_cache_usage_perc", "GPU KV-cache usage (deprecated).",
                        labels, engine.cache.ratio)  # fmt: skip
    for name, text, value in (
        ("prefix_cache_queries", "Prefix cache queries, in terms of number of queried tokens.",
         engine.prefix_queries),
        ("prefix_cache_hits", "Prefix cache hits, in terms of number of cached tokens.",
         engine.prefix_hits),
        ("num_preemptions", "Cumulative number of preemption from the engine.", engine.preemptions),
        ("prompt_tokens", "Number of prefill tokens processed.", engine.prompt_tokens),
        ("generation_tokens", "Number of generation tokens processed.", engine.generation_tokens),
    ):  # fmt: skip
        lines += _counter(f"vllm:{name}", text, [(labels, value)], started_at)
    reasons = [
        (f'engine="0",finished_reason="{reason}",model_name="{model}"', count)
        for reason, count in engine.finished.items()
    ]
    lines += _counter("vllm:request_success", "Count of successfully processed requests.",
                      reasons, started_at)  # fmt: skip
    itl = "time_per_output_token_seconds" if legacy else "inter_token_latency_seconds"
    for name, text, histogram in (
        ("request_prompt_tokens", "Number of prefill tokens processed.", engine.prompts),
        ("request_generation_tokens", "Number of generation tokens processed.", engine.outputs),
        ("time_to_first_token_seconds", "Histogram of time to first token in seconds.",
         engine.ttft),
        (itl, "Histogram of inter-token latency in seconds.", engine.itl),
        ("e2e_request_latency_seconds", "Histogram of e2e request latency in seconds.",
         engine.e2e),
    ):  # fmt: skip
        lines += _histogram(f"vllm:{name}", text, model, histogram, started_at)
    lines += _cache_config(engine)
    return ("\n".join(lines) + "\n").encode()


def empty_page(started_at: float, now: float) -> bytes:
    """What the server gives before its engine is up: the process, and nothing of a model."""
    return ("\n".join(_python(started_at, now - started_at)) + "\n").encode()


def _process(engine: Engine, started_at: float) -> Iterator[str]:
    yield from _python(started_at, engine.now - started_at)


def _python(started_at: float, up_s: float) -> Iterator[str]:
    yield "# HELP python_info Python platform information"
    yield "# TYPE python_info gauge"
    python = 'implementation="CPython",major="3",minor="12",patchlevel="11",version="3.12.11"'
    yield f"python_info{{{python}}} 1.0"
    yield "# HELP process_start_time_seconds Start time of the process since unix epoch in seconds."
    yield "# TYPE process_start_time_seconds gauge"
    yield f"process_start_time_seconds {number(started_at)}"
    yield "# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds."
    yield "# TYPE process_cpu_seconds_total counter"
    yield f"process_cpu_seconds_total {number(round(20.0 + max(0.0, up_s) * 0.7, 2))}"


def _gauge(name: str, text: str, labels: str, value: float) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} gauge"
    yield f"{name}{{{labels}}} {number(value)}"


def _by_reason(engine: Engine, labels: str) -> Iterator[str]:
    name = "vllm:num_requests_waiting_by_reason"
    yield f"# HELP {name} Number of waiting requests by the reason they wait for."
    yield f"# TYPE {name} gauge"
    yield f'{name}{{{labels},reason="capacity"}} {number(len(engine.waiting))}'
    yield f'{name}{{{labels},reason="deferred"}} 0.0'


def _counter(
    name: str, text: str, series: Iterable[tuple[str, float]], created: float
) -> Iterator[str]:
    series = list(series)
    yield f"# HELP {name}_total {text}"
    yield f"# TYPE {name}_total counter"
    for labels, value in series:
        yield f"{name}_total{{{labels}}} {number(value)}"
    yield f"# HELP {name}_created {text}"
    yield f"# TYPE {name}_created gauge"
    for labels, _ in series:
        yield f"{name}_created{{{labels}}} {number(created)}"


def _histogram(
    name: str, text: str, model: str, histogram: Histogram, created: float
) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} histogram"
    total = 0
    for bound, count in zip(
        (*map(number, histogram.bounds), "+Inf"), histogram.counts, strict=True
    ):
        total += count
        yield f'{name}_bucket{{engine="0",le="{bound}",model_name="{model}"}} {number(total)}'
    labels = f'engine="0",model_name="{model}"'
    yield f"{name}_count{{{labels}}} {number(total)}"
    yield f"{name}_sum{{{labels}}} {number(histogram.total)}"
    yield f"# HELP {name}_created {text}"
    yield f"# TYPE {name}_created gauge"
    yield f"{name}_created{{{labels}}} {number(created)}"


def _cache_config(engine: Engine) -> Iterator[str]:
    cache = engine.cache
    yield "# HELP vllm:cache_config_info Information of the LLMEngine CacheConfig"
    yield "# TYPE vllm:cache_config_info gauge"
    yield (
        f'vllm:cache_config_info{{block_size="{cache.block_size}",cache_dtype="auto",'
        f'enable_prefix_caching="True",engine="0",gpu_memory_utilization="0.9",'
        f'num_cpu_blocks="None",num_gpu_blocks="{cache.blocks}",sliding_window="None"}} 1.0'
    )


def number(value: float) -> str:
    """As prometheus_client's floatToGoString: always with a point or an exponent."""
    text = repr(float(value))
    dot = text.find(".")
    if value > 0 and dot > 6 and "e" not in text:
        mantissa = f"{text[0]}.{text[1:dot]}{text[dot + 1 :]}".rstrip("0.")
        return f"{mantissa}e+0{dot - 1}"
    return text
