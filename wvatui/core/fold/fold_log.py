"""How the lines of the controller's log change the State: one handler per fact.

Repeats are folded here, once: some builds reconcile twice within 0.1 s, several lines carry the
same decision, an analysis is logged at two levels. The same variant (or model) again within
`COALESCE_S` is the same cycle.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from msgspec import structs

from wvatui.core import events as ev
from wvatui.core.decisions.decide import learn_decision, opens
from wvatui.core.fold.log_clock import ahead_s
from wvatui.core.fold.variant_names import with_known_names
from wvatui.core.log import facts as fc
from wvatui.core.log.dialects import YEARLESS
from wvatui.core.log.parser import parse, year_of
from wvatui.core.state.building.builder import StateBuilder
from wvatui.core.state.building.cutting import (
    APART_S,
    BEFORE_LINES,
    BEFORE_S,
    COALESCE_S,
    Growing,
    ends,
)
from wvatui.core.state.history import HistoryPoint
from wvatui.core.state.state import Analysed, LogEntry, Measured, Predicted
from wvatui.core.state.totals import SessionTotals
from wvatui.core.structs import merged, replace

FactHandler = Callable[[StateBuilder, float, fc.Fact], None]
F = TypeVar("F", bound=fc.Fact)
_DAY_S = 86_400.0
AHEAD_S, OLD_S = _DAY_S, 30 * _DAY_S
"""How far a line's own time may be ahead of when it was seen, and how old it may be, seconds:
clocks differ by minutes, and a pod's log does not reach back further."""


def log_line(builder: StateBuilder, event: ev.Log) -> None:
    """Parse one raw line and learn what it says."""
    if not event.stream.startswith("controller"):
        return
    line = parse(event.line, year_of(event.line, event.at) if event.line[:1] in YEARLESS else None)
    content = line.content
    if content.facts and builder.other_names:
        content = replace(content, facts=with_known_names(content.facts, builder.other_names))
    if content.kind == "blank":
        return
    at = event.at if line.at is None else line.at - ahead_s(builder, event, line.at)
    off_s = at - event.at
    plausible = -OLD_S <= off_s <= AHEAD_S
    at = at if plausible else event.at
    stream = event.pod or event.stream
    builder.namespace, builder.log_namespace = builder.log_namespace.after(content)
    if builder.window.several:
        content = replace(content, facts=tuple(_with_pod_id(builder, f) for f in content.facts))
    watched = builder.window.watches(builder.namespace)
    # A line after one of the session belongs to it too: a controller's clock may be set back.
    within = stream in builder.session.totals.streams or builder.window.holds(at)
    context = not (within and watched)
    entry = LogEntry(content, builder.log.total, at, stream, event.line, context, _place(builder))
    pod = builder.pods.get(builder.controller_pod(event.pod))
    if pod is None or pod.ready:  # a process that does not become ready runs no cycle
        builder.drift.feed(line)
    builder.log.append(entry)
    if builder.cycle is not None:
        builder.cycle.passes(entry)
    if content.kind == "known":
        # Every line, of whatever time, shows which release the controller is.
        families = builder.session.totals.families
        families[content.template] = families.get(content.template, 0) + 1
    if not watched:
        return
    builder.learned = builder.session if within else builder.before
    totals = builder.learned.totals
    totals.streams[stream] = None
    _count(totals, entry)
    if not plausible:
        totals.saw_beyond(f"its time is {abs(off_s) / _DAY_S:.0f} days off")
    for fact in content.facts:
        handler = FACT_HANDLERS.get(type(fact))
        if handler is not None:
            handler(builder, at, fact)
    if builder.cycle is not None:
        builder.cycle.take(entry)


_OF_A_POD = (fc.PodKv, fc.PodQueue, fc.StoodIn, fc.PodCache, fc.PodRate)


def _place(builder: StateBuilder) -> str:
    """Which of several watched namespaces the line being read is about."""
    return builder.namespace if builder.window.several else ""


def _with_pod_id(builder: StateBuilder, fact: fc.Fact) -> fc.Fact:
    """`fact` with its pod's id in the session, where it is about a pod."""
    if not isinstance(fact, _OF_A_POD):
        return fact
    return structs.replace(fact, pod=builder.pod_id(fact.pod))


