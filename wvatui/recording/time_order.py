"""Puts the lines of a log in order of time, whatever the order in which a tool wrote them.

Loki and Grafana list the newest line first, `kubectl logs -l` one pod after the other, and a
shell's `*` the files by name. A log whose time already runs forward is left as it is.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from wvatui.core.lines import kubelet_time
from wvatui.core.log import facts as fc
from wvatui.core.log.parser import parse, time_of, year_of
from wvatui.core.log.twice_read import SLACK_S, TwiceRead
from wvatui.recording.in_time import FAR_S

ENOUGH_STEPS = 4
"""Changes of time that suffice to tell the direction of time in a part of a file."""
LONG = 8
"""Entries per stretch, on average, from which its lines are taken to be in the order in which one
process wrote them."""
_RANKS: dict[type[fc.Fact], int] = {
    fc.Started: 0,
    fc.Mode: 1,
    fc.CycleStart: 2,
    fc.ModelStart: 3,
    fc.LoggedDecision: 6,
    fc.CycleEnd: 9,
}
_STAGES = {"decided": 6, "processing": 6, "emitted": 7, "applied": 8}
_MEASURED = 4
"""Rank within a cycle of a line that holds none of these facts."""


class TimedLine(NamedTuple):
    """A line, its own time (UTC epoch seconds; None: it has none), and the number of bytes cut from
    it."""

    at: float | None
    text: str
    cut: int


class TimedEntry(NamedTuple):
    """A line with a time, together with the following lines without one; `at` is that time."""

    at: float
    lines: tuple[int, ...]
    """Line numbers in the file, in the order in which the lines were written."""


def in_time_order(
    lines: Sequence[TimedLine], *, growing: bool = False
) -> tuple[Sequence[TimedLine], int]:
    """The lines ascending in time, and how many were moved; 0: all stay where they are.

    A line counts as moved when a line written after it came before it. Lines without a time stay
    with the one that they follow. `growing`: a few lines of a log that is being written, where
    several threads may each write ahead of the others.
    """
    times = _plausible([line.at for line in lines])
    runs = _runs(lines, times)
    known = [at for at in times if at is not None]
    turned = not growing and any(run.newest_first for run in runs)
    if not turned and not any(_steps_back(known)):
        return lines, 0
    times = _outer(lines, times)
    entries = [entry for run in runs for entry in _entries(lines, times, run)]
    ordered = _sorted(lines, entries, as_written=not turned)
    order = [number for entry in ordered for number in entry.lines]
    places = [0] * len(lines)
    for place, number in enumerate(order):
        places[number] = place
    moved, last = 0, -1
    for place in places:
        moved += place < last
        last = max(last, place)
    return [lines[number] for number in order], moved


def each_once(
    lines: Sequence[TimedLine], read: TwiceRead, *, growing: bool = False
) -> tuple[Sequence[TimedLine], int]:
    """The lines without copies of lines `read` before, and how many copies there were.

    A log that is not growing gives all its lines at once: it contains no copies where time never
    steps back.
    """
    if not growing and not any(_steps_back([line.at for line in lines if line.at is not None])):
        return lines, 0
    repeated = read.repeated(map(_own, lines))
    if not repeated:
        return lines, 0
    return [line for n, line in enumerate(lines) if n not in repeated], len(repeated)


def _own(line: TimedLine) -> tuple[float | None, str]:
    """A line's own time and text, without the stamp of the kubelet or of a collector: one of two
    copies may lack that stamp, and many lines may have been collected at one moment."""
    stamp, _, rest = kubelet_time(line.text)
    if stamp is None or line.at is None:
        return line.at, line.text
    return (None, line.text) if time_of(rest, year_of(rest, line.at)) is None else (line.at, rest)


def _plausible(times: list[float | None]) -> list[float | None]:
    """The times, without those far from the times on both sides."""
    known = [(number, at) for number, at in enumerate(times) if at is not None]
    kept = list(times)
    for place, (number, at) in enumerate(known):
        beside = known[max(0, place - 1) : place] + known[place + 1 : place + 2]
        if beside and all(abs(at - other) > FAR_S for _, other in beside) and len(known) > 2:
            kept[number] = None
    return kept


class _Run(NamedTuple):
    """Consecutive lines in which time runs in one direction: numbers from `begin` up to, not
    including, `end`."""

    begin: int
    end: int
    newest_first: bool


def _runs(lines: Sequence[TimedLine], times: Sequence[float | None]) -> list[_Run]:
    """The file split where the direction of time changes, as joined files may each have their
    own."""
    runs: list[_Run] = []
    whole = _is_newest_first(times, 0, is_rest=False)

    def run(begin: int, end: int, way: int) -> _Run:
        turned = _is_newest_first(times[begin:end], way, is_rest=whole)
        few = not turned and _is_newest_first_by_cycle(lines[begin:end], times[begin:end], way)
        return _Run(begin, end, turned or few)

    begin, low, high, way = 0, float("inf"), float("-inf"), 0
    for number, at in enumerate(times):
        if at is None:
            continue
        step = (at > low + SLACK_S) - (at < high - SLACK_S)
        if (step and step == -way) or low + SLACK_S < at < high - SLACK_S:
            runs.append(run(begin, number, way))
            begin, low, high, step, way = number, at, at, 0, 0
        low, high, way = min(low, at), max(high, at), way or step
    return [*runs, run(begin, len(times), way)]


def _is_newest_first(times: Sequence[float | None], way: int, *, is_rest: bool) -> bool:
    """Whether the newest line is first.

    `way`: 1 or -1 where time as a whole runs forward or back by more than the slack. A run of
    blocks that each run forward is not newest first, even if the blocks run back: sorting handles
    it. `is_rest`: the rest of the file is newest first, which decides for a run of too few lines.
    """
    known = [at for at in times if at is not None]
    ups = sum(after > before for before, after in pairwise(known))
    downs = sum(after < before for before, after in pairwise(known))
    if is_rest and ups + downs < ENOUGH_STEPS:
        return True
    return way <= 0 and downs >= 2 and downs > 2 * ups


def _is_newest_first_by_cycle(
    lines: Sequence[TimedLine], times: Sequence[float | None], way: int
) -> bool:
    """Whether the newest line is first in a run with too few steps of time to tell: decided by
    whether the lines of one moment run from the end of a cycle to its beginning."""
    # Some loggers of one process cut their times to whole seconds, others do not.
    known = [(int(at), ln.text) for at, ln in zip(times, lines, strict=True) if at is not None]
    moments = [at for at, _ in known]
    steps = [(before, after) for before, after in pairwise(moments) if before != after]
    if way > 0 or len(steps) >= ENOUGH_STEPS or any(b < a for b, a in steps):
        return False
    ranks = [(at, rank) for at, text in known if (rank := _rank(text)) != _MEASURED]
    pairs = [(rank, later) for (at, rank), (then, later) in pairwise(ranks) if at == then]
    back = sum(after < before for before, after in pairs)
    return back > 2 * sum(after > before for before, after in pairs)


def _steps_back(times: Sequence[float]) -> Iterator[bool]:
    """For each time, whether an earlier item's time exceeds it by more than the slack."""
    highest = float("-inf")
    for at in times:
        yield at < highest - SLACK_S
        highest = max(highest, at)


