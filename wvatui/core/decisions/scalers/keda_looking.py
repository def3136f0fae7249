"""What KEDA decided by itself: to scale from or to zero, the fallback, a pause.

From 1 to the maximum, the HPA that KEDA creates decides. Source of the rules: see `rules.keda`.
"""

import re
from functools import partial

from wvatui.core.decisions.brief.keda_brief import keda_briefs
from wvatui.core.decisions.hpa.outcome import page_input, trigger_names
from wvatui.core.decisions.keda.account import KedaNow, rests_from
from wvatui.core.decisions.keda.falling_back import (
    fallback_rule,
    fallback_size,
    fallback_words,
    falls_back,
    in_a_row,
    trigger_error,
)
from wvatui.core.decisions.keda.words import asked_of
from wvatui.core.decisions.scaling_decision import (
    DecisionInput,
    DecisionWords,
    HeldBy,
    Once,
    ScalingDecision,
)
from wvatui.core.events import ScaledObject
from wvatui.core.events.object_events import condition_of
from wvatui.core.lines import clean, many, time_of_day
from wvatui.core.rules.keda.keda_spec import ANNOTATION
from wvatui.core.state.looks import KedaLook
from wvatui.core.structs import replace

_SCALED = re.compile(r" from (\d{1,9}) to (\d{1,9})")
_SCALING = ("KEDAScaleTargetActivated", "KEDAScaleTargetDeactivated")
NO_HEALTH = "status.health: the recording is of a version that left it out"


def keda_decision(look: KedaLook) -> ScalingDecision:
    """KEDA's decision as of this status. Its certainty is `seen`, since KEDA states what it does;
    the fallback is checked against the failures that KEDA counts."""
    scaled = look.scaled
    size = look.target.spec if look.target is not None else None
    before, after, event = _moved(look, size)
    held = _held(look, size)
    falls = falls_back(scaled)
    differences, missing = _checked(scaled, falls=falls)
    served = fallback_size(scaled, size) if falls else None
    return ScalingDecision(
        at=look.at,
        last_at=look.at,
        decider="keda",
        namespace=scaled.namespace,
        variant=clean(scaled.target_name),
        before=before,
        wanted=served,
        after=after,
        decided_by=clean(scaled.name),
        won=clean(", ".join(name for name, active in scaled.activity.items() if active)),
        held=held,
        inputs=_inputs(look),
        words=Once(partial(_words, look, before, after, event)),
        reason=clean(event),
        differences=differences,
        missing=missing,
    )


def _moved(look: KedaLook, size: int | None) -> tuple[int | None, int | None, str]:
    """Sizes before and after from an event of KEDA, with its message; else the present size."""
    for event in look.events:
        sizes = _SCALED.search(event.message) if event.reason in _SCALING else None
        if sizes is not None:
            return int(sizes[1]), int(sizes[2]), event.message
    return size, size, ""


def _failing(scaled: ScaledObject) -> dict[str, int | None]:
    """For each metric that cannot be read, how often in a row it could not; None: not counted."""
    return {
        name: health.get("numberOfFailures")
        for name, health in scaled.health.items()
        if health.get("status") == "Failing"
    }


