"""The fold: events in, the next State out. Pure, and the only place where a State is made.

`fold(fold(s, a), b)` equals `fold(s, a + b)` for any split: what a handler does depends on the
events before it, never on how they were batched. One handler per event in `HANDLERS`; the lines
of the controller's log have their own in `reduce_log`, load jobs in `reduce_load`.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar, cast

from wvatui.core import events as ev
from wvatui.core.fold import condition_since
from wvatui.core.fold.fold_load import JOB_STREAM, job, job_gone, job_progress, job_result
from wvatui.core.fold.fold_log import log_line
from wvatui.core.fold.pod_lifecycle import first_tokens, pod_gone, pod_seen, pod_told
from wvatui.core.kube_object import NamespacedName
from wvatui.core.state.builder import StateBuilder
from wvatui.core.state.builder_fields import TableBuilder
from wvatui.core.state.ladder import climb
from wvatui.core.state.state import SourceHealth, State, Watched

EventHandler = Callable[[StateBuilder, ev.Event], None]
E = TypeVar("E", bound=ev.Event)
V = TypeVar("V")

GONE_KEPT_S = 7200.0
"""How long a vanished pod stays known, so that its past can still be drawn."""


def fold(state: State, events: Iterable[ev.Event]) -> State:
    """The State after `events`; `state` itself stays what it was."""
    draft = StateBuilder(state)
    handlers, add_scrape = HANDLERS, draft.add_scrape
    now, count = draft.now, draft.events
    for event in events:
        count += 1
        at = event.at
        if at > now:
            now = draft.now = at
        # Nearly all of a long recording is scrapes: they skip the table.
        if type(event) is ev.Scrape:
            add_scrape(event)
        else:
            handlers[type(event)](draft, event)
    draft.events = count
    return draft.seal()


def _header(draft: StateBuilder, event: ev.Header) -> None:
    if draft.header is None or event.part <= 1:
        draft.header = event
    draft.first_at = draft.first_at or event.started_at or event.at


def _footer(draft: StateBuilder, event: ev.Footer) -> None:
    draft.footer = None if event.next else event


def _tick(draft: StateBuilder, event: ev.Tick) -> None:
    draft.first_at = draft.first_at or event.at
    climb(draft, event.at)
    if draft.unserved:
        first_tokens(draft)


def _mark(draft: StateBuilder, event: ev.Mark) -> None:
    draft.marks.append(event)


def _notice(draft: StateBuilder, event: ev.Notice) -> None:
    draft.notices.append(event)
    if event.code == "restart":
        draft.tally.restarts += 1


def _gap(draft: StateBuilder, event: ev.Gap) -> None:
    draft.gaps.append(event)


def _source(draft: StateBuilder, event: ev.Source) -> None:
    before = draft.sources.get(event.source)
    same = before is not None and before.status == event.status
    draft.sources[event.source] = SourceHealth(
        source=event.source,
        status=event.status,
        text=event.text,
        since=before.since if before is not None and same else event.at,
        heard_at=event.at if event.status == "ok" else before.heard_at if before else None,
        retry_at=event.retry_at,
        verb=event.verb,
        resource=event.resource,
    )


def _log(draft: StateBuilder, event: ev.Log) -> None:
    if event.stream == JOB_STREAM:
        draft.job_log.append(event.pod, event)
        return
    draft.heard["log"] = event.at
    log_line(draft, event)


def _bounds(draft: StateBuilder, event: ev.Bounds) -> None:
    # Waiting scrapes may be summarised when they are put away: by the bounds of their own time.
    draft.flush_scrapes()
    draft.bounds[event.id] = event.le


def _scrape(draft: StateBuilder, event: ev.Scrape) -> None:
    draft.add_scrape(event)


def _miss(draft: StateBuilder, event: ev.ScrapeFailure) -> None:
    before = draft.polled(event.pod)
    draft.watched[event.pod] = Watched(before.history, event, before.misses + 1, before.engine)


def _engine(draft: StateBuilder, event: ev.Engine) -> None:
    before = draft.polled(event.pod)
    draft.watched[event.pod] = Watched(before.history, before.miss, before.misses, event)


def _round(draft: StateBuilder, event: ev.PollRound) -> None:
    draft.heard["pods"] = event.at
    draft.rounds.append(event)


def _epp(draft: StateBuilder, event: ev.Epp) -> None:
    draft.heard["epp"] = event.at
    draft.epp.append(event.pod, event)


def _variant(draft: StateBuilder, event: ev.Variant) -> None:
    draft.heard["variants"] = event.at
    draft.variants[(event.source, event.namespace, event.name)] = event


def _workload(draft: StateBuilder, event: ev.Workload) -> None:
    draft.heard["workloads"] = event.at
    draft.workloads[(event.kind, event.namespace, event.name)] = event


def _pod(draft: StateBuilder, event: ev.Pod) -> None:
    draft.heard["controller" if event.role == "controller" else "workloads"] = event.at
    draft.pods[event.name] = event
    pod_seen(draft, event)
    condition_since.pod_says(draft, event)
    draft.gone.discard(event.name)


def _hpa(draft: StateBuilder, event: ev.Autoscaler) -> None:
    draft.heard["autoscalers"] = event.at
    draft.hpas[(event.namespace, event.name)] = event
    condition_since.hpa_says(draft, event)


def _keda(draft: StateBuilder, event: ev.ScaledObject) -> None:
    draft.heard["autoscalers"] = event.at
    draft.scaled_objects[(event.namespace, event.name)] = event


def _lease(draft: StateBuilder, event: ev.Lease) -> None:
    draft.heard["controller"] = event.at
    draft.leases[(event.namespace, event.name)] = event
    draft.leader = event.holder


def _config(draft: StateBuilder, event: ev.Config) -> None:
    draft.heard["configmaps"] = event.at
    draft.configs[(event.namespace, event.name)] = event


def _happening(draft: StateBuilder, event: ev.KubeEvent) -> None:
    draft.heard["events"] = event.at
    draft.happenings.append(event)
    pod_told(draft, event)


def _gone(draft: StateBuilder, event: ev.Deleted) -> None:
    key = (event.namespace, event.name)
    condition_since.forget(draft, event.kind, *key)
    if event.kind == "pod":
        draft.gone[event.name] = event.at
        pod_gone(draft, event)
        for name in [n for n, at in draft.gone.current.items() if at < event.at - GONE_KEPT_S]:
            draft.forget_pod(name)
    elif event.kind == "hpa":
        draft.hpas.discard(key)
    elif event.kind == "keda":
        draft.scaled_objects.discard(key)
    elif event.kind == "lease":
        draft.leases.discard(key)
    elif event.kind == "config":
        draft.configs.discard(key)
    elif event.kind == "job":
        job_gone(draft, event)
    elif event.kind == "variant":
        _drop(draft.variants, key, event.source)
    elif event.kind == "workload":
        _drop(draft.workloads, key, event.source)


def _drop(table: TableBuilder[tuple[str, str, str], V], key: NamespacedName, source: str) -> None:
    """Drop what has this key from a table by (source or kind, *key); "" stands for each of them."""
    for full in list(table.current):
        if (full[1], full[2]) == key and source in ("", full[0]):
            table.discard(full)


def _unknown(draft: StateBuilder, event: ev.Unknown) -> None:
    draft.unknown_kinds[event.kind] = (draft.unknown_kinds.get(event.kind) or 0) + 1


def _experiment(draft: StateBuilder, event: ev.Experiment) -> None:
    draft.experiment = event


def _on(
    kind: type[E], handler: Callable[[StateBuilder, E], None]
) -> tuple[type[ev.Event], EventHandler]:
    """One row of the table: a handler that takes this kind of event, and is given no other."""
    return kind, cast(EventHandler, handler)


HANDLERS: dict[type[ev.Event], EventHandler] = dict(
    (
        _on(ev.Header, _header),
        _on(ev.Footer, _footer),
        _on(ev.Tick, _tick),
        _on(ev.Mark, _mark),
        _on(ev.Notice, _notice),
        _on(ev.Gap, _gap),
        _on(ev.Source, _source),
        _on(ev.Log, _log),
        _on(ev.Bounds, _bounds),
        _on(ev.Scrape, _scrape),
        _on(ev.ScrapeFailure, _miss),
        _on(ev.Engine, _engine),
        _on(ev.PollRound, _round),
        _on(ev.Epp, _epp),
        _on(ev.Variant, _variant),
        _on(ev.Workload, _workload),
        _on(ev.Pod, _pod),
        _on(ev.Autoscaler, _hpa),
        _on(ev.ScaledObject, _keda),
        _on(ev.Lease, _lease),
        _on(ev.Config, _config),
        _on(ev.KubeEvent, _happening),
        _on(ev.Job, job),
        _on(ev.JobProgress, job_progress),
        _on(ev.JobResult, job_result),
        _on(ev.Experiment, _experiment),
        _on(ev.Deleted, _gone),
        _on(ev.Unknown, _unknown),
    )
)
"""One handler per event; a test fails when one is missing."""
