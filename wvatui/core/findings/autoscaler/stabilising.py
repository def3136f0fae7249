"""A change that waits for a window: the HPA's stabilization, or KEDA's cooldown before zero.

For scaling down, the highest recommendation in the window counts, for scaling up the lowest
(Kubernetes pkg/controller/podautoscaler/horizontal.go stabilizeRecommendationWithBehaviors). The
window ends its full length after the last recommendation that holds the size.
"""

from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.decisions.keda.account import rests_from
from wvatui.core.events.object_events import condition_of
from wvatui.core.findings.finding import Evidence, Finding, FindingRule, behavior_of
from wvatui.core.findings.look import FindingContext
from wvatui.core.rules.hpa.hpa_policy import SYNC_S, rules
from wvatui.core.state.links import Link

_WAYS = {"ScaleDownStabilized": "scaleDown", "ScaleUpStabilized": "scaleUp"}


def _find(look: FindingContext) -> Iterator[Finding]:
    for link in look.links:
        if link.hpa is not None:
            yield from _window(look, link, link.hpa)
        if link.scaled_object is not None:
            yield from _cooldown(look, link, link.scaled_object)


def _window(look: FindingContext, link: Link, hpa: ev.Autoscaler) -> Iterator[Finding]:
    told = condition_of(hpa.conditions, "AbleToScale")
    way = _WAYS.get(told.reason, "") if told is not None and told.status == "True" else ""
    if told is None or not way:
        return
    if not _holds(look, link, hpa, way):
        return
    window_s = rules(hpa.behavior, way).window
    until, how = _until(look, link, hpa, way, window_s)
    down = way == "scaleDown"
    yield Finding(
        rule=RULE.id,
        severity="waiting",
        title=f"HPA {hpa.name} waits {'to scale down' if down else 'to scale up'}: its"
        f" stabilization window of {window_s:g} s is still open",
        about=f"HPA/{hpa.namespace}/{hpa.name}/{way}",
        evidence=(
            Evidence(
                f"{told.reason}: {told.message}", f"HPA/{hpa.name}", "status", _seen(look, hpa)
            ),
            Evidence(
                f"behavior.{way}.stabilizationWindowSeconds {window_s:g}",
                f"HPA/{hpa.name}",
                "object" if hpa.behavior else "the API's default",
            ),
            *((Evidence(how, link.name, "computed"),) if how else ()),
            *look.wishes(link),
        ),
        advice=f"wait, or shorten {behavior_of(hpa, f'{way}.stabilizationWindowSeconds')}",
        variant=link.name,
        until=until,
    )


def _holds(look: FindingContext, link: Link, hpa: ev.Autoscaler, way: str) -> bool:
    """Whether the size would differ without the window, within its minimum and maximum.

    The condition is only about the recommendation, even where the size could not change anyway.
    """
    newest = look.recomputed(hpa)
    least = 1 if hpa.min is None else hpa.min
    if newest is not None and newest.wanted is not None and newest.after is not None:
        free = max(newest.wanted, least)
        return newest.after != (free if hpa.max is None else min(free, hpa.max))
    spec = link.workload.spec if link.workload is not None else None
    if spec is None:
        return True
    return spec > least if way == "scaleDown" else hpa.max is None or spec < hpa.max


def _seen(look: FindingContext, hpa: ev.Autoscaler) -> float | None:
    said = look.condition_since("hpa", hpa, "AbleToScale")
    return None if said is None else look.age(said.since)


def _until(
    look: FindingContext, link: Link, hpa: ev.Autoscaler, way: str, window_s: float
) -> tuple[float | None, str]:
    """When the window ends, and how that is known; by the HPA's decision where there is one."""
    if (by_window := look.held_by(hpa, "window")) is not None:
        end = by_window.until
        if end is None:
            return None, ""
        newest = look.recomputed(hpa)
        # What was recommended before the first look is not known: then the end is the latest.
        least = "at least " if newest is not None and newest.certainty == "from here on" else ""
        ago_s = look.now - end + window_s
        return end, f"the last other recommendation was {least}{ago_s:.0f} s ago"
    said = look.condition_since("hpa", hpa, "AbleToScale")
    wish = look.wish(link)
    ring = look.state.ladder.get(link.key)
    held: float | None = None
    if ring and wish is not None:
        down = way == "scaleDown"
        # The newest moment at which another size was wanted than now.
        for rungs in reversed(ring.last(len(ring))):
            if rungs.target is None:
                break
            if (rungs.target > wish) if down else (rungs.target < wish):
                break
            held = rungs.at
    if held is None:
        held = said.since if said is not None else None
    if held is None:
        return None, ""
    until = held + window_s + SYNC_S
    return until, f"the last other recommendation was {look.now - held:.0f} s ago"


def _cooldown(look: FindingContext, link: Link, scaled: ev.ScaledObject) -> Iterator[Finding]:
    spec = link.workload.spec if link.workload is not None else None
    active = condition_of(scaled.conditions, "Active")
    if scaled.min != 0 or not spec or scaled.paused or scaled.last_active_at is None:
        return
    if active is None or active.status != "False":
        return
    until = rests_from(scaled)
    if until is None or look.now >= until:
        return
    cooldown_s = until - scaled.last_active_at
    yield Finding(
        rule=RULE.id,
        severity="waiting",
        title=f"KEDA waits to scale {link.name} to zero: the cooldown of {cooldown_s:g} s runs",
        about=f"ScaledObject/{scaled.namespace}/{scaled.name}/cooldown",
        evidence=(
            Evidence(
                "no trigger is active",
                f"ScaledObject/{scaled.name}",
                "status",
                look.age(active.since),
            ),
            Evidence(
                "was active last",
                f"ScaledObject/{scaled.name}",
                "status",
                look.age(scaled.last_active_at),
            ),
            Evidence(
                f"cooldownPeriod {cooldown_s:g}",
                f"ScaledObject/{scaled.name}",
                "object" if scaled.cooldown_s is not None else "KEDA's default",
            ),
        ),
        advice=f"wait, or shorten spec.cooldownPeriod of {scaled.name}",
        variant=link.name,
        until=until,
    )


RULE = FindingRule("stabilising", "a stabilization window is open", "blocker", _find, rank=240)
