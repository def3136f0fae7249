"""Load jobs in the fold: their facts, their stages on the time axis, what they offer."""

from typing import Any

import msgspec
import pytest

from wvatui.core import events as ev
from wvatui.core.events.load_events import FailedAttempt
from wvatui.core.fold.fold import fold
from wvatui.core.queries.charts import charts
from wvatui.core.queries.load import load_rows
from wvatui.core.queries.load.load_rows import at_time
from wvatui.core.state.state import EMPTY, State
from wvatui.session.live import known_objects

T0 = 1_788_249_600.0


def job(name: str, at: float = 0.0, **facts: Any) -> ev.Job:
    """A running job that started at T0 + `at`, unless `facts` say otherwise."""
    facts = {"status": "running", "started_at": T0 + at} | facts
    return ev.Job(T0 + at, name=name, namespace="ns", **facts)


def load(*events: ev.Event, now: float = 0.0) -> State:
    return fold(EMPTY, [*events, ev.Tick(T0 + now)])


def offered(state: State) -> list[tuple[float, float | None]]:
    return [(at - T0, rate) for at, rate in load_rows.offered_load(state)]


def test_three_overlapping_jobs_offer_the_sum_of_their_rates_and_nothing_afterwards() -> None:
    state = load(
        job("high-20", 0, stages=(ev.Stage(0, 900, 20.0),)),
        job("high-30", 120, stages=(ev.Stage(0, 900, 30.0),)),
        job("moderate-15", 240, stages=(ev.Stage(0, 900, 15.0),)),
    )
    assert offered(state) == [(0, 20), (120, 50), (240, 65), (900, 45), (1020, 15), (1140, 0)]


def test_the_stair_step_of_four_generators_rises_by_half_a_request_and_ends() -> None:
    state = load(
        *(
            job(f"g{n}", at, stages=(ev.Stage(0, 3600 - at, 0.5),))
            for n, at in enumerate((0, 600, 1200, 1800))
        )
    )
    assert offered(state) == [(0, 0.5), (600, 1.0), (1200, 1.5), (1800, 2.0), (3600, 0)]


def test_stages_that_follow_each_other_leave_no_hole_between_them() -> None:
    stages = (ev.Stage(0, 360, 5.0), ev.Stage(360, 360, 12.0), ev.Stage(720, 360, 5.0))
    state = load(job("staircase", stages=stages))
    assert offered(state) == [(0, 5), (360, 12), (720, 5), (1080, 0)]
    assert [band.label for band in load_rows.stages(state)] == [
        "staircase 5/s",
        "staircase 12/s",
        "staircase 5/s",
    ]


def test_while_a_load_without_a_known_rate_runs_the_offered_load_is_not_known() -> None:
    state = load(
        job("constant", 0, stages=(ev.Stage(0, 900, 2.0),)),
        job("throughput", 100, stages=(ev.Stage(0, 300, None, "throughput"),)),
    )
    assert offered(state) == [(0, 2), (100, None), (400, 2), (900, 0)]


def test_a_load_whose_plan_is_not_known_is_a_band_that_goes_on() -> None:
    state = load(job("stranger", harness="llm-d-benchmark"), now=250)
    (band,) = load_rows.stages(state)
    assert (band.since, band.until, band.open) == (T0, T0 + 250, True)
    assert (band.rate, band.source, band.label) == (None, "llm-d-benchmark", "stranger")
    assert offered(state) == [(0, None)]


def test_stages_count_from_the_moment_the_load_began_and_that_stays_known() -> None:
    state = load(
        job("j", stages=(ev.Stage(0, 60, 1.0),), load_at=T0 + 17),
        job("j", stages=(ev.Stage(0, 60, 1.0),)),
    )
    assert offered(state) == [(17, 1.0), (77, 0.0)]


def test_each_attempt_has_stages_of_its_own_where_it_ran() -> None:
    stages = (ev.Stage(0, 60, 1.0), ev.Stage(60, 60, 2.0))
    first, second = FailedAttempt(T0, T0 + 80, T0 + 5), FailedAttempt(T0 + 100, T0 + 110)
    state = load(
        job("j", stages=stages, load_at=T0 + 5, started_at=T0),
        job("j", stages=stages, started_at=None, attempts=(first,)),
        job("j", stages=stages, started_at=None, attempts=(FailedAttempt(T0, T0 + 80),)),
        job("j", stages=stages, started_at=T0 + 200, attempts=(second,)),
        now=1000,
    )
    expected = [(5, 1.0), (65, 2.0), (80, 0.0), (100, 1.0), (110, 0.0), (200, 1.0), (260, 2.0)]
    assert offered(state) == [*expected, (320, 0.0)]


