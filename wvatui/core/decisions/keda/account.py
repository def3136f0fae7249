"""A ScaledObject as it is now: its triggers with values and sources, its formula, KEDA's loop."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from wvatui.core.decisions.hpa.unseen import likely_total
from wvatui.core.decisions.keda.falling_back import falls_back
from wvatui.core.events import Autoscaler, ScaledObject, Workload
from wvatui.core.events.object_events import KedaTrigger, condition_of
from wvatui.core.rules.hpa.hpa_spec import HpaSpec
from wvatui.core.rules.keda.expr.tokens import FormulaError
from wvatui.core.rules.keda.expr.trace import traced
from wvatui.core.rules.keda.keda_fallback import MetricTarget, valid_fallback
from wvatui.core.rules.keda.keda_formula import Formula, compiled
from wvatui.core.rules.keda.keda_made import MadeTrigger, made_triggers
from wvatui.core.rules.keda.keda_spec import COMPOSITE, COOLDOWN_S, Fallback, KedaSpec, keda_spec
from wvatui.core.rules.keda.keda_versions import KedaRelease, keda_release
from wvatui.core.rules.keda.trigger_names import FORMULA, trigger_names
from wvatui.core.rules.quantities import milli
from wvatui.core.state.looks import TriggerReading

FROM_STATUS = "the HPA's status"


@dataclass(frozen=True, slots=True)
class KedaNow:
    """What is read of a ScaledObject at one moment. `at`: epoch seconds.

    `readings`: values of its metrics (`s0-prometheus`) from other places than the HPA's status.
    `pages`: by metric, the result of its query over scraped pages; used where nothing else has the
    value.
    """

    at: float
    scaled: ScaledObject
    hpa: Autoscaler | None = None
    target: Workload | None = None
    readings: Mapping[str, TriggerReading] | None = None
    pages: Mapping[str, TriggerReading] | None = None
    release: KedaRelease | None = None
    """Release of KEDA; None: the one that made the HPA, else the newest."""

    @property
    def runs(self) -> KedaRelease:
        """The release of KEDA whose rules apply."""
        return self.release or keda_release(self.hpa.keda if self.hpa is not None else "")[0]


@dataclass(frozen=True, slots=True)
class TriggerNow:
    """One trigger. `active`: above its activation; None: not known. `failures`: in a row, which
    KEDA counts where a fallback is valid; None: not counted. `beside`: the pages' value, where
    `reading` comes from another place."""

    made: MadeTrigger
    query: str
    reading: TriggerReading
    active: bool | None
    failures: int | None = None
    failing: bool = False
    beside: TriggerReading | None = None
    title: str = ""
    """Its title where it has no name: what it reads."""

    @property
    def name(self) -> str:
        """Its name in formulas, else the name under which KEDA serves it."""
        return self.made.name or self.made.metric


@dataclass(frozen=True, slots=True)
class FormulaNow:
    """The formula. `terms`: with its values filled in, empty where one is not known; `computed`:
    its result. `served`: the value that the HPA got. `error`: why KEDA cannot compute it."""

    text: str
    terms: tuple[str, ...]
    served: TriggerReading
    error: str = ""
    computed: float | None = None
    differs: bool = False
    """`computed` and `served` differ by more than the rounding of each replica's share."""
    driver: str = ""
    """The trigger that lowers the result most when set to 0; empty: none lowers it. `without`: the
    result in that case."""
    without: float | None = None


@dataclass(frozen=True, slots=True)
class KedaAccount:
    """What KEDA does. `fallback`: None where KEDA applies none; `rests_at`: replicas after the
    cooldown, None: KEDA never removes the last replica; `rests_from`: end of the cooldown, epoch
    seconds."""

    spec: KedaSpec
    triggers: tuple[TriggerNow, ...]
    formula: FormulaNow | None
    fallback: Fallback | None
    falls_back: bool
    active: bool | None
    rests_at: int | None
    rests_from: float | None
    observes_hpa: bool


