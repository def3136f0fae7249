"""Choices of the launcher other than built-in profiles: own profiles, manifest files, pipeline
runs, and the load launched last."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster import served
from tests.load.experiment.runs import load
from tests.load.pipelines import NS, spike
from tests.ui.test_load_walk import fills, jobs_in, opens, text_in, walking
from tests.ui.test_walks import Walk, shown
from tests.waiting import until
from wvatui.cli.live import WatchRequest, connect
from wvatui.config import paths
from wvatui.load.profiles.manifests import OWNER, made_by
from wvatui.session.live import LiveSession
from wvatui.ui.dialogs.launch import ChooseScreen, FormScreen
from wvatui.ui.dialogs.text import AskScreen

OWN = """
[profiles.evening]
like = "stair-step"
title = "as on Fridays"
rate = 3
duration = "10m"
prompt_tokens = 64

[profiles.mine]
manifest = "mine.yaml"
title = "my own job"
"""


def configured(text: str = OWN) -> Path:
    """Write the configuration file of this test's home, and a manifest beside it."""
    path = paths.config_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    (path.parent / "mine.yaml").write_text(yaml.safe_dump(load("mine", prompts=50_000)))
    return path


async def answers(walk: Walk, yes: bool = True) -> str:
    """Answer the confirmation; returns its text."""
    await opens(walk, AskScreen)
    told = text_in(walk, "ask-text")
    await walk.press(*(("tab", "enter") if yes else ("enter",)))
    return told


async def own_profile_is_listed_with_its_numbers(walk: Walk) -> None:
    await walk.press("l")
    await opens(walk, ChooseScreen)
    first, second, *_ = text_in(walk, "choose-list").splitlines()
    assert "evening" in first
    assert "yours" in first
    assert "as on Fridays" in first
    assert "mine" in second
    await walk.press("enter")
    form = await opens(walk, FormScreen)
    assert form.query_one("#field-rate").value == "3"
    assert form.query_one("#field-duration").value == "10m"
    assert form.query_one("#field-prompt").value == "64"
    await walk.press("enter")
    assert "Job wvatui-evening-" in await answers(walk)
    await walk.hears("launched wvatui-evening-")


async def own_manifest_has_no_form(walk: Walk) -> None:
    await walk.answers("colon", "load mine")
    told = await answers(walk)
    assert "Job mine-" in told
    assert "--num-prompts" in told
    await walk.hears("launched mine-")


async def launched_last_stands_first_as_it_was_filled_in(walk: Walk) -> None:
    await walk.answers("colon", "load constant")
    await fills(walk, rate="7", duration="45s")
    await walk.press("enter")
    await answers(walk)
    await walk.hears("launched wvatui-constant-")
    kept = json.loads(paths.recent_loads().read_text())
    assert kept[0]["name"] == "constant"
    await walk.press("l")
    await opens(walk, ChooseScreen)
    first = text_in(walk, "choose-list").splitlines()[0]
    assert "recent" in first
    assert "7/s" in first
    await walk.press("enter")
    form = await opens(walk, FormScreen)
    assert form.query_one("#field-rate").value == "7"
    assert form.query_one("#field-duration").value == "45s"
    assert "gateway" in form.query_one("#field-target").value
    await walk.press("escape")
    await walk.hears("nothing was launched")


def rows(walk: Walk) -> list[str]:
    """The lines of the table of jobs."""
    return walk.text("jobs").splitlines()


async def wrong_profile_is_told_with_file_and_line(walk: Walk) -> None:
    configured('[profiles.x]\nrate = "much"\n')
    await walk.press("l")
    await walk.hears("config.toml:2")
    assert len(walk.app.screen_stack) == 1


async def test_ones_own_profiles_and_what_was_launched_last_stand_in_the_list(
    tmp_path: Path,
) -> None:
    configured()
    async with walking(tmp_path, (80, 24)) as (walk, cluster):
        await own_profile_is_listed_with_its_numbers(walk)
        assert len(jobs_in(cluster)) == 1
        await own_manifest_has_no_form(walk)
        assert sum(name.startswith("mine-") for name in jobs_in(cluster)) == 1
        await walk.press("6")
        await until(lambda: any("mine" in row and "running" in row for row in rows(walk)))
        await launched_last_stands_first_as_it_was_filled_in(walk)
        assert len(jobs_in(cluster)) == 3
        await wrong_profile_is_told_with_file_and_line(walk)


