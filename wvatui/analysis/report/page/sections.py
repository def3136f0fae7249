"""The sections of a page, in order: of all runs together, then of each run."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from wvatui.analysis.compare import writing
from wvatui.analysis.compare.comparison import names_of
from wvatui.analysis.compare.report import ComparisonReport
from wvatui.analysis.report.lab.charts import PLOTS
from wvatui.analysis.report.page import cover, glance, happened, numbers
from wvatui.analysis.report.page.blocks import (
    PageBlock,
    PageSection,
    TableBlock,
    WordsBlock,
    date_time,
    lasted,
    no_data,
    window,
)
from wvatui.analysis.report.pictures.figures import PICTURES, figured
from wvatui.analysis.report.reported import ReportedRun
from wvatui.core.lines import clean
from wvatui.core.queries.session.session_rows import header


def sections(compared: ComparisonReport, runs: Sequence[ReportedRun]) -> Iterator[PageSection]:
    """All sections of the page of these runs, beginning with the overview."""
    if len(runs) == 1:
        # The overview is made last: the search in other processes has more time until it is needed.
        parts = tuple(_of_run(compared, runs[0], alone=True))
        yield glance.of_run(compared, runs[0])
        yield from parts
        return
    yield glance.of_runs(compared, runs)
    drawn = (block for plot in PLOTS[1:] for block in glance.together(plot, compared, runs))
    yield PageSection("Runs beside each other", (_named(runs), *_compared(compared), *drawn))
    for name, reported in zip(called(runs), runs, strict=True):
        for section in _of_run(compared, reported, alone=False):
            yield replace(section, run=name)


def called(runs: Sequence[ReportedRun]) -> list[str]:
    """A title for each run: its label and its name."""
    names = names_of([reported.run for reported in runs])
    labels = [reported.run.label for reported in runs]
    return [
        f"{label} · {name}" if label else name for label, name in zip(labels, names, strict=True)
    ]


def _of_run(
    compared: ComparisonReport, reported: ReportedRun, *, alone: bool
) -> Iterator[PageSection]:
    yield cover.cover(reported)
    if alone:
        yield PageSection("In numbers", tuple(_compared(compared)))
    replicas = (*_figures(reported, "replicas", "ladder"), *numbers.costs(reported))
    yield PageSection("Replicas, load and cost", replicas)
    yield PageSection("Stages of load", tuple(numbers.stages(reported)))
    why = (*_figures(reported, "targets"), *happened.decisions(reported))
    yield PageSection("Decisions", why)
    long = (*_figures(reported, "waterfall"), *happened.steps(reported))
    yield PageSection("How long changes took", long)
    pods = ("kv", "queue", "running", "gateway")
    yield PageSection("KV cache and queue", tuple(_figures(reported, *pods)))
    answers = ("ttft", "itl", "e2e", "tokens", "requests")
    yield PageSection("Latency and throughput", tuple(_figures(reported, *answers)))
    yield PageSection("What if", tuple(numbers.what_if(reported)))
    yield happened.findings(reported)
    yield happened.happened(reported)
    yield cover.configured(reported)


def _figures(reported: ReportedRun, *names: str) -> Iterator[PageBlock]:
    """The figures, then those that are missing."""
    rows = {row.name: row for row in PICTURES}
    lacks: list[PageBlock] = []
    for name in names:
        made = figured(reported, rows[name])
        if made.views:
            yield glance.drawn(made)
        if made.note or not made.views:
            why = f"{rows[name].title}: {made.note or 'nothing of it was recorded'}"
            lacks.append(no_data(why))
    yield from lacks


# --- all runs together -----------------------------------------------------------------------


def _named(runs: Sequence[ReportedRun]) -> TableBlock:
    rows = []
    for name, reported in zip(called(runs), runs, strict=True):
        run, state = reported.run, reported.run.state
        view, head = header(state), state.header
        rows.append(
            (
                name,
                view.driver or "not known",
                ", ".join(view.models) or "not known",
                date_time(state.first_at),
                lasted(run.until - state.first_at),
                clean(
                    ", ".join(filter(None, (view.controller_version, head.server if head else "")))
                ),
            )
        )
    titles = ("run", "replicas moved by", "models", "recorded from", "for", "versions")
    return TableBlock(titles, rows, texts=frozenset((0, 1, 2, 3, 4, 5)))


_NUMBERS = ("Verdicts", "Configured differently", "Coverage")
"""Beginnings of the titles of tables whose cells are texts."""


def _compared(compared: ComparisonReport) -> Iterator[PageBlock]:
    """The figures of a comparison; for a single run, those that it has."""
    comparison = compared.comparison
    alone = len(comparison.runs) == 1
    windows = "; ".join(
        f"{'' if alone else f'{name}: '}{window(each.since, each.until)}"
        for name, each in zip(comparison.called, comparison.measured, strict=True)
    )
    for title, cells in writing.parts(compared):
        if alone and title.startswith("Coverage"):
            continue
        words = title.startswith(_NUMBERS)
        titles, *rows = cells
        texts = frozenset(range(len(titles))) if words else frozenset((0,))
        first = title or ("figure" if alone else "")
        source = "" if words or title else windows
        yield TableBlock((first, *titles[1:]), rows, source, texts)
        if not title:
            yield from (WordsBlock(remark) for remark in writing.remarks(compared))
