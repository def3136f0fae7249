"""Findings about an HPA or a ScaledObject that does what it says, and not what was meant.

They ask for autoscalers and what they scale alone: `explain` looks for them in one look, too.
"""

from collections.abc import Callable, Iterable
from typing import cast

from wvatui.core.findings import rules_in
from wvatui.core.findings.finding import Finding, ScalersSeen

TrapFinder = Callable[[ScalersSeen], Iterable[Finding]]
TRAPS = tuple(
    cast("TrapFinder", rule.find)
    for rule in sorted(rules_in(__path__, __name__), key=lambda rule: rule.rank)
)
"""What each of them finds in what was seen."""
