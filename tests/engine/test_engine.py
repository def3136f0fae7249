"""A simulated engine behaves like vLLM under load: batches, queues, preemption, exact counters."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sweeps import examples
from wvatui.engine.engine import EngineModel, EngineProfile, Sequence

SMALL = EngineProfile("H100", blocks=64, max_seqs=8)
BIG = EngineProfile("H100", blocks=4096)


def engine(profile: EngineProfile = BIG) -> EngineModel:
    return EngineModel(profile, 0.0, random.Random(1))


def test_a_lone_request_is_answered_and_leaves_nothing_behind() -> None:
    one = engine()
    one.submit(Sequence(prompt=100, output=50, arrived=0.0), 0.0)
    one.advance(0.1)
    assert len(one.running) == 1
    assert one.cache.ratio > 0
    one.advance(60.0)
    assert (one.load, one.cache.used) == (0, 0)
    assert sum(one.stats.finished.values()) == 1
    assert (one.stats.prompt_tokens, one.stats.generation_tokens) == (100, 50)
    assert sum(one.stats.ttft.counts) == sum(one.stats.e2e.counts) == 1
    assert sum(one.stats.itl.counts) == 49


def mean_itl(concurrent: int) -> float:
    one = engine()
    for _ in range(concurrent):
        one.submit(Sequence(prompt=200, output=200, arrived=0.0), 0.0)
    one.advance(600.0)
    return one.stats.itl.total / sum(one.stats.itl.counts)


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
    assert sum(one.stats.finished.values()) == 6


def test_slots_are_limited_too() -> None:
    one = engine(EngineProfile("H100", blocks=4096, max_seqs=3))
    for _ in range(5):
        one.submit(Sequence(prompt=10, output=400, arrived=0.0), 0.0)
    one.advance(0.2)
    assert (len(one.running), len(one.waiting)) == (3, 2)


def test_when_the_cache_is_full_the_youngest_is_preempted_and_answered_later() -> None:
    one = engine(SMALL)
    for _ in range(3):
        one.submit(Sequence(prompt=250, output=200, arrived=0.0), 0.0)
    one.advance(300.0)
    assert one.stats.preemptions > 0
    assert sum(one.stats.finished.values()) == 3
    # A lookup in the prefix cache after a preemption does not count, and no token counts twice.
    assert one.stats.prefix_queries == one.stats.prompt_tokens == 750
    assert one.stats.generation_tokens == one.stats.outputs.total == 600
    assert one.cache.used == 0


@settings(max_examples=examples(60))
@given(
    st.lists(st.tuples(st.integers(1, 1500), st.integers(1, 400), st.floats(0, 3)), max_size=40),
    st.integers(120, 400),
)
def test_every_request_is_answered_once_and_every_block_comes_back(
    requests: list[tuple[int, int, float]], blocks: int
) -> None:
    one = engine(EngineProfile("H100", blocks=blocks, max_seqs=16))
    now = 0.0
    for prompt, output, pause in requests:
        now += pause
        one.submit(Sequence(prompt=prompt, output=output, arrived=now), now)
        assert 0 <= one.cache.used <= one.cache.blocks
    one.advance(now + 5000.0)
    assert one.load == 0
    assert one.cache.used == 0
    assert sum(one.stats.finished.values()) == len(requests)
    assert sum(one.stats.ttft.counts) == len(requests)
    # What was generated is what was answered, however often a request was computed again.
    assert one.stats.generation_tokens == one.stats.outputs.total == sum(r[1] for r in requests)
    assert one.stats.prompt_tokens == sum(r[0] for r in requests)
    # A request that had to wait was looked up several times.
    assert one.stats.prefix_queries >= one.stats.prompt_tokens
    # Queue, prefill and decode are the whole of a request's time.
    parts = (one.stats.queued, one.stats.prefill, one.stats.decode)
    assert sum(part.total for part in parts) == pytest.approx(one.stats.e2e.total, abs=1e-6)
    assert one.stats.iteration.total == one.stats.prompt_tokens + one.stats.generation_tokens


def test_a_request_that_fills_the_models_context_is_cut_there() -> None:
    one = engine(EngineProfile("H100", blocks=4096, max_model_len=512))
    one.submit(Sequence(prompt=500, output=400, arrived=0.0), 0.0)
    one.submit(Sequence(prompt=512, output=1, arrived=0.0), 0.0)
    one.advance(60.0)
    assert one.stats.finished == {"stop": 0, "length": 1, "abort": 0}
    assert one.stats.generation_tokens == 12


def test_a_prompt_that_the_cache_cannot_hold_never_blocks_the_others() -> None:
    one = engine(SMALL)
    one.submit(Sequence(prompt=2000, output=10, arrived=0.0), 0.0)
    one.submit(Sequence(prompt=100, output=10, arrived=0.0), 0.0)
    one.advance(10.0)
    assert (one.load, sum(one.stats.finished.values())) == (0, 1)


def test_what_the_prefix_cache_has_is_not_computed_and_counted_once() -> None:
    one = engine()
    one.submit(Sequence(prompt=1200, output=5, arrived=0.0, shared=1000), 0.0)
    one.advance(10.0)
    cold_s = one.stats.ttft.total
    assert (one.stats.prefix_queries, one.stats.prefix_hits) == (1200, 0)
    one.submit(Sequence(prompt=1300, output=5, arrived=10.0, shared=1000), 10.0)
    one.advance(20.0)
    assert one.stats.ttft.total - cold_s < cold_s
    # Whole blocks only.
    assert (one.stats.prefix_queries, one.stats.prefix_hits) == (2500, 992)
    assert one.stats.cached_tokens == 992
    assert one.stats.computed.total == 1200 + 1300 - 992


def test_another_beginning_is_not_found() -> None:
    one = engine()
    for at, prefix in ((0.0, "a"), (10.0, "b"), (20.0, "a")):
        one.submit(Sequence(prompt=320, output=2, arrived=at, shared=320, prefix=prefix), at)
        one.advance(at + 10.0)
    # The last token is always computed, with its whole block.
    assert one.stats.prefix_hits == 304


def test_requests_with_one_prompt_share_its_blocks_while_they_run() -> None:
    one = engine()
    for _ in range(10):
        one.submit(Sequence(prompt=801, output=200, arrived=0.0, shared=801, prefix="p"), 0.0)
    one.advance(0.2)
    assert len(one.running) == 10
    assert 50 + 10 <= one.cache.used <= 50 + 10 * 2
    one.advance(60.0)
    assert (one.load, one.cache.used) == (0, 0)


def test_what_a_preempted_request_had_computed_is_found_again_as_far_as_it_is_left() -> None:
    one = engine(EngineProfile("H100", blocks=64, max_seqs=8))
    for number in range(3):
        sequence = Sequence(prompt=320, output=30, arrived=0.0, shared=320, prefix=number)
        one.submit(sequence, 0.0)
    steps = before = 0
    while one.load:
        before = one.stats.preemptions
        one.advance(one.now + 0.001)
        steps += 1
        if one.stats.preemptions > before:
            back = one.waiting[0]
            # No request has needed more than a block since then.
            assert one.cache.found(back.held) >= 320 - 2 * 16
    assert one.stats.preemptions > 0
    assert one.stats.prefix_hits == 0, "a look after a preemption is not counted"


def test_in_a_step_that_preempts_nobody_is_admitted() -> None:
    one = engine(EngineProfile("H100", blocks=64, max_seqs=8))
    for _ in range(3):
        one.submit(Sequence(prompt=320, output=100, arrived=0.0), 0.0)
    while not one.stats.preemptions:
        one.advance(one.now + 0.001)
    one.submit(Sequence(prompt=16, output=2, arrived=one.now), one.now)
    # The preempted request waits in front of one that would fit.
    assert [s.prompt for s in one.waiting] == [320, 16]


def test_a_prompt_is_admitted_only_when_all_of_it_fits() -> None:
    chunked = EngineProfile("H100", blocks=64, max_seqs=8, max_batched_tokens=64)
    one = engine(chunked)
    one.submit(Sequence(prompt=640, output=300, arrived=0.0), 0.0)
    one.submit(Sequence(prompt=500, output=2, arrived=0.0), 0.0)
    one.advance(0.5)
    # 24 blocks are free: room for a chunk of 64 tokens, not for 500.
    assert (len(one.running), len(one.waiting)) == (1, 1)
    # It was looked up in each step in which it did not fit.
    assert one.stats.prefix_queries > 640 + 10 * 500


def test_a_request_that_is_being_answered_is_taken_over_where_there_is_room() -> None:
    one = engine(SMALL)
    begun = Sequence(prompt=320, output=100, arrived=0.0, generated=60)
    assert one.take_over(begun, 5.0)
    assert (len(one.running), one.cache.used) == (1, 24)
    assert not one.take_over(Sequence(prompt=800, output=100, arrived=0.0, generated=60), 5.0)
    one.advance(60.0)
    assert begun.outcome in ("stop", "length")
    assert one.stats.generation_tokens == 40
    assert (one.load, one.cache.used, sum(one.stats.ttft.counts)) == (0, 0, 0)


def test_requests_inside_a_process_that_ends_are_aborted() -> None:
    one = engine(SMALL)
    for _ in range(9):
        one.submit(Sequence(prompt=200, output=200, arrived=0.0), 0.0)
    one.advance(0.5)
    assert len(one.abort_all()) == 9
    assert one.stats.finished["abort"] == 9
    assert (one.load, one.cache.used) == (0, 0)


def test_how_often_one_looks_changes_nothing_but_the_stretches() -> None:
    def lived(look_s: float) -> tuple[list[int], int, int]:
        one = engine(SMALL)
        for second in range(30):
            one.submit(Sequence(prompt=150, output=60, arrived=second * 1.0), second * 1.0)
        now = 29.0
        while one.load:
            now += look_s
            one.advance(now)
        return one.stats.outputs.counts, one.stats.generation_tokens, one.cache.used

    assert lived(0.05) == lived(3.0)
