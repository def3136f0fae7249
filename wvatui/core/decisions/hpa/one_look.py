"""An HPA that is seen only once, in the middle of its life: the result of its last look.

What its controller remembers of earlier looks cannot be seen, but it shaped the status: possible
memories are tried, the simplest first, until one leads to what is seen.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise

import msgspec

from wvatui.core.decisions.hpa.account import HpaAccount, known_from
from wvatui.core.decisions.hpa.observer import HpaObserver
from wvatui.core.decisions.hpa.recorded import sight_of, spec_of
from wvatui.core.decisions.hpa.sight import HpaSight
from wvatui.core.events import Autoscaler, KubeEvent, Pod, Workload
from wvatui.core.rules.hpa.hpa_conditions import ZERO, HpaEvent, merged
from wvatui.core.rules.hpa.hpa_memory import HpaMemory, windows
from wvatui.core.rules.hpa.hpa_policy import MOST_REPLICAS, SYNC_S, PastChange
from wvatui.core.rules.hpa.hpa_spec import HpaSpec
from wvatui.core.rules.hpa.hpa_versions import NEWEST, HpaRelease
from wvatui.core.state.looks import HpaLook
from wvatui.core.structs import replace

MOST_STEPS = 30
"""Largest earlier change, in replicas, that is tried where no event states its size."""
_STABILIZED = ("ScaleDownStabilized", "ScaleUpStabilized")
_POLICIES = ("ScaleUpLimit", "ScaleDownLimit")
_NEW_SIZE = re.compile(r"New size: (\d{1,9});", re.ASCII)


class HpaNow(msgspec.Struct, frozen=True, gc=False):
    """What is read of an HPA and its target at one moment.

    `at`: epoch seconds. `target` None: it could not be read. `pods`: those of the target; None:
    they were not read. `events`: any events about the HPA. `held_since`: from when on it was seen
    to be held as it is, without a break; None: it was read once.
    """

    at: float
    hpa: Autoscaler
    target: Workload | None = None
    pods: tuple[Pod, ...] | None = None
    events: tuple[KubeEvent, ...] = ()
    release: HpaRelease = NEWEST
    held_since: float | None = None

    @property
    def spec(self) -> HpaSpec:
        """The HPA's spec. Raises ValueError for an object that no API server admits."""
        spec = spec_of(self.hpa)
        if spec is None:
            raise ValueError("its spec is not as the API has it")
        return spec

    @property
    def was_looked_at(self) -> bool:
        """Whether the controller has written a status."""
        return bool(self.hpa.conditions)


def begun(now: HpaNow) -> tuple[HpaAccount, HpaObserver]:
    """The account of the last look, and an observer that goes on from it.

    Where a hold is inferred from an unseen memory, its `until` is the latest possible time. Raises
    ValueError as `HpaNow.spec` does.
    """
    best: tuple[HpaAccount, HpaObserver] | None = None
    for sight in _sights(now):
        for memory in memories(sight, now.hpa.last_scale_at, now.events):
            reached, after = HpaObserver(release=now.release).assuming(sight, memory)
            account = reached.account(sight)
            if account.from_status:
                since = sight.at if now.held_since is None else now.held_since
                account = known_from(account, sight.spec, since)
            if best is None or len(account.differences) < len(best[0].differences):
                best = account, after
            if not account.differences:
                return best
    assert best is not None
    return best


def seen_now(now: HpaNow) -> HpaSight:
    """The look after which the object is as it is now. Raises ValueError as `HpaNow.spec` does."""
    hpa, at = now.hpa, now.at
    scaled_at = hpa.last_scale_at
    if scaled_at is not None and at - SYNC_S < scaled_at < at and hpa.current != hpa.desired:
        at = scaled_at  # the look that changed the size
    look = HpaLook(at, hpa, target=now.target, pods=now.pods or ())
    sight = sight_of(look, now.spec, created=False, loose_s=0.0)
    before = sight.conditions
    if sight.spec_replicas == 0 and sight.after > 0:
        before = tuple(
            merged(before, (ZERO,))
        )  # the controller remembers that it scaled the target to zero
    return replace(sight, before=before, events=_events(now))


def _sights(now: HpaNow) -> Iterator[HpaSight]:
    """Possible sights: with the target as it is, and, since that may have changed meanwhile, with
    the number of pods that the HPA's status states; this one first after a rescale, which itself
    changed the target."""
    sight = seen_now(now)
    found = replace(now, target=_before(now.target, sight.spec_replicas), pods=None)
    stated = replace(seen_now(found), events=sight.events)
    if now.pods is None and sight.status_replicas == sight.spec_replicas:
        yield sight
    elif sight.status_replicas == sight.after != sight.spec_replicas:
        yield from (stated, sight)
    else:
        yield from (sight, stated)


