"""V1 thresholds that explain every analysis of a log, where the log neither states nor determines
them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import fsum

from wvatui.core.decisions.given import Case
from wvatui.core.explain.thresholds.evidence import HALF
from wvatui.core.rules.wva.thresholds import THRESHOLDS, V1_NAMES, Settings

DEFAULTS = {one.name: getattr(Settings(), one.field) for one in THRESHOLDS if one.rule == "V1"}
"""Of values that fit equally well, the nearest to these is preferred; they never replace a fit."""
_KV = tuple(n / 100 for n in range(5, 101))
_QUEUE = (*(float(n) for n in range(1, 21)), 25.0, 30.0, 40.0, 50.0, 75.0, 100.0)
_KV_TRIGGER = tuple(n / 100 for n in (*range(1, 21), 25, 30, 35, 40, 45, 50))
_QUEUE_TRIGGER = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_TRIED = 40
"""Pairs of saturation thresholds for which triggers are tried."""
_FIRST = 8
"""Up to this many analyses, each one triggers a new fit; then only every half as many more."""


@dataclass(frozen=True, slots=True)
class FitSample:
    """One analysis: each replica's (KV ratio, queue), and the answers. None: not logged."""

    loads: tuple[tuple[float, float], ...]
    free: int | None
    up: bool | None
    safe: bool | None


FourThresholds = tuple[float, float, float, float]
"""kvCacheThreshold, queueLengthThreshold, kvSpareTrigger, queueSpareTrigger."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The fitted values, the lowest and highest of each that fit equally well, and the number of
    analyses among `samples` that they do not explain."""

    values: Mapping[str, float]
    spans: Mapping[str, tuple[float, float]]
    broken: int
    samples: tuple[FitSample, ...]
    fixed: Mapping[str, float]
    good: tuple[FourThresholds, ...]
    """All solutions that fit equally well, the chosen one first."""
    cut: bool = False
    """There were more pairs of saturation thresholds than are tried."""
    base: "Fitted | None" = None
    """The earlier fit, of the first samples, that this one continues; None: there is none."""


def sample_of(case: Case) -> FitSample | None:
    """The analysis of a case; None: it has none, or not all of its replicas are known."""
    loads = tuple(
        (r.kv_ratio, r.queue)
        for r in case.replicas
        if r.kv_ratio is not None and r.queue is not None
    )
    analysis = case.analysis
    if analysis is None or not loads or len(loads) != len(case.replicas):
        return None
    if analysis.total not in (None, len(loads)):
        return None
    return FitSample(
        tuple(sorted(loads)),
        analysis.non_saturated,
        analysis.scale_up,
        analysis.scale_down_safe,
    )


def fit(
    samples: Sequence[FitSample], fixed: Mapping[str, float], before: Fitted | None = None
) -> Fitted | None:
    """The thresholds that explain most analyses; those in `fixed` are given.

    None without an analysis. The result does not depend on earlier calls: of values that fit
    equally well, the roundest and then the nearest to the releases' defaults is taken, with the
    span of the others. Where nothing explains all analyses, a new fit is only made when there are
    half as many more. `before`: the fit of the same log when it was shorter, which saves time.
    """
    if not samples:
        return None
    size = _FIRST
    while size * 3 // 2 <= len(samples):
        size = size * 3 // 2
    first = samples[:size]
    base = before.base or before if before is not None else None
    if base is None or base.fixed != fixed or base.samples != tuple(first):
        base = before = _looked_for(first, fixed)
    assert before is not None
    seen = len(before.samples)
    if seen > len(samples) or before.samples != tuple(samples[:seen]):
        before, seen = base, len(base.samples)
    if seen == len(samples):
        return before
    if not before.broken:
        left = _still(before.good, samples[seen:])
        if left and (not before.cut or _pairs(left) == _pairs(before.good)):
            return _fitted(left, 0, samples, fixed, cut=before.cut, base=base)
        if before.cut:
            return replace(_looked_for(samples, fixed), base=base)
    broken = sum(not holds(sample, *base.good[0]) for sample in samples)
    return _fitted(base.good, broken, samples, fixed, base=base)


