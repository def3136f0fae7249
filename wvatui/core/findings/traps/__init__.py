"""Findings about an HPA or a ScaledObject that does what it states but not what was intended.

They only need autoscalers and their targets, so that `explain` can find them in a single look, too.
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
"""The functions that find them."""
