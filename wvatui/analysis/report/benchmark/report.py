"""A run as an llm-d benchmark report, version 0.2.1, in the form that llm-d-benchmark's own tools
read.

It contains what the run shows and nothing else: unmeasured values are left out. Latencies are the
client's where a single report covers the run, else those of the servers' histograms; the run's
description says which.

Source: llm-d-benchmark benchmark_report/schema_v0_2_1.py and its JSON schema.
"""

import json
from uuid import NAMESPACE_URL, uuid5

from wvatui.analysis.compare.measured import Figure, MeasuredRun
from wvatui.analysis.report.benchmark.observability import observability
from wvatui.analysis.report.benchmark.parts import Part, known
from wvatui.analysis.report.benchmark.requests import latencies, one_client, requests, throughput
from wvatui.analysis.report.benchmark.scenario import load, stack
from wvatui.core.results.benchmark_report import VERSIONS
from wvatui.export.stamp import iso

VERSION = VERSIONS[-1]


def benchmark_report(measured: MeasuredRun) -> Part:
    """The report of a run, over the stretch of `measured`."""
    performance = {
        "requests": requests(measured),
        "latency": latencies(measured),
        "throughput": throughput(measured),
    }
    return {
        "version": VERSION,
        "run": _run(measured),
        "scenario": known({"stack": stack(measured), "load": load(measured)}),
        "results": known(
            {
                "request_performance": known({"aggregate": known(performance)}),
                "observability": observability(measured),
            }
        ),
    }


def report_text(measured: MeasuredRun) -> str:
    """The report as JSON, which parsers of YAML accept too."""
    return json.dumps(benchmark_report(measured), indent=1, allow_nan=False) + "\n"


def _run(m: MeasuredRun) -> Part:
    run = m.run
    # The same recording over the same stretch must give the same report.
    about = f"wvatui:{run.name}:{run.state.first_at:.3f}:{m.since:.3f}:{m.until:.3f}"
    return known(
        {
            "uid": str(uuid5(NAMESPACE_URL, about)),
            "time": {
                "start": iso(m.since),
                "end": iso(m.until),
                "duration": f"PT{m.until - m.since:.3f}S",
            },
            "description": f"{run.name}: recorded by wvatui; {_told_by(m)}",
            "keywords": [run.label] if run.label else None,
        }
    )


def _told_by(m: MeasuredRun) -> str:
    sides = {"client": "the load generator", "servers": "the servers"}
    told = (
        ("requests counted", _side(m.answered())),
        ("latencies measured", ("client" if one_client(m) else "servers") * bool(latencies(m))),
    )
    words = [f"{what} by {sides[who]}" for what, who in told if who]
    return ", ".join(words) or "no requests were counted"


def _side(figure: Figure) -> str:
    return next(iter(figure), "")
