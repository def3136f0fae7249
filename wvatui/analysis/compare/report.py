"""A comparison as JSON values, and as tables of cells."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, get_args

from wvatui.analysis.compare.comparison import ComparedRow, Comparison
from wvatui.analysis.compare.coverage import (
    CoverageRow,
    counted,
    counted_words,
    coverage,
    repeated,
)
from wvatui.analysis.compare.figures import RunHead
from wvatui.analysis.compare.rows import FigureRow
from wvatui.analysis.compare.verdicts import GateVerdict, VerdictWord

NO_DATA = "NO DATA"
BEYOND = "*"
"""Marks a difference that exceeds the spread of repetitions."""


@dataclass(frozen=True, slots=True)
class SettingDifference:
    """One setting that differs. `values`: by run; None: unknown there."""

    section: str
    """threshold, controller, scaler, image, engine or load."""
    name: str
    values: tuple[str | None, ...]


def differences(runs: Sequence[RunHead]) -> tuple[SettingDifference, ...]:
    """Every setting that is not the same in all runs, section by section."""
    known = [run.settings for run in runs]
    keys = dict.fromkeys(key for settings in known for key in settings)
    rows = [SettingDifference(*key, tuple(settings.get(key) for settings in known)) for key in keys]
    return tuple(row for row in rows if len(set(row.values)) > 1)


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """A comparison with its verdicts. `coverage`: of each run."""

    comparison: Comparison
    verdicts: tuple[GateVerdict, ...]
    coverage: tuple[tuple[CoverageRow, ...], ...]
    differences: tuple[SettingDifference, ...]

    @property
    def failed(self) -> list[GateVerdict]:
        """The verdicts that are FAIL."""
        return [verdict for verdict in self.verdicts if verdict.verdict == "FAIL"]

    @property
    def not_judged(self) -> list[GateVerdict]:
        """The user's own gates that nothing shows to hold or to fail."""
        return [each for each in self.verdicts if each.own and each.verdict == NO_DATA]


def reported(comparison: Comparison, verdicts: Iterable[GateVerdict]) -> ComparisonReport:
    """A comparison together with its coverage, and with the settings in which the runs differ."""
    sizes = {run: len(group.runs) for group in comparison.groups for run in group.runs}
    alone = len(comparison.measured) == 1
    covered = [each.covered for each in comparison.measured]
    for place, measured in enumerate(comparison.opened):
        covered[place] = coverage(measured)
    with_size = (
        rows if alone else (*rows, repeated(sizes[place])) for place, rows in enumerate(covered)
    )
    return ComparisonReport(
        comparison, tuple(verdicts), tuple(with_size), differences(comparison.runs)
    )


# --- for programs -------------------------------------------------------------------------


def json_value(report: ComparisonReport) -> dict[str, Any]:
    """Everything as JSON values; `null` is NO DATA. Lists in a row are by group, `run_values` by
    run."""
    compared = report.comparison
    return {
        "runs": [
            {
                "name": name,
                "label": run.label,
                "repetition": run.repetition,
                "source": run.source,
                "load_since": run.load.since,
                "load_until": run.load.until,
                "load_known_by": run.load.known_by,
                "warm_up_s": run.load.warm_up_s,
                "since_s": round(measured.since - run.load.since, 3),
                "until_s": round(measured.until - run.load.since, 3),
            }
            for name, run, measured in zip(
                compared.names, compared.runs, compared.measured, strict=True
            )
        ],
        "groups": [asdict(group) for group in compared.groups],
        "rows": [_json_row(row) for row in compared.rows],
        "stages": [
            {"title": stage.title, "rows": [_json_row(row) for row in stage.rows]}
            for stage in compared.stages
        ],
        "verdicts": [_finite(asdict(verdict)) for verdict in report.verdicts],
        "coverage": [
            {"run": name, "rows": [asdict(row) for row in rows], **counted(rows)}
            for name, rows in zip(compared.names, report.coverage, strict=True)
        ],
        "configuration_diff": [asdict(difference) for difference in report.differences],
        "notes": list(compared.notes),
    }


def _json_row(row: ComparedRow) -> dict[str, Any]:
    return {
        "key": row.row.key,
        "title": row.row.title,
        "unit": row.row.unit,
        "values": row.values,
        "n": row.n,
        "interval": row.interval,
        "delta": row.delta,
        "delta_ratio": row.delta_ratio,
        "beyond_spread": row.beyond_spread,
        "sources": [source or None for source in row.sources],
        "run_values": row.run_values,
    }


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    return {k: None if v in (float("inf"), float("-inf")) else v for k, v in values.items()}


CSV_COLUMNS = (
    *("stage", "key", "title", "unit", "group", "source", "n", "value", "low", "high"),
    *("delta", "delta_ratio", "beyond_spread"),
)


def csv_rows(report: ComparisonReport) -> Iterator[dict[str, Any]]:
    """One flat mapping per figure and group; an empty value is NO DATA."""
    compared = report.comparison
    for stage, rows in (("", compared.rows), *((s.title, s.rows) for s in compared.stages)):
        for row in rows:
            for place, group in enumerate(compared.groups):
                low, high = row.interval[place] or (None, None)
                values = (
                    *(stage, row.row.key, row.row.title, row.row.unit, group.label),
                    *(row.sources[place], row.n[place], row.values[place], low, high),
                    *(row.delta[place], row.delta_ratio[place], row.beyond_spread[place]),
                )
                yield dict(zip(CSV_COLUMNS, values, strict=True))


