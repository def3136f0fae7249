"""Turns lines of a wvatui recording into events, and notes irregularities."""

import re
from datetime import UTC, datetime
from operator import attrgetter

import msgspec
from msgspec.structs import fields, force_setattr

from wvatui.core.events import SCHEMA, Event, Footer, Gap, Header, Scrape, Unknown
from wvatui.core.events.codec import DamagedLine, decode, decode_all
from wvatui.core.lines import many
from wvatui.core.queries.health.missing import Missing, joined, missing_in
from wvatui.errors import RecordingError
from wvatui.recording.in_time import InTime

MARK = b'{"k":"'
"""Start of every line of a recording, as `Writer` writes it."""
_BEGINS = re.compile(rb'\s*\{\s*"(?:k|at)"\s*:')
"""Start of a line after another program has rewritten the JSON, with spaces or sorted names."""
SLACK_S = 60.0
"""Seconds by which a header may be earlier than the first event before it in the file, as single
lines get lost and swapped. A larger difference means that the file runs backwards."""
_TOLD = frozenset((Header, Footer, Gap, Unknown))
"""Kinds that say something about the recording itself."""
_HEADER = re.compile(rb'"k"\s*:\s*"header"')
FIRST_LINES = 4
"""Most lines that another program may have put in front of a header."""
_HISTOGRAMS = tuple(field.name for field in fields(Scrape) if field.type is msgspec.Raw)
_at = attrgetter("at")
_Numbered = tuple[int, Event]
"""An event preceded by the number of its line."""


def is_recorded(line: bytes) -> bool:
    """Whether a line belongs to a recording, even an incomplete line."""
    if line.startswith(MARK):
        return True
    if not _BEGINS.match(line):
        return False
    try:
        decode(line)
    except DamagedLine:
        return False
    return True


def holds_a_recording(head: bytes) -> bool:
    """Whether at least half of the lines belong to a recording; a page that quotes some is not
    one."""
    lines = [line for line in head.split(b"\n") if line.strip()]
    if any(line.lstrip().startswith(b"```") for line in lines):
        return False
    return 2 * sum(map(is_recorded, lines)) >= len(lines) > 0


def quotes_a_recording(head: bytes) -> bool:
    """Whether the text begins with a recording in another layout: quoted, in a list, or spread over
    lines."""
    lines = [line for line in head.split(b"\n") if line.strip()]
    return any(map(_HEADER.search, lines[:FIRST_LINES]))


