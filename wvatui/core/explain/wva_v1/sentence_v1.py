"""V1 in one sentence: what changed, or why nothing did, with the numbers that decided."""

from math import isnan

from wvatui.core.decisions.given import Case, Member
from wvatui.core.explain.numbers import fitted, queue, ratio
from wvatui.core.explain.wva_v1.recompute_v1 import RecomputedV1
from wvatui.core.lines import many
from wvatui.core.rules.wva.releases import at_least
from wvatui.core.rules.wva.saturation_v1 import V1Analysis

HIDDEN = "the numbers are not logged at this verbosity"


def because(case: Case, recomputed: RecomputedV1) -> str:
    """Why the rule's targets are what they are, without the targets."""
    analysis = recomputed.analysis
    if analysis is None:
        return ""
    if text := held(case):
        return text
    if analysis.scale_up:
        return _up(case, analysis) + _who(case, recomputed, "cheapest")
    if analysis.scale_down_safe:
        return _down(case, analysis) + _who(case, recomputed, "dearest")
    return _counted(case, recomputed) + _hold(case, analysis)


def held(case: Case) -> str:
    """The transition that protects a variant (up to v0.4.2) or blocks the model (later); empty:
    there is none."""
    if at_least(case.version, "v0.5.0"):
        reasons = "; ".join(case.transition)
        return f"the model is in transition ({reasons}), nothing is scaled" if reasons else ""
    kept = _preserved(case)
    if len(case.members) != 1 or not kept:
        return ""
    one = kept[0]
    return f"the decision before ({one.desired}) is not reached yet ({one.current}), so it is kept"


def _preserved(case: Case) -> list[Member]:
    """Variants that keep their earlier decision, as it is not reached yet (up to v0.4.2)."""
    if at_least(case.version, "v0.5.0"):
        return []
    return [m for m in case.members if m.desired and m.desired != m.current]


def _up(case: Case, analysis: V1Analysis) -> str:
    limits = case.limits
    if not analysis.non_saturated:
        n = analysis.total
        what = f"{'both' if n == 2 else f'all {n}'} measured replicas are"
        return f"{'the only measured replica is' if n == 1 else what} saturated ({_limits(case)})"
    if isnan(analysis.avg_spare_kv):
        return f"too little is spare by the controller's word; {HIDDEN}"
    parts = []
    if _below(analysis.avg_spare_kv, limits.kv_trigger.value):
        parts.append(
            f"spare KV {ratio(analysis.avg_spare_kv)} is below the trigger"
            f" {ratio(limits.kv_trigger.value or 0.0)}"
        )
    if _below(analysis.avg_spare_queue, limits.queue_trigger.value):
        parts.append(
            f"spare queue {queue(analysis.avg_spare_queue)} is below the trigger"
            f" {queue(limits.queue_trigger.value or 0.0)}"
        )
    told = " and ".join(parts) or analysis.reason or "too little is spare"
    return f"{told} ({_of(analysis)})"


def _below(value: float, trigger: float | None) -> bool:
    return trigger is not None and value < trigger


def _of(analysis: V1Analysis) -> str:
    """The replicas that the mean is over, in words."""
    out = analysis.total - analysis.non_saturated
    if not out:
        return "mean of the only replica" if analysis.total == 1 else f"mean of {analysis.total}"
    return f"mean of {analysis.non_saturated}; {out} saturated and left out"


def _limits(case: Case) -> str:
    """The saturation thresholds, with the load where that is short."""
    kv, edge = case.limits.kv.value, case.limits.queue.value
    parts = []
    if kv is not None:
        uses = sorted((r.kv_ratio for r in case.replicas if r.kv_ratio is not None), reverse=True)
        worst = (
            f"KV {ratio(uses[0])}"
            if len(uses) == 1
            else f"KV up to {ratio(uses[0])}"
            if uses
            else "KV"
        )
        parts.append(f"{worst} of {ratio(kv)}")
    if edge is not None:
        waits = [r.queue for r in case.replicas if r.queue is not None]
        if waits and max(waits) >= edge:
            parts.append(
                f"queue {'up to ' if len(waits) > 1 else ''}{queue(max(waits))} of {queue(edge)}"
            )
    return ", ".join(parts) or "as logged"


