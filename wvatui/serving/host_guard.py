"""Which requests are answered: by the name in the Host header and by the page they come from.

A foreign page must not reach the screen: neither by a name of its own that points here (DNS
rebinding), nor by opening the websocket across sites. So the Host header has to be a name of this
machine, and a websocket has to come from the page that was served under it.
"""

import ipaddress
import re
import socket
from collections.abc import Mapping

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self'; "
        # The terminal writes its colours and sizes into style elements of its own.
        "style-src 'self' 'unsafe-inline'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), clipboard-read=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
    "Server": "wvatui",
}
"""Headers of every answer."""

_HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::\d{1,5})?", re.I)


class HostGuard:
    """Knows the names of a server that listens on `host`."""

    def __init__(self, host: str) -> None:
        address = _address(host)
        self.is_open = not (host == "localhost" or (address is not None and address.is_loopback))
        """Whether others than this machine can reach it."""
        self._names = {"localhost"}
        if address is None:
            self._names.add(host.lower())
        elif address.is_unspecified:
            self._names.add(socket.gethostname().lower())

    def knows(self, host: str) -> bool:
        """Whether the Host header `host` is a name of this server. An address cannot be rebound:
        where the server can be reached from elsewhere, any address will do."""
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = (match["six"] or match["name"]).lower()
        address = _address(name)
        if address is None:
            return name in self._names
        return address.is_loopback or self.is_open

    def is_own_page(self, host: str, origin: str) -> bool:
        """Whether a request with this Origin comes from the page served under `host`."""
        return self.knows(host) and origin.lower() == f"http://{host.lower()}"


def _address(host: str) -> "ipaddress.IPv4Address | ipaddress.IPv6Address | None":
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
