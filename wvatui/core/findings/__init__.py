"""Why nothing happened, and what looks wrong: one file and one row a rule.

`findings(state)` asks every rule about the moment that a State is. Rules are pure and have no
memory: what lasts is kept by the fold (`condition_since`, `pod_lifecycle`, the ladder).
"""

from wvatui.core.findings.autoscaler import (
    above_max,
    adapter_missing,
    fighting,
    max_reached,
    no_effect,
    paused,
    policy_limit,
    scaling_inactive,
    stabilising,
    unknown_metric,
)
from wvatui.core.findings.controller import (
    controller_leader,
    controller_silent,
    dead_thresholds,
    flapping,
    label_mismatch,
    metrics_missing,
    prediction_drift,
    rights,
    slow_poll,
    undecided,
)
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.findings.pods import failing_probes, hot_pod, image_pull, quota, unschedulable
from wvatui.core.state.state import State

RULES: tuple[FindingRule, ...] = (
    paused.RULE,
    adapter_missing.RULE,
    scaling_inactive.RULE,
    unknown_metric.RULE,
    above_max.RULE,
    max_reached.RULE,
    quota.RULE,
    unschedulable.RULE,
    image_pull.RULE,
    failing_probes.RULE,
    controller_leader.RULE,
    controller_silent.RULE,
    metrics_missing.RULE,
    label_mismatch.RULE,
    dead_thresholds.RULE,
    fighting.RULE,
    rights.RULE,
    undecided.RULE,
    no_effect.RULE,
    hot_pod.RULE,
    flapping.RULE,
    prediction_drift.RULE,
    slow_poll.RULE,
    stabilising.RULE,
    policy_limit.RULE,
)
"""The ones that people can act on first; the order of what is found."""

_RANK = {"blocked": 0, "warning": 1, "waiting": 2}


def findings(state: State) -> tuple[Finding, ...]:
    """Everything found at this moment: what blocks, what looks wrong, what only waits."""
    look = FindingContext(state)
    found = [each for rule in RULES for each in rule.find(look)]
    return tuple(sorted(found, key=lambda each: _RANK[each.severity]))


def title_of(rule: str) -> str:
    """What a rule is called."""
    return next(row.title for row in RULES if row.id == rule)


__all__ = ["RULES", "Evidence", "Finding", "FindingContext", "FindingRule", "findings", "title_of"]
