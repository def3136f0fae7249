"""HTTP to the API server: one answer, or a stream of bytes.

Answers and streams use clients of their own, so that followed logs and watches never take a
connection away from a polling round. Time-outs are in the clock's seconds. A 401 makes the
credentials be read again, once for all who got one.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

import httpx
import msgspec

from wvatui.clock import Clock, StreamMeter
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.answers import ApiError, error_of, one_line
from wvatui.kube.auth import Access
from wvatui.kube.transport import transport

__all__ = ["Answer", "ApiError", "Client"]

ERROR_BYTES = 1 << 20
"""How much of an error's body is read."""
STREAM_HEADER = "x-wvatui-stream"

Params = Mapping[str, str] | None


class Answer(NamedTuple):
    """A good answer."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Client:
    """Requests to one API server.

    Every method raises DeniedError (401 after a renewal, 403), ApiError (any other status) or
    ClusterError (no answer).
    """

    def __init__(self, access: Access, clock: Clock, *, request_timeout_s: float = 10.0) -> None:
        """`request_timeout_s`: for one whole answer, and for a stream to begin; clock seconds."""
        self._access = access
        self._clock = clock
        self._timeout_s = request_timeout_s
        self._polls: httpx.AsyncClient | None = None
        self._streams: httpx.AsyncClient | None = None
        self._old: list[httpx.AsyncClient] = []
        self._generation = 0
        self._renewing = asyncio.Lock()

    @property
    def server(self) -> str:
        """URL of the API server."""
        return self._access.server

    # --- one answer

    async def get_json(self, path: str, params: Params = None) -> dict[str, Any]:
        """The JSON object at `path`."""
        return _object((await self.get_bytes(path, params)).body, path)

    async def get_bytes(
        self,
        path: str,
        params: Params = None,
        *,
        limit_bytes: int | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """The answer at `path`; ClusterError when it is longer than `limit_bytes`."""
        return await self._ask("GET", path, params, None, limit_bytes, timeout_s)

    async def post_json(
        self, path: str, body: Mapping[str, Any], params: Params = None
    ) -> dict[str, Any]:
        """Create `body` at `path`; the object that the server answers."""
        raw = msgspec.json.encode(body)
        return _object((await self._ask("POST", path, params, raw, None, None)).body, path)

    async def _ask(
        self,
        method: str,
        path: str,
        params: Params,
        content: bytes | None,
        limit_bytes: int | None,
        timeout_s: float | None,
    ) -> Answer:
        limit_s = self._timeout_s if timeout_s is None else timeout_s
        for is_last in (False, True):
            generation = self._generation
            try:
                with self._clock.holding():
                    async with self._clock.timeout(limit_s):
                        return await self._one(method, path, params, content, limit_bytes)
            except TimeoutError:
                raise ClusterError(
                    f"timed out: no answer from {self.server} within {limit_s:g} s"
                ) from None
            except DeniedError as error:
                if is_last or not _is_unauthorized(error):
                    raise
            await self._renew(generation)
        raise AssertionError("unreachable")

    async def _one(
        self, method: str, path: str, params: Params, content: bytes | None, limit: int | None
    ) -> Answer:
        headers = {"content-type": "application/json"} if content is not None else {}
        async with self._open(self._poll_client(), method, path, params, content, headers) as got:
            body = bytearray()
            try:
                async for chunk in got.aiter_raw():
                    body += chunk
                    if limit is not None and len(body) > limit:
                        raise ClusterError(f"{path}: the answer is longer than {limit} bytes")
            except httpx.HTTPError as error:
                raise self._unreachable(error) from None
            return Answer(got.status_code, bytes(body), got.headers)

    # --- a stream

    @asynccontextmanager
    async def stream(
        self, path: str, params: Params = None, *, idle_s: float | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Bytes as they come, until the server ends them (the iterator just ends).

        A chunk counts as read when the next is asked for. Raises TimeoutError after `idle_s`
        clock seconds without a byte, ClusterError when the connection breaks.
        """
        generation = self._generation
        begun = self._begin(path, params)
        try:
            got = await begun.__aenter__()
        except DeniedError as error:
            if not _is_unauthorized(error):
                raise
            await self._renew(generation)
            begun = self._begin(path, params)
            got = await begun.__aenter__()
        try:
            yield self._chunks(got, idle_s)
        finally:
            await begun.__aexit__(None, None, None)

    @asynccontextmanager
    async def _begin(
        self, path: str, params: Params
    ) -> AsyncIterator[tuple[httpx.Response, StreamMeter]]:
        opening = self._open(self._stream_client(), "GET", path, params, None, {})
        try:
            with self._clock.holding():
                async with self._clock.timeout(self._timeout_s):
                    got = await opening.__aenter__()
                meter = self._clock.stream(got.headers.get(STREAM_HEADER, ""))
        except TimeoutError:
            raise ClusterError(
                f"timed out: no answer from {self.server} within {self._timeout_s:g} s"
            ) from None
        try:
            yield got, meter
        finally:
            meter.close()
            with suppress(httpx.HTTPError):
                await opening.__aexit__(None, None, None)

    async def _chunks(
        self, begun: tuple[httpx.Response, StreamMeter], idle_s: float | None
    ) -> AsyncIterator[bytes]:
        got, meter = begun
        chunks = got.aiter_raw()
        while True:
            try:
                async with self._clock.timeout(idle_s):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except httpx.HTTPError as error:
                raise self._unreachable(error) from None
            yield chunk
            meter.received(len(chunk))

    # --- inside

    @asynccontextmanager
    async def _open(
        self,
        client: httpx.AsyncClient,
        method: str,
        path: str,
        params: Params,
        content: bytes | None,
        headers: Mapping[str, str],
    ) -> AsyncIterator[httpx.Response]:
        """A good answer, its body not read yet."""
        credentials = self._access.credentials
        own = dict(headers)
        if credentials.authorization:
            own["authorization"] = credentials.authorization
        extensions = {"sni_hostname": credentials.server_name} if credentials.server_name else None
        # `params` empty would take away the query that stands in the path.
        request = client.build_request(
            method, path, params=params or None, content=content, headers=own, extensions=extensions
        )
        try:
            got = await client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from None
        try:
            if got.status_code >= 300:
                raise await _refusal(got)
            yield got
        finally:
            with suppress(httpx.HTTPError):
                await got.aclose()

    async def _renew(self, generation: int) -> None:
        """Read the credentials again, unless somebody did since `generation`."""
        async with self._renewing:
            if generation != self._generation:
                return
            before = self._access.credentials
            after = await self._access.renew()
            self._generation += 1
            if (before.ca, before.certificate, before.key) != (
                after.ca,
                after.certificate,
                after.key,
            ):
                # Requests under way keep the old connections until they are done.
                self._old += [c for c in (self._polls, self._streams) if c is not None]
                self._polls = self._streams = None

    def _poll_client(self) -> httpx.AsyncClient:
        if self._polls is None:
            self._polls = transport(self._access.credentials)
        return self._polls

    def _stream_client(self) -> httpx.AsyncClient:
        if self._streams is None:
            self._streams = transport(self._access.credentials)
        return self._streams

    def _unreachable(self, error: httpx.HTTPError) -> ClusterError:
        return ClusterError(f"{self.server}: {_words(error)}")

    async def aclose(self) -> None:
        """Close all connections."""
        for client in [*self._old, self._polls, self._streams]:
            if client is not None:
                await client.aclose()
        self._old, self._polls, self._streams = [], None, None


async def _refusal(got: httpx.Response) -> ClusterError:
    """The error of a bad answer; half of its body is enough."""
    body = bytearray()
    with suppress(httpx.HTTPError):
        async for chunk in got.aiter_raw():
            body += chunk
            if len(body) > ERROR_BYTES:
                break
    return error_of(got.status_code, bytes(body), got.headers.get("retry-after", ""))


def _is_unauthorized(error: DeniedError) -> bool:
    return error.message.endswith("(401)")


def _object(body: bytes, path: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        start = one_line(body[:80].decode("utf-8", "replace"))
        raise ClusterError(f"{path}: the answer is no JSON object: {start}") from None


def _words(error: httpx.HTTPError) -> str:
    """What happened to a connection, in words that people search for."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"certificate verify failed: {cause.verify_message}"
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        cause = cause.__cause__ or cause.__context__
    text = one_line(str(error))
    if isinstance(error, httpx.ConnectError):
        return "connection refused" if "attempts failed" in text else text or "cannot connect"
    if isinstance(error, httpx.ProxyError):
        return f"the proxy refused: {text}"
    return text or type(error).__name__
