"""Why a cycle came out as it did: one sentence, then the arithmetic with what agrees."""

from collections.abc import Sequence

from wvatui.core.explain.why_rows import CycleWhy, WhyStep
from wvatui.ui.draw.line import Line, Span
from wvatui.ui.draw.sanitize import fit, sanitize
from wvatui.ui.draw.sections import wrapped
from wvatui.ui.draw.symbols import Symbols, plain

SENTENCE_LINES = 4
LABEL = 10
"""Cells of the column that names a group of lines."""
_VERDICTS = {
    "agrees": ("ok", "recomputed, and agrees with the log"),
    "mismatch": ("bad", "recomputed, and DIFFERS from the log"),
    "unexplained": ("warn", "cannot be recomputed"),
}
_POORER = ("recovered", "fitted")
_FIRST = "Votes"
"""They sum up what comes before them."""
_LAST = "Thresholds"
"""They are read after what was made of them."""
_SHOWN_BESIDE = ("Replicas",)
"""The table of pods shows them."""


def sentence(why: CycleWhy, width: int, symbols: Symbols) -> list[Line]:
    """The sentence with the sign of its verdict."""
    level, _ = _VERDICTS[why.verdict]
    style = "bold" if level == "ok" else f"bold {level}"
    text = sanitize(why.sentence, 800)
    if not symbols.unicode:
        text = plain(text.replace("→", ">"))
    pieces = wrapped(text, width - 4)
    more = len(pieces) > SENTENCE_LINES
    out: list[Line] = []
    for number, piece in enumerate(pieces[:SENTENCE_LINES]):
        head: Span = (f" {symbols.level[level]} ", level) if not number else ("   ", "")
        tail = symbols.ellipsis if more and number == SENTENCE_LINES - 1 else ""
        out.append((head, (piece + tail, style)))
    return out


def verdict(why: CycleWhy) -> str:
    """What the comparison said, in words, with where the thresholds come from."""
    by = f"; thresholds {why.known_by}" if why.known_by in _POORER else ""
    return _VERDICTS[why.verdict][1] + by


def arithmetic(why: CycleWhy, width: int, symbols: Symbols, *, replicas: bool) -> list[Line]:
    """What differs or is missing, then the steps. `replicas`: also those of the pods."""
    out: list[Line] = []
    for text in why.differs:
        out += _told(("differs", text), f" {symbols.error} ", "bad", width)
    for text in why.missing:
        out += _told(("missing", text), f" {symbols.level['warn']} ", "warn", width)
    steps = [s for s in why.steps if replicas or s.section not in _SHOWN_BESIDE or s.mark]
    ends = (_FIRST, _LAST)
    votes, others = (
        (s for s in steps if s.section == _FIRST),
        (s for s in steps if s.section not in ends),
    )
    steps = [*votes, *others, *_joined(steps)]
    section = ""
    for step in steps:
        label = "" if step.section == section else step.section.removeprefix("Analyzer ")
        section = step.section
        sign, style = _sign(step, symbols)
        out += _told((label, step.text), sign, style, width, symbols)
    return out


def _joined(steps: Sequence[WhyStep]) -> list[WhyStep]:
    """The thresholds, those that are known from one source in one line."""
    sources: dict[str, list[str]] = {}
    for step in steps:
        if step.section == _LAST:
            value, _, source = step.text.partition(" (")
            sources.setdefault(source.removesuffix(")"), []).append(value)
    return [
        WhyStep(_LAST, ", ".join(values) + (f" ({source})" if source else ""))
        for source, values in sources.items()
    ]


def _sign(step: WhyStep, symbols: Symbols) -> tuple[str, str]:
    if step.mark == "agrees":
        return f" {symbols.level['ok']} ", "ok"
    if step.mark == "mismatch":
        return f" {symbols.error} ", "bad"
    return (f" {symbols.missing} ", "muted") if step.mark == "taken" else ("   ", "")


def _told(
    told: tuple[str, str], sign: str, style: str, width: int, symbols: Symbols | None = None
) -> list[Line]:
    """A sign, the group's name, and the text in as many lines as it needs."""
    label, text = sanitize(told[0], 60).lower(), sanitize(told[1], 600)
    if symbols is not None and not symbols.unicode:
        text = plain(text)
    loud = style if style in ("bad", "warn") else ""
    pieces = wrapped(text, width - LABEL - 6)
    return [
        (
            (sign if not n else "   ", style),
            (fit(label if not n else "", LABEL) + " ", "muted"),
            (piece, loud),
        )
        for n, piece in enumerate(pieces)
    ]