def test_a_job_between_two_attempts_is_not_where_the_failed_one_was() -> None:
    facts = {"stages": (ev.Stage(0, 60, 1.0),), "attempts": (FailedAttempt(T0, T0 + 20),)}
    step = ev.JobProgress(T0 + 19, name="j", namespace="ns", done=7, total=60, stage="s")
    (row,) = load_rows.jobs(load(step, job("j", started_at=None, **facts), now=30))
    assert (row.remaining_s, row.elapsed_s, row.offered) == (None, None, 0.0)
    assert (row.done, row.ratio, row.stage) == (None, None, "")
    (row,) = load_rows.jobs(load(step, job("j", started_at=T0 + 40, **facts), now=50))
    assert (row.remaining_s, row.done, row.ratio) == (50.0, None, pytest.approx(10 / 60))


def test_the_attempt_with_which_a_job_ends_offers_its_load_once() -> None:
    """Its pod fails a moment before the Job does."""
    stages, last = (ev.Stage(0, 100, 4.0),), FailedAttempt(T0 + 40, T0 + 60)
    state = load(
        job("j", stages=stages, started_at=None, attempts=(last,)),
        job("j", stages=stages, started_at=T0 + 40, status="failed", ended_at=T0 + 61),
    )
    assert offered(state) == [(40, 4.0), (61, 0.0)]


def test_load_that_began_once_began_then_whatever_its_attempt_turns_out_to_be() -> None:
    """The log that stated the beginning is gone by then."""
    stages, ends = (ev.Stage(0, 100, 4.0),), {"status": "failed", "ended_at": T0 + 61}
    runs = job("j", stages=stages, started_at=T0 + 40, load_at=T0 + 45)
    told = job("j", stages=stages, started_at=None, attempts=(FailedAttempt(T0 + 40, T0 + 60),))
    last = job("j", stages=stages, started_at=T0 + 40, **ends)
    assert offered(load(runs, told)) == [(45, 4.0), (60, 0.0)]
    assert offered(load(runs, told, last)) == [(45, 4.0), (61, 0.0)]


def test_load_of_a_pod_that_was_replaced_is_not_that_of_the_pod_in_its_place() -> None:
    first = job("j", stages=(ev.Stage(0, 60, 1.0),), load_at=T0 + 5, pods=("a",))
    waits = job("j", stages=first.stages, started_at=None, pods=("b",))
    assert offered(load(first, waits, now=30)) == []
    runs = job("j", stages=first.stages, started_at=T0 + 40, pods=("b",))
    assert offered(load(first, waits, runs)) == [(40, 1.0), (100, 0.0)]
    assert offered(load(first, runs)) == [(40, 1.0), (100, 0.0)]


def test_a_job_whose_pods_are_gone_began_when_its_container_did() -> None:
    """Without pods, only the Job's start is known, which is before its failed attempts."""
    stages, first = (ev.Stage(0, 60, 1.0),), FailedAttempt(T0 + 5, T0 + 25)
    facts = {"stages": stages, "status": "succeeded", "ended_at": T0 + 100}
    state = load(
        job("j", started_at=T0 + 40, attempts=(first,), pods=("j-1", "j-2"), **facts),
        job("j", started_at=T0, **facts),
    )
    assert offered(state) == [(5, 1.0), (25, 0.0), (40, 1.0), (100, 0.0)]


@pytest.mark.parametrize("status", ["failed", "succeeded", "deleted"])
def test_a_job_that_ended_early_offers_nothing_from_then_on(status: str) -> None:
    stages = (ev.Stage(0, 100, 1.0), ev.Stage(100, 100, 2.0), ev.Stage(200, 100, 3.0))
    state = load(job("j", stages=stages, status=status, ended_at=T0 + 150), now=1000)
    assert offered(state) == [(0, 1.0), (100, 2.0), (150, 0.0)]
    (row,) = load_rows.jobs(state)
    assert (row.active, row.offered, row.remaining_s, row.elapsed_s) == (False, 0.0, None, 150.0)


