"""Check: why nothing happens in a namespace, or in a recording, and what to do about it."""

import sys
import time
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.outside import ENDPOINTS, credentials, outside
from wvatui.cli.params import ALL_NAMESPACES, CLUSTER, FORM, namespaces, option, together
from wvatui.cli.values import Duration, argument
from wvatui.core.lines import many, time_of_day
from wvatui.core.state.session_window import called
from wvatui.errors import UsageError
from wvatui.export.stamp import iso
from wvatui.host import console, signals
from wvatui.session.time_expressions import span

if TYPE_CHECKING:
    from wvatui.core.findings.over_time import Lasting
    from wvatui.core.state.state import State
    from wvatui.kube.auth import CredentialChild
    from wvatui.session.base import SessionStatus
    from wvatui.session.live import LiveSession

SIGNS = {"blocked": "✕", "warning": "!", "waiting": "…", "advice": "i"}
FOUND, HEALTHY = 1, 0
"""Exit codes. A finding that only waits, or only advises, does not count as wrong: stabilisation
windows are open in healthy clusters, and a setting that may hurt elsewhere hurts nobody now."""
FIRST_S = 3.0
"""Most wall seconds from the start to the first answer on a terminal."""
REDRAWN_S = 0.5
THIS_FILE = "this file"
"""Stands for the namespace where a file names none."""


@click.command()
@argument("what", metavar="[NAMESPACE | FILE]", default="")
@FORM
@option(
    "--look",
    type=Duration(),
    default="20s",
    show_default=True,
    help="How long to look; patterns such as a hot pod need a minute.",
)
@option("--at", default="", help="With a recording: this moment alone, such as 12m30s or 50%.")
@together(ENDPOINTS, ALL_NAMESPACES, CLUSTER)
def check(what: str, output: str, look: float, at: str, **flags: Any) -> None:
    """Say why nothing happens: blockers, with evidence and what to do.

    \b
    Looks at namespaces for a moment, changes nothing and records nothing; or reads a recording
    or a controller's log (a name with a dot or a slash in it). On a terminal the answer so far
    is shown after 3 s at the latest, and refined until the look is over.
    Exit code 0: nothing is wrong now (what only waits, and advice about a setting, are told);
    1: something is blocked or looks wrong, or there is nothing to check; 3: the cluster cannot be
    reached.
    """
    if _is_file(what):
        sys.exit(_recording(what, at, output))
    if at:
        raise UsageError("--at is a moment of a recording: name a file")
    engines = outside(flags, what)
    flags["namespace"] = namespaces(what, flags)
    with credentials(flags, engines) as asked:
        sys.exit(_cluster(flags | {"outside": engines}, asked, look, output))


def _is_file(text: str) -> bool:
    """Whether an argument names a recording: a namespace never contains a dot or a slash."""
    return "/" in text or "." in text


def _cluster(
    flags: dict[str, Any], asked: "CredentialChild | None", look_s: float, form: str
) -> int:
    """Look at a namespace for a while and print the findings; returns the exit code."""
    from wvatui.cli.live import WatchRequest, connect
    from wvatui.host import own_log
    from wvatui.session.live import LiveSession

    request = WatchRequest(**flags, no_record=True, headless=True)
    session = LiveSession(
        lambda session: connect(request, session, asked=asked),
        namespace=request.namespace,
        duration_s=look_s,
    )
    is_drawn_over = form == "text" and sys.stdout.isatty() and not own_log.is_aloud()
    so_far = _SoFar(session, look_s) if is_drawn_over else None
    progress = console.Progress("check")

    def told(state: "State", status: "SessionStatus") -> None:
        seconds = state.now - state.first_at if state.events else 0.0
        progress.tell(f"looking, {seconds:.0f} s of {look_s:.0f} s")

    # Where the answer goes elsewhere, standard error says what it waits for.
    if so_far is not None or not own_log.is_aloud():
        session.listen(so_far.look if so_far is not None else told)
    try:
        with so_far or nullcontext():
            signals.run(_run(session))
    except signals.Ended:
        if so_far is not None:
            console.out(*so_far.lines[:-1])
        raise
    finally:
        progress.clear()
    state = session.latest
    findings = _now(state)
    about = _about(state, look_s)
    _print(state, findings, about, form, lasting=False)
    return FOUND if _is_trouble(findings) or about["nothing_here"] else HEALTHY


