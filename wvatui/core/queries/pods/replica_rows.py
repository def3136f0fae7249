"""One row per replica: its state and its load, with the age and source of each number."""

from collections.abc import Iterable
from math import inf
from statistics import median
from typing import get_args

from wvatui.core import events as ev
from wvatui.core.explain.limits import thresholds
from wvatui.core.lines import clean, many, verb
from wvatui.core.metrics.scrape_fields import JUDGED
from wvatui.core.queries.pods.pod_links import pod_links
from wvatui.core.queries.pods.window import ReplicaLoad, pod_load
from wvatui.core.rows.views import (
    ComingState,
    ReplicaRow,
    ReplicaState,
    ServingState,
    Thresholds,
)
from wvatui.core.state.history import PodLifecycle
from wvatui.core.state.links import Link
from wvatui.core.state.replicas import is_of_pages
from wvatui.core.state.session_window import fresh_s, is_outside
from wvatui.core.state.state import State, Watched

GONE_SHOWN_S = 60.0
"""How long a deleted replica stays in the table, seconds."""
LOG_FRESH_S = 180.0
"""Age above which the controller's samples, which come once a cycle, are ignored, seconds."""
SERVING: tuple[ReplicaState, ...] = get_args(ServingState)
COMING: tuple[ReplicaState, ...] = get_args(ComingState)
"""States of replicas that exist but do not serve yet, or no longer serve."""
READY: tuple[ReplicaState, ...] = (*SERVING, "unread", "unreachable")
"""States of replicas that are ready, so that their cost counts."""
_CREATING = ("ContainerCreating", "PodInitializing", "ErrImagePull", "ImagePullBackOff")


def replicas(state: State, variant: str | None = None) -> tuple[ReplicaRow, ...]:
    """Rows of all replicas, or those of `variant`, ascending by (model, variant, pod). Pods of no
    variant come last."""
    rows: list[ReplicaRow] = []
    for item in pod_links(state):
        if variant is None or (item.name == variant and variant):
            rows.extend(link_rows(state, item))
    if not rows:
        rows = _rows_from_log(state, variant)
    return tuple(rows)


def link_rows(state: State, item: Link, only: str | None = None) -> list[ReplicaRow]:
    """Rows of one variant's replicas (or of one of them), ascending by pod name."""
    if only is not None:
        return _rows(state, item, [only])
    # The tables of pods and of variants both need the rows of a State, so they are cached.
    made = state.of_state.of(_Rows)
    key = (item.key, item.pods)
    if key not in made:
        made[key] = _rows(state, item, item.pods)
    return list(made[key])


def settled_until(state: State, since: float) -> float:
    """The earliest time after `since` at which a replica's state or a rung of the ladder changes by
    time alone: a scrape becomes too old, or a row is dropped. inf: never."""
    fresh = fresh_s(state.header)
    looks = (watched.history.last for watched in state.watched.values())
    ends = [look.at + fresh for look in looks if look is not None]
    left = (_left_at(state, pod) for pod in state.pods.values())
    ends += [at + GONE_SHOWN_S for at in left if at is not None]
    if state.cycle is not None:
        # Thresholds are those of the current cycle.
        ends.append(state.cycle.last_at)
    return min((end for end in ends if end > since), default=inf)


class _Rows(dict[object, list[ReplicaRow]]):
    """The cached rows of one State, by variant."""


def _rows(state: State, item: Link, names: Iterable[str]) -> list[ReplicaRow]:
    limits = thresholds(state, item.model, item.namespace)
    accelerator = clean(accelerator_of(item, state))
    rows = []
    for name in names:
        left_at = _left_at(state, state.pods[name])
        if left_at is None or state.now - left_at <= GONE_SHOWN_S:
            rows.append(_row(state, item, state.pods[name], limits, accelerator))
    return rows


def _left_at(state: State, pod: ev.Pod) -> float | None:
    """When a pod was gone; of one that only its pages tell of, when these no longer came."""
    gone_at, watched = state.gone.get(pod.name), state.watched.get(pod.name)
    if gone_at is not None or watched is None or not is_of_pages(pod):
        return gone_at
    looks = (watched.history.last, watched.failure)
    last = max((look.at for look in looks if look is not None), default=pod.at)
    ends = last + fresh_s(state.header)
    return ends if state.now > ends else None


