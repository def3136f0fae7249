"""The load view's panels: jobs, the selected one, results."""

from dataclasses import fields, replace
from typing import Any

import pytest

from tests.ui import fake_load
from tests.ui.fake import World, live
from tests.ui.test_panels import EVIL
from tests.ui.view_models import texts, view_model
from wvatui.load.profiles.profiles import PROFILES
from wvatui.ui.dialogs.launch import stages_in_words
from wvatui.ui.draw.line import width_of
from wvatui.ui.model.layout import Place
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.model.view_state import Sort, ViewState
from wvatui.ui.panels import panel
from wvatui.ui.panels.load import job, jobs, results
from wvatui.ui.views import view

SIZES = ((80, 24), (120, 40), (200, 60))


def loaded() -> World:
    return live()


def idle() -> World:
    world = live()
    world.jobs, world.plan, world.job_log, world.results = (), (), (), ()
    return world


def selecting(name: str, **view_state: Any) -> ViewModel:
    key = next(row.key for row in fake_load.jobs() if row.title == name)
    chosen = ViewState(selected={"jobs": f"job:{key}"}, **view_state)
    return view_model(loaded(), view_state=chosen)


def text(lines: Any) -> str:
    return "\n".join(texts(lines))


def test_a_job_says_its_state_with_sign_and_word_and_what_it_offers() -> None:
    rows = texts(jobs.TABLE.lines(view_model(loaded()), 120, 12))
    assert "1 pending, 2 running, 1 done, 1 failed, 1 deleted" in rows[0]
    first = rows[2]
    for word in (
        "▶ running",
        "stair-step",
        "guidellm",
        "step 2 0.5/s",
        "55%",
        "1/s",
        "120/✕3",
        "11m",
        "wvatui",
    ):
        assert word in first, (word, first)
    told = "\n".join(rows)
    for word in ("○ pending", "✓ done", "✕ failed", "× deleted", " found"):
        assert word in told
    assert "llm-d-benchmark" in text(jobs.TABLE.lines(view_model(loaded()), 200, 12))


def test_what_is_not_known_of_a_job_is_missing_and_never_zero() -> None:
    rows = texts(jobs.TABLE.lines(view_model(loaded()), 120, 12))
    harness = next(row for row in rows if "harness" in row)
    assert "?" in harness  # its offered rate is unknown
    assert "0/s" not in harness
    assert "–" in harness


def test_the_selected_job_shows_its_stages_and_the_end_of_its_log() -> None:
    told = text(job.lines(selecting("stair-step"), 100, 24))
    for word in (
        "Job stair-step",
        "▶ running",
        "http://gateway.llm-d-sim:80",
        "Qwen/Qwen3-32B",
        "✓  1 step 1",
        "08:01:40",
        "10m",
        "done",
        "▶  2 step 2",
        "now",
        "ahead",
        "not reached",
        "constant 0.5 done",
        "9m06 left",
    ):
        assert word in told, (word, told)


def test_a_failed_job_says_why_first() -> None:
    rows = texts(job.lines(selecting("warm-up"), 80, 10))
    assert "failed: BackoffLimitExceeded: Error (exit code 1)" in rows[1]


def test_where_stages_have_no_room_for_a_line_each_they_share_one() -> None:
    told = text(job.lines(selecting("stair-step"), 80, 7))
    assert "✓ 0.5/s" in told
    assert "▶ 0.5/s now" in told


def test_results_stand_beside_the_servers_numbers_and_the_difference_is_named() -> None:
    rows = texts(results.lines(selecting("stair-step"), 120, 8))
    assert "c-s client minus server" in rows[0]
    assert "TTFT c TTFT s" in rows[1]
    for word in ("constant 0.5", "300/2", "81ms", "75ms", "+6.0ms", "23ms", "+0.5ms", "140ms"):
        assert word in rows[2], (word, rows[2])
    assert rows[3].count("–") >= 8
    assert "no percentile p50" in rows[-1]


