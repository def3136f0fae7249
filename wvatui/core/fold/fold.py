"""The fold: events in, the next State out. Pure, and the only place where a State is made.

`fold(fold(s, a), b)` equals `fold(s, a + b)` for any split: what a handler does depends on the
events before it, never on how they were batched. One handler per event in `HANDLERS`; handlers
for the lines of the controller's log are in `fold_log`, those for load jobs in `fold_load`.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from math import inf
from typing import TypeVar, cast

from wvatui.core import events as ev
from wvatui.core.decisions.decide import rename_decisions
from wvatui.core.decisions.scalers.followed import take_looks
from wvatui.core.fold import condition_since, fold_scaling
from wvatui.core.fold.fold_load import (
    JOB_STREAM,
    job,
    job_gone,
    job_pod,
    job_progress,
    job_result,
)
from wvatui.core.fold.fold_log import log_line
from wvatui.core.fold.hearing import TICKS, hear, standing_since
from wvatui.core.fold.ladder import climb
from wvatui.core.fold.pod_lifecycle import first_tokens, pod_deleted, pod_event, pod_seen
from wvatui.core.kube_object import NamespacedName, qualified
from wvatui.core.lines import clean
from wvatui.core.state.building.builder import LOOKS_KEPT, StateBuilder
from wvatui.core.state.building.builder_fields import TableBuilder
from wvatui.core.state.replicas import UNKNOWN_PHASE
from wvatui.core.state.source_health import SilentStretch, SourceHealth
from wvatui.core.state.state import State, Watched
from wvatui.core.structs import replace

EventHandler = Callable[[StateBuilder, ev.Event], None]
E = TypeVar("E", bound=ev.Event)
V = TypeVar("V")

GONE_KEPT_S = 7200.0
"""How long a vanished pod stays known, so that its past can still be drawn."""


AT_ONCE = LOOKS_KEPT // 2
"""Most events folded into one State: with more, a ring could drop looks that nobody has read."""


def fold(state: State, events: Iterable[ev.Event]) -> State:
    """The State after `events`; `state` itself stays what it was.

    Looks are turned into decisions before a State drops them, so that every decision is counted.
    """
    rest = iter(events)
    while True:
        piece = list(islice(rest, AT_ONCE))
        state = _folded(state, piece)
        if piece:
            take_looks(state)
        if len(piece) < AT_ONCE:
            return state


def _folded(state: State, events: Iterable[ev.Event]) -> State:
    builder = StateBuilder(state)
    handlers, add_scrape = HANDLERS, builder.add_scrape
    now, count = builder.now, builder.events
    for event in events:
        count += 1
        at = event.at
        if at > now:
            now = builder.now = at
        # Nearly all of a long recording is scrapes: they skip the table.
        if type(event) is ev.Scrape:
            add_scrape(event)
        else:
            handlers[type(event)](builder, event)
    builder.events = count
    return builder.seal()


def _header(builder: StateBuilder, event: ev.Header) -> None:
    if builder.header is None or event.part <= 1:
        builder.take_header(event)
    builder.first_at = builder.first_at or event.started_at or event.at
    for endpoint in event.endpoints:
        if endpoint.name not in builder.pods.current:
            builder.pods[endpoint.name] = _endpoint(endpoint, event.at)


def _endpoint(endpoint: ev.EngineEndpoint, at: float) -> ev.Pod:
    """An engine outside a cluster, as a pod that is taken to be ready: it has no probe that could
    say otherwise."""
    return ev.Pod(at, name=endpoint.name, namespace="", role="model", ready=True)


def _of_pages(builder: StateBuilder, name: str, at: float) -> None:
    """A pod of an import that is only known from its pages, so that its readiness is not known."""
    head = builder.header
    if head is None or not head.imported or name in builder.pods.current or name in builder.gone:
        return
    namespace = name.rpartition("/")[0] if builder.window.several else head.namespace
    builder.pods[name] = ev.Pod(
        at, name=name, namespace=namespace, role="model", phase=UNKNOWN_PHASE
    )


def _footer(builder: StateBuilder, event: ev.Footer) -> None:
    builder.footer = None if event.next else event


def _tick(builder: StateBuilder, event: ev.Tick) -> None:
    builder.first_at = builder.first_at or event.at
    if (since := standing_since(builder, event.at)) is not None:
        for key, health in list(builder.sources.current.items()):
            if health.is_of_objects:
                builder.sources[key] = replace(health, missed=(since, event.at))
                about = health.source, health.namespace
                builder.silent.append(SilentStretch("objects", since, event.at, *about))
    builder.heard[TICKS] = event.at
    climb(builder, event.at)
    if builder.unserved and builder.polls:
        first_tokens(builder)


def _mark(builder: StateBuilder, event: ev.Mark) -> None:
    builder.marks.append(event)


def _notice(builder: StateBuilder, event: ev.Notice) -> None:
    builder.notices.append(event)
    happened_at = event.at if event.about is None else event.about
    if event.code == "restart" and builder.window.holds(happened_at):
        builder.session.totals.restarts += 1


def _gap(builder: StateBuilder, event: ev.Gap) -> None:
    builder.gaps.append(event)
    if event.is_of_recording:
        builder.heard[TICKS] = event.at
        # Objects are not listed anew after it: each is known again once it changes.
        for key, health in list(builder.sources.current.items()):
            builder.sources[key] = replace(health, missed=(event.since, inf))
    if builder.window.reaches(event.until):
        builder.session.totals.saw_gap(clean(event.source))


def _source(builder: StateBuilder, event: ev.Source) -> None:
    key = qualified(event.namespace, event.source) if event.namespace else event.source
    before = builder.sources.get(key)
    same = before is not None and before.status == event.status
    was_silent = before is not None and before.is_silent
    began = event.missed_since
    if began is None and before is not None and was_silent and not same:
        began = before.since
    missed = before.missed if before is not None else None
    if began is not None:
        missed = began, event.at
        if not (was_silent and same):  # else the silence goes on, and is told at its end
            silent = SilentStretch("objects", *missed, event.source, event.namespace)
            builder.silent.append(silent)
    builder.sources[key] = SourceHealth(
        source=event.source,
        status=event.status,
        text=event.text,
        since=before.since if before is not None and same else event.at,
        heard_at=event.at if event.status == "ok" else before.heard_at if before else None,
        retry_at=event.retry_at,
        verb=event.verb,
        resource=event.resource,
        kinds=event.kinds,
        namespace=event.namespace,
        guarded=event.guarded,
        missed=missed,
    )


def _log(builder: StateBuilder, event: ev.Log) -> None:
    if event.stream == JOB_STREAM:
        builder.job_log.append(job_pod(builder, event.pod), event)
        return
    hear(builder, "log", event.at)
    log_line(builder, event)


def _bounds(builder: StateBuilder, event: ev.Bounds) -> None:
    # Queued scrapes may be summarised when they are appended, which needs the bounds of their time.
    builder.flush_scrapes()
    builder.bounds[event.id] = event.le


def _failure(builder: StateBuilder, event: ev.ScrapeFailure) -> None:
    _of_pages(builder, event.pod, event.at)
    before = builder.polled(event.pod)
    builder.watched[event.pod] = Watched(before.history, event, before.failures + 1, before.engine)


def _engine(builder: StateBuilder, event: ev.Engine) -> None:
    _of_pages(builder, event.pod, event.at)
    before = builder.polled(event.pod)
    builder.watched[event.pod] = Watched(before.history, before.failure, before.failures, event)


def _round(builder: StateBuilder, event: ev.PollRound) -> None:
    hear(builder, "pods", event.at)
    builder.rounds.append(event)


def _epp(builder: StateBuilder, event: ev.Epp) -> None:
    hear(builder, "epp", event.at, event.pod.rpartition("/")[0])
    builder.epp.append(event.pod, event)


def _variant(builder: StateBuilder, event: ev.Variant) -> None:
    hear(builder, "variants", event.at, event.namespace)
    builder.variants[(event.source, event.namespace, event.name)] = event
    rename_decisions(builder)


def _workload(builder: StateBuilder, event: ev.Workload) -> None:
    hear(builder, "workloads", event.at, event.namespace)
    fold_scaling.note_workload(builder, event)
    builder.workloads[(event.kind, event.namespace, event.name)] = event


def _pod(builder: StateBuilder, event: ev.Pod) -> None:
    source = "controller" if event.role == "controller" else "workloads"
    hear(builder, source, event.at, event.namespace)
    if builder.window.several:
        event = replace(event, name=builder.window.id_of(event.namespace, event.name))
    builder.pods[event.name] = event
    if event.role == "controller" and not event.ready and not builder.drift.recognised:
        builder.forget_drift()  # its log may have been read before it was known not to be ready
    pod_seen(builder, event)
    condition_since.note_pod(builder, event)
    builder.gone.discard(event.name)


def _hpa(builder: StateBuilder, event: ev.Autoscaler) -> None:
    hear(builder, "autoscalers", event.at, event.namespace)
    key = (event.namespace, event.name)
    before = builder.hpas.get(key)
    if before is not None:
        event = fold_scaling.compact(event, before)
    fold_scaling.note_hpa(builder, event)
    builder.hpas[key] = event
    condition_since.note_hpa(builder, event, before)


def _keda(builder: StateBuilder, event: ev.ScaledObject) -> None:
    hear(builder, "autoscalers", event.at, event.namespace)
    fold_scaling.note_scaled_object(builder, event)
    builder.scaled_objects[(event.namespace, event.name)] = event
    condition_since.note_scaled_object(builder, event)


def _lease(builder: StateBuilder, event: ev.Lease) -> None:
    hear(builder, "controller", event.at, event.namespace)
    builder.leases[(event.namespace, event.name)] = event
    builder.leader = event.holder
    condition_since.note_lease(builder, event)


def _config(builder: StateBuilder, event: ev.Config) -> None:
    hear(builder, "configmaps", event.at, event.namespace)
    builder.configs[(event.namespace, event.name)] = event


def _kube_event(builder: StateBuilder, event: ev.KubeEvent) -> None:
    hear(builder, "events", event.at, event.namespace)
    if builder.window.several:
        event = replace(event, name=builder.window.id_of(event.namespace, event.name))
    builder.kube_events.append(event)
    fold_scaling.note_event(builder, event)
    pod_event(builder, event)


def _gone(builder: StateBuilder, event: ev.Deleted) -> None:
    if event.kind == "pod" and builder.window.several:
        event = replace(event, name=builder.window.id_of(event.namespace, event.name))
    key = (event.namespace, event.name)
    condition_since.forget(builder, event.kind, *key)
    if event.kind == "pod":
        builder.gone[event.name] = event.at
        builder.pods.leave(event.name)
        pod_deleted(builder, event)
        for name in [n for n, at in builder.gone.current.items() if at < event.at - GONE_KEPT_S]:
            builder.forget_pod(name)
    elif event.kind == "hpa":
        builder.hpas.discard(key)
    elif event.kind == "keda":
        builder.scaled_objects.discard(key)
    elif event.kind == "lease":
        builder.leases.discard(key)
    elif event.kind == "config":
        builder.configs.discard(key)
    elif event.kind == "job":
        job_gone(builder, event)
    elif event.kind == "variant":
        _drop(builder.variants, key, event.source)
    elif event.kind == "workload":
        _drop(builder.workloads, key, event.source)


def _drop(table: TableBuilder[tuple[str, str, str], V], key: NamespacedName, source: str) -> None:
    """Drop a key from a table by (source or kind, *key); "" stands for every source or kind."""
    for full in list(table.current):
        if (full[1], full[2]) == key and source in ("", full[0]):
            table.discard(full)


def _unknown(builder: StateBuilder, event: ev.Unknown) -> None:
    builder.unknown_kinds[event.kind] = (builder.unknown_kinds.get(event.kind) or 0) + 1


def _experiment(builder: StateBuilder, event: ev.Experiment) -> None:
    builder.experiment = event


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
        _on(ev.Scrape, StateBuilder.add_scrape),
        _on(ev.ScrapeFailure, _failure),
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
        _on(ev.KubeEvent, _kube_event),
        _on(ev.Job, job),
        _on(ev.JobProgress, job_progress),
        _on(ev.JobResult, job_result),
        _on(ev.Experiment, _experiment),
        _on(ev.Deleted, _gone),
        _on(ev.Unknown, _unknown),
    )
)
"""One handler per event; a test fails when one is missing."""
