"""Walks through launching load, on the screen and on a simulated cluster: from the key to the
result, and back at every step."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.cluster import Served, served
from tests.ui.test_walks import Walk, shown
from tests.waiting import until
from wvatui.capture import LiveSession
from wvatui.core import events as ev
from wvatui.core import select
from wvatui.core.reduce import fold
from wvatui.core.state import EMPTY
from wvatui.live import Request, connect
from wvatui.recording import open_recording
from wvatui.sim.api.access import Access
from wvatui.ui.dialogs.ask import AskScreen
from wvatui.ui.dialogs.launch import ChooseScreen, FormScreen
from wvatui.ui.line import text_of
from wvatui.ui.widgets.lineview import LineView


def jobs_in(cluster: Served) -> list[str]:
    """Names of the Jobs of the cluster."""
    return [job["metadata"]["name"] for job in cluster.cluster.store.list("Job")]


@asynccontextmanager
async def walking(
    folder: Path, size: tuple[int, int] = (120, 40), *, access: Access | None = None, **more: Any
) -> AsyncIterator[tuple[Walk, Served]]:
    """A screen that may launch load, over a cluster in which all is quiet."""
    async with served(folder, scenario="steady", access=access) as cluster:
        asked = Request(
            **({"kubeconfig": str(cluster.kubeconfig), "record": folder / "walk.jsonl",
                "allow_write": True} | more)
        )  # fmt: skip
        session = LiveSession(lambda session: connect(asked, session))
        async with shown(session, size) as walk:
            await walk.sees("variants", "llama-8b-h100")
            yield walk, cluster


async def opens(walk: Walk, screen: type[Any]) -> Any:
    await until(lambda: isinstance(walk.app.screen, screen), what=screen.__name__)
    await walk.pilot.pause()
    return walk.app.screen


def text_in(walk: Walk, name: str) -> str:
    view = walk.app.screen.query_one(f"#{name}", LineView)
    return "\n".join(text_of(line) for line in view.lines_shown)


async def fills(walk: Walk, **texts: str) -> None:
    """Type into the form's fields."""
    form = await opens(walk, FormScreen)
    for name, text in texts.items():
        form.query_one(f"#field-{name}").value = text


async def test_from_the_key_to_the_result_and_all_of_it_is_in_the_recording(
    tmp_path: Path,
) -> None:
    async with walking(tmp_path) as (walk, cluster):
        await walk.press("l")
        await opens(walk, ChooseScreen)
        assert "stair-step" in text_in(walk, "choose-list")
        await walk.press("down", "enter")
        await fills(walk, duration="120s", rate="4", prompt="256", answer="64")
        form = walk.app.screen
        assert "gateway" in form.query_one("#field-target").value
        assert "Llama" in form.query_one("#field-model").value
        await walk.press("enter")
        await opens(walk, AskScreen)
        told = text_in(walk, "ask-text")
        for word in ("context", "namespace  llm-d-sim", "Job wvatui-stair-step-", "kind: Job",
                     "run it dry", "answers"):  # fmt: skip
            assert word in told, told
        assert jobs_in(cluster) == []
        await walk.press("tab", "enter")
        await walk.hears("launched wvatui-stair-step-")
        assert len(jobs_in(cluster)) == 1
        await walk.press("7")
        await walk.sees("jobs", "running")
        await walk.sees("jobs", "4/s")
        await until(lambda: "├" in _charts(walk), what="a band in the chart")
        await walk.sees("results", "constant")
        await walk.sees("jobs", "done")
        assert "wvatui" in walk.text("jobs")
    told_events = list(open_recording(tmp_path / "walk.jsonl").events())
    kinds = {type(event) for event in told_events}
    assert {ev.Job, ev.JobResult} <= kinds
    state = fold(EMPTY, told_events)
    [row] = select.jobs(state)
    assert (row.source, row.profile, row.stages, row.results) == ("wvatui", "stair-step", 4, 4)
    assert select.job_log(state, row.key)
    first = next(r for r in select.job_results(state))
    assert first.server.ttft_mean_ms is not None
    assert max(rate or 0 for _, rate in select.offered_load(state)) == 4.0


def _charts(walk: Walk) -> str:
    return "\n".join(
        text_of(line) for chart in walk.app.stage.charts if chart.display
        for line in chart.lines_shown
    )  # fmt: skip
