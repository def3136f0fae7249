"""What a recording lacks: how many events, in which stretch of time, and why.

The recording itself states it, by a Gap of the source "recording" in place of the events.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from wvatui.core.events.session_events import RECORDING, Gap
from wvatui.core.lines import many


class Missing(NamedTuple):
    """Events that are not in a recording. Times are UTC epoch seconds."""

    events: int
    """How many; 0: not known."""
    since: float
    until: float
    why: str = ""
    stretches: int = 1

    def gap(self, at: float) -> Gap:
        """The Gap to be recorded at the moment `at`."""
        return Gap(
            at,
            source=RECORDING,
            since=self.since,
            until=self.until,
            missing=self.events,
            reason=f"{self._count} missing: {self.why}",
        )

    def __str__(self) -> str:
        count = self._count if self.events else "events are"
        if self.stretches > 1:
            where = f"in {self.stretches} stretches between {_times(self.since, self.until, 'and')}"
            return f"{count} missing {where}"
        why = f": {self.why}" if self.why else ""
        return f"{count} missing from {_times(self.since, self.until, 'to')}{why}"

    @property
    def _count(self) -> str:
        return many(self.events, "event", "are")


def joined(parts: Iterable[Missing | None]) -> Missing | None:
    """All parts as one, in the order in which they went missing; None: nothing is missing."""
    known = [part for part in parts if part is not None]
    if not known:
        return None
    return Missing(
        sum(part.events for part in known),
        min(part.since for part in known),
        max(part.until for part in known),
        known[-1].why,
        sum(part.stretches for part in known),
    )


def missing_in(gaps: Iterable[Gap]) -> Missing | None:
    """What is missing in the recording itself, by its gaps; gaps of its sources do not count."""
    return joined(
        Missing(
            gap.missing,
            gap.since,
            gap.until,
            gap.reason.partition(": ")[2] if gap.missing else gap.reason,
        )
        for gap in gaps
        if gap.is_of_recording
    )


def _times(since: float, until: float, word: str) -> str:
    """Two moments, the day only once where it is the same."""
    first, last = _moment(since), _moment(until)
    if first[:10] == last[:10] and first[10:11] == " ":
        last = last[11:]
    return f"{first} {word} {last} UTC"


def _moment(at: float) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        # A damaged recording names any number.
        return f"{at:g} s"
