"""A session in numbers: exact over the whole stream, for people and for scripts.

The JSON keys are an interface: they are only ever added to. `null` means never measured.
"""

from typing import Any

from wvatui.core.decide import count
from wvatui.core.dialects import FOREIGN
from wvatui.core.dialects.versions import family
from wvatui.core.predictions import observations, pairs_of
from wvatui.core.state import Measured, Predicted, State
from wvatui.core.wva.model_based import Slo
from wvatui.core.wva.predictions import Errors, errors, violates


def summary(state: State, source: str) -> dict[str, Any]:
    """All numbers of a session. `source`: the name of what was read."""
    tally = state.tally.copy()
    for decided in sorted(state.deciding.values(), key=lambda d: (d.at, d.namespace, d.variant)):
        count(tally, decided)
    first, last = tally.first_decision_at, tally.last_decision_at
    low, high = tally.current_min, tally.current_max
    return {
        "source": source,
        "lines": tally.lines,
        "nonjson": sum(tally.dialects.get(name, 0) for name in FOREIGN),
        "mode": ",".join(sorted(tally.modes)) or None,
        "reconciles": tally.reconciles,
        "cycles": tally.cycles,
        "raw_dec": tally.raw_decisions,
        "ups": tally.ups,
        "downs": tally.downs,
        "target_changes": tally.target_changes,
        "cur": None if low is None else [low, high],
        "tgt_max": tally.target_max,
        "pods": len(tally.pods),
        "kv": tally.kv_samples,
        "kv_peak": tally.kv_peak if tally.kv_samples else None,
        "q_peak": tally.queue_peak if tally.queue_samples else None,
        "caps": tally.analyses,
        "cap_ts": tally.analysis_times,
        "analyses": tally.analyses_coalesced,
        "ttft_max": tally.ttft_max_ms,
        "itl_max": tally.itl_max_ms,
        "arr_max": tally.arrival_max_per_min,
        "preds": tally.predictions,
        "nis": tally.nis_rejections,
        "errs": tally.errors,
        "warn": tally.warnings,
        "replica_s": round(tally.replica_s),
        "span": round(last - first) if first is not None and last is not None else 0,
        "predictions": predictions(state),
        "unknown_lines": tally.unknown,
        "unknown_templates": dict(
            sorted(tally.unknown_templates.items(), key=lambda item: (-item[1], item[0]))[:20]
        ),
        "dialects": dict(sorted(tally.dialects.items())),
        "family": family(tally.families),
        "drift": state.drift.alarm or None,
        "events": state.events,
        "length_s": round(state.now - state.first_at, 3) if state.events else 0,
        "polled_pods": sum(1 for w in state.watched.values() if len(w.history)),
        "gaps": state.gaps.total,
        "marks": state.marks.total,
        "restarts": tally.restarts,
        "variants": sorted({key[-1] for key in state.deciding} | {k[2] for k in state.variants}),
    }


def predictions(state: State) -> dict[str, Any]:
    """Predicted against observed latency, paired as the experiments' notebook pairs them."""
    pairs: list[tuple[Predicted, Measured]] = []
    observed = 0
    for variant in sorted(set(state.predicted) | set(state.measured)):
        observed += len(observations(state, variant))
        pairs += pairs_of(state, variant)
    itl = errors([(p.prediction.itl_ms, o.metrics.itl_ms) for p, o in pairs])
    ttft = errors([(p.prediction.ttft_ms, o.metrics.ttft_ms) for p, o in pairs])
    slo_itl, slo_ttft = _slo(state)
    return {
        "n": state.tally.predictions,
        "observations": observed if state.predicted else 0,
        "pairs": len(pairs),
        "itl_error_ms": _spread(itl),
        "ttft_error_ms": _spread(ttft),
        "slo_itl_ms": slo_itl,
        "slo_ttft_ms": slo_ttft,
        "violations": _violations(pairs, slo_itl, slo_ttft),
    }


def _spread(found: Errors | None) -> dict[str, float] | None:
    """Rounded to 0.01 ms."""
    if found is None:
        return None
    return {
        "mean": round(found.mean, 2),
        "abs_mean": round(found.abs_mean, 2),
        "sd": round(found.sd, 2),
    }


def _slo(state: State) -> tuple[float | None, float | None]:
    """The targets the controller states; else those its optimiser worked with."""
    for slo in state.slo.values():
        return slo.itl_ms, slo.ttft_ms
    for trail in state.predicted.values():
        newest = trail[-1].prediction
        if newest.slo_itl_ms is not None or newest.slo_ttft_ms is not None:
            return newest.slo_itl_ms, newest.slo_ttft_ms
    return None, None


def _violations(
    pairs: list[tuple[Predicted, Measured]], itl_ms: float | None, ttft_ms: float | None
) -> int | None:
    if itl_ms is None and ttft_ms is None:
        return None
    slo = Slo(ttft_ms or 0.0, itl_ms or 0.0)
    return sum(violates(slo, o.metrics.itl_ms, o.metrics.ttft_ms) for _, o in pairs)
