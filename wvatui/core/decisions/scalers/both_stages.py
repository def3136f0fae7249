"""Where WVA wants a size and an HPA or KEDA acts on it: which of the two changed anything."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from wvatui.core.decisions.scaling_decision import Brake, ScalingDecision
from wvatui.core.events import Autoscaler, ScaledObject
from wvatui.core.kube_object import NamespacedName
from wvatui.core.lines import clean, time_of_day
from wvatui.core.state.links import declared_by_target, target_of
from wvatui.core.state.state import State
from wvatui.core.structs import replace

LATE_S = 20.0
"""Seconds by which a new HPA has had its first look."""
GONE_S = 60.0
"""A deleted HPA acted at most this long after its last status, seconds; nothing shows it closer."""


class VariantName(NamedTuple):
    """The name under which a target is shown, and the model it serves; empty: not known."""

    name: str
    model: str = ""


def variant_names(state: State) -> dict[NamespacedName, VariantName]:
    """By namespace and name of the target."""
    models = {
        (workload.namespace, workload.name): workload.labels.get("llm-d.ai/model", "")
        for workload in state.workloads.values()
    }
    names: dict[NamespacedName, VariantName] = {}
    scalers: list[Autoscaler | ScaledObject] = [*state.hpas.values()]
    scalers += state.scaled_objects.values()
    for scaler in scalers:
        key = target_of(scaler)[1:]
        names[key] = VariantName(scaler.name, models.get(key, ""))
    for target, variants in declared_by_target(state.variants.values()):
        names[target[1:]] = VariantName(clean(variants[0].name), clean(variants[0].model))
    return names


def named(state: State, made: Iterable[ScalingDecision]) -> list[ScalingDecision]:
    """The decisions, with each target replaced by the name of its variant."""
    names = variant_names(state)
    return [_named(decision, names) for decision in made]


def _named(
    decision: ScalingDecision, names: Mapping[NamespacedName, VariantName]
) -> ScalingDecision:
    known = names.get((decision.namespace, decision.variant))
    if known is None or known == (decision.variant, decision.model):
        return decision
    return replace(decision, variant=known.name, model=known.model)


def staged(
    state: State, wva: Sequence[ScalingDecision], scalers: Sequence[ScalingDecision]
) -> list[ScalingDecision]:
    """WVA's decisions, with a mark on those that an HPA acted on: its own looks give the outcome.

    A paused KEDA acts on nothing, and neither does a deleted HPA.
    """
    acting: dict[str, list[tuple[str, float, float]]] = {}
    for namespace, variant, since, until in _spans(state, scalers) if wva else ():
        acting.setdefault(variant, []).append((namespace, since, until))
    marked = []
    for decision in wva:
        acts = any(
            since <= decision.at <= until and decision.namespace in ("", namespace)
            for namespace, since, until in acting.get(decision.variant, ())
        )
        marked.append(replace(decision, staged=True) if acts else decision)
    return marked


_HOLDS: Mapping[Brake, str] = {
    "window": "{}'s window holds {}",
    "policy": "{}'s policy allows {}",
    "max": "{}'s maximum allows {}",
    "min": "{}'s minimum keeps {}",
    "tolerance": "{}'s tolerance keeps {}",
    "failed metric": "{} stays at {}, it cannot read a metric",
    "pause": "{} is paused at {}",
    "cooldown": "{}'s cooldown holds {}",
    "fallback": "{}'s fallback wants {}",
    "refused": "{} stays at {}, the API server refuses its scale",
}


def acted_on(
    decisions: Iterable[ScalingDecision], namespace: str, variant: str, since: float, until: float
) -> ScalingDecision | None:
    """The decision of an HPA or KEDA about a size that WVA wanted for a variant from `since` to
    `until` (epoch seconds): a change, or what holds the size. Empty `namespace`: not known."""
    last = change = None
    for each in decisions:
        if each.at >= until:
            break
        mine = each.variant == variant and namespace in ("", each.namespace)
        if mine and each.decider in ("hpa", "keda") and (each.decider == "hpa" or each.moves):
            last = each
            change = each if each.changes and each.at >= since else change
    return change if last is None or (not last.held and change is not None) else last


def came_of(wanted: int, since: float, acted: ScalingDecision) -> str:
    """`WVA wants 5 → the HPA's window holds 3 until 08:05:45`. `since`: when it was wanted."""
    who = f"the {acted.decider.upper()}" if acted.decider == "hpa" else acted.decider.upper()
    held = next((h for h in acted.held if h.brake in _HOLDS), None)
    if acted.changes and acted.at >= since:
        told = f"{who} scales {acted.before}→{acted.after} at {time_of_day(acted.at)}"
    elif held is not None and acted.after != wanted:
        told = _HOLDS[held.brake].format(who, acted.after)
        told += "" if held.until is None else f" until {time_of_day(held.until)}"
    else:
        told = f"{who} is at {acted.after}"
    return f"WVA wants {wanted} → {told}"


def _spans(state: State, scalers: Sequence[ScalingDecision]) -> list[tuple[str, str, float, float]]:
    """(namespace, variant, start, end) of each time that an HPA acted, without KEDA's pauses."""
    names = variant_names(state)
    alive = {names[target_of(hpa)[1:]].name for hpa in state.hpas.values()}
    spans: dict[tuple[str, str], tuple[float, float]] = {}
    pauses: dict[tuple[str, str], list[tuple[float, bool]]] = {}
    for decision in scalers:
        key = (decision.namespace, decision.variant)
        if decision.decider == "hpa":
            since, last = spans.get(key, (decision.at, decision.last_at))
            spans[key] = min(since, decision.at), max(last, decision.last_at)
        elif decision.decider == "keda":
            paused = any(held.brake == "pause" for held in decision.held)
            pauses.setdefault(key, []).append((decision.at, paused))
    out = []
    for key, (first, last) in spans.items():
        since = first - LATE_S
        until = state.now if key[1] in alive else last + GONE_S
        for at, paused in sorted(pauses.get(key, ())):
            if paused and at > since:
                out.append((*key, since, at))
                since = until
            elif not paused and since == until:
                since = at
        out.append((*key, since, until))
    return out
