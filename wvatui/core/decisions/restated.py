"""Numbers of one decision that several lines state; where two of them differ, the log contradicts
itself."""

from collections.abc import Iterable, Iterator

from wvatui.core.decisions.decide import OPENING
from wvatui.core.decisions.given import Restated
from wvatui.core.kube_object import bare
from wvatui.core.log import facts as fc

_ANALYSIS = {
    "replicas": ("total", 0.0),
    "not saturated": ("non_saturated", 0.0),
    "mean spare KV": ("spare_kv", 0.0005),
    "mean spare queue": ("spare_queue", 0.05),
    "scale up": ("scale_up", 0.0),
    "fewer are safe": ("scale_down_safe", 0.0),
}
"""By quantity: the field of an analysis, and how far two lines may differ by rounding."""
_TINY = 1e-6


def restated(facts: Iterable[fc.Fact]) -> tuple[Restated, ...]:
    """Quantities for which two lines give different values, each once."""
    facts = list(facts)
    pairs = (*_analyses(facts), *_targets(facts))
    return tuple({pair.quantity: pair for pair in reversed(pairs)}.values())


def _analyses(facts: Iterable[fc.Fact]) -> Iterator[Restated]:
    """Contradictions within one V1 analysis: its lines at both levels, and "no scaling needed"."""
    said: dict[str, float] = {}
    role = ""
    for fact in facts:
        if not isinstance(fact, (fc.SaturationV1, fc.NoScaling)):
            continue
        own = fact.role if isinstance(fact, fc.SaturationV1) else role
        if role and own != role:
            said = {}  # the analysis of the next role group
        role = own
        for quantity, (field, slack) in _ANALYSIS.items():
            value: float | None = getattr(fact, field, None)
            if value is None:
                continue
            first = said.setdefault(quantity, value)
            if abs(first - value) > slack + _TINY:
                yield Restated(quantity, first, value)


def _targets(facts: Iterable[fc.Fact]) -> Iterator[Restated]:
    """Contradictions between a decision and the targets that were applied and emitted for it."""
    decided: dict[str, int] = {}
    for fact in facts:
        if not isinstance(fact, fc.LoggedDecision) or fact.target is None:
            continue
        name = bare(fact.variant)
        if fact.stage in OPENING:
            decided[name] = fact.target
        elif name in decided and decided[name] != fact.target:
            verb = "emitted" if fact.stage == "emitted" else "applied"
            yield Restated(f"target {verb} of {name}", decided[name], fact.target)
