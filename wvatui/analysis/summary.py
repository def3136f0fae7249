"""A session in numbers: exact over the whole stream, for people and for scripts.

The JSON keys are an interface: they are only ever added to. `null` means never measured.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wvatui.analysis.changes_of_size import changes, scaled
from wvatui.analysis.load_results import results
from wvatui.analysis.session_part import SessionPart, counted
from wvatui.core.events import Job
from wvatui.core.lines import clean
from wvatui.core.log.dialects import FOREIGN
from wvatui.core.log.versions import family
from wvatui.core.metrics.polled_totals import COUNTERS
from wvatui.core.queries.health.missing import Missing, missing_in
from wvatui.core.queries.health.silences import silent_rows
from wvatui.core.queries.load.load_rows import has_failed
from wvatui.core.queries.load.stage_stats import stage_rows
from wvatui.core.queries.pods.polled import polled_session, session_totals
from wvatui.core.queries.pods.replica_time import ReplicaTime, replica_time
from wvatui.core.queries.scaling.predictions import PredictionPair, observations, pairs_of
from wvatui.core.queries.session.session_rows import header
from wvatui.core.rules.wva.model.model_based import LatencyTargets
from wvatui.core.rules.wva.model.predictions import Errors, errors, violates
from wvatui.core.state.session_window import is_outside
from wvatui.core.state.state import EMPTY, State
from wvatui.core.state.totals import SessionTotals
from wvatui.export.load_tables import stage_numbers
from wvatui.export.table import moment


def summary(
    state: State,
    source: str,
    prices: Mapping[str, float] | None = None,
    part: SessionPart | None = None,
) -> dict[str, Any]:
    """All numbers of a session. `source`: the name of what was read. `prices`: see `unit_costs`.

    `part`: where `state` is only a part of a session.
    """
    totals = counted(state)
    first, last = EMPTY, state
    if part is not None:
        totals = totals.of_part(*part.counted)
        first, last = part.before, part.upto
    return (
        {
            "source": source,
            "lines": totals.lines,
            "out_of_order": state.header.out_of_order if state.header is not None else 0,
            "repeated": state.header.repeated if state.header is not None else 0,
            "nonjson": sum(totals.dialects.get(name, 0) for name in FOREIGN),
            **_logged(totals),
            **_between_decisions(totals, part),
            **polled(state, prices, part),
            "predictions": predictions(state, part) | {"n": totals.predictions},
            "unknown_lines": totals.unknown,
            **trouble(state, totals, part),
            "unknown_templates": dict(_most(totals.unknown_templates)),
            "dialects": dict(sorted(totals.dialects.items())),
            "family": family(totals.families),
            "drift": state.drift.alarm or None,
            "namespaces": list(state.namespaces),
            "events": last.events - first.events,
            "length_s": round(state.now - state.first_at, 3) if state.events else 0,
            "polled_pods": sum(1 for w in state.watched.values() if len(w.history)),
            **_gaps(state, totals, part),
            "marks": last.marks.total - first.marks.total,
            "restarts": totals.restarts,
            **load(state),
            "scaling": scaled(state, part),
            "envelope": (state.header.envelope if state.header is not None else "") or None,
            "variants": _variants(state, totals),
        }
        | changes(state, part)
        | _incomplete(state)
    )


def _logged(totals: SessionTotals) -> dict[str, Any]:
    """What the controller's log says."""
    low, high = totals.current_min, totals.current_max
    return {
        "mode": ",".join(sorted(totals.modes)) or None,
        "reconciles": totals.reconciles,
        "cycles": totals.cycles,
        "raw_dec": totals.raw_decisions,
        "ups": totals.ups,
        "downs": totals.downs,
        "cur": None if low is None else [low, high],
        "tgt_max": totals.target_max,
        "pods": len(totals.pods),
        "kv": totals.kv_samples,
        "kv_peak": totals.kv_peak if totals.kv_samples else None,
        "q_peak": totals.queue_peak if totals.queue_samples else None,
        "caps": totals.analyses,
        "cap_ts": totals.analysis_times,
        "analyses": totals.analyses_coalesced,
        "ttft_max": totals.ttft_max_ms,
        "itl_max": totals.itl_max_ms,
        "arr_max": totals.arrival_max_per_min,
        "preds": totals.predictions,
        "nis": totals.nis_rejections,
        "errs": totals.errors,
        "warn": totals.warnings,
    }


def _between_decisions(totals: SessionTotals, part: SessionPart | None) -> dict[str, Any]:
    """What each decision ends: the time since the one before it, and its target. So the first
    decision of a part is told by the last one before the part."""
    before, upto = (SessionTotals(), totals) if part is None else part.counted

    def grown(number: Callable[[SessionTotals], float | None]) -> int | None:
        if not totals.cycles:
            return None
        return round(number(upto) or 0.0) - round(number(before) or 0.0)

    return {
        "target_changes": totals.target_changes,
        "replica_s": grown(lambda each: each.replica_s),
        "span": grown(lambda each: each.decisions_span_s),
    }


