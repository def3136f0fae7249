"""The simulated API server gives the recorded answers of a real 1.36 API server."""

import json
import re
from typing import Any

import httpx
import pytest

from tests.fixtures import shared
from tests.sim.small import Asked, asked, reading
from wvatui.sim.api.context import AccessRules

NS = "llm-d-sim"
CORE = f"/api/v1/namespaces/{NS}"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
HEADERS = ("cache-control", "content-type", "x-content-type-options")
# The creator, time and version of an object differ from server to server.
VOLATILE = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation")


class Real:
    """A recorded answer."""

    def __init__(self, name: str) -> None:
        text = shared(f"kube-api/{name}.http").read_text(encoding="utf-8")
        head, _, self.body = text.partition("\n\n")
        first, *lines = head.splitlines()
        self.status = int(first.split()[1])
        self.headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def agrees(answer: httpx.Response, real: Real) -> None:
    """Assert the same status, relevant headers, and body, including the order of keys."""
    assert answer.status_code == real.status
    for name in HEADERS:
        assert answer.headers.get(name) == real.headers.get(name), name
    assert settled(answer.json()) == settled(real.json)


def settled(value: Any) -> str:
    """`value` as text in its own order, without what must differ."""
    text = json.dumps(_settled(value), indent=1)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "UID", text)


def _settled(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _settled(v) for k, v in value.items() if k not in VOLATILE}
    if isinstance(value, list):
        return [_settled(one) for one in value]
    return value


def stored(here: Asked, real: Real) -> None:
    """Put the objects of a recorded list into the simulated cluster."""
    body = real.json
    kind, version = body["kind"].removesuffix("List"), body["apiVersion"]
    for item in body["items"]:
        here.cluster.store.apply({"apiVersion": version, "kind": kind, **item})


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("list-pods", f"{CORE}/pods"),
        ("list-deployments", f"/apis/apps/v1/namespaces/{NS}/deployments"),
        ("list-hpa", f"/apis/autoscaling/v2/namespaces/{NS}/horizontalpodautoscalers"),
        ("list-variantautoscalings", f"/apis/llmd.ai/v1alpha1/namespaces/{NS}/variantautoscalings"),
        ("list-events", f"{CORE}/events"),
    ],
)
async def test_a_list_has_the_shape_of_the_real_one(name: str, path: str) -> None:
    real = Real(name)
    async with asked() as here:
        stored(here, real)
        agrees(await here.http.get(path), real)


async def test_a_page_of_a_list_has_a_token_and_a_count() -> None:
    real, whole = Real("list-pods-limit1"), Real("list-pods")
    async with asked() as here:
        stored(here, whole)
        answer = await here.http.get(f"{CORE}/pods", params={"limit": "1"})
        metadata = answer.json()["metadata"]
        assert list(metadata) == list(real.json["metadata"])
        assert metadata["remainingItemCount"] == real.json["metadata"]["remainingItemCount"]
        assert settled(answer.json()["items"]) == settled(real.json["items"])
        rest = await here.json(f"{CORE}/pods", limit="1", **{"continue": metadata["continue"]})
        assert settled(rest["items"]) == settled(whole.json["items"][1:])


async def test_a_watch_through_a_scale_up_and_down_reads_like_the_real_one() -> None:
    events = [json.loads(line) for line in Real("watch-pods-scale-up-down").body.splitlines()]
    async with asked() as here:
        driver = await here.driver()
        for event in events:
            # What was there before the watch began changes in it without having been added.
            known = [e["object"]["metadata"].get("name") for e in events if e["type"] == "ADDED"]
            if event["type"] == "MODIFIED" and event["object"]["metadata"]["name"] not in known:
                here.cluster.store.apply({**event["object"], "status": {}})
        version = here.cluster.store.resource_version
        async with reading(
            here,
            f"{CORE}/pods",
            watch="true",
            allowWatchBookmarks="true",
            resourceVersion=str(version),
        ) as watch:
            now = here.cluster.timeline.now
            for event in events:
                thing = event["object"]
                if event["type"] in ("ADDED", "MODIFIED"):
                    here.cluster.store.apply(thing)
                elif event["type"] == "DELETED":
                    name = thing["metadata"]["name"]
                    # The real object has the last status of the kubelet.
                    here.cluster.store._objects["Pod"][NS, name] = {
                        **thing,
                        "metadata": {**thing["metadata"]},
                    }
                    here.cluster.store.delete("Pod", NS, name)
                else:
                    now += 61
                    await here.advance(driver, now)
                verb, got = await watch.event()
                assert verb == event["type"]
                assert settled(got) == settled(thing)
                assert ("resourceVersion" in got["metadata"]) is True


async def test_a_watch_that_comes_too_late_is_told_so_inside_a_good_answer() -> None:
    real = Real("watch-expired-410")
    async with asked() as here:
        here.cluster.pod("a", namespace=NS)
        here.cluster.pod("b", namespace=NS)
        here.cluster.store.forget_history()
        answer = await here.http.get(f"{CORE}/pods", params={"watch": "1", "resourceVersion": "1"})
        assert answer.status_code == real.status
        assert answer.headers["content-type"] == real.headers["content-type"]
        ours, theirs = answer.json(), real.json
        for body in (ours, theirs):
            said = body["object"]["message"]
            body["object"]["message"] = re.sub(r"\(\d+\)", "(N)", said)
        assert json.dumps(ours) == json.dumps(theirs)


