"""Comparison of runs: alignment, sides without data, objectives, prices, gates, verdicts."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.analysis.compare.test_simulated import row
from tests.analysis.runs.made import BEGIN, bundle, written
from tests.analysis.runs.test_open_run import recording
from tests.analysis.test_polled_summary import histogram
from tests.cli.cli import run
from tests.core.results.forms import SGLANG
from tests.fixtures import shared
from tests.small_logs import old_cycle
from wvatui.analysis.compare.asked import FigureGate, Objective, gates, objectives, prices
from wvatui.analysis.compare.comparison import compare
from wvatui.analysis.compare.measured import MeasuredRun
from wvatui.analysis.compare.spread import beyond, interval, t975
from wvatui.analysis.compare.verdicts import RULES, verdicts
from wvatui.analysis.runs.run import open_run
from wvatui.cli import comparing
from wvatui.core import events as ev
from wvatui.core.metrics.histogram import share_within
from wvatui.errors import UsageError
from wvatui.host import workers


def hpa_run(folder: Path, name: str, ready: tuple[int, int] = (1, 2), **head: Any) -> Path:
    """A run of 300 s: a load job from 60 s on, in two stages of 60 s; the size changes at 120 s."""
    stages = (ev.Stage(0.0, 60.0, 2.0, "low"), ev.Stage(60.0, 60.0, 4.0, "high"))
    job = ev.Job(
        BEGIN + 59.0,
        name="load",
        namespace="ns",
        status="running",
        started_at=BEGIN + 60.0,
        stages=stages,
    )
    events: list[ev.Event] = [ev.Bounds(BEGIN, id=1, le=(0.1, 1.0, 10.0)), job]
    for at in range(0, 301, 10):
        size = ready[at >= 120]
        done = max(0, at - 60)
        events += [
            ev.Workload(
                BEGIN + at,
                kind="Deployment",
                name="d",
                namespace="ns",
                spec=size,
                ready=size,
                accelerator="H100",
            ),
            ev.Scrape(
                BEGIN + at,
                pod="p",
                kv=0.2 if at < 120 else 0.9,
                running=int(at >= 60),
                waiting=0 if at < 120 else 7,
                success={"stop": 9 * done, "error": done},
                generation_tokens=100 * done,
                ttft=histogram(0, 8 * done, 2 * done, 0),
            ),
            ev.Tick(BEGIN + at),
        ]
    events.sort(key=lambda event: event.at)
    return recording(folder, *events, name=f"{name}.jsonl", **head)


def told(*arguments: str, code: int = 0) -> dict[str, Any]:
    done = run("compare", *arguments, "-o", "json")
    assert done.code == code, done.err
    value: dict[str, Any] = json.loads(done.out)
    return value


def test_a_price_that_is_nothings_in_any_run_is_told(tmp_path: Path) -> None:
    a, b = hpa_run(tmp_path, "a", label="x"), hpa_run(tmp_path, "b", (1, 4), label="y")
    value = told(str(a), str(b), "--cost", "h100=36,h10=3", code=1)
    assert "--cost: nothing in any of the runs is called h10" in value["notes"]


def test_runs_are_aligned_on_the_start_of_load_and_history_is_cut(tmp_path: Path) -> None:
    a, b = hpa_run(tmp_path, "a", label="x"), hpa_run(tmp_path, "b", (1, 4), label="y")
    value = told(str(a), str(b), "--cost", "h100=36", code=1)
    assert [(r["since_s"], r["until_s"]) for r in value["runs"]] == [(0.0, 240.0)] * 2
    seconds = row(value, "replica_seconds")
    assert seconds["values"] == [60 + 180 * 2, 60 + 180 * 4]
    assert (seconds["delta"], seconds["delta_ratio"]) == ([None, 360], [None, 360 / 420])
    assert seconds["beyond_spread"] == [None, None]
    assert row(value, "cost")["values"] == pytest.approx([4.2, 7.8])
    assert not any("--cost" in note for note in value["notes"])
    assert row(value, "step_up_max")["values"] == [1, 3]
    assert row(value, "error_ratio")["values"] == [0.1, 0.1]
    assert row(value, "requests_per_s")["values"] == [pytest.approx(9 * 240 / 120)] * 2
    # 80 % of observations in (0.1, 1], the rest in (1, 10]: linear within a bucket.
    assert row(value, "ttft_p50_ms")["values"][0] == pytest.approx(100 + 900 * 0.5 / 0.8)
    assert row(value, "ttft_p99_ms")["values"][0] == pytest.approx(1000 + 9000 * 0.19 / 0.2)
    assert row(value, "saturated_ratio")["values"][0] == pytest.approx(19 / 25)
    assert row(value, "kv_unsaturated_mean")["values"][0] == pytest.approx(0.2)
    assert row(value, "e2e_p99_ms")["values"] == [None, None]
    words = {v["rule"]: v["verdict"] for v in value["verdicts"]}
    assert words == {
        "p99 TTFT": "PASS",
        "p99 E2E": "NO DATA",
        "error rate": "PASS",
        "gap total": "MEASURED",
        "requests per replica-hour": "FAIL",
    }


def test_a_part_of_the_runs_is_compared_by_time_and_by_stage(tmp_path: Path) -> None:
    two = str(hpa_run(tmp_path, "a")), str(hpa_run(tmp_path, "b"))

    def seconds(*narrowed: str) -> float:
        value = row(told(*two, *narrowed), "replica_seconds")["values"][0]
        assert isinstance(value, float)
        return value

    assert seconds("--from", "30s", "--to", "90s") == 30 + 60
    assert seconds("--to", "load") == 60 + 120
    assert seconds("--stage", "1") == 60
    assert seconds("--stage", "high") == 120
    assert seconds("--whole") == 120 + 180 * 2
    stages = told(*two, "--stages")["stages"]
    assert [stage["title"] for stage in stages] == [
        "stage 1: load low 2/s (2/s)",
        "stage 2: load high 4/s (4/s)",
    ]
    assert [row(stage, "replica_seconds")["values"][0] for stage in stages] == [60, 120]
    done = run("compare", *two, "--from", "1h")
    assert (done.code, "from 0 to 240 s after the start of load" in done.err) == (2, True)
    done = run("compare", *two, "--from", "2m", "--to", "1m")
    assert (done.code, "--to 60s: that is not after --from 120s" in done.err) == (2, True)
    done = run("compare", *two, "--stage", "l")
    assert (done.code, "1 load low" in done.err) == (2, True)


def test_a_part_of_a_session_is_summarised_as_compare_counts_it(tmp_path: Path) -> None:
    path = str(hpa_run(tmp_path, "a"))
    done = run("summary", path, "--from", "60s", "--to", "T+3:00", "-o", "json")
    numbers, value = json.loads(done.out), told(path, path, "--to", "2m")
    assert (numbers["length_s"], numbers["span_s"]) == (120.0, 120.0)
    assert numbers["replica_seconds"] == row(value, "replica_seconds")["values"][0] == 60 + 60 * 2
    assert done.err == "wvatui: a.jsonl: counted from 60s to T+3:00\n"
    for key in ("ttft_p50_ms", "ttft_p99_ms"):
        assert numbers[key] == pytest.approx(row(value, key)["values"][0], abs=0.001)
    # 100 tokens a second; those before the poll at the end of the part are of the next one.
    assert numbers["generation_tokens"] == 100 * 110
    rest = run("summary", path, "--from", "T+3:00", "-o", "json")
    both = run("summary", path, "--from", "60s", "-o", "json")
    tokens = [json.loads(part.out)["generation_tokens"] for part in (rest, both)]
    assert numbers["generation_tokens"] + tokens[0] == tokens[1]
    for wrong, words in (
        (("--from", "6m"), "that is after the end"),
        (("--from", "2m", "--to", "1m"), "--to 1m: that is not after --from 2m"),
        (("--to", "0s"), "--to 0s: that is not after the beginning"),
        (("--to", "soon"), "--to 'soon' is not a moment"),
        (("--from", "100%"), "a.jsonl: has nothing in that time"),
        (("--from", "-9h", "--to", "-8h"), "a.jsonl: has nothing in that time"),
    ):
        done = run("summary", path, *wrong)
        assert (done.code, words in done.err) == (2, True), done.err


def test_a_side_without_data_is_no_data_and_never_zero(tmp_path: Path) -> None:
    polled = hpa_run(tmp_path, "polled")
    bare = recording(tmp_path, name="bare.jsonl", label="hpa")
    value = told(str(polled), str(bare))
    for key in ("replicas_avg", "ttft_p99_ms", "error_ratio", "kv_peak", "gap_s", "ups"):
        told_row = row(value, key)
        assert told_row["values"][1] is None, key
        assert told_row["n"] == [1, 0], key
        assert told_row["delta"] == [None, None], key
    assert {v["verdict"] for v in value["verdicts"]} == {"NO DATA"}
    text = run("compare", str(polled), str(bare)).out
    line = next(line for line in text.splitlines() if line.startswith("TTFT p99"))
    assert line.split("  ")[-1].strip() == "NO DATA"


def test_what_clients_saw_is_not_held_against_what_servers_counted(tmp_path: Path) -> None:
    client = written(tmp_path, bundle())
    servers = hpa_run(tmp_path, "servers")
    value = told(str(client), str(servers))
    p50 = row(value, "ttft_p50_ms")
    assert (p50["sources"], p50["delta"]) == (["client", "servers"], [None, None])
    assert p50["values"][0] == 200
    assert any("not counted by the same side" in note for note in value["notes"])
    [lengths] = [note for note in value["notes"] if note.startswith("lengths: ")]
    assert f"{tmp_path.name} 600 s, servers 240 s: sums and quantiles" in lengths
    out = run("compare", str(client), str(servers)).out
    assert f"counted: 0 to 600 s of {tmp_path.name}, 0 to 240 s of servers after the start" in out


def test_every_report_of_a_job_counts_however_many_it_wrote(tmp_path: Path) -> None:
    job = {"name": "load", "namespace": "ns", "kind": "Job"}
    stages = tuple(ev.Stage(2.0 * n, 2.0, 1.0 + n) for n in range(25))
    begun = ev.Job(BEGIN, status="running", started_at=BEGIN + 1.0, stages=stages, **job)
    reports = [json.dumps({**SGLANG, "completed": 100 + n}) for n in range(25)]
    results = [ev.JobResult(BEGIN + 30.0 + n, report=text, **job) for n, text in enumerate(reports)]
    twice = ev.JobResult(BEGIN + 54.5, report=reports[-1], **job)
    events = (begun, *results, twice, ev.Tick(BEGIN + 60.0))
    opened = open_run(recording(tmp_path, *events))
    [kept] = opened.state.job_results.values()
    assert len(kept) == 25
    [answered] = MeasuredRun(opened, opened.since, opened.until).answered().items()
    assert answered == ("client", sum(range(100, 125)))
    assert [stage.ok for stage in opened.stages] == list(range(100, 125))


def test_a_run_that_comes_through_a_pipe_is_read_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = hpa_run(tmp_path, "one"), hpa_run(tmp_path, "other")
    monkeypatch.setattr(comparing, "SMALL", 0)
    monkeypatch.setattr(workers, "cores", lambda: 2)
    read, write = os.pipe()
    assert os.write(write, other.read_bytes()) == other.stat().st_size
    os.close(write)
    done = run("compare", str(one), f"/dev/fd/{read}")
    os.close(read)
    assert (done.code, f"  {read} " in done.out) == (0, True)


def test_a_row_that_two_tell_names_both(tmp_path: Path) -> None:
    log = tmp_path / "controller.log"
    cycles = (old_cycle(minute, 1, 1) for minute in (1, 2, 3))
    log.write_text("\n".join(line for cycle in cycles for line in cycle) + "\n")
    done = run("compare", str(written(tmp_path, bundle())), str(log))
    assert "replicas avg (workloads, log)" in done.out


def test_objectives_tell_the_share_of_requests_that_met_them(tmp_path: Path) -> None:
    asked = objectives(["ttft_p95=250ms,e2e_p99=2s", "error=1%"])
    assert asked[0] == Objective("ttft_p95", 250.0)
    assert asked[2] == Objective("error", 0.01)
    exact = open_run(written(tmp_path, bundle()))
    counted = open_run(hpa_run(tmp_path, "a"))
    compared = compare([exact, counted], objectives=asked)
    # Of four requests one failed; of the others two had a TTFT of at most 0.25 s, two took 2 s.
    assert compared.row("slo_ttft_p95_ratio").run_values[0] == pytest.approx(2 / 3)
    assert compared.row("slo_attainment").run_values[0] == pytest.approx(2 / 4)
    # 80 % of observations lie in (0.1, 1].
    assert compared.row("slo_ttft_p95_ratio").run_values[1] == pytest.approx(0.8 * 0.15 / 0.9)
    assert compared.row("slo_error_ratio").run_values[1] == pytest.approx(0.9)
    # No server measured whole requests, so the share that met all objectives is unknown.
    assert compared.row("slo_attainment").run_values[1] is None


def test_an_objective_that_a_request_does_not_tell_of_is_not_met_by_it(tmp_path: Path) -> None:
    whole = bundle()
    for request in whole["requests"]:
        request.pop("ttft", None)
    silent = str(written(tmp_path, whole))
    value = told(silent, silent, "--slo", "ttft_p95=1ms")
    assert row(value, "slo_ttft_p95_ratio")["values"] == [None, None]
    assert row(value, "slo_attainment")["values"] == [None, None]


def test_equal_runs_pass_whatever_their_last_bits_are(tmp_path: Path) -> None:
    x = [f"x={hpa_run(tmp_path, f'x{number}')}" for number in range(3)]
    value = told(f"y={hpa_run(tmp_path, 'y')}", *x)
    assert {v["verdict"] for v in value["verdicts"]} <= {"PASS", "NO DATA", "MEASURED"}


def test_a_long_run_keeps_what_the_gateway_queued_at_its_start(tmp_path: Path) -> None:
    looks = [ev.Epp(BEGIN + at, pod="epp", queue=100 if at < 500 else 0) for at in range(5_000)]
    path = str(recording(tmp_path, *looks, ev.Tick(BEGIN + 5_000), name="long.jsonl"))
    value = told(path, path)
    assert row(value, "gateway_queue_max")["values"] == [100, 100]


def test_runs_of_one_name_are_told_apart_by_where_they_are(tmp_path: Path) -> None:
    paths = []
    for side in ("wva", "hpa"):
        (tmp_path / side).mkdir()
        paths.append(str(hpa_run(tmp_path / side, "1")))
    value = told(*paths)
    assert {verdict["group"] for verdict in value["verdicts"]} == {paths[1]}
    for part in ("runs", "coverage"):
        assert [each["name" if part == "runs" else "run"] for each in value[part]] == paths
    twice = told(paths[0], paths[0])
    assert [each["run"] for each in twice["coverage"]] == ["1 (1)", "1 (2)"]
    assert [group["label"] for group in twice["groups"]] == ["1 (1)", "1 (2)"]


def test_a_share_above_the_highest_bound_is_not_guessed() -> None:
    assert share_within(5.0, (1.0, 10.0), (2, 2, 0)) == pytest.approx(0.5 + 0.5 * 4 / 9)
    assert share_within(20.0, (1.0, 10.0), (2, 2, 0)) == 1.0
    assert share_within(20.0, (1.0, 10.0), (2, 2, 1)) is None
    assert share_within(1.0, (1.0, 10.0), (0, 0, 0)) is None


def test_repetitions_have_students_interval_and_a_spread() -> None:
    # The 97.5 % quantiles of Student's t distribution, as in textbooks.
    known = {1: 12.706, 2: 4.303, 9: 2.262, 10: 2.228, 20: 2.086, 30: 2.042, 120: 1.980}
    assert {n: round(t975(n), 3) for n in known} == known
    low, high = interval([1.0, 2.0, 3.0]) or (0.0, 0.0)
    assert (low, high) == pytest.approx((2 - 4.30265 / 3**0.5, 2 + 4.30265 / 3**0.5))
    assert interval([1.0]) is None
    assert beyond([1.0, 2.0], [2.4, 2.6]) is False
    assert beyond([1.0, 2.0], [2.6, 2.8]) is True
    assert beyond([1.0], [2.0, 3.0]) is None


def test_runs_are_grouped_by_what_they_have_in_common(tmp_path: Path) -> None:
    a, b = str(hpa_run(tmp_path, "a")), str(hpa_run(tmp_path, "b"))
    c = str(hpa_run(tmp_path, "c", label="wva"))

    def groups(*arguments: str) -> list[tuple[str, list[int]]]:
        value = told(*arguments, code=0)
        return [(group["label"], group["runs"]) for group in value["groups"]]

    assert groups(a, b) == [("a", [0]), ("b", [1])]
    assert groups(c, a, c) == [("wva", [0, 2]), ("a", [1])]
    assert groups(f"x={a}", c, f"x={b}") == [("x", [0, 2]), ("wva", [1])]
    assert groups(c, c) == [("c (1)", [0]), ("c (2)", [1])]
    assert groups(c, a, "--group-by", "name") == [("c", [0]), ("a", [1])]


@pytest.mark.parametrize(
    ("text", "gate"),
    [
        ("ttft_p99<=+10%", ("ttft_p99_ms", True, 0.1, "ratio")),
        ("cost <= -5%", ("cost", True, -0.05, "ratio")),
        ("ups>=+2", ("ups", False, 2.0, "difference")),
        ("gap<=60", ("gap_s", True, 60.0, "value")),
        ("error<=1%", ("error_ratio", True, 0.01, "value")),
    ],
)
def test_a_gate_is_on_a_ratio_a_difference_or_the_value(text: str, gate: tuple[Any, ...]) -> None:
    keys = ["ttft_p99_ms", "cost", "ups", "gap_s", "error_ratio"]
    assert gates([text], keys) == (FigureGate(text, *gate),)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--gate", "cost"), "not a gate"),
        (("--gate", "cost<=5%"), "a share of what"),
        (("--gate", "nothing<=+5%"), "there is no row nothing"),
        (("--gate", "cost<=+1.2.3%"), "not a gate"),
        (("--slo", "ttft_p95"), "expected NAME=VALUE"),
        (("--slo", "ttft_p42=2s"), "no such objective"),
        (("--slo", "ttft_p95=soon"), "expected a time"),
        (("--slo", "error=200%"), "expected a share"),
        (("--cost", "H100=much"), "expected a price"),
        (("--cost", ""), "expected NAME=VALUE"),
        (("--cost", "H100=3,2"), "--cost: 2 behind a comma has no name"),
        (("--cost", "3,2"), "--cost: 2 behind a comma has no name"),
        (("--slo", "ttft_p95=1,5s"), "--slo 5s: expected NAME=VALUE"),
    ],
)
def test_what_is_asked_wrongly_is_told_in_a_line(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    path = str(recording(tmp_path))
    done = run("compare", path, path, *arguments)
    assert (done.code, words in done.err) == (2, True), done.err


def test_prices_are_by_accelerator_and_one_of_all_others() -> None:
    assert prices(["H100=3.2,L40S=1", "0.5"]) == {"h100": 3.2, "l40s": 1.0, "*": 0.5}
    assert prices(["0.5,H100=3"]) == {"*": 0.5, "h100": 3.0}
    with pytest.raises(UsageError):
        prices(["H100=-1"])


def test_runs_that_are_measured_on_other_cores_are_compared_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, sizes in (("a", (1, 2)), ("b", (1, 4)), ("c", (2, 4))):
        hpa_run(tmp_path, name, sizes)
    monkeypatch.chdir(tmp_path)
    asked = ["compare", "x=a.jsonl", "y=b.jsonl", "y=c.jsonl", "--stages", "-o", "json"]
    asked += ["--slo", "ttft_p95=2s", "--gate", "replicas_max<=3"]
    here = run(*asked)
    monkeypatch.setattr(comparing, "SMALL", 0)
    monkeypatch.setattr(workers, "cores", lambda: 2)
    asked_of: list[object] = []
    call = workers.Workers.call
    monkeypatch.setattr(
        workers.Workers, "call", lambda self, work: asked_of.append(work) or call(self, work)
    )
    there = run(*asked)
    assert len(asked_of) == 3
    assert (there.code, there.out, there.err) == (here.code, here.out, here.err)
    assert here.code == 1
    assert [row["run"] for row in json.loads(there.out)["coverage"]] == ["a", "b", "c"]
    missing = run("compare", "a.jsonl", "nowhere.jsonl", "b.jsonl")
    assert (missing.code, missing.err.count("\n")) == (4, 1), missing.err
    assert "nowhere.jsonl" in missing.err
    late = run("compare", "a.jsonl", "b.jsonl", "--from", "1h")
    assert (late.code, "a.jsonl: has nothing in that time" in late.err) == (2, True)


def test_a_gate_that_nothing_shows_to_hold_is_named(tmp_path: Path) -> None:
    two = str(recording(tmp_path, name="a.jsonl")), str(recording(tmp_path, name="b.jsonl"))
    assert run("compare", *two).code == 0, "rules of the benchmark without data are no failure"
    done = run("compare", *two, "--gate", "gap<=60")
    assert (done.code, "not judged, NO DATA: gap<=60 (a), gap<=60 (b)\n" in done.err) == (0, True)
    assert done.out.splitlines()[-1].startswith("  b against a: 6 NO DATA (p99 TTFT, ")
    assert "s after the start of the session; " in done.out, "no load is known"
    known = str(hpa_run(tmp_path, "c"))
    words = " after the start of load, or of the session where no load is known; "
    assert words in run("compare", two[0], known).out
    alone = run("report", two[0], "-o", str(tmp_path / "page"), "--gate", "cost<=-5%")
    assert (alone.code, "there is one alone" in alone.err) == (2, True)


def test_the_last_lines_tell_what_failed(tmp_path: Path) -> None:
    a, b = str(hpa_run(tmp_path, "a")), str(hpa_run(tmp_path, "b", (1, 4)))
    for form, mark in (("text", "  "), ("md", "- "), ("html", "<p>")):
        out = run("compare", a, b, "-o", form).out
        [last] = [line for line in out.splitlines() if "b against" in line]
        assert last.startswith(
            f"{mark}b against a: 1 FAIL (requests per replica-hour), 1 NO DATA ("
        )


def test_a_run_has_one_name_throughout_and_its_file_is_told_once(tmp_path: Path) -> None:
    a, b = hpa_run(tmp_path, "first", label="x"), hpa_run(tmp_path, "second", (1, 4), label="y")
    lines = run("compare", str(a), str(b)).out.splitlines()
    assert [line for line in lines if "first" in line] == ["  x is first, y is second"]
    assert lines[0].split() == ["x", "y", "Δ"]
    assert [line.split()[0] for line in lines if line.startswith(("x  ", "y  "))] == ["x", "y"]


def test_a_run_that_is_called_as_another_is_labelled_is_told_apart(tmp_path: Path) -> None:
    labelled, called = hpa_run(tmp_path, "b", label="a"), hpa_run(tmp_path, "a", (1, 4))
    said = run("compare", str(labelled), str(called)).out.partition("In short\n")[2]
    assert said.startswith("  a (2) against a (1): 1 FAIL (")
    assert "\n  a" not in said


def test_one_run_is_nothing_to_compare(tmp_path: Path) -> None:
    done = run("compare", str(recording(tmp_path)))
    assert (done.code, "needs two runs" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("key", "before", "after", "verdict"),
    [
        ("ttft_p99_ms", 100.0, 110.0, "PASS"),
        ("ttft_p99_ms", 100.0, 110.1, "FAIL"),
        ("error_ratio", 0.01, 0.01, "PASS"),
        ("error_ratio", 0.01, 0.011, "FAIL"),
        ("error_ratio", 0.0, None, "NO DATA"),
        ("requests_per_replica_hour", 100.0, 85.0, "PASS"),
        ("requests_per_replica_hour", 100.0, 84.9, "FAIL"),
        ("gap_s", 10.0, 900.0, "MEASURED"),
    ],
)
def test_the_rules_are_those_of_the_recorded_benchmark(
    tmp_path: Path, key: str, before: float, after: float | None, verdict: str
) -> None:
    one = open_run(recording(tmp_path))
    compared = compare([one, one])
    delta = None if after is None else after - before
    rows = tuple(
        replace(
            each,
            values=(before, after),
            delta=(None, delta),
            delta_ratio=(None, None if delta is None or not before else delta / before),
        )
        if each.row.key == key
        else each
        for each in compared.rows
    )
    [judged] = [v for v in verdicts(replace(compared, rows=rows)) if v.key == key]
    assert judged.verdict == verdict
    assert len(RULES) == 5


def test_37_and_38_a_small_bundle_has_the_figures_of_its_replicas(tmp_path: Path) -> None:
    """One replica for three minutes, two for one, three for five, one for one; three were wanted
    two minutes before they were ready."""
    path = str(written(tmp_path, bundle()))
    value = told(path, path, "--cost", "10")
    assert row(value, "replica_seconds")["values"][0] == (3 + 2 + 15 + 1) * 60
    assert row(value, "replicas_avg")["values"][0] == pytest.approx(2.1)
    assert row(value, "cost")["values"][0] == pytest.approx(21 * 60 * 10 / 3600)
    for key in ("gap_s", "gap_longest_s", "boot_mean_s"):
        assert row(value, key)["values"][0] == 120.0


def test_37_and_38_a_recorded_bundle_has_the_figures_that_were_reckoned_by_hand() -> None:
    paths = [str(shared(f"wva-2026/{name}")) for name in ("run-20260810-080708-371",) * 2]
    value = told(*paths, "--cost", "10")
    assert row(value, "replicas_avg")["values"][0] == pytest.approx(2.26, abs=0.005)
    assert row(value, "replicas_max")["values"] == [8, 8]
    assert row(value, "cost")["values"] == pytest.approx([2910 * 10 / 3600] * 2)
    assert row(value, "gap_s")["values"] == [346, 346]
    assert row(value, "boot_mean_s")["values"][0] == pytest.approx(83.3, abs=0.1)
    assert row(value, "ttft_p99_ms")["values"][0] == pytest.approx(79_008, abs=1)
    assert row(value, "itl_p50_ms")["values"][0] == pytest.approx(16.31, abs=0.01)


def test_a_saturated_replica_is_left_out_of_the_average_of_the_others(tmp_path: Path) -> None:
    looks = [
        ev.Scrape(BEGIN + 10.0, pod="a", kv=0.98, waiting=40, running=9),
        ev.Scrape(BEGIN + 10.0, pod="b", kv=0.20, waiting=0, running=1),
    ]
    path = str(recording(tmp_path, *looks))
    value = told(path, path)
    assert row(value, "kv_mean")["values"][0] == pytest.approx(0.59)
    assert row(value, "kv_unsaturated_mean")["values"][0] == pytest.approx(0.20)
    assert row(value, "saturated_ratio")["values"][0] == 0.5


def test_a_log_has_its_replica_seconds_and_no_latencies() -> None:
    folder = shared("wva-experiments-2025/capacity-based-high-parallel-20251128-145238")
    polled = shared("real-cluster-2026/keda-queue.jsonl.gz")
    value = told(f"wva={folder}", f"keda={polled}", code=0)
    assert row(value, "replica_seconds")["values"][0] == pytest.approx(1803, abs=1)
    assert (row(value, "ups")["values"][0], row(value, "downs")["values"][0]) == (2, 2)
    assert row(value, "kv_peak")["values"][0] == pytest.approx(0.996, abs=0.001)
    assert row(value, "queue_max")["values"][0] >= 122
    assert row(value, "ttft_p99_ms")["values"][0] is None
