"""HTTP to the API server: one answer, or a stream of bytes.

Answers and streams use separate clients, so that followed logs and watches never take a connection
from a polling round. Time-outs are in seconds of the injected clock. After a 401 the credentials
are read again, once for all requests that got one.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
import msgspec

from wvatui.clock import Clock, RetryBell, StreamMeter
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.answers import (
    ApiError,
    NoAnswerError,
    RetryAfter,
    UnauthorizedError,
    decode_object,
    error_of,
    one_line,
)
from wvatui.kube.auth import Access, Credentials
from wvatui.kube.transport import TransportLink, address, broken_words

__all__ = ["Answer", "ApiError", "Client"]

ERROR_BYTES = 1 << 18
"""Bytes of an error's body that are read."""
AWAY_S = 3.0
"""After this many seconds without any answer, the first answer ends all waits."""
_AWAY = (502, 503, 504)
"""Statuses of a proxy before an API server that is away, or of a server that starts."""
STREAM_HEADER = "x-wvatui-stream"

QueryParams = Mapping[str, str] | None


class Answer(NamedTuple):
    """A successful answer."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class _Request(NamedTuple):
    method: str
    path: str
    content: bytes | None = None
    content_type: str = "application/json"


class Client:
    """Requests to one API server.

    Every method raises DeniedError (401 after a renewal, 403), ApiError (any other status) or
    ClusterError (no answer, or none that can be read). The text of an error is one line and
    holds no credential.
    """

    def __init__(self, access: Access, clock: Clock, *, request_timeout_s: float = 10.0) -> None:
        """`request_timeout_s`: for one whole answer, and for a stream to begin; clock seconds."""
        self._access = access
        self._clock = clock
        self._timeout_s = request_timeout_s
        self._link: TransportLink | None = None
        self._failing_since: float | None = None
        self._heard_at = 0.0
        self._unanswered: set[str] = set()
        """Paths of requests that timed out since the last answer."""
        self._silences: set[asyncio.Timeout] = set()
        self._held_back = RetryAfter(clock.now)
        self.retries = RetryBell()
        """Wakes the tasks that wait to retry a failed request."""

    @property
    def server(self) -> str:
        """URL of the API server."""
        return self._access.server

    def retry_now(self) -> None:
        """Retry everything that failed, as a user asks, whatever wait the server named."""
        self._held_back.clear()
        self.retries.ring()

    # --- one answer -----------------------------------------------------------------------

    async def get_json(self, path: str, params: QueryParams = None) -> dict[str, Any]:
        """The JSON object at `path`."""
        return self.decoded(await self.get_bytes(path, params), path)

    async def get_bytes(
        self,
        path: str,
        params: QueryParams = None,
        *,
        limit_bytes: int | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """The answer at `path`; ApiError "TooLarge" when it is longer than `limit_bytes`.

        `timeout_s`: clock seconds for all of it; None: the client's; then ClusterError "timed out".
        """
        return await self._ask(_Request("GET", _target(path, params)), limit_bytes, timeout_s)

    async def post_json(
        self, path: str, body: Mapping[str, Any], params: QueryParams = None
    ) -> dict[str, Any]:
        """Create `body` at `path` and return the server's object."""
        request = _Request("POST", _target(path, params), msgspec.json.encode(body))
        return self.decoded(await self._ask(request, None, None), path)

    async def patch_json(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Merge `body` into the object at `path` and return the server's object."""
        content = msgspec.json.encode(body)
        request = _Request("PATCH", path, content, "application/merge-patch+json")
        return self.decoded(await self._ask(request, None, None), path)

    async def delete(
        self, path: str, body: Mapping[str, Any] | None = None, params: QueryParams = None
    ) -> None:
        """Delete the object at `path`; `body`: DeleteOptions. Raises ApiError 404: no object."""
        content = None if body is None else msgspec.json.encode(body)
        await self._ask(_Request("DELETE", _target(path, params), content), None, None)

    async def _ask(
        self, request: _Request, limit_bytes: int | None, timeout_s: float | None
    ) -> Answer:
        limit_s = self._timeout_s if timeout_s is None else timeout_s
        self._held_back.check(request.method, request.path)
        with self._clock.holding(), self._heard(request):
            credentials = await self._access.current()
            try:
                return await self._whole(request, credentials, limit_bytes, limit_s)
            except UnauthorizedError:
                credentials = await self._others(credentials)
            try:
                return await self._whole(request, credentials, limit_bytes, limit_s)
            except UnauthorizedError as error:
                raise self._unknown(error.message) from None

    async def _whole(
        self, request: _Request, credentials: Credentials, limit: int | None, limit_s: float
    ) -> Answer:
        """One try."""
        body = bytearray()
        async with AsyncExitStack() as stack:
            link = await stack.enter_async_context(self._linked(credentials))
            try:
                async with self._clock.timeout(limit_s):
                    opening = self._open(link.polls(request.path), request, credentials)
                    got = await stack.enter_async_context(opening)
                    async for chunk in got.aiter_bytes():
                        body += chunk
                        if limit is not None and len(body) > limit:
                            raise _too_large(got.status_code, limit)
            except TimeoutError:
                raise self._timed_out(limit_s) from None
            except httpx.HTTPError as error:
                raise self._broken(error, credentials) from None
            return Answer(got.status_code, bytes(body), got.headers)

    def decoded(self, answer: Answer, path: str) -> dict[str, Any]:
        """The JSON object in an answer of `path`. Raises ClusterError where there is none."""
        try:
            return decode_object(answer.body)
        except ValueError:
            kind = answer.headers.get("content-type", "").partition(";")[0] or "of no type"
            start = one_line(
                answer.body[:80].decode("utf-8", "replace"), self._access.credentials.secrets
            )
            text = f"{path.partition('?')[0]}: the answer is no JSON object ({kind}): {start}"
            raise ClusterError(text) from None

    # --- a stream -------------------------------------------------------------------------

    @asynccontextmanager
    async def stream(
        self, path: str, params: QueryParams = None, *, idle_s: float | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Bytes as they arrive, until the server ends the stream and with it the iterator.

        A chunk counts as read when the next one is asked for. Raises TimeoutError after `idle_s`
        clock seconds without a byte and when the server was away and is back, ClusterError when the
        connection breaks.
        """
        request = _Request("GET", _target(path, params))
        self._held_back.check(request.method, request.path)
        async with AsyncExitStack() as stack:
            with self._clock.holding(), self._heard(request):
                credentials = await self._access.current()
                try:
                    got, meter = await self._begin(stack, request, credentials)
                except UnauthorizedError:
                    credentials = await self._others(credentials)
                    try:
                        got, meter = await self._begin(stack, request, credentials)
                    except UnauthorizedError as error:
                        raise self._unknown(error.message) from None
            chunks = self._chunks(got, meter, idle_s, credentials)
            await stack.enter_async_context(aclosing(chunks))
            yield chunks

    async def _begin(
        self, stack: AsyncExitStack, request: _Request, credentials: Credentials
    ) -> tuple[httpx.Response, StreamMeter]:
        """Open a stream that lives as long as `stack`."""
        async with AsyncExitStack() as own:
            link = await own.enter_async_context(self._linked(credentials))
            try:
                async with self._clock.timeout(self._timeout_s):
                    opening = self._open(link.streams, request, credentials)
                    got = await own.enter_async_context(opening)
            except TimeoutError:
                raise self._timed_out(self._timeout_s) from None
            except httpx.HTTPError as error:
                raise self._broken(error, credentials) from None
            meter = self._clock.stream(got.headers.get(STREAM_HEADER, ""))
            own.callback(meter.close)
            stack.push_async_exit(own.pop_all())
        return got, meter

    async def _chunks(
        self,
        got: httpx.Response,
        meter: StreamMeter,
        idle_s: float | None,
        credentials: Credentials,
    ) -> AsyncGenerator[bytes, None]:
        chunks = got.aiter_raw()
        while True:
            try:
                async with self._clock.timeout(idle_s), asyncio.timeout(None) as silence:
                    self._silences.add(silence)
                    try:
                        chunk = await anext(chunks)
                    finally:
                        self._silences.discard(silence)
            except StopAsyncIteration:
                return
            except httpx.HTTPError as error:
                raise self._broken(error, credentials) from None
            self._heard_at = self._clock.now()
            yield chunk
            meter.received(len(chunk))

    # --- inside ---------------------------------------------------------------------------

    @contextmanager
    def _heard(self, request: _Request) -> Iterator[None]:
        """Note whether the server answers. Once it is back, waiting requests are retried at once,
        and streams opened before are given up, as their other end may be gone."""
        begun = self._clock.now()
        try:
            yield
        except ClusterError as error:
            status = error.status if isinstance(error, ApiError) else 0
            self._held_back.note(request.method, request.path, error)
            is_known = isinstance(error, DeniedError) and not isinstance(error, UnauthorizedError)
            is_answer = is_known or (status and status not in _AWAY)
            if not is_answer:
                # The answer of a pod, or its silence, says nothing about the server.
                if self._may_be_away(request, error, begun) and self._failing_since is None:
                    self._failing_since = self._clock.now()
            else:
                self._answered()
            raise
        self._answered()

    def _may_be_away(self, request: _Request, error: ClusterError, begun: float) -> bool:
        """Whether an error means that the server does not answer; one slow list, while others are
        answered, does not."""
        if "/proxy/" in request.path:
            return False
        if not isinstance(error, NoAnswerError):
            return True
        self._unanswered.add(request.path.partition("?")[0])
        return len(self._unanswered) > 1 and self._heard_at < begun

    def _answered(self) -> None:
        self._heard_at = self._clock.now()
        self._unanswered.clear()
        since, self._failing_since = self._failing_since, None
        if since is not None and self._clock.now() - since >= AWAY_S:
            self.retries.ring()
            for silence in self._silences:
                silence.reschedule(0.0)

    @asynccontextmanager
    async def _open(
        self, client: httpx.AsyncClient, request: _Request, credentials: Credentials
    ) -> AsyncIterator[httpx.Response]:
        """A successful response, its body not read yet. Raises httpx.HTTPError, or the refusal."""
        headers = list(credentials.headers)
        if credentials.authorization:
            headers.append(("authorization", credentials.authorization))
        if request.content is not None:
            headers.append(("content-type", request.content_type))
        url = address(credentials.server, request.path)
        made = client.build_request(request.method, url, content=request.content, headers=headers)
        try:
            got = await client.send(made, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            # The server may just have closed a kept connection, so one failure proves nothing.
            # Where we closed it ourselves, nobody waits for an answer any more.
            if request.method != "GET" or client.is_closed:
                raise
            got = await client.send(made, stream=True)
        try:
            if got.status_code >= 300:
                raise await _refusal(got, request, credentials.secrets)
            yield got
        finally:
            with suppress(httpx.HTTPError):
                await got.aclose()

    @asynccontextmanager
    async def _linked(self, credentials: Credentials) -> AsyncIterator[TransportLink]:
        """The connections of `credentials`. Older ones close once their last request ends."""
        if self._link is None or self._link.key != credentials.link:
            old, self._link = self._link, TransportLink(credentials)
            if old is not None and not old.users:
                await old.aclose()
        link = self._link
        link.users += 1
        try:
            yield link
        finally:
            link.users -= 1
            if link is not self._link and not link.users:
                await link.aclose()

    def _timed_out(self, limit_s: float) -> NoAnswerError:
        return NoAnswerError(f"timed out: no answer from {self.server} within {limit_s:g} s")

    def _broken(self, error: httpx.HTTPError, credentials: Credentials) -> ClusterError:
        return ClusterError(f"{self.server}: {one_line(broken_words(error), credentials.secrets)}")

    async def _others(self, refused: Credentials) -> Credentials:
        """Newer credentials, after a 401."""
        try:
            return await self._access.renew(refused)
        except ClusterError as error:
            raise self._unknown(error.message) from None

    def _unknown(self, why: str) -> UnauthorizedError:
        return UnauthorizedError(
            f"{self.server} does not accept the credentials of context "
            f"{self._access.context!r} (401): {why}",
            hint="sign in again, as for kubectl",
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._access.aclose()
        link, self._link = self._link, None
        if link is not None:
            await link.aclose()


def _target(path: str, params: QueryParams) -> str:
    """Path and query; a path may bring a query of its own."""
    if not params:
        return path
    return f"{path}{'&' if '?' in path else '?'}{urlencode(params)}"


def _too_large(status: int, limit: int) -> ApiError:
    return ApiError(f"the answer is longer than {limit} bytes", status=status, reason="TooLarge")


async def _refusal(
    got: httpx.Response, request: _Request, secrets: tuple[str, ...]
) -> ClusterError:
    """The error for a refused request; half of its body is enough."""
    body = bytearray()
    with suppress(httpx.HTTPError):
        async for chunk in got.aiter_bytes():
            body += chunk
            if len(body) > ERROR_BYTES:
                break
    return error_of(
        got.status_code,
        bytes(body),
        got.headers.get("retry-after", ""),
        method=request.method,
        path=request.path,
        secrets=secrets,
    )
