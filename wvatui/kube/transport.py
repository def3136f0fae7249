"""The httpx clients for one set of credentials: TLS, proxy, pools."""

import contextlib
import ipaddress
import os
import socket
import ssl
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import httpx

import wvatui
from wvatui.errors import ClusterError
from wvatui.host import private
from wvatui.kube.answers import one_line
from wvatui.kube.auth import Credentials, is_loopback

CONNECTIONS = 256
"""Most connections open at once, for polls and for streams each; all may stay open between two
rounds."""
POOLS = 16
"""Number of pools over which the polls' connections are spread, by path. For each request
httpcore's pool checks every connection against all others: 200 in one pool cost more than 200
answers."""

# TCP keep-alive notices within a minute a peer that vanished silently (a suspended laptop, a NAT
# that dropped the entry), however long a stream may legitimately be idle.
_KEEPALIVE = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)] + [
    (socket.IPPROTO_TCP, getattr(socket, name), value)
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
    if hasattr(socket, name)
]


class TransportLink:
    """The two clients of one set of credentials, so that streams never take a poll's connection."""

    def __init__(self, credentials: Credentials) -> None:
        """Raises ClusterError for invalid certificates, or a proxy that cannot be used."""
        self.key = credentials.link
        self.users = 0
        """Number of requests and streams under way."""
        is_https = credentials.server.startswith("https")
        context = tls(credentials) if is_https else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        proxy = proxy_for(credentials, os.environ)
        self._polls = [
            http_client(credentials, context, proxy, CONNECTIONS // POOLS) for _ in range(POOLS)
        ]
        self.streams = http_client(credentials, context, proxy, CONNECTIONS)

    def polls(self, path: str) -> httpx.AsyncClient:
        """The client for polls of `path`: always the same one, so that it reuses its connection."""
        return self._polls[zlib.crc32(path.encode()) % POOLS]

    async def aclose(self) -> None:
        """Close all connections, even when the call is cancelled meanwhile."""
        async with contextlib.AsyncExitStack() as stack:
            for client in (*self._polls, self.streams):
                stack.push_async_callback(client.aclose)


@lru_cache(maxsize=1024)  # a pod's page has the same address each time, and parsing it takes long
def address(server: str, path: str) -> httpx.URL:
    """The URL of `path` (with its query) at the server, whose own URL may contain a path."""
    return httpx.URL(f"{server.rstrip('/')}/{path.lstrip('/')}")


@contextlib.contextmanager
def proxy_told(server: str, proxy: str | None) -> Iterator[None]:
    """Context in which a transport to `server` is made. Raises ClusterError for a proxy that cannot
    be used."""
    try:
        yield
    except (ImportError, ValueError, httpx.InvalidURL):
        shown = urlsplit(proxy or "")
        raise ClusterError(
            f"{server}: the proxy {shown.scheme}://{shown.hostname} cannot be used",
            hint="http and https proxies can; for socks5 install httpx[socks]",
        ) from None


def http_client(
    credentials: Credentials, context: ssl.SSLContext, proxy: str | None, connections: int
) -> httpx.AsyncClient:
    """A client with a pool of its own. Raises ClusterError for a proxy that cannot be used."""
    with proxy_told(credentials.server, proxy):
        transport = httpx.AsyncHTTPTransport(
            verify=context,
            proxy=proxy,
            trust_env=False,
            socket_options=_KEEPALIVE,
            limits=httpx.Limits(
                max_connections=connections,
                max_keepalive_connections=connections,
                keepalive_expiry=None,  # whatever the interval; the server may close it
            ),
        )
    return httpx.AsyncClient(
        transport=transport,
        trust_env=False,
        timeout=None,
        follow_redirects=False,
        headers={
            "accept": "application/json",
            "accept-encoding": "identity",  # streams are counted byte by byte
            "user-agent": f"wvatui/{wvatui.__version__}",
        },
    )


# --- TLS ----------------------------------------------------------------------------------


class _NamedContext(ssl.SSLContext):
    """A TLS context that expects a certificate for `name`, whatever the address: `tls-server-name`.

    httpx has an extension for that, but it is lost on the way through a proxy.
    """

    name = ""

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """As any context does, but with the configured name."""
        return super().wrap_bio(incoming, outgoing, server_side, self.name, session)


def tls(credentials: Credentials) -> ssl.SSLContext:
    """The TLS settings of `credentials`. Raises ClusterError when they are unusable."""
    context = _NamedContext(ssl.PROTOCOL_TLS_CLIENT) if credentials.server_name else None
    if context is not None:
        context.name = credentials.server_name
    try:
        made: ssl.SSLContext = context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if not credentials.verify:
            made.check_hostname = False
            made.verify_mode = ssl.CERT_NONE
        elif credentials.ca:
            made.load_verify_locations(cadata=credentials.ca)
        else:
            _trust_system(made)
        if credentials.certificate:
            _load_pair(made, credentials)
    except (ssl.SSLError, OSError, ValueError) as error:
        text = one_line(str(error), credentials.secrets)
        raise ClusterError(f"{credentials.server}: certificate unusable: {text}") from None
    return made


def _trust_system(context: ssl.SSLContext) -> None:
    """Trust this machine's certificates; where it has none, those of certifi."""
    places = ssl.get_default_verify_paths()
    if places.cafile or places.capath:
        context.load_default_certs()
    else:
        import certifi

        context.load_verify_locations(certifi.where())


def _load_pair(context: ssl.SSLContext, credentials: Credentials) -> None:
    """Load the client certificate; ssl reads it from files only, which are deleted as soon as
    possible."""
    with tempfile.TemporaryDirectory(prefix="wvatui-") as folder:
        path = Path(folder) / "pair.pem"
        handle = private.opened(path, os.O_WRONLY | os.O_EXCL)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{credentials.certificate}\n{credentials.key}\n")
        # Without an explicit password OpenSSL would prompt for one on the terminal.
        context.load_cert_chain(path, password=lambda: "")


# --- proxy --------------------------------------------------------------------------------


def proxy_for(credentials: Credentials, environment: Mapping[str, str]) -> str | None:
    """The proxy to use: the kubeconfig's, else the environment's; none for loopback.

    Source: Go's `http.ProxyFromEnvironment`, which kubectl uses.
    """
    parts = urlsplit(credentials.server)
    host = parts.hostname or ""
    if is_loopback(host):
        return None
    if credentials.proxy:
        return credentials.proxy
    name = f"{parts.scheme}_proxy"
    proxy = environment.get(name.upper()) or environment.get(name)
    if not proxy:
        return None
    port = parts.port or (443 if parts.scheme == "https" else 80)
    exceptions = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    if _excepted(host, port, exceptions):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _excepted(host: str, port: int, exceptions: str) -> bool:
    """Whether `NO_PROXY` covers `host`: `*`, a name with all its subdomains, an address, a
    network."""
    address = None
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
    for entry in exceptions.lower().split(","):
        name = entry.strip()
        if name == "*":
            return True
        if address is not None:
            with contextlib.suppress(ValueError):
                if address in ipaddress.ip_network(name, strict=False):
                    return True
        if name.count(":") == 1:
            name, _, only = name.partition(":")
            if only != str(port):
                continue
        bare = name.removeprefix("*").removeprefix(".")
        if not bare:
            continue
        if host.endswith(f".{bare}") or (host == bare and not name.startswith(("*", "."))):
            return True
    return False


# --- broken connections --------------------------------------------------------------------


def broken_words(error: httpx.HTTPError) -> str:
    """Why there was no answer, or only part of one, in words that people search for."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"certificate verify failed: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"TLS: {cause.reason or cause}".replace("_", " ").lower()
        if isinstance(cause, socket.gaierror):
            return f"the name cannot be resolved: {cause.strerror}"
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if isinstance(cause, ConnectionResetError | BrokenPipeError):
            return "connection reset"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
    text = str(error)
    if isinstance(error, httpx.ProxyError):
        return f"the proxy refused: {text}"
    if isinstance(error, httpx.RemoteProtocolError) and "without sending" in text:
        return "the connection was closed in the middle of an answer"
    if isinstance(error, httpx.ReadError | httpx.WriteError | httpx.CloseError):
        return text or "connection reset"
    return text or type(error).__name__


def _causes(error: BaseException, depth: int = 0) -> Iterator[BaseException]:
    """The causes of `error`, nearest first, with every member of an exception group."""
    if depth > 10:
        return
    yield error
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            yield from _causes(member, depth + 1)
    below = error.__cause__ or error.__context__
    if below is not None:
        yield from _causes(below, depth + 1)
