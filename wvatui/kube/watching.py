"""Watching one kind of object indefinitely: list, watch, resume, list again.

A watch that ends is resumed from the last resourceVersion seen (bookmarks keep it recent). When the
server has forgotten that version (410), or a line is damaged, everything is listed again, and the
reader compares. Errors that a cluster may cause are reported as `WatchTrouble` and retried later.
"""

import random
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any, NamedTuple
from zlib import crc32

from wvatui.clock import Backoff, Clock
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.answers import ApiError, decode_object, lacking, one_line
from wvatui.kube.client import Client
from wvatui.kube.rights import RightRetry

PAGE = 500
"""Objects per page of a list, the number that kubectl asks for."""
PAGED_TRIES = 3
"""After this many lists whose next page came too late, everything is asked for in one page."""
WATCH_S = 300
"""Longest watch that the server is asked for, seconds."""
SPREAD_S = 60
IDLE_S = 130.0
"""Seconds of silence after which a watch is opened anew: bookmarks come once a minute (Kubernetes
staging/src/k8s.io/apiserver/pkg/storage/cacher/cache_watcher.go, bookmarkFrequency). A server that
sends none costs one more request."""
LIVELY_S = 5.0
"""A watch that lasted at least this many seconds is resumed at once."""
PATIENCE = 3
"""Watches in a row that may break early before that is reported."""
SOON_S = 2.0
"""A change that comes within so many seconds after a broken stream is resumed was made before; to
have heard nothing for so long is no interruption."""
JITTER = 0.25
LINE_BYTES = 16 << 20
"""Longest line accepted: objects are shorter (etcd's limit is 1.5 MB), so a longer one means that
the stream is not a watch."""

_VERBS = frozenset({"ADDED", "MODIFIED", "DELETED"})


class Listed(NamedTuple):
    """The complete list of objects: at the start, after trouble, and when continuity was lost."""

    items: list[dict[str, Any]]
    resource_version: str
    unheard_since: float | None = None
    """When the server was last heard before, UTC epoch seconds of the clock, where continuity was
    lost: what changed since may be missing. None: it is the first list."""


class ObjectChanged(NamedTuple):
    """One change."""

    verb: str
    """ADDED, MODIFIED, DELETED."""
    object: dict[str, Any]
    unheard_since: float | None = None
    """When the server was last heard before, where the stream had broken down: the change came
    late. None: it came as it was made."""


class WatchTrouble(NamedTuple):
    """Why nothing can be read, in the terms of `events.Source`; holds until TroubleOver."""

    status: str
    """denied, absent, retrying."""
    text: str
    retry_at: float | None
    """When the next try is due, UTC epoch seconds of the clock."""
    verb: str = ""
    """The verb of the missing right, where access is denied."""
    resource: str = ""


class TroubleOver(NamedTuple):
    """Requests that failed work again; after a refused watch only a watch proves that, not a
    list."""


WatchNews = Listed | ObjectChanged | WatchTrouble | TroubleOver


class _ExpiredError(ClusterError):
    """Continuity was lost: everything must be listed again."""


async def watch(
    client: Client,
    clock: Clock,
    path: str,
    *,
    params: Mapping[str, str] | None = None,
    resource: str = "",
    idle_s: float = IDLE_S,
) -> AsyncGenerator[WatchNews, None]:
    """Every change of the objects at `path`, until the generator is closed.

    Never raises for an error that a cluster may cause. `params`: labelSelector, fieldSelector.
    `resource`: its name for people (default: the end of the path). `idle_s`: seconds of silence
    after which the stream is opened again. Objects come without managedFields, and with the kind
    that a list leaves out.
    """
    name = resource or path.rpartition("/")[2]
    watched = _Watch(client, clock, path, params or {}, name, idle_s)
    while True:
        try:
            if not watched.version:
                yield await watched.list()
                if watched.recovered():
                    yield TroubleOver()
            async with aclosing(watched.changes()) as changes:
                async for change in changes:
                    yield change
            wait_s = watched.ended()
        except (ClusterError, TimeoutError) as error:
            wait_s, trouble = watched.judge(error)
            if trouble is not None:
                yield trouble
                await client.retries.sleep(clock, wait_s)
                continue
        await clock.sleep(wait_s)


