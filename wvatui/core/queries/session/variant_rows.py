"""One row per variant: the replica ladder, the load, the last decision and what blocks it."""

from dataclasses import replace

from wvatui.core import events as ev
from wvatui.core.decisions.hpa.outcome import trigger_names
from wvatui.core.decisions.keda.falling_back import falls_back
from wvatui.core.explain.limits import thresholds
from wvatui.core.lines import clean
from wvatui.core.queries.pods.replica_rows import COMING, accelerator_of, link_rows, replicas
from wvatui.core.queries.pods.window import ReplicaLoad, pods_load
from wvatui.core.rows.scaling_rows import DECIDERS, action, cause, newest_of_hpas, newest_of_scalers
from wvatui.core.rows.views import ReplicaRow, VariantRow
from wvatui.core.state.linking import state_links
from wvatui.core.state.links import Link, ready_replicas, sleeps, wanted
from wvatui.core.state.scope import decision_of
from wvatui.core.state.state import Decision, State


def variants(state: State) -> tuple[VariantRow, ...]:
    """Rows of all variants, ascending by (model, namespace, name)."""
    rows = [_row(state, item) for item in state_links(state)]
    id_of, watches = state.window.id_of, state.window.watches
    known = {row.scope for row in rows}
    newest = sorted(state.deciding.values(), key=lambda d: (d.model, d.namespace, d.variant))
    rows += [
        _row_from_log(state, decided)
        for decided in newest
        if clean(id_of(decided.namespace, decided.variant)) not in known
        and watches(decided.namespace)
    ]
    return tuple(rows)


def _row(state: State, item: Link) -> VariantRow:
    rows = link_rows(state, item)
    alive = [row for row in rows if row.state != "gone"]
    decided = decision_of(state, item.namespace, item.name)
    histories = [state.watched[n].history for n in item.pods if n in state.watched]
    ladder = state.ladder.get(item.key)
    declared = item.variant
    scaler = item.hpa or item.scaled_object or declared
    row = _assemble(
        state,
        alive,
        pods_load(histories, state.now, state.bounds),
        decided,
        name=item.name,
        namespace=item.namespace,
        model=item.model,
        accelerator=accelerator_of(item, state),
        cost=declared.cost if declared else None,
        source=clean(item.source),
        desired=wanted(item.hpa),
        spec=item.workload.spec if item.workload else None,
        ready=ready_replicas(item, state.pods, state.gone),
        serving=ladder[-1].serving if ladder else None,
        least=scaler.min if scaler else None,
        most=scaler.max if scaler else None,
        blocked=_blocked(item, decided),
        target_kind=item.target_kind,
        ended=len(item.ended),
    )
    if decided is not None:
        return row
    fallback = item.scaled_object is not None and falls_back(item.scaled_object)
    row = replace(row, by_metrics=_by_metrics(state, item), by_fallback=fallback)
    return _by_a_scaler(state, item, row)


def _by_a_scaler(state: State, item: Link, row: VariantRow) -> VariantRow:
    """The row with the newest decision of the variant's scaler, where there is one to show."""
    made = newest_of_scalers(state).get((item.namespace, row.name))
    if made is None:
        return row
    until = None if made.moves else made.held_until
    if until is not None and until <= state.now and not row.reason:
        over = f"{DECIDERS[made.decider]}: what held it ended"
        age_s = state.now - until
        return replace(row, action="no-change", decision_age_s=age_s, reason=over, brief=())
    return replace(
        row,
        action=action(made),
        decision_age_s=max(0.0, state.now - made.at),
        reason=row.reason or cause(made),
        brief=() if row.reason else made.brief,
    )


def _by_metrics(state: State, item: Link) -> int | None:
    if item.hpa is None:
        return None
    newest = newest_of_hpas(state).get((item.hpa.namespace, clean(item.hpa.name)))
    return None if newest is None else newest.wanted


