"""The little protobuf that kubectl insists on: the reviews that `auth can-i` asks for, and what
`create namespace`, `create configmap` and `create secret` send.

kubectl sends objects of built-in kinds as protobuf and does not fall back to JSON. An object is
wrapped in `runtime.Unknown` behind four magic bytes (k8s.io/apimachinery, runtime/generated.proto).
"""

import base64
from typing import Any

from wvatui.sim.api.wire.status import Refusal

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


def decode(body: bytes) -> dict[str, Any]:
    """The object in `body`. Raises the API's 415 for a kind that is not known here."""
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
    found: dict[str, Any] = {}
    for number, value in _values(data):
        field = fields.get(number)
        if isinstance(field, str):
            if value:
                found[field] = value.decode()
        elif field is not None:
            name, inner = field
            if isinstance(inner, str):
                pair = dict(_values(value))
                packed = pair.get(2, b"")
                shown = base64.b64encode(packed) if inner == "bytes" else packed
                found.setdefault(name, {})[pair.get(1, b"").decode()] = shown.decode()
            else:
                found[name] = _message(value, inner)
    return found


def _values(data: bytes) -> list[tuple[int, bytes]]:
    """(field number, bytes) of every field with a length; numbers are stepped over."""
    found, place = [], 0
    while place < len(data):
        key, place = _varint(data, place)
        kind = key & 7
        if kind == 0:
            _, place = _varint(data, place)
        elif kind == 2:
            size, place = _varint(data, place)
            if place + size > len(data):
                raise ValueError("cut")
            found.append((key >> 3, data[place : place + size]))
            place += size
        else:
            raise ValueError("no such wire type here")
    return found


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:
            return value, place
        shift += 7
