"""A ScaledObject's account in lines, and as plain values."""

from collections.abc import Iterator
from math import ceil
from typing import Any

from wvatui.core.decisions.hpa.sentence import ClockText
from wvatui.core.decisions.keda.account import (
    FormulaNow,
    KedaAccount,
    KedaNow,
    TriggerNow,
    keda_account,
)
from wvatui.core.decisions.keda.falling_back import fallback_words, in_a_row
from wvatui.core.lines import many
from wvatui.core.rules.hpa.hpa_policy import SYNC_S
from wvatui.core.rules.keda.keda_spec import PAUSED_IN, PAUSED_OUT
from wvatui.core.rules.keda.trigger_names import FORMULA
from wvatui.core.rules.quantities import quantity
from wvatui.core.state.looks import TriggerReading

NOT_SERVED = "does not agree:"
"""Start of the line saying that a formula's value is not the one that KEDA served."""


def keda_lines(now: KedaNow, account: KedaAccount, clock: ClockText) -> Iterator[str]:
    """Triggers, formula, fallback, cooldown, clocks, pause, a line each."""
    yield from trigger_lines(account)
    yield from _fallback(now, account)
    yield from _loop(now, account, clock)
    yield from _pause(account)


def trigger_lines(account: KedaAccount) -> Iterator[str]:
    """The formula, term by term; each trigger with its value and its query."""
    if account.formula is not None:
        yield from _formula(account.formula, account)
    for trigger in account.triggers:
        yield from _trigger(trigger, account)


def asked_of(now: KedaNow) -> tuple[KedaAccount | None, tuple[str, ...]]:
    """The account and its `trigger_lines`; (None, ()) where the triggers are not known."""
    if not now.scaled.asked:
        return None, ()
    try:
        account = keda_account(now)
    except ValueError as error:
        return None, (f"ScaledObject {now.scaled.name}: {error}",)
    return account, tuple(trigger_lines(account))


def called_by_driver(formula: FormulaNow) -> str:
    """`formula (running drives)`, marked as only likely where KEDA served another value."""
    if not formula.driver:
        return FORMULA
    return f"{FORMULA} ({formula.driver} {'likely ' * formula.differs}drives)"


def _trigger(trigger: TriggerNow, account: KedaAccount) -> Iterator[str]:
    made, reading = trigger.made, trigger.reading
    named = trigger.title if trigger.title == made.metric else f"{trigger.title} ({made.metric})"
    parts = [_value(reading)]
    if not account.spec.formula:
        unit = "in all" if made.target.type == "Value" else "a replica"
        percent = " %" if made.target.type == "Utilization" else f" {unit}"
        parts.append(f"threshold {made.target.milli / 1000:g}{percent}")
        state = {True: ": active", False: ": not active", None: ""}[trigger.active]
        if state and reading.milli is not None:
            is_of_another = trigger.active != (reading.milli > made.activation)
            state += " by KEDA's status, which is of another look" * is_of_another
        if not made.resource:
            parts.append(f"active above {made.activation / 1000:g}{state}")
    yield f"trigger {named}: {', '.join(parts)}"
    if trigger.beside is not None and trigger.beside.milli is not None:
        yield f"    beside it: {_value(trigger.beside)}"
    if trigger.query:
        yield f"    asks {' '.join(trigger.query.split())}"
    if trigger.failing:
        yield f"    cannot be read, {in_a_row(trigger.failures)}"


def _value(reading: TriggerReading) -> str:
    """`12, from the gateway's page, 2 s old`."""
    if reading.milli is None:
        return f"value not known: {reading.error}"
    age = "" if reading.age_s is None else f", {reading.age_s:.0f} s old"
    assumed = f" ({reading.assumed})" if reading.assumed else ""
    return f"{reading.milli / 1000:g}, from {reading.source}{age}{assumed}"


def _formula(formula: FormulaNow, account: KedaAccount) -> Iterator[str]:
    modifiers = account.spec.modifiers
    target = modifiers.target if modifiers is not None else ""
    activation = modifiers.activation_milli / 1000 if modifiers is not None else 0.0
    yield f"formula, target {target}, active above {activation:g}: {' '.join(formula.text.split())}"
    if formula.error:
        yield f"    {formula.error}"
    elif not formula.terms:
        lacking = [t.title for t in account.triggers if t.reading.milli is None]
        yield f"    not worked out, as values are not known: {', '.join(lacking)}"
    for term in formula.terms:
        yield f"    {term}"
    if formula.driver and formula.without is not None:
        yield f"    {formula.driver} drives it: at 0 it would come to {formula.without:.4g}"
    if formula.served.milli is not None:
        stand_in = "the fallback in its place, " if account.falls_back else ""
        value = formula.served.milli / 1000
        yield f"    the HPA was served {value:g} ({stand_in}from {formula.served.source})"
        if formula.computed is not None and formula.differs and not stand_in:
            here, there = (_comes_to(each, account) for each in (formula.computed, value))
            yield f"    {NOT_SERVED} worked out here {here}, KEDA served {there};"
            yield "    it had read its values earlier, and they may have been others"


