"""The fallback of a ScaledObject: the number of replicas that it holds, and why."""

from wvatui.core.events import ScaledObject
from wvatui.core.events.object_events import condition_of
from wvatui.core.lines import many
from wvatui.core.rules.keda.keda_fallback import fallback_replicas
from wvatui.core.rules.keda.keda_spec import Fallback

_OF_TWO = {"currentReplicasIfHigher": "higher", "currentReplicasIfLower": "lower"}


def falls_back(scaled: ScaledObject) -> bool:
    """Whether KEDA says that it serves the fallback."""
    fallback = condition_of(scaled.conditions, "Fallback")
    return fallback is not None and fallback.status == "True"


def fallback_rule(scaled: ScaledObject) -> Fallback | None:
    """`spec.fallback` as recorded; None: there is none, or the recording left it out."""
    rule = scaled.on_failure
    if rule is None:
        return None
    replicas, threshold = rule.get("replicas", 0), rule.get("failureThreshold", 0)
    return Fallback(replicas, threshold, rule.get("behavior", "static"))


def fallback_size(scaled: ScaledObject, size: int | None) -> int | None:
    """Replicas that the fallback makes the HPA want of a target of this size; None: not known."""
    rule = fallback_rule(scaled)
    if rule is None:
        return scaled.fallback
    if rule.behavior != "static" and size is None:
        return None
    return fallback_replicas(rule, size or 0)


def fallback_words(scaled: ScaledObject, size: int | None) -> str:
    """`4 replicas, the higher of 2 and the present 4`."""
    rule, held = fallback_rule(scaled), fallback_size(scaled, size)
    behavior = rule.behavior if rule is not None else ""
    if held is None:
        return f"? replicas ({behavior})" if behavior else "? replicas"
    words = many(held, "replica")
    if rule is not None and behavior in _OF_TWO:
        return f"{words}, the {_OF_TWO[behavior]} of {rule.replicas} and the present {size}"
    return f"{words}, the present size" if behavior == "currentReplicas" else words


def in_a_row(failures: int | None) -> str:
    """`4 times in a row`; None: nothing counts them."""
    if failures is None:
        return "how often in a row is not known"
    return f"{many(failures, 'time')} in a row"


def trigger_error(scaled: ScaledObject) -> bool:
    """Whether KEDA reports that some trigger cannot be read, without saying which."""
    ready = condition_of(scaled.conditions, "Ready")
    return ready is not None and ready.reason in ("TriggerError", "PartialTriggerError")
