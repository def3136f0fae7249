"""Access rules of the simulated API server, and the reviews that report them."""

import base64

import pytest

from tests.sim.small import NS, asked, told
from wvatui.sim.api.context import AccessRules, Attempt, signed_token
from wvatui.sim.api.wire import wire

ROOT = "/apis/authorization.k8s.io/v1"
ROLE = [
    {"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["list"]},
]


async def test_a_user_with_a_role_may_do_what_it_says_where_it_says() -> None:
    access = AccessRules(anonymous="viewer")
    access.grant("viewer", NS, ROLE)
    async with asked(access=access) as here:
        here.cluster.pod("a")
        inside = f"/api/v1/namespaces/{NS}"
        assert await here.names(f"{inside}/pods") == ["a"]
        assert await here.names(f"/apis/apps/v1/namespaces/{NS}/deployments") == []
        assert await here.refused("/api/v1/pods") == (
            403,
            "Forbidden",
            'pods is forbidden: User "viewer" cannot list resource "pods" in API group "" '
            "at the cluster scope",
        )
        assert await here.refused(f"{inside}/pods/a:8000/proxy/metrics") == (
            403,
            "Forbidden",
            'pods "a" is forbidden: User "viewer" cannot get resource "pods/proxy" '
            f'in API group "" in the namespace "{NS}"',
        )
        gone = told(await here.http.delete(f"{inside}/pods/a"))
        assert gone[0] == 403
        assert ("viewer", Attempt("delete", "", "pods", NS)) in access.asked
        assert await here.names(f"{inside}/pods") == ["a"]


@pytest.mark.parametrize("verb", ["list", "watch"])
async def test_to_watch_is_a_right_of_its_own(verb: str) -> None:
    access = AccessRules(anonymous="viewer")
    access.deny(verb, "pods")
    async with asked(access=access) as here:
        path = f"/api/v1/namespaces/{NS}/pods"
        listed = await here.http.get(path)
        assert listed.status_code == (403 if verb == "list" else 200)
        if verb == "watch":
            message = (await here.refused(path, watch="1"))[2]
            assert 'cannot watch resource "pods"' in message


async def test_tokens_name_their_user_and_others_are_nobody() -> None:
    access = AccessRules(anonymous=None, tokens={"abc": "eve"}, secret=b"hush")
    good = signed_token(b"hush", "adam", 4_000_000_000)
    old = signed_token(b"hush", "adam", 1_000_000_000)
    forged = signed_token(b"other", "adam", 4_000_000_000)
    async with asked(access=access) as here:
        codes = []
        for token in ("abc", good, old, forged, "abc2", ""):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            codes.append((await here.http.get("/version", headers=headers)).status_code)
        assert codes == [200, 200, 401, 401, 401, 401]
        basic = base64.b64encode(b"eve:abc").decode()
        answer = await here.http.get("/version", headers={"Authorization": f"Basic {basic}"})
        assert answer.status_code == 401


async def test_a_review_answers_for_each_verb_and_subresource() -> None:
    access = AccessRules(anonymous="viewer")
    access.grant("viewer", NS, ROLE)
    async with asked(access=access) as here:

        async def may(verb: str, resource: str, group: str = "", sub: str = "") -> bool:
            wanted = {"verb": verb, "resource": resource, "group": group, "namespace": NS}
            wanted |= {"subresource": sub} if sub else {}
            answer = await here.http.post(
                f"{ROOT}/selfsubjectaccessreviews", json={"spec": {"resourceAttributes": wanted}}
            )
            assert answer.status_code == 201
            return bool(answer.json()["status"]["allowed"])

        assert await may("list", "pods")
        assert await may("get", "pods", sub="log")
        assert not await may("get", "pods", sub="proxy")
        assert await may("list", "deployments", "apps")
        assert not await may("list", "deployments", "extensions")
        assert not await may("create", "pods")


async def test_all_that_one_may_do_is_listed() -> None:
    access = AccessRules(anonymous="viewer")
    access.grant("viewer", NS, ROLE)
    async with asked(access=access) as here:
        answer = await here.http.post(
            f"{ROOT}/selfsubjectrulesreviews", json={"spec": {"namespace": NS}}
        )
        rules = answer.json()["status"]["resourceRules"]
        told = {(r["verbs"][0], r["apiGroups"][0], r["resources"][0]) for r in rules}
        assert ("get", "", "pods/log") in told
        assert ("list", "apps", "deployments") in told


def field(number: int, data: bytes) -> bytes:
    """A field with a length, as protobuf writes it."""
    assert len(data) < 128
    return bytes([number << 3 | 2, len(data)]) + data


def wrapped(kind: str, raw: bytes) -> bytes:
    meta = field(1, b"authorization.k8s.io/v1") + field(2, kind.encode())
    return b"k8s\x00" + field(1, meta) + field(2, raw) + field(3, b"") + field(4, b"")


async def test_kubectl_asks_in_protobuf_and_is_answered_in_json() -> None:
    access = AccessRules(anonymous="viewer")
    access.deny("get", "pods/proxy")
    wanted = field(1, NS.encode()) + field(2, b"get") + field(5, b"pods") + field(6, b"proxy")
    raw = field(1, b"") + field(2, field(1, wanted)) + field(3, b"\x08\x00")
    async with asked(access=access) as here:
        answer = await here.http.post(
            f"{ROOT}/selfsubjectaccessreviews",
            headers={"Content-Type": wire.CONTENT_TYPE},
            content=wrapped("SelfSubjectAccessReview", raw),
        )
        assert answer.json()["spec"]["resourceAttributes"] == {
            "namespace": NS,
            "verb": "get",
            "resource": "pods",
            "subresource": "proxy",
        }
        assert answer.json()["status"] == {"allowed": False}


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"k8s\x00", b"k8s\x00\x0a", wrapped("Pod", b""), b"k8s\x00" + b"\xff" * 20],
)
async def test_other_protobuf_is_refused_in_the_servers_words(body: bytes) -> None:
    async with asked() as here:
        for path in (f"{ROOT}/selfsubjectaccessreviews", f"/api/v1/namespaces/{NS}/pods"):
            answer = await here.http.post(
                path, headers={"Content-Type": wire.CONTENT_TYPE}, content=body
            )
            code, reason, message = told(answer)
            assert (code, reason) == (415, "UnsupportedMediaType")
            assert "unknown format" in message
