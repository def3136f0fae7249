"""The state of a variant's pods at the time of a decision for it."""

from dataclasses import dataclass

from wvatui.core.explain.limits import in_force, thresholds_over
from wvatui.core.lines import clean
from wvatui.core.metrics.scrape_fields import JUDGED
from wvatui.core.queries.pods.pod_links import pod_links
from wvatui.core.queries.pods.replica_rows import looks_saturated
from wvatui.core.rows.scaling_rows import told_at
from wvatui.core.rows.views import DecisionRow
from wvatui.core.state.links import Link
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import State


@dataclass(frozen=True, slots=True)
class PodsThen:
    """`saturated` of `measured` pods, by the thresholds in force then, and the pod with the
    fullest cache. `at`: UTC epoch seconds. None: not known."""

    at: float
    measured: int = 0
    saturated: int = 0
    ready: int | None = None
    fullest: str = ""
    kv_ratio: float | None = None
    waiting: int | None = None


def pods_then(state: State, row: DecisionRow) -> PodsThen | None:
    """The pods of a decision's variant at the moment that its reason is about; None: the variant is
    no longer known."""
    at = told_at(row)
    own = [
        link
        for link in pod_links(state)
        if clean(link.name) == row.variant and link.namespace in ("", row.namespace)
    ]
    if not own:
        return None
    link = own[0]
    limits = in_force(thresholds_over(state, link.model, link.namespace), at)
    fresh = fresh_s(state.header)
    looks = {}
    for pod in link.pods:
        watched = state.watched.get(pod)
        near = watched.history.since(at - fresh) if watched is not None else ()
        if before := [look for look in near if look.at <= at]:
            looks[pod] = before[-1]
    judged = [
        full for look in looks.values() if (full := looks_saturated(look, limits)) is not None
    ]
    kv = {pod: value for pod, look in looks.items() if (value := JUDGED["kv"](look)) is not None}
    fullest = max(kv, key=lambda pod: kv[pod], default="")
    waiting = JUDGED["waiting"](looks[fullest]) if fullest else None
    return PodsThen(
        at=at,
        measured=len(judged),
        saturated=sum(judged),
        ready=_ready(state, link, at),
        fullest=clean(fullest),
        kv_ratio=kv.get(fullest),
        waiting=None if waiting is None else int(waiting),
    )


def _ready(state: State, link: Link, at: float) -> int | None:
    """Ready replicas at that time, by the ladder."""
    rungs = [each for each in state.ladder.get(link.key, ()) if each.at <= at]
    return rungs[-1].ready if rungs else None