def _outer(lines: Sequence[TimedLine], times: list[float | None]) -> list[float | None]:
    """The kubelet's times where every line has one, as they are finer than a logger's own; else
    `times`."""
    outer: list[float | None] = []
    for line, at in zip(lines, times, strict=True):
        stamp = kubelet_time(line.text)[0]
        if stamp is None or (at is not None and abs(stamp - at) > FAR_S):
            return times
        outer.append(stamp)
    return outer


def _entries(
    lines: Sequence[TimedLine], times: Sequence[float | None], run: _Run
) -> list[TimedEntry]:
    """The entries of a run, oldest first: in the file's order, or reversed where the newest is
    first."""
    numbers = list(range(run.begin, run.end))
    backwards = run.newest_first and _backwards(lines, times, run)
    if backwards:
        numbers.reverse()
    groups: list[list[int]] = []
    for number in numbers:
        if times[number] is not None or not groups:
            groups.append([number])
        else:
            groups[-1].append(number)
    if run.newest_first and not backwards:
        groups.reverse()
    entries: list[TimedEntry] = []
    first = next((at for group in groups if (at := times[group[0]]) is not None), 0.0)
    for group in groups:
        at = times[group[0]]
        entries.append(TimedEntry(first if at is None else at, tuple(group)))
    return entries


def _backwards(lines: Sequence[TimedLine], times: Sequence[float | None], run: _Run) -> bool:
    """Whether the lines within an entry are in reverse order too.

    The frames of a stack trace show it: a function's name is written before its location, which is
    indented.
    """
    for number in range(run.begin + 1, run.end):
        if times[number] is not None or not lines[number].text[:1].isspace():
            continue
        if times[number - 1] is None and not lines[number - 1].text[:1].isspace():
            return False
        if number == run.begin + 1 or times[number - 1] is not None:
            return True
    return True


def _sorted(
    lines: Sequence[TimedLine], entries: list[TimedEntry], *, as_written: bool
) -> list[TimedEntry]:
    """The entries ascending in time; stretches that were only swapped keep their own order.

    Long stretches that overlap, as logs of several pods do, keep it too when they are in the order
    `as_written`, as one reconcile writes many lines in one second. Other entries of equal time are
    ordered by their rank within a cycle.
    """
    stretches: list[list[TimedEntry]] = []
    highest = float("-inf")
    for entry in entries:
        if not stretches or entry.at < highest - SLACK_S:
            stretches.append([])
            highest = float("-inf")
        highest = max(highest, entry.at)
        stretches[-1].append(entry)
    ranges = sorted(
        (min(e.at for e in stretch), max(e.at for e in stretch), number)
        for number, stretch in enumerate(stretches)
    )
    swapped = [entry for _, _, number in ranges for entry in stretches[number]]
    if all(after[0] >= before[1] - SLACK_S for before, after in pairwise(ranges)):
        return swapped
    if as_written and len(entries) >= LONG * len(stretches):
        return sorted(swapped, key=lambda entry: entry.at)
    return sorted(entries, key=lambda entry: (entry.at, _rank(lines[entry.lines[0]].text)))


def _rank(text: str) -> int:
    """Rank of a line within a cycle, which orders lines of the same time."""
    ranks = [
        _STAGES[fact.stage] if isinstance(fact, fc.LoggedDecision) else _RANKS[type(fact)]
        for fact in parse(text).facts
        if type(fact) in _RANKS
    ]
    return min(ranks, default=_MEASURED)
