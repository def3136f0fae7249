"""One cycle in full: what the controller logged in it, and what was polled from its pods by then.

Apart from thresholds, whose source is named, it only shows what this cycle's own lines state.
"""

from collections.abc import Iterable, Sequence

from wvatui.core.decisions.members import last_said
from wvatui.core.events import Scrape
from wvatui.core.explain.limits import limits_then
from wvatui.core.explain.numbers import or_unknown
from wvatui.core.kube_object import bare
from wvatui.core.lines import clean, many
from wvatui.core.log import facts as fc
from wvatui.core.metrics.scrape_fields import JUDGED
from wvatui.core.rows.cycle_rows import (
    all_cycles,
    analyses_of,
    decided_in,
    decision_row,
    lines_of,
    row_of,
)
from wvatui.core.rows.cycle_views import CycleDetail, CycleSampleRow, CycleVariant, LimitRow
from wvatui.core.rows.log_rows import log_row
from wvatui.core.rules.wva.thresholds import THRESHOLDS
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import Cycle, Decision, State

MOST_LINES = 1_000
"""Most lines shown of one cycle, so that a cycle that never ends does not slow down a redraw."""
PEAK_S = 60.0
"""Seconds over which the polled peak is shown, as several releases use the maximum of a minute."""


def cycle_detail(state: State, at: float) -> CycleDetail | None:
    """The cycle that began at `at`, or else the last one before; None: there is none."""
    known = all_cycles(state)
    number = next((n for n, cycle in enumerate(known) if cycle.at == at), None)
    if number is None:
        before = [n for n, cycle in enumerate(known) if cycle.at <= at]
        if not before:
            return None
        number = before[-1]
    cycle = known[number]
    decided = decided_in(state, known, number)
    facts = tuple(cycle.facts)
    modes = [fact.mode for fact in facts if isinstance(fact, fc.Mode)]
    return CycleDetail(
        row=row_of(state, known, number, decided),
        mode=clean(modes[-1]) if modes else "",
        variants=_variants(state, tuple(cycle.placed), decided),
        limits=_limits(state, cycle),
        samples=_samples(state, cycle, facts),
        notes=_notes(facts),
        log=tuple(log_row(entry) for entry in lines_of(state, cycle, MOST_LINES)),
        previous=known[number - 1].at if number else None,
        next=known[number + 1].at if number + 1 < len(known) else None,
    )


def _limits(state: State, cycle: Cycle) -> tuple[LimitRow, ...]:
    """The thresholds of its analyses; none where it has no analysis."""
    rows: dict[LimitRow, None] = {}
    for analysed in analyses_of(state, cycle):
        known = limits_then(state, cycle, analysed.model, analysed.namespace).by_name()
        rule = "V1" if analysed.v1 is not None else "V2"
        for one in THRESHOLDS:
            held = known[one.name]
            if one.rule == rule and held.value is not None:
                rows[LimitRow(one.title, held.value, one.unit, clean(held.words))] = None
    return tuple(rows)


# --- variants -----------------------------------------------------------------------------


PlacedFact = tuple[str, fc.Fact]
"""A fact with its namespace: see `Reconcile.places`."""


def _variants(
    state: State, facts: Sequence[PlacedFact], decided: tuple[Decision, ...]
) -> tuple[CycleVariant, ...]:
    id_of = state.window.id_of
    decisions = {id_of(d.namespace, d.variant): d for d in reversed(decided)}
    by_variant: dict[str, list[fc.Fact]] = {id_of(d.namespace, d.variant): [] for d in decided}
    for place, fact in facts:
        if name := bare(getattr(fact, "variant", "")):
            by_variant.setdefault(id_of(place, name), []).append(fact)
    return tuple(_variant(name, mine, decisions.get(name)) for name, mine in by_variant.items())


def _variant(name: str, mine: Sequence[fc.Fact], decision: Decision | None) -> CycleVariant:
    info = [fact for fact in mine if isinstance(fact, fc.VariantInfo)]
    metrics = [fact for fact in mine if isinstance(fact, fc.VariantMetrics)]
    targets = [fact for fact in mine if isinstance(fact, fc.LoggedTarget)]
    expected = [fact for fact in mine if isinstance(fact, fc.Prediction)]
    accelerator = last_said(info, "accelerator") or last_said(metrics, "accelerator")
    if not accelerator and decision is not None:
        accelerator = decision.accelerator
    return CycleVariant(
        name=clean(name),
        decision=None if decision is None else decision_row(decision),
        accelerator=clean(accelerator or ""),
        cost=last_said(info, "cost"),
        ready=last_said(info, "ready"),
        pending=last_said(info, "pending"),
        min=last_said(info, "min"),
        max=last_said(info, "max"),
        proposed=last_said(targets, "target"),
        ttft_ms=last_said(metrics, "ttft_ms"),
        itl_ms=last_said(metrics, "itl_ms"),
        arrival_per_min=last_said(metrics, "arrival_per_min"),
        predicted_ttft_ms=last_said(expected, "ttft_ms"),
        predicted_itl_ms=last_said(expected, "itl_ms"),
        notes=_distinct(text for fact in mine if (text := _note(fact))),
    )


