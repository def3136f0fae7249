"""A clock skew between this machine and the cluster: all times told are the cluster's."""

from collections.abc import Iterator

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext


def _find(look: FindingContext) -> Iterator[Finding]:
    ahead_s = look.state.header.skew_s if look.state.header is not None else None
    if ahead_s is None:
        return
    side = "ahead of" if ahead_s > 0 else "behind"
    yield Finding(
        rule=RULE.id,
        severity="warning",
        title=f"clock skew: this machine is {abs(ahead_s):.0f} s {side} the cluster; times and"
        " ages are the cluster's",
        about="clock",
        evidence=(Evidence(f"{ahead_s:+.1f} s", "API server", "Date header"),),
        advice="set this machine's clock by NTP: timedatectl status",
    )


RULE = FindingRule("clock-skew", "clocks differ", "detector", _find, rank=235)
