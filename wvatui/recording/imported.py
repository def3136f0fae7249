"""Lines of a controller's log, as kubectl saved it, into the events of a session.

The log is all there is: each line is put at its own time, and the clock ticks between them, so
that the replay moves and ages as it did.
"""

from collections.abc import Iterator
from math import ceil

from wvatui.core import lines as text
from wvatui.core.events import Event, Header, Log, Tick
from wvatui.core.log.parser import parse, time_of
from wvatui.errors import RecordingError
from wvatui.recording.in_time import FAR_S

TICKS_CAP = 600
"""At most so many ticks for one silence: a log may sleep for days."""
HELD_CAP = 2_000
"""Lines that are kept until it is known at which time they are to be put."""
_Timed = tuple[float | None, str, int]
"""A line, its own time, and how many bytes were cut from it."""
TELLING = 200
"""Lines at the start of which at least one must be a controller's."""


class ImportedLines:
    """Turns whole lines into events: Header first, then Log and Tick."""

    def __init__(self, name: str, fallback_at: float) -> None:
        """`fallback_at`: time of a log that has no time in it, UTC epoch seconds."""
        self._name = name
        self._fallback_at = fallback_at
        self._at: float | None = None
        self._next_tick = 0.0
        self._held: list[_Timed] = []
        self._cut_lines = 0
        self._seen = self._known = 0

    next_part = ""

    def feed(self, lines: list[bytes]) -> list[Event]:
        """The events of `lines`. Raises RecordingError when this is no controller's log."""
        events: list[Event] = []
        for raw in lines:
            if raw:
                events += self._take(raw)
        return events

    def finish(self, rest: bytes) -> list[Event]:
        """The end of the file: `rest` is what stands after the last newline."""
        events = list(self._take(rest)) if rest.strip() else []
        if self._at is None and self._held:
            events += self._begin()
        events += self._release()
        if self._seen and not self._known:
            raise self._foreign()
        if self._at is not None:
            events.append(Tick(self._at))
        return events

    def _take(self, raw: bytes) -> Iterator[Event]:
        line, cut = text.decode(raw)
        if not line.strip():
            return
        self._cut_lines += cut > 0
        year = None if self._at is None else _year(self._at)
        if not self._known:
            self._seen += 1
            parsed = parse(line, year)
            # Its form is enough: a release that says everything anew is format drift, no stranger.
            self._known += parsed.kind == "known" or parsed.dialect not in ("none", "stack")
            if self._seen >= TELLING and not self._known:
                raise self._foreign()
        at = time_of(line, year)
        if self._at is not None and not self._held and (at is None or at - self._at <= FAR_S):
            if at is not None and at > self._at:
                yield from self._pass_to(at)
            yield Log(self._at, line=line, cut=cut)
            return
        self._held.append((at, line, cut))
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
            # The clock jumped: the next line confirms that, or does not.
            if _near(times[-2], at):
                yield from self._release(far=True)
            else:
                *before, newest = self._held
                self._held = before
                yield from self._release()
                self._held = [newest]

    def _begin(self, number: int = 0) -> Iterator[Event]:
        """The start, at the time of that number of those that are held."""
        times = [time for time, _, _ in self._held if time is not None]
        at = self._at = times[number] if times else self._fallback_at
        self._next_tick = at + 1.0
        yield Header(at, started_at=at, imported=self._name, tool="")

    def _release(self, *, far: bool = False) -> Iterator[Event]:
        """The lines that are held. `far`: the clock goes on as far as they say."""
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
        return RecordingError(
            f"{self._name}: neither a recording nor a controller's log",
            hint="expected a .jsonl that wvatui recorded, or the output of `kubectl logs`",
        )

    @property
    def notices(self) -> list[str]:
        """What a reader of this log should know, one line each."""
        notices = []
        if self._cut_lines:
            notices.append(f"{self._cut_lines} overlong lines were cut")
        return notices


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= FAR_S


def _year(at: float) -> int:
    return 1970 + int(at // 31_556_952)
