"""The health of all sources: polling, gaps, lines that were not recognised, messages."""

from itertools import pairwise

from wvatui.core import events as ev
from wvatui.core.lines import clean
from wvatui.core.queries.health.health_rows import expected, health_of
from wvatui.core.queries.health.silences import silent_rows
from wvatui.core.rows.health_views import (
    GapRow,
    HealthDetail,
    LogHealth,
    NoticeRow,
    PollingRow,
    ScrapeFailureRow,
    SourceRow,
    UnknownRow,
)
from wvatui.core.state.source_health import SourceHealth
from wvatui.core.state.state import State

MOST = 200
"""Most gaps and messages that are shown, the newest ones."""
TEMPLATES = 50
"""Most kinds of unknown lines that are shown, the most frequent ones."""
SAMPLE = 500
"""Characters of a sample."""


def health_detail(state: State) -> HealthDetail:
    """Everything about the health of the sources."""
    reaches = state.window.reaches
    gaps = [
        *(
            GapRow(clean(g.source), g.since, g.until, clean(g.reason), not reaches(g.until))
            for g in state.gaps
        ),
        *silent_rows(state),
    ]
    gaps.sort(key=lambda gap: (gap.since, gap.until), reverse=True)
    return HealthDetail(
        sources=tuple(_source(state, source) for source in expected(state)),
        polling=_polling(state),
        gaps=tuple(gaps[:MOST]),
        log=_log(state),
        unknown_kinds=tuple(
            (clean(kind), count)
            for kind, count in sorted(state.unknown_kinds.items(), key=lambda i: (-i[1], i[0]))
        ),
        bad_samples=sum(w.history.last.bad for w in state.watched.values() if w.history.last),
        notices=tuple(
            NoticeRow(n.at, clean(n.source), clean(n.code), clean(n.text))
            for n in reversed(state.notices.last(MOST))
        ),
        events=state.events,
    )


def _source(state: State, source: SourceHealth) -> SourceRow:
    row = health_of(state, source)
    retry = source.retry_at
    return SourceRow(
        source=row.source,
        title=row.title,
        level=row.level,
        status=clean(source.status),
        text=clean(source.text) or row.text,
        age_s=row.age_s,
        since=source.since or None,
        retry_in_s=None if retry is None or retry <= state.now else retry - state.now,
        verb=clean(source.verb),
        resource=clean(source.resource),
    )


def _polling(state: State) -> PollingRow | None:
    rounds = state.rounds.last(len(state.rounds))
    failures = _failures(state)
    if not rounds and not failures:
        return None
    steps = [b.at - a.at for a, b in pairwise(rounds)]
    interval_s = state.header.interval_s if state.header else 0.0
    newest = rounds[-1] if rounds else None
    return PollingRow(
        asked_s=interval_s or None,
        rounds=len(rounds),
        mean_s=sum(steps) / len(steps) if steps else None,
        worst_s=max(steps, default=None),
        skipped=sum(item.skipped for item in rounds),
        took_mean_ms=sum(r.took_ms for r in rounds) / len(rounds) if rounds else None,
        took_worst_ms=max((float(r.took_ms) for r in rounds), default=None),
        late_worst_ms=max((float(r.late_ms) for r in rounds), default=None),
        answered=newest.answered if newest else None,
        pods=newest.pods if newest else None,
        answered_all=sum(r.answered for r in rounds),
        asked_all=sum(r.pods for r in rounds),
        failures=failures,
    )


def _failures(state: State) -> tuple[ScrapeFailureRow, ...]:
    """Existing pods whose last scrape failed, those with most failures first."""
    failing: list[tuple[int, ev.ScrapeFailure]] = [
        (watched.failures, watched.failure)
        for name, watched in state.watched.items()
        if watched.failure is not None and name not in state.gone
    ]
    failing.sort(key=lambda item: (-item[0], item[1].pod))
    return tuple(
        ScrapeFailureRow(
            clean(failure.pod), count, clean(failure.why), clean(failure.text), failure.at
        )
        for count, failure in failing
    )


def _log(state: State) -> LogHealth:
    totals = state.totals
    ranked = sorted(totals.unknown_templates.items(), key=lambda item: (-item[1], item[0]))
    wanted = dict(ranked[:TEMPLATES])
    samples: dict[str, str] = {}
    if wanted:
        for entry in reversed(state.log.last(len(state.log))):
            if entry.kind == "unknown" and entry.template in wanted:
                samples.setdefault(entry.template, entry.message)
                if len(samples) == len(wanted):
                    break
    return LogHealth(
        lines=totals.lines,
        unknown=totals.unknown,
        errors=totals.errors,
        warnings=totals.warnings,
        dialects=tuple(
            (clean(name), count)
            for name, count in sorted(totals.dialects.items(), key=lambda i: (-i[1], i[0]))
        ),
        templates=tuple(
            UnknownRow(clean(name[:SAMPLE]), count, clean(samples.get(name, "")[:SAMPLE]))
            for name, count in wanted.items()
        ),
        alarm=clean(state.drift.alarm),
        out_of_range=clean(totals.out_of_range),
    )
