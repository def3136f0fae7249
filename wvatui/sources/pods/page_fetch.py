"""One metrics page of one pod: through the API server's pod proxy, or straight from the pod."""

import asyncio
import re
from typing import NamedTuple, Protocol
from urllib.parse import quote

import httpx

from wvatui.clock import Clock
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.client import ApiError, Client
from wvatui.sources.pods.endpoints import PageEndpoint

PAGE_LIMIT_BYTES = 4 * 1024 * 1024
"""A real page has 70 kB; ten times a big one is no metrics page."""

_REFUSED = re.compile(r"connection refused|no route to host|host is down", re.IGNORECASE)
_NO_HTTP = re.compile(
    r"HTTPS server|malformed HTTP response|\bEOF\b|without response", re.IGNORECASE
)
"""What Go's client and servers say where one side speaks TLS and the other does not."""
_IN_PATH = "/?=&%:@,;+~!$'()*"
_TIMED_OUT = re.compile(r"i/o timeout|deadline exceeded|timed out", re.IGNORECASE)


class Fetched(NamedTuple):
    """A page, or why there is none.

    `why`: empty (it is a page), or refused, other (something answers there, but no metrics),
    starting, timeout, denied (by the cluster), guarded (by the pod), gone, unreachable, error, tls
    (what answers there does not speak http, and may speak https).
    """

    why: str
    body: bytes = b""
    text: str = ""


class Fetch(Protocol):
    """How pages are fetched."""

    async def __call__(self, namespace: str, pod: str, ip: str, endpoint: PageEndpoint) -> Fetched:
        """One look; never raises for what a pod or a cluster may do."""

    async def aclose(self) -> None:
        """Let go of connections of its own."""


class ProxyFetch:
    """Through `pods/proxy`: works wherever the API server is reached."""

    def __init__(self, client: Client, *, timeout_s: float) -> None:
        """`timeout_s`: for a whole page, seconds of the clock."""
        self._client = client
        self._timeout_s = timeout_s

    async def __call__(self, namespace: str, pod: str, ip: str, endpoint: PageEndpoint) -> Fetched:
        """One look at the metrics of `pod`. The API server checks no certificate of a pod's."""
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
        """The client belongs to somebody else."""


def _api_why(error: ApiError) -> str:
    """What an error says: the API server's own, or one that the pod gave it to pass on.

    The API server's have a Status object, and with it a reason (NotFound: no such pod;
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
        return "starting"  # no Status object: the pod itself says that its engine is not up
    return "error" if error.status == 429 or error.status >= 500 else "other"


def _guarded(status: int, text: str = "") -> str:
    """Who refuses, in words that cannot be taken for a right in the cluster."""
    what = "it wants credentials of its own" if status == 401 else "it does not let us read it"
    said = f" ({text})" if text and text != f"HTTP {status}" else ""
    return f"the pod answers {status} to a request for its metrics: {what}{said}"


def _said(status: int) -> str:
    return f"the pod answers {status}"


class DirectFetch:
    """From the pod's address: for those who stand in the pod network."""

    def __init__(self, clock: Clock, *, timeout_s: float, connections: int = 64) -> None:
        self._clock = clock
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(
            trust_env=False,
            verify=False,  # as the API server's proxy: a pod's certificate names no address
            timeout=None,
            limits=httpx.Limits(
                max_connections=connections * 4,
                max_keepalive_connections=connections * 4,
                keepalive_expiry=600.0,
            ),
        )

    async def __call__(self, namespace: str, pod: str, ip: str, endpoint: PageEndpoint) -> Fetched:
        """One look at the metrics of the pod at `ip`."""
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
            # Half a page is an answer; what is none at all may be one of TLS.
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
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > PAGE_LIMIT_BYTES:
                    return Fetched("error", text=f"the page is over {PAGE_LIMIT_BYTES} bytes")
            return Fetched("", bytes(body))

    async def aclose(self) -> None:
        """Close the connections."""
        await asyncio.shield(self._client.aclose())
