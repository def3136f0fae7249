"""What the model-based rule of v0.4 makes of a case's inputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wvatui.core.explain.given import Case


@dataclass(frozen=True, slots=True)
class Sized:
    """One variant as the model sizes it. Latencies in ms, rates per minute."""

    replicas: int
    itl_ms: float
    ttft_ms: float
    max_per_min: float
    """Requests per minute that one replica bears within the targets."""


@dataclass(frozen=True, slots=True)
class RecomputedModel:
    """Result of the rule. `sized` and `targets` by variant; a variant that is in `infeasible`
    cannot meet its targets with any number of replicas. `missing`: inputs that the log lacks."""

    sized: Mapping[str, Sized] = field(default_factory=dict)
    targets: Mapping[str, int] = field(default_factory=dict)
    infeasible: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


def recompute_model(case: Case) -> RecomputedModel:
    """The rule on the case's inputs."""
    return RecomputedModel(missing=("the rule",))
