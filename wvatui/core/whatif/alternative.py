"""What is tried: another rule, other thresholds, an HPA, a ScaledObject, a fixed number."""

from dataclasses import dataclass, replace

from wvatui.core.rules.wva import thresholds
from wvatui.core.rules.wva.thresholds import Settings
from wvatui.core.whatif.scaler.scaler import Scaler
from wvatui.core.whatif.scaler.tuning import bounded, tuned

THRESHOLDS = {threshold.key: threshold.field for threshold in thresholds.THRESHOLDS}
"""What `--set` may set, in the controller's words (its ConfigMap's)."""
BOUNDS = ("minReplicas", "maxReplicas")
"""What it may set besides: the limits of every variant."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One thing to try. `rule`: own (the recording's), v1, v2, scaler or static."""

    label: str
    rule: str
    version: str = ""
    """Release whose rule it is; empty: the recording's."""
    changes: tuple[tuple[str, float], ...] = ()
    """Thresholds and limits that differ, by the names in THRESHOLDS and BOUNDS."""
    scaler: Scaler | None = None
    """With rule scaler: what scales by the load. With v1, v2 or own: what acts on the decisions."""
    replicas: int | None = None
    tunings: tuple[tuple[str, str], ...] = ()
    """Fields of the recording's own autoscalers that differ, by the names in `tuning.FIELDS`."""
    notes: tuple[str, ...] = ()

    def settings(self, recorded: Settings) -> Settings:
        """The recording's thresholds with those of this alternative put in."""
        known = {THRESHOLDS[name]: value for name, value in self.changes if name in THRESHOLDS}
        return replace(recorded, **known)  # type: ignore[arg-type]

    def bound(self, name: str) -> int | None:
        """A limit of the replicas that it sets; None: it sets none."""
        values = [value for key, value in self.changes if key == name]
        return int(values[-1]) if values else None

    def acting(self, own: Scaler | None) -> Scaler | None:
        """What scales a variant of which the recording has this autoscaler; None: nothing does.

        Raises NoTuning.
        """
        scaler = self.scaler or own
        if scaler is None:
            return None
        for name, text in self.tunings:
            scaler = tuned(scaler, name, text)
        low, high = self.bound("minReplicas"), self.bound("maxReplicas")
        return scaler if self.scaler is not None else bounded(scaler, low, high)

    @property
    def changes_thresholds(self) -> bool:
        """Whether it decides by other thresholds than the recording did."""
        return any(name in THRESHOLDS for name, _ in self.changes)


OWN = Alternative("own rule, recomputed", "own")
"""The recording's own rule and thresholds: what-if is checked by it."""