def keda_spec_of(scaled: ScaledObject) -> KedaSpec:
    """The spec of a ScaledObject. Raises ValueError for one that no API server admits."""
    written = {
        "minReplicaCount": scaled.min,
        "maxReplicaCount": scaled.max,
        "idleReplicaCount": scaled.idle,
        "cooldownPeriod": scaled.cooldown_s,
        "initialCooldownPeriod": scaled.initial_cooldown_s,
        "pollingInterval": scaled.polling_s,
        "fallback": scaled.on_failure,
        "advanced": {"scalingModifiers": scaled.modifiers},
    }
    try:
        return keda_spec(written, scaled.pauses)
    except (TypeError, AttributeError) as error:
        raise ValueError(f"its spec is not as the API has it: {error!r}") from None


def keda_account(now: KedaNow) -> KedaAccount:
    """What KEDA does with the object. Raises ValueError for one that no API server admits."""
    scaled, spec = now.scaled, keda_spec_of(now.scaled)
    shown = _shown(now)
    every = zip(
        made_triggers({"triggers": scaled.asked}),
        scaled.asked,
        trigger_names(scaled.asked),
        strict=True,
    )
    triggers = tuple(
        replace(_trigger(now, made, asked, shown), title=title) for made, asked, title in every
    )
    active = condition_of(scaled.conditions, "Active")
    target = MetricTarget() if spec.modifiers else next((t.made.target for t in triggers), None)
    return KedaAccount(
        spec=spec,
        triggers=triggers,
        formula=_formula(now, spec, triggers, shown) if spec.formula else None,
        fallback=valid_fallback(spec, target or MetricTarget(), now.runs),
        falls_back=falls_back(scaled),
        active=None if active is None or active.status == "Unknown" else active.status == "True",
        rests_at=spec.idle if spec.idle is not None else 0 if spec.min == 0 else None,
        rests_from=rests_from(scaled),
        observes_hpa=_observes(now, spec),
    )


def labelled(spec: HpaSpec, account: KedaAccount) -> HpaSpec:
    """The HPA's spec with its metrics called by the names of the triggers."""
    names = {t.made.metric: t.title for t in account.triggers if not t.made.resource}
    return spec.labelled(names | {COMPOSITE: FORMULA})


def _shown(now: KedaNow) -> dict[str, TriggerReading]:
    """The value of each metric in the HPA's status, as a total."""
    hpa = now.hpa
    if hpa is None:
        return {}
    pods = now.target.replicas if now.target is not None else None
    count = hpa.current if pods is None else pods
    shown: dict[str, TriggerReading] = {}
    for number, metric in enumerate(hpa.asked):
        name = metric.get("external", {}).get("metric", {}).get("name", "")
        entry = hpa.shown[number] if number < len(hpa.shown) else {}
        current = entry.get("external", {}).get("current", {})
        value, average = milli(current.get("value")), milli(current.get("averageValue"))
        if value is not None:
            shown[name] = TriggerReading(value, FROM_STATUS)
        elif average is not None and count:
            source = f"{FROM_STATUS}: {average / 1000:g} a replica × {count}"
            shown[name] = TriggerReading(likely_total(average, count), source)
    return shown


def _trigger(
    now: KedaNow, made: MadeTrigger, asked: KedaTrigger, shown: Mapping[str, TriggerReading]
) -> TriggerNow:
    health = now.scaled.health.get(made.metric, {})
    reading = (now.readings or {}).get(made.metric) or shown.get(made.metric)
    page = (now.pages or {}).get(made.metric)
    active = now.scaled.activity.get(made.metric)
    beside = None
    if reading is not None:
        beside = page
        if active is None and reading.milli is not None:
            active = reading.milli > made.activation
    elif page is not None and page.milli is not None:
        reading = page  # KEDA may have read another value, so `active` is not derived from this one
    else:
        why = [_why_unknown(now, made), *([page.error] if page is not None else [])]
        reading = TriggerReading(None, "", "; ".join(why))
    return TriggerNow(
        made=made,
        query=asked.get("metadata", {}).get("query", ""),
        reading=reading,
        active=active,
        beside=beside,
        failures=health.get("numberOfFailures"),
        failing=health.get("status") == "Failing",
    )


