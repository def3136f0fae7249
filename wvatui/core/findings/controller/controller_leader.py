"""The controller has no leader, or the next one waits for the Lease of a pod that is gone.

Lease duration 60 s, retry period 10 s (WVA v0.4.2 cmd/main.go:108-116). A candidate counts the
duration from when it saw the Lease change, so one that has just started waits for all of it, and
then tries in its next period, which is up to a fifth longer (client-go v0.34
tools/leaderelection/leaderelection.go: tryAcquireOrRenew, JitterFactor).
"""

from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.kube_object import bare, holder_pod

LEASE_S = 60.0
RETRY_S = 12.0
SLACK_S = 15.0
"""Seconds allowed for a renewal that is under way."""


def _find(look: FindingContext) -> Iterator[Finding]:
    source = look.state.sources.get("controller")
    if source is not None and source.status in ("retrying", "denied"):
        return  # it is not known whether the Lease is renewed
    for _, lease in sorted(look.state.leases.items()):
        holder = holder_pod(lease.holder)
        silent_s = _silent_s(look, lease) or 0.0
        # A holder may have another name than its pod: with hostNetwork it is the node's.
        is_gone = holder in _gone(look) or silent_s > RETRY_S + SLACK_S
        if not lease.holder:
            yield _finding(look, lease, f"nobody holds the controller's Lease {lease.name}")
        elif is_gone and (waiting := _others(look, holder)):
            yield _waits(look, lease, waiting, silent_s)
        elif silent_s > LEASE_S + SLACK_S:
            title = f"the controller's Lease is not renewed for {silent_s:.0f} s: nobody leads"
            yield _finding(look, lease, title)


def _silent_s(look: FindingContext, lease: ev.Lease) -> float | None:
    """Seconds since the Lease was renewed: by its own time, or since it was seen to change, which
    does not depend on clocks; None: neither is known."""
    seen = look.condition_since("lease", lease, "seen")
    renewed = look.condition_since("lease", lease, "renewed")
    ages = [look.age(lease.renewed_at)]
    if seen is not None and renewed is not None and renewed.since > seen.since:
        ages.append(look.now - renewed.since)
    return min((age for age in ages if age is not None), default=None)


def _gone(look: FindingContext) -> dict[str, float]:
    """Deleted pods, by the name that a Lease uses, and since when they are gone."""
    return {bare(name): at for name, at in look.state.gone.items()}


def _others(look: FindingContext, holder: str) -> list[ev.Pod]:
    """The controllers that wait for the Lease; empty where the holder is one of them."""
    pods = look.controllers
    return [] if any(bare(pod.name) == holder for pod in pods) else pods


def _waits(
    look: FindingContext, lease: ev.Lease, waiting: list[ev.Pod], silent_s: float
) -> Finding:
    """The finding of a Lease whose holder is gone: others wait until the Lease has expired."""
    holder = holder_pod(lease.holder)
    gone_at = _gone(look).get(holder)
    renewed_at = lease.renewed_at or 0.0
    sees_it = min(max(renewed_at, pod.started_at or pod.created_at or 0.0) for pod in waiting)
    until = sees_it + (lease.duration_s or LEASE_S) + RETRY_S
    who = waiting[0].name if len(waiting) == 1 else f"{len(waiting)} controllers"
    since = (
        f"which has not renewed it for {silent_s:.0f} s"
        if gone_at is None
        else f"a pod that is gone for {look.now - gone_at:.0f} s"
    )
    verb = "wait for" if len(waiting) > 1 else "waits for"
    if look.now > until:
        verb = "do not take" if len(waiting) > 1 else "does not take"
    title = f"{who} {verb} the Lease of {holder}, {since}"
    return _finding(look, lease, title, until=until if look.now <= until else None)


def _finding(
    look: FindingContext, lease: ev.Lease, title: str, until: float | None = None
) -> Finding:
    pods = map(look.readiness, look.controllers)
    held = Evidence(
        f"held by {lease.holder or 'nobody'}",
        f"Lease/{lease.name}",
        "object",
        look.age(lease.renewed_at),
    )
    return Finding(
        rule=RULE.id,
        severity="blocked" if until is None else "waiting",
        title=title,
        about=f"Lease/{lease.namespace}/{lease.name}",
        evidence=(held, *pods),
        advice=f"kubectl -n {lease.namespace} get lease {lease.name} -o yaml; look at the"
        " controller's pods and their logs; may their service account update leases?"
        if until is None
        else "wait, or let the next one lead at once:"
        f" kubectl -n {lease.namespace} delete lease {lease.name}",
        until=until,
    )


RULE = FindingRule("controller-not-leader", "no controller leads", "blocker", _find, rank=110)