# --- in words -----------------------------------------------------------------------------


def _notes(facts: tuple[fc.Fact, ...]) -> tuple[str, ...]:
    return _distinct(
        text for fact in facts if not getattr(fact, "variant", "") and (text := _note(fact))
    )


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean(text[:500]) for text in texts))


def _note(fact: fc.Fact) -> str:
    """What held, cut or replaced a decision, in words; empty: the fact is shown elsewhere."""
    if isinstance(fact, fc.Limited):
        by = f" by {fact.by}" if fact.by else ""
        return f"limited from {or_unknown(fact.original)} to {or_unknown(fact.limited)}{by}"
    if isinstance(fact, fc.ScaleToZero):
        return fact.text or f"scale {fact.direction}"
    if isinstance(fact, fc.SafetyNet):
        source = f", from {fact.source}" if fact.source else ""
        return f"fallback emitted: {or_unknown(fact.desired)} wanted{source}"
    if isinstance(fact, fc.Skipped):
        return f"left out: {fact.reason or fact.text or 'no reason given'}"
    if isinstance(fact, fc.Transition):
        return f"held, in transition: {', '.join(fact.reasons) or 'no reason given'}"
    if isinstance(fact, fc.LoggedTarget) and "instead of" in fact.reason:
        return fact.reason
    if isinstance(fact, fc.ScaleDownUnsafe):
        return f"fewer is not safe: {_unsafe(fact)}"
    if isinstance(fact, fc.SchedulerQueue) and fact.size is not None:
        return f"{many(fact.size, 'request')} held back in the gateway"
    if isinstance(fact, fc.ModelRate) and fact.arrival_per_s is not None:
        return f"{fact.arrival_per_s:.3g} requests/s arrive"
    return ""


def _unsafe(fact: fc.ScaleDownUnsafe) -> str:
    parts = []
    if fact.remaining_spare_kv is not None and fact.kv_trigger is not None:
        parts.append(f"spare KV would be {fact.remaining_spare_kv:.3g} of {fact.kv_trigger:g}")
    if fact.remaining_spare_queue is not None and fact.queue_trigger is not None:
        parts.append(
            f"spare queue would be {fact.remaining_spare_queue:.3g} of {fact.queue_trigger:g}"
        )
    if not parts and fact.required is not None:
        parts.append(f"{or_unknown(fact.non_saturated)} not saturated, {fact.required} needed")
    return ", ".join(parts) or "too little would be left"


# --- pods ---------------------------------------------------------------------------------


def _samples(state: State, cycle: Cycle, facts: tuple[fc.Fact, ...]) -> tuple[CycleSampleRow, ...]:
    """The controller's pods, then pods that were only polled; both ascending by name."""
    rated: dict[str, list[fc.PodRate]] = {}
    for fact in facts:
        if isinstance(fact, fc.PodRate):
            rated.setdefault(fact.pod, []).append(fact)
    own = sorted({*cycle.kv, *cycle.waiting, *rated})
    rows = [_sample(state, cycle, name, rated.get(name, [])) for name in own]
    for name in sorted(set(state.watched) - set(own)):
        row = _sample(state, cycle, name, [])
        if row.polled_at is not None:
            rows.append(row)
    return tuple(rows)


def _sample(state: State, cycle: Cycle, name: str, rates: list[fc.PodRate]) -> CycleSampleRow:
    looks = _looks(state, name, cycle.at)
    polled = looks[-1] if looks and cycle.at - looks[-1].at <= fresh_s(state.header) else None
    kv, waiting = (
        JUDGED["kv"],
        JUDGED["waiting"],
    )  # as the controller's numbers are shown beside them
    peak = max((value for look in looks if (value := kv(look)) is not None), default=None)
    queue = waiting(polled) if polled else None
    return CycleSampleRow(
        pod=clean(name),
        kv_ratio=cycle.kv.get(name),
        waiting=cycle.waiting.get(name),
        arrival_per_s=last_said(rates, "arrival_per_s"),
        ttft_ms=last_said(rates, "ttft_ms"),
        itl_ms=last_said(rates, "itl_ms"),
        polled_at=polled.at if polled else None,
        polled_kv=kv(polled) if polled else None,
        polled_kv_peak=peak if polled else None,
        polled_waiting=None if queue is None else int(queue),
        polled_running=polled.running if polled else None,
    )


def _looks(state: State, name: str, at: float) -> list[Scrape]:
    """Scrapes of a pod within the minute up to `at`."""
    watched = state.watched.get(name)
    if watched is None:
        return []
    return [look for look in watched.history.since(at - PEAK_S) if look.at <= at]
