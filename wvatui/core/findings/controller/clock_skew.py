"""A clock skew between this machine and the cluster: ages of objects are off by so much."""

from collections.abc import Iterator

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext

MOST_S = 2.0
"""A Date header names whole seconds, and an answer takes a moment."""


def _find(look: FindingContext) -> Iterator[Finding]:
    header = look.state.header
    ahead_s = header.ahead_s if header is not None else None
    if ahead_s is None or abs(ahead_s) <= MOST_S:
        return
    side = "ahead of" if ahead_s > 0 else "behind"
    yield Finding(
        rule=RULE.id,
        severity="warning",
        title=f"clock skew: this machine is {abs(ahead_s):.0f} s {side} the cluster, and ages of"
        " objects are off by that",
        about="clock",
        evidence=(Evidence(f"{ahead_s:+.1f} s", "API server", "Date header"),),
        advice="set this machine's clock by NTP: timedatectl status",
    )


RULE = FindingRule("clock-skew", "clocks differ", "detector", _find, rank=235)
