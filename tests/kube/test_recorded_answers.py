"""Answers of a real Kubernetes 1.36 API server, read by the real client and readers.

A test fails if any recorded answer is not used here.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import shared
from tests.kube.recorded import Recorded, recorded
from wvatui.core import events as ev
from wvatui.core.metrics.scrape import BoundsBook, read_page
from wvatui.errors import DeniedError
from wvatui.kube import paths
from wvatui.kube.client import ApiError, Client
from wvatui.kube.rights import allowed
from wvatui.kube.watching import Listed, ObjectChanged, WatchTrouble, watch
from wvatui.sources.log.container import look
from wvatui.sources.objects import decoder_of
from wvatui.sources.pods.endpoints import PageEndpoint
from wvatui.sources.pods.page_fetch import ProxyFetch

NS = "llm-d-sim"
PODS = paths.POD.path(NS)
NOW = 1_795_000_000.0
JOBS = f"/apis/batch/v1/namespaces/{NS}/jobs"
POD = "ms-sim-llm-d-modelservice-decode-889759dd8-68ggd"


def answer(name: str) -> Path:
    return shared(f"kube-api/{name}.http")


async def objects(kind: paths.Kind, name: str) -> list[Any]:
    """The objects of a recorded list as events."""
    async with recorded() as (book, client):
        book.give(kind.path(NS), answer(name))
        got = await client.get_json(kind.path(NS))
        return [decoder_of(kind).decode(item, NOW) for item in got["items"]]


async def test_the_version_is_an_object() -> None:
    async with recorded() as (book, client):
        book.give("/version", answer("version"))
        got = await client.get_json("/version")
        assert got["minor"] == "36"


async def test_pods_are_read_with_their_roles_ports_and_times() -> None:
    first, second = await objects(paths.POD, "list-pods")
    assert {first.role, second.role} == {"model"}
    assert first.phase == "Running"
    assert first.ready
    assert first.reason == ""
    assert first.ports == (8000,)
    assert first.ip == "10.128.0.10"
    assert first.owner_kind == "ReplicaSet"
    assert first.created_at is not None
    assert first.ready_at is not None
    assert first.created_at <= first.scheduled_at <= first.ready_at


async def test_a_deployment_is_a_workload_with_its_counts() -> None:
    found = await objects(paths.DEPLOYMENT, "list-deployments")
    workload = next(w for w in found if w.name == "ms-sim-llm-d-modelservice-decode")
    assert (workload.spec, workload.ready, workload.replicas) == (2, 2, 2)
    assert workload.selector == {"llm-d.ai/model": "llama", "llm-d.ai/role": "decode"}
    assert workload.image == "vllm/vllm-openai"
    assert [c.type for c in workload.conditions] == ["Available", "Progressing"]


async def test_a_variant_without_a_status_wants_nothing_yet() -> None:
    (variant,) = await objects(paths.VARIANT_AUTOSCALING, "list-variantautoscalings")
    assert variant == ev.Variant(
        NOW,
        name="ms-sim-llm-d-modelservice-decode",
        namespace=NS,
        source="VariantAutoscaling",
        model="unsloth/Meta-Llama-3.1-8B",
        accelerator="H100",
        cost=10.0,
        target_kind="Deployment",
        target_name="ms-sim-llm-d-modelservice-decode",
        created_at=variant.created_at,
    )


async def test_an_hpa_whose_metric_cannot_be_read_says_unknown_and_why() -> None:
    (hpa,) = await objects(paths.AUTOSCALER, "list-hpa")
    (metric,) = hpa.metrics
    assert (metric.name, metric.type, metric.target) == (
        "wva_desired_replicas",
        "AverageValue",
        1.0,
    )
    assert metric.current is None
    active = next(c for c in hpa.conditions if c.type == "ScalingActive")
    assert (active.status, active.reason) == ("False", "FailedGetExternalMetric")
    assert (hpa.min, hpa.max, hpa.target_name) == (1, 10, "ms-sim-llm-d-modelservice-decode")


async def test_kubernetes_events_are_read() -> None:
    found = await objects(paths.EVENT, "list-events")
    assert found
    created = [e for e in found if e.reason == "SuccessfulCreate"]
    assert created[0].message.startswith("Created pod: ")
    assert created[0].component == "replicaset-controller"
    assert all(e.last_at is not None for e in found)


async def collect(book: Recorded, client: Client, count: int) -> list[Any]:
    """The first `count` results of a watch of pods."""
    seen = []
    async for news in watch(client, _Hasty(), PODS):
        seen.append(news)
        if len(seen) == count:
            break
    return seen


class _Hasty:
    """A clock on which waiting takes no time."""

    def __init__(self) -> None:
        from wvatui.clock import WallClock

        self._wall = WallClock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wall, name)

    async def sleep(self, seconds: float) -> None:
        await self._wall.sleep(0)


async def test_a_list_in_pages_is_read_to_its_end() -> None:
    async with recorded() as (book, client):
        book.give(
            PODS, answer("list-pods-limit1"), answer("list-pods"), answer("watch-expired-410")
        )
        (listed,) = await collect(book, client, 1)
        assert isinstance(listed, Listed)
        assert len(listed.items) == 3
        asked = [path for _, path, _ in book.asked]
        assert "continue=" not in asked[0]
        assert "continue=eyJ2" in asked[1]


async def test_a_watch_goes_through_a_scale_up_and_a_scale_down() -> None:
    raw = answer("watch-pods-scale-up-down").read_text().partition("\n\n")[2]
    kinds = re.findall(r'^\{"type":"(\w+)"', raw, re.MULTILINE)
    async with recorded() as (book, client):
        book.give(PODS, answer("list-pods"), answer("watch-pods-scale-up-down"))
        changes = kinds.count("ADDED") + kinds.count("MODIFIED") + kinds.count("DELETED")
        _, *seen = await collect(book, client, 1 + changes)
        assert all(isinstance(news, ObjectChanged) for news in seen)
        verbs = [news.verb for news in seen]
        assert verbs == [kind for kind in kinds if kind != "BOOKMARK"]
        pods = [decoder_of(paths.POD).decode(news.object, NOW) for news in seen]
        born = [pod for pod in pods if pod.name == pods[0].name]
        assert not born[0].ready
        assert any(pod.ready for pod in born)
        gone = [pod for pod, verb in zip(pods, verbs, strict=True) if verb == "DELETED"]
        assert gone
        assert all(pod.deleting_at is not None for pod in gone)


async def test_a_watch_resumes_from_its_bookmark_and_lists_again_after_410() -> None:
    raw = answer("watch-pods-scale-up-down").read_text()
    bookmark = re.findall(r'"type":"BOOKMARK".*?"resourceVersion":"(\d+)"', raw)[-1]
    async with recorded() as (book, client):
        book.give(
            PODS,
            answer("list-pods"),
            answer("watch-pods-scale-up-down"),
            answer("watch-expired-410"),
            answer("list-pods"),
            answer("watch-pods-scale-up-down"),
        )
        seen = []
        async for news in watch(client, _Hasty(), PODS):  # type: ignore[arg-type]
            seen.append(news)
            if sum(isinstance(n, Listed) for n in seen) == 2:
                break
        queries = [path for _, path, _ in book.asked if "watch=true" in path]
        versions = [re.search(r"resourceVersion=(\d+)", q)[1] for q in queries]  # type: ignore[index]
        assert int(versions[1]) >= int(bookmark)


async def test_a_crd_that_is_not_installed_is_absent() -> None:
    path = paths.SCALED_OBJECT.path(NS)
    async with recorded() as (book, client):
        book.give(path, answer("list-unknown-crd"))
        async for news in watch(client, _Hasty(), path):  # type: ignore[arg-type]
            assert isinstance(news, WatchTrouble)
            assert news.status == "absent"
            break


async def test_a_missing_right_and_a_missing_login_are_told_apart_in_words() -> None:
    async with recorded() as (book, client):
        book.give(PODS, answer("forbidden"))
        async for news in watch(client, _Hasty(), PODS):  # type: ignore[arg-type]
            assert isinstance(news, WatchTrouble)
            assert (news.status, news.verb, news.resource) == ("denied", "list", "pods")
            assert 'User "viewer" cannot list resource "pods"' in news.text
            break
        book.give("/version", answer("unauthorized"))
        with pytest.raises(DeniedError, match=r"does not accept the credentials .* \(401\)"):
            await client.get_json("/version")


async def test_the_page_of_a_pod_comes_through_the_proxy() -> None:
    async with recorded() as (book, client):
        book.give(f"{PODS}/{POD}:8000/proxy", answer("proxy-metrics"))
        got = await ProxyFetch(client, timeout_s=5.0)(NS, POD, "", PageEndpoint(8000))
        assert got.why == ""
        found = read_page(got.body, at=NOW, pod=POD, took_ms=1, bounds=BoundsBook())[-1]
        assert isinstance(found, ev.Scrape)
        assert (found.kv, found.waiting) == (0.42, 3)


@pytest.mark.parametrize(
    ("name", "why"), [("proxy-refused", "refused"), ("proxy-no-such-pod", "gone")]
)
async def test_a_pod_that_cannot_be_asked_says_why(name: str, why: str) -> None:
    async with recorded() as (book, client):
        book.give(PODS, answer(name))
        assert (
            await ProxyFetch(client, timeout_s=5.0)(NS, "nope", "", PageEndpoint(8000))
        ).why == why


async def test_the_log_of_a_pod_and_of_one_that_is_not_there() -> None:
    async with recorded() as (book, client):
        book.give(f"{PODS}/{POD}/log", answer("pod-log-timestamps"))
        got = await client.get_bytes(f"{PODS}/{POD}/log?timestamps=true")
        assert got.body.startswith(b"2026-11-20T23:53:04.910314000Z container of ms-sim")
        book.give(f"{PODS}/nope/log", answer("pod-log-no-such-pod"))
        with pytest.raises(ApiError, match='pods "nope" not found') as missing:
            await client.get_bytes(f"{PODS}/nope/log")
        assert missing.value.status == 404


async def test_the_container_that_logs_is_found_in_a_list() -> None:
    async with recorded() as (book, client):
        book.give(PODS, answer("list-pods"))
        found = await look(client, NS, POD)
        assert found is not None
        assert (found.name, found.restarts, found.running) == ("vllm", 0, True)


@pytest.mark.parametrize(("name", "granted"), [("ssar-allowed", True), ("ssar-denied", False)])
async def test_rights_are_asked_from_the_server_itself(name: str, granted: bool) -> None:
    async with recorded() as (book, client):
        book.give("/apis/authorization.k8s.io", answer(name))
        got = await allowed(client, NS, "get", "pods", subresource="proxy")
        assert got is granted
        method, _, body = book.asked[0]
        assert method == "POST"
        assert b'"subresource":"proxy"' in body


async def test_a_job_is_created_dry_run_refused_completed_and_deleted() -> None:
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "sharegpt-load"}}
    async with recorded() as (book, client):
        book.give(JOBS, answer("job-create"))
        made = await client.post_json(JOBS, job)
        assert made["metadata"]["uid"]
        book.give(JOBS, answer("job-create-dryrun"))
        dry = await client.post_json(JOBS, job)
        assert "resourceVersion" not in dry["metadata"]
        book.give(JOBS, answer("job-create-conflict"))
        with pytest.raises(ApiError, match="already exists") as conflict:
            await client.post_json(JOBS, job)
        assert (conflict.value.status, conflict.value.reason) == (409, "AlreadyExists")
        book.give(JOBS, answer("job-create-invalid"))
        with pytest.raises(ApiError, match="is invalid") as invalid:
            await client.post_json(JOBS, job)
        assert invalid.value.status == 422
        assert "\n" not in invalid.value.message
        book.give(JOBS, answer("job-complete"))
        done = await client.get_json(f"{JOBS}/sharegpt-load")
        assert any(c["type"] == "Complete" for c in done["status"]["conditions"])
        book.give(JOBS, answer("job-delete"))
        assert (await client.get_json(JOBS))["status"] == "Success"


def test_no_recorded_answer_is_left_unused() -> None:
    used = set(re.findall(r'"([a-z0-9-]+)"', Path(__file__).read_text()))
    files = {file.stem for file in shared("kube-api").glob("*.http")}
    assert files
    assert files <= used
