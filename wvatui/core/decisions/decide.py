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


def learn_decision(builder: StateBuilder, at: float, fact: fc.LoggedDecision) -> None:
    """One line that carries a decision."""
    key = _key(builder, fact)
    before = builder.deciding.get(key)
    same = before is not None and 0 <= at - before.at < SAME_S
    # Where both forms are printed, "scaling-decision" opens what "Processing decision" repeats.
    repeated = same and before is not None and before.opened == "decided" and before.repeats == 1
    if fact.stage == "processing" and not repeated:
        builder.totals.raw_decisions += 1
    if before is not None and same:
        builder.deciding[key] = _refined(before, at, fact, _seen_at(builder, at))
        return
    if fact.stage not in _OPENING and not _emission_decides(builder):
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
        seen_at=_seen_at(builder, at),
    )
    if fact.stage != "processing":
        builder.totals.raw_decisions += 1
    if before is not None:
        builder.decided.append(before)
        count(builder.totals, before)
    builder.deciding[key] = decided
    cycle = builder.cycle
    if cycle is not None:
        cycle.decided.append(decided.variant)
        cycle.touch(at)


def _key(builder: StateBuilder, fact: fc.LoggedDecision) -> tuple[str, str]:
    if fact.namespace:
        return (fact.namespace, fact.variant)
    for key in builder.deciding.current:
        if key[1] == fact.variant:
            return key
    return ("", fact.variant)


def _emission_decides(builder: StateBuilder) -> bool:
    """v0.0.x prints nothing but the emission: there it is the decision.

    Every later release names its mode or the model it turns to within the first lines.
    """
    totals = builder.totals
    return totals.model_starts == 0 and not totals.modes and totals.lines > 30


def _action(current: int | None, target: int | None) -> str:
    if current is None or target is None or current == target:
        return "no-change"
    return "scale-up" if target > current else "scale-down"


def _seen_at(builder: StateBuilder, at: float) -> float:
    return max(at, builder.heard.get("log") or at)


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


def count(totals: SessionTotals, decided: Decision) -> None:
    """Count one decision whose values are final."""
    key = (decided.namespace, decided.variant)
    before = totals.last_counted.get(key)
    totals.cycles += 1
    totals.ups += decided.action == "scale-up"
    totals.downs += decided.action == "scale-down"
    if before is not None:
        at, current, target = before
        totals.target_changes += target != decided.target
        totals.replica_s += (current or 0) * (decided.at - at)
    totals.last_counted[key] = (decided.at, decided.current, decided.target)
    if decided.current is not None:
        low, high = totals.current_min, totals.current_max
        totals.current_min = decided.current if low is None else min(low, decided.current)
        totals.current_max = decided.current if high is None else max(high, decided.current)
    if decided.target is not None:
        high = totals.target_max
        totals.target_max = decided.target if high is None else max(high, decided.target)
    if totals.first_decision_at is None or decided.at < totals.first_decision_at:
        totals.first_decision_at = decided.at
    if totals.last_decision_at is None or decided.at > totals.last_decision_at:
        totals.last_decision_at = decided.at
