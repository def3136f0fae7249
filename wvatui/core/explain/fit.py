"""V1 thresholds that make every analysis of a log hold, where the log neither states nor
determines them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from math import fsum

from wvatui.core.explain.evidence import HALF
from wvatui.core.explain.given import Case

DEFAULTS = {"kv": 0.8, "queue": 5.0, "kv_trigger": 0.1, "queue_trigger": 3.0}
"""Among values that fit alike, the one nearest to these is named first: never in their place."""
_KV = tuple(n / 100 for n in range(5, 101))
_QUEUE = (*(float(n) for n in range(1, 21)), 25.0, 30.0, 40.0, 50.0, 75.0, 100.0)
_KV_TRIGGER = tuple(n / 100 for n in (*range(1, 21), 25, 30, 35, 40, 45, 50))
_QUEUE_TRIGGER = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_TRIED = 40
"""Pairs of saturation thresholds for which triggers are tried."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One analysis: each replica's (KV ratio, queue), and the answers. None: not told."""

    loads: tuple[tuple[float, float], ...]
    free: int | None
    up: bool | None
    safe: bool | None


Four = tuple[float, float, float, float]
"""kvCacheThreshold, queueLengthThreshold, kvSpareTrigger, queueSpareTrigger."""
NAMES = ("kv", "queue", "kv_trigger", "queue_trigger")


@dataclass(frozen=True, slots=True)
class Fitted:
    """The values, the least and greatest of each that fit as well, and the analyses that do not
    hold with them, of `samples`."""

    values: Mapping[str, float]
    spans: Mapping[str, tuple[float, float]]
    broken: int
    samples: tuple[Sample, ...]
    fixed: Mapping[str, float]
    good: tuple[Four, ...]
    """All that do as well, the one that was taken first."""


def samples_of(cases: Iterable[Case]) -> tuple[Sample, ...]:
    """The analyses of these cases whose replicas are all known."""
    found = []
    for case in cases:
        loads = tuple(
            (r.kv_ratio, r.queue)
            for r in case.replicas
            if r.kv_ratio is not None and r.queue is not None
        )
        analysis = case.analysis
        if analysis is None or not loads or len(loads) != analysis.total:
            continue
        found.append(
            Sample(
                tuple(sorted(loads)),
                analysis.non_saturated,
                analysis.scale_up,
                analysis.scale_down_safe,
            )
        )
    return tuple(found)


def fit(
    samples: Sequence[Sample], fixed: Mapping[str, float], before: Fitted | None = None
) -> Fitted | None:
    """The thresholds with which the most analyses hold; `fixed` ones are as they are.

    None without an analysis. Deterministic: of values that do equally well the roundest and
    nearest to the releases' defaults is taken, and the span of the others is told. `before`: the
    fit of the same log when it was shorter; what still holds of it is not looked for again.
    """
    if not samples:
        return None
    if before is not None and not before.broken and before.fixed == fixed:
        seen = len(before.samples)
        if before.samples == tuple(samples[:seen]):
            left = _still(before.good, samples[seen:])
            if left:
                return _fitted(left, 0, samples, fixed)
    weights: dict[Sample, int] = {}
    for sample in samples:
        weights[sample] = weights.get(sample, 0) + 1
    kvs, queues = _candidates("kv", _KV, fixed), _candidates("queue", _QUEUE, fixed)
    counted = {
        pair: sum(n for s, n in weights.items() if not _counts(s, *pair))
        for pair in product(kvs, queues)
    }
    least = min(counted.values())
    ups = _candidates("kv_trigger", _KV_TRIGGER, fixed)
    queue_ups = _candidates("queue_trigger", _QUEUE_TRIGGER, fixed)
    scored: dict[Four, int] = {}
    known = "kv_trigger" in fixed and "queue_trigger" in fixed
    pairs = (pair for pair, broken in counted.items() if broken == least)
    for kv, queue in pairs if known else islice(pairs, _TRIED):
        for four in product((kv,), (queue,), ups, queue_ups):
            scored[four] = sum(n for s, n in weights.items() if not holds(s, *four))
    broken = min(scored.values())
    good = tuple(four for four, count in scored.items() if count == broken)
    return _fitted(good, broken, samples, fixed)


def _still(good: Sequence[Four], fresh: Iterable[Sample]) -> tuple[Four, ...]:
    distinct = dict.fromkeys(fresh)
    return tuple(four for four in good if all(holds(sample, *four) for sample in distinct))


def _fitted(
    good: tuple[Four, ...], broken: int, samples: Sequence[Sample], fixed: Mapping[str, float]
) -> Fitted:
    return Fitted(
        values=dict(zip(NAMES, good[0], strict=True)),
        spans={
            name: (min(four[n] for four in good), max(four[n] for four in good))
            for n, name in enumerate(NAMES)
        },
        broken=broken,
        samples=tuple(samples),
        fixed=dict(fixed),
        good=good,
    )


def _candidates(name: str, values: Sequence[float], fixed: Mapping[str, float]) -> list[float]:
    if name in fixed:
        return [fixed[name]]
    near = DEFAULTS[name]
    return sorted(values, key=lambda v: (_unround(v), abs(v - near)))


def _unround(value: float) -> int:
    """0: a multiple of a tenth (or whole), 1: of a twentieth, 2: else."""
    tenths = value * 10
    if abs(tenths - round(tenths)) < 1e-9:
        return 0
    return 1 if abs(tenths * 2 - round(tenths * 2)) < 1e-9 else 2


def _counts(sample: Sample, kv: float, queue: float) -> bool:
    """Are as many replicas not saturated as the log says, give or take what rounding hides?"""
    if sample.free is None:
        return True
    sure = sum(k < kv - HALF and q < queue for k, q in sample.loads)
    at_most = sum(k < kv + HALF and q < queue for k, q in sample.loads)
    return sure <= sample.free <= at_most


def holds(sample: Sample, kv: float, queue: float, kv_up: float, queue_up: float) -> bool:
    """Do count and both answers follow, by the rule of `wva.saturation_v1.analyze`?"""
    if not _counts(sample, kv, queue):
        return False
    free = [(k, q) for k, q in sample.loads if k < kv and q < queue]
    n = len(free)
    loads = fsum(k for k, _ in free), fsum(q for _, q in free)
    spare_kv = kv - loads[0] / n if n else 0.0
    spare_queue = queue - loads[1] / n if n else 0.0
    if sample.up is not None and sample.up != (spare_kv < kv_up or spare_queue < queue_up):
        near = abs(spare_kv - kv_up) <= HALF or abs(spare_queue - queue_up) <= HALF
        if not near:
            return False
    if sample.safe is None:
        return True
    if n < 2:
        return sample.safe is False
    left_kv, left_queue = kv - loads[0] / (n - 1), queue - loads[1] / (n - 1)
    safe = left_kv >= kv_up and left_queue >= queue_up
    return sample.safe == safe or abs(left_kv - kv_up) <= 2 * HALF
