"""The header line as a plain row; see `views` for the rules of rows."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeaderView:
    """The header line: what is watched, what scales it, and the times."""

    context: str
    namespace: str
    models: tuple[str, ...]
    controller_version: str
    """Family recognised from the wording, such as "v0.4.x"; empty when unknown."""
    analyzer: str
    """Mode or analyzers in the controller's words: "saturation-only", "V2 saturation"."""
    driver: str
    """What moves replicas: "HPA", "KEDA", "HPA + WVA", …; empty when unknown."""
    now: float
    started_at: float
    label: str
    scalers: tuple[str, ...] = ()
    """What changes replicas, each following the one before: "KEDA (2 triggers)", "HPA"."""
    with_wva: bool = True
    """Whether WVA plays a part; if not, an HPA or KEDA decides by metrics of its own."""
    skew_s: float | None = None
    """By how much this machine's clock is ahead of the cluster's, where they differ, seconds."""
    imported: str = ""
    """Name of the files this was made from, when no session recorded it."""
    endpoints: tuple[str, ...] = ()
    """Names of the engines that are polled without a cluster; empty: a cluster is watched."""

    @property
    def place(self) -> str:
        """What is watched: the namespace, the one endpoint, or how many endpoints; empty: not
        known."""
        return place_of(self.namespace, self.endpoints)

    @property
    def unit(self) -> str:
        """What a replica is called, as `unit_of`."""
        return unit_of(self.endpoints)

    def counted(self, replicas: int) -> str:
        """The title of a table with this many replicas: `Pods 3`."""
        title = f"{self.unit}s".capitalize()
        return f"{title} {replicas}" if replicas else title


def unit_of(endpoints: Sequence[object]) -> str:
    """What a replica is called: outside a cluster there are no pods."""
    return "engine" if endpoints else "pod"


def place_of(namespace: str, endpoints: Sequence[str]) -> str:
    """The one endpoint, or how many there are; the namespace where there is none."""
    if not endpoints:
        return namespace
    return endpoints[0] if len(endpoints) == 1 else f"{len(endpoints)} endpoints"
