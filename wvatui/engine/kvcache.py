"""A KV cache in blocks: those in use, those kept from ended requests, and those free.

Source: vLLM's block pool (vLLM 0.22 vllm/v1/core/block_pool.py, kv_cache_manager.py). A block that
no request holds is free, yet its content stays until the room is needed: the least recently used
goes first, and of one request the last block. A prompt that begins as an earlier one did shares its
whole blocks, even while the earlier one runs.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable


class Holding:
    """The blocks of one request. `prefix` names the content of its first `whole` blocks; holdings
    with the same name have the same content there."""

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
        """Number of all its blocks."""
        return self.shared + self.own


class _Prefix:
    """The blocks of one shared content in use, and the number of requests that use them."""

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
        """Free blocks with content, by owner; the least recently used first."""
        self._idle_blocks = 0

    @property
    def ratio(self) -> float:
        """Share of the blocks in use, 0 to 1. Blocks that are only kept do not count."""
        return self.used / self.blocks

    @property
    def free(self) -> int:
        """Blocks that no request holds."""
        return self.blocks - self.used

    def blocks_for(self, tokens: int) -> int:
        """Blocks for `tokens` of one sequence."""
        return -(-tokens // self.block_size)

    def found(self, holding: Holding) -> int:
        """Tokens at the beginning of a request whose content is in the cache, while it holds no
        blocks."""
        prefix = self._prefixes.get(holding.prefix)
        held = prefix.held if prefix is not None else 0
        blocks = (
            min(holding.whole, held + self._idle.get(holding.prefix, 0)) if holding.whole else 0
        )
        if blocks == holding.whole:
            # Its own blocks, computed before it was preempted.
            blocks += self._idle.get(holding, 0)
        return blocks * self.block_size

    def missing(self, holding: Holding, tokens: int) -> int:
        """Free blocks that `holding` needs to hold `tokens`."""
        shared, own = self._parts(holding, tokens)
        prefix = self._prefixes.get(holding.prefix)
        return own - holding.own + max(0, shared - (prefix.held if prefix is not None else 0))

    def grow(self, holding: Holding, tokens: int) -> bool:
        """Let `holding` hold `tokens`; False, with nothing changed, when there is no room."""
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
        """Put `blocks` more into use; there must be as many free. Content kept in them is lost."""
        self.used += blocks
        while self.used + self._idle_blocks > self.blocks:
            owner, kept = next(iter(self._idle.items()))
            self._forget(owner, min(kept, self.used + self._idle_blocks - self.blocks))

    def release(self, holding: Holding, computed: int = 0) -> None:
        """Release the blocks of `holding`. The whole blocks of its `computed` tokens can be found
        again until they are needed, if the request comes back."""
        whole = max(0, computed // self.block_size - holding.shared)
        self.used -= holding.own
        # The end of a request is reused first: a block is useful only with those before it.
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
        """Note that the request never comes back, so its own blocks need not be findable."""
        blocks = self._idle.pop(holding, 0)
        if blocks:
            self._idle[object()] = blocks

    def steps_that_fit(self, lengths: Iterable[int], count: int, wanted: int) -> int:
        """Number of tokens, up to `wanted`, by which every sequence of these lengths can grow.

        One token more needs a block for each sequence whose last block is full. `count`: number of
        lengths, which are examined only where the room may not be enough.
        """
        size = self.block_size
        if self.free - (wanted // size) * count >= count:
            return wanted  # not even the last, incomplete round can fill it
        phases = [0] * size
        for length in lengths:
            phases[length % size] += 1
        free, steps = self.free, 0
        while steps < wanted:
            # At this step, sequences whose length is a multiple of the block size need one.
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
        """Take up to `wanted` kept blocks of `owner` into use; returns how many."""
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
