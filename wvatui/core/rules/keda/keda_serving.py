"""KEDA's results over all triggers: whether the object is active, and what the HPA is served.

Source: KEDA v2.21.0 pkg/scaling/scale_handler.go getScaledObjectState, GetScaledObjectMetrics,
pkg/scaling/modifiers/formula.go HandleScalingModifiers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wvatui.core.rules.keda.keda_fallback import (
    MetricTarget,
    ServedMetric,
    TargetReplicas,
    TriggerHealth,
    fallback_milli,
    served,
    valid_fallback,
)
from wvatui.core.rules.keda.keda_formula import Formula, FormulaError, compiled
from wvatui.core.rules.keda.keda_spec import COMPOSITE, KedaSpec
from wvatui.core.rules.keda.keda_versions import NEWEST, KedaRelease


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger as read.

    `metric`: its name when served, such as s0-prometheus; `name`: its name in formulas. `value`:
    thousandths; None: it could not be read. `activation`: active above it, thousandths.
    """

    value: int | None
    metric: str = "s0-prometheus"
    name: str = ""
    activation: int = 0
    target: MetricTarget = field(default_factory=MetricTarget)
    error: str = ""

    @property
    def active(self) -> bool:
        """Whether its own value is above its own activation."""
        return self.value is not None and self.value > self.activation


@dataclass(frozen=True, slots=True)
class ServedMetrics:
    """The answer to the HPA: thousandths by metric, or an error, or an empty list.

    `fallback`: the fallback replaces a trigger or the formula. `formula_error`: why the formula has
    no value, which KEDA only logs. `health`: after the read.
    """

    values: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    fallback: bool = False
    formula_error: str = ""
    health: Mapping[str, TriggerHealth] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TriggerState:
    """The result of one poll of all triggers. `failed`: one could not be read, and no fallback
    replaced it."""

    active: bool
    triggers: tuple[str, ...] = ()
    failed: bool = False
    fallback: bool = False
    served: ServedMetrics = field(default_factory=ServedMetrics)


def _read_all(
    spec: KedaSpec,
    triggers: Sequence[Trigger],
    health: Mapping[str, TriggerHealth],
    replicas: TargetReplicas,
    release: KedaRelease,
) -> tuple[list[ServedMetric], Mapping[str, TriggerHealth]]:
    """Each trigger's answer with its fallback, and the health of all after that."""
    results = []
    for trigger in triggers:
        result = served(
            spec,
            trigger.metric,
            trigger.target,
            trigger.value,
            health,
            replicas,
            error=trigger.error,
            release=release,
        )
        health = result.health
        results.append(result)
    return results, health


def serve(
    spec: KedaSpec,
    triggers: Sequence[Trigger],
    health: Mapping[str, TriggerHealth],
    replicas: TargetReplicas,
    release: KedaRelease = NEWEST,
) -> ServedMetrics:
    """What the metrics API answers: with a formula its one value, else each trigger's."""
    results, after = _read_all(spec, triggers, health, replicas, release)
    return _answer(spec, triggers, results, after, replicas, release)


def serve_each(
    spec: KedaSpec,
    triggers: Sequence[Trigger],
    health: Mapping[str, TriggerHealth],
    replicas: TargetReplicas,
) -> list[ServedMetrics]:
    """What the metrics API answers an HPA that asks for its external metrics one by one.

    With a formula there is one metric, over all triggers. Failures are counted from one answer to
    the next.
    """
    answers: list[ServedMetrics] = []
    for asked in [triggers] if spec.formula else [[trigger] for trigger in triggers]:
        answer = serve(spec, asked, health, replicas)
        health = answer.health
        answers.append(answer)
    return answers


def _answer(
    spec: KedaSpec,
    triggers: Sequence[Trigger],
    results: Sequence[ServedMetric],
    health: Mapping[str, TriggerHealth],
    replicas: TargetReplicas,
    release: KedaRelease,
) -> ServedMetrics:
    """The answer for triggers that have been read; `health`: after that read."""
    if any(result.milli is None for result in results):
        named = COMPOSITE if spec.formula else ";".join(t.metric for t in triggers)
        return ServedMetrics(error=f"metric:{named} encountered error", health=health)
    values = {
        trigger.metric: result.milli
        for trigger, result in zip(triggers, results, strict=True)
        if result.milli is not None
    }
    falling = [r.milli for r in results if r.fallback and r.milli is not None]
    if not spec.formula:
        return ServedMetrics(values, fallback=bool(falling), health=health)
    if falling:
        return ServedMetrics({COMPOSITE: falling[0]}, fallback=True, health=health)
    try:
        formula = compiled(spec.formula, (t.name or t.metric for t in triggers))
        value, nil = composite(spec, formula, triggers, values, health, replicas, release)
    except FormulaError as error:
        return ServedMetrics(formula_error=str(error), health=health)
    return ServedMetrics({COMPOSITE: value}, fallback=nil, health=health)


def composite(
    spec: KedaSpec,
    formula: Formula,
    triggers: Sequence[Trigger],
    values: Mapping[str, int],
    health: Mapping[str, TriggerHealth],
    replicas: TargetReplicas,
    release: KedaRelease = NEWEST,
) -> tuple[int, bool]:
    """The formula's value, thousandths, and whether it is the fallback's. Raises FormulaError.

    A trigger whose failure the formula has to handle (behavior scalingModifiers) is nil in it, and
    so is one without a value. If the formula gives nil, the fallback is served.
    Source: calculateScalingModifiersFormula.
    """
    back = spec.fallback
    handles = back is not None and back.behavior == "scalingModifiers" and release.own_formula
    known: dict[str, float | None] = {}
    for trigger in triggers:
        own = health.get(trigger.metric, TriggerHealth())
        value = values.get(trigger.metric)
        if handles and back is not None and own.failures > back.threshold and own.failing:
            value = None
        known[trigger.name or trigger.metric] = None if value is None else value / 1000
    result = formula.milli(known)
    if result is not None:
        return result, False
    valid = valid_fallback(spec, MetricTarget(), release)
    stand_in = None
    if valid is not None:
        stand_in = fallback_milli(spec, valid, MetricTarget(), replicas, release)
    if stand_in is None:
        raise FormulaError("the formula comes to nil, and there is no fallback")
    return stand_in, True


def state_of(
    spec: KedaSpec,
    triggers: Sequence[Trigger],
    health: Mapping[str, TriggerHealth],
    replicas: TargetReplicas,
    release: KedaRelease = NEWEST,
) -> TriggerState:
    """Whether the object is active.

    Without a formula: when a trigger is above its activation, or a fallback replaces one. With a
    formula: when the formula is above its own activation; those of triggers are ignored. It is
    never active while a trigger fails and no fallback replaces it. Without a trigger that KEDA
    itself reads, those of cpu and memory being the HPA's, it is always active.
    """
    results, after = _read_all(spec, triggers, health, replicas, release)
    answer = _answer(spec, triggers, results, after, replicas, release)
    failed = any(result.milli is None for result in results)
    falling = any(result.fallback for result in results)
    if spec.modifiers is None:
        active = tuple(
            trigger.metric
            for trigger, result in zip(triggers, results, strict=True)
            if trigger.active or result.fallback
        )
        return TriggerState(bool(active) or not triggers, active, failed, falling, answer)
    above = tuple(
        name for name, value in answer.values.items() if value > spec.modifiers.activation_milli
    )
    return TriggerState(bool(above), above, failed, falling, answer)
