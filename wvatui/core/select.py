"""State -> the rows and series that a panel, a line or a CSV needs. Pure; see `views` for shapes.

All text that comes out of here is clean: no control characters, whatever a log line held.
"""

import re

from wvatui.core.charts import CHARTS, chart
from wvatui.core.dialects.versions import family
from wvatui.core.limits import thresholds
from wvatui.core.lines import clean
from wvatui.core.log_words import field_words
from wvatui.core.replica_rows import replicas, state_links
from wvatui.core.state import Decided, LogEntry, SourceHealth, State
from wvatui.core.variant_rows import variants
from wvatui.core.views import (
    DecisionRow,
    EventRow,
    HeaderView,
    HealthRow,
    Level,
    LogRow,
    Totals,
)

__all__ = [
    "CHARTS", "chart", "decisions", "events", "header", "health", "log_tail", "replicas",
    "thresholds", "totals", "variants",
]  # fmt: skip

_TITLES = {
    "log": "controller log",
    "pods": "pod metrics",
    "epp": "gateway (EPP)",
    "workloads": "workloads",
    "autoscalers": "autoscalers",
    "variants": "variants",
    "controller": "controller",
    "configmaps": "thresholds",
    "events": "events",
}
_LEVELS: dict[str, Level] = {
    "ok": "ok",
    "starting": "warn",
    "waiting": "warn",
    "retrying": "bad",
    "denied": "bad",
    "down": "bad",
    "absent": "off",
    "ended": "off",
}
FILTERED = 4_000
"""Characters of a raw line that a filter looks at."""
_STALE_S = {"log": 180.0, "pods": 30.0, "epp": 30.0}
"""Silence longer than this is trouble even of a source that calls itself ok."""