class _Watch:
    """One watched collection and the history of its failures."""

    def __init__(
        self,
        client: Client,
        clock: Clock,
        path: str,
        params: Mapping[str, str],
        resource: str,
        idle_s: float,
    ) -> None:
        self._client, self._clock, self._path = client, clock, path
        self._params, self._resource, self._idle_s = params, resource, idle_s
        seed = crc32(f"{path}?{sorted(params.items())}".encode())
        self._random = random.Random(seed)  # the same waits in every run of one simulation
        self._spread_s = seed % SPREAD_S
        self._backoff = Backoff()
        self._verb = "list"
        self._rights = {"list": RightRetry(), "watch": RightRetry()}
        self._failing: set[str] = set()
        self._opened_at: float | None = None
        self._heard_at: float | None = None
        self._broken = False
        self._early = 0
        self.version = ""
        """resourceVersion from which to continue; empty: list first."""

    # --- what is asked ----------------------------------------------------------------------

    async def list(self) -> Listed:
        """Read all pages; keeps the version from which a watch continues."""
        self._verb, self._opened_at = "list", None
        items: list[dict[str, Any]] = []
        more, expired = "", 0
        while True:
            query = dict(self._params)
            if expired < PAGED_TRIES:
                query["limit"] = str(PAGE)
            if more:
                query["continue"] = more
            try:
                page = await self._client.get_json(self._path, query)
            except ApiError as error:
                if error.status != 410 or not more:
                    raise
                items, more = [], ""  # what was read belongs to a version that is gone
                expired += 1
                continue
            items += _items(page)
            more = _metadata(page, "continue")
            if not more:
                self.version = _metadata(page, "resourceVersion")
                unheard_since = self._unheard_since()
                self._heard_at, self._broken = self._clock.now(), False
                return Listed(items, self.version, unheard_since)

    async def changes(self) -> AsyncGenerator[ObjectChanged | TroubleOver, None]:
        """Changes after `version`, until the stream ends, preceded by TroubleOver where trouble has
        ended."""
        self._verb, self._opened_at = "watch", None
        query = {
            **self._params,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": self.version,
            # Watches of many kinds that began together should not all end together.
            "timeoutSeconds": str(WATCH_S - self._spread_s),
        }
        async with self._client.stream(self._path, query, idle_s=self._idle_s) as chunks:
            opened_at = self._opened_at = self._clock.now()
            unheard_since = self._unheard_since() if self._broken else None
            self._broken = False
            if self.recovered():
                yield TroubleOver()
            async with aclosing(_lines(chunks)) as lines:
                async for line in lines:
                    verb, thing = _read(line)
                    self.version = _metadata(thing, "resourceVersion") or self.version
                    self._heard_at = self._clock.now()
                    if verb in _VERBS:
                        is_soon = self._heard_at - opened_at <= SOON_S
                        yield ObjectChanged(verb, _slim(thing), unheard_since if is_soon else None)
                        unheard_since = None

    def _unheard_since(self) -> float | None:
        """When the server was last heard, if that is an interruption."""
        heard_at = self._heard_at
        if heard_at is None or self._clock.now() - heard_at <= SOON_S:
            return None
        return heard_at

    # --- how it ended -----------------------------------------------------------------------

    def recovered(self) -> bool:
        """Note that the last request was granted; True: that ends all trouble."""
        self._rights[self._verb].worked()
        was_failing = bool(self._failing)
        self._failing.discard(self._verb)
        return was_failing and not self._failing

    def ended(self) -> float:
        """Note that the server ended the stream properly; returns the seconds to wait before it is
        resumed."""
        if self._was_lively():
            return 0.0
        return self._wait_s()

    def judge(self, error: ClusterError | TimeoutError) -> tuple[float, WatchTrouble | None]:
        """The seconds to wait before the next try after `error`, and the trouble to report, if
        any."""
        lively = self._was_lively()
        self._broken = True
        if isinstance(error, TimeoutError):
            return 0.0, None  # a silent stream may be a dead one: resuming it shows which
        if isinstance(error, DeniedError):
            return self._slow("denied", error.message)
        status = error.status if isinstance(error, ApiError) else 0
        if status == 404:
            return self._slow("absent", error.message)
        is_expired = isinstance(error, _ExpiredError) or status == 410
        if is_expired or (self._opened_at is not None and not status):
            # A stream that broke is resumed and an expired version listed anew; neither is trouble
            # unless it keeps happening.
            if is_expired:
                self.version = ""
            self._early = 0 if lively else self._early + 1
            if self._early < PATIENCE:
                # No wait the first time: after a long absence a watch finds its version expired.
                return 0.0 if lively or self._early == 1 else self._wait_s(), None
        asked_s = error.retry_after_s if isinstance(error, ApiError) else None
        wait_s = max(self._wait_s(), asked_s or 0.0)
        return wait_s, self._trouble("retrying", error.message, wait_s)

    def _slow(self, status: str, text: str) -> tuple[float, WatchTrouble]:
        wait_s = self._rights[self._verb].wait_s()
        return wait_s, self._trouble(status, text, wait_s)

    def _trouble(self, status: str, text: str, wait_s: float) -> WatchTrouble:
        """The trouble to report; everything is listed anew after it."""
        self.version = ""
        self._failing.add(self._verb)
        retry_at = self._clock.now() + wait_s
        if status != "denied":
            return WatchTrouble(status, text, retry_at)
        verb, resource = lacking(text) or (self._verb, self._resource)
        return WatchTrouble(status, text, retry_at, verb, resource)

    def _was_lively(self) -> bool:
        """Whether the stream lasted; then earlier failures no longer count."""
        opened_at, now = self._opened_at, self._clock.now()
        if opened_at is None or now - opened_at < LIVELY_S:
            return False
        self._backoff.reset()
        self._early = 0
        return True

    def _wait_s(self) -> float:
        return self._backoff.next() * self._random.uniform(1 - JITTER, 1 + JITTER)