async def test_a_container_log_has_the_kubelets_stamps() -> None:
    real = Real("pod-log-timestamps")
    async with asked() as here:
        here.cluster.pod("a", namespace=NS)
        here.cluster.logbook.append(NS, "a", "vllm", "container of a started")
        answer = await here.http.get(f"{CORE}/pods/a/log", params={"timestamps": "true"})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain")
        form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z .*\n")
        assert form.fullmatch(answer.text)
        assert form.fullmatch(real.body)
        assert answer.headers["content-type"] == real.headers["content-type"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("pod-log-no-such-pod", f"{CORE}/pods/nope/log"),
        ("proxy-no-such-pod", f"{CORE}/pods/nope:8000/proxy/metrics"),
        ("proxy-refused", f"{CORE}/pods/a:9999/proxy/metrics"),
    ],
)
async def test_what_is_not_there_is_said_in_the_same_words(name: str, path: str) -> None:
    async with asked() as here:
        here.cluster.pod("a", namespace=NS, ip="10.128.0.10")
        agrees(await here.http.get(path), Real(name))


async def test_a_group_that_is_not_installed_has_no_status_at_all() -> None:
    real = Real("list-unknown-crd")
    async with asked() as here:
        here.server.context.catalogue.crds.clear()
        answer = await here.http.get(f"/apis/keda.sh/v1alpha1/namespaces/{NS}/scaledobjects")
        assert (answer.status_code, answer.text) == (real.status, real.body)
        for name in HEADERS:
            assert answer.headers.get(name) == real.headers.get(name)


async def test_a_page_through_the_proxy_is_the_pods_own() -> None:
    real = Real("proxy-metrics")
    async with asked() as here:
        here.cluster.pod("a", namespace=NS)
        page = (200, real.headers["content-type"], real.body.encode())
        here.cluster.pages.listen(NS, "a", 8000, lambda path: page)
        answer = await here.http.get(f"{CORE}/pods/a:8000/proxy/metrics")
        assert answer.text == real.body
        assert answer.headers["content-type"] == real.headers["content-type"]


async def test_whoever_may_not_is_told_what_is_missing() -> None:
    access = AccessRules(anonymous="viewer")
    access.deny("list", "pods")
    async with asked(access=access) as here:
        agrees(await here.http.get(f"{CORE}/pods"), Real("forbidden"))


async def test_whoever_is_nobody_is_told_nothing() -> None:
    async with asked(access=AccessRules(anonymous=None)) as here:
        agrees(await here.http.get(f"{CORE}/pods"), Real("unauthorized"))


@pytest.mark.parametrize("name", ["ssar-allowed", "ssar-denied"])
async def test_a_review_says_what_one_may_do(name: str) -> None:
    real = Real(name)
    access = AccessRules(anonymous="viewer")
    if not real.json["status"]["allowed"]:
        access.deny("get", "pods/proxy")
    async with asked(access=access) as here:
        spec = real.json["spec"]
        agrees(await here.http.post(REVIEWS, json={"spec": spec}), real)


async def test_the_version_has_every_field_of_the_real_one() -> None:
    real = Real("version")
    async with asked() as here:
        answer = await here.http.get("/version")
        assert list(answer.json()) == list(real.json)
        assert (answer.json()["major"], answer.json()["minor"]) == ("1", "36")


def job(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec}


WANTED = {
    "backoffLimit": 0,
    "template": {
        "spec": {
            "containers": [
                {
                    "name": "guidellm",
                    "image": "ghcr.io/vllm-project/guidellm:latest",
                    "args": ["benchmark", "--target=http://gw"],
                }
            ],
            "restartPolicy": "Never",
        }
    },
}
JOBS = f"/apis/batch/v1/namespaces/{NS}/jobs"


def unordered(value: Any) -> Any:
    return json.loads(settled(value))


async def test_a_job_is_created_completed_with_defaults_refused_twice_and_deleted() -> None:
    async with asked() as here:
        real = Real("job-create")
        made = await here.http.post(JOBS, json=job("sharegpt-load", WANTED))
        assert (made.status_code, unordered(made.json())) == (real.status, unordered(real.json))
        assert made.json()["metadata"]["generation"] == 1
        again = await here.http.post(JOBS, json=job("sharegpt-load", WANTED))
        agrees(again, Real("job-create-conflict"))
        gone = await here.http.delete(f"{JOBS}/sharegpt-load")
        agrees(gone, Real("job-delete"))
        assert await here.names(JOBS) == []


async def test_a_dry_run_answers_the_same_and_stores_nothing() -> None:
    real = Real("job-create-dryrun")
    async with asked() as here:
        answer = await here.http.post(
            JOBS, params={"dryRun": "All"}, json=job("sharegpt-load-2", WANTED)
        )
        assert answer.status_code == real.status
        assert unordered(answer.json()) == unordered(real.json)
        assert set(answer.json()["metadata"]) == set(real.json["metadata"]) - {"managedFields"}
        assert await here.names(JOBS) == []
        assert here.cluster.store.resource_version == 0


async def test_a_job_that_cannot_be_is_refused_with_every_cause() -> None:
    async with asked() as here:
        answer = await here.http.post(JOBS, json=job("Bad_Name", {"template": {"spec": {}}}))
        agrees(answer, Real("job-create-invalid"))


async def test_a_finished_job_is_given_back_as_it_is() -> None:
    real = Real("job-complete")
    async with asked() as here:
        here.cluster.store.apply(real.json)
        agrees(await here.http.get(f"{JOBS}/sharegpt-load"), real)