UNREADABLE = ("", "[", '{"a": 1}', '[1, {"name": "gone"}, {"path": 5}]')


async def test_a_memory_that_cannot_be_read_is_no_reason_not_to_launch(tmp_path: Path) -> None:
    path = paths.recent_loads()
    path.parent.mkdir(parents=True, exist_ok=True)
    async with walking(tmp_path, (80, 24)) as (walk, _):
        for number, text in enumerate(UNREADABLE, start=1):
            path.write_text(text)
            await walk.press("l")
            await opens(walk, ChooseScreen)
            first = text_in(walk, "choose-list").splitlines()[0]
            assert first.strip("▸ ").startswith("constant")
            await walk.press("escape")
            await until(lambda n=number: walk.said.count("nothing was launched") == n)  # type: ignore[misc]


async def test_a_file_is_named_by_its_path_and_what_is_wrong_with_it_is_told_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    broken, good = tmp_path / "broken.yaml", tmp_path / "good.yaml"
    broken.write_text("kind: Job\napiVersion: batch/v1\nmetadata: {}\n")
    good.write_text(yaml.safe_dump(load("good", prompts=50_000)))
    Path("spike.yaml").write_text(yaml.safe_dump(spike()))
    async with walking(tmp_path, (80, 24)) as (walk, cluster):
        await walk.answers("colon", "load spike.yaml")
        await walk.hears("Tekton is not installed in this cluster")
        assert len(walk.app.screen_stack) == 1
        await walk.press("l")
        await opens(walk, ChooseScreen)
        await walk.press("end", "enter")
        for path, words in (
            (tmp_path / "gone.yaml", "cannot be read"),
            (broken, "broken.yaml:3: Job without metadata.name"),
        ):
            form = await opens(walk, FormScreen)
            form.query_one("#field-path").value = str(path)
            await walk.press("enter")
            await until(lambda before=form: walk.app.screen is not before)  # type: ignore[misc]
            await opens(walk, FormScreen)
            said = text_in(walk, "form-said").replace("\n", "").replace(" ", "")
            assert words.replace(" ", "") in said
            assert jobs_in(cluster) == []
        await fills(walk, path=str(good))
        await walk.press("enter")
        assert "Job good-" in await answers(walk)
        await walk.hears("launched good-")
        kept: list[dict[str, Any]] = json.loads(paths.recent_loads().read_text())
        assert kept[0]["path"] == str(good)


async def test_a_pipeline_run_left_by_a_crash_is_offered_and_another_launched_and_aborted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("spike.yaml")
    file.write_text(yaml.safe_dump(spike(7200)))
    async with served(tmp_path, scenario="tekton") as cluster:
        store = cluster.cluster.store
        body = made_by(spike(name="left"), session="old", key="0", title="left", namespace=NS)
        body["metadata"]["annotations"][OWNER] = f"{socket.gethostname()}/999999999/1"
        store.apply(body)
        asked = WatchRequest(
            kubeconfig=str(cluster.kubeconfig), record=tmp_path / "w.jsonl", allow_write=True
        )
        session = LiveSession(lambda session: connect(asked, session))
        async with shown(session, (80, 24)) as walk:
            await opens(walk, AskScreen)
            assert f"pipeline run {NS}/left-" in text_in(walk, "ask-text")
            await walk.press("tab", "enter")
            await walk.hears("of an earlier session")
            await until(lambda: store.list("PipelineRun") == [])
            await launched_seen_and_aborted(walk, file)
            await until(lambda: store.list("PipelineRun") == [])
            await until(lambda: store.list("TaskRun") == [])


async def launched_seen_and_aborted(walk: Walk, file: Path) -> None:
    await walk.answers("colon", f"load {file}")
    told = await answers(walk)
    for words in (
        "PipelineRun wva-load-test-",
        "generateName: wva-load-test-",
        "0.5/s for 2h + 2/s for 20s from 20s on",
    ):
        assert words in told, told
    await walk.hears("launched wva-load-test-")
    await walk.press("6")
    await walk.sees("jobs", "running")
    await walk.press("X")
    await opens(walk, AskScreen)
    assert "wva-load-test" in text_in(walk, "ask-text")
    await walk.press("tab", "enter")
    await walk.hears("aborted: wva-load-test")
