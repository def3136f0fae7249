"""Why nothing happened, and what looks wrong.

A rule is one file in a folder below this one. It ends with its row, `RULE`, and needs no other
registration. `findings(state)` applies every rule to one State. Rules are pure and have no memory;
durations come from what the fold keeps (`condition_since`, `lifecycles`, the ladder).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any, get_args

from wvatui.core.findings.finding import Evidence, Finding, FindingRule, Severity

if TYPE_CHECKING:
    from wvatui.core.state.state import State

    RULES: tuple[FindingRule, ...]


def rules_in(path: Iterable[str], name: str) -> Iterator[FindingRule]:
    """The row `RULE` of every file in a folder of the package of this path and name."""
    for file in walk_packages(path, f"{name}."):
        if not file.ispkg and file.name.rpartition(".")[0] != __name__:
            rule: FindingRule = import_module(file.name).RULE
            yield rule


@cache
def _rules() -> tuple[FindingRule, ...]:
    """All rules by rank: those that people can act on come first. Findings of one severity keep
    this order."""
    return tuple(sorted(rules_in(__path__, __name__), key=lambda rule: rule.rank))


def __getattr__(name: str) -> Any:
    """`RULES`, made on first use, so that using the rules of one folder does not import all."""
    if name == "RULES":
        return _rules()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_SEVERITIES: tuple[Severity, ...] = get_args(Severity)


def findings(state: "State") -> tuple[Finding, ...]:
    """Everything found at this moment: what blocks, what looks wrong, what only waits."""
    if state.window.several and not state.only:
        everything = _by_namespace(state)
    else:
        everything = _found_in(state)
    return tuple(sorted(everything, key=lambda finding: _SEVERITIES.index(finding.severity)))


def _found_in(state: "State") -> list[Finding]:
    from wvatui.core.findings.look import FindingContext

    context = FindingContext(state)
    return [finding for rule in _rules() for finding in rule.find(context)]


def _by_namespace(state: "State") -> list[Finding]:
    """Findings in each namespace; one that occurs in several namespaces is assigned to none."""
    from wvatui.core.state.scope import each_namespace

    merged: dict[tuple[str, str, str], Finding] = {}
    for part in each_namespace(state):
        for finding in _found_in(part):
            key = (finding.rule, finding.about, finding.title)
            where = "" if key in merged else part.only
            merged[key] = replace(merged.get(key, finding), namespace=where)
    ranks = {rule.id: rule.rank for rule in _rules()}
    return sorted(merged.values(), key=lambda finding: ranks[finding.rule])


def title_of(rule: str) -> str:
    """The title of a rule."""
    return next(row.title for row in _rules() if row.id == rule)


__all__ = ["RULES", "Evidence", "Finding", "FindingRule", "findings", "title_of"]
