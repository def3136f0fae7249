"""The results of load tools, as values for programs and as lines of text."""

from collections.abc import Callable, Iterable
from typing import Any

from wvatui.analysis.stage_table import SummaryColumn, number, pair, table_lines
from wvatui.core.lines import clean, many
from wvatui.core.queries.load.result_rows import job_results
from wvatui.core.results import Benchmark, Spread
from wvatui.core.results.benchmark_report import LATENCIES, STATISTICS
from wvatui.core.rows.load_views import ResultRow
from wvatui.core.state.state import State
from wvatui.export.stamp import iso

_FIELDS = tuple(
    name
    for name in Benchmark.__struct_fields__
    if name not in ("stage", "since", "until", *LATENCIES)
)
"""Fields of a `Benchmark` that are output under the same names."""


def results(state: State) -> list[dict[str, Any]]:
    """Each benchmark that a load tool reported, oldest first; null where a value is missing."""
    return [_numbers(row) for row in sorted(job_results(state), key=lambda row: row.at)]


def _numbers(row: ResultRow) -> dict[str, Any]:
    client = row.client
    return {
        "job": row.title,
        "stage": row.stage,
        "tool": row.tool,
        "form": row.dialect,
        "since": iso(client.since) or None,
        "until": iso(client.until) or None,
        **{name: _rounded(getattr(client, name)) for name in _FIELDS},
        "in_flight": _rounded(client.in_flight),
        **{name: _spread(getattr(client, name)) for name in LATENCIES},
        "problems": list(row.problems),
    }


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 6)
    return None if value == "" else value


def _spread(values: Spread) -> dict[str, Any] | None:
    """A distribution by statistic; None where nothing was measured."""
    return {name: _rounded(getattr(values, name)) for name in STATISTICS} if values else None


def result_lines(told: Iterable[dict[str, Any]]) -> list[str]:
    """The results as text: a line of titles, and one line per benchmark."""
    rows = list(told)
    if not rows:
        return []
    tools = ", ".join(dict.fromkeys(clean(row["tool"]) or "a load tool" for row in rows))
    head = f"  results          {many(len(rows), 'benchmark')}, as {tools} measured"
    return [head, *table_lines("", rows, _COLUMNS, "job")]


def _mean_and_p99(name: str, form: str) -> Callable[[dict[str, Any]], str]:
    def cell(row: dict[str, Any]) -> str:
        values = row[name] or {}
        parts = (values.get("mean"), values.get("p99"))
        return "/".join("–" if value is None else format(value, form) for value in parts)

    return cell


_COLUMNS: tuple[SummaryColumn, ...] = (
    ("ok/failed", 11, pair("ok", "failed", "d", "/")),
    ("took s", 7, number("duration_s", ".1f")),
    ("req/s", 6, number("requests_per_s", ".3g")),
    ("in flight", 9, number("in_flight", ".3g")),
    ("TTFT mean/p99 ms", 16, _mean_and_p99("ttft_ms", ".0f")),
    ("ITL mean/p99 ms", 15, _mean_and_p99("itl_ms", ".1f")),
    ("E2E mean/p99 ms", 17, _mean_and_p99("latency_ms", ".0f")),
    ("tok/s", 6, number("output_tokens_per_s", ".4g")),
)
"""Of a benchmark: latencies are the client's."""
