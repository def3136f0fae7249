"""Removes the envelopes of a log, so that the lines that the controller wrote remain.

The envelopes are recognised from the first lines; a log without any passes through unchanged.
Where lines follow that do not look like a controller's, as in concatenated files, the envelopes are
recognised anew.
"""

import re
from collections.abc import Iterable
from itertools import islice

from wvatui.core.lines import decode, rfc3339
from wvatui.core.log.envelopes.envelope import STAMP, START, Inner, Inners, Opener, uncoloured
from wvatui.core.log.envelopes.recognise import Recognised, fitting, recognise
from wvatui.core.log.parser import as_it_stands, time_of, year_of

SAMPLE_LINES = 200
"""Most lines from which envelopes are recognised at first."""
ENOUGH_LINES = 8
"""Lines to wait for where the log does not grow: a single line may look complete by chance."""
HELD_LINES, HELD_BYTES = 400_000, 1 << 26
"""Most that is kept while an envelope holds no line of a controller yet."""
CERTAIN = 3
"""Lines of a controller that prove a change of envelopes later in the log."""
_WHOLE = 1 << 30
_BEGINS = re.compile(f"(?:{STAMP} )?(?:{START.pattern})".encode())
"""A line of the controller, with or without the kubelet's stamp."""


class Peeling:
    """Takes the lines of one log out of its envelopes."""

    def __init__(self, *, growing: bool = False) -> None:
        """`growing`: recognise the envelopes at once, however few lines there are."""
        self._enough = 1 if growing else ENOUGH_LINES
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._due = self._looked_at = 0
        self._openers: tuple[Opener, ...] | None = None
        self._at: float | None = None
        self._sample: list[str] = []
        self._growing = growing
        self._strange: list[tuple[bytes, list[bytes]]] = []
        """The newest lines without a recognised controller, each with its unwrapped lines."""
        self._patience = 1
        """How many of them start another recognition; doubled after each one in vain."""
        self._names: dict[str, None] = {}
        self._past: list[str] = []
        """Notices of earlier envelopes, which are no longer in use."""

    @property
    def envelope(self) -> str:
        """The envelopes from the outermost to the innermost, and those further on; "" for none."""
        return (
            ", then ".join(name or "plain lines" for name in self._names)
            if any(self._names)
            else ""
        )

    @property
    def is_proven(self) -> bool:
        """Whether a controller's line was seen."""
        return self._openers is not None and not self._sample

    @property
    def sample(self) -> list[str]:
        """The first lines of a file without lines of a controller; empty where it has some."""
        return self._sample

    @property
    def notices(self) -> list[str]:
        """What a reader of the log should know, one line each."""
        newest = (opener.notice for opener in self._openers or ())
        return [notice for notice in (*self._past, *newest) if notice]

    def feed(self, lines: list[bytes]) -> list[bytes]:
        """The lines that the controller wrote, as far as they are complete."""
        if self._openers is not None:
            out: list[bytes] = []
            for raw in lines:
                if not self._openers and not self._strange and _BEGINS.match(raw):
                    out.append(_plain(raw))  # the usual case
                else:
                    out += self._next(raw)
            return out + self._settle() if self._growing else out
        self._held += lines
        self._held_bytes += sum(map(len, lines))
        if len(self._held) < max(self._due, self._enough):
            return []
        return self._recognise(is_last=False)

    def finish(self, rest: bytes) -> list[bytes]:
        """The last lines; `rest` is the text after the last newline."""
        if self._openers is None:
            self._held.append(rest)
            return [*self._recognise(is_last=True), *self._settle(), *self._ends()]
        return [*self.feed([rest]), *self._settle(), *self._ends()]

    def _recognise(self, *, is_last: bool) -> list[bytes]:
        """Recognise envelopes from the held lines, or hold them until there are twice as many."""
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
        self._take(recognised)
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

    def _take(self, recognised: Recognised) -> None:
        """Use these envelopes from here on."""
        self._openers = recognised.openers
        self._names[" > ".join(row.name for row in recognised.chain)] = None

    def _next(self, raw: bytes) -> list[bytes]:
        """The lines from the next raw line; empty while it is held."""
        out = self._peeled(raw)
        is_blank = not raw.strip()
        if self._sample or not (self._strange if is_blank else out and all(map(_is_strange, out))):
            return self._settle() + out
        self._strange.append((raw, out))
        return self._settle() if len(self._strange) >= SAMPLE_LINES else []

    def _settle(self) -> list[bytes]:
        """The held lines, unwrapped from newly recognised envelopes, else from the present ones."""
        held, self._strange = self._strange, []
        if held and len(held) >= self._patience:
            texts = [uncoloured(decode(raw, _WHOLE)[0]) for raw, _ in held]
            recognised = recognise([text for text in texts if text.strip()])
            known = recognised.understood.in_dialect
            is_other = bool(recognised.openers or self._openers)
            if is_other and (known >= CERTAIN or CERTAIN <= len(texts) <= 2 * known):
                ends, self._patience = self._ends(), 1
                self._past += [opener.notice for opener in self._openers or ()]
                self._take(recognised)
                return ends + [line for raw, _ in held for line in self._peeled(raw)]
            self._patience *= 2
        return [line for _, out in held for line in out]

    def _peeled(self, raw: bytes) -> list[bytes]:
        """The lines in one raw line, by the present envelopes."""
        if self._openers == ():
            return [_plain(raw)]
        text = uncoloured(decode(raw, _WHOLE)[0])
        return list(self._through((Inner(text),), 0)) if text else []

    def _through(self, inners: Inners, first: int) -> Iterable[bytes]:
        """Lines passed through the openers from index `first` on."""
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
        """The line, preceded by the envelope's time where it has no time of its own.

        A time without a year counts as its own where an earlier line has named the year.
        """
        text = inner.text
        at = time_of(text, None if self._at is None else year_of(text, self._at))
        if at is not None:
            self._at = at
        elif inner.stamp:
            text = f"{inner.stamp} {text}"
        return text.encode("utf-8", "replace")


def _plain(raw: bytes) -> bytes:
    """A line outside any envelope, without terminal codes."""
    if b"\x1b" not in raw:
        return raw
    return uncoloured(decode(raw, _WHOLE)[0]).encode("utf-8", "replace")


def _is_strange(raw: bytes) -> bool:
    """Whether no controller can have written this line as it is."""
    if _BEGINS.match(raw) or not raw.strip():
        return False
    parsed = as_it_stands(decode(raw, _WHOLE)[0], 1970)
    return parsed is None or parsed.dialect == "none"
