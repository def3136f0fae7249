"""What each case shows about the thresholds in force: stated by lines, or determined by numbers."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from math import fsum

from wvatui.core.decisions.given import Case, Replica
from wvatui.core.explain.thresholds.epochs import ThresholdReading

HALF = 0.0005
"""Half a unit of the third decimal, in which v0.4.2 prints KV use and its means."""
HALF_QUEUE = 0.05
"""The same for the mean spare queue, printed with one decimal."""
TINY = 1e-6
_MOST_SUBSETS = 2_000

_LOW = r" spare (?:capacity low |Saturation low )?"
_TRIGGERS = (
    ("kv_trigger", re.compile(rf"KV{_LOW}\([-\d.]+ < ([\d.]+)\)")),
    ("queue_trigger", re.compile(rf"queue{_LOW}\([-\d.]+ < ([\d.]+)\)")),
)
_SPARE = re.compile(rf"KV{_LOW}\(([-\d.]+) < [\d.]+\)")
_SPARE_QUEUE = re.compile(rf"queue{_LOW}\(([-\d.]+) < [\d.]+\)")


def reason_of(case: Case) -> str:
    """Why V1 would scale up, in the controller's words; empty where no line says."""
    if case.analysis is not None and case.analysis.reason:
        return case.analysis.reason
    return next((o.reason for o in case.outcomes.values() if "spare" in o.reason), case.up_reason)


def spares_in(reason: str) -> tuple[float | None, float | None]:
    """Mean spare KV and mean spare queue, as a reason to scale up states them."""
    kv, waiting = _SPARE.search(reason), _SPARE_QUEUE.search(reason)
    return float(kv[1]) if kv else None, float(waiting[1]) if waiting else None


def triggers_in(reason: str) -> dict[str, float]:
    """The triggers that a reason to scale up states, by the name of the field in Limits."""
    pairs = ((name, pattern.search(reason)) for name, pattern in _TRIGGERS)
    return {name: float(match[1]) for name, match in pairs if match is not None}


def stated(case: Case) -> dict[str, float]:
    """Thresholds that the case's own lines state, by the name of the field in Limits."""
    thresholds: dict[str, float] = {}
    if case.unsafe is not None:
        if case.unsafe.kv_trigger is not None:
            thresholds["kv_trigger"] = case.unsafe.kv_trigger
        if case.unsafe.queue_trigger is not None:
            thresholds["queue_trigger"] = case.unsafe.queue_trigger
    for name, trigger in triggers_in(reason_of(case)).items():
        thresholds.setdefault(name, trigger)
    for result in case.results:
        if result.scale_up_threshold is not None:
            thresholds["scale_up"] = result.scale_up_threshold
        if result.scale_down_boundary is not None:
            thresholds["scale_down"] = result.scale_down_boundary
    return thresholds


def readings_of(case: Case) -> tuple[tuple[str, ThresholdReading], ...]:
    """All readings of thresholds in a case, by the name of the field in Limits."""
    said = (
        (name, ThresholdReading(case.cycle_at, v, v, stated=True))
        for name, v in stated(case).items()
    )
    return (*said, *determined(case))


def determined(case: Case) -> Iterator[tuple[str, ThresholdReading]]:
    """Thresholds that follow from the case's numbers: (field of Limits, reading)."""
    yield from _from_means(case)
    for result in case.results:
        supply, spare, demand = result.supply, result.spare, result.demand
        if result.scale_down_boundary is None and supply and spare and demand and supply > spare:
            yield "scale_down", _near(case.cycle_at, demand / (supply - spare))


def _near(at: float, value: float) -> ThresholdReading:
    return ThresholdReading(at, value * (1 - 1e-6), value * (1 + 1e-6))


def _from_means(case: Case) -> Iterator[tuple[str, ThresholdReading]]:
    """Readings by threshold = mean spare + mean use, over the non-saturated replicas."""
    analysis = case.analysis
    measured = [r for r in case.replicas if r.kv_ratio is not None and r.queue is not None]
    if analysis is None or not measured or len(measured) != len(case.replicas):
        return
    free_count = analysis.non_saturated
    if free_count is None and len(measured) == 1 and analysis.scale_up is False:
        free_count = 1  # with the only one saturated, V1 scales up
    if not free_count or analysis.total not in (None, len(measured)):
        return
    spare_kv = analysis.spare_kv
    if spare_kv is None:
        spare_kv, _ = spares_in(reason_of(case))
    subsets = list(_subsets(measured, free_count))
    if len(subsets) != 1:
        return  # which replicas count depends on the threshold: left to `fit`
    free = subsets[0]
    exact = case.exact and analysis.spare_kv is not None
    if spare_kv is not None:
        mean = fsum(r.kv_ratio or 0.0 for r in free) / len(free)
        slack = TINY if exact else 2 * HALF + TINY
        value = spare_kv + mean
        yield "kv", ThresholdReading(case.cycle_at, value - slack, value + slack)
    if analysis.spare_queue is not None:
        mean = fsum(r.queue or 0.0 for r in free) / len(free)
        slack = TINY if exact else HALF_QUEUE + TINY
        value = analysis.spare_queue + mean
        yield "queue", ThresholdReading(case.cycle_at, value - slack, value + slack)


def _subsets(replicas: Sequence[Replica], size: int) -> Iterator[tuple[Replica, ...]]:
    """Groups of `size` replicas that can be the non-saturated ones: no replica outside is below one
    of them in both KV and queue."""
    if size > len(replicas):
        return  # `combinations` needs memory by the size, which comes from the log
    if size == len(replicas):
        yield tuple(replicas)
        return
    for free in islice(combinations(replicas, size), _MOST_SUBSETS):
        kv = max(r.kv_ratio or 0.0 for r in free)
        queue = max(r.queue or 0.0 for r in free)
        out = [r for r in replicas if not any(r is f for f in free)]
        if all((r.kv_ratio or 0.0) > kv or (r.queue or 0.0) > queue for r in out):
            yield free
