"""Load stages and results outside of the screen: the CSV tables, and the summary."""

import json
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pytest

from tests.core.queries.test_stage_stats import histogram, job, look
from tests.core.results.made import benchmark, report
from wvatui.analysis.compare.asked import objectives
from wvatui.analysis.compare.attainment import with_attainment
from wvatui.analysis.runs.run import run_of
from wvatui.analysis.stage_table import attained_lines, stage_lines
from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.load.stage_stats import stage_shares
from wvatui.core.state.state import EMPTY
from wvatui.export.files import write_tables
from wvatui.export.frames import frames

from tests.core.queries.few_pods import NAMESPACE, START, namespace  # isort: skip

HOURS = 3


class Held:
    """A recording in memory."""

    def __init__(self, events: list[ev.Event]) -> None:
        self.events = events

    def batches(self, count: int) -> Iterable[list[ev.Event]]:
        for begin in range(0, len(self.events), count):
            yield self.events[begin : begin + count]


def session(until_s: int = 400) -> list[ev.Event]:
    """A stage of two minutes on one pod, its report, and the time after it."""
    made = report("0.7", benchmark("constant", 120.0, "0.7", rate=2.0, ttft=90.0))
    made["benchmarks"][0] |= {"start_time": START + 60, "end_time": START + 180}
    told = ev.JobResult(START + 190, name="flat", namespace=NAMESPACE, report=json.dumps(made))
    events: list[ev.Event] = [
        *namespace("a", interval_s=10.0),
        ev.Bounds(START, id=1, le=(0.01, 0.1, 1.0)),
        job("flat", 60, ev.Stage(0, 120, 2.0), title="flat"),
        told,
    ]
    for at in range(0, until_s + 1, 10):
        events.append(
            look(
                "a",
                at,
                kv=0.5,
                running=8,
                waiting=1,
                success={"stop": at},
                ttft=histogram(0, at, 0, 0),
                itl=histogram(at, 0, 0, 0),
            )
        )
        events += [ev.PollRound(START + at, pods=1, answered=1), ev.Tick(START + at)]
    return sorted(events, key=lambda event: event.at)


def test_the_table_of_stages_has_a_row_each_with_what_the_client_and_the_servers_counted() -> None:
    (row,) = frames(Held(session()), "stages")["stages"].to_dict("records")
    assert (row["jobs"], row["sources"], row["state"]) == ("flat", "found", "done")
    assert (row["time"], row["t_plus_s"], row["length_s"]) == ("2026-09-01T08:01:00.000Z", 60, 120)
    assert (row["offered_per_s"], row["ok"], row["failed"]) == (2.0, 10, 1)
    assert row["counted_by"] == "client"
    assert row["ttft_p50_ms"] == pytest.approx(55.0)
    assert (row["running_mean"], row["waiting_max"], row["kv_max"]) == (8, 1, 0.5)
    assert (row["replicas_min"], row["replicas_max"]) == (2, 2)


def test_a_stage_of_hours_ago_is_written_as_it_ended() -> None:
    (row,) = frames(Held(session(HOURS * 3600)), "stages")["stages"].to_dict("records")
    assert row["ttft_p95_ms"] == pytest.approx(95.5)
    assert row["counted_by"] == "client"


def test_the_table_of_results_names_client_minus_server() -> None:
    (row,) = frames(Held(session()), "results")["results"].to_dict("records")
    assert (row["job"], row["ok"], row["failed"]) == ("flat", 10, 1)
    assert row["client_ttft_mean_ms"] == 90.0
    assert row["server_ttft_mean_ms"] == pytest.approx(50.0)
    assert row["ttft_client_minus_server_ms"] == pytest.approx(40.0)


def test_a_session_without_load_has_empty_tables_with_their_titles(tmp_path: Path) -> None:
    quiet = [event for event in session() if not isinstance(event, ev.Job | ev.JobResult)]
    for name in ("stages", "results"):
        [(path, rows)] = write_tables(Held(quiet), name, tmp_path, "run.jsonl")
        assert rows == 0
        assert "t_plus_s" in pd.read_csv(path).columns


def test_the_summary_has_the_same_stages_for_scripts_and_for_people() -> None:
    state = fold(EMPTY, session())
    told = summary(state, "run.jsonl")["stages"]
    (row,) = frames(Held(session()), "stages")["stages"].to_dict("records")
    assert told[0].keys() == row.keys()
    assert told[0]["ok"] == 10
    json.dumps(told)
    lines = stage_lines(told)
    assert lines[0].split() == ["load", "1", "stage"]
    assert lines[2].split() == [
        "flat",
        "2",
        "2",
        "10/1",
        "55/96",
        "5.0/9.5",
        "8",
        "1",
        "50%",
        "2-2",
    ]
    assert stage_lines([]) == []


def test_a_summary_tells_what_met_objectives_as_compare_counts_it_in_all_and_by_stage() -> None:
    events = session()
    state = fold(EMPTY, events)
    run = run_of("run.jsonl", Path("run.jsonl"), events, state, ())
    asked = objectives(["ttft_p95=55ms,itl_p95=5ms"])
    told = with_attainment(summary(state, "run.jsonl"), state, run, asked)
    (stage,) = told["stages"]
    # All of TTFT lies between 10 and 100 ms, all of ITL below 10.
    half = pytest.approx(0.5)
    assert [each["servers"] for each in stage["slo"]["objectives"]] == [half, half]
    assert told["slo"]["attained"] == {"client": None, "servers": half}
    assert stage_shares(state, (("ttft", 55.0), ("itl", 5.0), ("e2e", 1.0))) == (
        (half, half, None),
    )
    json.dumps(told)
    titles, line = stage_lines(told["stages"])[1:]
    assert titles.endswith("SLO met")
    assert line.endswith(" 50.0%")
    assert attained_lines(told["slo"])[0].split(maxsplit=1) == [
        "SLO",
        "ttft_p95=55ms met by 50.0% (servers), 95% wanted",
    ]
