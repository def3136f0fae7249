"""Joins a reopened log stream to the one before it.

A log can only be requested from a whole second on, so a reopened stream repeats some lines.
`Overlap` remembers the lines of the last seconds and recognises repeated ones by (time stamp, text,
count): two lines that are equal to the nanosecond are two lines when the log has two. It also
states whether the join is proven.
"""

import math
from collections import Counter, deque
from dataclasses import dataclass
from typing import NamedTuple

from wvatui.core.lines import kubelet_time

MARGIN_S = 2
"""Whole seconds by which a new stream reaches back before the newest line seen."""
KEEP_S = 10.0
"""Seconds for which lines are remembered; more than the margin and its rounding."""


class Fed(NamedTuple):
    """The verdict on one line."""

    new: bool
    gap: tuple[float, float] | None = None
    """(since, until), UTC epoch seconds of the log's own stamps, when lines may be missing just
    before this one."""


@dataclass(slots=True)
class _Join:
    """The known lines that a reopened stream has not repeated yet."""

    since: float
    edge: float
    """The newest stamp known when it was opened."""
    due: Counter[int]
    last: int
    """The newest line known when it was opened."""
    met: bool = False
    """Whether any known line was repeated."""

    @property
    def proven(self) -> bool:
        """Whether the newest known line was repeated."""
        return self.due[self.last] <= 0


class Overlap:
    """The memory of one container's log. Pure: it deals with lines, not streams.

    Use: `feed` every line; before reading a new stream of the same log, call `since()` and then
    `reopen(since)`; when the container is another one, call `renew`.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._newest = -math.inf
        self._stamp: float | None = None
        self._join: _Join | None = None
        self._lost_since: float | None = None

    @property
    def newest(self) -> float | None:
        """The highest stamp of this container; until its first line, that of the container before
        it.

        UTC epoch seconds; None before the very first line.
        """
        return None if self._newest == -math.inf else self._newest

    def since(self) -> int | None:
        """The second from which to request a new stream; None: no line was seen yet."""
        return None if self.newest is None else math.floor(self.newest) - MARGIN_S

    def reopen(self, since: float) -> None:
        """Note that a new stream of the same log begins with the first line stamped `since` or
        later.

        The API server's rule (kubelet, `since` of a log request): skip lines until one is not
        before `since`, then return everything, even lines whose stamps are out of order.
        """
        self._stamp = self._join = None
        position = next((i for i, (at, _) in enumerate(self._seen) if at >= since), None)
        if position is not None:
            due = [key for _, key in self._seen][position:]
            self._join = _Join(since, self._newest, Counter(due), due[-1])

    def renew(self, *, proven: bool) -> None:
        """Note that another container's log begins, at its first line.

        Its clock may be behind that of the container before it, for instance on another node.
        `proven`: the previous log was read to its end; if not, the next line follows a gap.
        """
        if not proven:
            self._lost_since = self.newest
        self._seen.clear()
        self._join = None

    @property
    def proven(self) -> bool:
        """Whether the newest known line has been repeated since `reopen`."""
        return self._join is None or self._join.proven

    def feed(self, line: str) -> Fed:
        """Judge the next line of the stream; `line` begins with the kubelet's stamp.

        A line without a stamp gets the time of the line before it.
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
                return Fed(False)  # the server sent more than was requested
        gap = self._gap_before(at)
        self._remember(at, key)
        return Fed(True, gap)

    def _gap_before(self, at: float) -> tuple[float, float] | None:
        """The gap before a new line, if there is one; each gap is returned once."""
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
