"""Replicas of one variant in a counterfactual: serving, booting, wanted."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Stand:
    """How one variant stands. `booting`: when each of them will serve, UTC epoch seconds."""

    serving: int = 0
    booting: list[float] = field(default_factory=list)
    wanted: int = 0

    @property
    def exist(self) -> int:
        """Replicas of the scale target."""
        return self.serving + len(self.booting)

    def ready(self, at: float) -> None:
        """Those whose time has come serve."""
        still = [due for due in self.booting if due > at]
        self.serving += len(self.booting) - len(still)
        self.booting = still

    def scale(self, to: int, at: float, boot_s: float) -> None:
        """Make it `to` replicas: new ones boot; of too many the booting ones go first, at once."""
        to = max(0, to)
        while self.exist > to and self.booting:
            self.booting.remove(max(self.booting))
        self.serving = min(self.serving, to)
        missing = to - self.exist
        self.booting += [at + boot_s] * missing
