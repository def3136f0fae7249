"""Objects to JSON, as the API server orders it: built-in kinds by field, custom ones by letter."""

from collections.abc import Iterable

import msgspec
from aiohttp import web

from wvatui.core.kube_object import Object
from wvatui.sim.api.wire.kinds import Resource
from wvatui.sim.api.wire.status import PRIVATE, pretty

# A bookmark is an empty object of its kind, so built-in kinds show their required fields.
_EMPTY_TEMPLATE = {"metadata": {}, "spec": {"containers": None}}
_EMPTY: dict[str, Object] = {
    "Pod": {"spec": {"containers": None}, "status": {}},
    "Deployment": {
        "spec": {"selector": None, "template": _EMPTY_TEMPLATE, "strategy": {}},
        "status": {},
    },
    "ReplicaSet": {"spec": {"selector": None}, "status": {"replicas": 0}},
    "HorizontalPodAutoscaler": {
        "spec": {"scaleTargetRef": {"kind": "", "name": ""}, "maxReplicas": 0},
        "status": {"desiredReplicas": 0, "currentMetrics": None},
    },
    "Job": {"spec": {"template": _EMPTY_TEMPLATE}, "status": {}},
    "Lease": {"spec": {}},
    "Event": {
        "involvedObject": {},
        "source": {},
        "firstTimestamp": None,
        "lastTimestamp": None,
        "eventTime": None,
        "reportingComponent": "",
        "reportingInstance": "",
    },
}


def whole(resource: Resource, obj: Object) -> Object:
    """One object with its kind and apiVersion, as `get` and watches give it."""
    rest = {key: value for key, value in obj.items() if key not in ("kind", "apiVersion")}
    return {"kind": resource.kind, "apiVersion": resource.api_version, **rest}


def item(resource: Resource, obj: Object) -> Object:
    """One object inside a list: built-in kinds leave out what the list says already."""
    if resource.custom:
        return whole(resource, obj)
    return {key: value for key, value in obj.items() if key not in ("kind", "apiVersion")}


def bookmark(resource: Resource, version: int) -> Object:
    """The object of a BOOKMARK: nothing but a resourceVersion."""
    metadata: Object = {"resourceVersion": str(version)}
    return whole(resource, {"metadata": metadata, **_EMPTY.get(resource.kind, {})})


def listing(
    resource: Resource, items: Iterable[Object], version: int, proceed: str, remaining: int | None
) -> Object:
    """A list. `proceed` is the continue token, empty at the end."""
    metadata: Object = {"resourceVersion": str(version)}
    if proceed or resource.custom:
        metadata["continue"] = proceed
    if remaining is not None:
        metadata["remainingItemCount"] = remaining
    return {
        "kind": f"{resource.kind}List",
        "apiVersion": resource.api_version,
        "metadata": metadata,
        "items": [item(resource, obj) for obj in items],
    }


def encode(body: Object, resource: Resource | None = None) -> bytes:
    """JSON in one line; a custom kind's keys are sorted, as the real server's are."""
    order = "sorted" if resource is not None and resource.custom else None
    return msgspec.json.encode(body, order=order)  # type: ignore[arg-type]


def answer(
    request: web.Request, body: Object, *, resource: Resource | None = None, status: int = 200
) -> web.Response:
    """`body` as the answer; indented for people (curl, `?pretty`), as the real server does."""
    raw = encode(body, resource)
    agent = request.headers.get("User-Agent", "")
    wanted = request.query.get("pretty", "")
    if wanted not in ("0", "false") and (wanted or agent.startswith(("curl", "Wget", "Mozilla/5"))):
        raw = pretty(msgspec.Raw(raw))
    return web.Response(status=status, body=raw, content_type="application/json", headers=PRIVATE)
