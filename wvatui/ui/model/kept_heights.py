"""Heights that grow at once and shrink only after a pause, so that rows do not jump up and down."""

from collections.abc import Callable, Hashable
from time import monotonic

QUIET_S = 30.0
"""Seconds, of the wall clock, that a need must stay the same before its part shrinks to it."""


class KeptHeights:
    """The height given to each part of the screen, and since when each has needed what it needs."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._seen: Hashable = None
        self._kept: dict[str, int] = {}
        self._needs: dict[str, tuple[int, float]] = {}

    def look(self, sight: Hashable, *, stands: bool) -> None:
        """Forget all heights when the viewer looks at another `sight` or time stands still."""
        if stands or sight != self._seen:
            self._kept.clear()
            self._needs.clear()
        self._seen = sight

    def of(self, part: str, need: int, spare: int = 0) -> int:
        """The height, in lines, of a part that needs `need` now; a part that grows gets `spare`
        lines more."""
        now = self._clock()
        if self._needs.get(part, (None, 0.0))[0] != need:
            self._needs[part] = need, now
        kept = self._kept.get(part)
        if kept is None or now - self._needs[part][1] >= QUIET_S:
            kept = need
        elif need > kept:
            kept = need + spare
        self._kept[part] = kept
        return kept
