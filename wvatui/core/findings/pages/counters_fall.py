"""Counters that fall and are back a moment later: several processes answer at one address.

A load balancer in front of several engines, or API servers that do not share their metrics, answer
with the page of one of them at a time. Each fall looks like a restart, each rise like a burst.
"""

from collections.abc import Iterator, Sequence

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.lines import many

WINDOW_S = 120.0
"""Seconds in which falls count: no engine restarts twice in them and has its counters back."""
LEAST = 2
"""Falls from which it is found."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for name, watched in sorted(look.state.watched.items()):
        last = watched.history.last
        if last is None or last.at < look.now - WINDOW_S / 2:
            continue
        scrapes = watched.history.since(look.now - WINDOW_S)
        falls = max(
            _falls([each.prompt_tokens for each in scrapes]),
            _falls([each.generation_tokens for each in scrapes]),
        )
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


def _falls(counts: Sequence[int | None]) -> int:
    """How often a counter fell that later was at least where it had been."""
    later, falls = 0, 0
    totals = [count for count in counts if count is not None]
    for older, newer in zip(reversed(totals[:-1]), reversed(totals[1:]), strict=True):
        falls += newer < older <= later
        later = max(later, newer)
    return falls


RULE = FindingRule(
    "counters-fall", "several processes answer at one address", "detector", _find, rank=232
)
