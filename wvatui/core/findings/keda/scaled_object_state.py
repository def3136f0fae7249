"""Trouble in a ScaledObject's conditions: failing triggers, an active fallback, an inactive HPA.

Conditions: KEDA v2.21.0 apis/keda/v1alpha1/condition_types.go. Ready=True does not mean that
metrics can be read: a failing trigger with a fallback leaves it True.
"""

from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.decisions.keda.falling_back import fallback_words
from wvatui.core.events.object_events import condition_of
from wvatui.core.findings.finding import Evidence, Finding, FindingRule, Severity
from wvatui.core.findings.look import FindingContext
from wvatui.core.rules.hpa.hpa_policy import SYNC_S
from wvatui.core.state.links import target_of

_BAD: tuple[tuple[str, str, Severity], ...] = (
    ("Ready", "False", "blocked"),
    ("Ready", "Unknown", "warning"),
    ("Fallback", "True", "warning"),
    ("HPAActive", "False", "warning"),
)
"""(condition, its bad status, what that means)."""
_UNTOLD = ("", "UnknownState")
"""Reasons of a condition that KEDA has not evaluated yet."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for (namespace, name), scaled in sorted(look.state.scaled_objects.items()):
        for type_, bad, severity in _BAD:
            told = condition_of(scaled.conditions, type_)
            if told is None or told.status != bad:
                continue
            if told.status == "Unknown" and told.reason in _UNTOLD:
                continue
            if "scaleTargetRef" in told.message and look.is_missing(target_of(scaled)):
                continue  # a finding of its own, which names what is to be created
            seen = look.condition_since("keda", scaled, type_)
            if type_ != "Fallback" and (seen is None or look.now - seen.since < SYNC_S):
                continue  # a new target has no value yet
            if type_ == "HPAActive" and (namespace, scaled.hpa) in look.state.hpas:
                continue  # the HPA itself says it, in a finding of its own
            link = look.link_of(scaled)
            size = link.workload.spec if link is not None and link.workload is not None else None
            yield Finding(
                rule=RULE.id,
                severity=severity,
                title=_title(scaled, told, size),
                about=f"ScaledObject/{namespace}/{name}/{type_}",
                evidence=(
                    Evidence(
                        f"{type_}={told.status}: {told.reason} {told.message}".strip(),
                        f"ScaledObject/{name}",
                        "status",
                        look.age(told.since),
                    ),
                    *look.wishes(link),
                ),
                advice=_advice(scaled, told),
                variant=link.name if link is not None else "",
            )


def _advice(scaled: ev.ScaledObject, told: ev.Condition) -> str:
    if "already managed by the hpa" in told.message:
        return (
            "delete that HPA, or let KEDA take it over: the annotation"
            ' scaledobject.keda.sh/transfer-hpa-ownership: "true", and its name in'
            " advanced.horizontalPodAutoscalerConfig.name"
        )
    if told.reason == "ScaledObjectCheckFailed":
        return f"mend what the message names: until then KEDA does not scale by {scaled.name}"
    where = f"kubectl -n {scaled.namespace} describe scaledobject {scaled.name}"
    return f"{where}: which trigger fails, and does its source answer?"


def _title(scaled: ev.ScaledObject, told: ev.Condition, size: int | None) -> str:
    if told.type == "Fallback":
        words = fallback_words(scaled, size)
        return f"the fallback of {scaled.name} is served: {words}; a trigger cannot be read"
    return f"ScaledObject {scaled.name} says {told.type}={told.status}: {told.reason}"


RULE = FindingRule(
    "scaled-object-state", "a ScaledObject says that it does not work", "blocker", _find, rank=12
)
