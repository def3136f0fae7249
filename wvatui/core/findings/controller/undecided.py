"""Saturation without a decision: replicas stay full for cycles, but no more are wanted."""

from collections.abc import Iterator

from wvatui.core.decisions.deciders import is_without_wva
from wvatui.core.explain.limits import thresholds_over
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.queries.pods.replica_rows import COMING, SERVING
from wvatui.core.queries.scaling.saturated_spans import Saturation, saturation
from wvatui.core.state.links import Link

LEAST_S = 120.0
"""Two of the longest default cycles (60 s)."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for link in look.links:
        spec = link.workload.spec if link.workload is not None else None
        wish, most = look.wish(link), look.most(link)
        if spec is None or (most is not None and spec >= most):
            continue
        own = look.recomputed(link.hpa) if link.hpa is not None else None
        if max(wish or 0, (own.wanted or 0) if own is not None else 0) > spec:
            continue  # it was decided; another rule checks the outcome
        if any(row.state in COMING for row in look.rows(link)):
            continue  # more replicas are starting
        full = _all_full_since(look, link)
        if full is None or look.now - full[0] < LEAST_S:
            continue
        since, lasting = full
        decided = look.decided(link)
        last = Evidence("no decision in five minutes", link.name, "controller log")
        if own is not None and is_without_wva(look.state):
            last = Evidence(own.sentence, f"HPA/{own.decided_by}", "computed", look.age(own.at))
        if decided is not None:
            last = Evidence(
                f"{decided.action}, {decided.current}→{decided.target}"
                + (f": {decided.reason}" if decided.reason else ""),
                link.name,
                "controller log",
                look.age(decided.last_at),
            )
        limits = look.limits(link.model)
        yield Finding(
            rule=RULE.id,
            severity="warning",
            title=f"all replicas of {link.name} are saturated for {lasting}, and no"
            " more are wanted",
            about=f"variant/{link.namespace}/{link.name}",
            evidence=(
                Evidence(
                    f"KV cache at {limits.kv:.0%} or queue at {limits.queue:g} and above"
                    f" (thresholds: {limits.known['kv'].source})",
                    link.name,
                    "pods",
                    look.now - since,
                ),
                last,
                *look.wishes(link),
            ),
            advice=_OF_METRICS if is_without_wva(look.state) else _OF_WVA,
            variant=link.name,
        )


_OF_WVA = (
    "does the controller see these replicas? see its last cycle (view 4): errors, missing metrics"
    " and a scale-down or transition that holds it"
)
_OF_METRICS = (
    "do the metrics of the HPA rise as replicas fill up? see them against their targets (view 1),"
    " and lower a target or add a metric that does, such as the gateway's queue"
)


def _all_full_since(look: FindingContext, link: Link) -> Saturation | None:
    """Since when every serving replica is saturated; None: not all are."""
    serving = [row for row in look.rows(link) if row.state in SERVING]
    if not serving or any(row.state != "saturated" for row in serving):
        return None
    over = thresholds_over(look.state, link.model)
    each: list[Saturation] = []
    for row in serving:
        watched = look.state.watched.get(row.pod)
        if watched is None:
            return None
        full = saturation(look.state, watched.history, look.now, over)
        if full is None:
            return None
        each.append(full)
    return max(each)


RULE = FindingRule("undecided", "saturation without a decision", "detector", _find, rank=180)
