"""The settings to try: another rule, other thresholds, an HPA, a ScaledObject, a fixed number."""

from dataclasses import dataclass, replace

from wvatui.core.rules.wva import thresholds
from wvatui.core.rules.wva.thresholds import Settings
from wvatui.core.whatif.scaler.scaler import Scaler
from wvatui.core.whatif.scaler.tuning import bounded, tuned

THRESHOLDS = {threshold.key: threshold.field for threshold in thresholds.THRESHOLDS}
"""Thresholds that `--set` may set, by their key in the controller's ConfigMap."""
BOUNDS = ("minReplicas", "maxReplicas")
"""Limits of every variant, which `--set` may set as well."""


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
    """With rule scaler: it scales by the load. With v1, v2 or own: it acts on the decisions."""
    replicas: int | None = None
    tunings: tuple[tuple[str, str], ...] = ()
    """Fields of the recording's own autoscalers that differ, by the names in `tuning.FIELDS`."""
    notes: tuple[str, ...] = ()

    def settings(self, recorded: Settings) -> Settings:
        """The recording's thresholds, with the changes of this alternative."""
        known = {THRESHOLDS[name]: value for name, value in self.changes if name in THRESHOLDS}
        return replace(recorded, **known)  # type: ignore[arg-type]

    def bound(self, name: str) -> int | None:
        """The limit of replicas that it sets under this name; None: it sets none."""
        values = [value for key, value in self.changes if key == name]
        return int(values[-1]) if values else None

    def acting(self, own: Scaler | None) -> Scaler | None:
        """The scaler of a variant whose autoscaler in the recording is `own`; None: there is none.

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
"""The recording's own rule and thresholds, which serve to check what-if itself."""
