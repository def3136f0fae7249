"""Decisions of every decider as plain rows, and how many changes they made."""

from collections.abc import Iterable, Mapping
from math import inf
from typing import NamedTuple

from wvatui.core.decisions.scalers import followed
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.decisions.scaling_decision import ScalingDecision
from wvatui.core.kube_object import NamespacedName
from wvatui.core.rows.views import DecisionRow
from wvatui.core.state.state import State

DECIDERS = {"wva": "WVA", "hpa": "HPA", "keda": "KEDA", "hand": "by hand"}
"""Deciders as they are shown."""
_ACTIONS = {"up": "scale-up", "down": "scale-down"}


class SizeChanges(NamedTuple):
    """How many changes of size went each way."""

    up: int = 0
    down: int = 0


def changes_made(state: State, since: float = -inf, until: float = inf) -> dict[str, SizeChanges]:
    """The session's changes seen from `since` up to, without, `until` (UTC epoch seconds), by
    decider: `wva` (where nothing acts on it), `hpa`, `keda`, `hand`."""
    made: dict[str, SizeChanges] = {}
    for decision in scaling_decisions(state):
        seen_at = decision.seen_at or decision.at
        if decision.changes and not decision.context and since <= seen_at < until:
            before = made.get(decision.decider, SizeChanges())
            up = decision.direction == "up"
            made[decision.decider] = SizeChanges(before.up + up, before.down + (not up))
    return made


def all_changes(state: State, since: float = -inf, until: float = inf) -> SizeChanges:
    """The changes of all deciders together."""
    made = changes_made(state, since, until).values()
    return SizeChanges(sum(each.up for each in made), sum(each.down for each in made))


def action(decision: ScalingDecision) -> str:
    """`scale-up`, `scale-down`, `held` (something keeps the size from what is wanted), else
    `no-change`; for WVA, the action in its log."""
    if decision.decider == "wva" and decision.action:
        return decision.action
    if decision.moves:
        return _ACTIONS[decision.direction]
    return "held" if decision.held else "no-change"


def cause(decision: ScalingDecision) -> str:
    """The reason without the size, preceded by the decider unless that is WVA."""
    if decision.decider == "wva":
        return decision.reason
    who, why = DECIDERS[decision.decider], decision.sentence.partition(": ")[2]
    return why if why.startswith(f"{who} ") else f"{who}: {why}"


def told_at(row: DecisionRow) -> float:
    """The moment that the reason of a row is about, UTC epoch seconds."""
    return row.at if row.last_at is None else row.last_at


def scaling_row(decision: ScalingDecision) -> DecisionRow:
    """The plain row of a decision for lists."""
    return DecisionRow(
        at=decision.at,
        variant=decision.variant,
        model=decision.model,
        action=action(decision),
        current=decision.before,
        target=decision.after,
        reason=cause(decision),
        repeats=decision.looks,
        namespace=decision.namespace,
        context=decision.context,
        decider=decision.decider,
        last_at=decision.last_at,
        brief=decision.brief,
        until=decision.held_until,
    )


class _Newest:
    """The newest decisions of one State, cached since every variant needs them."""

    def __init__(self) -> None:
        self.of_hpas: dict[NamespacedName, ScalingDecision] | None = None
        self.of_scalers: dict[NamespacedName, ScalingDecision] | None = None


def newest_of_hpas(state: State) -> Mapping[NamespacedName, ScalingDecision]:
    """The newest decision of each HPA, by its namespace and name, where recomputing it gives all
    that was seen."""
    kept = state.of_state.of(_Newest)
    if kept.of_hpas is None:
        made = followed.newest_of_hpas(state)
        kept.of_hpas = {(d.namespace, d.decided_by): d for d in made if d.verdict == "agrees"}
    return kept.of_hpas


def newest_of_scalers(state: State) -> Mapping[NamespacedName, ScalingDecision]:
    """By namespace and name of each variant, the session's newest decision by an HPA, KEDA or
    hand that lists show; after a hold, its scaler's newest look without one."""
    kept = state.of_state.of(_Newest)
    if kept.of_scalers is None:
        made: dict[NamespacedName, ScalingDecision] = {}
        for each in scaling_decisions(state):
            if each.decider == "wva" or each.context:
                continue
            key = (each.namespace, each.variant)
            before = made.get(key)
            ends = before is not None and before.decider == each.decider and not before.moves
            if ends or not each.quiet:
                made[key] = each
        kept.of_scalers = made
    return kept.of_scalers


def listed(decisions: Iterable[ScalingDecision], *, quiet: bool = False) -> list[ScalingDecision]:
    """Decisions for lists, newest first; `quiet`: with looks of scalers that decided nothing."""
    shown = [each for each in decisions if quiet or each.decider == "wva" or not each.quiet]
    return shown[::-1]
