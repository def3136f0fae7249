"""First steps of a new user: launch a stair-step, watch its effects, open the recording."""

from pathlib import Path

import pytest
from textual.widgets import Input

from tests.sweeps import sampled
from tests.ui.test_load_walk import fills, jobs_in, opens, text_in, walking
from tests.ui.test_walks import Walk, shown
from tests.waiting import until
from wvatui.core import events as ev
from wvatui.core.queries.charts.charts import CHARTS, chart
from wvatui.core.queries.load import load_rows, result_rows, stage_stats
from wvatui.recording import open_recording
from wvatui.session.replay import ReplaySession
from wvatui.ui.dialogs.launch import ChooseScreen
from wvatui.ui.dialogs.text import AskScreen
from wvatui.ui.draw.line import text_of


def charts(walk: Walk) -> dict[str, str]:
    """The text of each chart on the screen, by its name."""
    return {
        chart.name_shown: "\n".join(text_of(line) for line in chart.lines_shown)
        for chart in walk.app.stage.charts
        if chart.display
    }


def settled(walk: Walk, *panels: str) -> dict[str, list[str]]:
    """The lines of panels without the age of a job, which always changes."""
    return {name: walk.text(name).splitlines() for name in panels}


async def asked_for(walk: Walk) -> None:
    """Up to the question whether to launch it, which says what will be created."""
    await walk.press("l")
    await opens(walk, ChooseScreen)
    assert "stair-step" in text_in(walk, "choose-list")
    await walk.press("down", "enter")
    await fills(walk, duration="80s", rate="4", prompt="256", answer="64")
    form = walk.app.screen
    assert "gateway" in form.query_one("#field-target", Input).value
    assert "Llama" in form.query_one("#field-model", Input).value
    await walk.press("enter")
    await opens(walk, AskScreen)
    told = text_in(walk, "ask-text")
    for word in ("context", "namespace  llm-d-sim", "Job wvatui-stair-step-", "kind: Job"):
        assert word in told, told
    for word in ("run it dry", "answers"):
        assert word in told, told


# The wide screen, which shows the load above the charts too; both are drawn in the snapshots.
@pytest.mark.parametrize(("width", "height"), sampled([(80, 24), (120, 40)], [(120, 40)]))
async def test_a_new_user_launches_a_stair_step_sees_what_it_does_and_replays_all_of_it(
    tmp_path: Path, width: int, height: int
) -> None:
    size = (width, height)
    async with walking(tmp_path, size, interval=2.0) as (walk, cluster):
        await asked_for(walk)
        assert jobs_in(cluster) == []
        await walk.press("tab", "enter")
        await walk.hears("launched wvatui-stair-step-")
        assert len(jobs_in(cluster)) == 1
        # On the first screen, the load is a line above the charts, if there is room for it …
        if height > 24:
            await until(
                lambda: "├" in charts(walk).get("lane", ""), what=f"a band above: {charts(walk)}"
            )
        await walk.sees("scrubber", "═")
        # … and in the load view it is a series of its own, a table of stages, a result.
        await walk.press("6")
        # On a busy machine the band above was drawn late, and the load is over by now.
        await until(lambda: any(word in walk.text("jobs") for word in ("running", "done")))
        await until(lambda: "offered" in charts(walk).get("load", ""), what="the offered load")
        assert "wvatui" in walk.text("jobs")
        await walk.press("c")
        await walk.sees("stages", "step 1")
        await until(lambda: "step 4 +3" in walk.text("stages"))
        await walk.press("c")
        await until(lambda: "done" in walk.text("jobs"))
        await walk.press("c")
        await walk.sees("results", "1-step-1")
        await until(lambda: all("▶" not in row for row in walk.text("stages").splitlines()))
        before = settled(walk, "stages", "results")
    live = walk.session.state
    told = list(open_recording(tmp_path / "walk.jsonl").events())
    assert {ev.Job, ev.JobResult} <= {type(event) for event in told}
    jobs, results = load_rows.jobs(live), result_rows.job_results(live)
    [row] = jobs
    assert (row.source, row.profile, row.stages, row.results) == ("wvatui", "stair-step", 4, 4)
    assert load_rows.job_log(live, row.key)
    assert results[0].server.ttft_mean_ms is not None
    assert max(rate or 0 for _, rate in load_rows.offered_load(live)) == 4.0
    rows = stage_stats.stage_rows(live)
    assert [row.offered for row in rows] == [1.0, 2.0, 3.0, 4.0]
    # Overlapping stages report on their own times; between them the servers' metrics count.
    assert all(row.ok and row.counted_by == "servers" for row in rows)
    assert all(row.ttft_p95_ms and row.kv_max and row.running_mean for row in rows)
    assert all(row.ttft_gap_ms is not None for row in results)

    replay = ReplaySession(open_recording(tmp_path / "walk.jsonl"), play=False)
    async with shown(replay, size) as again:
        await again.press("6", "c", "L")
        await again.sees("results", "1-step-1")
        await until(lambda: settled(again, "stages", "results") == before, what="the same rows")
        await until(lambda: "offered" in charts(again).get("load", ""), what="the chart is drawn")
    state = replay.state
    assert stage_stats.stage_rows(state) == rows
    assert result_rows.job_results(state) == results
    assert [row.key for row in load_rows.jobs(state)] == [row.key for row in jobs]
    assert load_rows.job_log(state, jobs[0].key) == load_rows.job_log(live, jobs[0].key)
    window = {"since": live.first_at, "until": live.now, "columns": 100}
    for name in CHARTS:
        if not name.startswith("pod_"):
            assert chart(state, name, **window) == chart(live, name, **window), name
