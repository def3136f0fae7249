"""Create, update, patch, scale and delete."""

import json
from typing import Any

import httpx
import pytest

from tests.sim.small import NS, Asked, asked, told

DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NS}/deployments"
ONE = f"{DEPLOYMENTS}/model"
MAPS = f"/api/v1/namespaces/{NS}/configmaps"


async def patch(here: Asked, path: str, kind: str, body: Any, **params: str) -> httpx.Response:
    """PATCH with the media type `kind`."""
    headers = {"Content-Type": f"application/{kind}"}
    raw = json.dumps(body)
    return await here.http.patch(path, params=params, headers=headers, content=raw)


async def test_the_scale_of_a_deployment_is_read_and_set() -> None:
    async with asked() as here:
        here.cluster.deployment("model", 2)
        scale = await here.json(f"{ONE}/scale")
        assert (scale["kind"], scale["apiVersion"]) == ("Scale", "autoscaling/v1")
        assert scale["spec"] == {"replicas": 2}
        assert scale["status"] == {"replicas": 2, "selector": "app=model"}
        answer = await patch(here, f"{ONE}/scale", "merge-patch+json", {"spec": {"replicas": 5}})
        assert answer.json()["spec"] == {"replicas": 5}
        stored = await here.json(ONE)
        assert stored["spec"]["replicas"] == 5
        assert stored["metadata"]["generation"] == 2
        scale["spec"]["replicas"] = 0
        await here.http.put(f"{ONE}/scale", json=scale)
        assert (await here.json(ONE))["spec"]["replicas"] == 0


async def test_a_scale_below_nothing_is_refused() -> None:
    async with asked() as here:
        here.cluster.deployment("model")
        answer = await patch(here, f"{ONE}/scale", "merge-patch+json", {"spec": {"replicas": -1}})
        code, reason, message = told(answer)
        assert (code, reason) == (422, "Invalid")
        assert "must be greater than or equal to 0" in message


async def test_a_group_of_leaders_and_workers_scales_too() -> None:
    async with asked() as here:
        root = f"/apis/leaderworkerset.x-k8s.io/v1/namespaces/{NS}/leaderworkersets"
        made = await here.http.post(
            root, json={"metadata": {"name": "big"}, "spec": {"replicas": 1}}
        )
        assert made.status_code == 201
        await patch(here, f"{root}/big/scale", "merge-patch+json", {"spec": {"replicas": 3}})
        assert (await here.json(f"{root}/big"))["spec"]["replicas"] == 3


async def test_a_merge_patch_replaces_lists_and_a_strategic_one_merges_them() -> None:
    async with asked() as here:
        here.cluster.deployment("model")
        more = {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "s:1"}]}}}}

        def names(answer: httpx.Response) -> list[str]:
            assert answer.status_code == 200, answer.text
            return [c["name"] for c in answer.json()["spec"]["template"]["spec"]["containers"]]

        assert names(await patch(here, ONE, "strategic-merge-patch+json", more)) == ["vllm", "side"]
        assert names(await patch(here, ONE, "merge-patch+json", more)) == ["side"]
        gone = await patch(here, ONE, "merge-patch+json", {"metadata": {"labels": None}})
        assert "labels" not in gone.json()["metadata"]


async def test_a_json_patch_does_its_steps_or_nothing() -> None:
    async with asked() as here:
        here.cluster.deployment("model")
        steps = [
            {"op": "test", "path": "/spec/replicas", "value": 1},
            {"op": "replace", "path": "/spec/replicas", "value": 4},
            {"op": "add", "path": "/metadata/labels", "value": {"a~b/c": "1"}},
            {"op": "add", "path": "/metadata/labels/x~0y~1z", "value": "2"},
        ]
        answer = await patch(here, ONE, "json-patch+json", steps)
        assert answer.json()["spec"]["replicas"] == 4
        assert answer.json()["metadata"]["labels"] == {"a~b/c": "1", "x~y/z": "2"}
        again = await patch(here, ONE, "json-patch+json", steps)
        assert again.status_code == 422
        assert (await here.json(ONE))["spec"]["replicas"] == 4


