"""An HPA whose own conditions say that it cannot scale: ScalingActive or AbleToScale is False."""

import re
from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.events.object_events import condition_of
from wvatui.core.findings.autoscaler.adapter_missing import (
    how_to_ask,
    metrics_api,
    without_request,
)
from wvatui.core.findings.finding import Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.rules.hpa.hpa_policy import SYNC_S
from wvatui.core.state.links import sleeps, target_of

GRACE_S = 3 * SYNC_S
"""Seconds before it counts: a metric may be new, or the controller may just have started."""
_FAILED = re.compile(r"FailedGet(\w+)Metric")
ADVICE = {
    "ScalingDisabled": "an HPA never leaves 0 replicas: kubectl scale {target} --replicas=1, or let"
    " KEDA wake it",
    "AmbiguousSelector": "",
    "InvalidSelector": "the target's scale has no selector: mend {target}",
    "FailedGetScale": "the target cannot be read: does {target} exist, may the HPA's controller"
    " read its scale?",
    "FailedUpdateScale": "the target cannot be written: see the message",
}
"""By the reason of a condition: what to do, where it is not about one metric. None is read then.
Empty: a finding of its own says so."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for (namespace, name), hpa in sorted(look.state.hpas.items()):
        told = _inactive(look, hpa)
        if told is None:
            continue
        target = f"{hpa.target_kind.lower()}/{hpa.target_name}"
        known = without_request(told) or ADVICE.get(told.reason, "").format(target=target)
        asked = f"ask for the metric as the HPA does: {how_to_ask(hpa, *_failing(hpa, told))}"
        link = look.link_of(hpa)
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"HPA {name} does not scale: {told.type} is False, {told.reason}",
            about=f"HPA/{namespace}/{name}",
            evidence=(look.condition(told, f"HPA/{name}"), *look.wishes(link)),
            advice=known or asked,
            variant=link.name if link is not None else "",
        )


def _failing(hpa: ev.Autoscaler, told: ev.Condition) -> tuple[str, str]:
    """Type and name of the metric that a condition is about: the first of the type it names."""
    failed = _FAILED.fullmatch(told.reason)
    kind = failed[1] if failed is not None else ""
    types = [each.get("type", "") for each in hpa.asked]
    number = types.index(kind) if kind in types else 0
    name = hpa.metrics[number].name if number < len(hpa.metrics) else "METRIC"
    return kind or next(iter(types), ""), name


def _inactive(look: FindingContext, hpa: ev.Autoscaler) -> ev.Condition | None:
    """The condition that is False, once it has been so for a while."""
    for type_ in ("AbleToScale", "ScalingActive"):
        told = condition_of(hpa.conditions, type_)
        if told is None or told.status != "False" or metrics_api(hpa) is not None:
            continue
        if ADVICE.get(told.reason) == "":
            continue
        if told.reason == "FailedGetScale" and look.is_missing(target_of(hpa)):
            continue  # a finding of its own, which names what is to be created
        if told.reason == "ScalingDisabled" and sleeps(hpa, _decided(look, hpa)):
            continue
        said = look.condition_since("hpa", hpa, type_)
        since = told.since
        if since is None:
            since = said.since if said is not None else look.now
        if look.now - since >= GRACE_S:
            return told
    return None


def _decided(look: FindingContext, hpa: ev.Autoscaler) -> int | None:
    """Replicas that the controller decided for; None: it did not."""
    link = look.link_of(hpa)
    decided = look.decided(link) if link is not None else None
    return decided.target if decided is not None else None


RULE = FindingRule("scaling-inactive", "the HPA cannot scale", "blocker", _find, rank=30)