def test_a_job_that_waits_for_its_pod_lies_nowhere_yet() -> None:
    state = load(job("j", status="pending", started_at=None, stages=(ev.Stage(0, 9, 1.0),)))
    assert load_rows.stages(state) == ()
    (row,) = load_rows.jobs(state)
    assert (row.active, row.elapsed_s, row.ratio, row.stage) == (True, None, None, "")


def test_a_row_says_how_far_a_running_job_is() -> None:
    state = load(
        job(
            "j", stages=(ev.Stage(0, 100, 5.0), ev.Stage(100, 100, 7.0)), requests=1200, title="[j]"
        ),
        ev.JobProgress(T0 + 120, name="j", namespace="ns", done=600, rate=6.5, text="50%|█"),
        now=130,
    )
    (row,) = load_rows.jobs(state)
    assert (row.done, row.total, row.ratio, row.rate) == (600, 1200, 0.5, 6.5)
    assert (row.stage, row.stage_index, row.stages, row.offered) == ("7/s", 1, 2, 7.0)
    assert (row.remaining_s, row.elapsed_s) == (70.0, 130.0)


def test_without_a_word_from_the_log_the_time_says_how_far_a_job_is() -> None:
    state = load(job("j", stages=(ev.Stage(0, 200, 5.0),)), now=50)
    assert load_rows.jobs(state)[0].ratio == 0.25
    assert load_rows.jobs(load(job("j"), now=50))[0].ratio is None


def test_a_deleted_job_stays_in_the_session_and_ended_when_it_went() -> None:
    gone = ev.Deleted(T0 + 40, kind="job", name="j", namespace="ns", source="Job")
    state = load(job("j", stages=(ev.Stage(0, 200, 5.0),)), gone, now=90)
    (row,) = load_rows.jobs(state)
    assert (row.status, row.ended_at) == ("deleted", T0 + 40)
    done = load(job("j", status="succeeded", ended_at=T0 + 30), gone, now=90)
    assert load_rows.jobs(done)[0].status == "succeeded"
    assert load_rows.jobs(done)[0].ended_at == T0 + 30


def test_two_jobs_that_had_one_name_are_two() -> None:
    state = load(
        job(
            "high-20",
            0,
            uid="a",
            stages=(ev.Stage(0, 900, 20.0),),
            status="succeeded",
            ended_at=T0 + 600,
        ),
        ev.JobProgress(T0 + 10, name="high-20", namespace="ns", done=1),
        job("high-20", 700, uid="b", stages=(ev.Stage(0, 900, 20.0),)),
        ev.JobProgress(T0 + 710, name="high-20", namespace="ns", done=7),
    )
    assert [row.done for row in load_rows.jobs(state)] == [7, 1]
    assert offered(state) == [(0, 20), (600, 0), (700, 20), (1600, 0)]


def test_running_jobs_stand_above_those_that_ended() -> None:
    state = load(
        job("old", 0, status="succeeded", ended_at=T0 + 5),
        job("running", 1),
        job("newer", 2, status="failed", ended_at=T0 + 5, reason="OOMKilled"),
    )
    rows = load_rows.jobs(state)
    assert [row.name for row in rows] == ["running", "newer", "old"]
    assert rows[1].status_text == "failed: OOMKilled"


def test_stages_lie_on_every_chart_cut_to_what_it_shows() -> None:
    state = load(job("j", stages=(ev.Stage(0, 100, 5.0), ev.Stage(100, 100, 7.0))), now=120)
    for name in charts.CHARTS:
        view = charts.chart(state, name, since=T0 + 50, until=T0 + 120, columns=40)
        if view.across:
            continue  # its axis is not time
        assert [(b.since - T0, b.until - T0, b.label) for b in view.stages] == [
            (50, 100, "j 5/s"),
            (100, 120, "j 7/s"),
        ]