def _count(totals: SessionTotals, entry: LogEntry) -> None:
    """Count one line of any kind."""
    content = entry.content
    totals.lines += 1
    totals.dialects[content.dialect] = totals.dialects.get(content.dialect, 0) + 1
    if content.kind == "unknown":
        totals.saw_unknown(content.template)
    totals.without_fields += content.lacks_fields
    if content.beyond:
        totals.saw_beyond(content.beyond)
    if entry.is_error:
        totals.saw_error(content.message[:200])
    elif content.level == "WARN":
        totals.warnings += 1


# --- cycles -------------------------------------------------------------------------------


def _cycle(builder: StateBuilder, at: float) -> Growing:
    """The current cycle, which a line at `at` belongs to."""
    cycle = builder.cycle
    if cycle is None or cycle.stop_line is not None:
        cycle = _begin(builder, at)
    cycle.touch(at)
    return cycle


def _begin(builder: StateBuilder, at: float) -> Growing:
    """Begin a cycle, with the lines that the controller wrote just before it."""
    *before, line = builder.log.last(BEFORE_LINES + 1)
    taken: list[LogEntry] = []
    for entry in reversed(before):
        if not at - BEFORE_S <= entry.at <= at or ends(entry):
            break
        taken.insert(0, entry)
    first = taken[0].index if taken else line.index
    last, configs = builder.cycle, dict(builder.configs.current)
    if last is not None:
        last.stop(first, taken)
        configs = last.configs if last.configs == configs else configs
    cycle = Growing(at, at, first, builder.links, configs, builder.context)
    builder.next_cycle(cycle)
    for entry in taken:
        cycle.take(entry)
    return cycle


def _cycle_start(builder: StateBuilder, at: float, fact: fc.CycleStart) -> None:
    cycle = builder.cycle
    if cycle is None or cycle.stop_line is not None or abs(at - cycle.at) >= COALESCE_S:
        _begin(builder, at)


def _model_start(builder: StateBuilder, at: float, fact: fc.ModelStart) -> None:
    builder.learned.totals.model_starts += 1


def _cycle_end(builder: StateBuilder, at: float, fact: fc.CycleEnd) -> None:
    builder.learned.totals.reconciles += 1
    cycle = _cycle(builder, at)
    cycle.end_at, cycle.ok = at, fact.ok
    if fact.mode and not builder.mode:
        builder.mode = fact.mode


def _decision(builder: StateBuilder, at: float, fact: fc.LoggedDecision) -> None:
    cycle = builder.cycle
    variant = builder.variant_id(fact.variant, fact.namespace)
    # Without the line that starts a cycle, another decision for a variant is the next one, and so
    # is one for another variant that comes later than a cycle takes.
    if opens(builder, at, fact) and (
        cycle is None
        or cycle.stop_line is not None
        or (not cycle.has_start and (variant in cycle.decided or at - cycle.last_at > APART_S))
    ):
        _begin(builder, at)
    learn_decision(builder, at, fact)


def _mode(builder: StateBuilder, at: float, fact: fc.Mode) -> None:
    builder.mode = fact.mode
    modes = builder.session.totals.modes
    modes[fact.mode] = modes.get(fact.mode, 0) + 1


# --- what the controller measured ---------------------------------------------------------


def _pod_kv(builder: StateBuilder, at: float, fact: fc.PodKv) -> None:
    totals = builder.learned.totals
    totals.pods[fact.pod] = None
    totals.kv_samples += 1
    totals.kv_peak = max(totals.kv_peak, fact.kv_ratio)
    builder.learned.log_kv.append(fact.pod, HistoryPoint(at, fact.kv_ratio))
    _cycle(builder, at).kv[fact.pod] = fact.kv_ratio


def _pod_queue(builder: StateBuilder, at: float, fact: fc.PodQueue) -> None:
    totals = builder.learned.totals
    totals.queue_samples += 1
    totals.queue_peak = max(totals.queue_peak, fact.waiting)
    builder.learned.log_waiting.append(fact.pod, HistoryPoint(at, fact.waiting))
    _cycle(builder, at).waiting[fact.pod] = fact.waiting


def _highest(before: float | None, value: float | None) -> float | None:
    if value is None:
        return before
    return value if before is None or value > before else before