def _row_from_log(state: State, decided: Decision) -> VariantRow:
    info = state.info.get(state.window.id_of(decided.namespace, decided.variant))
    rows = [row for row in replicas(state, decided.variant) if row.source == "log"]
    return _assemble(
        state,
        rows,
        ReplicaLoad(),
        decided,
        name=decided.variant,
        namespace=decided.namespace,
        model=decided.model,
        accelerator=decided.accelerator or (info.accelerator if info else ""),
        cost=info.cost if info else None,
        source="log",
        desired=None,
        spec=None,
        ready=info.ready if info else None,
        serving=None,
        least=info.min if info else None,
        most=info.max if info else None,
        blocked="",
    )


def _assemble(
    state: State,
    rows: list[ReplicaRow],
    load: ReplicaLoad,
    decided: Decision | None,
    *,
    name: str,
    namespace: str,
    model: str,
    accelerator: str,
    cost: float | None,
    source: str,
    desired: int | None,
    spec: int | None,
    ready: int | None,
    serving: int | None,
    least: int | None,
    most: int | None,
    blocked: str,
    target_kind: str = "",
    ended: int = 0,
) -> VariantRow:
    kv = [row.kv_ratio for row in rows if row.kv_ratio is not None]
    waiting = [row.waiting for row in rows if row.waiting is not None]
    running = [row.running for row in rows if row.running is not None]
    judged = [row.saturated for row in rows if row.saturated is not None]
    return VariantRow(
        key=f"{namespace}/{name}",
        scope=clean(state.window.id_of(namespace, name)),
        name=clean(name),
        namespace=clean(namespace),
        model=clean(model),
        accelerator=clean(accelerator),
        cost=cost,
        source=source,
        target=decided.target if decided else None,
        desired=desired,
        spec=spec,
        ready=ready,
        serving=serving,
        min=least,
        max=most,
        saturated=sum(judged) if judged else None,
        measured=len(judged),
        kv_mean=sum(kv) / len(kv) if kv else None,
        kv_max=max(kv, default=None),
        waiting_sum=sum(waiting) if waiting else None,
        waiting_max=max(waiting, default=None),
        running_sum=sum(running) if running else None,
        ttft_p95_ms=load.ttft_p95_ms,
        itl_p95_ms=load.itl_p95_ms,
        action=decided.action if decided else "",
        decision_age_s=max(0.0, state.now - decided.at) if decided else None,
        reason=clean(_reason(state, decided)),
        blocked=clean(blocked),
        current=decided.current if decided else None,
        starting=sum(row.state in COMING for row in rows),
        target_kind=clean(target_kind),
        ended=ended,
    )


def _reason(state: State, decided: Decision | None) -> str:
    """The decision's own reason, or that of the analysis where the decision has none."""
    if decided is None:
        return ""
    for key in sorted(state.analysed):
        ring = state.analysed[key]
        newest = ring[-1] if ring else None
        if newest is None or newest.v1 is None or abs(newest.at - decided.at) > 2.0:
            continue
        if newest.namespace not in ("", decided.namespace):
            continue
        if newest.v1.reason and (not decided.model or newest.model == decided.model):
            return newest.v1.reason
    return decided.reason


def _blocked(item: Link, decided: Decision | None) -> str:
    """The first thing that keeps the ladder from following the decision."""
    scaled, hpa = item.scaled_object, item.hpa
    if scaled is not None and scaled.paused:
        return f"ScaledObject {scaled.name} is {scaled.paused}"
    if hpa is not None and not sleeps(hpa, decided.target if decided else None):
        for condition in hpa.conditions:
            if condition.type in ("ScalingActive", "AbleToScale") and condition.status == "False":
                return f"HPA {hpa.name}: {condition.reason}: {condition.message}"
        unknown = [metric.name for metric in hpa.metrics if metric.current is None]
        if unknown:
            names = trigger_names(scaled, unknown)
            unknown = [names.get(name, name) for name in unknown]
            return f"HPA {hpa.name}: metric {', '.join(unknown)} is <unknown>"
        limit = _at_limit(hpa, decided)
        if limit:
            return limit
    return ""


def _at_limit(hpa: ev.Autoscaler, decided: Decision | None) -> str:
    target = decided.target if decided else None
    if target is not None and hpa.max is not None and target > hpa.max:
        return f"target {target} is above maxReplicas {hpa.max} of HPA {hpa.name}"
    return ""


__all__ = ["thresholds", "variants"]
