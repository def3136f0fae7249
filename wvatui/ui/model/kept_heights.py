"""Heights that grow when they must and shrink at a pause only: rows do not jump for what left."""

from collections.abc import Callable, Hashable
from time import monotonic

QUIET_S = 30.0
"""A height that was not needed for so long (seconds of the wall) is given back."""


class KeptHeights:
    """What each part of the screen was given, and since when its need has been what it is."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._seen: Hashable = None
        self._kept: dict[str, int] = {}
        self._needs: dict[str, tuple[int, float]] = {}

    def look(self, sight: Hashable, *, stands: bool) -> None:
        """Give everything back where the viewer looks at something else, or time stands still."""
        if stands or sight != self._seen:
            self._kept.clear()
            self._needs.clear()
        self._seen = sight

    def of(self, part: str, need: int, spare: int = 0) -> int:
        """The height of a part that needs so much now; one that grows gets `spare` more."""
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
