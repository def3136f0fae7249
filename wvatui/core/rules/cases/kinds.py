"""The kinds of cases that the rules model: one row each."""

from collections.abc import Callable
from dataclasses import dataclass

from wvatui.core.rules.cases import capacity, limits, optimizers, saturation
from wvatui.core.rules.cases.shapes import RecordedCase
from wvatui.core.rules.cases.verdict import Difference
from wvatui.core.rules.wva.releases import at_least


@dataclass(frozen=True, slots=True)
class CaseKind:
    """One kind of case. It is part of the releases from `since` to before `until`."""

    name: str
    replay: Callable[[RecordedCase, str], list[Difference]]
    since: str
    until: str = ""

    def missing(self, version: str) -> str:
        """Why the rule is not part of a release; empty when it is."""
        if not at_least(version, self.since):
            return f"{self.name} came with {self.since}"
        if self.until and at_least(version, self.until):
            return f"{self.name} was gone from {self.until} on"
        return ""


KINDS: dict[str, CaseKind] = {
    kind.name: kind
    for kind in (
        CaseKind("v1.analyze", saturation.analyze, "v0.0.5"),
        CaseKind("v1.targets", saturation.targets, "v0.0.5"),
        CaseKind("v1.arbitrate", saturation.arbitration, "v0.0.5", "v0.5.0"),
        CaseKind("v2.analyze", capacity.analyze, "v0.5.1"),
        CaseKind("optimizer.cost-aware", optimizers.cost_aware_cases, "v0.6.0"),
        CaseKind("optimizer.greedy-by-score", optimizers.greedy_cases, "v0.6.0"),
        CaseKind("limiter", limits.limiter_cases, "v0.5.0"),
        CaseKind("enforcer", limits.enforcer_cases, "v0.5.0"),
    )
}
"""By name. A kind that is not here counts as not modelled."""
