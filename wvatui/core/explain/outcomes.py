"""From the rule's targets to the decision, by limiter and enforcer; then compared with the log."""

from collections.abc import Iterator, Mapping

from wvatui.core.decisions.given import Case, RuleOutcome
from wvatui.core.explain.explained import Check, judged
from wvatui.core.rules.wva.enforcer import enforce_targets
from wvatui.core.rules.wva.saturation_v1 import action


def cut(case: Case, targets: Mapping[str, int]) -> dict[str, int]:
    """The targets after the logged changes: first by the enforcer, then by the limiter."""
    out = dict(targets)
    kinds = {c.kind for c in case.cuts}
    if "to-zero" in kinds:
        out = dict.fromkeys(out, 0)
    elif "kept" in kinds:
        costs = {m.name: m.cost or 0.0 for m in case.members if m.name in out}
        out = dict(enforce_targets(out, costs, scale_to_zero=False, requests=None).targets)
    for one in case.cuts:
        if one.kind == "limiter" and one.after is not None and one.variant in out:
            if one.before is None or out[one.variant] == one.before:
                out[one.variant] = one.after
        elif one.kind == "from-zero" and out.get(one.variant) == 0:
            out[one.variant] = 1
    return out


def decisions(case: Case, made: Mapping[str, int]) -> Iterator[Check]:
    """Checks of the target of each decided variant, and of the resulting action."""
    for name, outcome in case.outcomes.items():
        label = "target" if len(case.outcomes) == 1 else f"target of {name}"
        if name not in made:
            yield Check(label, outcome.target, None, "mismatch", "the rule gives it none")
            continue
        yield judged(label, outcome.target, made[name], outcome.target == made[name])
        yield from _action(label, outcome, made[name])
    for name in made:
        if name not in case.outcomes and case.outcomes:
            yield Check(f"target of {name}", None, made[name], "mismatch", "none was logged")


def _action(label: str, outcome: RuleOutcome, made: int) -> Iterator[Check]:
    if outcome.action and outcome.current is not None:
        verb = action(outcome.current, made)
        if verb != outcome.action:
            yield Check(label.replace("target", "action"), outcome.action, verb, "mismatch")
