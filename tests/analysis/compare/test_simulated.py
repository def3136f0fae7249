"""Comparison of simulated runs (WVA, HPA, KEDA) with a separate computation of the same figures."""

import asyncio
import csv
import io
import json
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import msgspec
import pytest

from tests.cli.cli import run
from tests.cluster import served
from wvatui.core import events as ev
from wvatui.recording import open_recording

LENGTH_S = 75.0
RUNS = {
    "wva-1": ("stair-step", "wva", 1, 7),
    "wva-2": ("stair-step", "wva", 2, 8),
    "hpa-1": ("hpa-only", "hpa", 1, 7),
    "hpa-2": ("hpa-only", "hpa", 2, 8),
    "keda-1": ("keda-queue", "keda", 1, 7),
}


async def record(folder: Path) -> dict[str, str]:
    paths = {}
    for name, (scenario, label, repetition, seed) in RUNS.items():
        own = folder / name
        own.mkdir()
        async with served(own, scenario=scenario, seed=seed) as here:
            seen = await here.watch(
                duration_s=LENGTH_S, interval=5.0, label=label, repetition=repetition
            )
        paths[name] = str(seen.path)
    return paths


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return asyncio.run(record(tmp_path_factory.mktemp("runs")))


@pytest.fixture(scope="module")
def compared(paths: dict[str, str]) -> dict[str, Any]:
    names = ("wva-1", "wva-2", "hpa-1", "hpa-2")
    done = run("compare", *(paths[name] for name in names), "-o", "json")
    assert done.code in (0, 1), done.err
    value: dict[str, Any] = json.loads(done.out)
    return value


class OwnCount:
    """Figures of a recording, computed here from its events, from the first request on."""

    def __init__(self, path: str) -> None:
        self.events = list(open_recording(Path(path)).events())
        looks = [e for e in self.events if isinstance(e, ev.Scrape)]
        self.since = min(look.at for look in looks if look.running or look.waiting)
        self.until = self.events[-1].at
        self.pods: dict[str, list[ev.Scrape]] = {}
        for look in looks:
            self.pods.setdefault(look.pod, []).append(look)

    def replica_seconds(self) -> float:
        """From tick to tick, the replicas of the newest workload event, summed up."""
        total, ready, before = 0.0, 0, self.since
        for event in self.events:
            if isinstance(event, ev.Workload):
                ready_next = event.ready or 0
                continue_at = next(
                    (e.at for e in self.events if isinstance(e, ev.Tick) and e.at >= event.at),
                    self.until,
                )
                if continue_at > before:
                    total += ready * (continue_at - before)
                    before = continue_at
                ready = ready_next
        return total + ready * (self.until - before)

    def grown(self, looks: Sequence[ev.Scrape], count: Any) -> float:
        """The growth of a counter from the last scrape before the load on."""
        times = [look.at for look in looks]
        first = max(0, bisect_left(times, self.since) - 1)
        values = [count(look) for look in looks[first:]]
        return float(sum(b - a for a, b in pairwise(values)))

    def answered(self) -> float:
        def good(look: ev.Scrape) -> int:
            counts = look.success or {}
            return sum(n for reason, n in counts.items() if reason not in ("abort", "error"))

        return sum(self.grown(looks, good) for looks in self.pods.values())

    def ttft_p99_s(self) -> float:
        bounds = {e.id: e.le for e in self.events if isinstance(e, ev.Bounds)}
        total: list[float] = []
        layout = -1
        for looks in self.pods.values():
            times = [look.at for look in looks]
            first = max(0, bisect_left(times, self.since) - 1)
            kept = [msgspec.json.decode(look.ttft) for look in looks[first:] if bytes(look.ttft)]
            if not kept:
                continue
            layout = kept[0][0]
            begin = kept[0][2:] if bytes(looks[first].ttft) else [0] * len(kept[0][2:])
            grown = [b - a for a, b in zip(begin, kept[-1][2:], strict=True)]
            total = [a + b for a, b in zip(total or [0] * len(grown), grown, strict=True)]
        rank, below = 0.99 * sum(total), 0.0
        for place, count in enumerate(total):
            if below + count >= rank:
                low = bounds[layout][place - 1] if place else 0.0
                return low + (bounds[layout][place] - low) * (rank - below) / count
            below += count
        raise AssertionError("nothing was observed")


def row(value: dict[str, Any], key: str) -> dict[str, Any]:
    [found] = [each for each in value["rows"] if each["key"] == key]
    return dict(found)


