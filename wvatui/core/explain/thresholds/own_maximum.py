"""Decisions of WVA that the variant's own maximum held, which no line of the log says.

V2 adds no replicas beyond it while it shares out what is required (WVA v0.6.0
internal/engines/pipeline/cost_aware_optimizer.go), and V1 cuts its target in a line of level DEBUG.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from wvatui.core.decisions.given import Member
from wvatui.core.decisions.scaling_decision import HeldBy, ScalingDecision
from wvatui.core.explain.cycles import Explainer
from wvatui.core.explain.explained import Explanation
from wvatui.core.explain.ledger import Ledger
from wvatui.core.explain.thresholds.clamps import at_max, unlimited
from wvatui.core.kube_object import bare
from wvatui.core.rows.cycle_rows import all_cycles
from wvatui.core.state.state import State
from wvatui.core.structs import replace


class _Stopped(NamedTuple):
    """A variant that stopped at its maximum in one cycle, and what its rule asked for."""

    at: float
    namespace: str
    variant: str
    most: int
    asked: int


def with_own_maximum(
    state: State, decisions: Iterable[ScalingDecision]
) -> Iterator[ScalingDecision]:
    """The decisions, those that the variant's maximum held in any of their cycles with that in
    `held`, and in `wanted` what the rule then asked for.

    Only where that is certain: a line or an object known at that time states the maximum, the rule
    computed with it gives every target of the cycle, and without it more.
    """
    stopped = [each for told in _telling(state) for each in _stopped(told)]
    starts = [cycle.at for cycle in all_cycles(state)]
    for decision in decisions:
        if decision.decider == "wva" and not decision.held:
            first = bisect_right(starts, decision.at) - 1
            since = starts[first] if first >= 0 else decision.at
            own = (s for s in stopped if since <= s.at <= decision.last_at and _is_of(s, decision))
            if one := next(own, None):
                held = (HeldBy("max", one.most),)
                decision = replace(decision, held=held, wanted=one.asked)
        yield decision


def _telling(state: State) -> Iterator[Explanation]:
    """The explanations of the cycles in which a variant stopped at a maximum."""
    cases = state.of_session.of(Ledger).of_cycles(state, {c.at for c in all_cycles(state)})
    asked = sorted({c.cycle_at for c in cases if any(at_max(c, m) for m in c.members)})
    for cycle in state.of_session.of(Explainer).at_each(state, asked):
        yield from cycle.telling if cycle is not None else ()


def _stopped(told: Explanation) -> Iterator[_Stopped]:
    case = told.case
    if told.verdict != "agrees" or case.rule not in ("V1", "V2"):
        return
    for member in _stated(case.members, case.clamps):
        asked = unlimited(case, member.name) if at_max(case, member) else None
        if asked is not None and member.max is not None and asked > member.max:
            where = member.namespace or case.namespace
            yield _Stopped(case.cycle_at, where, bare(member.name), member.max, asked)


def _stated(members: Sequence[Member], fitted: Iterable[str]) -> list[Member]:
    """Those whose limit was seen, not derived from where their targets stop."""
    return [member for member in members if member.name not in fitted]


def _is_of(stopped: _Stopped, decision: ScalingDecision) -> bool:
    same_place = "" in (stopped.namespace, decision.namespace) or (
        stopped.namespace == decision.namespace
    )
    return same_place and stopped.variant == bare(decision.variant)
