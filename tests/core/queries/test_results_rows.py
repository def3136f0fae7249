"""Results of jobs beside the servers' metrics, with the difference of client and server."""

import json
from typing import Any

import msgspec
import pytest

from tests.core.results.made import benchmark, report
from wvatui.core import events as ev
from wvatui.core.events.load_events import FailedAttempt
from wvatui.core.fold.fold import fold
from wvatui.core.queries.load import load_rows, result_rows
from wvatui.core.queries.load.result_rows import server_side
from wvatui.core.state.state import EMPTY, State

BOUNDS = (0.01, 0.1, 1.0)


def scrape(at: float, pod: str, ttft_s: float, itl_s: float, count: int) -> ev.Scrape:
    """`count` observations of `ttft_s` and `itl_s` so far."""

    def histogram(total: float) -> msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode([1, total * count, 0, count, 0, 0]))

    return ev.Scrape(at, pod=pod, ttft=histogram(ttft_s), itl=histogram(itl_s))


def session(*more: ev.Event) -> State:
    text = json.dumps(report("0.7", benchmark("constant", 30.0, "0.7", ttft=90.0, rate=2.0)))
    return fold(
        EMPTY,
        [
            ev.Bounds(900.0, id=1, le=BOUNDS),
            ev.Engine(900.0, pod="a", model="m"),
            ev.Engine(900.0, pod="other", model="another"),
            *(scrape(990.0 + 10 * n, "a", 0.05, 0.02, 10 * n) for n in range(10)),
            *(scrape(990.0 + 10 * n, "other", 9.0, 9.0, 10 * n) for n in range(10)),
            ev.Job(995.0, name="j", namespace="ns", model="m", status="running", started_at=995.0),
            ev.JobResult(1070.0, name="j", namespace="ns", tool="guidellm", report=text),
            *more,
        ],
    )


def test_a_result_stands_beside_the_servers_of_its_model_over_its_own_time() -> None:
    (row,) = result_rows.job_results(session())
    assert (row.tool, row.dialect, row.stage) == ("guidellm", "guidellm-0.7+", "constant 2/s")
    assert (row.since, row.until) == (1000.0, 1060.0)
    assert row.client.ttft_ms.mean == 90.0
    assert row.server.ttft_mean_ms == pytest.approx(50.0)
    assert row.server.itl_mean_ms == pytest.approx(20.0)
    assert row.server.pods == 1
    assert row.ttft_gap_ms == pytest.approx(40.0)
    assert row.itl_gap_ms == pytest.approx(10.0)


def test_without_servers_the_gap_is_missing_and_not_zero() -> None:
    state = session()
    alone = fold(EMPTY, [r.event for t in state.job_results.values() for r in t])
    (row,) = result_rows.job_results(alone)
    assert (row.server.ttft_mean_ms, row.ttft_gap_ms, row.itl_gap_ms) == (None, None, None)
    assert server_side(state, 1060.0, 1060.0).pods == 0


def test_the_result_gives_the_job_its_counts_and_counts_once() -> None:
    again = [r.event for t in session().job_results.values() for r in t]
    state = session(*again)
    (row,) = load_rows.jobs(state)
    assert (row.ok, row.failed, row.results) == (10, 1, 1)


def test_a_report_without_times_covers_the_time_of_its_job() -> None:
    made: dict[str, Any] = report("0.7", benchmark("constant", 30.0, "0.7", rate=2.0))
    for name in ("start_time", "end_time"):
        del made["benchmarks"][0][name]
    event = ev.JobResult(1080.0, name="j", namespace="ns", report=json.dumps(made))
    row = result_rows.job_results(session(event))[0]
    assert (row.since, row.until) == (995.0, 1055.0)


def test_a_report_without_times_covers_the_attempt_that_told_it() -> None:
    made: dict[str, Any] = report("0.7", benchmark("constant", 30.0, "0.7", rate=2.0))
    for name in ("start_time", "end_time", "duration"):
        made["benchmarks"][0].pop(name, None)
    text = json.dumps(made)
    first = FailedAttempt(1000.0, 1030.0, load_at=1004.0)
    job = ev.Job(
        1040.0, name="k", namespace="ns", status="running", started_at=1040.0, attempts=(first,)
    )
    told = ev.JobResult(1031.0, name="k", namespace="ns", report=text)
    (row,) = result_rows.job_results(fold(EMPTY, [job, told]))
    assert (row.since, row.until) == (1004.0, 1030.0)


def test_what_is_no_report_gives_no_row_and_breaks_nothing() -> None:
    event = ev.JobResult(1080.0, name="j", namespace="ns", report="{")
    assert len(result_rows.job_results(session(event))) == 1


def test_lines_of_a_jobs_log_are_kept_apart_from_the_controllers() -> None:
    state = session(
        ev.Job(995.0, name="k", namespace="ns", pods=("k-1",)),
        ev.Log(1001.0, stream="job", pod="k-1", line="2026-09-01T08:00:00Z hello \x1b[31m"),
        ev.Log(1002.0, stream="job", pod="k-1", line="plain"),
    )
    assert state.log.total == 0
    key = next(row.key for row in load_rows.jobs(state) if row.name == "k")
    assert load_rows.job_log(state, key) == ((1002.0, "plain"), (1_788_249_600.0, "hello ␛[31m"))
    assert load_rows.job_log(state, key, limit=1) == ((1_788_249_600.0, "hello ␛[31m"),)
    assert load_rows.job_log(state, "no such job") == ()


def test_a_restart_of_an_engine_does_not_make_a_negative_mean() -> None:
    looks = [scrape(1000.0, "a", 0.05, 0.02, 100), scrape(1060.0, "a", 0.03, 0.01, 7)]
    state = fold(EMPTY, [ev.Bounds(900.0, id=1, le=BOUNDS), *looks])
    server = server_side(state, 1000.0, 1060.0)
    assert server.ttft_mean_ms == pytest.approx(30.0)
    assert server.itl_mean_ms == pytest.approx(10.0)
