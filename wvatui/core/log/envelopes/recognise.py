"""Which envelopes a log is in, found from its first lines."""

from collections.abc import Sequence
from typing import NamedTuple

from wvatui.core.log.dialects import stack
from wvatui.core.log.envelopes import ENVELOPES
from wvatui.core.log.envelopes.envelope import Envelope, Opener, run
from wvatui.core.log.envelopes.json_object import TAIL_OBJECT
from wvatui.core.log.envelopes.line_prefix import UNKNOWN_PREFIX
from wvatui.core.log.parser import as_it_stands

DEEPEST = 4
"""Most nested envelopes that are removed."""
_NO_DIALECT = frozenset(("none", stack.NAME))


class Understood(NamedTuple):
    """How many lines are recognised as a controller's; compared field by field, in order."""

    with_facts: int = 0
    known: int = 0
    in_dialect: int = 0


class Recognised(NamedTuple):
    """The envelopes, outermost first, and how much is recognised after removing them."""

    chain: tuple[Envelope, ...]
    openers: tuple[Opener, ...]
    understood: Understood


def understood(lines: Sequence[str]) -> Understood:
    """How much of `lines` is recognised as a controller's, without removing anything."""
    return _measured(lines)[0]


def _measured(lines: Sequence[str]) -> tuple[Understood, int]:
    """How much of `lines` is recognised as a controller's, and how many are of no dialect."""
    with_facts = known = in_dialect = strange = 0
    for line in lines:
        parsed = as_it_stands(line, 1970)
        strange += parsed is None or parsed.dialect == "none"
        if parsed is not None and parsed.dialect not in _NO_DIALECT:
            in_dialect += 1
            known += parsed.kind == "known" and not parsed.content.lacks_fields
            with_facts += bool(parsed.facts)
    return Understood(with_facts, known, in_dialect), strange


def recognise(sample: Sequence[str]) -> Recognised:
    """The envelopes of a log that begins with `sample`: without them, most lines are recognised.

    The openers are new: they have not been fed any of the lines.
    """
    if _is_plain(sample):
        return Recognised((), (), understood(sample))
    chain, score, _ = _search(sample, DEEPEST, {})
    openers: list[Opener] = []
    lines = list(sample)
    for row in chain:
        opener = row.begin(lines)
        trial = row.begin(lines)
        assert opener is not None
        assert trial is not None
        openers.append(opener)
        lines, _ = run(trial, lines)
    return Recognised(chain, tuple(openers), score)


def _is_plain(lines: Sequence[str]) -> bool:
    """Whether every line is a complete line of a controller as it is, and most are known."""
    known = 0
    for line in lines:
        parsed = as_it_stands(line, 1970)
        if parsed is None or parsed.dialect == "none" or parsed.content.lacks_fields:
            return False
        known += parsed.kind == "known"
    return 2 * known >= len(lines)


def fitting(sample: Sequence[str]) -> Envelope | None:
    """The first envelope that fits `sample`, whatever the lines inside say.

    It has to fit half of the lines, or all where any kind of line might fit by chance.
    """
    for row in ENVELOPES:
        opener = row.begin(sample)
        needed = 2 if row.tells_more else 1
        if opener is not None and 2 * run(opener, sample)[1] >= needed * len(sample):
            return row
    return None


Searched = tuple[tuple[Envelope, ...], Understood, int]
"""(the envelopes without which most is recognised, how much that is, lines of no dialect)."""


def _search(
    lines: Sequence[str], depth: int, known: dict[tuple[int, tuple[str, ...]], Searched]
) -> Searched:
    """Among equally good ones, the one that leaves fewest lines, then the shortest.

    `known`: what was searched before. Two envelopes that are taken off in either order leave the
    same lines.
    """
    key = (depth, tuple(lines))
    if key not in known:
        known[key] = _searched(lines, depth, known)
    return known[key]


def _searched(
    lines: Sequence[str], depth: int, known: dict[tuple[int, tuple[str, ...]], Searched]
) -> Searched:
    plain, strange = _measured(lines)
    best: tuple[Envelope, ...] = ()
    score = plain
    for row in ENVELOPES if depth else ():
        opener = row.begin(lines)
        if opener is None:
            continue
        inner, fits = run(opener, lines)
        if not fits or inner == lines:
            continue
        chain, gained, left = _search(inner, depth - 1, known)
        chain = (row, *chain)
        is_better = best and (left, *_cost(chain)) < (strange, *_cost(best))
        if gained > score or (gained == score and is_better):
            best, score, strange = chain, gained, left
        elif gained == score == plain and not best and not row.tells_more:
            # An envelope such as fences only adds lines around the log, and changes no line.
            best = chain if gained.in_dialect and len(inner) < len(lines) else ()
            strange = left if best else strange
    return best, score, strange


def _cost(chain: Sequence[Envelope]) -> tuple[bool, int]:
    return UNKNOWN_PREFIX in chain or TAIL_OBJECT in chain, len(chain)
