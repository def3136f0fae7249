"""Changes of a scale that no look of a scaler accounts for: somebody else wrote it, or the scaler
did while it was not watched."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from math import inf

from wvatui.core.decisions.scaling_decision import DeciderKind, DecisionWords, ScalingDecision
from wvatui.core.kube_object import NamespacedName
from wvatui.core.lines import clean, time_of_day
from wvatui.core.state.links import target_of
from wvatui.core.state.looks import Resized
from wvatui.core.state.replicas import Target
from wvatui.core.state.source_health import AUTOSCALERS, WORKLOADS
from wvatui.core.state.state import State

_WATCHED = (AUTOSCALERS, WORKLOADS)
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
            own = any(abs(at - resized.at) <= NEAR_S for at in changed.get(key, ()))
            if not own and state.now - resized.at > NEAR_S:
                decided = _unwatched(state, target, resized, made)
                yield decided or _decision(target, resized, minded[target])


def judged_from(state: State, after: float) -> float:
    """The first moment from `after` on at which an unexplained change will count as somebody
    else's; infinite: there is none."""
    moments = (resized.at + NEAR_S for ring in state.resized.values() for resized in ring)
    return min((at for at in moments if at >= after), default=inf)


def _minded(state: State) -> Mapping[Target, NamespacedName]:
    minded = {target_of(hpa): (hpa.namespace, hpa.name) for hpa in state.hpas.values()}
    return minded | {target_of(s): (s.namespace, s.name) for s in state.scaled_objects.values()}


def _unwatched(
    state: State, target: Target, resized: Resized, made: Iterable[ScalingDecision]
) -> ScalingDecision | None:
    """The decision of the target's scaler that made the change while it was not watched; None: it
    was watched, or what came after shows that it did not."""
    span = next(
        (
            (since, until)
            for since, until in _silences(state, target[1], resized)
            if since - NEAR_S <= resized.at <= until + NEAR_S
        ),
        None,
    )
    if span is None:
        return None
    before, after = resized.before.spec, resized.after.spec
    hpa = next((hpa for hpa in state.hpas.values() if target_of(hpa) == target), None)
    scaled = next((s for s in state.scaled_objects.values() if target_of(s) == target), None)
    decider: DeciderKind = "hpa"
    if scaled is not None and 0 in (before, after):
        decider, scaler = "keda", scaled.name
        did = f"{clean(scaler)} or somebody else has set the scale"
    elif hpa is not None and (at := _rescaled(state, (hpa.namespace, hpa.name), span[0])):
        scaler, did = hpa.name, f"{clean(hpa.name)} has set the scale, last at {time_of_day(at)}"
    else:
        return None
    last = (d for d in made if d.decider == decider and d.changes and d.after == after)
    for each in last:
        if (each.namespace, each.variant) == target[1:] and abs(each.at - resized.at) <= NEAR_S:
            after = each.before
    while_ = f"from {time_of_day(span[0])} to {time_of_day(span[1])}"
    return ScalingDecision(
        at=resized.at,
        last_at=resized.at,
        decider=decider,
        namespace=target[1],
        variant=clean(target[2]),
        before=before,
        wanted=None,
        after=after,
        decided_by=clean(scaler),
        words=partial(
            DecisionWords,
            f"{before}→{after}: {did}, while it was not watched, {while_}",
            brief=lambda: ("while it was not watched",),
        ),
        missing=(f"its looks {while_}, when it was not watched",),
    )


def _silences(state: State, namespace: str, resized: Resized) -> Iterator[tuple[float, float]]:
    """Stretches in which scalers or their targets were not watched, UTC epoch seconds."""
    for gap in state.gaps:
        # Nothing is listed anew after a gap of the recording: an object is seen once it changes.
        if gap.is_of_recording and resized.before.at <= gap.since:
            yield gap.since, max(gap.until, resized.at)
    for silent in state.silent:
        if silent.about in _WATCHED and silent.namespace in ("", namespace):
            yield silent.since, silent.until
    for health in state.sources.values():
        if health.is_silent and health.source in _WATCHED and health.namespace in ("", namespace):
            yield health.since, state.now


def _rescaled(state: State, hpa: NamespacedName, since: float) -> float | None:
    """When an HPA last set the scale, as of its status after a stretch that began at `since`, where
    it has done so since its last status before."""
    looks = state.hpa_looks.get(hpa, ())
    before = [look.hpa.last_scale_at for look in looks if look.at <= since]
    after = next((look for look in looks if look.at > since), None)
    if after is None or not before:
        return None
    known = after.before or after.hpa  # its status stayed the same, or this is the first seen again
    return known.last_scale_at if known.last_scale_at != before[-1] else None


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
