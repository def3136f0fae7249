"""The verb check: why nothing happens in a namespace, or in a recording; what to do about it.

Standard output carries the findings; the exit code is 1 when there is one, 0 when there is none.
"""

from contextlib import closing
from pathlib import Path
from typing import Any

from wvatui.cli.live import WatchRequest, connect
from wvatui.core.findings import Finding, finding_rows, title_of
from wvatui.core.findings.over_time import Lasting, found_over_time
from wvatui.core.lines import clean
from wvatui.core.queries.health import health_rows
from wvatui.core.queries.pods import replica_rows
from wvatui.core.queries.session import session_rows, variant_rows
from wvatui.core.state.state import State
from wvatui.errors import UsageError
from wvatui.export.stamp import iso
from wvatui.host import console, signals
from wvatui.recording import open_recording
from wvatui.session.live import LiveSession
from wvatui.session.outcome import odd, span
from wvatui.session.replay import ReplaySession
from wvatui.session.time_expressions import moment

SIGNS = {"blocked": ("✕", "BLOCKED"), "waiting": ("…", "WAITING"), "warning": ("!", "WARNING")}
FOUND, HEALTHY = 1, 0


def is_file(text: str) -> bool:
    """Whether an argument names a recording: no namespace holds a dot or a slash."""
    return "/" in text or "." in text


def cluster(request: WatchRequest, look_s: float, form: str) -> int:
    """Look at a namespace for a while and print what is found; the exit code."""
    session = LiveSession(
        lambda session: connect(request, session), namespace=request.namespace, duration_s=look_s
    )
    signals.run(_run(session))
    state = session.latest
    found = [Lasting(each, state.now, state.now) for each in finding_rows.findings(state)]
    told = _about(state, look_s)
    _print(state, found, told, form, lasting=False)
    return FOUND if found or told["nothing_here"] else HEALTHY


async def _run(session: LiveSession) -> None:
    try:
        await session.run()
    finally:
        await session.aclose()


def recording(file: str, at: str, form: str) -> int:
    """Check a recording, all of it or at one moment, and print what is found; the exit code."""
    path = Path(file)
    if at:
        reader = open_recording(path)
        session = ReplaySession(reader, play=False)
        session.load()
        begin, end = session.bounds
        session.show(moment(at, session.started_at, begin, end))
        state = session.latest
        found = [Lasting(each, state.now, state.now) for each in finding_rows.findings(state)]
    else:
        with closing(open_recording(path)) as reader:
            lasting, state = found_over_time(reader.events())
        found = list(lasting)
    if state.events == 0:
        raise UsageError(f"{file}: holds no event")
    told = _about(state, state.now - state.first_at)
    _print(state, found, told, form, lasting=not at)
    for notice in odd(reader.notices, state):
        console.err(f"wvatui: {notice}")
    return FOUND if found else HEALTHY


def _about(state: State, looked_s: float) -> dict[str, Any]:
    """What was looked at, and what could not be."""
    header = session_rows.header(state)
    rows = variant_rows.variants(state)
    replicas = [row for row in replica_rows.replicas(state) if row.state != "gone"]
    unseen = [
        {"source": row.source, "title": row.title, "text": row.text}
        for row in health_rows.health(state)
        if row.level in ("bad", "off") or (row.level == "warn" and row.age_s is None)
    ]
    return {
        "namespace": header.namespace,
        "context": header.context,
        "at": iso(state.now),
        "looked_s": round(looked_s, 1),
        "controller": " ".join(filter(None, (header.controller_version, header.analyzer))) or None,
        "driver": header.driver or None,
        "variants": [row.key for row in rows],
        "replicas": len(replicas),
        "not_seen": unseen,
        "nothing_here": bool(state.sources) and not rows and not replicas,
    }


def _print(
    state: State, found: list[Lasting], told: dict[str, Any], form: str, *, lasting: bool
) -> None:
    if form == "json":
        rows = [_row(each, state, lasting=lasting) for each in found]
        healthy = not found and not told["nothing_here"]
        console.out_json({**told, "healthy": healthy, "findings": rows})
        return
    lines = [_headline(found, told)]
    for each in found:
        lines += ["", *_lines(each, state, lasting=lasting)]
    if told["not_seen"]:
        lines.append("")
        lines += [f"not seen: {source['title']}: {source['text']}" for source in told["not_seen"]]
    console.out(*lines)


def _headline(found: list[Lasting], told: dict[str, Any]) -> str:
    where = told["namespace"] or "this log"
    if told["nothing_here"]:
        return (
            f"{where}: nothing to check: no variant, no model server, no autoscaler is here"
            " (is it the right namespace, and may it be listed?)"
        )
    counts = [
        f"{number} {word}"
        for severity, word in (
            ("blocked", "blocked"),
            ("warning", "to look at"),
            ("waiting", "waiting"),
        )
        if (number := sum(each.finding.severity == severity for each in found))
    ]
    parts = [_many(len(told["variants"]), "variant"), _many(told["replicas"], "replica")]
    parts += [told["driver"]] if told["driver"] else []
    parts += [f"controller {told['controller']}"] if told["controller"] else []
    looked = f"looked at {', '.join(parts)} for {span(told['looked_s'])}"
    return f"{where}: {', '.join(counts) or 'nothing found'}; {looked}"


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _lines(each: Lasting, state: State, *, lasting: bool) -> list[str]:
    finding = each.finding
    sign, word = SIGNS[finding.severity]
    lines = [f"{sign} {word}  {finding.title}"]
    if lasting:
        begun, ended = each.since - state.first_at, each.until - state.first_at
        lines.append(f"    when      T+{span(begun)} to T+{span(ended)}")
    if finding.until is not None:
        lines.append(f"    until     {iso(finding.until)[11:19]} UTC at the latest")
    for fact in finding.evidence:
        age = "" if fact.age_s is None else f", {span(fact.age_s)} ago"
        where = ", ".join(part for part in (fact.about, fact.source) if part)
        lines.append(f"    evidence  {fact.text}  [{where}{age}]")
    lines.append(f"    do        {finding.advice}")
    return lines


def _row(each: Lasting, state: State, *, lasting: bool) -> dict[str, Any]:
    finding: Finding = each.finding
    row: dict[str, Any] = {
        "rule": finding.rule,
        "what": title_of(finding.rule),
        "severity": finding.severity,
        "title": clean(finding.title),
        "about": clean(finding.about),
        "variant": clean(finding.variant) or None,
        "evidence": [
            {
                "text": clean(fact.text),
                "about": clean(fact.about),
                "source": fact.source,
                "age_s": None if fact.age_s is None else round(fact.age_s, 1),
            }
            for fact in finding.evidence
        ],
        "advice": clean(finding.advice),
        "until": None if finding.until is None else iso(finding.until),
    }
    if lasting:
        row |= {"first_seen": iso(each.since), "last_seen": iso(each.until)}
    return row
