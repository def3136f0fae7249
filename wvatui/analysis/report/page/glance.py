"""The overview: verdict, key figures, and the most important picture."""

from collections import Counter
from collections.abc import Iterator, Sequence

from wvatui.analysis.compare.comparison import ComparedRow
from wvatui.analysis.compare.report import ComparisonReport, figure_cells, verdict_cells
from wvatui.analysis.report.lab.charts import PLOTS, LabPlot
from wvatui.analysis.report.lab.files import plotted, shown
from wvatui.analysis.report.lab.tables import named
from wvatui.analysis.report.page.blocks import (
    FactsBlock,
    FigureBlock,
    KeyFiguresBlock,
    PageBlock,
    PageSection,
    TableBlock,
    date_time,
    lasted,
    no_data,
    window,
)
from wvatui.analysis.report.pictures.figures import PICTURES, Figured, figured
from wvatui.analysis.report.reported import ReportedRun
from wvatui.core.lines import many
from wvatui.core.queries.session.session_rows import header

TITLE = "At a glance"
KEYS = (
    *("replicas_avg", "replicas_max", "cost", "ups", "downs", "gap_s"),
    *("ttft_p99_ms", "itl_p99_ms", "requests_per_s", "error_ratio", "kv_peak", "saturated_ratio"),
    "slo_attainment",
)
"""Rows of a comparison that are key figures; the last one only with objectives."""


def of_run(compared: ComparisonReport, reported: ReportedRun) -> PageSection:
    """The overview of one run: a short text, its key figures, its replicas against its load."""
    _, *cells = figure_cells(compared.comparison, _key_rows(compared))
    values = [(title, value) for title, value in cells]
    blocks: list[PageBlock] = [
        FactsBlock([*_judged(compared), *_ran(reported)]),
        KeyFiguresBlock(values),
    ]
    made = figured(reported, PICTURES[0])
    blocks.append(drawn(made) if made.views else no_data(f"{made.row.title}: {made.note}"))
    return PageSection(TITLE, blocks)


def of_runs(compared: ComparisonReport, runs: Sequence[ReportedRun]) -> PageSection:
    """The overview of several runs: the verdicts, the key figures of each group, all replicas in
    one chart."""
    titles, *cells = figure_cells(compared.comparison, _key_rows(compared))
    blocks = (
        FactsBlock([*_judged(compared)]),
        TableBlock(("", *titles[1:]), cells, _windows(compared)),
        *together(PLOTS[0], compared, runs),
    )
    return PageSection(TITLE, blocks)


def drawn(made: Figured) -> FigureBlock:
    """The block of a run's figure with charts."""
    return FigureBlock(made.row.title, made.drawing, made.source, window(made.since, made.until))


def together(
    plot: LabPlot, compared: ComparisonReport, runs: Sequence[ReportedRun]
) -> Iterator[PageBlock]:
    """The block of a figure of all runs, aligned on the start of each one's measured part."""
    if shown(plot, named(runs)):
        rows = [row for row in PICTURES if row.name in plot.like]
        sources = dict.fromkeys(row.source(each.run) for row in rows for each in runs)
        yield FigureBlock(plot.title, plotted(plot, runs), "; ".join(sources), _windows(compared))
    else:
        yield no_data(f"{plot.title}: nothing of it was recorded")


def _windows(compared: ComparisonReport) -> str:
    comparison = compared.comparison
    return "; ".join(
        f"{name}: {window(each.since, each.until)}"
        for name, each in zip(comparison.called, comparison.measured, strict=True)
    )


def _key_rows(compared: ComparisonReport) -> list[ComparedRow]:
    return [row for row in compared.comparison.rows if row.row.key in KEYS]


def _judged(compared: ComparisonReport) -> Iterator[tuple[str, str]]:
    """The number of verdicts, and each failed one with its figure and limit."""
    if not compared.verdicts:
        return
    counts = Counter(verdict.verdict for verdict in compared.verdicts)
    ordered = sorted(counts.items(), key=lambda item: item[0] != "FAIL")
    yield "verdicts", ", ".join(f"{count} {word}" for word, count in ordered)
    for verdict, rule, group, value, limit in verdict_cells(compared)[1:]:
        if verdict == "FAIL":
            yield "FAIL", f"{rule}, {group}: {value}, limit {limit}"


def _ran(reported: ReportedRun) -> Iterator[tuple[str, str]]:
    run, view = reported.run, header(reported.run.state)
    models = f" of {', '.join(view.models)}" if view.models else ""
    yield "replicas moved by", f"{view.driver or 'not known'}{models}"
    first = run.state.first_at
    yield "recorded", f"{date_time(first)}, {lasted(run.until - first)}"
    by_name = {row.capability: row for row in reported.coverage}
    explained = by_name["Decisions explained"]
    told = explained.detail if explained.verdict == "NO DATA" else f"{explained.detail} explained"
    yield "decisions", told
    kinds = Counter(each.finding.severity for each in reported.search.found)
    severities = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    yield "findings", severities or "none"
    lacks = [row.capability for row in reported.coverage if row.verdict == "FAIL"]
    held = many(sum(row.verdict == "PASS" for row in reported.coverage), "check")
    yield "coverage", f"{held} hold" + (f"; not: {', '.join(lacks)}" if lacks else "")
