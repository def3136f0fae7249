"""Engines outside a cluster that are full: nothing adds replicas there, and no other rule fits."""

from collections.abc import Iterator

from wvatui.core.explain.limits import LimitSteps, thresholds_over
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.lines import many
from wvatui.core.queries.pods.pod_links import pod_links
from wvatui.core.queries.pods.replica_rows import SERVING, link_rows
from wvatui.core.queries.scaling.saturated_spans import Saturation, saturation
from wvatui.core.rows.views import ReplicaRow, Thresholds
from wvatui.core.state.links import Link
from wvatui.core.state.session_window import is_outside

LEAST_S = 10.0
"""Seconds, longer than a burst; an engine that was full in every scrape so far is found at once."""
NAMED = 5
"""How many engines are named individually."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for link in pod_links(look.state) if is_outside(look.state.header) else ():
        over = thresholds_over(look.state, link.model)
        serving = [row for row in link_rows(look.state, link) if row.state in SERVING]
        judged = [(row, _saturation(look, row, over)) for row in serving]
        full = [(row, lasting) for row, lasting in judged if lasting is not None]
        if full:
            yield _finding(look, link, full, len(serving), over[-1][1])


def _saturation(look: FindingContext, row: ReplicaRow, over: LimitSteps) -> Saturation | None:
    """How long an engine has been full; None: it is not, or not for long."""
    watched = look.state.watched.get(row.pod)
    if row.state != "saturated" or watched is None:
        return None
    history = watched.history
    full, last = saturation(look.state, history, look.now, over), history.last
    if full is None or last is None:
        return None
    since = full.since
    is_from_the_first = since < last.at and not any(each.at < since for each in history.since(0.0))
    return full if is_from_the_first or look.now - since >= LEAST_S else None


def _finding(
    look: FindingContext,
    link: Link,
    full: list[tuple[ReplicaRow, Saturation]],
    serving: int,
    limits: Thresholds,
) -> Finding:
    _, longest = min(full, key=lambda each: each[1].since)
    who = f"{full[0][0].pod} has" if len(full) == 1 else f"{len(full)} of {serving} engines have"
    evidence = [
        Evidence(
            f"{_load(row)}; full for {lasting.words}",
            f"engine/{row.pod}",
            "metrics page",
            row.sample_age_s,
        )
        for row, lasting in full[:NAMED]
    ]
    words = f"full: KV cache at {limits.kv:.0%} or {limits.queue:g} waiting requests and above"
    known = ", ".join(dict.fromkeys(limits.known[name].source for name in ("kv", "queue")))
    return Finding(
        rule=RULE.id,
        severity="warning",
        title=f"{who} been full for {longest.words}, and nobody adds replicas outside a cluster",
        about=f"model/{link.model}",
        evidence=(*evidence, Evidence(words, f"thresholds: {known}", "rule")),
        advice=_advice(full, serving, limits),
    )


def _load(row: ReplicaRow) -> str:
    """The measured load in words: `KV cache 98%, 14 requests waiting, 32 run`."""
    kv = None if row.kv_ratio is None else f"KV cache {row.kv_ratio:.0%}"
    waiting = None if row.waiting is None else f"{many(row.waiting, 'request')} waiting"
    running = None if row.running is None else f"{row.running:g} run"
    return ", ".join(filter(None, (kv, waiting, running)))


def _advice(full: list[tuple[ReplicaRow, Saturation]], serving: int, limits: Thresholds) -> str:
    """What helps: for a full cache, more room; for a queue while the cache has room, a higher limit
    (vLLM's --max-num-seqs, SGLang's --max-running-requests)."""
    others = "send requests to the engines that have room, or " if len(full) < serving else ""
    if any((row.kv_ratio or 0.0) >= limits.kv for row, _ in full):
        return (
            f"{others}start more replicas or send less load; in the engine a lower --max-num-seqs"
            " or --max-model-len keeps fewer tokens in the cache, a higher"
            " --gpu-memory-utilization makes it larger (SGLang: --max-running-requests,"
            " --context-length, --mem-fraction-static)"
        )
    return (
        f"{others}start more replicas or send less load; the cache has room, so a higher"
        " --max-num-seqs (SGLang: --max-running-requests) lets more requests run at once"
    )


RULE = FindingRule(
    "full-engine", "an engine outside a cluster is full", "detector", _find, rank=185
)
