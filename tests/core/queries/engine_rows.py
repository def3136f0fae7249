"""Hand-made scrapes of an engine whose steps take a known time."""

import msgspec

from wvatui.core.events import NO_HISTOGRAM, Scrape

EVERY_S = 10.0


def histogram(count: int, total_s: float) -> msgspec.Raw:
    """A histogram with all observations in one bucket."""
    return msgspec.Raw(msgspec.json.encode([0, total_s, count, 0]))


def rows(
    pod: str,
    running: list[int],
    step: tuple[float, float, float],
    *,
    prompt: int = 1000,
    output: int = 200,
    waiting: int = 0,
    at: float = 0.0,
) -> list[Scrape]:
    """Scrapes of a pod every ten seconds, with `running` requests in a steady state in between.

    `step`: (base, seq, prefill), the ms of a step, of each running request and of each prompt
    token. Each request that ends is followed by another, so prompts are computed at the rate at
    which answers end: ITL = base + seq × n + prefill × (n / ITL / output × prompt) × ITL.
    """
    base, seq, prefill = step
    tokens = ended = 0.0
    total_s = 0.0
    found = []
    for place, now in enumerate(running):
        if place:
            mean = (now + running[place - 1]) / 2
            itl_ms = base + seq * mean + prefill * mean * prompt / output
            more = mean * EVERY_S * 1000 / itl_ms
            tokens, total_s, ended = (
                tokens + more,
                total_s + more * itl_ms / 1000,
                ended + more / output,
            )
        found.append(
            Scrape(
                at + place * EVERY_S,
                pod=pod,
                running=now,
                waiting=waiting,
                kv=now / 200,
                preemptions=0,
                prompt_tokens=round(ended * prompt),
                generation_tokens=round(tokens),
                success={"length": round(ended)},
                prefix_hits=0,
                prefix_queries=round(ended * prompt),
                itl=histogram(round(tokens), total_s) if place else NO_HISTOGRAM,
                ttft=histogram(round(ended), ended),
            )
        )
    return found