# --- for people: tables of cells, the first row being the titles ----------------------------

TableCells = list[tuple[str, ...]]


def figure_cells(comparison: Comparison, rows: Sequence[ComparedRow]) -> TableCells:
    """The figures of every group, with each one's difference from the first."""
    labels = [
        group.label if len(group.runs) == 1 else f"{group.label} (n={len(group.runs)})"
        for group in comparison.groups
    ]
    titles = [*labels[:1]]
    for label in labels[1:]:
        titles += [label, "Δ"]
    cells: TableCells = [("", *titles)]
    for row in rows:
        line = [f"{row.row.title}{_about(row)}"]
        for place in range(len(labels)):
            line.append(_value(row, place))
            line += [_delta(row, place)] if place else []
        cells.append(tuple(line))
    return cells


def verdict_cells(report: ComparisonReport) -> TableCells:
    """The verdicts, beginning with those of the recorded benchmark's rules."""
    cells: TableCells = [("verdict", "rule", "group", "is", "limit")]
    for v in report.verdicts:
        row = report.comparison.row(v.key).row
        told = [NO_DATA if n is None else _change(n, v.kind, row) for n in (v.change, v.limit)]
        cells.append((v.verdict, v.rule, v.group, told[0], told[1] if v.limit is not None else ""))
    return cells


def counted_times(comparison: Comparison) -> str:
    """The time of load in which each run was counted: `counted: 0 to 240 s after the start of
    load`, with names where the runs differ; of the session, where nothing tells of its load."""
    spans = [
        f"{each.since - each.run.load.since:.0f} to {each.until - each.run.load.since:.0f} s"
        for each in comparison.measured
    ]
    if len(set(spans)) > 1:
        spans = [f"{span} of {name}" for name, span in zip(comparison.called, spans, strict=True)]
    unknown = [each.run.load.known_by == "nothing" for each in comparison.measured]
    start = "the session" if all(unknown) else "load"
    if any(unknown) and not all(unknown):
        start = "load, or of the session where no load is known"
    return f"counted: {', '.join(dict.fromkeys(spans))} after the start of {start}"


def conclusions(report: ComparisonReport) -> list[str]:
    """One sentence per group: how many of its verdicts are FAIL, NO DATA, PASS and MEASURED, with
    the rules of the first two."""
    first = report.comparison.groups[0].label
    lines = []
    for place, group in enumerate(report.comparison.groups):
        own = [verdict for verdict in report.verdicts if verdict.group == group.label]
        counts = []
        for word in get_args(VerdictWord):
            rules = [verdict.rule for verdict in own if verdict.verdict == word]
            named = f" ({', '.join(rules)})" if word in ("FAIL", "NO DATA") else ""
            counts += [f"{len(rules)} {word}{named}"] if rules else []
        if counts:
            against = f" against {first}" if place else ""
            lines.append(f"{group.label}{against}: {', '.join(counts)}")
    return lines


def coverage_cells(report: ComparisonReport) -> TableCells:
    """For each run, how much of its coverage passes, and each row that does not."""
    cells: TableCells = [("run", "coverage", "")]
    for name, rows in zip(report.comparison.called, report.coverage, strict=True):
        cells.append((name, counted_words(rows), ""))
        cells += [("", row.capability, row.detail) for row in rows if row.verdict == "FAIL"]
    return cells


def difference_cells(report: ComparisonReport) -> TableCells:
    """The settings that differ between runs."""
    cells: TableCells = [("", *report.comparison.called)]
    for row in report.differences:
        shown = ("not known" if value is None else value for value in row.values)
        cells.append((f"{row.section}: {row.name}", *shown))
    return cells if len(cells) > 1 else []


def _about(row: ComparedRow) -> str:
    """The unit, and who counted where that matters."""
    unit = row.row.unit if row.row.unit in ("ms", "s", "1/s", "replica-min") else ""
    sources = [who for who in dict.fromkeys(row.sources) if who]
    if len(sources) == 1:
        sources = [who for who in sources if who not in _OBJECTS]
    words = ", ".join(word for word in (unit, *sources) if word)
    return f" ({words})" if words else ""


_OBJECTS = ("workloads", "decisions", "gateway")


def _value(row: ComparedRow, place: int) -> str:
    value, span = row.values[place], row.interval[place]
    if value is None:
        return NO_DATA
    shown = _number(value, row.row)
    return shown if span is None else f"{shown} ± {_number((span[1] - span[0]) / 2, row.row)}"


def _number(value: float, row: FigureRow) -> str:
    if row.unit == "ratio":
        return f"{100 * value:.{row.digits}f} %"
    return f"{value:,.{row.digits}f}"


def _delta(row: ComparedRow, place: int) -> str:
    delta, ratio = row.delta[place], row.delta_ratio[place]
    if delta is None:
        return NO_DATA
    if row.row.unit == "ratio":
        shown = f"{100 * delta:+.{row.row.digits}f} pp"
    else:
        shown = f"{delta:+,.{row.row.digits}f}"
        shown += "" if ratio is None else f" ({100 * ratio:+.1f} %)"
    return shown + (f" {BEYOND}" if row.beyond_spread[place] else "")


def _change(value: float, kind: str, row: FigureRow) -> str:
    if kind == "ratio":
        return f"{100 * value:+.1f} %"
    if kind == "difference":
        return f"{100 * value:+.2f} pp" if row.unit == "ratio" else f"{value:+g}"
    return _number(value, row)
