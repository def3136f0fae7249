"""Lengths of prompts and answers in tokens, by data set."""

import random
from collections.abc import Callable, Mapping
from typing import Any

Lengths = Callable[[], tuple[int, int, int]]


def sharegpt(rng: random.Random, output: int | None) -> Lengths:
    """ShareGPT as a load job of 27,000 requests saw it: prompts of 234 tokens on average, answers
    of 448 where at most 1,024 are allowed."""

    def draw() -> tuple[int, int, int]:
        prompt = min(1024, max(4, round(rng.lognormvariate(4.65, 1.3))))
        answer = max(4, round(rng.lognormvariate(5.95, 0.85)))
        return prompt, max(1, min(answer, output or 1024)), 0

    return draw


def ranged(rng: random.Random, prompt: int, output: int, ratio: float, shared: int) -> Lengths:
    """vLLM's random data set: uniform within `ratio` (0 to 1) around the given lengths."""
    ratio = min(1.0, max(0.0, ratio))

    def around(length: int) -> int:
        return max(1, rng.randint(int(length * (1 - ratio)), int(length * (1 + ratio))))

    return lambda: (around(prompt) + shared, around(output), shared)


def synthetic(rng: random.Random, data: Mapping[str, Any]) -> Lengths:
    """GuideLLM's synthetic text: normally distributed within bounds, or of fixed length."""

    def draw(name: str) -> int:
        middle = _number(data.get(f"{name}_tokens"), 128)
        deviation = _number(data.get(f"{name}_tokens_stdev"), 0)
        low = _number(data.get(f"{name}_tokens_min"), 1 if deviation else middle)
        high = _number(data.get(f"{name}_tokens_max"), 10 * middle if deviation else middle)
        if not deviation and high <= low:
            return max(1, round(middle))
        value = rng.gauss(middle, deviation) if deviation else rng.uniform(low, high)
        return max(1, round(min(high, max(low, value))))

    shared = int(_number(data.get("prefix_tokens"), 0))
    return lambda: (draw("prompt") + shared, draw("output"), shared)


def distributed(
    rng: random.Random, given: Mapping[str, Any], expected: Mapping[str, Any], shared: int = 0
) -> Lengths:
    """inference-perf's distributions: normal between min and max."""

    def draw(spec: Mapping[str, Any]) -> int:
        low, high = _number(spec.get("min"), 1), _number(spec.get("max"), 1024)
        middle = _number(spec.get("mean"), (low + high) / 2)
        deviation = _number(spec.get("std_dev", spec.get("std")), (high - low) / 6)
        return max(1, round(min(high, max(low, rng.gauss(middle, deviation)))))

    return lambda: (draw(given) + shared, draw(expected), shared)


def _number(value: Any, otherwise: float) -> float:
    try:
        return otherwise if value is None else float(value)
    except (TypeError, ValueError):
        return otherwise
