"""A trigger that reads 0 while the pods are busy: its query has no result, which counts as 0.

An empty answer is 0 unless ignoreNullValues is "false" (KEDA v2.21.0
pkg/scalers/prometheus_scaler.go). So a scrape target that is gone looks as idle as one without
load.
"""

from collections.abc import Iterator

from wvatui.core.decisions.keda.account import TriggerNow
from wvatui.core.events import ScaledObject
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.rows.views import ReplicaRow
from wvatui.core.state.links import Link

FRESH_S = 30.0
"""Age above which a sample says nothing about the HPA's last reading, seconds."""
BUSY_S = 90.0
_COUNTED = {"running": "requests run", "waiting": "requests wait"}


def _find(look: FindingContext) -> Iterator[Finding]:
    for scaled, account in look.keda_accounts:
        link = look.link_of(scaled)
        if link is None:
            continue
        rows = [row for row in look.rows(link) if _is_fresh(row)]
        for trigger in account.triggers:
            what = _counts(trigger.query)
            if not what or trigger.reading.milli != 0 or not trigger.query:
                continue
            busy = sum(getattr(row, what) or 0 for row in rows)
            if busy > 0 and _lasted(look, link, what):
                yield _finding(look, scaled, trigger, f"{busy} {_COUNTED[what]} in its pods")


def _is_fresh(row: ReplicaRow) -> bool:
    return row.sample_age_s is not None and row.sample_age_s <= FRESH_S


def _counts(query: str) -> str:
    """The pods' metric that a query reads; empty: anything else."""
    if "num_requests_running" in query or "request_running" in query:
        return "running"
    return "waiting" if "num_requests_waiting" in query else ""


def _lasted(look: FindingContext, link: Link, what: str) -> bool:
    """Whether its pods have been busy for longer than the delay until the HPA sees it: scrapes and
    two looks."""
    since = look.now - BUSY_S
    for pod in link.pods:
        watched = look.state.watched.get(pod)
        points = [] if watched is None else watched.history.points(what, since)
        if points and points[0][0] <= since + FRESH_S and all(value > 0 for _, value in points):
            return True
    return False


def _finding(look: FindingContext, scaled: ScaledObject, trigger: TriggerNow, busy: str) -> Finding:
    about = f"ScaledObject/{scaled.name}"
    return Finding(
        rule=RULE.id,
        severity="warning",
        title=f"trigger {trigger.title} of ScaledObject {scaled.name} reads 0 while {busy}: its"
        " query may find nothing, and that counts as 0",
        about=f"ScaledObject/{scaled.namespace}/{scaled.name}/{trigger.made.metric}",
        evidence=(
            Evidence(f"reads 0: {trigger.query}", about, trigger.reading.source),
            Evidence(busy, "pods", "pod metrics"),
        ),
        advice="run the query in Prometheus; do its names and labels still exist? ignoreNullValues:"
        ' "false" makes an empty answer an error instead',
        variant=look.name_of(scaled),
    )


RULE = FindingRule(
    "empty-query", "a trigger reads 0 while pods are busy", "detector", _find, rank=225
)
