"""Joining a log stream that was cut to the one that was opened after it.

A log can be asked for from a whole second on, no finer, so a stream that is opened again shows
some lines a second time. `Overlap` remembers the lines of the last seconds and tells the new ones
from the repeated ones, by (time stamp, text, how often): two lines that are the same to the
nanosecond are two lines when the log has two. It also says whether the join is proven.
"""

import math
from collections import Counter, deque
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


class Overlap:
    """The memory of one container's log. Pure: it knows lines, not streams.

    Use: `feed` every line; before a new stream of the same log is read ask `since()` and tell
    `reopen(since)`; when the container is another one, tell `renew`.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._newest: float | None = None
        self._stamp: float | None = None
        self._due: Counter[int] | None = None
        self._last: int = 0
        self._from = -math.inf
        self._edge = -math.inf
        self._matched = False
        self._lost_since: float | None = None

    @property
    def newest(self) -> float | None:
        """The highest stamp seen, UTC epoch seconds; None before the first line."""
        return self._newest

    def since(self) -> int | None:
        """From which second a new stream must be asked for; None: nothing was seen yet."""
        return None if self._newest is None else math.floor(self._newest) - MARGIN_S

    def reopen(self, since: float) -> None:
        """A new stream of the same log begins with the first line stamped `since` or later.

        The API server's rule (kubelet, `since` of a log request) is: skip lines until one is not
        before `since`, then give everything, also lines whose stamps are out of order.
        """
        self._from = since
        self._matched = False
        self._stamp = None
        self._edge = -math.inf if self._newest is None else self._newest
        position = next((i for i, (at, _) in enumerate(self._seen) if at >= since), None)
        if position is None:
            self._due = None
            return
        due = [key for _, key in self._seen][position:]
        self._due = Counter(due)
        self._last = due[-1]

    def renew(self, *, proven: bool) -> None:
        """Another container's log begins, from its first line on.

        `proven`: the log before it was read to its end. If not, the next line follows a gap.
        """
        if not proven and self._newest is not None:
            self._lost_since = self._newest
        self._seen.clear()
        self._due = None
        self._stamp = None
        self._from = -math.inf

    @property
    def proven(self) -> bool:
        """Whether the newest line that was known has been met again since `reopen`."""
        return self._due is None or self._due[self._last] <= 0

    def feed(self, line: str) -> Fed:
        """Judge the next line of the stream; `line` begins with the kubelet's stamp.

        A line without a stamp takes the time of the line before it.
        """
        at, _, _ = kubelet_time(line)
        if at is None:
            at = self._stamp if self._stamp is not None else self._newest
            at = 0.0 if at is None else at
        self._stamp = at
        key = hash(line)
        if self._due is not None:
            if self._due[key] > 0:
                self._due[key] -= 1
                self._matched = True
                if not any(self._due.values()):
                    self._due = None
                return Fed(False)
            if not self._matched and at < self._from:
                return Fed(False)  # the server reached further back than it was asked to
        gap = self._join(at)
        self._remember(at, key)
        return Fed(True, gap)

    def _join(self, at: float) -> tuple[float, float] | None:
        """The gap in front of a new line, if there is one; each is told once."""
        lost, self._lost_since = self._lost_since, None
        if lost is not None:
            return (lost, max(lost, at))
        if self._due is None or at <= self._edge:
            return None
        missed = not self.proven
        self._due = None
        return (self._edge, at) if missed else None

    def _remember(self, at: float, key: int) -> None:
        self._seen.append((at, key))
        self._newest = at if self._newest is None else max(self._newest, at)
        limit = self._newest - KEEP_S
        while self._seen[0][0] < limit:
            self._seen.popleft()
