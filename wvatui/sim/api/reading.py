"""Get, list and watch with selectors, as objects or as the table that kubectl requests."""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from aiohttp import web

from wvatui.core.kube_object import Object
from wvatui.sim.api.context import RequestTarget
from wvatui.sim.api.tables import table
from wvatui.sim.api.wire.kinds import Resource
from wvatui.sim.api.wire.sending import stream_out
from wvatui.sim.api.wire.status import bad_request, expired, failure, not_found
from wvatui.sim.api.wire.streams import Stream
from wvatui.sim.api.wire.wire import answer, bookmark, encode, listing, whole
from wvatui.sim.store import Change, Expired

Predicate = Callable[[Mapping[str, Any]], bool]

_SET = re.compile(r"\s*(\S+)\s+(in|notin)\s*\(([^)]*)\)\s*")
_TERM = re.compile(r"\s*([^\s=!,()]+)\s*(==|=|!=)\s*([^\s=!,()]*)\s*")
_EXISTS = re.compile(r"\s*(!?)\s*([^\s=!,()]+)\s*")

# The fields that can be selected by, next to metadata.name and metadata.namespace
# (k8s.io/kubernetes/pkg/apis/core/v1/conversion.go).
_FIELDS = {
    kind: frozenset(paths.split())
    for kind, paths in {
        "Pod": "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName"
        " spec.hostNetwork status.phase status.podIP status.nominatedNodeName",
        "Event": "involvedObject.kind involvedObject.namespace involvedObject.name"
        " involvedObject.uid involvedObject.apiVersion involvedObject.resourceVersion"
        " involvedObject.fieldPath reason reportingComponent source type",
        "Node": "spec.unschedulable",
        "Namespace": "status.phase",
        "Job": "status.successful",
    }.items()
}


def labels(text: str) -> Predicate:
    """The predicate of a labelSelector. Raises the API's 400 when it cannot be parsed."""
    terms = [_label_term(part, text) for part in _split(text) if part.strip()]

    def chosen(obj: Mapping[str, Any]) -> bool:
        own = obj["metadata"].get("labels") or {}
        return all(term(own) for term in terms)

    return chosen


def fields(text: str, resource: Resource, label_text: str = "") -> Predicate:
    """The predicate of a fieldSelector. Raises the API's 400 for a field that is not selectable."""
    terms: list[tuple[str, bool, str]] = []
    for part in text.split(","):
        if not part.strip():
            continue
        match = _TERM.fullmatch(part)
        if match is None:
            raise bad_request(f"invalid selector: '{part}'; can't understand '{part}'")
        path, operator, value = match.groups()
        known = _FIELDS.get(resource.kind, frozenset()) | {"metadata.name", "metadata.namespace"}
        if path not in known:
            where = f"{resource.group}/{resource.version}, Resource={resource.plural}"
            raise bad_request(
                f'Unable to find "{where}" that match label selector "{label_text}", '
                f'field selector "{text}": field label not supported: {path}'
            )
        terms.append((path, operator != "!=", value))
    return lambda obj: all((_field(obj, path) == value) is wanted for path, wanted, value in terms)


def _field(obj: Mapping[str, Any], path: str) -> str:
    if path == "source":
        path = "source.component"
    value: Any = obj
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _split(text: str) -> list[str]:
    """The parts of a selector, split at commas outside parentheses."""
    return re.split(r",(?![^(]*\))", text)


def _label_term(part: str, text: str) -> Callable[[Mapping[str, str]], bool]:
    if match := _SET.fullmatch(part):
        name, operator, listed = match.groups()
        values = {value.strip() for value in listed.split(",")}
        return lambda own: (own.get(name) in values) is (operator == "in")
    if match := _TERM.fullmatch(part):
        name, operator, value = match.groups()
        return lambda own: (own.get(name) == value) is (operator != "!=")
    if match := _EXISTS.fullmatch(part):
        missing, name = match.groups()
        return lambda own: (name in own) is not bool(missing)
    raise bad_request(f"unable to parse requirement: found '{part}' in selector '{text}'")


BOOKMARK_S = 60.0
DEFAULT_S = 1800.0
"""Seconds that a watch lasts when it names no time."""


async def collection(request: web.Request) -> web.StreamResponse:
    """List, or watch."""
    if is_set(request, "watch"):
        return await watch(request, RequestTarget.allowed(request, "watch"))
    target = RequestTarget.allowed(request, "list")
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
    target = RequestTarget.allowed(request, "get")
    obj = existing(target)
    if (include := wants_table(request)) is not None:
        metadata = {"resourceVersion": obj["metadata"]["resourceVersion"]}
        now = target.context.store.timeline.now
        return answer(request, table(target.resource, [obj], metadata, now, include=include))
    return answer(request, whole(target.resource, obj), resource=target.resource)


