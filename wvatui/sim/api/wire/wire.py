"""Objects as JSON in the API server's order: built-in kinds by field, custom ones alphabetically.

Protobuf is read only where kubectl insists on it: the reviews of `auth can-i`, and `create
namespace`, `create configmap` and `create secret`. kubectl sends objects of built-in kinds as
protobuf and does not fall back to JSON. An object is wrapped in `runtime.Unknown` after four magic
bytes (k8s.io/apimachinery, runtime/generated.proto).
"""

import base64
from collections.abc import Iterable
from typing import Any

import msgspec
from aiohttp import web

from wvatui.core.kube_object import Object
from wvatui.sim.api.wire.kinds import Resource
from wvatui.sim.api.wire.status import PRIVATE, Refusal, bad_request, pretty

CONTENT_TYPE = "application/vnd.kubernetes.protobuf"
MAGIC = b"k8s\x00"

_Fields = dict[int, Any]
"""Field number -> name of a string, (name, fields) of a message, or (name, "map" | "bytes") of a
map to strings or to bytes, which JSON has as base64."""

# k8s.io/api/authorization/v1/generated.proto
_ACCESS: _Fields = {
    2: (
        "spec",
        {
            1: (
                "resourceAttributes",
                {
                    1: "namespace",
                    2: "verb",
                    3: "group",
                    4: "version",
                    5: "resource",
                    6: "subresource",
                    7: "name",
                },
            ),
            2: ("nonResourceAttributes", {1: "path", 2: "verb"}),
        },
    ),
}
_RULES: _Fields = {2: ("spec", {1: "namespace"})}
# k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto and k8s.io/api/core/v1/generated.proto
_METADATA: _Fields = {
    1: "name",
    2: "generateName",
    3: "namespace",
    11: ("labels", "map"),
    12: ("annotations", "map"),
}
_KINDS: dict[str, _Fields] = {
    "SelfSubjectAccessReview": _ACCESS,
    "SelfSubjectRulesReview": _RULES,
    "Namespace": {1: ("metadata", _METADATA)},
    "ConfigMap": {1: ("metadata", _METADATA), 2: ("data", "map")},
    "Secret": {
        1: ("metadata", _METADATA),
        2: ("data", "bytes"),
        3: "type",
        4: ("stringData", "map"),
    },
}
_UNKNOWN: _Fields = {1: ("typeMeta", {1: "apiVersion", 2: "kind"})}
_RAW = 2


async def body_of(request: web.Request) -> Any:
    """What a request sends, as JSON or protobuf. Raises the API's 400 or 415."""
    raw = await request.read()
    if request.content_type == CONTENT_TYPE:
        return decode(raw)
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from None


def decode(body: bytes) -> dict[str, Any]:
    """The object in `body`. Raises the API's 415 for an unknown kind."""
    try:
        if not body.startswith(MAGIC):
            raise ValueError("no magic bytes")
        wrapped = body[len(MAGIC) :]
        head = _message(wrapped, _UNKNOWN)["typeMeta"]
        fields = _KINDS[head["kind"]]
        raw = next(value for number, value in _values(wrapped) if number == _RAW)
        return {**head, **_message(raw, fields)}
    except (KeyError, IndexError, ValueError, StopIteration):
        raise unknown_format() from None


def unknown_format() -> Refusal:
    """415, as the real server answers protobuf for custom kinds."""
    return Refusal(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json",
        {},
    )


def _message(data: bytes, fields: _Fields) -> dict[str, Any]:
    decoded: dict[str, Any] = {}
    for number, value in _values(data):
        field = fields.get(number)
        if isinstance(field, str):
            if value:
                decoded[field] = value.decode()
        elif field is not None:
            name, inner = field
            if isinstance(inner, str):
                pair = dict(_values(value))
                packed = pair.get(2, b"")
                shown = base64.b64encode(packed) if inner == "bytes" else packed
                decoded.setdefault(name, {})[pair.get(1, b"").decode()] = shown.decode()
            else:
                decoded[name] = _message(value, inner)
    return decoded


def _values(data: bytes) -> list[tuple[int, bytes]]:
    """(field number, bytes) of every field with a length; numbers are skipped."""
    values, place = [], 0
    while place < len(data):
        key, place = _varint(data, place)
        kind = key & 7
        if kind == 0:
            _, place = _varint(data, place)
        elif kind == 2:
            size, place = _varint(data, place)
            if place + size > len(data):
                raise ValueError("cut")
            values.append((key >> 3, data[place : place + size]))
            place += size
        else:
            raise ValueError("no such wire type here")
    return values


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:
            return value, place
        shift += 7


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
    """One object with its kind and apiVersion, as get and watch return it."""
    rest = {key: value for key, value in obj.items() if key not in ("kind", "apiVersion")}
    return {"kind": resource.kind, "apiVersion": resource.api_version, **rest}


def item(resource: Resource, obj: Object) -> Object:
    """One object inside a list: built-in kinds omit what the list states."""
    if resource.custom:
        return whole(resource, obj)
    return {key: value for key, value in obj.items() if key not in ("kind", "apiVersion")}


def bookmark(resource: Resource, version: int) -> Object:
    """The object of a BOOKMARK, which has only a resourceVersion."""
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