def _variants(state: State, totals: SessionTotals) -> list[str]:
    return sorted({key[-1] for key in totals.last_counted} | {k[2] for k in state.variants})


def _incomplete(state: State) -> dict[str, Any]:
    missing = missing_in(state.gaps)
    return {} if missing is None else {"incomplete": _lacks(missing, state.first_at)}


def _gaps(state: State, totals: SessionTotals, part: SessionPart | None) -> dict[str, Any]:
    """Number of stretches that were missed or silent, by kind."""
    by_kind = Counter(totals.gaps_by_source)
    silent = silent_rows(state if part is None else part.session)
    by_kind.update(row.source for row in silent if part is None or part.cut(row.since, row.until))
    return {"gaps": by_kind.total(), "gaps_by_kind": dict(sorted(by_kind.items()))}


def mixed(numbers: dict[str, Any], parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The numbers of a session of several namespaces; `parts` holds those of each namespace.

    A sum or range over namespaces becomes null, as it belongs to none of them. Numbers of the file
    itself stay: lines, their wording, gaps, errors, restarts.
    """
    alone = {key: value if key in _OF_THE_FILE else None for key, value in numbers.items()}
    return alone | {"by_namespace": {part["namespaces"][0]: part for part in parts}}


_OF_THE_FILE = frozenset(
    [
        "source",
        "lines",
        "out_of_order",
        "repeated",
        "nonjson",
        "mode",
        "reconciles",
        "errs",
        "error_messages",
        "warn",
        "driver",
        "unknown_lines",
        "unknown_templates",
        "dialects",
        "family",
        "drift",
        "namespaces",
        "events",
        "length_s",
        "longest_gap_s",
        "polled_pods",
        "gaps",
        "gaps_by_kind",
        "marks",
        "restarts",
        "envelope",
        "variants",
        "incomplete",
    ]
)
"""Keys of a summary that describe the file, whatever namespaces it mentions."""


def trouble(state: State, totals: SessionTotals, part: SessionPart | None) -> dict[str, Any]:
    """Each error with its number of lines, the most frequent first; load jobs that failed."""
    return {
        "error_messages": {clean(t): n for t, n in _most(totals.error_messages)},
        "failed_jobs": [
            {"name": clean(job.name), "status": job.status, "reason": clean(job.reason)}
            for job in state.jobs.values()
            if has_failed(job) and not (part is not None and _failed_before(job, part))
        ],
    }


def _failed_before(job: Job, part: SessionPart) -> bool:
    """Whether a job goes on, or succeeded, after attempts that all failed before a part."""
    tried = [attempt.ended_at for attempt in job.attempts]
    return job.status != "failed" and bool(tried) and max(tried) < part.since


def _most(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:20]


def polled(
    state: State, prices: Mapping[str, float] | None, part: SessionPart | None
) -> dict[str, Any]:
    """Figures of polled pods and workloads; null where nothing was polled.

    `span_s`: the seconds in which the replicas are known, over which they are summed; the length of
    the session where they never are.
    """
    ran = replica_time(state, state.first_at, state.now, prices=prices)
    pods = polled_session(state)
    length_s = state.now - state.first_at if state.events else None
    return {
        "driver": header(state).driver or None,
        "span_s": _rounded(ran.known_s or length_s, 3),
        "replicas_avg": _rounded(ran.mean, 4),
        "replicas_max": ran.most,
        "replicas_by": _counted_by(state) if ran.most is not None else None,
        "replica_seconds": _rounded(ran.seconds, 1),
        "cost": _rounded(ran.cost, 6),
        **({"cost_per_hour": _rounded(_an_hour(ran), 6)} if prices else {}),
        "polled_kv_mean": _rounded(pods.kv_mean, 6),
        "polled_kv_peak": pods.kv_peak,
        "waiting_max": _rounded(pods.waiting_max, 0),
        **{f"{name}_ms": _rounded(value, 3) for name, value in pods.latencies_ms.items()},
        **(pods.tokens if part is None else _tokens(state, part)),
    }


def _tokens(state: State, part: SessionPart) -> dict[str, int | None]:
    """The tokens of a part: what is between two polls counts to the part with the second one."""
    before, upto = (session_totals(each).counters for each in (part.before, part.upto))
    was_polled = any(len(watched.history) for watched in state.watched.values())
    return {
        name: upto[name] - before.get(name, 0) if was_polled and name in upto else None
        for name in COUNTERS
    }


def _an_hour(ran: ReplicaTime) -> float | None:
    """The average cost per hour over the time in which the replicas are known."""
    return 3600.0 * ran.cost / ran.known_s if ran.cost is not None and ran.known_s else None


def _counted_by(state: State) -> str:
    """The source of the number of replicas: workloads (ready ones), a scaler (existing ones), or
    endpoints (polled ones)."""
    if is_outside(state.header):
        return "endpoints"
    rungs = (step for ring in state.ladder.values() for step in ring)
    return "workloads" if any(step.ready is not None for step in rungs) else "scaler"


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits or None)


def _lacks(missing: Missing, begin: float) -> dict[str, Any]:
    """What the recording lacks, in seconds since `begin`; a complete one does not have the key."""
    return {
        "events": missing.events or None,
        "since_s": round(missing.since - begin, 3),
        "until_s": round(missing.until - begin, 3),
        "stretches": missing.stretches,
        "words": clean(str(missing)),
    }


def load(state: State) -> dict[str, Any]:
    """The offered load, the servers' figures, and the results of the load tools."""
    return {"stages": stages(state), "results": results(state)}


def stages(state: State) -> list[dict[str, Any]]:
    """Each stage of load with what the servers did in it, as the table of the export has it."""
    return [moment(row.since, state) | stage_numbers(row) for row in stage_rows(state)]


def predictions(state: State, part: SessionPart | None = None) -> dict[str, Any]:
    """Predicted and observed latency, paired as in the experiments' notebook. A part has what was
    observed in it, whenever that was predicted."""
    pairs: list[PredictionPair] = []
    observed = 0
    missed: list[int | None] = []
    if part is not None:
        state = part.session
    for variant in sorted(set(state.predicted) | set(state.measured)):
        own = [pair for pair in pairs_of(state, variant) if part is None or part.has(pair[1].at)]
        observed += sum(part is None or part.has(o.at) for o in observations(state, variant))
        pairs += own
        missed.append(_violations(state, variant, own))
    judged = [count for count in missed if count is not None]
    itl = errors([(p.prediction.itl_ms, o.metrics.itl_ms) for p, o in pairs])
    ttft = errors([(p.prediction.ttft_ms, o.metrics.ttft_ms) for p, o in pairs])
    slo_itl, slo_ttft = latency_targets(state)
    return {
        "n": state.totals.predictions,
        "observations": observed if state.predicted else 0,
        "pairs": len(pairs),
        "itl_error_ms": _spread(itl),
        "ttft_error_ms": _spread(ttft),
        "slo_itl_ms": slo_itl,
        "slo_ttft_ms": slo_ttft,
        "violations": sum(judged) if judged else None,
    }


def _spread(found: Errors | None) -> dict[str, float] | None:
    """A distribution rounded to 0.01 ms."""
    if found is None:
        return None
    return {
        "mean": round(found.mean, 2),
        "abs_mean": round(found.abs_mean, 2),
        "sd": round(found.sd, 2),
    }


def latency_targets(state: State) -> tuple[float | None, float | None]:
    """(ITL, TTFT) in ms that apply to all variants; None: unknown, or different."""
    variants = {*state.slo, *state.predicted}
    pairs = [targets_of(state, variant) for variant in variants]
    itls = {itl for itl, _ in pairs if itl is not None}
    ttfts = {ttft for _, ttft in pairs if ttft is not None}
    return (
        itls.pop() if len(itls) == 1 else None,
        ttfts.pop() if len(ttfts) == 1 else None,
    )


def targets_of(state: State, variant: str) -> tuple[float | None, float | None]:
    """(ITL, TTFT) in ms that the controller states for a variant, for its model, or for the only
    model; else those that its optimiser used."""
    ring = state.predicted.get(variant)
    newest = ring[-1].prediction if ring else None
    stated = state.slo.get(variant)
    if stated is None and newest is not None:
        namespace, slash, _ = variant.rpartition("/")
        stated = state.slo.get(f"{namespace}{slash}{newest.model}")
    if stated is None and len(state.slo) == 1:
        [only] = state.slo.values()
        is_another = newest is not None and newest.model not in ("", only.model)
        stated = None if only.variant or is_another else only
    if stated is not None:
        return stated.itl_ms, stated.ttft_ms
    return (None, None) if newest is None else (newest.slo_itl_ms, newest.slo_ttft_ms)


def _violations(state: State, variant: str, pairs: Iterable[PredictionPair]) -> int | None:
    """Number of observations of a variant that missed its own targets; None: it has none."""
    itl_ms, ttft_ms = targets_of(state, variant)
    if itl_ms is None and ttft_ms is None:
        return None
    slo = LatencyTargets(ttft_ms or 0.0, itl_ms or 0.0)
    return sum(violates(slo, o.metrics.itl_ms, o.metrics.ttft_ms) for _, o in pairs)
