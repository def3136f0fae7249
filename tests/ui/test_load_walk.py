"""Launching load on the screen of a simulated cluster: from the key to the result, and cancelled at
every step."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.cluster import Served, served
from tests.fixtures import ROOT
from tests.load.experiment.files import job
from tests.ui.test_walks import Walk, shown
from tests.waiting import until
from wvatui.cli.live import WatchRequest, connect
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.load import load_rows, result_rows
from wvatui.core.state.state import EMPTY
from wvatui.load.profiles.manifests import OWNER, made_by
from wvatui.recording import open_recording
from wvatui.session.live import LiveSession
from wvatui.sim.api.context import AccessRules
from wvatui.ui.dialogs.launch import ChooseScreen, FormScreen
from wvatui.ui.dialogs.text import AskScreen
from wvatui.ui.draw.line import text_of
from wvatui.ui.widgets.lineview import LineView


def jobs_in(cluster: Served) -> list[str]:
    """The names of the Jobs in the cluster."""
    return [job["metadata"]["name"] for job in cluster.cluster.store.list("Job")]


@asynccontextmanager
async def walking(
    folder: Path,
    size: tuple[int, int] = (120, 40),
    *,
    access: AccessRules | None = None,
    scenario: str = "steady",
    **more: Any,
) -> AsyncIterator[tuple[Walk, Served]]:
    """A screen that may launch load, over a quiet cluster."""
    async with served(folder, scenario=scenario, access=access) as cluster:
        asked = WatchRequest(
            **(
                {
                    "kubeconfig": str(cluster.kubeconfig),
                    "record": folder / "walk.jsonl",
                    "allow_write": True,
                }
                | more
            )
        )
        session = LiveSession(lambda session: connect(asked, session))
        async with shown(session, size) as walk:
            await walk.sees("variants", "llama-8b-h100")
            yield walk, cluster


async def opens(walk: Walk, screen: type[Any]) -> Any:
    await until(lambda: isinstance(walk.app.screen, screen), what=screen.__name__)
    await walk.pilot.pause(0)
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
        await fills(walk, duration="80s", rate="4", prompt="256", answer="64")
        form = walk.app.screen
        assert "gateway" in form.query_one("#field-target").value
        assert "Llama" in form.query_one("#field-model").value
        await walk.press("enter")
        await opens(walk, AskScreen)
        told = text_in(walk, "ask-text")
        for word in (
            "context",
            "namespace  llm-d-sim",
            "Job wvatui-stair-step-",
            "kind: Job",
            "run it dry",
            "answers",
        ):
            assert word in told, told
        assert jobs_in(cluster) == []
        await walk.press("tab", "enter")
        await walk.hears("launched wvatui-stair-step-")
        assert len(jobs_in(cluster)) == 1
        await walk.press("6")
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
    [row] = load_rows.jobs(state)
    assert (row.source, row.profile, row.stages, row.results) == ("wvatui", "stair-step", 4, 4)
    assert load_rows.job_log(state, row.key)
    first = next(r for r in result_rows.job_results(state))
    assert first.server.ttft_mean_ms is not None
    assert max(rate or 0 for _, rate in load_rows.offered_load(state)) == 4.0


def _charts(walk: Walk) -> str:
    return "\n".join(
        text_of(line)
        for chart in walk.app.stage.charts
        if chart.display
        for line in chart.lines_shown
    )


async def test_whoever_cancels_at_any_step_has_created_nothing(tmp_path: Path) -> None:
    async with walking(tmp_path, (80, 24)) as (walk, cluster):
        # In the list, in the form, in the question, and by pressing enter once too often.
        steps: tuple[tuple[str, ...], ...] = (
            ("escape",),
            ("enter", "escape"),
            ("enter", "enter", "escape"),
            ("enter", "enter", "enter"),
        )
        for number, steps_ in enumerate(steps):
            before = walk.said.count("nothing was launched")
            await walk.press("l")
            screens: list[type[Any]] = [ChooseScreen, FormScreen, AskScreen]
            for key, screen in zip(steps_, screens, strict=False):
                await opens(walk, screen)
                await walk.press(key)
            await until(
                lambda n=before: walk.said.count("nothing was launched") == n + 1,  # type: ignore[misc]
                what=f"step {number}: {walk.said}",
            )
            assert jobs_in(cluster) == []
            assert len(walk.app.screen_stack) == 1


async def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(tmp_path: Path) -> None:
    async with walking(tmp_path) as (walk, cluster):
        await walk.answers("colon", "load constant")
        await fills(walk, rate="many", duration="90s")
        form = walk.app.screen
        await walk.press("enter")
        await until(lambda: walk.app.screen is not form and isinstance(walk.app.screen, FormScreen))
        await walk.pilot.pause(0)
        assert "'many' is no number" in text_in(walk, "form-said")
        assert walk.app.screen.query_one("#field-duration").value == "90s"
        await walk.press("escape")
        await walk.hears("nothing was launched")
        assert jobs_in(cluster) == []


async def launches(walk: Walk, name: str = "constant", **texts: str) -> None:
    """Launch a load by command, with `texts` in its form."""
    await walk.answers("colon", f"load {name}")
    await fills(walk, **texts)
    await walk.press("enter")
    await opens(walk, AskScreen)
    await walk.press("right", "enter")
    await walk.hears("launched wvatui-")


async def test_one_key_aborts_all_load_of_the_session_after_a_question(tmp_path: Path) -> None:
    async with walking(tmp_path) as (walk, cluster):
        await walk.press("X")
        await walk.hears("no load of this session is running")
        await launches(walk)
        await walk.press("6")
        await walk.sees("jobs", "running")
        await walk.press("X")
        await opens(walk, AskScreen)
        await walk.press("enter")
        await walk.hears("the load goes on")
        assert len(jobs_in(cluster)) == 1
        await walk.press("X")
        await opens(walk, AskScreen)
        await walk.press("tab", "enter")
        await walk.hears("aborted: constant")
        await until(lambda: jobs_in(cluster) == [])
        await walk.sees("jobs", "deleted")


async def test_quitting_deletes_what_was_launched(tmp_path: Path) -> None:
    async with walking(tmp_path) as (walk, cluster):
        await launches(walk)
        await walk.press("6")
        await walk.sees("jobs", "running")
        await walk.press("q")
        assert walk.app.running_session is not None
        await until(walk.app.running_session.done)
        assert jobs_in(cluster) == []
    told = list(open_recording(tmp_path / "walk.jsonl").events())
    assert [e.status for e in told if isinstance(e, ev.Job)][-1] == "deleted"


async def test_load_that_was_to_be_kept_stays_when_the_session_ends(tmp_path: Path) -> None:
    async with walking(tmp_path, keep_load=True) as (walk, cluster):
        await launches(walk)
        await walk.press("q")
        assert walk.app.running_session is not None
        await until(walk.app.running_session.done)
        assert len(jobs_in(cluster)) == 1


async def test_watching_alone_launches_nothing_and_says_how_it_could(tmp_path: Path) -> None:
    async with walking(tmp_path, allow_write=False) as (walk, cluster):
        assert not walk.session.capabilities.can_launch
        await walk.press("l")
        await walk.hears("start with --allow-write")
        await walk.press("X")
        await walk.answers("colon", "load constant")
        await until(lambda: walk.said.count("--allow-write") >= 2)
        assert len(walk.app.screen_stack) == 1
        assert jobs_in(cluster) == []


async def test_a_right_that_is_missing_is_named_and_no_dialog_opens(tmp_path: Path) -> None:
    role = yaml.safe_load_all((ROOT / "deploy" / "role.yaml").read_text())
    access = AccessRules(anonymous="me@example.com")
    for document in role:
        if document["kind"] == "Role":
            access.grant("me@example.com", document["metadata"]["namespace"], document["rules"])
    async with walking(tmp_path, access=access) as (walk, cluster):
        await walk.press("l")
        await walk.hears("create jobs.batch")
        assert "delete jobs.batch" in walk.said
        assert len(walk.app.screen_stack) == 1
        assert jobs_in(cluster) == []


async def test_what_an_earlier_session_left_is_offered_for_deletion_at_the_start(
    tmp_path: Path,
) -> None:
    async with served(tmp_path, scenario="steady") as cluster:
        made = made_by(job("left"), session="old", key="0", title="left", namespace="llm-d-sim")
        gone = f"{socket.gethostname()}/999999999/1"
        made["metadata"]["annotations"][OWNER] = gone
        cluster.cluster.store.apply(made)
        asked = WatchRequest(
            kubeconfig=str(cluster.kubeconfig), record=tmp_path / "w.jsonl", allow_write=True
        )
        session = LiveSession(lambda session: connect(asked, session))
        async with shown(session) as walk:
            await opens(walk, AskScreen)
            assert "left-" in text_in(walk, "ask-text")
            await walk.press("tab", "enter")
            await walk.hears("deleted 1 job of an earlier session")
            await until(lambda: jobs_in(cluster) == [])
