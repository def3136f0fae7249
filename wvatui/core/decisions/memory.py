"""What carries over from one reconcile to the next: decisions, ages of analyzers, costs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from wvatui.core.decisions.given import Case
from wvatui.core.log import facts as fc


@dataclass(frozen=True, slots=True)
class Memory:
    """State between reconciles, as far as the log shows it. Never changed in place."""

    desired: Mapping[str, int] = field(default_factory=dict)
    """By variant: the newest decided replicas; absent: no decision was seen."""
    ages: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By model: cycles since each analyzer last reported a capacity."""
    heard_at: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By model: when each analyzer last reported a capacity, UTC epoch seconds."""
    costs: Mapping[str, float] = field(default_factory=dict)
    """By variant: cost per replica, from the newest line of the log that states it."""
    models: Mapping[str, str] = field(default_factory=dict)
    """By variant: its model."""

    def after(self, cases: Iterable[Case]) -> "Memory":
        """The memory after these cases."""
        desired, ages, heard_at = dict(self.desired), dict(self.ages), dict(self.heard_at)
        costs, models = dict(self.costs), dict(self.models)
        for case in cases:
            for name, outcome in case.outcomes.items():
                if outcome.target is not None:
                    desired[name] = outcome.target
            for member in case.members:
                if member.cost is not None:
                    costs[member.name] = member.cost
                if case.model:
                    models[member.name] = case.model
            if case.results:
                ages[case.model] = aged(case.ages, case.results)
                told = {r.analyzer: case.cycle_at for r in case.results if heard(r)}
                heard_at[case.model] = {**case.heard_at, **told}
        now = Memory(desired, ages, heard_at, costs, models)
        return self if now == self else now


def aged(ages: Mapping[str, int], results: Iterable[fc.AnalyzerResult]) -> dict[str, int]:
    """Ages one cycle later: 0 for an analyzer that now reports a capacity (see `wva.votes`)."""
    now = {name: age + 1 for name, age in ages.items()}
    for result in results:
        if heard(result):
            now[result.analyzer] = 0
    return now


def heard(result: fc.AnalyzerResult) -> bool:
    """Whether the analyzer reports the capacity of a replica."""
    if any(v.per_replica is not None and v.per_replica > 0 for v in result.variants):
        return True
    # Up to v0.8.0 the line has no variants, but a supply shows that a capacity was known.
    return not result.variants and bool(result.supply)
