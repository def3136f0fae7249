"""What kube-controller-manager remembers of an HPA between two looks."""

from collections.abc import Sequence

import msgspec

from wvatui.core.rules.hpa.hpa_policy import DOWN_WINDOW_S, PastChange, Rules
from wvatui.core.rules.hpa.hpa_spec import HpaSpec
from wvatui.core.structs import replace


class HpaMemory(msgspec.Struct, frozen=True, gc=False):
    """The controller's memory of one HPA: a value, never changed in place; lost at its restart.

    `recommendations`: what the metrics wanted, before windows and limits. `ups`, `downs`: the
    HPA's own changes of the scale. `seen`: the controller has looked at the object before.
    """

    recommendations: tuple[PastChange, ...] = ()
    ups: tuple[PastChange, ...] = ()
    downs: tuple[PastChange, ...] = ()
    seen: bool = False


def first_look(memory: HpaMemory, spec_replicas: int, now: float) -> HpaMemory:
    """The memory at the first look at an object, whose present size counts as recommended.

    Source: Kubernetes horizontal.go recordInitialRecommendation.
    """
    if memory.seen:
        return memory
    return replace(memory, recommendations=(PastChange(now, spec_replicas),), seen=True)


def windows(spec: HpaSpec, flag_s: float = DOWN_WINDOW_S) -> tuple[float, float]:
    """Stabilization windows up and down, seconds; `flag_s`: the controller's flag."""
    up_s, down_s = spec.windows
    return up_s, flag_s if down_s is None else down_s


def remembered(
    spec: HpaSpec, memory: HpaMemory, wanted: int, now: float, flag_s: float = DOWN_WINDOW_S
) -> HpaMemory:
    """The memory after a look at which the metrics wanted `wanted` replicas.

    The new one replaces the last of the recommendations that are too old for both windows.
    Source: Kubernetes horizontal.go stabilizeRecommendation, stabilizeRecommendationWithBehaviors.
    """
    up_s, down_s = windows(spec, flag_s)
    longest = down_s if spec.plain else max(up_s, down_s)
    since, past = now - longest, memory.recommendations
    old: int | None = None
    for place in range(len(past) - 1, -1, -1):  # mostly there is one
        if past[place].at < since:
            old = place
            break
    kept = _placed(past, old, PastChange(now, wanted))
    return HpaMemory(kept, memory.ups, memory.downs, memory.seen)


def scaled(spec: HpaSpec, memory: HpaMemory, before: int, after: int, now: float) -> HpaMemory:
    """The memory after the HPA has set the scale from `before` to `after`.

    Without `behavior` nothing is kept. Source: Kubernetes horizontal.go storeScaleEvent.
    """
    if spec.plain:
        return memory
    change = PastChange(now, abs(after - before), before=before)
    if after > before:
        return replace(memory, ups=_stored(memory.ups, spec.up, change))
    return replace(memory, downs=_stored(memory.downs, spec.down, change))


def _stored(
    changes: Sequence[PastChange], rules: Rules, newest: PastChange
) -> tuple[PastChange, ...]:
    """Changes with `newest` added; those older than the longest period are marked as outdated, and
    the last one of these is replaced."""
    longest = max((policy.period_s for policy in rules.policies), default=0.0)
    marked = tuple(
        replace(change, outdated=change.outdated or change.at < newest.at - longest)
        for change in changes
    )
    old = [place for place, change in enumerate(marked) if change.outdated]
    return _placed(marked, old[-1] if old else None, newest)


def _placed(
    kept: tuple[PastChange, ...], place: int | None, newest: PastChange
) -> tuple[PastChange, ...]:
    """`newest` at a place where an old one is, or else at the end."""
    if place is None:
        return (*kept, newest)
    changed = list(kept)
    changed[place] = newest
    return tuple(changed)
