"""Lines of a log in the order of their time, whatever the order in which a tool gave them.

Loki and Grafana give the newest line first, `kubectl logs -l` one pod after the other, and a
shell's `*` the files in the order of their names. A log whose time runs forward is left as it is.
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
"""Changes of time from which it is told which way a part of a file runs."""
LONG = 8
"""Entries of a stretch, on average, from which its lines stand as one process wrote them."""
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
"""Place in a cycle of what states none of these facts."""


class TimedLine(NamedTuple):
    """A line, its own time (UTC epoch seconds; None: it has none), and the bytes cut from it."""

    at: float | None
    text: str
    cut: int


class TimedEntry(NamedTuple):
    """A line with a time and the lines without one that belong to it; `at` is that time."""

    at: float
    lines: tuple[int, ...]
    """Their numbers in the file, in the order in which they were written."""


def in_time_order(
    lines: Sequence[TimedLine], *, growing: bool = False
) -> tuple[Sequence[TimedLine], int]:
    """The lines ascending in time, and how many had to be put in order; 0: all stay as they are.

    A line counts when one that was written after it stands before it. Lines without a time stay
    with the one that they follow. `growing`: a few lines of a log that is being written, in which
    several threads may happen to write each before the other.
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
    """The lines without those that were `read` before, and how many those are.

    Of a log that does not grow all lines come at once: none is read again where time never steps
    back.
    """
    if not growing and not any(_steps_back([line.at for line in lines if line.at is not None])):
        return lines, 0
    repeated = read.repeated(map(_own, lines))
    if not repeated:
        return lines, 0
    return [line for n, line in enumerate(lines) if n not in repeated], len(repeated)


def _own(line: TimedLine) -> tuple[float | None, str]:
    """A line's own time and text, without the stamp of the kubelet or of a collector: one of two
    copies may lack it, and many lines may have been collected at one moment."""
    stamp, _, rest = kubelet_time(line.text)
    if stamp is None or line.at is None:
        return line.at, line.text
    return (None, line.text) if time_of(rest, year_of(rest, line.at)) is None else (line.at, rest)


def _plausible(times: list[float | None]) -> list[float | None]:
    """The times without those that are far from the times on both of their sides."""
    known = [(number, at) for number, at in enumerate(times) if at is not None]
    kept = list(times)
    for place, (number, at) in enumerate(known):
        beside = known[max(0, place - 1) : place] + known[place + 1 : place + 2]
        if beside and all(abs(at - other) > FAR_S for _, other in beside) and len(known) > 2:
            kept[number] = None
    return kept


class _Run(NamedTuple):
    """Lines in which time runs one way: their numbers are from `begin` up to below `end`."""

    begin: int
    end: int
    newest_first: bool


def _runs(lines: Sequence[TimedLine], times: Sequence[float | None]) -> list[_Run]:
    """The file cut where time turns: files that were put together may each run another way."""
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
    """Whether the newest line is first. `way`: 1 and -1 where time runs farther than the slack.

    It may run back by blocks, of which each runs forward: those are only put in order. Of a run
    of too few lines it is so where it is so of the rest of the file.
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
    """The same of a run whose time goes back too seldom to tell: whether the lines of one moment
    run from the end of a cycle to its beginning."""
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
    """For each time whether it lies before a time in front of it by more than the slack."""
    highest = float("-inf")
    for at in times:
        yield at < highest - SLACK_S
        highest = max(highest, at)


def _outer(lines: Sequence[TimedLine], times: list[float | None]) -> list[float | None]:
    """The kubelet's times where every line has one: they are finer than a logger's own."""
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
    """A run cut into entries, in the file's order, or backwards where the newest is first."""
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
    """Whether also the lines of one entry stand the newest first, as the frames of a stack show:
    the function's name is written before its place, which is indented."""
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

    So do long ones that overlap, as logs of several pods do, where they stand `as_written`: one
    reconcile has many lines of one second. Of others their place in a cycle tells the first one.
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
    """Where in a cycle a line stands, among lines of the same time."""
    ranks = [
        _STAGES[fact.stage] if isinstance(fact, fc.LoggedDecision) else _RANKS[type(fact)]
        for fact in parse(text).facts
        if type(fact) in _RANKS
    ]
    return min(ranks, default=_MEASURED)
