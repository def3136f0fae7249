"""A clock skew between this machine or the controller and the cluster; all times shown are the
cluster's."""

from collections.abc import Iterator

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.kube_object import bare


def _find(look: FindingContext) -> Iterator[Finding]:
    here = {bare(pod.name) for pod in look.controllers}
    for pod, off_s in look.state.totals.clocks_off.items():
        if here and bare(pod) not in here:
            continue  # its successor may run on another node
        yield Finding(
            rule=RULE.id,
            severity="warning",
            title=f"clock skew: the controller's clock is {abs(off_s):.0f} s {_side(off_s)} the"
            " cluster's; the times of its log are told by the cluster's",
            about=pod,
            evidence=(Evidence(f"{off_s:+.1f} s", pod, "Lease renewed, or lines as they came"),),
            advice="set the clock of the controller's node by NTP",
        )
    ahead_s = look.state.header.skew_s if look.state.header is not None else None
    if ahead_s is None:
        return
    yield Finding(
        rule=RULE.id,
        severity="warning",
        title=f"clock skew: this machine is {abs(ahead_s):.0f} s {_side(ahead_s)} the cluster;"
        " times and ages are the cluster's",
        about="clock",
        evidence=(Evidence(f"{ahead_s:+.1f} s", "API server", "Date header"),),
        advice="set this machine's clock by NTP: timedatectl status",
    )


def _side(ahead_s: float) -> str:
    return "ahead of" if ahead_s > 0 else "behind"


RULE = FindingRule("clock-skew", "clocks differ", "detector", _find, rank=235)
