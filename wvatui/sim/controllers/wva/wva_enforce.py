"""Scale to zero as v0.9 (HEAD) enforces it after the optimiser, and the one replica that it
keeps."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wvatui.core.rules.wva.ballot import DEFAULT_COST, VariantChoice
from wvatui.core.rules.wva.config_text import read_config
from wvatui.core.rules.wva.enforcer import Enforceable, enforce_decisions
from wvatui.sim.controllers.wva.wva_cycle import Surroundings, config_data
from wvatui.sim.controllers.wva.wva_log import ConsoleLog
from wvatui.sim.controllers.wva.wva_variants import FoundVariant

CONFIG = "model-scale-to-zero-config"
RETENTION_S = 600.0
"""Retention period where none is configured (WVA v0.8.0 internal/config/scale_to_zero.go)."""
ENGINE = "saturation/engine.go"
ENFORCER = "pipeline/enforcer.go"
VERSION = "HEAD"
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")


@dataclass(frozen=True, slots=True)
class ZeroRule:
    """Whether a model may have no replica, and after how long without a request."""

    enabled: bool = False
    retention_s: float = RETENTION_S


def zero_rule(data: Mapping[str, str] | None, model: str, namespace: str) -> ZeroRule:
    """The rule for a model: the `default` entry, overridden by the first entry of its
    `model_id`."""
    rule = ZeroRule()
    entries = {key: read_config(text) for key, text in (data or {}).items()}
    chosen = [entries["default"]] if "default" in entries else []
    for key in sorted(entries):
        entry = entries[key]
        here = entry.get("namespace", namespace) == namespace
        if key != "default" and entry.get("model_id") == model and here:
            chosen.append(entry)
            break
    for entry in chosen:
        enabled, retention = entry.get("enable_scale_to_zero"), entry.get("retention_period")
        if isinstance(enabled, str):
            rule = replace(rule, enabled=enabled.lower() == "true")
        seconds = go_duration_s(retention) if isinstance(retention, str) else None
        if seconds:
            rule = replace(rule, retention_s=seconds)
    return rule


def go_duration_s(text: str) -> float | None:
    """Seconds of a Go duration such as `10m` or `1h30m`; None when it is not one."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def go_duration(seconds: float) -> str:
    """The duration as Go prints it: `10m0s`, `1h0m0s`, `90s` is `1m30s`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    tail = f"{rest:g}s"
    if hours:
        return f"{hours}h{minutes}m{tail}"
    return f"{minutes}m{tail}" if minutes else tail


def enforce(
    around: Surroundings,
    log: ConsoleLog,
    model: str,
    members: Sequence[FoundVariant],
    choices: Sequence[VariantChoice],
    optimizer: str,
) -> list[VariantChoice]:
    """The choices after the rule, in order; changes are logged.

    Source: WVA HEAD internal/engines/saturation/engine.go:1385-1412, pipeline/enforcer.go.
    """
    if any(v.min > 0 for v in members):
        text = "Skipping scale-to-zero enforcement: variant has minReplicas > 0"
        log.detail(f"{ENGINE}:1396", text, {"modelID": model, "optimizer": optimizer})
        return list(choices)
    data = config_data(around, CONFIG)
    rule = zero_rule(data, model, around.namespace)
    requests = around.collector.increase(model, "success", rule.retention_s)
    before = [Enforceable(c.variant, c.current, c.target, c.action, c.reason) for c in choices]
    after, zeroed = enforce_decisions(
        before,
        {v.name: v.cost for v in members},
        scale_to_zero=rule.enabled,
        requests=requests,
        optimizer=optimizer,
        version=VERSION,
    )
    kept = [new for old, new in zip(before, after, strict=True) if old.target != new.target]
    _lines(around, log, model, optimizer, rule, requests, members, [] if zeroed else kept, zeroed)
    if kept:
        where = {"modelID": model, "optimizer": optimizer}
        log.info(f"{ENGINE}:1409", "Scale-to-zero enforcement applied", where)
    return [
        replace(choice, target=new.target, reason=new.reason)
        for choice, new in zip(choices, after, strict=True)
    ]


def _lines(
    around: Surroundings,
    log: ConsoleLog,
    model: str,
    optimizer: str,
    rule: ZeroRule,
    requests: float | None,
    members: Sequence[FoundVariant],
    kept: Sequence[Enforceable],
    zeroed: bool,
) -> None:
    period = go_duration(rule.retention_s)
    named = {"modelID": model, "optimizer": optimizer, "scaleToZeroEnabled": rule.enabled}
    if zeroed:
        where = {"modelID": model, "namespace": around.namespace, "retentionPeriod": period}
        text = "No requests in retention period, scaling decisions to zero"
        log.info(f"{ENFORCER}:109", text, where)
        fields = named | {"scaledToZero": True}
        log.detail(f"{ENFORCER}:58", "Scale-to-zero policy enforced", fields)
    elif rule.enabled and requests:
        fields = {"modelID": model, "requestCount": requests, "retentionPeriod": period}
        log.detail(f"{ENFORCER}:101", "Model has recent requests, keeping decisions", fields)
    costs = {v.name: v.cost for v in members}
    for decision in kept:
        cost = costs.get(decision.variant, 0.0)
        log.info(
            f"{ENFORCER}:172",
            "Preserving minimum replica on cheapest variant (scale-to-zero disabled)",
            {
                "modelID": model,
                "variant": decision.variant,
                "cost": cost if cost > 0 else DEFAULT_COST,
            },
        )
        fields = named | {"minimumPreserved": True}
        log.detail(f"{ENFORCER}:68", "Minimum replica policy enforced", fields)
