"""Cases of KEDA: the loop, the fallback, formulas, and what the HPA is served."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from wvatui.core.rules.cases.shapes import ControllerShape, RecordedCase
from wvatui.core.rules.cases.verdict import Difference, NotModelled, differ, shaped
from wvatui.core.rules.keda.keda import KedaMemory, KedaOutcome, request_scale
from wvatui.core.rules.keda.keda_fallback import (
    PLACEHOLDER,
    MetricTarget,
    ServedMetric,
    TargetReplicas,
    TriggerHealth,
    fallback_replicas,
    served,
)
from wvatui.core.rules.keda.keda_formula import FormulaError, NotComputed, compiled
from wvatui.core.rules.keda.keda_serving import (
    ServedMetrics,
    Trigger,
    TriggerState,
    composite,
    serve,
    state_of,
)
from wvatui.core.rules.keda.keda_spec import COMPOSITE, KedaSpec, keda_spec
from wvatui.core.rules.keda.keda_versions import KedaRelease, keda_release
from wvatui.core.rules.quantities import milli

Result = TypeVar("Result")


class RecordedObject(ControllerShape, frozen=True, kw_only=True):
    """A ScaledObject; its age in seconds."""

    name: str = ""
    annotations: Mapping[str, str] = {}
    created_age_s: float | None = None
    spec: Mapping[str, Any] = {}
    status: Mapping[str, Any] = {}

    @property
    def asked(self) -> KedaSpec:
        """Its spec, with the formula as written and not as KEDA compiled it."""
        return keda_spec(_written(self.spec), self.annotations)

    @property
    def health(self) -> dict[str, TriggerHealth]:
        """`status.health`."""
        health = self.status.get("health") or {}
        return {name: _health(name, row) for name, row in health.items()}


def _health(name: str, row: Mapping[str, Any]) -> TriggerHealth:
    failures = row.get("numberOfFailures")
    if failures is None and row.get("status") == "Failing":
        raise NotModelled(f"the failures of {name} are not counted")
    return TriggerHealth(int(failures or 0), row.get("status") == "Failing")


_AROUND = ("let _kedaCompositeResult = (", "); _kedaCompositeResult == nil ? nil")


def _written(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """The spec with the formula as its author wrote it; KEDA's own copy has the compiled one."""
    advanced = spec.get("advanced") or {}
    modifiers = advanced.get("scalingModifiers") or {}
    text = str(modifiers.get("formula") or "")
    if text.startswith(_AROUND[0]):
        text = text[len(_AROUND[0]) : text.index(_AROUND[1])]
    elif text.startswith("float(") and text.endswith(")"):
        text = text[len("float(") : -1]
    if not text:
        return spec
    return {**spec, "advanced": {**advanced, "scalingModifiers": {**modifiers, "formula": text}}}


class RecordedValue(ControllerShape, frozen=True, kw_only=True):
    """A metric's value in thousandths."""

    metric: str = ""
    milli: int = 0
    trigger: str = ""


class ObservedTrigger(ControllerShape, frozen=True, kw_only=True):
    """The result of reading one trigger."""

    metric: str = ""
    active: bool = False
    error: str = ""
    from_cache: bool = False
    values: tuple[RecordedValue, ...] = ()


class ScaleInput(ControllerShape, frozen=True, kw_only=True):
    """One poll."""

    object: RecordedObject
    active: bool = False
    error: bool = False
    active_triggers: tuple[str, ...] = ()
    current_replicas: int = 0


