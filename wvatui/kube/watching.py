"""Watching one kind of object for ever: list, watch, resume, list again.

A watch that ends is resumed from the last resourceVersion seen (bookmarks keep it young). Where
the server has forgotten that version (410), or a line is damaged, everything is listed again, and
whoever reads compares. What a cluster may refuse is told as `Trouble` and tried again later.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

from wvatui.clock import Clock
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.answers import ApiError
from wvatui.kube.backoff import Backoff
from wvatui.kube.client import Client

PAGE = 500
"""Objects a page of a list, as kubectl asks for them."""
WATCH_S = 300
"""Seconds after which the server is asked to end a watch."""
SLOW_S = 60.0
"""Seconds between two tries for what is denied or absent."""
LIVELY_S = 1.0
"""A watch that lasted so long, seconds, is resumed at once."""
LINE_BYTES = 16 << 20


class Listed(NamedTuple):
    """All objects there are: at the start, and whenever continuity was lost."""

    items: list[dict[str, Any]]
    resource_version: str


class Changed(NamedTuple):
    """One change."""

    verb: str
    """ADDED, MODIFIED, DELETED."""
    object: dict[str, Any]


class Trouble(NamedTuple):
    """Why nothing comes, in the words of `events.Source`."""

    status: str
    """denied, absent, retrying."""
    text: str
    retry_at: float | None
    verb: str = ""
    resource: str = ""


class _Expired(Exception):  # noqa: N818 - a turn of events, not an error
    """The server has forgotten the version; everything must be listed again."""


class _WatchLine(msgspec.Struct):
    type: str = ""
    object: dict[str, Any] = {}


_line = msgspec.json.Decoder(_WatchLine).decode


async def watch(
    client: Client,
    clock: Clock,
    path: str,
    *,
    params: Mapping[str, str] | None = None,
    resource: str = "",
) -> AsyncIterator[Listed | Changed | Trouble]:
    """Everything that happens to the objects at `path`, until closed.

    Never raises for what a cluster may do. `resource`: its name for people (default: the end of
    the path).
    """
    resource = resource or path.rpartition("/")[2]
    backoff = Backoff(top_s=30.0)
    version = ""
    while True:
        verb = "watch" if version else "list"
        begun = clock.now()
        try:
            if not version:
                items, version = await _list(client, path, params or {})
                yield Listed(items, version)
                verb = "watch"
            query = _watch_query(path, params or {}, version)
            async with client.stream(path, query, idle_s=WATCH_S + 60.0) as chunks:
                async for line in _lines(chunks):
                    kind, thing = _read(line)
                    version = _version(thing) or version
                    if kind != "BOOKMARK":
                        yield Changed(kind, thing)
        except _Expired:
            version = ""
        except TimeoutError:
            pass  # a silent connection may be a dead one: resume
        except DeniedError as error:
            yield _told("denied", error.message, clock.now() + SLOW_S, verb, resource)
            version = ""
            await clock.sleep(SLOW_S)
            continue
        except ApiError as error:
            if error.status == 410:
                version = ""
                continue
            if error.status == 404:
                yield _told("absent", error.message, clock.now() + SLOW_S, verb, resource)
                version = ""
                await clock.sleep(SLOW_S)
                continue
            wait_s = max(backoff.next(), error.retry_after_s or 0.0)
            yield _told("retrying", error.message, clock.now() + wait_s, verb, resource)
            await clock.sleep(wait_s)
            continue
        except ClusterError as error:
            if clock.now() - begun < LIVELY_S:
                wait_s = backoff.next()
                yield _told("retrying", error.message, clock.now() + wait_s, verb, resource)
                await clock.sleep(wait_s)
                continue
        if clock.now() - begun >= LIVELY_S:
            backoff.reset()
        else:
            await clock.sleep(backoff.next())


def _told(status: str, text: str, retry_at: float, verb: str, resource: str) -> Trouble:
    if status != "denied":
        return Trouble(status, text, retry_at)
    return Trouble(status, text, retry_at, verb, resource)


async def _list(
    client: Client, path: str, params: Mapping[str, str]
) -> tuple[list[dict[str, Any]], str]:
    """All pages, and the version that a watch goes on from."""
    items: list[dict[str, Any]] = []
    more = ""
    while True:
        query = {**params, "limit": str(PAGE)} | ({"continue": more} if more else {})
        try:
            page = await client.get_json(path, query)
        except ApiError as error:
            if error.status == 410 and more:  # the token is too old: begin again
                items, more = [], ""
                continue
            raise
        metadata = page.get("metadata") or {}
        # Objects in a list carry no kind of their own.
        items += [item for item in page.get("items") or [] if isinstance(item, dict)]
        more = str(metadata.get("continue") or "")
        if not more:
            return items, str(metadata.get("resourceVersion") or "")


def _watch_query(path: str, params: Mapping[str, str], version: str) -> dict[str, str]:
    # Watches of many kinds that began together should not all end together.
    spread = crc32(path.encode()) % 60
    return {
        **params,
        "watch": "true",
        "allowWatchBookmarks": "true",
        "resourceVersion": version,
        "timeoutSeconds": str(WATCH_S - spread),
    }


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if line.strip():
                yield line
        if len(rest) > LINE_BYTES:
            raise _Expired


def _read(line: bytes) -> tuple[str, dict[str, Any]]:
    """Verb and object of a line. Raises _Expired when it cannot be gone on from, or ApiError."""
    try:
        event = _line(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _Expired from None
    if event.type == "ERROR":
        status = event.object.get("code")
        message = str(event.object.get("message") or "the watch was ended")
        raise ApiError(message, status=status if isinstance(status, int) else 500)
    return event.type, event.object


def _version(thing: Mapping[str, Any]) -> str:
    metadata = thing.get("metadata")
    return str(metadata.get("resourceVersion") or "") if isinstance(metadata, dict) else ""
