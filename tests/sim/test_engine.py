"""A simulated engine behaves as vLLM does under load: batches, queues, preempts, and adds up."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wvatui.core.events import Engine as EngineEvent
from wvatui.core.events import Scrape
from wvatui.core.histogram import read
from wvatui.core.metrics import BoundsBook, read_page
from wvatui.sim.engine import Engine, Profile, Sequence
from wvatui.sim.kvcache import KvCache
from wvatui.sim.page import number, page

SMALL = Profile("H100", blocks=64, max_seqs=8)
BIG = Profile("H100", blocks=4096)


def engine(profile: Profile = BIG) -> Engine:
    return Engine(profile, 0.0, random.Random(1))


def test_a_lone_request_is_answered_and_leaves_nothing_behind() -> None:
    one = engine()
    one.submit(Sequence(prompt=100, output=50, arrived=0.0), 0.0)
    one.advance(0.1)
    assert len(one.running) == 1
    assert one.cache.ratio > 0
    one.advance(60.0)
    assert (one.load, one.cache.used) == (0, 0)
    assert sum(one.finished.values()) == 1
    assert (one.prompt_tokens, one.generation_tokens) == (100, 50)
    assert sum(one.ttft.counts) == sum(one.e2e.counts) == 1
    assert sum(one.itl.counts) == 49


def mean_itl(concurrent: int) -> float:
    one = engine()
    for _ in range(concurrent):
        one.submit(Sequence(prompt=200, output=200, arrived=0.0), 0.0)
    one.advance(600.0)
    return one.itl.total / sum(one.itl.counts)


def test_the_inter_token_latency_grows_with_the_batch() -> None:
    assert mean_itl(1) < mean_itl(8) < mean_itl(64)


def test_what_does_not_fit_waits() -> None:
    one = engine(SMALL)
    for _ in range(6):
        one.submit(Sequence(prompt=300, output=20, arrived=0.0), 0.0)
    one.advance(0.05)
    assert one.waiting
    assert one.cache.ratio > 0.8
    one.advance(60.0)
    assert sum(one.finished.values()) == 6


def test_slots_are_limited_too() -> None:
    one = engine(Profile("H100", blocks=4096, max_seqs=3))
    for _ in range(5):
        one.submit(Sequence(prompt=10, output=400, arrived=0.0), 0.0)
    one.advance(0.2)
    assert (len(one.running), len(one.waiting)) == (3, 2)


def test_when_the_cache_is_full_the_youngest_is_preempted_and_answered_later() -> None:
    one = engine(SMALL)
    for _ in range(3):
        one.submit(Sequence(prompt=250, output=200, arrived=0.0), 0.0)
    one.advance(300.0)
    assert one.preemptions > 0
    assert sum(one.finished.values()) == 3
    assert one.cache.used == 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 1500), st.integers(1, 400), st.floats(0, 3)), max_size=40),
    st.integers(100, 400),
)
def test_every_request_is_answered_once_and_every_block_comes_back(
    requests: list[tuple[int, int, float]], blocks: int
) -> None:
    one = engine(Profile("H100", blocks=blocks, max_seqs=16))
    now = 0.0
    for prompt, output, pause in requests:
        now += pause
        one.submit(Sequence(prompt=prompt, output=output, arrived=now), now)
        assert 0 <= one.cache.used <= one.cache.blocks
    one.advance(now + 5000.0)
    assert one.load == 0
    assert one.cache.used == 0
    assert sum(one.finished.values()) == len(requests)
    assert sum(one.ttft.counts) == len(requests)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 200), max_size=12), st.integers(0, 40), st.integers(1, 60))
def test_the_steps_that_fit_are_as_many_as_growing_one_by_one_allows(
    lengths: list[int], free: int, wanted: int
) -> None:
    cache = KvCache(sum(-(-length // 16) for length in lengths) + free)
    for length in lengths:
        assert cache.grow(0, length)
    steps = cache.steps_that_fit(lengths, wanted)
    slow, grown = 0, list(lengths)
    while slow < wanted and grown:
        needed = sum(length % 16 == 0 for length in grown)
        if needed > cache.free:
            break
        for place, length in enumerate(grown):
            cache.grow(length, length + 1)
            grown[place] = length + 1
        slow += 1
    assert steps == (slow if grown else wanted)


def test_the_page_says_what_the_engine_knows() -> None:
    one = engine(SMALL)
    for _ in range(20):
        one.submit(Sequence(prompt=200, output=40, arrived=0.0, shared=32), 0.0)
    one.advance(4.0)
    for legacy in (False, True):
        text = page(one, "org/model", started_at=1.0, legacy=legacy)
        events = read_page(text, at=1.0, pod="p", took_ms=1, bounds=BoundsBook())
        scrape, about = events[-1], events[-2]
        assert isinstance(scrape, Scrape)
        assert isinstance(about, EngineEvent)
        assert (about.model, about.blocks, about.block_size) == ("org/model", 64, 16)
        assert (scrape.running, scrape.waiting) == (len(one.running), len(one.waiting))
        assert scrape.kv == pytest.approx(one.cache.ratio)
        assert scrape.bad == 0
        assert scrape.generation_tokens == one.generation_tokens
        assert scrape.prefix_hits == one.prefix_hits
        histogram = read(scrape.itl)
        assert histogram is not None
        assert sum(histogram[2]) == sum(one.itl.counts)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.0"), (42.0, "42.0"), (1234567.0, "1.234567e+06"), (0.25, "0.25"), (1e-05, "1e-05")],
)
def test_numbers_are_written_as_the_client_library_writes_them(value: float, text: str) -> None:
    assert number(value) == text
