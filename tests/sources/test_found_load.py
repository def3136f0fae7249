"""Load of others is detected by its tool or label, and never changed."""

from pathlib import Path
from typing import Any

from tests.cluster import Served, Watched, served
from tests.load.experiment.files import job
from wvatui.core import events as ev
from wvatui.core.queries.load import load_rows, result_rows
from wvatui.load.profiles.manifests import made_by
from wvatui.sim.api.admission import defaulted
from wvatui.sim.api.context import AccessRules

NS = "llm-d-sim"
GATEWAY = "http://infra-sim-inference-gateway-istio.llm-d-sim:80"

SELDOM_S = 10.0
"""The interval of scrapes in seconds: long, as these tests are about jobs and their logs."""


def theirs(name: str, rate: float = 2, **more: Any) -> dict[str, Any]:
    """A Job of somebody else that runs vllm bench serve for a minute."""
    made = job(name, rate=rate, prompts=int(60 * rate))
    args = made["spec"]["template"]["spec"]["containers"][0]["args"]
    args[args.index("--base-url") + 1] = GATEWAY
    args[args.index("--model") + 1] = "meta-llama/Llama-3.1-8B-Instruct"
    made["metadata"]["namespace"] = NS
    return made | more


def marked(name: str, **labels: str) -> dict[str, Any]:
    """A pod with labels, which runs an unknown program."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NS, "labels": labels},
        "spec": {
            "nodeName": "node-0",
            "restartPolicy": "Never",
            "containers": [{"name": "main", "image": "busybox", "command": ["sleep", "600"]}],
        },
        "status": {
            "phase": "Running",
            "podIP": "10.0.0.9",
            "containerStatuses": [
                {"name": "main", "state": {"running": {"startedAt": "2026-09-01T08:00:00Z"}}}
            ],
        },
    }


def creates(cluster: Served, thing: dict[str, Any]) -> None:
    """Create an object like the API server: pods of a Job get a label with its name."""
    store = cluster.cluster.store
    store.apply(defaulted(thing["kind"], store.draft(thing)))


async def watched(folder: Path, *objects: dict[str, Any], seconds: float = 60.0) -> Watched:
    async with served(folder, scenario="steady") as cluster:
        for thing in objects:
            creates(cluster, thing)
        return await cluster.watch(seconds, interval=SELDOM_S)


async def test_a_job_of_a_known_tool_and_a_pod_that_is_marked_are_bands_and_others_are_no_load(
    tmp_path: Path,
) -> None:
    other = theirs("backup")
    container = other["spec"]["template"]["spec"]["containers"][0]
    container |= {"command": ["sleep"], "args": ["600"]}
    own = made_by(theirs("other"), session="other", key="0", title="other", namespace=NS)
    seen = await watched(
        tmp_path,
        theirs("their-bench"),
        marked("harness", function="load_generator"),
        marked("run", **{"benchmark-running": "true"}),
        own,
        other,
        marked("web", app="web"),
    )
    rows = {row.title: row for row in load_rows.jobs(seen.state)}
    assert rows.keys() == {"their-bench", "harness", "run", "other"}
    row = rows["their-bench"]
    assert (row.tool, row.source, row.status) == ("vllm-bench", "found", "running")
    [band] = [band for band in load_rows.stages(seen.state) if band.key == row.key]
    assert (band.rate, band.source) == (2.0, "found")
    for title, harness in (("harness", "llm-d-benchmark"), ("run", "tekton")):
        row = rows[title]
        assert (row.kind, row.source, row.harness) == ("Pod", "found", harness)
    assert (rows["other"].source, rows["other"].session) == ("wvatui", "other")
    assert seen.health("jobs") == [("ok", "")]


async def test_a_job_that_somebody_deletes_ends_then_and_stays_in_the_session(
    tmp_path: Path,
) -> None:
    async with served(tmp_path, scenario="steady") as cluster:
        creates(cluster, theirs("their-bench"))
        cluster.at(40, lambda: _delete(cluster, "their-bench"))
        seen = await cluster.watch(50.0, interval=SELDOM_S)
    [row] = load_rows.jobs(seen.state)
    assert row.status == "deleted"
    assert any(isinstance(event, ev.Deleted) and event.kind == "job" for event in seen.events)


def _delete(cluster: Served, name: str) -> None:
    cluster.cluster.store.delete("Job", NS, name)


async def test_without_the_right_to_see_jobs_that_is_named_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    access = AccessRules(anonymous="me")
    for group, resources in (("", ["pods", "events", "configmaps"]), ("apps", ["deployments"])):
        access.grant(
            "me", NS, [{"apiGroups": [group], "resources": resources, "verbs": ["list", "watch"]}]
        )
    async with served(tmp_path, scenario="steady", access=access) as cluster:
        cluster.cluster.store.apply(marked("generator", function="load_generator"))
        seen = await cluster.watch(20.0, interval=SELDOM_S)
    [denied] = [e for e in seen.of(ev.Source) if e.source == "jobs" and e.status == "denied"]
    assert (denied.verb, denied.resource) == ("list", "jobs.batch")
    assert [row.harness for row in load_rows.jobs(seen.state)] == ["llm-d-benchmark"]


# --- logs


def lived(cluster: Served, seconds: float) -> float:
    """Let `seconds` pass before the session; returns the cluster's time then."""
    timeline = cluster.cluster.timeline
    timeline.run_until(timeline.now + seconds)
    return timeline.now


