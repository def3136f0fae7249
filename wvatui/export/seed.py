"""The table that the older experiment scripts wrote: `metrics.csv`, with exactly their columns.

The rows are more accurate: a sample without a pod is dropped, a value that the controller logs
several times in one cycle counts once, and an unmeasured value is empty instead of zero.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from wvatui.core import events as ev
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.fold.fold import fold
from wvatui.core.log import facts as fc
from wvatui.core.metrics.scrape_fields import histogram_pair
from wvatui.core.queries.load.load_rows import jobs
from wvatui.core.queries.pods.window import WINDOW_S, fresh, observed
from wvatui.core.rows.scaling_rows import action
from wvatui.core.state.state import EMPTY, Measured, Predicted, State
from wvatui.export.stamp import iso
from wvatui.export.table import names
from wvatui.export.tables import BATCH, RecordingTables

SeedRow = dict[str, Any]
CAPACITY = names(
    "action cost current_replicas event_type itl kv_cache_percent kv_cache_usage "
    "non_saturated_replicas pod queue_length replicas scale_down_safe should_scale_up "
    "target_replicas timestamp total_replicas ttft"
)
MODEL = names(
    "action current_replicas event_type observed_itl observed_replicas observed_ttft "
    "predicted_itl predicted_replicas predicted_ttft target_replicas timestamp"
)
HPA = names(
    "timestamp replicas desired_replicas num_requests_waiting num_requests_waiting_target "
    "kv_cache_usage_perc kv_cache_usage_target ttft_ms itl_ms request_rate_per_min "
    "active_jobs"
)
FRESH_S = 30.0
"""A scrape older than this many seconds says nothing about the present."""


def seed_csv(
    recording: RecordingTables, mode: str, *, deployment: str = "", interval_s: float = 5.0
) -> str:
    """`metrics.csv` as text. `mode`: hpa, model-based, or any other for the capacity columns.

    `deployment`, `interval_s`: for hpa, the name of the Deployment and the seconds between two
    rows.
    """
    if mode == "hpa":
        return csv_text(HPA, _hpa_rows(recording, deployment, interval_s))
    state, looks = EMPTY, list[ev.Scrape]()
    for batch in recording.batches(BATCH):
        state = fold(state, batch)
        looks += [event for event in batch if isinstance(event, ev.Scrape)]
    return csv_text(*controller_rows(state, mode, looks))


def csv_text(columns: Sequence[str], rows: Iterable[SeedRow]) -> str:
    """A table in the scripts' format: a header, one line per row, empty cells for missing
    values."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def seed_mode(state: State) -> str:
    """The mode whose columns fit a session: its header's autoscaler, else the controller's mode."""
    if state.header is not None and state.header.autoscaler == "hpa":
        return "hpa"
    words = " ".join((state.mode, *state.totals.modes)).lower()
    return "model-based" if "model" in words else "capacity-based"


def controller_rows(
    state: State, mode: str, looks: Iterable[ev.Scrape] = ()
) -> tuple[tuple[str, ...], list[SeedRow]]:
    """(columns, rows ascending in time) from the controller's log.

    `looks`: the session's scrapes, used for pods whose cache or queue the log does not sample.
    """
    rows: list[tuple[float, SeedRow]] = []
    columns = CAPACITY
    if mode == "model-based":
        targets = target_rows(state)
        columns = tuple(sorted((*MODEL, "slo_itl", "slo_ttft"))) if targets else MODEL
        rows += (*_observed(state), *_predicted(state), *targets)
    else:
        rows += (*_measured(state), *_samples(state), *_polled(state, looks))
        rows += analysis_rows(state)
    rows += decision_rows(state)
    rows.sort(key=lambda item: item[0])
    return columns, [row | {"timestamp": iso(at)} for at, row in rows]


