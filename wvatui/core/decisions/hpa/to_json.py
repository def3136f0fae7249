"""An HPA's account as plain values for `-o json`; keys are only ever added."""

from typing import Any

from wvatui.core.decisions.hpa.account import HeldBack, HpaAccount, HpaInput
from wvatui.core.decisions.hpa.sentence import ClockText, sentence, steps
from wvatui.core.rules.hpa.hpa_spec import HpaSpec, MetricSpec


def account_data(
    account: HpaAccount, spec: HpaSpec, clock: ClockText, stamp: ClockText
) -> dict[str, Any]:
    """Sentence, sizes in replicas, inputs, what held the size back, and the steps as text.

    Usage and target are in the metric's own unit, percent for a Utilization target. `clock` formats
    times inside sentences and steps, `stamp` times that are values of their own.
    """
    return {
        "sentence": sentence(account, spec, clock),
        "current": account.current,
        "desired": account.desired,
        "wanted": account.wanted,
        "stable": account.stable,
        "winner": account.winner,
        "reason": account.reason,
        "inputs": [
            _input(each, metric) for each, metric in zip(account.inputs, spec.metrics, strict=False)
        ],
        "window": _held(account.window, stamp),
        "limit": _held(account.limit, stamp),
        "from_status": account.from_status,
        "differences": list(account.differences),
        "doubt": account.doubt,
        "steps": list(steps(account, spec, clock)),
    }


def _input(each: HpaInput, metric: MetricSpec) -> dict[str, Any]:
    target = metric.target
    if target is not None and metric.target_type != "Utilization":
        target = target / 1000  # type: ignore[assignment]
    return {
        "name": each.name,
        "metric": metric.name,
        "type": metric.type,
        "replicas": each.replicas,
        "usage": None if each.usage is None else each.usage / 1000,
        "percent": each.percent,
        "target_type": metric.target_type,
        "target": target,
        "error": each.error,
        "source": each.source,
    }


def _held(held: HeldBack | None, stamp: ClockText) -> dict[str, Any] | None:
    if held is None:
        return None
    until = None if held.until is None else stamp(held.until)
    return {"what": held.what, "replicas": held.replicas, "until": until}
