"""The tables of llm-d-lab's notebook, one row per run: replicas used, times with too few,
latencies.

Source: llm-d-lab analysis/data_source/prometheus.py (get_cost_efficiency_table,
get_gap_window_table, get_error_rate_summary, get_histograms_p_tables_by_run).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import quantiles, stdev

from wvatui.analysis.compare.measured import Figure, MeasuredRun
from wvatui.analysis.report.notebooks.told import Told
from wvatui.analysis.report.reported import ReportedRun
from wvatui.core.lines import clean
from wvatui.core.queries.pods.polled import timed_rounds
from wvatui.core.queries.pods.window import quantile_ms
from wvatui.export.seed import SeedRow

PERCENTS = (10, 25, 50, 75, 90, 95, 99)
LATENCIES = (("TTFT", "ttft"), ("ITL", "itl"), ("E2E", "e2e"))
"""Name of a latency, and of its histogram on the servers."""
TEXTS = ("Run", "Metric")
"""Columns without numbers."""
NamedRun = tuple[str, ReportedRun]


@dataclass(frozen=True, slots=True)
class LabTable:
    """One table of all runs. `name`: of its file. `titles`: of its columns, in words."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: Callable[[str, ReportedRun], Iterable[SeedRow]]


def named(runs: Sequence[ReportedRun]) -> list[NamedRun]:
    """A name for each run: its label where that is unique, else its name, with a number where that
    recurs."""
    labels = [reported.run.label for reported in runs]
    made: list[NamedRun] = []
    for reported in runs:
        run = reported.run
        name = clean(run.label if run.label and labels.count(run.label) == 1 else run.name)
        taken = sum(each == name or each.startswith(f"{name} (") for each, _ in made)
        made.append((f"{name} ({taken + 1})" if taken else name, reported))
    return made


def _first(figure: Figure) -> float | None:
    return next(iter(figure.values()), None)


def _cost(name: str, reported: ReportedRun) -> Iterator[SeedRow]:
    """Cost of a run. A recording does not show the GPUs per replica: one is assumed, as in the
    notebook."""
    m = reported.measured
    requests, seconds = _first(m.answered()), _first(m.replicas("seconds"))
    hours = None if seconds is None else seconds / 3600
    mean, peak = _first(m.replicas("mean")), _first(m.replicas("most"))
    tokens = _first(m.tokens())
    yield {
        "Run": name,
        "total_requests": None if requests is None else int(requests),
        "gpu_hours": hours,
        "requests_per_gpu_hour": requests / hours if requests is not None and hours else None,
        "replica_minutes_per_1k_requests": 60 * hours / (requests / 1000)
        if requests and hours is not None
        else None,
        "avg_replicas": mean,
        "peak_replicas": None if peak is None else int(peak),
        "avg_peak_ratio": mean / peak if mean is not None and peak else None,
        "idle_gpu_pct": _idle(m),
        "tokens_per_sec_avg": tokens / m.load_s if tokens is not None and m.load_s > 0 else None,
    }


def _idle(m: MeasuredRun) -> float | None:
    """The share (0 to 1) of rounds of polls in which no pod had a request."""
    looks = [look for _, own in m.looks for look in own if look.running is not None]
    running = sorted((look.at, look.pod, float(look.running or 0)) for look in looks)
    sums = [sum(values.values()) for _, values in timed_rounds(running, m.run.round_s)]
    return sum(each == 0 for each in sums) / len(sums) if sums else None


def _gaps(name: str, reported: ReportedRun) -> Iterator[SeedRow]:
    """Stretches with too few replicas; one still open counts up to the end of the run."""
    m = reported.measured
    count = _first(m.gaps(len))
    yield {
        "Run": name,
        "scale_up_events": None if count is None else int(count),
        "mean_gap_seconds": _first(m.gaps(lambda each: sum(each) / len(each))) if count else None,
        "max_gap_seconds": _first(m.gaps(max)) if count else None,
        "total_gap_seconds": _first(m.gaps(sum)),
    }


def _errors(name: str, reported: ReportedRun) -> Iterator[SeedRow]:
    ratio = _first(reported.measured.failed_ratio())
    yield {"Run": name, "overall_error_pct": None if ratio is None else 100 * ratio}


def _latencies(name: str, reported: ReportedRun) -> Iterator[SeedRow]:
    """Latencies in seconds, from the growth of the servers' histograms: true quantiles of the whole
    stretch."""
    m = reported.measured
    for title, histogram in LATENCIES:
        grown = m.polled.observed.get(histogram, {})
        values: dict[str, float | None] = {}
        if len(grown) == 1:
            [(layout, counts)] = grown.items()
            for percent in PERCENTS:
                took = quantile_ms(percent / 100, layout, counts, m.run.state.bounds)
                values[f"P{percent}"] = None if took is None else took / 1000
        if any(value is not None for value in values.values()):
            yield {"Run": name, "Metric": f"{title} (s)"} | values


def _gauges(name: str, reported: ReportedRun) -> Iterator[SeedRow]:
    """KV cache, as a mean over the pods, and waiting requests of all pods, over rounds."""
    told: Told = reported.told
    m = reported.measured
    for title, rounds, value in (
        ("KV cache (ratio)", told.kv_rounds, "mean"),
        ("Waiting requests", told.queue_rounds, "total"),
    ):
        values = [getattr(at, value) for at in rounds if m.since <= at.at <= m.until]
        if values:
            yield {"Run": name, "Metric": title} | _spread(values)


def _spread(values: Sequence[float]) -> SeedRow:
    row: SeedRow = {"Avg": sum(values) / len(values)}
    if len(values) > 1:
        ranks = quantiles(values, n=100, method="inclusive")
        row |= {"Stddev": stdev(values)} | {f"P{each}": ranks[each - 1] for each in PERCENTS}
    return row


_RANKS = tuple(f"P{each}" for each in PERCENTS)
TABLES: tuple[LabTable, ...] = (
    LabTable(
        "cost_efficiency",
        "Cost, one GPU a replica",
        (
            "Run",
            "total_requests",
            "gpu_hours",
            "requests_per_gpu_hour",
            "replica_minutes_per_1k_requests",
            "avg_replicas",
            "peak_replicas",
            "avg_peak_ratio",
            "idle_gpu_pct",
            "tokens_per_sec_avg",
        ),
        _cost,
    ),
    LabTable(
        "gap_windows",
        "Stretches that lacked replicas",
        (
            "Run",
            "scale_up_events",
            "mean_gap_seconds",
            "max_gap_seconds",
            "total_gap_seconds",
        ),
        _gaps,
    ),
    LabTable("error_rate", "Requests that failed", ("Run", "overall_error_pct"), _errors),
    LabTable("latency_quantiles", "Latency", ("Run", "Metric", *_RANKS), _latencies),
    LabTable("gauges", "KV cache and queue", ("Run", "Metric", "Avg", "Stddev", *_RANKS), _gauges),
)
"""In the order in which they are shown."""


def rows_of(table: LabTable, runs: Sequence[NamedRun]) -> list[SeedRow]:
    """The rows of all runs, without those that contain only the run's name."""
    rows = [row for name, reported in runs for row in table.rows(name, reported)]
    numbers = [column for column in table.columns if column not in TEXTS]
    return [row for row in rows if any(row.get(column) is not None for column in numbers)]
