"""A part of a session: what is counted of it knows what was before."""

import json
from collections import Counter
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
from tests.core.queries.few_pods import NAMESPACE, START
from tests.core.queries.test_scaling import decided, hpa, scale_up, workload
from tests.small_logs import TARGETS, old_cycle
from tests.sweeps import examples
from wvatui.core import events as ev
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


def test_a_change_that_was_never_carried_out_counts_in_each_part_that_wanted_it(
    tmp_path: Path,
) -> None:
    events = [workload(10, 2, 2), decided(30, 2, 4), decided(380, 2, 4)]
    path = session_of(tmp_path / "session.jsonl", events, 400)

    def lacks(*part: str) -> int:
        return int(told(path, *part)["scaling"]["not_carried_out"])

    assert lacks() == 1
    assert lacks("--to", "20s") == 0
    assert lacks("--to", "40s") == lacks("--from", "100s") == 1


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