class RecordedLines:
    """Turns whole lines into events. A damaged line loses only itself."""

    def __init__(self, name: str, *, growing: bool = False) -> None:
        """`growing`: more may be written, so a missing end is not worth a notice."""
        self._name = name
        self._growing = growing
        self._line = 0
        self._damaged = 0
        self._first_damaged = (0, "")
        self._unknown = 0
        self._header: Header | None = None
        self._first_at: float | None = None
        self._footer: Footer | None = None
        self._missing: Missing | None = None
        self._cut = False
        self._sharing = LookSharing()
        self._times = InTime[_Numbered](growing=growing)

    def feed(self, lines: list[bytes]) -> list[Event]:
        """The events of `lines`. Raises RecordingError for a schema that is too new."""
        events = decode_all(lines)
        # Nearly all lines of a recording are undamaged and in order of time.
        if events is None or not self._times.go_on(list(map(_at, events))):
            return self._one_by_one(lines)
        self._line += len(events)
        self._learn(events)
        return events

    def _one_by_one(self, lines: list[bytes]) -> list[Event]:
        """The events of lines of which some may be damaged, or out of order."""
        events: list[Event] = []
        for line in lines:
            self._line += 1
            if not line:
                continue
            try:
                event = decode(line)
            except DamagedLine as damage:
                if line.strip():
                    self._damage(self._line, damage.reason)
                continue
            events += self._sorted_out(self._times.take(event.at, (self._line, event)))
        self._learn(events)
        return events

    def caught_up(self) -> list[Event]:
        """Always empty, as `feed` returns events at once."""
        return []

    def finish(self, rest: bytes) -> list[Event]:
        """The events of the file's end; `rest` is the text after the last newline."""
        events: list[Event] = []
        if rest.strip():
            try:
                decode(rest)
            except DamagedLine:
                self._cut = True
            else:
                events = self.feed([rest])
        late = self._sorted_out(self._times.end())
        self._learn(late)
        return events + late

    def _sorted_out(self, judged: tuple[list[_Numbered], list[_Numbered]]) -> list[Event]:
        """The events with a plausible time; the others count as damage."""
        believed, aside = judged
        for line, event in aside:
            self._damage(line, f"at {event.at:.0f} is more than a day from the lines beside it")
        return [event for _, event in believed]

    def _learn(self, events: list[Event]) -> None:
        """Note what the events say about the recording, and let scrapes share equal parts."""
        self._sharing.take([event for event in events if type(event) is Scrape])
        if self._first_at is None and events:
            self._first_at = events[0].at
        for event in events:
            if type(event) in _TOLD:
                self._note(event)

    @property
    def next_part(self) -> str:
        """Name of the file that continues the recording; empty: none, or not known yet."""
        return self._footer.next if self._footer is not None else ""

    def _note(self, event: Event) -> None:
        if isinstance(event, Header):
            self._check(event)
        elif isinstance(event, Footer):
            self._footer = event
        elif isinstance(event, Gap):
            self._missing = joined((self._missing, missing_in([event])))
        elif isinstance(event, Unknown):
            self._unknown += 1

    def _damage(self, line: int, reason: str) -> None:
        self._damaged += 1
        if self._damaged == 1 or line < self._first_damaged[0]:
            self._first_damaged = (line, reason)

    def _check(self, header: Header) -> None:
        major, minor = header.schema
        if major > SCHEMA[0]:
            raise RecordingError(
                f"{self._name}: written in format {major}.{minor}, "
                f"this wvatui reads up to {SCHEMA[0]}.x",
                hint="update wvatui",
            )
        first = self._header
        if first is not None and (header.session != first.session or header.part <= first.part):
            raise RecordingError(
                f"{self._name}: two recordings one after the other: the second begins at"
                f" {datetime.fromtimestamp(header.at, UTC):%Y-%m-%dT%H:%M:%SZ}",
                hint="open each one on its own",
            )
        if first is None and self._first_at is not None and header.at < self._first_at - SLACK_S:
            raise RecordingError(
                f"{self._name}: its lines are not in the order in which they were written",
                hint="the line of the header is the first one; of a reversed file `tac` is right",
            )
        self._header = self._header or header

    @property
    def notices(self) -> list[str]:
        """Notices about this recording, one line each."""
        notices = []
        if self._header is None:
            notices.append(
                "the first line (header) is missing: the start of the session is unknown"
            )
        elif tuple(self._header.schema) > SCHEMA:
            notices.append(f"written by a newer version ({self._header.tool or 'unknown'})")
        if self._missing is not None:
            notices.append(f"incomplete: {self._missing}")
        if self._unknown:
            notices.append(f"{many(self._unknown, 'event')} of unknown kinds: passed over")
        if self._damaged:
            line, reason = self._first_damaged
            more = "" if self._damaged == 1 else f" and {self._damaged - 1} more"
            notices.append(f"line {line}{more} damaged and passed over ({reason})")
        if self._cut:
            notices.append("the last line is cut off")
        elif self._footer is None and self._growing:
            pass
        elif self._footer is None:
            notices.append("no end: the recording was cut, or is still being written")
        elif self._footer.next:
            notices.append(f"goes on in {self._footer.next}")
        return notices


class LookSharing:
    """Stores once what a scrape has in common with the scrape before it.

    A decoded histogram is a view of its line, so one of them keeps the whole line in memory. Two of
    three scrapes have no new counts in most of their histograms, and all of them name their pod.
    """

    """The newest look at each pod, whose parts the next one may share."""

    def __init__(self) -> None:
        self._newest: dict[str, Scrape] = {}

    def take(self, looks: list[Scrape]) -> None:
        """Replace parts that equal the earlier scrape's by those of the earlier scrape.

        Call this before the scrapes are used elsewhere: they are changed in place.
        """
        newest = self._newest
        for look in looks:  # a quarter of a million for eight hours: every call avoided counts
            before = newest.get(look.pod)
            newest[look.pod] = look
            if before is None:
                for name in _HISTOGRAMS:
                    force_setattr(look, name, getattr(look, name).copy())
                continue
            force_setattr(look, "pod", before.pod)
            if look.success == before.success:
                force_setattr(look, "success", before.success)
            for name in _HISTOGRAMS:
                value, known = getattr(look, name), getattr(before, name)
                force_setattr(look, name, known if value == known else value.copy())
