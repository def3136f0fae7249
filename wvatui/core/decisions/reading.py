"""The facts of a cycle's reconciles, sorted by model."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from wvatui.core.log import facts as fc
from wvatui.core.state.state import Cycle, Reconcile


@dataclass(slots=True)
class ModelFacts:
    """One reconcile's facts about one model; `model` empty: about none in particular."""

    model: str = ""
    namespace: str = ""
    path: str = ""
    """V1, V2 or queueing-model; empty where the line does not say."""
    facts: list[fc.Fact] = field(default_factory=list)


@dataclass(slots=True)
class Pass:
    """One full reconcile. `after`: decisions of all models, and the facts that follow them."""

    models: list[ModelFacts] = field(default_factory=list)
    loose: list[fc.Fact] = field(default_factory=list)
    """Facts of no model, or of the only model where no line starts it (v0.0.x)."""
    after: list[fc.Fact] = field(default_factory=list)
    mode: str = ""
    ended: bool = False
    ok: bool = True
    errors: list[str] = field(default_factory=list)
    debug: bool = False
    unread: int = 0
    """Lines in words that no dialect knows."""


_AFTER = (fc.LoggedDecision, fc.SafetyNet, fc.Limited, fc.ScaleToZero)
_OWNED = (fc.SaturationV1, fc.AnalyzerResult, fc.Transition, fc.SchedulerQueue, fc.ModelRate)
_VARIANTS = (fc.VariantInfo, fc.VariantMetrics, fc.LoggedTarget, fc.PodKv, fc.Prediction)


def passes(cycle: Cycle, namespace: str = "") -> list[Pass]:
    """The reconciles of a cycle, in order; mode and verbosity carry over to the next one.

    `namespace`: where several are watched, only facts of this one, and facts of none.
    """
    result: list[Pass] = []
    mode, debug = "", False
    for reconcile in cycle.reconciles:
        facts = reconcile.facts
        if namespace and reconcile.places:
            pairs = zip(facts, reconcile.places, strict=True)
            facts = tuple(fact for fact, place in pairs if place in ("", namespace))
        now = _pass(reconcile, facts, mode)
        now.debug |= debug
        mode, debug = now.mode, now.debug
        if not now.models and any(isinstance(fact, _VARIANTS) for fact in now.loose):
            now.models.append(ModelFacts(facts=now.loose))
        result.append(now)
    return result


def _pass(reconcile: Reconcile, facts: Iterable[fc.Fact], mode: str) -> Pass:
    now = Pass(
        mode=mode,
        errors=list(reconcile.errors),
        debug=reconcile.verbose,
        unread=reconcile.unread,
    )
    model = ModelFacts()
    for fact in facts:
        if isinstance(fact, fc.Mode):
            now.mode = fact.mode
        elif isinstance(fact, fc.ModelStart):
            model = ModelFacts(fact.model, fact.namespace, fact.path)
            now.models.append(model)
        elif isinstance(fact, fc.CycleEnd):
            now.ended, now.ok = True, fact.ok
            now.mode = now.mode or fact.mode
        elif isinstance(fact, _AFTER):
            now.after.append(fact)
        elif not isinstance(fact, fc.CycleStart):
            _owner(now, model, fact).append(fact)
    return now


def _owner(now: Pass, model: ModelFacts, fact: fc.Fact) -> list[fc.Fact]:
    """The list that a fact belongs to: of the model it names, else of the one being processed."""
    name = getattr(fact, "model", "") if isinstance(fact, _OWNED) else ""
    if name and name != model.model:
        model = next((m for m in now.models if m.model == name), model)
        if name != model.model:
            model = ModelFacts(name, getattr(fact, "namespace", ""))
            now.models.append(model)
    return model.facts if any(m is model for m in now.models) else now.loose


F = TypeVar("F", bound=fc.Fact)


def of_kind(facts: Iterable[fc.Fact], kind: type[F]) -> Iterator[F]:
    """The facts of one type."""
    return (fact for fact in facts if isinstance(fact, kind))