# --- reading ------------------------------------------------------------------------------


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Whole lines; the unfinished line at a stream's end is dropped, as the watch is resumed."""
    buffer = bytearray()
    async for chunk in chunks:
        seen = len(buffer)
        buffer += chunk
        start = 0
        while (end := buffer.find(b"\n", max(start, seen))) >= 0:
            line = bytes(buffer[start:end]).strip()
            start = end + 1
            if line:
                yield line
        del buffer[:start]
        if len(buffer) > LINE_BYTES:
            raise _ExpiredError("a line of the watch has no end")


def _read(line: bytes) -> tuple[str, dict[str, Any]]:
    """The verb and object of a line. Raises _ExpiredError when it is damaged, ApiError for an ERROR
    event."""
    try:
        event = decode_object(line)
    except ValueError:
        raise _ExpiredError(f"a line of the watch is damaged: {_start(line)}") from None
    verb, thing = event.get("type"), event.get("object")
    if not isinstance(verb, str) or not isinstance(thing, dict):
        raise _ExpiredError(f"a line of the watch is no event: {_start(line)}")
    if verb == "ERROR":
        code, reason = thing.get("code"), str(thing.get("reason") or "")
        message = one_line(str(thing.get("message") or "the watch was ended"))
        status = code if isinstance(code, int) else 500
        raise ApiError(message, status=410 if reason == "Expired" else status, reason=reason)
    return verb, thing


def _start(line: bytes) -> str:
    return one_line(line[:60].decode("utf-8", "replace"))


def _items(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The objects of a page, each with its kind added."""
    listed = page.get("items")
    items = [_slim(i) for i in listed if isinstance(i, dict)] if isinstance(listed, list) else []
    kind, version = str(page.get("kind") or ""), str(page.get("apiVersion") or "")
    if kind.endswith("List") and version:
        for item in items:
            item.setdefault("apiVersion", version)
            item.setdefault("kind", kind.removesuffix("List"))
    return items


def _slim(thing: dict[str, Any]) -> dict[str, Any]:
    """The object without managedFields, which are longer than all the rest and not used here."""
    metadata = thing.get("metadata")
    if isinstance(metadata, dict):
        metadata.pop("managedFields", None)
    return thing


def _metadata(thing: Mapping[str, Any], key: str) -> str:
    metadata = thing.get("metadata")
    return str(metadata.get(key) or "") if isinstance(metadata, dict) else ""
