"""The closed loop is calibrated on the recording, and serves the recorded load."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from wvatui.analysis.whatif import closed
from wvatui.analysis.whatif.trying import tried
from wvatui.core.queries.pods.engine_figures import Unfit
from wvatui.core.state.state import EMPTY, State
from wvatui.core.whatif.alternative import OWN, Alternative
from wvatui.core.whatif.assumptions import assumed
from wvatui.core.whatif.recorded.reading import recorded
from wvatui.core.whatif.recorded.recorded import Recorded
from wvatui.core.whatif.run import real
from wvatui.recording import open_recording
from wvatui.session.replay import ReplaySession

PATH = Path(__file__).resolve().parents[3] / "recordings" / "burst-drain-v1.jsonl"


@cache
def burst() -> tuple[State, Recorded, closed.Plant]:
    state = ReplaySession(open_recording(PATH), play=False).load()
    (one,) = recorded(state)
    on = closed.plant(state, one.model)
    assert isinstance(on, closed.Plant)
    return state, one, on


def test_the_recorded_replicas_in_front_of_the_simulator_do_as_they_did() -> None:
    _, one, on = burst()
    row = closed.row(one, on, closed.FOLLOWED, assumed(one))
    figures, _ = real(one)
    assert row.figures is not None
    assert abs(row.figures.replica_minutes - figures.replica_minutes) < 1.0
    assert row.figures.saturated is not None
    assert figures.saturated is not None
    assert abs(row.figures.saturated - figures.saturated) < 0.08


def test_enough_replicas_work_off_what_the_open_loop_leaves_waiting() -> None:
    _, one, on = burst()
    four = closed.row(one, on, Alternative("4", "static", replicas=4), assumed(one))
    single = closed.row(one, on, Alternative("1", "static", replicas=1), assumed(one))
    assert four.figures is not None
    assert single.figures is not None
    assert four.figures.saturated is not None
    assert single.figures.saturated is not None
    assert four.figures.saturated < 0.1 < single.figures.saturated


def test_the_rule_scales_what_it_saturates_and_the_same_every_time() -> None:
    _, one, on = burst()
    row = closed.row(one, on, OWN, assumed(one))
    assert closed.row(one, on, OWN, assumed(one)).figures == row.figures
    assert row.outcome is not None
    assert row.outcome.decisions[0].target == 2
    assert row.figures is not None
    assert row.figures.peak >= 2


def test_without_pods_there_is_no_closed_loop_and_it_is_said_why() -> None:
    assert isinstance(closed.plant(EMPTY, "m"), Unfit)
    _, one, _ = burst()
    found = tried(EMPTY, one, [])
    assert found.remark.startswith("no closed loop: ")
    assert {row.loop for row in found.rows} == {"recorded", "open"}


def test_trying_ends_when_nobody_listens_any_more() -> None:
    state, one, _ = burst()
    asked = [Alternative(str(n), "static", replicas=n) for n in range(1, 9)]
    found = tried(state, one, asked, heard=lambda so_far: len(so_far.rows) < 3)
    assert len(found.rows) == 3


def test_the_closed_loop_has_its_bounds_too() -> None:
    _, one, on = burst()
    many = closed.row(one, on, Alternative("many", "static", replicas=10**15), assumed(one))
    assert "what-if reckons with up to 10,000" in many.impossible
    for_years = replace(one, until=one.since + 1e9)
    assert closed.row(for_years, on, OWN, assumed(one)).impossible == (
        "the closed loop runs over at most 7 days"
    )
