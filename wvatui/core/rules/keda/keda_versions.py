"""What KEDA's rule depends on apart from the object: its version."""

from dataclasses import dataclass

from wvatui.core.rules.minor_releases import nearest


@dataclass(frozen=True, slots=True)
class KedaRelease:
    """How a minor release of KEDA decides.

    `behaviors`: `fallback.behavior` counts. `own_formula`: its value scalingModifiers lets the
    formula handle what cannot be read. `milli_fallback`: the fallback is worked out in
    thousandths; before, the target was cut to a whole number first. `value_fallback`: it holds
    for Value targets too. `hpa_condition`: the condition HPAActive is written. `observes_hpa`: the
    loop takes the HPA's last observation where it can, so that pollingInterval has no effect.
    """

    name: str
    behaviors: bool
    own_formula: bool
    milli_fallback: bool
    value_fallback: bool
    hpa_condition: bool
    observes_hpa: bool

    @property
    def patch(self) -> str:
        """A full version with this behaviour, such as 2.21.0; HPAActive came with 2.20.2."""
        return f"{self.name}.{2 if self.hpa_condition and not self.observes_hpa else 0}"


RELEASES = {
    release.name: release
    for release in (
        KedaRelease("2.16", False, False, False, False, False, False),
        KedaRelease("2.17", True, False, True, True, False, False),
        KedaRelease("2.18", True, False, True, True, False, False),
        KedaRelease("2.19", True, False, True, True, False, False),
        KedaRelease("2.20", True, True, True, True, True, False),
        KedaRelease("2.21", True, True, True, True, True, True),
    )
}
"""Source: KEDA CHANGELOG.md and pkg/fallback/fallback.go of each release."""
NEWEST = RELEASES["2.21"]


def keda_release(version: str) -> tuple[KedaRelease, bool]:
    """The rule of a version (`2.17.2`), and whether it is assumed; see `nearest`."""
    return nearest(RELEASES, version)