def _who(case: Case, recomputed: RecomputedV1, word: str) -> str:
    """The variant that changes, and why its target may still equal the current count."""
    if len(case.members) > 1:
        kept = _preserved(case)
        moved = [
            m
            for m in case.members
            if m.name in recomputed.targets
            and m not in kept
            and recomputed.targets[m.name] != _base(case, m)
        ]
        keeps = ", ".join(f"{m.name} keeps {m.desired}" for m in kept)
        waits = f" ({keeps}: the decision before is not reached yet)" if kept else ""
        if not moved:
            return f", but no variant may move{waits}"
        who = f"{moved[0].name} is the {word}{' of the others' if kept else ''}{waits}"
        if case.costs_fitted:
            who = f"{moved[0].name} is the one that moves first in this log"
        return f"; {who}" + _reached(case, moved[0], recomputed)
    if not case.members:
        return ""
    return _reached(case, case.members[0], recomputed)


def _counted(case: Case, recomputed: RecomputedV1) -> str:
    """The sentence where no step was made, but the target is the number of replicas with metrics,
    which is not the current one."""
    for member in case.members:
        target, base = recomputed.targets.get(member.name), _base(case, member)
        if target == base and base is not None and member.current not in (None, base):
            of_variant = f" of {member.name}" if len(case.members) > 1 else ""
            return (
                f"the rule starts from the {many(base, 'replica')}{of_variant} with metrics,"
                f" not from the current {member.current}, and moves nothing: "
            )
    return ""


def _base(case: Case, member: Member) -> int | None:
    return member.current if _from_current(case) else member.counted


def _from_current(case: Case) -> bool:
    return case.base == "current" or (not case.base and at_least(case.version, "v0.8.0"))


def _reached(case: Case, member: Member, recomputed: RecomputedV1) -> str:
    target, base = recomputed.targets.get(member.name), _base(case, member)
    if target is None or base is None or member.current is None:
        return ""
    if target == base:
        return f", but {target} is its limit{fitted(case, member)}"
    if base != member.current:
        step = "+ 1" if target > base else "- 1"
        there = ", which it already has" if target == member.current else ""
        return f"; counted from {base} with metrics, {base} {step} = {target}{there}"
    return ""


def _down(case: Case, analysis: V1Analysis) -> str:
    limits = case.limits
    left_kv, left_queue = analysis.remaining_spare_kv, analysis.remaining_spare_queue
    n = analysis.non_saturated
    if left_kv is None or left_queue is None or limits.kv_trigger.value is None:
        return f"one fewer is safe by the controller's word ({n} not saturated); {HIDDEN}"
    return (
        f"one fewer is safe: with {n - 1} of {n} replicas spare KV would be {ratio(left_kv)}"
        f" (trigger {ratio(limits.kv_trigger.value)}) and spare queue {queue(left_queue)}"
        f" (trigger {queue(limits.queue_trigger.value or 0.0)})"
    )


def _hold(case: Case, analysis: V1Analysis) -> str:
    limits = case.limits
    kv, edge = limits.kv_trigger.value, limits.queue_trigger.value
    if isnan(analysis.avg_spare_kv):
        return f"neither more nor fewer by the controller's word; {HIDDEN}"
    enough = f"spare KV {ratio(analysis.avg_spare_kv)}"
    enough += f" and spare queue {queue(analysis.avg_spare_queue)} are enough"
    if kv is not None and edge is not None:
        enough += f" (triggers {ratio(kv)} and {queue(edge)})"
    if analysis.non_saturated < 2:
        fewer = (
            "and the last replica stays"
            if analysis.total == 1
            else f"and {many(analysis.non_saturated, 'replica')} not saturated cannot spare one"
        )
        return f"{enough}, {fewer}"
    left_kv, left_queue = analysis.remaining_spare_kv, analysis.remaining_spare_queue
    if left_kv is None or left_queue is None:
        return f"{enough}, and one fewer would not be safe"
    if kv is not None and left_kv < kv:
        return f"{enough}, but with one fewer spare KV would be {ratio(left_kv)}"
    if edge is not None and left_queue < edge:
        return f"{enough}, but with one fewer spare queue would be {queue(left_queue)}"
    return enough
