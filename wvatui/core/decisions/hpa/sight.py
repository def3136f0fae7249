"""What is seen of one look of an HPA: its object, the target, the pods, the events."""

from collections.abc import Mapping
from typing import Any

import msgspec

from wvatui.core.rules.hpa.hpa import Recommendation, ScaleTarget
from wvatui.core.rules.hpa.hpa_conditions import HpaCondition, HpaEvent
from wvatui.core.rules.hpa.hpa_pods import HpaPod
from wvatui.core.rules.hpa.hpa_spec import HpaSpec

SIZE = "size: recomputed "
"""Start of the text for a difference of the size."""
KEPT = 400
"""Characters of a condition's message that are recorded."""
_NO_UPDATE = "the HPA controller was unable to update the target scale: "
_NO_SCALE = "the HPA controller was unable to get the target's current scale: "


class HpaSight(msgspec.Struct, frozen=True, gc=False):
    """One look from outside.

    `at`: epoch seconds. `spec_replicas`, `status_replicas`, `pods`: the target as the look found
    it; `after`: its size afterwards. `stated`: `status.desiredReplicas`; None: not known. `shown`:
    `status.currentMetrics`. `before`, `conditions`: the status before and after. `events`: those
    of the look. `created`: the object is new, so that the controller remembers nothing of it.
    """

    at: float
    spec: HpaSpec
    spec_replicas: int
    status_replicas: int
    after: int
    pods: tuple[HpaPod, ...] = ()
    shown: tuple[Mapping[str, Any], ...] = ()
    before: tuple[HpaCondition, ...] = ()
    conditions: tuple[HpaCondition, ...] = ()
    events: tuple[HpaEvent, ...] = ()
    created: bool = False
    loose_s: float = 0.0
    """By how much the time of the look may be off, seconds: not every look writes a status."""
    stated: int | None = None
    settled: bool = False
    """All pods count alike: each is Ready, and old enough to count with any sample."""

    def condition(self, kind: str) -> HpaCondition | None:
        """The condition of this type after the look."""
        for condition in self.conditions:  # a loop, since this runs several times per look
            if condition.type == kind:
                return condition
        return None

    @property
    def target(self) -> ScaleTarget:
        """The target, including what the API server refused according to the conditions."""
        size, exist = self.spec_replicas, self.status_replicas
        for condition in self.conditions:
            if condition.status != "True" and condition.type in ("AbleToScale", "ScalingActive"):
                break
        else:  # the usual case
            return ScaleTarget(size, exist, self.pods, "seen")
        selector, unread, unwritten, shared = "seen", "", "", tuple[str, ...]()
        able, active = self.condition("AbleToScale"), self.condition("ScalingActive")
        if able is not None and able.status != "True":
            if able.reason == "FailedGetScale":
                unread = able.message.removeprefix(_NO_SCALE)
            elif able.reason == "FailedUpdateScale":
                unwritten = able.message.removeprefix(_NO_UPDATE)
        if active is not None and active.reason == "InvalidSelector":
            selector = "" if "missing a selector" in active.message else "in valid"
        elif active is not None and active.reason == "AmbiguousSelector":
            shared = ("this", "another")
        return ScaleTarget(size, exist, self.pods, selector, unread, unwritten, shared)


def _same(whole: str, seen: str) -> bool:
    """Whether two messages are equal as far as a recording keeps them (`KEPT`)."""
    return whole == seen or (len(seen) >= KEPT and whole.startswith(seen))


_KINDS = ("ScalingActive", "AbleToScale", "ScalingLimited")


def differences(result: Recommendation, sight: HpaSight) -> tuple[str, ...]:
    """The differences between a recomputed look and what was seen of it, in words."""
    found = []
    if result.desired != sight.after:
        found.append(f"{SIZE}{result.desired}, seen {sight.after}")
    elif result.desired != sight.stated is not None and not result.failed:
        # A look that fails leaves the one of an earlier look there.
        found.append(f"desiredReplicas: recomputed {result.desired}, seen {sight.stated}")
    set_ = {each.type: each for each in result.conditions}  # the last of a type counts
    shown = {each.type: each for each in reversed(sight.conditions)}
    for kind in _KINDS if set_ != shown else ():
        ours, seen = set_.get(kind), shown.get(kind)
        if ours == seen or ours is None or seen is None:
            continue
        if ours.reason != seen.reason or ours.status != seen.status:
            found.append(f"{kind}: recomputed {ours.reason}, seen {seen.reason}")
        elif ours.reason == "ValidMetricFound" and not _same(ours.message, seen.message):
            found.append(f"winner: recomputed {ours.message}, seen {seen.message}")
    for event in sight.events:
        if event.reason in ("SuccessfulRescale", "FailedRescale"):
            text = next((e.message for e in result.events if e.reason == event.reason), "")
            if text != event.message:
                found.append(f"event: recomputed {text or 'none'}, seen {event.message}")
    return tuple(found)
