"""State to the rows of the session as a whole: header, decisions, events, totals.

All texts in these rows are clean: without control characters, whatever a log line contained.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from wvatui.core.decisions.deciders import is_without_wva
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.decisions.scaling_decision import ScalingDecision
from wvatui.core.explain.limits import threshold_changes
from wvatui.core.lines import clean, many
from wvatui.core.log.versions import family
from wvatui.core.queries.pods.kube_event_rows import happened_at
from wvatui.core.rows.header_view import HeaderView
from wvatui.core.rows.log_rows import lines_that
from wvatui.core.rows.scaling_rows import DECIDERS, action, all_changes, listed, scaling_row
from wvatui.core.rows.views import DecisionRow, EventRow, Totals
from wvatui.core.state.linking import state_links
from wvatui.core.state.scope import has_decision
from wvatui.core.state.session_window import called, endpoints_of
from wvatui.core.state.state import LogEntry, State


def served_models(state: State) -> tuple[str, ...]:
    """Models by the names that requests use, as engines tell them; a label may differ."""
    engines = (watched.engine for watched in state.watched.values())
    return tuple(sorted({clean(each.model) for each in engines if each and each.model}))


def header(state: State) -> HeaderView:
    """The header line: what is watched, and what scales it."""
    head = state.header
    models = {item.model for item in state_links(state) if item.model}
    models |= {d.model for d in state.deciding.values() if d.model}
    models |= {ring[-1].model for ring in state.analysed.values() if ring and ring[-1].model}
    endpoints = tuple(map(clean, endpoints_of(head)))
    if endpoints:
        models |= {*served_models(state)}
    if not models and head is not None and head.model:
        models = {head.model}
    return HeaderView(
        context=clean(head.context if head else ""),
        namespace=clean(state.only or called(head.namespace if head else "")),
        models=tuple(clean(model) for model in sorted(models)),
        controller_version=family(state.totals.families),
        analyzer=_analyzer(state),
        driver=_driver(state),
        scalers=_scalers(state),
        with_wva=not is_without_wva(state),
        now=state.now,
        started_at=state.first_at,
        label=clean(head.label if head else ""),
        skew_s=head.skew_s if head else None,
        imported=clean(head.imported if head else ""),
        endpoints=endpoints,
    )


def _analyzer(state: State) -> str:
    v2 = sorted({t[-1].v2.analyzer for t in state.analysed.values() if t and t[-1].v2 is not None})
    if v2:
        return clean("V2 " + "+".join(v2))
    return clean(state.mode)


def _driver(state: State) -> str:
    links = state_links(state)
    parts = []
    if any(item.scaled_object for item in links):
        parts.append("KEDA")
    elif any(item.hpa for item in links):
        parts.append("HPA")
    if state.deciding:
        parts.append("WVA")
    return " + ".join(parts)


def decisions(
    state: State, limit: int = 50, scope: str | None = None, quiet: bool = False
) -> tuple[DecisionRow, ...]:
    """Decisions of all deciders, newest first, with repetitions in one row. `quiet`: also looks
    that changed nothing and held nothing back."""
    shown = listed(scaling_decisions(state), quiet=quiet)
    return tuple(scaling_row(d) for d in shown if has_decision(scope, d))[:limit]


def _scalers(state: State) -> tuple[str, ...]:
    """KEDA and HPAs in order, with the number of their metrics where WVA does not decide."""
    links, counted = state_links(state), is_without_wva(state)
    keda = [i.scaled_object for i in links if i.scaled_object is not None]
    hpas = [i.hpa for i in links if i.hpa is not None]
    if keda:
        counts = {len(each.asked or each.triggers) for each in keda}
        return "KEDA" + _by(counts, "trigger") * counted, *(["HPA"] if hpas else [])
    if hpas:
        return ("HPA" + _by({len(each.metrics) for each in hpas}, "metric") * counted,)
    return ()


def _by(counts: set[int], word: str) -> str:
    """How many each one has, in words; empty: they differ, or have none."""
    if len(counts) != 1 or not (count := counts.pop()):
        return ""
    return f" ({many(count, word)})"


REPEATED_S = 120.0
"""An error repeated within this time, seconds (two of the longest default cycles), is one error."""


def _errors(state: State) -> Iterator[EventRow]:
    """Errors of the log; a repeated one is one row, at its first line, with its count.

    Errors that the release itself calls non-fatal are of another kind, and no mark in charts.
    """
    spans: dict[tuple[str, str, str], tuple[float, float]] = {}
    times: Counter[tuple[str, str, str, float]] = Counter()
    for entry in lines_that(state, _counts_as_error):
        words = ("non-fatal" if entry.is_non_fatal else "error", entry.message, entry.error)
        since, newest = spans.get(words, (entry.at, entry.at))
        if abs(entry.at - newest) > REPEATED_S:
            since = entry.at
        spans[words] = since, entry.at
        times[*words, since] += 1
    for (kind, message, _, at), count in times.items():
        yield EventRow(at, kind, clean(message[:200]) + (f" ×{count}" if count > 1 else ""))


def _counts_as_error(entry: LogEntry) -> bool:
    return entry.is_error and not entry.context


def events(state: State, kinds: frozenset[str] | None = None) -> tuple[EventRow, ...]:
    """What happened in the session, ascending in time; `kinds`: only these, see `EventRow`.

    What happened before T+0 is context and not included.
    """
    rows: list[EventRow] = []
    window = state.window
    id_of = window.id_of

    def wanted(kind: str) -> bool:
        return kinds is None or kind in kinds

    if wanted("decision"):
        rows += [
            EventRow(d.at, "decision", _move(d, id_of(d.namespace, d.variant)), d.seen_at or d.at)
            for d in scaling_decisions(state)
            if d.changes and not d.context
        ]
    if wanted("mark"):
        rows += [EventRow(m.marks, "mark", clean(m.note)) for m in state.marks]
    if wanted("setting"):
        rows += [EventRow(at, "setting", clean(text)) for at, text in threshold_changes(state)]
    if wanted("error") or wanted("non-fatal"):
        rows += (row for row in _errors(state) if wanted(row.kind))
    if wanted("gap"):
        rows += [
            EventRow(g.at, "gap", clean(f"{g.source}: {g.reason}"))
            for g in state.gaps
            if window.reaches(g.until)
        ]
    if wanted("notice"):
        rows += [EventRow(n.at, "notice", clean(n.text)) for n in state.notices]
    if wanted("event"):
        rows += [
            EventRow(at, "event", clean(f"{h.kind}/{h.name} {h.reason}: {h.message}"), h.at)
            for h in state.kube_events
            if window.holds(at := happened_at(h))
        ]
    return tuple(sorted(rows, key=lambda row: (row.at, row.kind, row.text)))


def _move(decision: ScalingDecision, name: str) -> str:
    by = "" if decision.decider == "wva" else f" ({DECIDERS[decision.decider]})"
    before = "?" if decision.before is None else decision.before
    return f"{name} {action(decision)} {before}→{decision.after}{by}"


def totals(state: State) -> Totals:
    """Counts for the status line."""
    counts, changes = state.totals, all_changes(state)
    newest = state.newest_decisions
    if state.only:  # totals cover all namespaces: count what is kept of this one instead
        counts, newest = replace(counts, cycles=0), state.decisions
    others = sum(d.decider != "wva" and not d.quiet for d in scaling_decisions(state))
    return Totals(
        events=state.events,
        lines=counts.lines,
        unknown_lines=counts.unknown,
        errors=counts.errors,
        warnings=counts.warnings,
        decisions=counts.cycles + len(newest) + others,
        ups=changes.up,
        downs=changes.down,
        dialects=tuple(sorted(counts.dialects)),
        drift=clean(state.drift.alarm),
    )
