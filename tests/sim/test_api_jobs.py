"""Jobs over the API: their status, and reasons for refusing them."""

from typing import Any

import pytest

from tests.sim.small import NS, asked, told

JOBS = f"/apis/batch/v1/namespaces/{NS}/jobs"


def job(name: str = "load", **pod: Any) -> dict[str, Any]:
    """A Job whose pod has one container."""
    spec = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b:1"}]} | pod
    return {
        "metadata": {"name": name, "labels": {"mine": "1"}},
        "spec": {"template": {"spec": spec}, "backoffLimit": 2},
    }


async def test_a_job_gets_defaults_and_labels_that_tie_its_pods_to_it() -> None:
    async with asked() as here:
        answer = await here.http.post(JOBS, json=job())
        assert answer.status_code == 201
        made = answer.json()
        uid = made["metadata"]["uid"]
        tied = {
            "batch.kubernetes.io/controller-uid": uid,
            "batch.kubernetes.io/job-name": "load",
            "controller-uid": uid,
            "job-name": "load",
        }
        assert made["metadata"]["labels"] == {"mine": "1", **tied}
        assert made["metadata"]["generation"] == 1
        spec = made["spec"]
        assert spec["template"]["metadata"]["labels"] == tied
        assert spec["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
        assert (spec["backoffLimit"], spec["completions"], spec["parallelism"]) == (2, 1, 1)
        (container,) = spec["template"]["spec"]["containers"]
        assert container["imagePullPolicy"] == "IfNotPresent"
        assert await here.json(f"{JOBS}/load") == made


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("a", "Always"),
        ("a:latest", "Always"),
        ("host:5000/a", "Always"),
        ("a:1", "IfNotPresent"),
        ("a@sha256:0", "IfNotPresent"),
    ],
)
async def test_an_image_without_a_version_is_pulled_always(image: str, policy: str) -> None:
    async with asked() as here:
        body = job(containers=[{"name": "a", "image": image}])
        made = (await here.http.post(JOBS, params={"dryRun": "All"}, json=body)).json()
        assert made["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] == policy


async def test_a_dry_run_foresees_what_is_stored() -> None:
    async with asked() as here:
        dry = (await here.http.post(JOBS, params={"dryRun": "All"}, json=job())).json()
        assert await here.names(JOBS) == []
        stored = (await here.http.post(JOBS, json=job())).json()
        del stored["metadata"]["resourceVersion"]
        assert dry == stored


async def test_a_job_that_is_there_is_not_created_again_and_a_deleted_one_can_be() -> None:
    async with asked() as here:
        uid = (await here.http.post(JOBS, json=job())).json()["metadata"]["uid"]
        assert told(await here.http.post(JOBS, json=job())) == (
            409,
            "AlreadyExists",
            'jobs.batch "load" already exists',
        )
        gone = (await here.http.delete(f"{JOBS}/load")).json()
        assert gone["details"] == {"name": "load", "group": "batch", "kind": "jobs", "uid": uid}
        again = (await here.http.post(JOBS, json=job())).json()
        assert again["metadata"]["uid"] != uid


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (job("Bad_Name"), ["metadata.name"]),
        (job("x" * 254), ["metadata.name"]),
        (job(containers=[]), ["spec.template.spec.containers"]),
        (job(containers=[{"name": "a"}]), ["spec.template.spec.containers[0].image"]),
        (job(restartPolicy="Always"), ["spec.template.spec.restartPolicy"]),
        (
            {"metadata": {"name": "UP"}},
            ["metadata.name", "spec.template.spec.containers", "spec.template.spec.restartPolicy"],
        ),
    ],
)
async def test_a_job_that_cannot_be_is_refused_with_every_cause(
    body: dict[str, Any], fields: list[str]
) -> None:
    async with asked() as here:
        answer = await here.http.post(JOBS, json=body)
        code, reason, message = told(answer)
        assert (code, reason) == (422, "Invalid")
        details = answer.json()["details"]
        assert [cause["field"] for cause in details["causes"]] == fields
        assert message.startswith(f'Job.batch "{body["metadata"]["name"]}" is invalid: ')
        for cause in details["causes"]:
            assert f"{cause['field']}: {cause['message']}" in message
        assert await here.names(JOBS) == []
