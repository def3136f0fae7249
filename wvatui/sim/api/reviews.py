"""What the one who asks may do."""

from typing import Any

import msgspec
from aiohttp import web

from wvatui.sim.api.access import Attempt
from wvatui.sim.api.context import CONTEXT, USER
from wvatui.sim.api.wire import protobuf
from wvatui.sim.api.wire.status import bad_request
from wvatui.sim.api.wire.wire import answer

ROOT = "/apis/authorization.k8s.io/v1"


def routes() -> list[web.RouteDef]:
    """The two reviews that anybody may ask for."""
    return [
        web.post(f"{ROOT}/selfsubjectaccessreviews", access_review),
        web.post(f"{ROOT}/selfsubjectrulesreviews", rules_review),
    ]


async def _body(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    if request.content_type == protobuf.CONTENT_TYPE:
        return protobuf.decode(raw)
    try:
        body = msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from None
    return body if isinstance(body, dict) else {}


async def access_review(request: web.Request) -> web.Response:
    """SelfSubjectAccessReview."""
    body = await _body(request)
    wanted = (body.get("spec") or {}).get("resourceAttributes") or {}
    resource = str(wanted.get("resource", ""))
    if wanted.get("subresource"):
        resource += f"/{wanted['subresource']}"
    attempt = Attempt(
        str(wanted.get("verb", "")),
        str(wanted.get("group", "")),
        resource,
        str(wanted.get("namespace", "")),
    )
    allowed = request.app[CONTEXT].access.allows(request[USER], attempt)
    review = {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {},
        "spec": body.get("spec") or {},
        "status": {"allowed": allowed},
    }
    return answer(request, review, status=201)


async def rules_review(request: web.Request) -> web.Response:
    """SelfSubjectRulesReview: what `kubectl auth can-i --list` shows."""
    body = await _body(request)
    rules = []
    for rule in request.app[CONTEXT].access.rules_of(request[USER]):
        name, _, group = rule.resource.partition(".")
        groups = ["*"] if name == "*" else [group]
        rules.append({"verbs": [rule.verb], "apiGroups": groups, "resources": [name]})
    review = {
        "kind": "SelfSubjectRulesReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {},
        "spec": body.get("spec") or {},
        "status": {"resourceRules": rules, "nonResourceRules": [], "incomplete": False},
    }
    return answer(request, review, status=201)
