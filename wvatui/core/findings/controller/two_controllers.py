"""Two controllers that decide about one variant, and want different numbers of replicas.

A change of leader does not count: there the former one stops. Two controllers decide in turns.
"""

from collections.abc import Iterator
from itertools import pairwise

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.log import facts as fc
from wvatui.core.state.state import LogEntry

TURNS = 3
"""How many changes from one to the other are more than a change of leader."""
WINDOW_S = 180.0
"""How far back decisions count: three of the longest default cycles."""


def _find(look: FindingContext) -> Iterator[Finding]:
    decided: dict[tuple[str, str], list[tuple[LogEntry, fc.LoggedDecision]]] = {}
    for entry in look.lines_that(_decides):  # the newest first
        if look.now - entry.at > WINDOW_S:
            continue
        for fact in entry.content.facts:
            if isinstance(fact, fc.LoggedDecision) and fact.target is not None:
                decided.setdefault((fact.namespace, fact.variant), []).append((entry, fact))
    for (namespace, variant), pairs in sorted(decided.items()):
        streams = [entry.stream for entry, _ in pairs]
        turns = sum(a != b for a, b in pairwise(streams))
        newest = {entry.stream: (entry, fact) for entry, fact in reversed(pairs)}
        targets = {fact.target for _, fact in newest.values()}
        if turns < TURNS or len(targets) < 2:
            continue
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"two controllers decide against each other about {variant}: "
            + " and ".join(f"{name} wants {newest[name][1].target}" for name in sorted(newest)),
            about=f"variant/{namespace}/{variant}/controllers",
            evidence=tuple(
                Evidence(
                    f"wants {fact.target}", f"Pod/{stream}", "controller log", look.age(entry.at)
                )
                for stream, (entry, fact) in sorted(newest.items())
            ),
            advice="let one controller mind this namespace: scale the other one down, or give each"
            " its own --watch-namespace",
            variant=variant,
        )


def _decides(entry: LogEntry) -> bool:
    return any(isinstance(fact, fc.LoggedDecision) for fact in entry.facts)


RULE = FindingRule(
    "two-controllers", "two controllers decide about one variant", "blocker", _find, rank=125
)
