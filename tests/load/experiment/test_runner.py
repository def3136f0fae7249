"""Running stages: when jobs are created and deleted, failures, and what is left after an
interrupt."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.load.experiment.fake_jobs import FakeJobs, Fate
from tests.load.experiment.files import workload, write
from tests.load.experiment.test_config import lay_out
from tests.sources.virtual import virtual_clock
from tests.sweeps import sampled
from tests.waiting import until
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY
from wvatui.engine.timeline import Timeline
from wvatui.errors import CheckFailed
from wvatui.kube.stepped import SteppedClock
from wvatui.load.experiment.config import read_experiment
from wvatui.load.experiment.outcome import RunReport
from wvatui.load.experiment.plan import ExperimentPlan, plan
from wvatui.load.experiment.runner import ExperimentRunner
from wvatui.load.make.series import LEAD_S
from wvatui.load.profiles.manifests import TTL_S


@dataclass
class Going:
    """A run in progress, or finished."""

    runner: ExperimentRunner
    jobs: FakeJobs
    clock: SteppedClock
    timeline: Timeline
    events: list[ev.Event] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    overs: list[str] = field(default_factory=list)

    @property
    def report(self) -> RunReport:
        return self.runner.report

    def did(self, verb: str) -> list[tuple[float, str]]:
        """(T+seconds, stage) of each call of `verb`."""
        return [(at, title) for at, what, title in self.jobs.did if what == verb]

    def became(self) -> dict[str, str]:
        return {one.stage.name: one.status for one in self.report.stages}

    def ended_at(self) -> float:
        assert self.report.ended_at is not None
        assert self.report.begun_at is not None
        return self.report.ended_at - self.report.begun_at


@asynccontextmanager
async def going(
    file: Path | ExperimentPlan, fates: dict[str, Fate] | None = None, **more: Any
) -> AsyncIterator[Going]:
    async with virtual_clock() as (clock, timeline):
        jobs = FakeJobs(clock, fates or {}, start=clock.now() + LEAD_S)
        report = RunReport(plan(read_experiment(file)) if isinstance(file, Path) else file)
        run = Going(
            ExperimentRunner(
                report,
                jobs,
                clock,
                over=lambda why: run.overs.append(why),
                say=lambda line: run.lines.append(line),
                namespace="ns",
                **more,
            ),
            jobs,
            clock,
            timeline,
        )
        yield run


async def ran(file: Path, fates: dict[str, Fate] | None = None, **more: Any) -> Going:
    async with going(file, fates, **more) as run:
        async with asyncio.timeout(120):
            await run.runner.run(run.events.append)
        return run


HIGH = [
    workload("phase-1", manifest="high-20.yaml", start_delay=0, duration=900),
    workload("phase-2", manifest="high-30.yaml", start_delay=120, duration=900),
    workload("phase-3", manifest="mod-15.yaml", start_delay=240, duration=900),
]


async def test_27_parallel_jobs_are_made_and_deleted_at_their_times(tmp_path: Path) -> None:
    done = {f"phase-{n}": Fate(880) for n in (1, 2, 3)}
    run = await ran(write(tmp_path, HIGH, tail_seconds=120), done)
    assert run.did("create") == [(0, "phase-1"), (120, "phase-2"), (240, "phase-3")]
    assert run.did("delete") == [(900, "phase-1"), (1020, "phase-2"), (1140, "phase-3")]
    assert run.report.plan.end_s == 1140
    assert "[T+300s] Running: phase-1, phase-2, phase-3 (840s remaining)" in run.lines
    assert run.ended_at() == 1260
    assert run.overs == ["finished"]
    assert run.report.ok


async def test_the_plan_and_how_far_it_is_are_in_the_recording(tmp_path: Path) -> None:
    run = await ran(write(tmp_path, HIGH), {f"phase-{n}": Fate(880) for n in (1, 2, 3)})
    stands = [e for e in run.events if isinstance(e, ev.Experiment)]
    assert [(s.start_s, s.end_s, s.rate) for s in stands[0].stages] == [
        (0, 900, 10),
        (120, 1020, 10),
        (240, 1140, 10),
    ]
    assert [[s.status for s in e.stages] for e in stands[1:4]] == [
        ["running", "waiting", "waiting"],
        ["running", "running", "waiting"],
        ["running"] * 3,
    ]
    last = fold(EMPTY, run.events).experiment
    assert last is not None
    assert (last.phase, last.ended, {s.status for s in last.stages}) == (
        "over",
        "finished",
        {"done"},
    )


async def test_nothing_is_active_between_loads(tmp_path: Path) -> None:
    rows = [workload("a", start_delay=0, duration=60), workload("b", start_delay=120, duration=60)]
    run = await ran(write(tmp_path, rows, tail_seconds=0), {"a": Fate(30), "b": Fate(30)})
    assert "[T+90s] No active jobs (90s remaining)" in run.lines
    assert run.ended_at() == 180


async def test_28_a_failed_job_is_noticed_at_once_and_the_run_goes_on(tmp_path: Path) -> None:
    rows = [workload(name, wait_completion=True) for name in ("one", "two", "three")]
    fates = {"two": Fate(15, "failed", "BackoffLimitExceeded", b"loading\nCUDA error\n")}
    run = await ran(write(tmp_path, rows, tail_seconds=0), fates)
    assert run.did("create") == [(0, "one"), (60, "two"), (75, "three")]
    assert run.became() == {"one": "done", "two": "failed", "three": "done"}
    failed = run.report.stages[1]
    assert failed.reason == "failed: BackoffLimitExceeded"
    assert failed.tail.endswith("CUDA error")
    told = [e.text for e in run.events if isinstance(e, ev.Notice) and "failed" in e.code]
    assert told == ["two failed: failed: BackoffLimitExceeded; its log ends: CUDA error"]
    assert not run.report.ok


async def test_28_a_failed_job_stops_the_run_when_that_is_asked_for(tmp_path: Path) -> None:
    rows = [workload("one", wait_completion=True), workload("two", wait_completion=True)]
    file = write(tmp_path, rows, on_failure="stop")
    run = await ran(file, {"one": Fate(15, "failed", "OOMKilled")})
    assert run.became() == {"one": "failed", "two": "not reached"}
    assert run.overs == ["stopped"]
    assert run.ended_at() == 15


async def test_a_failure_in_parallel_stops_the_others_too(tmp_path: Path) -> None:
    file = write(tmp_path, HIGH, on_failure="stop")
    run = await ran(file, {"phase-1": Fate(None), "phase-2": Fate(30, "failed", "Error")})
    assert run.became() == {"phase-1": "interrupted", "phase-2": "failed", "phase-3": "not reached"}
    assert run.jobs.left == []
    assert run.ended_at() == 150


async def test_a_failed_job_in_parallel_leaves_the_schedule_of_the_others(tmp_path: Path) -> None:
    fates = {"phase-1": Fate(10, "failed", "Error"), "phase-2": Fate(5), "phase-3": Fate(5)}
    run = await ran(write(tmp_path, HIGH, tail_seconds=0), fates)
    assert run.did("delete") == [(10, "phase-1"), (1020, "phase-2"), (1140, "phase-3")]


async def test_29_a_workload_without_a_manifest_is_skipped_and_counted(tmp_path: Path) -> None:
    rows = [workload(name, wait_completion=True) for name in ("one", "two", "three")]
    file = write(tmp_path, [rows[0], rows[1] | {"absent": True}, rows[2]], tail_seconds=0)
    run = await ran(file)
    assert [title for _, title in run.did("create")] == ["one", "three"]
    assert run.report.counted() == "2 done, 1 skipped"
    assert not run.report.ok


async def test_30_two_stages_of_one_manifest_are_two_jobs(tmp_path: Path) -> None:
    rows = [
        workload("first", manifest="same.yaml", start_delay=0, duration=100),
        workload("again", manifest="same.yaml", start_delay=50, duration=100),
    ]
    run = await ran(write(tmp_path, rows, tail_seconds=0))
    first, again = (job.name for job in run.jobs.made)
    assert first != again
    assert first.startswith("load-same-")
    assert again.startswith("load-same-")


@pytest.mark.parametrize("at_s", [0.0, 60.0, 130.0, 200.0, 950.0, 1250.0])
async def test_31_an_interrupt_at_any_time_leaves_no_job(tmp_path: Path, at_s: float) -> None:
    fates = {"phase-1": Fate(None), "phase-2": Fate(None), "phase-3": Fate(5)}
    async with going(write(tmp_path, HIGH), fates) as run:
        task = asyncio.create_task(run.runner.run(run.events.append))
        await run.clock.sleep(LEAD_S + at_s)
        task.cancel()
        await until(task.done)
        assert task.cancelled()
        assert run.jobs.left == []
        assert run.report.ended == "interrupted"
        assert run.overs == []
        last = run.events[-1]
        assert isinstance(last, ev.Notice)
        assert last.code == "experiment-end"


async def test_a_job_that_is_late_gets_time_to_report_and_then_is_cut(tmp_path: Path) -> None:
    rows = [
        workload("late", start_delay=0, duration=360),
        workload("endless", start_delay=0, duration=360),
    ]
    file = write(tmp_path, rows, tail_seconds=0, grace_seconds=50)
    run = await ran(file, {"late": Fate(390), "endless": Fate(None)})
    assert run.did("delete") == [(390, "late"), (410, "endless")]
    assert run.became() == {"late": "done", "endless": "cut"}
    assert run.report.ok


async def test_a_job_with_more_requests_than_fit_is_cut_at_its_end(tmp_path: Path) -> None:
    file = write(tmp_path, [workload("long", start_delay=0, duration=300)], tail_seconds=0)
    run = await ran(file, {"long": Fate(None)})  # 3600 requests at 10 a second
    assert run.did("delete") == [(300, "long")]
    assert run.became() == {"long": "cut"}


async def test_a_job_that_is_waited_for_too_long_times_out(tmp_path: Path) -> None:
    file = write(tmp_path, [workload("slow", wait_completion=True)], tail_seconds=0)
    run = await ran(file, {"slow": Fate(None)})
    assert run.did("delete") == [(1800, "slow")]
    assert run.became() == {"slow": "timed out"}
    assert run.report.stages[0].reason == "not done after 1800 s (running)"


async def test_a_job_whose_pod_never_ran_has_failed(tmp_path: Path) -> None:
    file = write(tmp_path, [workload("stuck", start_delay=0, duration=100)], grace_seconds=0)
    run = await ran(file, {"stuck": Fate(None, pending=True)})
    assert run.became() == {"stuck": "failed"}
    assert "its pod never ran" in run.report.stages[0].reason


async def test_a_job_that_is_refused_is_a_failed_stage(tmp_path: Path) -> None:
    rows = [workload("one", wait_completion=True), workload("two", wait_completion=True)]
    run = await ran(write(tmp_path, rows, tail_seconds=0), {"one": Fate(refused="quota exceeded")})
    assert run.became() == {"one": "failed", "two": "done"}
    assert run.report.stages[0].reason == "its job could not be made: quota exceeded"


async def test_a_job_that_nobody_waits_for_goes_when_the_run_ends(tmp_path: Path) -> None:
    rows = [workload("free", wait_completion=False), workload("two", wait_completion=True)]
    run = await ran(write(tmp_path, rows, tail_seconds=30), {"free": Fate(None)})
    assert run.did("create") == [(0, "free"), (0, "two")]
    assert run.did("delete") == [(60, "two"), (90, "free")]
    assert run.became() == {"free": "cut", "two": "done"}


async def test_a_job_that_nobody_waits_for_and_fails_is_a_failed_stage(tmp_path: Path) -> None:
    rows = [workload("free", wait_completion=False), workload("two", wait_completion=True)]
    fates = {"free": Fate(20, "failed", "BackoffLimitExceeded: OOMKilled", b"Killed\n")}
    run = await ran(write(tmp_path, rows, tail_seconds=30), fates)
    assert run.became() == {"free": "failed", "two": "done"}
    assert run.report.stages[0].reason == "failed: BackoffLimitExceeded: OOMKilled"
    assert run.report.stages[0].tail == "Killed"
    assert not run.report.ok


async def test_a_stage_whose_job_had_an_attempt_killed_says_so_although_it_is_done(
    tmp_path: Path,
) -> None:
    rows = [workload("one", wait_completion=True), workload("two", wait_completion=True)]
    fates = {"two": Fate(60, "succeeded", "an attempt failed: OOMKilled")}
    run = await ran(write(tmp_path, rows, tail_seconds=0), fates)
    assert run.became() == {"one": "done", "two": "done"}
    assert [stage.reason for stage in run.report.stages] == ["", "an attempt failed: OOMKilled"]
    told = [e.text for e in run.events if isinstance(e, ev.Notice) and e.code.endswith("stage-end")]
    assert told == ["one done", "two done: an attempt failed: OOMKilled"]


async def test_recording_goes_on_until_the_replicas_have_settled(tmp_path: Path) -> None:
    file = write(tmp_path, [workload("one", wait_completion=True)], tail_seconds="settled")
    asked: list[float] = []

    def settled() -> bool:
        asked.append(0)
        return len(asked) == 4

    run = await ran(file, settled=settled)
    assert run.ended_at() == 60 + 4 * 10


async def test_replicas_that_never_settle_are_not_waited_for_for_ever(tmp_path: Path) -> None:
    file = write(tmp_path, [workload("one", wait_completion=True)], tail_seconds="settled")
    run = await ran(file, settled=lambda: False)
    assert run.ended_at() == 60 + 1800


async def test_43_a_mode_that_shows_only_later_is_warned_of_once(tmp_path: Path) -> None:
    file = write(tmp_path, [workload("one", wait_completion=True)], tail_seconds=60)
    answers: list[str | None] = [None, None, "it says CAPACITY-ONLY"]
    run = await ran(file, judge=lambda: answers.pop(0))
    assert run.report.warnings == ["it says CAPACITY-ONLY"]
    assert "[T+30s] warning: it says CAPACITY-ONLY" in run.lines


async def test_a_reset_comes_first_and_its_failure_ends_the_run(tmp_path: Path) -> None:
    file = write(tmp_path, [workload("one", wait_completion=True)], tail_seconds=0)

    async def fails() -> None:
        raise CheckFailed("2 of 3 replicas were ready after 900 s")

    run = await ran(file, reset=fails)
    assert run.jobs.did == []
    assert run.overs == ["stopped"]
    assert run.report.troubles == ["2 of 3 replicas were ready after 900 s"]
    assert run.became() == {"one": "not reached"}


async def test_a_job_ends_by_itself_should_nobody_be_left_to_delete_it(tmp_path: Path) -> None:
    file = write(tmp_path, [workload("one", start_delay=0, duration=600)], tail_seconds=0)
    run = await ran(file)
    spec = run.jobs.bodies[0]["spec"]
    assert spec["activeDeadlineSeconds"] == 600 + 300 + 900
    assert spec["ttlSecondsAfterFinished"] == TTL_S


# Those of mode model-based are planned like those of mode capacity-based.
@pytest.mark.parametrize(
    "mode", sampled(["capacity-based", "model-based", "hpa"], ["capacity-based", "hpa"])
)
async def test_every_recorded_experiment_runs_to_its_end_in_a_moment(
    tmp_path: Path, mode: str
) -> None:
    for file in sorted(lay_out(tmp_path).glob(f"{mode}*")):
        planned = plan(read_experiment(file))
        fates = {s.name: Fate(s.end_s - s.start_s - 1) for s in planned.stages}
        run = await ran(planned, fates)
        assert run.report.ok
        assert run.jobs.left == []
        assert len({job.name for job in run.jobs.made}) == len(planned.stages)
        waits = not planned.experiment.parallel
        early_s = len(planned.stages) if waits else 0
        assert run.ended_at() == planned.total_s - early_s  # type: ignore[operator]


async def test_a_recorded_experiment_can_be_interrupted_at_every_second_stage(
    tmp_path: Path,
) -> None:
    file = lay_out(tmp_path) / "capacity-based-smooth-gradual.yaml"
    planned = plan(read_experiment(file))
    for stage in planned.stages[::2]:
        async with going(planned, {}) as run:
            task = asyncio.create_task(run.runner.run(run.events.append))
            await run.clock.sleep(LEAD_S + stage.start_s + 1)
            assert run.report.stages[stage.index].status == "running"
            task.cancel()
            await until(task.done)
            assert run.jobs.left == []
