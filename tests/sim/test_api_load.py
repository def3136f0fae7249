"""Load jobs over HTTP, with the requests of kubectl and the launcher."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.cluster import Served, served
from tests.fixtures import shared
from tests.sim.loads import NS, job
from tests.sim.small import PLAIN
from wvatui.sim.api.context import AccessRules

FIRST = "llm-d-inference-scheduler"


def jobs(namespace: str = NS) -> str:
    return f"/apis/batch/v1/namespaces/{namespace}/jobs"


@asynccontextmanager
async def api(
    folder: Path, access: AccessRules | None = None
) -> AsyncIterator[tuple[Served, httpx.AsyncClient]]:
    async with (
        served(folder, access=access) as here,
        httpx.AsyncClient(base_url=here.server.url, verify=PLAIN, timeout=120.0) as http,
    ):
        yield here, http


async def pass_time(here: Served, seconds: float) -> None:
    await here.server.clockwork.run_to(here.cluster.timeline.now + seconds)


async def test_every_workload_is_applied_as_kubectl_does_it(tmp_path: Path) -> None:
    manifests = sorted(shared("workloads").glob("*.yaml"))
    async with api(tmp_path) as (here, http):
        for path in manifests:
            obj = yaml.safe_load(path.read_text())
            query = {"fieldManager": "kubectl-client-side-apply", "fieldValidation": "Strict"}
            dry = await http.post(jobs(FIRST), params=query | {"dryRun": "All"}, json=obj)
            assert dry.status_code == 201, dry.text
            made = await http.post(jobs(FIRST), params=query, json=obj)
            assert made.status_code == 201, made.text
            again = await http.post(jobs(FIRST), params=query, json=obj)
            assert again.json()["reason"] == "AlreadyExists"
        listed = (await http.get(jobs(FIRST))).json()["items"]
        assert len(listed) == len(manifests) == 19
        await pass_time(here, 60)
        running = [
            one
            for one in (await http.get(jobs(FIRST))).json()["items"]
            if one["status"].get("ready")
        ]
        assert len(running) == 19


async def test_a_server_side_apply_of_the_same_manifest_changes_nothing(tmp_path: Path) -> None:
    async with api(tmp_path) as (_, http):
        obj = job(
            script="sleep 60",
            pod={
                "initContainers": [{"name": "get", "image": "busybox:1", "command": ["true"]}],
                "volumes": [{"name": "d", "emptyDir": {}}],
            },
        )
        headers = {"Content-Type": "application/apply-patch+yaml"}
        url = f"{jobs()}/load?fieldManager=kubectl&force=true"
        first = await http.patch(url, json=obj, headers=headers)
        assert first.status_code == 201
        second = await http.patch(url, json=obj, headers=headers)
        assert second.status_code == 200
        assert second.json()["metadata"]["generation"] == 1
        assert second.json()["spec"]["template"] == first.json()["spec"]["template"]


async def test_a_jobs_template_is_immutable(tmp_path: Path) -> None:
    async with api(tmp_path) as (_, http):
        await http.post(jobs(), json=job(script="sleep 60"))
        patch = {"spec": {"template": {"spec": {"containers": [{"name": "load", "image": "b"}]}}}}
        headers = {"Content-Type": "application/strategic-merge-patch+json"}
        answer = await http.patch(f"{jobs()}/load", json=patch, headers=headers)
        assert answer.status_code == 422
        (cause,) = answer.json()["details"]["causes"]
        assert (cause["field"], cause["reason"]) == ("spec.template", "FieldValueInvalid")
        assert cause["message"].endswith("field is immutable")


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (
            {"backoffLimit": -1},
            422,
            "spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0",
        ),
        ({"backofLimit": 1}, 400, 'strict decoding error: unknown field "spec.backofLimit"'),
    ],
)
async def test_what_cannot_be_is_refused_in_the_servers_words(
    tmp_path: Path, change: dict[str, Any], code: int, said: str
) -> None:
    async with api(tmp_path) as (_, http):
        obj = job(script="true")
        obj["spec"] |= change
        answer = await http.post(jobs(), params={"fieldValidation": "Strict"}, json=obj)
        assert answer.status_code == code
        assert said in answer.json()["message"]
        assert (await http.get(jobs())).json()["items"] == []


async def test_a_namespace_that_is_not_there_takes_nothing(tmp_path: Path) -> None:
    async with api(tmp_path) as (_, http):
        obj = job(script="true")
        obj["metadata"]["namespace"] = "nowhere"
        answer = await http.post(jobs("nowhere"), json=obj)
        assert (answer.status_code, answer.json()["message"]) == (
            404,
            'namespaces "nowhere" not found',
        )


async def test_without_the_right_nothing_is_made_and_the_right_is_named(tmp_path: Path) -> None:
    access = AccessRules()
    access.deny("create", "jobs")
    async with api(tmp_path, access) as (_, http):
        answer = await http.post(jobs(), params={"dryRun": "All"}, json=job(script="true"))
        assert answer.status_code == 403
        assert 'cannot create resource "jobs" in API group "batch"' in answer.json()["message"]


async def test_a_generated_name_is_cut_so_that_it_stays_a_name(tmp_path: Path) -> None:
    async with api(tmp_path) as (_, http):
        obj = job(script="true")
        del obj["metadata"]["name"]
        obj["metadata"]["generateName"] = "x" * 80 + "-"
        made = (await http.post(jobs(), json=obj)).json()["metadata"]["name"]
        assert (len(made), made[:58]) == (63, "x" * 58)


@pytest.mark.parametrize("policy", ["Background", "Foreground", "Orphan"])
async def test_deletion_propagates_as_it_was_asked(tmp_path: Path, policy: str) -> None:
    async with api(tmp_path) as (here, http):
        await http.post(jobs(), json=job(script="sleep 600"))
        await pass_time(here, 20)
        pods = f"/api/v1/namespaces/{NS}/pods?labelSelector=job-name%3Dload"
        assert len((await http.get(pods)).json()["items"]) == 1
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": policy}
        answer = await http.request("DELETE", f"{jobs()}/load", json=body)
        assert answer.status_code == 200
        present = (await http.get(f"{jobs()}/load")).status_code
        (pod,) = (await http.get(pods)).json()["items"]
        if policy == "Foreground":
            assert present == 200
            assert answer.json()["metadata"]["finalizers"] == ["foregroundDeletion"]
        else:
            assert present == 404
            assert answer.json()["status"] == "Success"
        assert ("deletionTimestamp" in pod["metadata"]) is (policy != "Orphan")
        await pass_time(here, 5)
        assert (await http.get(f"{jobs()}/load")).status_code == 404
        left = (await http.get(pods)).json()["items"]
        assert len(left) == (policy == "Orphan")
        if left:
            assert "ownerReferences" not in left[0]["metadata"]


async def test_a_deletion_that_means_another_object_is_a_conflict(tmp_path: Path) -> None:
    async with api(tmp_path) as (_, http):
        await http.post(jobs(), json=job(script="sleep 600"))
        body = {"preconditions": {"uid": "00000000-0000-4000-8000-000000000000"}}
        answer = await http.request("DELETE", f"{jobs()}/load", json=body)
        assert (answer.status_code, answer.json()["reason"]) == (409, "Conflict")
        assert (await http.get(f"{jobs()}/load")).status_code == 200


async def test_many_are_deleted_by_their_labels(tmp_path: Path) -> None:
    async with api(tmp_path) as (here, http):
        for number, mine in enumerate(("yes", "yes", "no")):
            obj = job(f"load-{number}", script="sleep 600")
            obj["metadata"]["labels"] = {"mine": mine}
            await http.post(jobs(), json=obj)
        answer = await http.delete(jobs(), params={"labelSelector": "mine=yes"})
        assert len(answer.json()["items"]) == 2
        await pass_time(here, 5)
        left = (await http.get(jobs())).json()["items"]
        assert [one["metadata"]["name"] for one in left] == ["load-2"]


async def test_gateway_and_services_tell_their_models_through_the_proxy(tmp_path: Path) -> None:
    async with api(tmp_path) as (_, http):
        for service in (
            "infra-sim-inference-gateway-istio:80",
            "llama-8b-h100:80",
            "http:infra-sim-inference-gateway-istio:80",
        ):
            url = f"/api/v1/namespaces/{NS}/services/{service}/proxy/v1/models"
            answer = await http.get(url)
            (model,) = answer.json()["data"]
            assert model["id"] == "meta-llama/Llama-3.1-8B-Instruct"
        (gateway,) = (
            await http.get(f"/apis/gateway.networking.k8s.io/v1/namespaces/{NS}/gateways")
        ).json()["items"]
        assert gateway["metadata"]["name"] == "infra-sim-inference-gateway"


async def test_init_containers_have_logs_and_the_only_other_one_is_meant_without_a_name(
    tmp_path: Path,
) -> None:
    async with api(tmp_path) as (here, http):
        obj = job(
            script="echo main; sleep 60",
            pod={
                "initContainers": [
                    {"name": "get", "image": "busybox:1", "command": ["echo", "first"]}
                ]
            },
        )
        await http.post(jobs(), json=obj)
        await pass_time(here, 40)
        pods = (await http.get(f"/api/v1/namespaces/{NS}/pods?labelSelector=job-name=load")).json()
        log = f"/api/v1/namespaces/{NS}/pods/{pods['items'][0]['metadata']['name']}/log"
        assert (await http.get(log, params={"container": "get"})).text == "first\n"
        assert (await http.get(log, params={"container": "load"})).text == "main\n"
        assert (await http.get(log)).text == "main\n"
