"""Requests a range of time in parts; each answer is kept in a folder until all are complete.

Samples are requested as they were scraped, at their own times (`x[1h]`): a range query returns the
last sample at each step, up to five minutes old, and so draws a line through a gap without scrapes.
Where a step is given, it looks back only as far as one scrape interval (`last_over_time`).
"""

import json
import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec

from wvatui.core.lines import many
from wvatui.errors import RecordingError, UsageError
from wvatui.host import private
from wvatui.recording.imports.pieces import Piece, read_piece
from wvatui.sources.prometheus.client import (
    PrometheusClient,
    QueryRefusedError,
    TooMuchError,
    series_in,
    times_in,
)
from wvatui.sources.prometheus.groups import GROUPS, QueryGroup

STEP_S = 15.0
"""Used where no scrape interval can be seen: the charts of llm-d and WVA set this one."""
PART_POINTS = 500
"""Samples of one series per request, some ten megabytes for twenty engines. Prometheus returns at
most 11,000 (web/api/v1/api.go, queryRange)."""
MOST_POINTS = 1_000_000
"""Most samples of one series in all parts together: half a year at 15 s. A longer range is a
mistake."""
HALVINGS = 6
"""How often a range that is too long is halved."""
LOOK_BACK = 1.25
"""Scrape intervals to look back: this contains one scrape, even one that is a little late."""
PROBE_S = 300.0
PLAN = "plan.json"


class PrometheusAsked(NamedTuple):
    """The request of one command. `said`: its options as text, by which a repeated command is
    recognised; times are UTC epoch seconds, `step` is in seconds; None: the scrape interval."""

    said: dict[str, str]
    since: float
    until: float
    step: float | None = None
    namespaces: tuple[str, ...] = ()


class _Plan(msgspec.Struct):
    """The request for which the folder was made, and each family's scrape interval in seconds; 0:
    not seen, None: the server returns no raw samples."""

    said: dict[str, str]
    since: float
    until: float
    intervals: dict[str, float | None]


