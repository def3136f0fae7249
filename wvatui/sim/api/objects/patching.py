"""Patches: merge (RFC 7396), strategic merge as far as kubectl needs it, JSON patch (RFC 6902)."""

from copy import deepcopy
from typing import Any

import msgspec

from wvatui.sim.api.wire.status import Refusal, bad_request

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
