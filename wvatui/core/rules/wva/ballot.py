"""Input and output of the optimisers: one ballot per analyzer, one choice per variant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wvatui.core.rules.wva.releases import HEAD, at_least
from wvatui.core.rules.wva.saturation_v1 import action
from wvatui.core.rules.wva.saturation_v2 import Sums, V2Analysis

DEFAULT_COST = 10.0
_KNOWS_NOTHING = ("no-data", "error")


@dataclass(frozen=True, slots=True)
class Ballot:
    """One analyzer's view of a model, in the analyzer's own unit (tokens, tokens/s)."""

    name: str
    required: float
    spare: float
    per_replica: Mapping[str, float]
    costs: Mapping[str, float] = field(default_factory=dict)
    demand: float = 0.0
    roles: Mapping[str, Sums] = field(default_factory=dict)
    score: float = 1.0
    live: bool = True
    enabled: bool = True
    variant_roles: Mapping[str, str] = field(default_factory=dict)
    """Role of each variant as the analyzer saw it; without one, the state's own role is used."""
    accelerators: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Where each variant's capacity came from: P1-obs, …, no-data, error."""

    @property
    def votes(self) -> bool:
        """Whether it counts in the decision."""
        return self.live and self.enabled

    @property
    def informative(self) -> bool:
        """Whether it knows the capacity of any variant (WVA HEAD ResultIsInformative)."""
        return any(self.reasons.get(name, "") not in _KNOWS_NOTHING for name in self.per_replica)


def ballot_of(analysis: V2Analysis, score: float = 1.0) -> Ballot:
    """The ballot of a saturation analysis whose thresholds have been applied."""
    return Ballot(
        name="saturation",
        required=analysis.total.required,
        spare=analysis.total.spare,
        per_replica={v.name: float(v.per_replica) for v in analysis.variants},
        costs={v.name: v.cost for v in analysis.variants},
        demand=analysis.total.demand,
        roles=analysis.roles,
        score=score,
        variant_roles={v.name: v.role for v in analysis.variants},
        accelerators={v.name: v.accelerator for v in analysis.variants},
        reasons={v.name: v.reason for v in analysis.variants},
    )


@dataclass(frozen=True, slots=True)
class VariantChoice:
    """An optimiser's decision for one variant."""

    variant: str
    current: int
    target: int
    reason: str
    role: str = ""

    @property
    def action(self) -> str:
        """scale-up, scale-down or no-change."""
        return action(self.current, self.target)


def cost_of(variant: str, ballots: Sequence[Ballot], default: float = 0.0) -> float:
    """Cost per replica of a variant, from the first analyzer that knows one above 0."""
    known = [b.costs[variant] for b in ballots if variant in b.costs]
    return next((cost for cost in known if cost > 0), known[0] if known else default)


def role_of(variant: str, ballots: Sequence[Ballot], default: str = "") -> str:
    """prefill, decode or both, from the first analyzer that names a role."""
    named = (b.variant_roles.get(variant, "") for b in ballots)
    return next((role for role in named if role), default) or "both"


def reason_of(
    current: int, target: int, optimizer: str, required: float, spare: float, version: str = HEAD
) -> str:
    """The reason as the release words it.

    Source: WVA v0.6.0 internal/engines/pipeline/cost_aware_optimizer.go, and the lines
    "Applied saturation decision via shared cache" of each release.
    """
    verb = action(current, target)
    if optimizer == "rescale" and verb == "scale-down":
        return "rescale (optimizer: rescale, reclaim)"
    if at_least(version, "v0.8.0"):
        return "V2" if verb == "no-change" else f"V2 (optimizer: {optimizer})"
    if verb == "no-change":
        return "V2 steady state"
    if at_least(version, "v0.9.0-rc1"):
        return f"V2 {verb} (optimizer: {optimizer})"
    if verb == "scale-up":
        return f"V2 scale-up (optimizer: {optimizer}, required: {required:.0f})"
    return f"V2 scale-down (optimizer: {optimizer}, spare: {spare:.0f})"
