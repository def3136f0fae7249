"""Create, update and patch, and the scale subresource.

Patches are merge (RFC 7396), strategic merge as far as kubectl needs it, and JSON patch (RFC 6902).
"""

from copy import deepcopy
from typing import Any

import msgspec
from aiohttp import web

from wvatui.core.kube_object import Object
from wvatui.sim.api import admission, jobs
from wvatui.sim.api.admission import defaulted
from wvatui.sim.api.context import RequestTarget
from wvatui.sim.api.reading import existing
from wvatui.sim.api.wire.status import Refusal, already_exists, bad_request, conflict, invalid
from wvatui.sim.api.wire.wire import answer, body_of, whole

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
JSON = "application/json-patch+json"
_MERGE_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "env": "name",
    "volumeMounts": "mountPath",
    "conditions": "type",
    "ports": "containerPort",
}


def patched(obj: dict[str, Any], content_type: str, raw: bytes) -> dict[str, Any]:
    """A copy of `obj` with the patch in `raw` applied. Raises the API's 400 or 415."""
    try:
        patch = msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise bad_request(f"error decoding patch: {error}") from None
    copy = deepcopy(obj)
    if content_type == JSON:
        return _operations(copy, patch)
    if content_type in (MERGE, STRATEGIC, APPLY) and isinstance(patch, dict):
        merged: dict[str, Any] = _merged(copy, patch, lists=content_type != MERGE)
        return merged
    raise Refusal(
        415,
        "UnsupportedMediaType",
        f"the body of the request was in an unknown format - accepted media types include: {JSON}, "
        f"{MERGE}, {STRATEGIC}",
        {},
    )


def _merged(old: Any, patch: Any, *, lists: bool, key: str = "") -> Any:
    if isinstance(patch, dict):
        result = dict(old) if isinstance(old, dict) else {}
        for name, value in patch.items():
            if name.startswith("$"):
                continue
            if value is None:
                result.pop(name, None)
            else:
                result[name] = _merged(result.get(name), value, lists=lists, key=name)
        return result
    by = _MERGE_KEYS.get(key)
    if lists and by and isinstance(patch, list) and isinstance(old, list):
        items = {item.get(by): item for item in old}
        for item in patch:
            items[item.get(by)] = _merged(items.get(item.get(by)), item, lists=lists)
        return list(items.values())
    return patch


def _operations(obj: dict[str, Any], patch: Any) -> dict[str, Any]:
    if not isinstance(patch, list):
        raise bad_request("error decoding patch: a JSON patch is a list")
    for step in patch:
        try:
            _operate(obj, step)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise Refusal(
                422, "Invalid", f"the server rejected our request: {step.get('op')}: {error}", {}
            ) from None
    return obj


def _operate(obj: Any, step: dict[str, Any]) -> None:
    parts = [p.replace("~1", "/").replace("~0", "~") for p in step["path"].split("/")[1:]]
    for part in parts[:-1]:
        obj = obj[int(part)] if isinstance(obj, list) else obj[part]
    last: Any = parts[-1]
    if isinstance(obj, list):
        last = len(obj) if last == "-" else int(last)
    match step["op"]:
        case "add" if isinstance(obj, list):
            obj.insert(last, step["value"])
        case "add":
            obj[last] = step["value"]
        case "replace":
            obj[last] = step["value"]
        case "remove":
            del obj[last]
        case "test":
            if obj[last] != step["value"]:
                raise ValueError("test failed")
        case other:
            raise ValueError(f"no such operation: {other}")


async def create(request: web.Request) -> web.Response:
    """POST to a collection."""
    target = RequestTarget.allowed(request, "create")
    obj = await _object(request, target)
    name = obj["metadata"].get("name", "")
    admission.admit(request, target, obj)
    _validate(target, obj)
    if name and _get(target, name) is not None:
        raise already_exists(target.resource, name)
    store = target.context.store
    drafted = defaulted(target.resource.kind, store.draft(obj))
    stored = drafted if _dry(request) else store.apply(drafted)
    return answer(request, whole(target.resource, stored), resource=target.resource, status=201)


async def update(request: web.Request) -> web.Response:
    """PUT of one object."""
    target = RequestTarget.allowed(request, "update")
    if target.subresource == "scale":
        return await _set_scale(request, target, await _json(request))
    old = existing(target)
    obj = await _object(request, target)
    _unchanged_since(target, obj, old)
    return _store(request, target, obj)


async def patch(request: web.Request) -> web.Response:
    """PATCH of one object; server-side apply creates an object that does not exist."""
    target = RequestTarget.allowed(request, "patch")
    raw = await request.read()
    if target.subresource == "scale":
        scale = patched(scale_of(existing(target)), request.content_type, raw)
        return await _set_scale(request, target, scale)
    if request.content_type == "application/apply-patch+yaml" and _get(target) is None:
        base: Object = {"metadata": {"name": target.name, "namespace": target.namespace}}
        return _store(request, target, patched(base, request.content_type, raw))
    old = existing(target)
    new = patched(old, request.content_type, raw)
    _unchanged_since(target, new, old)
    return _store(request, target, new)