def header(state: State) -> HeaderView:
    """What is watched, and by whom it is scaled."""
    head = state.header
    models = {item.model for item in state_links(state) if item.model}
    models |= {d.model for d in state.deciding.values() if d.model}
    if not models and head is not None and head.model:
        models = {head.model}
    return HeaderView(
        context=clean(head.context if head else ""),
        namespace=clean(head.namespace if head else ""),
        models=tuple(clean(model) for model in sorted(models)),
        controller_version=family(state.tally.families),
        analyzer=_analyzer(state),
        driver=_driver(state),
        now=state.now,
        started_at=state.first_at,
        label=clean(head.label if head else ""),
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


def health(state: State) -> tuple[HealthRow, ...]:
    """One row a source, in the order in which they first spoke."""
    return tuple(_health(state, source) for source in state.sources.values())


def _health(state: State, source: SourceHealth) -> HealthRow:
    times = (state.heard.get(source.source), source.heard_at)
    heard = max((at for at in times if at is not None), default=None)
    age = None if heard is None else max(0.0, state.now - heard)
    level: Level = _LEVELS.get(source.status, "warn")
    text = source.text or source.status
    limit = _STALE_S.get(source.source)
    if level == "ok" and limit is not None and age is not None and age > limit:
        level, text = "warn", f"silent for {age:.0f} s"
    if source.retry_at is not None and source.retry_at > state.now:
        text += f"; next try in {source.retry_at - state.now:.0f} s"
    if source.source == "pods" and level == "ok":
        text = _spacing(state) or text
    if source.source == "epp" and level == "ok":
        text = _gateway(state) or text
    return HealthRow(
        source=clean(source.source),
        title=_TITLES.get(source.source, clean(source.source)),
        level=level,
        age_s=age,
        text=clean(text),
    )


def _gateway(state: State) -> str:
    """What the endpoint pickers said last: requests held back, in flight, how full the pool is."""
    newest = [trail[-1] for trail in state.epp.values() if trail]
    fresh = [event for event in newest if state.now - event.at <= _STALE_S["epp"]]
    parts = []
    for title, name, form in (
        ("queue", "queue", ".0f"), ("running", "running", ".0f"),
        ("saturation", "saturation", ".0%"), ("pool KV", "kv", ".0%"),
    ):  # fmt: skip
        values = [getattr(e, name) for e in fresh if getattr(e, name) is not None]
        if values:
            whole = max(values) if name in ("saturation", "kv") else sum(values)
            parts.append(f"{title} {whole:{form}}")
    return ", ".join(parts)


def _spacing(state: State) -> str:
    """The spacing between polling rounds that was really achieved."""
    rounds = state.rounds.last(20)
    if len(rounds) < 3:
        return ""
    span = (rounds[-1].at - rounds[0].at) / (len(rounds) - 1)
    skipped = sum(item.skipped for item in rounds)
    late = f", {skipped} rounds left out" if skipped else ""
    return f"{rounds[-1].answered}/{rounds[-1].pods} pods each {span:.1f} s{late}"


def decisions(state: State, limit: int = 50, variant: str | None = None) -> tuple[DecisionRow, ...]:
    """Coalesced decisions, newest first."""
    rows = sorted(
        (*state.decided.last(4 * limit + 16), *state.deciding.values()),
        key=lambda d: (d.at, d.variant),
        reverse=True,
    )
    chosen = [d for d in rows if variant in (None, d.variant)]
    return tuple(_decision(d) for d in chosen[:limit])


def _decision(decided: Decided) -> DecisionRow:
    return DecisionRow(
        at=decided.at,
        variant=clean(decided.variant),
        model=clean(decided.model),
        action=decided.action,
        current=decided.current,
        target=decided.target,
        reason=clean(decided.reason),
        repeats=decided.repeats,
    )


def log_tail(
    state: State, limit: int = 200, pattern: str = "", level: str = ""
) -> tuple[LogRow, ...]:
    """The newest log lines that match, oldest first.

    `pattern`: a regular expression, any case; a leading "!" keeps what does not match.
    Raises ValueError, in words, for a pattern that is none.
    """
    if not pattern and not level:
        return tuple(_log_row(entry) for entry in state.log.last(limit))
    inverse = pattern.startswith("!")
    try:
        search = re.compile(pattern[inverse:], re.IGNORECASE).search
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    found: list[LogRow] = []
    for entry in reversed(state.log.last(len(state.log))):
        if level and entry.level != level:
            continue
        # The whole line counts: a variant's name stands in the fields, not in the message.
        if bool(search(entry.message) or search(entry.raw, 0, FILTERED)) != inverse:
            found.append(_log_row(entry))
            if len(found) == limit:
                break
    return tuple(reversed(found))


def _log_row(entry: LogEntry) -> LogRow:
    text = f"{entry.message}: {entry.error}" if entry.error else entry.message
    fields = clean(field_words(entry.raw)[:1000])
    return LogRow(entry.index, entry.at, entry.level, clean(text[:2000]), entry.kind, fields)


def events(state: State, kinds: frozenset[str] | None = None) -> tuple[EventRow, ...]:
    """What happened, ascending in time: decision, mark, error, gap, notice, event."""
    rows: list[EventRow] = []

    def wanted(kind: str) -> bool:
        return kinds is None or kind in kinds

    if wanted("decision"):
        rows += [
            EventRow(
                d.at, "decision", clean(f"{d.variant} {d.action} {d.current}→{d.target}"), d.seen_at
            )
            for d in (*state.decided, *state.deciding.values())
            if d.action != "no-change"
        ]
    if wanted("mark"):
        rows += [EventRow(m.marks, "mark", clean(m.note)) for m in state.marks]
    if wanted("error"):
        rows += [
            EventRow(e.at, "error", clean(e.message[:200]))
            for e in state.log
            if e.level == "ERROR" and e.kind != "continuation"
        ]
    if wanted("gap"):
        rows += [EventRow(g.at, "gap", clean(f"{g.source}: {g.reason}")) for g in state.gaps]
    if wanted("notice"):
        rows += [EventRow(n.at, "notice", clean(n.text)) for n in state.notices]
    if wanted("event"):
        rows += [
            EventRow(h.at, "event", clean(f"{h.kind}/{h.name} {h.reason}: {h.message}"))
            for h in state.happenings
        ]
    return tuple(sorted(rows, key=lambda row: (row.at, row.kind, row.text)))


def totals(state: State) -> Totals:
    """Counts for the status line."""
    tally = state.tally
    newest = state.deciding.values()
    return Totals(
        events=state.events,
        lines=tally.lines,
        unknown_lines=tally.unknown,
        errors=tally.errors,
        warnings=tally.warnings,
        decisions=tally.cycles + len(state.deciding),
        ups=tally.ups + sum(d.action == "scale-up" for d in newest),
        downs=tally.downs + sum(d.action == "scale-down" for d in newest),
        dialects=tuple(sorted(tally.dialects)),
        drift=clean(state.drift.alarm),
    )
