"""Explanations as plain data, for JSON: names with units, null for what is not known."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from wvatui.core.decisions.given import CONFIG_KEYS, TOLD, Case, Member, Sizing
from wvatui.core.explain.beside import Beside
from wvatui.core.explain.explained import CycleExplained, Explanation
from wvatui.core.explain.outcomes import cut
from wvatui.core.explain.thresholds.capacities import FITTED
from wvatui.core.explain.wva_v1.recompute_v1 import RecomputedV1
from wvatui.core.explain.wva_v1.steps_v1 import means_of, saturated_by
from wvatui.core.explain.wva_v2.recompute_v2 import RecomputedV2
from wvatui.core.explain.wva_v2.weighed import Weighed

Json = dict[str, Any]


def cycle(one: CycleExplained) -> Json:
    """One cycle with all its explanations."""
    return {
        "cycle": one.number,
        "at": one.at,
        "verdict": one.verdict,
        "known_by": known_by(one),
        "sentence": one.sentence,
        "explanations": [explanation(item) for item in one.explanations],
    }


def known_by(one: CycleExplained) -> str:
    """The weakest source of any number that its explanations needed; empty: they needed none."""
    sources: set[str] = set()
    for item in one.explanations:
        sources |= {known.source for known in item.case.limits.by_name().values()}
        sources |= {s.parameters_source for s in item.case.sizing.values()}
        by_role = isinstance(item.recomputed, RecomputedV2) and item.recomputed.demand is not None
        capacity = any(v.reason == FITTED for r in item.case.results for v in r.variants)
        if item.case.costs_fitted or item.case.clamps or by_role or capacity:
            sources.add("fitted")
    return next((name for name in reversed(TOLD) if name in sources), "")


def explanation(one: Explanation) -> Json:
    """One explanation: inputs, what was recomputed, checks, steps."""
    case = one.case
    return {
        "model": case.model,
        "namespace": case.namespace,
        "role": case.role,
        "reconcile": case.number + 1,
        "rule": case.rule,
        "versions": list(case.versions),
        "verdict": one.verdict,
        "sentence": one.sentence,
        "inputs": _inputs(case),
        "recomputed": _recomputed(one),
        "decisions": _decisions(one),
        "checks": [
            {
                "quantity": c.quantity,
                "logged": c.logged,
                "recomputed": _number(c.recomputed),
                "result": c.mark,
                "note": c.note,
            }
            for c in one.checks
        ],
        "missing": list(one.missing),
        "steps": [{"section": s.section, "text": s.text, "result": s.mark} for s in one.steps],
    }


def _number(value: Any) -> Any:
    """`value`, or None for NaN, which JSON does not have."""
    return None if isinstance(value, float) and value != value else value


def _inputs(case: Case) -> Json:
    return {
        "thresholds": {
            CONFIG_KEYS[name]: {"value": known.value, "source": known.source, "where": known.where}
            for name in case.needs
            if (known := getattr(case.held, name)).source != "unknown"
        },
        "replicas": [
            {
                "pod": r.pod,
                "variant": r.variant,
                "kv_ratio": r.kv_ratio,
                "queue": r.queue,
                "saturated_by": saturated_by(case, r),
            }
            for r in case.replicas
        ],
        "variants": [_member(m) for m in case.members],
        "counted_from": case.base,
        "analyzers": [
            {
                "name": r.analyzer,
                "supply": r.supply,
                "demand": r.demand,
                "per_replica": {v.name: v.per_replica for v in r.variants},
                "silent_cycles": case.ages.get(r.analyzer),
            }
            for r in case.results
        ],
        "model": {name: _sizing(s) for name, s in case.sizing.items()},
        "transition": list(case.transition),
        "cuts": [asdict(c) for c in case.cuts],
        "failure": case.failure,
    }


def _member(member: Member) -> Json:
    return {
        "name": member.name,
        "accelerator": member.accelerator,
        "role": member.role,
        "cost": member.cost,
        "with_metrics": member.counted,
        "current": member.current,
        "ready": member.ready,
        "pending": member.pending,
        "decided_before": member.desired,
        "min": member.min,
        "max": member.max,
    }


def _sizing(sizing: Sizing) -> Json:
    four = sizing.parameters
    names = ("alpha", "beta", "gamma", "delta")
    return {
        "rate_per_min": sizing.rate_per_min,
        "input_tokens": sizing.input_tokens,
        "output_tokens": sizing.output_tokens,
        "parameters": dict(zip(names, four, strict=True)) if four is not None else None,
        "parameters_source": sizing.parameters_source,
        "slo_itl_ms": sizing.slo_itl_ms,
        "slo_ttft_ms": sizing.slo_ttft_ms,
        "itl_ms": sizing.seen_itl_ms,
        "ttft_ms": sizing.seen_ttft_ms,
        "nis": sizing.nis,
    }


def _recomputed(one: Explanation) -> Json:
    made = one.recomputed
    if isinstance(made, RecomputedV1):
        return _v1(one.case, made)
    if isinstance(made, RecomputedV2):
        return {
            "analyzers": [_weighed(a) for a in made.analyzers],
            "votes": [asdict(v) for v in made.votes],
            "demand_by_role": _demand(made),
            "taken_as_logged": list(made.taken),
        }
    if made is None:
        return {}
    return {
        "model": {
            name: {
                "replicas": a.replicas,
                "itl_ms": a.itl_ms,
                "ttft_ms": a.ttft_ms,
                "max_per_min": a.max_per_min,
            }
            for name, a in made.sized.items()
        },
        "infeasible": list(made.infeasible),
        "arbitration": {name: a.reason for name, a in made.arbitrated.items()},
    }


def _demand(made: RecomputedV2) -> Json:
    """By analyzer and role: the lowest and highest demand that gives the logged targets."""
    spans = made.demand.spans if made.demand is not None else {}
    return {
        name: {role: {"least": low, "most": high} for role, (low, high) in roles.items()}
        for name, roles in spans.items()
    }


def _v1(case: Case, made: RecomputedV1) -> Json:
    analysis = made.analysis
    if analysis is None:
        return {}
    everybody = means_of(case.replicas)
    counting = means_of([r for r in case.replicas if not saturated_by(case, r)])
    return {
        "replicas": analysis.total,
        "not_saturated": analysis.non_saturated,
        "mean_of_all": _means(everybody),
        "mean_of_not_saturated": _means(counting),
        "spare_kv": _number(analysis.avg_spare_kv),
        "spare_queue": _number(analysis.avg_spare_queue),
        "scale_up": analysis.scale_up,
        "scale_down_safe": analysis.scale_down_safe,
        "spare_kv_with_one_fewer": analysis.remaining_spare_kv,
        "spare_queue_with_one_fewer": analysis.remaining_spare_queue,
        "taken_as_logged": list(made.taken),
    }


def _means(means: tuple[float, float] | None) -> Json | None:
    return None if means is None else {"kv_ratio": means[0], "queue": means[1]}


def _weighed(one: Weighed) -> Json:
    return {
        "name": one.name,
        "supply": one.supply,
        "demand": one.demand,
        "utilization": one.utilization,
        "required": one.required,
        "spare": one.spare,
        "per_replica": dict(one.per_replica),
        "ready": dict(one.ready),
        "pending": dict(one.pending),
        "live": one.live,
    }


def _decisions(one: Explanation) -> list[Json]:
    made: Mapping[str, int] = {}
    if one.recomputed is not None and not one.missing:
        made = cut(one.case, one.recomputed.targets)
    return [
        {
            "variant": name,
            "current": o.current,
            "target": o.target,
            "action": o.action,
            "reason": o.reason,
            "recomputed_target": made.get(name),
        }
        for name, o in one.case.outcomes.items()
    ]


def surroundings(view: Beside) -> Json:
    """What is shown beside an explanation: see `explain.beside`."""
    return {
        "stale_s": view.stale_s,
        "pods": [
            {
                "pod": p.sample.pod,
                "kv_ratio": p.sample.kv_ratio,
                "queue": p.sample.waiting,
                "polled_at": p.sample.polled_at,
                "polled_kv_ratio": p.sample.polled_kv,
                "polled_kv_peak_ratio": p.sample.polled_kv_peak,
                "polled_queue": p.sample.polled_waiting,
                "polled_running": p.sample.polled_running,
                "view_age_s": p.view_age_s,
            }
            for p in view.pods
        ],
        "observed_next": [asdict(o) for o in view.observed],
    }


def share(cycles: Sequence[CycleExplained]) -> dict[str, Any]:
    """How many cycles are explained, and for the others the quantities that differ or are missing.

    Cycles are counted as in a summary: one for each decided variant. A cycle of the controller
    without any decision is counted separately, as `undecided`.
    """
    counted = [(one, one.verdict_of(variant)) for one in cycles for variant in one.decided]
    verdicts = Counter(verdict for _, verdict in counted)
    explained = verdicts["agrees"]
    decided = [one for one in cycles if one.decided]
    undecided = [one for one in cycles if not one.decided]
    return {
        "cycles": len(counted),
        "explained": explained,
        "mismatched": verdicts["mismatch"],
        "unexplained": verdicts["unexplained"],
        "share": explained / len(counted) if counted else None,
        "undecided": len(undecided),
        "rules": dict(Counter(_rules_of(one) for one, _ in counted)),
        "explained_by": dict(
            Counter(known_by(one) or "no threshold" for one, how in counted if how == "agrees")
        ),
        "mismatched_cycles": [_mismatch(one) for one in cycles if one.verdict == "mismatch"],
        "unexplained_cycles": [_unexplained(one) for one in decided if _lacks(one)],
        "undecided_cycles": [_unexplained(one) for one in undecided if _lacks(one)],
    }


def _lacks(one: CycleExplained) -> bool:
    return one.verdict == "unexplained"


def _rules_of(one: CycleExplained) -> str:
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
        "missing": list(dict.fromkeys(m for item in one.explanations for m in item.missing))
        or [one.nothing],
    }