def _checked(scaled: ScaledObject, *, falls: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Contradictions to the rule that a fallback applies when a metric failed more often in a row
    than the threshold; what is missing to tell."""
    if not scaled.health:
        return (), (NO_HEALTH,) if falls else ()
    rule = fallback_rule(scaled)
    if rule is None or scaled.modifiers or condition_of(scaled.conditions, "Fallback") is None:
        return (), ()
    failing = _failing(scaled)
    due = any(times is not None and times > rule.threshold for times in failing.values())
    uncounted = ", ".join(name for name, times in failing.items() if times is None)
    if uncounted and not due:
        return (), (f"status.health: it does not count the failures of {clean(uncounted)}",)
    return () if due == falls else (f"Fallback: recomputed {due}, seen {falls}",), ()


def _held(look: KedaLook, size: int | None) -> tuple[HeldBy, ...]:
    scaled, held = look.scaled, list[HeldBy]()
    paused, active = (
        condition_of(scaled.conditions, "Paused"),
        condition_of(scaled.conditions, "Active"),
    )
    if scaled.paused or scaled.held or (paused is not None and paused.status == "True"):
        held.append(HeldBy("pause", size))
    if falls_back(scaled):
        held.append(HeldBy("fallback", fallback_size(scaled, size)))
    elif _failing(scaled) or trigger_error(scaled):
        held.append(HeldBy("failed metric", size))
    if active is not None and active.reason == "ScalerCooldown":
        held.append(HeldBy("cooldown", size, rests_from(scaled)))
    return tuple(held)


def _inputs(look: KedaLook) -> tuple[DecisionInput, ...]:
    """Each metric of KEDA's status, with the value that pages gave: KEDA itself shows none."""
    failing = _failing(look.scaled)
    inputs = []
    for name in dict.fromkeys((*look.scaled.health, *look.pages)):
        page = look.pages.get(name)
        made = DecisionInput(name=clean(name), value=None, source="status.health")
        if page is not None:
            made = page_input(name, page)
        if name in failing:
            made = replace(made, error=f"cannot be read, {in_a_row(failing[name])}")
        inputs.append(made)
    return tuple(inputs)


def _words(look: KedaLook, before: int | None, after: int | None, event: str) -> DecisionWords:
    scaled = look.scaled
    if before is not None and after is not None and before != after:
        head = f"{before}→{after}"
    else:
        # From 1 to the maximum the HPA sets the size, also while a cooldown runs.
        rests = after is not None and (after == 0 or bool(scaled.paused))
        head = f"stays at {after}" if rests else f"the HPA decides{_size_at(after, look.at)}"
    parts = [clean(event)] if event else []
    parts += _pause(scaled)
    parts += _failures(scaled, after)
    active = condition_of(scaled.conditions, "Active")
    if active is not None and active.reason == "ScalerCooldown":
        end, rest = rests_from(scaled), scaled.idle if scaled.idle is not None else scaled.min
        until = "" if end is None else f" until {time_of_day(end)}"
        then = f"then KEDA scales to {rest or 0} unless a trigger is active by then"
        parts.append(f"no trigger is active, the cooldown holds{until}, {then}")
    elif active is not None and not event and not parts:
        names = trigger_names(scaled, scaled.activity)
        on = [names.get(each, each) for each, is_active in scaled.activity.items() if is_active]
        if active.status == "True":
            parts.append(f"active by {', '.join(on)}" if on else "a trigger is active")
        else:
            parts.append("no trigger is active")
    failing = _failing(scaled)
    longest = _longest(scaled, failing) if failing else None
    brief = Once(partial(_brief, scaled, after, longest, event))
    text = f"{head}: {clean('; '.join(parts) or 'nothing to do')}"
    return DecisionWords(text, _steps(look), brief)


def _brief(
    scaled: ScaledObject, after: int | None, longest: tuple[str, int | None] | None, event: str
) -> tuple[str, ...]:
    return tuple(map(clean, keda_briefs(scaled, after, longest, event)))


def _size_at(size: int | None, at: float) -> str:
    """A size with its time: repeated statuses are joined, and the HPA may change the size."""
    if size is None:
        return ""
    return f", {many(size, 'replica')} at {time_of_day(at)}"


def _pause(scaled: ScaledObject) -> list[str]:
    if scaled.paused:
        return [f"KEDA is {scaled.paused}, the HPA is gone meanwhile"]
    if scaled.held:
        ways = " and ".join(way.replace("scale-", "scaling ") for way in scaled.held)
        names = " and ".join(f"{ANNOTATION}paused-{way}" for way in scaled.held)
        return [f"{ways} is paused by annotation {names}"]
    return []


def _failures(scaled: ScaledObject, size: int | None) -> list[str]:
    failing, rule = _failing(scaled), fallback_rule(scaled)
    if falls_back(scaled):
        served = f"KEDA serves the fallback of {fallback_words(scaled, size)}"
        if not failing:
            return [served]
        name, times = _longest(scaled, failing)
        often = in_a_row(times)
        return [f"{name} cannot be read {f'({often})' if times is None else often}, {served}"]
    if not failing:
        return ["a trigger cannot be read"] if trigger_error(scaled) else []
    name, times = _longest(scaled, failing)
    often = in_a_row(times) if times is None else f"{times} in a row"
    told = f"{name} cannot be read ({often})"
    if rule is None:
        return [f"{told}, and there is no fallback: nothing scales down"]
    words = fallback_words(scaled, size)
    return [f"{told}; after more than {rule.threshold} its fallback is served: {words}"]


def _longest(scaled: ScaledObject, failing: dict[str, int | None]) -> tuple[str, int | None]:
    """The trigger that has failed most often in a row, and how often; None: not counted."""
    metric, times = max(failing.items(), key=lambda item: -1 if item[1] is None else item[1])
    return trigger_names(scaled, failing).get(metric, metric), times


def _steps(look: KedaLook) -> tuple[str, ...]:
    """Triggers as asked, the formula, health, and what follows."""
    scaled = look.scaled
    now = KedaNow(look.at, scaled, look.hpa, look.target, pages=look.pages)
    told = list(asked_of(now)[1]) or [f"trigger: {text}" for text in scaled.triggers]
    for name, health in scaled.health.items():
        count = health.get("numberOfFailures")
        failed = "" if count is None else many(count, "failure")
        known = ", ".join(filter(None, (health.get("status"), failed)))
        told.append(f"{name}: {known or 'not known'}")
    for condition in scaled.conditions:
        told.append(f"{condition.type} {condition.status} {condition.reason}".rstrip())
    return tuple(clean(line) for line in told)


def still(before: ScalingDecision, after: ScalingDecision) -> ScalingDecision | None:
    """Both as one, where KEDA holds for the same reason as before; else None. The HPA may have
    changed the size meanwhile: sizes are those of the first, the words give the newest."""
    if before.changes or after.changes or before.verdict != after.verdict:
        return None
    if [held.brake for held in before.held] != [held.brake for held in after.held]:
        return None
    return replace(
        after,
        at=before.at,
        before=before.before,
        after=before.after,
        looks=before.looks + after.looks,
    )
