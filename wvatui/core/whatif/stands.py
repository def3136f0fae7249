"""Replicas of one variant in a counterfactual: serving, booting, wanted."""

from dataclasses import dataclass, field

REPLICAS_LIMIT = 10_000
"""Most replicas of one variant: far more than any scale target has."""


class Impossible(ValueError):  # noqa: N818 - an answer, not a malfunction
    """An alternative cannot run on a recording; the message says what is missing or too large."""


def reckoned(replicas: int) -> int:
    """`replicas`, if it is within `REPLICAS_LIMIT`. Raises Impossible."""
    if replicas > REPLICAS_LIMIT:
        raise Impossible(
            f"{replicas:,} replicas of a variant: what-if reckons with up to {REPLICAS_LIMIT:,}"
        )
    return replicas


@dataclass(slots=True)
class Stand:
    """The replicas of one variant. `booting`: when each of those will serve, UTC epoch seconds."""

    serving: int = 0
    booting: list[float] = field(default_factory=list)
    wanted: int = 0

    @property
    def exist(self) -> int:
        """Replicas of the scale target."""
        return self.serving + len(self.booting)

    def ready(self, at: float) -> None:
        """Count as serving the replicas that have finished booting."""
        still = [due for due in self.booting if due > at]
        self.serving += len(self.booting) - len(still)
        self.booting = still

    def scale(self, to: int, at: float, boot_s: float) -> None:
        """Scale to `to` replicas: new ones boot; superfluous ones go at once, booting ones first.

        Raises Impossible.
        """
        to = reckoned(max(0, to))
        over = min(self.exist - to, len(self.booting))
        if over > 0:
            self.booting = sorted(self.booting)[:-over]
        self.serving = min(self.serving, to)
        missing = to - self.exist
        self.booting += [at + boot_s] * missing
