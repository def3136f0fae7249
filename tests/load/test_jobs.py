"""Creating, following and deleting jobs on a fake server."""

import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.fixtures import shared
from tests.kube.server import Server, cuts, refuses, says, served, talking
from tests.load.experiment.files import job
from tests.sources.virtual import virtual_clock
from wvatui.clock import WallClock
from wvatui.core import events as ev
from wvatui.core.redact import redacted_text
from wvatui.errors import ClusterError
from wvatui.kube.client import Client
from wvatui.kube.watching import Listed, ObjectChanged
from wvatui.load.make.job import LoadJob
from wvatui.load.make.jobs import Jobs
from wvatui.load.make.objects import CreatedObject, delete
from wvatui.load.profiles.manifests import SessionProcess, made_by
from wvatui.load.read.job_log import KeptLog, follow_log
from wvatui.load.read.progress import ReportedResult
from wvatui.load.read.steps import ProgressStep

PATH = "/apis/batch/v1/namespaces/ns/jobs"
LOG = "/api/v1/namespaces/ns/pods/p/log"


async def makes(request: web.Request) -> web.StreamResponse:
    """Answers a POST like a real server: with the object and a uid."""
    body = await request.json()
    body["metadata"] |= {"uid": "u1"}
    return web.json_response(body, status=201)


def methods(server: Server, path: str) -> list[str]:
    return [one.method + (" dry" if "dryRun" in one.query else "") for one in server.asked(path)]


def jobs_of(client: Client) -> Jobs:
    return Jobs(client, WallClock(), session="s1", namespaces=("ns",))


def prepared(jobs: Jobs) -> dict[str, Any]:
    return made_by(job("load"), session=jobs.session, key="0", title="one", namespace="ns")


async def test_a_job_is_created_after_a_dry_run() -> None:
    async with served() as server, talking(server) as client:
        server.on(PATH, makes)
        jobs = jobs_of(client)
        made = await jobs.create(prepared(jobs), "one")
        assert methods(server, PATH) == ["POST dry", "POST"]
        assert (made.uid, made.status) == ("u1", "pending")


async def test_a_job_that_is_refused_is_none() -> None:
    async with served() as server, talking(server) as client:
        server.on(PATH, refuses(403, "Forbidden", "jobs.batch is forbidden"))
        jobs = jobs_of(client)
        with pytest.raises(ClusterError):
            await jobs.create(prepared(jobs), "one")
        assert (jobs.made, methods(server, PATH)) == ([], ["POST dry"])


async def test_a_job_whose_creation_nobody_answered_is_deleted_to_be_sure() -> None:
    async with served() as server, talking(server) as client:
        jobs = jobs_of(client)
        body = prepared(jobs)
        name = body["metadata"]["name"]
        server.on(PATH, says({}, 201), cuts)
        server.on(f"{PATH}/{name}", says({"kind": "Status"}))
        with pytest.raises(ClusterError):
            await jobs.create(body, "one")
        assert methods(server, f"{PATH}/{name}") == ["DELETE"]
        assert jobs.made == []


async def test_a_job_goes_with_its_pods_and_only_when_it_is_the_same_one() -> None:
    async with served() as server, talking(server) as client:
        server.on(f"{PATH}/load", says({"kind": "Status"}))
        await delete(client, CreatedObject("Job", "ns", "load", "u1"))
        [asked] = server.asked(f"{PATH}/load")
        assert json.loads(asked.body) == {
            "kind": "DeleteOptions",
            "apiVersion": "v1",
            "propagationPolicy": "Background",
            "preconditions": {"uid": "u1"},
        }


@pytest.mark.parametrize(("status", "reason"), [(404, "NotFound"), (409, "Conflict")])
async def test_a_job_that_is_gone_or_another_one_is_as_good_as_deleted(
    status: int, reason: str
) -> None:
    async with served() as server, talking(server) as client:
        server.on(f"{PATH}/load", refuses(status, reason, "no"))
        await delete(client, CreatedObject("Job", "ns", "load", "u1"))


async def test_a_deletion_is_tried_again_and_at_last_told() -> None:
    async with served() as server, virtual_clock() as (clock, _), talking(server, clock) as client:
        jobs = Jobs(client, clock, session="s1", namespaces=("ns",))
        server.on(PATH, makes)
        made = await jobs.create(prepared(jobs), "one")
        path = f"{PATH}/{made.name}"
        server.on(path, refuses(500, "InternalError", "etcd is away"))
        troubles = await jobs.clean_up()
        assert methods(server, path) == ["DELETE"] * 4
        assert troubles == [f"job ns/{made.name} is still there: etcd is away"]
        server.says[path] = [says({"kind": "Status"})]
        assert await jobs.clean_up() == []
        assert await jobs.clean_up() == []
        assert methods(server, path) == ["DELETE"] * 5


