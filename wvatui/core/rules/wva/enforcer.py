"""The enforcer: scales to zero when there are no requests, or keeps one replica if it must not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wvatui.core.rules.wva.ballot import DEFAULT_COST
from wvatui.core.rules.wva.releases import HEAD, at_least
from wvatui.core.rules.wva.saturation_v1 import action


def woken(current: int, held_back: float | None) -> int:
    """Replicas after a check of a model at zero: 1 if the endpoint picker queues requests for it.

    `held_back`: inference_extension_flow_control_queue_size; None: it could not be read. Checked
    every 100 ms, independently of cycles. Source: WVA v0.5.0 to HEAD
    internal/engines/scalefromzero/engine.go.
    """
    return 1 if current == 0 and held_back is not None and held_back > 0 else current


@dataclass(frozen=True, slots=True)
class Enforced:
    """Targets after the rule. `applied`: it changed something; `to_zero`: all went to 0."""

    targets: Mapping[str, int]
    applied: bool
    to_zero: bool


@dataclass(frozen=True, slots=True)
class Enforceable:
    """A decision as the rule sees and returns it."""

    variant: str
    current: int
    target: int
    action: str = ""
    reason: str = ""


def enforce_targets(
    targets: Mapping[str, int],
    costs: Mapping[str, float],
    *,
    scale_to_zero: bool,
    requests: float | None,
) -> Enforced:
    """Targets after the rule. If scale to zero is allowed and there was no request within the
    retention period, all are 0; with requests, or an unknown number (None), they are unchanged. If
    it is not allowed and no replica would be left, the cheapest variant keeps one (no or zero cost
    counts as 10; ties by name).

    From v0.6.0 on, WVA skips the rule where any variant has a minReplicas above 0: that is for the
    caller to know, as from the line that says that the rule changed something.
    Source: WVA v0.5.1 and v0.8.0 internal/engines/pipeline/enforcer.go.
    """
    same = Enforced(dict(targets), applied=False, to_zero=False)
    if scale_to_zero:
        if requests is None or requests > 0:
            return same
        changed = any(target != 0 for target in targets.values())
        return Enforced(dict.fromkeys(targets, 0), applied=changed, to_zero=True)
    if not targets or sum(targets.values()) > 0:
        return same
    cheapest = min(targets, key=lambda name: (_cost(name, costs), name))
    return Enforced({**targets, cheapest: 1}, applied=True, to_zero=False)


def _cost(name: str, costs: Mapping[str, float]) -> float:
    cost = costs.get(name, 0.0)
    return cost if cost > 0 else DEFAULT_COST


def enforce_decisions(
    decisions: Sequence[Enforceable],
    costs: Mapping[str, float],
    *,
    scale_to_zero: bool,
    requests: float | None,
    optimizer: str,
    version: str = HEAD,
) -> tuple[list[Enforceable], bool]:
    """The same rule over one model's decisions (v0.6.0 and later); True: scaled to zero.

    Only a changed decision gets a new action and reason: `<category> <action> (optimizer: X,
    enforced)`. The category is V2 before v0.8.0, later that of the decision's own reason.
    """
    outcome = enforce_targets(
        {d.variant: d.target for d in decisions},
        costs,
        scale_to_zero=scale_to_zero,
        requests=requests,
    )
    result = []
    for decision in decisions:
        target = outcome.targets[decision.variant]
        if target != decision.target:
            verb = action(decision.current, target)
            category = _category(decision.reason) if at_least(version, "v0.8.0") else "V2"
            reason = f"{category} {verb} (optimizer: {optimizer}, enforced)"
            decision = replace(decision, target=target, action=verb, reason=reason)
        result.append(decision)
    return result, outcome.to_zero


def _category(reason: str) -> str:
    """The start of a reason, before its details: "V2", "saturation-only mode"; V2 if empty."""
    return reason.split(": ", 1)[0].split(" (", 1)[0] or "V2"