def loop(case: RecordedCase, version: str) -> list[Difference]:
    """`request_scale`: one poll's action. What the API answered is taken from the record."""
    given, wanted = shaped(case.input, ScaleInput, "in"), case.output
    item = given.object
    memory = KedaMemory(
        active_at=_before(item.status.get("lastActiveTime_age_s")),
        created_at=_before(item.created_age_s),
        health=item.health,
    )
    state = TriggerState(given.active, given.active_triggers, given.error)
    refused = next((row["error"] for row in wanted.get("scaled") or () if row.get("error")), "")
    result = request_scale(
        item.asked,
        state,
        current=given.current_replicas,
        memory=memory,
        now=0.0,
        update_error=refused,
    )
    differences = differ("conditions", _told(result), _conditions(wanted))
    scaled = [[row["from"], row["to"]] for row in wanted.get("scaled") or ()]
    ours = [] if result.scale_to is None else [[given.current_replicas, result.scale_to]]
    differences += differ("scaled", ours, scaled)
    renewed = result.memory.active_at == 0.0
    differences += differ("lastActiveTime", renewed, "lastActiveTime_in_s" in wanted)
    names = item.status.get("externalMetricNames") or ()
    activity = {name: {"isActive": name in given.active_triggers} for name in names}
    differences += differ("triggersActivity", activity, wanted.get("triggers_activity") or {})
    expected = [row["reason"] for row in wanted.get("events") or ()]
    return differences + differ("events", _events(result, refused), expected)


def _before(age_s: float | None) -> float | None:
    return None if age_s is None else -age_s


def _told(result: KedaOutcome) -> list[list[str]]:
    return [[c.type, c.status, c.reason, c.message] for c in result.conditions]


def _conditions(wanted: Mapping[str, Any]) -> list[list[str]]:
    """All conditions but HPAActive, which comes from the HPA, in the order of the rule."""
    rows = [
        [row["type"], row["status"], row.get("reason", ""), row.get("message", "")]
        for row in wanted.get("conditions") or ()
        if row["type"] != "HPAActive"
    ]
    return sorted(rows, key=lambda row: ("Ready", "Active", "Paused").index(row[0]))


def _events(result: KedaOutcome, refused: str) -> list[str]:
    reasons = {"woken": "KEDAScaleTargetActivat", "idle": "KEDAScaleTargetDeactivat"}
    stem = reasons.get(result.why)
    if stem is None:
        return []
    return [f"{stem}ionFailed" if refused else f"{stem}ed"]


class FallbackInput(ControllerShape, frozen=True, kw_only=True):
    """One trigger's read."""

    metric: str = ""
    metric_spec: Mapping[str, Any] = {}
    object: RecordedObject
    scaler_error: str = ""
    values: tuple[RecordedValue, ...] = ()
    current_replicas: int = 0
    ready_replicas: int = 0


def fallback(case: RecordedCase, version: str) -> list[Difference]:
    """`fallback`: what is served for one trigger, its failures and the condition.

    Other triggers are read at the same time and update their failures in the same status.
    """
    given, wanted = shaped(case.input, FallbackInput, "in"), case.output
    spec, release = given.object.asked, keda_release(version)[0]
    read = next((value.milli for value in given.values), None)
    before = given.object.health
    result = served(
        spec,
        given.metric,
        _target(given.metric_spec),
        None if given.scaler_error else read,
        before,
        TargetReplicas(given.current_replicas, given.ready_replicas),
        error=given.scaler_error,
        release=release,
    )
    name = COMPOSITE if result.fallback and spec.modifiers is not None else given.metric
    values = [] if result.milli is None else [[name, result.milli]]
    differences = differ("values", values, _values(wanted))
    differences += differ("fallback", result.fallback, wanted.get("fallback_active", False))
    differences += differ("error", result.error, wanted.get("error", ""))
    after = (wanted.get("health") or {}).get(given.metric)
    ours = result.health.get(given.metric)
    counted = None if after is None else _health(given.metric, after)
    differences += differ("health", _counts(ours), _counts(counted))
    return differences + differ("Fallback", _falling(result, given.object), _fallback_of(wanted))


def _counts(health: TriggerHealth | None) -> list[Any]:
    return [] if health is None else [health.failures, health.failing]


