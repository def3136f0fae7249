"""The looks of one HPA in order, each as a decision; repeated decisions are joined into one."""

from itertools import islice
from math import ceil

import msgspec

from wvatui.core.decisions.hpa.observer import BEFORE, HpaObserver, Reached, looked_at
from wvatui.core.decisions.hpa.one_look import memories
from wvatui.core.decisions.hpa.outcome import outcome_of, unexplained
from wvatui.core.decisions.hpa.recorded import lacking, sight_of, spec_of
from wvatui.core.decisions.hpa.sight import HpaSight
from wvatui.core.decisions.scaling_decision import HpaOutcome
from wvatui.core.events import Autoscaler
from wvatui.core.lines import time_of_day
from wvatui.core.rules.hpa.hpa_memory import windows
from wvatui.core.rules.hpa.hpa_policy import SYNC_S
from wvatui.core.rules.hpa.hpa_spec import HpaSpec
from wvatui.core.rules.hpa.hpa_versions import release_of
from wvatui.core.state.looks import HpaLook
from wvatui.core.structs import replace

LATE_S, DRIFT = 2.5, 0.002
"""A status arrives within so many seconds of its look; the sync period drifts by this share."""
_OLD = "an input is not of the controller's moment"
MOST_MEMORIES = 64
"""Most memories of a controller that are tried to explain the first look at its HPA."""
NEW_S = 30.0
"""A controller looks at a new object within two of its sync periods."""


class HpaWatch(msgspec.Struct, frozen=True, gc=False):
    """What is known of one HPA after its looks so far; a value, never changed in place."""

    observer: HpaObserver
    sight: HpaSight | None = None
    known: tuple[HpaLook, HpaSpec | None] | None = None
    """The newest look, and the spec read from it."""
    unsure: tuple[float, str] | None = None
    """Time of the newest look with an input that may be from another moment, and which input."""

    @classmethod
    def of(cls, server: str) -> "HpaWatch":
        """The state before the first look. `server`: version of Kubernetes; empty: the newest."""
        release, _ = release_of(server)
        return cls(HpaObserver(release=release))

    def take(self, look: HpaLook) -> tuple[HpaOutcome, "HpaWatch"]:
        """The outcome of the next look, and the state after it."""
        if look.missed and self.known is not None:
            return HpaWatch(self.observer.anew()).take(look)
        spec, lacks = self._spec_of(look), lacking(look)
        if spec is None or lacks:
            outcome = unexplained(
                look, lacks or ("no API server admits its spec as it was recorded",)
            )
            return outcome, HpaWatch(self.observer.anew(), None, (look, spec))
        created = _is_new(look)
        known = self.known
        last = None if known is None or self.sight is None else (known[0], self.sight)
        sight = sight_of(look, spec, created=created, loose_s=SYNC_S, last=last)
        observer, quiet = (self.observer.anew(), 0) if created else self._passed(sight)
        if self.sight is None and not created:
            reached, after = _first(observer, sight, look)
        else:
            reached, after = observer.reached(sight)
        unsure = self._unsure_after(look)
        if reached.differences and unsure is not None:
            since, what = unsure
            # A mistaken recommendation is remembered for as long as the windows last.
            if look.at - since <= max(windows(spec)) + 2 * SYNC_S:
                reached = replace(reached, doubt=what)
        return outcome_of(look, sight, reached, quiet), HpaWatch(after, sight, (look, spec), unsure)

    def _unsure_after(self, look: HpaLook) -> tuple[float, str] | None:
        """The newest look, up to this one, with an input that may be from another moment."""
        target, current = look.target, look.hpa.current
        # Most workloads make and take their pods at once, however long these take to start.
        if target is not None and not _are_alike(current, target.spec, target.replicas):
            seen = f"{target.replicas} pods of {target.spec} at {time_of_day(target.at)}"
            return look.at, f"{_OLD}: the target as it found it, which was seen with {seen}"
        if self.known is not None and not _is_listed(self.known[0]):
            passed_s = look.at - self.known[0].at
            looks = max(1, round(passed_s / SYNC_S))
            if abs(passed_s - looks * SYNC_S) > LATE_S + DRIFT * passed_s:
                return look.at, (
                    f"{_OLD}: when it looked, which it does each {SYNC_S:.0f} s; the status of"
                    f" {time_of_day(look.at)} came {passed_s:.0f} s after the one before"
                )
        return self.unsure

    def _spec_of(self, look: HpaLook) -> HpaSpec | None:
        if self.known is not None and _same_spec(self.known[0].hpa, look.hpa):
            return self.known[1]
        return spec_of(look.hpa)

    def _passed(self, sight: HpaSight) -> tuple[HpaObserver, int]:
        """The observer after the unseen looks since the last status, and how many there were.

        Such looks changed nothing. Those older than the windows leave no trace and are skipped.
        """
        observer, last = self.observer, self.sight
        if last is None:
            return observer, 0
        if self.known is not None and _is_listed(self.known[0]):
            last = replace(last, at=looked_at(last.at, sight.at, SYNC_S))
            _, observer = _first(observer.anew(), last, self.known[0])
        number = round((sight.at - last.at) / SYNC_S)
        if number <= 1:
            return observer, 0
        kept = ceil(max(windows(last.spec)) / SYNC_S) + 2
        for n in range(max(1, number - kept), number):
            observer = observer.quiet(last, last.at + n * (sight.at - last.at) / number)
        return observer, number - 1


def _first(observer: HpaObserver, sight: HpaSight, look: HpaLook) -> tuple[Reached, HpaObserver]:
    """The first look that was seen, with what its controller may remember from before."""
    reached, after = observer.reached(sight)
    if not reached.differences:
        return reached, after
    for memory in islice(memories(sight, look.hpa.last_scale_at), MOST_MEMORIES):
        assuming, then = observer.assuming(sight, memory)
        if not assuming.differences:
            return replace(assuming, doubt=BEFORE), then
    return reached, after


def _are_alike(one: int | None, two: int | None, three: int | None) -> bool:
    """Whether all known sizes are equal."""
    return one == two == three or len({one, two, three} - {None}) <= 1


def _same_spec(one: Autoscaler, other: Autoscaler) -> bool:
    if one.generation != other.generation or one.min != other.min or one.max != other.max:
        return False
    if one.asked is not other.asked and one.asked != other.asked:
        return False
    if one.behavior is not other.behavior and one.behavior != other.behavior:
        return False
    return bool(one.asked) or _targets(one) == _targets(other)


def _targets(hpa: Autoscaler) -> list[tuple[str, str, float | None]]:
    return [(metric.name, metric.type, metric.target) for metric in hpa.metrics]


def _is_new(look: HpaLook) -> bool:
    """Whether it is the controller's first look at the object."""
    created, before = look.hpa.created_at, look.before
    if created is None or look.at - created > NEW_S:
        return False
    return before is None or not before.conditions or before.created_at != created


def _is_listed(look: HpaLook) -> bool:
    """Whether it is a status that was there when watching began, so that its look was earlier."""
    return look.before is None and not _is_new(look)


def joined(before: HpaOutcome, after: HpaOutcome) -> HpaOutcome | None:
    """Both outcomes as one, where the second only repeats the first; None: it does not.

    A change of size is never joined. A repetition has the same size held by the same brakes; how
    many replicas the metrics want may differ from look to look.
    """
    if before.after != after.after or before.brakes != after.brakes:
        return None
    if before.changes or after.changes or before.verdict != after.verdict:
        return None
    if not before.brakes and before.quiet != after.quiet:
        return None
    return replace(after, at=before.at, looks=before.looks + after.looks)
