"""From a case to its explanation."""

from collections.abc import Iterator, Set

from wvatui.core.decisions.given import Case
from wvatui.core.explain.brief.wva_brief import briefs
from wvatui.core.explain.explained import (
    ArithmeticStep,
    Check,
    Explanation,
    Recomputed,
    Verdict,
    judged,
)
from wvatui.core.explain.numbers import change
from wvatui.core.explain.wva_model import explain_model
from wvatui.core.explain.wva_model.recompute_model import RecomputedModel, recompute_model
from wvatui.core.explain.wva_v1 import checks_v1, sentence_v1, steps_v1
from wvatui.core.explain.wva_v1.recompute_v1 import RecomputedV1, recompute_v1
from wvatui.core.explain.wva_v2 import explain_v2
from wvatui.core.explain.wva_v2.recompute_v2 import RecomputedV2, recompute_v2
from wvatui.core.lines import many
from wvatui.core.rules.wva.saturation_v1 import safety_net


def explain(case: Case) -> Explanation:
    """The explanation of a case: recomputed, compared with the log, put into a sentence."""
    if _failed(case):
        return _failure(case)
    made = _recompute(case)
    checks = _checks(case, made)
    if not case.outcomes and not case.ended:
        return _undecided(case, made, checks)
    if made.missing:
        verdict: Verdict = "unexplained"
    elif any(check.mark == "mismatch" for check in checks):
        verdict = "mismatch"
    elif not any(is_target(check) for check in checks):
        return _undecided(case, made, checks)
    else:
        verdict = "agrees"
    return Explanation(
        case=case,
        recomputed=made,
        verdict=verdict,
        sentence=_sentence(case, made, verdict, checks),
        steps=_steps(case, made, checks),
        checks=checks,
        missing=made.missing,
        because="" if made.missing else because(case, made) + _cuts(case),
        brief=() if made.missing else briefs(case, made),
    )


def _recompute(case: Case) -> Recomputed:
    if case.rule == "V2":
        return recompute_v2(case)
    if case.rule == "model-based":
        return recompute_model(case)
    return recompute_v1(case)


def _checks(case: Case, made: Recomputed) -> tuple[Check, ...]:
    """The rule's results compared with the log, then the log's lines with each other."""
    by_rule = _rule_checks(case, made)
    wrong = {check.quantity for check in by_rule if check.mark == "mismatch"}
    return (*by_rule, *_restated(case, wrong))


def _restated(case: Case, wrong: Set[str]) -> Iterator[Check]:
    """Quantities that two lines state differently, unless they are in `wrong` already."""
    for pair in case.restated:
        if pair.quantity in wrong:
            continue
        note = "two lines of the cycle differ"
        yield Check(f"{pair.quantity} in two lines", pair.first, pair.other, "mismatch", note)


def _rule_checks(case: Case, made: Recomputed) -> tuple[Check, ...]:
    if isinstance(made, RecomputedV1):
        return checks_v1.checks(case, made)
    if isinstance(made, RecomputedV2):
        return explain_v2.checks(case, made)
    return explain_model.checks(case, made)


def _steps(case: Case, made: Recomputed, checks: tuple[Check, ...]) -> tuple[ArithmeticStep, ...]:
    if isinstance(made, RecomputedV1):
        return steps_v1.steps(case, made, checks)
    if isinstance(made, RecomputedV2):
        return explain_v2.steps(case, made, checks)
    return explain_model.steps(case, made, checks)


# --- cycles that decided nothing -----------------------------------------------------------


def _failed(case: Case) -> bool:
    """Whether errors or missing metrics kept the rule from running."""
    if case.outcomes or case.analysis is not None or case.results:
        return False
    return bool(case.failure or case.skipped or any(c.kind == "fallback" for c in case.cuts))


def _failure(case: Case) -> Explanation:
    """The explanation of a cycle without an analysis: the safety net emits the decision before, or
    else the current replicas."""
    why = case.failure or "; ".join(w for w in case.skipped if w) or "no analysis could be made"
    checks = tuple(_kept(case))
    kept = [f"{name} stays advertised at {n}" for name, n in _advertised(case).items()]
    told = f" ({', '.join(kept)})" if kept else ""
    missing: tuple[str, ...] = ()
    verdict: Verdict = "agrees"
    if any(check.mark == "mismatch" for check in checks):
        verdict = "mismatch"
    elif not any(check.mark == "agrees" for check in checks):
        verdict, missing = "unexplained", ("what stays advertised without an analysis",)
        told += f", unexplained: the log lacks {missing[0]}"
    return Explanation(
        case=case,
        recomputed=None,
        verdict=verdict,
        sentence=f"nothing was decided: {_short(why)}{told}",
        steps=(ArithmeticStep("Failed", why),),
        checks=checks,
        missing=missing,
    )


def _advertised(case: Case) -> dict[str, int]:
    """Replicas by variant as finally emitted, by the last line about each."""
    nets = {c.variant: c.after for c in case.cuts if c.kind == "fallback" and c.after is not None}
    kept = {name: o.target for name, o in case.kept.items() if o.target is not None}
    return {**nets, **kept}


