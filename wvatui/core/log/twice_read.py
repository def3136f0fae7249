"""Lines that a file holds twice, because overlapping logs were concatenated or a stretch was read
again.

A log itself may hold a line twice at one moment. A line that comes again after lines of other
moments was written once: of the stretches that hold it, the one with most copies counts.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

SLACK_S = 2.0
"""Lines of one process are at most this far out of order: several threads write, and some loggers
cut their times to whole seconds."""
CUT_LINES, CUT_PART = 1, 0.05
"""Lines, and share of lines, that one of two copies may lack: files are cut at their ends, or were
filtered with `grep`."""
REMEMBERED = 200_000
"""Lines of one stretch after which all earlier stretches are forgotten."""
_SAME_MOMENT = 1_000
"""Most lines that are searched for one of another moment."""


class TwiceRead:
    """Tells which lines of a log were read before, batch by batch."""

    def __init__(self) -> None:
        self._kept: Counter[int] = Counter()
        """Lines of the earlier stretches, each with how often it was written."""
        self._kept_at: list[float] = []
        """The times of these lines, ascending, UTC epoch seconds."""
        self._leader = 0
        self._begin()

    def _begin(self) -> None:
        self._stretch: Counter[int] = Counter()
        self._timed: list[tuple[float, int]] = []
        """(time, line) of the present stretch's lines with a time, in the order of the file."""
        self._last: dict[int, int] = {}
        """For each of these lines, its newest index in `_timed`."""

    def repeated(self, lines: Iterable[tuple[float | None, str]]) -> set[int]:
        """Indices of those of the next lines that were read before. A line is (time, text): UTC
        epoch seconds; None: it has no time and belongs to the line before it."""
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
        """Whether lines of other moments lie between this line and its last occurrence."""
        last = self._last.get(key)
        if last is None:
            return False
        between = islice(reversed(self._timed), min(len(self._timed) - last, _SAME_MOMENT))
        return any(abs(other - at) > SLACK_S for other, _ in between)

    def _judged(self, batch: Sequence[tuple[int, int]]) -> set[int]:
        """Lines of the stretch's newest part that earlier stretches hold, too."""
        repeated: set[int] = set()
        if batch and self._is_copy():
            count = {key: self._stretch[key] for _, key in batch}
            for number, key in reversed(batch):
                if count[key] <= self._kept[key]:
                    repeated.add(number)
                count[key] -= 1
        return repeated

    def _is_copy(self) -> bool:
        """Whether, in the time that both cover, one stretch holds nearly all lines of the other.
        Two pods that start together write some equal lines, but others of their own."""
        if not self._timed or not self._kept_at:
            return False
        mine, known = sorted(at for at, _ in self._timed), self._kept_at
        since, until = max(mine[0], known[0]), min(mine[-1], known[-1])
        fewest = min(bisect_right(at, until) - bisect_left(at, since) for at in (mine, known))
        common = sum(min(self._stretch[key], self._kept[key]) for key in self._last)
        return common > 0 and fewest - common <= CUT_LINES + CUT_PART * fewest

    def _keep(self) -> None:
        """Add the stretch to the earlier ones, and begin another."""
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
