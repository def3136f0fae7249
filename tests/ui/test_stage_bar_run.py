"""The recording of an experiment: the stage bar, and the statistics of each stage."""

from pathlib import Path

from tests.cluster import served
from tests.load.experiment.files import workload
from tests.load.experiment.runs import experiment, load, ran
from tests.ui.test_walks import shown
from tests.waiting import until
from wvatui.core.fold.fold import fold
from wvatui.core.queries.load import experiment_rows, stage_stats
from wvatui.core.state.state import EMPTY
from wvatui.recording import open_recording
from wvatui.session.replay import ReplaySession


async def test_the_replay_of_a_run_shows_its_bar_its_stages_and_its_tail(tmp_path: Path) -> None:
    rows = [
        workload("low", start_delay=0, duration=60),
        workload("high", start_delay=60, duration=60),
    ]
    jobs = {"low": load("low", rate=2, prompts=100), "high": load("high", rate=6, prompts=300)}
    async with served(tmp_path, scenario="steady") as cluster:
        # Its pods are asked often enough for each stage to have numbers.
        run = await ran(cluster, experiment(tmp_path, rows, jobs, tail_seconds=60), interval=8.0)
    assert set(run.became()) == {"low", "high"}
    recording = run.folder.session
    state = fold(EMPTY, open_recording(recording).events())
    begun = state.experiment.begun_at if state.experiment else None
    assert begun is not None
    start = begun - state.first_at

    session = ReplaySession(open_recording(recording), play=False)
    async with shown(session, (120, 40)) as walk:
        await walk.answers("g", f"{start + 30:.0f}s")
        await walk.sees("experiment", "▶ low 2/s")
        bar = walk.text("experiment")
        assert "of 2m00" in bar
        assert "next high 6/s in 30s" in bar
        assert "then tail 1m00" in bar
        await walk.answers("g", f"{start + 90:.0f}s")
        # The first job may still be finishing its last requests.
        await until(lambda: "next" not in (bar := walk.text("experiment")) and "high 6/s" in bar)
        await walk.press("L")
        await walk.sees("experiment", "finished")
        assert "2 done" in walk.text("experiment")
        await walk.press("6", "c")
        await walk.sees("stages", "low")
        await walk.sees("stages", "high")
    stages = stage_stats.stage_rows(state)
    alone = [row for row in stages if len(row.titles) == 1]
    assert [row.titles for row in alone] == [("low",), ("high",)]
    assert all(row.ttft_p95_ms is not None and row.ok for row in alone)
    tail = next(n.at for n in state.notices if n.code == "experiment-load-end")
    during = fold(EMPTY, [e for e in open_recording(recording).events() if e.at <= tail + 20])
    view = experiment_rows.experiment(during)
    assert view is not None
    assert (view.phase, view.tail_s) == ("tail", 60.0)
    assert view.in_tail_s is not None
    assert 15 <= view.in_tail_s <= 20
