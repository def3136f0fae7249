"""An HPA's conditions and events in the words of kube-controller-manager."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec


class HpaCondition(msgspec.Struct, frozen=True, gc=False):
    """A condition in the words of kube-controller-manager."""

    type: str
    status: str
    reason: str
    message: str


class HpaEvent(msgspec.Struct, frozen=True, gc=False):
    """A Kubernetes event that a look emits. `type`: Normal or Warning."""

    type: str
    reason: str
    message: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "HpaEvent":
        """An event as recorded."""
        return cls(*(str(row.get(key) or "") for key in ("type", "reason", "message")))


def conditions_of(status: Mapping[str, Any]) -> tuple[HpaCondition, ...]:
    """`status.conditions` in the rule's type."""
    keys = ("type", "status", "reason", "message")
    return tuple(
        HpaCondition(*(str(row.get(key) or "") for key in keys))
        for row in status.get("conditions") or ()
    )


def _able(status: str, reason: str, message: str) -> HpaCondition:
    return HpaCondition("AbleToScale", status, reason, message)


GOT_SCALE = _able(
    "True",
    "SucceededGetScale",
    "the HPA controller was able to get the target's current scale",
)
READY_FOR_NEW = _able("True", "ReadyForNewScale", "recommended size matches current size")
DOWN_STABILIZED = _able(
    "True",
    "ScaleDownStabilized",
    "recent recommendations were higher than current one,"
    " applying the highest recent recommendation",
)
UP_STABILIZED = _able(
    "True",
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
)
SCALING_DISABLED = HpaCondition(
    "ScalingActive",
    "False",
    "ScalingDisabled",
    "scaling is disabled since the replica count of the target is zero",
)
SCALED_TO_ZERO = "ScaledToZero"
ZERO = HpaCondition(
    SCALED_TO_ZERO, "True", "ScaledToZero", "the HPA controller scaled the workload to zero"
)
NOT_ZERO = HpaCondition(
    SCALED_TO_ZERO,
    "False",
    "NotScaledToZero",
    "the HPA controller did not scale the workload to zero",
)
WITHIN_RANGE = "DesiredWithinRange"
LIMITS = {
    WITHIN_RANGE: "the desired count is within the acceptable range",
    "ScaleUpLimit": "the desired replica count is increasing faster than the maximum scale rate",
    "ScaleDownLimit": "the desired replica count is decreasing faster than the maximum scale rate",
    "TooManyReplicas": "the desired replica count is more than the maximum replica count",
    "TooFewReplicas": "the desired replica count is less than the minimum replica count",
}
"""Reasons of ScalingLimited with their messages."""


def no_scale(error: str) -> HpaCondition:
    """The condition when the target's scale could not be read."""
    text = f"the HPA controller was unable to get the target's current scale: {error}"
    return _able("False", "FailedGetScale", text)


def no_update(error: str) -> HpaCondition:
    """The condition when the target's scale could not be written."""
    text = f"the HPA controller was unable to update the target scale: {error}"
    return _able("False", "FailedUpdateScale", text)


def rescaled(replicas: int) -> HpaCondition:
    """The condition after the scale was written."""
    text = f"the HPA controller was able to update the target scale to {replicas}"
    return _able("True", "SucceededRescale", text)


@lru_cache(maxsize=1024)
def active(title: str) -> HpaCondition:
    """The condition when a replica count was computed from this metric."""
    text = f"the HPA was able to successfully calculate a replica count from {title}"
    return HpaCondition("ScalingActive", "True", "ValidMetricFound", text)


def inactive(reason: str, message: str) -> HpaCondition:
    """The condition when no replica count could be computed."""
    return HpaCondition("ScalingActive", "False", reason, message)


@lru_cache(maxsize=16)
def limited(reason: str, cut: bool) -> HpaCondition:
    """The condition that states what limits the size, or would limit it next."""
    return HpaCondition("ScalingLimited", "True" if cut else "False", reason, LIMITS[reason])


def merged(
    before: Iterable[HpaCondition], after: Sequence[HpaCondition], dropped: Iterable[str] = ()
) -> list[HpaCondition]:
    """Conditions after a look: a type that it does not set stays as it was.

    Source: Kubernetes horizontal.go setConditionInList, setCondition.
    """
    gone = set(dropped)
    known = {condition.type: condition for condition in before if condition.type not in gone}
    known |= {condition.type: condition for condition in after}
    return list(known.values())
