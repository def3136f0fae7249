"""With the recording's own rule and thresholds, what-if reproduces all decisions of every log."""

from pathlib import Path

import pytest

from tests.fixtures import shared
from tests.sweeps import sampled
from wvatui.core.whatif.alternative import OWN
from wvatui.core.whatif.recorded.reading import recorded
from wvatui.core.whatif.recorded.recorded import CheckedRun
from wvatui.core.whatif.report import reproduced
from wvatui.core.whatif.trial import Trial, TrialRow
from wvatui.recording import open_recording
from wvatui.session.replay import ReplaySession

ROOT = Path(__file__).resolve().parents[3]
BUNDLED = sorted((ROOT / "recordings").glob("*.jsonl"))


def test_what_was_decided_otherwise_is_told_with_its_time_of_day() -> None:
    said = reproduced(CheckedRun(2, 1, 0, ((1_788_249_690.0, "v", 3, 2),)))
    assert (
        said == "1 of 2 decisions as recorded; first other one at 08:01:30 UTC: v 3, recomputed 2"
    )


def own(path: Path) -> list[TrialRow]:
    state = ReplaySession(open_recording(path), play=False).load()
    return [Trial(one, {}).row(OWN) for one in recorded(state)]


def checks(path: Path) -> list[CheckedRun]:
    """The result of each model's own rule: the controller's, or without one that of its HPAs."""
    state = ReplaySession(open_recording(path), play=False).load()
    made = [one.looked or Trial(one, {}).row(OWN).checked for one in recorded(state)]
    assert None not in made
    return [checked for checked in made if checked is not None]


def all_the_same(path: Path) -> int:
    """Assert that all decisions are reproduced; returns their number."""
    compared = 0
    for checked in checks(path):
        assert checked.differing == ()
        assert checked.same == checked.compared
        compared += checked.compared
    return compared


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_every_decision_of_a_bundled_recording_is_reproduced(path: Path) -> None:
    assert all_the_same(path) >= 20


CAPACITY = (
    "128-145238",
    "209-153346",
    "127-181520",
    "209-151141",
    "209-203354",
    "209-141241",
    "207-165405",
)


# One log of one model and that of several; releases and the bundled recordings are here, too.
@pytest.mark.parametrize("name", sampled(CAPACITY, ["128-145238", "209-141241"]))
def test_every_decision_of_a_capacity_or_saturation_log_is_reproduced(name: str) -> None:
    folder = shared("wva-experiments-2025")
    (run,) = [one for one in folder.iterdir() if one.name.endswith(name)]
    assert all_the_same(run / "wva-controller-logs.jsonl") >= 20


def test_every_cycle_of_the_ladder_log_is_reproduced() -> None:
    assert all_the_same(shared("wva-2026/ladder-controller.log")) == 87


def test_every_decision_of_each_releases_own_lines_is_reproduced() -> None:
    for path in sorted(shared("wva-log-samples").iterdir()):
        if path.name.startswith(("v0", "HEAD")):
            assert all_the_same(path) >= 1, path.name


def test_an_example_that_contradicts_itself_is_told_with_both_sides() -> None:
    # In the documentation's example, replicas are added although no capacity is required.
    (row,) = own(shared("wva-log-samples/cycle-log-documented.jsonl"))
    assert row.checked is not None
    assert [one[1:] for one in row.checked.differing] == [("primary", 2, 1)]


# One of seven: no log of this mode has decisions of another rule.
@pytest.mark.parametrize("number", sampled(range(7), [0]))
def test_model_based_cycles_are_told_as_not_modelled(number: int) -> None:
    logs = sorted(shared("wva-experiments-2025").glob("model-based*"))
    (row,) = own(logs[number] / "wva-controller-logs.jsonl")
    assert row.checked is not None
    assert row.checked.compared == 0
    assert row.checked.not_modelled > 5


def test_the_course_of_the_own_rule_is_the_recorded_one() -> None:
    state = ReplaySession(open_recording(BUNDLED[0]), play=False).load()
    (one,) = recorded(state)
    trial = Trial(one, {})
    assert trial.row(OWN).figures == trial.real().figures
