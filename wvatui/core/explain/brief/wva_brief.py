"""Why WVA decided as it did, shorter than the sentence: the numbers that decided."""

from collections.abc import Iterator
from math import ceil, floor, isnan

from wvatui.core.decisions.given import Case
from wvatui.core.decisions.lengths import LONG, MIDDLE, SHORT, first_within
from wvatui.core.explain.explained import Recomputed
from wvatui.core.explain.numbers import queue, ratio, unit_of
from wvatui.core.explain.wva_v1 import sentence_v1
from wvatui.core.explain.wva_v1.recompute_v1 import RecomputedV1
from wvatui.core.explain.wva_v2.recompute_v2 import RecomputedV2
from wvatui.core.explain.wva_v2.weighed import Weighed
from wvatui.core.lines import many
from wvatui.core.ranges import INT32_LIMIT


def briefs(case: Case, made: Recomputed) -> tuple[str, ...]:
    """`because` in at most 100, 60 and 35 characters; empty: it has no shorter form."""
    if isinstance(made, RecomputedV1):
        texts = tuple(_v1(case, made))
    elif isinstance(made, RecomputedV2):
        texts = tuple(_v2(case, made))
    else:
        texts = ()
    cut = next((c for c in case.cuts if c.kind == "limiter" and c.after is not None), None)
    if cut is not None:
        texts = tuple(f"{text}; limited to {cut.after}" for text in texts)
        texts += (f"limited from {cut.before} to {cut.after}", f"limited to {cut.after}")
    return tuple(first_within(most, texts) for most in (LONG, MIDDLE, SHORT)) if texts else ()


# --- V1 -------------------------------------------------------------------------------------


def _v1(case: Case, made: RecomputedV1) -> Iterator[str]:
    """The texts for V1, from the most complete to the shortest."""
    analysis, limits = made.analysis, case.limits
    if analysis is None:
        return
    if sentence_v1.held(case):
        yield "held: the change before is not made yet"
        yield "the change before is not made yet"
        return
    if isnan(analysis.avg_spare_kv) and analysis.non_saturated:
        return
    spare = f"spare KV {ratio(analysis.avg_spare_kv)}"
    both = f"{spare} and queue {queue(analysis.avg_spare_queue)}"
    if analysis.scale_up and not analysis.non_saturated:
        full = f"{analysis.total} of {many(analysis.total, 'replica')} saturated"
        yield f"{full}: {_fullest(case)}"
        yield full
    elif analysis.scale_up:
        yield f"{both}, triggers {_triggers(case)}"
        yield both
        yield "too little is spare"
    elif analysis.scale_down_safe:
        left_kv, left_queue = analysis.remaining_spare_kv, analysis.remaining_spare_queue
        n = analysis.non_saturated
        if left_kv is None or left_queue is None or limits.kv_trigger.value is None:
            return
        left = f"spare KV {ratio(left_kv)} and queue {queue(left_queue)}"
        yield f"one fewer is safe: {n - 1} of {n} leave {left}, triggers {_triggers(case)}"
        yield f"safe with {n - 1} of {n}: {left}"
        yield f"one fewer is safe ({n - 1} of {n})"
    else:
        if analysis.total == 1:
            yield f"{both} are enough, the last replica stays"
        elif analysis.non_saturated >= 2:
            yield f"{both} are enough, one fewer would not be safe"
        yield f"{both} are enough"
        yield f"{spare} is enough"


def _triggers(case: Case) -> str:
    kv, edge = case.limits.kv_trigger.value, case.limits.queue_trigger.value
    return f"{'?' if kv is None else ratio(kv)} and {'?' if edge is None else queue(edge)}"


