"""The fold: events in, the next State out. Pure, and the only place where a State is made.

`fold(fold(s, a), b)` equals `fold(s, a + b)` for any split: what a handler does depends on the
events before it, never on how they were batched. One handler per event in `HANDLERS`; the lines
of the controller's log have their own in `reduce_log`, load jobs in `reduce_load`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from wvatui.core import events as ev
from wvatui.core import lasting
from wvatui.core.boots import first_tokens, pod_gone, pod_seen, pod_told
from wvatui.core.draft import Draft
from wvatui.core.ladder import climb
from wvatui.core.reduce_load import (
    JOB_STREAM,
    LINES_KEPT,
    job,
    job_gone,
    job_progress,
    job_result,
)
from wvatui.core.reduce_log import log_line
from wvatui.core.state import SourceHealth, State, Watched

GONE_KEPT_S = 7200.0
"""How long a vanished pod stays known, so that its past can still be drawn."""


def fold(state: State, events: Iterable[ev.Event]) -> State:
    """The State after `events`; `state` itself stays what it was."""
    draft = Draft(state)
    handlers = HANDLERS
    for event in events:
        draft.events += 1
        at = event.at
        if at > draft.now:
            draft.now = at
        # Nearly all of a long recording is scrapes: they skip the table.
        if type(event) is ev.Scrape:
            draft.scrapes(event.pod).append(event)
        else:
            handlers[type(event)](draft, event)
    return draft.seal()


def _header(draft: Draft, event: ev.Header) -> None:
    if draft.header is None or event.part <= 1:
        draft.header = event
    draft.first_at = draft.first_at or event.started_at or event.at


def _footer(draft: Draft, event: ev.Footer) -> None:
    draft.footer = None if event.next else event


def _tick(draft: Draft, event: ev.Tick) -> None:
    draft.first_at = draft.first_at or event.at
    climb(draft, event.at)
    if draft.unserved:
        first_tokens(draft)


def _mark(draft: Draft, event: ev.Mark) -> None:
    draft.trail("marks").append(event)


def _notice(draft: Draft, event: ev.Notice) -> None:
    draft.trail("notices").append(event)
    if event.code == "restart":
        draft.tally.restarts += 1


def _gap(draft: Draft, event: ev.Gap) -> None:
    draft.trail("gaps").append(event)


def _source(draft: Draft, event: ev.Source) -> None:
    sources = draft.mapping("sources")
    before = sources.get(event.source)
    same = before is not None and before.status == event.status
    sources[event.source] = SourceHealth(
        source=event.source,
        status=event.status,
        text=event.text,
        since=before.since if before is not None and same else event.at,
        heard_at=event.at if event.status == "ok" else before.heard_at if before else None,
        retry_at=event.retry_at,
        verb=event.verb,
        resource=event.resource,
    )


def _log(draft: Draft, event: ev.Log) -> None:
    if event.stream == JOB_STREAM:
        draft.entry_trail("job_log", event.pod, LINES_KEPT).append(event)
        return
    draft.heard["log"] = event.at
    log_line(draft, event)


def _bounds(draft: Draft, event: ev.Bounds) -> None:
    # Waiting scrapes may be summarised when they are put away: by the bounds of their own time.
    draft.flush_scrapes()
    draft.mapping("bounds")[event.id] = event.le


def _scrape(draft: Draft, event: ev.Scrape) -> None:
    draft.scrapes(event.pod).append(event)


def _miss(draft: Draft, event: ev.Miss) -> None:
    draft.flush_scrapes(event.pod)
    watched = draft.mapping("watched")
    before: Watched = watched.get(event.pod) or draft.nothing
    watched[event.pod] = Watched(before.history, event, before.misses + 1, before.engine)


def _engine(draft: Draft, event: ev.Engine) -> None:
    draft.flush_scrapes(event.pod)
    watched = draft.mapping("watched")
    before: Watched = watched.get(event.pod) or draft.nothing
    watched[event.pod] = Watched(before.history, before.miss, before.misses, event)


def _round(draft: Draft, event: ev.Round) -> None:
    draft.heard["pods"] = event.at
    draft.trail("rounds").append(event)


def _epp(draft: Draft, event: ev.Epp) -> None:
    draft.heard["epp"] = event.at
    draft.entry_trail("epp", event.pod, 4_000).append(event)


def _variant(draft: Draft, event: ev.Variant) -> None:
    draft.heard["variants"] = event.at
    draft.mapping("variants")[(event.source, event.namespace, event.name)] = event


def _workload(draft: Draft, event: ev.Workload) -> None:
    draft.heard["workloads"] = event.at
    draft.mapping("workloads")[(event.kind, event.namespace, event.name)] = event


def _pod(draft: Draft, event: ev.Pod) -> None:
    draft.heard["controller" if event.role == "controller" else "workloads"] = event.at
    draft.mapping("pods")[event.name] = event
    pod_seen(draft, event)
    lasting.pod_says(draft, event)
    if event.name in draft.gone:
        del draft.mapping("gone")[event.name]


def _hpa(draft: Draft, event: ev.Autoscaler) -> None:
    draft.heard["autoscalers"] = event.at
    draft.mapping("hpas")[(event.namespace, event.name)] = event
    lasting.hpa_says(draft, event)


def _keda(draft: Draft, event: ev.ScaledObject) -> None:
    draft.heard["autoscalers"] = event.at
    draft.mapping("scaled_objects")[(event.namespace, event.name)] = event


def _lease(draft: Draft, event: ev.Lease) -> None:
    draft.heard["controller"] = event.at
    draft.mapping("leases")[(event.namespace, event.name)] = event
    draft.leader = event.holder


def _config(draft: Draft, event: ev.Config) -> None:
    draft.heard["configmaps"] = event.at
    draft.mapping("configs")[(event.namespace, event.name)] = event


def _happening(draft: Draft, event: ev.Happening) -> None:
    draft.heard["events"] = event.at
    draft.trail("happenings").append(event)
    pod_told(draft, event)


def _gone(draft: Draft, event: ev.Gone) -> None:
    key = (event.namespace, event.name)
    if event.kind == "pod":
        gone = draft.mapping("gone")
        gone[event.name] = event.at
        pod_gone(draft, event)
        lasting.forget(draft, "pod", event.namespace, event.name)
        for name in [n for n, at in gone.items() if at < event.at - GONE_KEPT_S]:
            draft.forget_pod(name)
    elif event.kind in ("hpa", "keda", "lease", "config"):
        field = {"hpa": "hpas", "keda": "scaled_objects", "lease": "leases", "config": "configs"}
        draft.mapping(field[event.kind]).pop(key, None)
        lasting.forget(draft, event.kind, *key)
    elif event.kind == "job":
        job_gone(draft, event)
    elif event.kind in ("variant", "workload"):
        table = draft.mapping(event.kind + "s")
        for full in [k for k in table if k[1:] == key]:
            if event.source in ("", full[0]):
                del table[full]


def _unknown(draft: Draft, event: ev.Unknown) -> None:
    kinds = draft.mapping("unknown_kinds")
    kinds[event.kind] = kinds.get(event.kind, 0) + 1


def _experiment(draft: Draft, event: ev.Experiment) -> None:
    draft.experiment = event


HANDLERS: dict[type[ev.Event], Callable[[Draft, Any], None]] = {
    ev.Header: _header,
    ev.Footer: _footer,
    ev.Tick: _tick,
    ev.Mark: _mark,
    ev.Notice: _notice,
    ev.Gap: _gap,
    ev.Source: _source,
    ev.Log: _log,
    ev.Bounds: _bounds,
    ev.Scrape: _scrape,
    ev.Miss: _miss,
    ev.Engine: _engine,
    ev.Round: _round,
    ev.Epp: _epp,
    ev.Variant: _variant,
    ev.Workload: _workload,
    ev.Pod: _pod,
    ev.Autoscaler: _hpa,
    ev.ScaledObject: _keda,
    ev.Lease: _lease,
    ev.Config: _config,
    ev.Happening: _happening,
    ev.Job: job,
    ev.JobProgress: job_progress,
    ev.JobResult: job_result,
    ev.Experiment: _experiment,
    ev.Gone: _gone,
    ev.Unknown: _unknown,
}
"""One handler per event; a test fails when one is missing."""