def _measured(state: State) -> Iterable[tuple[float, SeedRow]]:
    for ring in state.measured.values():
        for logged in ring:
            m = logged.metrics
            values = {"replicas": m.replicas, "ttft": m.ttft_ms, "itl": m.itl_ms, "cost": m.cost}
            yield logged.at, {"event_type": "metrics"} | values


def _samples(state: State) -> Iterable[tuple[float, SeedRow]]:
    for pod, ring in state.log_kv.items():
        for point in ring:
            yield point.at, _kv_row(pod, point.value)
    for pod, ring in state.log_waiting.items():
        for point in ring:
            yield point.at, _queue_row(pod, int(point.value))


def _polled(state: State, looks: Iterable[ev.Scrape]) -> Iterable[tuple[float, SeedRow]]:
    """Samples from pods' pages, where the controller's log has none."""
    for look in looks:
        if look.kv is not None and look.pod not in state.log_kv:
            yield look.at, _kv_row(look.pod, look.kv)
        if look.waiting is not None and look.pod not in state.log_waiting:
            yield look.at, _queue_row(look.pod, look.waiting)


def _kv_row(pod: str, ratio: float) -> SeedRow:
    return {
        "event_type": "kv_cache",
        "pod": pod,
        "kv_cache_usage": ratio,
        "kv_cache_percent": round(ratio * 100, 4),
    }


def _queue_row(pod: str, waiting: int) -> SeedRow:
    return {"event_type": "queue", "pod": pod, "queue_length": waiting}


def analysis_rows(state: State) -> Iterable[tuple[float, SeedRow]]:
    """(UTC epoch seconds, row) of each analysis of the V1 rule, one per cycle and model."""
    for ring in state.analysed.values():
        for logged in ring:
            if (v1 := logged.v1) is not None:
                row = {
                    "event_type": "capacity_analysis",
                    "total_replicas": v1.total,
                    "non_saturated_replicas": v1.non_saturated,
                    "should_scale_up": v1.scale_up,
                    "scale_down_safe": v1.scale_down_safe,
                }
                yield logged.at, row


def decision_rows(state: State) -> Iterable[tuple[float, SeedRow]]:
    """(UTC epoch seconds, row) of each decision; where there is no controller's log, of each change
    made by an HPA, KEDA or by hand."""
    for logged in state.decisions:
        yield logged.at, _decision_row(logged.action, logged.current, logged.target)
    if state.decisions:
        return  # the controller's decision has a row; an HPA only acts on it
    for decision in scaling_decisions(state):
        if decision.changes and not decision.context:
            yield decision.at, _decision_row(action(decision), decision.before, decision.after)


def _decision_row(verb: str, current: int | None, target: int | None) -> SeedRow:
    return {
        "event_type": "scaling_decision",
        "action": verb,
        "current_replicas": current,
        "target_replicas": target,
    }


def _observed(state: State) -> Iterable[tuple[float, SeedRow]]:
    for ring in state.measured.values():
        for logged in ring:
            yield logged.at, {"event_type": "observed_metrics"} | observed_row(logged)


def observed_row(logged: Measured) -> SeedRow:
    """The controller's observations, under the scripts' column names; milliseconds."""
    m = logged.metrics
    itl, ttft = m.itl_ms, m.ttft_ms
    return {"observed_itl": itl, "observed_ttft": ttft, "observed_replicas": m.replicas}


def _predicted(state: State) -> Iterable[tuple[float, SeedRow]]:
    for ring in state.predicted.values():
        for logged in ring:
            yield logged.at, {"event_type": "prediction"} | predicted_row(logged)


def predicted_row(logged: Predicted) -> SeedRow:
    """The optimiser's expectations, under the scripts' column names; milliseconds."""
    p = logged.prediction
    itl, ttft = p.itl_ms, p.ttft_ms
    return {"predicted_itl": itl, "predicted_ttft": ttft, "predicted_replicas": p.replicas}


