"""Statistics of each load stage: over its own time, by client or server, missing if neither
counted."""

import json
from typing import Any

import msgspec
import pytest

from tests.core.queries.few_pods import NAMESPACE, START, folded, namespace
from tests.core.results.made import benchmark, report
from wvatui.core import events as ev
from wvatui.core.queries.load import stage_stats
from wvatui.core.state.state import State

BOUNDS = (0.01, 0.1, 1.0)


def histogram(*counts: int, mean_s: float = 0.05) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode([1, mean_s * sum(counts), *counts]))


def look(pod: str, at: float, **values: Any) -> ev.Scrape:
    return ev.Scrape(START + at, pod=pod, **values)


def job(name: str, at: float, *stages: ev.Stage, **facts: Any) -> ev.Job:
    facts = {"status": "running", "started_at": START + at, "load_at": START + at} | facts
    return ev.Job(START + at, name=name, namespace=NAMESPACE, stages=stages, **facts)


def session(*events: ev.Event, now: float = 1000.0) -> State:
    """Two pods; the second is twice as full as the first, and has a queue in the second minute."""
    looks: list[ev.Event] = []
    for at in range(0, min(600, int(now)) + 1, 10):
        second = at > 60
        looks += [
            look(
                "a",
                at,
                kv=0.25,
                running=4,
                waiting=0,
                success={"stop": at, "abort": at // 60},
                ttft=histogram(0, at, 0, 0),
                itl=histogram(at, 0, 0, 0),
            ),
            look(
                "b",
                at,
                kv=0.5,
                running=8,
                waiting=6 if second else 0,
                success={"stop": at},
                ttft=histogram(0, 0, at, 0),
                itl=histogram(at, 0, 0, 0),
            ),
            ev.Tick(START + at),
        ]
    return folded(
        *namespace("a", "b", interval_s=10.0),
        ev.Bounds(START, id=1, le=BOUNDS),
        *looks,
        *events,
        now=now,
    )


def test_each_stage_has_the_numbers_of_its_own_time() -> None:
    staged = job("stair", 0, ev.Stage(0, 60, 2.0, "low"), ev.Stage(60, 120, 4.0, "high"))
    low, high = stage_stats.stage_rows(session(staged))
    assert (low.label, low.offered, low.state) == ("low 2/s", 2.0, "done")
    assert (high.since - START, high.until - START) == (60, 180)
    assert (low.running_mean, low.running_max) == (12.0, 12.0)
    assert (low.waiting_max, high.waiting_max) == (0.0, 6.0)
    assert low.kv_mean == pytest.approx(0.375)
    assert low.kv_max == 0.5
    assert (low.replicas_min, low.replicas_max, low.replicas_mean) == (2, 2, 2.0)
    assert low.pods == 2


def test_latencies_are_percentiles_of_what_both_pods_observed_in_the_stage() -> None:
    (row,) = stage_stats.stage_rows(session(job("flat", 60, ev.Stage(0, 120, 4.0))))
    # Half of all first tokens came within 0.1 s (pod a), half within 1 s (pod b).
    assert row.ttft_p50_ms == pytest.approx(100.0)
    assert row.ttft_p95_ms == pytest.approx(910.0)
    assert row.itl_p95_ms == pytest.approx(9.5)


def test_without_a_report_the_servers_count_what_was_answered_and_what_was_not() -> None:
    (row,) = stage_stats.stage_rows(session(job("flat", 60, ev.Stage(0, 120, 4.0))))
    assert (row.ok, row.failed, row.counted_by) == (240, 2, "servers")
    assert row.achieved == pytest.approx(2.0)


def test_a_report_of_the_same_time_counts_for_its_stage_alone() -> None:
    made = report(
        "0.7",
        *(benchmark("constant", 30.0, "0.7", rate=rate) for rate in (2.0, 4.0)),
    )
    for one, (since, until) in zip(made["benchmarks"], ((60, 119), (121, 180)), strict=True):
        one["start_time"], one["end_time"] = START + since, START + until
    told = ev.JobResult(START + 200, name="stair", namespace=NAMESPACE, report=json.dumps(made))
    staged = job("stair", 60, ev.Stage(0, 60, 2.0), ev.Stage(60, 60, 4.0), ev.Stage(120, 60, 8.0))
    first, second, third = stage_stats.stage_rows(session(staged, told))
    assert (first.ok, first.failed, first.counted_by) == (10, 1, "client")
    assert second.counted_by == "client"
    assert (third.counted_by, third.ok) == ("servers", 120)


def test_waves_that_overlap_are_a_row_each_change_and_their_requests_are_the_servers() -> None:
    one = job("stair", 0, *(ev.Stage(60 * n, 300 - 60 * n, 0.5, f"step {n}") for n in range(3)))
    names = [row.label for row in stage_stats.stage_rows(session(one))]
    assert names == ["step 0 0.5/s", "step 1 +1", "step 2 +2"]
    waves = [job(f"g{n}", 60 * n, ev.Stage(0, 300 - 60 * n, 0.5)) for n in range(3)]
    rows = stage_stats.stage_rows(session(*waves))
    assert [row.offered for row in rows] == [0.5, 1.0, 1.5]
    assert rows[-1].titles == ("g0", "g1", "g2")
    assert {row.counted_by for row in rows} == {"servers"}


def test_a_stage_that_goes_on_is_counted_up_to_now_and_one_ahead_is_not_there() -> None:
    staged = job("stair", 60, ev.Stage(0, 60, 2.0), ev.Stage(60, 60, 4.0), ev.Stage(120, 60, 8.0))
    rows = stage_stats.stage_rows(session(staged, now=150.0))
    assert [(row.offered, row.state) for row in rows] == [(2.0, "done"), (4.0, "now")]
    assert rows[1].until == START + 150


def test_what_nobody_measured_is_missing_and_never_zero() -> None:
    state = folded(*namespace(), job("blind", 10, ev.Stage(0, 60, 2.0)), now=100.0)
    (row,) = stage_stats.stage_rows(state)
    for name in (
        "achieved",
        "ok",
        "failed",
        "ttft_p50_ms",
        "ttft_p95_ms",
        "itl_p50_ms",
        "running_mean",
        "running_max",
        "waiting_mean",
        "kv_mean",
        "kv_max",
    ):
        assert getattr(row, name) is None, name
    assert (row.counted_by, row.pods) == ("", 0)


@pytest.mark.parametrize(("whole", "share"), [("a", 40 / 90), ("", None)])
def test_a_histogram_with_too_few_buckets_for_its_bounds_has_no_share(
    whole: str, share: float | None
) -> None:
    looks = [
        look(pod, at, ttft=histogram(0, int(at), *((0, 0) if pod == whole else ())))
        for at in (0.0, 30.0, 60.0)
        for pod in "ab"
    ]
    events = (ev.Bounds(START, id=1, le=BOUNDS), job("j", 0, ev.Stage(0, 60, 1.0)))
    state = folded(*namespace("a", "b"), *events, *looks, now=100)
    wanted = None if share is None else pytest.approx(share)
    assert stage_stats.stage_shares(state, (("ttft", 50.0),)) == ((wanted,),)


def test_found_load_and_a_pipeline_run_are_stages_with_their_source() -> None:
    pod = job("gen", 0, kind="Pod", harness="llm-d-benchmark")
    run = job("steps", 700, ev.Stage(0, 60, 1.0), kind="PipelineRun", harness="tekton")
    before, both, after = stage_stats.stage_rows(session(pod, run))
    assert (before.sources, before.offered, before.state) == (("llm-d-benchmark",), None, "done")
    assert both.sources == ("llm-d-benchmark", "tekton")
    assert (after.titles, after.state) == (("gen",), "now")


def test_replicas_are_those_of_the_stage_and_their_mean_is_over_time() -> None:
    grown = ev.Workload(
        START + 85,
        kind="Deployment",
        name="qwen",
        namespace=NAMESPACE,
        spec=4,
        ready=4,
        selector={"app": "qwen"},
    )
    (row,) = stage_stats.stage_rows(session(job("flat", 60, ev.Stage(0, 60, 4.0)), grown))
    assert (row.replicas_min, row.replicas_max) == (2, 4)
    assert row.replicas_mean == pytest.approx(3.0, abs=0.2)