def test_repetitions_are_groups_with_mean_interval_and_difference(
    compared: dict[str, Any], paths: dict[str, str]
) -> None:
    assert [(r["label"], r["repetition"]) for r in compared["runs"]] == [
        (label, repetition) for _, label, repetition, _ in list(RUNS.values())[:4]
    ]
    assert [(g["label"], g["runs"]) for g in compared["groups"]] == [
        ("wva", [0, 1]),
        ("hpa", [2, 3]),
    ]
    own = [OwnCount(paths[name]) for name in list(RUNS)[:4]]
    seconds = [each.replica_seconds() for each in own]
    told = row(compared, "replica_seconds")
    assert told["run_values"] == pytest.approx(seconds, abs=0.01)
    means = fmean(seconds[:2]), fmean(seconds[2:])
    assert told["values"] == pytest.approx(means)
    assert told["n"] == [2, 2]
    half = 12.7062 * stdev(seconds[:2]) / 2**0.5
    assert told["interval"][0] == pytest.approx((means[0] - half, means[0] + half), rel=1e-4)
    assert told["delta"] == [None, pytest.approx(means[1] - means[0])]
    assert told["delta_ratio"] == [None, pytest.approx(means[1] / means[0] - 1)]
    widest = max(abs(seconds[0] - seconds[1]), abs(seconds[2] - seconds[3]))
    assert told["beyond_spread"] == [None, abs(means[1] - means[0]) > widest]


def test_requests_and_latencies_are_those_of_the_servers_histograms_and_counters(
    compared: dict[str, Any], paths: dict[str, str]
) -> None:
    own = [OwnCount(paths[name]) for name in list(RUNS)[:4]]
    p99 = row(compared, "ttft_p99_ms")
    assert p99["run_values"] == pytest.approx([1000 * each.ttft_p99_s() for each in own])
    assert p99["sources"] == ["servers", "servers"]
    per_1k = [each.replica_seconds() / 60 / (each.answered() / 1000) for each in own]
    assert row(compared, "replica_minutes_per_1k_requests")["run_values"] == pytest.approx(per_1k)
    peaks = [max(s.kv or 0 for looks in each.pods.values() for s in looks) for each in own]
    assert row(compared, "kv_peak")["run_values"] == pytest.approx(peaks)


def test_the_whole_of_a_recording_has_the_numbers_of_its_summary(paths: dict[str, str]) -> None:
    value = json.loads(run("compare", paths["keda-1"], paths["wva-1"], "--whole", "-o", "json").out)
    for place, name in enumerate(("keda-1", "wva-1")):
        numbers = json.loads(run("summary", paths[name], "-o", "json").out)
        for key, other in (
            ("replica_seconds", "replica_seconds"),
            ("replicas_avg", "replicas_avg"),
            ("replicas_max", "replicas_max"),
            ("cost", "cost"),
            ("ups", "changes_up"),
            ("downs", "changes_down"),
            ("ttft_p99_ms", "ttft_p99_ms"),
            ("itl_p50_ms", "itl_p50_ms"),
            ("e2e_p95_ms", "e2e_p95_ms"),
            ("kv_mean", "polled_kv_mean"),
            ("kv_peak", "polled_kv_peak"),
            ("queue_max", "waiting_max"),
        ):
            mine = row(value, key)["run_values"][place]
            assert mine == (
                None
                if numbers[other] is None
                else pytest.approx(numbers[other], rel=1e-4, abs=0.06)
            ), key


@pytest.mark.parametrize("form", ["text", "md", "csv", "html"])
def test_every_form_tells_the_same_figures(
    form: str, compared: dict[str, Any], paths: dict[str, str]
) -> None:
    names = list(RUNS)[:4]
    done = run("compare", *(paths[name] for name in names), "--stages", "-o", form)
    replicas = row(compared, "replicas_avg")["values"]
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(done.out)))
        mine = [float(r["value"]) for r in rows if r["key"] == "replicas_avg"]
        assert mine == pytest.approx(replicas)
        assert {r["group"] for r in rows} == {"wva", "hpa"}
        return
    assert all(f"{value:.2f} ±" in done.out for value in replicas)
    assert "p99 TTFT" in done.out
    assert "Coverage" in done.out
    assert done.out.index("Coverage") < done.out.index("Verdicts")
    assert ("<table>" in done.out) == (form == "html")
    assert ("\n|---|---:|" in done.out) == (form == "md")


def test_gates_decide_about_the_exit_code(paths: dict[str, str]) -> None:
    two = (paths["keda-1"], paths["wva-1"])
    value = json.loads(run("compare", *two, "-o", "json").out)
    ratio = row(value, "replica_seconds")["delta_ratio"][1]
    holds, fails = f"replica_seconds<={100 * ratio + 1:+.1f}%", "kv_peak<=0.01%"
    done = run("compare", *two, "--gate", holds, "-o", "json")
    words = {v["rule"]: v["verdict"] for v in json.loads(done.out)["verdicts"]}
    assert words[holds] == "PASS"
    assert done.code == (1 if "FAIL" in words.values() else 0)
    done = run("compare", *two, "--gate", fails)
    assert done.code == 1
    assert "FAIL" in done.err
    assert "kv_peak<=0.01%" in done.err