def _fullest(case: Case) -> str:
    """`KV 0.99 of 0.8, queue 76 of 5`: the highest values against their thresholds."""
    parts = []
    kv = [r.kv_ratio for r in case.replicas if r.kv_ratio is not None]
    waits = [r.queue for r in case.replicas if r.queue is not None]
    if kv and case.limits.kv.value is not None:
        parts.append(f"KV {ratio(max(kv))} of {ratio(case.limits.kv.value)}")
    if waits and case.limits.queue.value is not None:
        parts.append(f"queue {queue(max(waits))} of {queue(case.limits.queue.value)}")
    return ", ".join(parts) or "as logged"


# --- V2 -------------------------------------------------------------------------------------


def _v2(case: Case, made: RecomputedV2) -> Iterator[str]:
    """The texts for V2: the analyzer that needs or can spare most, and a replica's capacity."""
    known = [one for one in made.analyzers if not one.taken]
    if not known or made.demand is not None:
        return
    needing = [one for one in known if one.required > 0]
    first = max(needing or known, key=lambda one: one.utilization)
    name = f"{first.name} " if len(known) > 1 else ""
    used = f"{name}used {first.utilization * 100:.0f} %"
    moved = {
        m.name: made.targets.get(m.name, m.current or 0) - (m.current or 0) for m in case.members
    }
    step = sum(moved.values())
    each = _each(first, [who for who, by in moved.items() if by] or list(moved))
    if needing:
        lacks = f"lacks {_short(first.required)} {unit_of(first.name)}".rstrip()
        whole = ceil(min(first.required / each, INT32_LIMIT)) if each else None
        yield from _sized(used, lacks, step, whole, each, _limit(case, made, up=True))
    elif step < 0:
        spare = f"{_short(first.spare)} {unit_of(first.name)}".rstrip() + " spare"
        whole = -floor(min(first.spare / each, INT32_LIMIT)) if each else None
        yield from _sized(used, spare, step, whole, each, _limit(case, made, up=False))
    else:
        if why := _stays(case, first):
            yield f"{used}, {why}"
        yield used


def _stays(case: Case, one: Weighed) -> str:
    """Why nothing changes; empty: no single analyzer explains it."""
    if one.scale_down <= one.utilization <= one.scale_up:
        return f"between {one.scale_down * 100:.0f} % and {one.scale_up * 100:.0f} %"
    if one.utilization > one.scale_up:
        return "starting replicas will do" if any(one.pending.values()) else ""
    able = [m for m in case.members if (m.current or 0) > max(m.min or 0, 1)]
    if not able:
        return "at the minimum"
    least = min(one.per_replica.get(m.name, 0.0) for m in able)
    return "less spare than a replica gives" if 0 <= one.spare < least else ""


def _sized(
    used: str, what: str, step: int, whole: int | None, each: float, limit: str
) -> Iterator[str]:
    """`used 184 %, lacks 30.5k tokens = 2 replicas of 26.2k`. `whole`: the replicas that this asks
    for; where the size changes by another number, the limit is given instead."""
    if step and step == whole:
        yield f"{used}, {what} = {many(abs(step), 'replica')} of {_short(each)}"
        yield f"{what} = {many(abs(step), 'replica')} of {_short(each)}"
    elif limit:
        yield f"{used}, {what}; {limit}"
        yield f"{what}; {limit}"
        yield limit
    yield f"{used}, {what}"
    yield what


def _limit(case: Case, made: RecomputedV2, *, up: bool) -> str:
    """`maxReplicas 10`, where the only variant's target is at that limit."""
    [*first, last] = case.members
    edge = last.max if up else last.min
    if first or not edge or made.targets.get(last.name, last.current) != edge:
        return ""
    return f"{'max' if up else 'min'}Replicas {edge}"


def _each(one: Weighed, names: list[str]) -> float:
    """Capacity of a replica, if it is equal for all variants that change; else 0."""
    gives = {one.per_replica.get(name, 0.0) for name in names}
    return gives.pop() if len(gives) == 1 else 0.0


def _short(value: float) -> str:
    """`30.5k`, `668`, `0.42`."""
    if abs(value) >= 10_000:
        return f"{value / 1000:.1f}k"
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.3g}"
