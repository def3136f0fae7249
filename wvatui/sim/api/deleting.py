"""Deletion of one object or of many, and of their dependents."""

from typing import Any

from aiohttp import web

from wvatui.core.kube_object import Object
from wvatui.sim import rfc3339
from wvatui.sim.api.context import RequestTarget
from wvatui.sim.api.reading import chosen_by, existing
from wvatui.sim.api.wire.status import Refusal, conflict, invalid
from wvatui.sim.api.wire.wire import answer, body_of, item, whole
from wvatui.sim.controllers.garbage import OWNERS, dependents, orphan
from wvatui.sim.pods.pod_json import key_of

POLICIES = ("Orphan", "Background", "Foreground")


async def delete(request: web.Request) -> web.Response:
    """DELETE of one object."""
    target = RequestTarget.allowed(request, "delete")
    obj = existing(target)
    options = await _options(request, target)
    _wanted(target, obj, options)
    if options["dry"]:
        return answer(request, _gone(target, obj))
    remains = remove(target, obj, options["policy"])
    if remains is not None:
        return answer(request, whole(target.resource, remains), resource=target.resource)
    return answer(request, _gone(target, obj))


async def delete_many(request: web.Request) -> web.Response:
    """DELETE of a collection: the objects that the selectors match."""
    target = RequestTarget.allowed(request, "deletecollection")
    chosen = chosen_by(request, target)
    options = await _options(request, target)
    store = target.context.store
    objects = [obj for obj in store.list(target.resource.kind) if chosen(obj)]
    if not options["dry"]:
        for obj in objects:
            remove(target, obj, options["policy"])
    body = {
        "kind": f"{target.resource.kind}List",
        "apiVersion": target.resource.api_version,
        "metadata": {"resourceVersion": str(store.resource_version)},
        "items": [item(target.resource, obj) for obj in objects],
    }
    return answer(request, body, resource=target.resource)


def remove(target: RequestTarget, obj: Object, policy: str) -> Object | None:
    """Delete an object; returns it as long as it still exists, None when it is gone at once."""
    store, kind = target.context.store, target.resource.kind
    key = obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
    if kind == "Namespace":
        _empty(target, key[1])
    if kind in OWNERS and policy == "Orphan":
        orphan(store, obj)
    elif kind in OWNERS and policy == "Foreground" and dependents(store, obj):
        return _in_the_foreground(target, obj)
    _drop(target, kind, *key)
    return store.get(kind, *key)


def _drop(target: RequestTarget, kind: str, namespace: str, name: str) -> None:
    """Delete one object at once; a pod is asked to end first."""
    if kind == "Pod" and target.context.terminate is not None:
        target.context.terminate(namespace, name)
    else:
        target.context.store.delete(kind, namespace, name)


def _in_the_foreground(target: RequestTarget, stored: Object) -> Object:
    """Delete dependents first: the object stays, marked, until they are gone."""
    store, kind = target.context.store, target.resource.kind
    key = key_of(stored)

    def mark(obj: Object) -> None:
        obj["metadata"]["deletionTimestamp"] = rfc3339.seconds(store.timeline.now)
        obj["metadata"]["deletionGracePeriodSeconds"] = 0
        obj["metadata"]["finalizers"] = ["foregroundDeletion"]

    marked = store.patch(kind, *key, mark)
    for dependent in dependents(store, stored):
        _drop(target, dependent["kind"], *key_of(dependent))

    def look() -> None:
        present = store.get(kind, *key)
        if present is None or present["metadata"]["uid"] != stored["metadata"]["uid"]:
            return
        if dependents(store, present):
            store.timeline.call_after(0.5, look)
        else:
            store.delete(kind, *key)

    store.timeline.call_after(0.5, look)
    return marked


def _empty(target: RequestTarget, namespace: str) -> None:
    store = target.context.store
    for resource in target.context.catalogue.all():
        if resource.namespaced:
            for obj in store.list(resource.kind, namespace):
                if store.get(resource.kind, *key_of(obj)) is not None:
                    _drop(target, resource.kind, *key_of(obj))


async def _options(request: web.Request, target: RequestTarget) -> dict[str, Any]:
    """DeleteOptions from the body and the query."""
    is_json = await request.read() and "json" in request.content_type
    body: Any = await body_of(request) if is_json else {}
    body = body if isinstance(body, dict) else {}
    default = "Background"
    policy = str(body.get("propagationPolicy") or request.query.get("propagationPolicy") or default)
    if policy not in POLICIES:
        said = f'Invalid value: "{policy}": valid values are "Foreground", "Background", "Orphan" '
        raise invalid(
            target.resource, "", [("propagationPolicy", "FieldValueInvalid", said + "or nil")]
        )
    dry = "All" in (body.get("dryRun") or []) or request.query.get("dryRun") == "All"
    return {"policy": policy, "dry": dry, "preconditions": body.get("preconditions") or {}}


def _wanted(target: RequestTarget, obj: Object, options: dict[str, Any]) -> None:
    """Raise the 409 when the object is not the one that the preconditions name."""
    metadata = obj["metadata"]
    for key, name in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        wanted = options["preconditions"].get(key)
        if wanted and wanted != metadata[key]:
            refusal: Refusal = conflict(target.resource, target.name)
            refusal.body["message"] = (
                f'Operation cannot be fulfilled on {target.resource.qualified} "{target.name}": '
                f"the {name} in the precondition ({wanted}) does not match the {name} in record "
                f"({metadata[key]}). The object might have been deleted and then recreated"
            )
            raise refusal


def _gone(target: RequestTarget, obj: Object) -> Object:
    details = {
        "name": target.name,
        "group": target.resource.group,
        "kind": target.resource.plural,
        "uid": obj["metadata"]["uid"],
    }
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {key: value for key, value in details.items() if value},
    }
