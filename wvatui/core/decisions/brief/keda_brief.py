"""What KEDA decided, in three shorter lengths."""

from collections.abc import Iterator

from wvatui.core.decisions.keda.account import rests_from
from wvatui.core.decisions.keda.falling_back import (
    fallback_rule,
    fallback_size,
    falls_back,
    in_a_row,
    trigger_error,
)
from wvatui.core.decisions.lengths import LONG, MIDDLE, SHORT, first_within
from wvatui.core.events import ScaledObject
from wvatui.core.events.object_events import condition_of
from wvatui.core.lines import many, time_of_day

_DONE = {"scale-in": "removed", "scale-out": "added"}


def keda_briefs(
    scaled: ScaledObject, size: int | None, failing: tuple[str, int | None] | None, event: str
) -> tuple[str, ...]:
    """Why, without the size, in at most 100, 60 and 35 characters. `failing`: the trigger that has
    failed most often in a row, and how often (None: not known); `event`: KEDA's own message about
    what it did."""
    texts = tuple(_texts(scaled, size, failing, event))
    return tuple(first_within(most, texts) for most in (LONG, MIDDLE, SHORT)) if texts else ()


def _texts(
    scaled: ScaledObject, size: int | None, failing: tuple[str, int | None] | None, event: str
) -> Iterator[str]:
    """The texts from the most complete to the shortest."""
    if event:
        # KEDA changed the size, which comes first, whatever else is true by now.
        yield event
        yield "scaled up from zero" if size else "scaled to zero"
    elif scaled.paused:
        yield f"KEDA is {scaled.paused}, and its HPA is gone"
        yield "paused: nothing scales"
    elif scaled.held:
        ways = " and ".join(scaled.held)
        done = _DONE.get(" ".join(scaled.held), "changed")
        yield f"{ways} is paused by annotation: nothing is {done} until it is taken off"
        yield f"{ways} is paused by annotation"
        yield f"{ways} is paused"
    elif falls_back(scaled):
        yield from _fallback(scaled, size, failing)
    elif failing is not None:
        name, times = failing
        rule = fallback_rule(scaled)
        then = "no fallback is set"
        if rule is not None:
            then = f"the fallback comes after more than {rule.threshold}"
        fails = _fails(name, times)
        yield f"{fails}: nothing scales down, {then}"
        yield f"{fails.removesuffix(' in a row')}: no scale-down"
        yield f"{name} cannot be read"
        yield "a trigger cannot be read"
    elif trigger_error(scaled):
        yield "a trigger cannot be read"
    else:
        yield from _activity(scaled)


def _fallback(
    scaled: ScaledObject, size: int | None, failing: tuple[str, int | None] | None
) -> Iterator[str]:
    replicas = fallback_size(scaled, size)
    served = f"fallback of {'?' if replicas is None else many(replicas, 'replica')}"
    if failing is not None:
        name, times = failing
        failed = _fails(name, times)
        yield f"{failed}: KEDA serves its {served}, no measurement"
        yield f"{served}: {failed}"
        yield f"{served}: {name} fails"
    yield f"KEDA serves its {served}"
    yield served


def _fails(name: str, times: int | None) -> str:
    return f"{name} fails" if times is None else f"{name} failed {in_a_row(times)}"


def _activity(scaled: ScaledObject) -> Iterator[str]:
    active = condition_of(scaled.conditions, "Active")
    if active is None:
        return
    if active.reason == "ScalerCooldown":
        end, rest = rests_from(scaled), scaled.idle if scaled.idle is not None else scaled.min
        until = "" if end is None else f" until {time_of_day(end)}"
        yield f"no trigger is active: cooldown{until}, then {rest or 0} unless one becomes active"
        yield f"no trigger active: cooldown{until}"
        yield f"cooldown{until}"
    elif active.status == "True":
        yield "a trigger is active"
    else:
        yield "no trigger is active"
