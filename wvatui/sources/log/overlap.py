"""Joining a log stream that was cut to the one that was opened after it.

A log can be asked for from a whole second on, no finer, so a stream that is opened again shows
some lines a second time. `Overlap` remembers the lines of the last seconds and tells the new ones
from the repeated ones, by (time stamp, text, how often): two lines that are the same to the
nanosecond are two lines when the log has two. It also says whether the join is proven.
"""

import math
from collections import Counter, deque
from dataclasses import dataclass
from typing import NamedTuple

from wvatui.core.lines import kubelet_time

MARGIN_S = 2
"""Whole seconds that a new stream reaches back behind the newest line seen."""
KEEP_S = 10.0
"""Seconds of lines that are remembered; more than the margin and its rounding."""


class Fed(NamedTuple):
    """What became of one line."""

    new: bool
    gap: tuple[float, float] | None = None
    """(since, until), UTC epoch seconds of the log's own stamps, when lines may be missing
    right before this one."""


@dataclass(slots=True)
class _Join:
    """What is still to be met of the lines that are known, in a stream that was opened again."""

    since: float
    edge: float
    """The newest stamp known before it was opened."""
    due: Counter[int]
    last: int
    """The newest line known before it was opened."""
    met: bool = False
    """Whether any of them was met."""

    @property
    def proven(self) -> bool:
        """Whether the newest of them was met."""
        return self.due[self.last] <= 0


class Overlap:
    """The memory of one container's log. Pure: it knows lines, not streams.

    Use: `feed` every line; before a new stream of the same log is read ask `since()` and tell
    `reopen(since)`; when the container is another one, tell `renew`.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._newest = -math.inf
        self._stamp: float | None = None
        self._join: _Join | None = None
        self._lost_since: float | None = None

    @property
    def newest(self) -> float | None:
        """The highest stamp of this container, or of the one before it until this one has a line.

        UTC epoch seconds; None before the first line of all.
        """
        return None if self._newest == -math.inf else self._newest

    def since(self) -> int | None:
        """From which second a new stream must be asked for; None: nothing was seen yet."""
        return None if self.newest is None else math.floor(self.newest) - MARGIN_S

    def reopen(self, since: float) -> None:
        """A new stream of the same log begins with the first line stamped `since` or later.

        The API server's rule (kubelet, `since` of a log request) is: skip lines until one is not
        before `since`, then give everything, also lines whose stamps are out of order.
        """
        self._stamp = self._join = None
        position = next((i for i, (at, _) in enumerate(self._seen) if at >= since), None)
        if position is not None:
            due = [key for _, key in self._seen][position:]
            self._join = _Join(since, self._newest, Counter(due), due[-1])

    def renew(self, *, proven: bool) -> None:
        """Another container's log begins, from its first line on.

        Its clock can be behind that of the container before it, on another node for instance.
        `proven`: the log before it was read to its end. If not, the next line follows a gap.
        """
        if not proven:
            self._lost_since = self.newest
        self._seen.clear()
        self._join = None

    @property
    def proven(self) -> bool:
        """Whether the newest line that was known has been met again since `reopen`."""
        return self._join is None or self._join.proven

    def feed(self, line: str) -> Fed:
        """Judge the next line of the stream; `line` begins with the kubelet's stamp.

        A line without a stamp takes the time of the line before it.
        """
        at, _, _ = kubelet_time(line)
        if at is None:
            at = max(self._newest, 0.0) if self._stamp is None else self._stamp
        self._stamp = at
        key, join = hash(line), self._join
        if join is not None:
            if join.due[key] > 0:
                join.due[key] -= 1
                join.met = True
                return Fed(False)
            if not join.met and at < join.since:
                return Fed(False)  # the server reached further back than it was asked to
        gap = self._gap_before(at)
        self._remember(at, key)
        return Fed(True, gap)

    def _gap_before(self, at: float) -> tuple[float, float] | None:
        """The gap in front of a new line, if there is one; each is told once."""
        lost, self._lost_since = self._lost_since, None
        if lost is not None:
            return (lost, max(lost, at))
        join = self._join
        if join is None or at <= join.edge:
            return None
        self._join = None
        return None if join.proven else (join.edge, at)

    def _remember(self, at: float, key: int) -> None:
        self._newest = max(self._newest, at) if self._seen else at
        self._seen.append((at, key))
        limit = self._newest - KEEP_S
        while self._seen[0][0] < limit:
            self._seen.popleft()
