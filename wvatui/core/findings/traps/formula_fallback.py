"""A formula whose fallback does not do what its author expects: it replaces the whole formula, or
does not apply at all.

While one trigger cannot be read, KEDA runs no formula: with every behavior but scalingModifiers the
HPA is served target × replicas, whatever `??` in the formula says. A fallback is ignored if the
formula's target is no positive whole number. Source: KEDA v2.21.0 pkg/fallback/fallback.go,
pkg/scaling/modifiers/formula.go.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wvatui.core.events import ScaledObject
from wvatui.core.findings.finding import Evidence, Finding, FindingRule, ScalersSeen
from wvatui.core.findings.traps.fallback_zero import while_unreadable
from wvatui.core.lines import many

if TYPE_CHECKING:
    from wvatui.core.decisions.keda.account import KedaAccount
    from wvatui.core.rules.keda.keda_spec import Fallback, ScalingModifiers

_OWN = "scalingModifiers"
_STATIC = ("static", "currentReplicasIfLower")
"""Behaviors that may remove replicas."""


def _find(look: ScalersSeen) -> Iterator[Finding]:
    for scaled, account in look.keda_accounts:
        asked, modifiers = account.spec.fallback, account.spec.modifiers
        if asked is None or modifiers is None or not account.spec.formula:
            continue
        if account.fallback is None:
            yield _unheeded(look, scaled, account, modifiers)
        elif asked.behavior in _STATIC and len(account.triggers) > 1:
            yield _replaced(look, scaled, account, asked)


def _unheeded(
    look: ScalersSeen, scaled: ScaledObject, account: "KedaAccount", modifiers: "ScalingModifiers"
) -> Finding:
    return Finding(
        rule=RULE.id,
        severity=while_unreadable(scaled, account),
        title=f"ScaledObject {scaled.name}: its fallback does not count, the target"
        f" {modifiers.target or 'that is missing'} of its formula is no positive whole number",
        about=f"ScaledObject/{scaled.namespace}/{scaled.name}/unheeded",
        evidence=(_object(scaled, f"scalingModifiers.target {modifiers.target or 'none'}"),),
        advice="scale the formula so that its target is a whole number: then KEDA heeds it",
        variant=look.name_of(scaled),
    )


def _replaced(
    look: ScalersSeen, scaled: ScaledObject, account: "KedaAccount", asked: "Fallback"
) -> Finding:
    size = many(asked.replicas, "replica")
    return Finding(
        rule=RULE.id,
        severity=while_unreadable(scaled, account),
        title=f"ScaledObject {scaled.name} goes to {size} while any of its {len(account.triggers)}"
        " triggers cannot be read: the fallback stands in for the whole formula",
        about=f"ScaledObject/{scaled.namespace}/{scaled.name}/replaced",
        evidence=(
            _object(scaled, f"formula {account.spec.formula}"),
            _object(
                scaled,
                f"fallback.behavior {asked.behavior}, replicas {asked.replicas}, after more than"
                f" {many(asked.threshold, 'failure')} in a row",
            ),
            *(_object(scaled, f"{t.title} asks {t.query}") for t in account.triggers if t.query),
        ),
        advice="set fallback.behavior to scalingModifiers (the formula then sees nil and `??` acts)"
        " or to currentReplicasIfHigher",
        variant=look.name_of(scaled),
    )


def _object(scaled: ScaledObject, text: str) -> Evidence:
    return Evidence(text, f"ScaledObject/{scaled.name}", "object")


RULE = FindingRule(
    "formula-fallback",
    "a fallback replaces a formula, or does not count",
    "detector",
    _find,
    rank=222,
)
