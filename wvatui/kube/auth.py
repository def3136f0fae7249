"""Who we are to which API server: credentials of one context, and their renewal."""

import asyncio
import ipaddress
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from wvatui.errors import ClusterError, ConfigError

PLUGIN_TIMEOUT_S = 60.0
"""Wall seconds for exec plugins: some open a browser, none may hang for ever."""

_PROGRAM = (
    "import sys; root = sys.argv.pop(1); sys.path.insert(0, root);"
    "from wvatui.kube.credentials import main; sys.exit(main(sys.argv[1:]))"
)


class ClockPlace(NamedTuple):
    """Where a simulated cluster's clock is, and the clock seconds per wall second it aims at."""

    url: str
    speed: float


class Credentials(msgspec.Struct, frozen=True):
    """What is needed to speak to the API server. PEM texts; empty: none."""

    server: str
    ca: str = ""
    certificate: str = ""
    key: str = ""
    authorization: str = ""
    """Value of the Authorization header."""
    verify: bool = True
    server_name: str = ""
    """Name in the server's certificate, where it is not the address."""
    proxy: str = ""
    context: str = ""
    namespace: str = ""
    clock_url: str = ""
    clock_speed: float = 1.0

    def __repr__(self) -> str:
        return f"Credentials({self.server})"  # never a secret in a traceback or a log


class _Answer(Credentials, frozen=True):
    """What the child says: credentials, or what is wrong."""

    server: str = ""
    error: str = ""
    hint: str = ""


class Access:
    """Credentials of one context. `renew` asks for them again."""

    def __init__(self, credentials: Credentials, kubeconfig: str = "", context: str = "") -> None:
        self.credentials = credentials
        self._asked = (kubeconfig, context)
        self.clock: ClockPlace | None = None
        url = credentials.clock_url
        # A clock decides when things happen: it is believed only on this machine.
        if url and is_loopback(urlsplit(url).hostname or ""):
            self.clock = ClockPlace(url, credentials.clock_speed)

    @property
    def context(self) -> str:
        """Name of the context."""
        return self.credentials.context

    @property
    def namespace(self) -> str:
        """Namespace of the context; empty when it names none."""
        return self.credentials.namespace

    @property
    def server(self) -> str:
        """URL of the API server."""
        return self.credentials.server

    async def renew(self) -> Credentials:
        """Read the credentials again: rotated tokens, exec plugins. Raises ClusterError."""
        try:
            self.credentials = await asyncio.to_thread(_ask, *self._asked)
        except ConfigError as error:
            raise ClusterError(f"credentials cannot be renewed: {error.message}") from None
        return self.credentials


def load(kubeconfig: str | None, context: str | None) -> Access:
    """Credentials of `context` (None: the current one) of `kubeconfig` (None: the usual files).

    Blocks while exec plugins run. Raises ConfigError that names the file and what is wrong.
    """
    asked = (kubeconfig or "", context or "")
    return Access(_ask(*asked), *asked)


def _ask(kubeconfig: str, context: str) -> Credentials:
    root = str(Path(__file__).resolve().parent.parent.parent)
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, root, kubeconfig, context],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PLUGIN_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ConfigError(
            f"no credentials after {PLUGIN_TIMEOUT_S:g} s: a credential plugin hangs",
            hint="run `kubectl get pods` once to sign in",
        ) from None
    except OSError as error:
        raise ConfigError(f"credentials cannot be read: {error}") from None
    try:
        answer = msgspec.json.decode(done.stdout, type=_Answer)
    except msgspec.DecodeError:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise ConfigError(f"credentials cannot be read: {last or done.returncode}") from None
    if answer.error:
        raise ConfigError(answer.error, hint=answer.hint)
    if not answer.server:
        raise ConfigError(
            f"context {answer.context!r} names no server", hint="check its cluster entry"
        )
    return answer


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
