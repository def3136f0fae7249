"""A scaling policy that limits how fast replicas are added or removed, or forbids it."""

from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.events.object_events import condition_of
from wvatui.core.findings.finding import Evidence, Finding, FindingRule, behavior_of
from wvatui.core.findings.look import FindingContext
from wvatui.core.lines import time_of_day
from wvatui.core.rules.hpa.hpa_policy import Rules, rules
from wvatui.core.state.links import Link

_WAYS = {"ScaleUpLimit": "scaleUp", "ScaleDownLimit": "scaleDown"}


def _find(look: FindingContext) -> Iterator[Finding]:
    for link in look.links:
        hpa = link.hpa
        if hpa is None:
            continue
        told = condition_of(hpa.conditions, "ScalingLimited")
        way = _WAYS.get(told.reason, "") if told is not None and told.status == "True" else ""
        if not _is_of_last_look(look, hpa):
            way = ""
        disabled = _disabled(look, link, hpa)
        if way and rules(hpa.behavior, way).select == "Disabled":
            disabled = way
        way = disabled or way
        if not way:
            continue
        rule = rules(hpa.behavior, way)
        evidence = [
            Evidence(
                f"behavior.{way}: {in_words(rule)}",
                f"HPA/{hpa.name}",
                "object" if hpa.behavior else "the API's default",
            )
        ]
        if told is not None and told.status == "True":
            evidence.insert(0, look.condition(told, f"HPA/{hpa.name}"))
        until = None
        if hpa.last_scale_at is not None and not disabled:
            last = f"last scaled at {time_of_day(hpa.last_scale_at)}"
            evidence.append(
                Evidence(last, f"HPA/{hpa.name}", "status", look.age(hpa.last_scale_at))
            )
            until = _next_step(look, hpa, rule, hpa.last_scale_at)
        verb = "up" if way == "scaleUp" else "down"
        yield Finding(
            rule=RULE.id,
            severity="blocked" if disabled else "waiting",
            title=f"HPA {hpa.name} may not scale {verb}: selectPolicy is Disabled"
            if disabled
            else f"HPA {hpa.name} scales {verb} only as fast as its policy allows:"
            f" {in_words(rule)}",
            about=f"HPA/{hpa.namespace}/{hpa.name}/{way}",
            evidence=(*evidence, *look.wishes(link)),
            advice=f"change {behavior_of(hpa, way)}" + ("" if disabled else ", or wait"),
            variant=link.name,
            until=until,
        )


def _is_of_last_look(look: FindingContext, hpa: ev.Autoscaler) -> bool:
    """Whether ScalingLimited is from the last look. A look that fails, or has a target at 0, leaves
    the condition of an earlier one (Kubernetes pkg/controller/podautoscaler/horizontal.go)."""
    for kind in ("AbleToScale", "ScalingActive"):
        told = condition_of(hpa.conditions, kind)
        if told is not None and told.status == "False":
            return False
    newest = look.recomputed(hpa)
    return newest is None or any(held.brake == "policy" for held in newest.held)


def _disabled(look: FindingContext, link: Link, hpa: ev.Autoscaler) -> str:
    """The direction that is wanted but forbidden; empty: none."""
    decided = look.decided(link)
    spec = link.workload.spec if link.workload is not None else None
    if decided is None or decided.target is None or spec is None or decided.target == spec:
        return ""
    way = "scaleUp" if decided.target > spec else "scaleDown"
    return way if rules(hpa.behavior, way).select == "Disabled" else ""


def in_words(rule: Rules) -> str:
    """Policies in words: `at most 4 pods in 15 s or 100 % in 15 s`."""
    if rule.select == "Disabled":
        return "disabled"
    parts = [
        f"{p.value}{' %' if p.type == 'Percent' else ' pod' if p.value == 1 else ' pods'}"
        f" in {p.period_s:g} s"
        for p in rule.policies
    ]
    return (" and " if rule.select == "Min" else " or ").join(parts)


def _next_step(
    look: FindingContext, hpa: ev.Autoscaler, rule: Rules, scaled_at: float
) -> float | None:
    """When the policy allows the next replica: by the HPA's decision where that is known, else the
    latest possible time."""
    if (held := look.held_by(hpa, "policy")) is not None:
        return held.until
    ends = [scaled_at + p.period_s for p in rule.policies if scaled_at + p.period_s > look.now]
    if not ends:
        return None
    return min(ends) if rule.select == "Max" else max(ends)


RULE = FindingRule("policy-limit", "a scaling policy limits the speed", "blocker", _find, rank=250)
