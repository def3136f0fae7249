"""A part of a session: what is counted of it knows what was before."""

import json
from pathlib import Path
from typing import Any

from tests.analysis.runs.made import BEGIN
from tests.analysis.runs.test_open_run import recording
from tests.cli.cli import run
from tests.core.queries.few_pods import NAMESPACE, START
from tests.core.queries.test_scaling import scale_up
from tests.small_logs import old_cycle
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


def test_how_long_a_change_took_counts_from_its_cause_before_the_part(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    events = [event for event in scale_up() if not isinstance(event, ev.Header)]
    writer = Writer(path, ev.Header(START, started_at=START, namespace=NAMESPACE))
    events += [ev.Tick(START + second) for second in range(121)]
    writer.write(sorted(events, key=lambda event: event.at))
    writer.close("quit")

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


def test_one_of_a_kind_is_told_in_the_singular(tmp_path: Path) -> None:
    log = tmp_path / "wva.log"
    log.write_text("\n".join([*old_cycle(0, 1, 1), *old_cycle(1, 1, 3)]) + "\n")
    done = run("summary", str(log))
    assert "2 cycles, 1 target change; 1 cycle said scale-up" in done.out
