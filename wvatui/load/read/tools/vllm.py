"""`vllm bench serve` and the older benchmark_serving.py."""

import math
from collections.abc import Sequence

from wvatui.core.events import Stage
from wvatui.load.read.tools.run import (
    ToolContext,
    ToolFlags,
    ToolRun,
    decimal,
    flags_of,
    one,
    unknown,
    whole,
)

REQUESTS = 1000
"""Default of --num-prompts."""
FASTEST = "as fast as answers come"
RAMP_STEPS = 10
"""Stages into which a ramp is divided."""
_UNREAD = ("config",)


def vllm_bench(words: Sequence[str], context: ToolContext) -> ToolRun:
    """Its load: requests at a rate (inf by default), or at a rising one."""
    flags = flags_of(words)
    given = one(flags, "num-prompts")
    otherwise = None if any(name in flags for name in _UNREAD) else REQUESTS
    requests = whole(given) if given else otherwise
    rate = decimal(one(flags, "request-rate"))
    base = one(flags, "base-url")
    if not base and one(flags, "host"):
        base = f"http://{one(flags, 'host')}:{one(flags, 'port') or 8000}"
    return ToolRun(
        tool="vllm-bench",
        stages=_stages(flags, rate, requests),
        target=base,
        model=one(flags, "model"),
        requests=requests,
        notes=(f"--num-prompts {given} is not known",) if given and requests is None else (),
    )


def _stages(flags: ToolFlags, rate: float | None, requests: int | None) -> tuple[Stage, ...]:
    text = one(flags, "request-rate")
    for name in _UNREAD:
        if name in flags and not text:
            return (unknown(f"--{name} {one(flags, name)} is not read"),)
    if "ramp-up-strategy" in flags:
        return _ramp(flags, requests)
    if rate:
        return (Stage(0.0, None if requests is None else requests / rate, rate),)
    if text.lower().lstrip("+") in ("", "inf", "infinity"):
        return (Stage(0.0, None, None, FASTEST),)
    return (unknown(text if "$" in text else f"--request-rate {text}"),)


def _ramp(flags: ToolFlags, requests: int | None) -> tuple[Stage, ...]:
    """The stages of a rate that rises with each request, from one value to the other in equal steps
    (linear) or by equal factors (exponential), over all requests.

    Source: vLLM, vllm/benchmarks/serve.py: the rate of request i of n is taken at i / (n - 1), and
    the next request comes after its reciprocal.
    """
    how = one(flags, "ramp-up-strategy")
    low, high = (one(flags, f"ramp-up-{end}-rps") for end in ("start", "end"))
    since, until = decimal(low), decimal(high)
    name = f"ramp {low} to {high}/s"
    if not since or not until or not requests or how not in ("linear", "exponential"):
        return (unknown(f"{how} {name}"),)
    share = [number / max(1, requests - 1) for number in range(min(requests, 1_000_000))]
    if how == "linear":
        gaps = [1.0 / (since + (until - since) * part) for part in share]
    else:
        gaps = [1.0 / (since * (until / since) ** part) for part in share]
    whole_s = math.fsum(gaps) * requests / len(gaps)
    step_s, at = whole_s / RAMP_STEPS, 0.0
    counts = [0] * RAMP_STEPS
    for gap in gaps:
        at += gap * requests / len(gaps)
        counts[min(RAMP_STEPS - 1, int(at / step_s))] += 1
    scale = requests / len(gaps)
    return tuple(
        Stage(number * step_s, step_s, count * scale / step_s, name)
        for number, count in enumerate(counts)
    )
