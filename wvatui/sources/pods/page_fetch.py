"""Fetches one metrics page of one pod, through the API server's pod proxy or directly from the
pod."""

import asyncio
import os
import re
import ssl
from typing import NamedTuple, Protocol
from urllib.parse import quote

import httpx

from wvatui.clock import Clock
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.answers import one_line
from wvatui.kube.auth import Credentials
from wvatui.kube.client import ApiError, Client
from wvatui.kube.transport import broken_words, http_client, proxy_for
from wvatui.sources.pods.endpoints import PageEndpoint

PAGE_LIMIT_BYTES = 4 * 1024 * 1024
"""Longest page accepted: a real page has 70 kB, and a very large one still less than this."""

_REFUSED = re.compile(r"connection refused|no route to host|host is down", re.IGNORECASE)
_NO_HTTP = re.compile(
    r"HTTPS server|malformed HTTP response|\bEOF\b|without response", re.IGNORECASE
)
"""Errors of Go's client and servers where only one side speaks TLS."""
_IN_PATH = "/?=&%:@,;+~!$'()*"
_TIMED_OUT = re.compile(r"i/o timeout|deadline exceeded|timed out", re.IGNORECASE)


class Fetched(NamedTuple):
    """A page, or why there is none.

    `why`: empty (it is a page), or refused, other (something answers there, but not with metrics),
    starting, timeout, denied (by the cluster), guarded (by the pod), gone, unreachable, error, tls
    (the endpoint does not speak http, and may speak https).
    """

    why: str
    body: bytes = b""
    text: str = ""


class Fetch(Protocol):
    """Fetches metrics pages."""

    async def __call__(self, namespace: str, pod: str, ip: str, endpoint: PageEndpoint) -> Fetched:
        """The result of one request; never raises for an error that a pod or a cluster may
        cause."""

    async def aclose(self) -> None:
        """Close the connections that it owns."""


class ProxyFetch:
    """Fetches pages through `pods/proxy`, which works wherever the API server can be reached."""

    def __init__(self, client: Client, *, timeout_s: float) -> None:
        """`timeout_s`: for a whole page, clock seconds."""
        self._client = client
        self._timeout_s = timeout_s

    async def __call__(self, namespace: str, pod: str, ip: str, endpoint: PageEndpoint) -> Fetched:
        """The result of one request for the metrics of `pod`. The API server does not verify pods'
        certificates."""
        scheme = "https:" if endpoint.scheme == "https" else ""
        path = (
            f"/api/v1/namespaces/{quote(namespace)}/pods/{scheme}{quote(pod)}:{endpoint.port}"
            f"/proxy{quote(endpoint.path, safe=_IN_PATH)}"
        )
        try:
            answer = await self._client.get_bytes(
                path, limit_bytes=PAGE_LIMIT_BYTES, timeout_s=self._timeout_s
            )
        except DeniedError as error:
            return Fetched("denied", text=error.message)
        except ApiError as error:
            why = _api_why(error)
            text = _guarded(error.status, error.message) if why == "guarded" else error.message
            return Fetched(why, text=text)
        except ClusterError as error:
            timed_out = _TIMED_OUT.search(error.message) is not None
            return Fetched("timeout" if timed_out else "unreachable", text=error.message)
        except TimeoutError:
            return Fetched("timeout", text=f"no answer within {self._timeout_s:g} s")
        return Fetched("", answer.body)

    async def aclose(self) -> None:
        """Do nothing, as the client is owned by the caller."""


def _api_why(error: ApiError) -> str:
    """`Fetched.why` for an error: the API server's own, or one that it passes on from the pod.

    The API server's own errors have a Status object with a reason (NotFound: no such pod;
    ServiceUnavailable: the pod could not be reached).
    """
    message = error.message
    if error.status == 404:
        return "gone" if error.reason == "NotFound" else "other"
    if error.status in (401, 403):
        return "guarded"
    if _REFUSED.search(message):
        return "refused"
    if _NO_HTTP.search(message):
        return "tls"
    if _TIMED_OUT.search(message) or error.status == 504:
        return "timeout"
    if error.status == 503 and not error.reason:
        return "starting"  # no Status object: the pod itself reports that its engine is not up
    return "error" if error.status == 429 or error.status >= 500 else "other"


def _guarded(status: int, text: str = "") -> str:
    """A refusal by the pod, worded so that it is not mistaken for a missing right in the
    cluster."""
    what = "it wants credentials of its own" if status == 401 else "it does not let us read it"
    said = f" ({text})" if text and text != f"HTTP {status}" else ""
    return f"the pod answers {status} to a request for its metrics: {what}{said}"


def _said(status: int) -> str:
    return f"the pod answers {status}"


