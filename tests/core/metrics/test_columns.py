"""Scrapes made from columns equal those from pages with the same samples, however odd."""

import math
import random
from collections.abc import Sequence
from itertools import product

import pytest

from tests.sweeps import sampled
from wvatui.core.events import Engine, Event
from wvatui.core.metrics.columns import PodColumns
from wvatui.core.metrics.metrics_page import BoundsBook
from wvatui.core.metrics.scrape import read_page

VLLM = 'engine="0",model_name="m"'
SECOND = 'engine="1",model_name="m"'
BUCKETS = ("0.1", "0.5", "+Inf")


def vllm(labels: str) -> list[str]:
    """The series of one vLLM engine: name and labels, as in front of a value."""
    plain = (
        *("kv_cache_usage_perc", "num_requests_running", "num_requests_waiting"),
        *("prompt_tokens_total", "prefix_cache_hits_total", "time_to_first_token_seconds_sum"),
        "time_to_first_token_seconds_count",
    )
    lines = [f"vllm:{name}{{{labels}}} " for name in plain]
    lines += [
        f'vllm:request_success_total{{{labels},finished_reason="{r}"}} ' for r in ("stop", "x")
    ]
    lines += [f'vllm:time_to_first_token_seconds_bucket{{{labels},le="{le}"}} ' for le in BUCKETS]
    for blocks in (100, 200):
        size = f'{labels},block_size="16",num_gpu_blocks="{blocks}"'
        lines.append(f"vllm:cache_config_info{{{size}}} ")
    return lines


SGLANG = [
    f'sglang:{name}{{model_name="m",tp_rank="{rank}"}} '
    for name in ("token_usage", "num_running_reqs", "num_queue_reqs", "max_total_num_tokens")
    for rank in (0, 1)
]
PAGES = {
    "one engine": vllm(VLLM),
    "two engines": [*vllm(VLLM), *vllm(SECOND)],
    "sglang": [*SGLANG, 'sglang:cached_tokens_total{model_name="m"} '],
    "adapters": [*vllm(VLLM), 'vllm:lora_requests_info{running_lora_adapters="a",max_lora="2"} '],
    "no overflow bucket": [line for line in vllm(VLLM) if "+Inf" not in line],
    "no engine": ["up{} "],
}


def rows(heads: Sequence[str], seed: int) -> list[tuple[float | None, ...]]:
    """Rows of samples of one pod: usually in order, sometimes with a missing or odd sample."""
    rng = random.Random(seed)
    made = []
    gone: set[int] = set()
    for moment in range(60):
        if rng.random() < 0.1:
            gone = {n for n in range(len(heads)) if rng.random() < 0.15}
        row: list[float | None] = []
        for head in heads:
            grown = float(moment * (1 + sum(f'"{le}"' in head for le in BUCKETS[1:])))
            row.append(rng.random() if "usage" in head else 1.0 if "info" in head else grown)
        for bucket, le in enumerate(BUCKETS, 1):
            for n, head in enumerate(heads):
                if f'le="{le}"' in head or (le == "+Inf" and "seconds_count" in head):
                    row[n] = float(moment * bucket)
        if rng.random() < 0.2:
            odd = (math.nan, math.inf, -1.0, 1.5, 2.0**60, 0.0, 3.7)
            row[rng.randrange(len(heads))] = rng.choice(odd)
        made.append(tuple(None if n in gone else value for n, value in enumerate(row)))
    return made


def told(looks: Sequence[list[Event]]) -> list[Event]:
    """All events, without Engine events that repeat the one before, as in an import."""
    kept: list[Event] = []
    engine = ""
    for event in (event for look in looks for event in look):
        if isinstance(event, Engine):
            words = repr(event).partition("pod=")[2]
            if words == engine:
                continue
            engine = words
        kept.append(event)
    return kept


@pytest.mark.parametrize(
    ("name", "seeds"), sampled(product(PAGES, (3, 8)), list(product(PAGES, (3,))))
)
def test_looks_of_columns_are_those_of_the_pages(name: str, seeds: int) -> None:
    heads = PAGES[name]
    for seed in range(seeds):
        moments = rows(heads, seed)
        book = BoundsBook()
        columns = PodColumns([head.encode() for head in heads], "p", BoundsBook())
        wanted = []
        for at, row in enumerate(moments):
            lines = (f"{h}{v!r}\n" for h, v in zip(heads, row, strict=True) if v is not None)
            page = "".join(lines).encode()
            wanted.append(read_page(page, at=float(at), pod="p", took_ms=0, bounds=book))
        given = [columns.look(float(at), row) for at, row in enumerate(moments)]
        assert told(given) == told(wanted)
        assert any(wanted) == (name != "no engine")


def test_a_page_is_read_once_for_moments_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    from wvatui.core.metrics import columns as module

    read: list[float] = []

    def counted(
        page: bytes, *, at: float, pod: str, took_ms: int, bounds: BoundsBook
    ) -> list[Event]:
        read.append(at)
        return read_page(page, at=at, pod=pod, took_ms=took_ms, bounds=bounds)

    monkeypatch.setattr(module, "read_page", counted)
    heads = PAGES["one engine"]
    columns = PodColumns([head.encode() for head in heads], "p", BoundsBook())
    for at in range(20):
        columns.look(float(at), tuple(0.5 if "usage" in head else float(at) for head in heads))
    assert read == [0.0]
