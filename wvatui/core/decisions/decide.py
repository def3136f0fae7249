"""Decisions from log lines: many lines, one decision for one variant in one cycle.

Counted as the golden numbers count them: a decision again for the same variant within 2 s is the
same one; it keeps the time of its first line and takes the values of its last.
"""

from wvatui.core.log import facts as fc
from wvatui.core.state.builder import StateBuilder
from wvatui.core.state.state import Decision
from wvatui.core.state.totals import SessionTotals

SAME_S = 2.0
"""Lines of one decision are at most this far from its first line, seconds."""

_OPENING = ("processing", "decided")
"""Stages that can begin a decision; the later ones only refine it."""


def learn_decision(draft: StateBuilder, at: float, fact: fc.LoggedDecision) -> None:
    """One line that carries a decision."""
    key = _key(draft, fact)
    before = draft.deciding.get(key)
    same = before is not None and 0 <= at - before.at < SAME_S
    # Where both forms are printed, "scaling-decision" opens what "Processing decision" repeats.
    repeated = same and before is not None and before.opened == "decided" and before.repeats == 1
    if fact.stage == "processing" and not repeated:
        draft.tally.raw_decisions += 1
    if before is not None and same:
        draft.deciding[key] = _refined(before, at, fact, _seen_at(draft, at))
        return
    if fact.stage not in _OPENING and not _emission_decides(draft):
        return
    decided = Decision(
        at=at,
        last_at=at,
        variant=fact.variant,
        namespace=key[0],
        model=fact.model or (before.model if before else ""),
        action=fact.action or _action(fact.current, fact.target),
        current=fact.current,
        target=fact.target,
        reason=fact.reason,
        accelerator=fact.accelerator or (before.accelerator if before else ""),
        opened=fact.stage,
        seen_at=_seen_at(draft, at),
    )
    if fact.stage != "processing":
        draft.tally.raw_decisions += 1
    if before is not None:
        draft.decided.append(before)
        count(draft.tally, before)
    draft.deciding[key] = decided
    cycle = draft.cycle
    if cycle is not None:
        cycle.decided.append(decided.variant)
        cycle.touch(at)


def emitted(draft: StateBuilder, at: float, fact: fc.SafetyNet) -> None:
    """Fallback values are no decision: the log pane shows them, the ladder does not."""


def _key(draft: StateBuilder, fact: fc.LoggedDecision) -> tuple[str, str]:
    if fact.namespace:
        return (fact.namespace, fact.variant)
    for key in draft.deciding.current:
        if key[1] == fact.variant:
            return key
    return ("", fact.variant)


def _emission_decides(draft: StateBuilder) -> bool:
    """v0.0.x prints nothing but the emission: there it is the decision.

    Every later release names its mode or the model it turns to within the first lines.
    """
    tally = draft.tally
    return tally.model_starts == 0 and not tally.modes and tally.lines > 30


def _action(current: int | None, target: int | None) -> str:
    if current is None or target is None or current == target:
        return "no-change"
    return "scale-up" if target > current else "scale-down"


def _seen_at(draft: StateBuilder, at: float) -> float:
    return max(at, draft.heard.get("log") or at)


def _refined(before: Decision, at: float, fact: fc.LoggedDecision, seen_at: float) -> Decision:
    final = fact.stage != "emitted"
    current = fact.current if fact.current is not None and final else before.current
    target = fact.target if fact.target is not None else before.target
    return Decision(
        at=before.at,
        last_at=at,
        variant=before.variant,
        namespace=before.namespace,
        model=fact.model or before.model,
        action=fact.action or before.action,
        current=current,
        target=target,
        reason=fact.reason or before.reason,
        accelerator=fact.accelerator or before.accelerator,
        repeats=before.repeats + 1,
        opened=before.opened,
        seen_at=seen_at,
    )


def count(tally: SessionTotals, decided: Decision) -> None:
    """Count one decision whose values are final."""
    key = (decided.namespace, decided.variant)
    before = tally.last_counted.get(key)
    tally.cycles += 1
    tally.ups += decided.action == "scale-up"
    tally.downs += decided.action == "scale-down"
    if before is not None:
        at, current, target = before
        tally.target_changes += target != decided.target
        tally.replica_s += (current or 0) * (decided.at - at)
    tally.last_counted[key] = (decided.at, decided.current, decided.target)
    if decided.current is not None:
        low, high = tally.current_min, tally.current_max
        tally.current_min = decided.current if low is None else min(low, decided.current)
        tally.current_max = decided.current if high is None else max(high, decided.current)
    if decided.target is not None:
        high = tally.target_max
        tally.target_max = decided.target if high is None else max(high, decided.target)
    if tally.first_decision_at is None or decided.at < tally.first_decision_at:
        tally.first_decision_at = decided.at
    if tally.last_decision_at is None or decided.at > tally.last_decision_at:
        tally.last_decision_at = decided.at
