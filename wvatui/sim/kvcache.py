"""A KV cache in blocks: how much room a batch takes, and when there is none left."""

from collections.abc import Iterable
from math import ceil


class KvCache:
    """Blocks of `block_size` tokens. A sequence owns whole blocks, never shared here."""

    def __init__(self, blocks: int, block_size: int = 16) -> None:
        self.blocks = blocks
        self.block_size = block_size
        self.used = 0

    @property
    def ratio(self) -> float:
        """Part of the blocks in use, 0 to 1."""
        return self.used / self.blocks

    @property
    def free(self) -> int:
        """Blocks nobody owns."""
        return self.blocks - self.used

    def blocks_for(self, tokens: int) -> int:
        """Blocks that `tokens` of one sequence take."""
        return ceil(tokens / self.block_size)

    def grow(self, before: int, after: int) -> bool:
        """Let a sequence grow from `before` to `after` tokens; False when there is no room."""
        more = self.blocks_for(after) - self.blocks_for(before)
        if more > self.free:
            return False
        self.used += more
        return True

    def release(self, tokens: int) -> None:
        """A sequence of `tokens` lets go of its blocks."""
        self.used -= self.blocks_for(tokens)

    def steps_that_fit(self, lengths: Iterable[int], wanted: int) -> int:
        """How many tokens, up to `wanted`, every sequence of these lengths can grow by.

        One token more costs a block for each sequence whose last block is full.
        """
        size = self.block_size
        phases = [0] * size
        count = 0
        for length in lengths:
            phases[length % size] += 1
            count += 1
        if not count:
            return wanted
        free = self.free - (wanted // size) * count
        if free >= count:
            return wanted  # not even the last, broken round can fill it
        free, steps = self.free, 0
        while steps < wanted:
            # At this step the sequences whose length is a multiple of the block size need one.
            free -= phases[-steps % size]
            if free < 0:
                return steps
            steps += 1
        return steps
