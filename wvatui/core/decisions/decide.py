"""Decisions from log lines: many lines, one decision for one variant in one cycle.

Another decision for the same variant within 2 s is the same decision: it keeps the time of its
first line and takes the values of its last.
"""

from wvatui.core.decisions.reading import of_kind
from wvatui.core.kube_object import NamespacedName, bare
from wvatui.core.log import facts as fc
from wvatui.core.state.building.builder import StateBuilder
from wvatui.core.state.looks import DecisionCut
from wvatui.core.state.state import Decision
from wvatui.core.state.totals import LastDecision, SessionTotals
from wvatui.core.structs import replace

SAME_S = 2.0
"""Lines of one decision are at most this far from its first line, seconds."""

OPENING = ("processing", "decided")
"""Stages that can begin a decision; the later ones only refine it."""


def opens(builder: StateBuilder, at: float, fact: fc.LoggedDecision) -> bool:
    """Whether a line states a decision that no line before it has stated.

    A later stage also opens a decision where the earlier lines are missing: in a log that begins
    inside a cycle or was filtered by message, and in v0.0.x, which prints the emission only. A
    fallback that is emitted is no decision.
    """
    before = builder.deciding.get(_key(builder, fact))
    if before is not None and _same(before, at, fact):
        return False
    if fact.stage in OPENING:
        return True
    cycle = builder.cycle
    if cycle is None or cycle.stop_line is not None:
        return True
    if before is not None and before.opened in OPENING and before.at >= cycle.at - SAME_S:
        return False
    fallbacks = (bare(fallback.variant) for fallback in of_kind(cycle.facts, fc.SafetyNet))
    return bare(fact.variant) not in fallbacks


def learn_decision(builder: StateBuilder, at: float, fact: fc.LoggedDecision) -> None:
    """Add a line's decision to the State, or refine the decision that the line repeats."""
    key = _key(builder, fact)
    before = builder.deciding.get(key)
    same = before is not None and _same(before, at, fact)
    # Where both forms are printed, "scaling-decision" opens what "Processing decision" repeats.
    repeated = same and before is not None and before.opened != "processing" and before.repeats == 1
    if fact.stage == "processing" and not repeated:
        builder.learned.totals.raw_decisions += 1
    if before is not None and same:
        refined = _refined(before, at, fact, _seen_at(builder, at))
        builder.deciding[key] = replace(refined, cuts=_cuts(builder, fact) or before.cuts)
        return
    if not opens(builder, at, fact):
        return
    decided = Decision(
        at=at,
        last_at=at,
        variant=fact.variant,
        namespace=key[0],
        model=fact.model or (before.model if before else ""),
        action=fact.action or action_of(fact.current, fact.target),
        current=fact.current,
        target=fact.target,
        reason=fact.reason,
        accelerator=fact.accelerator or (before.accelerator if before else ""),
        opened=fact.stage,
        seen_at=_seen_at(builder, at),
        context=builder.context,
        cuts=_cuts(builder, fact),
    )
    if fact.stage != "processing":
        builder.learned.totals.raw_decisions += 1
    if before is not None:
        _over(builder, before)
    builder.deciding[key] = decided
    cycle = builder.cycle
    if cycle is not None:
        cycle.decided.append(builder.window.id_of(decided.namespace, decided.variant))
        cycle.touch(at)


def _over(builder: StateBuilder, decided: Decision) -> None:
    """Count a decision that another one of its variant has followed."""
    learned = builder.learned_of(decided)
    learned.decided.append(decided)
    count(learned.totals, decided)


def _same(before: Decision, at: float, fact: fc.LoggedDecision) -> bool:
    """Whether a line repeats or refines the newest decision of its variant."""
    late = fact.stage not in OPENING and before.opened not in OPENING
    return abs(at - (before.last_at if late else before.at)) < SAME_S


def _key(builder: StateBuilder, fact: fc.LoggedDecision) -> tuple[str, str]:
    """The key for decisions of this variant; not every line names the namespace."""
    unnamed = ("", fact.variant)
    if fact.namespace:
        key = (fact.namespace, fact.variant)
        if key not in builder.deciding and unnamed in builder.deciding:
            _rename(builder, unnamed, key)
        return key
    keys = [key for key in builder.deciding.current if key[1] == fact.variant]
    inferred = (builder.namespace, fact.variant)
    return inferred if inferred in keys or len(keys) > 1 else keys[0] if keys else unnamed


def action_of(current: int | None, target: int | None) -> fc.Action:
    """The action of a change from `current` to `target`; no change where one is not known."""
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
        context=before.context,
        seen_at=seen_at,
    )


def _cuts(builder: StateBuilder, decided: fc.LoggedDecision) -> tuple[DecisionCut, ...]:
    """What has replaced the rule's target, by the reconcile's lines so far."""
    cycle, name = builder.cycle, bare(decided.variant)
    cuts: dict[DecisionCut, None] = {}
    for fact in cycle.facts if cycle is not None else ():
        if isinstance(fact, fc.Limited) and bare(fact.variant) == name:
            cuts[DecisionCut("limiter", fact.original, fact.limited)] = None
        elif isinstance(fact, fc.LoggedTarget) and bare(fact.variant) == name:
            before, after = fact.instead_of, fact.target
            if before is not None and after is not None:
                cuts[DecisionCut("max" if after < before else "min", before, after)] = None
        elif isinstance(fact, fc.ScaleToZero) and fact.direction != "from-zero":
            of_all = not fact.variant and fact.model == decided.model
            if of_all or bare(fact.variant) == name:
                cuts[DecisionCut("enforcer", None, None)] = None
    return tuple(cuts)


def count(totals: SessionTotals, decided: Decision) -> None:
    """Count one decision whose values are final."""
    key = (decided.namespace, decided.variant)
    before = totals.last_counted.get(key)
    totals.cycles += 1
    totals.ups += decided.action == "scale-up"
    totals.downs += decided.action == "scale-down"
    elapsed_s = 0.0
    if before is not None:
        passed_s = decided.at - before.at
        if passed_s < 0.0:
            # The controller's clock was set back, so the time of receipt counts.
            totals.set_back = True
            passed_s = max(0.0, decided.seen_at - before.seen_at)
        elapsed_s = before.elapsed_s + passed_s
        totals.target_changes += before.target != decided.target
        totals.replica_s += (before.current or 0) * passed_s
    totals.last_counted[key] = LastDecision(
        decided.at, decided.current, decided.target, decided.seen_at, elapsed_s
    )
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


def rename_decisions(builder: StateBuilder) -> None:
    """Move the newest decisions to the names of their variants, once objects declare these."""
    for (namespace, other), name in builder.other_names.items():
        for key in ((namespace, other), ("", other)):
            if key in builder.deciding:
                _rename(builder, key, (key[0], name))


def _rename(builder: StateBuilder, old: NamespacedName, new: NamespacedName) -> None:
    """Move a variant's newest decision, and the counts of its decisions, to another name."""
    decided = replace(builder.deciding[old], namespace=new[0], variant=new[1])
    builder.deciding.discard(old)
    for learned in (builder.session, builder.before):
        counted = learned.totals.last_counted
        last, kept = counted.pop(old, None), counted.get(new)
        if last is not None and (kept is None or kept.at < last.at):
            counted[new] = last
    other = builder.deciding.get(new)
    if other is not None:
        earlier, decided = (other, decided) if other.at < decided.at else (decided, other)
        _over(builder, earlier)
    builder.deciding[new] = decided