def test_results_of_another_job_are_not_shown_and_why_there_are_none_is_said() -> None:
    told = text(results.lines(selecting("spike"), 100, 8))
    assert "the results come when it ends" in told
    assert "constant" not in told
    assert "nothing that was recorded" in text(results.lines(selecting("warm-up"), 100, 8))


def test_beside_the_stages_stand_the_results_of_all_jobs_each_with_its_name() -> None:
    world = loaded()
    world.results = (fake_load.result(), fake_load.result("spike", stage="burst"))
    looked = view_model(world, view_state=ViewState(view="load", page=1))
    told = text(results.lines(looked, 120, 8))
    assert "stair-step constant 0.5" in told
    assert "spike burst" in told
    world.results = ()
    looked = view_model(world, view_state=ViewState(view="load", page=1))
    assert "no job has reported yet" in text(results.lines(looked, 120, 8))


def test_without_load_the_view_says_so_and_how_to_launch_one() -> None:
    quiet = view_model(idle())
    assert "no load job was seen yet" in text(jobs.TABLE.lines(quiet, 80, 6))
    may = replace(quiet, capabilities=replace(quiet.capabilities, can_launch=True))
    assert "l launches one" in text(jobs.TABLE.lines(may, 80, 6))
    assert "no job is selected" in text(job.lines(quiet, 80, 6))


def test_jobs_can_be_sorted_and_selected_by_the_rows_that_are_drawn() -> None:
    looked = view_model(loaded(), view_state=ViewState(sort={"jobs": Sort("job", False)}))
    order = [key.split("/")[2] for key in jobs.TABLE.rows(looked)]
    assert order == sorted(order)
    drawn = [key for key in jobs.TABLE.keys(looked, 120, 12) if key]
    assert drawn == list(jobs.TABLE.rows(looked))


@pytest.mark.parametrize("world", [loaded, idle])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_parts_fill_the_body_and_never_overlap(world: Any, width: int, height: int) -> None:
    places: list[Place] = view("load").places(view_model(world()), width, height - 5)
    cells = [(p.x + x, p.y + y) for p in places for x in range(p.width) for y in range(p.height)]
    assert len(cells) == len(set(cells)) == width * (height - 5)
    assert {"jobs", "job", "results", "chart:load"} <= {p.part for p in places}


@pytest.mark.parametrize("name", ["jobs", "job", "results"])
@pytest.mark.parametrize("evil", EVIL, ids=["escapes", "megabyte", "osc", "wide"])
def test_hostile_names_stay_in_their_cells(name: str, evil: str) -> None:
    world = loaded()
    keep = ("key", "status")
    world.jobs = tuple(
        replace(
            row,
            **{
                f.name: evil
                for f in fields(row)
                if isinstance(getattr(row, f.name), str) and f.name not in keep
            },
        )
        for row in world.jobs
    )
    world.plan = tuple(replace(stage, name=evil) for stage in world.plan)
    world.job_log = tuple((at, evil) for at, _ in world.job_log)
    world.results = tuple(
        replace(row, stage=evil, dialect=evil, problems=(evil,)) for row in world.results
    )
    for width, height in ((60, 6), (80, 8), (120, 14), (200, 30)):
        for line in panel(name).draw(view_model(world), width, height):
            assert width_of(line) <= width
            told = "".join(part for part, _ in line)
            assert not any(c in told for c in "\x1b\x00\x9b\u202e\u2066\r\n\x07\ud800")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("constant", "2/s for 10m"),
        (
            "stair-step",
            "0.5/s for 1h + 0.5/s for 50m from 10m on + 0.5/s for 40m from 20m on"
            " + 0.5/s for 30m from 30m on",
        ),
        ("burst-drain", "1/s for 10m, 1/s for 10m from 20m on, 1/s for 10m from 40m on"),
    ],
)
def test_stages_that_overlap_are_not_told_as_one_after_the_other(name: str, words: str) -> None:
    profile = next(each for each in PROFILES if each.name == name)
    assert stages_in_words(profile.stages) == words
