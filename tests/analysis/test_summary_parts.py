"""A part of a session: what is counted of it knows what was before."""

import json
from collections import Counter
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.runs.made import BEGIN
from tests.analysis.runs.test_open_run import recording
from tests.cli.cli import run
from tests.core.queries.few_pods import NAMESPACE, START, look, namespace
from tests.core.queries.test_scaling import NEW, decided, hpa, scale_up, workload
from tests.small_logs import TARGETS, old_cycle
from tests.sweeps import examples
from wvatui.core import events as ev
from wvatui.core.state.totals import SessionTotals
from wvatui.recording.writer import Writer

HELD = ((1, 1), (1, 3), (1, 3), (1, 3), (1, 3), (1, 1))
"""Replicas and target of each minute: nobody carries out that more are wanted."""


def told(path: Path, *part: str) -> dict[str, Any]:
    done = run("summary", str(path), *part, "-o", "json")
    assert done.code == 0, done.err
    numbers: dict[str, Any] = json.loads(done.out)
    return numbers


def test_a_wish_from_before_a_part_is_no_change_of_the_part(tmp_path: Path) -> None:
    log = tmp_path / "wva.log"
    lines = [line for n, sizes in enumerate(HELD) for line in old_cycle(n, *sizes)]
    log.write_text("\n".join(lines) + "\n")

    def changes(*part: str) -> tuple[int, int]:
        numbers = told(log, *part)
        return numbers["changes_up"], numbers["target_changes"]

    assert changes() == (1, 2)
    assert changes("--to", "30s") == (0, 0)
    assert changes("--from", "30s") == (1, 2), "its first decision is another one"
    assert changes("--from", "90s") == (0, 1)
    assert changes("--from", "90s", "--to", "200s") == (0, 0)


def session_of(path: Path, events: list[ev.Event], seconds: int) -> Path:
    """A recording of `events`, with a tick each second."""
    told = [event for event in events if not isinstance(event, ev.Header)]
    told += [ev.Tick(START + second) for second in range(seconds + 1)]
    writer = Writer(path, ev.Header(START, started_at=START, namespace=NAMESPACE))
    writer.write(sorted(told, key=lambda event: event.at))
    writer.close("quit")
    return path


def sums(path: Path, *part: str) -> Counter[str]:
    """The numbers of a session, or a part, that add up."""
    numbers = told(path, *part)
    keys = ("replica_s", "span", "target_changes", "changes_up", "changes_down")
    scaling = {key: numbers["scaling"][key] for key in ("ups", "downs")}
    found = Counter({**{key: numbers[key] or 0 for key in keys}, **scaling})
    assert all(number >= 0 for number in found.values())
    return found


@given(cut=st.decimals("0.1", "300.1", places=2))
@settings(max_examples=examples(100), deadline=None)
def test_two_parts_of_a_log_add_up_to_the_whole(cut: Decimal) -> None:
    with TemporaryDirectory() as folder:
        log = Path(folder, "wva.log")
        lines = [line for n, sizes in enumerate(TARGETS) for line in old_cycle(n, *sizes)]
        log.write_text("\n".join(lines) + "\n")
        assert sums(log, "--to", f"{cut}s") + sums(log, "--from", f"{cut}s") == sums(log)


def late(line: ev.Log) -> ev.Log:
    """A line as it comes three seconds after it was written."""
    return msgspec.structs.replace(line, at=line.at + 3.0)


@pytest.mark.parametrize("cut", [10, 31, 32, 33, 35, 40, 60, 131, 133, 136, 140, 150, 170])
def test_two_parts_of_a_session_add_up_wherever_a_change_is_cut(tmp_path: Path, cut: int) -> None:
    events = [late(event) if isinstance(event, ev.Log) else event for event in scale_up()]
    events += [late(decided(130, 3, 2)), hpa(138, 2), workload(140, 2, 2)]
    events += [late(decided(160, 2, 4))]
    path = session_of(tmp_path / "session.jsonl", events, 180)
    whole = sums(path)
    assert (whole["changes_up"], whole["changes_down"], whole["downs"]) == (1, 1, 1)
    assert sums(path, "--to", f"{cut}s") + sums(path, "--from", f"{cut}s") == whole


def said(at: float, came: float, message: str, level: str = "info", **fields: Any) -> ev.Log:
    """A line of the controller, written at one time, that came at another."""
    line = {"level": level, "ts": START + at, "caller": "saturation/engine.go:1", "msg": message}
    return ev.Log(START + came, line=json.dumps(line | fields))