def test_two_jobs_of_one_manifest_have_two_names_that_fit_into_a_label() -> None:
    def name(base: str, key: str) -> str:
        made = made_by(job(base), session="s", key=key, title="t", namespace="n")
        return str(made["metadata"]["name"])

    names = {name("load", str(number)) for number in range(200)}
    assert len(names) == 200
    assert all(one.startswith("load-") for one in names)
    assert len(name("x" * 80, "1")) == 63


def test_what_is_ours_is_labelled_and_the_manifest_stays_as_it_was() -> None:
    body = job("load")
    body["metadata"]["labels"] = {"experiment": "x"}
    made = made_by(body, session="s", key="0", title="t", namespace="other", limit_s=100)
    assert made["metadata"]["labels"]["experiment"] == "x"
    assert made["metadata"]["namespace"] == "other"
    pod = made["spec"]["template"]["metadata"]["labels"]
    assert pod == {"app.kubernetes.io/managed-by": "wvatui", "wvatui/session": "s"}
    assert body["metadata"]["namespace"] == "ns"
    assert "ttlSecondsAfterFinished" not in body["spec"]
    kept = job("load")
    kept["spec"] |= {"ttlSecondsAfterFinished": 5, "activeDeadlineSeconds": 7}
    spec = made_by(kept, session="s", key="0", title="t", namespace="n", limit_s=100)["spec"]
    assert (spec["ttlSecondsAfterFinished"], spec["activeDeadlineSeconds"]) == (5, 7)


def test_an_owner_is_read_back_and_known_to_live() -> None:
    here = SessionProcess.here()
    assert SessionProcess.read(str(here)) == here
    assert here.alive is True
    assert here._replace(pid=2**22 + 5).alive is False
    assert here._replace(host="elsewhere").alive is None
    assert SessionProcess.read("nonsense") is None
    if here.started:
        assert here._replace(started="1").alive is False  # the id is of another process


# --- what a job's objects say -------------------------------------------------------------


def one() -> LoadJob:
    return LoadJob(job("load"), "one", 1.0)


def test_a_failed_job_stays_failed_when_it_is_deleted() -> None:
    made = one()
    condition = {
        "type": "Failed",
        "status": "True",
        "reason": "BackoffLimitExceeded",
        "message": "Job has reached the specified backoff limit",
    }
    target = {"type": "FailureTarget", "status": "True"}
    made.learn(job("load") | {"status": {"conditions": [target]}}, 2.0)
    assert made.status == "pending"
    made.learn(job("load") | {"status": {"conditions": [target, condition]}}, 3.0)
    made.end("deleted", 4.0)
    made.learn(job("load"), 5.0)
    assert made.why == "failed: BackoffLimitExceeded: Job has reached the specified backoff limit"


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (
            {
                "conditions": [
                    {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
                ]
            },
            "pending: Unschedulable",
        ),
        (
            {"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]},
            "pending: ImagePullBackOff",
        ),
        (
            {
                "phase": "Running",
                "containerStatuses": [
                    {"state": {"running": {"startedAt": "2026-09-01T08:00:00Z"}}}
                ],
            },
            "running",
        ),
    ],
)
def test_why_a_job_does_not_run_is_what_its_pod_says(status: dict[str, Any], why: str) -> None:
    made = one()
    made.learn_pod({"metadata": {"name": "p"}, "status": status}, 2.0)
    assert made.why == why


async def test_the_load_of_a_pod_that_was_deleted_is_not_that_of_the_pod_in_its_place() -> None:
    """Whether a watch tells of the deletion, or a new list no longer has the pod."""
    async with served() as server, talking(server) as client:
        server.on(PATH, makes)
        jobs = jobs_of(client)
        made = await jobs.create(prepared(jobs), "one")

        def pod(name: str, started: str) -> dict[str, Any]:
            state = {"running": {"startedAt": f"2026-09-01T08:{started}Z"}}
            status = {"phase": "Running", "containerStatuses": [{"state": state}]}
            labels = {"job-name": made.name}
            return {"metadata": {"name": name, "labels": labels}, "status": status}

        first, second, third = pod("a", "00:00"), pod("b", "05:00"), pod("c", "10:00")
        jobs._pods_seen("ns", Listed([first], "1"))
        began = made.facts.started_at
        assert began is not None
        jobs._pods_seen("ns", ObjectChanged("DELETED", first))
        jobs._pods_seen("ns", ObjectChanged("ADDED", second))
        assert (made.facts.pods, made.facts.started_at) == (("b",), began + 300.0)
        jobs._pods_seen("ns", Listed([third], "2"))
        assert (made.facts.pods, made.facts.started_at) == (("c",), began + 600.0)


