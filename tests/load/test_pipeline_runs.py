"""PipelineRuns launched from files, on simulated clusters with and without Tekton."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster import Served, served
from tests.load.pipelines import NS, pipeline_run, spike, step
from tests.sweeps import sampled
from tests.waiting import until
from wvatui.cli.live import WatchRequest, connect
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.load import load_rows
from wvatui.core.state.state import EMPTY
from wvatui.errors import CheckFailed, ConfigError, DeniedError, UsageError
from wvatui.load.make.launcher import Launcher
from wvatui.load.make.order import LaunchPreview, Order, file_option
from wvatui.load.profiles.manifests import OWNER, made_by
from wvatui.recording import open_recording
from wvatui.session.live import LiveSession
from wvatui.sim.api.context import AccessRules

Object = dict[str, Any]


class Launching:
    """A session without a screen that may launch load."""

    def __init__(self, cluster: Served, session: LiveSession) -> None:
        self.cluster, self.session = cluster, session

    @property
    def launcher(self) -> Launcher:
        return self.session.launcher

    async def draft(self, run: Object) -> LaunchPreview:
        path = self.cluster.folder / "run.yaml"
        path.write_text(yaml.safe_dump(run))
        return await self.launcher.draft(Order(file_option(path)))

    def runs(self) -> list[str]:
        """The names of the PipelineRuns in the cluster."""
        store = self.cluster.cluster.store
        return [str(one["metadata"]["name"]) for one in store.list("PipelineRun")]

    def row(self) -> Any:
        return next(iter(load_rows.jobs(self.session.newest)), None)


@asynccontextmanager
async def launching(
    folder: Path, scenario: str = "tekton", **more: Any
) -> AsyncIterator[Launching]:
    """A session over a cluster of that scenario."""
    access = more.pop("access", None)
    async with served(folder, scenario=scenario, access=access) as cluster:
        asked = WatchRequest(
            **(
                {
                    "kubeconfig": str(cluster.kubeconfig),
                    "record": folder / "it.jsonl",
                    "allow_write": True,
                    "headless": True,
                    "interval": 10.0,
                }
                | more
            )
        )
        session = LiveSession(lambda session: connect(asked, session))
        task = asyncio.create_task(session.run())
        try:
            await until(lambda: session.capabilities.can_launch or task.done())
            yield Launching(cluster, session)
        finally:
            session.stop("test over")
            await task
            await session.aclose()


async def test_a_run_is_made_with_its_generate_name_followed_and_its_stages_are_what_was(
    tmp_path: Path,
) -> None:
    async with launching(tmp_path) as here:
        draft = await here.draft(spike())
        assert (draft.kind, draft.name) == ("PipelineRun", "wva-load-test-…")
        assert [(s.start_s, s.rate, s.name) for s in draft.stages] == [
            (0.0, 0.5, "baseline"),
            (20.0, 2.0, "burst"),
        ]
        assert any("answers" in note for note in draft.notes)
        assert any("run it dry" in note for note in draft.notes)
        assert here.runs() == []
        name = await here.launcher.create(draft)
        assert name.startswith("wva-load-test-")
        assert here.runs() == [name]
        await until(lambda: here.row() is not None and here.row().status == "pending")
        await until(lambda: here.row().status == "running")
        await until(lambda: here.row().status == "succeeded")
    told = list(open_recording(tmp_path / "it.jsonl").events())
    mine = [one for one in told if isinstance(one, ev.Job) and one.kind == "PipelineRun"]
    assert mine[0].reason == ""
    assert any(one.reason == "runs wait-for-other-pipeline-runs first" for one in mine)
    state = fold(EMPTY, told)
    [row] = [one for one in load_rows.jobs(state) if one.kind == "PipelineRun"]
    assert (row.source, row.harness, row.profile) == ("wvatui", "tekton", "run.yaml")
    assert row.target.endswith("istio:80")
    bands = [band for band in load_rows.stages(state) if band.key == row.key]
    assert [band.label for band in bands] == [
        "wva-load-test baseline 0.5/s",
        "wva-load-test burst 2/s",
    ]
    begun = [when for when, text in load_rows.job_log(state, row.key) if "starting bench" in text]
    assert [band.since for band in bands] == begun  # the times of its pods, not those of the plan
    assert max(rate or 0.0 for _, rate in load_rows.offered_load(state)) == 2.5
    # Its pods also have labels of other tools, but are not listed a second time.
    assert {one.kind for one in told if isinstance(one, ev.Job)} == {"PipelineRun"}
    assert any("Load step: burst" in text for _, text in load_rows.job_log(state, row.key))


TEMPLATE = {"spec": {"accessModes": ["ReadWriteOnce"]}}
FORMS = {
    "persistentVolumeClaim": {"claimName": "results"},
    "volumeClaimTemplate": TEMPLATE,
}
"""The two documented forms of the workspace of a run that estimates parameters."""


# A run with the other form is drafted.
@pytest.mark.parametrize("form", sampled(FORMS, ["persistentVolumeClaim"]))
async def test_times_alpha_and_beta_come_back_as_results(tmp_path: Path, form: str) -> None:
    async with launching(tmp_path) as here:
        run = pipeline_run("estimate-parameters", max_seconds="20", max_concurrency="32")
        for each in sorted(FORMS, key=lambda each: each == form):
            run["spec"]["workspaces"] = [{"name": "results", each: FORMS[each]}]
            draft = await here.draft(run)
        here.cluster.cluster.store.apply(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": "results", "namespace": NS},
                "spec": {"accessModes": ["ReadWriteOnce"]},
            }
        )
        await here.launcher.create(draft)
        await until(lambda: here.row() is not None and here.row().status == "succeeded")
        await until(lambda: "throughput.end-time" in dict(here.row().outputs))
        found = dict(here.row().outputs)
        assert float(found["alpha"]) > 5
        assert 0 < float(found["beta"]) < 2
        assert {"synchronous.start-time", "synchronous.end-time"} <= set(found)
        state = here.session.newest
        labels = [band.label for band in load_rows.stages(state)]
        assert labels == ["estimate-parameters synchronous", "estimate-parameters throughput"]
        first, second = load_rows.stages(state)
        assert second.since >= first.until


async def test_a_run_that_fails_is_noticed_with_the_words_of_its_task(tmp_path: Path) -> None:
    async with launching(tmp_path) as here:
        run = spike()
        run["spec"]["params"][1]["value"] = "http://nowhere"
        draft = await here.draft(run)
        assert "http://nowhere" in draft.warnings[0]
        await here.launcher.create(draft)
        await until(lambda: here.row() is not None and here.row().status == "failed")
        await until(lambda: "exited with code" in here.row().status_text)
        assert here.row().status_text.startswith("failed: load-test: ")


async def test_aborting_or_leaving_takes_runs_and_all_that_they_made_away(tmp_path: Path) -> None:
    async with launching(tmp_path) as here:
        await here.launcher.create(await here.draft(spike()))
        await until(lambda: here.row() is not None and here.row().status == "running")
        assert here.launcher.running == ("wva-load-test",)
        assert await here.launcher.abort() == ("wva-load-test",)
        assert here.runs() == []
        store = here.cluster.cluster.store
        await until(lambda: store.list("TaskRun") == [])
        await until(lambda: here.row().status == "deleted")
        await here.launcher.create(await here.draft(spike()))
        assert len(here.runs()) == 1
    assert here.runs() == [], "a session takes its runs away at its end"


async def test_a_session_leaves_its_runs_at_its_end_where_they_are_to_stay(tmp_path: Path) -> None:
    async with launching(tmp_path, keep_load=True) as here:
        await here.launcher.create(await here.draft(spike()))
        await until(lambda: here.row() is not None and here.row().status == "running")
    assert len(here.runs()) == 1


async def test_a_run_whose_creation_nobody_answered_is_found_by_its_session_and_deleted(
    tmp_path: Path,
) -> None:
    async with launching(tmp_path) as here:
        draft = await here.draft(spike())
        # The object was created, but the answer never arrived.
        here.cluster.cluster.store.apply(
            {**draft.body, "metadata": {**draft.body["metadata"], "name": "wva-load-test-lost1"}}
        )
        jobs = here.launcher.jobs
        from wvatui.load.make.job import PipelineJob

        jobs.made.append(PipelineJob(draft.body, draft.title, 1.0))
        assert await jobs.clean_up() == []
        assert here.runs() == []


async def test_what_a_crash_left_is_found_at_the_next_start_and_deleted_when_wanted(
    tmp_path: Path,
) -> None:
    async with launching(tmp_path) as here:
        body = made_by(spike(name="left"), session="old", key="0", title="left", namespace=NS)
        body["metadata"]["annotations"][OWNER] = f"{socket.gethostname()}/999999999/1"
        here.cluster.cluster.store.apply(body)
        [left] = await here.launcher.left_behind()
        assert str(left.made).startswith(f"pipeline run {NS}/left-")
        await here.launcher.delete_left([left])
        assert here.runs() == []


# --- refusals ------------------------------------------------------------------------------


async def test_without_tekton_a_pipeline_run_is_refused_in_one_line(tmp_path: Path) -> None:
    async with launching(tmp_path, "steady") as here:
        with pytest.raises(CheckFailed) as refused:
            await here.draft(spike())
        assert refused.value.message == (
            "Tekton is not installed in this cluster: it knows no pipelineruns.tekton.dev"
        )
        assert refused.value.exit_code == 1
        assert await here.launcher.left_behind() == ()


WRONG: tuple[tuple[Object, type[Exception], str], ...] = (
    (pipeline_run("no-such"), CheckFailed, "there is no pipeline no-such in namespace"),
    (spike(namespace="elsewhere"), UsageError, "it names namespace elsewhere"),
    (
        pipeline_run("wva-load-test", load_steps=[step("a", 0, 9, 1), "nonsense"]),
        ConfigError,
        "run.yaml:1: task load-test[1]: step-config: a table with name",
    ),
    (
        spike() | {"spec": {"params": []}},
        ConfigError,
        "PipelineRun without spec.pipelineRef or spec.pipelineSpec",
    ),
    (spike() | {"apiVersion": "tekton.dev/v9"}, ConfigError, "has no PipelineRun"),
)


async def test_a_run_that_cannot_be_is_refused_in_one_line_and_nothing_is_made(
    tmp_path: Path,
) -> None:
    async with launching(tmp_path) as here:
        for run, error, words in WRONG:
            with pytest.raises(error) as refused:
                await here.draft(run)
            assert words in str(refused.value)
            assert "\n" not in str(refused.value)
        assert here.runs() == []


async def test_rights_that_a_run_needs_are_named_when_they_are_missing(tmp_path: Path) -> None:
    access = AccessRules(anonymous="me@example.com")
    reads = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]
    jobs = [{"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["*"]}]
    access.grant("me@example.com", NS, reads + jobs)
    access.grant("me@example.com", "workload-variant-autoscaler-system", reads)
    async with launching(tmp_path, access=access) as here:
        assert (await here.launcher.look()).denied == ()
        with pytest.raises(DeniedError, match=r"create pipelineruns\.tekton\.dev, delete"):
            await here.draft(spike())
