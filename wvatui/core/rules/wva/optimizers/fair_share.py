"""Sharing scarce GPUs among models: the largest claim is served first, down to the mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from wvatui.core.rules.wva.ballot import Ballot
from wvatui.core.rules.wva.optimizers.joint import ROUNDS, Endless, Targets
from wvatui.core.rules.wva.saturation_v2 import V2State


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One model that an optimiser decides for.

    `score`: v0.6.0 and v0.7.0 only, the analysis' own priority-weighted claim; 0: none.
    """

    model: str
    namespace: str
    ballots: Sequence[Ballot]
    states: Sequence[V2State]
    priority: float = 1.0
    disaggregated: bool = False
    score: float = 0.0

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and model: the same model may be served in two namespaces."""
        return self.namespace, self.model


@dataclass(slots=True)
class Work:
    """A model while it is served: its remaining claim (0 or less: none) and its targets so far."""

    request: ModelRequest
    claim: float
    targets: Targets = field(default_factory=dict)


def share(
    work: Sequence[Work], spent: Callable[[], bool], allocate: Callable[[Work, float], bool]
) -> None:
    """Serve the largest claim down to the mean of all, until no claim or no GPU is left.

    `allocate(work, target)` gives a model replicas worth `target` of its claim and lowers the
    claim. False: it got none; such a model is dropped, as is one that stays above the mean.
    Source: WVA v0.6.0 and v0.8.0 internal/engines/pipeline/greedy_score_optimizer.go
    fairShareScaleUp. Raises joint.Endless.
    """
    for _ in range(ROUNDS):
        active = [w for w in work if w.claim > 0]
        if not active or spent():
            return
        mean = sum(w.claim for w in active) / len(active)
        first = max(active, key=lambda w: w.claim)
        level = mean
        if len(active) == 1:
            level = 0.0
        elif first.claim <= mean:
            level = mean - first.claim / len(active)
        target = first.claim - level
        if target <= 0 or not allocate(first, target) or first.claim > mean:
            first.claim = -1.0
    raise Endless
