"""Why nothing happened, and what looks wrong.

A rule is one file in a folder below this one. It ends with its row, `RULE`, and is registered by
lying there. `findings(state)` asks every rule about the moment that a State is. Rules are pure and
have no memory: what lasts is kept by the fold (`condition_since`, `lifecycles`, the ladder).
"""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import get_args

from wvatui.core.findings.finding import Evidence, Finding, FindingRule, Severity
from wvatui.core.findings.look import FindingContext
from wvatui.core.state.state import State


def _rules() -> Iterator[FindingRule]:
    """The row `RULE` of every file in a folder below this one."""
    for file in walk_packages(__path__, f"{__name__}."):
        if not file.ispkg and file.name.rpartition(".")[0] != __name__:
            rule: FindingRule = import_module(file.name).RULE
            yield rule


RULES = tuple(sorted(_rules(), key=lambda rule: rule.rank))
"""By rank: what people can act on comes first. Findings of one severity keep this order."""

_SEVERITIES: tuple[Severity, ...] = get_args(Severity)


def findings(state: State) -> tuple[Finding, ...]:
    """Everything found at this moment: what blocks, what looks wrong, what only waits."""
    context = FindingContext(state)
    everything = (finding for rule in RULES for finding in rule.find(context))
    return tuple(sorted(everything, key=lambda finding: _SEVERITIES.index(finding.severity)))


def title_of(rule: str) -> str:
    """What a rule is called."""
    return next(row.title for row in RULES if row.id == rule)


__all__ = ["RULES", "Evidence", "Finding", "FindingContext", "FindingRule", "findings", "title_of"]
