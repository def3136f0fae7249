"""Turns lines of a controller's log, as kubectl saved it, into the events of a session.

The log is the only source, so each line is put at its own time, with clock ticks between the lines:
the replay then moves and ages as the original did.
"""

from collections.abc import Iterator
from math import ceil

from wvatui.core.events import Event, Header, Log, Notice, Tick
from wvatui.core.lines import decode, many
from wvatui.core.log.envelopes.appearance import appearance
from wvatui.core.log.envelopes.peeling import Peeling
from wvatui.core.log.parser import parse, time_of, year_of
from wvatui.core.log.twice_read import SLACK_S, TwiceRead
from wvatui.errors import RecordingError
from wvatui.recording.in_time import FAR_S
from wvatui.recording.time_order import TimedLine, each_once, in_time_order

TICKS_CAP = 600
"""Most ticks for one silence, as a log may be silent for days."""
HELD_CAP = 2_000
"""Most lines held back until the time at which they belong is known."""
_LATE = (
    "lines came that are older than those before them: what is followed is shown as it comes;"
    " a file that is opened without --follow is put in order of time"
)
TELLING = 200
"""Lines at the start of a log, of which at least one must be a controller's."""


class ImportedLines:
    """Turns whole lines into events: Header first, then Log and Tick.

    The lines are first taken out of their envelopes and sorted by time, so their events come from
    `finish`; those of a log that is `growing` come from `caught_up`, which sorts the lines read by
    then.
    """

    def __init__(
        self, name: str, fallback_at: float, *, encoding: str = "", growing: bool = False
    ) -> None:
        """`fallback_at`: time of a log without any times, UTC epoch seconds.

        `encoding`: the file's original encoding, where it was not UTF-8.
        """
        self._name = name
        self._fallback_at = fallback_at
        self._at: float | None = None
        self._next_tick = 0.0
        self._growing = growing
        self._read: list[TimedLine] = []
        """Lines that are still to be sorted."""
        self._read_at: float | None = None
        self._moved = self._late = self._repeated = 0
        self._twice_read = TwiceRead()
        self._latest: float | None = None
        self._times: list[float] = []
        """Times of the lines that are sorted together: all lines, unless the log is growing."""
        self._held: list[TimedLine] = []
        self._cut_lines = 0
        self._seen = self._known = 0
        self._encoding = encoding
        self._peeling = Peeling(growing=growing)

    next_part = ""

    def feed(self, lines: list[bytes]) -> list[Event]:
        """The events of `lines`. Raises RecordingError when this is no controller's log."""
        read = (self._line(raw) for raw in self._peeling.feed(lines) if raw)
        self._read += [line for line in read if line is not None]
        return []

    def caught_up(self) -> list[Event]:
        """The events of the lines that a growing log holds by now."""
        return list(self._ordered()) if self._growing and self._read else []

    def finish(self, rest: bytes) -> Iterator[Event]:
        """The events of the file's end; `rest` is the text after the last newline."""
        last = (self._line(raw) for raw in self._peeling.finish(rest))
        self._read += [line for line in last if line is not None]
        if self._seen and not self._known:
            raise self._foreign()
        yield from self._ordered()
        if self._at is None and self._held:
            yield from self._begin()
        yield from self._release()
        if self._at is not None:
            yield Tick(self._at)

    def _ordered(self) -> Iterator[Event]:
        """The events of the lines read so far, in order of time."""
        lines, self._read = self._read, []
        once, repeated = each_once(_dated(lines), self._twice_read, growing=self._growing)
        ordered, moved = in_time_order(once, growing=self._growing)
        del lines, once
        self._times = [line.at for line in ordered if line.at is not None]
        had_begun, was_late = self._at is not None, self._late
        self._moved += moved
        self._repeated += repeated
        if self._latest is not None:
            self._late += sum(
                self._latest - FAR_S < t < self._latest - SLACK_S for t in self._times
            )
        self._latest = max(self._times, default=self._latest)
        for line in ordered:
            yield from self._put(line)
        if had_begun and self._at is not None:
            yield from self._told(moved=moved > 0, repeated=repeated > 0)
        if self._late and not was_late and self._at is not None:
            yield Notice(self._at, source="log", code="out-of-order", text=_LATE)

    def _line(self, raw: bytes) -> TimedLine | None:
        """One line with its own time; None for an empty one."""
        text, cut = decode(raw)
        if not text.strip():
            return None
        self._cut_lines += cut > 0
        year = None if self._read_at is None else year_of(text, self._read_at)
        if not self._known and not self._peeling.is_proven:
            self._seen += 1
            parsed = parse(text, year)
            # The form is enough: a release whose messages are all new is format drift, not a
            # foreign file.
            self._known += parsed.kind == "known" or parsed.dialect not in ("none", "stack")
            if self._seen >= TELLING and not self._known:
                raise self._foreign()
        at = time_of(text, year)
        if at is not None and (self._read_at is None or abs(at - self._read_at) <= FAR_S):
            self._read_at = at
        return TimedLine(at, text, cut)

    def _put(self, timed: TimedLine) -> Iterator[Event]:
        """The events of the next line; lines must be given in order of time."""
        at, line, cut = timed
        if self._at is not None and not self._held and (at is None or at - self._at <= FAR_S):
            if at is not None and at > self._at:
                yield from self._pass_to(at)
            yield Log(self._at, line=line, cut=cut)
            return
        self._held.append(timed)
        times = [time for time, _, _ in self._held if time is not None]
        full = len(self._held) >= HELD_CAP
        if self._at is None:
            # The first time counts unless the second and the third agree on another one.
            if full or len(times) > 2 or (len(times) == 2 and _near(*times)):
                yield from self._begin(1 if len(times) > 2 and not _near(times[0], times[2]) else 0)
                yield from self._release()
        elif full or (at is not None and at - self._at <= FAR_S):
            yield from self._release()
        elif len(times) > 1 and at is not None:
            # The clock jumped: the next line confirms or refutes the jump.
            if _near(times[-2], at):
                yield from self._release(far=True)
            else:
                *before, newest = self._held
                self._held = before
                yield from self._release()
                self._held = [newest]

    def _begin(self, number: int = 0) -> Iterator[Event]:
        """The header, at the time of the held line with this `number`."""
        times = [time for time, _, _ in self._held if time is not None]
        at = self._at = times[number] if times else self._fallback_at
        self._next_tick = at + 1.0
        # Several threads write, so the first line need not be the earliest.
        began = min((t for t in self._times if at - SLACK_S <= t), default=at)
        names = [name for name in (self._encoding, self._peeling.envelope) if name]
        yield Header(
            at,
            started_at=min(at, began),
            imported=self._name,
            tool="",
            out_of_order=self._moved,
            repeated=self._repeated,
            envelope=" > ".join(names),
        )
        yield from self._told(moved=self._moved > 0, repeated=self._repeated > 0)

    def _told(self, *, moved: bool, repeated: bool) -> Iterator[Event]:
        """Notices that lines were sorted or left out."""
        assert self._at is not None
        if moved:
            yield Notice(self._at, source="log", code="out-of-order", text=self._order_words)
        if repeated:
            yield Notice(self._at, source="log", code="repeated", text=self._repeated_words)

    def _release(self, *, far: bool = False) -> Iterator[Event]:
        """The events of the held lines. `far`: let the clock jump as far as their times say."""
        held, self._held = self._held, []
        for at, line, cut in held:
            assert self._at is not None
            if at is not None and at > self._at and (far or at - self._at <= FAR_S):
                yield from self._pass_to(at)
            yield Log(self._at, line=line, cut=cut)

    def _pass_to(self, at: float) -> Iterator[Event]:
        """Ticks up to `at`, once a second or, in a long silence, less often."""
        due = ceil(at - self._next_tick) if at > self._next_tick else 0
        step = max(1, ceil(due / TICKS_CAP))
        for number in range(0, due, step):
            yield Tick(self._next_tick + number)
        if due:
            self._next_tick += ceil(due / step) * step
        self._at = at

    def _foreign(self) -> RecordingError:
        look = appearance(self._peeling.sample)
        return RecordingError(
            f"{self._name}: neither a recording nor a controller's log{look.words}",
            hint=look.remedy,
        )

    @property
    def _order_words(self) -> str:
        lines = many(self._moved, "line", "were")
        return f"{lines} not in order of time: put in order by their time stamps"

    @property
    def _repeated_words(self) -> str:
        lines = many(self._repeated, "line", "stand")
        return (
            f"{lines} in it again, as in logs that overlap: each was written once and counts once"
        )

    @property
    def notices(self) -> list[str]:
        """Notices about this log, one line each."""
        notices = self._peeling.notices
        if self._moved:
            notices.append(self._order_words)
        if self._repeated:
            notices.append(self._repeated_words)
        if self._late:
            notices.append(_LATE)
        if self._cut_lines:
            notices.append(f"{many(self._cut_lines, 'overlong line')} cut short")
        return notices


def _dated(lines: list[TimedLine]) -> list[TimedLine]:
    """The lines, with times added to those before the first known time, where they lacked only the
    year."""
    first = next((number for number, line in enumerate(lines) if line.at is not None), 0)
    at = lines[first].at if lines else None
    if at is None:
        return lines
    early = [line._replace(at=time_of(line.text, year_of(line.text, at))) for line in lines[:first]]
    return early + lines[first:]


def _near(first: float, other: float) -> bool:
    return abs(first - other) <= FAR_S
