"""Lines that a file holds a second time: logs that overlap and were put together, or a stretch that
was read again.

A log of its own may hold a line twice at one moment. One that comes again after other moments was
written once: of the stretches that hold it, the one that has it most often counts.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

SLACK_S = 2.0
"""Lines of one process are at most this far out of order: several threads write, and some loggers
cut their times to whole seconds."""
CUT_LINES, CUT_PART = 1, 0.05
"""So many lines, and such a part of them, one of two copies may lack: files are cut at their ends,
and by `grep`."""
REMEMBERED = 200_000
"""Lines of one stretch after which all that was read before is forgotten."""
_SAME_MOMENT = 1_000
"""Lines that are looked through for one of another moment."""


class TwiceRead:
    """Tells which lines of a log were read before, batch by batch."""

    def __init__(self) -> None:
        self._kept: Counter[int] = Counter()
        """What the stretches before this one hold, each line as often as it was written."""
        self._kept_at: list[float] = []
        """The times of these lines, ascending, UTC epoch seconds."""
        self._leader = 0
        self._begin()

    def _begin(self) -> None:
        self._stretch: Counter[int] = Counter()
        self._timed: list[tuple[float, int]] = []
        """Its lines with a time, in the order in which they were read."""
        self._last: dict[int, int] = {}
        """Of each of them the newest place there."""

    def repeated(self, lines: Iterable[tuple[float | None, str]]) -> set[int]:
        """The numbers of those of the next lines that were read before. A line is its time, UTC
        epoch seconds (None: it has none and belongs to the one before it), and its text."""
        repeated: set[int] = set()
        batch: list[tuple[int, int]] = []
        for number, (at, text) in enumerate(lines):
            key = hash(text) if at is not None else hash((self._leader, text))
            if at is not None:
                self._leader = key
                if self._comes_again(key, at):
                    repeated |= self._judged(batch)
                    self._keep()
                    batch = []
                self._last[key] = len(self._timed)
                self._timed.append((at, key))
            self._stretch[key] += 1
            batch.append((number, key))
        repeated |= self._judged(batch)
        if len(self._timed) > REMEMBERED:
            self._kept, self._kept_at = Counter(), []
            self._begin()
        return repeated

    def _comes_again(self, key: int, at: float) -> bool:
        """Whether time has been elsewhere since the stretch had this line."""
        last = self._last.get(key)
        if last is None:
            return False
        between = islice(reversed(self._timed), min(len(self._timed) - last, _SAME_MOMENT))
        return any(abs(other - at) > SLACK_S for other, _ in between)

    def _judged(self, batch: Sequence[tuple[int, int]]) -> set[int]:
        """The lines of the stretch's newest part that stretches before it hold."""
        repeated: set[int] = set()
        if batch and self._is_copy():
            count = {key: self._stretch[key] for _, key in batch}
            for number, key in reversed(batch):
                if count[key] <= self._kept[key]:
                    repeated.add(number)
                count[key] -= 1
        return repeated

    def _is_copy(self) -> bool:
        """Whether of the time that both tell of either holds nearly all lines of the other: two
        pods that start together write some lines alike, and others of their own."""
        if not self._timed or not self._kept_at:
            return False
        mine, known = sorted(at for at, _ in self._timed), self._kept_at
        since, until = max(mine[0], known[0]), min(mine[-1], known[-1])
        fewest = min(bisect_right(at, until) - bisect_left(at, since) for at in (mine, known))
        common = sum(min(self._stretch[key], self._kept[key]) for key in self._last)
        return common > 0 and fewest - common <= CUT_LINES + CUT_PART * fewest

    def _keep(self) -> None:
        """Put the stretch to those before it; another one begins."""
        copied = self._kept.copy() if self._is_copy() else Counter[int]()
        for key, count in self._stretch.items():
            self._kept[key] += max(0, count - copied[key])
        for at, key in self._timed:
            if copied[key] > 0:
                copied[key] -= 1
            else:
                self._kept_at.append(at)
        self._kept_at.sort()
        self._begin()