def _variant_metrics(builder: StateBuilder, at: float, fact: fc.VariantMetrics) -> None:
    totals = builder.learned.totals
    totals.ttft_max_ms = _highest(totals.ttft_max_ms, fact.ttft_ms)
    totals.itl_max_ms = _highest(totals.itl_max_ms, fact.itl_ms)
    totals.arrival_max_per_min = _highest(totals.arrival_max_per_min, fact.arrival_per_min)
    builder.learned.measured.append(builder.variant_id(fact.variant), Measured(at, fact))
    if fact.accelerator:
        # Not its cost: here that is for all replicas together, in VariantInfo for one.
        _learn_info(builder, fc.VariantInfo(variant=fact.variant, accelerator=fact.accelerator))


def _variant_info(builder: StateBuilder, at: float, fact: fc.VariantInfo) -> None:
    _learn_info(builder, fact)


def _learn_info(builder: StateBuilder, fact: fc.VariantInfo) -> None:
    key = builder.variant_id(fact.variant)
    before = builder.info.get(key)
    if before is not None:
        fact = merged(before, fact)
        if fact == before:
            return
    builder.info[key] = fact


# --- analyses -----------------------------------------------------------------------------


def _saturation_v1(builder: StateBuilder, at: float, fact: fc.SaturationV1) -> None:
    builder.learned.totals.saw_analysis_at(at)
    model = builder.model_id(fact.model)
    key = f"{model} {fact.role}" if fact.role else model
    _analysed(builder, at, key, Analysed(at, fact.model, v1=fact, namespace=_place(builder)))


def _analyzer_result(builder: StateBuilder, at: float, fact: fc.AnalyzerResult) -> None:
    builder.learned.totals.saw_analysis_at(at)
    _analysed(
        builder,
        at,
        f"{builder.model_id(fact.model)} {fact.analyzer}",
        Analysed(at, fact.model, v2=fact, namespace=_place(builder)),
    )


def _analysed(builder: StateBuilder, at: float, key: str, analysed: Analysed) -> None:
    before = builder.learned.analysed.newest(key)
    if before is not None and abs(at - before.at) < COALESCE_S:
        # The line at the other level adds what this one lacks; the cycle counts once.
        v1 = merged(before.v1, analysed.v1) if before.v1 and analysed.v1 else analysed.v1
        v2 = merged(before.v2, analysed.v2) if before.v2 and analysed.v2 else analysed.v2
        analysed = Analysed(before.at, analysed.model, v1, v2, analysed.namespace)
        builder.learned.analysed.replace_newest(key, analysed)
        cycle = _cycle(builder, at)
        cycle.analyses = [*(a for a in cycle.analyses if a != before), analysed]
        return
    builder.learned.analysed.append(key, analysed)
    builder.learned.totals.analyses_coalesced += 1
    growing = builder.cycle
    if growing is not None and before in growing.analyses and not growing.has_start:
        _begin(builder, at)
    _cycle(builder, at).analyses.append(analysed)


# --- the model-based optimiser ------------------------------------------------------------


def _prediction(builder: StateBuilder, at: float, fact: fc.Prediction) -> None:
    builder.learned.totals.predictions += 1
    key = builder.variant_id(fact.variant, fact.namespace)
    builder.learned.predicted.append(key, Predicted(at, fact))


def _tuner(builder: StateBuilder, at: float, fact: fc.Tuner) -> None:
    if fact.accepted is False:
        builder.learned.totals.nis_rejections += 1
    key = builder.variant_id(fact.variant, fact.namespace)
    before = builder.tuner.get(key)
    builder.tuner[key] = merged(before, fact) if before else fact


def _slo(builder: StateBuilder, at: float, fact: fc.Slo) -> None:
    key = builder.variant_id(fact.variant) if fact.variant else builder.model_id(fact.model)
    if builder.slo.get(key) != fact:
        builder.slo[key] = fact


def _started(builder: StateBuilder, at: float, fact: fc.Started) -> None:
    """Count a restart in an imported log: a start after cycles. Live sessions have Notices."""
    totals = builder.learned.totals
    cycles = builder.cycles.total + (builder.cycle is not None)
    if builder.header is not None and builder.header.imported and cycles > totals.cycles_at_start:
        totals.restarts += 1
    totals.cycles_at_start = cycles


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
        _on(fc.LoggedDecision, _decision),
        _on(fc.Prediction, _prediction),
        _on(fc.Tuner, _tuner),
        _on(fc.Slo, _slo),
        _on(fc.Started, _started),  # type: ignore[misc]  # mypy sees Any in a struct without fields
    )
)
"""Facts without a row here change nothing in the State but the log: the fallback values of a
`SafetyNet`, for instance, are no decision."""
