"""Get and list, as objects or as the table that kubectl asks for."""

import base64

import msgspec
from aiohttp import web

from wvatui.core.kube_object import Object
from wvatui.sim.api import watching
from wvatui.sim.api.context import RequestTarget
from wvatui.sim.api.objects import selectors
from wvatui.sim.api.objects.tables import table
from wvatui.sim.api.wire.status import bad_request, expired, not_found
from wvatui.sim.api.wire.wire import answer, listing, whole


async def collection(request: web.Request) -> web.StreamResponse:
    """List, or watch."""
    target = RequestTarget.of(request)
    if request.query.get("watch", "").lower() in ("1", "true"):
        target.require(request, "watch")
        return await watching.watch(request, target)
    target.require(request, "list")
    objects, version, proceed, remaining = _page(request, target)
    if (include := wants_table(request)) is not None:
        metadata: Object = {"resourceVersion": str(version)}
        if proceed:
            metadata |= {"continue": proceed, "remainingItemCount": remaining}
        now = target.context.store.timeline.now
        body = table(target.resource, objects, metadata, now, include=include)
        return answer(request, body)
    body = listing(target.resource, objects, version, proceed, remaining)
    return answer(request, body, resource=target.resource)


async def single(request: web.Request) -> web.StreamResponse:
    """Get one object."""
    target = RequestTarget.of(request)
    target.require(request, "get")
    found = existing(target)
    if (include := wants_table(request)) is not None:
        metadata = {"resourceVersion": found["metadata"]["resourceVersion"]}
        now = target.context.store.timeline.now
        return answer(request, table(target.resource, [found], metadata, now, include=include))
    return answer(request, whole(target.resource, found), resource=target.resource)


def existing(target: RequestTarget) -> Object:
    """The object that a request names. Raises the API's 404."""
    namespace = target.namespace if target.resource.namespaced else ""
    found = target.context.store.get(target.resource.kind, namespace, target.name)
    if found is None or not target.resource.holds(found["apiVersion"]):
        raise not_found(target.resource, target.name)
    return found


def chosen_by(request: web.Request, target: RequestTarget) -> selectors.Predicate:
    """Whether an object belongs to what the request asks for."""
    query = request.query
    label_text = query.get("labelSelector", "")
    by_label = selectors.labels(label_text)
    by_field = selectors.fields(query.get("fieldSelector", ""), target.resource, label_text)
    resource, namespace = target.resource, target.namespace

    def chosen(obj: Object) -> bool:
        if not resource.holds(obj["apiVersion"]):
            return False
        if namespace and obj["metadata"].get("namespace") != namespace:
            return False
        return by_label(obj) and by_field(obj)

    return chosen  # type: ignore[return-value]


def wants_table(request: web.Request) -> str | None:
    """How much of each object kubectl's table shall carry; None: no table is wanted."""
    accept = request.headers.get("Accept", "")
    if "as=Table" not in accept.partition(",")[0]:
        return None
    return request.query.get("includeObject", "Metadata")


def _page(request: web.Request, target: RequestTarget) -> tuple[list[Object], int, str, int | None]:
    """Objects of one page, the list's version, the continue token, how many remain."""
    store, kind = target.context.store, target.resource.kind
    chosen = chosen_by(request, target)
    objects = [obj for obj in store.list(kind) if chosen(obj)]
    limit = _number(request.query.get("limit", "0"))
    token = request.query.get("continue", "")
    version = store.resource_version
    start = ""
    if token:
        version, start = _unpack(token)
        if version < store.oldest_version:
            raise expired(
                "The provided continue parameter is too old to display a consistent list result."
            )
    rest = [obj for obj in objects if _place(obj) > start]
    if not limit or len(rest) <= limit:
        return rest, version, "", None
    page = rest[:limit]
    return page, version, _pack(version, _place(page[-1])), len(rest) - limit


def _place(obj: Object) -> str:
    return f"{obj['metadata'].get('namespace', '')}/{obj['metadata']['name']}"


def _pack(version: int, start: str) -> str:
    raw = msgspec.json.encode({"v": "meta.k8s.io/v1", "rv": version, "start": start})
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unpack(token: str) -> tuple[int, str]:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        data = msgspec.json.decode(raw)
        return int(data["rv"]), str(data["start"])
    except (ValueError, KeyError, TypeError, msgspec.DecodeError):
        raise bad_request("continue key is not valid") from None


def _number(text: str) -> int:
    try:
        return max(0, int(text or "0"))
    except ValueError:
        raise bad_request(f"strconv.ParseInt: parsing {text!r}: invalid syntax") from None
