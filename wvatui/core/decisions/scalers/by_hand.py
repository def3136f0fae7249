"""Changes of a scale that none of the scalers made: somebody else wrote it."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from math import inf

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

    Only for targets that have a scaler: where there is none, every change is made by somebody.
    """
    sizes: dict[tuple[str, str], list[ScalingDecision]] = {}
    for decision in made:
        if decision.decider in ("hpa", "keda") and decision.changes:
            sizes.setdefault((decision.namespace, decision.variant), []).append(decision)
    minded = _minded(state)
    for target, ring in state.resized.items():
        if target not in minded:
            continue
        own = sizes.get((target[1], target[2]), [])
        for resized in ring:
            late = state.now - resized.at > NEAR_S
            if late and not any(_is(decision, resized) for decision in own):
                yield _decision(target, resized, minded[target])


def judged_from(state: State, after: float) -> float:
    """The first moment from `after` on at which an unexplained change will count as somebody
    else's; infinite: there is none."""
    moments = (resized.at + NEAR_S for ring in state.resized.values() for resized in ring)
    return min((at for at in moments if at >= after), default=inf)


def _minded(state: State) -> Mapping[Target, NamespacedName]:
    minded = {target_of(hpa): (hpa.namespace, hpa.name) for hpa in state.hpas.values()}
    return minded | {target_of(s): (s.namespace, s.name) for s in state.scaled_objects.values()}


def _is(decision: ScalingDecision, resized: Resized) -> bool:
    same = (decision.before, decision.after) == (resized.before.spec, resized.after.spec)
    return same and abs(decision.at - resized.at) <= NEAR_S


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