def _unchanged_since(target: RequestTarget, new: Object, old: Object) -> None:
    """Raise the 409 when `new` names another resourceVersion than the present one."""
    version = new["metadata"].get("resourceVersion")
    if version and version != old["metadata"]["resourceVersion"]:
        raise conflict(target.resource, target.name)


async def get_scale(request: web.Request) -> web.Response:
    """GET of the scale."""
    target = RequestTarget.allowed(request, "get")
    return answer(request, scale_of(existing(target)))


def scale_of(obj: Object) -> Object:
    """autoscaling/v1 Scale of a Deployment, StatefulSet, ReplicaSet or LeaderWorkerSet."""
    metadata = obj["metadata"]
    replicas = int(obj["spec"].get("replicas", 1))
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {
            key: metadata[key]
            for key in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        },
        "spec": {"replicas": replicas} if replicas else {},
        "status": {
            "replicas": int(obj.get("status", {}).get("replicas") or 0),
            "selector": _selector_text(obj["spec"].get("selector") or {}),
        },
    }


def _selector_text(selector: Object) -> str:
    """A selector as one text, sorted by key (apimachinery pkg/labels/selector.go, String)."""
    parts = {key: f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()}
    for each in selector.get("matchExpressions") or ():
        key, values = each["key"], ",".join(sorted(each.get("values") or ()))
        parts[key] = {
            "In": f"{key} in ({values})",
            "NotIn": f"{key} notin ({values})",
            "Exists": key,
            "DoesNotExist": f"!{key}",
        }[each["operator"]]
    return ",".join(parts[key] for key in sorted(parts))


async def _set_scale(request: web.Request, target: RequestTarget, scale: Object) -> web.Response:
    replicas = (scale.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or replicas < 0:
        message = "must be greater than or equal to 0"
        raise invalid(
            target.resource, target.name, [("spec.replicas", "FieldValueInvalid", message)]
        )
    stored = existing(target)

    def change(obj: Object) -> None:
        obj["spec"]["replicas"] = replicas

    if _dry(request):
        stored = deepcopy(stored)
        change(stored)
    else:
        stored = target.context.store.patch(target.resource.kind, *_key(stored), change)
    return answer(request, scale_of(stored))


def _store(request: web.Request, target: RequestTarget, obj: Object) -> web.Response:
    old = _get(target)
    new = deepcopy(obj)
    new |= {"kind": target.resource.kind, "apiVersion": target.resource.api_version}
    new.setdefault("metadata", {}).setdefault("name", target.name)
    if target.resource.namespaced:
        new["metadata"].setdefault("namespace", target.namespace)
    if old is not None:
        if target.subresource == "status":
            new = {**deepcopy(old), "status": new.get("status", {})}
        elif "status" in target.resource.subresources and "status" in old:
            new["status"] = old["status"]
    _validate(target, new)
    if old is None:
        admission.admit(request, target, new)
        new = defaulted(target.resource.kind, target.context.store.draft(new))
    elif target.resource.kind == "Job" and (causes := jobs.changed_causes(old, new)):
        raise invalid(target.resource, target.name, causes)
    stored = new if _dry(request) else target.context.store.apply(new)
    status = 201 if old is None else 200
    return answer(request, whole(target.resource, stored), resource=target.resource, status=status)


def _validate(target: RequestTarget, obj: Object) -> None:
    """Validate the few rules that objects created by wvatui may break."""
    name = obj["metadata"].get("name", "")
    if causes := _CAUSES.get(target.resource.kind, _name_causes)(obj):
        raise invalid(target.resource, name, causes)


def _name_causes(obj: Object) -> list[jobs.Cause]:
    return jobs.name_causes(obj["metadata"].get("name", ""))


def _pod_causes(obj: Object) -> list[jobs.Cause]:
    return [*_name_causes(obj), *jobs.pod_causes("spec", obj.get("spec") or {})]


_CAUSES = {"Job": jobs.job_causes, "Pod": _pod_causes}


async def _object(request: web.Request, target: RequestTarget) -> Object:
    obj = await _json(request)
    obj |= {"kind": target.resource.kind, "apiVersion": target.resource.api_version}
    metadata = obj.setdefault("metadata", {})
    if not metadata.get("name") and not metadata.get("generateName"):
        message = "Required value: name or generateName is required"
        raise invalid(target.resource, "", [("metadata.name", "FieldValueRequired", message)])
    if target.resource.namespaced:
        given = metadata.setdefault("namespace", target.namespace)
        if given != target.namespace:
            raise bad_request(
                "the namespace of the provided object does not match the namespace "
                "sent on the request"
            )
    return obj


async def _json(request: web.Request) -> Object:
    obj = await body_of(request)
    if not isinstance(obj, dict):
        raise bad_request("the body is no object")
    return dict(obj)


def _get(target: RequestTarget, name: str = "") -> Object | None:
    namespace = target.namespace if target.resource.namespaced else ""
    return target.context.store.get(target.resource.kind, namespace, name or target.name)


def _key(obj: Object) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def _dry(request: web.Request) -> bool:
    return request.query.get("dryRun", "") == "All"