def eventful() -> list[ev.Event]:
    """A session of all that is counted, nearly all of it at whole seconds. The decision of second
    30 is taken back by a line that comes at 32, the line of second 128 comes at 131."""
    emitted = {"variantName": "qwen", "currentReplicas": 2, "desiredReplicas": 2}
    return [
        *(event for event in scale_up() if not isinstance(event, ev.Log)),
        decided(0, 2, 2),
        decided(30, 2, 3),
        said(30.5, 32, "EmitReplicaMetrics completed", **emitted),
        decided(60, 2, 3),
        msgspec.structs.replace(decided(128, 3, 2), at=START + 131),
        hpa(138, 2),
        workload(140, 2, 2),
        decided(160, 2, 4),
        said(41, 41, "Failed to emit", "error", error="no route"),
        said(41, 41, "what no release has ever said"),
        said(60, 60, "Grouped VAs by model", modelCount=1),
        *(look(NEW, at + 0.5, 0.2, generation_tokens=12 + at) for at in range(108, 180, 5)),
        *(ev.Mark(START + at, note="here") for at in (32, 60, 60, 131)),
        ev.Notice(START + 60, source="controller", code="restart"),
        ev.Gap(START + 131, source="log", since=START + 120, until=START + 130),
        ev.JobResult(START + 131, name="load", namespace=NAMESPACE, report="no report"),
    ]


NOT_ADDED = {
    *("cur", "tgt_max", "kv_peak", "q_peak", "ttft_max", "itl_max", "arr_max"),
    *("polled_kv_mean", "polled_kv_peak", "waiting_max", "replicas_avg", "replicas_max"),
    *("mean_s", "p95_s", "max_s", "longest_s", "longest_gap_s"),
    *("pods", "polled_pods", "namespaces", "variants"),
    *("stages", "slo_itl_ms", "slo_ttft_ms", "itl_error_ms", "ttft_error_ms"),
    *(f"{name}_{q}_ms" for name in ("ttft", "itl", "e2e") for q in ("p50", "p95", "p99")),
    *("gaps", "gaps_by_kind", "lacking.n", "open", "failed_jobs", "not_carried_out"),
}
"""Numbers of `summary` that are extremes, means, or of what lasts, exists or goes on: neither a
count of moments nor a sum."""


def added(told: Any, name: str = "") -> Counter[str]:
    """All numbers of a summary that count or sum, by where they are."""
    found: Counter[str] = Counter()
    if isinstance(told, dict):
        for key, value in told.items():
            if not NOT_ADDED & {key, f"{name.rpartition('.')[2]}.{key}"}:
                found.update(added(value, f"{name}.{key}"))
    elif isinstance(told, list):
        found[f"{name}#"] = len(told)
        for row in told:
            step = [str(row.get(key)) for key in ("direction", "step")]
            found.update(added(row, ".".join([name, *step])))
    elif isinstance(told, int | float) and not isinstance(told, bool):
        found[name] = round(told, 1)
    return found


@given(cut=st.one_of(st.integers(1, 179), st.decimals("0.1", "179.9", places=1)))
@settings(max_examples=examples(100), deadline=None)
def test_every_count_and_sum_of_two_parts_adds_up_to_that_of_the_whole(cut: Decimal | int) -> None:
    with TemporaryDirectory() as folder:
        path = session_of(Path(folder, "session.jsonl"), eventful(), 180)
        whole = added(told(path))
        first, second = (added(told(path, part, f"{cut}s")) for part in ("--to", "--from"))
    assert min(*first.values(), *second.values()) >= 0
    both = Counter({name: round(count, 1) for name, count in (first + second).items()})
    assert both == +whole


def test_each_count_of_the_totals_is_counted_by_part() -> None:
    """A number that no part counts would be that of the whole in each part."""
    numbers = {each.name: each.type for each in fields(SessionTotals)}
    some = {name: 3 for name, type_ in numbers.items() if type_ in (int, float)}
    lists = {name: {"x": 3} for name, type_ in numbers.items() if type_ == dict[str, int]}
    totals = SessionTotals(**some, **lists)  # type: ignore[arg-type]
    nothing = totals.of_part(totals, totals)
    kept = [name for name in (*some, *lists) if getattr(nothing, name)]
    assert kept == ["kv_peak", "queue_peak", "cycles_at_start"], "no counts"


def test_a_moment_on_the_cut_is_of_the_part_that_begins_there(tmp_path: Path) -> None:
    path = session_of(tmp_path / "session.jsonl", eventful(), 180)

    def counts(*part: str) -> list[int]:
        numbers = told(path, *part)
        return [numbers[key] for key in ("marks", "restarts", "unknown_lines", "errs")]

    assert counts("--to", "41s") == [1, 0, 0, 0]
    assert counts("--from", "41s", "--to", "60s") == [0, 0, 2, 1]
    assert counts("--from", "60s") == [3, 1, 0, 0]


def test_a_decision_that_is_taken_back_after_the_cut_was_no_change_before_it(
    tmp_path: Path,
) -> None:
    path = session_of(tmp_path / "session.jsonl", eventful(), 180)
    assert told(path, "--to", "31s")["target_changes"] == 0
    assert told(path, "--from", "31s", "--to", "59s")["target_changes"] == 0
    assert told(path, "--from", "59s", "--to", "61s")["target_changes"] == 1


