"""The block that `vllm bench serve` and `sglang.bench_serving` print when they end.

It has labels, colons and numbers. Each requested percentile is printed as `P90 TTFT (ms):`;
releases differ in the case of some labels, and add rows. SGLang's block names its backend first,
and has rows for rate and limit even where there are none.
"""

import re

from wvatui.core.lines import number
from wvatui.core.results.serving import told_limit
from wvatui.core.results.shape import Benchmark, Report, Spread

BEGIN = re.compile(r"=+ Serving Benchmark Result =+")
END = re.compile(r"={20,}\s*$")
_ROW = re.compile(r"\s*([A-Za-z0-9][^:]*?)\s*:\s+(-?[\d.]+(?:[eE][+-]?\d+)?|nan|inf|not set)\s*$")
_LATENCY = re.compile(r"(mean|median|max|p[\d.]+) (ttft|tpot|itl|e2el|e2e latency) \(ms\)")
_FIELDS = {
    "mean": "mean",
    "median": "p50",
    "p50": "p50",
    "p90": "p90",
    "p95": "p95",
    "p99": "p99",
    "max": "max",
}
_SGLANG = ("traffic request rate", "max request concurrency", "concurrency")


def sniff(text: str) -> bool:
    """Whether `text` contains such a block."""
    return BEGIN.search(text) is not None


def read(text: str) -> Report:
    """The last such block in `text`."""
    begins = list(BEGIN.finditer(text))
    texts: dict[str, str] = {}
    whole = False
    for line in text[begins[-1].end() :].split("\n") if begins else ():
        if END.match(line):
            whole = True
            break
        match = _ROW.match(line)
        if match is not None:
            texts[match[1].lower()] = match[2]
    rows = {name: n for name, value in texts.items() if (n := number(value)) is not None}
    is_sglang = any(name in texts for name in _SGLANG)
    names = ("sglang-bench", "sglang-block") if is_sglang else ("vllm-bench", "vllm-block")
    problems = () if whole else ("the result block is cut off",)
    if "successful requests" not in rows:
        return Report(
            tool=names[0],
            dialect=names[1],
            problems=(*problems, "the result block does not say how many requests succeeded"),
        )
    return Report(
        tool=names[0],
        dialect=names[1],
        benchmarks=(_benchmark(rows, is_unlimited=texts.get(_SGLANG[0]) == "inf"),),
        problems=problems,
    )


def _benchmark(rows: dict[str, float], *, is_unlimited: bool) -> Benchmark:
    ok = int(rows["successful requests"])
    output = rows.get("total generated tokens")
    rate = rows.get("request rate configured (rps)", rows.get(_SGLANG[0]))
    limit = rows.get("maximum request concurrency", rows.get(_SGLANG[1]))
    latencies = _latencies(rows) if ok else {}
    nothing = Spread()
    return Benchmark(
        strategy="constant" if rate is not None else told_limit(limit) if is_unlimited else "",
        stage="" if rate is None else f"{rate:g}/s",
        rate=rate,
        limit=limit,
        duration_s=rows.get("benchmark duration (s)"),
        ok=ok,
        failed=int(rows["failed requests"]) if "failed requests" in rows else None,
        requests_per_s=rows.get("request throughput (req/s)"),
        concurrency=rows.get("concurrency"),
        concurrency_max=rows.get("peak concurrent requests"),
        input_tokens=rows.get("total input tokens"),
        output_tokens=output,
        prompt_tokens=_each(rows.get("total input tokens"), ok),
        answer_tokens=_each(output, ok),
        output_tokens_per_s=rows.get("output token throughput (tok/s)"),
        tokens_per_s=rows.get("total token throughput (tok/s)"),
        ttft_ms=latencies.get("ttft", nothing),
        tpot_ms=latencies.get("tpot", nothing),
        itl_ms=latencies.get("itl", nothing),
        latency_ms=latencies.get("e2el", latencies.get("e2e latency", nothing)),
    )


def _each(total: float | None, requests: int) -> float | None:
    return None if total is None or not requests else total / requests


def _latencies(rows: dict[str, float]) -> dict[str, Spread]:
    spreads: dict[str, dict[str, float]] = {}
    for label, value in rows.items():
        match = _LATENCY.fullmatch(label)
        if match is not None and match[1] in _FIELDS:
            spreads.setdefault(match[2], {})[_FIELDS[match[1]]] = value
    return {name: Spread(**values) for name, values in spreads.items()}
