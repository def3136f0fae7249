"""Changes of a scale that no look of a scaler accounts for: somebody else wrote it, or the scaler
did while it was not watched."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from math import inf

from wvatui.core.decisions.scalers.unwatched import LATE_S, interruption_around, unwatched
from wvatui.core.decisions.scaling_decision import DecisionWords, ScalingDecision
from wvatui.core.kube_object import NamespacedName
from wvatui.core.lines import clean
from wvatui.core.state.links import target_of
from wvatui.core.state.looks import Resized
from wvatui.core.state.replicas import Target
from wvatui.core.state.state import State

NEAR_S = 20.0
"""Seconds within which a scaler's own report of a change is seen; after that, the change counts as
somebody else's."""


def by_hand(state: State, made: Iterable[ScalingDecision]) -> Iterator[ScalingDecision]:
    """The changes of every target's size that no decision in `made` accounts for.

    Only for targets that have a scaler: where there is none, every change is made by somebody. A
    change that the scaler made while it was not watched is its own decision, unexplained.
    """
    made = list(made)
    # By target and sizes: a long session has thousands of changes, and this runs for each State.
    changed: dict[tuple[str, str, int | None, int | None], list[float]] = {}
    for each in made:
        if each.decider in ("hpa", "keda") and each.changes:
            key = (each.namespace, each.variant, each.before, each.after)
            changed.setdefault(key, []).append(each.at)
    minded = _minded(state)
    for target, ring in state.resized.items():
        if target not in minded:
            continue
        for resized in ring:
            key = (target[1], target[2], resized.before.spec, resized.after.spec)
            ages = [abs(at - resized.at) for at in changed.get(key, ())]
            if state.now - resized.at <= NEAR_S or min(ages, default=inf) <= NEAR_S:
                continue
            interruption = interruption_around(state, target[1], resized)
            if interruption is None:
                yield _decision(target, resized, minded[target])
            elif min(ages, default=inf) > LATE_S:
                decided = unwatched(state, target, resized, interruption, made)
                if decided is not None:
                    yield decided
                elif state.now - resized.at > LATE_S:
                    yield _decision(target, resized, minded[target])


def judged_from(state: State, after: float) -> float:
    """The first moment from `after` on at which an unexplained change will count as somebody
    else's; infinite: there is none."""
    changed = (resized.at for ring in state.resized.values() for resized in ring)
    moments = (at + late_s for at in changed for late_s in (NEAR_S, LATE_S))
    return min((at for at in moments if at >= after), default=inf)


def _minded(state: State) -> Mapping[Target, NamespacedName]:
    minded = {target_of(hpa): (hpa.namespace, hpa.name) for hpa in state.hpas.values()}
    return minded | {target_of(s): (s.namespace, s.name) for s in state.scaled_objects.values()}


def _decision(target: Target, resized: Resized, scaler: NamespacedName) -> ScalingDecision:
    before, after = resized.before.spec, resized.after.spec
    name = clean(scaler[1])
    told = f"{before}→{after}: somebody else than {name} has set the scale"
    return ScalingDecision(
        at=resized.at,
        last_at=resized.at,
        decider="hand",
        namespace=target[1],
        variant=clean(target[2]),
        before=before,
        wanted=after,
        after=after,
        words=partial(DecisionWords, told, brief=lambda: ("somebody else has set the scale",)),
        reason="no look of a scaler accounts for it",
    )
