"""The stage bar of an experiment, and the table of stages."""

from dataclasses import replace

import pytest

from tests.sweeps import sampled
from tests.ui import fake_load
from tests.ui.fake import World, live
from tests.ui.running import running
from tests.ui.test_panels import EVIL
from tests.ui.view_models import texts, view_model
from tests.waiting import until
from wvatui.core.rows.load_views import ExperimentView, StageNext, StageNow
from wvatui.ui.draw.line import width_of
from wvatui.ui.panels import panel
from wvatui.ui.panels.load import stages
from wvatui.ui.panels.overview import experiment

LOAD = ExperimentView(
    name="high-parallel",
    mode="capacity",
    phase="load",
    ended="",
    elapsed_s=134.0,
    total_s=900.0,
    running=(StageNow("high-20", 20.0, 134.0, 900.0), StageNow("high-30", 30.0, 14.0, 900.0)),
    ahead=(StageNext("moderate-15", 15.0, 106.0), StageNext("cool-down", None, None)),
    tail_s=300.0,
    in_tail_s=None,
    counts=(("running", 2), ("waiting", 2)),
    failed=0,
)


def world(view: ExperimentView | None = LOAD, **changes: object) -> World:
    made = live()
    made.experiment = replace(view, **changes) if view else None  # type: ignore[arg-type]
    return made


def told(view: World, width: int = 200, *, ascii_only: bool = False) -> str:
    return "\n".join(texts(experiment.lines(view_model(view, ascii_only=ascii_only), width, 1)))


def test_it_says_the_stages_under_way_how_far_they_are_what_comes_and_the_tail() -> None:
    assert told(world()).strip() == (
        "high-parallel  ▉····· 2m14 of 15m  ▶ high-20 20/s 2m14 of 15m + high-30 30/s 14s of 15m"
        "  next moderate-15 15/s in 1m46, cool-down  then tail 5m00"
    )


def test_where_there_is_less_room_the_stage_under_way_stays() -> None:
    one = world(running=LOAD.running[:1])
    for width in (60, 80, 100):
        line = told(one, width)
        assert "▶ high-20 20/s 2m14 of 15m" in line, line
        assert "next moderate-15" in line
        assert width_of(((line, ""),)) <= width
    assert "2m14 of 15m  ▶ 2 stages" in told(world(), 80)
    assert "▶ 2 stages" in told(world(), 60)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"phase": "reset", "running": (), "elapsed_s": None}, "scaling to 0 and back  then 2"),
        ({"phase": "before", "running": (), "elapsed_s": None}, "begins  then 2 stages in 15m"),
        ({"running": ()}, "no stage"),
        ({"failed": 1}, "✕ 1 failed"),
        ({"tail_s": None}, "then tail until settled"),
        ({"tail_s": 0.0}, "then no tail"),
        ({"phase": "tail", "in_tail_s": 100.0}, "▶ tail 1m40 of 5m00"),
        ({"phase": "tail", "in_tail_s": 100.0, "tail_s": None}, "until the replicas have settled"),
        ({"phase": "over", "ended": "finished", "counts": (("done", 4),)}, "✓ finished  4 done"),
        ({"phase": "over", "ended": "stopped", "counts": (("failed", 1),)}, "! stopped  1 failed"),
    ],
)
def test_each_phase_has_its_words(changes: dict[str, object], words: str) -> None:
    assert words in told(world(**changes)).replace("▲", "!").replace("⚠", "!")


def test_without_an_experiment_it_takes_no_room() -> None:
    assert told(world(None)) == ""


@pytest.mark.parametrize("evil", EVIL, ids=["escapes", "megabyte", "osc", "wide"])
def test_hostile_names_stay_in_their_cells(evil: str) -> None:
    view = world(
        name=evil, running=(StageNow(evil, 1.0, 2.0, 3.0),), ahead=(StageNext(evil, None, None),)
    )
    view.stage_rows = tuple(
        replace(row, label=evil, titles=(evil,), sources=(evil,)) for row in view.stage_rows
    )
    for name in ("experiment", "stages"):
        for width in (60, 80, 120, 200):
            for line in panel(name).draw(view_model(view), width, 6):
                assert width_of(line) <= width
                text = "".join(part for part, _ in line)
                assert not any(c in text for c in "\x1b\x00\x9b\u202e\u2066\r\n\x07\ud800")


async def test_on_the_screen_it_lies_below_the_bar_and_the_rest_makes_room() -> None:
    async with running(world(), size=(120, 40)) as run:
        assert "high-20 20/s" in run.panel("experiment")
        assert "sources ✓" in run.panel("health")
        over = world(phase="over", ended="finished", counts=(("done", 4),))
        run.session.push(over)
        await until(lambda: "finished" in run.panel("experiment"))
        run.session.push(world(None))
        await until(lambda: not run.app.stage.panels["experiment"].display)


# --- the table of stages


def test_a_stage_has_what_was_offered_what_was_answered_and_what_the_servers_did() -> None:
    rows = texts(stages.lines(view_model(live()), 120, 8))
    assert "run: mean; wait, KV: the highest" in rows[0]
    for word in (
        "✓ stair-step step 1",
        "0.5/s",
        "0.49/s",
        "147/0",
        "75ms",
        "120ms",
        "30ms",
        "12",
        "3",
        "68%",
        "1",
    ):
        assert word in rows[2], (word, rows[2])
    assert "stair-step + harness" in rows[3]
    assert "630/✕7" in rows[3]
    assert "1-3" in rows[3]


def test_a_stage_that_nobody_measured_has_dashes_and_no_zero() -> None:
    row = texts(stages.lines(view_model(live()), 120, 8))[4]
    assert "▶ harness" in row
    assert "?" in row
    assert row.count("–") >= 9
    assert "0" not in row.split()


def test_the_newest_stages_stay_where_not_all_have_room_and_the_rest_is_counted() -> None:
    view = live()
    view.stage_rows = tuple(fake_load.stage_row(f"step {n} {n}/s", since=n) for n in range(1, 20))
    rows = texts(stages.lines(view_model(view), 100, 6))
    assert "15 earlier" in rows[0]
    assert "Stages of stair-step" in rows[0]
    assert [row.split()[2] for row in rows[2:]] == ["16", "17", "18", "19"]


def test_before_any_load_it_says_so() -> None:
    view = live()
    view.stage_rows = ()
    assert "no stage of load has begun" in texts(stages.lines(view_model(view), 80, 5))[1]


# A screen without room for the third chart, and one with it.
SCREENS = [(80, 24), (120, 40), (200, 60)]


@pytest.mark.parametrize(("width", "height"), sampled(SCREENS, SCREENS[:2]))
async def test_c_turns_to_the_stages_and_back(width: int, height: int) -> None:
    async with running(size=(width, height)) as run:
        await run.press("6")
        await until(lambda: "jobs" in {p.part for p in run.app.stage.places})
        await run.press("c")
        await until(lambda: "jobs" not in {p.part for p in run.app.stage.places})
        parts = {place.part for place in run.app.stage.places}
        assert {"chart:load", "stages", "results"} <= parts
        assert ("chart:itl_fit" in parts) == (width >= 110)
        await run.press("c")
        await until(lambda: "jobs" in {p.part for p in run.app.stage.places})
