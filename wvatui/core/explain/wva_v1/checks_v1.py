"""V1's results compared with the log: counts, means, answers and targets."""

from collections.abc import Iterator

from wvatui.core.decisions.given import Case
from wvatui.core.explain.explained import Check, judged
from wvatui.core.explain.outcomes import cut, decisions
from wvatui.core.explain.thresholds.evidence import (
    HALF,
    HALF_QUEUE,
    TINY,
    reason_of,
    spares_in,
    triggers_in,
)
from wvatui.core.explain.wva_v1.recompute_v1 import SAFE_TAKEN, UP_TAKEN, RecomputedV1
from wvatui.core.log.facts import ScaleDownUnsafe
from wvatui.core.rules.wva.saturation_v1 import V1Analysis

ON_TRIGGER = "on the trigger, within the log's three decimals"
_REASON = "in the reason to scale up"


def checks(case: Case, recomputed: RecomputedV1) -> tuple[Check, ...]:
    """Checks of counts, means, both answers, and the target of each variant."""
    out = list(_analysis(case, recomputed))
    if not recomputed.missing:
        out += decisions(case, cut(case, recomputed.targets))
        out += _proposed(case, recomputed)
    return tuple(out)


def _proposed(case: Case, recomputed: RecomputedV1) -> Iterator[Check]:
    """Checks of the rule's targets before limiter and enforcer; only failing ones."""
    for name, target in case.proposed.items():
        made = recomputed.targets.get(name)
        if made is not None and made != target:
            yield Check(f"proposed target of {name}", target, made, "mismatch")


def _analysis(case: Case, recomputed: RecomputedV1) -> Iterator[Check]:
    told, made = case.analysis, recomputed.analysis
    if told is None or made is None:
        return
    hidden = bool(recomputed.taken)
    slack_kv = TINY if case.exact else 2 * HALF + TINY
    slack_queue = TINY if case.exact else HALF_QUEUE + TINY
    near = "at the threshold, within the log's three decimals" if recomputed.nudged else ""
    yield _check("replicas", told.total, made.total, 0, hidden)
    yield _check("not saturated", told.non_saturated, made.non_saturated, 0, hidden, near)
    if told.spare_kv is not None:
        yield _check("mean spare KV", told.spare_kv, made.avg_spare_kv, slack_kv, hidden)
    if told.spare_queue is not None:
        yield _check(
            "mean spare queue", told.spare_queue, made.avg_spare_queue, slack_queue, hidden
        )
    answers = (
        ("scale up", UP_TAKEN, told.scale_up, made.scale_up),
        ("fewer are safe", SAFE_TAKEN, told.scale_down_safe, made.scale_down_safe),
    )
    for name, as_logged, logged, answer in answers:
        if logged is None:
            continue
        note = ON_TRIGGER if name in recomputed.on_trigger else ""
        if as_logged in recomputed.taken:
            yield Check(name, logged, answer, "taken", note)
        else:
            yield judged(name, logged, answer, logged == answer, note)
    yield from _left(case, made)
    yield from _own_words(case)


def _left(case: Case, made: V1Analysis) -> Iterator[Check]:
    """Checks of the spare with one replica fewer, where the log says why that is not safe."""
    if case.unsafe is None:
        return
    for name, logged, left, slack in (
        ("spare KV with one fewer", case.unsafe.remaining_spare_kv, made.remaining_spare_kv, HALF),
        (
            "spare queue with one fewer",
            case.unsafe.remaining_spare_queue,
            made.remaining_spare_queue,
            HALF_QUEUE,
        ),
    ):
        if logged is not None and left is not None:
            yield _check(name, logged, left, TINY if case.exact else 4 * slack + TINY, False)


def _own_words(case: Case) -> Iterator[Check]:
    """Checks of the analysis' numbers that other lines state, too; only failing ones."""
    analysis, reason = case.analysis, reason_of(case)
    if analysis is None:
        return
    free, total = analysis.non_saturated, analysis.total
    if free is not None and total is not None and free > total:
        yield Check("not saturated", free, total, "mismatch", "more than there are replicas")
    spare_kv, spare_queue = spares_in(reason)
    said = triggers_in(reason)
    unsafe = case.unsafe or ScaleDownUnsafe()
    for name, logged, words, slack in (
        ("mean spare KV", analysis.spare_kv, spare_kv, HALF),
        ("mean spare queue", analysis.spare_queue, spare_queue, HALF_QUEUE),
        ("KV trigger", unsafe.kv_trigger, said.get("kv_trigger"), HALF),
        ("queue trigger", unsafe.queue_trigger, said.get("queue_trigger"), HALF_QUEUE),
    ):
        if logged is not None and words is not None and abs(logged - words) > slack + TINY:
            yield Check(name, logged, words, "mismatch", _REASON)


def _check(
    name: str, logged: float | None, made: float, slack: float, taken: bool, note: str = ""
) -> Check:
    if logged is None or taken:
        return Check(name, logged, made, "taken", note)
    return judged(name, logged, made, abs(logged - made) <= slack, note)