def existing(target: RequestTarget) -> Object:
    """The object that a request names. Raises the API's 404."""
    namespace = target.namespace if target.resource.namespaced else ""
    obj = target.context.store.get(target.resource.kind, namespace, target.name)
    if obj is None or not target.resource.holds(obj["apiVersion"]):
        raise not_found(target.resource, target.name)
    return obj


def chosen_by(request: web.Request, target: RequestTarget) -> Predicate:
    """The predicate for objects that the request selects."""
    query = request.query
    label_text = query.get("labelSelector", "")
    by_label = labels(label_text)
    by_field = fields(query.get("fieldSelector", ""), target.resource, label_text)
    resource, namespace = target.resource, target.namespace

    def chosen(obj: Object) -> bool:
        if not resource.holds(obj["apiVersion"]):
            return False
        if namespace and obj["metadata"].get("namespace") != namespace:
            return False
        return by_label(obj) and by_field(obj)

    return chosen  # type: ignore[return-value]


def is_set(request: web.Request, name: str) -> bool:
    """Whether a switch in the query is on."""
    return request.query.get(name, "").lower() in ("1", "true")


def wants_table(request: web.Request) -> str | None:
    """How much of each object kubectl's table includes; None: no table is requested."""
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


async def watch(request: web.Request, target: RequestTarget) -> web.StreamResponse:
    """Answer a watch until its time is over."""
    feed = _Feed(request, target)
    return await stream_out(request, feed, "application/json")


class _Feed:
    """The changes that one watch has still to send."""

    def __init__(self, request: web.Request, target: RequestTarget) -> None:
        query = request.query
        self._target = target
        self._store = target.context.store
        self._chosen = chosen_by(request, target)
        self._bookmarks = is_set(request, "allowWatchBookmarks")
        now = self._store.timeline.now
        self._told_at = now
        self._ends = now + float(query.get("timeoutSeconds") or DEFAULT_S)
        self._include = wants_table(request)
        self._headed = False
        version = query.get("resourceVersion", "")
        if version and not version.isdigit():
            raise bad_request(f'invalid resource version "{version}"')
        self._initial = version in ("", "0")
        self._version = self._store.resource_version if self._initial else int(version)

    def __call__(self, stream: Stream) -> bytes:
        """The new lines."""
        lines: list[bytes] = []
        if self._initial:
            self._initial = False
            present = [o for o in self._store.list(self._target.resource.kind) if self._chosen(o)]
            lines += [self._line("ADDED", obj) for obj in present]
        try:
            changes = self._store.changes(self._version)
        except Expired as error:
            # A watch that starts too late is answered with 200, and the 410 is in its body.
            stream.end()
            status = failure(410, "Expired", str(error))
            return encode({"type": "ERROR", "object": status}) + b"\n"
        for change in changes:
            self._version = change.version
            lines += self._of(change)
        now = self._store.timeline.now
        if lines:
            self._told_at = now
        elif self._bookmarks and now - self._told_at >= BOOKMARK_S:
            self._told_at = now
            mark = bookmark(self._target.resource, self._version)
            lines.append(encode({"type": "BOOKMARK", "object": mark}) + b"\n")
        if now >= self._ends:
            stream.end()
        return b"".join(lines)

    def _of(self, change: Change) -> list[bytes]:
        """The lines of a change for this watch, in which an object may start or cease to match."""
        if change.obj["kind"] != self._target.resource.kind:
            return []
        is_in = change.verb != "DELETED" and self._chosen(change.obj)
        was_in = change.before is not None and self._chosen(change.before)
        if is_in:
            return [self._line("MODIFIED" if was_in else "ADDED", change.obj)]
        return [self._line("DELETED", change.obj)] if was_in else []

    def _line(self, verb: str, obj: Object) -> bytes:
        resource = self._target.resource
        shown = whole(resource, obj)
        if self._include is not None:
            metadata = {"resourceVersion": obj["metadata"]["resourceVersion"]}
            now = self._store.timeline.now
            shown = table(
                resource, [obj], metadata, now, include=self._include, head=not self._headed
            )
            self._headed = True
            return encode({"type": verb, "object": shown}) + b"\n"
        return b'{"type":"%b","object":%b}\n' % (verb.encode(), encode(shown, resource))