def test_the_load_chart_steps_from_rate_to_rate_and_says_when_there_is_none() -> None:
    state = load(job("j", stages=(ev.Stage(0, 100, 5.0), ev.Stage(100, 100, 7.0))), now=300)
    view = charts.chart(state, "load", since=T0, until=T0 + 300, columns=40)
    assert view.series[0].points == (
        (T0, 5.0),
        (T0 + 100, 7.0),
        (T0 + 200, 0.0),
        (T0 + 300, 0.0),
    )
    empty = charts.chart(EMPTY, "load", since=T0, until=T0 + 300, columns=40)
    assert (empty.series, empty.note) == ((), "no load in this window")


def test_the_value_of_the_offered_load_can_be_asked_at_any_moment() -> None:
    points = ((10.0, 2.0), (20.0, None), (30.0, 0.0))
    assert [at_time(points, at) for at in (5.0, 10.0, 25.0, 40.0)] == [0.0, 2.0, None, 0.0]


def test_a_later_part_of_a_recording_knows_the_jobs_that_began_before_it() -> None:
    state = load(job("j", stages=(ev.Stage(0, 60, 1.0),)), now=30)
    later = fold(EMPTY, [*known_objects(state), ev.Tick(T0 + 31)])
    assert load_rows.jobs(later)[0].stages == 1
    assert load_rows.stages(later) == load_rows.stages(state)


def test_the_plan_of_a_job_tells_what_is_done_under_way_ahead_and_never_reached() -> None:
    stages = (ev.Stage(0, 60, 1.0), ev.Stage(60, 60, 2.0), ev.Stage(120, None, None, "rest"))

    def told(**facts: Any) -> list[str]:
        state = load(job("j", stages=stages, **facts), now=90)
        return [stage.state for stage in load_rows.job_plan(state, load_rows.jobs(state)[0].key)]

    assert told() == ["done", "now", "ahead"]
    assert told(status="failed", ended_at=T0 + 80) == ["done", "done", "cut"]
    assert told(status="pending", started_at=None) == ["ahead", "ahead", "ahead"]
    assert load_rows.job_plan(load(), "Job/ns/none/") == ()


def test_a_deleted_job_takes_no_other_of_its_name_namespace_or_kind_with_it() -> None:
    jobs = [
        job("a"),
        job("b"),
        ev.Job(T0, name="a", namespace="other", status="running"),
        job("a", kind="PipelineRun"),
    ]
    gone = ev.Deleted(T0 + 40, kind="job", name="a", namespace="ns", source="Job")
    state = load(*jobs, gone)
    assert [(each.status, each.ended_at) for each in state.jobs.values()] == [
        ("deleted", T0 + 40),
        *[("running", None)] * 3,
    ]
    unsaid = msgspec.structs.replace(gone, source="")
    assert [each.status for each in load(*jobs, unsaid).jobs.values()] == [
        "deleted",
        "running",
        "running",
        "deleted",
    ]


def test_a_report_that_comes_twice_counts_once_and_another_one_counts() -> None:
    def result(at: float, report: str) -> ev.JobResult:
        return ev.JobResult(T0 + at, name="j", namespace="ns", report=report)

    first, second = '{"request_throughput": 1.5}', '{"request_throughput": 2.5}'
    told = [result(1, first), result(2, first), result(3, second), result(4, first)]
    state = load(job("j"), *told)
    assert [reported.event for reported in state.job_results["Job", "ns", "j", ""]] == [
        told[0],
        told[2],
        told[3],
    ]


def test_progress_is_of_the_uid_that_it_names_or_else_of_the_newest_job_of_its_name() -> None:
    def progress(done: int, uid: str, **facts: Any) -> ev.JobProgress:
        facts = {"name": "j", "namespace": "ns"} | facts
        return ev.JobProgress(T0, done=done, uid=uid, **facts)

    state = load(
        progress(1, "a"),  # before any job is known
        *(job("j", uid=uid) for uid in ("a", "b")),
        job("j", uid="c", kind="PipelineRun"),
        job("k", uid="d"),
        progress(2, "a"),
        progress(3, ""),
        progress(4, "unheard of"),
        progress(5, "", namespace="other"),
    )
    assert {key: [step.done for step in steps] for key, steps in state.job_progress.items()} == {
        ("Job", "ns", "j", "a"): [1, 2],
        ("Job", "ns", "j", "b"): [3, 4],
        ("Job", "other", "j", ""): [5],
    }
