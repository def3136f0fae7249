"""Writes a comparison as plain text, Markdown, CSV, or one page of HTML."""

import csv
import io
from collections.abc import Iterator
from html import escape

from wvatui.analysis.compare.report import (
    BEYOND,
    CSV_COLUMNS,
    ComparisonReport,
    TableCells,
    conclusions,
    counted_times,
    coverage_cells,
    csv_rows,
    difference_cells,
    figure_cells,
    verdict_cells,
)
from wvatui.core.lines import clean

WIDEST = 60
"""Most characters of a cell in plain text."""


def parts(report: ComparisonReport) -> Iterator[tuple[str, TableCells]]:
    """(title, table) of everything, in reading order."""
    compared = report.comparison
    yield "", figure_cells(compared, compared.rows)
    for stage in compared.stages:
        yield stage.title, figure_cells(compared, stage.rows)
    yield "Coverage: what the runs support", coverage_cells(report)
    if report.verdicts:
        yield "Verdicts", verdict_cells(report)
    if differing := difference_cells(report):
        yield "Configured differently", differing


def remarks(report: ComparisonReport) -> list[str]:
    """Remarks below the figures."""
    compared = report.comparison
    rows = [r for r in compared.rows if any(r.beyond_spread)]
    both = zip(compared.called, compared.names, strict=True)
    files = [f"{called} is {name}" for called, name in both if called != name]
    counted = f"{counted_times(compared)}; replicas are ready ones, of a log alone its current"
    marked = [f"{BEYOND} differs by more than the repetitions do"] if rows else []
    named = [clean(", ".join(files))] if files else []
    return [*named, clean(counted), *marked, *map(clean, compared.notes)]


CONCLUSION = "In short"
"""Title of the last part: one sentence per group."""


def text(report: ComparisonReport) -> str:
    """Plain text: each column as wide as its widest cell."""
    lines: list[str] = []
    for title, cells in parts(report):
        lines += ["", title] if title else []
        shown = [[_short(cell) for cell in row] for row in cells]
        widths = [max(len(row[n]) for row in shown) for n in range(len(shown[0]))]
        right = title not in ("Verdicts", "Configured differently") and "Coverage" not in title
        for row in shown:
            padded = [
                cell.rjust(width) if right and n else cell.ljust(width)
                for n, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            lines.append("  ".join(padded).rstrip())
        if not title:
            lines += ["", *(f"  {remark}" for remark in remarks(report))]
    if said := conclusions(report):
        lines += ["", CONCLUSION, *(f"  {clean(line)}" for line in said)]
    return "\n".join(lines) + "\n"


def _short(cell: str) -> str:
    cell = clean(cell)
    return cell if len(cell) <= WIDEST else f"{cell[: WIDEST - 1]}…"


def markdown(report: ComparisonReport) -> str:
    """Tables as GitHub shows them."""
    lines: list[str] = []
    for title, cells in parts(report):
        lines += ["", f"### {_marked(title)}", ""] if title else []
        first, *rest = ["| " + " | ".join(map(_marked, row)) + " |" for row in cells]
        lines += [first, "|---" + "|---:" * (len(cells[0]) - 1) + "|", *rest]
        if not title and remarks(report):
            lines += ["", *(f"- {_marked(remark)}" for remark in remarks(report))]
    if said := conclusions(report):
        lines += ["", f"### {CONCLUSION}", "", *(f"- {_marked(line)}" for line in said)]
    return "\n".join(lines) + "\n"


def _marked(cell: str) -> str:
    """Text from outside, escaped for a line of Markdown."""
    shown = clean(cell)
    for sign in "\\`_[]|":
        shown = shown.replace(sign, f"\\{sign}")
    return shown.replace("<", "&lt;")


def comma_separated(report: ComparisonReport) -> str:
    """CSV with one line per figure and group."""
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(csv_rows(report))
    return out.getvalue()


_STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem; }
th, td { border: 1px solid #bbb; padding: 0.2rem 0.6rem; text-align: right; }
th { background: #eee; }
th:first-child, td:first-child { text-align: left; }
.FAIL { background: #f8d0d0; } .PASS { background: #d5f0d5; } .NO { color: #888; }
"""


def html(report: ComparisonReport) -> str:
    """One HTML page that needs no other file."""
    names = " | ".join(group.label for group in report.comparison.groups)
    lines = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f"<title>{_safe(names)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{_safe(names)}</h1>",
    ]
    for title, cells in parts(report):
        lines += [f"<h2>{_safe(title)}</h2>"] if title else []
        lines.append("<table>")
        for number, row in enumerate(cells):
            tag = "td" if number else "th"
            inner = "".join(f"<{tag}{_class(cell)}>{_safe(cell)}</{tag}>" for cell in row)
            lines.append(f"<tr>{inner}</tr>")
        lines.append("</table>")
        if not title:
            lines += [f"<p>{_safe(remark)}</p>" for remark in remarks(report)]
    if said := conclusions(report):
        lines += [f"<h2>{CONCLUSION}</h2>", *(f"<p>{_safe(line)}</p>" for line in said)]
    return "\n".join([*lines, "</body></html>"]) + "\n"


def _class(cell: str) -> str:
    word = cell.partition(" ")[0]
    return f' class="{word}"' if cell in ("PASS", "FAIL", "NO DATA") else ""


def _safe(cell: str) -> str:
    return escape(clean(cell))


FORMS = {"text": text, "md": markdown, "csv": comma_separated, "html": html}
"""By name of `-o`; JSON is written by the verb."""