def _target(metric_spec: Mapping[str, Any]) -> MetricTarget:
    target = (metric_spec.get("external") or {}).get("target") or {}
    kind = str(target.get("type") or "AverageValue")
    written = target.get("value" if kind == "Value" else "averageValue")
    return MetricTarget(kind, milli(written) or 0)


def _values(wanted: Mapping[str, Any]) -> list[list[Any]]:
    rows: Sequence[Mapping[str, Any]] = wanted.get("values") or ()
    return sorted([row["metric"], row["milli"]] for row in rows)


def _fallback_of(holder: Mapping[str, Any]) -> str:
    rows = holder.get("conditions") or ()
    return next((str(row["status"]) for row in rows if row["type"] == "Fallback"), "")


def _falling(result: ServedMetric, item: RecordedObject) -> str:
    if result.falling is None:
        return _fallback_of(item.status)
    return str(result.falling)


class FormulaInput(ControllerShape, frozen=True, kw_only=True):
    """A formula and its triggers, `failing`: those beyond the failure threshold."""

    formula: str = ""
    source: str = ""
    target: str = ""
    values_milli: Mapping[str, int] = {}
    failing: tuple[str, ...] = ()
    fallback: Mapping[str, Any] | None = None


def formula_driven(case: RecordedCase, version: str) -> list[Difference]:
    """`formula_driven`: refused, an error, or the composite metric."""
    given, wanted = shaped(case.input, FormulaInput, "in"), case.output
    modifiers = {"formula": given.formula, "target": given.target}
    written = {"advanced": {"scalingModifiers": modifiers}, "fallback": given.fallback}
    spec, stage, result, error = keda_spec(written), "validation", None, ""
    threshold = 0 if spec.fallback is None else spec.fallback.threshold
    health = {name: TriggerHealth(threshold + 1, True) for name in given.failing}
    values = {**given.values_milli, **dict.fromkeys(given.failing, PLACEHOLDER)}
    triggers = [Trigger(value, name, name) for name, value in values.items()]
    try:
        formula = compiled(given.formula, given.values_milli)
        stage = "calculation"
        result, _ = composite(spec, formula, triggers, values, health, TargetReplicas())
    except NotComputed as why:
        raise NotModelled(str(why)) from None
    except FormulaError as refusal:
        error = str(refusal)
    differences = differ("stage", stage, wanted.get("stage"))
    differences += differ("milli", result, wanted.get("milli"))
    return differences + differ("fails", bool(error), "error" in wanted)


class ModifiersInput(ControllerShape, frozen=True, kw_only=True):
    """All triggers' values, or what stands in for them."""

    object: RecordedObject
    values: tuple[RecordedValue, ...] = ()
    fallback_active: bool = False
    fallback_values: tuple[RecordedValue, ...] = ()


def formula(case: RecordedCase, version: str) -> list[Difference]:
    """`formula` and `modifiers`: the composite metric, or the fallback's value."""
    given, wanted = shaped(case.input, ModifiersInput, "in"), case.output
    spec, release = given.object.asked, keda_release(version)[0]
    values = [[row.metric, row.milli] for row in given.values]
    error = ""
    if given.fallback_active and given.fallback_values:
        first = given.fallback_values[0]
        values = [[first.metric, first.milli]]
    elif spec.modifiers is not None and (spec.formula or case.kind == "formula"):
        try:
            values = [[COMPOSITE, _composite(spec, given, release)]]
        except NotComputed as why:
            raise NotModelled(str(why)) from None
        except FormulaError as refusal:
            values, error = [], str(refusal)
    differences = differ("values", sorted(values), _values(wanted))
    if case.kind == "formula":
        differences += differ("fails", bool(error), "error" in wanted)
    return differences


