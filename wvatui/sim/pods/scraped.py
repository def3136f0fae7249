"""What the simulated Prometheus keeps of a page of a model server or of an endpoint picker."""

import math
import re
from dataclasses import dataclass, field

_SAMPLE = re.compile(r"^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)")
_LABEL = re.compile(r'([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"')

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


def read_queue(text: str, model: str) -> list[QueuedFlow]:
    """Series of an endpoint picker's flow control queue that belong to `model`.

    By `target_model_name`, or by `model_name` where that is empty (WVA HEAD
    internal/engines/scalefromzero/engine.go).
    """
    found = []
    for line in text.splitlines():
        match = _SAMPLE.match(line) if line.startswith(_QUEUED) else None
        waiting = _number(match[3]) if match is not None else None
        if match is None or match[1] != _QUEUED or waiting is None:
            continue
        labels = dict(_LABEL.findall(match[2] or ""))
        if (labels.get("target_model_name") or labels.get("model_name")) == model:
            found.append(QueuedFlow(labels, waiting))
    return found


def read_page(at: float, text: str) -> Scraped:
    """The wanted samples of a Prometheus text page; a value that is not finite is left out."""
    values: dict[str, float] = {}
    attempts: dict[str, float] = {}
    blocks = block_size = 0
    model = ""
    for line in text.splitlines():
        if not line.startswith(("vllm:", "sglang:", _ATTEMPTS)):
            continue
        found = _SAMPLE.match(line)
        if found is None:
            continue
        number = _number(found[3])
        if found[1] == _CACHE:
            labels = dict(_LABEL.findall(found[2] or ""))
            blocks = _whole(labels.get("num_gpu_blocks", ""))
            block_size = _whole(labels.get("block_size", ""))
        elif found[1] == _ATTEMPTS:
            labels = dict(_LABEL.findall(found[2] or ""))
            if number is not None and labels.get("status") == "success":
                pod = labels.get("pod") or labels.get("pod_name", "")
                attempts[pod] = attempts.get(pod, 0.0) + number
        elif found[1] in _SUMMED and number is not None:
            name = _SUMMED[found[1]]
            values[name] = values.get(name, 0.0) + number
            if not model and found[2]:
                model = dict(_LABEL.findall(found[2])).get("model_name", "")
    # Releases in between write both names: it is one value, not two to be summed.
    old = values.pop("old_kv_ratio", None)
    if old is not None:
        values.setdefault("kv_ratio", old)
    return Scraped(at, values, blocks, block_size, model, attempts)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _whole(text: str) -> int:
    number = _number(text)
    return int(number) if number is not None else 0
