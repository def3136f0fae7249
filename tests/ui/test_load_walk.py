"""Launching load on the screen of a simulated cluster: cancelled at every step, aborted, deleted.
`test_load_story.py` goes from the key to the result."""

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
                    "interval": 10.0,
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


async def launches(walk: Walk, name: str = "constant", **texts: str) -> None:
    """Launch a load by command, with `texts` in its form."""
    await walk.answers("colon", f"load {name}")
    await fills(walk, **texts)
    await walk.press("enter")
    await opens(walk, AskScreen)
    await walk.press("right", "enter")
    await walk.hears("launched wvatui-")


async def cancelled_at_every_step(walk: Walk) -> None:
    """In the list, in the form, in the question, and by pressing enter once too often."""
    steps: tuple[tuple[str, ...], ...] = (
        ("escape",),
        ("enter", "escape"),
        ("enter", "enter", "escape"),
        ("enter", "enter", "enter"),
    )
    for number, steps_ in enumerate(steps):
        await walk.press("l")
        screens: list[type[Any]] = [ChooseScreen, FormScreen, AskScreen]
        for key, screen in zip(steps_, screens, strict=False):
            await opens(walk, screen)
            await walk.press(key)
        await until(
            lambda n=number: walk.said.count("nothing was launched") == n + 1,  # type: ignore[misc]
            what=f"step {number}: {walk.said}",
        )
        assert len(walk.app.screen_stack) == 1


async def filled_in_wrongly(walk: Walk) -> None:
    """The form says what is wrong and keeps what was typed."""
    await walk.answers("colon", "load constant")
    await fills(walk, rate="many", duration="90s")
    form = walk.app.screen
    await walk.press("enter")
    await until(lambda: walk.app.screen is not form and isinstance(walk.app.screen, FormScreen))
    await walk.pilot.pause(0)
    assert "'many' is no number" in text_in(walk, "form-said")
    assert walk.app.screen.query_one("#field-duration").value == "90s"
    before = walk.said.count("nothing was launched")
    await walk.press("escape")
    await until(lambda: walk.said.count("nothing was launched") == before + 1)


async def aborted_by_one_key(walk: Walk, cluster: Served) -> None:
    """All load of the session is aborted after a question."""
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


async def test_load_is_cancelled_at_every_step_aborted_by_a_key_and_deleted_at_the_end(
    tmp_path: Path,
) -> None:
    async with walking(tmp_path, (80, 24)) as (walk, cluster):
        await cancelled_at_every_step(walk)
        await filled_in_wrongly(walk)
        assert jobs_in(cluster) == []
        await aborted_by_one_key(walk, cluster)
        before = walk.said.count("launched wvatui-")
        await launches(walk)
        await until(lambda: walk.said.count("launched wvatui-") > before)
        await walk.sees("jobs", "running")
        await walk.press("q")
        assert walk.app.running_session is not None
        await until(walk.app.running_session.done)
        assert jobs_in(cluster) == []
    told = open_recording(tmp_path / "walk.jsonl").events()
    ends = {event.name: event.status for event in told if isinstance(event, ev.Job)}
    assert list(ends.values()) == ["deleted", "deleted"]


async def test_load_that_was_to_be_kept_stays_when_the_session_ends(tmp_path: Path) -> None:
    async with walking(tmp_path, (80, 24), keep_load=True) as (walk, cluster):
        await launches(walk)
        await walk.press("q")
        assert walk.app.running_session is not None
        await until(walk.app.running_session.done)
        assert len(jobs_in(cluster)) == 1


async def test_watching_alone_launches_nothing_and_says_how_it_could(tmp_path: Path) -> None:
    async with walking(tmp_path, (80, 24), allow_write=False) as (walk, cluster):
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
    async with walking(tmp_path, (80, 24), access=access) as (walk, cluster):
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
        async with shown(session, (80, 24)) as walk:
            await opens(walk, AskScreen)
            assert "left-" in text_in(walk, "ask-text")
            await walk.press("tab", "enter")
            await walk.hears("deleted 1 job of an earlier session")
            await until(lambda: jobs_in(cluster) == [])
