"""The cover: what ran, when, with which versions, and what the run can support."""

from collections.abc import Iterator

import wvatui
from wvatui.analysis.compare.coverage import counted_words
from wvatui.analysis.report.page.blocks import (
    FactsBlock,
    PageSection,
    TableBlock,
    WordsBlock,
    date_time,
    lasted,
    window,
)
from wvatui.analysis.report.reported import ReportedRun
from wvatui.core.lines import clean, many
from wvatui.core.queries.health.missing import missing_in
from wvatui.core.queries.session.configuration import configuration, images
from wvatui.core.queries.session.session_rows import header

_NOT_KNOWN = "not known"
_KNOWN_BY = {
    "jobs": "by load jobs",
    "servers": "by the first and last request that a server had",
}


def cover(reported: ReportedRun) -> PageSection:
    """Facts, and the coverage row by row."""
    run, rows = reported.run, reported.coverage
    facts = [*_what(reported), *_when(reported), *_versions(reported)]
    notices = [WordsBlock(clean(notice)) for notice in run.notices]
    measured = reported.measured
    return PageSection(
        "What ran, and what can be said of it",
        (
            FactsBlock(facts),
            *notices,
            TableBlock(
                ("coverage", "", "detail"),
                [(row.capability, row.verdict, row.detail) for row in rows],
                f"{counted_words(rows)}; {window(measured.since, measured.until)}",
                frozenset((0, 1, 2)),
            ),
        ),
    )


def _what(reported: ReportedRun) -> Iterator[tuple[str, str]]:
    run = reported.run
    view, head = header(run.state), run.state.header
    yield "run", run.name
    yield "file", clean(run.path.name)
    if run.label:
        repetition = f", repetition {run.repetition}" if run.repetition else ""
        yield "label", run.label + repetition
    yield "replicas moved by", view.driver or _NOT_KNOWN
    if view.scalers:
        yield "scalers", ", ".join(view.scalers)
    if view.with_wva and (view.analyzer or view.controller_version):
        parts = (view.controller_version, view.analyzer)
        yield "WVA's controller", clean(", ".join(part for part in parts if part))
    yield "models", ", ".join(view.models) or _NOT_KNOWN
    if view.namespace:
        where = f" in {view.context}" if view.context else ""
        yield "namespace", view.namespace + where
    if head is not None and head.imported:
        yield "read from", clean(head.imported)


def _when(reported: ReportedRun) -> Iterator[tuple[str, str]]:
    run, load = reported.run, reported.run.load
    first = run.state.first_at
    yield "recorded", f"{window(first, run.until)}, {lasted(run.until - first)}"
    if load.known_by == "nothing":
        yield "load", f"{_NOT_KNOWN}: time counts from {date_time(first)}"
    else:
        ends = "goes on at the end" if load.until is None else f"to {date_time(load.until)}"
        warm_up = f", after {lasted(load.warm_up_s)} of warm-up" if load.warm_up_s else ""
        yield (
            "load",
            f"from {date_time(load.since)} {ends}{warm_up}; known {_KNOWN_BY[load.known_by]}",
        )
    missing = missing_in(run.state.gaps)
    if missing is not None:
        yield "lacks", clean(str(missing))


def _versions(reported: ReportedRun) -> Iterator[tuple[str, str]]:
    state = reported.run.state
    head = state.header
    if head is not None and head.tool:
        yield "recorded by", clean(head.tool)
    yield "report by", f"wvatui {wvatui.__version__}"
    if head is not None and head.server:
        yield "Kubernetes", clean(head.server)
    for name, image in images(state).items():
        yield clean(name), clean(image)


def configured(reported: ReportedRun) -> PageSection:
    """Every known setting of the run, as it was at the end."""
    run = reported.run
    rows = [row for row in configuration(run.state) if row[0] != "image"]
    changed = [(f"changed at {date_time(at)}", what, "") for at, what in run.changed]
    blocks = [
        TableBlock(
            ("of", "name", "value"),
            [*rows, *changed],
            f"as it was known at the end, {date_time(run.until)}",
            frozenset((0, 1, 2)),
        )
    ]
    if not rows and not changed:
        return PageSection("Configuration", (WordsBlock("NO DATA: none was recorded", True),))
    title = "Configuration" + (f", {many(len(changed), 'change')}" if changed else "")
    return PageSection(title, blocks)
