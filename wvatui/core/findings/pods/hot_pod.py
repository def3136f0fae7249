"""One replica full while the others idle: requests stick to it, or the picker is blind."""

from collections.abc import Iterator

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.metrics.scrape_fields import JUDGED
from wvatui.core.queries.pods.replica_rows import SERVING
from wvatui.core.state.links import Link

WINDOW_S = 60.0
"""Seconds over which means are taken, as a single full scrape does not count."""
OLD_S = 120.0
"""Least age of a replica, seconds, since a new one is empty for a while."""
LESS = 0.5
"""Share of the full replica's load that the others are at or below."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for link in look.links:
        means, seen_s = _means(look, link)
        if len(means) < 2:
            continue
        limits = look.limits(link.model)
        hot = max(means, key=lambda name: (means[name][0], means[name][1]))
        kv, waiting = means[hot]
        others = [pair for name, pair in means.items() if name != hot]
        mean_kv = sum(pair[0] for pair in others) / len(others)
        mean_waiting = sum(pair[1] for pair in others) / len(others)
        full = kv >= limits.kv or waiting >= limits.queue
        idle = mean_kv <= LESS * kv and mean_waiting <= LESS * max(waiting, limits.queue)
        if not (full and idle):
            continue
        yield Finding(
            rule=RULE.id,
            severity="warning",
            title=f"{hot} is full while {_the_others(len(others), link.name)}",
            about=f"variant/{link.namespace}/{link.name}",
            evidence=(
                Evidence(
                    f"KV cache {kv:.0%}, {waiting:.1f} requests wait, mean of {seen_s:.0f} s",
                    f"Pod/{hot}",
                    "pods",
                ),
                Evidence(
                    f"KV cache {mean_kv:.0%}, {mean_waiting:.1f} requests wait",
                    f"the other {len(others)}",
                    "pods",
                ),
                Evidence(
                    "the controller leaves a saturated replica out of its average, an HPA does not",
                    link.name,
                    "rule",
                ),
            ),
            advice="look at how requests are spread: session affinity, prefix-cache scorer weights"
            " of the endpoint picker, long-lived connections past the gateway",
            variant=link.name,
        )


def _the_others(count: int, variant: str) -> str:
    if count == 1:
        return f"the other replica of {variant} idles"
    return f"the other {count} of {variant} idle"


def _means(look: FindingContext, link: Link) -> tuple[dict[str, tuple[float, float]], float]:
    """(KV ratio, waiting) of each replica that has served for a while, means of the window; and
    how much of the window was seen, seconds."""
    found = {}
    oldest = look.now
    for row in look.rows(link):
        boot = look.state.lifecycles.get(row.pod)
        since = boot.ready_at if boot is not None else None
        if row.state not in SERVING or row.source != "pod":
            continue
        if since is not None and look.now - since < OLD_S:
            continue
        watched = look.state.watched.get(row.pod)
        if watched is None:  # the row shows a cleaned text in place of an invalid name
            continue
        looks = watched.history.since(look.now - WINDOW_S)
        kv = [value for value in map(JUDGED["kv"], looks) if value is not None]
        waiting = [value for value in map(JUDGED["waiting"], looks) if value is not None]
        if len(kv) >= 2:
            oldest = min(oldest, looks[0].at)
            found[row.pod] = (sum(kv) / len(kv), sum(waiting) / len(waiting) if waiting else 0.0)
    return found, look.now - oldest


RULE = FindingRule("hot-pod", "one replica is hot", "detector", _find, rank=200)