def test_recorded_objects_of_a_real_server_are_understood() -> None:
    text = shared("kube-api/job-complete.http").read_text()
    made = one()
    made.learn(json.loads(text[text.index("{") :]), 2.0)
    assert made.status == "succeeded"
    assert made.facts.created_at is not None
    assert made.facts.ended_at is not None
    assert made.facts.ended_at > made.facts.created_at
    assert made.title == "one"


# --- logs ---------------------------------------------------------------------------------


async def test_a_log_that_is_cut_goes_on_where_it_was_and_nothing_comes_twice(
    tmp_path: Path,
) -> None:
    whole = b"".join(b"line %d\n" % number for number in range(400)) + b"10%|x| 1/9 [0:01<0:09]\r"

    def part(end: int) -> Any:
        async def say(request: web.Request) -> web.StreamResponse:
            return web.Response(body=whole[:end])

        return say

    async with served() as server, virtual_clock() as (clock, _), talking(server, clock) as client:
        server.on(
            LOG,
            part(900),
            part(901),
            refuses(500, "InternalError", "no"),
            part(2500),
            part(len(whole)),
        )
        log = KeptLog(tmp_path / "log")
        followed = follow_log(client, clock, "ns", "p", "c", log, is_over=lambda: log.size >= 2500)
        async for _ in followed:
            pass
        log.close()
        assert (tmp_path / "log").read_bytes() == whole
        assert {one.query["container"] for one in server.asked(LOG)} == {"c"}


async def test_a_log_that_may_not_be_read_is_told_once(tmp_path: Path) -> None:
    async with served() as server, talking(server) as client:
        text = 'pods "p" is forbidden: User "v" cannot get resource "pods/log" in API group ""'
        server.on(LOG, refuses(403, "Forbidden", text))
        log = KeptLog(tmp_path / "log")
        async for _ in follow_log(client, WallClock(), "ns", "p", "", log, is_over=lambda: False):
            raise AssertionError("nothing can come")
        assert "cannot get resource" in log.trouble


@pytest.mark.parametrize("size", [100, 4096, 65_536])
def test_33_a_log_of_one_enormous_line_is_kept_to_the_byte_and_tells_how_far_it_is(
    tmp_path: Path, size: int
) -> None:
    data = shared("job-logs/sharegpt-high-30.log").read_bytes()
    log = KeptLog(tmp_path / "log")
    found = [one for at in range(0, len(data), size) for one in log.feed(data[at : at + size])]
    found += log.close()
    assert (tmp_path / "log").read_bytes() == data
    steps = [one.done for one in found if isinstance(one, ProgressStep)]
    assert 26_870 in steps or max(done or 0 for done in steps) >= 26_870
    [reported] = [one for one in found if isinstance(one, ReportedResult)]
    assert "29.12" in reported.text
    assert len(log.tail()) <= 2_000


def test_a_log_that_cannot_be_kept_is_read_all_the_same(tmp_path: Path) -> None:
    log = KeptLog(tmp_path / "no" / "log")
    log.feed(b"hello\n")
    assert log.trouble.startswith("not written on")
    assert log.tail() == "hello"


async def test_a_job_is_told_with_its_facts_and_again_when_they_change() -> None:
    async with served() as server, talking(server) as client:
        server.on(PATH, makes)
        jobs, told = jobs_of(client), list[ev.Event]()
        jobs._emit = told.append
        made = await jobs.create(
            prepared(jobs), "one", profile="load.yaml", stages=[ev.Stage(0.0, 60.0, 10.0)]
        )
        server.on(f"{PATH}/{made.name}", says({"kind": "Status"}))
        await jobs.delete(made)
        first, last = told
        assert isinstance(first, ev.Job)
        assert isinstance(last, ev.Job)
        assert (first.title, first.source, first.session) == ("one", "wvatui", "s1")
        assert (first.target, first.model, first.requests) == ("http://gateway:80", "m", 3600)
        assert first.stages == (ev.Stage(0.0, 60.0, 10.0),)
        assert (first.status, last.status) == ("pending", "deleted")
        assert last.ended_at is not None


def test_a_log_is_kept_whole_or_without_what_looks_like_a_credential(tmp_path: Path) -> None:
    data = "a\u00e9 token=S3CR3T n=1\r 50%\r100%\n\nAuthorization: Bearer S3CR3T".encode() + b"\xff"
    kept = {}
    for redact in (False, True):
        log = KeptLog(tmp_path / str(redact), redact=redacted_text if redact else None)
        for at in range(len(data)):
            log.feed(data[at : at + 1])
        log.close()
        kept[redact] = (tmp_path / str(redact)).read_bytes()
    assert kept[False] == data
    assert kept[True].replace(b"\xff", b"") == (
        "a\u00e9 token=*** n=1\r 50%\r100%\n\nAuthorization: Bearer ***".encode()
    )