@pytest.mark.parametrize(("kind", "code"), [("yaml", 415), ("merge-patch+json", 400)])
async def test_a_patch_that_cannot_be_read_is_refused(kind: str, code: int) -> None:
    async with asked() as here:
        here.cluster.deployment("model")
        answer = await here.http.patch(
            ONE,
            headers={"Content-Type": f"application/{kind}"},
            content="[1]" if code == 415 else "{",
        )
        assert told(answer)[0] == code


async def test_somebody_who_comes_too_late_is_told_of_the_conflict() -> None:
    async with asked() as here:
        here.cluster.deployment("model")
        mine = await here.json(ONE)
        here.cluster.deployment("model", 3)
        mine["spec"]["replicas"] = 9
        for answer in (
            await here.http.put(ONE, json=mine),
            await patch(here, ONE, "merge-patch+json", mine),
        ):
            code, reason, message = told(answer)
            assert (code, reason) == (409, "Conflict")
            assert 'deployments.apps "model": the object has been modified' in message
        assert (await here.json(ONE))["spec"]["replicas"] == 3


async def test_who_writes_the_spec_leaves_the_status_and_the_other_way_round() -> None:
    async with asked() as here:
        here.cluster.deployment("model", 2)
        await patch(here, ONE, "merge-patch+json", {"spec": {"replicas": 3}, "status": {"x": 1}})
        body = {"spec": {"replicas": 7}, "status": {"replicas": 3}}
        await patch(here, f"{ONE}/status", "merge-patch+json", body)
        stored = await here.json(ONE)
        assert stored["spec"]["replicas"] == 3
        assert stored["status"] == {"replicas": 3, "readyReplicas": 2}


async def test_what_is_created_can_be_read_once_and_is_not_created_again() -> None:
    async with asked() as here:
        body = {"metadata": {"name": "settings"}, "data": {"a": "b"}}
        made = await here.http.post(MAPS, json=body)
        assert made.status_code == 201
        assert (await here.json(f"{MAPS}/settings"))["data"] == {"a": "b"}
        assert told(await here.http.post(MAPS, json=body)) == (
            409,
            "AlreadyExists",
            'configmaps "settings" already exists',
        )


async def test_a_name_is_made_up_where_only_its_beginning_is_given() -> None:
    async with asked() as here:
        for _ in range(2):
            await here.http.post(MAPS, json={"metadata": {"generateName": "run-"}})
        first, second = await here.names(MAPS)
        assert first != second
        assert all(name.startswith("run-") and len(name) == 9 for name in (first, second))


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({"metadata": {}}, 422, "name or generateName is required"),
        ({"metadata": {"name": "UPPER"}}, 422, "a lowercase RFC 1123 subdomain"),
        ({"metadata": {"name": "a", "namespace": "other"}}, 400, "does not match the namespace"),
        ([], 400, "no object"),
    ],
)
async def test_what_cannot_be_created_is_refused(body: Any, code: int, said: str) -> None:
    async with asked() as here:
        refused = told(await here.http.post(MAPS, json=body))
        assert refused[0] == code
        assert said in refused[2]
        assert await here.names(MAPS) == []


async def test_a_dry_run_changes_nothing() -> None:
    async with asked() as here:
        here.cluster.deployment("model")
        before = here.cluster.store.resource_version
        dry = {"dryRun": "All"}
        answer = await patch(
            here, f"{ONE}/scale", "merge-patch+json", {"spec": {"replicas": 5}}, **dry
        )
        assert answer.json()["spec"]["replicas"] == 5
        await patch(here, ONE, "merge-patch+json", {"spec": {"replicas": 6}}, **dry)
        await here.http.post(MAPS, params=dry, json={"metadata": {"name": "x"}})
        await here.http.delete(ONE, params=dry)
        assert here.cluster.store.resource_version == before
        assert (await here.json(ONE))["spec"]["replicas"] == 1


async def test_what_is_deleted_is_gone() -> None:
    async with asked() as here:
        here.cluster.deployment("model")
        assert (await here.http.delete(ONE)).json()["status"] == "Success"
        assert await here.refused(ONE) == (
            404,
            "NotFound",
            'deployments.apps "model" not found',
        )
        assert told(await here.http.delete(ONE))[0] == 404


async def test_applying_what_is_not_there_creates_it() -> None:
    async with asked() as here:
        body = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}}
        answer = await patch(here, f"{MAPS}/new", "apply-patch+yaml", body)
        assert answer.json()["data"] == {"a": "b"}
        assert await here.names(MAPS) == ["new"]
