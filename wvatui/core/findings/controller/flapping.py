"""Replicas that go up and down again: opposite decisions shortly after one another."""

from collections.abc import Iterator
from itertools import pairwise

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.queries.scaling.moves import Move, moves

NEAR_S = 180.0
"""Two opposite changes at most this far apart are a reversal, seconds: less than two boots."""
WINDOW_S = 1200.0
"""How far back reversals count."""
LEAST = 3
"""Least number of reversals that is more than an overshoot that settles."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for (namespace, name), ring in sorted(look.state.ladder.items()):
        rows = ring.last(len(ring))
        what, rung = "replicas", "spec"
        found = moves((row.at, row.spec) for row in rows)
        if not any(row.spec is not None for row in rows):
            # With only the controller's log, its wishes count, whether carried out or not.
            what, rung = "decisions", "target"
            found = moves((row.at, row.target) for row in rows)
        turned = reversals(found, look.now - WINDOW_S)
        if len(turned) < LEAST:
            continue
        steps = ", ".join(
            f"{before}→{after} {look.now - at:.0f} s ago"
            for at, before, after in found[-8:]
            if at >= look.now - WINDOW_S
        )
        shortest = min(gap for _, gap in turned)
        yield Finding(
            rule=RULE.id,
            severity="warning",
            title=f"{name} flaps: its {what} changed direction {len(turned)} times in"
            f" {WINDOW_S / 60:.0f} minutes",
            about=f"variant/{namespace}/{name}",
            evidence=(
                Evidence(steps, name, rung),
                Evidence(f"the quickest reversal took {shortest:.0f} s", name, "computed"),
            ),
            advice="lengthen the stabilization window of the way down beyond the time that a"
            " replica needs to boot, or widen the gap between the thresholds",
            variant=name,
        )


def reversals(found: list[Move], since: float) -> list[tuple[float, float]]:
    """(when, seconds after the opposite change) of each reversal from `since` on."""
    return [
        (b[0], b[0] - a[0])
        for a, b in pairwise(found)
        if (a[2] > a[1]) != (b[2] > b[1]) and b[0] - a[0] <= NEAR_S and b[0] >= since
    ]


RULE = FindingRule("flapping", "replicas flap", "detector", _find, rank=210)
