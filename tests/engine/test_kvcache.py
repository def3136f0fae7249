"""Blocks of a KV cache: only whole ones, shared ones counted once, cached ones until evicted."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sweeps import examples
from wvatui.engine.kvcache import Holding, KvCache


def test_a_sequence_owns_whole_blocks() -> None:
    cache, one = KvCache(10), Holding()
    assert cache.grow(one, 17)
    assert (cache.used, cache.free, cache.ratio) == (2, 8, 0.2)
    assert cache.grow(one, 32)
    assert cache.used == 2
    assert cache.grow(one, 33)
    assert cache.used == one.blocks == 3
    cache.release(one)
    assert cache.used == one.blocks == 0


def test_what_does_not_fit_takes_nothing() -> None:
    cache, one, other = KvCache(4), Holding(), Holding()
    assert cache.grow(one, 48)
    assert not cache.grow(other, 33)
    assert (cache.used, other.blocks) == (3, 0)


def test_a_beginning_is_held_once_and_kept_when_nobody_holds_it() -> None:
    cache = KvCache(10)
    one, two = Holding("p", 3), Holding("p", 3)
    assert cache.grow(one, 60)
    assert cache.found(two) == 48
    assert cache.missing(two, 60) == 1
    assert cache.grow(two, 60)
    assert cache.used == 5
    cache.release(one)
    assert cache.used == 4
    cache.release(two)
    assert (cache.used, cache.found(Holding("p", 3))) == (0, 48)
    assert cache.found(Holding("q", 3)) == 0


def test_what_is_kept_is_given_to_who_needs_it_the_longest_unused_first() -> None:
    cache = KvCache(10)
    old, new = Holding("old", 4), Holding("new", 4)
    for one in (old, new):
        assert cache.grow(one, 64)
        cache.release(one)
    assert cache.grow(Holding(), 16 * 5)
    assert cache.found(Holding("old", 4)) == 16, "of one request the last block goes first"
    assert cache.found(Holding("new", 4)) == 64


def test_who_was_preempted_finds_its_own_blocks_until_they_are_needed() -> None:
    cache, one = KvCache(10), Holding("p", 2)
    assert cache.grow(one, 100)
    cache.release(one, 100)
    assert cache.found(one) == 96, "the last block was not full"
    assert cache.grow(Holding(), 16 * 5)
    assert cache.found(one) == 80
    cache.forget(one)
    assert cache.found(one) == 32, "only what others can use too"


Steps = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 300), st.booleans()), max_size=80
)  # request, more tokens (0: freed), whether it comes back


@settings(max_examples=examples(200))
@given(Steps)
def test_blocks_in_use_are_those_of_the_sequences_that_are_there(
    steps: list[tuple[int, int, bool]],
) -> None:
    cache, lengths = KvCache(40), dict.fromkeys(range(6), 0)
    # The first four requests share a prefix with another one.
    held = {who: Holding("ab"[who % 2], 3) if who < 4 else Holding() for who in range(6)}
    for who, more, returns in steps:
        if not more:
            cache.release(held[who], lengths[who] if returns else 0)
            lengths[who] = 0
        else:
            tokens = (lengths[who] or cache.found(held[who])) + more
            if cache.grow(held[who], tokens):
                lengths[who] = tokens
        own = sum(one.own for one in held.values())
        common = sum(
            max((one.shared for one in held.values() if one.prefix == name), default=0)
            for name in "ab"
        )
        assert cache.used == own + common
        assert 0 <= cache.ratio <= 1


@settings(max_examples=examples(200))
@given(st.lists(st.integers(0, 200), max_size=12), st.integers(0, 40), st.integers(1, 60))
def test_the_steps_that_fit_are_as_many_as_growing_one_by_one_allows(
    lengths: list[int], free: int, wanted: int
) -> None:
    cache = KvCache(sum(-(-length // 16) for length in lengths) + free)
    held = [Holding() for _ in lengths]
    for one, length in zip(held, lengths, strict=True):
        assert cache.grow(one, length)
    steps = cache.steps_that_fit(lengths, len(lengths), wanted)
    slow, grown = 0, list(lengths)
    while slow < wanted and grown:
        needed = sum(length % 16 == 0 for length in grown)
        if needed > cache.free:
            break
        for place, length in enumerate(grown):
            cache.grow(held[place], length + 1)
            grown[place] = length + 1
        slow += 1
    assert steps == (slow if grown else wanted)