def _is_trouble(findings: "list[Lasting]") -> bool:
    return any(each.finding.is_trouble for each in findings)


def _now(state: "State") -> "list[Lasting]":
    """The findings at the end of `state`."""
    from wvatui.core.findings import finding_rows
    from wvatui.core.findings.over_time import Lasting

    return [Lasting(each, state.now, state.now) for each in finding_rows.findings(state)]


class _SoFar:
    """The answer so far, redrawn on the terminal whenever it changes during the look.

    It is first drawn when every source has listed its objects, at the latest `FIRST_S` seconds
    after the start.
    """

    def __init__(self, session: "LiveSession", look_s: float) -> None:
        self._session, self._look_s = session, look_s
        self._begun, self._next = time.monotonic(), 0.0
        self.lines: list[str] = []
        self._drawn = console.Redrawn()

    def look(self, state: "State", status: "SessionStatus") -> None:
        """Draw the present findings, at most every half second."""
        now = time.monotonic()
        is_due = self._session.is_listed or now - self._begun >= FIRST_S
        if not is_due or now < self._next or not state.sources:
            return
        self._next = now + REDRAWN_S
        about = _about(state, state.now - state.first_at)
        lines = [f"{_where(about)}: nothing is listed yet"]
        if self._session.is_listed or not about["nothing_here"]:
            lines = _text(state, _now(state), about, lasting=False)
        lines.append(f"... looking on until {span(self._look_s)}")
        if lines != self.lines:
            self.lines = lines
            self._drawn.show(lines)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        """Erase the answer so far: the final one follows, or the reason why there is none."""
        self._drawn.clear()


async def _run(session: "LiveSession") -> None:
    try:
        await session.run()
    finally:
        await session.aclose()


def _recording(file: str, at: str, form: str) -> int:
    """Check a recording, all of it or at one moment, and print the findings; returns the exit
    code."""
    from wvatui.cli.recordings import open_named, say_notices, state_at
    from wvatui.core.findings.over_time import found_over_time

    reader = open_named(file)
    if at:
        state = state_at(reader, at)
        findings = _now(state)
    else:
        with closing(reader):
            lasting, state = found_over_time(reader.events())
        findings = list(lasting)
    if state.events == 0:
        raise UsageError(f"{file}: holds no event")
    about = _about(state, state.now - state.first_at)
    _print(state, findings, about, form, lasting=not at)
    say_notices(file, reader.notices, state)
    return FOUND if _is_trouble(findings) or about["nothing_here"] else HEALTHY


def _about(state: "State", looked_s: float) -> dict[str, Any]:
    """What was examined, and what could not be, as plain values."""
    from wvatui.core.queries.health import health_rows
    from wvatui.core.queries.pods import replica_rows
    from wvatui.core.queries.session import session_rows, variant_rows

    header = session_rows.header(state)
    rows = variant_rows.variants(state)
    replicas = [row for row in replica_rows.replicas(state) if row.state != "gone"]
    unseen = [
        {"source": row.source, "title": row.title, "text": row.text}
        for row in health_rows.health(state)
        if row.level in ("bad", "off") or (row.level == "warn" and row.age_s is None)
    ]
    # A file may hold lines or objects alone, which are checked, too.
    noted = state.totals.lines or state.hpas or state.scaled_objects or state.workloads
    return {
        "namespace": state.header.namespace if state.header is not None else "",
        "endpoints": list(header.endpoints),
        "context": header.context,
        "at": iso(state.now),
        "looked_s": round(looked_s, 1),
        "controller": " ".join(filter(None, (header.controller_version, header.analyzer))) or None,
        "driver": header.driver or None,
        "variants": [row.key for row in rows],
        "replicas": len(replicas),
        "not_seen": unseen,
        "nothing_here": not rows and not replicas and (bool(state.sources) or not noted),
        "namespaces": list(state.namespaces),
    }