def _row(state: State, item: Link, pod: ev.Pod, limits: Thresholds, accelerator: str) -> ReplicaRow:
    watched = state.watched.get(pod.name)
    last = watched.history.last if watched else None
    if last is not None and state.now - last.at > fresh_s(state.header):
        stale_at: float | None = last.at
        sample: ev.Scrape | None = None
    else:
        stale_at, sample = None, last
    status, text = _state(state, pod, watched, sample, limits, item.unready_workers.get(pod.name))
    load = ReplicaLoad()
    if watched is not None and sample is not None:
        load = pod_load(watched.history, state.now, state.bounds)
    sample_at = sample.at if sample is not None else stale_at
    return ReplicaRow(
        pod=clean(pod.name),
        variant=clean(item.name),
        namespace=clean(pod.namespace),
        model=clean(item.model or (watched.engine.model if watched and watched.engine else "")),
        accelerator=accelerator,
        state=status,
        state_text=clean(text),
        kv_ratio=sample.kv if sample else None,
        running=sample.running if sample else None,
        waiting=sample.waiting if sample else None,
        ttft_p95_ms=load.ttft_p95_ms,
        itl_p95_ms=load.itl_p95_ms,
        tokens_per_s=load.tokens_per_s,
        preemptions=sample.preemptions if sample else None,
        saturated=looks_saturated(sample, limits) if sample else None,
        sample_at=sample_at,
        sample_age_s=None if sample_at is None else max(0.0, state.now - sample_at),
        source="pod" if sample_at is not None else "",
        restarts=None if is_outside(state.header) or is_of_pages(pod) else pod.restarts,
        node=clean(pod.node),
        age_s=None if pod.created_at is None else max(0.0, state.now - pod.created_at),
        engines=max(1, len(sample.ranks)) if sample else 1,
        silent=silent_engines(sample) if sample else 0,
    )


def silent_engines(look: ev.Scrape) -> int:
    """How many of a pod's engines did not answer."""
    return sum(bool(rank.why) for rank in look.ranks)


def saturated(kv: float | None, waiting: float | None, limits: Thresholds) -> bool | None:
    """Whether KV or queue is at or above its threshold.

    None where one was not measured and the other is below, as the missing one may be above.
    Source: V1, WVA v0.8.0 internal/saturation/analyzer.go.
    """
    if (kv is not None and kv >= limits.kv) or (waiting is not None and waiting >= limits.queue):
        return True
    return None if kv is None or waiting is None else False


def looks_saturated(look: ev.Scrape, limits: Thresholds) -> bool | None:
    """As `saturated`, for a scrape; with several engines in the pod, the fullest counts."""
    return saturated(JUDGED["kv"](look), JUDGED["waiting"](look), limits)


def _unmeasured(look: ev.Scrape) -> str:
    """Which of KV and queue was not measured, in words."""
    names = {"kv": "KV cache", "waiting": "queue"}
    return " and ".join(name for field, name in names.items() if JUDGED[field](look) is None)


def _warm(sample: ev.Scrape, limits: Thresholds) -> bool:
    """Whether its spare is below the scale-up trigger."""
    kv_spare = limits.kv - (JUDGED["kv"](sample) or 0.0)
    queue_spare = limits.queue - (JUDGED["waiting"](sample) or 0)
    return kv_spare < limits.kv_trigger or queue_spare < limits.queue_trigger


def _state(
    state: State,
    pod: ev.Pod,
    watched: Watched | None,
    sample: ev.Scrape | None,
    limits: Thresholds,
    worker: str | None,
) -> tuple[ReplicaState, str]:
    if pod.name in state.gone:
        return "gone", f"gone for {state.now - state.gone[pod.name]:.0f} s"
    if pod.deleting_at is not None:
        return "draining", "draining: being deleted"
    if pod.phase == "Pending" and pod.scheduled_at is None:
        return "pending", f"pending: {pod.reason or 'not scheduled yet'}"
    if pod.phase == "Pending" or pod.reason in _CREATING:
        return "creating", _creating(state, pod)
    outside = is_outside(state.header)
    failure = watched.failure if watched else None
    answers = sample is not None and (failure is None or failure.at < sample.at)
    if is_of_pages(pod):
        if sample is None and (failure is None or failure.why != "starting"):
            return "unknown", "unknown: no more pages of it"
    elif not pod.ready:
        return _not_ready(state, pod, failure, answers=answers)
    if worker is not None:
        return "not ready", f"not ready: {worker} of its group is not"
    if sample is not None and answers:
        lost = _lost(sample) + (", readiness unknown" if is_of_pages(pod) else "")
        full = looks_saturated(sample, limits)
        if full:
            return "saturated", f"saturated{lost}"
        if full is None:
            return "unknown", f"unknown: {_unmeasured(sample)} not measured{lost}"
        warm = _warm(sample, limits)
        return ("warm", f"warm: little spare{lost}") if warm else ("ok", f"ok{lost}")
    if failure is not None and failure.why == "starting":
        return "starting", "starting: the engine is not up yet"
    if failure is not None:
        return "unreachable", f"unreachable: {failure.text or failure.why}"
    if watched is None:
        return "unread", "unread: not asked yet" if outside else "unread: ready, not asked yet"
    return "unreachable", "silent" if outside else "ready, but silent"


def _creating(state: State, pod: ev.Pod) -> str:
    """What keeps a container from running, with the reasons of `kubectl get pods`."""
    if pod.reason not in ("", *_CREATING):
        return f"not started: {pod.reason}"
    boot, words = state.lifecycles.get(pod.name), pod.reason or "ContainerCreating"
    pulls = boot is not None and boot.pulling_at is not None and boot.pulled_at is None
    return f"{words}: the image is pulled" if pulls and "Image" not in words else words