class DirectFetch:
    """Fetches pages from the pod's address, for a process inside the pod network."""

    def __init__(self, clock: Clock, *, timeout_s: float, connections: int = 64) -> None:
        self._clock = clock
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(
            trust_env=False,
            verify=False,  # as the API server's proxy does: a pod's certificate has no address
            timeout=None,
            limits=httpx.Limits(
                max_connections=connections * 4,
                max_keepalive_connections=connections * 4,
                keepalive_expiry=600.0,
            ),
        )

    async def __call__(self, namespace: str, pod: str, ip: str, endpoint: PageEndpoint) -> Fetched:
        """The result of one request for the metrics of the pod at `ip`."""
        if not ip:
            return Fetched("starting", text="the pod has no address yet")
        host = f"[{ip}]" if ":" in ip else ip
        try:
            with self._clock.holding():
                async with self._clock.timeout(self._timeout_s):
                    path = quote(endpoint.path, safe=_IN_PATH)
                    return await self._page(f"{endpoint.scheme}://{host}:{endpoint.port}{path}")
        except TimeoutError:
            return Fetched("timeout", text=f"no answer within {self._timeout_s:g} s")
        except httpx.ConnectError as error:
            return Fetched("refused", text=str(error))
        except httpx.RemoteProtocolError as error:
            # A partial page is an answer; without any, the endpoint may speak TLS.
            is_half = "complete message body" in str(error)
            return Fetched("error" if is_half else "tls", text=str(error))
        except httpx.HTTPError as error:
            return Fetched("error", text=str(error) or type(error).__name__)

    async def _page(self, url: str) -> Fetched:
        async with self._client.stream("GET", url) as answer:
            if answer.status_code == 503:
                return Fetched("starting", text="the pod answers 503")
            if answer.status_code in (401, 403):
                return Fetched("guarded", text=_guarded(answer.status_code))
            if answer.status_code == 400:
                text = (await answer.aread())[:200].decode("utf-8", "replace")
                return Fetched("tls" if _NO_HTTP.search(text) else "other", text=_said(400))
            if answer.status_code != 200:
                return Fetched("other", text=_said(answer.status_code))
            return await _body(answer)

    async def aclose(self) -> None:
        """Close the connections."""
        await asyncio.shield(self._client.aclose())


async def _body(answer: httpx.Response) -> Fetched:
    """The page in an answer, or why the answer holds none."""
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > PAGE_LIMIT_BYTES:
            return Fetched("error", text=f"the page is over {PAGE_LIMIT_BYTES} bytes")
    return Fetched("", bytes(body))


_REDIRECTED = (301, 302, 303, 307, 308)
REDIRECTS = 3
"""Most redirects that are followed; a missing slash at the end of the path causes one."""


_NO_TLS = re.compile("wrong version number|record layer failure|unknown protocol")
_CLOSED = (httpx.RemoteProtocolError, httpx.ReadError)
"""How a connection ends where the two sides speak different protocols."""


class UrlFetch:
    """Fetches one URL, with error texts for an engine that is not a pod."""

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        context: ssl.SSLContext,
        clock: Clock,
        *,
        timeout_s: float,
    ) -> None:
        """`credentials`: for the URL's own host; `context`: the TLS settings.

        Raises ClusterError for a proxy that cannot be used.
        """
        self._url, self._clock, self._timeout_s = httpx.URL(url), clock, timeout_s
        self._secrets, self._has_answered = credentials.secrets, False
        self._headers = {"accept": "text/plain"}
        if credentials.authorization:
            self._headers["authorization"] = credentials.authorization
        proxy = proxy_for(credentials, os.environ)
        # A pool of its own, as a pool checks each of its connections against all others.
        self._client = http_client(credentials, context, proxy, 2)

    async def __call__(self) -> Fetched:
        """The result of one request; never raises for an error that a server may cause."""
        try:
            with self._clock.holding():
                async with self._clock.timeout(self._timeout_s):
                    return await self._page(self._url, REDIRECTS)
        except TimeoutError:
            return Fetched("timeout", text=f"no answer within {self._timeout_s:g} s")
        except httpx.HTTPError as error:
            words = one_line(broken_words(error), self._secrets)
            if _NO_TLS.search(words):
                words = "it does not speak TLS: is it http:// ?"
            elif isinstance(error, _CLOSED) and not self._has_answered:
                words += f": does it speak {self._url.scheme}?"
            return Fetched("refused" if _REFUSED.search(words) else "error", text=words)
        except (httpx.InvalidURL, UnicodeError):  # in a redirect: the URL itself was parsed before
            return Fetched("other", text="it redirects to what is no address")

    async def _page(self, url: httpx.URL, redirects: int) -> Fetched:
        async with self._client.stream("GET", url, headers=self._headers) as answer:
            status, self._has_answered = answer.status_code, True
            if status in _REDIRECTED:
                target = url.join(answer.headers.get("location", ""))
                if _origin(target) != _origin(url):
                    where = f"{target.scheme}://{target.host}"
                    words = f"it redirects to {where}, which is another server: not followed"
                    return Fetched("other", text=one_line(words, self._secrets))
                if not redirects:
                    return Fetched("other", text="it redirects without end")
            elif status == 200:
                return await _body(answer)
            else:
                return Fetched(*_refusal(status, url.path))
        return await self._page(target, redirects - 1)

    async def aclose(self) -> None:
        """Close the connections."""
        await asyncio.shield(self._client.aclose())


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _refusal(status: int, path: str) -> tuple[str, bytes, str]:
    """The fields of a `Fetched` for an answer that is no page."""
    if status == 503:
        return "starting", b"", "it answers 503: the engine is not up yet"
    if status == 401:
        return "guarded", b"", "it answers 401: it wants credentials (--token-file)"
    if status == 403:
        return "guarded", b"", "it answers 403: these credentials may not read it"
    if status == 400:
        return "other", b"", "it answers 400: is it https:// ?"
    if status == 429:
        return "other", b"", "it answers 429: it is asked too often"
    if status >= 500:
        return "other", b"", f"it answers {status}: it, or a proxy before it, is in trouble"
    return "other", b"", f"it answers {status} at {path}: is it the engine's address?"
