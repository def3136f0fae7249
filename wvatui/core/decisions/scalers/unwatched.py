"""Changes that a scaler made while it was not watched: none of its looks accounts for them."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import pairwise
from math import inf
from typing import NamedTuple

from wvatui.core.decisions.scaling_decision import DeciderKind, DecisionWords, ScalingDecision
from wvatui.core.kube_object import NamespacedName
from wvatui.core.lines import clean, time_of_day
from wvatui.core.state.links import target_of
from wvatui.core.state.looks import Resized
from wvatui.core.state.replicas import Target
from wvatui.core.state.source_health import AUTOSCALERS, WORKLOADS
from wvatui.core.state.state import State

NEAR_S, LATE_S = 20.0, 150.0
"""Of one outage each kind of object comes back on its own: at once, or when its watch is found dead
(see `kube.watching.IDLE_S`); with the right to list alone, once a minute."""


class Interruption(NamedTuple):
    """A stretch in which scalers or their targets were not watched, UTC epoch seconds."""

    since: float
    until: float
    late_s: float = LATE_S
    """Within so many seconds of a change of the target its scaler's status is seen."""


class _Rescaled(NamedTuple):
    """A rescale of an HPA that was missed: between which statuses, and its own time."""

    since: float
    until: float
    at: float


def interruption_around(state: State, namespace: str, resized: Resized) -> Interruption | None:
    """The interruption in which a change of a target's size came, or just after it; None: there was
    none."""
    for interruption in _interruptions(state, namespace, resized):
        if interruption.since - NEAR_S <= resized.at <= interruption.until + NEAR_S:
            return interruption
    return None


def _interruptions(state: State, namespace: str, resized: Resized) -> Iterator[Interruption]:
    for gap in state.gaps:
        # Nothing is listed anew after a gap of the recording: an object is seen once it changes.
        if gap.is_of_recording and resized.before.at <= gap.since:
            yield Interruption(gap.since, max(gap.until, resized.at), inf)
    watched = (AUTOSCALERS, WORKLOADS)
    for silent in state.silent:
        if silent.about in watched and silent.namespace in ("", namespace):
            yield Interruption(silent.since, silent.until)
    for health in state.sources.values():
        if health.is_silent and health.source in watched and health.namespace in ("", namespace):
            yield Interruption(health.since, state.now)


def unwatched(
    state: State,
    target: Target,
    resized: Resized,
    interruption: Interruption,
    made: Iterable[ScalingDecision],
) -> ScalingDecision | None:
    """The decision of the target's scaler that made the change in an interruption; None: it was
    not the scaler, as what came afterwards shows.

    `made`: decisions of scalers that were seen; where one led to the size that the change led to,
    the rest of the change was missed.
    """
    before, after = resized.before.spec, resized.after.spec
    hpa = next((hpa for hpa in state.hpas.values() if target_of(hpa) == target), None)
    scaled = next((s for s in state.scaled_objects.values() if target_of(s) == target), None)
    decider: DeciderKind = "hpa"
    at = resized.at
    if scaled is not None and 0 in (before, after):
        decider, name = "keda", clean(scaled.name)
        since, until = max(interruption.since, resized.before.at), resized.at
        did = f"{name} or somebody else has set the scale"
    elif hpa is not None and (
        it := _rescaled(state, (hpa.namespace, hpa.name), resized, interruption)
    ):
        name, since, until = clean(hpa.name), it.since, it.until
        # The API server's clock may differ from that of the recording.
        at = it.at if since <= it.at <= resized.at else at
        did = f"{name} has set the scale, last at {time_of_day(it.at)}"
    else:
        return None
    for each in made:
        leads_there = each.decider == decider and each.changes and each.after == after
        is_same = (each.namespace, each.variant) == (target[1], clean(target[2]))
        if leads_there and is_same and abs(each.at - resized.at) <= LATE_S:
            after = each.before
    unseen = f"from {time_of_day(since)} to {time_of_day(until)}"
    return ScalingDecision(
        at=at,
        last_at=at,
        seen_at=resized.at,
        decider=decider,
        namespace=target[1],
        variant=clean(target[2]),
        before=before,
        wanted=None,
        after=after,
        decided_by=name,
        words=partial(
            DecisionWords,
            f"{before}→{after}: {did}, while it was not watched, {unseen}",
            brief=lambda: ("while it was not watched",),
        ),
        missing=(f"its looks {unseen}, when it was not watched",),
    )


def _rescaled(
    state: State, hpa: NamespacedName, resized: Resized, interruption: Interruption
) -> _Rescaled | None:
    """The rescale of an HPA that a status after an interruption proves by its `lastScaleTime`."""
    for last, look in pairwise(state.hpa_looks.get(hpa, ())):
        at = look.hpa.last_scale_at
        if not look.missed or abs(look.at - resized.at) > interruption.late_s:
            continue
        if at is not None and at != last.hpa.last_scale_at:
            return _Rescaled(max(last.at, interruption.since), look.at, at)
    return None