def _comes_to(value: float, account: KedaAccount) -> str:
    """`2.188 (3 replicas)`: a formula's value, and the replicas that the HPA wants for it."""
    modifiers, text = account.spec.modifiers, f"{value:.4g}"
    target = None if modifiers is None else quantity(modifiers.target)
    if modifiers is None or modifiers.metric_type == "Value" or not target:
        return text
    size = ceil(round(value / target, 6))
    return f"{text} ({many(size, 'replica')})"


def _fallback(now: KedaNow, account: KedaAccount) -> Iterator[str]:
    rule, asked = account.fallback, account.spec.fallback
    if asked is None:
        yield "no fallback: while a trigger cannot be read, nothing scales down"
        return
    if rule is None:
        yield "the fallback does not count: KEDA wants a formula's target to be a whole number"
        return
    stated = many(rule.replicas, "replica")
    after = f"after more than {many(rule.threshold, 'failure')} in a row"
    state = "is not served now"
    if account.falls_back:
        state = "is served now"
        if rule.behavior != "static":
            size = now.target.spec if now.target is not None else None
            state += f" as {fallback_words(now.scaled, size)}"
    yield f"fallback of {stated} ({rule.behavior}) {after}: {state}"


def _loop(now: KedaNow, account: KedaAccount, clock: ClockText) -> Iterator[str]:
    spec = account.spec
    if spec.is_paused:
        return
    size = now.target.spec if now.target is not None else None
    if account.active is False and size == 0:
        yield f"asleep: an active trigger wakes it to {max(spec.min, 1)}"
    elif account.active is False and account.rests_at is not None and not spec.paused_in:
        end = account.rests_from
        over = "" if end is None else f" at {clock(end)}"
        yield f"no trigger is active: to {account.rests_at} once the cooldown is over{over}"
    elif account.active is False:
        yield "no trigger is active: KEDA itself changes nothing, 1 to the maximum is the HPA's"
    if account.observes_hpa:
        yield (
            f"pollingInterval {spec.polling_s:g} s has no effect: KEDA 2.21 takes what the HPA"
            f" reads, every {SYNC_S:g} s"
        )
    else:
        yield (
            f"KEDA asks every {spec.polling_s:g} s whether it is active; the HPA reads by itself,"
            f" every {SYNC_S:g} s"
        )


def _pause(account: KedaAccount) -> Iterator[str]:
    spec = account.spec
    if spec.is_paused:
        count = "" if spec.paused_at is None else f" at {many(spec.paused_at, 'replica')}"
        yield f"paused by annotation{count}: its HPA is deleted, nothing scales"
    if spec.paused_in:
        yield f"scaling in is paused by annotation {PAUSED_IN}: the HPA's scaleDown is Disabled"
    if spec.paused_out:
        yield f"scaling out is paused by annotation {PAUSED_OUT}: the HPA's scaleUp is Disabled"
    if spec.forced:
        yield "activation is forced by annotation"


def keda_data(
    now: KedaNow, account: KedaAccount, clock: ClockText, stamp: ClockText
) -> dict[str, Any]:
    """The account as plain values; keys are only ever added. Values in the metric's own unit."""
    formula, rule = account.formula, account.fallback
    return {
        "triggers": [_trigger_data(trigger) for trigger in account.triggers],
        "formula": None
        if formula is None
        else {
            "text": formula.text,
            "terms": list(formula.terms),
            "served": _plain(formula.served.milli),
            "error": formula.error,
        },
        "active": account.active,
        "fallback": None
        if rule is None
        else {
            "replicas": rule.replicas,
            "failure_threshold": rule.threshold,
            "behavior": rule.behavior,
            "served": account.falls_back,
        },
        "rests_at": account.rests_at,
        "rests_from": None if account.rests_from is None else stamp(account.rests_from),
        "polling_s": None if account.observes_hpa else account.spec.polling_s,
        "paused": account.spec.is_paused,
        "lines": list(keda_lines(now, account, clock)),
    }


def _trigger_data(trigger: TriggerNow) -> dict[str, Any]:
    made = trigger.made
    return {
        "name": made.name,
        "title": trigger.title,
        "metric": made.metric,
        "type": made.type,
        "query": trigger.query,
        "value": _plain(trigger.reading.milli),
        "source": trigger.reading.source,
        "error": trigger.reading.error,
        "age_s": trigger.reading.age_s,
        "assumed": trigger.reading.assumed,
        "beside": None if trigger.beside is None else _plain(trigger.beside.milli),
        "threshold": made.target.milli / 1000,
        "threshold_type": made.target.type,
        "activation": made.activation / 1000,
        "active": trigger.active,
        "failures": trigger.failures,
        "failing": trigger.failing,
    }


def _plain(thousandths: int | None) -> float | None:
    return None if thousandths is None else thousandths / 1000
