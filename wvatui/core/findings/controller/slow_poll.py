"""Pods polled too rarely: fewer rounds than configured, or too few for how their values oscillate.

A poll every 15 s hides an oscillation of 6 to 11 s: with fewer than four scrapes per period,
neither its amplitude nor its length can be measured.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from statistics import median

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.lines import many
from wvatui.core.state.history import Sealed

LOOKS_S = 300.0
"""Seconds over which scrapes are judged, up to the last whole minute."""
MINUTES = 6
"""The most minutes that begin in this time."""
LEAST = 24
"""Least number of scrapes that are judged."""
PER_PERIOD = 4.0
SWINGS = 5
"""How many periods must have been seen."""
KV_HEIGHT, WAITING_HEIGHT = 0.25, 8.0
"""Least amplitude of an oscillation (ratio, requests)."""
TIMES = 2.0
"""Factor by which rounds must be further apart than configured for a finding."""


def _find(look: FindingContext) -> Iterator[Finding]:
    spacing_s = _spacing(look)
    asked_s = look.state.header.interval_s if look.state.header else 0.0
    if spacing_s is None:
        return
    if asked_s and spacing_s >= TIMES * asked_s:
        newest = look.state.rounds[-1]
        yield Finding(
            rule=RULE.id,
            severity="warning",
            title=f"pods are scraped every {spacing_s:.1f} s instead of every {asked_s:g} s",
            about="polling/spacing",
            evidence=(
                Evidence(
                    f"the last round over {many(newest.pods, 'pod')} took {newest.took_ms} ms,"
                    f" {newest.answered} answered",
                    "polling",
                    "rounds",
                    look.age(newest.at),
                ),
            ),
            advice="a longer --interval, or --metrics direct where pods can be reached",
        )
    for pod in look.model_pods:
        watched = look.state.watched.get(pod.name)
        full = watched.history.full if watched is not None else ()
        if not full or full[-1][-1].at < look.now - LOOKS_S:
            continue
        # The newest whole minute keeps it, since the same ones are always before that.
        swings = full[-1].kept("swings", partial(_swings, full))
        for column, period_s, low, high in swings:
            if period_s >= PER_PERIOD * spacing_s:
                continue
            yield Finding(
                rule=RULE.id,
                severity="warning",
                title=f"{column} of {pod.name} oscillates with a period of {period_s:.0f} s, and is"
                f" scraped every {spacing_s:.1f} s: what happens in between is not seen",
                about=f"polling/{pod.name}",
                evidence=(
                    Evidence(
                        f"{column} between {low:.2f} and {high:.2f}, mean period"
                        f" {period_s:.1f} s over {LOOKS_S / 60:.0f} minutes",
                        f"Pod/{pod.name}",
                        "pods",
                    ),
                    Evidence(
                        f"{period_s / spacing_s:.1f} scrapes a period, {PER_PERIOD:g} are needed",
                        "polling",
                        "computed",
                    ),
                ),
                advice=f"--interval {max(0.1, period_s / PER_PERIOD / 2):.1f}s; a scrape of"
                " Prometheus sees even less of it",
                variant=look.variant_of(pod),
            )
            return


def _swings(full: Sequence[Sealed]) -> list[tuple[str, float, float, float]]:
    """(column, mean period in seconds, lowest and highest value) of those that oscillate."""
    since = full[-1][-1].at - LOOKS_S
    minutes = [minute for minute in full[-MINUTES:] if minute[0].at >= since]
    swings = []
    for column, height in (("kv", KV_HEIGHT), ("waiting", WAITING_HEIGHT)):
        points = [point for minute in minutes for point in minute.points(column)]
        if (period_s := period(points, height)) is not None:
            values = [value for _, value in points]
            swings.append((column, period_s, min(values), max(values)))
    return swings


def _spacing(look: FindingContext) -> float | None:
    """Median seconds between the last rounds; None: there were too few.

    A time in which no pod could be polled does not make a round late.
    """
    rounds = [r.at for r in look.state.rounds.last(30)]
    return median(b - a for a, b in pairwise(rounds)) if len(rounds) >= 5 else None


def period(points: Sequence[tuple[float, float]], height: float) -> float | None:
    """Mean time between the rises of an oscillating value, seconds; None: it does not oscillate.

    A rise counts once it has crossed three quarters of the range after having been below a quarter
    (a Schmitt trigger), so that noise does not count.
    """
    if len(points) < LEAST:
        return None
    # Not the extremes: a single outlier would hide all other rises.
    values = sorted([value for _, value in points])
    low, high = values[len(values) // 10], values[-1 - len(values) // 10]
    if high - low < height:
        return None
    lower, upper = low + 0.25 * (high - low), low + 0.75 * (high - low)
    rises: list[float] = []
    is_low = False
    for at, value in points:
        if value <= lower:
            is_low = True
        elif value >= upper and is_low:
            rises.append(at)
            is_low = False
    if len(rises) < SWINGS:
        return None
    gaps = [b - a for a, b in pairwise(rises)]
    return sum(gaps) / len(gaps)


RULE = FindingRule("slow-poll", "the poll is too slow", "detector", _find, rank=230)
