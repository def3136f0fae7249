"""The model-based rule in one sentence: the load, what a replica bears, the replicas."""

from wvatui.core.decisions.given import Case, Member, Sizing
from wvatui.core.explain.numbers import amount, count
from wvatui.core.explain.wva_model.recompute_model import RecomputedModel


def because(case: Case, found: RecomputedModel) -> str:
    """Why the rule's targets are what they are, without the targets."""
    return "; ".join(_one(case, member, found) for member in case.members)


def _one(case: Case, member: Member, found: RecomputedModel) -> str:
    sizing = case.sizing.get(member.name, Sizing())
    who = f"{member.name}: " if len(case.members) > 1 else ""
    if member.name in found.infeasible:
        return f"{who}no number of replicas keeps {_goal(sizing)}"
    made = found.sized.get(member.name)
    if made is None:
        return f"{who}not sized"
    if not sizing.rate_per_min:
        text = f"no requests arrive, and {count(made.replicas, 'replica')} is the least"
    else:
        text = (
            f"{amount(sizing.rate_per_min)} requests/min arrive, and a replica bears"
            f" {amount(made.max_per_min)} within {_goal(sizing)}:"
            f" {count(made.replicas, 'replica')}"
        )
    ruled = found.arbitrated.get(member.name)
    return f"{who}{text}{'; ' + ruled.reason if ruled is not None else ''}"


def _goal(sizing: Sizing) -> str:
    """The latency targets in words."""
    parts = [
        f"{name} {value:g} ms"
        for name, value in (("ITL", sizing.slo_itl_ms), ("TTFT", sizing.slo_ttft_ms))
        if value
    ]
    return " and ".join(parts) or "no latency target"