def target_rows(state: State) -> list[tuple[float, SeedRow]]:
    """(UTC epoch seconds, row) of latency targets, whenever those of a model change."""
    rows: list[tuple[float, SeedRow]] = []
    known: dict[str, tuple[float | None, float | None]] = {}
    for entry in state.log:
        for fact in entry.content.facts if "Found SLO" in entry.message else ():
            if isinstance(fact, fc.Slo) and known.get(fact.model) != (fact.itl_ms, fact.ttft_ms):
                known[fact.model] = (fact.itl_ms, fact.ttft_ms)
                values = {"slo_itl": fact.itl_ms, "slo_ttft": fact.ttft_ms}
                rows.append((entry.at, {"event_type": "slo"} | values))
    return rows


# --- the HPA runner's table ---------------------------------------------------------------


def _hpa_rows(recording: RecordingTables, deployment: str, interval_s: float) -> list[SeedRow]:
    rows: list[SeedRow] = []
    state, pending, due = EMPTY, list[ev.Event](), 0.0
    for batch in recording.batches(BATCH):
        for event in batch:
            pending.append(event)
            if type(event) is ev.Tick and event.at >= due - 1e-6:
                state, pending = fold(state, pending), []
                rows.append(_hpa_row(state, deployment))
                following = max(due + interval_s, event.at + interval_s / 2)
                due = following if due else event.at + interval_s
    return rows


def _hpa_row(state: State, deployment: str) -> SeedRow:
    scalers = [hpa for hpa in state.hpas.values() if deployment in ("", hpa.target_name)]
    hpa = scalers[0] if scalers else None
    name = deployment or (hpa.target_name if hpa else "")
    workload = next((w for w in state.workloads.values() if w.name == name), None)
    metrics = {
        kind: logged for logged in (hpa.metrics if hpa else ()) if (kind := _kind(logged.name))
    }
    waiting, kv = metrics.get("waiting"), metrics.get("kv")
    fresh_ones = [s for w in state.watched.values() if (s := fresh(w, state.now, FRESH_S))]
    load = _load(state)
    replicas = workload.replicas if workload else None
    return load | {
        "timestamp": iso(state.now),
        "replicas": hpa.current if hpa and hpa.current is not None else replicas,
        "desired_replicas": hpa.desired if hpa else workload.spec if workload else None,
        "num_requests_waiting": _or_mean(waiting, [s.waiting for s in fresh_ones]),
        "num_requests_waiting_target": waiting.target if waiting else None,
        "kv_cache_usage_perc": _or_mean(kv, [s.kv for s in fresh_ones]),
        "kv_cache_usage_target": kv.target if kv else None,
        "active_jobs": sum(row.active for row in jobs(state)),
    }


def _kind(name: str) -> str:
    """Which of the two kinds of columns a metric belongs to; empty: neither."""
    if "waiting" in name or "queue" in name:
        return "waiting"
    return "kv" if "kv" in name or "cache" in name else ""


def _or_mean(metric: ev.MetricStatus | None, values: Iterable[float | int | None]) -> float | None:
    """The value that the HPA reads; where it has none, the mean over the pods with a value."""
    if metric is not None and metric.current is not None:
        return metric.current
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 6) if known else None


def _load(state: State) -> SeedRow:
    """Latencies and requests over the last minute."""
    pairs = [
        pair for w in state.watched.values() if (pair := w.history.window(state.now, WINDOW_S))
    ]
    ttft = observed([histogram_pair(*pair, "ttft") for pair in pairs], state.bounds).mean_ms
    itl = observed([histogram_pair(*pair, "itl") for pair in pairs], state.bounds).mean_ms
    rates = []
    for older, newer in pairs:
        if older.success is not None and newer.success is not None and newer.at > older.at:
            grown = sum(newer.success.values()) - sum(older.success.values())
            rates.append(max(0, grown) / (newer.at - older.at) * 60)
    return {
        "ttft_ms": None if ttft is None else round(ttft, 3),
        "itl_ms": None if itl is None else round(itl, 3),
        "request_rate_per_min": round(sum(rates), 3) if rates else None,
    }
