"""The metrics.csv of the older scripts: exactly their columns, with more correct rows."""

import csv
import io
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.cli import run
from tests.fixtures import shared
from wvatui.core import events as ev
from wvatui.export.seed import CAPACITY, HPA, MODEL, seed_csv
from wvatui.recording import Writer, open_recording

RUNS = "wva-experiments-2025"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def of(name: str, mode: str) -> str:
    return seed_csv(open_recording(shared(f"{RUNS}/{name}") / "wva-controller-logs.jsonl"), mode)


def test_17_the_capacity_table_has_every_true_sample_and_no_other() -> None:
    name = "capacity-based-high-parallel-20251128-145238"
    text = of(name, "capacity-based")
    old = (shared(f"{RUNS}/{name}") / "metrics.csv").read_text()
    assert text.splitlines()[0] == old.splitlines()[0] == ",".join(CAPACITY)
    table = rows(text)
    assert Counter(row["event_type"] for row in table) == {
        "kv_cache": 118,
        "queue": 118,
        "metrics": 84,
        "capacity_analysis": 42,
        "scaling_decision": 42,
    }
    assert all(row["pod"] for row in table if row["event_type"] in ("kv_cache", "queue"))
    assert [row["timestamp"] for row in table] == sorted(row["timestamp"] for row in table)
    assert max(float(row["kv_cache_percent"]) for row in table if row["kv_cache_percent"]) == 99.6


def test_the_model_table_says_what_the_old_one_said() -> None:
    name = "model-based-high-parallel-20251209-224705"
    text = of(name, "model-based")
    old = (shared(f"{RUNS}/{name}") / "metrics.csv").read_text()
    assert text.splitlines()[0] == old.splitlines()[0] == ",".join(MODEL)
    assert sorted(text.splitlines()) == sorted(old.splitlines())


def test_latency_targets_that_the_controller_finds_add_their_columns() -> None:
    text = of("model-based-moderate-parallel-20251128-182839", "model-based")
    assert tuple(text.splitlines()[0].split(",")) == tuple(sorted((*MODEL, "slo_itl", "slo_ttft")))
    [found] = [row for row in rows(text) if row["event_type"] == "slo"]
    assert (found["slo_itl"], found["slo_ttft"]) == ("10.0", "1000.0")


@pytest.fixture
def hpa(tmp_path: Path) -> Path:
    """Thirty seconds of an HPA with one pod, which is not polled at first."""
    path, at = tmp_path / "hpa.jsonl", 1_764_360_000.0
    writer = Writer(path, ev.Header(at, started_at=at, namespace="ns", autoscaler="hpa"))
    metrics = (
        ev.MetricStatus(name="vllm_num_requests_waiting", target=20.0, current=60.25),
        ev.MetricStatus(name="vllm_kv_cache_usage_perc", target=0.5),
    )
    writer.write(
        [
            ev.Workload(at, kind="Deployment", name="d", namespace="ns", spec=1, replicas=1),
            ev.Autoscaler(
                at, name="h", namespace="ns", target_name="d", current=1, desired=3, metrics=metrics
            ),
        ]
    )
    for second in range(30):
        now = at + second
        seen = [ev.Scrape(now, pod="p", kv=0.25, running=1, waiting=3)] if second >= 10 else []
        writer.write([*seen, ev.Tick(now)])
    writer.close("quit")
    return path


def test_the_hpa_table_is_sampled_and_missing_is_not_zero(hpa: Path) -> None:
    text = seed_csv(open_recording(hpa), "hpa", deployment="d", interval_s=5.0)
    table = rows(text)
    assert text.splitlines()[0] == ",".join(HPA)
    assert [row["timestamp"][17:19] for row in table] == ["00", "05", "10", "15", "20", "25"]
    assert table[0]["num_requests_waiting"] == "60.25"
    assert (table[0]["replicas"], table[0]["desired_replicas"]) == ("1", "3")
    assert [row["kv_cache_usage_perc"] for row in table] == ["", "", "0.25", "0.25", "0.25", "0.25"]
    assert {row["ttft_ms"] for row in table} == {""}


def test_17_export_writes_it_by_the_columns_of_the_recordings_own_mode(hpa: Path) -> None:
    done = run("export", str(hpa), "--format", "seed")
    assert (done.code, done.out.splitlines()[0]) == (0, ",".join(HPA))
    name = "model-based-high-parallel-20251209-224705"
    log = shared(f"{RUNS}/{name}") / "wva-controller-logs.jsonl"
    assert run("export", str(log), "--format", "seed").out.splitlines()[0] == ",".join(MODEL)


def test_export_in_the_old_format_goes_into_a_file(hpa: Path, tmp_path: Path) -> None:
    target = tmp_path / "metrics.csv"
    assert run("export", str(hpa), "--format", "seed", "-o", str(target)).out == ""
    assert target.read_text().startswith("timestamp,replicas,")
    assert run("export", str(hpa), "--format", "seed", "--at", "5s").code == 2


def test_where_the_log_has_no_samples_of_a_pod_they_are_those_that_were_polled() -> None:
    class Polled:
        """A polled pod a, which the controller's log lacks, and pod b, of which it only has the
        cache."""

        def batches(self, count: int) -> list[list[ev.Event]]:
            said = (
                '{"level":"INFO","ts":"2026-09-01T08:00:05.000Z","msg":"KV cache metric: pod=b,'
                ' usage=0.25"}'
            )
            at = 1_788_249_600.0
            return [
                [
                    ev.Scrape(at, pod="a", kv=0.5, waiting=3),
                    ev.Scrape(at, pod="b", kv=0.24),
                    ev.Log(at + 5.0, line=said),
                    ev.Scrape(at + 10.0, pod="a", waiting=0),
                    ev.Scrape(at + 10.0, pod="b", kv=0.26, waiting=1),
                ]
            ]

    table = rows(seed_csv(Polled(), "capacity-based"))
    assert [
        (row["event_type"], row["pod"], row["kv_cache_usage"] or row["queue_length"])
        for row in table
    ] == [
        ("kv_cache", "a", "0.5"),
        ("queue", "a", "3"),
        ("kv_cache", "b", "0.25"),
        ("queue", "a", "0"),
        ("queue", "b", "1"),
    ]
