"""The httpx client for one set of credentials: TLS, proxy, pool."""

import os
import ssl
import tempfile
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import httpx

import wvatui
from wvatui.errors import ClusterError
from wvatui.kube.auth import Credentials, is_loopback

KEEP_S = 900.0
"""Wall seconds for which an idle connection is kept: longer than any polling interval."""
CONNECTIONS = 256


def transport(credentials: Credentials) -> httpx.AsyncClient:
    """A client with a pool of its own. Raises ClusterError for certificates that are none."""
    return httpx.AsyncClient(
        base_url=credentials.server,
        verify=tls(credentials) if credentials.server.startswith("https") else False,
        proxy=proxy_for(credentials),
        trust_env=False,
        timeout=None,
        follow_redirects=False,
        headers={
            "accept": "application/json",
            "accept-encoding": "identity",  # streams are counted byte by byte
            "user-agent": f"wvatui/{wvatui.__version__}",
        },
        limits=httpx.Limits(
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=KEEP_S,
        ),
    )


def tls(credentials: Credentials) -> ssl.SSLContext:
    """The TLS settings of `credentials`."""
    try:
        context = ssl.create_default_context(cadata=credentials.ca or None)
        # Private CAs of clusters are older than the strict profile, and cannot be made anew.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if not credentials.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if credentials.certificate:
            _load_pair(context, credentials)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise ClusterError(f"{credentials.server}: certificate unusable: {error}") from None
    return context


def _load_pair(context: ssl.SSLContext, credentials: Credentials) -> None:
    """The client certificate; ssl takes it from files only, which live as short as can be."""
    with tempfile.TemporaryDirectory(prefix="wvatui-") as folder:
        path = Path(folder) / "pair.pem"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{credentials.certificate}\n{credentials.key}\n")
        context.load_cert_chain(path)


def proxy_for(credentials: Credentials) -> str | None:
    """The proxy to go through: the kubeconfig's, else the environment's; loopback uses none."""
    parts = urlsplit(credentials.server)
    host = parts.hostname or ""
    if is_loopback(host):
        return None
    if credentials.proxy:
        return credentials.proxy
    if proxy_bypass(host):
        return None
    proxies = getproxies_environment()
    return proxies.get(parts.scheme) or proxies.get("all")