def _why_unknown(now: KedaNow, made: MadeTrigger) -> str:
    if made.resource:
        return "the HPA reads it itself"
    if now.scaled.modifiers is not None:
        return "the HPA is served the formula's value alone"
    if now.hpa is None:
        return "there is no HPA"
    return "the HPA's status does not show it"


def _formula(
    now: KedaNow,
    spec: KedaSpec,
    triggers: tuple[TriggerNow, ...],
    shown: Mapping[str, TriggerReading],
) -> FormulaNow:
    """The formula over the triggers that KEDA, not the HPA itself, reads."""
    own = [trigger for trigger in triggers if not trigger.made.resource]
    served = shown.get(COMPOSITE) or TriggerReading(None, "", "the HPA's status does not show it")
    known = {
        each.name: None if each.reading.milli is None else each.reading.milli / 1000 for each in own
    }
    whole = all(each.reading.milli is not None or each.failing for each in own)
    try:
        formula = compiled(spec.formula, known)
        terms = traced(spec.formula, known) if whole else ()
        computed = formula.result(known) if whole else None
    except FormulaError as error:
        return FormulaNow(spec.formula, (), served, str(error))
    driver, without = _driver(formula, own, known) if computed is not None else ("", None)
    return FormulaNow(
        spec.formula,
        terms,
        served,
        computed=computed,
        differs=_differs(now, computed, served),
        driver=driver,
        without=without,
    )


def _driver(
    formula: Formula, own: list[TriggerNow], known: Mapping[str, float | None]
) -> tuple[str, float | None]:
    """The trigger that raises a formula most, and the formula's result with that trigger at 0."""
    whole = formula.result(known)
    driver, least = "", whole
    for trigger in own:
        try:
            without = formula.result({**known, trigger.name: 0.0})
        except FormulaError:
            continue
        if without is not None and least is not None and without < least:
            driver, least = trigger.title or trigger.name, without
    return driver, least if driver else None


def _differs(now: KedaNow, computed: float | None, served: TriggerReading) -> bool:
    """Whether a value differs from the served one by more than the status rounds, which shows a
    share per replica in thousandths."""
    if computed is None or served.milli is None:
        return False
    pods = now.target.replicas if now.target is not None else None
    count = (now.hpa.current if now.hpa is not None else None) if pods is None else pods
    return abs(computed - served.milli / 1000) >= max(10, count or 0) / 1000


def rests_from(scaled: ScaledObject) -> float | None:
    """When the cooldown since the last activity, or since the object was made, is over; epoch
    seconds.

    Source: KEDA pkg/scaling/executor/scale_scaledobjects.go scaleToZeroOrIdle.
    """
    if scaled.last_active_at is not None:
        cooldown_s = COOLDOWN_S if scaled.cooldown_s is None else scaled.cooldown_s
        return scaled.last_active_at + cooldown_s
    if scaled.created_at is not None:
        return scaled.created_at + (scaled.initial_cooldown_s or 0)
    return None


def _observes(now: KedaNow, spec: KedaSpec) -> bool:
    """Whether KEDA's loop uses the HPA's readings and queries nothing itself.

    Source: KEDA v2.21.0 apis/keda/v1alpha1/scaledobject_types.go UsesHPAObservations.
    """
    cached = any(trigger.get("useCachedMetrics") for trigger in now.scaled.asked)
    plain = spec.min > 0 and spec.idle is None and spec.modifiers is None and not cached
    return now.runs.observes_hpa and plain
