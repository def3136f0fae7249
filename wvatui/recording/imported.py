"""Lines of a controller's log, as kubectl saved it, into the events of a session.

The log is all there is: each line is put at its own time, and the clock ticks between them, so
that the replay moves and ages as it did.
"""

from collections.abc import Iterator
from math import ceil

from wvatui.core import lines as text
from wvatui.core.dialects.parser import parse, time_of
from wvatui.core.events import Event, Header, Log, Tick
from wvatui.errors import RecordingError

TICKS_CAP = 600
"""At most so many ticks for one silence: a log may sleep for days."""
HELD_CAP = 2_000
"""Lines without a time at the start that are kept until one with a time comes."""
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
        self._held: list[tuple[str, int]] = []
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
        if self._held:
            events += self._begin(self._fallback_at)
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
        if self._at is None:
            self._held.append((line, cut))
            if at is not None:
                yield from self._begin(at)
            elif len(self._held) >= HELD_CAP:
                yield from self._begin(self._fallback_at)
            return
        if at is not None and at > self._at:
            yield from self._pass_to(at)
        yield Log(self._at, line=line, cut=cut)

    def _begin(self, at: float) -> list[Event]:
        """The start: header, and the lines that stood before the first time."""
        self._at = at
        self._next_tick = at + 1.0
        held, self._held = self._held, []
        header = Header(at, started_at=at, imported=self._name, tool="")
        return [header, *(Log(at, line=line, cut=cut) for line, cut in held)]

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
        found = []
        if self._cut_lines:
            found.append(f"{self._cut_lines} overlong lines were cut")
        return found


def _year(at: float) -> int:
    return 1970 + int(at // 31_556_952)