class PrometheusRange:
    """One range being requested. `notices`: about the range, one line each."""

    def __init__(
        self,
        client: PrometheusClient,
        asked: PrometheusAsked,
        folder: Path,
        tell: Callable[[str], None],
    ) -> None:
        """`folder`: for answers, created where it does not exist; `tell`: called with lines of
        progress.

        Raises UsageError for a folder with another command's answers.
        """
        self._client, self._asked, self._folder, self._tell = client, asked, folder, tell
        self.notices: list[str] = []
        self._kept = 0
        self._spacings: dict[str, list[str]] = {}
        self._plan = self._planned()
        points = max(map(self._last, GROUPS))
        if points > MOST_POINTS:
            self.remove()
            raise UsageError(
                f"{utc(self.since)} to {utc(self.until)}: {points:,} samples of each series",
                hint="a shorter range, or a longer --step",
            )

    @property
    def since(self) -> float:
        """Start of the range, UTC epoch seconds."""
        return self._plan.since

    @property
    def until(self) -> float:
        """Its end, UTC epoch seconds."""
        return self._plan.until

    def steps(self) -> str:
        """Spacing of the received samples, in words; call it after `pieces`."""
        if len(self._spacings) == 1:
            return next(iter(self._spacings))
        return ", ".join(f"{' and '.join(names)} {how}" for how, names in self._spacings.items())

    def pieces(self) -> Iterator[Piece]:
        """All answers. Raises ClusterError, DeniedError, OutputError, with received answers kept;
        RecordingError where all answers are empty."""
        absent = []
        for group in GROUPS:
            series: set[bytes] = set()
            for number, selector in enumerate(group.selectors(self._asked.namespaces)):
                for piece, those in self._parts(group, f"{group.key}-{number}", selector):
                    series |= those
                    yield piece
            how = self._spacing(group)
            self._tell(f"{group.title}: {len(series):,} series" + (f", {how}" if series else ""))
            if series:
                self._spacings.setdefault(how, []).append(group.title)
            else:
                absent.append(group.title)
        if self._kept:
            told = f"{many(self._kept, 'answer', 'were')} there from before"
            self._tell(told)
        if len(absent) == len(GROUPS):
            self.remove()
            spaces = ", ".join(self._asked.namespaces)
            raise RecordingError(
                f"{self._client.url}: no samples of {', '.join(absent)}"
                + (f" in the namespace {spaces}" if spaces else "")
                + f" from {utc(self.since)} to {utc(self.until)}",
                hint="another range or another --namespace may have some",
            )
        if absent:
            self.notices.append(f"{self._client.url} has nothing of {', '.join(absent)}")

    def remove(self) -> None:
        """Delete the answers and their folder, once the session is complete."""
        for path in (*self._folder.glob("*.json"), *self._folder.glob(".*.part")):
            path.unlink(missing_ok=True)
        with suppress(OSError):  # another program put a file into it
            self._folder.rmdir()

    # --- the plan

    def _planned(self) -> _Plan:
        path = self._folder / PLAN
        if path.exists():
            try:
                plan = msgspec.json.decode(path.read_bytes(), type=_Plan)
            except (msgspec.DecodeError, OSError):
                plan = None
            if plan is None or plan.said != self._asked.said:
                raise UsageError(
                    f"{self._folder}: answers of another import",
                    hint="delete the folder, or name another output",
                )
            span = f"{utc(plan.since)} to {utc(plan.until)}"
            self._tell(f"this goes on with the import that was begun, of {span}")
            return plan
        if any(self._folder.glob("[!.]*")):
            raise UsageError(
                f"{self._folder}: holds other files than answers", hint="name another output"
            )
        asked = self._asked
        intervals = {group.key: self._interval(group) for group in GROUPS}
        plan = _Plan(asked.said, asked.since, asked.until, intervals)
        with private.told(path):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            private.write(path, json.dumps(msgspec.to_builtins(plan)))
        return plan

    def _interval(self, group: QueryGroup) -> float | None:
        """Scrape interval of a family in seconds, from its samples at the end of the range, in its
        middle or at its start; special values as in `_Plan`."""
        since, until = self._asked.since, self._asked.until
        for at in (until, (since + until) / 2, min(since + PROBE_S, until)):
            for selector in group.probes(self._asked.namespaces):
                try:
                    seen = times_in(self._client.samples(f"{selector}[{PROBE_S:.0f}s]", at))
                except (QueryRefusedError, TooMuchError):
                    return None
                apart = [b - a for times in seen for a, b in pairwise(times) if b > a]
                if apart:
                    usual = median(apart)
                    return float(round(usual)) if usual >= 1.0 else round(usual, 3)
        return 0.0

    def _spacing(self, group: QueryGroup) -> str:
        """Spacing of the family's samples, in words."""
        if self._plan.intervals.get(group.key) == 0.0 and not self._asked.step:
            return "as scraped"
        return f"every {self._step(group):g} s"

    def _step(self, group: QueryGroup) -> float:
        return self._asked.step or self._plan.intervals.get(group.key) or STEP_S

    def _last(self, group: QueryGroup) -> int:
        """Number of the last step, counted from 0."""
        return math.floor((self.until - self.since) / self._step(group) + 1e-6)

    # --- the answers

    def _parts(
        self, group: QueryGroup, key: str, selector: str
    ) -> Iterator[tuple[Piece, set[bytes]]]:
        """The answers for one selector in order of time, each with the series in it."""
        last = self._last(group)
        for first in range(0, last + 1, PART_POINTS):
            span = (first, min(first + PART_POINTS - 1, last))
            yield from self._part(group, key, selector, span, HALVINGS)

    def _part(
        self, group: QueryGroup, key: str, selector: str, span: tuple[int, int], halvings: int
    ) -> Iterator[tuple[Piece, set[bytes]]]:
        """The answer for the steps of `span`, in halves where the server cannot return it whole."""
        first, last = span
        path = self._folder / f"{key}-{first:06d}-{last:06d}.json"
        piece = read_piece(path, path.name) if path.exists() else None
        series = series_in(piece.content) if piece is not None else None
        if piece is not None and series is not None:
            self._kept += 1
        else:
            try:
                body = self._answer(group, selector, span)
            except TooMuchError:
                if first == last or not halvings:
                    raise
                middle = (first + last) // 2
                for half in ((first, middle), (middle + 1, last)):
                    yield from self._part(group, key, selector, half, halvings - 1)
                return
            with private.told(path):
                private.write(path, body.decode("utf-8", "replace"))
            piece, series = Piece(path.name, body), series_in(body)
        yield piece, series or set()

    def _answer(self, group: QueryGroup, selector: str, span: tuple[int, int]) -> bytes:
        """The samples scraped in the steps of `span`, each at its own time; at those steps where a
        step is given, or the server returns no raw samples."""
        step, interval = self._step(group), self._plan.intervals.get(group.key)
        begin, end = (self.since + number * step for number in span)
        if interval is not None and not self._asked.step:
            end = min(end + step, self.until + 0.001)
            return self._client.samples(f"{selector}[{(end - begin) * 1000:.0f}ms]", end - 0.001)
        if interval is not None:
            # The only function over a range that keeps the metric's name.
            selector = f"last_over_time({selector}[{(interval * LOOK_BACK or step) * 1000:.0f}ms])"
        return self._client.query_range(selector, begin, end, step)


def utc(at: float) -> str:
    """A moment as text for people."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
