"""Watch: every change after a resourceVersion, bookmarks, and an end."""

from collections.abc import Callable

from aiohttp import web

from wvatui.core.kube_object import Object
from wvatui.sim.api import reading
from wvatui.sim.api.context import RequestTarget
from wvatui.sim.api.objects.tables import table
from wvatui.sim.api.wire.sending import stream_out
from wvatui.sim.api.wire.status import bad_request, failure
from wvatui.sim.api.wire.streams import Stream
from wvatui.sim.api.wire.wire import bookmark, encode, whole
from wvatui.sim.store import Change, Expired

BOOKMARK_S = 60.0
DEFAULT_S = 1800.0

Render = Callable[[Object], Object]


async def watch(request: web.Request, target: RequestTarget) -> web.StreamResponse:
    """Answer a watch until its time is over."""
    feed = _Feed(request, target)
    return await stream_out(request, feed, "application/json")


class _Feed:
    """What one watch has to say."""

    def __init__(self, request: web.Request, target: RequestTarget) -> None:
        query = request.query
        self._target = target
        self._store = target.context.store
        self._chosen = reading.chosen_by(request, target)
        self._bookmarks = query.get("allowWatchBookmarks", "").lower() in ("1", "true")
        now = self._store.timeline.now
        self._told_at = now
        self._ends = now + float(query.get("timeoutSeconds") or DEFAULT_S)
        self._include = reading.wants_table(request)
        self._headed = False
        version = query.get("resourceVersion", "")
        if version and not version.isdigit():
            raise bad_request(f'invalid resource version "{version}"')
        self._initial = version in ("", "0")
        self._version = self._store.resource_version if self._initial else int(version)
        self._expired = False

    def __call__(self, stream: Stream) -> bytes:
        """The lines that are new."""
        lines: list[bytes] = []
        if self._initial:
            self._initial = False
            present = [o for o in self._store.list(self._target.resource.kind) if self._chosen(o)]
            lines += [self._line("ADDED", obj) for obj in present]
        try:
            changes = self._store.changes(self._version)
        except Expired as error:
            # A watch that begins too late is answered with 200, and the 410 is inside.
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
        """A change as this watch sees it: an object can begin or cease to be chosen."""
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
