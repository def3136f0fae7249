"""A KV cache in blocks: who holds what, what is kept of those that ended, and what is left.

As vLLM's block pool (vLLM 0.22 vllm/v1/core/block_pool.py, kv_cache_manager.py): a block that
nobody holds any more is free, yet its content stays until somebody else needs the room, the
longest unused first and of one request the last block first. A prompt that begins as an earlier
one did shares its whole blocks, also while that one runs.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable


class Holding:
    """The blocks of one request. `prefix` names what its prompt begins with, for `whole` blocks;
    two holdings of one name have the same content there."""

    __slots__ = ("own", "prefix", "shared", "whole")

    def __init__(self, prefix: Hashable = None, whole: int = 0) -> None:
        self.prefix = prefix
        self.whole = whole
        self.shared = 0
        """Blocks held through the prefix."""
        self.own = 0
        """Blocks that it holds alone."""

    @property
    def blocks(self) -> int:
        """All blocks that it holds."""
        return self.shared + self.own


class _Prefix:
    """Blocks of one content that somebody holds, and by how many."""

    __slots__ = ("held", "users")

    def __init__(self) -> None:
        self.held = 0
        self.users = 0


class KvCache:
    """Blocks of `block_size` tokens."""

    def __init__(self, blocks: int, block_size: int = 16) -> None:
        self.blocks = blocks
        self.block_size = block_size
        self.used = 0
        self._prefixes: dict[Hashable, _Prefix] = {}
        self._idle: OrderedDict[Hashable, int] = OrderedDict()
        """Free blocks that still have content, by whose it is; the longest unused first."""
        self._idle_blocks = 0

    @property
    def ratio(self) -> float:
        """Part of the blocks in use, 0 to 1. What is only kept is not in use."""
        return self.used / self.blocks

    @property
    def free(self) -> int:
        """Blocks nobody holds."""
        return self.blocks - self.used

    def blocks_for(self, tokens: int) -> int:
        """Blocks that `tokens` of one sequence take."""
        return -(-tokens // self.block_size)

    def found(self, holding: Holding) -> int:
        """Tokens at the beginning of a request that holds nothing whose content is there."""
        prefix = self._prefixes.get(holding.prefix)
        held = prefix.held if prefix is not None else 0
        blocks = (
            min(holding.whole, held + self._idle.get(holding.prefix, 0)) if holding.whole else 0
        )
        if blocks == holding.whole:
            # What it had computed itself before it was preempted.
            blocks += self._idle.get(holding, 0)
        return blocks * self.block_size

    def missing(self, holding: Holding, tokens: int) -> int:
        """Free blocks that it takes until `one` holds `tokens`."""
        shared, own = self._parts(holding, tokens)
        prefix = self._prefixes.get(holding.prefix)
        return own - holding.own + max(0, shared - (prefix.held if prefix is not None else 0))

    def grow(self, holding: Holding, tokens: int) -> bool:
        """Let `one` hold `tokens`; False, and nothing changed, when there is no room."""
        more = self.missing(holding, tokens)
        if more > self.free:
            return False
        shared, own = self._parts(holding, tokens)
        kept = 0
        if shared > holding.shared:
            prefix = self._prefixes.setdefault(holding.prefix, _Prefix())
            prefix.users += holding.shared == 0
            kept += self._reclaim(holding.prefix, shared - prefix.held)
            prefix.held = max(prefix.held, shared)
            holding.shared = shared
        if own > holding.own:
            kept += self._reclaim(holding, own - holding.own)
            holding.own = own
        self.used += kept
        self.take(more - kept)
        return True

    def take(self, blocks: int) -> None:
        """So many more are in use; there must be as many free. What was kept in them is lost."""
        self.used += blocks
        while self.used + self._idle_blocks > self.blocks:
            owner, kept = next(iter(self._idle.items()))
            self._forget(owner, min(kept, self.used + self._idle_blocks - self.blocks))

    def release(self, holding: Holding, computed: int = 0) -> None:
        """`one` lets go of its blocks. Of one that comes back, the whole blocks of its `computed`
        tokens stay findable until they are needed."""
        whole = max(0, computed // self.block_size - holding.shared)
        self.used -= holding.own
        # The end of a request is given away first: a block is of use only with those before it.
        self._keep(object(), holding.own - whole if whole else holding.own)
        self._keep(holding, whole)
        prefix = self._prefixes.get(holding.prefix)
        if holding.shared and prefix is not None:
            prefix.users -= 1
            if not prefix.users:
                del self._prefixes[holding.prefix]
                self.used -= prefix.held
                self._keep(holding.prefix, prefix.held)
        holding.shared = holding.own = 0

    def forget(self, holding: Holding) -> None:
        """`one` never comes back: nobody will look for what was its own."""
        blocks = self._idle.pop(holding, 0)
        if blocks:
            self._idle[object()] = blocks

    def steps_that_fit(self, lengths: Iterable[int], count: int, wanted: int) -> int:
        """How many tokens, up to `wanted`, every sequence of these lengths can grow by.

        One token more costs a block for each sequence whose last block is full. `count`: how many
        lengths there are; they are gone through only where the room may not be enough.
        """
        size = self.block_size
        if self.free - (wanted // size) * count >= count:
            return wanted  # not even the last, broken round can fill it
        phases = [0] * size
        for length in lengths:
            phases[length % size] += 1
        free, steps = self.free, 0
        while steps < wanted:
            # At this step the sequences whose length is a multiple of the block size need one.
            free -= phases[-steps % size]
            if free < 0:
                return steps
            steps += 1
        return steps

    # --- inside --------------------------------------------------------------------------------

    def _parts(self, holding: Holding, tokens: int) -> tuple[int, int]:
        blocks = self.blocks_for(tokens)
        shared = min(blocks, holding.whole)
        return shared, blocks - shared

    def _reclaim(self, owner: Hashable, wanted: int) -> int:
        """Take up to `wanted` kept blocks of `owner` into use; how many there were."""
        blocks = min(max(0, wanted), self._idle.get(owner, 0))
        self._forget(owner, blocks)
        return blocks

    def _keep(self, owner: Hashable, blocks: int) -> None:
        if blocks:
            self._idle[owner] = self._idle.get(owner, 0) + blocks
            self._idle.move_to_end(owner)
            self._idle_blocks += blocks

    def _forget(self, owner: Hashable, blocks: int) -> None:
        if not blocks:
            return
        left = self._idle[owner] - blocks
        self._idle_blocks -= blocks
        if left:
            self._idle[owner] = left
        else:
            del self._idle[owner]
