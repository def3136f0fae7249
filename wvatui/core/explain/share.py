"""How much of a session is explained, and what of it is not."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from wvatui.core.explain.explained import CycleExplained
from wvatui.core.explain.to_json import known_by


def share(cycles: Sequence[CycleExplained]) -> dict[str, Any]:
    """Counts of cycles, and for those that differ or are not explained, what it is."""
    verdicts = Counter(one.verdict for one in cycles)
    explained = verdicts["agrees"]
    return {
        "cycles": len(cycles),
        "explained": explained,
        "mismatched": verdicts["mismatch"],
        "unexplained": verdicts["unexplained"],
        "share": explained / len(cycles) if cycles else None,
        "rules": dict(Counter(_rule(one) for one in cycles)),
        "explained_by": dict(
            Counter(known_by(one) or "no threshold" for one in cycles if one.verdict == "agrees")
        ),
        "mismatched_cycles": [_mismatch(one) for one in cycles if one.verdict == "mismatch"],
        "unexplained_cycles": [_unexplained(one) for one in cycles if one.verdict == "unexplained"],
    }


def _rule(one: CycleExplained) -> str:
    rules = sorted({item.case.rule for item in one.explanations if item.case.rule})
    return "+".join(rules) or "none"


def _mismatch(one: CycleExplained) -> dict[str, Any]:
    return {
        "cycle": one.number,
        "at": one.at,
        "sentence": one.sentence,
        "differs": [
            {
                "model": item.case.model,
                "reconcile": item.case.number + 1,
                "quantity": check.quantity,
                "logged": check.logged,
                "recomputed": check.recomputed,
                "note": check.note,
            }
            for item in one.explanations
            for check in item.differing
        ],
    }


def _unexplained(one: CycleExplained) -> dict[str, Any]:
    return {
        "cycle": one.number,
        "at": one.at,
        "sentence": one.sentence,
        "missing": list(dict.fromkeys(m for item in one.explanations for m in item.missing)),
    }
