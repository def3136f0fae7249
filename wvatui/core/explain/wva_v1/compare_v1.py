"""V1: each quantity as logged against what the rule gives."""

from collections.abc import Iterator

from wvatui.core.decisions.given import Case
from wvatui.core.explain.explained import Agreement, Check
from wvatui.core.explain.outcomes import cut, decisions
from wvatui.core.explain.thresholds.evidence import HALF, HALF_QUEUE, TINY
from wvatui.core.explain.wva_v1.recompute_v1 import SAFE_TAKEN, UP_TAKEN, RecomputedV1


def checks(case: Case, found: RecomputedV1) -> tuple[Check, ...]:
    """Counts, means, both answers, the target of each variant."""
    out = list(_analysis(case, found))
    if not found.missing:
        out += decisions(case, cut(case, found.targets))
    return tuple(out)


def _analysis(case: Case, found: RecomputedV1) -> Iterator[Check]:
    told, made = case.analysis, found.analysis
    if told is None or made is None:
        return
    hidden = bool(found.taken)
    slack_kv = TINY if case.exact else 2 * HALF + TINY
    slack_queue = TINY if case.exact else HALF_QUEUE + TINY
    near = "at the threshold, within the log's three decimals" if found.nudged else ""
    yield _check("replicas", told.total, made.total, 0, hidden)
    yield _check("not saturated", told.non_saturated, made.non_saturated, 0, hidden, near)
    if told.spare_kv is not None:
        yield _check("mean spare KV", told.spare_kv, made.avg_spare_kv, slack_kv, hidden)
    if told.spare_queue is not None:
        yield _check(
            "mean spare queue", told.spare_queue, made.avg_spare_queue, slack_queue, hidden
        )
    if told.scale_up is not None:
        taken = UP_TAKEN in found.taken
        edge = _edge(case, found) if told.scale_up != made.scale_up else ""
        yield _answer("scale up", told.scale_up, made.scale_up, taken, edge)
    if told.scale_down_safe is not None:
        taken = SAFE_TAKEN in found.taken
        yield _answer("fewer are safe", told.scale_down_safe, made.scale_down_safe, taken, "")


def _check(
    name: str, logged: float | None, made: float, slack: float, taken: bool, note: str = ""
) -> Check:
    if logged is None or taken:
        return Check(name, logged, made, "taken", note)
    mark: Agreement = "agrees" if abs(logged - made) <= slack else "mismatch"
    return Check(name, logged, made, mark, note)


def _answer(name: str, logged: bool, made: bool, taken: bool, edge: str) -> Check:
    if taken:
        return Check(name, logged, made, "taken")
    return Check(name, logged, made, "agrees" if logged == made or edge else "mismatch", edge)


def _edge(case: Case, found: RecomputedV1) -> str:
    """Non-empty: a mean lies on its trigger, and the log's rounding hides on which side."""
    made, limits = found.analysis, case.limits
    if case.exact or made is None:
        return ""
    pairs = (
        (made.avg_spare_kv, limits.kv_trigger.value),
        (made.avg_spare_queue, limits.queue_trigger.value),
    )
    close = any(v is not None and abs(mean - v) <= HALF + TINY for mean, v in pairs)
    return "on the trigger, within the log's three decimals" if close else ""
