"""The controller has no leader: its Lease is not held, or not renewed any more.

Lease duration 60 s, retry period 10 s (WVA v0.4.2 cmd/main.go:108-116).
"""

from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext

LEASE_S = 60.0
SLACK_S = 15.0
"""A renewal that is on its way."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for (namespace, name), lease in sorted(look.state.leases.items()):
        age = look.age(lease.renewed_at)
        pods = {pod.name: pod for pod in look.state.pods.values() if pod.role == "controller"}
        holder = lease.holder.partition("_")[0]
        pod = pods.get(holder)
        if not lease.holder:
            title = f"nobody holds the controller's Lease {name}"
        elif age is not None and age > LEASE_S + SLACK_S and not _is_renewed(look, lease):
            title = f"the controller's Lease is not renewed for {age:.0f} s: nobody leads"
        elif pods and (pod is None or holder in look.state.gone):
            title = f"the controller's Lease is held by {holder}, and that pod is not there"
        else:
            continue
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=title,
            about=f"Lease/{namespace}/{name}",
            evidence=(
                Evidence(f"held by {lease.holder or 'nobody'}", f"Lease/{name}", "object", age),
                *(
                    Evidence(
                        "ready" if one.ready else one.reason or one.phase or "not ready",
                        f"Pod/{one.name}",
                        "object",
                    )
                    for one in pods.values()
                    if one.name not in look.state.gone
                ),
            ),
            advice=f"kubectl -n {namespace} get lease {name} -o yaml; look at the controller's pods"
            " and their logs; may their service account update leases?",
        )


def _is_renewed(look: FindingContext, lease: ev.Lease) -> bool:
    """Whether it was seen to change lately, whatever its own time says: clocks may differ."""
    seen = look.condition_since("lease", lease, "seen")
    renewed = look.condition_since("lease", lease, "renewed")
    if seen is None or renewed is None or renewed.since <= seen.since:
        return False
    return look.now - renewed.since <= LEASE_S + SLACK_S


RULE = FindingRule("controller-not-leader", "no controller leads", "blocker", _find, rank=110)
