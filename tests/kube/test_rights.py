"""Rights, as the API server reports them, and the API path of each kind of object."""

import json

import pytest

from tests.kube.server import refuses, says, served, talking
from wvatui.kube import paths
from wvatui.kube.rights import PATH, allowed


async def test_a_right_is_asked_for_by_all_its_parts() -> None:
    async with served() as server, talking(server) as client:
        server.on(PATH, says({"status": {"allowed": True}}, 201))
        assert await allowed(client, "ns", "get", "pods", "", "proxy") is True
        assert json.loads(server.seen[0].body)["spec"]["resourceAttributes"] == {
            "namespace": "ns",
            "verb": "get",
            "group": "",
            "resource": "pods",
            "subresource": "proxy",
        }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"status": {"allowed": False, "denied": True}}, False),
        ({"status": {}}, False),
        ({"status": None}, None),
        ([], None),
    ],
)
async def test_what_is_not_granted_is_false_and_what_is_not_said_is_none(
    body: object, expected: bool | None
) -> None:
    async with served() as server, talking(server) as client:
        server.on(PATH, says(body, 201))
        assert await allowed(client, "ns", "get", "pods") is expected


async def test_a_server_that_does_not_answer_the_question_leaves_it_open() -> None:
    async with served() as server, talking(server) as client:
        server.on(PATH, refuses(403, "Forbidden", "no"), refuses(404, "NotFound", "no"))
        assert await allowed(client, "ns", "get", "pods") is None
        assert await allowed(client, "ns", "get", "pods") is None


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (paths.POD, "/api/v1/namespaces/ns/pods"),
        (paths.CONFIG_MAP, "/api/v1/namespaces/ns/configmaps"),
        (paths.EVENT, "/api/v1/namespaces/ns/events"),
        (paths.DEPLOYMENT, "/apis/apps/v1/namespaces/ns/deployments"),
        (
            paths.LEADER_WORKER_SET,
            "/apis/leaderworkerset.x-k8s.io/v1/namespaces/ns/leaderworkersets",
        ),
        (paths.AUTOSCALER, "/apis/autoscaling/v2/namespaces/ns/horizontalpodautoscalers"),
        (paths.SCALED_OBJECT, "/apis/keda.sh/v1alpha1/namespaces/ns/scaledobjects"),
        (paths.VARIANT_AUTOSCALING, "/apis/llmd.ai/v1alpha1/namespaces/ns/variantautoscalings"),
        (paths.LEASE, "/apis/coordination.k8s.io/v1/namespaces/ns/leases"),
    ],
)
def test_each_kind_has_its_place(kind: paths.Kind, path: str) -> None:
    assert kind in paths.KINDS
    assert kind.path("ns") == path
    assert kind.path() == path.replace("/namespaces/ns", "")
    assert kind.path("a/b") == path.replace("/ns/", "/a%2Fb/")
