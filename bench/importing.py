"""How long saved range queries take to become a recording: 8 h of 16 pods, one sample every 15 s.

The answers are those that `wvatui import prometheus` keeps: two hours each, every series that is
read of a vLLM engine with complete histograms, and kube-state-metrics' series on its Deployment.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.compiled import KEEPS

PODS, HOURS, STEP_S = 16, 8.0, 15
START = 1_780_000_000
PART_S = 7200
MOST_S = 10.0
_TTFT = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5)
_TTFT += (10.0, 20.0, 40.0, 80.0, 160.0, 640.0, 2560.0)
_ITL = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_ITL += (20.0, 40.0, 80.0)
_E2E = (0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 120.0)
_E2E += (240.0, 480.0, 960.0, 1920.0, 7680.0)
_NUMBERS = {
    "kv_cache_usage_perc": 0.0,
    "num_requests_running": 0.0,
    "num_requests_waiting": 0.0,
    "num_preemptions_total": 0.1,
    "prompt_tokens_total": 9000.0,
    "generation_tokens_total": 3000.0,
    "prefix_cache_hits_total": 4000.0,
    "prefix_cache_queries_total": 9000.0,
}
"""Growth per step of each metric; 0: a gauge."""


def measure() -> list[dict[str, object]]:
    """Seconds of a core that `wvatui import` takes for the whole."""
    with tempfile.TemporaryDirectory(prefix="wvatui-bench-") as folder:
        source = Path(folder) / "ranges"
        source.mkdir()
        size = write(source, pods=PODS, hours=HOURS)
        output = Path(folder) / "run.jsonl"
        command = [sys.executable, "-m", "wvatui", "import", str(source), "-o", str(output)]
        begin, before = time.perf_counter(), _children_s()
        subprocess.run(command, check=True, env=KEEPS, capture_output=True)
        took_s, cpu_s = time.perf_counter() - begin, _children_s() - before
    return [
        {
            "name": f"import of {HOURS:g} h, {PODS} pods, each {STEP_S} s, from saved ranges",
            "value": round(cpu_s, 2),
            "unit": "s of CPU",
            "reach": MOST_S,
            "better": "less",
            "took_s": round(took_s, 2),
            "answers_mb": round(size / 1e6),
        }
    ]


def _children_s() -> float:
    """CPU seconds of the programs that were run and have ended."""
    return sum(os.times()[2:4])


def write(folder: Path, *, pods: int, hours: float) -> int:
    """Write the answers; returns their size in bytes."""
    count = int(hours * 3600 / STEP_S)
    rows = PART_S // STEP_S
    size = 0
    for first in range(0, count, rows):
        span = range(first, min(first + rows, count))
        result = [each for pod in range(pods) for each in _engine(pod, span)]
        result += list(_deployment(pods, span))
        answer = {"status": "success", "data": {"resultType": "matrix", "result": result}}
        size += (folder / f"engines-{first:06d}.json").write_text(json.dumps(answer))
    return size


def _engine(pod: int, span: range) -> Iterator[dict[str, object]]:
    name = f"llama-6b69b5dccd-{pod:05d}"
    target = {"namespace": "ns", "pod": name, "instance": f"10.0.0.{pod}:8000", "job": "vllm"}
    target |= {"engine": "0", "model_name": "llama"}

    def series(metric: str, values: Iterator[float], **labels: str) -> dict[str, object]:
        times = (START + n * STEP_S for n in span)
        points = [[at, f"{value:g}"] for at, value in zip(times, values, strict=True)]
        return {"metric": {"__name__": f"vllm:{metric}", **target, **labels}, "values": points}

    for metric, growth in _NUMBERS.items():
        if growth:
            yield series(metric, (round(growth * n) for n in span))
        else:
            most = 1.0 if metric.startswith("kv") else 200.0
            yield series(metric, (most * ((n * 7 + pod) % 100) / 100 for n in span))
    for reason in ("stop", "length", "abort", "error"):
        values = (n * 30 if reason == "stop" else 0 for n in span)
        yield series("request_success_total", iter(values), finished_reason=reason)
    for metric, bounds, each in (
        ("time_to_first_token_seconds", _TTFT, 30),
        ("inter_token_latency_seconds", _ITL, 3000),
        ("e2e_request_latency_seconds", _E2E, 30),
    ):
        for place, le in enumerate((*map(str, bounds), "+Inf"), 1):
            values = (n * each * place // (len(bounds) + 1) for n in span)
            yield series(f"{metric}_bucket", iter(values), le=le)
        yield series(f"{metric}_count", (n * each for n in span))
        yield series(f"{metric}_sum", (n * each * 0.21 for n in span))


def _deployment(pods: int, span: range) -> Iterator[dict[str, object]]:
    for metric in ("spec_replicas", "status_replicas", "status_replicas_ready"):
        yield {
            "metric": {
                "__name__": f"kube_deployment_{metric}",
                "namespace": "ns",
                "deployment": "llama",
            },
            "values": [[START + n * STEP_S, str(pods)] for n in span],
        }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