def _not_ready(
    state: State, pod: ev.Pod, failure: ev.ScrapeFailure | None, *, answers: bool
) -> tuple[ReplicaState, str]:
    """The state of a pod that is not Ready, which no Service and no gateway uses."""
    boot = state.lifecycles.get(pod.name)
    if answers:
        return "not ready", f"not ready: {_reason(pod) or 'the probe fails'}, its engine answers"
    if boot is not None and boot.ready_at is not None:
        return "not ready", f"not ready: {_reason(pod) or 'the probe fails'}, it was ready before"
    since = pod.started_at or pod.scheduled_at
    lasting = "" if since is None else f", {state.now - since:.0f} s{_usual(state, boot)}"
    return "starting", f"starting: {_reason(pod) or _loading(failure)}{lasting}"


def _usual(state: State, boot: PodLifecycle | None) -> str:
    """The median duration of this session's boots of the same workload, in words."""
    if boot is None or not any(boot.owner):
        return ""
    boots = state.of_state.of(_Boots)
    if not boots.read:
        boots.read = True
        for other in state.lifecycles.values():
            since = other.started_at or other.scheduled_at
            ready_at = other.ready_at
            if since is None or ready_at is None:
                continue
            if ready_at > since >= state.first_at:
                boots.took.setdefault(other.owner, []).append(ready_at - since)
    took = boots.took.get(boot.owner)
    return f" of ~{median(took):.0f} s" if took else ""


class _Boots:
    """How long the boots of a State's pods took, seconds, by the workload that made them."""

    def __init__(self) -> None:
        self.read = False
        self.took: dict[tuple[str, str, str], list[float]] = {}


def _lost(look: ev.Scrape) -> str:
    """The engines that did not answer, as the end of a sentence."""
    silent = [rank for rank in look.ranks if rank.why]
    if not silent:
        return ""
    first = silent[0]
    where = f"{first.pod} " if first.pod else ""
    words = (
        f"{len(silent)} of {many(len(look.ranks), 'engine')} {verb(len(silent), 'do')} not answer"
    )
    return f"; {words}: {where}port {first.port}, {first.why}"


def _reason(pod: ev.Pod) -> str:
    """Why it is not ready; empty: only because its probe fails."""
    # "Running", as kubectl calls a pod whose probe still fails, is no reason.
    return "" if pod.reason in ("ContainersNotReady", pod.phase) else pod.reason


def _loading(failure: ev.ScrapeFailure | None) -> str:
    is_refused = failure is not None and failure.why == "refused"
    return "not listening yet" if is_refused else "loading the model"


def _rows_from_log(state: State, variant: str | None) -> list[ReplicaRow]:
    """Replicas as named in the controller's log, where there is no cluster."""
    names = sorted(set(state.log_kv) | set(state.log_waiting))
    known = sorted({item.variant for item in state.deciding.values()})
    newest = max((state.log_kv[n][-1].at for n in names if state.log_kv.get(n)), default=0.0)
    rows = []
    for name in names:
        owner = next((v for v in sorted(known, key=len, reverse=True) if name.startswith(v)), "")
        if not owner and len(known) == 1:
            owner = known[0]
        if variant is None or owner == variant:
            row = _row_from_log(state, name, owner, newest)
            if row is not None:
                rows.append(row)
    return rows


def _row_from_log(state: State, name: str, owner: str, newest: float) -> ReplicaRow | None:
    kv_trail, queue_trail = state.log_kv.get(name), state.log_waiting.get(name)
    kv = kv_trail[-1] if kv_trail else None
    queue = queue_trail[-1] if queue_trail else None
    at = max(point.at for point in (kv, queue) if point is not None)
    if at < newest - GONE_SHOWN_S or state.now - at > LOG_FRESH_S:
        return None
    model = next((d.model for d in state.deciding.values() if d.variant == owner), "")
    limits = thresholds(state, model)
    is_full = saturated(kv.value if kv else None, queue.value if queue else None, limits)
    word: ReplicaState = "unknown" if is_full is None else "saturated" if is_full else "ok"
    info = state.info.get(owner)
    return ReplicaRow(
        pod=clean(name),
        variant=clean(owner),
        namespace="",
        model=clean(model),
        accelerator=clean(info.accelerator if info else ""),
        state=word,
        state_text=word,
        kv_ratio=kv.value if kv else None,
        running=None,
        waiting=int(queue.value) if queue else None,
        ttft_p95_ms=None,
        itl_p95_ms=None,
        tokens_per_s=None,
        preemptions=None,
        saturated=is_full,
        sample_at=at,
        sample_age_s=max(0.0, state.now - at),
        source="log",
        restarts=0,
        node="",
        age_s=None,
    )


def accelerator_of(link: Link, state: State) -> str:
    """The accelerator of a variant's replicas; empty: not known."""
    info = state.info.get(state.id_of(link))
    declared = link.variant.accelerator if link.variant is not None else ""
    read = link.workload.accelerator if link.workload is not None else ""
    return declared or read or (info.accelerator if info is not None else "")