async def test_the_log_of_found_load_gives_its_progress_its_lines_and_its_result(
    tmp_path: Path,
) -> None:
    seen = await watched(tmp_path, theirs("their-bench", rate=8), seconds=140.0)
    [row] = load_rows.jobs(seen.state)
    assert (row.source, row.status, row.ok, row.failed) == ("found", "succeeded", 480, 0)
    steps = [event.done for event in seen.of(ev.JobProgress)]
    # A container runtime splits a line without an end into pieces of 16 KiB.
    assert len(steps) >= 2
    assert steps[0] < 480
    assert steps == sorted(steps)
    assert any(
        "Starting main benchmark run" in text for _, text in load_rows.job_log(seen.state, row.key)
    )
    [result] = result_rows.job_results(seen.state)
    assert (result.name, result.client.ok) == ("their-bench", 480)
    assert result.server.ttft_mean_ms is not None
    assert result.ttft_gap_ms is not None


async def test_load_of_before_the_session_began_then_and_what_ended_has_its_result_too(
    tmp_path: Path,
) -> None:
    async with served(tmp_path, scenario="steady") as cluster:
        creates(cluster, theirs("ended"))
        lived(cluster, 120.0)
        creates(cluster, theirs("running"))
        begun = lived(cluster, 50.0)
        seen = await cluster.watch(20.0, interval=SELDOM_S)
    rows = {row.title: row for row in load_rows.jobs(seen.state)}
    assert (rows["ended"].status, rows["ended"].results) == ("succeeded", 1)
    load_at = {job.name: job.load_at for job in seen.state.jobs.values()}["running"]
    assert load_at is not None
    assert load_at < begun - 20
    [band] = [band for band in load_rows.stages(seen.state) if band.key == rows["running"].key]
    assert band.since == load_at
    times = [at for at, _ in load_rows.job_log(seen.state, rows["running"].key)]
    assert max(times[:5]) < begun


async def test_a_log_that_is_cut_off_again_and_again_is_read_once(tmp_path: Path) -> None:
    async with served(tmp_path, scenario="steady") as cluster:
        creates(cluster, theirs("their-bench"))
        cluster.fault("close", "their-bench.*/log", times=4, after_bytes=300)
        seen = await cluster.watch(120.0, interval=SELDOM_S)
    [row] = load_rows.jobs(seen.state)
    lines = [text for _, text in load_rows.job_log(seen.state, row.key)]
    assert sum("Starting main benchmark run" in text for text in lines) == 1
    assert row.results == 1


async def test_without_the_right_to_read_logs_that_is_named_once_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    access = AccessRules(anonymous="me")
    for group, resources in (("", ["pods"]), ("batch", ["jobs"])):
        access.grant(
            "me", NS, [{"apiGroups": [group], "resources": resources, "verbs": ["list", "watch"]}]
        )
    async with served(tmp_path, scenario="steady", access=access) as cluster:
        creates(cluster, theirs("their-bench"))
        creates(cluster, theirs("other-bench"))
        seen = await cluster.watch(30.0, interval=SELDOM_S)
    told = [event.text for event in seen.of(ev.Notice) if event.code == "job-log"]
    assert len(told) == 1, told
    assert "pods/log" in told[0]
    assert [row.status for row in load_rows.jobs(seen.state)] == ["running", "running"]


async def test_a_marked_pod_tells_its_tool_by_its_log(tmp_path: Path) -> None:
    pod = marked("generator", function="load_generator")
    pod["spec"]["containers"][0]["command"] = [
        "sh",
        "-c",
        (
            "echo Setup complete, starting benchmarks...; sleep 20;"
            " echo '[30s] constant: 12 successful, 1 errored, 4 incomplete, 0.4 req/s'; sleep 600"
        ),
    ]
    del pod["status"], pod["spec"]["nodeName"]
    seen = await watched(tmp_path, pod, seconds=50.0)
    [row] = load_rows.jobs(seen.state)
    assert (row.tool, row.ok, row.failed, row.harness) == ("guidellm", 12, 1, "llm-d-benchmark")
