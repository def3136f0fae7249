"""Engines outside a cluster: metrics pages at addresses that the user gives.

No other address is requested. A redirect is followed only on the same host and port, so that no
credential is sent elsewhere.
"""

import asyncio
import re
import ssl
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from wvatui.clock import Clock
from wvatui.core.events import EngineEndpoint
from wvatui.core.lines import clean
from wvatui.core.metrics.engine_page import EnginePage, read_engines
from wvatui.core.redact import redacted_text
from wvatui.errors import UsageError
from wvatui.kube.auth import Credentials
from wvatui.kube.transport import tls
from wvatui.sources.pods.endpoints import METRICS_PATH, EndpointBook, PageEndpoint
from wvatui.sources.pods.page_fetch import Fetched, UrlFetch
from wvatui.sources.pods.poller import PollTarget
from wvatui.sources.pods.probe import Probe

_EXAMPLE = "write it as http://gpu-box:8000, with a name: blue=http://gpu-box:8000"
_NAMED = re.compile(r"([^=/?#:@]+)=(?=\S)")
_PORTS = {"http": 80, "https": 443}
MOST = 1000
"""Most endpoints in one session."""


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """One polled engine."""

    name: str
    scheme: str
    host: str
    """As in a URL: an IPv6 address is in brackets."""
    port: int
    path: str
    query: str = ""
    authorization: str = ""
    """Authorization header made from the URL's user and password; empty: it has none."""

    def __repr__(self) -> str:
        return f"EngineAddress({self.told.url})"  # no secret in a traceback

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The polled URL, without user and password."""
        return f"{self.origin}{self.path}" + (f"?{self.query}" if self.query else "")

    @property
    def told(self) -> EngineEndpoint:
        """The engine as it is recorded and shown."""
        return EngineEndpoint(self.name, redacted_text(self.url))

    @property
    def target(self) -> PollTarget:
        """The engine in the form of a polled pod, with this address as its only endpoint."""
        page = PageEndpoint(self.port, self.path, self.scheme)
        return PollTarget(self.name, "", ip=self.host, hints=(page,), ready=True)


def addresses(given: Iterable[str], file: Path | None = None) -> tuple[EngineAddress, ...]:
    """The endpoints `given`, each as `[NAME=]URL`, and those in a file with one per line.

    Raises UsageError: no endpoint, one that is no URL, two with the same name or URL, or a file
    that cannot be read.
    """
    asked = [("--endpoint", text) for text in given]
    asked += _lines(file) if file is not None else []
    known: dict[str, EngineAddress] = {}
    names: dict[str, str] = {}
    for where, text in asked:
        address = _address(where, text)
        if address.name in known:
            twice = "is given twice" if known[address.name] == address else "names two endpoints"
            hint = "give each a name of its own: NAME=URL"
            raise UsageError(f"{where}: {address.name} {twice}", hint=hint)
        twin = names.setdefault(address.url, address.name)
        if twin != address.name:
            words = f"{where}: {address.name} and {twin} are one address: it would count twice"
            raise UsageError(words, hint="name each engine once")
        known[address.name] = address
    if len(known) > MOST:
        raise UsageError(f"{len(known)} endpoints: more than {MOST} are not watched at once")
    return tuple(known.values())


def _lines(file: Path) -> list[tuple[str, str]]:
    """(file and line number, text) of each line that is neither empty nor a comment."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{file}: is no text", hint="one endpoint a line: [NAME=]URL") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}") from None
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    kept = [(f"{file}:{number}", line) for number, line in lines if line and line[0] != "#"]
    if not kept:
        raise UsageError(f"{file}: names no endpoint", hint="one a line: [NAME=]URL")
    return kept


def _address(where: str, text: str) -> EngineAddress:
    named = _NAMED.match(text)
    name, url = (named[1].strip(), text[named.end() :]) if named else ("", text.strip())
    shown = redacted_text(clean(url))[:200]
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = _PORTS.get(parts.scheme, 0) if parts.port is None else parts.port
        _ = httpx.URL(scheme="http", host=parts.hostname or "").host  # as it is asked
    except (ValueError, httpx.InvalidURL) as error:
        words = f"{where}: {shown!r} is no address: {clean(str(error))[:100]}"
        raise UsageError(words, hint=_EXAMPLE) from None
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or not port or not re.fullmatch(r"[\w.:%-]+", host):
        raise UsageError(f"{where}: {shown!r} is no http or https address", hint=_EXAMPLE)
    if re.search(r"[\x00-\x20\x7f]", url):
        raise UsageError(f"{where}: {shown!r} holds white space", hint="one endpoint each")
    host = f"[{host}]" if ":" in host else host
    name = clean(name) or f"{host}:{port}"
    return EngineAddress(
        name=name,
        scheme=parts.scheme,
        host=host,
        port=port,
        path=parts.path if parts.path.strip("/") else METRICS_PATH,
        query=parts.query,
        authorization=_basic(parts),
    )


def _basic(parts: SplitResult) -> str:
    """Authorization header for a URL's user and password; empty where it has neither."""
    if parts.username is None and parts.password is None:
        return ""
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return f"Basic {b64encode(pair.encode()).decode()}"


class EndpointFetch:
    """A `Fetch` that finds each engine's page by the engine's name."""

    def __init__(
        self,
        asked: Sequence[EngineAddress],
        clock: Clock,
        *,
        timeout_s: float,
        token: str = "",
        ca: str = "",
        verify: bool = True,
    ) -> None:
        """`token`: sent to each engine without credentials of its own. `ca`: PEM of the
        certificates to trust in place of this machine's; `verify` False: trust any.

        Raises ClusterError for invalid certificates, or a proxy that cannot be used.
        """
        bearer = f"Bearer {token}" if token else ""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if (secure := next((each for each in asked if each.scheme == "https"), None)) is not None:
            context = tls(Credentials(secure.origin, ca=ca, verify=verify))
        self._fetches: dict[str, UrlFetch] = {}
        for each in asked:
            credentials = Credentials(each.origin, authorization=each.authorization or bearer)
            self._fetches[each.name] = UrlFetch(
                each.url, credentials, context, clock, timeout_s=timeout_s
            )

    async def __call__(self, namespace: str, pod: str, ip: str, endpoint: PageEndpoint) -> Fetched:
        """The answer of one request for the page of the engine called `pod`."""
        return await self._fetches[pod]()

    async def aclose(self) -> None:
        """Close the connections."""
        for fetch in self._fetches.values():
            await fetch.aclose()


class Miss(NamedTuple):
    """An engine that gives no page at present: why, and the reason in words."""

    address: EngineAddress
    why: str
    """As in `Fetched`; "starting": it reports that it is not up yet."""
    text: str


async def misses(asked: Sequence[EngineAddress], fetch: EndpointFetch) -> list[Miss]:
    """The engines that give no page at present."""
    probe = Probe(fetch, EndpointBook(()), _engine_page, "engine's metrics page")
    looks = await asyncio.gather(*(probe.look(each.target) for each in asked))
    return [
        Miss(each, look.why, look.text)
        for each, look in zip(asked, looks, strict=True)
        if look.page is None
    ]


def _engine_page(page: bytes, target: PollTarget) -> EnginePage | None:
    return read_engines(page)
