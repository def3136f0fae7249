"""How the lines of the controller's log change the State: one handler per fact.

Repeats are folded here, once: some builds reconcile twice within 0.1 s, several lines carry the
same decision, an analysis is logged at two levels. The same variant (or model) again within
`COALESCE_S` is the same cycle.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from wvatui.core import events as ev
from wvatui.core.decisions.decide import emitted, learn_decision
from wvatui.core.log import facts as fc
from wvatui.core.log.dialects import YEARLESS
from wvatui.core.log.parser import parse
from wvatui.core.state.builder import StateBuilder
from wvatui.core.state.cutting import BEFORE_LINES, BEFORE_S, COALESCE_S, Growing, ends
from wvatui.core.state.state import Analysed, HistoryPoint, LogEntry, Measured, Predicted
from wvatui.core.structs import merged

FactHandler = Callable[[StateBuilder, float, fc.Fact], None]
F = TypeVar("F", bound=fc.Fact)
AHEAD_S, OLD_S = 86_400.0, 30 * 86_400.0
"""How far a line's own time may be ahead of when it was seen, and how old it may be: clocks differ
by minutes, and what a controller keeps of its log is younger."""


def log_line(draft: StateBuilder, event: ev.Log) -> None:
    """Parse one raw line and learn what it says."""
    if not event.stream.startswith("controller"):
        return
    line = parse(event.line, _year(event.at) if event.line[:1] in YEARLESS else None)
    content = line.content
    kind = content.kind
    if kind == "blank":
        return
    tally = draft.tally
    tally.lines += 1
    at = event.at if line.at is None else line.at
    if not -OLD_S <= at - event.at <= AHEAD_S:
        tally.saw_beyond(f"its time is {abs(at - event.at) / 86_400:.0f} days off")
        at = event.at
    tally.dialects[content.dialect] = tally.dialects.get(content.dialect, 0) + 1
    if kind == "unknown":
        tally.saw_unknown(content.template)
    elif kind == "known":
        tally.families[content.template] = tally.families.get(content.template, 0) + 1
    if content.beyond:
        tally.saw_beyond(content.beyond)
    if content.level == "ERROR":
        tally.errors += kind != "continuation"
    elif content.level == "WARN":
        tally.warnings += 1
    draft.drift.feed(line)
    entry = LogEntry(content, draft.log.total, at, event.pod or event.stream, event.line)
    draft.log.append(entry)
    if draft.cycle is not None:
        draft.cycle.passes(entry)
    for fact in content.facts:
        handler = FACT_HANDLERS.get(type(fact))
        if handler is not None:
            handler(draft, at, fact)
    if draft.cycle is not None:
        draft.cycle.take(entry)


def _year(at: float) -> int:
    """The UTC year of a moment, without a calendar library (good for 1970 to 2099)."""
    return 1970 + int(at // 31_556_952)


# --- cycles -------------------------------------------------------------------------------


def _cycle(draft: StateBuilder, at: float) -> Growing:
    """The cycle under way, of which something is said at `at`."""
    cycle = draft.cycle
    if cycle is None or cycle.stop_line is not None:
        cycle = _begin(draft, at)
    cycle.touch(at)
    return cycle


def _begin(draft: StateBuilder, at: float) -> Growing:
    """Another cycle, with what the controller wrote just before it."""
    *before, line = draft.log.last(BEFORE_LINES + 1)
    taken: list[LogEntry] = []
    for entry in reversed(before):
        if not at - BEFORE_S <= entry.at <= at or ends(entry):
            break
        taken.insert(0, entry)
    first = taken[0].index if taken else line.index
    last, configs = draft.cycle, dict(draft.configs.current)
    if last is not None:
        last.stop(first, taken)
        configs = last.configs if last.configs == configs else configs
    cycle = Growing(at, at, first, draft.links, configs)
    draft.next_cycle(cycle)
    for entry in taken:
        cycle.take(entry)
    return cycle


def _cycle_start(draft: StateBuilder, at: float, fact: fc.CycleStart) -> None:
    cycle = draft.cycle
    if cycle is None or cycle.stop_line is not None or at - cycle.at >= COALESCE_S:
        _begin(draft, at)


def _model_start(draft: StateBuilder, at: float, fact: fc.ModelStart) -> None:
    draft.tally.model_starts += 1


def _cycle_end(draft: StateBuilder, at: float, fact: fc.CycleEnd) -> None:
    draft.tally.reconciles += 1
    cycle = _cycle(draft, at)
    cycle.end_at, cycle.ok = at, fact.ok
    if fact.mode and not draft.mode:
        draft.mode = fact.mode


def _mode(draft: StateBuilder, at: float, fact: fc.Mode) -> None:
    draft.mode = fact.mode
    modes = draft.tally.modes
    modes[fact.mode] = modes.get(fact.mode, 0) + 1


# --- what the controller measured ---------------------------------------------------------


def _pod_kv(draft: StateBuilder, at: float, fact: fc.PodKv) -> None:
    tally = draft.tally
    tally.pods[fact.pod] = None
    tally.kv_samples += 1
    tally.kv_peak = max(tally.kv_peak, fact.kv_ratio)
    draft.log_kv.append(fact.pod, HistoryPoint(at, fact.kv_ratio))
    _cycle(draft, at).kv[fact.pod] = fact.kv_ratio


def _pod_queue(draft: StateBuilder, at: float, fact: fc.PodQueue) -> None:
    tally = draft.tally
    tally.queue_samples += 1
    tally.queue_peak = max(tally.queue_peak, fact.waiting)
    draft.log_waiting.append(fact.pod, HistoryPoint(at, fact.waiting))
    _cycle(draft, at).waiting[fact.pod] = fact.waiting


def _highest(before: float | None, value: float | None) -> float | None:
    if value is None:
        return before
    return value if before is None or value > before else before


def _variant_metrics(draft: StateBuilder, at: float, fact: fc.VariantMetrics) -> None:
    tally = draft.tally
    tally.ttft_max_ms = _highest(tally.ttft_max_ms, fact.ttft_ms)
    tally.itl_max_ms = _highest(tally.itl_max_ms, fact.itl_ms)
    tally.arrival_max_per_min = _highest(tally.arrival_max_per_min, fact.arrival_per_min)
    draft.measured.append(fact.variant, Measured(at, fact))
    if fact.accelerator or fact.cost is not None:
        # The cost here is that of all replicas together; the unit cost stands in VariantInfo.
        _learn_info(draft, fc.VariantInfo(variant=fact.variant, accelerator=fact.accelerator))


def _variant_info(draft: StateBuilder, at: float, fact: fc.VariantInfo) -> None:
    _learn_info(draft, fact)


def _learn_info(draft: StateBuilder, fact: fc.VariantInfo) -> None:
    before = draft.info.get(fact.variant)
    if before is not None:
        fact = merged(before, fact)
        if fact == before:
            return
    draft.info[fact.variant] = fact


# --- analyses -----------------------------------------------------------------------------


def _saturation_v1(draft: StateBuilder, at: float, fact: fc.SaturationV1) -> None:
    draft.tally.saw_analysis_at(at)
    key = f"{fact.model} {fact.role}" if fact.role else fact.model
    _analysed(draft, at, key, Analysed(at, fact.model, v1=fact))


def _analyzer_result(draft: StateBuilder, at: float, fact: fc.AnalyzerResult) -> None:
    draft.tally.saw_analysis_at(at)
    _analysed(draft, at, f"{fact.model} {fact.analyzer}", Analysed(at, fact.model, v2=fact))


def _analysed(draft: StateBuilder, at: float, key: str, analysed: Analysed) -> None:
    before = draft.analysed.newest(key)
    if before is not None and at - before.at < COALESCE_S:
        # The line at the other level adds what this one lacks; the cycle counts once.
        v1 = merged(before.v1, analysed.v1) if before.v1 and analysed.v1 else analysed.v1
        v2 = merged(before.v2, analysed.v2) if before.v2 and analysed.v2 else analysed.v2
        analysed = Analysed(before.at, analysed.model, v1, v2)
        draft.analysed.replace_newest(key, analysed)
        cycle = _cycle(draft, at)
        cycle.analyses = [*(a for a in cycle.analyses if a != before), analysed]
        return
    draft.analysed.append(key, analysed)
    draft.tally.analyses_coalesced += 1
    _cycle(draft, at).analyses.append(analysed)


# --- the model-based optimiser ------------------------------------------------------------


def _prediction(draft: StateBuilder, at: float, fact: fc.Prediction) -> None:
    draft.tally.predictions += 1
    draft.predicted.append(fact.variant, Predicted(at, fact))


def _tuner(draft: StateBuilder, at: float, fact: fc.Tuner) -> None:
    if fact.accepted is False:
        draft.tally.nis_rejections += 1
    before = draft.tuner.get(fact.variant)
    draft.tuner[fact.variant] = merged(before, fact) if before else fact


def _slo(draft: StateBuilder, at: float, fact: fc.Slo) -> None:
    key = fact.variant or fact.model
    if draft.slo.get(key) != fact:
        draft.slo[key] = fact


# --- the rest -----------------------------------------------------------------------------


def _leader(draft: StateBuilder, at: float, fact: fc.Leader) -> None:
    if fact.event == "acquired" and fact.holder:
        draft.leader = fact.holder


def _on(
    kind: type[F], handler: Callable[[StateBuilder, float, F], None]
) -> tuple[type[fc.Fact], FactHandler]:
    """One row of the table: a handler that takes this kind of fact, and is given no other."""
    return kind, cast(FactHandler, handler)


FACT_HANDLERS: dict[type[fc.Fact], FactHandler] = dict(
    (
        _on(fc.Mode, _mode),
        _on(fc.CycleStart, _cycle_start),
        _on(fc.ModelStart, _model_start),
        _on(fc.CycleEnd, _cycle_end),
        _on(fc.PodKv, _pod_kv),
        _on(fc.PodQueue, _pod_queue),
        _on(fc.VariantMetrics, _variant_metrics),
        _on(fc.VariantInfo, _variant_info),
        _on(fc.SaturationV1, _saturation_v1),
        _on(fc.AnalyzerResult, _analyzer_result),
        _on(fc.LoggedDecision, learn_decision),
        _on(fc.SafetyNet, emitted),
        _on(fc.Prediction, _prediction),
        _on(fc.Tuner, _tuner),
        _on(fc.Slo, _slo),
        _on(fc.Leader, _leader),
    )
)
"""Facts that have no row here are shown in the log and nowhere else (yet)."""