def _composite(spec: KedaSpec, given: ModifiersInput, release: KedaRelease) -> int:
    triggers = [Trigger(row.milli, row.metric, row.trigger) for row in given.values]
    read = {trigger.name for trigger in triggers}
    listed = given.object.spec.get("triggers") or ()
    names = [str(row.get("name") or "") for row in listed]
    triggers += [Trigger(None, name, name) for name in names if name not in read]
    values = {row.metric: row.milli for row in given.values}
    health = given.object.health
    text = spec.formula
    if not text:
        # It is not recorded which one was computed; if all triggers fail, both give nil.
        if not all(health.get(each.metric, TriggerHealth()).failing for each in triggers):
            raise NotModelled("the formula is not recorded")
        text = " ?? ".join(trigger.name for trigger in triggers)
    formula = compiled(text, (trigger.name for trigger in triggers))
    return composite(spec, formula, triggers, values, health, TargetReplicas(), release)[0]


class StateInput(ControllerShape, frozen=True, kw_only=True):
    """All triggers as read."""

    object: RecordedObject
    observed: tuple[ObservedTrigger, ...] = ()
    metric: str = ""
    scalers: tuple[Mapping[str, Any], ...] = ()


def _possible(
    case: RecordedCase, version: str, rule: Callable[..., Result]
) -> tuple[KedaSpec, Iterator[Result]]:
    """The object, and what the rule gives for each number of replicas that there may have been."""
    given = shaped(case.input, StateInput, "in")
    if not given.observed and not given.object.asked.is_paused:
        raise NotModelled("no trigger could be built")
    names = [str(t.get("name") or "") for t in given.object.spec.get("triggers") or ()]
    listed = list(given.object.status.get("externalMetricNames") or ())

    def name(metric: str) -> str:
        place = listed.index(metric) if metric in listed else len(names)
        return names[place] if place < len(names) else ""

    triggers = [
        Trigger(
            value=None if row.error else next((v.milli for v in row.values), None),
            metric=row.metric,
            name=name(row.metric),
            activation=-(2**63) if row.active else 2**63 - 1,
            target=MetricTarget("AverageValue", 1000),
            error=row.error,
        )
        for row in given.observed
    ]
    spec, health, release = given.object.asked, given.object.health, keda_release(version)[0]
    return spec, (rule(spec, triggers, health, count, release) for count in _replicas(spec))


def object_state(case: RecordedCase, version: str) -> list[Difference]:
    """`object_state`: active or not over all triggers."""
    spec, results = _possible(case, version, state_of)
    return min((_stated(spec, each, case.output) for each in results), key=len)


def served_metrics(case: RecordedCase, version: str) -> list[Difference]:
    """`served_metrics`: what the metrics API answers."""
    _, results = _possible(case, version, serve)
    return min((_answered(each, case.output) for each in results), key=len)


def _replicas(spec: KedaSpec) -> Iterator[TargetReplicas]:
    """Possible numbers of replicas, which are not recorded: one has to explain what was served."""
    back = spec.fallback
    heeded = back is not None and fallback_replicas(back, 0) != fallback_replicas(back, 100)
    return (TargetReplicas(count, count) for count in range(101 if heeded else 1))


def _stated(spec: KedaSpec, result: TriggerState, wanted: Mapping[str, Any]) -> list[Difference]:
    names = sorted(wanted.get("active_triggers") or ())
    ours = sorted(result.triggers)
    if spec.modifiers is not None and not spec.formula and set(names) <= set(ours):
        ours = names  # KEDA names one of them, whichever came last
    differences = differ("active", result.active, wanted.get("active", False))
    differences += differ("active triggers", ours, names)
    differences += differ("error", result.failed, wanted.get("error_seen", False))
    return differences + differ("fallback", result.fallback, wanted.get("fallback_active", False))


def _answered(result: ServedMetrics, wanted: Mapping[str, Any]) -> list[Difference]:
    values = sorted([name, value] for name, value in result.values.items())
    return differ("values", values, _values(wanted)) + differ(
        "error", result.error, wanted.get("error", "")
    )


def hpa_condition(case: RecordedCase, version: str) -> list[Difference]:
    """`hpa_health`: the HPA that was read is not part of the recording."""
    raise NotModelled("the HPA that KEDA read is not recorded")