def _looked_for(samples: Sequence[FitSample], fixed: Mapping[str, float]) -> Fitted:
    """The fit with the candidates that explain most analyses."""
    weights = Counter(samples)
    kvs, queues = _candidates("kv", _KV, fixed), _candidates("queue", _QUEUE, fixed)
    counted = {
        pair: sum(n for s, n in weights.items() if not _counts(s, *pair))
        for pair in product(kvs, queues)
    }
    least = min(counted.values())
    ups = _candidates("kv_trigger", _KV_TRIGGER, fixed)
    queue_ups = _candidates("queue_trigger", _QUEUE_TRIGGER, fixed)
    scored: dict[FourThresholds, int] = {}
    known = "kv_trigger" in fixed and "queue_trigger" in fixed
    pairs = [pair for pair, broken in counted.items() if broken == least]
    cut = not known and len(pairs) > _TRIED
    for kv, queue in pairs[:_TRIED] if cut else pairs:
        free = [(s, n, _free(s, kv, queue)) for s, n in weights.items()]
        for four in product((kv,), (queue,), ups, queue_ups):
            scored[four] = sum(n for s, n, room in free if not _answered(s, room, *four))
    broken = min(scored.values())
    good = tuple(four for four, count in scored.items() if count == broken)
    return _fitted(good, broken, samples, fixed, cut=cut)


def _pairs(good: Sequence[FourThresholds]) -> set[tuple[float, float]]:
    return {(kv, queue) for kv, queue, _, _ in good}


def _still(
    good: Sequence[FourThresholds], fresh: Iterable[FitSample]
) -> tuple[FourThresholds, ...]:
    distinct = dict.fromkeys(fresh)
    return tuple(four for four in good if all(holds(sample, *four) for sample in distinct))


def _fitted(
    good: tuple[FourThresholds, ...],
    broken: int,
    samples: Sequence[FitSample],
    fixed: Mapping[str, float],
    *,
    cut: bool = False,
    base: Fitted | None = None,
) -> Fitted:
    return Fitted(
        values=dict(zip(V1_NAMES, good[0], strict=True)),
        spans={
            name: (min(four[n] for four in good), max(four[n] for four in good))
            for n, name in enumerate(V1_NAMES)
        },
        broken=broken,
        samples=tuple(samples),
        fixed=dict(fixed),
        good=good,
        cut=cut,
        base=base,
    )


def _candidates(name: str, values: Sequence[float], fixed: Mapping[str, float]) -> list[float]:
    if name in fixed:
        return [fixed[name]]
    near = DEFAULTS[name]
    return sorted(values, key=lambda v: (_unround(v), abs(v - near)))


def _unround(value: float) -> int:
    """How round a value is: 0 for a multiple of 0.1, 1 for one of 0.05, 2 for any other."""
    tenths = value * 10
    if abs(tenths - round(tenths)) < 1e-9:
        return 0
    return 1 if abs(tenths * 2 - round(tenths * 2)) < 1e-9 else 2


def _counts(sample: FitSample, kv: float, queue: float) -> bool:
    """Whether as many replicas are non-saturated as the log says, up to what rounding hides."""
    if sample.free is None:
        return True
    sure = sum(k < kv - HALF and q < queue for k, q in sample.loads)
    at_most = sum(k < kv + HALF and q < queue for k, q in sample.loads)
    return sure <= sample.free <= at_most


def holds(sample: FitSample, kv: float, queue: float, kv_up: float, queue_up: float) -> bool:
    """Whether the count and both answers follow by the rule of `wva.saturation_v1.analyze`."""
    return _answered(sample, _free(sample, kv, queue), kv, queue, kv_up, queue_up)


_Free = tuple[int, tuple[float, float]]
"""(number of non-saturated replicas, (sum of their KV ratios, sum of their queues))."""


def _free(sample: FitSample, kv: float, queue: float) -> _Free | None:
    """The non-saturated replicas; None: their number is not the logged one."""
    if not _counts(sample, kv, queue):
        return None
    free = [(k, q) for k, q in sample.loads if k < kv and q < queue]
    return len(free), (fsum(k for k, _ in free), fsum(q for _, q in free))


def _answered(
    sample: FitSample,
    free: _Free | None,
    kv: float,
    queue: float,
    kv_up: float,
    queue_up: float,
) -> bool:
    """Whether both answers follow from the non-saturated replicas."""
    if free is None:
        return False
    n, loads = free
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
