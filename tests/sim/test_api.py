"""The simulated API server answers as a real one does, in shape and in words."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.cluster import Bare
from tests.fixtures import shared
from wvatui.sim.server import Server

NS = Bare.namespace


@pytest.fixture
async def bare() -> Bare:
    made = Bare()
    made.deployment("d", 2)
    for number in range(5):
        made.pod(f"d-{number}", app="d", slot=str(number % 2))
    return made


@pytest.fixture
async def api(bare: Bare) -> AsyncIterator[httpx.AsyncClient]:
    server = Server(bare, speed=0.0)
    await server.start()
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=10) as client:
        client.served = server  # type: ignore[attr-defined]
        yield client
    await server.stop()


def real(name: str) -> tuple[int, dict[str, Any]]:
    head, _, body = shared(f"kube-api/{name}.http").read_text().partition("\n\n")
    return int(head.split()[1]), json.loads(body)


def keys(value: Any, depth: int = 3) -> Any:
    """The shape of JSON: its keys, so deep."""
    if isinstance(value, dict) and depth:
        return {k: keys(v, depth - 1) for k, v in value.items() if k != "managedFields"}
    return type(value).__name__


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("pod-log-no-such-pod", "/api/v1/namespaces/llm-d-sim/pods/nope/log"),
        ("proxy-no-such-pod", "/api/v1/namespaces/llm-d-sim/pods/nope:8000/proxy/metrics"),
    ],
)
async def test_what_is_not_there_is_said_word_for_word(
    api: httpx.AsyncClient, name: str, path: str
) -> None:
    status, body = real(name)
    got = await api.get(path)
    assert (got.status_code, got.json()) == (status, body)


async def test_a_refused_port_reads_as_the_real_proxy_writes_it(api: httpx.AsyncClient) -> None:
    status, body = real("proxy-refused")
    got = await api.get(f"/api/v1/namespaces/{NS}/pods/d-0:9999/proxy/metrics")
    assert got.status_code == status
    assert keys(got.json()) == keys(body)
    assert got.json()["message"].startswith("error trying to reach service: dial tcp ")


async def test_a_forbidden_list_reads_as_the_real_one(api: httpx.AsyncClient) -> None:
    status, body = real("forbidden")
    server: Server = api.served  # type: ignore[attr-defined]
    server.context.access.anonymous = "viewer"
    server.context.access.deny("list", "pods")
    got = await api.get(f"/api/v1/namespaces/{NS}/pods")
    assert (got.status_code, got.json()) == (status, body)


async def test_somebody_unknown_is_told_nothing_else(api: httpx.AsyncClient) -> None:
    status, body = real("unauthorized")
    got = await api.get("/version", headers={"Authorization": "Bearer wrong"})
    assert (got.status_code, got.json()) == (status, body)


async def test_a_crd_that_is_not_installed_is_no_page(api: httpx.AsyncClient) -> None:
    api.served.context.catalogue.crds.clear()  # type: ignore[attr-defined]
    got = await api.get(f"/apis/keda.sh/v1alpha1/namespaces/{NS}/scaledobjects")
    assert (got.status_code, got.text) == (404, "404 page not found\n")


async def test_lists_come_in_pages_with_the_real_metadata(api: httpx.AsyncClient) -> None:
    path, seen, token = f"/api/v1/namespaces/{NS}/pods", [], ""
    while True:
        got = (await api.get(path, params={"limit": 2, "continue": token})).json()
        seen += [item["metadata"]["name"] for item in got["items"]]
        token = got["metadata"].get("continue", "")
        if not token:
            break
        assert got["metadata"]["remainingItemCount"] == 5 - len(seen)
    assert seen == [f"d-{n}" for n in range(5)]
    _, body = real("list-pods-limit1")
    assert keys(got, 1) == keys(body, 1)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"labelSelector": "slot=1"}, 2),
        ({"labelSelector": "slot in (0,1),app=d"}, 5),
        ({"labelSelector": "slot!=1,app"}, 3),
        ({"fieldSelector": "metadata.name=d-3"}, 1),
        ({"fieldSelector": "status.phase!=Running"}, 0),
    ],
)
async def test_selectors_choose(api: httpx.AsyncClient, query: dict[str, str], count: int) -> None:
    got = await api.get(f"/api/v1/namespaces/{NS}/pods", params=query)
    assert len(got.json()["items"]) == count


async def test_a_field_that_cannot_be_selected_by_is_a_400(api: httpx.AsyncClient) -> None:
    got = await api.get(f"/api/v1/namespaces/{NS}/pods", params={"fieldSelector": "spec.color=red"})
    assert got.status_code == 400
    assert "field label not supported: spec.color" in got.json()["message"]


async def next_event(lines: AsyncIterator[str]) -> dict[str, Any]:
    async with asyncio.timeout(5):
        event: dict[str, Any] = json.loads(await anext(lines))
    return event


async def test_a_watch_tells_every_change_after_its_version(
    api: httpx.AsyncClient, bare: Bare
) -> None:
    listed = (await api.get(f"/api/v1/namespaces/{NS}/pods")).json()
    version = listed["metadata"]["resourceVersion"]
    query = {"watch": "true", "resourceVersion": version, "labelSelector": "slot=1"}
    async with api.stream("GET", f"/api/v1/namespaces/{NS}/pods", params=query) as got:
        lines = got.aiter_lines()
        bare.pod("d-9", app="d", slot="1")
        assert (await next_event(lines))["type"] == "ADDED"
        bare.pod("d-8", app="d", slot="0")
        bare.pod("d-9", app="d", slot="0")
        event = await next_event(lines)
        assert (event["type"], event["object"]["metadata"]["name"]) == ("DELETED", "d-9")


async def test_a_watch_from_a_forgotten_version_is_410_inside_a_200(
    api: httpx.AsyncClient, bare: Bare
) -> None:
    bare.store.forget_history()
    bare.pod("d-9", app="d")
    query = {"watch": "true", "resourceVersion": "1"}
    got = await api.get(f"/api/v1/namespaces/{NS}/pods", params=query)
    assert got.status_code == 200
    event = json.loads(got.text)
    _, body = real("watch-expired-410")
    assert keys(event) == keys(body)
    assert event["object"]["code"] == 410


async def test_bookmarks_come_with_time_and_a_watch_ends_with_its_own(
    api: httpx.AsyncClient, bare: Bare
) -> None:
    query = {"watch": "true", "resourceVersion": str(bare.store.resource_version),
             "allowWatchBookmarks": "true", "timeoutSeconds": "100"}  # fmt: skip
    server: Server = api.served  # type: ignore[attr-defined]
    async with api.stream("GET", f"/api/v1/namespaces/{NS}/pods", params=query) as got:
        await server.clockwork.run_to(bare.timeline.now + 70)
        await server.clockwork.run_to(bare.timeline.now + 70)
        events = [json.loads(line) async for line in got.aiter_lines()]
    assert {event["type"] for event in events} == {"BOOKMARK"}
    last = shared("kube-api/watch-pods-scale-up-down.http").read_text().strip().split("\n")[-1]
    assert keys(events[0]) == keys(json.loads(last))


# --- logs ---------------------------------------------------------------------------------------


async def test_logs_are_cut_as_they_were_asked_for(api: httpx.AsyncClient, bare: Bare) -> None:
    path = f"/api/v1/namespaces/{NS}/pods/d-0/log"
    started = {"running": {"startedAt": "2026-09-01T08:00:00Z"}}

    def run(obj: dict[str, Any]) -> None:
        obj["status"]["containerStatuses"] = [{"name": "vllm", "state": started}]

    waiting = await api.get(path)
    assert waiting.status_code == 400
    assert "is waiting to start: ContainerCreating" in waiting.json()["message"]
    bare.store.patch("Pod", NS, "d-0", run)
    for second in range(5):
        bare.timeline.run_until(bare.timeline.start + second)
        bare.logbook.append(NS, "d-0", "vllm", f"line {second}")
    assert (await api.get(path)).text == "".join(f"line {n}\n" for n in range(5))
    tail = await api.get(path, params={"tailLines": 2, "timestamps": "true"})
    assert tail.text.startswith("2026-09-01T08:00:03.000000000Z line 3\n")
    since = await api.get(path, params={"sinceTime": "2026-09-01T08:00:04Z"})
    assert since.text == "line 4\n"
    none = await api.get(path, params={"previous": "true"})
    assert none.status_code == 400
    assert none.json()["message"] == ('previous terminated container "vllm" in pod "d-0" not found')
    wrong = await api.get(path, params={"container": "nope"})
    assert wrong.json()["message"] == "container nope is not valid for pod d-0"


# --- writes -------------------------------------------------------------------------------------

JOBS = f"/apis/batch/v1/namespaces/{NS}/jobs"


def job(**spec: Any) -> dict[str, Any]:
    pod = {"containers": [{"name": "load", "image": "load"}], "restartPolicy": "Never"}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "sharegpt-load"},
            "spec": {"template": {"spec": pod | spec}}}  # fmt: skip


async def test_a_job_is_tried_created_refused_and_deleted(api: httpx.AsyncClient) -> None:
    dry = await api.post(JOBS, params={"dryRun": "All"}, json=job())
    assert dry.status_code == 201
    assert "resourceVersion" not in dry.json()["metadata"]
    assert (await api.get(JOBS)).json()["items"] == []
    made = await api.post(JOBS, json=job())
    assert made.status_code == 201
    again = await api.post(JOBS, json=job())
    status, body = real("job-create-conflict")
    assert (again.status_code, again.json()) == (status, body)
    bad = await api.post(JOBS, json=job(restartPolicy="Always", containers=[]))
    assert bad.status_code == 422
    _, body = real("job-create-invalid")
    assert keys(bad.json(), 2) == keys(body, 2)
    gone = await api.delete(f"{JOBS}/sharegpt-load")
    _, body = real("job-delete")
    assert keys(gone.json()) == keys(body)


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        ("application/merge-patch+json", {"spec": {"replicas": 4}}),
        ("application/strategic-merge-patch+json", {"spec": {"replicas": 4}}),
        ("application/json-patch+json",
         [{"op": "replace", "path": "/spec/replicas", "value": 4}]),
    ],
)  # fmt: skip
async def test_every_kind_of_patch_is_understood(
    api: httpx.AsyncClient, bare: Bare, kind: str, patch: Any
) -> None:
    path = f"/apis/apps/v1/namespaces/{NS}/deployments/d"
    got = await api.patch(path, content=json.dumps(patch), headers={"Content-Type": kind})
    assert got.json()["spec"]["replicas"] == 4
    assert (await api.get(f"{path}/scale")).json()["spec"]["replicas"] == 4


async def test_an_update_of_an_old_version_is_a_conflict(api: httpx.AsyncClient) -> None:
    path = f"/apis/apps/v1/namespaces/{NS}/deployments/d"
    old = (await api.get(path)).json()
    await api.put(path, json=old | {"spec": old["spec"] | {"replicas": 3}})
    got = await api.put(path, json=old)
    assert got.status_code == 409
    assert "the object has been modified" in got.json()["message"]


@pytest.mark.parametrize(("verb", "allowed"), [("get", True), ("delete", False)])
async def test_rights_can_be_asked_for(api: httpx.AsyncClient, verb: str, allowed: bool) -> None:
    api.served.context.access.deny("delete", "pods")  # type: ignore[attr-defined]
    review = {"spec": {"resourceAttributes": {"namespace": NS, "verb": verb, "resource": "pods"}}}
    got = await api.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", json=review)
    status, body = real("ssar-allowed")
    assert got.status_code == status
    assert got.json()["status"] == {"allowed": allowed}
    assert keys(got.json(), 1) == keys(body, 1)