def test_tokens_count_to_the_part_with_the_poll_that_tells_them(tmp_path: Path) -> None:
    polls = [(100, 0), (110, 40), (120, 90)]
    events = [look("p", at, 0.2, generation_tokens=tokens) for at, tokens in polls]
    path = session_of(tmp_path / "session.jsonl", [*namespace("p"), *events], 180)

    def tokens(*part: str) -> int | None:
        count: int | None = told(path, *part)["generation_tokens"]
        return count

    assert tokens() == 90
    assert (tokens("--to", "115s"), tokens("--from", "115s")) == (40, 50)
    assert (tokens("--to", "110s"), tokens("--from", "110s")) == (None, 90), "not known at one poll"
    assert tokens("--from", "121s") is None, "nothing was polled"


def test_a_silence_counts_in_each_part_into_which_it_reaches(tmp_path: Path) -> None:
    log = tmp_path / "wva.log"
    lines = [*old_cycle(0, 1, 1), *old_cycle(1, 1, 1), *old_cycle(9, 1, 1)]
    log.write_text("\n".join(lines) + "\n")
    assert told(log)["gaps_by_kind"] == {"log": 1}
    for part in (("--to", "5m"), ("--from", "5m"), ("--from", "4m", "--to", "5m")):
        assert told(log, *part)["gaps_by_kind"] == {"log": 1}, part
    assert told(log, "--to", "50s")["gaps"] == 0


def test_a_change_that_was_never_carried_out_counts_in_each_part_that_wanted_it(
    tmp_path: Path,
) -> None:
    events = [*scale_up(35.0), decided(330, 2, 3)]
    path = session_of(tmp_path / "session.jsonl", events, 400)

    def lacks(*part: str) -> int:
        return int(told(path, *part)["scaling"]["not_carried_out"])

    def lags(*part: str) -> list[int]:
        return [lag["n"] for lag in told(path, *part)["scaling"]["lags"]]

    assert lacks() == 1
    assert lacks("--to", "20s") == 0
    assert lacks("--to", "40s") == lacks("--from", "100s") == 1
    assert (lags(), lags("--to", "40s"), lags("--from", "100s")) == ([1], [1], []), "a moment"


def test_how_long_a_change_took_counts_from_its_cause_before_the_part(tmp_path: Path) -> None:
    path = session_of(tmp_path / "session.jsonl", scale_up(), 120)

    def lags(*part: str) -> dict[str, float]:
        return {lag["step"]: lag["mean_s"] for lag in told(path, *part)["scaling"]["lags"]}

    assert lags()["decision ready"] == 74.0
    assert lags("--from", "35s") == lags()
    assert lags("--from", "41s") == {}, "the size was changed before it"


def test_a_job_that_failed_before_a_part_is_no_trouble_of_it(tmp_path: Path) -> None:
    job = {"name": "load", "namespace": "ns", "reason": "BackoffLimitExceeded"}
    failed = ev.Job(
        BEGIN + 61.0,
        status="failed",
        started_at=BEGIN + 10.0,
        ended_at=BEGIN + 60.0,
        **job,
    )
    path = recording(tmp_path, failed, ev.Tick(BEGIN + 90.0))
    for part, names in (
        (("--to", "2m"), ["load"]),
        (("--from", "30s"), ["load"]),
        (("--from", "60s"), ["load"]),
        (("--from", "90s"), []),
    ):
        numbers = told(path, *part)
        assert [each["name"] for each in numbers["failed_jobs"]] == names, part


def test_an_attempt_that_failed_before_a_part_is_no_trouble_of_a_job_that_goes_on(
    tmp_path: Path,
) -> None:
    job = ev.Job(
        BEGIN + 61.0,
        name="load",
        namespace="ns",
        status="running",
        reason="an attempt failed: OOMKilled",
        started_at=BEGIN + 62.0,
        attempts=(ev.FailedAttempt(BEGIN + 10.0, BEGIN + 60.0),),
    )
    path = recording(tmp_path, job, ev.Tick(BEGIN + 90.0))
    assert [each["name"] for each in told(path)["failed_jobs"]] == ["load"]
    assert [each["name"] for each in told(path, "--from", "30s")["failed_jobs"]] == ["load"]
    assert told(path, "--from", "80s")["failed_jobs"] == []


def test_one_of_a_kind_is_told_in_the_singular(tmp_path: Path) -> None:
    log = tmp_path / "wva.log"
    log.write_text("\n".join([*old_cycle(0, 1, 1), *old_cycle(1, 1, 3)]) + "\n")
    done = run("summary", str(log))
    assert "2 cycles, 1 target change; 1 cycle said scale-up" in done.out