def _kept(case: Case) -> Iterator[Check]:
    """The safety net's numbers, and those emitted later, compared with the safety net's rule."""
    before = {m.name: m.desired for m in case.members}
    for cut in case.cuts:
        if cut.kind != "fallback" or cut.after is None:
            continue
        desired = before.get(cut.variant) if cut.by == "previous-desired" else 0
        if desired is None or (not desired and cut.before is None):
            yield Check(f"fallback of {cut.variant}", cut.after, None, "taken")
        else:
            made = safety_net(cut.before or 0, desired)
            yield _compared(f"fallback of {cut.variant}", cut.after, (made,))
    for name, outcome in case.kept.items():
        if outcome.current is None or outcome.target is None:
            continue
        # HEAD keeps the current replicas, releases with a VariantAutoscaling its last decision.
        either = outcome.current, safety_net(outcome.current, before.get(name) or 0)
        if not outcome.current and outcome.target > 0:
            note = "spec.replicas, which counts while status.replicas is 0"
            yield Check(f"advertised of {name}", outcome.target, outcome.target, "agrees", note)
        else:
            yield _compared(f"advertised of {name}", outcome.target, either)


def _compared(quantity: str, logged: int, made: tuple[int, ...]) -> Check:
    return judged(quantity, logged, logged if logged in made else made[0], logged in made)


def _short(text: str) -> str:
    """An error, shortened to its first part (what failed) and its last part (why)."""
    parts = [part.strip() for part in text.split(": ") if part.strip()]
    if len(parts) > 2:
        return f"{parts[0][:80]}: {parts[-1][:80]}"
    return text[:160]


def _undecided(case: Case, made: Recomputed, checks: tuple[Check, ...]) -> Explanation:
    """The explanation of an analysis without a decision: the log ends there or lacks lines."""
    what = "the decision" if case.ended else "the rest of the cycle: the log stops within it"
    if case.ended and case.role and not case.members:
        what = f"which variants have the role {case.role} (BuildVariantStates says it at -v=4)"
    if case.unread:
        what = f"what {many(case.unread, 'line')} say, in words that no dialect knows"
    return Explanation(
        case=case,
        recomputed=made,
        verdict="unexplained",
        missing=(what,),
        sentence=f"unexplained: the log lacks {what}",
        steps=_steps(case, made, checks),
        checks=checks,
    )


# --- the sentence --------------------------------------------------------------------------


def _sentence(case: Case, made: Recomputed, verdict: Verdict, checks: tuple[Check, ...]) -> str:
    moves = _moves(case, held=_is_held(case, made))
    if verdict == "unexplained":
        return f"{moves}, unexplained: the log lacks {', '.join(made.missing)}"
    why = because(case, made)
    if verdict == "agrees":
        return f"{moves}: {why}{_cuts(case)}"
    wrong = [c for c in checks if c.mark == "mismatch"]
    targets = [c for c in wrong if is_target(c)]
    if targets:
        one = targets[0]
        rule = "no target" if one.recomputed is None else f"{one.recomputed}"
        return f"{moves}, but the rule gives {rule}: {why}{_cuts(case)}"
    names = ", ".join(c.quantity for c in wrong)
    return f"{moves}, but the log contradicts itself on {names}: {why}{_cuts(case)}"


def is_target(check: Check) -> bool:
    """Whether it compares the rule's target of a variant with the log."""
    return check.quantity == "target" or check.quantity.startswith("target of ")


def because(case: Case, made: Recomputed) -> str:
    """Why the targets are what they are."""
    if isinstance(made, RecomputedV1):
        return sentence_v1.because(case, made)
    if isinstance(made, RecomputedV2):
        return explain_v2.because(case, made)
    return explain_model.because(case, made)


def _is_held(case: Case, made: Recomputed) -> bool:
    """Whether a change was asked for but held back."""
    if isinstance(made, RecomputedV1):
        return bool(sentence_v1.held(case))
    if isinstance(made, RecomputedModel):
        return any(a.safety_override for a in made.arbitrated.values())
    return explain_v2.held(case, made)


def _moves(case: Case, *, held: bool) -> str:
    """`1→3`; for several variants, each one that changes with its name, or that all stay."""
    if len(case.outcomes) == 1 and len(case.members) <= 1:
        only = next(iter(case.outcomes.values()))
        if held and only.current is not None and only.current == only.target:
            return f"held at {only.current}"
        return change(only.current, only.target)
    moving = [
        f"{name} {change(o.current, o.target)}"
        for name, o in case.outcomes.items()
        if o.current != o.target
    ]
    role = f"{case.role}: " if case.role else ""
    if moving:
        return role + ", ".join(moving)
    n = len(case.outcomes)
    who = (
        next(iter(case.outcomes)) if n == 1 else "both variants" if n == 2 else f"all {n} variants"
    )
    return f"{role}{who} stay{'s' if n == 1 else ''}" if n else "nothing decided"


def _cuts(case: Case) -> str:
    """What changed the rule's targets before the decision, in words."""
    out = ""
    for one in case.cuts:
        if one.kind == "limiter" and one.before is not None:
            by = f" by {one.by}" if one.by else ""
            out += f"; {one.variant} was limited from {one.before} to {one.after}{by}"
        elif one.kind == "to-zero":
            out += f"; then scaled to zero: {one.by or 'no requests'}"
        elif one.kind == "kept":
            out += "; one replica is kept: scale-to-zero is off"
        elif one.kind == "from-zero":
            out += f"; scaled from zero: {one.by or 'requests wait'}"
    return out
