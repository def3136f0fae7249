"""The lines of one cycle, read again: split into reconciles, and each into models."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from wvatui.core import facts as fc
from wvatui.core.cycle_rows import extent
from wvatui.core.dialects.parser import parse
from wvatui.core.state import Cycle, LogEntry

MOST_LINES = 4_000
"""Lines of one cycle that are read."""


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
    started: bool = False
    ended: bool = False
    ok: bool = True
    errors: list[str] = field(default_factory=list)
    debug: bool = False
    unread: int = 0
    """Lines in words that no dialect knows."""
    stood_in: list[str] = field(default_factory=list)
    """Lines that say that 0 stands for a pod's missing metric."""


_AFTER = (fc.Decision, fc.SafetyNet, fc.Limited, fc.ScaleToZero)
_OWNED = (fc.SaturationV1, fc.AnalyzerResult, fc.Transition, fc.SchedulerQueue, fc.ModelRate)
_VARIANTS = (fc.VariantInfo, fc.VariantMetrics, fc.Target, fc.PodKv, fc.Prediction)
_STOOD_IN = ("Pod missing KV", "Pod missing queue")


def lines_of(known: list[Cycle], number: int, entries: list[LogEntry]) -> list[LogEntry]:
    """The log lines of a cycle; empty when they are no longer kept."""
    where = extent(known, number, entries)
    return entries[where.first : where.stop][:MOST_LINES] if where is not None else []


def passes(lines: Iterable[LogEntry]) -> list[Pass]:
    """The reconciles of a cycle, in order; lines before the first start belong to it."""
    found = [Pass()]
    model = ModelFacts()
    for entry in lines:
        now = found[-1]
        if entry.level == "ERROR" and entry.kind != "continuation":
            now.errors.append(": ".join(t for t in (entry.message, entry.error) if t))
        now.debug |= _verbose(entry)
        now.unread += entry.kind == "unknown"
        if entry.message.startswith(_STOOD_IN):
            now.stood_in.append(entry.raw)
        for fact in parse(entry.raw).facts:
            if isinstance(fact, fc.CycleStart):
                if now.started:
                    now = Pass(mode=now.mode, debug=now.debug)
                    found.append(now)
                    model = ModelFacts()
                now.started = True
            elif isinstance(fact, fc.Mode):
                now.mode = fact.mode
            elif isinstance(fact, fc.ModelStart):
                model = ModelFacts(fact.model, fact.namespace, fact.path)
                now.models.append(model)
            elif isinstance(fact, fc.CycleEnd):
                now.ended, now.ok = True, fact.ok
                now.mode = now.mode or fact.mode
            elif isinstance(fact, _AFTER):
                now.after.append(fact)
            else:
                _owner(now, model, fact).append(fact)
    for one in found:
        if not one.models and any(isinstance(fact, _VARIANTS) for fact in one.loose):
            one.models.append(ModelFacts(facts=one.loose))
    return found


def _verbose(entry: LogEntry) -> bool:
    """A line that the default verbosity hides; DEBUG is shown from v0.5.0 on."""
    if entry.level == "DEBUG":
        return not entry.template.startswith("b/") and entry.raw.startswith("{")
    return entry.level in ("V(3)", "V(4)", "V(5)")


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
