"""Counters and histograms of an engine's requests, with the bucket bounds of vLLM's histograms.

Source: vLLM 0.11 vllm/v1/metrics/loggers.py; SGLang 0.5 sglang/srt/metrics/collector.py.
"""

from bisect import bisect_left
from dataclasses import dataclass, field


def _bounds(text: str) -> tuple[float, ...]:
    return tuple(float(bound) for bound in text.split())


TTFT_BOUNDS = _bounds(
    "0.001 0.005 0.01 0.02 0.04 0.06 0.08 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 20 40 80 160 640 2560"
)
ITL_BOUNDS = _bounds("0.01 0.025 0.05 0.075 0.1 0.15 0.2 0.3 0.4 0.5 0.75 1 2.5 5 7.5 10 20 40 80")
E2E_BOUNDS = _bounds("0.3 0.5 0.8 1 1.5 2 2.5 5 10 15 20 30 40 50 60 120 240 480 960 1920 7680")
SGLANG_BOUNDS = _bounds("0.1 0.2 0.4 0.6 0.8 1 2 4 6 8 10 20 40 60 80 100 200 400")
SGLANG_ITL_BOUNDS = _bounds(
    "0.002 0.004 0.006 0.008 0.01 0.015 0.02 0.025 0.03 0.035 0.04 0.06 0.08 0.1 0.2 0.4 0.6 "
    "0.8 1 2 4 6 8"
)
PREFILL_TOKEN_BOUNDS = _bounds("0.001 0.002 0.005 0.01 0.02 0.05 0.1 0.2 0.5 1")
ITERATION_BOUNDS = (1.0, *(float(2**power) for power in range(3, 15)))
CHOICES_BOUNDS = _bounds("1 2 5 10 20")


def token_bounds(longest: int) -> tuple[float, ...]:
    """1, 2, 5, 10, … up to `longest` tokens (`build_1_2_5_buckets`)."""
    steps = (step * 10**power for power in range(len(str(longest))) for step in (1, 2, 5))
    return tuple(float(step) for step in steps if step <= longest)


@dataclass(slots=True)
class EngineHistogram:
    """Observations by bucket, as prometheus_client counts them (not cumulative)."""

    bounds: tuple[float, ...]
    counts: list[int] = field(init=False)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def observe(self, value: float, times: int = 1) -> None:
        """Count `value` `times` times."""
        self.counts[bisect_left(self.bounds, value)] += times
        self.total += value * times


class EngineStats:
    """Counters and histograms since the engine started. Times in seconds."""

    def __init__(self, max_model_len: int, *, sglang: bool = False) -> None:
        """`max_model_len`: most tokens of a request, which bounds the token histograms; `sglang`:
        use the latency buckets of SGLang."""
        self.preemptions = 0
        self.prompt_tokens = 0
        self.cached_tokens = 0
        """Prompt tokens found in the prefix cache."""
        self.generation_tokens = 0
        self.prefix_queries = 0
        self.prefix_hits = 0
        self.external_queries = 0
        self.external_hits = 0
        """Prompt tokens looked up in, and received from, other pods."""
        self.finished = {"stop": 0, "length": 0, "abort": 0}
        self.ttft = EngineHistogram(SGLANG_BOUNDS if sglang else TTFT_BOUNDS)
        self.itl = EngineHistogram(SGLANG_ITL_BOUNDS if sglang else ITL_BOUNDS)
        self.e2e = EngineHistogram(
            (*SGLANG_BOUNDS, 600.0, 1200.0, 1800.0, 2400.0) if sglang else E2E_BOUNDS
        )
        self.queued = EngineHistogram(E2E_BOUNDS)
        self.inference = EngineHistogram(E2E_BOUNDS)
        self.prefill = EngineHistogram(E2E_BOUNDS)
        self.decode = EngineHistogram(E2E_BOUNDS)
        self.token_time = EngineHistogram(ITL_BOUNDS)
        """Mean time per output token of a request, seconds."""
        self.prefill_token_time = EngineHistogram(PREFILL_TOKEN_BOUNDS)
        """Mean time per prompt token of a request, seconds."""
        self.iteration = EngineHistogram(ITERATION_BOUNDS)
        """Tokens of one step."""
        self.choices = EngineHistogram(CHOICES_BOUNDS)
        """The request parameter n."""
        tokens = token_bounds(max_model_len)
        self.prompts = EngineHistogram(tokens)
        self.computed = EngineHistogram(tokens)
        """Prompt tokens not found in the prefix cache."""
        self.outputs = EngineHistogram(tokens)
        self.most = EngineHistogram(tokens)
        """The longest answer of a request; here each request has one."""
        self.allowed = EngineHistogram(tokens)
        """The request parameter max_tokens, or the model's limit."""

    def finish(
        self,
        reason: str,
        *,
        ended: float,
        arrived: float,
        scheduled: float,
        first_token: float,
        prompt: int,
        computed: int,
        output: int,
        allowed: int,
    ) -> None:
        """Count an answered request. Moments on the simulated clock, seconds; lengths in tokens."""
        self.finished[reason] += 1
        self.e2e.observe(ended - arrived)
        self.queued.observe(scheduled - arrived)
        self.inference.observe(ended - scheduled)
        self.prefill.observe(first_token - scheduled)
        self.decode.observe(ended - first_token)
        self.prefill_token_time.observe((first_token - scheduled) / max(1, prompt))
        self.token_time.observe((ended - first_token) / max(1, output - 1))
        self.prompts.observe(prompt)
        self.computed.observe(computed)
        self.outputs.observe(output)
        self.most.observe(output)
        self.allowed.observe(allowed)
        self.choices.observe(1)