def _before(target: Workload | None, size: int) -> Workload | None:
    """The target when it had `size` pods: those that are made later are the first not to be ready;
    None: how many are ready is not known."""
    if target is None or target.ready is None or target.replicas is None:
        return None
    unready = target.replicas - target.ready - max(0, target.replicas - size)
    return replace(target, replicas=size, ready=size - min(size, max(0, unready)))


def _events(now: HpaNow) -> tuple[HpaEvent, ...]:
    """Failures reported by the last looks; each look reports them again."""
    since = now.at - 3 * SYNC_S
    return tuple(
        HpaEvent(event.type, event.reason, event.message)
        for event in now.events
        if event.reason.startswith("FailedGet") and _last(event) >= since
    )


def _last(event: KubeEvent) -> float:
    return event.at if event.last_at is None else event.last_at


def memories(
    sight: HpaSight, scaled_at: float | None, events: Iterable[KubeEvent] = ()
) -> Iterator[HpaMemory]:
    """Memories that the controller may have had at a look, the simplest first. `scaled_at`: when it
    scaled last, UTC epoch seconds; `events`: any about the HPA."""
    changes = list(_changes(sight, scaled_at, events))
    for recommended in _recommended(sight):
        for ups, downs in changes:
            yield HpaMemory(recommended, ups, downs, seen=True)


def _recommended(sight: HpaSight) -> Iterator[tuple[PastChange, ...]]:
    """Recommendations that may have been made before: none, the size that a window holds, or one
    of unknown size that policies or the maximum then cut."""
    yield ()
    spec, able = sight.spec, sight.condition("AbleToScale")
    if able is None or (able.reason not in _STABILIZED and sight.after == sight.spec_replicas):
        return
    low, high = sorted((sight.spec_replicas, sight.after))
    sizes = [
        sight.spec_replicas,
        sight.after,
        MOST_REPLICAS,
        *islice(range(low - 1, 0, -1), MOST_STEPS),
    ][:MOST_STEPS]
    shortest = min((window for window in windows(spec) if window > 0), default=SYNC_S)
    at = sight.at - min(SYNC_S, shortest / 2)
    for size in dict.fromkeys([*sizes, high + 1]):
        yield (PastChange(at, size),)


Changes = tuple[tuple[PastChange, ...], tuple[PastChange, ...]]


def _changes(sight: HpaSight, last: float | None, events: Iterable[KubeEvent]) -> Iterator[Changes]:
    """The HPA's own rescales that a policy may still count: ups and downs."""
    yield (), ()
    limited = sight.condition("ScalingLimited")
    if limited is None:
        return
    up = limited.reason == "ScaleUpLimit" or sight.after > sight.spec_replicas
    if limited.reason not in _POLICIES and sight.after == sight.spec_replicas:
        return
    policies = (sight.spec.up if up else sight.spec.down).policies
    longest = max((policy.period_s for policy in policies), default=0.0)
    stated = _rescales(events)
    if stated != ((), ()):
        yield stated
    if last is None or sight.at - last > longest + SYNC_S:
        return
    for count in range(1, min(max(sight.spec_replicas, 1), MOST_STEPS) + 1):
        change = (PastChange(max(last, sight.at - longest + 1e-3), count),)
        yield change, ()
        yield (), change


def _rescales(events: Iterable[KubeEvent]) -> Changes:
    """Scale-ups and scale-downs that events report; the size of the first change is not known."""
    sizes = sorted(
        (_last(event), int(match[1]))
        for event in events
        if event.reason == "SuccessfulRescale" and (match := _NEW_SIZE.search(event.message))
    )
    ups, downs = [], []
    for (_, before), (at, after) in pairwise(sizes):
        if after > before:
            ups.append(PastChange(at, after - before, before=before))
        elif after < before:
            downs.append(PastChange(at, before - after, before=before))
    return tuple(ups), tuple(downs)


def notes(now: HpaNow, account: HpaAccount) -> Iterator[str]:
    """Other observations that help to explain the decision."""
    hpa, target = now.hpa, now.target
    seen, newest = hpa.observed_generation, hpa.generation
    if seen is not None and newest is not None and seen < newest:
        yield "the spec has changed since the last look"
    if target is not None and target.spec is not None and target.spec != account.desired:
        yield f"the target is at {target.spec} now: somebody else has set it since the last look"
    if target is not None and target.ready is not None and target.ready < (target.replicas or 0):
        yield f"{target.ready} of {target.replicas} pods are ready"
