"""Blocks of a KV cache: whole ones, none twice, none lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from wvatui.sim.kvcache import KvCache


def test_a_sequence_owns_whole_blocks() -> None:
    cache = KvCache(10)
    assert cache.grow(0, 17)
    assert (cache.used, cache.free, cache.ratio) == (2, 8, 0.2)
    assert cache.grow(17, 32)
    assert cache.used == 2
    assert cache.grow(32, 33)
    assert cache.used == 3
    cache.release(33)
    assert cache.used == 0


def test_what_does_not_fit_takes_nothing() -> None:
    cache = KvCache(4)
    assert cache.grow(0, 48)
    assert not cache.grow(0, 33)
    assert cache.used == 3


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 300)), max_size=60))
def test_blocks_in_use_are_those_of_the_sequences_that_are_there(
    steps: list[tuple[int, int]],
) -> None:
    cache, lengths = KvCache(40), dict.fromkeys(range(6), 0)
    for who, more in steps:
        if not more:
            cache.release(lengths[who])
            lengths[who] = 0
        elif cache.grow(lengths[who], lengths[who] + more):
            lengths[who] += more
        assert cache.used == sum(cache.blocks_for(length) for length in lengths.values())
        assert 0 <= cache.ratio <= 1


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