def _print(
    state: "State", findings: "list[Lasting]", about: dict[str, Any], form: str, *, lasting: bool
) -> None:
    if form == "json":
        rows = [_row(each, lasting=lasting) for each in findings]
        healthy = not _is_trouble(findings) and not about["nothing_here"]
        console.out_json({**about, "healthy": healthy, "findings": rows})
        return
    console.out(*_text(state, findings, about, lasting=lasting))


def _text(
    state: "State", findings: "list[Lasting]", about: dict[str, Any], *, lasting: bool
) -> list[str]:
    """The answer as text, line by line."""
    lines = [_headline(findings, about)]
    for each in findings:
        lines += ["", *_lines(each, state, lasting=lasting)]
    if about["not_seen"]:
        lines.append("")
        lines += [f"not seen: {source['title']}: {source['text']}" for source in about["not_seen"]]
    return lines


def _headline(findings: "list[Lasting]", about: dict[str, Any]) -> str:
    from wvatui.core.findings.finding import counted

    where = _where(about)
    if about["nothing_here"]:
        words = f"{where}: nothing to check: no variant, no model server, no autoscaler is here"
        if where == THIS_FILE:
            return f"{words}, and no line of a controller"
        return f"{words} (is it the right namespace, and may it be listed?)"
    counts = counted(each.finding for each in findings)
    parts = [many(len(about["variants"]), "variant"), many(about["replicas"], "replica")]
    if about["endpoints"]:
        parts = [many(about["replicas"], "engine")]
    parts += [about["driver"]] if about["driver"] else []
    parts += [f"controller {about['controller']}"] if about["controller"] else []
    looked = f"looked at {', '.join(parts)} for {span(about['looked_s'])}"
    return f"{where}: {counts or 'nothing found'}; {looked}"


def _where(about: dict[str, Any]) -> str:
    """What was examined: namespaces, endpoints, or a file that names neither."""
    from wvatui.core.rows.header_view import place_of

    return place_of(called(about["namespace"]), about["endpoints"]) or THIS_FILE


def _lines(each: "Lasting", state: "State", *, lasting: bool) -> list[str]:
    finding = each.finding
    lines = [f"{SIGNS[finding.severity]} {finding.severity.upper()}  {finding.headline}"]
    if lasting:
        begun, ended = (f"T+{span(at - state.first_at)}" for at in (each.since, each.until))
        times = f"{time_of_day(each.since)} to {time_of_day(each.until)} UTC"
        lines.append(f"    when      {times} ({begun} to {ended})")
    if finding.until is not None:
        lines.append(f"    until     {time_of_day(finding.until)} UTC at the latest")
    for fact in finding.evidence:
        seen = ""
        if fact.age_s is not None:
            # An age counts from the moment at which the finding was last seen.
            seen = time_of_day(each.until - fact.age_s) if lasting else f"{span(fact.age_s)} ago"
        where = ", ".join(part for part in (fact.about, fact.source, seen) if part)
        lines.append(f"    evidence  {fact.text}  [{where}]")
    lines.append(f"    do        {finding.advice}")
    return lines


def _row(each: "Lasting", *, lasting: bool) -> dict[str, Any]:
    from wvatui.core.findings import title_of
    from wvatui.export.finding_values import finding_values

    row = finding_values(each.finding) | {"what": title_of(each.finding.rule)}
    if lasting:
        row |= {"first_seen": iso(each.since), "last_seen": iso(each.until)}
    return row
