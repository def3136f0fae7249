"""GuideLLM's CSV, one row per benchmark, in its two forms, converted to the form of its JSON.

    to 0.3     one row of names: "Successful Request latency mean"
    from 0.4   three rows: "Request Latency", "Successful Sec", "Mean"

Its times have no zone and are not used. The header is that of the first benchmark, while later rows
only hold what was measured: a row that does not fit the header is reported and left out.

Source: GuideLLM src/guidellm/benchmark/output.py (to 0.3), outputs/csv.py (from 0.4).
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from wvatui.core.results import guidellm
from wvatui.core.results.loose import decode, table, text
from wvatui.core.results.shape import Report
from wvatui.core.structs import replace

OLD, NEW = "Type,Run Id,Id,Name,", "Run Info,"
"""Start of a file of each form."""
METRICS = {
    "requests_per_second": ("Server Throughput", "Requests/Sec"),
    "request_concurrency": ("Server Throughput", "Concurrency"),
    "request_latency": ("Request Latency", "Sec"),
    "time_to_first_token_ms": ("Time to First Token", "ms"),
    "time_per_output_token_ms": ("Time per Output Token", "ms"),
    "inter_token_latency_ms": ("Inter Token Latency", "ms"),
    "prompt_token_count": ("Token Metrics", "Input Tokens"),
    "output_token_count": ("Token Metrics", "Output Tokens"),
    "output_tokens_per_second": ("Token Throughput", "Output Tokens/Sec"),
    "tokens_per_second": ("Token Throughput", "Total Tokens/Sec"),
}
"""By name in JSON: group and unit from 0.4 on; up to 0.3, the column is the name with spaces."""
COUNTS = ("successful", "incomplete", "errored", "total")
_STEPS = {"p90": 7, "p95": 8, "p99": 9, "max": 10}
"""Indices in the list of percentiles: [min, 0.1, 1, 5, 10, 25, 75, 90, 95, 99, max]."""
_NAME = re.compile(r"([a-z]+)(?:@([\d.]+))?")
_Cells = Mapping[tuple[str, ...], str]


def sniff(text_: str) -> bool:
    """Whether `text_` begins as such a file."""
    return text_.lstrip("\ufeff").startswith((OLD, NEW))


def read(text_: str) -> Report:
    """The report in the text of a CSV file."""
    csv.field_size_limit(10_000_000)
    try:
        lines = [row for row in csv.reader(io.StringIO(text_.lstrip("\ufeff"))) if row]
    except csv.Error as error:
        return Report(tool="guidellm", problems=(f"not whole CSV: {error}",))
    is_old = bool(lines) and lines[0][0] != "Run Info"
    depth = 1 if is_old else 3
    names = [tuple(part.strip() for part in column) for column in zip(*lines[:depth], strict=False)]
    entries, problems, model = [], [], ""
    for number_, row in enumerate(lines[depth:], 1):
        cells = dict(zip(names, row, strict=False))
        entry = (_old if is_old else _new)(cells)
        if len(row) != len(names) or not _fits(entry):
            problems.append(f"row {number_}: it does not fit under the names of the columns")
            continue
        entries.append(entry)
        model = model or text(_json(cells.get(("Run Info", "Backend", ""))).get("model"))
    report = guidellm.read({"benchmarks": entries})
    return replace(
        report,
        dialect="guidellm-csv-0.3" if is_old else "guidellm-csv-0.4+",
        model=model or report.model,
        problems=(*problems, *report.problems),
    )


def _old(cells: _Cells) -> dict[str, Any]:
    match = _NAME.match(cells.get(("Name",), ""))
    kind, amount = (match[1], _float(match[2])) if match is not None else ("", None)
    amount_name = "streams" if kind == "concurrent" else "rate"
    metrics = {}
    for name in METRICS:
        shown = f"Successful {name.replace('_', ' ').capitalize()}"
        ends = {end: cells.get((f"{shown} {end}",), "") for end in ("mean", "median")}
        listed = next((c for k, c in cells.items() if k[0].startswith(f"{shown} [")), "")
        metrics[name] = {"successful": _distribution(ends["mean"], ends["median"], listed)}
    return {
        "args": {"strategy": {"type_": kind, amount_name: amount}},
        "duration": _float(cells.get(("Duration",))),
        "request_totals": {n: _float(cells.get((f"{n.capitalize()} Requests",))) for n in COUNTS},
        "metrics": metrics,
    }


def _new(cells: _Cells) -> dict[str, Any]:
    metrics: dict[str, Any] = {
        name: {
            "successful": _distribution(
                *(
                    cells.get((group, f"Successful {unit}", part), "")
                    for part in ("Mean", "Median", "Percentiles")
                )
            )
        }
        for name, (group, unit) in METRICS.items()
    }
    metrics["request_totals"] = {
        name: _float(cells.get(("Request Counts", name.capitalize(), ""))) for name in COUNTS
    }
    return {
        "config": {"strategy": {"type_": cells.get(("Benchmark", "Strategy", ""), "")}},
        "duration": _float(cells.get(("Timings", "Duration", "Sec"))),
        "metrics": metrics,
    }


def _distribution(mean: str, median: str, listed: str) -> dict[str, Any]:
    """One metric in the form of the JSON; empty where its cells are empty."""
    if not mean and not listed:
        return {}
    steps = [_float(part) for part in listed.strip("[]").split(",")]
    whole: Sequence[float | None] = steps if len(steps) == 11 else [None] * 11
    values = {name: whole[place] for name, place in _STEPS.items()}
    return {
        "mean": _float(mean),
        "median": _float(median),
        "min": whole[0],
        "max": values.pop("max"),
        "percentiles": values,
    }


def _fits(entry: Mapping[str, Any]) -> bool:
    """Whether each metric is a distribution: its mean and its median lie between its ends."""
    for name in METRICS:
        good = entry["metrics"][name]["successful"]
        if not good or name.endswith("_per_second"):  # a rate's mean is weighted by time
            continue
        low, high = good["min"], good["max"]
        if low is None or high is None or good["mean"] is None or good["median"] is None:
            return False
        slack = 1e-6 * (abs(low) + abs(high))
        if not all(low - slack <= good[name] <= high + slack for name in ("mean", "median")):
            return False
    return True


def _float(cell: str | None) -> float | None:
    try:
        return float(cell) if cell else None
    except ValueError:
        return None


def _json(cell: str | None) -> Mapping[str, Any]:
    try:
        return table(decode(cell)) if cell else {}
    except ValueError:
        return {}
