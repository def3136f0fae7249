"""Inputs of the model-based rule (v0.4) from a reconcile's lines, and its parameters from the
whole log where no line states them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from math import inf

from wvatui.core.decisions.given import Case, Sizing
from wvatui.core.decisions.reading import of_kind
from wvatui.core.kube_object import bare
from wvatui.core.log import facts as fc
from wvatui.core.rules.wva.model.model_based import MAX_BATCH
from wvatui.core.rules.wva.model.queueing import MINUTE_MS, Parameters, Queue

_ROUNDS = 40
Four = tuple[float, float, float, float]


def sizings(names: Iterable[str], facts: Sequence[fc.Fact]) -> dict[str, Sizing]:
    """The Sizing of each variant. The load is the one that the optimiser prints, else the measured
    one."""
    return {name: _sizing(name, facts) for name in names}


def _sizing(name: str, facts: Sequence[fc.Fact]) -> Sizing:
    metrics = [m for m in of_kind(facts, fc.VariantMetrics) if bare(m.variant) == name]
    said = next((p for p in of_kind(facts, fc.Prediction) if bare(p.variant) == name), None)
    tuner = [t for t in of_kind(facts, fc.Tuner) if bare(t.variant) == name]
    slo = [s for s in of_kind(facts, fc.Slo) if bare(s.variant) in ("", name)]
    targets = [t for t in of_kind(facts, fc.LoggedTarget) if t.reason == fc.MODEL_BASED]
    four = next((f for t in reversed(tuner) if (f := _four(t)) is not None), None)

    def measured(field: str) -> float | None:
        return _newest(metrics, field)

    def stated(field: str, fallback: float | None) -> float | None:
        value = getattr(said, field) if said is not None else None
        return fallback if value is None else value

    return Sizing(
        rate_per_min=stated("rate_per_min", measured("arrival_per_min")),
        input_tokens=stated("input_tokens", measured("input_tokens")),
        output_tokens=stated("output_tokens", measured("output_tokens")),
        parameters=four,
        parameters_source="stated" if four is not None else "unknown",
        slo_ttft_ms=stated("slo_ttft_ms", _newest(slo, "ttft_ms")),
        slo_itl_ms=stated("slo_itl_ms", _newest(slo, "itl_ms")),
        seen_ttft_ms=measured("ttft_ms"),
        seen_itl_ms=measured("itl_ms"),
        nis=_newest(tuner, "nis"),
        accepted=next((t.accepted for t in reversed(tuner) if t.accepted is not None), None),
        prediction=said,
        stated=next((t.target for t in reversed(targets) if bare(t.variant) == name), None),
    )


def _newest(facts: Sequence[fc.Fact], field: str) -> float | None:
    values = (getattr(fact, field) for fact in reversed(facts))
    return next((value for value in values if value is not None), None)


def _four(tuner: fc.Tuner) -> Four | None:
    a, b, c, d = tuner.alpha, tuner.beta, tuner.gamma, tuner.delta
    if a is None or b is None or c is None or d is None:
        return None
    return (a, b, c, d)


# --- parameters that no line states -------------------------------------------------------


def recovered(cases: Iterable[Case]) -> dict[str, Four]:
    """alpha, beta, gamma, delta by variant, from two solutions that the log prints.

    Without load: ITL = alpha + beta, TTFT = gamma + delta, and one replica sustains
    `batch / (gamma + delta + alpha + beta × batch)` requests per ms; a solution under load
    separates gamma from delta. A release without a tuner reads them from the VariantAutoscaling.
    """
    idle: dict[str, fc.Prediction] = {}
    busy: dict[str, fc.Prediction] = {}
    for case in cases:
        for name, sizing in case.sizing.items():
            said = sizing.prediction
            if sizing.parameters is not None or said is None or not _whole(said):
                continue
            if not said.rate_per_min:
                idle.setdefault(name, said)
            elif name not in busy or _each(said) > _each(busy[name]):
                busy[name] = said
    solved = {name: _solve(idle[name], busy[name]) for name in idle if name in busy}
    return {name: four for name, four in solved.items() if four is not None}


def _each(said: fc.Prediction) -> float:
    """Requests per minute of one replica; at a higher rate its ITL determines more."""
    return (said.rate_per_min or 0.0) / (said.replicas or 1)


def _whole(said: fc.Prediction) -> bool:
    values = (said.itl_ms, said.ttft_ms, said.max_per_min, said.replicas, said.rate_per_min)
    return all(value is not None for value in values)


@lru_cache(maxsize=64)
def _solve(idle: fc.Prediction, busy: fc.Prediction) -> Four | None:
    itl, ttft = idle.itl_ms or 0.0, idle.ttft_ms or 0.0
    batch = idle.batch or MAX_BATCH
    if not idle.max_per_min or batch < 2:
        return None
    longest = batch / idle.max_per_min * MINUTE_MS
    beta = (longest - ttft - itl) / (batch - 1)
    alpha = itl - beta
    low, high = 0.0, ttft
    for _ in range(_ROUNDS):
        delta = (low + high) / 2
        seen = _itl(Parameters(alpha, beta, ttft - delta, delta), busy)
        if seen is None:
            return None
        # A larger delta (prompt work per request) means a fuller batch, hence a higher ITL.
        low, high = (delta, high) if seen < (busy.itl_ms or 0.0) else (low, delta)
    return (alpha, beta, ttft - low, low)


def _itl(parameters: Parameters, said: fc.Prediction) -> float | None:
    tokens_in, tokens_out = int(said.input_tokens or 0), int(said.output_tokens or 0)
    if tokens_out < 1 or not said.replicas:
        return None
    try:
        queue = Queue(parameters, tokens_in, tokens_out, said.batch or MAX_BATCH)
        return queue.at((said.rate_per_min or 0.0) / said.replicas).itl_ms
    except ValueError:
        return None
    except OverflowError:
        return inf  # far more than it can sustain


def completed(case: Case, known: Mapping[str, Four]) -> Case:
    """The case, with parameters recovered from the log where its own lines state none."""
    if not any(name in known and s.parameters is None for name, s in case.sizing.items()):
        return case
    return replace(
        case,
        sizing={
            name: replace(s, parameters=known[name], parameters_source="recovered")
            if s.parameters is None and name in known
            else s
            for name, s in case.sizing.items()
        },
    )
