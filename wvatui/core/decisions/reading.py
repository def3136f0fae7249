"""What the reconciles of a cycle say, by model."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from wvatui.core.log import facts as fc
from wvatui.core.state.state import Cycle, Reconcile


@dataclass(slots=True)
class ModelFacts:
    """What one reconcile says of one model; `model` empty: of none in particular."""

    model: str = ""
    namespace: str = ""
    path: str = ""
    """V1, V2, queueing-model where the line says."""
    facts: list[fc.Fact] = field(default_factory=list)


@dataclass(slots=True)
class Pass:
    """One reconcile of everything. `after`: decisions and what follows, of all models."""

    models: list[ModelFacts] = field(default_factory=list)
    loose: list[fc.Fact] = field(default_factory=list)
    """What belongs to no model, or to the only one where no line begins it (v0.0.x)."""
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
    """The reconciles of a cycle, in order; mode and verbosity hold on in the next now.

    `namespace`: only what is of this one of several watched ones, and what is of none.
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
    """Facts of the model that a fact names, else of the one that is being processed."""
    name = getattr(fact, "model", "") if isinstance(fact, _OWNED) else ""
    if name and name != model.model:
        model = next((m for m in now.models if m.model == name), model)
        if name != model.model:
            model = ModelFacts(name, getattr(fact, "namespace", ""))
            now.models.append(model)
    return model.facts if any(m is model for m in now.models) else now.loose


F = TypeVar("F", bound=fc.Fact)


def of_kind(facts: Iterable[fc.Fact], kind: type[F]) -> Iterator[F]:
    """Those of one kind."""
    return (fact for fact in facts if isinstance(fact, kind))
