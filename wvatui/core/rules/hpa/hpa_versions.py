"""What an HPA's rule depends on apart from the object: Kubernetes' version, gates and flags."""

from dataclasses import dataclass, field

from wvatui.core.rules.hpa.hpa_pods import PodDelays
from wvatui.core.rules.hpa.hpa_policy import DOWN_WINDOW_S, TOLERANCE
from wvatui.core.rules.minor_releases import nearest


@dataclass(frozen=True, slots=True)
class HpaFlags:
    """Flags of kube-controller-manager, which no API exposes; seconds and a plain ratio."""

    tolerance: float = TOLERANCE
    down_window_s: float = DOWN_WINDOW_S
    delays: PodDelays = field(default_factory=PodDelays)


@dataclass(frozen=True, slots=True)
class HpaRelease:
    """How a minor release of Kubernetes decides, its feature gates at their defaults.

    `own_tolerance`: `behavior.*.tolerance` counts (HPAConfigurableTolerance). `zero`: the gate
    HPAScaleToZero is on. `remembers_zero`: a target at 0 is only scaled up if the HPA put it there,
    as the condition ScaledToZero states; older releases scale it up whenever minReplicas is 0.
    `at_once`: a changed spec is looked at when it is written (HPAGeneration). `shared`: the message
    for pods that two HPAs share.
    """

    name: str
    own_tolerance: bool
    zero: bool
    remembers_zero: bool
    at_once: bool
    shared: str


_SHARED_UNTIL_1_36 = "pods by selector {selector} are controlled by multiple HPAs: {hpas}"
_SHARED = "pods by selector {selector} are controlled by more than one HPA (e.g. {hpas})"
RELEASES = {
    release.name: release
    for release in (
        HpaRelease("1.33", False, False, False, False, _SHARED_UNTIL_1_36),
        HpaRelease("1.34", False, False, False, False, _SHARED_UNTIL_1_36),
        HpaRelease("1.35", True, False, False, False, _SHARED_UNTIL_1_36),
        HpaRelease("1.36", True, False, True, False, _SHARED_UNTIL_1_36),
        HpaRelease("1.37", True, True, True, True, _SHARED),
    )
}
"""Source: Kubernetes pkg/features/kube_features.go and horizontal.go of each release."""
NEWEST = RELEASES["1.37"]


def release_of(version: str) -> tuple[HpaRelease, bool]:
    """The rule of a server's version (`v1.35.4`), and whether it is assumed; see `nearest`."""
    return nearest(RELEASES, version)
