"""Decisions of HPAs and KEDA as plain data, and how many of them are explained."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from wvatui.core.decisions.scaling_decision import ScalingDecision, Verdict
from wvatui.core.explain.to_json import Json

VERDICTS: dict[Verdict, str] = {
    "agrees": "explained",
    "mismatch": "mismatched",
    "unexplained": "unexplained",
}
"""By verdict: the key under which it is counted."""


def explainable(decisions: Sequence[ScalingDecision]) -> list[ScalingDecision]:
    """The session's decisions by an HPA or KEDA; WVA's cycles have explanations of their own, and
    changes by hand need none."""
    return [d for d in decisions if d.decider in ("hpa", "keda") and not d.context]


def decision_json(decision: ScalingDecision) -> Json:
    """One decision with its inputs, what held it, and its arithmetic. Times: epoch seconds."""
    words = decision.words()
    return {
        "at": decision.at,
        "last_at": decision.last_at,
        "decider": decision.decider,
        "decided_by": decision.decided_by,
        "namespace": decision.namespace,
        "variant": decision.variant,
        "from": decision.before,
        "wanted": decision.wanted,
        "to": decision.after,
        "looks": decision.looks,
        "won": decision.won,
        "held": [
            {"by": held.brake, "replicas": held.replicas, "until": held.until}
            for held in decision.held
        ],
        "inputs": [msgspec.structs.asdict(each) for each in decision.inputs],
        "certainty": decision.certainty,
        "verdict": decision.verdict,
        "sentence": words.sentence,
        "steps": list(words.steps),
        "differs": list(decision.differences),
        "missing": list(decision.missing),
    }


def with_scalers(numbers: Json, decisions: Sequence[ScalingDecision]) -> Json:
    """The share of WVA's cycles (`to_json.share`) with the decisions of HPAs and KEDA.

    `decisions`, `explained`, `mismatched` and `unexplained` are of all together, `by_decider` of
    each; `cycles` stays WVA's.
    """
    of_wva = {key: numbers[key] for key in VERDICTS.values()}
    by_decider: dict[str, Json] = {}
    if numbers["cycles"]:
        by_decider["wva"] = {"decisions": numbers["cycles"], **of_wva}
    scalers = explainable(decisions)
    for decider in dict.fromkeys(d.decider for d in scalers):
        counted = Counter(d.verdict for d in scalers if d.decider == decider)
        by_decider[decider] = {"decisions": counted.total()} | {
            key: counted[verdict] for verdict, key in VERDICTS.items()
        }
    total = {
        key: sum(each[key] for each in by_decider.values())
        for key in ("decisions", *VERDICTS.values())
    }
    share = total["explained"] / total["decisions"] if total["decisions"] else None
    return {
        **numbers,
        **total,
        "share": share,
        "by_decider": by_decider,
        "mismatched_decisions": [_short(d) for d in scalers if d.verdict == "mismatch"],
        "unexplained_decisions": [_short(d) for d in scalers if d.verdict == "unexplained"],
    }


def _short(decision: ScalingDecision) -> Json:
    keys = ("at", "decider", "namespace", "variant", "sentence", "differs", "missing")
    whole = decision_json(decision)
    return {key: whole[key] for key in keys}
