"""Lines of a log in their envelopes into the lines that the controller wrote.

What the envelopes are is known from the first lines; a log without any goes through untouched.
"""

from collections.abc import Iterable
from itertools import islice

from wvatui.core.lines import decode, rfc3339
from wvatui.core.log.envelopes.envelope import Inner, Inners, Opener, uncoloured
from wvatui.core.log.envelopes.recognise import fitting, recognise
from wvatui.core.log.parser import time_of, year_of

SAMPLE_LINES = 200
"""Lines from which envelopes are recognised, at most at first."""
ENOUGH_LINES = 8
"""So many are waited for where the log does not grow: one line may be a whole one by chance."""
HELD_LINES, HELD_BYTES = 400_000, 1 << 26
"""Kept while something stands in an envelope in which no controller has written yet."""
_WHOLE = 1 << 30


class Peeling:
    """Takes the lines of one log out of its envelopes."""

    def __init__(self, *, growing: bool = False) -> None:
        """`growing`: what is there is recognised at once, however little it is."""
        self._enough = 1 if growing else ENOUGH_LINES
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._due = self._looked_at = 0
        self._openers: tuple[Opener, ...] | None = None
        self._at: float | None = None
        self._sample: list[str] = []
        self.names: tuple[str, ...] = ()
        """The envelopes from the outermost to the innermost."""

    @property
    def is_proven(self) -> bool:
        """Whether a controller's line was seen."""
        return self._openers is not None and not self._sample

    @property
    def sample(self) -> list[str]:
        """The first lines of what no controller has written; empty where one has."""
        return self._sample

    @property
    def notices(self) -> list[str]:
        """What a reader of the log should know, one line each."""
        return [opener.notice for opener in self._openers or () if opener.notice]

    def feed(self, lines: list[bytes]) -> list[bytes]:
        """The lines that the controller wrote, as far as they are complete."""
        if self._openers == ():
            return [_plain(raw) for raw in lines]
        if self._openers is not None:
            return self._peel(lines)
        self._held += lines
        self._held_bytes += sum(map(len, lines))
        if len(self._held) < max(self._due, self._enough):
            return []
        return self._recognise(is_last=False)

    def finish(self, rest: bytes) -> list[bytes]:
        """The last lines; `rest` stands after the last newline."""
        if self._openers is None:
            self._held.append(rest)
            return [*self._recognise(is_last=True), *self._ends()]
        return [*self.feed([rest]), *self._ends()]

    def _recognise(self, *, is_last: bool) -> list[bytes]:
        """Decide by what is held, or hold it until twice as much is there."""
        texts = (uncoloured(decode(raw, _WHOLE)[0]) for raw in self._held)
        lines = (line for line in texts if line.strip())
        first = list(islice(lines, SAMPLE_LINES))
        recognised = recognise(first)
        if not recognised.understood.in_dialect:
            later = list(lines)
            is_document = first[:1] and first[0].startswith(("{", "["))
            if later:
                unseen = later if is_document else later[self._looked_at :]
                recognised = recognise([*first, *unseen])
            if not is_last and not recognised.understood.in_dialect and self._may_follow(first):
                self._due, self._looked_at = 2 * len(self._held), len(later)
                return []
        self._openers = recognised.openers
        self.names = tuple(row.name for row in recognised.chain)
        self._sample = [] if recognised.understood.in_dialect else first
        held, self._held = self._held, []
        return self.feed(held)

    def _may_follow(self, sample: list[str]) -> bool:
        """Whether a controller's line may still come: other tools write into the same envelope."""
        if len(sample) < SAMPLE_LINES:
            return True
        if len(self._held) > HELD_LINES or self._held_bytes > HELD_BYTES:
            return False
        stamped = sum(rfc3339(line.partition(" ")[0]) is not None for line in sample)
        return 2 * stamped >= len(sample) or fitting(sample) is not None

    def _peel(self, lines: Iterable[bytes]) -> list[bytes]:
        out: list[bytes] = []
        for raw in lines:
            text = uncoloured(decode(raw, _WHOLE)[0])
            if text:
                out += self._through((Inner(text),), 0)
        return out

    def _through(self, inners: Inners, first: int) -> Iterable[bytes]:
        """Lines through the openers from number `first` on."""
        for opener in (self._openers or ())[first:]:
            following: list[Inner] = []
            for inner in inners:
                opened = opener.feed(inner.text)
                if opened is None:
                    following.append(inner)
                else:
                    following += [
                        Inner(uncoloured(text), stamp or inner.stamp) for text, stamp in opened
                    ]
            inners = tuple(following)
        return [self._line(inner) for inner in inners if inner.text.strip()]

    def _ends(self) -> list[bytes]:
        """What the openers still hold, the outermost first."""
        out: list[bytes] = []
        for number, opener in enumerate(self._openers or ()):
            ends = tuple(Inner(uncoloured(text), stamp) for text, stamp in opener.end())
            out += self._through(ends, number + 1)
        return out

    def _line(self, inner: Inner) -> bytes:
        """The line, with the envelope's time in front where it has none of its own.

        A time without a year is one where a line before it has named the year.
        """
        text = inner.text
        at = time_of(text, None if self._at is None else year_of(text, self._at))
        if at is not None:
            self._at = at
        elif inner.stamp:
            text = f"{inner.stamp} {text}"
        return text.encode("utf-8", "replace")


def _plain(raw: bytes) -> bytes:
    """A line that is in no envelope, without what steers a terminal."""
    if b"\x1b" not in raw:
        return raw
    return uncoloured(decode(raw, _WHOLE)[0]).encode("utf-8", "replace")
