"""Counters that fall and are back a moment later: several processes answer at one address.

A load balancer in front of several engines, or API servers that do not share their metrics, answer
with the page of one of them at a time. Each fall looks like a restart, each rise like a burst.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from operator import gt

from wvatui.core.events import Scrape
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.lines import many
from wvatui.core.state.history import History

WINDOW_S = 120.0
"""Seconds in which falls count: no engine restarts twice in them and has its counters back."""
LEAST = 2
"""Falls from which it is found."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for name, watched in sorted(look.state.watched.items()):
        last = watched.history.last
        if last is None or last.at < look.now - WINDOW_S / 2:
            continue
        if not _may_fall(watched.history):
            continue
        scrapes = watched.history.since(look.now - WINDOW_S)
        falls = max(map(_falls, _counters(scrapes)))
        if falls < LEAST:
            continue
        yield Finding(
            rule=RULE.id,
            severity="warning",
            title=f"several processes answer for {name} by turns: its rates and totals are not its"
            " own",
            about=f"Pod/{name}",
            evidence=(
                Evidence(
                    f"its token counters fell {many(falls, 'time')} in"
                    f" {look.now - scrapes[0].at:.0f} s, and were back at once",
                    f"Pod/{name}",
                    "metrics page",
                    look.age(last.at),
                ),
            ),
            advice="watch each engine by its own address instead of a load balancer's; let its API"
            " servers share one PROMETHEUS_MULTIPROC_DIR",
        )


def _may_fall(history: History) -> bool:
    """Whether a counter fell at all of late; quick, since every pod is asked with every State."""
    minutes = history.full[-3:]
    edges = [edge for minute in minutes for edge in (minute[0], minute[-1])]
    if any(minute.kept("a counter fell", partial(_fell, minute)) for minute in minutes):
        return True
    return _fell([*edges, *history.open])


def _fell(scrapes: Sequence[Scrape]) -> bool:
    return any(any(map(gt, totals, totals[1:])) for totals in _counters(scrapes))


def _counters(scrapes: Sequence[Scrape]) -> tuple[list[int], list[int]]:
    """The token counters, where they were measured."""
    prompts = [each.prompt_tokens for each in scrapes]
    generated = [each.generation_tokens for each in scrapes]
    return [n for n in prompts if n is not None], [n for n in generated if n is not None]


def _falls(totals: Sequence[int]) -> int:
    """How often a counter fell that later was at least where it had been."""
    later, falls = 0, 0
    for older, newer in zip(reversed(totals[:-1]), reversed(totals[1:]), strict=True):
        falls += newer < older <= later
        later = max(later, newer)
    return falls


RULE = FindingRule(
    "counters-fall", "several processes answer at one address", "detector", _find, rank=232
)
